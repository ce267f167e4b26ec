"""Passkeys (WebAuthn level 3): two factors in one gesture, bound to the site's name, so that no other site can ask for
them. The person is always verified by the device."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from maillon.access import challenges, door, sessions
from maillon.access.door import Browser
from maillon.access.models import Account, Passkey
from maillon.access.sessions import Method, account_of
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage

AT_MOST = 10

REFUSED = UserMessage(
    "E-ACC-11", "Cette clé d’accès n’a pas pu être vérifiée. Recommencez, ou connectez-vous autrement."
)
LAST_FACTOR = UserMessage(
    "E-ACC-09", "C’est votre dernier second facteur\u202f: ajoutez-en un autre avant de retirer celui-ci."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a passkey is bound to."""

    name: str  # the host, without its port
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyLine:
    id: int
    name: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None


def passkeys_of(actor: Actor) -> list[PasskeyLine]:
    found = Passkey.objects.filter(account_id=account_of(actor)).order_by("created_at")
    return [
        PasskeyLine(id=each.pk, name=each.name, created_at=each.created_at, last_used_at=each.last_used_at)
        for each in found
    ]


def draw_registration(actor: Actor, site: Site) -> str:
    """The browser's options, as JSON. Raises E-ACC-11 as `register`."""
    account = _may_register(actor)
    options = generate_registration_options(
        rp_id=site.name,
        rp_name="Maillon",
        user_id=account.uuid.bytes,
        user_name=account.identifier,
        user_display_name=actor.label,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=bytes(each.credential_id)) for each in account.passkeys.all()
        ],
    )
    _keep("cle_nouvelle", options.challenge, browser=str(account.pk))
    return options_to_json(options)


def register(actor: Actor, answer: dict[str, Any], *, name: str, site: Site, browser: Browser) -> None:
    """Raises E-ACC-11 for what is not the answer to what was asked, or asked by a password alone where there is a
    second factor."""
    account_id = _may_register(actor).pk
    challenge = _taken("cle_nouvelle", answer, browser=str(account_id))
    try:
        verified = verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.name, expected_origin=site.origin,
            require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError):
        door.refused("cle_nouvelle", "verification", browser, account_id=account_id)
        raise REFUSED from None
    if Passkey.objects.filter(account_id=account_id).count() >= AT_MOST:
        raise UserMessage("E-ACC-12", f"Un compte a {AT_MOST} clés d’accès au plus\u202f: retirez-en une.")
    Passkey.objects.create(
        account_id=account_id, credential_id=verified.credential_id, public_key=verified.credential_public_key,
        sign_count=verified.sign_count, name=name.strip()[:100] or "Clé d’accès", created_at=clock.wall(),
    )  # fmt: skip
    door.accepted("cle_nouvelle", account_id, browser)


def draw_sign_in(site: Site, *, browser_secret: str) -> str:
    """For whoever is there: the device tells which of its passkeys is theirs."""
    options = generate_authentication_options(rp_id=site.name, user_verification=UserVerificationRequirement.REQUIRED)
    _keep("cle", options.challenge, browser=browser_secret)
    return options_to_json(options)


def sign_in(answer: dict[str, Any], *, site: Site, browser: Browser, browser_secret: str) -> str:
    """The token of a new session, of two factors. Raises E-ACC-11, always the same."""
    account = _proven(answer, site=site, browser=browser, browser_secret=browser_secret)
    return sessions.open_session(
        account.pk, method=Method.PASSKEY, browser=browser, situations=sessions.workplaces(account.professional_id)
    )


def proves(actor: Actor, answer: dict[str, Any], *, site: Site, browser: Browser, browser_secret: str) -> bool:
    """The passkey again, of somebody whose session is locked."""
    return _proven(answer, site=site, browser=browser, browser_secret=browser_secret).pk == actor.account_id


def remove(actor: Actor, passkey_id: int) -> None:
    """One of one's own; raises E-ACC-09 for the last second factor."""
    account = Account.objects.get(pk=account_of(actor))
    if account.totp_confirmed_at is None and account.passkeys.count() == 1:
        raise LAST_FACTOR
    account.passkeys.filter(pk=passkey_id).delete()


def _may_register(actor: Actor) -> Account:
    """A password alone may give itself the first second factor, never a second one."""
    account = Account.objects.get(pk=account_of(actor))
    if actor.assurance < 2 and (account.totp_confirmed_at is not None or account.passkeys.exists()):
        raise REFUSED
    return account


def _proven(answer: dict[str, Any], *, site: Site, browser: Browser, browser_secret: str) -> Account:
    account, reason = None, "inconnue"
    challenge = _taken("cle", answer, browser=browser_secret)
    try:
        account = _verified(answer, challenge, site)
    except (WebAuthnException, ValueError, KeyError, TypeError):
        reason = "verification"
    if account is None:
        door.refused("cle", reason, browser)
        raise REFUSED
    door.accepted("cle", account.pk, browser)
    return account


@transaction.atomic
def _verified(answer: dict[str, Any], challenge: bytes, site: Site) -> Account | None:
    passkey = (
        Passkey.objects.select_for_update(of=("self",))
        .select_related("account")
        .filter(credential_id=base64url_to_bytes(str(answer["id"])), account__is_active=True)
        .first()
    )
    if passkey is None:
        return None
    verified = verify_authentication_response(
        credential=answer, expected_challenge=challenge, expected_rp_id=site.name, expected_origin=site.origin,
        credential_public_key=bytes(passkey.public_key), credential_current_sign_count=passkey.sign_count,
        require_user_verification=True,
    )  # fmt: skip
    passkey.sign_count, passkey.last_used_at = verified.new_sign_count, clock.wall()
    passkey.save(update_fields=["sign_count", "last_used_at"])
    return passkey.account


def _keep(kind: str, challenge: bytes, *, browser: str) -> None:
    challenges.keep(kind, bytes_to_base64url(challenge), browser=browser, drawn={})


def _taken(kind: str, answer: dict[str, Any], *, browser: str) -> bytes:
    """The challenge that the answer says it answers, if it was drawn for this browser and not answered yet."""
    try:
        said = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))["challenge"]
        if challenges.take(kind, str(said), browser=browser) is None:
            raise REFUSED
        return base64url_to_bytes(said)
    except (ValueError, KeyError, TypeError):
        raise REFUSED from None
