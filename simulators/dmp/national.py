"""The rules of the record, whatever the face by which one comes: who may, what is accepted, what is refused and why."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from maillon.formats.xdm_metadata import SubmissionSetMetadata, XdmMetadata, patient_id
from maillon.formats.xds.describing import visibility_of, visible_as
from maillon.formats.xds.vihf import Vihf
from simulators.dmp import vocabulary
from simulators.dmp.store import Held, Record, Store, Submission

REPOSITORY = "1.2.250.1.999.3.1"
PHYSICIAN, PHARMACIST = "10", "21"
NEEDS_SKILL = {PHYSICIAN, PHARMACIST}


class Refusal(Exception):
    """`code` is IHE's where it has one; `http` the status of the other face."""

    def __init__(self, code: str, http: int, message: str) -> None:
        super().__init__(code)
        self.code, self.http, self.message = code, http, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    existence: str
    authorisation: str
    closed_because: str
    is_treating: bool


def present() -> dt.datetime:
    return dt.datetime.fromtimestamp(time.time(), dt.UTC)


class NationalRecord:
    def __init__(self, store: Store, *, now: Callable[[], dt.datetime] = present) -> None:
        self.store, self.now = store, now

    # ------------------------------------------------------------------------------------------ who comes in

    def admit(self, who: Vihf, ins: str, what: str) -> None:
        """Before anything else: the assertion speaks of this patient, and of a role that the record knows."""
        said = patient_id(who.patient)
        if said is None or said.value != ins:
            raise Refusal("DMPAssertionIncoherente", 401, "Le patient du VIHF n’est pas celui de la demande.")
        if who.resource != "urn:dmp":
            raise Refusal("DMPAssertionIncoherente", 401, "La ressource du VIHF n’est pas le DMP.")
        known = [vocabulary.holds("role", role.code, role.system) for role in who.roles]
        if not all(known):
            raise Refusal("DMPRoleInconnu", 401, "Un rôle du VIHF n’est pas dans JDV_J65.")
        if who.roles[0].code in NEEDS_SKILL and len(who.roles) < 2:
            raise Refusal("DMPRoleIncomplet", 401, "Le savoir-faire du professionnel manque au VIHF.")
        if not vocabulary.has_code("facility", who.sector.partition("^")[0]):
            raise Refusal("DMPSecteurInconnu", 401, "Le secteur d’activité du VIHF n’est pas dans JDV_J61.")
        self.store.note_access(self.now().isoformat(), who.national_id, ins, what, who.mode, who.reason)

    def status(self, who: Vihf, ins: str) -> Status:
        found = self.store.record(ins)
        if found is None:
            return Status(existence="INEXISTANT", authorisation="NON_EXISTE", closed_because="", is_treating=False)
        return Status(
            existence=found.state, authorisation=self.store.authorisation(ins, who.national_id),
            closed_because=found.closed_because, is_treating=found.treating == who.national_id,
        )  # fmt: skip

    def authorise(self, who: Vihf, ins: str) -> str:
        self._open(ins)
        if self.store.authorisation(ins, who.national_id) == "INTERDIT":
            raise Refusal("DMPAccesInterdit", 403, "Le patient a bloqué l’accès de ce professionnel.")
        self.store.authorise(ins, who.national_id, "VALIDE")
        return "VALIDE"

    # ------------------------------------------------------------------------------------------ reading

    def documents(self, who: Vihf, ins: str) -> list[Held]:
        record = self._may_consult(who, ins)
        return [each for each in self.store.documents(ins) if self._is_shown(who, record, each)]

    def named(self, who: Vihf, ins: str, unique_id: str) -> Held | None:
        """One document by its uniqueId: who feeds may always ask what became of it."""
        held = self.store.by_unique_id(unique_id)
        if held is None or held.ins != ins:
            return None
        if self._is_author(who, held.entry):
            self._open(ins)
            return held
        return held if self._is_shown(who, self._may_consult(who, ins), held) else None

    def data(self, who: Vihf, ins: str, unique_id: str) -> tuple[XdmMetadata, bytes]:
        record = self._may_consult(who, ins)
        held = self.store.by_unique_id(unique_id)
        if held is None or held.ins != ins or not self._is_shown(who, record, held):
            raise Refusal("XDSDocumentUniqueIdError", 404, "Ce document n’existe pas.")
        if held.entry.availability == "Deleted":
            raise Refusal("XDSDocumentUniqueIdError", 404, "Ce document a été supprimé.")
        return held.entry, self.store.data_of(unique_id)

    def submissions(self, who: Vihf, ins: str, since: str) -> list[Submission]:
        self._may_consult(who, ins)
        return self.store.submissions(ins, since=since)

    def _open(self, ins: str) -> Record:
        record = self.store.record(ins)
        if record is None:
            raise Refusal("XDSUnknownPatientId", 404, "Aucun DMP pour cet INS.")
        if record.state == "FERME":
            raise Refusal("DMPDossierFerme", 403, f"Le DMP est fermé : {record.closed_because or 'sans motif'}.")
        return record

    def _may_consult(self, who: Vihf, ins: str) -> Record:
        record = self._open(ins)
        held = self.store.authorisation(ins, who.national_id)
        if held == "INTERDIT":
            raise Refusal("DMPAccesInterdit", 403, "Le patient a bloqué l’accès de ce professionnel.")
        if held != "VALIDE" and who.mode == "normal":
            raise Refusal("DMPAutorisationAbsente", 403, "Le patient n’a pas autorisé ce professionnel.")
        return record

    def _is_shown(self, who: Vihf, record: Record, held: Held) -> bool:
        if "MASQUE_PS" not in visibility_of(held.entry.confidentiality):
            return True
        return self._is_author(who, held.entry) or record.treating == who.national_id

    @staticmethod
    def _is_author(who: Vihf, entry: XdmMetadata) -> bool:
        people = {author.id for author in entry.authors} | {author.organization_id for author in entry.authors}
        return who.national_id in people or who.structure_id in people

    # ------------------------------------------------------------------------------------------ feeding

    def feed(
        self, who: Vihf, submission: SubmissionSetMetadata, entry: XdmMetadata, data: bytes, *, replaces: str = ""
    ) -> Held:
        ins = entry.patient_id.value if entry.patient_id else ""
        self._open(ins or "")
        self._check_metadata(submission, entry, data)
        with self.store.transaction():
            if self.store.by_unique_id(entry.unique_id or "") is not None:
                raise Refusal("XDSDuplicateUniqueIdInRegistry", 409, "Un document porte déjà cet uniqueId.")
            if self.store.is_submitted(submission.unique_id or ""):
                raise Refusal("XDSDuplicateUniqueIdInRegistry", 409, "Un lot de soumission porte déjà cet uniqueId.")
            former = self._replaced(who, ins or "", replaces)
            entry_uuid = f"urn:uuid:{uuid.uuid4()}"
            kept = replace(
                entry, entry_uuid=entry_uuid, lid=entry_uuid, version="1", availability="Approved",
                repository=REPOSITORY, uri=None,
            )  # fmt: skip
            self.store.add(kept, ins or "", data)
            if former is not None:
                self.store.change(former, replace(former.entry, availability="Deprecated"), replaced_by=entry_uuid)
            links = ((entry_uuid, former.entry.entry_uuid or ""),) if former else ()
            self._submitted(ins or "", (entry_uuid,), unique_id=submission.unique_id or "", replaces=links)
        return Held(entry=kept, ins=ins or "", replaced_by="")

    def _replaced(self, who: Vihf, ins: str, entry_uuid: str) -> Held | None:
        if not entry_uuid:
            return None
        former = self.store.by_entry(entry_uuid)
        if former is None or former.ins != ins:
            raise Refusal("XDSReplaceFailed", 422, "Le document à remplacer n’existe pas.")
        if not self._is_author(who, former.entry):
            raise Refusal("DMPPasAuteur", 403, "Seul l’auteur d’un document peut le remplacer.")
        if former.entry.availability != "Approved":
            raise Refusal("XDSReplaceFailed", 422, "Le document à remplacer n’est plus en vigueur.")
        return former

    def _check_metadata(self, submission: SubmissionSetMetadata, entry: XdmMetadata, data: bytes) -> None:
        wrong = [what for what, code in (
            ("class", entry.class_), ("type", entry.type), ("format", entry.format), ("facility", entry.facility),
        ) if code is None or not vocabulary.holds(what, code.code, code.scheme)]  # fmt: skip
        wrong += [
            "confidentiality"
            for each in entry.confidentiality or (None,)
            if each is None or not vocabulary.holds("confidentiality", each.code, each.scheme)
        ]
        if wrong:
            said = ", ".join(vocabulary.NAMES[each] for each in wrong)
            raise Refusal("XDSRegistryMetadataError", 422, f"Code hors nomenclature pour {said}.")
        missing = [name for name, value in (
            ("uniqueId", entry.unique_id), ("auteur", entry.authors), ("creationTime", entry.creation_time),
            ("titre", entry.title), ("serviceStartTime", entry.service_start),
            ("uniqueId du lot", submission.unique_id), ("sourceId du lot", submission.source_id),
        ) if not value]  # fmt: skip
        if missing:
            raise Refusal("XDSRegistryMetadataError", 422, f"Il manque aux métadonnées\u202f: {', '.join(missing)}.")
        if submission.patient_id != entry.patient_id:
            raise Refusal("XDSPatientIdDoesNotMatch", 422, "Le lot et le document ne sont pas du même patient.")
        digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        if entry.hash_sha1 != digest or entry.size != len(data):
            raise Refusal("XDSRepositoryMetadataError", 422, "Le document reçu n’a pas l’empreinte ou la taille dites.")

    # ------------------------------------------------------------------------------------------ changing

    def show_as(self, who: Vihf, held: Held, visibility: frozenset[str]) -> Held:
        """TD3.3a and b: masking is the author's, or the médecin traitant's; hiding is the author's."""
        was = visibility_of(held.entry.confidentiality)
        is_treating = self._open(held.ins).treating == who.national_id
        if not self._is_author(who, held.entry) and not (is_treating and was ^ visibility <= {"MASQUE_PS"}):
            raise Refusal("DMPPasAuteur", 403, "Ce professionnel ne peut pas changer la visibilité de ce document.")
        shown = visible_as(held.entry.confidentiality, visibility)
        return self._changed(held, replace(held.entry, confidentiality=shown))

    def set_availability(self, who: Vihf, held: Held, availability: str) -> Held:
        """TD3.3c and d: only the author deletes or archives; what is deleted stays so."""
        self._open(held.ins)
        if not self._is_author(who, held.entry):
            raise Refusal("DMPPasAuteur", 403, "Seul l’auteur d’un document peut le supprimer ou l’archiver.")
        if held.entry.availability == "Deleted":
            raise Refusal("XDSRegistryError", 409, "Ce document a été supprimé.")
        return self._changed(held, replace(held.entry, availability=availability))

    def _changed(self, held: Held, entry: XdmMetadata) -> Held:
        """A new version of the metadata: another entryUUID, the same logical id, and a set that tells it."""
        entry = replace(entry, entry_uuid=f"urn:uuid:{uuid.uuid4()}", version=str(int(held.entry.version or "1") + 1))
        with self.store.transaction():
            self.store.change(held, entry)
            self._submitted(held.ins, (entry.entry_uuid or "",), unique_id=f"2.25.{uuid.uuid4().int}")
        return Held(entry=entry, ins=held.ins, replaced_by=held.replaced_by)

    def _submitted(
        self, ins: str, members: tuple[str, ...], *, unique_id: str, replaces: tuple[tuple[str, str], ...] = ()
    ) -> None:
        at = self.now().astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
        self.store.submit(
            Submission(
                unique_id=unique_id, entry_uuid=f"urn:uuid:{uuid.uuid4()}", at=at, members=members, replaces=replaces
            ),
            ins,
        )
