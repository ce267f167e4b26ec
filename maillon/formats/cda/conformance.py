"""What in a document departs from the national rules and harms nobody: said, never refused.

Rules: CI-SIS volet Structuration minimale de documents de santé (header), HL7 V3 data types, and those that the
official conformance kit does not check (keys of matricules, references that point nowhere, units).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from maillon.formats.cda.body import Body
from maillon.formats.cda.dates import is_well_formed, iso
from maillon.formats.cda.header import Header
from maillon.formats.cda.hl7 import (
    EFFECTIVE_TIME,
    HIGH,
    INS_ROOTS,
    LOW,
    NAME,
    NS,
    ORIGINAL_TEXT,
    PEOPLE_ROOT,
    PERFORMER,
    REFERENCE,
    TEXT,
    TIME,
    Element,
    Parts,
    child_of,
    first,
)
from maillon.formats.confidentiality import is_known
from maillon.formats.document import Anomaly, Author, PatientTraits, Result

_RECORD_TARGET: Final = NS + "recordTarget"
_PATIENT_ROLE: Final = NS + "patientRole"
_PATIENT: Final = NS + "patient"
_FAMILY: Final = NS + "family"
_HL7_FRANCE: Final = "2.16.840.1.113883.2.8.2.1"
_MINIMAL: Final = "1.2.250.1.213.1.1.1.1"
_TRAITS: Final = (
    ("birth_family_name", "nom de naissance"),
    ("first_birth_given_name", "premier prénom de naissance"),
    ("birth_given_names", "liste des prénoms de naissance"),
    ("birth_date", "date de naissance"),
    ("sex", "sexe"),
    ("birth_place_code", "code du lieu de naissance"),
)
_LANGUAGE: Final = re.compile(r"[a-z]{2}-[A-Z]{2}\Z")
_PREFIXES: Final = frozenset({"M", "MME"})  # JDV_J245-Civilite
_SUFFIXES: Final = frozenset({"DR", "PR", "MC", "MG", "PC", "PG"})  # JDV_J246-Titre
_PROFESSIONAL_ID: Final = re.compile(r"[0-9A-Z/]{6,20}\Z")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")

# UCUM: terms of letters, brackets, percent, degrees by name, exponents and annotations, joined by « . » and « / ».
# Each alternative begins with another character: a long unit cannot make the search exponential.
_UNIT: Final = re.compile(r"(?:\{[^{}]*\}|\[[^\[\]]*\]|[A-Za-z%'\"*^]|[+-]?\d|[./()])+\Z")
_NOT_UCUM: Final = frozenset(
    {"UI", "UI/L", "UI/l", "UI/mL", "UI/ml", "mUI/L", "mUI/mL", "mmHg", "cc", "mn", "sec", "heure", "heures", "jour",
     "jours", "G/L", "T/L", "G/l", "T/l", "Giga/L", "Tera/L", "bpm", "mcg", "C", "cpm"}
)  # fmt: skip


def header_anomalies(parts: Parts, header: Header, *, known_types: frozenset[str] | None) -> tuple[Anomaly, ...]:
    """The cheap part, which filing can pay for every document."""
    found = [
        *_about_declarations(parts),
        *_about_identity(header, known_types),
        *_about_patient(parts, header),
        *_about_people(parts, header),
        *_about_context(parts),
    ]
    return tuple(Anomaly(code=code, message=message) for code, message in found)


Found = Iterator[tuple[str, str]]


def _about_declarations(parts: Parts) -> Found:
    realm = first(parts, NS + "realmCode")
    if realm is None or realm.get("code") != "FR":
        yield "C-01", "Le document ne se déclare pas français (realmCode)."
    kind = first(parts, NS + "typeId")
    if kind is None or kind.get("extension") != "POCD_HD000040":
        yield "C-02", "Le document ne se déclare pas CDA R2 (typeId)."
    declared = {one.get("root") for one in parts.get(NS + "templateId", ())}
    if not {_HL7_FRANCE, _MINIMAL} <= declared:
        yield "C-03", "Le document ne se déclare pas conforme à la structuration minimale du CI-SIS (templateId)."


def _about_identity(header: Header, known_types: frozenset[str] | None) -> Found:
    if not header.version.id:
        yield "C-04", "Le document n’a pas d’identifiant."
    if not header.type_code:
        yield "C-05", "Le type du document n’est pas codé."
    elif known_types is not None and header.type_code not in known_types:
        yield "C-06", "Le type du document n’est pas dans le jeu de valeurs JDV_J07."
    if not header.title:
        yield "C-07", "Le document n’a pas de titre."
    if not header.created_at:
        yield "C-08", "La date de création du document est absente ou illisible."
    elif not _has_zone(header.created_at):
        yield "C-09", "La date de création du document n’a pas d’heure avec son fuseau."
    yield from _about_versions(header)


def _about_versions(header: Header) -> Found:
    if not is_known(header.confidentiality):
        yield "C-10", "Le niveau de confidentialité est absent ou inconnu."
    if not _LANGUAGE.match(header.language or ""):
        yield "C-11", "La langue du document est absente ou mal écrite."
    if not header.version.set_id:
        yield "C-12", "Le document n’a pas d’identifiant commun à ses versions (setId)."
    if not header.version.number:
        yield "C-13", "Le numéro de version est absent ou n’est pas un entier positif."


def _has_zone(moment: str) -> bool:
    _, _, time = moment.partition("T")
    return bool(time) and (time.endswith("Z") or "+" in time or "-" in time)


def _about_patient(parts: Parts, header: Header) -> Found:
    if header.patients_named != 1:
        yield "C-14", "Le document ne désigne pas un patient et un seul."
    traits = header.patient
    if _matricules_differ(parts):
        yield "C-15", "Le document porte plusieurs matricules INS."
    if traits.ins_oid:
        yield from _about_ins(traits)
    elif not traits.local_ids:
        yield "C-18", "Le patient n’a pas d’identifiant."
    if not all(qualifier in ("BR", "CL") for qualifier in _family_qualifiers(parts)):
        yield "C-19", "Le nom du patient n’est pas qualifié (nom de naissance ou nom utilisé)."


def _matricules_differ(parts: Parts) -> bool:
    found = set()
    for target in parts.get(_RECORD_TARGET, ()):
        role = child_of(target, _PATIENT_ROLE)
        if role is not None:
            found |= {one.get("extension") for one in role if one.get("root") in INS_ROOTS}
    return len(found) > 1


def _about_ins(traits: PatientTraits) -> Found:
    if not matricule_is_sound(traits.ins or ""):
        yield "C-16", "Le matricule INS est mal formé ou sa clé est fausse."
    missing = [name for trait, name in _TRAITS if not getattr(traits, trait)]
    if missing:
        yield "C-17", f"Des traits obligatoires avec l’INS manquent\u202f: {', '.join(missing)}."


def matricule_is_sound(matricule: str) -> bool:
    """13 characters and their key, 97 minus the rest of the number by 97; Corsica 2A and 2B count as 19 and 18."""
    if len(matricule) != 15 or not matricule.isascii():
        return False
    department = {"2A": "19", "2B": "18"}.get(matricule[5:7], matricule[5:7])
    number = matricule[:5] + department + matricule[7:13]
    if not number.isdigit() or not matricule[13:].isdigit():
        return False
    return int(matricule[13:]) == 97 - int(number) % 97


def _family_qualifiers(parts: Parts) -> Iterator[str | None]:
    for target in parts.get(_RECORD_TARGET, ()):
        name = child_of(target, _PATIENT_ROLE, _PATIENT, NAME)
        if name is not None:
            yield from (one.get("qualifier") for one in name if one.tag == _FAMILY)


def _about_people(parts: Parts, header: Header) -> Found:
    if not header.authors:
        yield "C-20", "Le document n’a pas d’auteur."
    elif any(not one.id for one in header.authors):
        yield "C-21", "Un auteur n’a pas d’identifiant."
    if any(_badly_numbered(one) for one in header.authors):
        yield "C-22", "L’identifiant national d’un auteur est mal formé."
    if header.custodian is None or not header.custodian.id:
        yield "C-23", "La structure qui conserve le document n’est pas identifiée."
    if NS + "legalAuthenticator" not in parts:
        yield "C-24", "Le document n’a pas de responsable légal."
    if any((one.prefix and one.prefix not in _PREFIXES) or (one.suffix and one.suffix not in _SUFFIXES)
           for one in header.authors):  # fmt: skip
        yield "C-25", "La civilité ou le titre d’un auteur n’est pas dans les jeux de valeurs JDV_J245 et JDV_J246."


def _badly_numbered(author: Author) -> bool:
    return author.id_root == PEOPLE_ROOT and not _PROFESSIONAL_ID.match(author.id or "")


def _about_context(parts: Parts) -> Found:
    event = child_of(first(parts, NS + "documentationOf"), NS + "serviceEvent")
    if event is None:
        yield "C-26", "L’acte que le document décrit n’est pas indiqué."
    elif len([one for one in event if one.tag == PERFORMER]) != 1:
        yield "C-27", "L’exécutant de l’acte principal n’est pas indiqué une fois et une seule."
    if NS + "componentOf" not in parts:
        yield "C-28", "Le contexte de la prise en charge n’est pas indiqué."
    if NS + "component" not in parts:
        yield "C-29", "Le document n’a pas de corps."


# The rest needs a walk through the whole tree.


def body_anomalies(root: Element, body: Body, results: Iterable[Result], *, media_ids: set[str]) -> tuple[Anomaly, ...]:
    found = [
        *_about_references(root, body, media_ids),
        *_about_dates(root),
        *_about_null_flavors(root),
        *_about_units(results),
        *_about_names(root),
        *_about_narrative(body),
    ]
    return tuple(Anomaly(code=code, message=message) for code, message in found)


def _about_references(root: Element, body: Body, media_ids: set[str]) -> Found:
    """The text of the entry stays unread, that of the section is shown: a pity, not a danger."""
    lost = 0
    for reference in root.iter(REFERENCE):
        parent = reference.getparent()
        if parent is None or parent.tag not in (TEXT, ORIGINAL_TEXT):
            continue
        target = (reference.get("value") or "").strip()
        if "://" not in target and not body.narrative.knows(target) and target.lstrip("#") not in media_ids:
            lost += 1
    if lost:
        yield "C-30", f"Des liens entre données codées et texte ne mènent nulle part\u202f: {lost}."


_TIMES: Final = (EFFECTIVE_TIME, TIME, NS + "birthTime", NS + "phase")


def _about_dates(root: Element) -> Found:
    unreadable = unzoned = reversed_ = 0
    for element in root.iter(*_TIMES):
        low, high = child_of(element, LOW), child_of(element, HIGH)
        for one in (element, low, high):
            written = one.get("value") if one is not None else None
            if written is None:
                continue
            well_formed = is_well_formed(written)
            unreadable += not well_formed
            unzoned += well_formed and "T" in (iso(written) or "") and not _has_zone(iso(written) or "")
        reversed_ += _is_reversed(low, high)
    if unreadable:
        yield "C-31", f"Des dates sont illisibles ou mal écrites\u202f: {unreadable}."
    if unzoned:
        yield "C-32", f"Des heures sont données sans fuseau horaire\u202f: {unzoned}."
    if reversed_:
        yield "C-33", f"Des périodes finissent avant de commencer\u202f: {reversed_}."


def _is_reversed(low: Element | None, high: Element | None) -> bool:
    start, end = (iso(one.get("value")) if one is not None else None for one in (low, high))
    if not start or not end:
        return False
    common = min(len(start), len(end), 16)
    return start[:common] > end[:common]


def _about_null_flavors(root: Element) -> Found:
    """« Non renseigné » with a value beside it says two things at once."""
    both = sum(
        1 for one in root.iter() if one.get("nullFlavor") is not None and (one.get("value") or one.get("code"))
    )  # fmt: skip
    if both:
        yield "C-34", f"Des éléments sont à la fois renseignés et déclarés non renseignés\u202f: {both}."


def _about_units(results: Iterable[Result]) -> Found:
    units = {one.unit for one in results if one.unit}
    odd = sorted(unit for unit in units if unit in _NOT_UCUM or not _UNIT.match(unit))
    if odd:
        yield "C-35", f"Des unités ne sont pas écrites en UCUM\u202f: {', '.join(unit[:20] for unit in odd[:5])}."
    if any(one.value is not None and not _NUMBER.match(one.value) for one in results):
        yield "C-36", "Une valeur numérique n’est pas un nombre."


def _about_names(root: Element) -> Found:
    if any(one.get("qualifier") == "SP" for one in root.iter(NS + "family", NS + "given")):
        yield "C-37", "Un nom porte le qualifiant « SP », interdit."


def _about_narrative(body: Body) -> Found:
    _ = body.narrative.elements  # indexes the narratives, if nothing did so yet
    if body.narrative.duplicates:
        yield "C-38", "Un même repère désigne plusieurs passages du texte."
    if body.narrative.active:
        yield "C-39", "Le texte d’une section contenait un programme ou un contenu actif\u202f: il a été retiré."
