"""From the record to the cards, within the key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.formats.document import Result, Statement
from maillon.kernel.key import Access, Actor, Purpose
from maillon.prescribing import api as prescribing
from maillon.prescribing import sources
from maillon.prescribing.models import Activation
from tests.conftest import Cast
from tests.prescribing import told

Key = Callable[[Actor], Access]
HOW = "1 comprimé matin et soir, 7 jours"


def cards(access: Access, *names: str, hook: prescribing.Hook = "order-sign") -> dict[str, prescribing.Card]:
    lines = tuple(prescribing.Line(text=f"{name}, {HOW}") for name in names)
    advice = prescribing.advise(access, prescribing.Prescription(lines=lines), hook=hook)
    return {card.key: card for card in advice.cards}


@pytest.fixture
def on(cast: Cast) -> None:
    told.turned_on(cast)


# ------------------------------------------------------------------------------------------------ on and off


def test_the_aid_is_off_until_the_referent_turns_it_on(cast: Cast, followed: Access, key: Key) -> None:
    told.state(followed, allergies=["Pénicilline"])
    claire = cast.claire
    advice = prescribing.advise(key(claire), prescribing.Prescription(), hook="order-sign")
    assert (advice.is_on, advice.cards, advice.coverage) == (False, (), None)
    with pytest.raises(access_room.AccessDenied):
        prescribing.activation.turn(claire, on=True)

    referent = _referent(cast)
    prescribing.activation.turn(referent, on=True)
    prescribing.activation.turn(referent, on=True)
    assert Activation.objects.count() == 1
    assert "allergie:penicillines:amoxicilline" in cards(key(claire), "Amoxicilline 1 g")
    state = prescribing.activation.state(claire.structure_id)
    assert (state.is_on, state.by) == (True, referent.label)

    prescribing.activation.turn(referent, on=False)
    assert not cards(key(claire), "Amoxicilline 1 g")
    assert Activation.objects.filter(ended_by=referent.label).count() == 1


def test_another_structure_decides_for_itself(cast: Cast, followed: Access) -> None:
    told.turned_on(cast)
    assert not prescribing.activation.state(cast.paul.structure_id).is_on
    assert not prescribing.activation.state(None).is_on


def _referent(cast: Cast) -> Actor:
    from maillon.access.models import Account
    from maillon.access.sessions import actor_of_account

    account = Account.objects.get(identifier="karim@demo")
    Account.objects.filter(pk=account.pk).update(is_referent=True)
    return actor_of_account(account.pk)


# ------------------------------------------------------------------------------------------------ what the record says


@pytest.mark.usefixtures("on")
def test_what_documents_in_force_state_is_met(cast: Cast, followed: Access, key: Key) -> None:
    told.state(
        followed,
        allergies=[Statement(label="Pénicilline", status="active")],
        medications=[
            Statement(label="COUMADINE 5 MG CPR", code="B01AA03", system="2.16.840.1.113883.6.73"),
            Statement(label="Simvastatine 20 mg", status="aborted"),
            Statement(label="Clarithromycine 500 mg", negated=True),
            Statement(label="Digoxine", end="2026-03-01"),
        ],
        results=[told.filtration("61", at="2026-01-02T08:00:00+01:00"), told.filtration("38")],
    )
    found = cards(key(cast.claire), "Amoxicilline 1 g", "Miconazole gel buccal", "Metformine 1 g", "Amiodarone 200 mg")
    assert found["allergie:penicillines:amoxicilline"].indicator == "critical"
    assert "Synthèse · Dr Karim Benali" in found["allergie:penicillines:amoxicilline"].detail
    assert found["interaction:miconazole:warfarine"].indicator == "critical"  # by its code, whatever its words
    renal = found["rein:metformine"]
    assert "DFG à 38 le 02/11/2026" in renal.summary  # the latest
    assert "CKD-EPI" in renal.detail
    assert "interaction:amiodarone:digoxine" not in found  # over since March
    assert "interaction:amiodarone:simvastatine" not in found  # stopped
    assert "allergies-non-renseignees" not in found


@pytest.mark.usefixtures("on")
def test_a_treatment_of_a_summary_goes_on_whatever_the_status_of_its_sentence(
    cast: Cast, followed: Access, key: Key
) -> None:
    """IHE PCC fixes it to « completed », in a VSM as elsewhere."""
    told.state(followed, medications=[Statement(label="Digoxine", start="2019-08-11", status="completed")])
    assert "interaction:amiodarone:digoxine" in cards(key(cast.claire), "Amiodarone 200 mg")


@pytest.mark.usefixtures("on")
def test_none_known_and_nothing_said_of_allergies_are_not_the_same(cast: Cast, followed: Access, key: Key) -> None:
    access = key(cast.claire)
    assert cards(access, "Paracétamol 1 g")["allergies-non-renseignees"].code == "E-LAP-05"
    told.state(followed, allergies=[Statement(label="Aucune allergie connue", absent=True, code="no-known-allergies")])
    assert "allergies-non-renseignees" not in cards(access, "Paracétamol 1 g")


@pytest.mark.usefixtures("on")
def test_pregnancy_is_read_from_a_problem_or_an_observation_and_grows_old(
    cast: Cast, followed: Access, key: Key
) -> None:
    from maillon.patients.models import Patient

    Patient.objects.filter(pk=followed.patient_id).update(birth_date=dt.date(1996, 5, 1), sex="F")
    access = key(cast.claire)
    assert cards(access, "Ramipril 5 mg")["grossesse:ramipril"].indicator == "warning"  # nobody said
    told.state(followed, problems=[Statement(label="Grossesse en cours", code="Z33", system="2.16.840.1.113883.6.3")])
    assert cards(access, "Ramipril 5 mg")["grossesse:ramipril"].indicator == "critical"
    with time_machine.travel(told.A_DAY_OF_THE_BASE + dt.timedelta(days=340)):
        assert cards(access, "Ramipril 5 mg")["grossesse:ramipril"].indicator == "warning"


@pytest.mark.usefixtures("on")
def test_a_pregnancy_that_was_excluded_is_not_asked_again(cast: Cast, followed: Access, key: Key) -> None:
    from maillon.patients.models import Patient

    Patient.objects.filter(pk=followed.patient_id).update(birth_date=dt.date(1996, 5, 1), sex="F")
    status = Result(code="82810-3", system=told.LOINC, label="Statut de grossesse", value_text="Non enceinte",
                    at="2026-11-20T08:00:00+01:00")  # fmt: skip
    told.state(followed, results=[status])
    assert "grossesse:ramipril" not in cards(key(cast.claire), "Ramipril 5 mg")


@pytest.mark.usefixtures("on")
def test_a_child_s_weight_is_that_of_the_record_while_it_is_recent(cast: Cast, followed: Access, key: Key) -> None:
    from maillon.patients.models import Patient

    Patient.objects.filter(pk=followed.patient_id).update(birth_date=dt.date(2022, 5, 1))
    access = key(cast.claire)
    assert cards(access, "Amoxicilline 250 mg")["poids"].code == "E-LAP-06"
    weight = Result(code="29463-7", system=told.LOINC, label="Poids", value="16", unit="kg", at="2026-11-20T08:00:00Z")
    told.state(followed, results=[weight])
    assert "poids" not in cards(access, "Amoxicilline 250 mg")
    with time_machine.travel(told.A_DAY_OF_THE_BASE + dt.timedelta(days=300)):
        assert "poids" in cards(access, "Amoxicilline 250 mg")


@pytest.mark.usefixtures("on")
def test_the_treatments_are_reviewed_when_the_record_is_opened(cast: Cast, followed: Access, key: Key) -> None:
    told.state(followed, medications=["Warfarine 5 mg", "Miconazole gel buccal", "Zolvadrine"])
    advice = prescribing.advise(key(cast.claire), hook="patient-view")
    found = {card.key for card in advice.cards}
    assert {"interaction:miconazole:warfarine", "inconnu:zolvadrine"} <= found
    assert advice.coverage is not None
    assert (advice.coverage.recognised, advice.coverage.lines) == (2, 3)


@pytest.mark.usefixtures("on")
def test_only_what_the_reader_may_read_is_told(cast: Cast, followed: Access, key: Key) -> None:
    """A nurse does not read a very restricted document: its allergy leaves no trace in her cards."""
    told.state(followed, allergies=["Pénicilline"], confidentiality="V", author_national_id="899000000029")
    seen, unseen = cards(key(cast.karim), "Amoxicilline 1 g"), cards(key(cast.nadia), "Amoxicilline 1 g")
    assert "allergie:penicillines:amoxicilline" in seen
    assert "allergie:penicillines:amoxicilline" not in unseen
    assert "allergies-non-renseignees" in unseen  # as if nothing had been said


@pytest.mark.usefixtures("on")
def test_the_knowledge_grows_old_and_then_silent(cast: Cast, followed: Access, key: Key) -> None:
    told.state(followed, allergies=["Pénicilline"])
    day = prescribing.knowledge().base.date
    for days, expected in ((181, {"base-ancienne", "allergie:penicillines:amoxicilline"}), (366, {"base-ancienne"})):
        with time_machine.travel(dt.datetime.combine(day + dt.timedelta(days=days), dt.time(12), tzinfo=dt.UTC)):
            found = cards(key(cast.claire), "Amoxicilline 1 g")
        assert found.keys() & {"base-ancienne", "allergie:penicillines:amoxicilline"} == expected


# ------------------------------------------------------------------------------------------------ other sources


@pytest.fixture
def protocol() -> Iterator[list[str]]:
    asked: list[str] = []

    @prescribing.speaks("protocole", at=("patient-view",))
    def alerts(access: Access, occasion: prescribing.Occasion) -> list[prescribing.Card]:
        asked.append(occasion.hook)
        return [prescribing.Card(key="protocole:hba1c", indicator="warning", summary="HbA1c à 9 %", source="DIAB-01")]

    yield asked
    sources.silence("protocole")


def test_a_room_above_speaks_at_its_moments_also_when_the_drug_checks_are_off(
    cast: Cast, followed: Access, key: Key, protocol: list[str]
) -> None:
    advice = prescribing.advise(key(cast.claire), hook="patient-view")
    assert ([card.key for card in advice.cards], advice.is_on) == (["protocole:hba1c"], False)
    assert not prescribing.advise(key(cast.claire), hook="order-sign").cards
    assert protocol == ["patient-view"]


def test_a_machine_has_no_structure_and_no_aid(followed: Access) -> None:
    assert followed.purpose is Purpose.INTAKE
    assert not prescribing.advise(followed, hook="patient-view").is_on


# ------------------------------------------------------------------------------------------------ out of date, in doubt


@pytest.mark.usefixtures("on")
def test_the_last_word_on_a_pregnancy_counts_and_a_no_grows_old_within_a_month(
    cast: Cast, followed: Access, key: Key
) -> None:
    from maillon.patients.models import Patient

    Patient.objects.filter(pk=followed.patient_id).update(birth_date=dt.date(1996, 5, 1), sex="F")
    access = key(cast.claire)

    def status(said: str, at: str) -> None:
        code = {"code": "82810-3", "system": told.LOINC, "label": "Statut de grossesse"}
        told.state(followed, results=[Result(**code, value_text=said, at=at)], written_at=at)

    told.state(followed, problems=[Statement(label="Grossesse", negated=True)], written_at="2026-05-02T10:00:00+02:00")
    assert cards(access, "Ramipril 5 mg")["grossesse:ramipril"].indicator == "warning"  # « no », seven months ago
    status("Enceinte", "2026-11-10T10:00:00+01:00")
    assert cards(access, "Ramipril 5 mg")["grossesse:ramipril"].indicator == "critical"
    status("Inconnu", "2026-11-20T10:00:00+01:00")
    assert cards(access, "Ramipril 5 mg")["grossesse:ramipril"].indicator == "warning"
    status("Négatif", "2026-11-25T10:00:00+01:00")
    assert "grossesse:ramipril" not in cards(access, "Ramipril 5 mg")


@pytest.mark.usefixtures("on")
@pytest.mark.parametrize(
    ("said", "apixaban", "metformin"),
    [("< 15", "warning", "warning"), ("≤ 15", "warning", "warning"), ("> 90", None, None), ("> 60", None, "warning")],
)
def test_a_filtration_told_as_a_bound_is_known(
    cast: Cast, followed: Access, key: Key, said: str, apixaban: str | None, metformin: str | None
) -> None:
    bound = Result(
        code="62238-1", system=told.LOINC, label="DFG estimé (CKD-EPI)", value_text=said, unit="mL/min/{1.73_m2}",
        at="2026-11-02T08:00:00+01:00",
    )  # fmt: skip
    told.state(followed, results=[told.filtration("65", at="2026-01-02T08:00:00+01:00"), bound])
    found = cards(key(cast.claire), "Apixaban 5 mg", "Metformine 1 g")
    for name, indicator in (("rein:apixaban", apixaban), ("rein:metformine", metformin)):
        assert (found[name].indicator if name in found else None) == indicator
    if said == "< 15":
        assert "DFG inférieur à 15 le 02/11/2026" in found["rein:apixaban"].summary
        assert [row.bounds for row in found["rein:apixaban"].table if row.is_here] == ["moins de 15"]


@pytest.mark.usefixtures("on")
@pytest.mark.parametrize("end", ["2026", "2026-12", "2026-12-01", "2026-12-01T08:00:00+01:00"])
def test_a_treatment_is_taken_until_the_end_of_the_time_that_its_end_names(
    cast: Cast, followed: Access, key: Key, end: str
) -> None:
    told.state(followed, medications=[Statement(label="Digoxine", end=end)])
    with time_machine.travel(told.A_DAY_OF_THE_BASE + dt.timedelta(hours=8)):
        assert "interaction:amiodarone:digoxine" in cards(key(cast.claire), "Amiodarone 200 mg")
    with time_machine.travel(dt.datetime(2027, 1, 2, 8, tzinfo=dt.UTC)):
        assert "interaction:amiodarone:digoxine" not in cards(key(cast.claire), "Amiodarone 200 mg")


@pytest.mark.usefixtures("on")
def test_an_allergy_that_the_banner_shows_is_checked(cast: Cast, followed: Access, key: Key) -> None:
    """One document says it, a later one says that it is over: both are in force, and the banner keeps it."""
    told.state(followed, allergies=[Statement(label="Clamoxyl", status="active")])
    later = "2026-11-11T10:00:00+01:00"
    told.state(followed, allergies=[Statement(label="Clamoxyl", status="completed")], written_at=later)
    found = cards(key(cast.claire), "Amoxicilline 1 g")
    assert found["allergie:amoxicilline:amoxicilline"].indicator == "critical"


def test_turned_on_by_two_clicks_at_once_it_is_on_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.models import QuerySet

    told.turned_on(cast)
    monkeypatch.setattr(QuerySet, "exists", lambda self: False)  # the other click is not written yet
    prescribing.activation.turn(_referent(cast), on=True)
    assert Activation.objects.count() == 1
