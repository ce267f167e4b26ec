"""Signing: what stands on the page becomes answers of the record.

The signature is the act of a person authenticated by two factors, with its time: a simple electronic signature (eIDAS
art. 3, 10), and the page says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.forms import faults
from maillon.forms.asking import Line, Sheet, inconclusive, sheet
from maillon.forms.definition import OF_PATIENTS, answerable_by
from maillon.forms.events import FormSigned
from maillon.forms.models import Response
from maillon.forms.patients_answers import tell_who_asked
from maillon.forms.responses import OF_WHOM, as_text, locked, respondent
from maillon.forms.written import definition_of
from maillon.kernel import clock, events
from maillon.kernel.key import Access
from maillon.record import api as record


@transaction.atomic
def sign(access: Access, uuid: UUID) -> UUID:
    """Signed twice, it is one response and one event. Raises E-QST-01, 03, 06, 20 (with nothing kept in the record)."""
    if _is_signed_by_oneself(access, uuid):
        return uuid
    row = locked(access, uuid)
    asked, now = definition_of(row.definition), clock.now()
    if not row.is_for_patient and not answerable_by(access.actor, asked):
        raise faults.NOT_YOURS
    if access.scope != "whole":
        raise access_room.AccessDenied
    filled = sheet(asked, row.answers, respondent=respondent(access), today=clock.in_paris(now).date())
    if filled.faults:
        raise faults.NotReady
    _close_former(access, row, now)
    _keep(access, row, filled, now)
    if row.is_for_patient:
        tell_who_asked(access, row)
    events.announce(
        FormSigned(
            response_uuid=row.uuid, patient_id=access.patient_id, form_code=row.form_code, origin=row.origin,
            replaces=row.replaces,
        )
    )  # fmt: skip
    return row.uuid


def _is_signed_by_oneself(access: Access, uuid: UUID) -> bool:
    rows = Response.objects.filter(patient_id=access.patient_id, uuid=uuid, signed_at__isnull=False)
    if access.actor.visitor_id is not None:
        return rows.filter(visitor_id=access.actor.visitor_id).exists()
    return rows.filter(author_professional_id=access.actor.professional_id or 0).exists()


def _close_former(access: Access, row: Response, now: dt.datetime) -> None:
    if row.replaces is None:
        return
    former = Response.objects.filter(patient_id=access.patient_id, uuid=row.replaces, replaced_at__isnull=True)
    if not former.update(replaced_at=now):
        raise faults.NOT_THE_LAST


def _keep(access: Access, row: Response, filled: Sheet, now: dt.datetime) -> None:
    """What does not stand is not kept as an answer; what cannot be concluded is kept as nothing at all."""
    asked, summary = filled.asked, filled.summary()
    standing = {line.question.code for line in filled.standing}
    row.answers = {code: typed for code, typed in row.answers.items() if code in standing}
    row.calculated = {
        line.question.code: line.shown or inconclusive(line, filled.lines)
        for line in filled.standing
        if line.question.genre == "calcul"
    } | {OF_WHOM: as_text(respondent(access))}
    row.signed_at, row.saved_at, row.summary = now, now, summary[:300]
    row.author_label, row.visitor_id = access.actor.label[:200], access.actor.visitor_id
    row.set_aside = row.set_aside_at = None
    row.save()
    record.note_answers(
        access, response=row.uuid, form=asked.code, type_code=OF_PATIENTS if row.is_for_patient else asked.type,
        title=" — ".join(part for part in (asked.titre, summary) if part), at=now,
        answers=list(_noted(filled)), replaces=row.replaces,
    )  # fmt: skip


def _noted(filled: Sheet) -> Iterator[record.NotedAnswer]:
    for group in filled.asked.groupes:
        for question in group.questions:
            line = filled.lines[question.code]
            if line.stands and line.value is not None:
                yield from _of_line(line, group.titre or filled.asked.titre)


def _of_line(line: Line, group: str) -> Iterator[record.NotedAnswer]:
    """Boxes are so many answers, ticked or not: what was left empty was said as well."""
    question, value = line.question, line.value
    assert value is not None
    if question.genre == "cases":
        for option in question.options:
            yield record.NotedAnswer(
                item=f"{question.code}/{option.code}", label=f"{question.texte} {option.dire}", group=group,
                text="oui" if option.code in value.codes else "non",
            )  # fmt: skip
        return
    is_number = question.is_number
    yield record.NotedAnswer(
        item=question.code, label=question.texte, value=value.number, text="" if is_number else value.text,
        unit=question.unite if is_number else "", group=group, loinc=question.loinc if is_number else "",
    )  # fmt: skip
