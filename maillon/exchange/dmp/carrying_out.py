"""An act promised to the national record is looked for, done when it is not there, and looked for again.

A worker that dies anywhere, a line that falls anywhere, leave one question: is it there? The record answers it, by the
uniqueId, before anything is sent again. Without an answer the act stays « indéterminé », is tried later, and after a
quarter of an hour a person is told as well.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final
from uuid import UUID, uuid5

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import diffusion, identifying, rubbing
from maillon.exchange.dmp import entries, holding, plugging
from maillon.exchange.dmp.holding import CARRY_OUT, MACHINE
from maillon.exchange.dmp.port import Availability, Existence, Feed, NationalRecord
from maillon.exchange.dmp.rows import DmpAct
from maillon.exchange.dmp.states import ACT, TO_CARRY, ActKind, ActState
from maillon.exchange.remote import NoAnswer, NotReached, RemoteRefusal
from maillon.formats.cda.read import read_cda
from maillon.formats.refusal import Refused
from maillon.formats.xdm_metadata import Code, XdmMetadata, patient_id
from maillon.formats.xds.describing import entry_of, submission_of, visibility_of, visible_as
from maillon.formats.xds.vihf import Vihf
from maillon.kernel import clock, outbox
from maillon.kernel.key import Access, PatientId, ProfessionalId, Purpose, StructureId
from maillon.kernel.message import UserMessage
from maillon.tasks import api as tasks
from maillon.terminology import api as terminology

TELL_AFTER: Final = dt.timedelta(minutes=15)
LONGEST_WAIT: Final = dt.timedelta(hours=1)
SOURCE_ID: Final = "1.2.250.1.999.2"  # ours, until an OID is attributed
_TASKS: Final = UUID("0b0c7a53-64b4-49b3-93f4-6f5a5f9d8d10")
_SHUT: Final = frozenset({"DMPInexistant", "DMPDossierFerme"})  # the patient has none, or closed it
_DUPLICATE: Final = "XDSDuplicateUniqueIdInRegistry"
_VISIBILITY: Final = {
    ActKind.MASK: ("MASQUE_PS", True), ActKind.UNMASK: ("MASQUE_PS", False),
    ActKind.HIDE: ("INVISIBLE_PATIENT", True), ActKind.REVEAL: ("INVISIBLE_PATIENT", False),
}  # fmt: skip
_AVAILABILITY: Final[dict[str, Availability]] = {
    ActKind.ARCHIVE: "Archived", ActKind.UNARCHIVE: "Approved", ActKind.DELETE: "Deleted",
}  # fmt: skip


@outbox.handles(CARRY_OUT)
def carry_out(payload: outbox.Payload) -> None:
    """Runs in the outbox's transaction: the act's state and the end of the job are one."""
    act = DmpAct.objects.select_for_update(of=("self",)).filter(pk=payload["act"], state__in=TO_CARRY).first()
    if act is None:
        return
    access = access_room.open_record(
        MACHINE, PatientId(act.patient_id), purpose=Purpose.INTAKE, action="send", resource_type="dmp",
        resource_id=str(act.uuid),
    )  # fmt: skip
    act.attempts += 1
    act.tried_at = clock.now()
    try:
        found = _settled(access, act, plugging.line())
    except NotReached as failure:
        _later(access, act, str(failure))
    except NoAnswer as failure:
        act.state = ACT.target("lose_sight", source=act.state)
        _later(access, act, str(failure))
    except RemoteRefusal as refusal:
        _refused(access, act, refusal.code, refusal.message)
    except UserMessage as refusal:
        _stopped(access, act, refusal)
    else:
        act.state, act.settled_at, act.last_error = ACT.target("see", source=act.state), clock.now(), ""
        act.save()
        if act.kind == ActKind.DEPOSIT and act.document_id is not None:
            rubbing.note_sent_to_space(access, [act.document_id])
        if found is not None:
            entries.keep(access, [found])


def _settled(access: Access, act: DmpAct, record: NationalRecord) -> XdmMetadata | None:
    """What the record shows once the act is there. Raises what the line raises."""
    who = identifying.word_of(
        ProfessionalId(act.asked_by_id), StructureId(act.structure_id), identifying.qualified(access),
        homologation=plugging.homologation(),
    )  # fmt: skip
    held = _looked_for(act, record, who)
    feed = _feed_of(access, act, who) if act.kind == ActKind.DEPOSIT else None
    if _is_there(act, feed, held):
        return held
    if feed is not None:
        feed = _ready_to_leave(access, act, feed, record, who)
    try:
        _do(act, feed, held, record, who)
    except RemoteRefusal as refusal:
        if refusal.code != _DUPLICATE:
            raise
    held = record.named(who, act.unique_id)
    if not _is_there(act, feed, held):
        raise NoAnswer("unseen")  # it said yes, and does not show it
    return held


def _looked_for(act: DmpAct, record: NationalRecord, who: Vihf) -> XdmMetadata | None:
    """A record that refuses to say what became of an act whose answer was lost leaves it undetermined."""
    try:
        return record.named(who, act.unique_id)
    except RemoteRefusal as refusal:
        if act.state == ActState.UNCERTAIN:
            raise NoAnswer(refusal.code[:60]) from None
        if act.kind != ActKind.DEPOSIT:
            raise
        return None  # nothing was ever sent: the deposit itself will hear the reason


def _is_there(act: DmpAct, feed: Feed | None, held: XdmMetadata | None) -> bool:
    if feed is not None:
        return _is_fed(feed, held)
    if held is None:
        return act.kind == ActKind.DELETE
    if act.kind in _VISIBILITY:
        word, is_set = _VISIBILITY[ActKind(act.kind)]
        return (word in visibility_of(held.confidentiality)) is is_set
    return held.availability == _AVAILABILITY[act.kind]


def _is_fed(feed: Feed, held: XdmMetadata | None) -> bool:
    if held is None:
        return False
    if held.hash_sha1 != feed.entry.hash_sha1:
        raise RemoteRefusal("DMPContradiction", "Le DMP tient un autre document sous cet identifiant.")
    return True


def _do(act: DmpAct, feed: Feed | None, held: XdmMetadata | None, record: NationalRecord, who: Vihf) -> None:
    if feed is not None:
        record.feed(who, feed)
    elif held is None:
        raise RemoteRefusal("DMPAbsent", "Le DMP ne montre plus ce document.")
    elif act.kind in _VISIBILITY:
        word, is_set = _VISIBILITY[ActKind(act.kind)]
        was = visibility_of(held.confidentiality)
        record.show_as(who, held, was | {word} if is_set else was - {word})
    else:
        record.set_availability(who, held, _AVAILABILITY[act.kind])


def _ready_to_leave(access: Access, act: DmpAct, feed: Feed, record: NationalRecord, who: Vihf) -> Feed:
    """As it may leave today, whatever was true on the day of the promise; in the place of the version that stands."""
    if holding.is_superseded(act):
        raise holding.SUPERSEDED
    shown = visibility_of(feed.entry.confidentiality)
    holding.refuse_what_may_not_go(access, shown, promised_by=ProfessionalId(act.asked_by_id))
    _refuse_closed(record, who)
    return replace(feed, replaced=_in_force_before(access, act, record, who))


def _refuse_closed(record: NationalRecord, who: Vihf) -> None:
    """TD0.2 before any feeding."""
    status = record.status(who)
    if status.existence is Existence.ABSENT:
        raise RemoteRefusal("DMPInexistant", "Ce patient n’a pas de DMP.")
    if status.existence is Existence.CLOSED:
        raise RemoteRefusal("DMPDossierFerme", f"Le DMP est fermé\u202f: {status.closed_because or 'sans motif'}.")


def _in_force_before(access: Access, act: DmpAct, record: NationalRecord, who: Vihf) -> XdmMetadata | None:
    """What it takes the place of in the record: the nearest of its former versions that the record shows. One between
    them may never have left, and the one before would then stay in force beside this one."""
    former = documents.serving.former_versions(access, act.unique_id)
    done = DmpAct.objects.filter(patient_id=act.patient_id, kind=ActKind.DEPOSIT, state=ActState.DONE)
    ours = set(done.filter(unique_id__in=former).values_list("unique_id", flat=True))
    for unique_id in former:
        if unique_id in ours or unique_id == former[0]:  # the nearest, whoever deposited it
            held = record.named(who, unique_id)
            if held is not None and held.availability == "Approved":
                return held
    return None


def _feed_of(access: Access, act: DmpAct, who: Vihf) -> Feed:
    """The document as it is filed here, byte for byte, and what is said of it."""
    view_uuid = _document_uuid(act)
    original = documents.original(access, view_uuid)
    try:
        content = read_cda(original.data)
        found = terminology.class_of_type(content.type_code) or ""
        class_code = Code(code=found, scheme="1.2.250.1.213.1.1.4.1", label=terminology.class_label(found))
        entry = entry_of(content, original.data, class_code=class_code)
    except Refused as refusal:
        raise UserMessage(refusal.code, refusal.message) from None
    patient = patient_id(who.patient)
    assert patient is not None
    author = identifying.author_of(ProfessionalId(act.asked_by_id), StructureId(act.structure_id))
    submission = submission_of(
        patient, author, source_id=SOURCE_ID, submitted_at=clock.now().isoformat(timespec="seconds"),
        title=entry.title or "", number=uuid5(act.uuid, str(act.attempts)),
    )  # fmt: skip
    # What was chosen at the promise, and what is marked now: it may have been masked while it waited.
    codes = frozenset(act.visibility) | frozenset(diffusion.flags_of(access, view_uuid).codes())
    entry = replace(entry, confidentiality=visible_as(entry.confidentiality, codes), patient_id=patient)
    return Feed(submission=submission, entry=entry, data=original.data)


def _document_uuid(act: DmpAct) -> UUID:
    if act.document is None:
        raise UserMessage("E-DMP-03", "Le document à déposer n’est plus dans le dossier.")
    return act.document.uuid


# ------------------------------------------------------------------------------------------------ what follows


def _later(access: Access, act: DmpAct, failure: str) -> None:
    act.last_error = failure[:100]
    act.save()
    wait = min(dt.timedelta(seconds=2 ** min(act.attempts, 12)), LONGEST_WAIT)
    outbox.enqueue(CARRY_OUT, {"act": act.pk}, due_at=clock.now() + wait)
    if clock.now() - act.asked_at > TELL_AFTER:
        _tell(access, act, "Un acte dans le DMP n’a pas encore abouti\u202f: vérifiez sa suite")


def _stopped(access: Access, act: DmpAct, refusal: UserMessage) -> None:
    """Kept from asking by what is known here. It may be there all the same: that does not make it a refusal."""
    if act.state == ActState.UNCERTAIN:
        _later(access, act, refusal.code)
    elif refusal is holding.SUPERSEDED:
        holding.drop(access, act)
    elif refusal.code == identifying.NOT_QUALIFIED[0]:
        act.state = ACT.target("hold", source=act.state)
        holding.begin(access, act)
    else:
        _refused(access, act, refusal.code, refusal.message)


def _refused(access: Access, act: DmpAct, code: str, message: str) -> None:
    act.state, act.settled_at = ACT.target("refuse", source=act.state), clock.now()
    act.refusal_code, act.refusal, act.last_error = code[:60], message[:300], ""
    act.save()
    if code in _SHUT and act.kind == ActKind.DEPOSIT and act.document is not None:
        rubbing.note_closed_to_patient(
            access, holding.about(act), structure_id=StructureId(act.structure_id), why=message,
            author=ProfessionalId(act.asked_by_id),
        )  # fmt: skip
    _tell(access, act, "Un acte dans le DMP a été refusé\u202f: lisez le motif et corrigez")


def _tell(access: Access, act: DmpAct, title: str) -> None:
    """The person who promised it; once for each title."""
    tasks.ask(
        access, uuid=uuid5(_TASKS, f"{act.uuid}/{title}"), title=title, structure_id=StructureId(act.structure_id),
        professional_id=ProfessionalId(act.asked_by_id), due_at=clock.now() + dt.timedelta(days=1),
    )  # fmt: skip
