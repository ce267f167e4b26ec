"""The specimens of a chapter, the isolates grown from them, and who answers for the results, as entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from maillon.formats.cda.blocks.actors import person_in_words, write_performer
from maillon.formats.cda.blocks.draft import Draft, Table
from maillon.formats.cda.blocks.values import add_concept
from maillon.formats.cda.laboratory import RECEPTION, name_of
from maillon.formats.cda.write_parties import (
    add_party_id,
    add_person_name,
    add_place_of_person,
    add_profession,
    party_of_author,
)
from maillon.formats.cda.write_xml import (
    LOINC,
    Element,
    add,
    add_code,
    add_id,
    add_interval,
    add_templates,
    add_time,
)
from maillon.formats.coded import Isolate
from maillon.formats.document import Author, Specimen
from maillon.formats.refusal import Refused
from maillon.formats.wording import shown_date

COLLECTION: Final = ("1.3.6.1.4.1.19376.1.3.1.2", "1.2.250.1.213.1.1.3.77")
RECEIVED: Final = ("1.3.6.1.4.1.19376.1.3.1.3", "1.2.250.1.213.1.1.3.107")
ISOLATE: Final = ("1.3.6.1.4.1.19376.1.3.1.5", "1.2.250.1.213.1.1.3.79")
VALIDATOR: Final = ("1.3.6.1.4.1.19376.1.3.3.1.5", "1.2.250.1.213.1.1.3.109")
COMMENT: Final = ("2.16.840.1.113883.10.20.1.40", "1.3.6.1.4.1.19376.1.5.3.1.4.2", "1.2.250.1.213.1.1.3.32")
_IHE_ACTS: Final = "1.3.5.1.4.1.19376.1.5.3.2"  # IHEActCode
COLUMNS: Final = ("Échantillon", "Prélèvement", "Site", "Prélevé le", "Reçu au laboratoire le", "Préleveur", "Remarque")


def write_specimens(act: Element, specimens: Iterable[Specimen], table: Table, *, draft: Draft) -> dict[str, str]:
    """Where the narrative names the material of each specimen, by its name."""
    said: dict[str, str] = {}
    for specimen in specimens:
        material = specimen.material
        if material is None or not (material.words or material.translations):
            raise Refused("E-ECR-11", "La nature d’un échantillon manque.")
        reference = _specimen(act, specimen, table, draft=draft)
        said.setdefault(name_of(material) or "", reference)
    return said


def _specimen(act: Element, specimen: Specimen, table: Table, *, draft: Draft) -> str:
    row = table.row()
    material = specimen.material
    reference = row.say("Échantillon", material.words if material is not None else None) or ""
    taken = " – ".join(filter(None, (shown_date(one, with_time=True) for one in (specimen.start, specimen.end))))
    row.say("Prélevé le", taken)
    row.say("Reçu au laboratoire le", shown_date(specimen.received_at, with_time=True))
    row.say("Préleveur", person_in_words(specimen.collector))
    procedure = add(add(act, "entryRelationship", typeCode="COMP"), "procedure", classCode="PROC", moodCode="EVN")
    add_templates(procedure, *COLLECTION)
    if specimen.act is not None:
        add_concept(procedure, "code", specimen.act, reference=row.say("Prélèvement", specimen.act.words))
    if specimen.start is not None and specimen.end is None:
        add_time(procedure, "effectiveTime", specimen.start)
    elif specimen.end is not None:
        add_interval(procedure, "effectiveTime", start=specimen.start, end=specimen.end)
    else:
        add(procedure, "effectiveTime", nullFlavor="UNK")
    if specimen.site is not None:
        add_concept(procedure, "targetSiteCode", specimen.site, reference=row.say("Site", specimen.site.words))
    write_performer(procedure, specimen.collector, draft=draft)
    role = add(add(procedure, "participant", typeCode="PRD"), "participantRole", classCode="SPEC")
    add_id(role, specimen.id or "")
    coded = add_concept(add(role, "playingEntity"), "code", material, reference=reference)
    if material is not None and material.code is None:
        coded.set("nullFlavor", "OTH")  # outside JDV_HL7_SpecimenType: in words
    if specimen.received_at is not None:
        _reception(procedure, specimen.received_at)
    if specimen.comment is not None:
        write_comment(procedure, row.say("Remarque", specimen.comment))
    return reference


def _reception(procedure: Element, at: str) -> None:
    received = add(add(procedure, "entryRelationship", typeCode="COMP"), "act", classCode="ACT", moodCode="EVN")
    add_templates(received, *RECEIVED)
    add_code(received, "code", RECEPTION, system=_IHE_ACTS, label="Échantillon reçu")
    add_time(received, "effectiveTime", at)


def write_isolate(act: Element, isolate: Isolate, *, reference: str) -> Element:
    """The organizer that holds what is said of the germ."""
    organizer = add(add(act, "entryRelationship", typeCode="COMP"), "organizer", classCode="CLUSTER", moodCode="EVN")
    add_templates(organizer, *ISOLATE)
    add(organizer, "statusCode", code=isolate.status or "completed")
    if isolate.at is not None:
        add_time(organizer, "effectiveTime", isolate.at)
    role = add(add(organizer, "specimen", typeCode="SPC"), "specimenRole", classCode="SPEC")
    add_id(role, isolate.id or "")
    add_concept(add(role, "specimenPlayingEntity", classCode="MIC"), "code", isolate.organism, reference=reference)
    return organizer


def write_validator(act: Element, person: Author, *, draft: Draft) -> None:
    """« Results validated by »: the biologist who answers for them (CI-SIS FR-Participant)."""
    participant = add(act, "participant", typeCode="AUTHEN")
    add_templates(participant, *VALIDATOR)
    if person.at is not None:
        add_interval(participant, "time", start=None, end=person.at)
    party = party_of_author(person)
    role = add(participant, "participantRole")
    add_party_id(role, party)
    add_profession(role, party, directory=draft.directory)
    add_place_of_person(role, party, directory=draft.directory)
    add_person_name(role, "playingEntity", party)


def write_comment(parent: Element, reference: str | None, *, link: str = "SUBJ", inverted: bool = False) -> None:
    relationship = add(parent, "entryRelationship", typeCode=link, inversionInd="true" if inverted else None)
    act = add(relationship, "act", classCode="ACT", moodCode="EVN")
    add_templates(act, *COMMENT)
    add_code(act, "code", "48767-8", system=LOINC, label="Commentaire")
    add(add(act, "text"), "reference", value=reference)
    add(act, "statusCode", code="completed")
