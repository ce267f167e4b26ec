"""Those who work outside: the same order always makes the same document, and each conforms; nobody is somebody else."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from maillon.formats.cda import checks
from maillon.formats.cda.read import read_cda
from maillon.journeys import variants
from maillon.journeys.observing import OURS
from maillon.scenarios import api as scenarios
from simulators.journeys import cast, depositing
from simulators.journeys.orders import Order, as_json, person_as_json
from simulators.journeys.writing import from_the_patient, written
from simulators.outgoing import address_book, render
from simulators.territory import build_territory
from tests.exchange.national import Teleservice

UNTIL = dt.date(2026, 11, 28)
TERRITORY = cast.with_outside(build_territory(until=UNTIL, patients=1))
WRITING = ("demander", "publier", "dispenser")
JOURNEYS = {name: scenarios.library.scenario(name) for name in scenarios.library.names()}
STEPS = [
    pytest.param(name, step.code, id=f"{name}-{step.code}")
    for name, journey in JOURNEYS.items()
    for step in journey.etapes
    if step.fait in WRITING
]


def _order(name: str, code: str) -> Order:
    journey = JOURNEYS[name]
    step, person = journey.step(code), cast.newcomer(sex=journey.patient.sexe, age=journey.patient.age, number=1,
                                                     until=UNTIL)  # fmt: skip
    assert step.document is not None
    return Order(
        what="publier", person=person_as_json(person), at=f"2026-10-15T{step.quand.hour:02d}:00:00+02:00",
        author=journey.acteurs[step.acteur].personne, key=f"essai-{code}", type=step.document.type,
        title=step.document.titre, level=step.document.niveau, readers=("morel",),
        texts={key: value for key, value in step.avec.items() if not key.startswith("@")},
    )  # fmt: skip


@pytest.mark.parametrize(("name", "code"), STEPS)
def test_what_a_house_outside_writes_conforms_and_is_always_the_same(name: str, code: str) -> None:
    order = _order(name, code)
    made = [
        render((written if again.author else from_the_patient)(again, TERRITORY).document,
               contacts=address_book(TERRITORY)).cda
        for again in (order, Order.of_json(json.loads(json.dumps(as_json(order)))))
    ]  # fmt: skip
    assert made[0] == made[1]
    assert not [one for one in checks.check(made[0]) if one.code not in OURS]
    level = "N3" if read_cda(made[0]).level == 3 else "N1"
    assert level == order.level


def test_a_correction_replaces_the_version_before_it() -> None:
    order = _order("entorse_cheville", "ENT-06")
    first, second = (written(Order(**(as_json(order) | {"version": each})), TERRITORY).document for each in (1, 2))
    assert second.version.replaces == first.version.id
    assert second.version.set_id == first.version.set_id


def test_each_run_is_about_somebody_else_and_nobody_of_the_territory() -> None:
    people = list(cast.newcomers(sex="F", age=34, until=UNTIL))
    assert len({each.ins for each in people}) == cast.POOL
    known = {each.ins for each in build_territory(until=UNTIL).patients}
    assert not known & {each.ins for each in people}
    assert all((UNTIL - each.birth_date).days // 365 == 34 for each in people)


def test_only_the_variant_of_a_closed_space_is_about_somebody_who_closed_theirs() -> None:
    nominal, closed = variants.pool(None), variants.pool(JOURNEYS["appendicectomie"].variant("IR2"))
    person = {each: cast.newcomer(sex="F", age=34, number=each, until=UNTIL) for each in (*nominal, *closed)}
    assert not any(cast.has_closed(person[each]) for each in nominal)
    assert all(cast.has_closed(person[each]) for each in closed)


def test_what_the_national_record_holds_is_read_from_outside_and_nothing_of_one_that_is_closed(tmp_path: Path) -> None:
    """So that « nothing went there » may be found false, while Maillon has nothing to ask by."""
    open_one, closed = (cast.newcomer(sex="F", age=34, number=number, until=UNTIL) for number in (1, cast.CLOSED_FROM))
    settings = {"records": [
        {"ins": person.ins, "oid": person.ins_oid, "state": state, "closed_because": ""}
        for person, state in ((open_one, "ACTIF"), (closed, "FERME"))
    ]}  # fmt: skip
    service = Teleservice("simulators.dmp", tmp_path / "dmp", settings).start()
    try:
        line = depositing.Line(
            address=service.address, authority=service.said["authority"], structure=service.said["structure"]
        )
        made = render(written(_order("entorse_cheville", "ENT-06"), TERRITORY).document,
                      contacts=address_book(TERRITORY))  # fmt: skip
        author, reader = TERRITORY.professional("fontaine"), TERRITORY.professional("okafor")
        house = TERRITORY.structure(reader.structure)
        assert depositing.held(line, open_one, reader=reader, house=house) == []
        depositing.feed(line, made, author=author, house=TERRITORY.structure(author.structure))
        assert depositing.held(line, open_one, reader=reader, house=house) == [made.document.title]
        assert depositing.held(line, closed, reader=reader, house=house) == []
    finally:
        service.stop()
