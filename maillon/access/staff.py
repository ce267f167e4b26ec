"""The people of a structure: arrivals, departures, absences. Whoever replaces holds the links of the one replaced (CSP
R4127-65), from a day to a day; nobody holds them by a replacement of a replacement.

Nothing here is about one patient, so no key is asked: the actor is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from maillon.access.models import Replacement
from maillon.access.refusal import AccessDenied
from maillon.access.rule import COORDINATORS, governed, is_practising
from maillon.kernel import clock, sql
from maillon.kernel.key import Access, Actor, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementLine:
    """`replacing` is empty when nobody replaces; `reason` is only for those who decide of the absence."""

    id: int
    replaced_id: ProfessionalId
    replaced: str
    replacing_id: ProfessionalId | None
    replacing: str
    profession: str
    start: dt.date
    end: dt.date
    reason: str
    recorded_by: str
    ended_at: dt.datetime | None
    ended_by: str
    is_current: bool
    is_to_come: bool
    may_end: bool = False


@transaction.atomic
def start_replacement(
    actor: Actor,
    *,
    replaced_id: ProfessionalId,
    replacing_id: ProfessionalId | None,
    start: dt.date,
    end: dt.date,
    reason: str,
) -> int:
    """An absence from `start` to `end`, both included; `replacing_id` None: nobody replaces. Idempotent.

    Written down by the one who is absent, an administrator or the coordinator of one of their structures: not by the
    one who would hold the links. Raises AccessDenied, E-ACC-46 to 49, E-ACC-67.
    """
    if not may_decide_for(actor, replaced_id):
        raise AccessDenied
    if replacing_id is not None and replacing_id == actor.professional_id != replaced_id:
        raise UserMessage(
            "E-ACC-67",
            "On ne se désigne pas soi-même remplaçant\u202f: la personne absente, ou un autre qui en décide, le note.",
        )
    _refuse_odd_dates(start, end, reason=reason)
    _refuse_odd_replacing(replaced_id, replacing_id)
    sql.rows("SELECT id FROM professionals_professional WHERE id = %s FOR NO KEY UPDATE", (replaced_id,))
    same = _standing().filter(replaced_id=replaced_id, start__lte=end, end__gte=start)
    known = same.filter(replacing_id=replacing_id, start=start, end=end).first()
    if known is not None:
        return known.pk
    if same.exists():
        raise UserMessage("E-ACC-49", "Une absence est déjà notée sur ces jours\u202f: mettez-y fin d’abord.")
    row = Replacement.objects.create(
        replaced_id=replaced_id, replacing_id=replacing_id, start=start, end=end, reason=reason.strip()[:300],
        recorded_by=actor.label,
    )  # fmt: skip
    return row.pk


@transaction.atomic
def end_replacement(actor: Actor, replacement_id: int) -> None:
    """It ends now: the next request of who replaced no longer holds those links. The row stays. Idempotent."""
    row = _standing().select_for_update(of=("self",)).filter(pk=replacement_id).first()
    if row is None:
        if Replacement.objects.filter(pk=replacement_id, ended_at__isnull=False).exists():
            return
        raise AccessDenied
    if not (may_decide_for(actor, ProfessionalId(row.replaced_id)) or row.replacing_id == actor.professional_id):
        raise AccessDenied
    Replacement.objects.filter(pk=row.pk).update(ended_at=clock.now(), ended_by=actor.label)


def replacements(actor: Actor) -> list[ReplacementLine]:
    """Those of the people who work in the actor's structures today, the latest first."""
    colleagues = [each.id for each in colleagues_of(actor)]
    rows = Replacement.objects.filter(Q(replaced_id__in=colleagues) | Q(replacing_id=actor.professional_id))
    found = rows.select_related("replaced", "replacing").order_by("-start", "-id")
    decided = _decided_by(actor)
    return [_line(each, actor, decided) for each in found]


def of_members(access: Access) -> list[ReplacementLine]:
    """Absences of today among the people of the circle: each member, and who works in a member structure."""
    found = sql.rows(_ABSENT_MEMBERS, {"patient": access.patient_id, "today": clock.today(), "now": clock.now()})
    rows = Replacement.objects.filter(pk__in=[pk for (pk,) in found]).select_related("replaced", "replacing")
    return [_line(each, access.actor, frozenset()) for each in rows.order_by("start", "id")]


def replacing_today(people: Collection[ProfessionalId]) -> dict[ProfessionalId, ProfessionalId]:
    """Of these people, those who are absent and replaced today, and by whom."""
    today = clock.today()
    rows = _standing().filter(replaced_id__in=people, replacing__isnull=False, start__lte=today, end__gte=today)
    return {ProfessionalId(row.replaced_id): ProfessionalId(row.replacing_id or 0) for row in rows}


def away_today(people: Collection[ProfessionalId]) -> dict[ProfessionalId, str]:
    """Of these people, those who are absent today: who replaces them, or nobody (an empty text)."""
    today = clock.today()
    rows = _standing().filter(replaced_id__in=people, start__lte=today, end__gte=today).select_related("replacing")
    return {ProfessionalId(row.replaced_id): str(row.replacing or "") for row in rows}


def colleagues_of(actor: Actor) -> list[professionals.ProfessionalLine]:
    """Who works where the actor works today, in the order of the alphabet, each once."""
    found = {line.id: line for place in actor.structure_ids for line in professionals.active_members(place)}
    return sorted(found.values(), key=lambda line: (line.family_name, line.given_name, line.id))


def may_decide_for(actor: Actor, professional_id: ProfessionalId) -> bool:
    return professional_id in _decided_by(actor)


@transaction.atomic
def arrive(actor: Actor, professional_id: ProfessionalId, *, start: dt.date) -> None:
    """Somebody begins to work in the actor's structure, and so belongs to the care team of its patients."""
    if not (actor.is_administrator and actor.structure_id is not None and _acts(actor)):
        raise AccessDenied
    line = professionals.professional(professional_id)
    if line is None or not line.is_active:
        raise UserMessage("E-ACC-48", "Choisissez un professionnel en activité.")
    professionals.attach(professional_id, actor.structure_id, start=start)


@transaction.atomic
def leave(actor: Actor, professional_id: ProfessionalId, *, end: dt.date) -> None:
    """`end` is the last day in the actor's structure."""
    if actor.structure_id is None or not may_decide_for(actor, professional_id):
        raise AccessDenied
    professionals.end_attachment(professional_id, actor.structure_id, end=end)


def _decided_by(actor: Actor) -> frozenset[ProfessionalId]:
    """Oneself; an administrator and a coordinator decide for whoever works where they do."""
    if not _acts(actor):
        return frozenset()
    places = actor.structure_ids if actor.profession_code in COORDINATORS else governed(actor)
    is_one = actor.is_administrator or actor.profession_code in COORDINATORS
    colleagues = {each.id for place in places for each in professionals.active_members(place)} if is_one else set()
    return frozenset(colleagues | ({actor.professional_id} if actor.professional_id is not None else set()))


def _acts(actor: Actor) -> bool:
    return actor.kind == "professional" and actor.assurance >= 2 and is_practising(actor)


def _standing() -> QuerySet[Replacement]:
    return Replacement.objects.filter(ended_at__isnull=True)


def _refuse_odd_dates(start: dt.date, end: dt.date, *, reason: str) -> None:
    if end < start or end < clock.today():
        raise UserMessage("E-ACC-46", "La fin de l’absence ne peut précéder ni son début, ni aujourd’hui.")
    if not reason.strip():
        raise UserMessage("E-ACC-47", "Indiquez le motif de l’absence\u202f: congé, formation, indisponibilité.")


def _refuse_odd_replacing(replaced_id: ProfessionalId, replacing_id: ProfessionalId | None) -> None:
    """A replacement is of a profession by the same profession; the Ordre’s licence is the structure’s to check."""
    if replacing_id is None:
        return
    known = professionals.people([replaced_id, replacing_id])
    replaced, replacing = known.get(replaced_id), known.get(replacing_id)
    if replaced is None or replacing is None or not replacing.is_active or replaced.id == replacing.id:
        raise UserMessage("E-ACC-48", "Choisissez un autre professionnel en activité.")
    if replaced.profession_code != replacing.profession_code:
        raise UserMessage("E-ACC-48", "Un professionnel est remplacé par quelqu’un de la même profession.")


def _line(row: Replacement, actor: Actor, decided: frozenset[ProfessionalId]) -> ReplacementLine:
    today = clock.today()
    is_standing = row.ended_at is None
    is_decided = ProfessionalId(row.replaced_id) in decided
    return ReplacementLine(
        id=row.pk,
        replaced_id=ProfessionalId(row.replaced_id),
        replaced=str(row.replaced),
        replacing_id=ProfessionalId(row.replacing_id) if row.replacing_id is not None else None,
        replacing=str(row.replacing) if row.replacing else "",
        profession=row.replaced.profession,
        start=row.start,
        end=row.end,
        reason=row.reason if is_decided else "",
        recorded_by=row.recorded_by,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        is_current=is_standing and row.start <= today <= row.end,
        is_to_come=is_standing and row.start > today,
        may_end=is_standing and row.end >= today and (is_decided or row.replacing_id == actor.professional_id),
    )


_ABSENT_MEMBERS = """
SELECT DISTINCT r.id FROM access_replacement r
  JOIN access_care_team_membership m ON m.patient_id = %(patient)s AND m.basis <> 'auteur'
   AND m.start <= %(today)s AND (m."end" IS NULL OR m."end" >= %(today)s)
   AND (m.ended_at IS NULL OR m.ended_at > %(now)s)
 WHERE r.start <= %(today)s AND r."end" >= %(today)s AND r.ended_at IS NULL
   AND (m.professional_id = r.replaced_id
        OR EXISTS (SELECT 1 FROM professionals_attachment t
                    WHERE t.professional_id = r.replaced_id AND t.structure_id = m.structure_id
                      AND t.start <= %(today)s AND (t."end" IS NULL OR t."end" >= %(today)s)))
"""
