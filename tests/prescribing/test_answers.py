"""What is answered to a card: a reason, kept, asked for before signing (AC10.1, E-LAP-02)."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from maillon.formats.document import Statement
from maillon.kernel.key import Access, Actor
from maillon.kernel.message import UserMessage
from maillon.prescribing import api as prescribing
from maillon.prescribing.models import Answer
from tests.conftest import Cast
from tests.prescribing import told

Key = Callable[[Actor], Access]
KEY = "allergie:penicillines:amoxicilline"
DRAFT = uuid.UUID(int=7)
LINE = prescribing.Line(text="Amoxicilline 1 g, 1 comprimé trois fois par jour, 6 jours")


@pytest.fixture
def access(cast: Cast, followed: Access, key: Key) -> Access:
    told.turned_on(cast)
    told.state(followed, allergies=["Pénicilline"])
    return key(cast.claire)


def advice_of(access: Access) -> prescribing.Advice:
    return prescribing.advise(access, prescribing.Prescription(lines=(LINE,)), hook="order-sign")


def test_ac10_1_a_critical_card_stops_the_signature_until_it_has_a_reason_which_is_kept(access: Access) -> None:
    advice = advice_of(access)
    with pytest.raises(prescribing.Unanswered) as refusal:
        prescribing.must_be_answered(access, advice, occasion=DRAFT)
    assert refusal.value.code == "E-LAP-02"
    assert "pénicilline" in refusal.value.message.casefold()

    prescribing.pass_over(access, advice, occasion=DRAFT, key=KEY, reason="avis", comment="Bilan d’allergie négatif")
    prescribing.must_be_answered(access, advice, occasion=DRAFT)
    row = Answer.objects.get()
    assert (row.key, row.indicator, row.reason, row.comment) == (KEY, "critical", "avis", "Bilan d’allergie négatif")
    assert (row.professional_id, row.occasion) == (access.actor.professional_id, DRAFT)
    assert row.knowledge == prescribing.knowledge().base.version
    assert prescribing.answered(access, DRAFT, advice_of(access))[KEY].reason == "avis"


@pytest.mark.parametrize(("reason", "comment"), [("", ""), ("autre", "  "), ("inventé", "x")])
def test_e_lap_02_no_reason_keeps_nothing(access: Access, reason: str, comment: str) -> None:
    with pytest.raises(UserMessage, match="E-LAP-02"):
        prescribing.pass_over(access, advice_of(access), occasion=DRAFT, key=KEY, reason=reason, comment=comment)
    assert not Answer.objects.exists()
    prescribing.pass_over(access, advice_of(access), occasion=DRAFT, key=KEY, reason="autre", comment="désensibilisé")
    prescribing.must_be_answered(access, advice_of(access), occasion=DRAFT)


def test_e_lap_07_a_card_that_is_gone_is_not_answered(access: Access) -> None:
    with pytest.raises(UserMessage, match="E-LAP-07"):
        prescribing.pass_over(access, advice_of(access), occasion=DRAFT, key="rein:lithium", reason="avis")


def test_an_answer_is_that_of_its_writer_for_this_occasion_and_is_never_rewritten(
    access: Access, cast: Cast, key: Key
) -> None:
    prescribing.pass_over(access, advice_of(access), occasion=DRAFT, key=KEY, reason="avis")
    prescribing.pass_over(access, advice_of(access), occasion=DRAFT, key=KEY, reason="deja_tolere")
    assert prescribing.answered(access, DRAFT, advice_of(access))[KEY].reason == "deja_tolere"
    assert Answer.objects.count() == 2
    assert not prescribing.answered(access, uuid.UUID(int=8), advice_of(access))
    karim = key(cast.karim)
    assert not prescribing.answered(karim, DRAFT, advice_of(karim))
    with pytest.raises(prescribing.Unanswered):
        prescribing.must_be_answered(karim, advice_of(karim), occasion=DRAFT)


def test_the_base_itself_refuses_an_override_without_a_reason(access: Access) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.create(
            patient_id=access.patient_id, occasion=DRAFT, key=KEY, indicator="critical", summary="s",
            outcome="overridden", knowledge="x",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Paracétamol 1 g", "E-LAP-01"),
        ("Doliprane 1 g, 1 comprimé par jour, 3 jours", "E-LAP-04"),
        ("Amoxicilline 1 g, 1 par jour, 3 jours", "E-LAP-02"),
    ],
)
def test_each_refusal_has_its_code_and_its_way_out(access: Access, text: str, code: str) -> None:
    written = prescribing.Prescription(lines=(prescribing.Line(text=text),))
    advice = prescribing.advise(access, written, hook="order-sign")
    with pytest.raises(prescribing.Unanswered) as refusal:
        prescribing.must_be_answered(access, advice, occasion=DRAFT)
    assert refusal.value.code == code
    for card in refusal.value.cards:
        prescribing.pass_over(access, advice, occasion=DRAFT, key=card.key, reason="demande_ce_jour")
    prescribing.must_be_answered(access, advice, occasion=DRAFT)


def test_a_line_as_long_as_one_wants_is_passed_over_and_signed(access: Access) -> None:
    long = "Paracétamol " + "préparé selon la formule du cahier " * 12
    lines = tuple(prescribing.Line(text=f"{long}{end}") for end in ("un", "deux"))
    advice = prescribing.advise(access, prescribing.Prescription(lines=lines), hook="order-sign")
    assert len(advice.to_answer()) == 2  # alike for three hundred characters, they are two
    for card in advice.to_answer():
        prescribing.pass_over(access, advice, occasion=DRAFT, key=card.key, reason="demande_ce_jour")
    prescribing.must_be_answered(access, advice, occasion=DRAFT)


def test_e_lap_05_unsaid_allergies_want_a_reason_or_a_document(cast: Cast, followed: Access, key: Key) -> None:
    told.turned_on(cast)
    access = key(cast.claire)
    line = prescribing.Line(text="Paracétamol 1 g, 1 comprimé par jour, 3 jours")
    written = prescribing.Prescription(lines=(line,))
    with pytest.raises(prescribing.Unanswered) as refusal:
        prescribing.must_be_answered(access, prescribing.advise(access, written, hook="order-sign"), occasion=DRAFT)
    assert refusal.value.code == "E-LAP-05"
    told.state(followed, allergies=["Pénicilline"])
    prescribing.must_be_answered(access, prescribing.advise(access, written, hook="order-sign"), occasion=DRAFT)


def test_what_was_answered_to_a_milder_card_does_not_answer_the_one_that_it_became(
    cast: Cast, followed: Access, key: Key
) -> None:
    """« Pregnancy not stated » was passed over; then she is pregnant, and the key of the card is the same."""
    import datetime as dt

    from maillon.patients.models import Patient

    told.turned_on(cast)
    Patient.objects.filter(pk=followed.patient_id).update(birth_date=dt.date(1996, 5, 1), sex="F")
    none_known = Statement(label="Aucune allergie connue", absent=True, code="no-known-allergies")
    told.state(followed, allergies=[none_known])
    access, written = key(cast.claire), prescribing.Line(text="Ramipril 5 mg, 1 comprimé par jour, 3 mois")

    def advice() -> prescribing.Advice:
        return prescribing.advise(access, prescribing.Prescription(lines=(written,)), hook="order-sign")

    prescribing.pass_over(access, advice(), occasion=DRAFT, key="grossesse:ramipril", reason="demande_ce_jour")
    prescribing.must_be_answered(access, advice(), occasion=DRAFT)
    told.state(followed, problems=["Grossesse"], written_at="2026-11-30T10:00:00+01:00")
    with pytest.raises(prescribing.Unanswered):
        prescribing.must_be_answered(access, advice(), occasion=DRAFT)
    assert "grossesse:ramipril" not in prescribing.answered(access, DRAFT, advice())
    prescribing.pass_over(access, advice(), occasion=DRAFT, key="grossesse:ramipril", reason="avis")
    prescribing.must_be_answered(access, advice(), occasion=DRAFT)
