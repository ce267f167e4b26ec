"""What an imaging report codes (DICOM part 20, CI-SIS): how the images were acquired, which they are, and what they
cost in radiation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from maillon.formats.cda.blocks.block import Block
from maillon.formats.cda.blocks.draft import Draft, OpenSection, Row
from maillon.formats.cda.blocks.imaging_request import dicom_observations
from maillon.formats.cda.blocks.observation import Sheet, observations
from maillon.formats.cda.blocks.procedure import COLUMNS, complete_procedure, write_procedure
from maillon.formats.cda.blocks.values import add_concept, add_moment, add_reference, concept_of, words_of
from maillon.formats.cda.imaging_terms import DCM, DOSES
from maillon.formats.cda.write_terms import MODALITY
from maillon.formats.cda.write_xml import (
    RPPS_ROOT,
    Element,
    add,
    add_code,
    add_id,
    add_national_id,
    add_templates,
)
from maillon.formats.coded import Concept, ImagingInstance, ImagingSeries, ImagingStudy
from maillon.formats.document import Statement
from maillon.formats.wording import shown_date

TECHNIQUE: Final = ("1.2.840.10008.9.14", "1.2.250.1.213.1.1.3.153")
EXPOSURE: Final = ("1.2.250.1.213.1.1.3.165",)
QUANTITY: Final = ("2.16.840.1.113883.10.20.6.2.14", "1.2.250.1.213.1.1.3.154")
STUDY: Final = ("1.2.840.10008.9.16", "1.2.250.1.213.1.1.3.155")
SERIES: Final = ("1.2.840.10008.9.17", "1.2.250.1.213.1.1.3.156")
INSTANCE: Final = ("1.2.840.10008.9.18", "1.2.250.1.213.1.1.3.157")
EXPOSURE_CODE: Final = "121290"
AUTHORIZER_CODE: Final = "113850"
PREGNANCY: Final = "364320009"
CATALOGUE: Final = "121181"


def is_exposure(item: Any) -> bool:
    return bool(item.code == EXPOSURE_CODE)


def is_technique(item: Any) -> bool:
    return not is_exposure(item)


def is_dose(item: Any) -> bool:
    return item.code in DOSES


def write_techniques(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    table = section.table(*COLUMNS)
    for item in items:
        write_procedure(section, draft, item, row=table.row(), templates=TECHNIQUE)


def write_exposures(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    table = section.table("Date", "Exposition", "Autorisée par")
    for item in items:
        row = table.row()
        element = section.entry("procedure", class_code="PROC", mood="EVN")
        add_templates(element, *EXPOSURE)
        add_id(element, item.id or "")
        row.say("Date", shown_date(item.start))
        named = row.say("Exposition", words_of(item))
        add_concept(element, "code", concept_of(item), reference=named)
        add_reference(element, "text", named)
        add(element, "statusCode", code=item.status)
        add_moment(element, "effectiveTime", item.start, end=item.end, unknown="UNK")
        _authorizer(element, item, row=row)


def _authorizer(element: Element, item: Statement, *, row: Row) -> None:
    who = item.performer
    if who is None:
        return
    role = add(add(element, "participant", typeCode="RESP"), "participantRole")
    add_national_id(role, who.id or "", root=who.id_root or RPPS_ROOT)
    add_code(role, "code", AUTHORIZER_CODE, system=DCM, label="Autorise l’exposition aux radiations")
    add(add(role, "playingEntity"), "name", who.family_name)
    row.say("Autorisée par", who.family_name)


def complete_exposure(item: Statement) -> Statement:
    """The standard names who authorised in one piece, and says nothing more of them."""
    found = complete_procedure(replace(item, code=EXPOSURE_CODE, system=DCM, label=item.label or "Exposition"))
    who = item.performer
    if who is None:
        return found
    name = " ".join(one for one in (who.suffix, who.given_name, who.family_name) if one)
    return replace(found, performer=type(who)(id=who.id, id_root=who.id_root or RPPS_ROOT, family_name=name or None))


def write_studies(draft: Draft, section: OpenSection, items: Sequence[ImagingStudy]) -> None:
    table = section.table("Examen", "Date de l’examen", "Série", "Modalité", "Date de la série", "Image", "Classe",
                          "Date de l’image", "Adresse")  # fmt: skip
    for study in items:
        row = table.row()
        act = section.entry("act", class_code="ACT", mood="EVN")
        add_templates(act, *STUDY)
        add_id(act, study.uid)
        add_concept(act, "code", Concept(code="113014", system=DCM, label="Examen d’imagerie"))
        add_reference(act, "text", row.say("Examen", study.uid))
        row.say("Date de l’examen", shown_date(study.at, with_time=True))
        add_moment(act, "effectiveTime", study.at, unknown="UNK")
        for series in study.series:
            _series(add(act, "entryRelationship", typeCode="COMP"), series, row=row)


def _series(link: Element, series: ImagingSeries, *, row: Row) -> None:
    act = add(link, "act", classCode="ACT", moodCode="EVN")
    add_templates(act, *SERIES)
    add_id(act, series.uid)
    kind = Concept(code="113015", system=DCM, label="Série", qualifiers=((MODALITY, series.modality),))
    add_concept(act, "code", kind)
    add_reference(act, "text", row.say("Série", series.uid))
    row.say("Modalité", " ".join(one for one in (series.modality.code, series.modality.label) if one))
    row.say("Date de la série", shown_date(series.at, with_time=True))
    add_moment(act, "effectiveTime", series.at)
    for instance in series.instances:
        _instance(add(act, "entryRelationship", typeCode="COMP"), instance, row=row)


def _instance(link: Element, instance: ImagingInstance, *, row: Row) -> None:
    observation = add(link, "observation", classCode="DGIMG", moodCode="EVN")
    add_templates(observation, *INSTANCE)
    add_id(observation, instance.uid)
    row.say("Image", instance.uid)
    row.say("Classe", " ".join(one for one in (instance.sop_class.code, instance.sop_class.label) if one))
    add_concept(observation, "code", instance.sop_class)
    if instance.address:
        text = add(observation, "text", mediaType="application/dicom")
        add(text, "reference", value=instance.address)
        row.say("Adresse", instance.address)
    row.say("Date de l’image", shown_date(instance.at, with_time=True))
    add_moment(observation, "effectiveTime", instance.at)


def _as_it_is(item: ImagingStudy) -> ImagingStudy:
    return item


TECHNIQUES: Final = Block(
    list="procedures", write=write_techniques, complete=complete_procedure, noun="technique d’imagerie",
    takes=is_technique,
)  # fmt: skip
EXPOSURES: Final = Block(
    list="procedures", write=write_exposures, complete=complete_exposure, noun="exposition", takes=is_exposure
)
PREGNANCY_STATUS: Final = dicom_observations(PREGNANCY)
DOSE_QUANTITIES: Final = observations(Sheet(QUANTITY), takes=is_dose, noun="dose")
STUDIES: Final = Block(list="studies", write=write_studies, complete=_as_it_is, noun="examen DICOM")
