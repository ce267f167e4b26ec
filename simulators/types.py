"""The document types that this territory writes: code -> (system, official label of JDV_J07, class of ASS_X04)."""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from typing import Final, NamedTuple

from maillon.formats.xdm_write_metadata import Code

_LOINC: Final = "2.16.840.1.113883.6.1"
_TA_ASIP: Final = "1.2.250.1.213.1.1.4.12"
_CLASS_SYSTEM: Final = "1.2.250.1.213.1.1.4.1"
_REPORT = Code("10", _CLASS_SYSTEM, "Compte rendu")
_PRESCRIPTION = Code("42", _CLASS_SYSTEM, "Prescription")


class DocumentType(NamedTuple):
    system: str
    label: str
    class_code: Code


TYPES: Final = {
    "11502-2": DocumentType(_LOINC, "CR d'examens biologiques", _REPORT),
    "11488-4": DocumentType(_LOINC, "CR ou fiche de consultation ou de visite", _REPORT),
    "15507-7": DocumentType(_LOINC, "CR de passage aux urgences", _REPORT),
    "18748-4": DocumentType(_LOINC, "CR d'imagerie médicale", Code("31", _CLASS_SYSTEM, "Imagerie médicale")),
    "34874-8": DocumentType(_LOINC, "CR opératoire", _REPORT),
    "34112-3": DocumentType(_LOINC, "CR hospitalier (séjour)", _REPORT),
    "11490-0": DocumentType(_LOINC, "Lettre de liaison à la sortie d'un établissement de soins", _REPORT),
    "34875-5": DocumentType(_LOINC, "Évaluation postopératoire et note de suivi", _REPORT),
    "34120-6": DocumentType(_LOINC, "Bilan par professionnel de santé", _REPORT),
    "11506-3": DocumentType(_LOINC, "CR ou fiche de suivi de soins par auxiliaire médical", _REPORT),
    "60593-1": DocumentType(_LOINC, "Dispensation médicamenteuse", Code("43", _CLASS_SYSTEM, "Dispensation")),
    "SYNTH": DocumentType(_TA_ASIP, "Synthèse", Code("11", _CLASS_SYSTEM, "Synthèse")),
    "57833-6": DocumentType(_LOINC, "Prescription de produits de santé", _PRESCRIPTION),
    "PRESC-KINE": DocumentType(_TA_ASIP, "Prescription d'actes de kinésithérapie", _PRESCRIPTION),
    "PRESC-INF": DocumentType(_TA_ASIP, "Prescription d'actes infirmiers", _PRESCRIPTION),
    "CERT_DECL": DocumentType(
        _TA_ASIP, "Certificat, déclaration", Code("52", _CLASS_SYSTEM, "Certificat, déclaration")
    ),
}

_TABLES: Final = Path(__file__).resolve().parents[1] / "content" / "terminologie"


@functools.lru_cache(maxsize=200)
def kind_of(code: str) -> DocumentType:
    """Any type of JDV_J07, by the official tables; those above are known by heart. Raises KeyError."""
    if code in TYPES:
        return TYPES[code]
    with (_TABLES / "concepts.csv").open(encoding="utf-8", newline="") as file:
        found = next((row for row in csv.reader(file) if row[0] == "jdv-j07-xds-type-code" and row[2] == code), None)
    with (_TABLES / "type-vers-classe.csv").open(encoding="utf-8", newline="") as file:
        kept = next((row for row in csv.reader(file) if row[0] == code), None)
    if found is None or kept is None:
        raise KeyError(code)
    return DocumentType(found[3], found[4], Code(kept[2], kept[3], kept[4]))
