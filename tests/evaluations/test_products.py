"""Products of mobile health: sheet §11, AC11.1 to AC11.4."""

from __future__ import annotations

import dataclasses
import datetime as dt
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, transaction

from maillon.access import api as access_room
from maillon.evaluations import api as evaluations
from maillon.evaluations import scoring
from maillon.evaluations.models import Evaluation
from maillon.kernel import clock
from maillon.kernel.key import Actor
from tests.conftest import Cast
from tests.evaluations.conftest import refusal

products = evaluations.products
APP = products.Identity(
    product="Mon Souffle", version="3.2", editor="Éditions du Large SAS", purpose="Noter les crises d’asthme",
    use="suivi", public="patients",
)  # fmt: skip
UNMET = ("1.1.1", "1.1.9", "2.1.8", "3.1.4", "5.1.1", "5.2.2")  # the first is mandatory at every risk
NOT_APPLICABLE = ("2.3.5", "2.4.1", "2.4.2", "2.4.6", "3.2.5")


def begin(actor: Actor, **changed: str) -> UUID:
    return products.begin(actor, dataclasses.replace(APP, **changed), is_independent=True)


def judged(unmet: tuple[str, ...] = (), not_applicable: tuple[str, ...] = ()) -> dict[str, tuple[str, str]]:
    grid = evaluations.grids.of_house("mobile-101")
    return {
        each.code: ("non" if each.code in unmet else "sans_objet" if each.code in not_applicable else "conforme", "vu")
        for each in grid.criteria
    }


def concluded(actor: Actor, *, decision: str = "recommande", **changed: str) -> UUID:
    uuid = begin(actor, **changed)
    products.judge(actor, uuid, judged())
    products.conclude(actor, uuid, decision=decision, reason="Essayée un mois.")
    return uuid


def test_ac11_1_a_mandatory_criterion_that_is_not_met_forbids_to_recommend(cast: Cast) -> None:
    uuid = begin(cast.claire)
    products.judge(cast.claire, uuid, judged(UNMET, NOT_APPLICABLE))
    shown = products.show(cast.claire, uuid)
    assert shown.score is not None
    assert (shown.score.met, shown.score.unmet, shown.score.percent) == (90, 6, 93.8)
    assert [each.code for each in shown.score.unmet_mandatory] == ["1.1.1"]
    assert refusal(products.conclude, cast.claire, uuid, decision="recommande", reason="x") == "E-MOB-07"
    assert products.show(cast.claire, uuid).line.state == "brouillon"
    products.conclude(cast.claire, uuid, decision="avec_reserve", reason="L’éditeur n’est pas joignable.")
    assert products.show(cast.claire, uuid).line.decision == "avec_reserve"


def test_ac11_2_a_device_goes_to_its_sheet_and_the_101_criteria_are_refused(cast: Cast) -> None:
    uuid = begin(cast.claire, device_class="IIa")
    shown = products.show(cast.claire, uuid)
    assert (shown.grid.code, shown.score) == ("dmn", None)
    assert refusal(products.judge, cast.claire, uuid, {"1.1.1": ("conforme", "")}) == "E-MOB-02"
    assert refusal(products.judge, cast.claire, uuid, {"finalite": ("conforme", "")}) == "E-MOB-05"
    assert refusal(products.conclude, cast.claire, uuid, decision="avec_reserve", reason="x") == "E-MOB-05"
    products.judge(cast.claire, uuid, {each.code: ("", "Dit") for each in shown.grid.criteria if each.obligatoire})
    products.conclude(cast.claire, uuid, decision="avec_reserve", reason="Preuves limitées.")
    assert products.show(cast.claire, uuid).lacking == ()


def test_a_product_found_to_be_a_device_changes_form_and_loses_nothing(cast: Cast) -> None:
    uuid = begin(cast.claire)
    products.judge(cast.claire, uuid, judged(UNMET))
    device = dataclasses.replace(APP, device_class="I")
    products.describe(cast.claire, uuid, device, is_independent=True)
    assert products.show(cast.claire, uuid).grid.code == "dmn"
    assert products.show(cast.claire, uuid).verdicts == {}
    products.describe(cast.claire, uuid, APP, is_independent=True)
    assert len(products.show(cast.claire, uuid).verdicts) == 101


def test_ac11_3_a_year_later_it_is_to_be_done_again_and_out_of_the_catalogue(cast: Cast) -> None:
    start = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False) as at:
        uuid = concluded(cast.claire)
        products.share(cast.claire, uuid)
        at.move_to(start + dt.timedelta(days=364))
        assert [each.uuid for each in products.catalogue(cast.paul)] == [uuid]
        assert not products.show(cast.paul, uuid).line.is_expired
        at.move_to(start + dt.timedelta(days=366))
        assert products.catalogue(cast.paul) == ()
        with pytest.raises(access_room.AccessDenied):
            products.show(cast.paul, uuid)
        (line,) = products.ours(cast.claire)
        assert (line.is_expired, line.decision) == (True, "recommande")
        products.withdraw(cast.claire, uuid)
        assert refusal(products.share, cast.claire, uuid) == "E-MOB-03"


def test_ac11_4_fourteen_bars_always(cast: Cast) -> None:
    uuid = begin(cast.claire)
    products.judge(cast.claire, uuid, {"1.1.1": ("conforme", "")})
    shown = products.show(cast.claire, uuid)
    assert shown.score is not None
    assert len(shown.score.bars) == 14
    assert [each.dimension.code for each in shown.score.bars if each.is_judged] == ["1.1"]
    assert all(each.score is None for each in shown.score.bars if not each.is_judged)


def test_there_are_5_domains_14_sub_domains_and_101_criteria() -> None:
    grid = evaluations.grids.of_house("mobile-101")
    assert (len(grid.axes), len(grid.dimensions), len(grid.criteria)) == (5, 14, 101)
    assert len({each.dire for each in grid.criteria}) == 101


@pytest.mark.parametrize(("low", "high"), [("faible", "moyen"), ("moyen", "eleve")], ids=["moyen", "eleve"])
def test_a_higher_risk_never_asks_less(low: str, high: str) -> None:
    grid = evaluations.grids.of_house("mobile-101")
    order = ["souhaite", "recommande", "obligatoire"]
    assert all(order.index(grid.need(c, low)) <= order.index(grid.need(c, high)) for c in grid.criteria)
    assert any(grid.need(each, low) != grid.need(each, high) for each in grid.criteria)


# ------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize("version", ["", "  "], ids=["empty", "blank"])
def test_e_mob_01_no_version(cast: Cast, version: str) -> None:
    assert refusal(begin, cast.claire, version=version) == "E-MOB-01"
    assert not Evaluation.objects.exists()


def test_the_database_holds_the_version(cast: Cast) -> None:
    uuid = begin(cast.claire)
    with pytest.raises(IntegrityError), transaction.atomic():
        Evaluation.objects.filter(uuid=uuid).update(version="")


@pytest.mark.parametrize("editor", ["Dr Claire Morel", "claire MOREL", "Maison de santé des TILLEULS"], ids=str)
def test_e_mob_04_the_evaluator_is_not_the_editor(cast: Cast, editor: str) -> None:
    assert refusal(begin, cast.claire, editor=editor) == "E-MOB-04"
    assert refusal(products.begin, cast.claire, APP, is_independent=False) == "E-MOB-04"
    begin(cast.karim, editor="Dr Claire Morel")


@pytest.mark.parametrize(
    "changed",
    [{"product": ""}, {"editor": " "}, {"purpose": ""}, {"use": "absent"}, {"public": ""}, {"device_class": "V"},
     {"product": "x" * 201}],
    ids=["product", "editor", "purpose", "use", "public", "class", "long"],
)  # fmt: skip
def test_what_lacks_is_said(cast: Cast, changed: dict[str, str]) -> None:
    assert refusal(begin, cast.claire, **changed) == "E-MOB-05"


def test_every_criterion_is_judged_before_concluding(cast: Cast) -> None:
    uuid = begin(cast.claire)
    said = judged()
    left = said.pop("5.3.4")
    products.judge(cast.claire, uuid, said)
    assert refusal(products.conclude, cast.claire, uuid, decision="recommande", reason="x") == "E-MOB-05"
    assert refusal(products.judge, cast.claire, uuid, {"5.3.4": ("peut-être", "")}) == "E-MOB-05"
    products.judge(cast.claire, uuid, {"5.3.4": left})
    assert refusal(products.conclude, cast.claire, uuid, decision="recommande", reason=" ") == "E-MOB-05"
    assert refusal(products.conclude, cast.claire, uuid, decision="parfait", reason="x") == "E-MOB-05"
    products.conclude(cast.claire, uuid, decision="recommande", reason="x")
    assert refusal(products.judge, cast.claire, uuid, {"5.3.4": left}) == "E-MOB-06"


def test_a_mandatory_criterion_is_set_aside_with_a_reason(cast: Cast) -> None:
    uuid = begin(cast.claire)
    products.judge(cast.claire, uuid, judged() | {"1.1.1": ("sans_objet", " "), "5.1.1": ("sans_objet", "")})
    assert refusal(products.conclude, cast.claire, uuid, decision="recommande", reason="x") == "E-MOB-08"
    products.judge(cast.claire, uuid, {"1.1.1": ("sans_objet", "Produit de la structure même.")})
    products.conclude(cast.claire, uuid, decision="recommande", reason="x")


def test_a_draft_and_what_is_not_shared_stay_in_the_structure(cast: Cast) -> None:
    draft, mine = begin(cast.claire), concluded(cast.claire, version="3.3")
    for uuid in (draft, mine):
        with pytest.raises(access_room.AccessDenied):
            products.show(cast.paul, uuid)
    with pytest.raises(access_room.AccessDenied):
        products.judge(cast.paul, draft, judged())
    products.share(cast.nadia, mine)
    assert products.show(cast.paul, mine).may_write is False
    with pytest.raises(access_room.AccessDenied):
        products.withdraw(cast.paul, mine)


def test_a_leap_day_lasts_a_year(cast: Cast) -> None:
    with time_machine.travel(dt.datetime(2028, 2, 29, 9, tzinfo=dt.UTC), tick=False):
        assert clock.today() == dt.date(2028, 2, 29)
        uuid = concluded(cast.claire)
        assert products.show(cast.claire, uuid).line.expires_on == dt.date(2029, 2, 28)


def test_what_is_not_applicable_counts_nowhere() -> None:
    assert scoring.percent(0, 0) is None
    assert scoring.percent(90, 6) == 93.8
