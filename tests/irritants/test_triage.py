"""From new to answered: who may, what is asked at each step, two that are one."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction

from maillon.access import api as access_room
from maillon.irritants import api as irritants
from maillon.irritants.models import Irritant
from maillon.irritants.states import IRRITANT, OPEN, SETTLED, IrritantState
from maillon.kernel import clock
from maillon.kernel.key import Actor
from tests.conftest import Cast
from tests.evaluations.conftest import refusal
from tests.irritants.making import report, settle, triage

verbs = irritants.triage


def test_from_the_report_to_the_answer(cast: Cast, agnes: Actor) -> None:
    uuid = report(cast.nadia)
    (line,) = irritants.lines.to_triage(agnes)
    assert (line.code_label, line.severity_label, line.reported_by, line.state_label) == (
        "Résultats de biologie en PDF seul", "Contournement", "Nadia Lefèvre", "Nouveau",
    )  # fmt: skip
    assert line.due_on == clock.today() + dt.timedelta(days=15)
    assert irritants.lines.waiting(agnes) == 1
    triage(agnes, uuid, owner=cast.karim)
    assert irritants.lines.waiting(agnes) == 0
    assert [each.action for each in irritants.lines.owned(cast.karim)] == ["Écrire au laboratoire."]
    verbs.begin(cast.karim, uuid)
    assert irritants.lines.show(cast.nadia, uuid).state_label == "En cours"
    triage(agnes, uuid, owner=cast.claire)
    assert irritants.lines.show(cast.nadia, uuid).state == "en_cours", "another owner does not begin again"
    settle(cast.claire, uuid, "Le laboratoire envoie du structuré depuis lundi.")
    assert irritants.lines.owned(cast.claire) == ()
    assert [each.reply for each in irritants.lines.answered(cast.nadia)] == [
        "Le laboratoire envoie du structuré depuis lundi."
    ]
    assert irritants.lines.show(cast.nadia, uuid).is_reply_new
    assert irritants.lines.answered(cast.nadia) == ()
    verbs.reopen(agnes, uuid)
    assert irritants.lines.show(cast.nadia, uuid).state == "nouveau"
    triage(agnes, uuid, owner=cast.karim)
    settle(agnes, uuid, "Cette fois, pour de bon.")
    assert len(irritants.lines.answered(cast.nadia)) == 1, "a second answer is new too"


@pytest.mark.parametrize("state", list(IrritantState))
def test_a_state_moves_along_its_arrows_alone(cast: Cast, agnes: Actor, state: IrritantState) -> None:
    uuid, other = report(cast.nadia), report(cast.claire)
    main = Irritant.objects.get(uuid=other)
    owner = cast.karim.professional_id
    Irritant.objects.filter(uuid=uuid).update(
        state=state, owner_id=owner, action="x", reply="x", joined_to=main if state == "reuni" else None
    )
    moves = {
        "triage": lambda: triage(agnes, uuid, owner=cast.karim),
        "begin": lambda: verbs.begin(agnes, uuid),
        "solve": lambda: settle(agnes, uuid),
        "drop": lambda: settle(agnes, uuid, is_solved=False),
        "join": lambda: verbs.join(agnes, uuid, to=other),
        "separate": lambda: verbs.separate(agnes, uuid),
        "reopen": lambda: verbs.reopen(agnes, uuid),
    }
    allowed = {each.name for each in IRRITANT.allowed_from(state)} - {"entrust"}
    if state == IrritantState.UNDER_WAY:
        allowed.add("triage")  # « Changer le suivi »
    for name, move in moves.items():
        point = transaction.savepoint()
        if name in allowed:
            move()
        else:
            assert refusal(move) == "E-IRR-05", name
        transaction.savepoint_rollback(point)


def test_every_state_is_open_settled_or_joined() -> None:
    assert set(IrritantState) == OPEN | SETTLED | {IrritantState.JOINED}
    assert not OPEN & SETTLED


def test_triage_names_somebody_here_a_day_and_an_action(cast: Cast, agnes: Actor) -> None:
    uuid = report(cast.nadia)
    assert refusal(triage, agnes, uuid, owner=cast.paul) == "E-IRR-03"
    for changed in ({"due_on": None}, {"action": " "}, {"code": "IR0"}):
        assert refusal(triage, agnes, uuid, owner=cast.karim, **changed) == "E-IRR-03"
    assert refusal(triage, agnes, uuid, owner=cast.karim, action="Voir Mme née le 3/02") == "E-IRR-02"
    with pytest.raises(IntegrityError), transaction.atomic():
        Irritant.objects.update(state="trie")
    triage(agnes, uuid, owner=cast.karim)


def test_nothing_ends_in_silence(cast: Cast, agnes: Actor) -> None:
    uuid = report(cast.nadia)
    assert refusal(settle, agnes, uuid, "", is_solved=False) == "E-IRR-04"
    assert refusal(settle, agnes, uuid, "Le patient né le 3 mars", is_solved=False) == "E-IRR-02"
    with pytest.raises(IntegrityError), transaction.atomic():
        Irritant.objects.update(state="ecarte")
    settle(agnes, uuid, "L’éditeur ne le prévoit pas.", is_solved=False)
    assert refusal(settle, agnes, uuid) == "E-IRR-05"


def test_two_that_are_one_have_one_follow_up_and_two_answers(cast: Cast, agnes: Actor) -> None:
    first, second, third = report(cast.nadia), report(cast.claire, severity=3), report(cast.karim, minutes_lost=4)
    verbs.join(agnes, third, to=second)
    verbs.join(agnes, second, to=first)
    (line,) = irritants.lines.to_triage(agnes)
    assert (line.uuid, line.times, line.minutes, line.severity) == (first, 3, 16, 3)
    assert {each.uuid for each in irritants.lines.joined(agnes, first)} == {second, third}, "no chain"
    triage(agnes, first, owner=cast.sylvie)
    settle(cast.sylvie, first, "Fait pour tous.")
    for reporter in (cast.nadia, cast.claire, cast.karim):
        assert [each.reply for each in irritants.lines.answered(reporter)] == ["Fait pour tous."]
    (mine,) = irritants.lines.mine(cast.karim)
    assert (mine.state, mine.joined_to) == ("resolu", line.reference)
    irritants.lines.show(cast.karim, third)
    assert irritants.lines.answered(cast.karim) == ()
    assert len(irritants.lines.answered(cast.claire)) == 1


def test_joining_is_refused_to_itself_or_to_what_is_closed_and_undone(cast: Cast, agnes: Actor) -> None:
    uuid, other = report(cast.nadia), report(cast.claire)
    assert refusal(verbs.join, agnes, uuid, to=uuid) == "E-IRR-06"
    settle(agnes, other, is_solved=False)
    assert refusal(verbs.join, agnes, uuid, to=other) == "E-IRR-06"
    verbs.reopen(agnes, other)
    verbs.join(agnes, uuid, to=other)
    assert [each.uuid for each in irritants.lines.alike(agnes, other)] == []
    verbs.separate(agnes, uuid)
    assert {each.state for each in irritants.lines.to_triage(agnes)} == {"nouveau"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Irritant.objects.filter(uuid=uuid).update(joined_to=Irritant.objects.get(uuid=other))


def test_who_may_read_and_triage(cast: Cast, agnes: Actor) -> None:
    uuid, other = report(cast.nadia), report(cast.nadia)
    assert irritants.lines.mine(cast.claire) == ()
    for actor in (cast.claire, cast.paul):
        for forbidden in (
            lambda actor: irritants.lines.show(actor, uuid),
            irritants.lines.to_triage,
            irritants.figures.cost,
            irritants.export.for_vendor,
            irritants.paper.action_plan,
            lambda actor: triage(actor, uuid, owner=cast.nadia),
            lambda actor: settle(actor, uuid),
            lambda actor: verbs.begin(actor, uuid),
            lambda actor: verbs.join(actor, uuid, to=other),
            lambda actor: verbs.separate(actor, uuid),
            lambda actor: verbs.reopen(actor, uuid),
        ):
            with pytest.raises(access_room.AccessDenied):
                forbidden(actor)
        assert irritants.lines.waiting(actor) == 0
        assert irritants.lines.joined(actor, uuid) == ()
    referent = dataclasses.replace(cast.claire, is_referent=True, assurance=2)
    assert len(irritants.lines.to_triage(referent)) == 2
    elsewhere = dataclasses.replace(cast.paul, is_referent=True, assurance=2)
    assert irritants.lines.to_triage(elsewhere) == ()
    with pytest.raises(access_room.AccessDenied):
        verbs.join(elsewhere, uuid, to=other)


def test_it_is_late_after_its_day(cast: Cast, agnes: Actor) -> None:
    report(cast.nadia, severity=4)
    report(cast.nadia, code="IR1")
    with time_machine.travel(clock.now() + dt.timedelta(days=3), tick=False):
        assert [each.is_late for each in irritants.lines.to_triage(agnes)] == [True, False]
