"""Settling: a person of the mailbox's structure says whose a document is, makes the patient, or sets it aside.

Each verb is one transaction with its journal row, and may be repeated by the one who did it.
"""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import notices, publishing, rubbing
from maillon.exchange.filing import NotFiled, create_patient, file_with, follow, lock_creation
from maillon.exchange.findings import NOT_FOLLOWED, WAS_WITHDRAWN, Finding, findings
from maillon.exchange.models import ReceivedDocument
from maillon.exchange.outgoing import boxes
from maillon.exchange.readers import Place
from maillon.formats.document import PatientTraits
from maillon.formats.mail import read_mail
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId, ProfessionalId, Purpose, StructureId
from maillon.kernel.message import UserMessage
from maillon.noticed import api as noticed
from maillon.patients import api as patients

State = ReceivedDocument.State
UNKNOWN = UserMessage("E-MSG-01", "Ce document n’existe pas ou n’a pas été reçu par votre structure.")
ALREADY = UserMessage("E-MSG-02", "Ce document vient d’être réglé par une autre personne.")
NO_REASON = UserMessage("E-MSG-03", "Indiquez le motif de votre décision.")
NO_TRAITS = UserMessage(
    "E-MSG-04",
    "Ce document ne donne pas assez de traits pour créer un patient\u202f: nom et prénom de naissance, date de "
    "naissance et sexe. Créez d’abord le patient, puis rattachez-lui le document.",
)
OTHER_MATRICULE = UserMessage(
    "E-MSG-07",
    "Le matricule INS du document n’est pas celui de ce patient\u202f: c’est peut-être un homonyme. Rien n’est classé, "
    "et la personne chargée de l’identitovigilance est prévenue.",
)
FILED_ELSEWHERE = UserMessage(
    "E-MSG-08",
    "Vous avez déjà classé ce document dans le dossier d’un autre patient, et il y reste. Qui lit ce dossier peut l’en "
    "retirer, depuis la page du document (« Ce n’est pas ce patient »)\u202f: il revient alors dans « À régler ».",
)
NOT_RECEIVED = UserMessage("E-MSG-09", "Ce document n’est pas arrivé dans une boîte de votre structure.")
KNOWN_PATIENT = UserMessage(
    "E-MSG-05", "Un patient porte exactement ces traits\u202f: rattachez-lui le document au lieu d’en créer un autre."
)


def settle_to(actor: Actor, uuid: UUID, *, patient_uuid: UUID, reason: str) -> None:
    """File for this patient. Raises E-MSG-01 to 03, 07, 08, D-MSG-07 (identifier known elsewhere), AccessDenied. A
    homonym chosen by mistake is refused, and told to whoever answers for identities."""
    try:
        _settle_to(actor, uuid, patient_uuid=patient_uuid, reason=reason)
    except UserMessage as refusal:
        if refusal is OTHER_MATRICULE:
            _tell_another_matricule(actor, uuid, patient_uuid)
        raise


@transaction.atomic
def _tell_another_matricule(actor: Actor, uuid: UUID, patient_uuid: UUID) -> None:
    received = _lock(actor, uuid)
    rubbing.ask_about_identity(_open(actor, received, patient_uuid), _structure(received), number=received.uuid)
    noticed.tell("autre_patient", structure_id=_structure(received), document=received.uuid)


@transaction.atomic
def _settle_to(actor: Actor, uuid: UUID, *, patient_uuid: UUID, reason: str) -> None:
    received = _lock(actor, uuid)
    if _is_done_by(actor, received, (State.FILED, State.DUPLICATE)):
        if received.document is None or received.document.patient.uuid != patient_uuid:
            raise FILED_ELSEWHERE
        return
    _require(reason)
    if received.code == NOT_FOLLOWED.code:
        _begin_to_follow(actor, received, patient_uuid, reason)
    access = _open(actor, received, patient_uuid)
    finding = finding_of(received)
    _refuse_another_matricule(access, finding)
    _file(actor, received, access, finding, reason)
    if finding.traits is not None:
        patients.note_identifiers(access.patient_id, finding.traits)


@transaction.atomic
def settle_new(actor: Actor, uuid: UUID, *, reason: str) -> None:
    """Create the patient from the document, then file. Raises E-MSG-01 to 05, 08."""
    received = _lock(actor, uuid)
    if _is_done_by(actor, received, (State.FILED, State.DUPLICATE)):
        if not _was_made_from(received):
            raise FILED_ELSEWHERE
        return
    _require(reason)
    finding = finding_of(received)
    traits = finding.traits
    if traits is None or not _is_sufficient(traits):
        raise NO_TRAITS
    lock_creation(traits)
    if patients.match(traits).verdict == "found":
        raise KNOWN_PATIENT
    evidence = f"patient créé à la réception d’un document, par {actor.label}\u202f: {reason}"[:300]
    patient_id = create_patient(traits, _structure(received), actor=actor, evidence=evidence)
    access = _open(actor, received, patients.lines([patient_id])[patient_id].uuid)
    _file(actor, received, access, finding, reason)


@transaction.atomic
def discard(actor: Actor, uuid: UUID, *, reason: str) -> None:
    """Set aside: not filed, its bytes kept. The sender who asked for it is told."""
    received = _lock(actor, uuid)
    if _is_done_by(actor, received, (State.DISCARDED,)):
        return
    _require(reason)
    _settled(received, actor, reason, state=State.DISCARDED)


@transaction.atomic
def take_back(access: Access, uuid: UUID, *, reason: str) -> None:
    """A document that is in the wrong record: withdrawn from it, and to settle again. Raises E-MSG-03, 09,
    AccessDenied."""
    _require(reason)
    rows = list(_arrivals_of(access, uuid).select_for_update(of=("self",)))
    if not rows:
        raise NOT_RECEIVED
    documents.withdraw(access, uuid, reason=reason)
    for received in rows:
        finding = finding_of(received)
        ReceivedDocument.objects.filter(pk=received.pk).update(
            state=State.TO_SETTLE, code=WAS_WITHDRAWN.code, reasons=[WAS_WITHDRAWN.message], candidates=[],
            traits=asdict(finding.traits) if finding.traits else {}, title=finding.title[:300], document_id=None,
            settled_by_id=None, settled_at=None, settled_reason="",
        )  # fmt: skip


def may_take_back(access: Access, uuid: UUID) -> bool:
    return access.scope == "whole" and _arrivals_of(access, uuid).exists()


def _arrivals_of(access: Access, uuid: UUID) -> QuerySet[ReceivedDocument]:
    """Each arrival in a mailbox of theirs that became this document; not the PDF that came beside it."""
    theirs = ReceivedDocument.objects.filter(boxes.opened_to(access.actor, path="message__mailbox"))
    found = theirs.filter(document__uuid=uuid, document__patient=access.patient_id, sha256=F("document__sha256"))
    return found.exclude(document__status="withdrawn").select_related("message__mailbox").order_by("id")


def finding_of(received: ReceivedDocument) -> Finding:
    """The document as it was found in its message: the same reading of the same bytes."""
    raw = documents.bytes_of(bytes(received.message.sha256))
    if received.message.kind == publishing.KIND:
        return publishing.findings_again(raw)[received.rank]
    return findings(read_mail(raw))[received.rank]


def _lock(actor: Actor, uuid: UUID) -> ReceivedDocument:
    theirs = ReceivedDocument.objects.filter(boxes.opened_to(actor, path="message__mailbox"))
    joined = theirs.select_related("message__mailbox").select_for_update(of=("self",))
    received = joined.filter(uuid=uuid).exclude(state=State.REFUSED).first()
    if received is None:
        raise UNKNOWN
    return received


def _is_done_by(actor: Actor, received: ReceivedDocument, states: tuple[State, ...]) -> bool:
    if received.state == State.TO_SETTLE:
        return False
    if received.state in states and received.settled_by_id == actor.professional_id is not None:
        return True
    raise ALREADY


def _was_made_from(received: ReceivedDocument) -> bool:
    """The record where it is filed is that of the very person whom it names."""
    traits, patient = finding_of(received).traits, received.document.patient if received.document else None
    if traits is None or patient is None:
        return False
    is_named = patients.fold(traits.birth_family_name or "") == patients.fold(patient.birth_family_name)
    return is_named and traits.birth_date == patient.birth_date.isoformat() and traits.sex == patient.sex


def _refuse_another_matricule(access: Access, finding: Finding) -> None:
    """Two matricules are two people, whatever their names, and whoever verified them."""
    known = patients.lines([access.patient_id])[access.patient_id].ins
    ins = finding.traits.ins if finding.traits is not None else None
    if known and ins and ins[:13] != known[:13]:
        raise OTHER_MATRICULE


def _require(reason: str) -> None:
    if not reason.strip():
        raise NO_REASON


def _begin_to_follow(actor: Actor, received: ReceivedDocument, patient_uuid: UUID, reason: str) -> None:
    """Only for the patient whom the document itself named beyond doubt."""
    named = patients.lines(PatientId(each) for each in received.candidates)
    patient_id = next((line.id for line in named.values() if line.uuid == patient_uuid), None)
    if patient_id is not None:
        evidence = f"document reçu par la structure, rattaché par {actor.label}\u202f: {reason}"[:300]
        follow(patient_id, _structure(received), evidence=evidence)


def _open(actor: Actor, received: ReceivedDocument, patient_uuid: UUID) -> Access:
    return access_room.open_record(
        actor,
        patient_uuid,
        purpose=Purpose.ADMINISTRATIVE,
        action="settle",
        resource_type="received",
        resource_id=str(received.uuid),
    )


def _file(actor: Actor, received: ReceivedDocument, access: Access, finding: Finding, reason: str) -> None:
    mailbox = received.message.mailbox
    person = ProfessionalId(mailbox.professional_id) if mailbox.professional_id is not None else None
    place = Place(structure_id=StructureId(mailbox.structure_id), professional_id=person)
    try:
        treating = access_room.team.treating_physician(access)
        filed = file_with(
            access,
            finding,
            place,
            treating_physician=treating.professional_id if treating else None,
            received_at=received.message.received_at,
        )
    except NotFiled as why:
        raise UserMessage(why.doubts[0].code, why.doubts[0].message) from None
    _settled(received, actor, reason, state=State(filed.outcome), document_id=filed.id)


def _settled(
    received: ReceivedDocument, actor: Actor, reason: str, *, state: State, document_id: int | None = None
) -> None:
    ReceivedDocument.objects.filter(pk=received.pk).update(
        state=state,
        document_id=document_id,
        settled_by_id=actor.professional_id,
        settled_at=clock.now(),
        settled_reason=reason.strip()[:300],
    )
    notices.queue_when_settled(received.message_id)


def _structure(received: ReceivedDocument) -> StructureId:
    return StructureId(received.message.mailbox.structure_id)


def _is_sufficient(traits: PatientTraits) -> bool:
    given = traits.first_birth_given_name or traits.birth_given_names
    return bool(traits.birth_family_name and given and traits.sex) and len(traits.birth_date or "") == 10
