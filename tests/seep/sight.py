"""Who sees what, said again in plain Python from the sheet (domain §8.2, §8.3), row by row, without the product's rule.

Only what the sheet says beyond doubt: a document is `hidden` when no reading of the sheet opens it, and a change is
hidden from somebody when all that it touches is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from maillon.access.models import BreakGlass, CareTeamMembership, Delegation, DocumentMark, Replacement, Visitor, Wish
from maillon.documents.models import Document
from maillon.kernel import clock
from maillon.professionals.models import Attachment
from tests.seep.worlds import Person

Row = dict[str, Any]

PHYSICIAN, PHARMACIST, NURSE, PHYSIOTHERAPIST = "G15_10", "G15_21", "G15_60", "G15_70"
SECRETARIES, COORDINATOR = ("331", "332"), "330"
# domain §8.3, the rows of the types that this territory uses; « – » for whoever is not named.
READERS = {
    "11488-4": {PHYSICIAN, PHARMACIST, NURSE, PHYSIOTHERAPIST, COORDINATOR},
    "11502-2": {PHYSICIAN, PHARMACIST, NURSE, PHYSIOTHERAPIST},
    "57833-6": {PHYSICIAN, PHARMACIST, NURSE, PHYSIOTHERAPIST},
    "18748-4": {PHYSICIAN, PHARMACIST, NURSE, PHYSIOTHERAPIST},
    "68599-0": {PHYSICIAN},
    "83901-9": {PHYSICIAN},
    "60568-3": {PHYSICIAN},
}


@dataclass(kw_only=True)
class Viewer:
    """What the sheet asks of whoever looks."""

    professional_id: int | None = None
    profession: str = ""
    structures: frozenset[int] = frozenset()
    visitor_id: int | None = None
    account_id: int | None = None
    is_administrator: bool = False
    is_referent: bool = False
    is_software: bool = False  # alone: nobody says who reads behind it


def viewer_of(person: Person) -> Viewer:
    actor = person.actor
    return Viewer(
        professional_id=actor.professional_id, profession=actor.profession_code,
        structures=frozenset(actor.structure_ids), visitor_id=actor.visitor_id, account_id=actor.account_id,
        is_administrator=actor.is_administrator, is_referent=actor.is_referent, is_software=actor.kind == "partner",
    )  # fmt: skip


@dataclass
class Sight:
    """The rows as they are now."""

    memberships: list[Row] = field(default_factory=lambda: list(CareTeamMembership.objects.values()))
    wishes: list[Row] = field(default_factory=lambda: list(Wish.objects.values()))
    marks: list[Row] = field(default_factory=lambda: list(DocumentMark.objects.values()))
    glasses: list[Row] = field(default_factory=lambda: list(BreakGlass.objects.values()))
    replacements: list[Row] = field(default_factory=lambda: list(Replacement.objects.values()))
    delegations: list[Row] = field(default_factory=lambda: list(Delegation.objects.values()))
    visitors: list[Row] = field(default_factory=lambda: list(Visitor.objects.values()))
    attachments: list[Row] = field(default_factory=lambda: list(Attachment.objects.values()))
    documents: dict[int, Row] = field(
        default_factory=lambda: {
            each["id"]: each
            for each in Document.objects.values(
                "id", "uuid", "patient_id", "type_code", "confidentiality", "author_professional_id"
            )
        }
    )
    today: dt.date = field(default_factory=clock.today)
    now: dt.datetime = field(default_factory=clock.now)

    def opens(self, viewer: Viewer, patient_id: int) -> str:
        """`whole`, `authored` (what one wrote, nothing else), or nothing."""
        if viewer.visitor_id is not None:
            return "whole" if self._is_at_the_door(viewer, patient_id) else ""
        if not self._works(viewer):
            return ""
        if not self._is_opposed(viewer, patient_id) and self._has_a_link(viewer, patient_id):
            return "whole"
        wrote = any(
            each["patient_id"] == patient_id and each["author_professional_id"] == viewer.professional_id is not None
            for each in self.documents.values()
        )
        return "authored" if wrote else ""

    def controls(self, viewer: Viewer, patient_id: int) -> bool:
        """The referent reads who opened or filed what for whoever their structures follow, or have followed (§8.5)."""
        colleagues = {
            each["professional_id"] for each in self.attachments if each["structure_id"] in viewer.structures
        }
        return viewer.is_referent and any(
            each["patient_id"] == patient_id
            and (each["structure_id"] in viewer.structures or each["professional_id"] in colleagues)
            for each in self.memberships
        )

    def reads(self, viewer: Viewer, document_id: int) -> bool:
        document = self.documents[document_id]
        kinds = {each["kind"] for each in self._marks(document_id)}
        if viewer.visitor_id is not None:
            secret = "invisible_representants" in kinds and not self._is_oneself(viewer, document["patient_id"])
            at_the_door = self._is_at_the_door(viewer, document["patient_id"])
            return at_the_door and not secret and "invisible_patient" not in kinds
        author = document["author_professional_id"]
        if self._works(viewer) and author is not None and author == viewer.professional_id:
            return True
        if "masque_ps" in kinds or self.opens(viewer, document["patient_id"]) != "whole":
            return False
        has_glass = self._has_glass(viewer, document["patient_id"])
        if not has_glass and viewer.profession not in READERS.get(document["type_code"], ()):
            return False
        if viewer.is_software:
            return bool(document["confidentiality"] == "N")
        return document["confidentiality"] == "N" or self._is_confided(viewer, document)

    # -------------------------------------------------------------------------------------------- the facts

    def _works(self, viewer: Viewer) -> bool:
        return bool(viewer.structures)

    def _is_confided(self, viewer: Viewer, document: Row) -> bool:
        named = any(
            each["kind"] == "accord_nominatif" and each["professional_id"] == viewer.professional_id
            for each in self._marks(document["id"])
        )
        treating = any(
            each["basis"] == "medecin_traitant" and each["professional_id"] in self._people(viewer)
            for each in self._links(document["patient_id"])
        )
        author = document["author_professional_id"]
        colleague = document["confidentiality"] == "R" and any(
            each["professional_id"] == author and each["structure_id"] in viewer.structures and self._is_on(each)
            for each in self.attachments
        )
        return named or treating or colleague

    def _has_a_link(self, viewer: Viewer, patient_id: int) -> bool:
        linked = any(
            each["basis"] != "auteur"
            and (each["professional_id"] in self._people(viewer) or each["structure_id"] in viewer.structures)
            for each in self._links(patient_id)
        )
        consented = any(
            each["kind"] == "consentement"
            and (each["professional_id"] in self._people(viewer) or each["structure_id"] in viewer.structures)
            for each in self._wishes(patient_id)
        )
        return linked or consented or self._has_glass(viewer, patient_id)

    def _has_glass(self, viewer: Viewer, patient_id: int) -> bool:
        return any(
            each["patient_id"] == patient_id
            and each["professional_id"] == viewer.professional_id
            and each["since"] <= self.now < each["until"]
            and (each["closed_at"] is None or each["closed_at"] > self.now)
            for each in self.glasses
        )

    def _is_opposed(self, viewer: Viewer, patient_id: int) -> bool:
        return any(
            each["kind"] == "opposition_tous"
            or (each["kind"] == "opposition_personne" and each["professional_id"] == viewer.professional_id)
            for each in self._wishes(patient_id)
        )

    def _is_oneself(self, viewer: Viewer, patient_id: int) -> bool:
        return any(each["id"] == viewer.visitor_id and each["patient_id"] == patient_id for each in self.visitors)

    def _is_at_the_door(self, viewer: Viewer, patient_id: int) -> bool:
        return self._is_oneself(viewer, patient_id) or any(
            each["visitor_id"] == viewer.visitor_id and each["patient_id"] == patient_id and self._is_on(each)
            for each in self.delegations
        )

    def _people(self, viewer: Viewer) -> set[int]:
        if viewer.professional_id is None:
            return set()
        replaced = {
            each["replaced_id"]
            for each in self.replacements
            if each["replacing_id"] == viewer.professional_id and self._is_on(each)
        }
        return replaced | {viewer.professional_id}

    def _links(self, patient_id: int) -> list[Row]:
        return [each for each in self.memberships if each["patient_id"] == patient_id and self._is_on(each)]

    def _wishes(self, patient_id: int) -> list[Row]:
        return [
            each
            for each in self.wishes
            if each["patient_id"] == patient_id and self._is_since(each, until="until", over="withdrawn_at")
        ]

    def _marks(self, document_id: int) -> list[Row]:
        return [
            each
            for each in self.marks
            if each["document_id"] == document_id and self._is_since(each, until="until", over="lifted_at")
        ]

    def _is_on(self, row: Row) -> bool:
        """From a day to a day, both in Paris; a link that was ended is over at that instant."""
        ended = row.get("ended_at")
        begun = row["start"] <= self.today and (row["end"] is None or self.today <= row["end"])
        return begun and (ended is None or ended > self.now)

    def _is_since(self, row: Row, *, until: str, over: str) -> bool:
        return row["since"] <= self.now and all(row[end] is None or row[end] > self.now for end in (until, over))
