"""A diagram of boxes and arrows, and its SVG. Sizes are in pixels; text is wrapped by whoever lays it out.

The picture is drawn in two weights of one ink: it prints in black, and no meaning rests on a colour alone. It bears a
title and a description; the same thing is said in words beside it.
"""

from __future__ import annotations

import html
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

LINE: Final = 13  # height of a line of text
FONT: Final = 10.5
_INK, _SOFT = "#16242c", "#4a5a64"
BoxSort = Literal["step", "test", "start", "end", "alert", "urgent", "lane", "note"]
_FILLS: Final[dict[BoxSort, str]] = {
    "step": "#ffffff", "test": "#e6f0fa", "start": "#d7e7eb", "end": "#e9edef", "alert": "#fff1de", "urgent": "#fdecea",
    "lane": "#f2f5f6", "note": "#ffffff",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """`lines`: the first is heavy when `is_headed`."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    sort: BoxSort = "step"
    is_headed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    points: tuple[tuple[float, float], ...]
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    width: float
    height: float
    title: str
    description: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def svg_of(diagram: Diagram) -> str:
    size = f"{diagram.width:.0f} {diagram.height:.0f}"
    mark = f"fin-{zlib.crc32(diagram.title.encode()):x}"  # two pictures may stand on one page
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img" class="diagram" '
            f'font-family="system-ui, Liberation Sans, Libertinus Serif, sans-serif" font-size="{FONT}">',
            f"<title>{html.escape(diagram.title)}</title><desc>{html.escape(diagram.description)}</desc>",
            f'<defs><marker id="{mark}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto">'
            f'<path d="M0 0 8 4 0 8z" fill="{_INK}"/></marker></defs>',
            *(part for arrow in diagram.arrows for part in _arrow(arrow, mark)),
            *(part for box in diagram.boxes for part in _box(box)),
            "</svg>",
        )
    )


def _box(box: Box) -> Iterator[str]:
    round_by = {"start": 14, "end": 14, "lane": 0}.get(box.sort, 4)
    stroke = _SOFT if box.sort == "lane" else _INK
    dashes = ' stroke-dasharray="5 3"' if box.sort == "note" else ""
    wide = 2 if box.sort == "urgent" else 1
    yield (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{round_by}" '
        f'fill="{_FILLS[box.sort]}" stroke="{stroke}" stroke-width="{wide}"{dashes}/>'
    )
    top = box.y + (box.height - LINE * len(box.lines)) / 2 + LINE - 3
    for rank, line in enumerate(box.lines):
        heavy = ' font-weight="700"' if box.is_headed and (rank == 0 or box.sort == "lane") else ""
        yield f'<text x="{box.x + 7:.1f}" y="{top + rank * LINE:.1f}" fill="{_INK}"{heavy}>{html.escape(line)}</text>'


def _arrow(arrow: Arrow, mark: str) -> Iterator[str]:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in arrow.points)
    yield f'<polyline points="{points}" fill="none" stroke="{_INK}" marker-end="url(#{mark})"/>'
    if arrow.label:
        (x, y), (to_x, to_y) = arrow.points[0], arrow.points[1]
        at = (x + 5, y + 11) if x == to_x else ((x + to_x) / 2 - 8, (y + to_y) / 2 - 3)
        yield f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" fill="{_INK}" font-weight="700" stroke="#fff" stroke-width="3" '
        yield f'paint-order="stroke">{html.escape(arrow.label)}</text>'
