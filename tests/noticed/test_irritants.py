"""What the platform notices by itself on a patient's way, told to the right person; nothing lost, nothing misfiled."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine

from maillon.access.models import Account, DocumentMark
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.kernel import clock, events
from maillon.kernel.key import Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.noticed import api as noticed
from maillon.noticed.events import IrritantNoticed
from maillon.noticed.models import Notice
from maillon.professionals.models import Attachment
from maillon.tasks import api as tasks
from maillon.tasks import noticing
from maillon.tasks.definition import reading_rules
from tests.conftest import Cast
from tests.documents import making
from tests.tasks.asking import DAY, HOUR, again

PARIS = ZoneInfo("Europe/Paris")
NINE = dt.datetime(2026, 11, 24, 9, 0, tzinfo=PARIS)
BIOLOGY, IMAGING, DISCHARGE, PRESCRIPTION = "11502-2", "18748-4", "11490-0", "57833-6"
FROM_LABORATORY: dict[str, Any] = {
    "type_code": BIOLOGY, "title": "Biologie", "organization": "Laboratoire du Port", "organization_id": "1990000032",
}  # fmt: skip


def cda(**said: Any) -> documents.Filing:
    return making.filing(**{"media_type": "text/xml"} | said)


_days = itertools.count(1)


def facts(patient: PatientId, actor: Actor) -> list[tuple[str, str]]:
    return [(line.code, line.fact) for line in noticed.of_record(making.key(patient, actor))]


def day(actor: Actor) -> list[tuple[str, str, str]]:
    return [(line.code, line.text, line.detail) for line in noticed.of_day(again(actor))]


def came(actor: Actor) -> None:
    Account.objects.filter(professional_id=actor.professional_id).update(last_login=NINE)


def climb_at(moment: dt.datetime) -> None:
    with time_machine.travel(moment, tick=False):
        while tasks.escalate_due():
            pass


def biology(patient: PatientId, cast: Cast, **changed: Any) -> documents.Filed:
    """Each of its own day."""
    at = (NINE - next(_days) * DAY).isoformat()
    return making.file(patient, cda(**FROM_LABORATORY | {"act_at": at} | changed), making.reader(cast.claire))


# ------------------------------------------------------------------------------------------------ IR4, IR9: formats


def test_ac7_3_a_pdf_of_biology_is_accepted_and_marked_as_unstructured(cast: Cast, jeanne: PatientId) -> None:
    """AC7.3: the PDF is filed, its row says « Non structuré », the rate falls by exactly 1/total."""
    for _ in range(9):
        biology(jeanne, cast, level=3, results=(making.result(),))
    (before,) = documents.measures.structured(cast.claire)
    assert (before.good, before.total, before.rate) == (9, 9, 1.0)
    filed = biology(jeanne, cast, level=1)
    (after,) = documents.measures.structured(cast.claire)
    assert (after.good, after.total) == (9, 10)
    assert before.rate - after.rate == pytest.approx(1 / after.total)
    assert making.status_of(filed) == "current"
    key = making.key(jeanne, cast.claire)
    assert noticed.marks(key, [filed.uuid]) == {filed.uuid: ("Non structuré",)}
    assert noticed.marks_across(cast.claire, [filed.uuid]) == {filed.uuid: ("Non structuré",)}
    assert facts(jeanne, cast.claire) == [("IR9", "biologie_non_structuree"), ("IR4", "ancien_format")]
    assert [task.document_uuid for task in tasks.my_day(cast.claire).to_read].count(filed.uuid) == 1


def test_the_rate_of_a_type_is_hidden_from_whoever_does_not_read_it_while_it_tells_too_few(
    cast: Cast, jeanne: PatientId, agnes: Actor
) -> None:
    for _ in range(10):
        biology(jeanne, cast, level=3)
    (hidden,) = documents.measures.structured(agnes)
    assert hidden.is_hidden
    assert hidden.rate is None
    biology(jeanne, cast, level=1)
    (shown,) = documents.measures.structured(agnes)
    assert (shown.good, shown.total, shown.is_red) == (10, 11, True)
    assert documents.measures.structured(cast.paul) == []


def test_what_is_hidden_is_not_counted_and_so_does_not_show_itself(cast: Cast, jeanne: PatientId, agnes: Actor) -> None:
    for _ in range(11):
        biology(jeanne, cast, level=3)
    before = documents.measures.structured(agnes), documents.measures.structured(cast.claire)
    masked = biology(jeanne, cast, level=1)
    DocumentMark.objects.create(
        patient_id=jeanne, document_id=masked.id, kind="masque_ps", since=clock.wall(), set_by="essai"
    )
    biology(jeanne, cast, level=1, confidentiality="R")
    assert (documents.measures.structured(agnes), documents.measures.structured(cast.claire)) == before


def test_one_colleague_who_is_waited_for_hides_no_other(cast: Cast, jeanne: PatientId, agnes: Actor) -> None:
    """However many documents wait for the first one."""
    filed = making.file(jeanne, cda(), making.reader(cast.claire))
    at = Document.objects.get(uuid=filed.uuid)

    def unread(rank: int, subject: str) -> Notice:
        return Notice(
            patient_id=jeanne, code="IR11", fact="non_lu", severity=3, subject=subject, document_id=at.pk + rank,
            document_uuid=uuid4(), structure_id=cast.tilleuls_id, role_code="330",
        )  # fmt: skip

    Notice.objects.bulk_create([unread(rank, "1") for rank in range(1, 230)])
    Notice.objects.bulk_create([unread(230, "2")])
    assert len(noticed.of_day(again(agnes))) == 2


def test_a_letter_of_level_one_is_no_old_format_and_a_bare_pdf_is(cast: Cast, jeanne: PatientId) -> None:
    making.file(jeanne, cda(media_type="text/xml"), making.reader(cast.claire))
    assert facts(jeanne, cast.claire) == []
    making.file(jeanne, cda(media_type="application/pdf"), making.reader(cast.claire))
    assert facts(jeanne, cast.claire) == [("IR4", "ancien_format")]
    for told in ({"media_type": "image/jpeg"}, {"source": "patient"}, {"source": "fhir:7"}):
        making.file(jeanne, cda(**{"media_type": "application/pdf"} | told), making.reader(cast.claire))
    assert len(facts(jeanne, cast.claire)) == 1, "neither a picture, nor what a patient or FHIR brings"
    biology(jeanne, cast, media_type="application/pdf", source="fhir:7")
    assert len(facts(jeanne, cast.claire)) == 3, "but biology is structured, whatever brings it"


def test_what_the_law_hides_is_not_noticed_for_that_reader(cast: Cast, jeanne: PatientId, agnes: Actor) -> None:
    filed = biology(jeanne, cast, level=1)
    key = making.key(jeanne, agnes)
    assert noticed.of_record(key) == []
    assert noticed.marks(key, [filed.uuid]) == {}
    assert noticed.marks_across(cast.paul, [filed.uuid]) == {}


# ------------------------------------------------------------------------------------------------ IR5: twice


def test_ac7_6_a_corrected_report_leaves_one_current_and_one_replaced(cast: Cast, jeanne: PatientId) -> None:
    """AC7.6: republished by mail after a correction, 1 current + 1 replaced, never two current; one reading is left."""
    said = FROM_LABORATORY | {"type_code": IMAGING, "title": "Radiographie de la cheville", "set_id": "1.2.3.4"}
    first = making.file(jeanne, cda(**said, version_number=1), making.reader(cast.claire))
    second = making.file(jeanne, cda(**said, version_number=2), making.reader(cast.claire))
    assert [making.status_of(each) for each in (first, second)] == ["replaced", "current"]
    assert [task.document_uuid for task in tasks.my_day(cast.claire).to_read] == [second.uuid]
    assert facts(jeanne, cast.claire) == []


def test_a_correction_that_does_not_say_so_is_a_possible_duplicate(cast: Cast, jeanne: PatientId) -> None:
    said = FROM_LABORATORY | {"type_code": IMAGING, "title": "Radiographie de la cheville"}
    first = making.file(jeanne, cda(**said, set_id="1.2.3.4"), making.reader(cast.claire))
    second = making.file(jeanne, cda(**said, set_id="1.2.3.5"), making.reader(cast.claire))
    marks = noticed.marks(making.key(jeanne, cast.claire), [first.uuid, second.uuid])
    assert marks == {second.uuid: ("Doublon possible",)}
    assert [making.status_of(each) for each in (first, second)] == ["current", "current"], "a person decides"
    with time_machine.travel(NINE + 30 * HOUR, tick=False):
        other = cda(**said | {"act_at": "2026-03-09T08:00:00+01:00", "title": "Radiographie du poignet"})
        third = making.file(jeanne, other, making.reader(cast.claire))
    assert third.uuid not in noticed.marks(making.key(jeanne, cast.claire), [third.uuid])


def test_what_rubbed_in_a_replaced_version_is_over(cast: Cast, jeanne: PatientId) -> None:
    biology(jeanne, cast, level=1, set_id="1.2.3.4", version_number=1)
    biology(jeanne, cast, level=3, set_id="1.2.3.4", version_number=2)
    lines = noticed.of_record(making.key(jeanne, cast.claire))
    assert {line.outcome for line in lines} == {"Remplacé par une nouvelle version"}


def test_that_a_sender_sends_twice_stays_said_when_they_correct(cast: Cast, jeanne: PatientId) -> None:
    first = biology(jeanne, cast, level=1, set_id="1.2.3.4", version_number=1)
    row = Document.objects.get(uuid=first.uuid)
    about = noticed.About(document_id=row.pk, document_uuid=row.uuid, type_bit=row.type_bit)
    key = making.key(jeanne, cast.claire)
    noticed.note(key, "recu_deux_fois", about=about, structure_id=cast.tilleuls_id)
    biology(jeanne, cast, level=3, set_id="1.2.3.4", version_number=2)
    assert [line.fact for line in noticed.of_record(key) if line.is_open] == ["recu_deux_fois"]


# ------------------------------------------------------------------------------------------------ IR8: too late


@pytest.mark.parametrize(("received", "good"), [((25, 23, 50), 1), ((26, 0, 10), 0)])
def test_ac7_5_a_discharge_letter_of_the_day_after_is_red(
    cast: Cast, jeanne: PatientId, agnes: Actor, received: tuple[int, int, int], good: int
) -> None:
    """AC7.5: the letter of D1 16:00 that comes on D2 at 00:10: « LDL J0 » = 0/1, red; the coordinator is told."""
    at = dt.datetime(2026, 11, *received, tzinfo=PARIS)
    letter = cda(
        type_code=DISCHARGE, title="Lettre de liaison", ended_at="2026-11-25T16:00:00+01:00",
        organization="CH du Littoral",
    )  # fmt: skip
    with time_machine.travel(at, tick=False):
        filed = making.file(jeanne, letter, making.reader(cast.claire), received_at=at)
        (rate,) = documents.measures.on_the_day(cast.claire)
        assert (rate.good, rate.total, rate.is_red) == (good, 1, not good)
        key = making.key(jeanne, cast.claire)
        marks = noticed.marks(key, [filed.uuid])
        if good:
            assert marks == {}
            assert day(agnes) == []
        else:
            assert marks == {filed.uuid: ("Arrivée après la sortie",)}
            ((code, _, detail),) = day(agnes)
            assert (code, detail) == ("IR8", "1\u202fjour après la sortie, CH du Littoral")
            assert day(cast.nadia) == []


def test_a_corrected_discharge_letter_is_not_late(cast: Cast, jeanne: PatientId) -> None:
    late = dt.datetime(2026, 11, 30, 9, 0, tzinfo=PARIS)
    said = {"type_code": DISCHARGE, "ended_at": "2026-11-25T16:00:00+01:00", "set_id": "1.2.9"}
    on_time = dt.datetime(2026, 11, 25, 17, 0, tzinfo=PARIS)
    making.file(jeanne, cda(**said, version_number=1), making.reader(cast.claire), received_at=on_time)
    making.file(jeanne, cda(**said, version_number=2), making.reader(cast.claire), received_at=late)
    assert facts(jeanne, cast.claire) == []
    assert [(rate.good, rate.total) for rate in documents.measures.on_the_day(cast.claire)] == [(1, 1)]


def test_a_letter_that_we_fetch_later_in_the_national_record_was_there_in_time(
    cast: Cast, jeanne: PatientId
) -> None:
    """As the rate « LDL J0 » counts it: the delay is that of our reading."""
    said = {"type_code": DISCHARGE, "ended_at": "2026-11-25T16:00:00+01:00", "source": "dmp"}
    fetched = dt.datetime(2026, 12, 4, 9, 0, tzinfo=PARIS)
    for written, late in (("2026-11-25T17:00:00+01:00", 0), ("2026-11-27T09:00:00+01:00", 1)):
        making.file(jeanne, cda(**said, written_at=written), making.reader(cast.claire), received_at=fetched)
        assert facts(jeanne, cast.claire) == [("IR8", "sortie_tardive")] * late
    (rate,) = documents.measures.on_the_day(cast.claire)
    assert (rate.good, rate.total) == (1, 2)


@pytest.mark.parametrize(("written", "late"), [((25, 23, 50), False), ((26, 0, 10), True)])
def test_a_report_written_after_the_day_of_the_examination_is_said_to_whoever_waits_for_it(
    cast: Cast, jeanne: PatientId, agnes: Actor, written: tuple[int, int, int], late: bool
) -> None:
    """CSP R1111-42. By the day on which it was written: a mailbox that was closed for the weekend is nobody's delay."""
    at = dt.datetime(2026, 11, *written, tzinfo=PARIS)
    report = cda(
        type_code=IMAGING, level=3, title="Radiographie", written_at=at.isoformat(), organization="Imagerie du Parc",
        act_at="2026-11-25T15:00:00+01:00", ended_at="2026-11-25T15:00:00+01:00",
    )  # fmt: skip
    filed = making.file(jeanne, report, making.reader(cast.claire), received_at=at + 3 * DAY)
    lines = noticed.of_record(making.key(jeanne, cast.claire))
    told = ("IR8", "1\u202fjour après l’examen, Imagerie du Parc", "Dr Claire Morel")
    assert [(line.code, line.detail, line.for_whom) for line in lines] == ([told] if late else [])
    marks = noticed.marks(making.key(jeanne, cast.claire), [filed.uuid])
    assert marks == ({filed.uuid: ("Écrit après le jour de l’examen",)} if late else {})
    assert day(agnes) == []


def test_a_corrected_report_is_not_late(cast: Cast, jeanne: PatientId) -> None:
    said = {"type_code": IMAGING, "level": 3, "ended_at": "2026-11-25T15:00:00+01:00", "set_id": "1.2.10"}
    for number, day_of_month in ((1, 25), (2, 30)):
        written_at = f"2026-11-{day_of_month}T16:00:00+01:00"
        making.file(jeanne, cda(**said, written_at=written_at, version_number=number), making.reader(cast.claire))
    assert facts(jeanne, cast.claire) == []


def test_what_did_not_hold_rubs_again(cast: Cast, jeanne: PatientId) -> None:
    key = making.key(jeanne, cast.claire)
    filed = making.file(jeanne, cda(), making.reader(cast.claire))
    about = noticed.About(document_id=filed.id, document_uuid=filed.uuid, type_bit=0)
    noticed.note(key, "espace_sante_indisponible", about=about, structure_id=cast.tilleuls_id)
    noticed.settle(key, "espace_sante_indisponible", outcome="Envoyé")
    again = {"documents": [filed.id], "detail": "Revenu"}
    assert noticed.reopen(key, "espace_sante_indisponible", outcome="Remis sur papier", **again) == 0
    assert noticed.reopen(key, "espace_sante_indisponible", outcome="Envoyé", **again) == 1
    row = Notice.objects.get(document_id=filed.id)
    assert (row.settled_at, row.outcome, row.detail) == (None, "", "Revenu")


# ------------------------------------------------------------------------------------------------ IR10: prescriptions


def test_a_prescription_without_its_number_says_so_to_whoever_dispenses(cast: Cast, jeanne: PatientId) -> None:
    bare = making.file(jeanne, cda(type_code=PRESCRIPTION), making.reader(cast.claire))
    numbered = making.file(
        jeanne, cda(type_code=PRESCRIPTION, prescription_number="1.2.250.1.215.500.1.1^42"),
        making.reader(cast.claire),
    )  # fmt: skip
    marks = noticed.marks(making.key(jeanne, cast.claire), [bare.uuid, numbered.uuid])
    assert marks == {bare.uuid: ("Sans numéro de e-prescription",)}
    assert facts(jeanne, cast.claire) == [("IR10", "ordonnance_sans_numero")]


# ------------------------------------------------------------------------------------------------ IR7, IR11: people


@pytest.mark.parametrize("type_code", [IMAGING, BIOLOGY, "11488-4"])
def test_ac7_4_an_unread_report_is_told_to_the_coordinator_at_25_hours_and_not_at_23(
    cast: Cast, jeanne: PatientId, agnes: Actor, type_code: str
) -> None:
    """AC7.4, even of a type that the coordinator may not read: neither the patient nor the document is told."""
    with time_machine.travel(NINE, tick=False):
        filed = making.file(jeanne, cda(type_code=type_code, level=3), making.reader(cast.claire))
    hours = reading_rules().rule_for(type_code).escalade_apres_heures
    climb_at(NINE + (hours - 1) * HOUR)
    assert day(agnes) == []
    climb_at(NINE + (hours + 1) * HOUR)
    assert day(agnes) == [("IR11", "Un document reçu n’est pas lu dans le délai", "Dr Claire Morel")]
    assert [line.document for line in noticed.of_day(again(agnes))] == [None]
    assert day(cast.sylvie) == []
    (task,) = tasks.of_document(making.key(jeanne, cast.claire), filed.uuid)
    tasks.acknowledge(making.key(jeanne, cast.claire), task.uuid)
    assert day(agnes) == [], "read at last: nobody has to call any more"


def test_a_document_that_the_coordinator_reads_climbs_to_her_and_is_not_said_twice(
    cast: Cast, jeanne: PatientId, agnes: Actor
) -> None:
    with time_machine.travel(NINE, tick=False):
        making.file(jeanne, cda(type_code=DISCHARGE), making.reader(cast.claire))
    climb_at(NINE + 25 * HOUR)
    with time_machine.travel(NINE + 25 * HOUR, tick=False):
        assert len(tasks.my_day(again(agnes)).escalated) == 1
        assert day(agnes) == []


def test_without_a_coordinator_the_digital_referent_is_told(cast: Cast, jeanne: PatientId) -> None:
    Account.objects.filter(professional_id=cast.nadia.professional_id).update(is_referent=True)
    came(cast.claire)
    with time_machine.travel(NINE, tick=False):
        making.file(jeanne, cda(type_code=IMAGING, level=3), making.reader(cast.claire))
    climb_at(NINE + 25 * HOUR)
    with time_machine.travel(NINE + 25 * HOUR, tick=False):
        assert [code for code, _, _ in day(cast.nadia)] == ["IR11"]




def test_a_professional_who_is_alone_is_told_to_the_referent(cast: Cast, jeanne: PatientId, agnes: Actor) -> None:
    """Nobody of the role to whom it climbs: IR7 beside IR11."""
    Account.objects.filter(professional_id=cast.sylvie.professional_id).update(is_referent=True)
    Attachment.objects.filter(professional_id=cast.karim.professional_id).delete()
    came(cast.claire)
    with time_machine.travel(NINE, tick=False):
        making.file(jeanne, cda(type_code=IMAGING, level=3), making.reader(cast.claire))
    climb_at(NINE + 25 * HOUR)
    with time_machine.travel(NINE + 25 * HOUR, tick=False):
        assert [code for code, _, _ in day(cast.sylvie)] == ["IR7"]
        assert [code for code, _, _ in day(agnes)] == ["IR11"]


def test_whoever_never_came_is_told_to_the_referent_once(cast: Cast, jeanne: PatientId) -> None:
    Account.objects.filter(professional_id=cast.sylvie.professional_id).update(is_referent=True)
    for _ in range(3):
        making.file(jeanne, cda(type_code=IMAGING, level=3), making.reader(cast.claire))
        noticing.note_newcomers()
    assert day(cast.sylvie) == [
        ("IR7", "Un professionnel a reçu un document et ne s’est jamais connecté", "Dr Claire Morel")
    ]
    came(cast.claire)
    noticing.note_newcomers()
    assert day(cast.sylvie) == []
    assert Notice.objects.get(fact="jamais_connecte").outcome == "S’est connecté"


def test_each_document_whose_hour_passed_because_its_reader_never_came_is_said_again(
    cast: Cast, jeanne: PatientId, agnes: Actor
) -> None:
    """« Vu » answers for what had come by then; the next document that nobody reads is told anew."""
    Account.objects.filter(professional_id=cast.sylvie.professional_id).update(is_referent=True)
    said = ("IR7", "Un professionnel a reçu un document et ne s’est jamais connecté", "Dr Claire Morel")
    for rank in range(2):
        moment = NINE + rank * 2 * DAY
        with time_machine.travel(moment, tick=False):
            making.file(jeanne, cda(type_code=IMAGING, level=3), making.reader(cast.claire))
        climb_at(moment + 23 * HOUR)
        assert day(cast.sylvie) == []
        climb_at(moment + 25 * HOUR)
        assert day(cast.sylvie) == [said]
        (line,) = noticed.of_day(again(cast.sylvie))
        assert line.document is None
        noticed.note_seen(again(cast.sylvie), line.uuid)
    assert [code for code, _, _ in day(agnes)] == ["IR11"], "one colleague, called once"


def test_whoever_has_come_is_late_and_no_newcomer(cast: Cast, jeanne: PatientId, agnes: Actor) -> None:
    Account.objects.filter(professional_id=cast.sylvie.professional_id).update(is_referent=True)
    came(cast.claire)
    with time_machine.travel(NINE, tick=False):
        making.file(jeanne, cda(type_code=IMAGING, level=3), making.reader(cast.claire))
    climb_at(NINE + 25 * HOUR)
    assert day(cast.sylvie) == []
    assert [code for code, _, _ in day(agnes)] == ["IR11"]


# ------------------------------------------------------------------------------------------------ the list itself


def test_the_event_names_no_patient_and_is_announced_once(
    cast: Cast, jeanne: PatientId, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[events.Event] = []
    monkeypatch.setattr(events, "announce", heard.append)
    filed = cda(**FROM_LABORATORY | {"level": 1})
    done = making.file(jeanne, filed, making.reader(cast.claire))
    making.file(jeanne, filed, making.reader(cast.claire))
    found = [each for each in heard if isinstance(each, IrritantNoticed)]
    assert [(each.code, each.document, each.structure_id) for each in found] == [
        ("IR4", done.uuid, cast.tilleuls_id), ("IR9", done.uuid, cast.tilleuls_id)
    ]  # fmt: skip
    assert set(IrritantNoticed.__dataclass_fields__) == {
        "code", "fact", "severity", "structure_id", "document", "at"
    }  # fmt: skip


def test_seen_it_leaves_the_day_and_stays_in_the_list(cast: Cast, jeanne: PatientId, agnes: Actor) -> None:
    came(cast.claire)
    with time_machine.travel(NINE, tick=False):
        for _ in range(2):
            making.file(jeanne, cda(type_code=IMAGING, level=3), making.reader(cast.claire))
    climb_at(NINE + 25 * HOUR)
    (line,) = noticed.of_day(agnes)
    with pytest.raises(UserMessage, match="n’est pas pour vous"):
        noticed.note_seen(cast.sylvie, line.uuid)
    with pytest.raises(UserMessage, match="n’est pas pour vous"):
        noticed.note_seen(cast.paul, line.uuid)
    noticed.note_seen(agnes, line.uuid)
    assert noticed.of_day(agnes) == []
    assert {line.outcome for line in noticed.of_record(making.key(jeanne, cast.claire))} == {"Vu"}
