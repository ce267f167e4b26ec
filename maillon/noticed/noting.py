"""Writing down what rubbed, and that it is over. In the transaction of the fact, with the key that saw it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from maillon.kernel import clock, events
from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.text import storable
from maillon.noticed.definition import REFERENT, rules
from maillon.noticed.events import IrritantNoticed
from maillon.noticed.models import Notice
from maillon.professionals import api as professionals


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The document, as the access law sees it: what was noticed of it, or what it raised, is read by those who may read
    it."""

    document_id: int
    document_uuid: UUID
    type_bit: int
    confidentiality: str = "N"
    author_professional_id: ProfessionalId | None = None


@transaction.atomic
def note(
    access: Access,
    fact: str,
    *,
    about: About,
    structure_id: StructureId,
    professional_id: ProfessionalId | None = None,
    subject: str = "",
    detail: str = "",
) -> bool:
    """Once for each document, fact and subject; False when it was known. `professional_id`: who is told, when the fact
    is told to a person. `detail` names no patient."""
    said = rules().named(fact)
    at = clock.now()
    row = Notice(
        uuid=time_ordered_uuid(), patient_id=access.patient_id, code=said.code, fact=fact, severity=said.gravite,
        subject=subject[:254], detail=storable(detail)[:200], document_id=about.document_id,
        document_uuid=about.document_uuid, type_bit=about.type_bit, confidentiality=about.confidentiality,
        author_professional_id=about.author_professional_id, structure_id=structure_id,
        professional_id=professional_id, role_code=_role(fact, structure_id), noticed_at=at,
    )  # fmt: skip
    if Notice.objects.filter(document_id=about.document_id, fact=fact, subject=row.subject).exists():
        return False
    Notice.objects.bulk_create([row], ignore_conflicts=True)
    if not Notice.objects.filter(uuid=row.uuid).exists():  # somebody else noticed it at the same instant
        return False
    tell(fact, structure_id=structure_id, document=about.document_uuid)
    return True


def tell(fact: str, *, structure_id: StructureId, document: UUID) -> None:
    """The event alone: of what is not filed yet, and so belongs to no record."""
    said = rules().named(fact)
    events.announce(
        IrritantNoticed(
            code=said.code, fact=fact, severity=said.gravite, structure_id=structure_id, document=document,
            at=clock.now().isoformat(),
        )
    )  # fmt: skip


def settle(
    access: Access, *facts: str, outcome: str, documents: Collection[int] | None = None, subject: str | None = None
) -> int:
    """It does not rub any more, or another way was found: `outcome` says which. Without `facts`, all of them. How many
    were open."""
    found = Notice.objects.filter(patient_id=access.patient_id, settled_at__isnull=True)
    if facts:
        found = found.filter(fact__in=facts)
    if documents is not None:
        found = found.filter(document_id__in=list(documents))
    if subject is not None:
        found = found.filter(subject=subject)
    return found.update(settled_at=clock.now(), settled_by=access.actor.label[:200], outcome=outcome[:200])


def settle_history(fact: str, document_ids: Collection[int]) -> int:
    """At the take-over of a former history, whoever the patients: how late it arrived says when this installation
    began, and nothing of whoever sent it."""
    found = Notice.objects.filter(fact=fact, document_id__in=list(document_ids), settled_at__isnull=True)
    return found.update(settled_at=clock.now(), outcome="Reprise de l’historique")


def reopen(access: Access, fact: str, *, documents: Collection[int], outcome: str, detail: str) -> int:
    """What was settled by this outcome rubs again: it did not hold, and `detail` says why. How many."""
    found = Notice.objects.filter(
        patient_id=access.patient_id, fact=fact, document_id__in=list(documents), outcome=outcome,
        settled_at__isnull=False,
    )  # fmt: skip
    return found.update(settled_at=None, settled_by="", outcome="", detail=storable(detail)[:200])


def settle_people(fact: str, subjects: Collection[str], *, outcome: str, by: str) -> int:
    """Of a fact about colleagues, whoever the patients: nothing is shown of them, and no record is opened."""
    assert rules().named(fact).sur_une_personne
    found = Notice.objects.filter(fact=fact, subject__in=list(subjects), settled_at__isnull=True)
    return found.update(settled_at=clock.now(), settled_by=by[:200], outcome=outcome[:200])


def subjects_of(fact: str, *, only_open: bool = False) -> frozenset[str]:
    """The colleagues about whom it was noticed."""
    assert rules().named(fact).sur_une_personne
    found = Notice.objects.filter(fact=fact)
    found = found.filter(settled_at__isnull=True) if only_open else found
    return frozenset(found.values_list("subject", flat=True).distinct())


def _role(fact: str, structure_id: StructureId) -> str:
    """Nobody of that profession works there: the digital referent is told instead."""
    role = rules().role_of(fact)
    if role in ("", REFERENT):
        return role
    members = professionals.active_members(structure_id)
    return role if any(each.profession_code == role for each in members) else REFERENT
