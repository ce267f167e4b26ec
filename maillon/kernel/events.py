"""Typed events: what a room tells to the rooms above it.

An event is announced in the transaction of its fact; one outbox job per reaction is written then and there,
so that each reaction is retried on its own. Reactions receive the event at least once.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from maillon.kernel import outbox


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Carries ids, never patient data."""


E = TypeVar("E", bound=Event)
_reactions: dict[type[Event], list[str]] = defaultdict(list)


def reacts_to(event_type: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register an idempotent reaction to an event; done once, when the rooms are loaded."""

    def register(reaction: Callable[[E], None]) -> Callable[[E], None]:
        name = f"{reaction.__module__}.{reaction.__name__}"
        _reactions[event_type].append(name)

        def run(payload: dict[str, Any]) -> None:
            reaction(_received(event_type, payload))

        outbox.handles(name)(run)
        return reaction

    return register


def reacts_together_to(event_type: type[E]) -> Callable[[Callable[[list[E]], None]], Callable[[list[E]], None]]:
    """The same for what touches our base alone and costs less for many at once: a batch of events is one call and one
    transaction; when it fails, each is tried by itself (kernel.outbox)."""

    def register(reaction: Callable[[list[E]], None]) -> Callable[[list[E]], None]:
        name = f"{reaction.__module__}.{reaction.__name__}"
        _reactions[event_type].append(name)

        def run(payloads: list[dict[str, Any]]) -> None:
            reaction([_received(event_type, payload) for payload in payloads])

        outbox.handles_together(name)(run)
        return reaction

    return register


def announce(event: Event) -> None:
    """Write one job for each reaction, in the current transaction."""
    for name in _reactions.get(type(event), ()):
        outbox.enqueue(name, dataclasses.asdict(event))


def _received(event_type: type[E], payload: dict[str, Any]) -> E:
    """JSON knows neither identifiers nor dates: they are made again from their text."""
    hints = typing.get_type_hints(event_type)
    return event_type(**{name: _as(hints[name], value) for name, value in payload.items()})


def _as(kind: Any, value: Any) -> Any:
    kinds = [each for each in (*typing.get_args(kind), kind) if each in _FROM_TEXT]
    return _FROM_TEXT[kinds[0]](value) if kinds and isinstance(value, str) else value


_FROM_TEXT: dict[Any, Callable[[str], Any]] = {
    UUID: UUID,
    dt.date: dt.date.fromisoformat,
    dt.datetime: dt.datetime.fromisoformat,
}


def listed() -> dict[str, tuple[str, ...]]:
    """Every event that somebody reacts to, for the generated page."""
    return {f"{kind.__module__}.{kind.__name__}": tuple(names) for kind, names in _reactions.items()}
