"""Ma journée in its parts, one task and its gestures, the banner's alerts, an absence: what people see and press."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from maillon.access.models import JournalEntry
from maillon.kernel import clock
from maillon.tasks import api as tasks
from maillon.tasks.models import Escalation, Task
from tests.conftest import Cast
from tests.documents import making
from tests.tasks.asking import DAY, HOUR, absent, again, alert, ended, row, to_do
from tests.web.conftest import Record


def text(answer: Any) -> str:
    page = re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.replace("\u202f", " ").replace("&#8239;", " ")))


def key(record: Record, actor: Any) -> Any:
    return making.key(record.access.patient_id, actor)


def address(record: Record, task: UUID, word: str = "") -> str:
    return f"/dossier/{record.uuid}/tache/{task}{word}"


# ------------------------------------------------------------------------------------------------ Ma journée


def test_each_part_of_the_day_has_its_filter_and_says_when_it_is_empty(
    claire: Client, record: Record, cast: Cast
) -> None:
    access = key(record, cast.claire)
    alert(access, cast, title="Alerte du matin")
    to_do(access, cast, title="Tâche du rôle", role_code="G15_10")
    put_off = to_do(access, cast, title="Tâche remise")
    tasks.handling.snooze(access, put_off, until=clock.now() + DAY, reason="Demain matin")
    entrusted = to_do(access, cast, title="Tâche confiée")
    tasks.handling.delegate(access, entrusted, to=cast.nadia.professional_id)  # type: ignore[arg-type]
    opens = clock.now() + 2 * DAY
    to_do(access, cast, title="Tâche à venir", opens_at=opens, due_at=opens)
    shown = {
        "alertes": "Alerte du matin", "mon-role": "Tâche du rôle", "remises": "Tâche remise",
        "confiees": "Tâche confiée", "a-venir": "Tâche à venir",
    }  # fmt: skip
    for view, title in shown.items():
        page = text(claire.get(f"/journee?vue={view}"))
        assert [each for each in shown.values() if each in page] == [title], view
    whole = text(claire.get("/journee"))
    assert all(title in whole for title in shown.values())
    assert "Confié à Nadia Lefèvre" in whole
    assert "Remis au" in whole


@pytest.mark.parametrize(
    ("view", "nothing"),
    [
        ("retard", "Rien n’est en retard."), ("alertes", "Aucune alerte."), ("mon-role", "Rien n’attend votre rôle."),
        ("confiees", "Vous n’avez rien confié."), ("remises", "Rien n’est remis à plus tard."),
        ("a-venir", "Rien ne s’ouvre dans les sept jours."), ("absente", "Tout est lu."),
    ],
)  # fmt: skip
def test_an_empty_part_says_so(karim: Client, record: Record, view: str, nothing: str) -> None:
    assert nothing in text(karim.get(f"/journee?vue={view}"))


def test_a_gesture_brings_back_the_part_that_was_shown(claire: Client, record: Record, cast: Cast) -> None:
    uuid = alert(key(record, cast.claire), cast)
    answer = claire.post(address(record, uuid, "/prendre"), {"vue": "alertes"}, headers={"HX-Request": "true"})
    page = text(answer)
    assert row(uuid).taken_by_id == cast.claire.professional_id
    assert "Vous vous en occupez" in page
    assert "À lire" not in page.split("À venir")[1]


def test_an_alert_says_its_level_in_words_its_reason_and_by_when(claire: Client, record: Record, cast: Cast) -> None:
    alert(key(record, cast.claire), cast)
    page = text(claire.get("/journee?vue=alertes"))
    assert "Alerte rouge : INR à 6,4" in page
    assert "INR à 6,4 le 24/11/2026, cible 2,5" in page
    assert "avant " in page
    Task.objects.update(due_at=clock.midnight(clock.today() + DAY) + dt.timedelta(minutes=30))
    assert "avant demain 00 h 30" in text(claire.get("/journee?vue=alertes")).replace("\u202f", " ")


# ------------------------------------------------------------------------------------------------ one task


def test_the_page_of_a_task_says_why_to_whom_and_where_it_climbs(claire: Client, record: Record, cast: Cast) -> None:
    uuid = alert(key(record, cast.claire), cast)
    page = text(claire.get(address(record, uuid)))
    for said in ("Pourquoi cette alerte", "cible 2,5", "Dr Claire Morel", "monte vers qui remplace", "coordination"):
        assert said in page
    assert "Une alerte rouge ne se remet pas au-delà de son délai" in page


def test_one_entrusts_puts_off_and_leaves_without_effect_from_the_page(
    claire: Client, record: Record, cast: Cast
) -> None:
    first, second, third = (to_do(key(record, cast.claire), cast) for _ in range(3))
    answer = claire.post(address(record, first, "/confier"), {"qui": cast.nadia.professional_id})
    assert answer.headers["Location"] == "/journee"
    assert row(first).taken_by_id == cast.nadia.professional_id
    claire.post(address(record, second, "/remettre"), {"pour": "3j", "motif": "Patient absent"})
    back = clock.in_paris(row(second).snoozed_until or clock.now())
    assert (back.date(), back.hour) == (clock.today() + 3 * DAY, 8)
    claire.post(address(record, third), {"suite": "sans_suite", "commentaire": "Déjà fait ailleurs"})
    assert (row(third).outcome, row(third).comment) == ("sans_suite", "Déjà fait ailleurs")
    claire.post(address(record, second, "/reveiller"))
    assert (row(second).snoozed_until or clock.now()) <= clock.now()
    claire.post(address(record, first, "/rendre"), {"retour": "dossier"})
    assert row(first).taken_by_id is None


@pytest.mark.parametrize(
    ("word", "said", "why"),
    [
        ("/confier", {"qui": "999999"}, "Choisissez un collègue"),
        ("/confier", {"qui": "²"}, "Choisissez un collègue"),
        ("/remettre", {"pour": "3j", "motif": ""}, "pourquoi vous remettez"),
        ("/remettre", {"pour": "jamais", "motif": "Pour voir"}, "Choisissez un moment"),
        ("/remettre", {"jusqu_au": "01012020", "motif": "Pour voir"}, "Choisissez un moment à venir"),
        ("/remettre", {"jusqu_au": "31/02/2027", "motif": "Pour voir"}, "date"),
        ("", {"suite": "sans_suite", "commentaire": ""}, "pourquoi il n’y a pas de suite"),
    ],
)
def test_what_is_refused_says_why_keeps_what_was_typed_and_changes_nothing(
    claire: Client, record: Record, cast: Cast, word: str, said: dict[str, str], why: str
) -> None:
    uuid = to_do(key(record, cast.claire), cast)
    before = Task.objects.filter(uuid=uuid).values().get()
    answer = claire.post(address(record, uuid, word), said)
    assert answer.status_code == 422
    assert why in text(answer)
    if said.get("motif"):
        assert f'value="{said["motif"]}"' in answer.content.decode()
    assert Task.objects.filter(uuid=uuid).values().get() == before


def test_a_red_alert_offers_only_moments_within_its_delay(claire: Client, record: Record, cast: Cast) -> None:
    uuid = alert(key(record, cast.claire), cast, due_at=clock.now() + dt.timedelta(minutes=40))
    page = text(claire.get(address(record, uuid)))
    assert "30 minutes" in page
    assert "1 heure" not in page.split("Jusqu’à")[1]
    answer = claire.post(address(record, uuid, "/remettre"), {"pour": "60m", "motif": "Au bloc"})
    assert answer.status_code == 422
    assert "Une alerte rouge ne se remet pas au-delà" in text(answer)


def test_a_colleague_of_the_role_takes_over_knowing_from_whom(
    claire: Client, karim: Client, record: Record, cast: Cast
) -> None:
    uuid = to_do(key(record, cast.claire), cast, role_code="G15_10")
    tasks.handling.take(key(record, cast.claire), uuid)
    assert "Dr Claire Morel l’a prise en charge" in text(karim.get(address(record, uuid)))
    refused = karim.post(address(record, uuid, "/prendre"))
    assert "Dr Claire Morel s’en occupe" in text(refused)
    karim.post(address(record, uuid, "/prendre"), {"reprendre": "oui"})
    assert row(uuid).taken_by_id == cast.karim.professional_id


def test_its_addressee_takes_an_alert_over_from_whoever_has_it(claire: Client, record: Record, cast: Cast) -> None:
    """What the page offers is what is done: no button leads to « Reprenez d’abord la tâche »."""
    uuid = alert(key(record, cast.claire), cast, escalations=(tasks.Escalation(HOUR, "remplacant"),))
    Escalation.objects.update(at=clock.now())
    tasks.escalate_due()
    tasks.handling.take(key(record, cast.karim), uuid)
    page = claire.get(address(record, uuid)).content.decode()
    form = page.split(f'action="{address(record, uuid, "/prendre")}"')[1].split("</form>")[0]
    assert "Reprendre" in form
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', form))
    assert claire.post(address(record, uuid, "/prendre"), fields).status_code == 302
    assert row(uuid).taken_by_id == cast.claire.professional_id


def test_the_role_reads_to_whom_a_task_was_entrusted_before_they_say_yes(
    karim: Client, record: Record, cast: Cast
) -> None:
    uuid = to_do(key(record, cast.claire), cast, role_code="G15_10")
    tasks.handling.delegate(key(record, cast.claire), uuid, to=cast.nadia.professional_id)  # type: ignore[arg-type]
    page = text(karim.get(address(record, uuid)))
    assert "Confiée à Nadia Lefèvre par Dr Claire Morel" in page
    assert "l’a prise en charge" not in page


def test_a_task_of_another_record_or_about_a_closed_document_is_not_found(
    claire: Client, sylvie: Client, paul: Client, record: Record, cast: Cast
) -> None:
    uuid = to_do(key(record, cast.claire), cast)
    reading = Task.objects.filter(kind="a_lire", done_at=None).latest("id").uuid
    other = making.patient()
    making.link(other, cast.claire)
    from maillon.patients.models import Patient

    elsewhere = Patient.objects.get(pk=other).uuid
    assert claire.get(f"/dossier/{elsewhere}/tache/{uuid}").status_code == 404
    assert sylvie.get(address(record, reading)).status_code == 404
    assert paul.get(address(record, uuid)).status_code == 404
    assert paul.post(address(record, uuid, "/prendre")).status_code == 404


# ------------------------------------------------------------------------------------------------ the record


def test_the_banner_shows_three_alerts_reds_first_then_due_and_counts_the_others(
    claire: Client, record: Record, cast: Cast
) -> None:
    Task.objects.update(abnormal_count=0)
    access = key(record, cast.claire)
    for title, level, hours in (
        ("quatre", "orange", 9),
        ("deux", "rouge", 5),
        ("trois", "orange", 1),
        ("un", "rouge", 2),
    ):
        alert(access, cast, title=title, level=level, due_at=clock.now() + hours * HOUR)
    page = claire.get(f"/dossier/{record.uuid}/chronologie").content.decode()
    banner = page.split('class="banner-alerts"')[1].split("</ul>")[0]
    assert re.findall(r"</svg>(\w+)</span>", banner) == ["un", "deux", "trois"]
    assert "et 1 autre" in banner.replace("\u202f", " ")
    assert f'href="/dossier/{record.uuid}/taches"' in banner
    assert "Dr Claire Morel" in banner, "its owner"


def test_the_secretary_s_banner_says_nothing_of_what_raised_them(sylvie: Client, record: Record, cast: Cast) -> None:
    alert(key(record, cast.claire), cast, title="Poids en hausse", reason="2 kg de plus")
    for page in ("identite", "taches"):
        shown = text(sylvie.get(f"/dossier/{record.uuid}/{page}"))
        assert "Poids" not in shown
        assert "2 kg" not in shown


def test_the_record_lists_what_is_to_be_done_whoever_has_it(nadia: Client, record: Record, cast: Cast) -> None:
    uuid = to_do(key(record, cast.claire), cast, title="Rappeler demain")
    done = to_do(key(record, cast.claire), cast, title="Déjà fait")
    tasks.acknowledge(key(record, cast.claire), done, outcome="fait")
    page = text(nadia.get(f"/dossier/{record.uuid}/taches"))
    assert "Adressé à Dr Claire Morel" in page
    assert "Terminées" in page
    assert f'href="{address(record, uuid)}"' in nadia.get(f"/dossier/{record.uuid}/taches").content.decode()


# ------------------------------------------------------------------------------------------------ absence


def test_nobody_replaces_is_said_on_the_day_of_the_absent(claire: Client, record: Record, cast: Cast) -> None:
    absence = absent(cast.claire, None, starts=5)
    page = claire.get("/journee")
    assert "Personne ne vous remplace" in text(page)
    assert f'href="/journee/absence/{absence.pk}/passation"' in page.content.decode()
    assert "Personne ne remplace" in text(claire.get("/equipe"))
    ended(absence)
    absent(cast.claire, cast.karim, starts=5)
    assert "Dr Karim Benali recevra aussi ce qui suit" in text(claire.get("/journee"))


def test_whoever_replaces_sees_whose_tasks_they_are(karim: Client, record: Record, cast: Cast) -> None:
    absent(cast.claire, cast.karim)
    page = text(karim.get("/journee"))
    assert "Vous remplacez Dr Claire Morel" in page
    assert "Pour Dr Claire Morel" in page


def test_the_sheet_groups_by_patient_what_is_open_and_journals_the_names(
    claire: Client, karim: Client, nadia: Client, record: Record, cast: Cast
) -> None:
    alert(key(record, cast.claire), cast)
    absence = absent(cast.claire, cast.karim)
    where = f"/journee/absence/{absence.pk}/passation"
    page = text(claire.get(where))
    assert "Dr Claire Morel, absent du" in page
    assert page.index("LAMBERT") < page.index("INR à 6,4 le 24/11/2026")
    assert JournalEntry.objects.filter(action="list", patient_id=record.access.patient_id).exists()
    assert "INR à 6,4" in text(karim.get(where))
    assert nadia.get(where).status_code == 404
    assert "INR à 6,4" in text(claire.get("/journee/passation"))
    assert "Rien à transmettre" in text(nadia.get("/journee/passation"))


def test_back_from_an_absence_one_reads_what_was_done_and_only_one_s_own(
    claire: Client, karim: Client, record: Record, cast: Cast
) -> None:
    uuid = to_do(key(record, cast.claire), cast, title="Renouveler l’ordonnance")
    absence = absent(cast.claire, cast.karim)
    tasks.acknowledge(key(record, again(cast.karim)), uuid, outcome="fait", comment="Renouvelée pour un mois")
    ended(absence)
    assert "Vous êtes de retour" in text(claire.get("/journee"))
    page = text(claire.get(f"/journee/absence/{absence.pk}"))
    assert "Renouveler l’ordonnance" in page
    assert "par Dr Karim Benali : « Renouvelée pour un mois »" in page
    assert karim.get(f"/journee/absence/{absence.pk}").status_code == 404
