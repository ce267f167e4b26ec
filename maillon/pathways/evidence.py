"""The proof, for the Assurance Maladie, that protocols run: which are in force, with how many inclusions."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q

from maillon.formats.tabular import as_csv
from maillon.formats.wording import shown_number
from maillon.kernel import clock, config, content
from maillon.kernel.key import StructureId
from maillon.pathways.models import Plan, ProtocolVersion
from maillon.pathways.states import VersionState


@dataclass(frozen=True, slots=True)
class Value:
    depuis: dt.date
    points_par_protocole: int
    protocoles_max: int
    euros_par_point: Decimal


@dataclass(frozen=True, slots=True)
class ValueExample:
    protocoles: int
    points: int
    euros: Decimal


@dataclass(frozen=True, slots=True)
class Values:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    valeurs: tuple[Value, ...]
    exemples: tuple[ValueExample, ...]

    def on(self, day: dt.date) -> Value:
        return max((each for each in self.valeurs if each.depuis <= day), key=lambda each: each.depuis)


@functools.cache
def values() -> Values:
    return content.read(config.CONTENT / "regles" / "aci-protocoles.yaml", Values)


def worth(count: int, *, on: dt.date) -> tuple[int, Decimal]:
    """Points and euros of so many protocols that count."""
    value = values().on(on)
    points = min(count, value.protocoles_max) * value.points_par_protocole
    return points, points * value.euros_par_point


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A protocol in force. `points`: what it adds; 0 beyond the most, or without an inclusion in the year."""

    code: str
    number: int
    title: str
    since: dt.date | None
    signatures: int
    included: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    year: int
    lines: tuple[Line, ...]
    points: int
    euros: Decimal

    def csv(self) -> bytes:
        """For a spreadsheet: counts only, of nobody by name."""
        return as_csv(
            ("code", "version", "titre", "en vigueur depuis", "signatures", "inclusions", "points"),
            (
                *(
                    (line.code, line.number, line.title, f"{line.since:%d/%m/%Y}" if line.since else "",
                     line.signatures, line.included, line.points)
                    for line in self.lines
                ),
                ("total", "", "", "", "", "", self.points),
                ("euros", "", "", "", "", "", shown_number(f"{self.euros:f}")),
            ),
        )  # fmt: skip


_ENDED = (VersionState.SUSPENDED, VersionState.REPLACED, VersionState.WITHDRAWN)


def of_year(structure_id: StructureId, year: int) -> Evidence:
    """Of the structure, for that year: versions in force today, or at the end of a year that is over, whatever became
    of them since."""
    start, end = (dt.datetime(each, 1, 1, tzinfo=clock.PARIS) for each in (year, year + 1))
    day = min(clock.today(), dt.date(year, 12, 31))
    during = Q(plans__included_at__gte=start, plans__included_at__lt=end)
    held = Q(state=VersionState.IN_FORCE) | Q(state__in=_ENDED, changed_at__gte=end)
    found = (
        ProtocolVersion.objects.filter(held, structure_id=structure_id, enforced_at__lt=end)
        .annotate(
            included=Count("plans", filter=during, distinct=True),
            signed=Count("signatures", filter=Q(signatures__is_approval=True), distinct=True),
        )
        .order_by("enforced_at", "code")
    )
    value, lines, counted = values().on(day), [], 0
    for version in found:
        included = version.included + _under_former_versions(version, start, end)
        counts = included > 0 and counted < value.protocoles_max
        counted += counts
        lines.append(
            Line(
                code=version.code, number=version.number, title=version.title,
                since=clock.in_paris(version.enforced_at).date() if version.enforced_at else None,
                signatures=version.signed, included=included,
                points=value.points_par_protocole if counts else 0,
            )
        )  # fmt: skip
    points, euros = worth(counted, on=day)
    return Evidence(year=year, lines=tuple(lines), points=points, euros=euros)


def _under_former_versions(version: ProtocolVersion, start: dt.datetime, end: dt.datetime) -> int:
    former = Plan.objects.filter(version__structure_id=version.structure_id, version__code=version.code)
    return former.exclude(version=version).filter(included_at__gte=start, included_at__lt=end).count()
