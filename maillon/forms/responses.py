"""Responses: begun, saved at every pause of the hand, resumed on any device, asked of the patient, read once signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from maillon.access import api as access_room
from maillon.forms import faults
from maillon.forms.asking import Respondent, Sheet, sheet
from maillon.forms.definition import Questionnaire, answerable_by, definition, definitions
from maillon.forms.models import Response
from maillon.forms.proposing import proposed
from maillon.forms.written import definition_of, kept
from maillon.kernel import clock, sql
from maillon.kernel.key import Access, Actor, PatientId
from maillon.kernel.text import storable
from maillon.patients import api as patients

MOST_LISTED = 200
LONGEST_TYPED = 20_000
OF_WHOM = ""  # the code of no question
_ONE_AT_A_TIME = 4_200_131  # with the hash of the patient's number
Typed = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseView:
    """`sheet`: what was typed, as the questionnaire understands it today; of a signed one, on the day it was."""

    uuid: UUID
    asked: Questionnaire
    sheet: Sheet
    revision: int
    saved_at: dt.datetime
    signed_at: dt.datetime | None
    author: str
    summary: str
    origin: str
    replaces: UUID | None
    replaced_at: dt.datetime | None
    is_for_patient: bool
    asked_by: str
    is_mine: bool
    set_aside: Sheet | None
    set_aside_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseLine:
    uuid: UUID
    code: str
    title: str
    summary: str
    author: str
    created_at: dt.datetime
    saved_at: dt.datetime
    signed_at: dt.datetime | None
    replaced_at: dt.datetime | None
    is_correction: bool
    is_for_patient: bool
    asked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """`is_conflict`: another device had written since; what it wrote is set aside, beside this."""

    revision: int
    saved_at: dt.datetime
    is_conflict: bool
    sheet: Sheet


# ------------------------------------------------------------------------------------------------ writing


@transaction.atomic
def begin(access: Access, code: str, *, origin: str = "") -> UUID:
    """One's own draft of this questionnaire: the one already begun for the same origin, else a new one, in which what
    the record knows is proposed. Raises E-QST-01."""
    asked = definition(code)
    if asked is None or access.scope != "whole":
        raise access_room.AccessDenied
    if not answerable_by(access.actor, asked):
        raise faults.NOT_YOURS
    one_at_a_time(access)
    begun = _drafts(access).filter(form_code=code, origin=origin, replaces__isnull=True).order_by("-saved_at").first()
    if begun is not None:
        return begun.uuid
    return _new(access, asked, origin=origin, answers=proposed(access, asked)).uuid


@transaction.atomic
def correct(access: Access, uuid: UUID) -> UUID:
    """The draft of what will replace a response that one signed; the one already begun, if any. By the same
    definition. Raises E-QST-03."""
    former = _signed(access).filter(uuid=uuid, author_professional_id=access.actor.professional_id or 0).first()
    if former is None or access.scope != "whole":
        raise access_room.AccessDenied
    if former.replaced_at is not None:
        raise faults.NOT_THE_LAST
    row, _ = Response.objects.get_or_create(
        replaces=uuid, signed_at=None,
        defaults={
            "patient_id": access.patient_id, "definition_id": former.definition_id, "form_code": former.form_code,
            "origin": former.origin, "answers": former.answers, "type_bit": former.type_bit,
            "author_professional_id": access.actor.professional_id, "created_at": clock.now(),
            "saved_at": clock.now(),
        },
    )  # fmt: skip
    return row.uuid


@transaction.atomic
def save(access: Access, uuid: UUID, typed: Typed, *, revision: int) -> Saved:
    """Keep what is on the page. Written meanwhile elsewhere: this prevails, the other is set aside whole."""
    row = locked(access, uuid)
    asked = definition_of(row.definition)
    answers = _kept(asked, typed)
    if row.answers == answers:
        return Saved(
            revision=row.revision, saved_at=row.saved_at, is_conflict=False, sheet=_sheet(access, asked, answers)
        )
    is_conflict = revision != row.revision
    if is_conflict:
        row.set_aside, row.set_aside_at = row.answers, row.saved_at
    row.answers, row.revision, row.saved_at = answers, row.revision + 1, clock.now()
    row.visitor_id = access.actor.visitor_id
    row.save(update_fields=["answers", "revision", "saved_at", "set_aside", "set_aside_at", "visitor_id"])
    return Saved(
        revision=row.revision, saved_at=row.saved_at, is_conflict=is_conflict, sheet=_sheet(access, asked, answers)
    )


@transaction.atomic
def take_back(access: Access, uuid: UUID) -> None:
    """What was set aside comes back on the page, and what was there is set aside in its turn."""
    row = locked(access, uuid)
    if row.set_aside is None:
        return
    row.answers, row.set_aside = row.set_aside, row.answers
    row.set_aside_at, row.saved_at, row.revision = row.saved_at, clock.now(), row.revision + 1
    row.save(update_fields=["answers", "revision", "saved_at", "set_aside", "set_aside_at"])


@transaction.atomic
def throw_away(access: Access, uuid: UUID) -> None:
    """For good: an unsigned draft belongs to no record. Thrown twice is thrown once."""
    _drafts(access).filter(uuid=uuid, is_for_patient=False).delete()


# ------------------------------------------------------------------------------------------------ reading


def read(access: Access, uuid: UUID) -> ResponseView:
    """One's own draft, or a signed response that the law opens. Raises AccessDenied, alike for absent and closed."""
    row = _drafts(access).filter(uuid=uuid).first() or _signed(access).filter(uuid=uuid).first()
    if row is None:
        raise access_room.AccessDenied
    return view_of(access, row)


def offered(access: Access) -> list[Questionnaire]:
    """What the holder of the key may fill, in the order of the library."""
    if access.scope != "whole":
        return []
    return [asked for asked in definitions().values() if answerable_by(access.actor, asked)]


def drafts(access: Access) -> list[ResponseLine]:
    """One's own, unsigned; behind the patient's door, what the team asks."""
    return [line_of(row) for row in _drafts(access).order_by("-saved_at")[:MOST_LISTED]]


def signed(access: Access, *, most: int = MOST_LISTED) -> list[ResponseLine]:
    """Those that the law opens, latest first, replaced ones included."""
    return [line_of(row) for row in _signed(access).order_by("-signed_at", "-id")[:most]]


def patient_of(actor: Actor, uuid: UUID) -> PatientId:
    """Whose record to open for a signed response; 0, alike for one that is not there and for one that the actor may not
    read. Showing anything takes the key."""
    visible, known = access_room.rule.across(actor, "r")
    found = sql.row(
        f"SELECT r.patient_id FROM forms_response r WHERE r.uuid = %(uuid)s AND r.signed_at IS NOT NULL AND {visible}",  # noqa: S608
        known | {"uuid": uuid},
    )
    return PatientId(found[0] if found else 0)


def one_at_a_time(access: Access) -> None:
    """Until the end of the transaction: what one click begins for a patient, the other finds begun."""
    sql.rows("SELECT pg_advisory_xact_lock(%s::int, hashtext(%s))", (_ONE_AT_A_TIME, str(access.patient_uuid)))


def locked(access: Access, uuid: UUID) -> Response:
    """The row of one's own unsigned draft, until the end of the transaction. Raises AccessDenied, E-QST-02, 06."""
    row = Response.objects.select_for_update(of=("self",)).filter(_own(access), uuid=uuid).first()
    if row is None:
        raise access_room.AccessDenied
    if row.signed_at is not None:
        raise faults.ALREADY_SIGNED
    if row.cancelled_at is not None:
        raise faults.CANCELLED
    return row


def view_of(access: Access, row: Response) -> ResponseView:
    asked = definition_of(row.definition)
    today = clock.in_paris(row.signed_at).date() if row.signed_at else None
    aside = row.set_aside if row.signed_at is None else None
    return ResponseView(
        uuid=row.uuid, asked=asked, sheet=_sheet(access, asked, row.answers, today=today, of=_of_whom(row)),
        revision=row.revision, saved_at=row.saved_at, signed_at=row.signed_at, author=row.author_label,
        summary=row.summary, origin=row.origin, replaces=row.replaces, replaced_at=row.replaced_at,
        is_for_patient=row.is_for_patient, asked_by=row.asked_by, is_mine=_is_mine(access, row),
        set_aside_at=row.set_aside_at,
        set_aside=_sheet(access, asked, aside) if aside is not None else None,
    )  # fmt: skip


def respondent(access: Access) -> Respondent:
    """The patient, whoever answers: age and sex are theirs."""
    line = patients.identity(access).line
    sex = {"F": "F", "M": "M"}.get(line.sex)
    return Respondent(birth_date=line.birth_date, sex=sex)  # type: ignore[arg-type]


def as_text(who: Respondent) -> str:
    return f"{who.birth_date or ''} {who.sex or ''}"


def _of_whom(row: Response) -> Respondent | None:
    """As it was signed: an identity that is corrected since changes nothing of what somebody signed."""
    if OF_WHOM not in row.calculated:
        return None
    day, _, sex = row.calculated[OF_WHOM].partition(" ")
    return Respondent(birth_date=dt.date.fromisoformat(day) if day else None, sex=sex or None)


def _sheet(
    access: Access, asked: Questionnaire, answers: Typed, *, today: dt.date | None = None, of: Respondent | None = None
) -> Sheet:
    return sheet(asked, answers, respondent=of or respondent(access), today=today or clock.today())


def _new(access: Access, asked: Questionnaire, *, origin: str, answers: Typed) -> Response:
    return Response.objects.create(
        patient_id=access.patient_id, definition=kept(asked), form_code=asked.code, origin=origin[:200],
        answers=dict(answers), author_professional_id=access.actor.professional_id,
        type_bit=access_room.matrix.bit_of(asked.type), created_at=clock.now(), saved_at=clock.now(),
    )  # fmt: skip


def _kept(asked: Questionnaire, typed: Typed) -> dict[str, list[str]]:
    """Every text of a question that is answered, as it was typed."""
    found = {}
    for question in asked.questions():
        said = [storable(each)[:LONGEST_TYPED] for each in typed.get(question.code, ()) if each]
        if question.is_answered and said:
            found[question.code] = said
    return found


def _own(access: Access) -> Q:
    """The first wall on drafts: the record of the key, and the author. Behind the door, what is asked of the patient
    and nobody has begun is whoever's comes first: neither a parent nor a minor reads what the other is writing."""
    actor = access.actor
    of_record = Q(patient_id=access.patient_id)
    if actor.visitor_id is not None:
        return of_record & Q(is_for_patient=True) & (Q(visitor_id__isnull=True) | Q(visitor_id=actor.visitor_id))
    return of_record & Q(is_for_patient=False, author_professional_id=actor.professional_id or 0)


def _is_mine(access: Access, row: Response) -> bool:
    if access.actor.visitor_id is not None:
        return row.is_for_patient and row.visitor_id in (None, access.actor.visitor_id)
    return row.author_professional_id is not None and row.author_professional_id == access.actor.professional_id


def _drafts(access: Access) -> QuerySet[Response]:
    rows = Response.objects.filter(_own(access), signed_at__isnull=True, cancelled_at__isnull=True)
    return rows.select_related("definition")


def _signed(access: Access) -> QuerySet[Response]:
    """As the law opens them; a representative reads none of the answers that the patient gave by themself."""
    visible = Response.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id)
    if access.actor.kind == "representative":
        visible = visible.filter(Q(is_for_patient=False) | Q(visitor_id=access.actor.visitor_id or 0))
    return visible.filter(signed_at__isnull=False).select_related("definition")


def line_of(row: Response) -> ResponseLine:
    return ResponseLine(
        uuid=row.uuid, code=row.form_code, title=definition_of(row.definition).titre, summary=row.summary,
        author=row.author_label, created_at=row.created_at, saved_at=row.saved_at, signed_at=row.signed_at,
        replaced_at=row.replaced_at, is_correction=row.replaces is not None, is_for_patient=row.is_for_patient,
        asked_by=row.asked_by,
    )  # fmt: skip
