"""Two years of documents of a whole territory, in the order in which they were sent, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from maillon.formats.document import ClinicalDocument
from simulators import stories_acute, stories_chronic
from simulators.imaging import examination_of, imaging_report
from simulators.laboratory import laboratory_report
from simulators.life import Event, Letter, Life, Sampling
from simulators.making import Occasion, act_of, encounter_at, narrative_document
from simulators.outgoing import OutgoingDocument
from simulators.people import Patient, Professional, Territory
from simulators.pharmacy import dispensation, handed_over
from simulators.types import TYPES

YEARS: Final = 2
CORRECTED_SHARE: Final = 0.015  # of laboratory reports, replaced two days later
STORIES: Final[dict[str, Callable[[Life], Iterator[Event]]]] = {
    "diabete": stories_chronic.diabetes,
    "hta": stories_chronic.hypertension,
    "avk": stories_chronic.anticoagulation,
    "insuffisance_cardiaque": stories_chronic.heart_failure,
    "asthme": stories_chronic.asthma,
    "thyroide": stories_chronic.thyroid,
    "bilan": stories_chronic.yearly_check,
    "appendicectomie": stories_acute.appendectomy,
    "entorse": stories_acute.sprain,
    "grossesse": stories_acute.pregnancy,
    "enfant": stories_acute.childhood,
    "nourrisson": stories_acute.childhood,
}

Former = dict[str, tuple[tuple[datetime, float], ...]]


def documents(territory: Territory, *, seed: int, until: date) -> Iterator[OutgoingDocument]:
    told = [
        document
        for patient in territory.patients
        for document in of_patient(territory, patient, seed=seed, until=until)
    ]
    yield from sorted(told, key=lambda each: (each.sent_at, each.patient, each.document.version.id or ""))


def of_patient(territory: Territory, patient: Patient, *, seed: int, until: date) -> Iterator[OutgoingDocument]:
    """In order of time: the laboratory knows the former values of its own patient."""
    start = max(patient.birth_date + timedelta(days=1), until - timedelta(days=365 * YEARS))
    events: list[tuple[Event, str]] = []
    for story in patient.stories:
        life = Life(
            territory=territory,
            patient=patient,
            chance=Random(f"{seed}/{patient.key}/{story}"),
            start=start,
            until=until,
        )
        events += [(event, f"{story}-{number}") for number, event in enumerate(STORIES[story](life))]
    former: Former = {}
    for event, key in sorted(events, key=lambda pair: (pair[0].at, pair[1])):
        if event.at.date() < until:
            yield from _written(territory, patient, event, key=key, former=former, until=until)


def _written(
    territory: Territory, patient: Patient, event: Event, *, key: str, former: Former, until: date
) -> Iterator[OutgoingDocument]:
    if isinstance(event, Letter):
        yield _letter(territory, patient, event, key=key)
        return
    yield _report(territory, patient, event, key=key, former=former)
    if Random(f"{patient.key}/{key}").random() < CORRECTED_SHARE and event.at.date() + timedelta(days=2) < until:
        yield _report(territory, patient, _corrected(event), key=key, former=former, version=2)
    for analyte, value in event.values.items():
        if not isinstance(value, str):
            former[analyte] = (*former.get(analyte, ()), (event.at, value))


def _corrected(event: Sampling) -> Sampling:
    values = {name: value if isinstance(value, str) else value * 1.08 for name, value in event.values.items()}
    return Sampling(at=event.at + timedelta(days=2), story=event.story, values=values, readers=event.readers)


def _readers(territory: Territory, patient: Patient, event: Event) -> tuple[Professional, ...]:
    keys = dict.fromkeys((patient.treating_doctor, *event.readers))
    if isinstance(event, Letter) and event.author in keys and len(keys) > 1:
        del keys[event.author]  # nobody writes to himself, unless there is nobody else
    return tuple(territory.professional(key) for key in keys)


def _report(
    territory: Territory, patient: Patient, event: Sampling, *, key: str, former: Former, version: int = 1
) -> OutgoingDocument:
    doctor = territory.professional(patient.treating_doctor)
    occasion = Occasion(
        territory=territory,
        patient=patient,
        author=territory.professional("delmas"),
        at=event.at,
        key=key,
        recipients=_readers(territory, patient, event),
        version=version,
    )
    sampler = territory.professional("lefevre" if "lefevre" in patient.team else "delmas")
    report = laboratory_report(occasion, prescriber=doctor, sampler=sampler, values=event.values, former=former)
    return _outgoing(occasion, report, story=event.story)


def _letter(territory: Territory, patient: Patient, event: Letter, *, key: str) -> OutgoingDocument:
    occasion = Occasion(
        territory=territory,
        patient=patient,
        author=territory.professional(event.author),
        at=event.at,
        key=key,
        recipients=_readers(territory, patient, event),
    )
    examination = examination_of(event)
    if examination is not None:
        return _outgoing(occasion, imaging_report(occasion, event, examination), story=event.story)
    boxes = handed_over(event)
    if boxes:
        return _outgoing(occasion, dispensation(occasion, event, boxes), story=event.story)
    kind = TYPES[event.type_code]
    started = (event.started or event.at).isoformat(timespec="seconds")
    ended = event.ended.isoformat(timespec="seconds") if event.ended else None
    code, label = event.act or (event.type_code, kind.label)
    letter = narrative_document(
        occasion,
        type_code=event.type_code,
        type_system=kind.system,
        type_label=kind.label,
        title=event.title,
        sections=event.sections,
        confidentiality=event.confidentiality,
        act=act_of(occasion, code=code, label=label, system=kind.system, start=started, end=ended),
        encounter=encounter_at(occasion.house, code=event.encounter, start=started, end=ended),
    )
    return _outgoing(occasion, letter, story=event.story)


def _outgoing(occasion: Occasion, document: ClinicalDocument, *, story: str) -> OutgoingDocument:
    return OutgoingDocument(
        document=document,
        sender=occasion.house.mailbox,
        sender_name=occasion.house.name,
        recipients=tuple(person.mailbox for person in occasion.recipients),
        patient=occasion.patient.key,
        sent_at=occasion.at,
        story=story,
    )
