"""Twins: the same base with and without what is hidden from somebody, and the same answers from both, byte for byte."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.urls import URLPattern

from tests.seep import mutations, samplers
from tests.seep.answers import Answer, Ask, ask
from tests.seep.mutations import NothingToHide, Scene
from tests.seep.sight import Sight, viewer_of
from tests.seep.worlds import Person, World, undone

ASKED_EACH_TIME = 40
CHANGES_EACH_TIME = 4
TOLD_EVERY = 10_000  # pairs


@dataclass(frozen=True, kw_only=True)
class Seep:
    """Somebody could tell the twins apart."""

    who: str
    ask: Ask
    difference: str
    hidden: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.who}: {self.ask}\n    {self.difference}\n    hidden: {', '.join(self.hidden)}"


@dataclass
class Comparison:
    pairs: int = 0
    seeps: list[Seep] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)


class Twins:
    def __init__(
        self, world: World, *, seed: int, only: Iterable[mutations.Mutation] = mutations.ALL, path: str = ""
    ) -> None:
        """`path`: the beginning of the only addresses that are asked."""
        self.world, self.rng, self.only = world, random.Random(seed), tuple(only)
        self.routes = [each for each in samplers.routes() if str(each.pattern).startswith(path)]
        self._asks: dict[tuple[str, URLPattern], list[Ask]] = {}
        self.first: dict[tuple[str, Ask], Answer] = {}
        self.things: dict[str, samplers.Things] = {}

    def compare(self, pairs: int, *, people: Iterable[str], most_seeps: int = 20) -> Comparison:
        found, turns, told = Comparison(), list(people), 0
        while found.pairs < pairs and len(found.seeps) < most_seeps:
            self._round(self.world.people[self.rng.choice(turns)], found)
            if found.pairs - told >= TOLD_EVERY:  # a long run says how far it is
                told = found.pairs
                print(f"{told} pairs, {len(found.seeps)} differences", flush=True)
        return found

    def _round(self, person: Person, found: Comparison) -> None:
        if person.key not in self.things:  # before anything more is there
            self.things[person.key] = samplers.things(self.world, person)
        scene = self._scene(person)
        second: dict[Ask, Answer] = {}
        with undone():
            hidden = tuple(self._change(scene))
            if not hidden:
                return
            for asked in self._asked(scene):
                second[asked] = ask(person, asked)
        for asked, answer in second.items():
            self._compare(person, asked, answer, hidden, found)
        found.changes.update(hidden)

    def _scene(self, person: Person) -> Scene:
        return Scene(
            world=self.world, person=person, viewer=viewer_of(person), sight=Sight(),
            rng=random.Random(self.rng.random()),
        )  # fmt: skip

    def _change(self, scene: Scene) -> Iterator[str]:
        """Those of the changes that are hidden from this person; the others are taken back."""
        for change in self.rng.sample(self.only, min(CHANGES_EACH_TIME, len(self.only))):
            point = transaction.savepoint()
            tried = scene.again()
            try:
                change(tried)
                if not tried.is_hidden():
                    raise NothingToHide
            except NothingToHide:
                transaction.savepoint_rollback(point)
                transaction.savepoint_commit(point)
                continue
            scene.keep(tried)
            yield change.__name__

    def _asked(self, scene: Scene) -> list[Ask]:
        """What there always was, and what only this twin holds, by its number."""
        new = self._of(samplers.Things(values=scene.new | {"index": ["0"]})) if scene.new else []
        names = [value for values in scene.new.values() for value in values]
        named = [each for each in new if _names(each, names)]
        forged = [
            Ask(method="POST", path=each.path, fields=(*each.fields, ("patient", value)))
            for value in scene.new.get("patient", [])[:1]
            for each in (self._one(scene.person.key) for _ in range(12))
            if each.method == "POST"
        ]
        return [
            *(self._one(scene.person.key) for _ in range(ASKED_EACH_TIME)),
            *self.rng.sample(named, min(ASKED_EACH_TIME // 4, len(named))),
            *forged,
        ]

    def _of(self, known: samplers.Things) -> list[Ask]:
        return [each for route in self.routes for each in samplers.asks_of(route, known)]

    def _one(self, key: str) -> Ask:
        """By route first, so that one of many addresses weighs no more than one of a single."""
        route = self.rng.choice(self.routes)
        if (key, route) not in self._asks:
            self._asks[key, route] = list(samplers.asks_of(route, self.things[key]))
        return self.rng.choice(self._asks[key, route])

    def _compare(
        self, person: Person, asked: Ask, second: Answer, hidden: tuple[str, ...], found: Comparison
    ) -> None:
        if (person.key, asked) not in self.first:
            self.first[person.key, asked] = ask(person, asked)
        first = self.first[person.key, asked]
        found.pairs += 1
        found.statuses[first.status] += 1
        found.paths[asked.path.split("/")[1]] += 1
        difference = first.differs_from(second)
        if difference:
            found.seeps.append(Seep(who=person.key, ask=asked, difference=difference, hidden=hidden))
        if 500 in (first.status, second.status):
            found.faults.append(f"{person.key}: {asked}: {first.status} / {second.status}")


def _names(asked: Ask, names: list[str]) -> bool:
    said = " ".join((asked.path, asked.body, *(value for _, value in asked.fields)))
    return any(name in said for name in names)
