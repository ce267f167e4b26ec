"""The four indicators that a structure sends every year to the ARS (CSP D4011-4, II), and its team's satisfaction.

They are counts of the structure's own acts, which the text asks for as they are: no small number is hidden in them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from maillon.access import api as access_room
from maillon.formats.tabular import as_csv
from maillon.formats.wording import counted, shown_share
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.pathways import teams
from maillon.pathways.cooperation_states import CallOutcome, EventNature, Satisfaction, Severity
from maillon.pathways.models import AdverseEvent, DelegatedAct, Plan, ProtocolVersion, TeamOpinion

FIRST_YEAR: Final = 2019  # loi du 24 juillet 2019, art. 66


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`patients`: distinct, taken charge of in the year. `taken_over`: acts done by a delegating physician on call.
    `events`: by severity and nature."""

    version: ProtocolVersion
    year: int
    patients: int
    acts: int
    taken_over: int
    events: tuple[tuple[Severity, EventNature, int], ...]
    answers: int
    satisfied: int

    @property
    def event_count(self) -> int:
        return sum(count for _, _, count in self.events)

    @property
    def nature_of_events(self) -> str:
        return "\u202f; ".join(
            f"{count} {severity.value.upper()}, {nature.label.lower()}" for severity, nature, count in self.events
        )

    def lines(self) -> Iterator[tuple[str, str, str, str]]:
        """(number, what, numerator / denominator, value)."""
        yield "1", "Patients pris en charge", "", str(self.patients)
        yield (
            "2", "Taux de reprise\u202f: actes réalisés par le délégant sur appel du délégué / actes du délégué",
            f"{self.taken_over} / {self.acts}", shown_share(self.taken_over, self.acts),
        )  # fmt: skip
        yield (
            "3", "Taux d’événements indésirables\u202f: déclarés / actes du délégué",
            f"{self.event_count} / {self.acts}", shown_share(self.event_count, self.acts),
        )  # fmt: skip
        yield (
            "4", "Satisfaction des professionnels\u202f: satisfaits et très satisfaits / répondants",
            f"{self.satisfied} / {self.answers}", shown_share(self.satisfied, self.answers),
        )  # fmt: skip

    def csv(self) -> bytes:
        rows = [(self.version.code, self.year, *line) for line in self.lines()]
        rows += [
            (self.version.code, self.year, "3", f"Nature\u202f: {severity.label}, {nature.label}", "", str(count))
            for severity, nature, count in self.events
        ]
        return as_csv(("Protocole", "Année", "Indicateur", "Libellé", "Calcul", "Valeur"), rows)


def may_report(actor: Actor, version: ProtocolVersion) -> bool:
    """Who answers for the team or for the structure: its counts are of all its patients."""
    is_entitled = teams.may_hold(actor, version) or actor.is_referent or actor.is_administrator
    return is_entitled and version.structure_id in actor.structure_ids


def of_year(actor: Actor, version: ProtocolVersion, year: int) -> Report:
    """Raises AccessDenied for whoever does not answer for it and for a year without sense, E-COOP-12 when patients are
    in the protocol and no act is."""
    if not may_report(actor, version) or not FIRST_YEAR <= year <= clock.today().year:
        raise access_room.AccessDenied
    start, end = clock.midnight(dt.date(year, 1, 1)), clock.midnight(dt.date(year + 1, 1, 1))
    acts = DelegatedAct.objects.filter(
        structure_id=version.structure_id, version__code=version.code, agreed_at__gte=start, agreed_at__lt=end
    )
    plans = Plan.objects.filter(
        structure_id=version.structure_id, version__code=version.code, included_at__gte=start, included_at__lt=end
    )
    count, patients = acts.count(), plans.values("patient_id").distinct().count()
    if patients and not count:
        included = counted(patients, "patient inclus", "patients inclus")
        raise UserMessage(
            "E-COOP-12",
            f"Rapport {year} impossible\u202f: {included} et aucun acte délégué tracé. Ouvrez les actes depuis les "
            "plans des patients, ou sortez ces patients du protocole.",
        )
    return Report(
        version=version, year=year, patients=patients, acts=count,
        taken_over=acts.filter(calls__outcome=CallOutcome.TAKES_OVER).distinct().count(),
        events=_events(version, start, end), **_opinions(version, year),
    )  # fmt: skip


def _events(
    version: ProtocolVersion, start: dt.datetime, end: dt.datetime
) -> tuple[tuple[Severity, EventNature, int], ...]:
    found = AdverseEvent.objects.filter(
        structure_id=version.structure_id, version__code=version.code, declared_at__gte=start, declared_at__lt=end
    )
    counted = Counter(found.values_list("severity", "nature"))
    return tuple(
        (Severity(severity), EventNature(nature), count) for (severity, nature), count in sorted(counted.items())
    )


def _opinions(version: ProtocolVersion, year: int) -> dict[str, int]:
    levels = list(
        TeamOpinion.objects.filter(
            structure_id=version.structure_id, code=version.code, year=year
        ).values_list("level", flat=True)
    )  # fmt: skip
    return {"answers": len(levels), "satisfied": sum(level >= Satisfaction.RATHER for level in levels)}


@transaction.atomic
def give_opinion(actor: Actor, version: ProtocolVersion, level: int) -> None:
    """This year's, of a member of the team; it may change until the year ends. Raises E-PRO-22, -37."""
    team = teams.team_of(version)
    if actor.professional_id is None or not team.of_person(actor.professional_id):
        raise teams.NO_SUCH
    if level not in Satisfaction.values:
        raise UserMessage("E-PRO-37", "Choisissez une des quatre réponses.")
    TeamOpinion.objects.update_or_create(
        structure_id=version.structure_id, code=version.code, year=clock.today().year,
        professional_id=actor.professional_id, defaults={"level": level, "at": clock.now()},
    )  # fmt: skip


def my_opinion(actor: Actor, version: ProtocolVersion) -> int | None:
    return TeamOpinion.objects.filter(
        structure_id=version.structure_id, code=version.code, year=clock.today().year,
        professional_id=actor.professional_id or 0,
    ).values_list("level", flat=True).first()  # fmt: skip
