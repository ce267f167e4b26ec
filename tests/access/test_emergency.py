"""AC8.4: break-glass opens one record for four hours, with a reason, never over a refusal, and everybody is told."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import threading
import time
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from maillon.access import api as access_room
from maillon.access import emergency
from maillon.access.emergency import TypedIdentity, break_glass
from maillon.access.emergency_rules import emergency_rules
from maillon.access.models import BreakGlass, DocumentMark, JournalEntry, Wish
from maillon.documents.models import Document
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId, Purpose
from maillon.kernel.message import UserMessage
from maillon.patients.models import Patient
from tests.conftest import Cast
from tests.documents import making

NOON = dt.datetime(2026, 3, 31, 10, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
TEXT = "Malaise au cabinet, patient confus, traitement inconnu"


def typed(patient: PatientId, **changed: Any) -> TypedIdentity:
    row = Patient.objects.get(pk=patient)
    given = {
        "birth_date": row.birth_date,
        "birth_family_name": row.birth_family_name,
        "first_birth_given_name": row.first_birth_given_name,
    }
    return TypedIdentity(**given | changed)


def broken(actor: Actor, identity: TypedIdentity, **changed: Any) -> Access:
    asked = {"reason_code": "urgence_vitale", "reason_text": TEXT, "recent_proof": True}
    return break_glass(actor, identity, **asked | changed)


def refusal(actor: Actor, identity: TypedIdentity, **changed: Any) -> str:
    with pytest.raises(UserMessage) as caught:
        broken(actor, identity, **changed)
    return caught.value.code


def is_open(actor: Actor, patient: PatientId) -> bool:
    try:
        access_room.open_record(actor, patient, purpose=Purpose.CARE)
    except access_room.AccessDenied:
        return False
    return True


def wish(patient: PatientId, kind: str, **changed: Any) -> Wish:
    given = {"since": clock.now() - dt.timedelta(days=2), "channel": Wish.Channel.ORAL, "recorded_by": "essai"}
    return Wish.objects.create(patient_id=patient, kind=kind, **given | changed)


def rows(actor: Actor) -> list[tuple[str, str, str, Any]]:
    found = JournalEntry.objects.filter(actor_professional_id=actor.professional_id, action=emergency.ACTION)
    return list(found.order_by("id").values_list("action", "resource_type", "decision", "patient_id"))


def test_it_opens_the_whole_record_and_says_why(cast: Cast) -> None:
    patient = making.patient()
    assert not is_open(cast.paul, patient)
    access = broken(cast.paul, typed(patient))
    assert (access.patient_id, access.scope) == (patient, "whole")
    assert access.reason == "Vous voyez ce dossier parce que vous avez ouvert un bris de glace."
    glass = BreakGlass.objects.get()
    assert (glass.mode, glass.reason_code, glass.reason_text) == ("bris_de_glace", "urgence_vitale", TEXT)
    assert rows(cast.paul) == [("break_glass", "identity", "allow", patient)]


@pytest.mark.parametrize(
    ("after", "opens"),
    [
        (dt.timedelta(), True),
        (4 * HOUR - dt.timedelta(seconds=1), True),
        (4 * HOUR, False),
        (4 * HOUR + dt.timedelta(minutes=1), False),
    ],
)
def test_it_lasts_four_hours_exactly(cast: Cast, after: dt.timedelta, opens: bool) -> None:
    patient = making.patient()
    with time_machine.travel(NOON, tick=False):
        access = broken(cast.paul, typed(patient))
        glass = emergency.current(access)
        assert glass is not None
        assert glass.until == NOON + 4 * HOUR
    with time_machine.travel(NOON + after, tick=False):
        assert is_open(cast.paul, patient) is opens
        assert access_room.rule.visible_patients(cast.paul).filter(pk=patient).exists() is opens


def test_it_opens_while_a_demonstration_tells_the_past(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The law and the journal go by the true hour; so does the emergency, its end and its limits."""
    monkeypatch.setenv("MAILLON_DEMO", "1")
    patient = making.patient()
    for _ in range(emergency_rules().essais_par_heure):
        JournalEntry.objects.create(
            at=clock.wall() - dt.timedelta(days=2), actor_kind="professional", action=emergency.ACTION,
            actor_professional_id=cast.paul.professional_id, resource_type="identity", decision="deny", rule="A04",
        )  # fmt: skip
    with clock.at(clock.wall() - dt.timedelta(days=30)):
        broken(cast.paul, typed(patient))
        assert is_open(cast.paul, patient)
        assert emergency.mine(cast.paul) == 1


def test_it_is_closed_before_its_hour_at_once_and_for_its_holder_alone(cast: Cast) -> None:
    patient = making.patient()
    access = broken(cast.paul, typed(patient))
    broken(cast.karim, typed(patient))
    emergency.close(access)
    emergency.close(access)
    assert not is_open(cast.paul, patient)
    assert is_open(cast.karim, patient)


def test_it_opens_to_its_holder_alone_and_one_patient_alone(cast: Cast) -> None:
    patient, other = making.patient(), making.patient()
    broken(cast.paul, typed(patient))
    assert not is_open(cast.claire, patient)
    assert not is_open(cast.paul, other)


def test_the_matricule_alone_names_the_patient(cast: Cast) -> None:
    patient = making.patient()
    Patient.objects.filter(pk=patient).update(
        ins="252027511600142", ins_oid="1.2.250.1.213.1.4.10", identity_status="RECUP"
    )
    assert broken(cast.paul, TypedIdentity(matricule="2 52 02 75 116 001 42")).patient_id == patient


def test_case_accents_and_hyphens_do_not_matter_but_every_trait_does(cast: Cast) -> None:
    patient = making.patient("DE LA FÔRET", given="ANNE-LISE")
    wrong = [
        typed(patient, birth_date=dt.date(1950, 1, 1)),
        typed(patient, birth_family_name="DE LA FORE"),
        typed(patient, first_birth_given_name="ANNE"),
        typed(patient, first_birth_given_name=""),
        typed(patient, birth_family_name=""),
        TypedIdentity(),
        TypedIdentity(matricule="199999999999999"),
    ]
    assert {refusal(cast.paul, each) for each in wrong} == {"E-URG-05"}
    assert (
        broken(
            cast.paul, typed(patient, birth_family_name="de la foret", first_birth_given_name="Anne Lise")
        ).patient_id
        == patient
    )


def test_two_patients_of_the_same_traits_are_nobody(cast: Cast) -> None:
    patient = making.patient()
    same = ("birth_date", "birth_family_name", "first_birth_given_name", "norm_family", "norm_given")
    traits = Patient.objects.values(*same).get(pk=patient)
    Patient.objects.filter(pk=making.patient()).update(**traits)
    assert refusal(cast.paul, typed(patient)) == "E-URG-05"


@pytest.mark.parametrize("kind", ["refus_urgence", "opposition_tous", "opposition_personne"])
def test_it_never_opens_over_a_refusal_of_the_patient_and_answers_as_for_nobody(cast: Cast, kind: str) -> None:
    patient, unknown = making.patient(), TypedIdentity(matricule="199999999999999")
    person = cast.paul.professional_id if kind == "opposition_personne" else None
    wish(patient, kind, professional_id=person)
    told = []
    for identity in (typed(patient), unknown):
        with pytest.raises(UserMessage) as caught:
            broken(cast.paul, identity)
        told.append((type(caught.value), str(caught.value)))
    assert told[0] == told[1]
    assert not is_open(cast.paul, patient)
    assert rows(cast.paul) == [
        ("break_glass", "identity", "deny", patient),
        ("break_glass", "identity", "deny", None),
    ]


def test_a_refusal_said_during_the_emergency_ends_it_at_once(cast: Cast) -> None:
    patient, other = making.patient(), making.patient()
    making.link(patient, cast.claire)
    broken(cast.paul, typed(patient))
    broken(cast.paul, typed(other))
    with access_room.reading(cast.claire, patient, purpose=Purpose.CARE) as access:
        access_room.consents.refuse_emergency(access, channel="oral")
    assert not is_open(cast.paul, patient)
    assert is_open(cast.paul, other)
    assert refusal(cast.paul, typed(patient)) == "E-URG-05"


@pytest.mark.django_db(transaction=True)
def test_a_refusal_that_is_being_written_is_waited_for(cast: Cast) -> None:
    patient = making.patient()
    making.link(patient, cast.claire)
    identity, answers = typed(patient), []
    asking = threading.Event()

    def ask() -> None:
        asking.set()
        try:
            broken(cast.paul, identity)
            answers.append("opened")
        except UserMessage as said:
            answers.append(said.code)
        finally:
            connection.close()

    thread = threading.Thread(target=ask)
    with access_room.reading(cast.claire, patient, purpose=Purpose.CARE) as access:
        access_room.consents.refuse_emergency(access, channel="oral")
        thread.start()
        asking.wait()
        time.sleep(0.5)
        assert answers == [], "the refusal is not yet written: nobody is answered"
    thread.join()
    assert answers == ["E-URG-05"]


def test_an_opposition_ends_an_emergency_in_progress_and_a_member_who_is_opposed_is_refused(cast: Cast) -> None:
    patient = making.patient()
    broken(cast.paul, typed(patient))
    wish(patient, "opposition_personne", professional_id=cast.paul.professional_id)
    assert not is_open(cast.paul, patient)
    making.link(patient, cast.paul)
    assert refusal(cast.paul, typed(patient)) == "E-URG-05"


@pytest.mark.parametrize(
    "changed",
    [
        {"withdrawn_at": NOON},
        {"until": NOON},
        {"since": NOON + dt.timedelta(days=1)},
    ],
)
def test_a_refusal_that_is_not_in_force_does_not_count(cast: Cast, changed: dict[str, Any]) -> None:
    patient = making.patient()
    with time_machine.travel(NOON, tick=False):
        wish(patient, "refus_urgence", **changed)
        assert broken(cast.paul, typed(patient)).patient_id == patient


def test_the_refusal_of_emergency_access_leaves_the_care_team_as_it_is(cast: Cast) -> None:
    patient = making.patient()
    making.link(patient, cast.claire)
    wish(patient, "refus_urgence")
    assert is_open(cast.claire, patient)


@pytest.mark.parametrize(
    ("profession", "regulation", "admitted"),
    [
        ("G15_10", False, True),
        ("G15_50", False, True),
        ("G15_60", False, True),
        ("G15_21", False, True),
        ("G15_70", False, False),
        ("330", False, False),
        ("331", False, False),
        ("332", False, False),
        ("93", False, False),
        ("G15_40", True, True),
    ],
)
def test_only_four_professions_and_the_regulation_may(
    cast: Cast, profession: str, regulation: bool, admitted: bool
) -> None:
    actor = dataclasses.replace(cast.paul, profession_code=profession, is_regulation=regulation)
    patient = making.patient()
    if admitted:
        assert broken(actor, typed(patient)).patient_id == patient
        assert BreakGlass.objects.get().mode == ("regulation" if regulation else "bris_de_glace")
    else:
        assert refusal(actor, typed(patient)) == "E-URG-01"
        assert rows(actor) == [("break_glass", "role", "deny", None)]


def test_one_factor_or_no_practice_today_opens_nothing(cast: Cast) -> None:
    patient = making.patient()
    for changed in ({"assurance": 1}, {"structure_ids": ()}, {"kind": "patient"}):
        assert refusal(dataclasses.replace(cast.paul, **changed), typed(patient)) == "E-URG-01"


@pytest.mark.parametrize(
    "text", ["", "urgence", " " * 40, "aaaaaaaaaaaaaaaaaaaaaaaaa", "vite vite vite vite vite", "." * 30]
)
def test_no_opening_without_a_reason_in_words(cast: Cast, text: str) -> None:
    assert refusal(cast.paul, typed(making.patient()), reason_text=text) == "E-URG-04"
    assert not BreakGlass.objects.exists()


def test_the_reason_comes_from_the_list_and_regulation_keeps_its_own(cast: Cast) -> None:
    patient = making.patient()
    assert refusal(cast.paul, typed(patient), reason_code="curiosite") == "E-URG-03"
    assert refusal(cast.paul, typed(patient), reason_code="regulation_medicale") == "E-URG-03"
    regulating = dataclasses.replace(cast.paul, is_regulation=True)
    assert broken(regulating, typed(patient), reason_code="regulation_medicale").patient_id == patient


def test_an_old_proof_is_asked_again_before_anybody_is_looked_for(cast: Cast) -> None:
    assert refusal(cast.paul, typed(making.patient()), recent_proof=False) == "E-URG-02"
    assert rows(cast.paul) == []


def test_who_has_access_is_told_so_and_nobody_is_alarmed(cast: Cast) -> None:
    patient = making.patient()
    making.link(patient, cast.paul)
    with pytest.raises(emergency.AlreadyOpen) as caught:
        broken(cast.paul, typed(patient))
    assert caught.value.patient_uuid == making.uuid_of(patient)
    assert not BreakGlass.objects.exists()
    assert rows(cast.paul) == []
    row = JournalEntry.objects.latest("id")
    assert (row.action, row.resource_type, row.decision, row.patient_id) == ("read", "identity", "allow", patient)


def test_an_author_who_is_not_of_the_team_may_still_need_the_whole_record(cast: Cast) -> None:
    patient = making.patient()
    making.link(patient, cast.paul, access_room.Basis.AUTHOR)
    assert broken(cast.paul, typed(patient)).scope == "whole"


def test_ten_tries_an_hour_then_even_the_right_identity_waits(cast: Cast) -> None:
    patient, nobody = making.patient(), TypedIdentity(matricule="199999999999999")
    with time_machine.travel(NOON, tick=False):
        assert {refusal(cast.paul, nobody) for _ in range(emergency_rules().essais_par_heure)} == {"E-URG-05"}
        assert refusal(cast.paul, typed(patient)) == "E-URG-06"
        assert refusal(cast.paul, typed(patient)) == "E-URG-06"
        assert broken(cast.karim, typed(patient)).patient_id == patient, "each person counts their own"
    with time_machine.travel(NOON + HOUR, tick=False):
        assert broken(cast.paul, typed(patient)).patient_id == patient


def test_three_open_at_once_then_one_must_be_closed(cast: Cast) -> None:
    opened = [broken(cast.paul, typed(making.patient())) for _ in range(emergency_rules().ouverts_a_la_fois)]
    fourth = typed(making.patient())
    assert refusal(cast.paul, fourth) == "E-URG-07"
    emergency.close(opened[0])
    assert broken(cast.paul, fourth)


def test_ten_in_a_day_then_no_more_until_the_first_is_a_day_old(cast: Cast) -> None:
    for number in range(emergency_rules().ouverts_par_jour):
        with time_machine.travel(NOON + number * HOUR, tick=False):
            emergency.close(broken(cast.paul, typed(making.patient())))
    last = typed(making.patient())
    with time_machine.travel(NOON + 23 * HOUR, tick=False):
        assert refusal(cast.paul, last) == "E-URG-07"
    with time_machine.travel(NOON + 24 * HOUR, tick=False):
        assert broken(cast.paul, last)


def test_it_bypasses_the_link_and_the_matrix_never_a_mask_nor_the_confidentiality(cast: Cast) -> None:
    """A04 and A05 yield; A03 and A06 do not (domain sheet §8.2)."""
    patient = making.patient()
    letter = making.file(patient, making.filing(title="Lettre"))
    psychiatric = making.file(patient, making.filing(title="Synthèse psychiatrique", type_code="68599-0"))
    restricted = making.file(patient, making.filing(title="Restreint", confidentiality="R"))
    masked = making.file(patient, making.filing(title="Masqué"))
    DocumentMark.objects.create(
        patient_id=patient, document_id=masked.id, kind="masque_ps", since=clock.now() - HOUR, set_by="essai"
    )
    broken(cast.nadia, typed(patient))
    visible = Document.objects.filter(access_room.rule.VisibleTo(cast.nadia, document="id"), patient_id=patient)
    assert set(visible.values_list("id", flat=True)) == {letter.id, psychiatric.id}
    assert restricted.id not in visible.values_list("id", flat=True)


def test_it_gives_no_power_over_the_circle_nor_the_register(cast: Cast) -> None:
    held = access_room.abilities(broken(cast.paul, typed(making.patient())))
    assert not any(getattr(held, name) for name in held.__dataclass_fields__)


def test_an_unknown_identity_and_a_refused_one_cost_the_same_statements(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = making.patient()
    wish(patient, "refus_urgence")
    asked = []
    for identity in (typed(patient), TypedIdentity(matricule="199999999999999")):
        with CaptureQueriesContext(connection) as seen:
            said: list[str] = []
            with monkeypatch.context() as heard:
                heard.setattr(emergency.sql, "rows", _overheard(emergency.sql.rows, said))
                assert refusal(cast.paul, identity) == "E-URG-05"
        shapes = [re.sub(r"'[^']*'|\d+|NULL", "?", query["sql"]) for query in seen.captured_queries]
        asked.append((shapes, said))
    assert asked[0] == asked[1]
    assert len(asked[0][1]) == 2


def _overheard(rows: Any, said: list[str]) -> Any:
    def overheard(statement: str, parameters: Any = ()) -> Any:
        said.append(statement)
        return rows(statement, parameters)

    return overheard


@pytest.mark.django_db(transaction=True)
def test_two_windows_at_once_open_the_record_once(cast: Cast) -> None:
    identity, answers = typed(making.patient()), []
    ready = threading.Barrier(2)

    def ask() -> None:
        ready.wait()
        try:
            broken(cast.paul, identity)
            answers.append("opened")
        except UserMessage as said:
            answers.append(said.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["E-URG-08", "opened"]
    assert BreakGlass.objects.count() == 1
