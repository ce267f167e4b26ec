"""The SOAP face: TD0.2, TD0.3, ITI-18, ITI-41, ITI-43 and ITI-57, each behind a signed VIHF."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography import x509
from lxml import etree

from maillon.formats.refusal import Refused
from maillon.formats.xdm_metadata import SubmissionSetMetadata, patient_id, read_metadata
from maillon.formats.xds import existence, messages, soap, vihf
from maillon.formats.xds.describing import visibility_of
from maillon.formats.xds.ebrim import (
    HAS_MEMBER,
    REPLACES,
    UPDATES_AVAILABILITY,
    association,
    extrinsic_object,
    registry_package,
)
from maillon.formats.xds.mtom import Package, read_message, write_mtom
from simulators.dmp.national import REPOSITORY, NationalRecord, Refusal
from simulators.dmp.store import Held, Submission

SOAP = "application/soap+xml; charset=UTF-8"
Answer = tuple[int, str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    who: vihf.Vihf
    ins: str
    package: Package
    body: etree._Element


class SoapFace:
    def __init__(self, record: NationalRecord, trusted: list[x509.Certificate]) -> None:
        self.record, self.trusted = record, trusted
        self._verbs: dict[str, Callable[[Asked], tuple[etree._Element, dict[str, bytes]]]] = {
            existence.EXISTENCE_ACTION: self._existence,
            existence.AUTHORISE_ACTION: self._authorise,
            messages.ACTIONS["query"]: self._query,
            messages.ACTIONS["provide"]: self._provide,
            messages.ACTIONS["retrieve"]: self._retrieve,
            messages.ACTIONS["update"]: self._update,
        }

    def answer(self, content_type: str, body: bytes) -> Answer:
        relates_to = action = ""
        try:
            package = read_message(content_type, body)
            envelope = soap.read_envelope(package.xml)
            relates_to, action = envelope.message_id, envelope.action
            asked = self._asked(envelope, package)
            verb = self._verbs.get(action)
            if verb is None:
                return _fault("s:ActionNotSupported", "Cette action n’est pas connue.", relates_to)
            found, parts = verb(asked)
        except (vihf.BadAssertion, Refused, soap.Fault) as error:
            code = "wsse:FailedAuthentication" if isinstance(error, vihf.BadAssertion) else "s:InvalidMessage"
            return _fault(code, str(error), relates_to)
        except Refusal as refusal:
            if refusal.http == 401:
                return _fault("wsse:FailedAuthentication", refusal.message, relates_to)
            found, parts = _failed(action, refusal), {}
        written = soap.write_envelope(found, action=f"{action}Response", relates_to=relates_to)
        if parts:
            return (200, *write_mtom(written, parts, action=f"{action}Response"))
        return 200, SOAP, written

    def _asked(self, envelope: soap.Envelope, package: Package) -> Asked:
        if envelope.assertion is None:
            raise vihf.BadAssertion("La demande ne porte pas de VIHF.")
        who = vihf.check_vihf(envelope.assertion, self.trusted, at=self.record.now())
        said = patient_id(who.patient)
        ins = said.value if said and said.value else ""
        self.record.admit(who, ins, etree.QName(envelope.body).localname)
        return Asked(who=who, ins=ins, package=package, body=envelope.body)

    # ------------------------------------------------------------------------------------------ verbs

    def _existence(self, asked: Asked) -> tuple[etree._Element, dict[str, bytes]]:
        _same(asked, existence.patient_asked(asked.body).value)
        found = self.record.status(asked.who, asked.ins)
        said = existence.ExistenceSaid(
            existence=found.existence, authorisation=found.authorisation, closed_because=found.closed_because,
            is_treating=found.is_treating,
        )  # fmt: skip
        return existence.answer_existence(said), {}

    def _authorise(self, asked: Asked) -> tuple[etree._Element, dict[str, bytes]]:
        patient = asked.body.find(f"{{{existence.DMP}}}patient")
        _same(asked, patient.get("extension") if patient is not None else None)
        return existence.answer_authorisation(self.record.authorise(asked.who, asked.ins)), {}

    def _query(self, asked: Asked) -> tuple[etree._Element, dict[str, bytes]]:
        query = messages.read_stored_query(asked.body)
        kinds = {
            messages.FIND_DOCUMENTS: self._find_documents,
            messages.FIND_SETS: self._find_sets,
            messages.GET_DOCUMENTS: self._get_documents,
            messages.GET_ASSOCIATIONS: self._get_associations,
            messages.GET_DOCUMENTS_AND_ASSOCIATIONS: self._get_documents_and_associations,
        }
        if query.query not in kinds:
            raise Refusal("XDSUnknownStoredQuery", 400, "Cette requête n’est pas connue.")
        return messages.query_response(kinds[query.query](asked, query)), {}

    def _find_documents(self, asked: Asked, query: messages.StoredQuery) -> Iterator[etree._Element]:
        said = patient_id(next(iter(query.slots.get("XDSDocumentEntryPatientId", ("",)))))
        _same(asked, said.value if said else None)
        statuses = {each.rpartition(":")[2] for each in query.slots.get("XDSDocumentEntryStatus", ())}
        if not statuses:
            raise Refusal("XDSStoredQueryMissingParam", 400, "Le statut cherché manque.")
        since = _digits(query, "XDSDocumentEntryServiceStartTimeFrom")
        types = {each.partition("^")[0] for each in query.slots.get("XDSDocumentEntryTypeCode", ())}
        for held in self.record.documents(asked.who, asked.ins):
            if is_sought(held, statuses, since, types):
                yield extrinsic_object(held.entry)

    def _find_sets(self, asked: Asked, query: messages.StoredQuery) -> Iterator[etree._Element]:
        since = _digits(query, "XDSSubmissionSetSubmissionTimeFrom")
        moment = dt.datetime.strptime(since, "%Y%m%d%H%M%S").isoformat() if since else ""  # noqa: DTZ007
        for each in self.record.submissions(asked.who, asked.ins, moment):
            yield from registry_package(_set_of(each, asked))

    def _get_documents(self, asked: Asked, query: messages.StoredQuery) -> Iterator[etree._Element]:
        for unique_id in query.slots.get("XDSDocumentEntryUniqueId", ()):
            held = self.record.named(asked.who, asked.ins, unique_id)
            if held is not None:
                yield extrinsic_object(held.entry)

    def _get_associations(self, asked: Asked, query: messages.StoredQuery) -> Iterator[etree._Element]:
        wanted = set(query.slots.get("uuid", ()))
        for each in self.record.submissions(asked.who, asked.ins, ""):
            if each.entry_uuid in wanted:
                yield from _associations(each)

    def _get_documents_and_associations(
        self, asked: Asked, query: messages.StoredQuery
    ) -> Iterator[etree._Element]:
        wanted = query.slots.get("XDSDocumentEntryEntryUUID", ())
        if len(wanted) > 20:
            raise Refusal("XDSTooManyResults", 400, "Vingt documents au plus par demande.")
        shown = {held.entry.entry_uuid: held for held in self.record.documents(asked.who, asked.ins)}
        for entry_uuid in wanted:
            if entry_uuid in shown:
                yield extrinsic_object(shown[entry_uuid].entry)
        for each in self.record.submissions(asked.who, asked.ins, ""):
            for new, old in each.replaces:
                if new in wanted or old in wanted:
                    yield association(REPLACES, source=new, target=old)

    def _provide(self, asked: Asked) -> tuple[etree._Element, dict[str, bytes]]:
        submission, contents = messages.read_provide(asked.body)
        said = read_metadata(etree.tostring(submission))
        if said.submission_set is None or len(said.documents) != 1 or len(contents) != 1:
            raise Refusal("XDSRegistryMetadataError", 422, "Un lot contient un document, et un seul.")
        entry = said.documents[0]
        _same(asked, entry.patient_id.value if entry.patient_id else None)
        data = asked.package.parts.get(contents.get(entry.entry_uuid or "", ""))
        if data is None:
            raise Refusal("XDSMissingDocument", 422, "Le document annoncé n’est pas dans le message.")
        replaces = entry.replaces[0] if entry.replaces else ""
        self.record.feed(asked.who, said.submission_set, entry, data, replaces=replaces)
        return messages.registry_response(), {}

    def _retrieve(self, asked: Asked) -> tuple[etree._Element, dict[str, bytes]]:
        repository, unique_id = messages.read_retrieve(asked.body)
        if repository != REPOSITORY:
            raise Refusal("XDSUnknownRepositoryId", 404, "Cet entrepôt n’est pas connu.")
        entry, data = self.record.data(asked.who, asked.ins, unique_id)
        found = messages.retrieve_response(
            repository=repository, unique_id=unique_id, mime_type=entry.mime_type or "", content_id="document@dmp"
        )
        return found, {"document@dmp": data}

    def _update(self, asked: Asked) -> tuple[etree._Element, dict[str, bytes]]:
        for link in messages.links_of(asked.body):
            if link.kind == UPDATES_AVAILABILITY:
                held = self._held(asked, link.target)
                self.record.set_availability(asked.who, held, link.slots.get("NewStatus", "").rpartition(":")[2])
                return messages.registry_response(), {}
        said = read_metadata(etree.tostring(asked.body)).documents
        if len(said) != 1:
            raise Refusal("XDSRegistryMetadataError", 422, "La demande ne dit pas quoi changer.")
        held = self._held(asked, said[0].lid or "", is_logical=True)
        if said[0].version != held.entry.version:
            raise Refusal("XDSMetadataVersionError", 409, "Une version plus récente des métadonnées existe.")
        self.record.show_as(asked.who, held, visibility_of(said[0].confidentiality))
        return messages.registry_response(), {}

    def _held(self, asked: Asked, name: str, *, is_logical: bool = False) -> Held:
        for held in self.record.store.documents(asked.ins):
            if (held.entry.lid if is_logical else held.entry.entry_uuid) == name:
                return held
        raise Refusal("UnresolvedReferenceException", 404, "Le document à changer n’existe pas.")


def is_sought(held: Held, statuses: set[str], since: str, types: set[str]) -> bool:
    start = "".join(filter(str.isdigit, held.entry.service_start or held.entry.creation_time or ""))[:14]
    return (
        held.entry.availability in statuses
        and (not since or start.ljust(14, "0") >= since.ljust(14, "0"))
        and (not types or (held.entry.type is not None and held.entry.type.code in types))
    )


def _associations(submission: Submission) -> Iterator[etree._Element]:
    for member in submission.members:
        yield association(
            HAS_MEMBER, source=submission.entry_uuid, target=member, SubmissionSetStatus="Original"
        )
    for new, old in submission.replaces:
        yield association(REPLACES, source=new, target=old)


def _set_of(submission: Submission, asked: Asked) -> SubmissionSetMetadata:
    return SubmissionSetMetadata(
        unique_id=submission.unique_id, source_id=REPOSITORY, entry_uuid=submission.entry_uuid,
        patient_id=patient_id(asked.who.patient), submission_time=submission.at,
    )  # fmt: skip


def _digits(query: messages.StoredQuery, name: str) -> str:
    return next(iter(query.slots.get(name, ("",))), "")


def _same(asked: Asked, ins: str | None) -> None:
    if ins != asked.ins:
        raise Refusal("DMPAssertionIncoherente", 401, "Le patient du VIHF n’est pas celui de la demande.")


def _failed(action: str, refusal: Refusal) -> etree._Element:
    error = messages.RemoteError(code=refusal.code, context=refusal.message)
    if action == messages.ACTIONS["query"]:
        return messages.query_response((), (error,))
    if action == messages.ACTIONS["retrieve"]:
        return messages.retrieve_response(errors=(error,))
    return messages.registry_response((error,))


def _fault(code: str, reason: str, relates_to: str) -> Answer:
    return 400, SOAP, soap.write_fault(code, reason, relates_to=relates_to)
