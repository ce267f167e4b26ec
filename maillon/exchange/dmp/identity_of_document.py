"""The same document, with the identity as it is qualified today: a version that replaces the one written before."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from maillon.documents import api as documents
from maillon.exchange import identifying
from maillon.formats.cda.read import open_cda
from maillon.formats.cda.reidentify import with_identity
from maillon.formats.cda.write import Contact
from maillon.formats.document import ClinicalDocument, PatientTraits
from maillon.formats.refusal import Refused
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.kernel.numbering import oid_of
from maillon.patients import api as patients
from maillon.professionals import api as professionals
from maillon.tasks import api as tasks

SOURCE: Final = "redaction"
_VERSIONS: Final = UUID("9c1a7d60-1c53-4d0e-8f1e-6d0d9a0f4b7c")
OTHER_INS: Final = UserMessage(
    "E-DMP-08", "Ce document ne porte pas l’INS qualifiée du patient\u202f: écrivez-le de nouveau."
)
NOT_WRITTEN: Final = UserMessage(
    "E-DMP-09",
    "L’INS n’a pas pu être ajoutée à ce document sans risque\u202f: écrivez-le de nouveau, il partira avec l’INS.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    id: int
    unique_id: str


def with_qualified_identity(access: Access, uuid: UUID, *, number: UUID) -> Leaving:
    """What leaves for it: itself when it bears the qualified INS, else its new version. `number` names the version, so
    that it is made once. Raises E-DMP-01, 08, 09."""
    patient = identifying.qualified(access)
    view = documents.read(access, uuid)
    content = view.document
    if content is None:
        raise NOT_WRITTEN
    if (content.patient.ins, content.patient.ins_oid) == (patient.value, patient.oid):
        return Leaving(id=view.id, unique_id=view.unique_id)
    if content.patient.ins:
        raise OTHER_INS
    signed = documents.original(access, uuid).data
    data = _written(signed, _identified(access, content, view, oid_of(uuid5(_VERSIONS, str(number)))))
    filing = documents.from_cda(open_cda(data).for_filing(), data, source=SOURCE)
    readers = tasks.filing.unread_readers(access, document_id=view.id)
    filed = documents.file(access, filing, readers=readers, received_at=clock.now())
    return Leaving(id=filed.id, unique_id=filing.unique_id)


def _identified(
    access: Access, content: ClinicalDocument, view: documents.DocumentView, unique_id: str
) -> ClinicalDocument:
    """Who, when, which version; authors, signature and body are those of the bytes that were signed."""
    version = dataclasses.replace(
        content.version, id=unique_id, set_id=content.version.set_id or view.unique_id, replaces=view.unique_id,
        number=view.version_number + 1,
    )  # fmt: skip
    now = clock.in_paris(clock.now()).replace(microsecond=0).isoformat()
    return dataclasses.replace(content, version=version, created_at=now, patient=_traits(access, content.patient))


def _traits(access: Access, written: PatientTraits) -> PatientTraits:
    identity = patients.identity(access)
    line = identity.line
    return dataclasses.replace(
        written, ins=line.ins, ins_oid=identity.ins_oid, birth_family_name=line.birth_family_name,
        birth_given_names=line.birth_given_names, first_birth_given_name=line.first_birth_given_name,
        birth_date=line.birth_date.isoformat(), birth_place_code=identity.birth_place_code or None,
        sex="F" if line.sex == "F" else "M" if line.sex == "M" else "UN",
    )  # fmt: skip


def _written(signed: bytes, document: ClinicalDocument) -> bytes:
    try:
        data = with_identity(signed, document, contacts=_contacts(document))
        anomalies = open_cda(data).conformance.anomalies
    except Refused:
        raise NOT_WRITTEN from None
    if anomalies:
        raise NOT_WRITTEN
    return data


def _contacts(document: ClinicalDocument) -> dict[str, Contact]:
    numbers = {each.organization_id for each in (*document.authors, *document.recipients) if each.organization_id}
    places = {number: professionals.structure_by_finess(number.removeprefix("1")) for number in numbers}
    return {
        number: Contact(
            address=tuple(each for each in (place.address, f"{place.postal_code} {place.city}".strip()) if each),
            telecoms=(f"tel:{place.phone.replace(' ', '')}",) if place.phone else (),
        )
        for number, place in places.items()
        if place is not None
    }  # fmt: skip
