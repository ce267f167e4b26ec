"""What the platform counts by itself, to put in front of those who judge a dimension. A fact, never a level."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from maillon.charter import api as charter
from maillon.evaluations.membership import must_belong
from maillon.kernel.key import Actor
from maillon.professionals import api as professionals


def counted(actor: Actor, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(title, what was counted today) of each evidence."""
    return tuple((COUNTED[name][0], COUNTED[name][1](actor)) for name in names)


def _mssante(actor: Actor) -> str:
    members = professionals.active_members(must_belong(actor).structure_id)
    equipped = sum(bool(professionals.mss_address_of(each.id)) for each in members)
    part = round(100 * equipped / len(members)) if members else 0
    return f"{equipped} membres sur {len(members)} ont une adresse MSSanté à leur nom ({part}\u202f%)."


def _members(actor: Actor) -> str:
    members = professionals.active_members(must_belong(actor).structure_id)
    codes = {each.profession_code for each in members}
    return f"{len(members)} membres de {len(codes)} professions, à ce jour."


def _charter(actor: Actor) -> str:
    """Only what is in force counts: a draft says nothing yet."""
    found = next((each for each in charter.versions(actor) if each.state == "en_vigueur"), None)
    if found is None:
        return "Aucune charte en vigueur."
    return (
        f"Charte en vigueur depuis le {found.since:%d/%m/%Y}, {found.signatures} "
        f"signature{'s' if found.signatures > 1 else ''}."
    )


COUNTED: Final[dict[str, tuple[str, Callable[[Actor], str]]]] = {
    "mssante": ("Messagerie sécurisée", _mssante),
    "membres": ("Membres de la structure", _members),
    "charte": ("Charte de l’équipe", _charter),
}
