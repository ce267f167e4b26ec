"""A protocol's indicators count themselves, and a count of few people is not told to whoever may not read them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.pathways import evidence, indicators, moving, rosendaal
from maillon.pathways.models import Alert, PlanStep, ProtocolVersion
from maillon.pathways.states import StepState, VersionState
from maillon.tasks import api as tasks
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import team

Hands = time_machine.Traveller
START = dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC)


def counted(actor: Actor, version: ProtocolVersion, **how: bool) -> dict[str, indicators.Measured]:
    return {each.indicator.id: each for each in indicators.measure(actor, version, **how)}


def test_ac1_5_coverage_and_process_of_thirty_of_fifty(cast: Cast, agnes: Actor, hands: Hands) -> None:
    version = team.in_force(cast, "DIAB-01")
    patients = [team.diabetic(cast) for _ in range(50)]
    outside = making.patient()
    team.says(outside, "problem", "E11.9", "Diabète", team.ICD10)
    for patient in patients[:30]:
        team.include(cast, patient, version)
    for patient in patients[:24]:
        team.report(patient, "4548-4", "7.0", at=clock.now() - dt.timedelta(days=200))
        team.report(patient, "4548-4", "7.2", at=clock.now() - dt.timedelta(days=20))
    team.report(patients[40], "4548-4", "7.2")  # not included: counts in no process
    found = counted(cast.claire, version)
    assert (found["DIAB-C1"].numerator, found["DIAB-C1"].denominator, found["DIAB-C1"].shown) == (30, 50, "60,0\u202f%")
    assert (found["DIAB-P1"].numerator, found["DIAB-P1"].denominator, found["DIAB-P1"].shown) == (24, 30, "80,0\u202f%")
    assert found["DIAB-C1"].reaches_target is True
    assert found["DIAB-P1"].reaches_target is False
    assert found["DIAB-R1"].shown == "0,0\u202f%"  # nobody has a target
    assert found["DIAB-D1"].shown == "non calculable"  # no wound was told: never 0 %
    # The coordinator reads no biology: the same counts, of nobody by name.
    assert counted(agnes, version)["DIAB-P1"].shown == "80,0\u202f%"


def test_few_people_are_not_told_outside_nor_to_whoever_may_not_read_them(
    cast: Cast, agnes: Actor, hands: Hands
) -> None:
    version = team.in_force(cast, "DIAB-01")
    for _ in range(3):
        team.include(cast, team.diabetic(cast), version)
    assert counted(cast.claire, version)["DIAB-P1"].shown == "0,0\u202f%"
    assert counted(cast.claire, version, leaving=True)["DIAB-P1"].shown == "effectif inférieur à 11"
    hidden = counted(agnes, version)["DIAB-P1"]
    assert (hidden.shown, hidden.numerator, hidden.denominator) == ("effectif inférieur à 11", 0, 0)
    assert counted(cast.paul, version)["DIAB-C1"].shown == "non calculable"  # he sees none of these people


def test_ac1_6_rosendaal_between_two_inr() -> None:
    points = [(START, Decimal("2.5")), (START + dt.timedelta(days=10), Decimal("3.5"))]
    assert rosendaal.share(points, Decimal(2), Decimal(3), longest=dt.timedelta(days=56)) == pytest.approx(0.5)


measures = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from(["1.2", "2.0", "2.5", "3.0", "3.5", "6.4"])),
    max_size=8, unique_by=lambda each: each[0],
)  # fmt: skip


@given(measures)
def test_both_writings_of_rosendaal_agree(drawn: list[tuple[int, str]]) -> None:
    points = sorted((START + dt.timedelta(days=day), Decimal(value)) for day, value in drawn)
    one = rosendaal.share(points, Decimal(2), Decimal(3), longest=dt.timedelta(days=56))
    base = duckdb.connect()
    base.execute("CREATE TABLE m(subject BIGINT, moment TIMESTAMPTZ, id BIGINT, value DECIMAL(20, 8))")
    for number, (moment, value) in enumerate(points):
        base.execute("INSERT INTO m VALUES (1, ?, ?, ?)", [moment, number, value])
    text = rosendaal.SQL.format(
        facts="SELECT * FROM m", bounds="SELECT 1 AS subject, 2 AS low, 3 AS high", longest=56 * 86_400, least=2
    )
    found = base.execute(text).fetchall()
    assert ([share for _, share in found] or [None])[0] == (pytest.approx(one) if one is not None else None)


def test_time_in_range_alerts_and_decisions_of_an_anticoagulant(cast: Cast, hands: Hands) -> None:
    version = team.in_force(cast, "AVK-01")
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    making.link(patient, cast.claire, "medecin_traitant")
    team.says(patient, "medication", "B01AA03", "Warfarine", team.ATC)
    team.include(cast, patient, version, cast.claire, parameters={"inr": "2.5", "inr_bas": "2", "inr_haut": "3"})
    for value in ("2.5", "2.4", "6.4", "2.6", "2.5", "3.5"):
        team.report(patient, "6301-6", value, unit=None, label="INR")
        team.work()
        access = team.key(patient, cast.claire)
        for row in (*team.open_tasks(patient).values(), *team.open_tasks(patient, "alerte").values()):
            if "/DEC" in row.origin or "/INR-6" in row.origin:
                hands.shift(dt.timedelta(hours=1 if value == "6.4" else 30))
                tasks.acknowledge(access, row.uuid, outcome="fait")
        team.work()
        hands.shift(dt.timedelta(days=20))
    found = counted(cast.claire, version)
    assert (found["AVK-R2"].numerator, found["AVK-R2"].denominator) == (1, 1)
    assert (found["AVK-P1"].numerator, found["AVK-P1"].denominator) == (1, 6)
    assert (found["AVK-R1"].numerator, found["AVK-R1"].denominator) == (0, 1)  # 2,55 intervals of 5
    assert found["AVK-R3"].shown.startswith("0,0")
    assert PlanStep.objects.filter(step="DEC", state=StepState.DONE).count() == 6
    assert Alert.objects.filter(alert="INR-6").count() == 1


def test_ac1_8_eight_protocols_with_an_inclusion_are_worth_5_600_euros_and_a_ninth_nothing(
    cast: Cast, hands: Hands
) -> None:
    text = (team.checking.FOLDER / "DIAB-01.yaml").read_text(encoding="utf-8")
    versions = []
    for number in range(1, 11):
        body = text.replace("code: DIAB-01", f"code: ESSAI-{number:02}").replace(
            "theme: diabète de type 2", f"theme: {number}"
        )
        versions.append(team.in_force(cast, "", text=body))
        hands.shift(dt.timedelta(minutes=1))
    patients = [team.diabetic(cast) for _ in range(9)]
    for version, patient in zip(versions, patients, strict=False):
        team.include(cast, patient, version)
    found = evidence.of_year(cast.tilleuls_id, 2026)  # type: ignore[arg-type]
    assert (found.points, found.euros) == (800, Decimal(5600))
    assert [line.points for line in found.lines] == [100] * 8 + [0, 0]
    assert [line.included for line in found.lines] == [1] * 9 + [0]
    assert "total;;;;;;800" in found.csv().decode("utf-8-sig")
    assert evidence.of_year(cast.tilleuls_id, 2025).points == 0  # type: ignore[arg-type]
    ProtocolVersion.objects.filter(pk=versions[0].pk).update(state=VersionState.SUSPENDED)
    assert evidence.of_year(cast.tilleuls_id, 2026).points == 800  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["remplace", "suspendu", "retire"])
def test_what_becomes_of_a_protocol_afterwards_takes_nothing_from_a_year_that_is_over(
    cast: Cast, hands: Hands, state: str
) -> None:
    version = team.in_force(cast, "DIAB-01")
    team.include(cast, team.diabetic(cast), version)
    hands.move_to(dt.datetime(2027, 1, 1, 0, 30, tzinfo=clock.PARIS))
    ProtocolVersion.objects.filter(pk=version.pk).update(state=state, changed_at=clock.now())
    if state == "remplace":
        team.in_force(cast, "DIAB-01", number=2)
    found = evidence.of_year(cast.tilleuls_id, 2026)  # type: ignore[arg-type]
    assert [(line.number, line.included, line.points) for line in found.lines] == [(1, 1, 100)]
    assert evidence.of_year(cast.tilleuls_id, 2027).points == 0  # type: ignore[arg-type]


def test_what_ended_the_year_suspended_is_no_proof_of_it(cast: Cast, hands: Hands) -> None:
    version = team.in_force(cast, "DIAB-01")
    team.include(cast, team.diabetic(cast), version)
    hands.move_to(dt.datetime(2026, 12, 31, 23, 30, tzinfo=clock.PARIS))
    ProtocolVersion.objects.filter(pk=version.pk).update(state="suspendu", changed_at=clock.now())
    hands.shift(dt.timedelta(days=1))
    assert evidence.of_year(cast.tilleuls_id, 2026).lines == ()  # type: ignore[arg-type]


@pytest.mark.parametrize(("hours", "expected"), [(1, (0, 0)), (5, (0, 1))])
def test_an_alert_that_nobody_answered_before_the_plan_ended_was_not_answered_in_time(
    cast: Cast, hands: Hands, hours: int, expected: tuple[int, int]
) -> None:
    version = team.in_force(cast, "AVK-01")
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    team.says(patient, "medication", "B01AA03", "Warfarine", team.ATC)
    plan = team.include(cast, patient, version, cast.claire, parameters={"inr": "2.5", "inr_bas": "2", "inr_haut": "3"})
    team.report(patient, "6301-6", "6.4", unit=None, label="INR")
    team.work()
    hands.shift(dt.timedelta(hours=hours))
    moving.withdraw_consent(team.key(patient, cast.claire), plan.uuid, reason="ne veut plus")
    found = counted(cast.claire, version)["AVK-R2"]
    assert (found.numerator, found.denominator) == expected


def test_somebody_who_came_back_in_the_year_counts_once(cast: Cast, hands: Hands) -> None:
    """Two plans of a protocol that counts how its plans end: one person, with the targets of the latest."""
    text = (team.checking.FOLDER / "AVK-01.yaml").read_text(encoding="utf-8")
    end = next(state.nom for state in team.checking.parsed(text).etats if state.genre == "fin")
    text = text.replace(
        """'étape("inclusion") et renseigné(résultat("6301-6"))', numerateur: 'délai(résultat("6301-6")) <= 35'""",
        f"""'étape("inclusion")', numerateur: 'étape("{end}") et cible("inr") >= 3'""",
    )
    version = team.in_force(cast, "AVK-01", text=text)
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    team.says(patient, "medication", "B01AA03", "Warfarine", team.ATC)
    first = {"inr": "2.5", "inr_bas": "2", "inr_haut": "3"}
    plan = team.include(cast, patient, version, cast.claire, parameters=first)
    moving.withdraw_consent(team.key(patient, cast.claire), plan.uuid, reason="ne veut plus")
    hands.shift(dt.timedelta(days=30))
    team.include(cast, patient, version, cast.claire, parameters=first | {"inr": "3"})
    found = counted(cast.claire, version)["AVK-P2"]
    assert (found.numerator, found.denominator) == (1, 1)
