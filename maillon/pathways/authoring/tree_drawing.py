"""A decision tree as a picture: layers from the first node to the issues, crossings left over by three sweeps."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from maillon.formats.diagram import LINE, Arrow, Box, BoxSort, Diagram
from maillon.pathways.definition import Node, Protocol

_WIDE: Final = 168
_LETTERS: Final = 28
_ACROSS, _DOWN = 22, 44
_PAD: Final = 6
_SWEEPS: Final = 3
_WORDS: Final = {"oui": "oui", "non": "non", "inconnu": "?", "suite": ""}
Way = tuple[str, str, str]  # from, to, label


def tree_diagram(protocol: Protocol) -> Diagram | None:
    """None for a protocol without a tree. Ways that lead to the same node are one arrow with their words."""
    nodes = {node.id: node for node in protocol.arbre}
    if not nodes:
        return None
    ways = _ways(protocol.arbre)
    depth = _depths(protocol.arbre[0].id, ways)
    layers, chains = _layers(depth, ways)
    places = _placed(_ordered(layers, chains))
    boxes, tops = _boxes(nodes, layers, places)
    arrows = tuple(_arrow(way, chain, places, boxes, tops) for way, chain in chains.items())
    return Diagram(
        width=max(box.x + box.width for box in boxes.values()) + 4, title=f"Arbre de décision de {protocol.code}",
        height=max(box.y + box.height for box in boxes.values()) + 4, description=" ".join(tree_in_words(protocol)),
        boxes=tuple(boxes.values()), arrows=arrows,
    )  # fmt: skip


def tree_in_words(protocol: Protocol) -> tuple[str, ...]:
    return tuple(_said(node) for node in protocol.arbre)


def _said(node: Node) -> str:
    narrow = "\u202f"
    known = (("oui", node.oui), ("non", node.non), ("on ne sait pas", node.inconnu))
    ways = [f"{word}{narrow}: aller à {to}" for word, to in known if to]
    end = [f"ensuite, aller à {node.suite}"] if node.suite else [f"issue{narrow}: {node.issue}"] if node.issue else []
    more = [node.quoi] if node.quoi else []
    call = [f"appeler{narrow}: {node.appel}"] if node.appel else []
    return f"{node.id}. {node.dire}" + (f" ({'; '.join([*more, *call, *ways, *end])})." if ways or end else ".")


def _ways(nodes: Sequence[Node]) -> list[Way]:
    known = {node.id for node in nodes}
    found: dict[tuple[str, str], list[str]] = {}
    for node in nodes:
        for name, word in _WORDS.items():
            to = getattr(node, name)
            if to in known:
                found.setdefault((node.id, to), []).append(word)
    return [(source, to, ", ".join(word for word in words if word)) for (source, to), words in found.items()]


def _depths(first: str, ways: Sequence[Way]) -> dict[str, int]:
    """The longest way from the first node; what nothing reaches is left out. A tree has no circle (checking)."""
    after = defaultdict(list)
    for source, to, _ in ways:
        after[source].append(to)
    depth = {first: 0}
    waiting = [first]
    while waiting:
        here = waiting.pop()
        for to in after[here]:
            if depth.get(to, -1) < depth[here] + 1 and depth[here] < 200:
                depth[to] = depth[here] + 1
                waiting.append(to)
    return depth


def _layers(depth: dict[str, int], ways: Sequence[Way]) -> tuple[list[list[str]], dict[Way, list[str]]]:
    """Nodes by layer; a way over several layers passes through a point in each."""
    layers: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name, at in depth.items():
        layers[at].append(name)
    chains: dict[Way, list[str]] = {}
    for way in ways:
        source, to, _ = way
        if source not in depth:
            continue
        points = [f"{source}>{to}>{at}" for at in range(depth[source] + 1, depth[to])]
        for at, point in enumerate(points, depth[source] + 1):
            layers[at].append(point)
        chains[way] = [source, *points, to]
    return layers, chains


def _ordered(layers: list[list[str]], chains: dict[Way, list[str]]) -> list[list[str]]:
    """Each layer in the order of the middle of what leads to it, then of what it leads to."""
    before, after = defaultdict(list), defaultdict(list)
    for chain in chains.values():
        for here, to in zip(chain, chain[1:], strict=False):
            before[to].append(here)
            after[here].append(to)
    for _ in range(_SWEEPS):
        for links, rows in ((before, layers), (after, layers[::-1])):
            for row, former in zip(rows[1:], rows, strict=False):
                rank = {name: place for place, name in enumerate(former)}
                own = {name: place for place, name in enumerate(row)}
                row.sort(key=lambda name: _middle([rank[x] for x in links[name] if x in rank], own[name]))  # noqa: B023
    return layers


def _middle(places: list[int], otherwise: int) -> float:
    return sum(places) / len(places) if places else float(otherwise)


def _placed(layers: list[list[str]]) -> dict[str, float]:
    """The middle of each node across the page, each layer centred on the widest."""
    wide = [[_width(name) for name in row] for row in layers]
    widest = max(sum(row) + _ACROSS * (len(row) - 1) for row in wide)
    places: dict[str, float] = {}
    for row, widths in zip(layers, wide, strict=True):
        x = 4 + (widest - sum(widths) - _ACROSS * (len(row) - 1)) / 2
        for name, width in zip(row, widths, strict=True):
            places[name] = x + width / 2
            x += width + _ACROSS
    return places


def _width(name: str) -> float:
    return 12 if ">" in name else _WIDE


def _boxes(
    nodes: dict[str, Node], layers: list[list[str]], places: dict[str, float]
) -> tuple[dict[str, Box], dict[str, tuple[float, float]]]:
    """`tops`: where each layer begins and ends, for the points of the ways that cross it."""
    boxes: dict[str, Box] = {}
    tops: dict[str, tuple[float, float]] = {}
    y = 4.0
    for row in layers:
        said = {name: _lines(nodes[name]) for name in row if name in nodes}
        tall = max((LINE * len(lines) + 2 * _PAD for lines in said.values()), default=0.0)
        for name in row:
            tops[name] = (y, y + tall)
            if name in said:
                boxes[name] = Box(
                    x=places[name] - _WIDE / 2, y=y, width=_WIDE, height=LINE * len(said[name]) + 2 * _PAD,
                    lines=said[name], sort=_sort(nodes[name]), is_headed=True,
                )  # fmt: skip
        y += tall + _DOWN
    return boxes, tops


def _lines(node: Node) -> tuple[str, ...]:
    call, end = f"Appeler : {node.appel}" if node.appel else "", f"Issue : {node.issue}" if node.issue else ""
    said = [f"{node.id}. {node.dire}", node.quoi, call, end]
    return tuple(line for each in said if each for line in textwrap.wrap(each, _LETTERS))


def _sort(node: Node) -> BoxSort:
    if node.si is not None:
        return "test"
    return "end" if node.issue else "alert" if node.appel else "step"


def _arrow(
    way: Way, chain: list[str], places: dict[str, float], boxes: dict[str, Box], tops: dict[str, tuple[float, float]]
) -> Arrow:
    source, to = boxes[chain[0]], boxes[chain[-1]]
    points = [(places[chain[0]], source.y + source.height)]
    for point in chain[1:-1]:
        points += [(places[point], tops[point][0]), (places[point], tops[point][1])]
    points.append((places[chain[-1]], to.y))
    return Arrow(points=tuple(points), label=way[2])
