"""The national record through XDS.b: ITI-18, 41, 43 and 57 over SOAP 1.2 with MTOM, each behind a signed VIHF."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from uuid import uuid4

from lxml import etree

from maillon.exchange.dmp.port import Authorisation, Availability, Existence, Feed, RecordStatus
from maillon.exchange.remote import NoAnswer, Remote, RemoteRefusal
from maillon.formats.refusal import Refused
from maillon.formats.xdm_metadata import PatientId, SubmissionSetMetadata, XdmMetadata, patient_id, read_metadata
from maillon.formats.xds import existence, messages, soap
from maillon.formats.xds.describing import visible_as
from maillon.formats.xds.ebrim import (
    HAS_MEMBER,
    REPLACES,
    RS,
    UPDATES_AVAILABILITY,
    association,
    extrinsic_object,
    registry_package,
    status_urn,
    submit_objects,
)
from maillon.formats.xds.mtom import Package, read_message, write_mtom
from maillon.formats.xds.vihf import Signer, Vihf, write_vihf
from maillon.kernel import clock

T = TypeVar("T")
BY_TWENTY: Final = 20
_APPROVED: Final = status_urn("Approved")
_KEPT: Final = tuple(status_urn(each) for each in ("Approved", "Deprecated", "Archived", "Deleted"))
_PATHS: Final = {"query": "/registre", "provide": "/entrepot", "retrieve": "/entrepot", "update": "/registre"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BySoap:
    remote: Remote
    signer: Signer
    name: str = "XDS.b (SOAP)"

    def status(self, who: Vihf) -> RecordStatus:
        said = existence.ask_existence(_patient(who))
        answer = self._said(who, existence.EXISTENCE_ACTION, "/existence", said)
        found = _understood(existence.read_existence, answer.body)
        return RecordStatus(
            existence=Existence(found.existence), authorisation=Authorisation(found.authorisation),
            closed_because=found.closed_because, is_treating=found.is_treating,
        )  # fmt: skip

    def authorise(self, who: Vihf) -> Authorisation:
        said = existence.ask_authorisation(_patient(who))
        answer = self._said(who, existence.AUTHORISE_ACTION, "/autorisation", said)
        return Authorisation(_understood(existence.read_authorisation, answer.body))

    def named(self, who: Vihf, unique_id: str) -> XdmMetadata | None:
        asked = messages.stored_query(messages.GET_DOCUMENTS, XDSDocumentEntryUniqueId=(unique_id,))
        found = [each for each in _entries(self._query(who, asked)) if each.unique_id == unique_id]
        return found[0] if found else None

    def find(self, who: Vihf, *, since: dt.date | None, types: tuple[str, ...] = ()) -> tuple[XdmMetadata, ...]:
        slots: dict[str, Sequence[str] | str] = {
            "XDSDocumentEntryPatientId": who.patient, "XDSDocumentEntryStatus": (_APPROVED,),
        }  # fmt: skip
        if since is not None:
            slots["XDSDocumentEntryServiceStartTimeFrom"] = since.strftime("%Y%m%d")
        if types:
            slots["XDSDocumentEntryTypeCode"] = types
        return _entries(self._query(who, messages.stored_query(messages.FIND_DOCUMENTS, **slots)))

    def changed(self, who: Vihf, *, since: dt.datetime) -> tuple[XdmMetadata, ...]:
        """FindSubmissionSets, GetAssociations, then GetDocumentsAndAssociations by twenty (usage guide V0.3)."""
        moment = since.astimezone(dt.UTC).strftime("%Y%m%d%H%M%S")
        sets = messages.sets_of(self._query(who, messages.stored_query(
            messages.FIND_SETS, XDSSubmissionSetPatientId=who.patient, XDSSubmissionSetStatus=(_APPROVED,),
            XDSSubmissionSetSubmissionTimeFrom=moment,
        )))  # fmt: skip
        members: dict[str, None] = {}
        for some in _by_twenty(sets):
            answer = self._query(who, messages.stored_query(messages.GET_ASSOCIATIONS, uuid=some))
            members |= dict.fromkeys(messages.members_of(answer))
            members |= dict.fromkeys(link.target for link in messages.links_of(answer) if link.kind == REPLACES)
        found: list[XdmMetadata] = []
        for some in _by_twenty(tuple(members)):
            asked = messages.stored_query(
                messages.GET_DOCUMENTS_AND_ASSOCIATIONS, XDSDocumentEntryEntryUUID=some,
                XDSDocumentEntryStatus=_KEPT,
            )  # fmt: skip
            found.extend(_entries(self._query(who, asked)))
        return tuple(found)

    def retrieve(self, who: Vihf, entry: XdmMetadata) -> bytes:
        unique_id = entry.unique_id or ""
        asked = messages.retrieve(repository=entry.repository or "", unique_id=unique_id)
        package, answer = self._exchanged(who, "retrieve", asked)
        return _understood(lambda body: messages.retrieved(body, package.parts, unique_id=unique_id), answer.body)

    def feed(self, who: Vihf, what: Feed) -> None:
        entry = replace(what.entry, entry_uuid=what.entry.entry_uuid or f"urn:uuid:{uuid4()}", lid=None)
        name, of_set = entry.entry_uuid or "", what.submission.entry_uuid or ""
        objects = [
            *registry_package(what.submission), extrinsic_object(entry),
            association(HAS_MEMBER, source=of_set, target=name, SubmissionSetStatus="Original"),
        ]  # fmt: skip
        if what.replaced is not None:
            objects.append(association(REPLACES, source=name, target=what.replaced.entry_uuid or ""))
        asked = messages.provide(submit_objects(*objects), entry=name, content_id="document@maillon")
        _, answer = self._exchanged(who, "provide", asked, parts={"document@maillon": what.data})
        _understood(lambda body: messages.refuse_failure(body, "RegistryResponse"), answer.body)

    def show_as(self, who: Vihf, entry: XdmMetadata, visibility: frozenset[str]) -> None:
        """A new version of the metadata, that says of which version it is the next (ITI-57)."""
        number = uuid4()
        name = f"urn:uuid:{number}"
        changed = replace(
            entry, entry_uuid=name, lid=entry.lid or entry.entry_uuid, replaces=(),
            confidentiality=visible_as(entry.confidentiality, visibility),
        )  # fmt: skip
        said = _set_for(who, number.int)
        member = association(
            HAS_MEMBER, source=said.entry_uuid or "", target=name, SubmissionSetStatus="Original",
            PreviousVersion=entry.version or "1",
        )  # fmt: skip
        self._update(who, *registry_package(said), extrinsic_object(changed), member)

    def set_availability(self, who: Vihf, entry: XdmMetadata, availability: Availability) -> None:
        said = _set_for(who, uuid4().int)
        self._update(who, *registry_package(said), association(
            UPDATES_AVAILABILITY, source=said.entry_uuid or "", target=entry.entry_uuid or "",
            OriginalStatus=status_urn(entry.availability or "Approved"), NewStatus=status_urn(availability),
        ))  # fmt: skip

    # ------------------------------------------------------------------------------------------ the line

    def _update(self, who: Vihf, *objects: etree._Element) -> None:
        _, answer = self._exchanged(who, "update", submit_objects(*objects))
        _understood(lambda body: messages.refuse_failure(body, "RegistryResponse"), answer.body)

    def _query(self, who: Vihf, asked: etree._Element) -> etree._Element:
        _, answer = self._exchanged(who, "query", asked)
        _understood(lambda body: messages.refuse_failure(body, "AdhocQueryResponse"), answer.body)
        return answer.body

    def _exchanged(
        self, who: Vihf, verb: str, body: etree._Element, *, parts: Mapping[str, bytes] | None = None
    ) -> tuple[Package, soap.Envelope]:
        return self._call(who, messages.ACTIONS[verb], _PATHS[verb], body, parts)

    def _said(self, who: Vihf, action: str, path: str, body: etree._Element) -> soap.Envelope:
        return self._call(who, action, path, body, None)[1]

    def _call(
        self, who: Vihf, action: str, path: str, body: etree._Element, parts: Mapping[str, bytes] | None
    ) -> tuple[Package, soap.Envelope]:
        assertion = write_vihf(who, self.signer, at=clock.wall())
        written = soap.write_envelope(body, action=action, to=f"{self.remote.address}{path}", assertion=assertion)
        if parts:
            content_type, data = write_mtom(written, parts, action=action)
        else:
            content_type, data = f'application/soap+xml; charset=UTF-8; action="{action}"', written
        answer = self.remote.ask("POST", path, body=data, headers={"Content-Type": content_type})
        try:
            package = read_message(answer.content_type, answer.data)
            envelope = soap.read_envelope(package.xml)
        except Refused as error:
            raise NoAnswer(error.code) from None
        except soap.Fault as fault:
            if fault.is_theirs:
                raise NoAnswer("fault") from None
            raise RemoteRefusal(fault.code, fault.reason) from None
        if envelope.relates_to != soap.message_id_of(written):
            raise NoAnswer("other")
        return package, envelope


def _understood(read: Callable[[etree._Element], T], body: etree._Element) -> T:
    """What the answer says. Unreadable, it says nothing; a refusal is one, whatever was asked."""
    try:
        if body.tag == f"{{{RS}}}RegistryResponse":
            messages.refuse_failure(body, "RegistryResponse")
        return read(body)
    except Refused as error:
        raise NoAnswer(error.code) from None
    except messages.RegistryRefusal as refusal:
        first = refusal.errors[0] if refusal.errors else messages.RemoteError(code="XDSRegistryError", context="")
        raise RemoteRefusal(first.code, first.context) from None


def _patient(who: Vihf) -> PatientId:
    return patient_id(who.patient) or PatientId()


def _entries(body: etree._Element) -> tuple[XdmMetadata, ...]:
    return read_metadata(etree.tostring(body)).documents


def _set_for(who: Vihf, number: int) -> SubmissionSetMetadata:
    return SubmissionSetMetadata(
        unique_id=f"2.25.{number}", source_id=who.structure_id, entry_uuid=f"urn:uuid:{uuid4()}",
        patient_id=_patient(who), submission_time=clock.now().isoformat(timespec="seconds"), title="Mise à jour",
    )  # fmt: skip


def _by_twenty(names: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(names[start : start + BY_TWENTY]) for start in range(0, len(names), BY_TWENTY)]
