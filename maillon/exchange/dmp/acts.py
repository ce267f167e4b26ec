"""What a professional promises to do in the national record: feed a document, mask, hide, archive, delete it.

The row and its job are written in the caller's transaction; the worker carries the act out (`carrying_out`). « Ne pas
envoyer » is written for one document, at its act, and is never remembered for another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import diffusion, identifying
from maillon.exchange.dmp import holding, plugging
from maillon.exchange.dmp.rows import DmpAct, DmpEntry
from maillon.exchange.dmp.states import OPEN, ActKind, ActState
from maillon.formats.confidentiality import VISIBILITIES
from maillon.formats.document import ClinicalDocument
from maillon.kernel import clock, outbox
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals
from maillon.terminology import api as terminology

CHANNELS: Final = {"oral": "de vive voix", "papier": "sur papier", "telephone": "par téléphone"}
IN_PROGRESS: Final = UserMessage(
    "E-DMP-15", "Un acte est déjà en cours sur ce document\u202f: attendez sa suite."
)
NEEDS_REASON: Final = frozenset({ActKind.DELETE, ActKind.MASK, ActKind.HIDE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActLine:
    uuid: UUID
    kind: str
    kind_label: str
    state: str
    state_label: str
    title: str
    asked_by: str
    asked_at: dt.datetime
    settled_at: dt.datetime | None
    attempts: int
    refusal: str
    refusal_code: str
    reason: str
    told: str


@transaction.atomic
def feed(access: Access, document: UUID, *, told: str, visibility: Iterable[str] = ()) -> UUID:
    """Promise a deposit. `told`: how the patient was informed and did not object (CHANNELS). Idempotent while a deposit
    is open or done. While the identity is not qualified it waits, and the secretary is told (`holding`). What is marked
    here on the day when it leaves goes out marked, and a minor's secret does not go (the table of `diffusion`).
    Raises AccessDenied, E-DMP-02 to 10, 17, E-ENV-09."""
    person, house = identifying.actor_of(access)
    patient = identifying.if_qualified(access)
    if not plugging.is_plugged():
        raise UserMessage(*plugging.NOT_PLUGGED)
    if told not in CHANNELS:
        raise UserMessage(
            "E-DMP-04", "Indiquez comment le patient a été informé de ce dépôt, et qu’il ne s’y est pas opposé."
        )
    view = documents.read(access, document)
    known = _current(access, view.unique_id)
    if known is not None:
        return known.uuid
    content = _depositable(access, view)
    bears = (content.patient.ins, content.patient.ins_oid)
    if patient is not None and content.patient.ins and bears != (patient.value, patient.oid):
        raise UserMessage(
            "E-DMP-08", "Ce document ne porte pas l’INS qualifiée du patient\u202f: écrivez-le de nouveau."
        )
    # What lacks is said now, of whoever deposits.
    identifying.word_of(person, house, patient or identifying.NOBODY, homologation=plugging.homologation())
    chosen = set(visibility) & set(VISIBILITIES)
    marked = diffusion.flags_of(access, document).codes()
    holding.refuse_what_may_not_go(access, chosen.union(marked), promised_by=person)
    about = _of_view(access, view) | {"told": told, "visibility": sorted(chosen)}
    if patient is not None and content.patient.ins:
        act = _write(access, ActKind.DEPOSIT, about)
        _enqueue(act)
    else:
        act = _write(access, ActKind.DEPOSIT, about, state=ActState.HELD)
        holding.begin(access, act)
    return act.uuid


@transaction.atomic
def decline(access: Access, document: UUID, *, reason: str) -> None:
    """« Ne pas envoyer », for this document; also what was promised and still waits for the identity. Raises E-DMP-11
    without a reason, E-DMP-15 for what is leaving already."""
    identifying.actor_of(access)
    if not reason.strip():
        raise UserMessage("E-DMP-11", "Indiquez pourquoi ce document n’est pas envoyé.")
    view = documents.read(access, document)
    known = _current(access, view.unique_id)
    if known is not None and known.state in OPEN:
        held = DmpAct.objects.select_for_update(of=("self",)).filter(pk=known.pk, state=ActState.HELD).first()
        if held is None:  # the identity was qualified before the patient was heard, perhaps at this very instant
            raise IN_PROGRESS
        holding.renounce(access, held, reason=reason.strip()[:300])
    elif known is None:
        _write(access, ActKind.DEPOSIT, _of_view(access, view), state=ActState.WITHHELD, reason=reason)


def awaits_identity(access: Access) -> bool:
    """Whether what is promised now will wait."""
    return identifying.if_qualified(access) is None


@transaction.atomic
def change(access: Access, entry: UUID, kind: ActKind, *, reason: str = "", confirmed: bool = True) -> UUID:
    """Promise to mask, unmask, hide, reveal, archive or delete what the record holds. Raises AccessDenied, alike for
    what is not there; E-DMP-12 to 14."""
    identifying.actor_of(access)
    identifying.qualified(access)
    row = visible_entries(access).select_for_update(of=("self",)).filter(uuid=entry).first()
    if row is None or access.scope != "whole":
        raise access_room.AccessDenied
    if kind not in may_change(access, row):
        raise UserMessage("E-DMP-12", "Seul l’auteur de ce document peut le changer ainsi dans le DMP.")
    if kind in NEEDS_REASON and not reason.strip():
        raise UserMessage("E-DMP-13", "Indiquez le motif\u202f: il est gardé avec cet acte.")
    if kind is ActKind.DELETE and not confirmed:
        raise UserMessage("E-DMP-14", "La suppression est définitive\u202f: cochez la confirmation.")
    running = _acts(access).filter(unique_id=row.unique_id, state__in=OPEN).first()
    if running is not None:
        raise IN_PROGRESS
    act = _write(access, kind, {
        "unique_id": row.unique_id, "document_id": row.document_id, "type_bit": row.type_bit,
        "confidentiality": row.confidentiality, "author_professional_id": row.author_professional_id,
    }, reason=reason)  # fmt: skip
    _enqueue(act)
    return act.uuid


def may_change(access: Access, row: DmpEntry) -> frozenset[ActKind]:
    """What this reader may ask for: the author everything, the médecin traitant the masking (DMP, TD3.3)."""
    actor = access.actor
    if actor.kind != "professional" or not actor.national_id or row.availability in ("Deleted", "Deprecated"):
        return frozenset()
    is_author = row.author_professional_id is not None and row.author_professional_id == actor.professional_id
    is_author = is_author or bool(row.organization_id and row.organization_id == _house(access))
    masked, hidden = "MASQUE_PS" in row.visibility, "INVISIBLE_PATIENT" in row.visibility
    archived = row.availability == "Archived"
    of_masking = {ActKind.UNMASK if masked else ActKind.MASK}
    of_author = {
        ActKind.REVEAL if hidden else ActKind.HIDE, ActKind.UNARCHIVE if archived else ActKind.ARCHIVE, ActKind.DELETE,
    }  # fmt: skip
    if is_author:
        return frozenset(of_masking | of_author)
    return frozenset(of_masking) if access.facts.treating else frozenset()


def acts_of(access: Access, *, unique_id: str | None = None, limit: int = 20) -> list[ActLine]:
    """What was promised, latest first; of one document, or of the record."""
    found = _acts(access) if unique_id is None else _acts(access).filter(unique_id=unique_id)
    rows = found.select_related("asked_by", "document").order_by("-asked_at", "-id")[:limit]
    titles = dict(
        visible_entries(access).filter(unique_id__in=[row.unique_id for row in rows]).values_list("unique_id", "title")
    )
    return [_line(row, titles.get(row.unique_id, "")) for row in rows]


def may_feed(access: Access, view: documents.DocumentView) -> bool:
    """Whether the button is drawn: what would be refused is not offered."""
    if not plugging.is_plugged() or access.scope != "whole":
        return False
    try:
        identifying.actor_of(access)
        _depositable(access, view)
    except UserMessage:
        return False
    return _current(access, view.unique_id) is None


def visible_entries(access: Access) -> Any:
    """What the record was seen to hold, within our own law. A masked document is its author's and the treating
    physician's: should the record show it to somebody else, we do not."""
    rows = DmpEntry.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id)
    if access.facts.treating or access.actor.kind == "machine":
        return rows
    own = access.actor.professional_id or 0
    masked = rows.filter(visibility__contains=["MASQUE_PS"]).exclude(author_professional_id=own)
    return rows.exclude(pk__in=masked.values("pk"))


def _depositable(access: Access, view: documents.DocumentView) -> ClinicalDocument:
    content = view.document
    if content is None or view.status != "current":
        raise UserMessage("E-DMP-03", "Seul un document CDA en vigueur se dépose dans le DMP.")
    wrote = {author.id for author in content.authors} | {author.organization_id for author in content.authors}
    if access.actor.national_id not in wrote and _house(access) not in wrote - {None}:
        raise UserMessage(
            "E-DMP-07", "Vous déposez ce que vous ou votre structure avez écrit\u202f: ce document a un autre auteur."
        )
    types = {(each.code, each.system) for each in terminology.value_set("jdv-j66-type-code-dmp").concepts}
    if (content.type_code, content.type_system) not in types:
        raise UserMessage("E-DMP-10", "Le DMP ne reçoit pas ce type de document (JDV_J66).")
    return content


def _house(access: Access) -> str:
    """The national number of the structure where the reader works; empty when it has none."""
    house = professionals.structure(access.actor.structure_id) if access.actor.structure_id is not None else None
    return f"1{house.finess}" if house is not None and house.finess else ""


def _current(access: Access, unique_id: str) -> DmpAct | None:
    """A deposit that is open, or done and not undone since."""
    last = _acts(access).filter(
        unique_id=unique_id, kind__in=(ActKind.DEPOSIT, ActKind.DELETE), state__in=(*OPEN, ActState.DONE)
    ).order_by("-asked_at", "-id").first()  # fmt: skip
    return last if last is not None and last.kind == ActKind.DEPOSIT else None


def _acts(access: Access) -> Any:
    return DmpAct.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id)


def _of_view(access: Access, view: documents.DocumentView) -> dict[str, Any]:
    return {
        "unique_id": view.unique_id,
        "document_id": documents.numbers_of(access, [view.unique_id]).get(view.unique_id),
        "type_bit": access_room.matrix.bit_of(view.type_code),
        "confidentiality": view.confidentiality,
        "author_professional_id": view.author_id,
    }


def _write(access: Access, kind: ActKind, about: dict[str, Any], *, reason: str = "", **said: Any) -> DmpAct:
    person, house = identifying.actor_of(access)
    return DmpAct.objects.create(
        patient_id=access.patient_id, kind=kind, asked_by_id=person, structure_id=house, asked_at=clock.now(),
        reason=reason.strip()[:300], **about, **said,
    )  # fmt: skip


def _enqueue(act: DmpAct) -> None:
    outbox.enqueue(holding.CARRY_OUT, {"act": act.pk})


def _line(row: DmpAct, title: str) -> ActLine:
    return ActLine(
        uuid=row.uuid,
        kind=row.kind,
        kind_label=ActKind(row.kind).label,
        state=row.state,
        state_label=ActState(row.state).label,
        title=row.document.title if row.document is not None else title,
        asked_by=str(row.asked_by),
        asked_at=row.asked_at,
        settled_at=row.settled_at,
        attempts=row.attempts,
        refusal=row.refusal,
        refusal_code=row.refusal_code,
        reason=row.reason,
        told=CHANNELS.get(row.told, ""),
    )
