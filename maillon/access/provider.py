"""What the room does once Pro Santé Connect has said who is there: the account of that national number, never of that
name; the session, its situations of practice, and its end."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from maillon.access import door, sessions
from maillon.access.challenges import keep as keep
from maillon.access.challenges import take as take
from maillon.access.door import Browser
from maillon.access.door import refused as refused
from maillon.access.models import Account, ProviderLogout, Session
from maillon.access.sessions import Method, Provided, Standing
from maillon.kernel import sql
from maillon.kernel.message import UserMessage

NO_ACCOUNT = UserMessage(
    "E-PSC-02",
    "Pro Santé Connect vous a reconnu, mais aucun compte Maillon n’est ouvert à votre numéro RPPS. "
    "Adressez-vous à l’administrateur de votre structure.",
)
NO_SITUATION = UserMessage(
    "E-PSC-03",
    "Aucune des situations d’exercice que Pro Santé Connect connaît de vous n’est ouverte dans Maillon. "
    "Adressez-vous à l’administrateur de votre structure.",
)


def sign_in(national_id: str, *, sites: Sequence[str], provided: Provided, browser: Browser) -> str:
    """`sites`: the FINESS numbers of the situations that the provider knows. Raises E-PSC-02, E-PSC-03."""
    account = Account.objects.filter(
        professional__national_id=national_id, professional__is_active=True, is_active=True
    ).first()
    if account is None:
        door.refused("psc", "sans_compte", browser)
        raise NO_ACCOUNT
    places = _places(account.professional_id, sites)
    if not places:
        door.refused("psc", "sans_situation", browser, account_id=account.pk)
        raise NO_SITUATION
    door.accepted("psc", account.pk, browser)
    return sessions.open_session(account.pk, method=Method.PSC, browser=browser, situations=places, provided=provided)


def unlock(standing: Standing, national_id: str, browser: Browser) -> bool:
    """The same person came back from the provider: their session goes on."""
    if standing.actor.national_id != national_id or standing.actor.session_id is None:
        return False
    sessions.unlock(standing.actor.session_id)
    door.accepted("psc_deverrouille", sessions.account_of(standing.actor), browser)
    return True


def end_sessions(*, jti: str, subject: str, session: str, browser: Browser) -> int | None:
    """Back-channel logout: of one session of the provider, or of all those of a person. None when it was obeyed
    already."""
    try:
        with transaction.atomic():
            ProviderLogout.objects.create(jti_hash=sessions.hashed(jti))
    except IntegrityError:
        return None
    ended = Session.objects.filter(method=Method.PSC)
    if session:
        ended = ended.filter(provider_session=session)
    if subject:
        ended = ended.filter(provider_subject=subject)
    door.note("psc_deconnexion", "accepte", browser=browser)
    return ended.delete()[0]


def _places(professional_id: int, sites: Sequence[str]) -> list[int]:
    """Where the person works today, among the sites that the provider names; all, when it names no site (a private
    practice may have no FINESS number)."""
    places = sessions.workplaces(professional_id)
    if not sites:
        return places
    found = sql.rows(
        "SELECT id FROM professionals_structure WHERE id = ANY(%(places)s) AND finess = ANY(%(sites)s) ORDER BY id",
        {"places": places, "sites": list(sites)},
    )
    return [key for (key,) in found]
