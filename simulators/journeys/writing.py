"""The documents of those who work outside: each by the software of its kind of house, else as a letter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from maillon.formats.document import Author, ClinicalDocument, Organization, Participant
from simulators.imaging import examination_of, imaging_report
from simulators.journeys.cast import unqualified
from simulators.journeys.orders import Order, person_of
from simulators.laboratory import laboratory_report
from simulators.life import PARIS, Letter
from simulators.making import LOINC, Occasion, act_of, encounter_at, narrative_document
from simulators.outgoing import OutgoingDocument
from simulators.people import Territory
from simulators.pharmacy import dispensation, handed_over
from simulators.types import DocumentType, kind_of

BIOLOGY: Final = "11502-2"
WITH_ACCESSION: Final = ("18748-4",)  # names the order by its accession number, which the request here does not have
MES, MES_ID = "Mon espace santé (simulateur)", "1990000094"


def written(order: Order, territory: Territory) -> OutgoingDocument:
    person = person_of(order.person)
    occasion = Occasion(
        territory=territory, patient=person if order.knows_ins else unqualified(person),
        author=territory.professional(order.author), at=order.moment.astimezone(PARIS), key=order.key,
        recipients=tuple(territory.professional(key) for key in order.readers), version=order.version,
    )  # fmt: skip
    document = _document(order, occasion)
    if order.order_id and order.type not in WITH_ACCESSION:
        document = replace(document, orders=(order.order_id,))
    return OutgoingDocument(
        document=document, sender=occasion.house.mailbox, sender_name=occasion.house.name, recipients=order.addresses,
        patient=person.key, sent_at=occasion.at, story=order.key,
    )  # fmt: skip


def _document(order: Order, occasion: Occasion) -> ClinicalDocument:
    kind = kind_of(order.type)
    letter = Letter(
        at=occasion.at, story=order.key, type_code=order.type, title=order.title, author=order.author,
        sections=tuple(order.texts.items()), encounter=order.encounter,
    )  # fmt: skip
    if order.level == "N3" and order.type == BIOLOGY:
        prescriber = occasion.recipients[0]
        return laboratory_report(
            occasion, prescriber=prescriber, sampler=occasion.author, values=_measures(order.texts), former={}
        )
    if order.level == "N3" and (examination := examination_of(letter)) is not None:
        performed = replace(occasion, at=dt.datetime.fromisoformat(order.ended)) if order.ended else occasion
        return _signed_at(occasion, imaging_report(performed, letter, examination))
    if order.level == "N3" and (boxes := handed_over(letter)):
        return dispensation(occasion, letter, boxes)
    return _letter(order, occasion, kind)


def _signed_at(occasion: Occasion, document: ClinicalDocument) -> ClinicalDocument:
    """Written and signed then, about what was done before."""
    at = occasion.iso
    return replace(
        document, created_at=at, authors=tuple(replace(each, at=at) for each in document.authors),
        participants=tuple(replace(each, at=at) for each in document.participants),
    )  # fmt: skip


def _letter(order: Order, occasion: Occasion, kind: DocumentType) -> ClinicalDocument:
    texts = order.texts if order.type != BIOLOGY else {"Résultats": "\n".join(map(" : ".join, order.texts.items()))}
    ended = order.ended or occasion.iso
    started = (dt.datetime.fromisoformat(ended) - dt.timedelta(minutes=30)).isoformat(timespec="seconds")
    return narrative_document(
        occasion, type_code=order.type, type_system=kind.system, type_label=kind.label, title=order.title,
        sections=tuple(texts.items()),
        act=act_of(occasion, code=order.type, label=kind.label, system=kind.system or LOINC, start=started,
                   end=ended),
        encounter=encounter_at(occasion.house, code=order.encounter, start=started, end=ended),
    )  # fmt: skip


def _measures(texts: Mapping[str, str]) -> dict[str, float | str]:
    return {key: float(value) if value.replace(".", "", 1).isdigit() else value for key, value in texts.items()}


def from_the_patient(order: Order, territory: Territory) -> OutgoingDocument:
    """What somebody writes in Mon espace santé: they are its author, and answer for it."""
    person = person_of(order.person)
    reader = territory.professional(order.readers[0])
    occasion = Occasion(
        territory=territory, patient=person, author=reader, at=order.moment.astimezone(PARIS), key=order.key,
        recipients=(), version=order.version,
    )  # fmt: skip
    letter = _letter(order, occasion, kind_of(order.type))
    oneself = Author(
        id=person.ins, id_root=person.ins_oid, family_name=person.birth_family_name,
        given_name=person.first_birth_given_name, at=occasion.iso, organization_id=MES_ID, organization_name=MES,
    )  # fmt: skip
    answering = Participant(
        role="legalAuthenticator", id=person.ins, family_name=person.birth_family_name,
        given_name=person.first_birth_given_name, organization_id=MES_ID, organization_name=MES, at=occasion.iso,
        id_root=person.ins_oid,
    )  # fmt: skip
    act = replace(
        letter.acts[0], performer_id=person.ins, performer_organization=MES, performer_organization_id=MES_ID,
        performer_name=f"{person.first_birth_given_name} {person.birth_family_name}",
    )  # fmt: skip
    document = replace(
        letter, authors=(oneself,), participants=(answering,), acts=(act,), custodian=Organization(id=MES_ID, name=MES)
    )
    return OutgoingDocument(
        document=document, sender=order.mailbox, sender_name=f"{person.shown_name}", recipients=order.addresses,
        patient=person.key, sent_at=occasion.at, story=order.key,
    )  # fmt: skip
