"""Documents that a partner's software publishes: kept like a message, matched and filed by the same rules, or left to
settle. The software is told what became of each, and nothing of anybody whom it does not know.

A patient who is unknown here, or whom the structure does not follow, is not created and not named: both wait for a
person (« À régler »), and both get the same answer. A post cannot be used to ask who exists.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange.deciding import Decision, decide
from maillon.exchange.filing import NotFiled, file_alone
from maillon.exchange.findings import NOT_ADMITTED, OTHER_PATIENT, UNKNOWN_PATIENT, Doubt, Finding, finding_of_published
from maillon.exchange.models import Mailbox, Message, ReceivedDocument
from maillon.exchange.processing import Kept, Outcome, leave_to_settle, write_outcomes
from maillon.exchange.readers import Place
from maillon.formats.fhir.published import Published, read_document, read_transaction
from maillon.formats.fhir.read_json import read_json
from maillon.formats.refusal import Refused
from maillon.kernel import clock, sql
from maillon.kernel.key import PatientId, StructureId

MACHINE: Final = access_room.machine("réception FHIR")
KIND: Final = "fhir"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who publishes: the software, in the name of a structure, perhaps for a person."""

    structure_id: StructureId
    label: str
    client_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of one published document: filed (`uuid` is its number), or waiting for a person."""

    is_filed: bool
    uuid: UUID | None = None
    patient_id: PatientId | None = None
    document_id: int | None = None


def publish(
    sender: Sender, raw: bytes, found: Sequence[Published], *, subjects: Sequence[PatientId | None],
    replaces: Sequence[str],
) -> list[Fate]:  # fmt: skip
    """In the order given. Raises Refused, once its trace is kept: nothing of that request is then filed."""
    try:
        return _publish(sender, raw, found, subjects=subjects, replaces=replaces)
    except Refused as refused:
        keep_refused(sender, raw, refused)
        raise


@transaction.atomic
def _publish(
    sender: Sender, raw: bytes, found: Sequence[Published], *, subjects: Sequence[PatientId | None],
    replaces: Sequence[str],
) -> list[Fate]:  # fmt: skip
    message_id, is_new = _keep(sender, raw, state=Message.State.DONE)
    if not is_new:
        return _known_fates(message_id)
    place = Place(structure_id=sender.structure_id, professional_id=None, machine=MACHINE)
    kept = _kept(message_id, place)
    source = documents.serving.published_by(sender.client_id)
    findings = [
        replace(finding_of_published(each), source=source, replaces=former)
        for each, former in zip(found, replaces, strict=True)
    ]
    for finding in findings:
        if finding.refused is not None:
            raise finding.refused
    decisions = [_with_subject(*pair) for pair in zip(decide(findings, None), subjects, strict=True)]
    outcomes = [_settled(decision, kept) for decision in decisions]
    write_outcomes(kept, outcomes)
    return [_fate(outcome) for outcome in outcomes]


def keep_refused(sender: Sender, raw: bytes, refused: Refused) -> None:
    """The bytes stay available to an administrator, with the reason."""
    with transaction.atomic():
        _keep(sender, raw, state=Message.State.REFUSED, code=refused.code, reason=refused.message)


def findings_again(raw: bytes) -> list[Finding]:
    """The same reading of the same bytes, for whoever settles."""
    resource = read_json(raw)
    if resource.get("resourceType") == "Bundle":
        return [finding_of_published(each) for each in read_transaction(resource).documents]
    return [finding_of_published(read_document(resource))]


# ------------------------------------------------------------------------------------------------ kept like a message


def _keep(sender: Sender, raw: bytes, *, state: str, code: str = "", reason: str = "") -> tuple[int, bool]:
    """Its row, and whether these bytes are new from this sender: the same request twice is one."""
    digest = documents.keep_bytes(raw)
    number = f"<{hashlib.sha256(raw).hexdigest()}.{sender.client_id}@fhir.invalid>"
    now = clock.now()
    box = _box(sender.structure_id)
    found = sql.row(
        _KEEP,
        (box, number, digest, len(raw), state, now, now, sender.label[:254], KIND, code[:20], reason[:500]),
    )
    if found is not None:
        return found[0], True
    known = Message.objects.filter(mailbox_id=box, message_id=number).values_list("pk", "state").get()
    if known[1] == Message.State.REFUSED and state == Message.State.DONE:
        # What was refused once may be asked again: rules change, a replaced document arrives.
        Message.objects.filter(pk=known[0]).update(state=state, refusal_code="", refusal="", processed_at=now)
        return known[0], True
    return known[0], False


_KEEP: Final = """
INSERT INTO exchange_message (uuid, mailbox_id, message_id, sha256, size, state, received_at, processed_at, sender,
                              kind, refusal_code, refusal)
VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT ON CONSTRAINT message_once DO NOTHING RETURNING id
"""


def _box(structure_id: StructureId) -> int:
    """The structure's entrance for software: never collected, settled like any mailbox."""
    box, _ = Mailbox.objects.get_or_create(
        address=f"structure-{structure_id}@fhir.invalid",
        defaults={
            "structure_id": structure_id, "imap_host": "", "smtp_host": "", "username": "", "sealed_password": b"",
            "transport": Mailbox.Transport.FHIR, "is_active": False,
        },
    )  # fmt: skip
    return box.pk


def _kept(message_id: int, place: Place) -> Kept:
    row = Message.objects.select_related("mailbox").get(pk=message_id)
    return Kept(
        id=row.pk, sha256=bytes(row.sha256), received_at=row.received_at, message_id=row.message_id,
        mailbox_id=row.mailbox_id, address=row.mailbox.address, place=place,
    )  # fmt: skip


def _known_fates(message_id: int) -> list[Fate]:
    """The answer to the same request, as things stand now."""
    rows = ReceivedDocument.objects.filter(message_id=message_id).select_related("document").order_by("rank")
    return [
        Fate(
            is_filed=row.document is not None,
            uuid=row.document.uuid if row.document else None,
            patient_id=PatientId(row.document.patient_id) if row.document else None,
            document_id=row.document_id,
        )
        for row in rows
    ]


# ------------------------------------------------------------------------------------------------ whose, and where


def _with_subject(decision: Decision, subject: PatientId | None) -> Decision:
    """Our own number of the patient is a certain answer, unless the document speaks of somebody else."""
    if subject is None:
        if decision.patient_id is None and decision.is_certain:
            return replace(decision, doubts=(UNKNOWN_PATIENT,))
        return decision
    if decision.finding.traits is None or not _says_who(decision.finding):
        return replace(decision, patient_id=subject, doubts=_but_identity(decision.doubts))
    if decision.patient_id != subject:
        doubts = decision.doubts or (OTHER_PATIENT,)
        return replace(decision, patient_id=None, doubts=doubts, candidates=(subject, *decision.candidates))
    return decision


def _says_who(finding: Finding) -> bool:
    traits = finding.traits
    return traits is not None and bool(traits.ins or traits.birth_family_name)


def _but_identity(doubts: tuple[Doubt, ...]) -> tuple[Doubt, ...]:
    """The subject of the request answers what the file does not say."""
    return tuple(each for each in doubts if each.code not in ("D-MSG-05", "E-IDV-01"))


def _settled(decision: Decision, kept: Kept) -> Outcome:
    outcome = Outcome(uuid=uuid4(), decision=decision, state="to_settle", candidates=decision.candidates)
    if decision.finding.refused is not None:
        raise NOT_ADMITTED
    if not decision.is_certain or decision.patient_id is None:
        leave_to_settle(outcome, decision.doubts or (UNKNOWN_PATIENT,))
        return outcome
    try:
        with transaction.atomic():
            filed = file_alone(
                decision.finding, decision.patient_id, kept.place, received_at=kept.received_at,
                resource_id=str(outcome.uuid),
            )  # fmt: skip
    except NotFiled as why:
        outcome.candidates = why.candidates or (decision.patient_id,)
        leave_to_settle(outcome, why.doubts)
        return outcome
    outcome.state, outcome.document_id = filed.outcome, filed.id
    return outcome


def _fate(outcome: Outcome) -> Fate:
    if outcome.document_id is None:
        return Fate(is_filed=False)
    found = sql.row("SELECT uuid, patient_id FROM documents_document WHERE id = %s", (outcome.document_id,))
    assert found is not None
    return Fate(is_filed=True, uuid=found[0], patient_id=PatientId(found[1]), document_id=outcome.document_id)


__all__ = ["Fate", "Sender", "findings_again", "keep_refused", "publish"]
