"""A step said, said twice, corrected, kept by a phone without a line, by somebody else; opened, closed, reopened."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction

from maillon.access import api as access_room
from maillon.fielddays import api as fielddays
from maillon.fielddays.models import DayStep, FieldDay, Part, Saying
from maillon.irritants import api as irritants
from maillon.irritants.models import Irritant
from maillon.kernel import clock
from maillon.kernel.key import Actor
from tests.conftest import Cast
from tests.evaluations.conftest import refusal
from tests.fielddays.making import code_of, give_out, opened, prepare, row, rubs, said

playing, preparing = fielddays.playing, fielddays.preparing
BY_DOCTOR, BY_RADIOLOGIST = "ENT-04", "ENT-06"


@pytest.fixture
def day(cast: Cast, agnes: Actor) -> UUID:
    return opened(agnes, cast)


def step(uuid: UUID, code: str) -> DayStep:
    return DayStep.objects.get(day__uuid=uuid, code=code)


# ------------------------------------------------------------------------------------------------ preparing


def test_a_day_has_the_steps_and_the_parts_of_its_journey(cast: Cast, agnes: Actor) -> None:
    view = fielddays.reading.show(agnes, prepare(agnes))
    assert len(view.steps) == 18
    assert {each.role for each in view.parts} >= {"Secrétaire", "Médecin généraliste", "Radiologue"}
    assert "Médecin hors du cercle de soins" not in {each.role for each in view.parts}, "who plays no step has no part"
    assert view.steps[5].document.startswith("Compte rendu d’imagerie")
    assert "Le document se voit dans le DMP" in view.steps[5].expected


@pytest.mark.parametrize("changed", [{"held_on": None}, {"place": " "}, {"territory": ""}, {"place": "x" * 201}])
def test_a_day_has_a_date_a_place_and_a_territory(agnes: Actor, changed: dict[str, object]) -> None:
    assert refusal(prepare, agnes, **changed) == "E-JDT-01"
    assert not FieldDay.objects.exists()
    prepare(agnes)


def test_an_unknown_journey_is_refused(agnes: Actor) -> None:
    assert refusal(prepare, agnes, name="absent") == "E-PAR-01"


def test_a_day_opens_when_every_part_has_somebody(cast: Cast, agnes: Actor) -> None:
    uuid = prepare(agnes)
    assert refusal(preparing.open_day, agnes, uuid) == "E-JDT-05"
    give_out(agnes, uuid, cast, pharmacien=fielddays.Holding())
    assert refusal(preparing.open_day, agnes, uuid) == "E-JDT-05"
    assert row(uuid).state == "preparee"
    give_out(agnes, uuid, cast)
    preparing.open_day(agnes, uuid)


def test_a_part_is_held_by_a_member_by_a_number_or_by_a_guest(cast: Cast, agnes: Actor) -> None:
    uuid = prepare(agnes)
    unknown = fielddays.Holding(typed="12345678901")
    assert refusal(give_out, agnes, uuid, cast, medecin=unknown) == "E-JDT-05"
    stranger = fielddays.Holding(professional_id=cast.paul.professional_id)
    assert refusal(give_out, agnes, uuid, cast, medecin=stranger) == "E-JDT-05"
    give_out(agnes, uuid, cast)
    before = code_of(uuid, "pharmacien")
    assert len(before) == 9
    give_out(agnes, uuid, cast)
    assert code_of(uuid, "pharmacien") == before, "the same guest keeps the card that was printed"
    give_out(agnes, uuid, cast, pharmacien=fielddays.Holding(typed="Une autre pharmacie"))
    assert code_of(uuid, "pharmacien") not in ("", before)
    assert Part.objects.get(day__uuid=uuid, actor="medecin").code is None


# ------------------------------------------------------------------------------------------------ saying


def test_each_says_their_own_steps(cast: Cast, day: UUID) -> None:
    seat = playing.seat_of(cast.claire, day)
    _, mine = fielddays.reading.steps_of(seat)
    assert {each.role for each in mine} == {"Médecin généraliste"}
    playing.start(seat, BY_DOCTOR)
    playing.say(seat, BY_DOCTOR, said(note="Sans souci."))
    kept = step(day, BY_DOCTOR)
    assert (kept.outcome, kept.note, kept.said_by) == ("fait", "Sans souci.", "Dr Claire Morel")
    assert playing.mine(cast.claire) == [(day, "Entorse de cheville")]


def test_a_guest_comes_in_by_a_code_and_without_an_account(day: UUID) -> None:
    seat = playing.seat_of_guest(code_of(day, "radiologue"))
    playing.say(seat, BY_RADIOLOGIST, said())
    assert step(day, BY_RADIOLOGIST).said_by == "Invité radiologue"


@pytest.mark.parametrize("code", ["", "abcdefghj", "ABCDEFGHJ"])
def test_a_code_that_is_nobodys_opens_nothing(day: UUID, code: str) -> None:
    with pytest.raises(access_room.AccessDenied):
        playing.seat_of_guest(code)


def test_somebody_elses_step_is_refused_and_one_s_own_goes_on(cast: Cast, day: UUID) -> None:
    seat = playing.seat_of(cast.claire, day)
    assert refusal(playing.say, seat, BY_RADIOLOGIST, said()) == "E-JDT-03"
    assert refusal(playing.start, seat, BY_RADIOLOGIST) == "E-JDT-03"
    assert step(day, BY_RADIOLOGIST).outcome == "a_venir"
    playing.say(seat, BY_DOCTOR, said())
    with pytest.raises(access_room.AccessDenied):
        playing.say(seat, "ABS-01", said())
    with pytest.raises(access_room.AccessDenied):
        playing.seat_of(cast.karim, day)


def test_a_step_that_is_sent_twice_is_said_once(cast: Cast, day: UUID) -> None:
    seat, told = playing.seat_of(cast.claire, day), rubs()
    for _ in range(3):
        playing.say(seat, BY_DOCTOR, told)
    assert Saying.objects.count() == 1
    assert Irritant.objects.count() == 1


def test_a_step_said_again_otherwise_is_a_correction_and_nothing_is_erased(cast: Cast, day: UUID) -> None:
    seat = playing.seat_of(cast.claire, day)
    playing.say(seat, BY_DOCTOR, said("pas_fait", note="Le patient n’est pas venu."))
    playing.say(seat, BY_DOCTOR, said("fait"))
    assert step(day, BY_DOCTOR).outcome == "fait"
    assert [each.outcome for each in Saying.objects.order_by("id")] == ["pas_fait", "fait"]


def test_what_rubs_and_is_corrected_stays_one_irritant_until_somebody_takes_it_up(
    cast: Cast, agnes: Actor, day: UUID
) -> None:
    seat = playing.seat_of(cast.claire, day)
    playing.say(seat, BY_DOCTOR, rubs())
    playing.say(seat, BY_DOCTOR, rubs(note="La radio arrive en papier.", code="IR10", severity=3, minutes=20))
    one = Irritant.objects.get()
    assert (one.text, one.code, one.severity, one.minutes_lost) == ("La radio arrive en papier.", "IR10", 3, 20)
    assert one.due_on == clock.today() + dt.timedelta(days=5), "that of the degree that was said last"
    assert rubbed(agnes, day) == [(one.uuid, "IR10", 20)]
    follow(agnes, one.uuid, cast)
    playing.say(seat, BY_DOCTOR, rubs(note="Et le compte rendu n’est pas signé.", minutes=5))
    one.refresh_from_db()
    assert one.text == "La radio arrive en papier.", "somebody is at work on it"
    assert Irritant.objects.count() == 2
    assert fielddays.reading.show(agnes, day).minutes_lost == 25


def rubbed(leader: Actor, day: UUID) -> list[tuple[UUID, str, int]]:
    steps = fielddays.reading.show(leader, day).steps
    return [(rub.irritant, rub.code, rub.minutes) for each in steps for rub in each.rubs]


def follow(leader: Actor, uuid: UUID, cast: Cast, code: str = "IR10") -> None:
    irritants.triage.triage(leader, uuid, irritants.FollowUp(
        code=code, owner=cast.claire.professional_id, due_on=clock.today(), action="Appeler l’imagerie."
    ))  # fmt: skip


def test_one_is_answered_for_good_and_what_is_said_after_its_reopening_is_another(
    cast: Cast, agnes: Actor, day: UUID
) -> None:
    seat = playing.seat_of(cast.claire, day)
    playing.say(seat, BY_DOCTOR, rubs())
    one = Irritant.objects.get()
    irritants.triage.settle(agnes, one.uuid, is_solved=False, reply="C’est prévu.")
    irritants.triage.reopen(agnes, one.uuid)
    playing.say(seat, BY_DOCTOR, rubs(note="Tout autre chose."))
    assert [each.text for each in Irritant.objects.order_by("id")] == ["La radio arrive en PDF.", "Tout autre chose."]


def test_two_people_of_one_step_say_two_things(cast: Cast, agnes: Actor, day: UUID) -> None:
    """The grave one of a phone that had no line reaches triage, after the slight one that the facilitator noted."""
    opened_at = row(day).opened_at
    assert opened_at is not None
    guest, leader = playing.seat_of_guest(code_of(day, "radiologue")), playing.seat_of_facilitator(agnes, day)
    with time_machine.travel(opened_at + dt.timedelta(minutes=30), tick=False):
        playing.say(leader, BY_RADIOLOGIST, rubs(note="Imprimante en panne.", code="AUTRE", severity=1, minutes=2))
        playing.say(guest, BY_RADIOLOGIST, rubs(note="Parti au mauvais patient.", severity=4, minutes=60, ago=600))
        assert refusal(playing.say, guest, BY_RADIOLOGIST, rubs(note="", ago=600)) == "E-IRR-01"
        assert refusal(playing.say, guest, BY_RADIOLOGIST, rubs(minutes=-5, ago=600)) == "E-IRR-01"
        playing.say(leader, BY_RADIOLOGIST, rubs(note="Imprimante réparée.", code="AUTRE", severity=1, minutes=2))
    assert {(each.text, each.reported_by) for each in irritants.lines.to_triage(agnes)} == {
        ("Imprimante réparée.", agnes.label), ("Parti au mauvais patient.", "Invité radiologue"),
    }  # fmt: skip
    assert fielddays.reading.show(agnes, day).minutes_lost == 62


def test_the_answer_goes_to_who_said_it_though_the_part_changed_hands(cast: Cast, agnes: Actor, day: UUID) -> None:
    playing.say(playing.seat_of(cast.claire, day), BY_DOCTOR, rubs(note="Dit par Claire."))
    swapped = {"medecin": cast.nadia, "infirmiere": cast.claire}
    give_out(agnes, day, cast, **{
        key: fielddays.Holding(professional_id=each.professional_id) for key, each in swapped.items()
    })  # fmt: skip
    playing.say(playing.seat_of(cast.nadia, day), BY_DOCTOR, rubs(note="Dit par Nadia."))
    for each in irritants.lines.to_triage(agnes):
        irritants.triage.settle(agnes, each.uuid, is_solved=False, reply=f"Réponse à « {each.text} »")
    assert [each.reply for each in irritants.lines.answered(cast.claire)] == ["Réponse à « Dit par Claire. »"]
    assert [each.reply for each in irritants.lines.answered(cast.nadia)] == ["Réponse à « Dit par Nadia. »"]


def test_what_did_not_rub_after_all_is_put_aside_with_its_words(cast: Cast, agnes: Actor, day: UUID) -> None:
    seat = playing.seat_of(cast.claire, day)
    playing.say(seat, BY_DOCTOR, rubs())
    playing.say(seat, BY_DOCTOR, said("fait"))
    one = Irritant.objects.get()
    assert (one.state, one.reply, one.text) == ("ecarte", irritants.reporting.WITHDRAWN, "La radio arrive en PDF.")
    assert (rubbed(agnes, day), irritants.lines.answered(cast.claire)) == ([], ())
    playing.say(seat, BY_DOCTOR, rubs(note="Si, tout de même."))
    assert [each.text for each in irritants.lines.to_triage(agnes) if each.is_open] == ["Si, tout de même."]


def test_what_is_taken_up_is_not_put_aside_by_a_correction(cast: Cast, agnes: Actor, day: UUID) -> None:
    seat = playing.seat_of(cast.claire, day)
    playing.say(seat, BY_DOCTOR, rubs())
    follow(agnes, Irritant.objects.get().uuid, cast)
    playing.say(seat, BY_DOCTOR, said("fait"))
    assert Irritant.objects.get().state == "trie"


def test_of_one_person_the_last_word_to_arrive_is_the_last(cast: Cast, day: UUID) -> None:
    """The first answer is stamped as it arrives, after eight seconds; the correction was tapped meanwhile."""
    opened_at, seat = row(day).opened_at, playing.seat_of(cast.claire, day)
    assert opened_at is not None
    with time_machine.travel(opened_at + dt.timedelta(minutes=30, seconds=8), tick=False):
        playing.say(seat, BY_DOCTOR, said("pas_fait", note="Erreur de doigt."))
    with time_machine.travel(opened_at + dt.timedelta(minutes=30, seconds=9), tick=False):
        playing.say(seat, BY_DOCTOR, said("fait", ago=3))
    kept = step(day, BY_DOCTOR)
    assert (kept.outcome, kept.note) == ("fait", "")
    assert kept.said_at == opened_at + dt.timedelta(minutes=30, seconds=8)


def test_a_form_that_was_gone_back_to_says_another_thing(cast: Cast, day: UUID) -> None:
    seat, first = playing.seat_of(cast.claire, day), said("pas_fait", note="Absent.")
    playing.say(seat, BY_DOCTOR, first)
    playing.say(seat, BY_DOCTOR, replace(first, outcome="fait", note="Venu à midi."))
    playing.say(seat, BY_DOCTOR, replace(first, outcome="fait", note="Venu à midi."))
    assert (step(day, BY_DOCTOR).note, Saying.objects.count()) == ("Venu à midi.", 2)


def test_a_correction_that_says_nothing_known_is_refused_and_the_first_words_stay(cast: Cast, day: UUID) -> None:
    seat = playing.seat_of(cast.claire, day)
    playing.say(seat, BY_DOCTOR, rubs())
    assert refusal(playing.say, seat, BY_DOCTOR, rubs(code="ABSENT")) == "E-IRR-01"
    assert Irritant.objects.get().text == "La radio arrive en PDF."
    assert Saying.objects.count() == 1
    playing.say(seat, BY_DOCTOR, rubs(note="La radio arrive en papier."))
    assert Irritant.objects.get().text == "La radio arrive en papier."


def test_what_a_phone_kept_is_said_at_its_own_time(cast: Cast, day: UUID) -> None:
    seat = playing.seat_of(cast.claire, day)
    row_opened = row(day).opened_at
    assert row_opened is not None
    with time_machine.travel(row_opened + dt.timedelta(minutes=30), tick=False):
        playing.say(seat, BY_DOCTOR, said(ago=600, started_ago=900))
        kept = step(day, BY_DOCTOR)
        assert kept.said_at == clock.now() - dt.timedelta(minutes=10)
        assert kept.started_at == clock.now() - dt.timedelta(minutes=15)
        view = fielddays.reading.steps_of(seat)[1]
        assert next(each for each in view if each.code == BY_DOCTOR).seconds == 300
        playing.say(seat, "ENT-05", said(ago=999999))
        assert step(day, "ENT-05").said_at == row_opened, "a clock that is wrong does not take it out of the day"


def test_a_start_that_a_phone_kept_is_at_its_own_time_too(cast: Cast, day: UUID) -> None:
    """Begun twenty minutes ago without a line, done ten minutes ago: it lasted ten minutes, not none."""
    seat = playing.seat_of(cast.claire, day)
    opened_at = row(day).opened_at
    assert opened_at is not None
    with time_machine.travel(opened_at + dt.timedelta(minutes=30), tick=False):
        playing.start(seat, BY_DOCTOR, ago=1200)
        playing.say(seat, BY_DOCTOR, said(ago=600, started_ago=1200))
        playing.start(seat, "ENT-05", ago=999999)
    assert next(each for each in fielddays.reading.steps_of(seat)[1] if each.code == BY_DOCTOR).seconds == 600
    assert step(day, "ENT-05").started_at == opened_at


def test_what_comes_late_does_not_undo_what_was_said_since(cast: Cast, agnes: Actor, day: UUID) -> None:
    opened_at = row(day).opened_at
    assert opened_at is not None
    with time_machine.travel(opened_at + dt.timedelta(minutes=30), tick=False):
        playing.say(playing.seat_of_facilitator(agnes, day), BY_DOCTOR, said("fait", ago=60))
        playing.say(playing.seat_of(cast.claire, day), BY_DOCTOR, said("pas_fait", ago=600))
    assert step(day, BY_DOCTOR).outcome == "fait"
    assert Saying.objects.count() == 2, "it is kept all the same"


def test_the_facilitator_notes_in_somebody_s_place(agnes: Actor, cast: Cast, day: UUID) -> None:
    playing.say(playing.seat_of_facilitator(agnes, day), BY_RADIOLOGIST, said("pas_fait"))
    kept = Saying.objects.get()
    assert kept.is_in_place
    assert kept.by == agnes.label
    for other in (cast.claire, cast.paul):
        with pytest.raises(access_room.AccessDenied):
            playing.seat_of_facilitator(other, day)


@pytest.mark.parametrize("outcome", ["", "a_venir", "peut-etre"])
def test_what_says_nothing_is_refused(cast: Cast, day: UUID, outcome: str) -> None:
    seat = playing.seat_of(cast.claire, day)
    assert refusal(playing.say, seat, BY_DOCTOR, said(outcome)) == "E-JDT-06"
    assert refusal(playing.say, seat, BY_DOCTOR, said(note="x" * 1001)) == "E-JDT-06"
    playing.say(seat, BY_DOCTOR, said())


# ------------------------------------------------------------------------------------------------ what rubs


def test_what_rubs_becomes_an_irritant_of_whoever_holds_the_day(cast: Cast, agnes: Actor, day: UUID) -> None:
    playing.say(playing.seat_of_guest(code_of(day, "radiologue")), BY_RADIOLOGIST, rubs())
    (line,) = irritants.lines.to_triage(agnes)
    assert (line.source_label, line.code, line.reported_by, line.role, line.minutes) == (
        "Journée de terrain", "IR4", "Invité radiologue", "Radiologue", 10,
    )  # fmt: skip
    assert line.place == "Entorse de cheville, étape 6 (Salle des fêtes)"
    view = fielddays.reading.show(agnes, day)
    assert [each.uuid for each in fielddays.reading.found_on(agnes, view)] == [line.uuid]
    assert (view.minutes_lost, view.line.rubbed) == (10, 1)


def test_a_professional_of_elsewhere_reads_the_answer(cast: Cast, agnes: Actor) -> None:
    uuid = prepare(agnes)
    give_out(agnes, uuid, cast)
    Part.objects.filter(day__uuid=uuid, actor="kine").update(
        professional_id=cast.paul.professional_id, guest="", code=None
    )
    preparing.open_day(agnes, uuid)
    seat = playing.seat_of(cast.paul, uuid)
    playing.say(seat, "ENT-14", rubs())
    found = Irritant.objects.get()
    irritants.triage.settle(agnes, found.uuid, is_solved=False, reply="C’est prévu.")
    assert [each.reply for each in irritants.lines.answered(cast.paul)] == ["C’est prévu."]
    assert irritants.lines.show(cast.paul, found.uuid).is_reply_new
    assert irritants.lines.answered(cast.paul) == ()


def test_nothing_of_a_patient_is_said(cast: Cast, day: UUID) -> None:
    seat = playing.seat_of(cast.claire, day)
    for told in (said(note="Mme née le 3 mars"), rubs(note="Pour 2 79 03 51 215 189 89")):
        assert refusal(playing.say, seat, BY_DOCTOR, told) == "E-IRR-02"
    assert refusal(playing.say, seat, BY_DOCTOR, rubs(note="")) == "E-IRR-01"
    assert refusal(playing.say, seat, BY_DOCTOR, rubs(severity=0)) == "E-IRR-01"
    assert not Saying.objects.exists()
    playing.say(seat, BY_DOCTOR, rubs())


# ------------------------------------------------------------------------------------------------ closing


def test_after_closing_nothing_is_said_and_reopening_gives_it_back(cast: Cast, agnes: Actor, day: UUID) -> None:
    seat, guest = playing.seat_of(cast.claire, day), playing.seat_of_guest(code_of(day, "radiologue"))
    preparing.close_day(agnes, day, decisions="  Écrire au laboratoire.  \n\n Former le secrétariat. ")
    assert fielddays.reading.show(agnes, day).decisions == ("Écrire au laboratoire.", "Former le secrétariat.")
    for one, code in ((seat, BY_DOCTOR), (guest, BY_RADIOLOGIST)):
        assert refusal(playing.say, one, code, said()) == "E-JDT-04"
    assert refusal(give_out, agnes, day, cast) == "E-JDT-04"
    assert refusal(preparing.close_day, agnes, day, decisions="") == "E-JDT-02"
    assert playing.mine(cast.claire) == []
    preparing.decide(agnes, day, "Autrement.")
    preparing.reopen(agnes, day)
    playing.say(seat, BY_DOCTOR, said())
    assert fielddays.reading.show(agnes, day).decisions == ("Autrement.",)


def test_before_opening_nothing_is_said(cast: Cast, agnes: Actor) -> None:
    uuid = prepare(agnes)
    give_out(agnes, uuid, cast)
    with pytest.raises(access_room.AccessDenied):
        playing.seat_of(cast.claire, uuid)
    with pytest.raises(access_room.AccessDenied):
        playing.seat_of_guest(code_of(uuid, "radiologue"))
    assert refusal(playing.say, playing.seat_of_facilitator(agnes, uuid), BY_DOCTOR, said()) == "E-JDT-04"
    assert refusal(preparing.decide, agnes, uuid, "x") == "E-JDT-02"
    preparing.open_day(agnes, uuid)
    assert refusal(preparing.open_day, agnes, uuid) == "E-JDT-02"


def test_decisions_name_no_patient(agnes: Actor, day: UUID) -> None:
    assert refusal(preparing.close_day, agnes, day, decisions="Revoir M. né le 3 mars") == "E-IRR-02"
    assert refusal(preparing.close_day, agnes, day, decisions="x" * 4001) == "E-JDT-06"
    preparing.close_day(agnes, day, decisions="")


def test_who_may_lead(cast: Cast, agnes: Actor, day: UUID) -> None:
    for actor in (cast.claire, cast.paul):
        for verb in (prepare, lambda actor: fielddays.reading.show(actor, day),
                     lambda actor: preparing.open_day(actor, day),
                     lambda actor: preparing.close_day(actor, day, decisions=""),
                     lambda actor: preparing.share(actor, day, is_shared=True),
                     lambda actor: fielddays.paper.report(actor, day),
                     lambda actor: fielddays.comparing.compare(actor, "entorse_cheville")):  # fmt: skip
            with pytest.raises(access_room.AccessDenied):
                verb(actor)
        assert fielddays.reading.days(actor) == ()


def test_the_base_holds_what_is_always_true(day: UUID) -> None:
    some = step(day, BY_DOCTOR)
    for change in ({"outcome": "fait"}, {"said_at": clock.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DayStep.objects.filter(pk=some.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        FieldDay.objects.filter(uuid=day).update(shared_at=clock.now())
    Saying.objects.create(
        step=some, number=uuid4(), outcome="fait", said_at=clock.now(), received_at=clock.now(), by="x"
    )
