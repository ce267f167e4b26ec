"""The key of a request: which patient it is about, however they are named, and the record opened for it.

An unknown patient and a closed record take the same statements and leave the same row in the journal.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.fhir_api.entry import Caller, purpose_of
from maillon.fhir_api.query import Query, number_of
from maillon.fhir_api.refusals import parameter
from maillon.kernel.key import Access, PatientId
from maillon.patients import api as patients

NAMES = ("patient", "subject", "patient.identifier", "subject.identifier", "patient:identifier", "subject:identifier")
NOBODY = PatientId(0)


@contextmanager
def record(caller: Caller, patient: UUID | PatientId, *, action: str = "read", resource: str = "record",
           number: str = "", type_code: str = "") -> Iterator[Access]:  # fmt: skip
    """Raises AccessDenied, also for any record but the one that was chosen at the consent."""
    with access_room.reading(
        caller.actor, patient, purpose=purpose_of(caller), action=action, resource_type=resource, resource_id=number,
        type_code=type_code,
    ) as access:  # fmt: skip
        if caller.record_id is not None and access.patient_id != caller.record_id:
            raise access_room.AccessDenied
        yield access


@contextmanager
def document(caller: Caller, uuid: UUID, *, action: str = "read") -> Iterator[Access]:
    """The record of a document, by the document's own number."""
    patient, type_code = documents.patient_of(caller.actor, uuid, action=action)
    with record(caller, patient, action=action, resource="document", number=str(uuid), type_code=type_code) as access:
        yield access


def named_in(query: Query) -> UUID | PatientId:
    """Every search is about one patient: nobody lists a territory. Raises Refusal 400 without one."""
    given = [name for name in NAMES if query.has(name)]
    if len(given) != 1:
        raise parameter(
            "E-FHIR-50", "Une recherche porte sur un patient, et un seul (patient, patient.identifier).", "patient"
        )
    said = query.one(given[0]) or ""
    if "identifier" in given[0]:
        return by_identifier(said)
    return number_of(said.removeprefix("Patient/").rpartition("/")[2]) or UUID(int=0)


def by_identifier(said: str) -> PatientId:
    """« system|value »; NOBODY when nobody bears it. Only a whole identifier with its system is looked for."""
    system, bar, value = said.partition("|")
    if not bar or not value or not system.startswith("urn:oid:"):
        raise parameter("E-FHIR-51", "Un identifiant se donne en entier\u202f: urn:oid:…|valeur.", "identifier")
    return patients.bearer(system.removeprefix("urn:oid:"), value) or NOBODY
