"""TD0.2 (does a record exist, may I open it?) and TD0.3 (the patient lets me open it).

The national guide (SEL-MP-037) is not public: these two messages are reconstructed from what is said of them, an HL7 V3
question on one patient and a small service of authorisation. They are to be compared with the guide at homologation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from maillon.formats.refusal import Refused
from maillon.formats.xdm_metadata import PatientId

HL7: Final = "urn:hl7-org:v3"
DMP: Final = "urn:maillon:dmp:autorisation"  # ours, until the guide gives the true one
EXISTENCE_ACTION: Final = "urn:hl7-org:v3:PRPA_IN201307UV02"
AUTHORISE_ACTION: Final = f"{DMP}:MettreAJour"
EXISTENCES: Final = ("ACTIF", "FERME", "INEXISTANT")
AUTHORISATIONS: Final = ("NON_EXISTE", "INTERDIT", "EXPIRE", "VALIDE")
_DIGITS: Final = re.compile(r"[0-9A-Z]{3,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistenceSaid:
    existence: str
    authorisation: str
    closed_because: str = ""
    is_treating: bool = False


def ask_existence(patient: PatientId) -> etree._Element:
    root = etree.Element(f"{{{HL7}}}PRPA_IN201307UV02", nsmap={"hl7": HL7})
    asked = etree.SubElement(etree.SubElement(root, f"{{{HL7}}}controlActProcess"), f"{{{HL7}}}queryByParameter")
    held = etree.SubElement(asked, f"{{{HL7}}}patientIdentifier")
    etree.SubElement(held, f"{{{HL7}}}value", root=patient.oid or "", extension=patient.value or "")
    return root


def patient_asked(body: etree._Element) -> PatientId:
    value = body.find(f".//{{{HL7}}}patientIdentifier/{{{HL7}}}value")
    if value is None or not _DIGITS.fullmatch(value.get("extension", "")):
        raise Refused("E-XDS-02", "La requête ne nomme pas de patient.")
    return PatientId(value=value.get("extension"), oid=value.get("root"))


def answer_existence(said: ExistenceSaid) -> etree._Element:
    root = etree.Element(f"{{{HL7}}}PRPA_IN201308UV02", nsmap={"hl7": HL7})
    subject = etree.SubElement(etree.SubElement(root, f"{{{HL7}}}controlActProcess"), f"{{{HL7}}}subject")
    for name, value in (
        ("statutDossier", said.existence), ("statutAutorisation", said.authorisation),
        ("raisonFermeture", said.closed_because), ("medecinTraitant", str(said.is_treating).lower()),
    ):  # fmt: skip
        if value:
            held = etree.SubElement(etree.SubElement(subject, f"{{{HL7}}}subjectOf"), f"{{{HL7}}}observation")
            etree.SubElement(held, f"{{{HL7}}}code", code=name)
            etree.SubElement(held, f"{{{HL7}}}value", code=value)
    return root


def read_existence(body: etree._Element) -> ExistenceSaid:
    if body.tag != f"{{{HL7}}}PRPA_IN201308UV02":
        raise Refused("E-XDS-01", "La réponse n’est pas celle qui était attendue.")
    said: dict[str, str] = {}
    for each in body.iter(f"{{{HL7}}}observation"):
        code, value = each.find(f"{{{HL7}}}code"), each.find(f"{{{HL7}}}value")
        if code is not None and value is not None:
            said[code.get("code", "")] = value.get("code", "")
    existence, authorisation = said.get("statutDossier", ""), said.get("statutAutorisation", "NON_EXISTE")
    if existence not in EXISTENCES or authorisation not in AUTHORISATIONS:
        raise Refused("E-XDS-01", "La réponse ne dit pas si le dossier existe.")
    return ExistenceSaid(
        existence=existence,
        authorisation=authorisation,
        closed_because=said.get("raisonFermeture", ""),
        is_treating=said.get("medecinTraitant") == "true",
    )


def ask_authorisation(patient: PatientId) -> etree._Element:
    root = etree.Element(f"{{{DMP}}}MettreAJourAutorisation", nsmap={"dmp": DMP}, action="AJOUT")
    etree.SubElement(root, f"{{{DMP}}}patient", root=patient.oid or "", extension=patient.value or "")
    return root


def answer_authorisation(status: str) -> etree._Element:
    return etree.Element(f"{{{DMP}}}Autorisation", nsmap={"dmp": DMP}, statut=status)


def read_authorisation(body: etree._Element) -> str:
    status = body.get("statut", "")
    if body.tag != f"{{{DMP}}}Autorisation" or status not in AUTHORISATIONS:
        raise Refused("E-XDS-01", "La réponse n’est pas celle qui était attendue.")
    return status
