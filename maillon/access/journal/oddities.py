"""Each week, the accesses that look odd (domain sheet §8.5), for the referent to look at. Never a verdict.

The rules and their thresholds are content (regles/acces-inhabituels.yaml); how each is counted is here, in SQL.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from maillon.access.journal.lines import note, note_names
from maillon.access.journal.search import may_control
from maillon.access.models import OddAccess
from maillon.access.refusal import AccessDenied
from maillon.access.rule import governed
from maillon.kernel import clock, config, content, sql
from maillon.kernel.key import Actor, PatientId, ProfessionalId, Purpose
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.professionals import api as professionals

WEEK: Final = dt.timedelta(days=7)
MOST: Final = 200
State = OddAccess.State

NOT_A_STATE = UserMessage("E-JOU-01", "Choisissez « vu » ou « à expliquer ».")
NOT_EXPLAINED = UserMessage("E-JOU-02", "Écrivez ce qui est à expliquer, et par qui\u202f: quelques mots suffisent.")


@dataclass(frozen=True, slots=True)
class Rule:
    code: str
    libelle: str
    explication: str


@dataclass(frozen=True, slots=True)
class Example:
    heure: int
    patients: int
    signale: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OddityRules:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    patients_par_heure: int
    nuit_debut: int
    nuit_fin: int
    regles: tuple[Rule, ...]
    exemples: tuple[Example, ...]

    def signals(self, *, hour: int, patients: int) -> tuple[str, ...]:
        """What the hour and the number alone say."""
        is_night = hour >= self.nuit_debut or hour < self.nuit_fin
        found = {"nuit": is_night, "volume": patients > self.patients_par_heure}
        return tuple(rule.code for rule in self.regles if found.get(rule.code))


@dataclass(frozen=True, slots=True, kw_only=True)
class OddLine:
    id: int
    week: dt.date
    label: str
    explanation: str
    person: str
    profession: str
    patient: patients.PatientLine | None
    first_at: dt.datetime
    times: int
    is_bulk: bool
    state: str
    comment: str
    settled_at: dt.datetime | None
    settled_by: str


@functools.cache
def rules() -> OddityRules:
    return content.read(config.CONTENT / "regles" / "acces-inhabituels.yaml", OddityRules)


@transaction.atomic
def note_week(monday: dt.date | None = None) -> int:
    """The odd accesses of a whole week (the last one), kept once. How many are new."""
    day = monday or last_monday()
    start, end = (clock.midnight(each) for each in (day, day + WEEK))
    read = rules()
    known = {
        "start": start, "end": end, "week": day, "first_hour": read.nuit_debut, "last_hour": read.nuit_fin,
        "most": read.patients_par_heure,
    } | _names()  # fmt: skip
    asked = (_COUNTED[rule.code] for rule in read.regles)
    return sum(len(sql.rows(_KEEP.format(counted=counted), known)) for counted in asked)


def last_monday() -> dt.date:
    """Of the last week that is over, in Paris."""
    today = clock.today()
    return today - dt.timedelta(days=today.weekday()) - WEEK


@transaction.atomic
def odd_accesses(actor: Actor) -> list[OddLine]:
    """Those of the referent's structures, what waits first. Itself journalled. Raises AccessDenied."""
    if not may_control(actor):
        raise AccessDenied
    rows = OddAccess.objects.filter(structure_id__in=governed(actor)).order_by("-week", "rule", "-times", "id")[
        :MOST
    ]
    found = sorted(rows, key=lambda row: row.state != State.NEW)
    names = patients.lines({PatientId(row.patient_id) for row in found if row.patient_id is not None})
    note(actor, purpose=Purpose.QUALITY, action="control", resource_type="journal", ground="referent")
    note_names(actor, names, purpose=Purpose.QUALITY, action="control", ground="referent")
    people = professionals.people({ProfessionalId(row.professional_id) for row in found})
    return [_line(row, people, names) for row in found]


def waiting(actor: Actor) -> int:
    """What a menu shows; nothing to anybody else."""
    if not may_control(actor):
        return 0
    return OddAccess.objects.filter(structure_id__in=governed(actor), state=State.NEW).count()


@transaction.atomic
def settle(actor: Actor, odd: int, *, state: str, comment: str) -> None:
    """« Vu », or « à expliquer » with what is to be explained. Raises AccessDenied, E-JOU-01, E-JOU-02."""
    row = OddAccess.objects.select_for_update().filter(pk=odd, structure_id__in=governed(actor)).first()
    if not may_control(actor) or row is None:
        raise AccessDenied
    if state not in (State.SEEN, State.TO_EXPLAIN):
        raise NOT_A_STATE
    if state == State.TO_EXPLAIN and not comment.strip():
        raise NOT_EXPLAINED
    row.state, row.comment = state, comment.strip()[:500]
    row.settled_at, row.settled_by = clock.now(), actor.label
    row.save(update_fields=["state", "comment", "settled_at", "settled_by"])


def _names() -> dict[str, list[object]]:
    """Every professional's names, folded as those of the patients are."""
    found = sql.rows("SELECT id, family_name, given_name FROM professionals_professional")
    return {
        "people": [each for each, _, _ in found],
        "families": [patients.fold(family) for _, family, _ in found],
        "givens": [patients.fold(given) for _, _, given in found],
    }


def _line(
    row: OddAccess,
    people: dict[ProfessionalId, professionals.ProfessionalLine],
    names: dict[PatientId, patients.PatientLine],
) -> OddLine:
    rule = next((each for each in rules().regles if each.code == row.rule), Rule(row.rule, row.rule, ""))
    person = people.get(ProfessionalId(row.professional_id))
    return OddLine(
        id=row.pk,
        week=row.week,
        label=rule.libelle,
        explanation=rule.explication,
        person=person.name if person else "",
        profession=person.profession if person else "",
        patient=names.get(PatientId(row.patient_id or 0)),
        first_at=row.first_at,
        times=row.times,
        is_bulk=row.patient_id is None,
        state=row.state,
        comment=row.comment,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
    )


# What a person of the structure opened in the week; a name in a list, or the referent's control, is no opening.
_KEEP = """
WITH opened AS (
  SELECT j.at, j.actor_professional_id AS person, j.actor_structure_id AS structure, j.patient_id, j.rule,
         date_trunc('hour', j.at AT TIME ZONE 'Europe/Paris') AS hour
    FROM access_journal j
   WHERE j.at >= %(start)s AND j.at < %(end)s AND j.decision = 'allow' AND j.actor_kind = 'professional'
     AND j.patient_id IS NOT NULL AND j.actor_structure_id IS NOT NULL AND j.actor_professional_id IS NOT NULL
     AND j.action NOT IN ('list', 'control')
), folded AS (
  SELECT * FROM unnest(%(people)s::bigint[], %(families)s::text[], %(givens)s::text[]) AS f(id, family, given)
), settings AS (
  SELECT %(first_hour)s::int AS night_from, %(last_hour)s::int AS night_to, %(most)s::int AS most
), counted AS ({counted})
INSERT INTO access_odd_access (structure_id, week, rule, professional_id, patient_id, first_at, times)
SELECT structure, %(week)s, rule, person, patient_id, first_at, times FROM counted
ON CONFLICT DO NOTHING RETURNING id
"""
_BY_PATIENT = "min(o.at) AS first_at, count(*) AS times FROM opened o"
_COUNTED = {
    "meme_nom": f"""
  SELECT o.structure, 'meme_nom' AS rule, o.person, o.patient_id, {_BY_PATIENT}
    JOIN folded f ON f.id = o.person
    JOIN patients_patient p ON p.id = o.patient_id AND f.family IN (p.norm_family, p.norm_used)
   GROUP BY o.structure, o.person, o.patient_id""",
    "collegue": f"""
  SELECT o.structure, 'collegue' AS rule, o.person, o.patient_id, {_BY_PATIENT}
    JOIN patients_patient p ON p.id = o.patient_id
    JOIN folded f ON f.id <> o.person AND f.family IN (p.norm_family, p.norm_used) AND f.given = p.norm_given
    JOIN professionals_attachment t ON t.professional_id = f.id AND t.structure_id = o.structure
   GROUP BY o.structure, o.person, o.patient_id""",
    "ancien_patient": f"""
  SELECT o.structure, 'ancien_patient' AS rule, o.person, o.patient_id, {_BY_PATIENT}
   WHERE EXISTS (SELECT 1 FROM access_care_team_membership m WHERE m.patient_id = o.patient_id AND m.basis <> 'auteur'
                    AND (m.structure_id = o.structure OR m.professional_id = o.person) AND m.start <= o.at)
     AND NOT EXISTS (SELECT 1 FROM access_care_team_membership m
                      WHERE m.patient_id = o.patient_id AND m.basis <> 'auteur'
                        AND (m.structure_id = o.structure OR m.professional_id = o.person)
                        AND (m."end" IS NULL OR m."end" >= (o.at AT TIME ZONE 'Europe/Paris')::date)
                        AND (m.ended_at IS NULL OR m.ended_at > o.at))
   GROUP BY o.structure, o.person, o.patient_id""",  # noqa: S608
    "sans_lien": f"""
  SELECT o.structure, 'sans_lien' AS rule, o.person, o.patient_id, {_BY_PATIENT}
   WHERE o.rule = 'bris_de_glace' GROUP BY o.structure, o.person, o.patient_id""",
    "nuit": """
  SELECT o.structure, 'nuit' AS rule, o.person, NULL::bigint AS patient_id, min(o.at) AS first_at,
         count(DISTINCT o.patient_id) AS times
    FROM opened o, settings s
   WHERE extract(hour FROM o.hour) >= s.night_from OR extract(hour FROM o.hour) < s.night_to
   GROUP BY o.structure, o.person""",
    "volume": """
  SELECT h.structure, 'volume' AS rule, h.person, NULL::bigint AS patient_id, min(h.first_at) AS first_at,
         max(h.number) AS times
    FROM (SELECT o.structure, o.person, o.hour, min(o.at) AS first_at, count(DISTINCT o.patient_id) AS number
            FROM opened o GROUP BY o.structure, o.person, o.hour) h, settings s
   WHERE h.number > s.most GROUP BY h.structure, h.person""",
}
