"""Who reads what: the structure that steers reads the territory, every other structure reads itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import transaction

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import names_a_patient, storable
from maillon.territory.models import Deployment, Territory

COORDINATOR: Final = "330"
NAMED_A_PATIENT: Final = UserMessage(
    "E-TER-12", "Ce texte semble désigner un patient (matricule ou naissance)\u202f: retirez-le, le reste suffit."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryLine:
    name: str
    steered_by: str


def territory() -> TerritoryLine | None:
    found = Territory.objects.select_related("steered_by").first()
    return TerritoryLine(name=found.name, steered_by=found.steered_by.name) if found else None


def may_steer(actor: Actor) -> bool:
    """The coordinator or the digital referent of the structure that steers, signed in for it."""
    is_one = actor.profession_code == COORDINATOR or actor.is_referent
    here = structure_of(actor)
    return is_one and here is not None and Territory.objects.filter(steered_by_id=here).exists()


def must_steer(actor: Actor) -> None:
    if not may_steer(actor):
        raise access_room.AccessDenied


def may_declare(actor: Actor) -> bool:
    return actor.is_administrator and structure_of(actor) is not None


@transaction.atomic
def declare(actor: Actor, *, name: str, steered_by: StructureId | None = None) -> None:
    """This structure, the administrator's own by default, steers the territory of this installation. Once it is
    declared, only an administrator of the structure that steers changes it: whoever steers reads every structure.
    Raises E-TER-05 for a name that is none."""
    here = structure_of(actor)
    if not may_declare(actor) or here is None or Territory.objects.exclude(steered_by_id=here).exists():
        raise access_room.AccessDenied
    name = storable(name).strip()
    if not 3 <= len(name) <= 200:
        raise UserMessage("E-TER-05", "Donnez le nom du territoire, de 3 à 200 caractères.")
    Territory.objects.update_or_create(
        only=1,
        defaults={
            "name": name, "steered_by_id": steered_by or here, "since": clock.today(), "named_by": actor.label,
        },
    )


def structure_of(actor: Actor) -> StructureId | None:
    """Where the actor practises today, in the situation chosen at sign-in."""
    is_there = actor.kind == "professional" and actor.structure_id in actor.structure_ids
    return actor.structure_id if is_there else None


def must_be_of(actor: Actor, structure_id: int) -> None:
    """One's own structure, or the territory that one steers."""
    if structure_of(actor) != structure_id:
        must_steer(actor)


def is_deployed(actor: Actor) -> bool:
    here = structure_of(actor)
    return here is not None and Deployment.objects.filter(structure_id=here).exists()


def said(text: str, *, most: int, what: str) -> str:
    """What was typed, cleaned. Raises E-TER-05 when it is empty or too long, E-TER-12 when it names a patient."""
    text = storable(text).strip()
    if not text or len(text) > most:
        raise UserMessage("E-TER-05", f"{what}\u202f: {most} caractères au plus, et pas vide.")
    if names_a_patient(text):
        raise NAMED_A_PATIENT
    return text
