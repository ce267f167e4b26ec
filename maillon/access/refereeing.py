"""What the digital referent answers for: the emergency openings of the structure, reviewed within 72 hours, and the
yearly review of who may enter.

Nothing here names a patient: who reviews an opening judges its reason, and need not be of the care team.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from maillon.access.emergency import LETTER, note_patient_told
from maillon.access.emergency_rules import emergency_rules
from maillon.access.models import Account, BreakGlass, CareTeamMembership, HabilitationReview, Session
from maillon.access.refusal import AccessDenied
from maillon.access.rule import governed
from maillon.access.team import is_current
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.professionals import api as professionals

HABILITATION_LASTS = dt.timedelta(days=365)
COUNTED_OVER = dt.timedelta(days=365)
Verdict = BreakGlass.Verdict
_SHORTEST_COMMENT = 10
_LONGEST_COMMENT = 1000
_LONGEST_LIST = 200

NOT_YOURS = UserMessage("E-REF-01", "Cet accès en urgence n’existe pas, ou vous n’avez pas à le relire.")
ALREADY_REVIEWED = UserMessage("E-REF-02", "Cet accès a déjà été relu\u202f: la revue ne se change pas.")
NO_VERDICT = UserMessage("E-REF-03", "Dites si l’accès était justifié ou injustifié, et pourquoi en quelques mots.")
NO_ACCOUNT = UserMessage("E-REF-04", "Ce compte n’existe pas, ou n’est pas de votre structure.")
NOT_ONESELF = UserMessage(
    "E-REF-05", "On ne revoit pas sa propre habilitation\u202f: demandez-le à une autre personne."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One emergency opening, as it is reviewed."""

    id: int
    person: str
    profession: str
    mode: str
    reason: str
    reason_text: str
    since: dt.datetime
    ended_at: dt.datetime
    review_due_at: dt.datetime
    patient_told_at: dt.datetime | None
    patient_told_by: str
    referent_told_at: dt.datetime | None
    is_mine: bool
    is_patient_late: bool
    is_review_late: bool
    verdict: str
    reviewed_by: str
    reviewed_at: dt.datetime | None
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCount:
    person: str
    openings: int
    unjustified: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Habilitation:
    """One account of the structure, and when somebody last said that it may stay."""

    account_id: int
    person: str
    profession: str
    is_administrator: bool
    is_referent: bool
    is_active: bool
    is_mine: bool
    last_sign_in: dt.datetime | None
    links: int
    reviewed_at: dt.datetime | None
    reviewed_by: str
    is_due: bool


def may_referee(actor: Actor) -> bool:
    """The digital referent; an administrator too, who reviews what a referent opened."""
    return actor.kind == "professional" and actor.assurance >= 2 and (actor.is_referent or actor.is_administrator)


def referents_of(structure_id: StructureId, *, but: ProfessionalId) -> list[ProfessionalId]:
    """Who reviews the openings of the structure, other than their author; its administrators when nobody else does."""
    of_it = _accounts([structure_id]).filter(is_active=True).exclude(professional_id=but)
    found = of_it.filter(is_referent=True) if of_it.filter(is_referent=True).exists() else of_it.filter(
        is_administrator=True
    )  # fmt: skip
    return [ProfessionalId(each) for each in found.order_by("id").values_list("professional_id", flat=True)]


# ------------------------------------------------------------------------------------------------ openings


def to_review(actor: Actor) -> list[Opening]:
    """Sooner due first: what is late comes on top."""
    waiting = _openings(actor).filter(reviewed_at__isnull=True).order_by("review_due_at", "id")
    return [_opening(each, actor) for each in waiting[:_LONGEST_LIST]]


def reviewed(actor: Actor, *, limit: int = 20) -> list[Opening]:
    done = _openings(actor).filter(reviewed_at__isnull=False).order_by("-reviewed_at", "-id")
    return [_opening(each, actor) for each in done[:limit]]


def late_notices(actor: Actor) -> list[Opening]:
    """Patients who should have been told by now, reviewed or not."""
    latest = clock.wall() - dt.timedelta(hours=emergency_rules().avis_patient_heures)
    late = _openings(actor).filter(patient_told_at__isnull=True, since__lte=latest).order_by("since", "id")
    return [_opening(each, actor) for each in late[:_LONGEST_LIST]]


def waiting(actor: Actor) -> int:
    """For the bar: what the referent has to see to."""
    latest = clock.wall() - dt.timedelta(hours=emergency_rules().avis_patient_heures)
    untold = Q(patient_told_at__isnull=True, since__lte=latest)
    return _openings(actor).filter(Q(reviewed_at__isnull=True) | untold).count()


def counts(actor: Actor) -> list[PersonCount]:
    """Over a year, each person of the structure who opened anything."""
    recent = _openings(actor).filter(since__gt=clock.wall() - COUNTED_OVER)
    found = recent.values("professional").annotate(
        openings=Count("id"), unjustified=Count("id", filter=Q(verdict=Verdict.UNJUSTIFIED))
    )
    names = professionals.people([ProfessionalId(each["professional"]) for each in found])
    lines = [
        PersonCount(
            person=names[ProfessionalId(each["professional"])].name,
            openings=each["openings"],
            unjustified=each["unjustified"],
        )
        for each in found
    ]
    return sorted(lines, key=lambda line: (-line.unjustified, -line.openings, line.person))


@transaction.atomic
def review(actor: Actor, glass_id: int, *, verdict: str, comment: str) -> None:
    """Once, by somebody else than its author. What is unjustified is closed if it is still open."""
    glass = _openings(actor).select_for_update(of=("self",)).filter(pk=glass_id).first()
    if glass is None or glass.professional_id == actor.professional_id:
        raise NOT_YOURS
    if glass.reviewed_at is not None:
        raise ALREADY_REVIEWED
    said = storable(comment.strip())[:_LONGEST_COMMENT]
    if verdict not in Verdict.values or len(said) < _SHORTEST_COMMENT:
        raise NO_VERDICT
    moment = clock.wall()
    glass.reviewed_at, glass.verdict, glass.review_comment = moment, verdict, said
    glass.reviewed_by, glass.reviewed_by_professional_id = actor.label, actor.professional_id
    if verdict == Verdict.UNJUSTIFIED and glass.closed_at is None and glass.until > moment:
        glass.closed_at = moment
    glass.save()


@transaction.atomic
def note_letter_sent(actor: Actor, glass_id: int) -> None:
    """The referent knows that the patient was told by letter, whoever wrote it. The first notice counts."""
    if not _openings(actor).filter(pk=glass_id).exists():
        raise NOT_YOURS
    note_patient_told(glass_id, by=LETTER)


def _openings(actor: Actor) -> QuerySet[BreakGlass]:
    if not may_referee(actor):
        raise AccessDenied
    return BreakGlass.objects.filter(structure_id__in=governed(actor))


def _opening(glass: BreakGlass, actor: Actor) -> Opening:
    rules, moment, person = emergency_rules(), clock.wall(), glass.professional
    labels = {reason.code: reason.libelle for reason in rules.motifs}
    return Opening(
        id=glass.pk,
        person=str(person),
        profession=person.profession,
        mode=BreakGlass.Mode(glass.mode).label,
        reason=labels.get(glass.reason_code, glass.reason_code),
        reason_text=glass.reason_text,
        since=glass.since,
        ended_at=min(glass.closed_at or glass.until, glass.until),
        review_due_at=glass.review_due_at,
        patient_told_at=glass.patient_told_at,
        patient_told_by=glass.patient_told_by,
        referent_told_at=glass.referent_told_at,
        is_mine=glass.professional_id == actor.professional_id,
        is_patient_late=glass.patient_told_at is None
        and glass.since + dt.timedelta(hours=rules.avis_patient_heures) <= moment,
        is_review_late=glass.reviewed_at is None and glass.review_due_at <= moment,
        verdict=glass.verdict,
        reviewed_by=glass.reviewed_by,
        reviewed_at=glass.reviewed_at,
        comment=glass.review_comment,
    )


# ------------------------------------------------------------------------------------------------ habilitations


def habilitations(actor: Actor) -> list[Habilitation]:
    """Accounts of the actor's structures, those whose review is due first."""
    if not may_referee(actor):
        raise AccessDenied
    found = _accounts(list(governed(actor))).select_related("professional").annotate(
        reviewed_at=Max("habilitation_reviews__at")
    )  # fmt: skip
    links = _links_of([account.professional_id for account in found])
    reviewers = dict(
        HabilitationReview.objects.filter(account__in=found).order_by("at").values_list("account_id", "reviewed_by")
    )
    lines = [_habilitation(each, actor, links, reviewers) for each in found]
    return sorted(lines, key=lambda line: (not line.is_active, not line.is_due, line.person))


@transaction.atomic
def keep_habilitation(actor: Actor, account_id: int) -> None:
    _review_account(actor, account_id, HabilitationReview.Verdict.KEPT)


@transaction.atomic
def close_habilitation(actor: Actor, account_id: int) -> None:
    """The account is closed and its sessions end at once. What the person did stays in the journal."""
    _review_account(actor, account_id, HabilitationReview.Verdict.CLOSED)
    Account.objects.filter(pk=account_id).update(is_active=False)
    Session.objects.filter(account_id=account_id).delete()


def _review_account(actor: Actor, account_id: int, verdict: str) -> None:
    if not may_referee(actor):
        raise AccessDenied
    account = _accounts(list(governed(actor))).filter(pk=account_id, is_active=True).first()
    if account is None:
        raise NO_ACCOUNT
    if account.pk == actor.account_id:
        raise NOT_ONESELF
    HabilitationReview.objects.create(
        account=account,
        at=clock.now(),
        verdict=verdict,
        reviewed_by=actor.label,
        reviewed_by_professional_id=actor.professional_id,
    )


def _accounts(structures: list[StructureId]) -> QuerySet[Account]:
    """Of those who work there, or whose usual place it is."""
    return Account.objects.filter(Q(structure_id__in=structures) | Exists(_working_in(structures)))


def _working_in(structures: list[StructureId]) -> QuerySet[Account]:
    today = clock.today()
    current = Q(professional__attachments__end__isnull=True) | Q(professional__attachments__end__gte=today)
    return Account.objects.filter(
        current, pk=OuterRef("pk"), professional__attachments__structure_id__in=structures,
        professional__attachments__start__lte=today,
    )  # fmt: skip


def _links_of(people: list[int]) -> dict[int, int]:
    held = CareTeamMembership.objects.filter(is_current(), professional_id__in=people)
    counted = held.exclude(basis=CareTeamMembership.Basis.AUTHOR).values_list("professional_id")
    return dict(counted.annotate(number=Count("patient_id", distinct=True)))


def _habilitation(account: Account, actor: Actor, links: dict[int, int], reviewers: dict[int, str]) -> Habilitation:
    reviewed_at: dt.datetime | None = account.reviewed_at  # type: ignore[attr-defined]  # annotated
    return Habilitation(
        account_id=account.pk,
        person=str(account.professional),
        profession=account.professional.profession,
        is_administrator=account.is_administrator,
        is_referent=account.is_referent,
        is_active=account.is_active,
        is_mine=account.pk == actor.account_id,
        last_sign_in=account.last_login,
        links=links.get(account.professional_id, 0),
        reviewed_at=reviewed_at,
        reviewed_by=reviewers.get(account.pk, ""),
        is_due=account.is_active and (reviewed_at is None or reviewed_at < clock.now() - HABILITATION_LASTS),
    )
