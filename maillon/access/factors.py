"""The second factor: codes of six digits (RFC 6238), codes to use once when the telephone is lost.

PGSSI-S (arrêté du 28 mars 2022): two factors for every professional. Who has none yet gives themselves one right after
the first password, and sees nothing before.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Any

import pyotp
from django.db import transaction

from maillon.access import accounts, challenges, door, sessions
from maillon.access import passkeys as passkeys
from maillon.access.door import Browser
from maillon.access.models import Account, Passkey, RecoveryCode
from maillon.access.sessions import Standing, account_of, hashed
from maillon.kernel import clock, sealing
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage

ISSUER = "Maillon"
STEP = 30  # seconds
RECOVERY_CODES = 10
CODE_LENGTH = 6
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read for something else

REFUSED = UserMessage(
    "E-ACC-06", "Ce code n’est pas le bon, a déjà servi, ou le compte est temporairement bloqué. Attendez le suivant."
)
NOT_LIFTED = UserMessage("E-ACC-13", "Ce n’est pas le bon mot de passe ni le bon code. La session reste verrouillée.")
ENDED = UserMessage("E-ACC-14", "Trop d’essais\u202f: la session est fermée. Connectez-vous de nouveau.")
NOT_NOW = UserMessage("E-ACC-08", "Prouvez d’abord le second facteur que vous avez déjà.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    has_password: bool
    has_code: bool
    passkeys: tuple[passkeys.PasskeyLine, ...]
    recovery_left: int

    @property
    def has_second(self) -> bool:
        return self.has_code or bool(self.passkeys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What the telephone is shown: the address for its camera, and the same secret as text."""

    uri: str
    secret: str

    @property
    def spaced_secret(self) -> str:
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


def factors_of(actor: Actor) -> Factors:
    account = Account.objects.get(pk=account_of(actor))
    return Factors(
        has_password=account.has_usable_password(),
        has_code=account.totp_confirmed_at is not None,
        passkeys=tuple(passkeys.passkeys_of(actor)),
        recovery_left=account.recovery_codes.filter(used_at=None).count(),
    )


def draw_code_secret(actor: Actor) -> Enrolment:
    """The secret that waits to be confirmed; the same for ten minutes, so that a wrong code costs no new picture."""
    _may_enrol(actor)
    key = str(account_of(actor))
    kept = challenges.look("totp", key)
    secret = sealing.unseal(kept["secret"].encode()) if kept else pyotp.random_base32()
    if not kept:
        challenges.keep("totp", key, browser=key, drawn={"secret": sealing.seal(secret).decode()})
    return Enrolment(uri=pyotp.TOTP(secret).provisioning_uri(name=actor.label, issuer_name=ISSUER), secret=secret)


def confirm_code_secret(actor: Actor, code: str, *, browser: Browser) -> list[str]:
    """The telephone gave a right code: from now on it is asked for. Gives the recovery codes, told this once."""
    _may_enrol(actor)
    secret = draw_code_secret(actor).secret
    account_id = account_of(actor)
    step = _step_of(secret, code, after=None)
    if step is None or not accounts.admitted(account_id, lambda account: set_code_secret(account.pk, secret, step)):
        accounts.admitted(account_id, lambda _: False)
        raise REFUSED
    challenges.take("totp", str(account_id), browser=str(account_id))
    door.accepted("code_enrole", account_id, browser)
    return renew_recovery_codes(actor)


def set_code_secret(account_id: int, secret: str, step: int | None = None) -> bool:
    """The secret of a telephone that was confirmed, or that an installation hands over with the account."""
    return bool(
        Account.objects.filter(pk=account_id).update(
            totp_secret=sealing.seal(secret), totp_confirmed_at=clock.wall(), totp_last_step=step
        )
    )


@transaction.atomic
def renew_recovery_codes(actor: Actor) -> list[str]:
    """Ten codes, of which only the hashes are kept; the former ones are worth nothing any more."""
    account_id = account_of(actor)
    RecoveryCode.objects.filter(account_id=account_id).delete()
    codes = [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3)) for _ in range(RECOVERY_CODES)
    ]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account_id=account_id, code_hash=_hash_of_recovery(code)) for code in codes
    )
    return codes


def prove(standing: Standing, code: str, *, browser: Browser) -> str:
    """The second factor after the password: a new token, of two factors. Raises E-ACC-06."""
    actor = standing.actor
    if not proves_code(actor, code):
        door.refused("second_facteur", "code_faux_ou_rejoue", browser, account_id=actor.account_id)
        raise REFUSED
    assert actor.session_id is not None
    return sessions.strengthen(actor.session_id, browser)


def proves_code(actor: Actor, code: str) -> bool:
    """A code of the telephone or a recovery code, each good once."""
    spelled = "".join(code.split()).lower()
    return accounts.admitted(account_of(actor), lambda account: _is_right_code(account, spelled))


def lift_lock(standing: Standing, proof: str, *, browser: Browser) -> None:
    """The password or a code, of the same person, on the same session. Five failures end it (E-ACC-13)."""
    actor = standing.actor
    is_code = len(proof.strip()) == CODE_LENGTH and proof.strip().isdigit()
    if not (proves_code(actor, proof) if is_code else accounts.proves_password(actor, proof)):
        door.refused("deverrouille", "preuve_fausse", browser, account_id=actor.account_id)
        if sessions.count_failed_unlock(standing) >= sessions.UNLOCKS_BEFORE_END:
            raise ENDED
        raise NOT_LIFTED
    _lifted(standing, browser)


def lift_lock_with_passkey(
    standing: Standing, answer: dict[str, Any], *, site: passkeys.Site, browser: Browser, browser_secret: str
) -> None:
    if not passkeys.proves(standing.actor, answer, site=site, browser=browser, browser_secret=browser_secret):
        raise passkeys.REFUSED
    _lifted(standing, browser)


def _lifted(standing: Standing, browser: Browser) -> None:
    assert standing.actor.session_id is not None
    sessions.unlock(standing.actor.session_id)
    door.accepted("deverrouille", account_of(standing.actor), browser)


def remove_code_secret(actor: Actor) -> None:
    """Raises E-ACC-09 for the last second factor: every professional keeps one."""
    if not Passkey.objects.filter(account_id=account_of(actor)).exists():
        raise passkeys.LAST_FACTOR
    Account.objects.filter(pk=account_of(actor)).update(totp_secret=None, totp_confirmed_at=None, totp_last_step=None)
    RecoveryCode.objects.filter(account_id=account_of(actor)).delete()


def _is_right_code(account: Account, code: str) -> bool:
    if account.totp_secret is None or account.totp_confirmed_at is None:
        return False
    if not (code.isascii() and code.isdigit()):
        return bool(
            RecoveryCode.objects.filter(account=account, code_hash=_hash_of_recovery(code), used_at=None).update(
                used_at=clock.wall()
            )
        )
    step = _step_of(sealing.unseal(bytes(account.totp_secret)), code, after=account.totp_last_step)
    if step is None:
        return False
    Account.objects.filter(pk=account.pk).update(totp_last_step=step)
    return True


def _step_of(secret: str, code: str, *, after: int | None) -> int | None:
    """Which of the three steps around now gives this code, and has not served yet."""
    spelled, now = "".join(code.split()), int(clock.wall().timestamp()) // STEP
    totp = pyotp.TOTP(secret, interval=STEP)
    for step in (now - 1, now, now + 1):
        is_fresh = after is None or step > after
        if hmac.compare_digest(totp.generate_otp(step), spelled) and is_fresh:
            return step
    return None


def _may_enrol(actor: Actor) -> None:
    """A password alone may give itself the first second factor, never a second one."""
    if actor.assurance < 2 and factors_of(actor).has_second:
        raise NOT_NOW


def _hash_of_recovery(code: str) -> bytes:
    return hashed("recovery:" + code.replace("-", ""))
