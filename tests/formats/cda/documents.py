"""CDA built in the tests: a sound header, and whatever body the test is about. Fictitious people, INS test range."""

from __future__ import annotations

from maillon.formats.cda.read import read_cda
from maillon.formats.document import Result, Statement

LOINC = 'codeSystem="2.16.840.1.113883.6.1"'
SNOMED = 'codeSystem="2.16.840.1.113883.6.96"'
PROBLEM = '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5"/>'
ALLERGY = '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.6"/>'
CONCERN = '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5.1"/>'

INS = '<id root="1.2.250.1.213.1.4.10" extension="279035121518989"/>'
NAME = (
    '<name><family qualifier="BR">PAT-TROIS</family><given>DOMINIQUE MARIE-LOUISE</given>'
    '<given qualifier="BR">DOMINIQUE</given><family qualifier="CL">DURAND</family></name>'
)
BIRTHPLACE = "<birthplace><place><addr><county>51215</county></addr></place></birthplace>"
ENTITY = (
    '<id root="1.2.250.1.71.4.2.1" extension="899000000110"/>'
    '<code code="G15_10/SM26" codeSystem="1.2.250.1.213.1.1.4.5" displayName="Médecin généraliste"/>'
    "<assignedPerson><name><prefix>MME</prefix><given>Claire</given><family>MOREL</family><suffix>DR</suffix></name>"
    '</assignedPerson><representedOrganization><id root="1.2.250.1.71.4.2.2" extension="1990000016"/>'
    "<name>Maison de santé des Tilleuls</name>"
    '<standardIndustryClassCode code="AMBULATOIRE"/></representedOrganization>'
)

HEADER = {
    "realm": '<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>',
    "templates": '<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/>',
    "id": '<id root="1.2.250.1.999.1" extension="DOC-1"/>',
    "code": f'<code code="34133-9" {LOINC} displayName="Synthèse"/>',
    "title": "<title>Synthèse d’essai</title>",
    "time": '<effectiveTime value="20260312113000+0100"/>',
    "confidentiality": '<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>',
    "language": '<languageCode code="fr-FR"/>',
    "version": '<setId root="1.2.250.1.999.1" extension="SERIE-1"/><versionNumber value="2"/>',
    "patient": (
        f"<recordTarget><patientRole>{INS}<id root='1.2.250.1.999.3' extension='IPP-7'/><patient>{NAME}"
        '<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19790328"/>'
        f"{BIRTHPLACE}</patient></patientRole></recordTarget>"
    ),
    "author": f'<author><time value="20260312113000+0100"/><assignedAuthor>{ENTITY}</assignedAuthor></author>',
    "custodian": (
        "<custodian><assignedCustodian><representedCustodianOrganization>"
        '<id root="1.2.250.1.71.4.2.2" extension="1990000016"/><name>Maison de santé des Tilleuls</name>'
        "</representedCustodianOrganization></assignedCustodian></custodian>"
    ),
    "recipient": "",
    "signature": (
        '<legalAuthenticator><time value="20260312113000+0100"/><signatureCode code="S"/>'
        f"<assignedEntity>{ENTITY}</assignedEntity></legalAuthenticator>"
    ),
    "participant": "",
    "order": "",
    "act": (
        f'<documentationOf><serviceEvent><code code="34117-2" {LOINC} displayName="Examen"/><effectiveTime>'
        '<low value="20260312110000+0100"/><high value="20260312112000+0100"/></effectiveTime>'
        f'<performer typeCode="PRF"><assignedEntity>{ENTITY}</assignedEntity></performer>'
        "</serviceEvent></documentationOf>"
    ),
    "related": (
        '<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.250.1.999.1" extension="DOC-0"/>'
        "</parentDocument></relatedDocument>"
    ),
    "encounter": (
        '<componentOf><encompassingEncounter><code code="AMB" displayName="Ambulatoire"/><effectiveTime>'
        '<low value="20260312"/></effectiveTime><location><healthCareFacility><code code="SA52"/></healthCareFacility>'
        "</location></encompassingEncounter></componentOf>"
    ),
}


def cda(body: str = "", *, root: str = "ClinicalDocument", **header: str) -> bytes:
    """`body` is the content of structuredBody; `header` replaces parts of HEADER by name."""
    unknown = set(header) - set(HEADER)
    assert not unknown, unknown
    pieces = "".join({**HEADER, **header}.values())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="urn:hl7-org:v3" xmlns:xsi='
        '"http://www.w3.org/2001/XMLSchema-instance" xmlns:lab="urn:oid:1.3.6.1.4.1.19376.1.3.2" '
        f'xmlns:pharm="urn:ihe:pharm:medication">{pieces}<component><structuredBody>{body}</structuredBody></component>'
        f"</{root}>"
    ).encode()


def level_1(text: str) -> bytes:
    """A level 1 document: `text` is the element of nonXMLBody."""
    document = cda().decode()
    return document.replace("<structuredBody></structuredBody>", f"<nonXMLBody>{text}</nonXMLBody>").encode()


def section(*entries: str, text: str = "", code: str = "30954-2", title: str = "Résultats", inside: str = "") -> str:
    written = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return (
        f"<component><section><code code='{code}' {LOINC}/><title>{title}</title><text>{text}</text>{written}{inside}"
        "</section></component>"
    )


def observation(
    value: str = "", *, code: str = f'<code code="718-7" {LOINC} displayName="Hémoglobine"/>', more: str = "",
    mood: str = "EVN", templates: str = "", time: str = '<effectiveTime value="20260312101500+0100"/>',
    attributes: str = "",
) -> str:  # fmt: skip
    return (
        f'<observation classCode="OBS" moodCode="{mood}" {attributes}>{templates}{code}'
        f'<statusCode code="completed"/>{time}'
        f"{value}{more}</observation>"
    )


def related(statement: str, kind: str = "SUBJ") -> str:
    return f'<entryRelationship typeCode="{kind}">{statement}</entryRelationship>'


def comment(reference: str) -> str:
    return related(
        f'<act classCode="ACT" moodCode="EVN"><code code="48767-8" {LOINC}/>'
        f'<text><reference value="{reference}"/></text></act>'
    )


def quantity(value: str, unit: str) -> str:
    return f'<value xsi:type="PQ" value="{value}" unit="{unit}"/>'


def concern(statement: str, *, status: str = "active") -> str:
    return (
        f'<act classCode="ACT" moodCode="EVN">{CONCERN}<code nullFlavor="NA"/><statusCode code="{status}"/>'
        f'<effectiveTime><low value="20250101"/></effectiveTime>{related(statement)}</act>'
    )


def product(code: str, *, more: str = "") -> str:
    return f"<manufacturedProduct><manufacturedMaterial>{code}{more}</manufacturedMaterial></manufacturedProduct>"


def medication(inner: str, *, mood: str = "EVN", code: str = "", attributes: str = "") -> str:
    return (
        f'<substanceAdministration classCode="SBADM" moodCode="{mood}" {attributes}>{code}'
        f'<statusCode code="completed"/>{inner}'
        "</substanceAdministration>"
    )


CIS = 'codeSystem="1.2.250.1.213.2.3.1"'


def consumed(code: str) -> str:
    return f"<consumable>{product(code)}</consumable>"


def only_result(*entries: str, text: str = "") -> Result:
    (found,) = read_cda(cda(section(*entries, text=text))).results
    return found


def only_medication(*entries: str, text: str = "") -> Statement:
    (found,) = read_cda(cda(section(*entries, text=text, code="10160-0"))).medications
    return found
