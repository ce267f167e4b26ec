"""Every route, asked by every role in every relation to what is named: the answer is the one that its rule declares.

What is expected comes from the sheet (tests/seep/sight.py) and from the table below, never from the product. A rule
without a line in the table fails, and so does the route that bears it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
from django.urls import URLPattern

from maillon.access.models import JournalEntry
from tests.seep import samplers
from tests.seep.answers import NUMBER, Answer, Ask, ask
from tests.seep.sight import Sight, viewer_of
from tests.seep.worlds import ABSENT, ASKING, Person, World, undone

pytestmark = pytest.mark.django_db

# shown: a page, or any answer that a page gives to a form. absent: the page of what does not exist. elsewhere: the door
# to sign in. either: within an open record, one more thing is named which may be nothing.
Outcome = Literal["shown", "absent", "elsewhere", "either"]

DOOR = "mon-espace"
SHOWN, ABSENT_PAGE, SIGN_IN = (200, 204, 302, 400, 403, 415, 422, 503), (404,), (302, 401, 204)
# Converters that name one more thing inside what the rule opens.
Asking = Callable[[Ask], Answer]
FURTHER = frozenset(samplers.POOLS) - {"patient", "document", "paper"}


@dataclass(frozen=True, kw_only=True)
class Situation:
    person: Person | None
    named: str  # the patient or the document of the address
    sight: Sight
    world: World

    @property
    def is_professional(self) -> bool:
        return self.person is not None and self.person.professional_id is not None

    @property
    def is_visitor(self) -> bool:
        return self.person is not None and self.person.actor.visitor_id is not None

    def opens(self) -> bool:
        known = next((each for each in self.world.patients.values() if str(each.uuid) == self.named), None)
        assert self.person is not None
        return known is not None and bool(self.sight.opens(viewer_of(self.person), known.id))

    def has_a_record(self) -> bool:
        assert self.person is not None
        return any(self.sight.opens(viewer_of(self.person), each.id) for each in self.world.patients.values())

    def reads(self) -> bool:
        row = next((each for each in self.sight.documents.values() if str(each["uuid"]) == self.named), None)
        assert self.person is not None
        return row is not None and self.sight.reads(viewer_of(self.person), row["id"])


def _signed_in(asked: Situation) -> Outcome:
    return "either" if asked.is_professional else "elsewhere"


def _record(asked: Situation) -> Outcome:
    if not asked.is_professional:
        return "elsewhere"
    return "either" if asked.opens() else "absent"


def _document(asked: Situation) -> Outcome:
    if not asked.is_professional:
        return "elsewhere"
    return "either" if asked.reads() else "absent"


def _behind_the_door(asked: Situation) -> Outcome:
    return "either" if asked.is_visitor else "elsewhere"


def _paper(asked: Situation) -> Outcome:
    if not asked.is_visitor:
        return "elsewhere"
    if not asked.has_a_record():
        return "either"  # nothing is on the screen: every address leads to the choice of a record
    return "either" if asked.reads() else "absent"


def _bearer(asked: Situation) -> Outcome:
    if asked.person is None or not asked.person.bearer:
        return "elsewhere"
    if not asked.named:
        return "either"
    return "either" if asked.opens() or asked.reads() else "absent"


RULES: dict[str, Callable[[Situation], Outcome]] = {
    "public": lambda _: "either",
    "signed_in": _signed_in,
    "halfway": _signed_in,
    "opens_record": _record,
    "opens_document": _document,
    "half_way": _behind_the_door,
    "inside": _behind_the_door,
    "visits": _behind_the_door,
    "visits_paper": _paper,
    "bearer": _bearer,
    "software": lambda _: "elsewhere",  # a secret or a signature, not a person
}


def rules_of(route: URLPattern, method: str) -> str:
    """« opens_record:read|opens_record:update » → the rule of this method."""
    parts = str(route.callback.rule).split("|")
    return parts[-1 if method == "POST" else 0].partition(":")[0]


def methods(route: URLPattern) -> tuple[str, ...]:
    declared = str(route.callback.method)
    return ("GET", "POST") if declared == "ANY" else (declared,)


def things(world: World, person: Person | None) -> samplers.Things:
    """Each patient or document once, seen or not, and one that is nowhere."""
    known = samplers.things(world, person or world.people["claire"])
    each_once = {name: list(dict.fromkeys(values)) for name, values in known.values.items()}
    return samplers.Things(values=each_once | {"document": _documents(world), "paper": _documents(world)})


def cases(route: URLPattern, known: samplers.Things) -> Iterator[tuple[str, str]]:
    """(what is named, address)."""
    names = samplers.converters(route)
    first = next((name for name in names if name in ("patient", "document", "paper")), None)
    for value in known.of(first) if first else [""]:
        given = {name: known.of(name)[0] for name in names} | ({first: value} if first else {})
        yield value, "/" + samplers.CONVERTER.sub(lambda found: given[found["name"]], str(route.pattern))  # noqa: B023


def _documents(world: World) -> list[str]:
    """One for each way of being open or closed."""
    names = ("followed/letter", "followed/psychiatry", "followed/restricted", "followed/vaulted", "followed/masked",
             "followed/announced", "second/biology", "named/letter", "opposed/letter", "child/prescription",
             "unknown/authored", "elsewhere/letter")  # fmt: skip
    return [*(str(world.documents[name].uuid) for name in names), str(ABSENT)]


@pytest.mark.parametrize("route", samplers.routes(), ids=lambda route: str(route.pattern) or "/")
def test_every_rule_is_declared(route: URLPattern) -> None:
    assert all(rules_of(route, method) in RULES for method in ("GET", "POST")), route.callback.rule


@pytest.mark.parametrize("key", [*ASKING, None], ids=lambda key: key or "nobody")
def test_every_route_answers_as_its_rule_says(world: World, key: str | None) -> None:
    """And a refusal is, byte for byte and statement for statement, what an unknown number gets: one row of refusal in
    the journal, none of opening."""
    person, sight, wrong = world.people[key] if key else None, Sight(), list[str]()
    known, nothing = things(world, person), functools.cache(functools.partial(ask, person))
    before = _last_row()  # what is asked is undone: it stays the last
    for route in samplers.routes():
        for method in methods(route):
            for named, address in cases(route, known):
                situation = Situation(person=person, named=named, sight=sight, world=world)
                expected = RULES[rules_of(route, method)](situation)
                wrong += _tried(person, route, method, address, expected, nothing, before)
                if expected == "elsewhere":
                    break  # what is named changes nothing
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:30])


def _tried(
    person: Person | None, route: URLPattern, method: str, address: str, expected: Outcome, asked_of_nothing: Asking,
    before: int,
) -> Iterator[str]:  # fmt: skip
    with undone():
        answer = ask(person, Ask(method=method, path=address), keep=True)
        rows = _decisions(before) if expected == "absent" else []
    said = f"{method} {address} ({route.callback.rule})"
    if not _is(expected, answer, address):
        yield f"{said}: {answer.status}, expected {expected}"
    elif expected == "absent" and rows != ["deny"]:
        yield f"{said}: journal {rows}"
    elif expected == "absent":
        nothing = asked_of_nothing(Ask(method=method, path=NUMBER.sub(str(ABSENT), address, count=1)))
        if nothing.statements != answer.statements:
            yield f"{said}: other statements than for nothing: {nothing.differs_from(answer)}"
        elif nothing.differs_from(answer):
            yield f"{said}: {nothing.differs_from(answer)}"
    elif expected == "either" and method == "GET" and _names_one_thing(route) and answer.status not in (200, 302, 422):
        yield f"{said}: {answer.status}, although it is open"


def _names_one_thing(route: URLPattern) -> bool:
    """A record or a document, and nothing more: open, it is shown."""
    names = set(samplers.converters(route))
    return bool(names & {"patient", "document"}) and not names & FURTHER and not _is_optional(route)


def _is(expected: Outcome, answer: Answer, address: str) -> bool:
    if expected == "elsewhere":
        at_the_door = re.match(r"/(mon-espace/)?connexion", dict(answer.headers).get("location", "/connexion"))
        return answer.status in SIGN_IN and at_the_door is not None
    if expected == "absent":
        return answer.status in ABSENT_PAGE
    return answer.status in (*SHOWN, *ABSENT_PAGE)


def _is_optional(route: URLPattern) -> bool:
    """Pages of an open record that need more than the record: a right, a letter to write, a result to name."""
    ends = (
        "urgence/courrier", "resultats/courbe", "membre", "souhait", "visibilite", "espace-patient", "echanges",
        "droits", "droits/exporter", "CareTeam/<uuid:patient>", "CareTeam/<uuid:patient>/_history",
    )  # fmt: skip
    return str(route.pattern).endswith(ends)


def _last_row() -> int:
    return JournalEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0


def _decisions(before: int) -> list[str]:
    return list(JournalEntry.objects.filter(id__gt=before).order_by("id").values_list("decision", flat=True))
