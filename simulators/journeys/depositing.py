"""A house feeds the national record by its own line: ITI-41 over SOAP, behind a VIHF that it signs."""

from __future__ import annotations

import datetime as dt
import hashlib
import http.client
import ssl
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from lxml import etree

from maillon.formats.document import ClinicalDocument
from maillon.formats.xdm_metadata import Code, PatientId, XdmMetadata, read_metadata
from maillon.formats.xds import messages, soap
from maillon.formats.xds.describing import entry_of, submission_of
from maillon.formats.xds.ebrim import (
    HAS_MEMBER,
    REPLACES,
    association,
    cx,
    extrinsic_object,
    registry_package,
    status_urn,
    submit_objects,
)
from maillon.formats.xds.mtom import read_message, write_mtom
from maillon.formats.xds.vihf import Role, Signer, Vihf, write_vihf
from simulators.journeys.mailing import SOURCE
from simulators.outgoing import RenderedDocument
from simulators.people import Patient, Professional, Structure
from simulators.types import kind_of

CLOSED: Final = "DMPDossierFerme"
_PROFESSIONS: Final = {"10": "Médecin", "21": "Pharmacien", "60": "Infirmier", "70": "Masseur-Kinésithérapeute"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Where the national record is, and the certificate by which a house comes in and signs."""

    address: str
    authority: str
    structure: str

    def call(self, who: Vihf, verb: str, body: etree._Element, parts: dict[str, bytes] | None = None) -> etree._Element:
        path = {"query": "/soap/registre", "provide": "/soap/entrepot"}[verb]
        action = messages.ACTIONS[verb]
        assertion = write_vihf(who, _signer(self.structure), at=dt.datetime.fromtimestamp(time.time(), dt.UTC))
        written = soap.write_envelope(body, action=action, to=f"{self.address}{path}", assertion=assertion)
        if parts:
            content_type, data = write_mtom(written, parts, action=action)
        else:
            content_type, data = f'application/soap+xml; charset=UTF-8; action="{action}"', written
        where = urlsplit(self.address)
        context = ssl.create_default_context(cafile=self.authority)
        context.load_cert_chain(self.structure)
        line = http.client.HTTPSConnection(where.hostname or "", where.port, context=context, timeout=30)
        line.request("POST", path, body=data, headers={"Content-Type": content_type})
        answer = line.getresponse()
        read = answer.read()
        line.close()
        return soap.read_envelope(read_message(answer.headers.get("Content-Type", ""), read).xml).body


def _signer(path: str) -> Signer:
    with open(path, "rb") as file:
        pem = file.read()
    key: Any = serialization.load_pem_private_key(pem, password=None)
    return Signer(key=key, certificate=x509.load_pem_x509_certificate(pem))


def feed(line: Line, made: RenderedDocument, *, author: Professional, house: Structure) -> None:
    """Once: what the record shows already is not sent again. A new version replaces the former."""
    document = made.document
    kind = kind_of(document.type_code or "").class_code
    entry = entry_of(document, made.cda, class_code=Code(code=kind.code, scheme=kind.system, label=kind.label))
    who = _word(author, house, entry.patient_id)
    if _named(line, who, entry.unique_id or ""):
        return
    number = uuid.UUID(bytes=hashlib.sha256(made.cda).digest()[:16], version=4)
    entry = replace(entry, entry_uuid=f"urn:uuid:{number}", lid=None)
    submission = submission_of(
        entry.patient_id, entry.authors[0], source_id=SOURCE, submitted_at=document.created_at or "",  # type: ignore[arg-type]
        title=document.title or "", number=uuid.uuid5(number, "lot"),
    )  # fmt: skip
    name = entry.entry_uuid or ""
    objects = [
        *registry_package(submission), extrinsic_object(entry),
        association(HAS_MEMBER, source=submission.entry_uuid or "", target=name, SubmissionSetStatus="Original"),
    ]  # fmt: skip
    for former in _former(line, who, document):
        objects.append(association(REPLACES, source=name, target=former.entry_uuid or ""))
    asked = messages.provide(submit_objects(*objects), entry=name, content_id="document@maison")
    messages.refuse_failure(line.call(who, "provide", asked, {"document@maison": made.cda}), "RegistryResponse")


def _former(line: Line, who: Vihf, document: ClinicalDocument) -> Iterable[XdmMetadata]:
    replaced = document.version.replaces
    return _named(line, who, replaced) if replaced else ()


def _named(line: Line, who: Vihf, unique_id: str) -> tuple[XdmMetadata, ...]:
    asked = messages.stored_query(messages.GET_DOCUMENTS, XDSDocumentEntryUniqueId=(unique_id,))
    body = line.call(who, "query", asked)
    messages.refuse_failure(body, "AdhocQueryResponse")
    return read_metadata(etree.tostring(body)).documents


def held(line: Line, person: Patient, *, reader: Professional, house: Structure) -> list[str]:
    """The titles in force of what the national record holds of somebody, as it is read in an emergency: by a physician
    whom nobody had let in. A record that is closed holds nothing."""
    patient = PatientId(value=person.ins, oid=person.ins_oid)
    who = replace(_word(reader, house, patient), mode="bris_de_glace", reason="Contrôle du parcours simulé")
    asked = messages.stored_query(
        messages.FIND_DOCUMENTS, XDSDocumentEntryPatientId=who.patient, XDSDocumentEntryStatus=(status_urn("Approved"),)
    )
    body = line.call(who, "query", asked)
    try:
        messages.refuse_failure(body, "AdhocQueryResponse")
    except messages.RegistryRefusal as refusal:
        if [each.code for each in refusal.errors] == [CLOSED]:
            return []
        raise
    return [each.title or "" for each in read_metadata(etree.tostring(body)).documents]


def _word(author: Professional, house: Structure, patient: PatientId | None) -> Vihf:
    code, _, skill = (author.profession_code or "").partition("/")
    profession = code.partition("_")[2]
    roles = [Role(code=profession, system="1.2.250.1.71.1.2.7", label=_PROFESSIONS.get(profession, ""))]
    if skill:
        roles.append(Role(code=skill, system="1.2.250.1.71.4.2.5", label=author.profession_label))
    elif profession == "21":
        roles.append(Role(code="A", system="1.2.250.1.71.4.2.6", label="Pharmacien titulaire d'officine"))
    return Vihf(
        national_id=author.national_id or "", name=f"{author.family_name} {author.given_name}", roles=tuple(roles),
        structure_id=house.national_id, sector=f"{house.facility_type}^1.2.250.1.71.4.2.4",
        patient=cx(patient),
    )  # fmt: skip
