"""What must hold before a document is written: a wrong document is refused here rather than sent.

CI-SIS volet Structuration minimale for the header, RNIV for the identity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from maillon.formats.cda.write_header import ENCOUNTER_ROLES, PARTICIPATIONS, RESPONSIBLE_ROLES
from maillon.formats.cda.write_terms import CONFIDENTIALITY, ENCOUNTERS, FACILITIES, GENDERS
from maillon.formats.document import ClinicalDocument, PatientTraits, Result
from maillon.formats.refusal import Refused

INS_ROOTS: Final = frozenset(f"1.2.250.1.213.1.4.{last}" for last in (8, 9, 10, 11))
_OWN_ELEMENTS: Final = frozenset({"legalAuthenticator", "authenticator", "dataEnterer", "informant", "guardian"})
KNOWN_ROLES: Final = PARTICIPATIONS | RESPONSIBLE_ROLES | ENCOUNTER_ROLES | _OWN_ELEMENTS
_MATRICULE = re.compile(r"[1-478]\d{4}(?:\d{2}|2A|2B)\d{6}\d{2}")
_ROOT = re.compile(
    r"(?:[0-2](?:\.(?:0|[1-9]\d*))+|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})(?:\^.+)?"
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
# UCUM case-sensitive units are printable ASCII without blanks, brackets balanced (UCUM §2).
_UNIT = re.compile(r"[!-~]+")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def refuse_what_is_wrong(document: ClinicalDocument) -> None:
    _refuse_missing(document)
    _refuse_bad_identity(document.patient)
    _refuse_bad_codes(document)
    _refuse_bad_version(document)
    _refuse_unwritable_text(document)
    for result in document.results:
        refuse_bad_result(result)


def _refuse_missing(document: ClinicalDocument) -> None:
    for missing, what in (
        (not document.version.id, "L’identifiant du document"),
        (not document.type_code, "Le type du document"),
        (not document.type_label, "Le libellé du type du document"),
        (not document.title, "Le titre du document"),
        (not document.created_at, "La date du document"),
        (not document.authors, "L’auteur du document"),
        (not document.acts, "L’acte documenté"),
        (document.encounter is None, "Le contexte de la prise en charge"),
    ):
        if missing:
            raise Refused("E-ECR-01", f"{what} manque.")
    _refuse_missing_people(document)


def _refuse_missing_people(document: ClinicalDocument) -> None:
    signatories = [person for person in document.participants if person.role == "legalAuthenticator"]
    if len(signatories) != 1 or not signatories[0].id or not signatories[0].family_name:
        raise Refused("E-ECR-01", "Le document doit avoir un responsable, et un seul, identifié et nommé.")
    if any(not author.id or not (author.family_name or author.device) for author in document.authors):
        raise Refused("E-ECR-01", "L’identifiant ou le nom d’un auteur manque.")
    first = document.acts[0]
    if not (first.code and first.system and first.start and first.performer_id and first.practice_setting_code):
        raise Refused("E-ECR-01", "L’acte principal doit avoir un code, une date, un exécutant et un cadre d’exercice.")


def _refuse_bad_identity(patient: PatientTraits) -> None:
    if not patient.birth_family_name and not patient.used_family_name:
        raise Refused("E-ECR-02", "Le nom du patient manque.")
    if not patient.ins and not patient.local_ids:
        raise Refused("E-ECR-02", "Le document doit porter au moins un identifiant du patient.")
    if patient.ins is None and patient.ins_oid is None:
        return
    if patient.ins_oid not in INS_ROOTS:
        raise Refused("E-ECR-02", "L’OID du matricule INS n’est pas un OID national.")
    if not key_is_right(patient.ins or ""):
        raise Refused("E-ECR-02", "Le matricule INS n’a pas la forme ou la clef attendue.")
    if not (
        patient.birth_family_name
        and patient.birth_given_names
        and patient.first_birth_given_name
        and patient.birth_date
        and patient.sex
        and patient.birth_place_code
    ):
        raise Refused("E-ECR-02", "Avec un matricule INS, les cinq traits d’identité sont obligatoires.")


def key_is_right(matricule: str) -> bool:
    if not _MATRICULE.fullmatch(matricule):
        return False
    digits = matricule[:13].replace("2A", "19", 1).replace("2B", "18", 1)
    return int(matricule[13:]) == 97 - int(digits) % 97


def _refuse_bad_codes(document: ClinicalDocument) -> None:
    encounter = document.encounter
    for wrong, what in (
        ((document.confidentiality or "N") not in CONFIDENTIALITY, "Le niveau de confidentialité"),
        ((document.patient.sex or "UN") not in GENDERS, "Le sexe du patient"),
        (
            encounter is not None and encounter.code is not None and encounter.code not in ENCOUNTERS,
            "Le type de rencontre",
        ),
        (encounter is not None and encounter.facility_type not in FACILITIES, "Le secteur d’activité"),
        (any(person.role not in KNOWN_ROLES for person in document.participants), "Le rôle d’un participant"),
    ):
        if wrong:
            raise Refused("E-ECR-04", f"{what} n’appartient pas au jeu de valeurs national.")


def _refuse_bad_version(document: ClinicalDocument) -> None:
    version = document.version
    ids = [version.id, version.set_id or version.id, version.replaces or version.id]
    if any(not _ROOT.fullmatch(each or "") for each in ids):
        raise Refused("E-ECR-05", "Un identifiant du document n’est ni un OID ni un UUID.")
    number = version.number if version.number is not None else 1
    if number < 1 or version.replaces == version.id or (version.replaces is not None and number < 2):
        raise Refused("E-ECR-05", "Le numéro de version et le document remplacé ne s’accordent pas.")


def refuse_bad_result(result: Result) -> None:
    if not (result.code or result.label):
        raise Refused("E-ECR-06", "Un résultat n’a ni code ni libellé.")
    if not _has_an_answer(result):
        raise Refused("E-ECR-06", "Un résultat n’a pas de valeur.")
    for number in (result.value, result.low, result.high, result.other_value):
        if number is not None and not _NUMBER.fullmatch(number):
            raise Refused("E-ECR-06", "La valeur ou la borne d’un résultat n’est pas un nombre décimal.")
    for unit in (result.unit, result.other_unit, *(old.unit for old in result.previous)):
        if unit is not None and not is_unit(unit):
            raise Refused("E-ECR-06", "L’unité d’un résultat n’est pas une unité UCUM.")
    if any(not old.at for old in result.previous):
        raise Refused("E-ECR-06", "Un résultat antérieur n’a pas de date.")


def _has_an_answer(result: Result) -> bool:
    """A directive may be a document alone: it has a file for an answer."""
    said = (result.value, result.value_text, result.value_at, result.value_end)
    return result.absent or any(said) or result.section_code == "42348-3"


def is_unit(unit: str) -> bool:
    return bool(_UNIT.fullmatch(unit)) and all(unit.count(a) == unit.count(b) for a, b in ("[]", "{}", "()"))


def _refuse_unwritable_text(document: ClinicalDocument) -> None:
    if any(_UNWRITABLE.search(text) for text in _texts(document)):
        raise Refused("E-ECR-10", "Le document contient un caractère que le format ne sait pas porter.")


def _texts(document: ClinicalDocument) -> Iterator[str]:
    """Every text that reaches the XML, however deep in the model."""
    stack: list[object] = [document]
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            stack.extend(value)
        elif hasattr(value, "__dataclass_fields__"):
            stack.extend(getattr(value, name) for name in value.__dataclass_fields__)
