"""The journal as the digital referent reads it: within the patients of their structures, and itself journalled."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from maillon.access.journal.lines import JournalLine, note, note_names, told
from maillon.access.models import JournalEntry
from maillon.access.refusal import AccessDenied
from maillon.access.rule import governed
from maillon.kernel import clock, sql
from maillon.kernel.key import Actor, PatientId, ProfessionalId, Purpose
from maillon.patients import api as patients

PAGE: Final = 50
MOST_EXPORTED: Final = 10_000
MOST_PATIENTS: Final = 20
CONTROL: Final = "control"  # the referent's own readings: shown only when asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`patient`: a name, a birth date or a matricule, as typed. `decision`: allow, deny, or both when empty."""

    patient: str = ""
    professional_id: int | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    action: str = ""
    decision: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`names`: the patients of the lines. `is_unknown`: nobody of theirs is called what was typed."""

    lines: list[JournalLine]
    names: dict[PatientId, patients.PatientLine]
    has_more: bool = False
    is_unknown: bool = False


def may_control(actor: Actor) -> bool:
    """The digital referent, signed in with two factors. An administrator has no right on what is about care."""
    return actor.kind == "professional" and actor.assurance >= 2 and actor.is_referent and bool(governed(actor))


@transaction.atomic
def search(actor: Actor, asked: Asked) -> Found:
    """Fifty lines, latest first. Raises AccessDenied."""
    start = (max(asked.page, 1) - 1) * PAGE
    return _found(actor, asked, start, PAGE, action=CONTROL)


@transaction.atomic
def export(actor: Actor, asked: Asked) -> Found:
    """The same lines for a table, at most MOST_EXPORTED."""
    return _found(actor, asked, 0, MOST_EXPORTED, action="export")


def people(actor: Actor) -> list[tuple[ProfessionalId, str]]:
    """Whose accesses may be asked for: who works, or has worked, in one of the structures."""
    _refuse_others(actor)
    return [(ProfessionalId(each), name) for each, name in sql.rows(_PEOPLE, (list(governed(actor)),))]


def _found(actor: Actor, asked: Asked, start: int, most: int, *, action: str) -> Found:
    _refuse_others(actor)
    rows = _of(actor, asked)
    if asked.patient:
        theirs = patients.search(asked.patient, within=_controlled(actor), limit=MOST_PATIENTS)
        rows = rows.filter(patient_id__in=[line.id for line in theirs])
        if not theirs:
            note(actor, purpose=Purpose.QUALITY, action=action, resource_type="journal", ground="referent")
            return Found(lines=[], names={}, is_unknown=True)
    entries = list(rows.order_by("-id")[start : start + most + 1])
    lines = told(entries[:most], with_types=False)
    names = patients.lines({line.patient_id for line in lines if line.patient_id is not None})
    note(actor, purpose=Purpose.QUALITY, action=action, resource_type="journal", ground="referent")
    note_names(actor, names, purpose=Purpose.QUALITY, action=action, ground="referent")
    return Found(lines=lines, names=names, has_more=len(entries) > most)


def _refuse_others(actor: Actor) -> None:
    if not may_control(actor):
        raise AccessDenied


def _of(actor: Actor, asked: Asked) -> QuerySet[JournalEntry]:
    rows = JournalEntry.objects.filter(
        Q(actor_structure_id__in=governed(actor)) | Q(patient_id__in=_followed(actor))
    )
    rows = rows.filter(action=asked.action) if asked.action else rows.exclude(action=CONTROL)
    if asked.professional_id is not None:
        rows = rows.filter(actor_professional_id=asked.professional_id)
    if asked.decision:
        rows = rows.filter(decision=asked.decision)
    if asked.since is not None:
        rows = rows.filter(at__gte=clock.midnight(asked.since))
    if asked.until is not None:
        rows = rows.filter(at__lt=clock.midnight(asked.until + dt.timedelta(days=1)))
    return rows


def _controlled(actor: Actor) -> QuerySet[patients.Patient]:
    return patients.Patient.objects.filter(pk__in=_followed(actor))


def _followed(actor: Actor) -> RawSQL:
    """Patients whom one of the structures, or somebody who works there, follows or has followed."""
    places = list(governed(actor))
    return RawSQL(
        """SELECT m.patient_id FROM access_care_team_membership m
            WHERE m.structure_id = ANY(%s) OR m.professional_id IN (
                  SELECT t.professional_id FROM professionals_attachment t WHERE t.structure_id = ANY(%s))""",
        (places, places),
    )


_PEOPLE = """
SELECT DISTINCT p.id, concat_ws(' ', p.family_name, p.given_name) AS name
  FROM professionals_professional p JOIN professionals_attachment t ON t.professional_id = p.id
 WHERE t.structure_id = ANY(%s) ORDER BY name
"""
