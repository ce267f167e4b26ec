"""Whom a document of a record was sent to, for the house itself: what fails counts for nobody. It shows nothing to
anybody, and opens no record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from django.db.models import F

from maillon.exchange.dmp.rows import DmpAct
from maillon.exchange.dmp.states import ActKind, ActState
from maillon.exchange.outgoing.models import SentRecipient
from maillon.exchange.outgoing.states import SentState

Channel = Literal["dmp", "patient", "messagerie"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """`national_id`: of the professional whom the mail is for, if it is for one."""

    patient_id: int
    document_id: int
    type_code: str
    channel: Channel
    at: dt.datetime
    name: str = ""
    national_id: str = ""


def reached(patients: Collection[int], types: Collection[str]) -> list[Reached]:
    """What was promised to a mailbox or to the national record, and did not fail."""
    return [*_by_mail(patients, types), *_in_the_national_record(patients, types)]


def _by_mail(patients: Collection[int], types: Collection[str]) -> list[Reached]:
    found = (
        SentRecipient.objects.filter(patient_id__in=patients, sending__documents__type_code__in=types)
        .exclude(state=SentState.FAILED)
        .annotate(
            document_id=F("sending__documents__document_id"), type_code=F("sending__documents__type_code"),
            at=F("sending__created_at"),
        )
        .order_by("id", "document_id")
    )  # fmt: skip
    return [
        Reached(
            patient_id=row.patient_id, document_id=row.document_id, type_code=row.type_code, at=row.at, name=row.name,
            channel="patient" if row.kind == SentRecipient.Kind.PATIENT else "messagerie", national_id=row.national_id,
        )
        for row in found
    ]  # fmt: skip


def _in_the_national_record(patients: Collection[int], types: Collection[str]) -> list[Reached]:
    promised = (ActState.WAITING, ActState.UNCERTAIN, ActState.DONE)
    found = DmpAct.objects.filter(
        patient_id__in=patients, document__type_code__in=types, kind=ActKind.DEPOSIT, state__in=promised
    ).order_by("id")
    rows = found.values_list("patient_id", "document_id", "document__type_code", "asked_at")
    return [
        Reached(patient_id=patient, document_id=document, type_code=type_code, channel="dmp", at=at, name="DMP")
        for patient, document, type_code, at in rows
        if document is not None
    ]
