"""What signed answers to a questionnaire add to the record: one timeline entry, one observation per item."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.record.models import Observation, TimelineEntry
from maillon.terminology import api as terminology

FORM_SYSTEM: Final = "urn:maillon:formulaire"  # its codes are FORM/item
LOINC: Final = "2.16.840.1.113883.6.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedAnswer:
    """One item. `text` is the code of a choice, or the words; `value` a number, or the points of a choice. With a
    `loinc` code, a number is an ordinary result as well."""

    item: str
    label: str
    value: Decimal | None = None
    text: str = ""
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    group: str = ""
    loinc: str = ""


def note_answers(
    access: Access,
    *,
    response: UUID,
    form: str,
    title: str,
    type_code: str,
    at: dt.datetime,
    answers: Sequence[NotedAnswer],
    replaces: UUID | None = None,
) -> None:
    """Keep signed answers, in the caller's transaction. Idempotent on `response`. What `replaces` names stays readable
    and no longer counts."""
    actor = access.actor
    bit = access_room.matrix.bit_of(type_code)
    _, is_new = TimelineEntry.objects.get_or_create(
        response_uuid=response,
        defaults={
            "patient_id": access.patient_id, "at": at, "received_at": clock.now(), "type_code": type_code,
            "kind": terminology.class_of_type(type_code) or "10", "title": title[:300], "author": actor.label[:200],
            "author_professional_id": actor.professional_id, "author_profession_code": actor.profession_code,
            "organization": actor.structure_name[:200], "type_bit": bit,
        },
    )  # fmt: skip
    if not is_new:
        return
    if replaces is not None:
        _replace(access, replaces)
    Observation.objects.bulk_create(
        Observation(
            patient_id=access.patient_id, response_uuid=response, author_professional_id=actor.professional_id, at=at,
            code=code[:60], system=system, label=each.label[:300], value=each.value, value_text=each.text[:1000],
            unit=each.unit[:40], low=each.low, high=each.high, group=(each.group or title)[:300], type_bit=bit,
        )
        for each in answers for code, system in _names(form, each)
    )  # fmt: skip


def _names(form: str, answer: NotedAnswer) -> Iterator[tuple[str, str]]:
    yield f"{form}/{answer.item}", FORM_SYSTEM
    if answer.loinc and answer.value is not None:
        yield answer.loinc, LOINC


def _replace(access: Access, response: UUID) -> None:
    former = {"patient_id": access.patient_id, "response_uuid": response}
    TimelineEntry.objects.filter(**former).update(status=TimelineEntry.Status.REPLACED)
    Observation.objects.filter(**former).update(is_current=False)
