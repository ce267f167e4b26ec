"""Who sends what to whom, as a picture: one column for each actor, one line for each step, and its SVG.

It prints in black; what became of a step is said by a sign besides its colour. It bears a title and a description; the
same thing is said in words beside it.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

WIDE, NARROW, MANY = 112, 90, 9  # a column, in few or many
ROW: Final = 36
HEAD: Final = 62
LEFT: Final = 98  # for the moments
_INK, _SOFT, _LINE, _BLUE = "#16242c", "#4a5a64", "#c8d2d6", "#0b5c75"
_TONES: Final = {"reussie": ("#1b6e4b", "✓"), "echouee": ("#b3261e", "✗"), "impossible": ("#b34000", "∅"),
                 "non_jouee": ("#6b7780", "–"), "en_cours": ("#0b5c75", "…")}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    key: str
    title: str
    note: str = ""  # where they work
    is_outside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`to`: lanes that receive. `state` is empty in the documentation."""

    number: str
    moment: str
    actor: str
    label: str
    to: tuple[str, ...] = ()
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    title: str
    description: str
    lanes: tuple[Lane, ...]
    rows: tuple[Row, ...]


def svg_of(sequence: Sequence) -> str:
    column = WIDE if len(sequence.lanes) <= MANY else NARROW
    width = LEFT + column * len(sequence.lanes) + 8
    height = HEAD + ROW * len(sequence.rows) + 14
    places = {lane.key: LEFT + column * rank + column / 2 for rank, lane in enumerate(sequence.lanes)}
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" class="sequence" '
            'font-family="system-ui, Liberation Sans, Libertinus Serif, sans-serif" font-size="10.5">',
            f"<title>{html.escape(sequence.title)}</title><desc>{html.escape(sequence.description)}</desc>",
            *(part for lane in sequence.lanes for part in _lane(lane, places[lane.key], height, column)),
            *(part for rank, row in enumerate(sequence.rows) for part in _row(row, rank, places, width)),
            "</svg>",
        )
    )


def _lane(lane: Lane, x: float, height: float, column: float) -> Iterator[str]:
    dashes = ' stroke-dasharray="4 3"' if lane.is_outside else ""
    yield f'<line x1="{x}" y1="{HEAD - 6}" x2="{x}" y2="{height - 6}" stroke="{_LINE}"/>'
    yield (
        f'<rect x="{x - column / 2 + 3}" y="4" width="{column - 6}" height="{HEAD - 12}" rx="5" '
        f'fill="{"#f2f5f6" if lane.is_outside else "#e3eff2"}" stroke="{_SOFT}"{dashes}/>'
    )
    lines = textwrap.wrap(lane.title, round(column / 7))[:2]
    top = 22 if lane.note else 27
    for rank, line in enumerate(lines):
        y = top + 12 * rank - (5 if len(lines) > 1 else 0)
        yield f'<text x="{x}" y="{y}" text-anchor="middle" font-weight="600" fill="{_INK}">{html.escape(line)}</text>'
    if lane.note:
        yield (
            f'<text x="{x}" y="{HEAD - 15}" text-anchor="middle" font-size="9.5" fill="{_SOFT}">'
            f"{html.escape(lane.note)}</text>"
        )


def _row(row: Row, rank: int, places: dict[str, float], width: float) -> Iterator[str]:
    y = HEAD + ROW * rank + ROW / 2 + 3
    if rank % 2:
        yield f'<rect x="0" y="{y - ROW / 2}" width="{width}" height="{ROW}" fill="#0b5c75" opacity="0.035"/>'
    tone, sign = _TONES.get(row.state, (_BLUE, ""))
    yield f'<text x="6" y="{y + 3.5}" fill="{_SOFT}" font-size="10.5">{html.escape(row.moment)}</text>'
    yield f'<text x="{LEFT - 14}" y="{y + 4}" fill="{tone}" font-weight="700" font-size="12">{sign}</text>'
    start = places[row.actor]
    ends = [places[each] for each in row.to if each in places and each != row.actor]
    for end in ends:
        way = 1 if end > start else -1
        yield (
            f'<line x1="{start + 11 * way}" y1="{y}" x2="{end - 5 * way}" y2="{y}" stroke="{tone}" stroke-width="1.3"/>'
        )
        yield f'<path d="M{end} {y}l{-7 * way} -3.5v7z" fill="{tone}"/>'
    yield f'<circle cx="{start}" cy="{y}" r="10.5" fill="{tone}"/>'
    yield (
        f'<text x="{start}" y="{y + 3.5}" text-anchor="middle" font-size="10.5" font-weight="700" fill="#ffffff">'
        f"{html.escape(row.number)}</text>"
    )
    yield from _label(row, start, ends, y, width)


def _label(row: Row, start: float, ends: list[float], y: float, width: float) -> Iterator[str]:
    """Above the arrow that leaves furthest; beside the actor when nothing leaves."""
    text = row.label if len(row.label) <= 40 else f"{row.label[:39]}…"
    far = max(ends, key=lambda x: abs(x - start)) if ends else None
    on_right = far > start if far is not None else start < width * 0.7
    anchor, x = ("start", start + 14) if on_right else ("end", start - 14)
    drop = -4.5 if ends else 3.5
    yield (
        f'<text x="{x}" y="{y + drop}" text-anchor="{anchor}" font-size="10.5" fill="{_INK}" paint-order="stroke" '
        f'stroke="#ffffff" stroke-width="3" stroke-linejoin="round">{html.escape(text)}</text>'
    )
