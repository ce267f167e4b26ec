"""Questions asked of records as documents and answers fed them: of one through a key, of everybody through the law."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from decimal import Decimal

import pytest

from maillon.access.rule import usual_purpose
from maillon.formats.document import Statement
from maillon.kernel.key import Actor, PatientId
from maillon.questions.api import (
    Kind,
    answer,
    extract,
    read_question,
    sql_of,
    subject_of,
    subjects_to_watch,
)
from maillon.record import api as record
from tests.conftest import Cast
from tests.documents import making
from tests.questions.drawing import draw_question

ICD10 = "2.16.840.1.113883.6.3"
ATC = "2.16.840.1.113883.6.73"


def hba1c(patient: PatientId, value: str | None, day: str, **said: object) -> None:
    result = making.result(
        code="4548-4", label="HbA1c", value=value, unit="%" if value else None, at=f"{day}T08:00:00+02:00", **said
    )
    making.file(patient, making.filing(type_code="11502-2", act_at=f"{day}T08:00:00+02:00", results=[result]))


def diabetes(patient: PatientId, day: str = "2026-01-10", **said: object) -> None:
    given = {"code": "E11.9", "system": ICD10, "label": "Diabète de type 2"} | said
    making.file(patient, making.stated("problem", Statement(**given), act_at=f"{day}T09:00:00+01:00"))  # type: ignore[arg-type]


def asked(patient: PatientId, actor: Actor, text: str, *, on: dt.date = dt.date(2026, 11, 28)) -> bool | None:
    """Of the one, and of everybody: the same answer."""
    question = read_question(text)
    one = answer(question, subject_of(making.key(patient, actor)), today=on).truth
    with extract(actor, Kind) as base:
        everybody = dict(base.execute(sql_of(question, today=on)).fetchall())
    assert everybody[patient] is one
    return one


def test_what_documents_say_is_what_questions_hear(cast: Cast, jeanne: PatientId) -> None:
    diabetes(jeanne)
    hba1c(jeanne, "8.3", "2026-11-12")
    hba1c(jeanne, None, "2026-11-13", value_text="< 7,5")
    claire = cast.claire
    assert asked(jeanne, claire, 'diagnostic("E11*")') is True
    assert asked(jeanne, claire, 'premier(résultat("4548-4")) = 8.3 "%"') is True
    assert asked(jeanne, claire, 'résultat("4548-4") < 8') is True  # the bound of the second
    assert asked(jeanne, claire, 'résultat("4548-4") < 7') is None
    assert asked(jeanne, claire, 'document("11502-2") depuis 1 mois') is True
    assert asked(jeanne, claire, 'document("11490-0")') is False
    assert asked(jeanne, claire, 'au_moins(2, document("11502-2"))') is True
    assert asked(jeanne, claire, "âge >= 18") is True


def test_the_latest_word_on_a_problem_counts(cast: Cast, jeanne: PatientId) -> None:
    diabetes(jeanne, "2026-01-10", code="Z33", label="Grossesse")
    assert asked(jeanne, cast.claire, 'diagnostic("Z33*")') is True
    diabetes(jeanne, "2026-09-10", code="Z33", label="Grossesse", end="2026-09")
    assert asked(jeanne, cast.claire, 'diagnostic("Z33*")') is False
    diabetes(jeanne, "2026-02-01", code="I10", label="Hypertension", status="completed")
    assert asked(jeanne, cast.claire, 'diagnostic("I10")') is False
    diabetes(jeanne, "2026-02-01", code="N18", label="Rein", end="9999-99-99", start="hier")
    assert asked(jeanne, cast.claire, 'diagnostic("N18")') is True  # what is no date ends nothing


@pytest.mark.parametrize(("code", "truth"), [("no-known-problems", False), ("no-problem-info", None)])
def test_no_information_denies_nothing(cast: Cast, jeanne: PatientId, code: str, truth: bool | None) -> None:
    diabetes(jeanne, code=code, system="2.16.840.1.113883.5.1150.1", label="", absent=True)
    assert asked(jeanne, cast.claire, 'diagnostic("E11*")') is truth


def test_answers_of_a_form_are_answers_and_a_replaced_document_is_heard_no_more(
    cast: Cast, jeanne: PatientId
) -> None:
    access = making.key(jeanne, cast.nadia)
    record.note_answers(
        access, response=uuid.uuid4(), form="PIED", title="Pieds", type_code="11506-3",
        at=dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC),
        answers=[record.NotedAnswer(item="grade", label="Grade", text="2", value=Decimal(2))],
    )  # fmt: skip
    assert asked(jeanne, cast.nadia, 'réponse("PIED", "grade") = "2" et réponse("PIED", "grade") = 2') is True
    assert asked(jeanne, cast.nadia, 'renseigné(résultat("PIED/grade"))') is False
    assert asked(jeanne, cast.nadia, 'document("11506-3")') is False  # answers are no document


def test_everybody_is_those_whom_the_law_lets_one_see(cast: Cast, jeanne: PatientId) -> None:
    hba1c(jeanne, "8.3", "2026-11-12")
    hidden = making.patient()
    hba1c(hidden, "9.9", "2026-11-12")
    for actor, seen in ((cast.claire, {jeanne}), (cast.paul, set())):
        with extract(actor, [Kind.OBSERVATION]) as base:
            assert {row[0] for row in base.execute("SELECT id FROM subject").fetchall()} == seen
            assert {row[0] for row in base.execute("SELECT subject FROM fact").fetchall()} == seen
    with extract(cast.sylvie, [Kind.OBSERVATION]) as base:  # a secretary reads no biology
        assert base.execute("SELECT count(*) FROM fact").fetchone() == (0,)


def test_the_watch_reads_the_asked_codes_alone(cast: Cast, jeanne: PatientId) -> None:
    diabetes(jeanne)
    hba1c(jeanne, "8.3", "2026-11-12")
    making.file(jeanne, making.filing(results=[making.result()]))
    question = read_question('diagnostic("E1*") et résultat("4548-4") > 8')
    ((subject, found),) = subjects_to_watch([jeanne], [question]).values()
    assert sorted(fact.code for fact in subject.facts) == ["4548-4", "E11.9"]
    assert {each.document_id is not None for each in found} == {True}


@pytest.mark.django_db
def test_both_engines_agree_on_records_of_the_base(cast: Cast) -> None:
    """Random questions of records that went through filing, not through the drawing of facts."""
    rng = random.Random(20261128)
    patients = []
    for _ in range(12):
        patient = making.patient()
        making.link(patient, cast.tilleuls_id, "equipe_structure")
        patients.append(patient)
        for _ in range(rng.randrange(6)):
            _file_at_random(rng, patient)
    on = dt.date(2026, 5, 31)
    people = {each: subject_of(making.key(each, cast.claire)) for each in patients}
    assert usual_purpose(cast.claire)
    with extract(cast.claire, Kind) as base:
        for _ in range(150):
            text = draw_question(rng)
            question = read_question(text)
            everybody = dict(base.execute(sql_of(question, today=on)).fetchall())
            for number, one in people.items():
                assert answer(question, one, today=on).truth is everybody[number], text


def _file_at_random(rng: random.Random, patient: PatientId) -> None:
    day = f"2026-0{rng.randrange(2, 6)}-{rng.randrange(10, 28)}"
    if rng.random() < 0.5:
        value = rng.choice(("7", "8.3", "6.9", None))
        hba1c(patient, value, day, **({} if value else {"value_text": rng.choice(("≥ 7", "<5,5 %", "hémolysé"))}))
        return
    kind, code, system = rng.choice(
        (
            ("problem", "E11.9", ICD10),
            ("problem", "I10", ICD10),
            ("medication", "B01AA03", ATC),
            ("allergy", "91936005", ""),
        )
    )
    said = Statement(
        code=code, system=system, label=code, negated=rng.random() < 0.2, absent=rng.random() < 0.1,
        end=rng.choice((None, None, "2026-04", "2030")), status=rng.choice((None, "completed", "active")),
    )  # fmt: skip
    making.file(patient, making.stated(kind, said, act_at=f"{day}T09:00:00+02:00"))
