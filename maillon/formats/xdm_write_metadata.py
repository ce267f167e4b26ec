"""The ebRIM 3.0 objects of METADATA.XML, written from the header (cda.md's correspondence: CI-SIS volet Partage)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from lxml import etree

from maillon.formats.cda.types.registry import structured_type
from maillon.formats.cda.write_terms import (
    CONFIDENTIALITY,
    FACILITIES,
    PRACTICE_SETTINGS,
    facility_system,
    practice_setting_system,
)
from maillon.formats.document import Act, Author, ClinicalDocument, Participant, PatientTraits
from maillon.formats.refusal import Refused

LCM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
PEOPLE: Final = "1.2.250.1.71.4.2.1"
STRUCTURES: Final = "1.2.250.1.71.4.2.2"
_FORMAT_SYSTEM: Final = "1.3.6.1.4.1.19376.1.2.3"
_FRENCH_FORMAT_SYSTEM: Final = "1.2.250.1.213.1.1.4.2.282"
_LEVEL_ONE_FORMATS: Final = {
    "application/pdf": "urn:ihe:iti:xds-sd:pdf:2008",
    "text/plain": "urn:ihe:iti:xds-sd:text:2008",
    "text/rtf": "urn:ihe:iti-fr:xds-sd:rtf:2010",
    "image/jpeg": "urn:ihe:iti-fr:xds-sd:jpeg:2010",
    "image/tiff": "urn:ihe:iti-fr:xds-sd:tiff:2010",
}
_COMPONENT_MARKS = re.compile(r"[\^~|&]")


class Code(NamedTuple):
    code: str
    system: str
    label: str


@dataclass(slots=True)
class _Builder:
    objects: etree._Element
    id: str
    number: int = 0

    def _slot(self, parent: etree._Element, name: str, *values: str | None) -> None:
        known = [value for value in values if value]
        if not known:
            return
        held = _rim(_rim(parent, "Slot", name=name), "ValueList")
        for value in known:
            _rim(held, "Value").text = value

    def _name(self, parent: etree._Element, value: str) -> None:
        _rim(_rim(parent, "Name"), "LocalizedString", value=value, charset="UTF-8", **{"xml:lang": "fr-FR"})

    def _classify(self, parent: etree._Element, scheme: str, code: Code | None) -> None:
        if code is None:
            return
        element = self._classification(parent, scheme, representation=code.code)
        self._slot(element, "codingScheme", code.system)
        self._name(element, code.label)

    def _classification(self, parent: etree._Element, scheme: str, *, representation: str) -> etree._Element:
        self.number += 1
        return _rim(
            parent, "Classification", classificationScheme=f"urn:uuid:{scheme}", classifiedObject=self.id,
            nodeRepresentation=representation, id=f"{self.id}-c{self.number}",
            objectType="urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:Classification",
        )  # fmt: skip

    def _author(self, parent: etree._Element, scheme: str, author: Author) -> None:
        element = self._classification(parent, scheme, representation="")
        self._slot(element, "authorPerson", xcn(author.id, author.family_name, author.given_name))
        self._slot(element, "authorInstitution", _xon(author.organization_id, author.organization_name))
        if author.profession_code:
            specialty = (author.profession_code, author.profession_label or "", author.profession_system or "")
            self._slot(element, "authorSpecialty", "^".join(_bare(part) for part in specialty))

    def _identify(self, parent: etree._Element, scheme: str, name: str, value: str) -> None:
        self.number += 1
        element = _rim(
            parent, "ExternalIdentifier", identificationScheme=f"urn:uuid:{scheme}", registryObject=self.id,
            value=value, id=f"{self.id}-i{self.number}",
            objectType="urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:ExternalIdentifier",
        )  # fmt: skip
        self._name(element, name)


@dataclass(slots=True)
class SetBuilder(_Builder):
    def write(
        self, *, patient: PatientTraits, author: Author, unique_id: str, source_id: str, submitted_at: str, title: str,
        content_type: Code,
    ) -> None:  # fmt: skip
        element = _rim(
            self.objects, "RegistryPackage", id=self.id, status="urn:oasis:names:tc:ebxml-regrep:StatusType:Approved",
            objectType="urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:RegistryPackage",
        )  # fmt: skip
        self._slot(element, "submissionTime", dtm(submitted_at))
        self._name(element, title)
        self._author(element, "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d", author)
        self._classify(element, "aa543740-bdda-424e-8c96-df4873be8500", content_type)
        self._identify(
            element, "6b5aea1a-874d-4603-a4bc-96a0a7b38446", "XDSSubmissionSet.patientId", patient_identifier(patient)
        )
        self._identify(element, "554ac39e-e3fe-47fe-b233-965d2a147832", "XDSSubmissionSet.sourceId", source_id)
        self._identify(element, "96fdda7c-d067-4183-912e-bf5ee74998a8", "XDSSubmissionSet.uniqueId", unique_id)
        _rim(
            self.objects, "Classification", classifiedObject=self.id, id=f"{self.id}-node",
            classificationNode="urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd",
            objectType="urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:Classification",
        )  # fmt: skip


@dataclass(slots=True)
class EntryBuilder(_Builder):
    def write(
        self, document: ClinicalDocument, *, class_code: Code, uri: str, digest: str, size: int,
        stated_format: Code | None = None, visibility: tuple[Code, ...] = (),
    ) -> None:  # fmt: skip
        """`stated_format`: what the official table says of the document's templates; `visibility`: the codes of
        JDV_J08 beside N, R and V (MASQUE_PS…), which no header carries."""
        element = _rim(
            self.objects, "ExtrinsicObject", id=self.id, mimeType="text/xml", isOpaque="false",
            objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1",
            status="urn:oasis:names:tc:ebxml-regrep:StatusType:Approved", lid=self.id,
        )  # fmt: skip
        for name, value in self._slots(document, uri=uri, digest=digest, size=size):
            self._slot(element, name, value)
        self._slot(element, "sourcePatientInfo", *_patient_info(document.patient))
        self._slot(element, "urn:ihe:iti:xds:2013:referenceIdList", *_references(document))
        self._name(element, document.title or "")
        _rim(element, "VersionInfo", versionName=str(document.version.number or 1))
        self._classifications(
            element, document, class_code=class_code, stated_format=stated_format, visibility=visibility
        )
        self._identify(
            element, "58a6f841-87b3-4a3e-92fd-a8ffeff98427", "XDSDocumentEntry.patientId",
            patient_identifier(document.patient),
        )  # fmt: skip
        self._identify(
            element, "2e82c1f6-a085-4c72-9da3-8640a32e42ab", "XDSDocumentEntry.uniqueId", document.version.id or ""
        )

    @staticmethod
    def _slots(document: ClinicalDocument, *, uri: str, digest: str, size: int) -> Iterator[tuple[str, str | None]]:
        act = document.acts[0] if document.acts else Act()
        yield "creationTime", dtm(document.created_at or "")
        yield "hash", digest
        yield "size", str(size)
        yield "URI", uri
        yield "languageCode", document.language or "fr-FR"
        yield "legalAuthenticator", _legal_authenticator(document.participants)
        yield "serviceStartTime", dtm(act.start) if act.start else None
        yield "serviceStopTime", dtm(act.end) if act.end else None
        yield "sourcePatientId", _local_identifier(document.patient) or patient_identifier(document.patient)

    def _classifications(
        self, element: etree._Element, document: ClinicalDocument, *, class_code: Code, stated_format: Code | None,
        visibility: tuple[Code, ...],
    ) -> None:  # fmt: skip
        for author in document.authors:
            self._author(element, "93606bcf-9494-43ec-9b4e-a7748d1a838d", author)
        self._classify(element, "41a5887f-8865-4c09-adf7-e362475b143a", class_code)
        type_code = Code(document.type_code or "", document.type_system or "", document.type_label or "")
        self._classify(element, "f0306f51-975f-434e-a61c-c59651d33983", type_code)
        self._classify(element, "a09d5840-386c-46f2-b5ad-9c3699a4309d", stated_format or format_code(document))
        level = document.confidentiality or "N"
        confidentiality = Code(level, "2.16.840.1.113883.5.25", CONFIDENTIALITY.get(level, level))
        for each in (confidentiality, *visibility):
            self._classify(element, "f4f85eac-e6cb-4883-b524-f2705394840f", each)
        self._classify(element, "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1", _facility(document))
        self._classify(element, "cccf5598-8b07-4b77-a05e-ae952c785ead", _practice_setting(document))
        for act in document.acts:
            if act.code and act.system:
                event = Code(act.code, act.system, act.label or act.code)
                self._classify(element, "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4", event)
            for shown in (*act.modalities, *act.regions):
                event = Code(shown.code or "", shown.system or "", shown.label or "")
                self._classify(element, "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4", event)

    def associate(self, kind: str, *, source: str, target: str, original: bool = False) -> None:
        prefix = "urn:oasis:names:tc:ebxml-regrep:AssociationType" if original else "urn:ihe:iti:2007:AssociationType"
        association = _rim(
            self.objects, "Association", associationType=f"{prefix}:{kind}", sourceObject=source, targetObject=target,
            id=f"{self.id}-{kind.lower()}",
            objectType="urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:Association",
        )  # fmt: skip
        if original:
            self._slot(association, "SubmissionSetStatus", "Original")


def request_root() -> tuple[etree._Element, etree._Element]:
    root = etree.Element(f"{{{LCM}}}SubmitObjectsRequest", nsmap={"lcm": LCM, "rim": RIM})
    return root, etree.SubElement(root, f"{{{RIM}}}RegistryObjectList")


def _rim(parent: etree._Element, element_name: str, /, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{RIM}}}{element_name}")
    for key, value in attributes.items():
        element.set("{http://www.w3.org/XML/1998/namespace}lang" if key == "xml:lang" else key, value)
    return element


def dtm(iso: str) -> str:
    """XDS wants UTC, without a zone; a date keeps its precision."""
    if "T" not in iso:
        return iso.replace("-", "")
    return datetime.fromisoformat(iso).astimezone(UTC).strftime("%Y%m%d%H%M%S")


def patient_identifier(patient: PatientTraits) -> str:
    if patient.ins and patient.ins_oid:
        return f"{patient.ins}^^^&{patient.ins_oid}&ISO^NH"
    local = _local_identifier(patient)
    if local is None:
        raise Refused("E-ECR-02", "Le document doit porter au moins un identifiant du patient.")
    return local


def _local_identifier(patient: PatientTraits) -> str | None:
    return next((f"{_bare(one.extension)}^^^&{one.root}&ISO^PI" for one in patient.local_ids if one.extension), None)


def _patient_info(patient: PatientTraits) -> Iterator[str]:
    yield f"PID-3|{patient_identifier(patient)}"
    given = _bare(patient.first_birth_given_name)
    yield f"PID-5|{_bare(patient.birth_family_name)}^{given}^{_bare(patient.birth_given_names)}^^^^L"
    if patient.used_family_name or patient.used_given_name:
        used = patient.used_family_name or patient.birth_family_name
        yield f"PID-5|{_bare(used)}^{_bare(patient.used_given_name) or given}^^^^^D"
    if patient.birth_date:
        yield f"PID-7|{patient.birth_date.replace('-', '')}"
    yield f"PID-8|{'U' if patient.sex not in ('F', 'M') else patient.sex}"
    if patient.birth_place_code:
        yield f"PID-11|^^^^^^BDL^^{patient.birth_place_code}"


def _references(document: ClinicalDocument) -> Iterator[str]:
    """Orders, accession numbers and studies (ITI TF-3 table 4.2.3.1.7-2)."""
    for kind, numbers in (("order", document.orders), ("accession", document.accession_numbers)):
        for number in numbers:
            root, _, extension = number.partition("^")
            if extension:
                yield f"{_bare(extension)}^^^&{root}&ISO^urn:ihe:iti:xds:2013:{kind}"
    for study in document.studies:
        yield f"{study.uid}^^^^urn:ihe:iti:xds:2016:studyInstanceUID"


def _legal_authenticator(participants: tuple[Participant, ...]) -> str | None:
    for each in participants:
        if each.role == "legalAuthenticator":
            return xcn(each.id, each.family_name, each.given_name)
    return None


def xcn(national_id: str | None, family: str | None, given: str | None) -> str | None:
    if not national_id:
        return None
    return f"{national_id}^{_bare(family)}^{_bare(given)}^^^^^^&{PEOPLE}&ISO^D^^^IDNPS"


def _xon(national_id: str | None, name: str | None) -> str | None:
    return f"{_bare(name)}^^^^^&{STRUCTURES}&ISO^IDNST^^^{national_id}" if national_id else _bare(name) or None


def format_code(document: ClinicalDocument) -> Code:
    """ASS_A11 by template, ASS_A12 by media type for an unstructured body."""
    if document.level == 1:
        media = document.attachments[0].media_type if document.attachments else ""
        if media not in _LEVEL_ONE_FORMATS:
            raise Refused("E-ECR-07", "Le fichier du document n’a pas un format admis.")
        return Code(_LEVEL_ONE_FORMATS[media], _FORMAT_SYSTEM, "Document à corps non structuré")
    sheet = structured_type(document)
    if sheet is None:
        raise Refused("E-ECR-08", "Ce type de document ne s’écrit pas encore sous forme structurée.")
    code, label = sheet.format
    return Code(code, _FORMAT_SYSTEM if code.startswith("urn:ihe:") else _FRENCH_FORMAT_SYSTEM, label)


def _facility(document: ClinicalDocument) -> Code | None:
    kind = document.encounter.facility_type if document.encounter else None
    return Code(kind, facility_system(kind), FACILITIES.get(kind, kind)) if kind else None


def _practice_setting(document: ClinicalDocument) -> Code | None:
    setting = document.acts[0].practice_setting_code if document.acts else None
    label = PRACTICE_SETTINGS.get(setting or "", setting or "")
    return Code(setting, practice_setting_system(setting), label) if setting else None


def _bare(text: str | None) -> str:
    """HL7 separators have no place in a component."""
    return _COMPONENT_MARKS.sub(" ", text or "").strip()
