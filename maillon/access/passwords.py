"""Passwords by the rules of the CNIL (délibération 2022-100) and of OWASP ASVS 6.2: length and what a guesser would
need, no rule of composition, no forced change; one slow hash whoever it is for."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password, make_password
from zxcvbn import zxcvbn

from maillon.access.models import Account
from maillon.kernel.message import UserMessage

SHORTEST = 12
LONGEST = 128
_GOOD_SCORE = 3  # of 4: « safely unguessable » by whoever is slowed down
# Words of ours and of every French list, which the guesser's own list (English) does not know.
_KNOWN_WORDS = ("maillon", "motdepasse", "azerty", "azertyuiop", "bonjour", "soleil", "docteur", "medecin", "sante",
                "patient", "cabinet", "infirmiere", "secretariat")  # fmt: skip


def is_right(account: Account | None, password: str) -> bool:
    """One hash, always: nobody's account costs what somebody's does."""
    if account is None:
        make_password(password)
        return False
    return check_password(password, account.password)


def sealed(password: str, *, about: tuple[str, ...] = ()) -> str:
    """The hash to keep of a new password. Raises E-ACC-03."""
    _refuse_weak(password, about)
    return make_password(password)


def _refuse_weak(password: str, about: tuple[str, ...]) -> None:
    if not SHORTEST <= len(password) <= LONGEST:
        raise UserMessage(
            "E-ACC-03",
            f"Le mot de passe doit compter au moins {SHORTEST} caractères, et {LONGEST} au plus.",
        )
    if zxcvbn(password, user_inputs=[*about, *_KNOWN_WORDS])["score"] < _GOOD_SCORE:
        raise UserMessage(
            "E-ACC-03",
            "Ce mot de passe serait trop vite deviné. Ajoutez quelques mots sans rapport entre eux\u202f: "
            "une phrase est plus sûre et plus facile à retenir.",
        )
