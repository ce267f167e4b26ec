"""What a question reads, without asking it: the series, the parameters, whether it counts days."""

from __future__ import annotations

from collections.abc import Iterator

from maillon.questions.facts import Kind
from maillon.questions.syntax import (
    AtLeast,
    Comparison,
    Expression,
    Junction,
    Known,
    Not,
    Of,
    Parameter,
    Series,
    Stated,
    Sum,
)


def parts_of(asked: Expression) -> Iterator[Expression]:
    """The question and everything in it."""
    yield asked
    match asked:
        case Junction():
            inside: tuple[Expression | None, ...] = asked.parts
        case Comparison() | Sum():
            inside = (asked.left, asked.right)
        case Not() | Known():
            inside = (asked.of,)
        case Of() | Stated():
            inside = (asked.series,)
        case AtLeast():
            inside = (asked.series, asked.threshold)
        case _:
            inside = ()
    for part in inside:
        if part is not None:
            yield from parts_of(part)


def series_in(asked: Expression) -> tuple[Series, ...]:
    """Every series that the question reads, once."""
    return tuple(dict.fromkeys(part for part in parts_of(asked) if isinstance(part, Series)))


def parameters_in(asked: Expression) -> frozenset[str]:
    return frozenset(part.name for part in parts_of(asked) if isinstance(part, Parameter))


def reads(asked: Expression) -> frozenset[tuple[Kind, str]]:
    """(kind, code) of all that may change its answer; a code may end with a star."""
    return frozenset((series.kind, code) for series in series_in(asked) for code in series.codes)
