"""A decision tree: walked on what is known of one person, each step of the walk kept with its reasons.

A tree never decides for anybody: it says where the protocol leads, and why; who acts confirms.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from maillon.pathways.definition import Node
from maillon.questions.api import Subject, answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A node that was passed through: what it answered (None: inconnu, or no question) and on what."""

    node: Node
    truth: bool | None
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    passed: tuple[Passed, ...]

    @property
    def end(self) -> Node:
        return self.passed[-1].node

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(each.node.id for each in self.passed)


def walk(
    nodes: Sequence[Node],
    subject: Subject,
    *,
    today: dt.date,
    start: str = "",
    waits: Callable[[Node], bool] = lambda node: False,
) -> Walk:
    """From the first node, or from `start`, to an issue, to a node that `waits` for what nobody has asked yet, or to a
    call that must be answered before going on: then, from its `suite`."""
    by_id = {node.id: node for node in nodes}
    node: Node | None = by_id[start] if start else nodes[0]
    passed: list[Passed] = []
    while node is not None:
        if waits(node):
            return Walk(passed=(*passed, Passed(node=node, truth=None, because=())))
        truth, because, next_id = _step(node, subject, today)
        passed.append(Passed(node=node, truth=truth, because=because))
        node = None if node.appel else by_id.get(next_id)
    return Walk(passed=tuple(passed))


def _step(node: Node, subject: Subject, today: dt.date) -> tuple[bool | None, tuple[str, ...], str]:
    if node.si is None:
        return None, (), node.suite
    found = answer(node.si.asked, subject, today=today)
    way = {True: node.oui, False: node.non, None: node.inconnu}[found.truth]
    return found.truth, tuple(reason.text for reason in found.because), way


def faults(nodes: Sequence[Node]) -> Iterator[tuple[Node, str]]:
    """What is wrong with a tree: a way that leads nowhere, a node that nothing reaches, a circle."""
    by_id = {node.id: node for node in nodes}
    for node in nodes:
        yield from _node_faults(node, by_id)
    reached: set[str] = set()
    left = [nodes[0].id] if nodes else []
    while left:
        id_ = left.pop()
        if id_ in by_id and id_ not in reached:
            reached.add(id_)
            left += ways(by_id[id_])
    for node in nodes:
        if node.id not in reached:
            yield node, f"le nœud « {node.id} » n’est jamais atteint."
        if node.id in _descendants(node, by_id):
            yield node, f"le nœud « {node.id} » tourne en rond."


def ways(node: Node) -> list[str]:
    return [way for way in (node.oui, node.non, node.inconnu, node.suite) if way]


def _node_faults(node: Node, by_id: dict[str, Node]) -> Iterator[tuple[Node, str]]:
    for way in ways(node):
        if way not in by_id:
            yield node, f"le nœud « {way} » n’existe pas."
    if node.si is not None:
        if not (node.oui and node.non and node.inconnu):
            yield node, f"le nœud « {node.id} » pose une question : il faut dire où mènent oui, non et inconnu."
        if node.suite or node.issue:
            yield node, f"le nœud « {node.id} » pose une question : il n’a ni suite ni issue."
    elif bool(node.suite) == bool(node.issue):
        yield node, f"le nœud « {node.id} » a une suite ou une issue, et une seule."


def _descendants(node: Node, by_id: dict[str, Node]) -> set[str]:
    found: set[str] = set()
    left = ways(node)
    while left:
        id_ = left.pop()
        if id_ in by_id and id_ not in found:
            found.add(id_)
            left += ways(by_id[id_])
    return found
