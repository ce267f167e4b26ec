"""A deposit that waits for the identity to be qualified (IR1): nothing goes to the national record before (RNIV), the
secretary's office is told once, and on the day of the qualification each document leaves once, bearing the INS.

A document written before that day does not bear it: what leaves is its new version, the same but for the identity.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Final
from uuid import UUID, uuid5

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import diffusion, identifying
from maillon.exchange.dmp.identity_of_document import with_qualified_identity
from maillon.exchange.dmp.rows import DmpAct
from maillon.exchange.dmp.states import ACT, ActKind, ActState
from maillon.kernel import clock, events, outbox
from maillon.kernel.key import Access, PatientId, ProfessionalId, Purpose, StructureId
from maillon.kernel.message import UserMessage
from maillon.noticed import api as noticed
from maillon.patients.events import IdentityQualified
from maillon.professionals import api as professionals
from maillon.tasks import api as tasks

CARRY_OUT: Final = "exchange.dmp.act"
RELEASE: Final = "exchange.dmp.release"
MACHINE: Final = access_room.machine("Dépôts dans le DMP")
FACT: Final = "identite_non_qualifiee"
ORIGIN: Final = "exchange.dmp.identite"
TITLE: Final = "Pièce d’identité à présenter\u202f: des documents attendent Mon espace santé"
DUE_WITHIN: Final = dt.timedelta(days=7)
NOT_SENT: Final = "Plus rien n’est à déposer dans Mon espace santé"
QUALIFIED: Final = "Identité qualifiée\u202f: le dépôt est parti"
# Sent after the version that stands in its place, it would be current beside it.
SUPERSEDED: Final = UserMessage(
    "E-DMP-16", "Remplacé ou retiré avant son dépôt\u202f: c’est la version en vigueur qui se dépose."
)
OPPOSED: Final = UserMessage(
    "E-DMP-17", "Le patient s’oppose au partage\u202f: ce document n’est pas déposé dans le DMP (CSP L1110-4)."
)
_TASKS: Final = UUID("3b0f5a55-9a3c-4a9b-8d0e-0c7a5f1f6e21")


def begin(access: Access, act: DmpAct) -> None:
    """Keep what is promised, say it on the document, ask the secretary's office for the identity document. Whether it
    may leave is looked at once more after the promise: no event is to come for an identity that is qualified already,
    or that becomes so at this very instant."""
    act.save()
    outbox.enqueue(RELEASE, {"patient": act.patient_id})
    if act.document is None or identifying.if_qualified(access) is not None:
        return
    noticed.note(
        access, FACT, structure_id=StructureId(act.structure_id), subject=str(act.uuid), about=about(act),
        professional_id=ProfessionalId(act.asked_by_id),
    )  # fmt: skip
    _ask(access, act)


def about(act: DmpAct) -> noticed.About:
    assert act.document is not None
    author = act.author_professional_id
    return noticed.About(
        document_id=act.document.pk, document_uuid=act.document.uuid, type_bit=act.type_bit,
        confidentiality=act.confidentiality,
        author_professional_id=ProfessionalId(author) if author is not None else None,
    )  # fmt: skip


def _ask(access: Access, act: DmpAct) -> None:
    """One task for the patient, whatever the number of documents."""
    if any(each.done_at is None for each in tasks.of_origin(access, ORIGIN)):
        return
    place = StructureId(act.structure_id)
    role = noticed.rules().secretariat
    has_office = any(each.profession_code == role for each in professionals.active_members(place))
    tasks.ask(
        access, uuid=uuid5(_TASKS, str(act.uuid)), title=TITLE, structure_id=place, due_at=clock.now() + DUE_WITHIN,
        role_code=role if has_office else "", professional_id=None if has_office else ProfessionalId(act.asked_by_id),
        origin=ORIGIN, reason="Identité non qualifiée\u202f: INSi et une pièce d’identité doivent concorder (RNIV).",
    )  # fmt: skip


@events.reacts_to(IdentityQualified)
def release(event: IdentityQualified) -> None:
    _release_what_waits(PatientId(event.patient_id))


@outbox.handles(RELEASE)
def look_again(payload: outbox.Payload) -> None:
    _release_what_waits(PatientId(payload["patient"]))


def _release_what_waits(patient: PatientId) -> None:
    """In the order in which it was promised. Idempotent: what left waits no more."""
    waiting = DmpAct.objects.filter(patient_id=patient, state=ActState.HELD, kind=ActKind.DEPOSIT)
    acts = list(waiting.select_for_update(of=("self",)).order_by("asked_at", "id"))
    if not acts:
        return
    access = access_room.open_record(
        MACHINE, patient, purpose=Purpose.INTAKE, action="update", resource_type="dmp"
    )
    if identifying.if_qualified(access) is None:
        return
    documents.hold_versions(access)
    for act in acts:
        _release(access, act)
    _nobody_is_asked(access, because="Identité qualifiée\u202f: les documents sont partis")


def _release(access: Access, act: DmpAct) -> None:
    if act.document is None or is_superseded(act):
        drop(access, act)
        return
    noticed.settle(access, FACT, documents=[act.document.pk], outcome=QUALIFIED)
    try:
        leaving = with_qualified_identity(access, act.document.uuid, number=act.uuid)
    except UserMessage as refusal:
        refuse(access, act, refusal)
        return
    act.document_id, act.unique_id = leaving.id, leaving.unique_id
    act.state = ACT.target("release", source=act.state)
    act.save()
    outbox.enqueue(CARRY_OUT, {"act": act.pk})


def refuse_what_may_not_go(access: Access, codes: Collection[str], *, promised_by: ProfessionalId) -> None:
    """Asked at the promise, and again when it leaves: it may have waited for weeks. Raises E-DMP-17, E-ENV-09."""
    for why in diffusion.refusals(diffusion.flags_in(codes), diffusion.Destination.DMP):
        raise why
    if diffusion.is_opposed_to(access, promised_by):
        raise OPPOSED


def renounce(access: Access, act: DmpAct, *, reason: str) -> None:
    """Whoever promised it, or the patient, does not want it any more: it leaves neither now nor on that day."""
    drop(access, act, reason=reason)
    if not DmpAct.objects.filter(patient_id=act.patient_id, state=ActState.HELD).exists():
        _nobody_is_asked(access, because=NOT_SENT)


def _nobody_is_asked(access: Access, *, because: str) -> None:
    for task in tasks.of_origin(access, ORIGIN):
        if task.done_at is None:
            tasks.cancel(access, task.uuid, comment=because)


def refuse(access: Access, act: DmpAct, refusal: UserMessage) -> None:
    """Its author is told, and writes it again."""
    act.state, act.settled_at = ACT.target("refuse", source=act.state), clock.now()
    act.refusal_code, act.refusal, act.last_error = refusal.code[:60], refusal.message[:300], ""
    act.save()
    tasks.ask(
        access, uuid=uuid5(_TASKS, f"{act.uuid}/refus"), structure_id=StructureId(act.structure_id),
        title="Un document n’a pas pu partir au DMP\u202f: lisez le motif et corrigez",
        professional_id=ProfessionalId(act.asked_by_id), due_at=clock.now() + dt.timedelta(days=1),
    )  # fmt: skip


def is_superseded(act: DmpAct) -> bool:
    act.document = DmpAct.objects.select_related("document").get(pk=act.pk).document
    return act.document is None or act.document.status != "current"


def drop(access: Access, act: DmpAct, *, reason: str = SUPERSEDED.message) -> None:
    act.state, act.settled_at, act.reason = ACT.target("drop", source=act.state), clock.now(), reason
    act.save()
    if act.document_id is not None:
        noticed.settle(access, FACT, documents=[act.document_id], outcome=NOT_SENT)
