"""What was decided of one document: masked to professionals, hidden from the patient until the announcement, hidden
from a minor's parents, opened to one named professional. The three codes of visibility of the DMP, and N/R/V.

The room knows documents by their number only: `documents.visibility` finds the row within the key, and says who wrote
it and how confidential it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Q, QuerySet

from maillon.access import delays
from maillon.access.abilities import Abilities, abilities
from maillon.access.models import DocumentMark, Wish
from maillon.access.refusal import AccessDenied
from maillon.access.turn import take_turn
from maillon.kernel import clock
from maillon.kernel.key import Access, PatientId, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.professionals import api as professionals

Kind = DocumentMark.Kind
ADULT, OLD_ENOUGH_FOR_A_NURSE = 18, 16  # CSP L1111-5, L1111-5-1
NURSE = "G15_60"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The document that is spoken of, as the room above knows it: every version of it is marked alike. The first
    number is that of the version on the screen."""

    document_ids: tuple[int, ...]
    is_author: bool
    confidentiality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkLine:
    id: int
    kind: str
    kind_label: str
    about: str
    since: dt.datetime
    until: dt.datetime | None
    invited_at: dt.datetime | None
    reason: str
    channel: str
    proof: str
    set_by: str
    lifted_at: dt.datetime | None
    lifted_by: str
    lift_reason: str
    is_current: bool
    may_lift: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    document_id: int
    patient_id: PatientId


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`marks`: what holds first, then what held. `may`: what this reader may still change of this document. The two
    days are those of a document that would be hidden today."""

    marks: list[MarkLine]
    may: Abilities
    invitation_day: dt.date
    announcement_day: dt.date

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(mark.kind for mark in self.marks if mark.is_current)


def state(access: Access, target: Target) -> State:
    rows = _of(access, target).filter(document_id=target.document_ids[0]).select_related("professional")
    held, today = abilities(access, is_author=target.is_author), clock.today()
    lines = [_line(row, held) for row in rows.order_by("-since", "-id")]
    current = {line.kind for line in lines if line.is_current}
    return State(
        marks=sorted(lines, key=lambda line: not line.is_current),
        may=replace(
            held,
            mask=held.mask and Kind.MASKED not in current,
            hide=held.hide and all(line.kind != Kind.HIDDEN_FROM_PATIENT for line in lines),
            keep_secret=held.keep_secret and Kind.MINOR_SECRET not in current and _may_have_secrets(access),
            open_to_named=held.open_to_named and target.confidentiality != "N",
        ),
        invitation_day=delays.after(delays.INVITATION, today),
        announcement_day=delays.after(delays.ANNOUNCEMENT, today),
    )


def of_record(access: Access) -> dict[int, frozenset[str]]:
    """Every mark that holds on the documents of the record, by the document's number."""
    rows = DocumentMark.objects.filter(is_current(), patient_id=access.patient_id).values_list("document_id", "kind")
    found: dict[int, set[str]] = {}
    for document_id, kind in rows:
        found.setdefault(document_id, set()).add(kind)
    return {document_id: frozenset(kinds) for document_id, kinds in found.items()}


@transaction.atomic
def mask(access: Access, target: Target, *, channel: str = "", proof: str = "") -> None:
    """MASQUE_PS: the patient wants no professional to read it; its author still does.

    Somebody who did not write it writes down the patient's wish, with its means and its proof (E-ACC-12). Idempotent.
    """
    held = abilities(access, is_author=target.is_author)
    if not held.mask:
        raise AccessDenied
    if not held.mask_without_proof and not (channel in Wish.Channel.values and proof.strip()):
        raise UserMessage(
            "E-ACC-12",
            "Vous n’êtes pas l’auteur de ce document\u202f: notez par quel moyen le patient a demandé de le masquer, "
            "et où s’en trouve la preuve.",
        )
    _set(access, target, Kind.MASKED, channel=channel if channel in Wish.Channel.values else "", proof=proof)


@transaction.atomic
def hide_from_patient(access: Access, target: Target, *, reason: str = "") -> None:
    """INVISIBLE_PATIENT until the announcement, one month at most (CSP R1111-53). Once for a document: a second time
    would push the month back. Raises E-ACC-60."""
    if not abilities(access, is_author=target.is_author).hide:
        raise AccessDenied
    take_turn(access)
    known = _of(access, target).filter(kind=Kind.HIDDEN_FROM_PATIENT)
    if known.filter(is_current()).exists():
        return
    if known.exists():
        raise UserMessage("E-ACC-60", "Ce document a déjà attendu l’annonce\u202f: il reste visible du patient.")
    visible = delays.midnight(delays.after(delays.ANNOUNCEMENT, clock.today()))
    _set(access, target, Kind.HIDDEN_FROM_PATIENT, reason=reason, until=visible)


@transaction.atomic
def keep_secret(access: Access, target: Target, *, note: str) -> None:
    """INVISIBLE_REPRESENTANTS_LEGAUX: the minor opposes; the professional writes that they tried to convince (CSP
    L1111-5, R1111-6). Raises E-ACC-61 to 63."""
    if not abilities(access, is_author=target.is_author).keep_secret:
        raise AccessDenied
    age = _age(access)
    if age >= ADULT:
        raise UserMessage("E-ACC-61", "Le patient est majeur\u202f: personne ne lit à sa place sans son accord.")
    if access.actor.profession_code == NURSE and age < OLD_ENOUGH_FOR_A_NURSE:
        raise UserMessage("E-ACC-62", "Avant seize ans, le secret est recueilli par un médecin ou une sage-femme.")
    if not note.strip():
        raise UserMessage("E-ACC-63", "Écrivez l’opposition du mineur et ce qui lui a été dit (la loi le demande).")
    _set(access, target, Kind.MINOR_SECRET, reason=note)


@transaction.atomic
def open_to_named(access: Access, target: Target, *, professional_id: ProfessionalId, reason: str = "") -> None:
    """A restricted document (R, V) is opened to one professional, who must besides be of the team. Raises E-ACC-64."""
    if not abilities(access, is_author=target.is_author).open_to_named:
        raise AccessDenied
    if target.confidentiality == "N":
        raise UserMessage("E-ACC-64", "Ce document n’est pas restreint\u202f: l’équipe le lit déjà.")
    person = professionals.professional(professional_id)
    if person is None or not person.is_active:
        raise UserMessage("E-ACC-65", "Choisissez un professionnel en activité.")
    _set(access, target, Kind.NAMED, professional_id=professional_id, reason=reason)


def open_to_addressees(access: Access, *, document_id: int, people: list[ProfessionalId]) -> None:
    """Whoever its author sent it to is named by the sending. At filing, in its transaction; once for each."""
    named = DocumentMark.objects.filter(
        is_current(), patient_id=access.patient_id, document_id=document_id, kind=Kind.NAMED
    )
    known = set(named.values_list("professional_id", flat=True))
    DocumentMark.objects.bulk_create(
        DocumentMark(
            patient_id=access.patient_id, document_id=document_id, kind=Kind.NAMED, professional_id=person,
            since=clock.now(), reason="destinataire choisi par l’auteur", set_by=access.actor.label,
        )
        for person in dict.fromkeys(people) if person not in known
    )  # fmt: skip


@transaction.atomic
def lift(access: Access, target: Target, mark_id: int, *, reason: str = "") -> None:
    """Unmask, announce, end a secret, close what was opened: from now on. Idempotent. Raises AccessDenied, alike for a
    mark that is not there; E-ACC-66."""
    take_turn(access)
    row = _of(access, target).filter(pk=mark_id).first()
    if row is None or not _may_lift(row.kind, abilities(access, is_author=target.is_author)):
        raise AccessDenied
    if row.kind == Kind.MINOR_SECRET and not reason.strip():
        raise UserMessage("E-ACC-66", "Écrivez pourquoi le secret prend fin.")
    still = _of(access, target).filter(is_current(), _about(row.professional_id), kind=row.kind)
    still.update(lifted_at=clock.now(), lifted_by=access.actor.label, lift_reason=reason.strip()[:300])


def as_published(access: Access, *, document_id: int, kinds: Iterable[str]) -> None:
    """What the producer of a document says of its visibility, at filing, in its transaction: it closes, so it holds at
    once, whoever files. What awaits the announcement waits no longer than the law says."""
    visible = delays.midnight(delays.after(delays.ANNOUNCEMENT, clock.today()))
    DocumentMark.objects.bulk_create(
        DocumentMark(
            patient_id=access.patient_id, document_id=document_id, kind=kind, since=clock.now(),
            until=visible if kind == Kind.HIDDEN_FROM_PATIENT else None, reason="demandé par le producteur",
            set_by=access.actor.label,
        )
        for kind in dict.fromkeys(kinds) if kind in (Kind.MASKED, Kind.HIDDEN_FROM_PATIENT, Kind.MINOR_SECRET)
    )  # fmt: skip


def inherit(access: Access, *, document_id: int, former_ids: list[int]) -> None:
    """A new version is filed: what holds of the former ones holds of it, from and until the same moments."""
    held = DocumentMark.objects.filter(is_current(), patient_id=access.patient_id, document_id__in=former_ids)
    once = {(row.kind, row.professional_id): row for row in held.order_by("-since", "-id")}
    for row in once.values():
        row.pk, row.document_id = None, document_id
    DocumentMark.objects.bulk_create(once.values())


@transaction.atomic
def invite(*, batch: int = 200) -> list[Invited]:
    """At two weeks without an announcement the patient is invited to consult: which documents, noted once. Run by the
    worker. At one month nothing has to be done: the mark is over by itself."""
    today = clock.today()
    waiting = DocumentMark.objects.filter(is_current(), kind=Kind.HIDDEN_FROM_PATIENT, invited_at__isnull=True)
    rows = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("since", "id")
    due = [row for row in rows[:batch] if delays.after(delays.INVITATION, _day(row.since)) <= today]
    DocumentMark.objects.filter(pk__in=[row.pk for row in due]).update(invited_at=clock.now())
    return [Invited(document_id=row.document_id, patient_id=PatientId(row.patient_id)) for row in due]


def secret_among(document_ids: Collection[int]) -> frozenset[int]:
    """Of these, those that are a minor's secret: who represents them is told nothing of it."""
    found = DocumentMark.objects.filter(is_current(), kind=Kind.MINOR_SECRET, document_id__in=list(document_ids))
    return frozenset(found.values_list("document_id", flat=True))


def is_current() -> Q:
    now = clock.now()
    begun_not_over = Q(since__lte=now) & (Q(until__isnull=True) | Q(until__gt=now))
    return begun_not_over & (Q(lifted_at__isnull=True) | Q(lifted_at__gt=now))


def _set(
    access: Access,
    target: Target,
    kind: DocumentMark.Kind,
    *,
    professional_id: ProfessionalId | None = None,
    reason: str = "",
    channel: str = "",
    proof: str = "",
    until: dt.datetime | None = None,
) -> None:
    """Idempotent: what already holds is kept as it is."""
    take_turn(access)
    same = _of(access, target).filter(is_current(), _about(professional_id), kind=kind)
    marked = set(same.values_list("document_id", flat=True))
    DocumentMark.objects.bulk_create(
        DocumentMark(
            patient_id=access.patient_id, document_id=document_id, kind=kind, professional_id=professional_id,
            since=clock.now(), until=until, reason=reason.strip()[:300], channel=channel, proof=proof.strip()[:300],
            set_by=access.actor.label, set_by_professional_id=access.actor.professional_id,
        )
        for document_id in target.document_ids
        if document_id not in marked
    )  # fmt: skip


def _of(access: Access, target: Target) -> QuerySet[DocumentMark]:
    return DocumentMark.objects.filter(patient_id=access.patient_id, document_id__in=target.document_ids)


def _about(professional_id: int | None) -> Q:
    return Q(professional_id=professional_id) if professional_id is not None else Q(professional__isnull=True)


def _may_lift(kind: str, held: Abilities) -> bool:
    return {
        Kind.MASKED.value: held.unmask,
        Kind.HIDDEN_FROM_PATIENT.value: held.hide,
        Kind.MINOR_SECRET.value: held.keep_secret,
        Kind.NAMED.value: held.open_to_named,
    }[kind]


def _may_have_secrets(access: Access) -> bool:
    age = _age(access)
    return age < ADULT and (access.actor.profession_code != NURSE or age >= OLD_ENOUGH_FOR_A_NURSE)


def _age(access: Access) -> int:
    born, today = patients.identity(access).line.birth_date, clock.today()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _day(moment: dt.datetime) -> dt.date:
    return clock.in_paris(moment).date()


def _line(row: DocumentMark, held: Abilities) -> MarkLine:
    now = clock.now()
    is_over = (row.until is not None and row.until <= now) or (row.lifted_at is not None and row.lifted_at <= now)
    return MarkLine(
        id=row.pk,
        kind=row.kind,
        kind_label=Kind(row.kind).label,
        about=str(row.professional or ""),
        since=row.since,
        until=row.until,
        invited_at=row.invited_at,
        reason=row.reason,
        channel=Wish.Channel(row.channel).label if row.channel else "",
        proof=row.proof,
        set_by=row.set_by,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        lift_reason=row.lift_reason,
        is_current=not is_over,
        may_lift=not is_over and _may_lift(row.kind, held),
    )
