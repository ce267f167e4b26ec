"""The register of requests: what a person asks about their data, the delays that the law gives, the answer.

Access to the record: eight days after the request, never before forty-eight hours, two months when the data are older
than five years (CSP L1111-7, R1111-1). Everything else: one month (RGPD art. 12.3).
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.patients import api as patients
from maillon.rights.models import Request

Kind, Channel, Outcome = Request.Kind, Request.Channel, Request.Outcome

REFLECTION: Final = dt.timedelta(hours=48)
DAYS_FOR_ACCESS: Final = 8
MONTHS_FOR_OLD_DATA: Final = 2
MONTHS_FOR_THE_REST: Final = 1
SECRETARY: Final = "331"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    uuid: UUID
    patient: patients.PatientLine
    kind: str
    kind_label: str
    asked_at: dt.datetime
    channel_label: str
    asked_by: str
    identity_check: str
    note: str
    is_about_old_data: bool
    not_before: dt.datetime
    due_at: dt.datetime
    recorded_by: str
    answered_at: dt.datetime | None
    answered_by: str
    outcome: str
    outcome_label: str
    refusal_reason: str

    @property
    def is_open(self) -> bool:
        return self.answered_at is None

    @property
    def is_late(self) -> bool:
        return (self.answered_at or clock.now()) > self.due_at

    @property
    def may_be_granted(self) -> bool:
        return clock.now() >= self.not_before


@transaction.atomic
def record(
    access: Access,
    *,
    kind: str,
    channel: str,
    asked_by: str,
    identity_check: str,
    asked_at: dt.datetime | None = None,
    is_about_old_data: bool = False,
    note: str = "",
) -> UUID:
    """The delays run from the day when it was asked, not from the day when it is written down."""
    if access.scope != "whole":
        raise access_room.AccessDenied
    moment = asked_at or clock.now()
    _refuse_what_is_missing(kind, channel, asked_by, identity_check, moment)
    is_access = kind == Kind.ACCESS
    row = Request.objects.create(
        patient_id=access.patient_id,
        kind=kind,
        channel=channel,
        asked_by=storable(asked_by).strip()[:200],
        identity_check=storable(identity_check).strip()[:300],
        asked_at=moment,
        is_about_old_data=is_about_old_data,
        not_before=moment.astimezone(dt.UTC) + REFLECTION if is_access else moment,
        due_at=due(kind, moment, is_about_old_data=is_about_old_data),
        note=storable(note).strip()[:1000],
        recorded_by=access.actor.label,
    )
    return row.uuid


def due(kind: str, asked_at: dt.datetime, *, is_about_old_data: bool) -> dt.datetime:
    """The end of the last day, in Paris."""
    day = clock.in_paris(asked_at).date()
    if kind != Kind.ACCESS:
        last = _months_after(day, MONTHS_FOR_THE_REST)
    elif is_about_old_data:
        last = _months_after(day, MONTHS_FOR_OLD_DATA)
    else:
        last = day + dt.timedelta(days=DAYS_FOR_ACCESS)
    return dt.datetime.combine(last, dt.time(23, 59, 59), tzinfo=clock.PARIS)


@transaction.atomic
def answer(access: Access, uuid: UUID, *, outcome: str, refusal_reason: str = "") -> None:
    """Once. A refusal, also in part, says why: the person may complain to the CNIL."""
    if access.scope != "whole":
        raise access_room.AccessDenied
    row = Request.objects.select_for_update().filter(patient_id=access.patient_id, uuid=uuid).first()
    if row is None:
        raise access_room.AccessDenied
    if row.answered_at is not None:
        raise UserMessage("E-DRT-04", "Cette demande a déjà reçu sa réponse.")
    if outcome not in Outcome.values:
        raise UserMessage("E-DRT-01", "Choisissez la réponse donnée.")
    if outcome != Outcome.GRANTED and not refusal_reason.strip():
        raise UserMessage("E-DRT-05", "Dites pourquoi la demande est refusée, en tout ou en partie.")
    if outcome != Outcome.REFUSED and clock.now() < row.not_before:
        raise UserMessage(
            "E-DRT-06",
            "La loi donne à la personne quarante-huit heures de réflexion\u202f: le dossier ne peut pas être "
            "communiqué avant.",
        )
    row.outcome = outcome
    row.refusal_reason = storable(refusal_reason).strip()[:1000] if outcome != Outcome.GRANTED else ""
    row.answered_at, row.answered_by = clock.now(), access.actor.label
    row.save(update_fields=["outcome", "refusal_reason", "answered_at", "answered_by"])


def of_patient(access: Access) -> list[RequestLine]:
    if access.scope != "whole":
        return []
    return _lines(Request.objects.filter(patient_id=access.patient_id).order_by("-asked_at", "-pk"))


def may_follow(actor: Actor) -> bool:
    """Who answers for the deadlines of a structure: its secretaries, its administrators, its referent."""
    return actor.profession_code == SECRETARY or actor.is_administrator or actor.is_referent


@transaction.atomic
def to_follow(actor: Actor, *, answered: int = 20) -> list[RequestLine]:
    """The open ones, the first due first, then the last answered. Each name shown is journalled."""
    if not may_follow(actor):
        raise access_room.AccessDenied
    visible = Request.objects.filter(patient__in=access_room.rule.visible_patients(actor))
    waiting = _lines(visible.filter(answered_at__isnull=True).order_by("due_at", "pk"))
    over = _lines(visible.filter(answered_at__isnull=False).order_by("-answered_at", "-pk")[:answered])
    shown = list(dict.fromkeys(line.patient.id for line in (*waiting, *over)))
    access_room.journal.note_list(actor, shown, purpose=access_room.rule.usual_purpose(actor))
    return [*waiting, *over]


def _refuse_what_is_missing(kind: str, channel: str, asked_by: str, identity_check: str, moment: dt.datetime) -> None:
    if kind not in Kind.values or channel not in Channel.values:
        raise UserMessage("E-DRT-01", "Choisissez ce qui est demandé et par quel moyen.")
    if not asked_by.strip():
        raise UserMessage("E-DRT-02", "Dites qui demande.")
    if not identity_check.strip():
        raise UserMessage(
            "E-DRT-03",
            "Dites comment l’identité de la personne a été vérifiée\u202f: sans cela, rien n’est communiqué.",
        )
    if moment > clock.now():
        raise UserMessage("E-DRT-07", "La date de la demande est dans le futur.")


def _months_after(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or its last day."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _lines(rows: QuerySet[Request]) -> list[RequestLine]:
    found = list(rows)
    known = patients.lines([PatientId(row.patient_id) for row in found])
    return [_line(row, known[PatientId(row.patient_id)]) for row in found]


def _line(row: Request, patient: patients.PatientLine) -> RequestLine:
    return RequestLine(
        uuid=row.uuid,
        patient=patient,
        kind=row.kind,
        kind_label=Kind(row.kind).label,
        asked_at=row.asked_at,
        channel_label=Channel(row.channel).label,
        asked_by=row.asked_by,
        identity_check=row.identity_check,
        note=row.note,
        is_about_old_data=row.is_about_old_data,
        not_before=row.not_before,
        due_at=row.due_at,
        recorded_by=row.recorded_by,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        outcome=row.outcome,
        outcome_label=Outcome(row.outcome).label if row.outcome else "",
        refusal_reason=row.refusal_reason,
    )
