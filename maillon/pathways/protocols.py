"""Versions in force, as the engine needs them: read once, with the index of what each of them reads."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from maillon.kernel.key import Actor
from maillon.pathways import desk
from maillon.pathways.checking import parsed
from maillon.pathways.definition import Protocol
from maillon.pathways.models import ProtocolVersion
from maillon.pathways.states import VersionState
from maillon.questions.api import Expression, Kind, reads


def in_force(structures: Iterable[int]) -> list[ProtocolVersion]:
    """What the teams of these structures apply now, by code."""
    found = ProtocolVersion.objects.filter(structure_id__in=list(structures), state=VersionState.IN_FORCE)
    return list(found.order_by("code", "structure_id"))


def of_actor(actor: Actor) -> list[ProtocolVersion]:
    return in_force(actor.structure_ids)


def protocol_of(version: ProtocolVersion) -> Protocol:
    return parsed(version.text)


@dataclass(frozen=True, slots=True)
class Index:
    """Which alerts a code may wake, and whether it may show that a step was done or is wanted."""

    exact: dict[tuple[Kind, str], frozenset[str]]
    beginnings: tuple[tuple[Kind, str, str], ...]
    every: tuple[Expression, ...]

    def woken(self, said: Collection[tuple[str, str]]) -> set[str]:
        """Names of the alerts, and « étapes » for any step, among what these (kind, code) may change."""
        found: set[str] = set()
        for kind, code in said:
            found |= self.exact.get((Kind(kind), code), frozenset()) if kind in _KINDS else frozenset()
            found |= {name for each, start, name in self.beginnings if each.value == kind and code.startswith(start)}
        return found


STEPS = "étapes"
_KINDS = frozenset(kind.value for kind in Kind)


@functools.lru_cache(maxsize=500)
def index_of(text: str) -> Index:
    """Of a version, by its text."""
    protocol = parsed(text)
    exact: dict[tuple[Kind, str], set[str]] = defaultdict(set)
    beginnings: list[tuple[Kind, str, str]] = []
    for name, asked in _asked(protocol):
        for kind, code in reads(asked):
            if code.endswith("*"):
                beginnings.append((kind, code[:-1], name))
            else:
                exact[kind, code].add(name)
    return Index(
        exact={key: frozenset(names) for key, names in exact.items()},
        beginnings=tuple(dict.fromkeys(beginnings)),
        every=tuple(dict.fromkeys(asked for _, asked in _asked(protocol))),
    )


def _asked(protocol: Protocol) -> Iterator[tuple[str, Expression]]:
    """Every question that the running of a plan asks."""
    for alert in protocol.alertes:
        yield alert.id, alert.si.asked
        table = protocol.table(alert.tableau)
        for row in table.lignes if table else ():
            if row.si is not None:
                yield alert.id, row.si.asked
    for step in protocol.etapes:
        shown = desk.evidence_of(step)
        asked = [each for each in (step.condition, step.quand.des_que) if each is not None]
        asked += [otherwise.si for otherwise in step.quand.sauf]
        for expression in [*([shown] if shown is not None else []), *(each.asked for each in asked)]:
            yield STEPS, expression
