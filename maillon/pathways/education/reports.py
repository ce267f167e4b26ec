"""The reports of a programme: the yearly self-evaluation and the four-yearly evaluation. The engine gives the figures,
the team types the texts; once closed, both are kept as they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.formats import sheet_write
from maillon.formats.tabular import as_csv
from maillon.formats.wording import shown_number
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.pathways import teams
from maillon.pathways.education import figures, programme, refusals
from maillon.pathways.education.figures import Count, LogLine
from maillon.pathways.education.rules import ReportForm, rules
from maillon.pathways.models import ProgrammeReport, ProtocolVersion
from maillon.pathways.states import REPORT, ReportState
from maillon.pathways.writing import merged

FIRST_YEAR: Final = 2010
YEARS: Final = {"annuel": 1, "quadriennal": 4}
LONGEST: Final = 8000
CLOSED: Final = UserMessage("E-ETP-15", "Ce rapport est arrêté\u202f: il ne change plus.")
EMPTY_PART: Final = "E-ETP-16"


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The figures of one year, and how far they are from the session log."""

    year: int
    counts: tuple[Count, ...]
    log: tuple[LogLine, ...]
    differences: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    version: ProtocolVersion
    form: ReportForm
    year: int
    years: tuple[Year, ...]
    texts: dict[str, str]
    revision: int
    state: ReportState
    changed: str  # by whom, when
    may_write: bool

    @property
    def is_closed(self) -> bool:
        return self.state == ReportState.CLOSED

    @property
    def lacking(self) -> tuple[str, ...]:
        return tuple(part.titre for part in self.form.parties if not self.texts.get(part.code))


def show(actor: Actor, version_uuid: UUID, kind: str, year: int) -> Report:
    """Raises AccessDenied, also for a year that has not begun or a kind that is none."""
    version, form = _asked(actor, version_uuid, kind, year)
    row = _rows(version, kind, year).first()
    years = _years_kept(row) if row is not None and row.state == ReportState.CLOSED else _years(version, kind, year)
    team = teams.team_of(version)
    return Report(
        version=version, form=form, year=year, years=years, texts=dict(row.texts) if row else {},
        revision=row.revision if row else 0, state=ReportState(row.state) if row else ReportState.DRAFT,
        changed=f"{row.changed_by}, le {clock.in_paris(row.changed_at):%d/%m/%Y}" if row and row.revision else "",
        may_write=programme.is_of_it(actor, team),
    )  # fmt: skip


@transaction.atomic
def write(
    actor: Actor, version_uuid: UUID, kind: str, year: int, texts: Mapping[str, str], *, revision: int
) -> bool:
    """Keep what was typed. Whether somebody wrote meanwhile: both texts are then kept, one under the other. Raises
    AccessDenied, E-ETP-15, E-PRO-19."""
    version, form = _asked(actor, version_uuid, kind, year)
    row = _held(actor, version, kind, year)
    if row.state == ReportState.CLOSED:
        raise CLOSED
    is_conflict = revision != row.revision
    for part in form.parties:
        mine, theirs = _clean(texts.get(part.code, "")), row.texts.get(part.code, "")
        if len(mine) > LONGEST:
            raise refusals.TOO_LONG
        if is_conflict and mine and theirs and mine != theirs:
            mine, _ = merged("", theirs, mine, theirs_by=row.changed_by, mine_by=actor.label)
        row.texts[part.code] = mine or (theirs if is_conflict else "")
    row.revision, row.changed_at, row.changed_by = row.revision + 1, clock.now(), actor.label
    row.save()
    return is_conflict


@transaction.atomic
def close(actor: Actor, version_uuid: UUID, kind: str, year: int) -> None:
    """With its figures of today. Raises AccessDenied, E-PRO-21 (who answers for the team), E-ETP-15, -16 (a part is
    empty, a year is not over)."""
    version, form = _asked(actor, version_uuid, kind, year)
    teams.demand_holder(actor, version)
    row = _held(actor, version, kind, year)
    state = REPORT.target("close", source=row.state)
    lacking = [part.titre for part in form.parties if not row.texts.get(part.code)]
    if lacking:
        raise UserMessage(EMPTY_PART, f"À écrire avant d’arrêter le rapport\u202f: {', '.join(lacking)}.")
    if year >= clock.today().year:
        raise UserMessage(EMPTY_PART, f"L’année {year} n’est pas finie\u202f: le rapport s’arrête ensuite.")
    row.figures = [
        {"year": each.year, "counts": [count.kept() for count in each.counts], "differences": each.differences}
        for each in _years(version, kind, year)
    ]
    row.state, row.closed_at, row.changed_at, row.changed_by = state, clock.now(), clock.now(), actor.label
    row.save()


def listed(version: ProtocolVersion) -> list[ProgrammeReport]:
    found = ProgrammeReport.objects.filter(structure_id=version.structure_id, code=version.code)
    return list(found.order_by("-year", "kind"))


def _asked(actor: Actor, version_uuid: UUID, kind: str, year: int) -> tuple[ProtocolVersion, ReportForm]:
    version, form = programme.version_of(actor, version_uuid), rules().report(kind)
    if form is None or not FIRST_YEAR <= year <= clock.today().year:
        raise access_room.AccessDenied
    return version, form


def _rows(version: ProtocolVersion, kind: str, year: int) -> QuerySet[ProgrammeReport]:
    return ProgrammeReport.objects.filter(
        structure_id=version.structure_id, code=version.code, kind=kind, year=year
    )


def _held(actor: Actor, version: ProtocolVersion, kind: str, year: int) -> ProgrammeReport:
    ProgrammeReport.objects.get_or_create(
        structure_id=version.structure_id, code=version.code, kind=kind, year=year,
        defaults={"changed_at": clock.now(), "changed_by": actor.label},
    )  # fmt: skip
    return _rows(version, kind, year).select_for_update(of=("self",)).get()


def _years(version: ProtocolVersion, kind: str, year: int) -> tuple[Year, ...]:
    return tuple(_year(version, each) for each in range(year - YEARS[kind] + 1, year + 1))


def _year(version: ProtocolVersion, year: int) -> Year:
    counts, log = figures.of_year(version, year), tuple(figures.log_of_year(version, year))
    return Year(year=year, counts=counts, log=log, differences=figures.differences(counts, log))


def _years_kept(row: ProgrammeReport) -> tuple[Year, ...]:
    """The log is shown with what can still change; what is closed holds its figures."""
    return tuple(
        Year(year=each["year"], counts=tuple(Count.of_kept(count) for count in each["counts"]),
             log=(), differences=each["differences"])
        for each in row.figures
    )  # fmt: skip


def _clean(text: str) -> str:
    return storable(text).replace("\r\n", "\n").strip()


# ------------------------------------------------------------------------------------------------ what leaves


def csv_of(report: Report) -> bytes:
    """For a spreadsheet: the form, the texts, the session log. Counts only, of nobody by name."""
    return as_csv(
        ("année", "groupe", "repère", "libellé", "valeur", "sur", "unité"),
        (
            *(row for year in report.years for count in year.counts for row in _rows_of(year.year, count)),
            *(
                (report.year, "texte", part.code, part.titre, report.texts.get(part.code, ""), "", "")
                for part in report.form.parties
            ),
            (),
            ("date", "séance", "genre", "état", "minutes", "présents", "absents"),
            *(
                (f"{clock.in_paris(line.at):%d/%m/%Y}", line.title, line.kind, line.state, line.minutes, line.present,
                 line.absent)
                for year in report.years for line in year.log
            ),
        ),
    )  # fmt: skip


def _rows_of(year: int, count: Count) -> Iterator[tuple[object, ...]]:
    value = "" if count.value is None else shown_number(f"{count.value.normalize():f}")
    yield year, count.group, count.code, count.label, value, count.of, count.unit
    for name, number in count.parts:
        yield year, count.group, f"{count.code}/{name}", name, number, "", ""


def pdf_of(report: Report) -> bytes:
    span = f"{report.years[0].year} à {report.year}" if len(report.years) > 1 else str(report.year)
    return sheet_write.write_sheet(
        sheet_write.Sheet(
            title=report.form.titre, subtitle=f"{report.version.title}, {span}",
            structure=str(report.version.structure), footer=f"{report.version.code}, {report.form.titre}, {span}",
            draft="" if report.is_closed else "Projet",
            facts=(("Structure", str(report.version.structure)), ("État", report.state.label)),
            parts=(*_tables(report), *_texts(report)),
        ),
        made_at=clock.now(),
    )  # fmt: skip


def _tables(report: Report) -> tuple[sheet_write.Part, ...]:
    found = []
    for group in ("activité", "processus"):
        codes = [count.code for count in report.years[-1].counts if count.group == group]
        rows = []
        for code in codes:
            of_years = [next(each for each in year.counts if each.code == code) for year in report.years]
            rows.append((of_years[-1].label, *(_cell(each) for each in of_years)))
            rows += _detail(of_years)
        found.append(
            sheet_write.Part(
                title=f"{group.capitalize()}", headers=("", *(str(year.year) for year in report.years)),
                widths=(2.6, *(1.0 for _ in report.years)), rows=tuple(rows),
                note=_reconciled(report) if group == "activité" else "",
            )
        )  # fmt: skip
    return tuple(found)


def _cell(count: Count) -> str:
    return f"{count.shown} ({count.value}/{count.of})" if count.of else count.shown


def _detail(of_years: list[Count]) -> list[tuple[str, ...]]:
    names = list(dict.fromkeys(name for count in of_years for name, _ in count.parts))
    return [(f"    {name}", *(str(dict(count.parts).get(name, 0)) for count in of_years)) for name in names]


def _reconciled(report: Report) -> str:
    gap = sum(abs(number) for year in report.years for number in year.differences.values())
    return f"Écart avec le journal des séances\u202f: {gap}."


def _texts(report: Report) -> tuple[sheet_write.Part, ...]:
    return tuple(
        sheet_write.Part(
            title=part.titre,
            paragraphs=tuple(report.texts.get(part.code, "").split("\n\n"))
            if report.texts.get(part.code) else ("Non renseigné.",),
        )
        for part in report.form.parties
    )  # fmt: skip

