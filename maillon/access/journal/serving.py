"""The journal as the FHIR API serves it: a page of AuditEvents, to who may read the lines on a page of ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import QuerySet

from maillon.access.journal.export import described
from maillon.access.journal.lines import note, note_names, shown_to
from maillon.access.journal.search import CONTROL, Asked, _of, may_control
from maillon.access.models import JournalEntry
from maillon.access.refusal import AccessDenied
from maillon.formats.fhir.audit_event import AuditRecord
from maillon.kernel.key import Access, Actor, PatientId, Purpose

Wanted = Callable[[AuditRecord], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `start`, before `end`: both are always given (IHE ITI-81)."""

    start: dt.datetime
    end: dt.datetime


def of_record(access: Access, period: Period, *, limit: int, before: int | None) -> list[AuditRecord]:
    """What `who_opened` tells of it, the latest first. Raises AccessDenied for who holds less than the record."""
    if access.scope != "whole":
        raise AccessDenied
    return _page(shown_to(access), period, limit=limit, before=before)


def count_of_record(access: Access, period: Period) -> int:
    return shown_to(access).filter(at__gte=period.start, at__lt=period.end).count()


@transaction.atomic
def of_structures(actor: Actor, period: Period, *, limit: int, before: int | None) -> list[AuditRecord]:
    """For the digital referent, who controls accesses and not care: without what is about one document. Journalled with
    the patients whom it names. Raises AccessDenied."""
    if not may_control(actor):
        raise AccessDenied
    found = [replace(each, type_code="", resource_id="") for each in _page(_of(actor, Asked()), period, limit=limit,
                                                                          before=before)]  # fmt: skip
    note(actor, purpose=Purpose.QUALITY, action=CONTROL, resource_type="journal", ground="referent")
    patients = dict.fromkeys(PatientId(each.patient_id) for each in found if each.patient_id is not None)
    note_names(actor, patients, purpose=Purpose.QUALITY, action=CONTROL, ground="referent")
    return found


def count_of_structures(actor: Actor, period: Period) -> int:
    return _of(actor, Asked()).filter(at__gte=period.start, at__lt=period.end).count()


def patient_of(number: int) -> PatientId:
    """Whose record a line is about; 0 when there is none."""
    found = JournalEntry.objects.filter(pk=number).values_list("patient_id", flat=True).first()
    return PatientId(found or 0)


def one_of_record(access: Access, number: int) -> AuditRecord:
    if access.scope != "whole":
        raise AccessDenied
    row = shown_to(access).filter(pk=number).first()
    if row is None:
        raise AccessDenied
    return described([row])[0]


def _page(rows: QuerySet[JournalEntry], period: Period, *, limit: int, before: int | None) -> list[AuditRecord]:
    rows = rows.filter(at__gte=period.start, at__lt=period.end)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return described(list(rows.order_by("-id")[:limit]))
