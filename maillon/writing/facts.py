"""What the record offers to a letter: each fact dated, with the document that says it, to be ticked one by one.

Not offered: what a document masked by the patient, or kept secret for a minor, says; a letter would carry it past the
mark (MASQUE_PS, CSP L1111-5).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from maillon.access import api as access_room
from maillon.formats.wording import NARROW_SPACE, shown_date, shown_number, shown_unit
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.record import api as record
from maillon.writing.definition import Source

TITLES: Final[Mapping[Source, str]] = {
    "problemes": "Problèmes en cours",
    "antecedents": "Antécédents",
    "allergies": "Allergies et intolérances",
    "traitements": "Traitements",
    "resultats": "Derniers résultats",
    "vaccinations": "Vaccinations",
    "actes": "Actes et interventions",
    "dispositifs": "Dispositifs médicaux",
}
OVER: Final = frozenset({"completed", "aborted"})
_OF_KIND: Final[Mapping[str, Source]] = {
    "allergy": "allergies",
    "medication": "traitements",
    "vaccination": "vaccinations",
    "procedure": "actes",
    "device": "dispositifs",
}
MOST_RESULTS: Final = 40
Marks = Mapping[int, frozenset[str]]
NOTHING: Final[frozenset[str]] = frozenset()
HIDDEN: Final = "invisible_patient"
KEPT_BACK: Final = frozenset({"masque_ps", "invisible_representants"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`text` is the line of the letter, `origin` who said it and when. One of `statement` and `series`."""

    key: str
    source: Source
    text: str
    origin: str
    is_over: bool
    is_abnormal: bool
    is_denied: bool
    confidentiality: str
    is_hidden_from_patient: bool
    statement: record.StatementLine | None = None
    series: record.Series | None = None


def of_record(access: Access) -> dict[Source, list[Fact]]:
    """By chapter, in the order of the chapters; each chapter latest first."""
    found: dict[Source, list[Fact]] = {source: [] for source in TITLES}
    marks = access_room.consents.marks.of_record(access)
    for fact in (*_statements(access, marks), *_results(access, marks)):
        found[fact.source].append(fact)
    return found


def by_key(offered: Mapping[Source, list[Fact]]) -> dict[str, Fact]:
    return {fact.key: fact for facts in offered.values() for fact in facts}


def _statements(access: Access, marks: Marks) -> Iterator[Fact]:
    for line in record.statements(access):
        source = _source_of(line)
        kinds = marks.get(line.document_id or 0, NOTHING)
        if source is None or line.is_unknown or kinds & KEPT_BACK:
            continue
        yield Fact(
            key=_key(line.kind, line.system, line.code, line.label, line.start, *(["negated"] if line.negated else [])),
            source=source,
            text=_said(line),
            origin=_origin(line.source, clock.in_paris(line.at).date().isoformat()),
            is_over=line.status in OVER,
            is_abnormal=False,
            is_denied=line.negated or line.absent,
            confidentiality=line.confidentiality,
            is_hidden_from_patient=HIDDEN in kinds,
            statement=line,
        )


def _source_of(line: record.StatementLine) -> Source | None:
    if line.kind == "problem":
        return "antecedents" if line.status in OVER else "problemes"
    return _OF_KIND.get(line.kind)


def _said(line: record.StatementLine) -> str:
    """« Absence de » for what is denied: a negation must not be lost between two documents."""
    denied = f"Absence de{NARROW_SPACE}: " if line.negated and not line.absent else ""
    more = [line.details.get("posology") or _dose(line), _dates(line)]
    reactions = ", ".join(line.details.get("reactions") or ())
    more.append(f"réaction{NARROW_SPACE}: {reactions}" if reactions else "")
    return ", ".join([f"{denied}{line.label}", *(each for each in more if each)])


def _dose(line: record.StatementLine) -> str:
    return " ".join(str(line.details[name]) for name in ("dose", "dose_unit", "frequency") if line.details.get(name))


def _dates(line: record.StatementLine) -> str:
    start, end = shown_date(line.start), shown_date(line.end)
    if start and end and start != end:
        return f"du {start} au {end}" if len(start) == len(end) == 10 else f"de {start} à {end}"
    if not start:
        return f"jusqu’au {end}" if end else ""
    if line.kind in ("vaccination", "procedure"):
        return f"le {start}" if len(start) == 10 else start
    return f"depuis le {start}" if len(start) == 10 else f"depuis {start}"


def _results(access: Access, marks: Marks) -> Iterator[Fact]:
    for series in record.latest_results(access, points=1)[:MOST_RESULTS]:
        point = series.latest
        kinds = marks.get(point.document_id or 0, NOTHING)
        if kinds & KEPT_BACK:
            continue
        yield Fact(
            key=_key("result", series.system, series.code, series.label, point.at.isoformat()),
            source="resultats",
            text=_measured(series),
            origin=f"le {shown_date(clock.in_paris(point.at).date().isoformat())}",
            is_over=False,
            is_abnormal=point.is_abnormal,
            is_denied=False,
            confidentiality=point.confidentiality,
            is_hidden_from_patient=HIDDEN in kinds,
            series=series,
        )


def _measured(series: record.Series) -> str:
    point = series.latest
    value = format(point.value.normalize(), "f") if point.value is not None else point.value_text
    shown = " ".join(each for each in (shown_number(value), shown_unit(series.unit)) if each)
    low, high = (
        shown_number(format(each.normalize(), "f")) if each is not None else "" for each in (point.low, point.high)
    )
    usual = point.range_text or (f"{low} à {high}" if low and high else "")
    return f"{series.label}{NARROW_SPACE}: {shown}" + (f" (usuel{NARROW_SPACE}: {usual})" if usual else "")


def _origin(source: str, day: str) -> str:
    return ", ".join(each for each in (source, shown_date(day)) if each)


def _key(*parts: str) -> str:
    """The same fact, said again by another document, is the same tick; denied by it, it is another."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
