"""Irritants: reported without a patient, triaged, owned, answered."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, transaction

from maillon.access import api as access_room
from maillon.evaluations import api as evaluations
from maillon.evaluations.models import Irritant
from maillon.kernel import clock
from maillon.kernel.key import Actor
from tests.conftest import Cast
from tests.evaluations.conftest import refusal

irritants = evaluations.irritants
SAID = irritants.Report(
    code="IR9", text="La biologie arrive en PDF seul.", severity=2, minutes_lost=6, place="Au cabinet",
    screen="dossier/<uuid:patient>/resultats",
)  # fmt: skip


def report(actor: Actor, **changed: Any) -> UUID:
    return irritants.report(actor, dataclasses.replace(SAID, **changed))


def triage(actor: Actor, uuid: UUID, *, owner: Actor, **changed: Any) -> None:
    said = {"code": "IR9", "due_on": clock.today() + dt.timedelta(days=3), "action": "Écrire au laboratoire."} | changed
    irritants.triage(actor, uuid, owner=owner.professional_id, **said)


def test_the_eleven_codes_and_four_severities_are_there() -> None:
    codes = {each.code for each in irritants.grid().criteria}
    assert codes == {*(f"IR{rank}" for rank in range(1, 12)), "AUTRE"}
    delays = [each.delai_jours or 0 for each in irritants.grid().echelle]
    assert delays == sorted(delays, reverse=True)


def test_from_the_report_to_the_answer(cast: Cast, agnes: Actor) -> None:
    uuid = report(cast.nadia)
    (line,) = irritants.to_triage(agnes)
    assert (line.code_label, line.severity_label, line.reported_by) == (
        "Résultats de biologie en PDF seul", "Contournement", "Nadia Lefèvre",
    )  # fmt: skip
    assert line.due_on == clock.today() + dt.timedelta(days=15)
    triage(agnes, uuid, owner=cast.karim)
    assert [each.action for each in irritants.owned(cast.karim)] == ["Écrire au laboratoire."]
    irritants.settle(cast.karim, uuid, is_solved=True, reply="Le laboratoire envoie du structuré depuis lundi.")
    assert irritants.owned(cast.karim) == ()
    assert irritants.answered(cast.nadia) == 1
    assert irritants.show(cast.nadia, uuid).is_reply_new
    assert irritants.answered(cast.nadia) == 0
    irritants.reopen(agnes, uuid)
    assert irritants.show(cast.nadia, uuid).state == "trie"


@pytest.mark.parametrize(
    "changed",
    [{"code": "IR99"}, {"severity": 9}, {"text": "  "}, {"text": "x" * 2001}, {"minutes_lost": -1},
     {"minutes_lost": 481}],
    ids=["code", "severity", "empty", "long", "negative", "too many"],
)  # fmt: skip
def test_what_is_no_report_is_refused(cast: Cast, changed: dict[str, Any]) -> None:
    assert refusal(report, cast.nadia, **changed) == "E-IRR-01"
    assert not Irritant.objects.exists()
    report(cast.nadia)


@pytest.mark.parametrize(
    "text",
    ["Pour 2 79 03 51 215 189 89 rien ne part", "279035121518989", "2790351215189", "1 57 04 2A 321 546 12",
     "M. Dupont né le 12 avril", "Dame née le 03/02"],
    ids=["spaced", "15", "13", "Corse", "né le", "née le"],
)  # fmt: skip
def test_a_report_names_no_patient(cast: Cast, text: str) -> None:
    assert refusal(report, cast.nadia, text=text) == "E-IRR-02"
    assert not Irritant.objects.exists()


@pytest.mark.parametrize(
    "text",
    ["Appelé le 06 12 34 56 78, attendu 12 minutes", "RPPS 899000000011 refusé", "C’est là qu’est né le problème"],
    ids=["telephone", "RPPS", "words"],
)  # fmt: skip
def test_other_numbers_may_be_said(cast: Cast, text: str) -> None:
    report(cast.nadia, text=text)


def test_triage_names_somebody_here_a_day_and_an_action(cast: Cast, agnes: Actor) -> None:
    uuid = report(cast.nadia)
    for changed in ({"owner": cast.paul}, {"due_on": None}, {"action": " "}, {"code": "IR0"}):
        assert refusal(triage, agnes, uuid, **{"owner": cast.karim, **changed}) == "E-IRR-03"
    triage(agnes, uuid, owner=cast.karim)


def test_nothing_ends_in_silence(cast: Cast, agnes: Actor) -> None:
    uuid = report(cast.nadia)
    assert refusal(irritants.settle, agnes, uuid, is_solved=False, reply="") == "E-IRR-04"
    with pytest.raises(IntegrityError), transaction.atomic():
        Irritant.objects.update(state="sans_suite")
    irritants.settle(agnes, uuid, is_solved=False, reply="L’éditeur ne le prévoit pas.")
    assert refusal(irritants.settle, agnes, uuid, is_solved=True, reply="x") == "E-IRR-05"


def test_who_may_read_and_triage(cast: Cast, agnes: Actor) -> None:
    uuid = report(cast.nadia)
    assert irritants.mine(cast.claire) == ()
    for actor in (cast.claire, cast.paul):
        with pytest.raises(access_room.AccessDenied):
            irritants.show(actor, uuid)
        with pytest.raises(access_room.AccessDenied):
            irritants.to_triage(actor)
        with pytest.raises(access_room.AccessDenied):
            triage(actor, uuid, owner=cast.nadia)
        with pytest.raises(access_room.AccessDenied):
            irritants.settle(actor, uuid, is_solved=True, reply="x")
    referent = dataclasses.replace(cast.claire, is_referent=True, assurance=2)
    assert len(irritants.to_triage(referent)) == 1
    elsewhere = dataclasses.replace(cast.paul, is_referent=True, assurance=2)
    assert irritants.to_triage(elsewhere) == ()


def test_it_is_late_after_its_day_and_counted_by_code(cast: Cast, agnes: Actor) -> None:
    report(cast.nadia, severity=4)
    report(cast.nadia, code="IR1", minutes_lost=1)
    report(cast.claire, minutes_lost=10)
    with time_machine.travel(clock.now() + dt.timedelta(days=3), tick=False):
        assert [each.is_late for each in irritants.to_triage(agnes)] == [True, False, False]
    assert [(each.code, each.number, each.minutes) for each in irritants.counts(agnes)] == [
        ("IR9", 2, 16),
        ("IR1", 1, 1),
    ]
