"""The pages of field days: prepared, given out, opened, said from a phone, led live, closed, compared, printed."""

from __future__ import annotations

import datetime as dt
import html
import re
from uuid import UUID, uuid4

import pytest
import time_machine
from django.test import Client

from maillon.fielddays.models import DayStep, FieldDay, Saying
from maillon.irritants.models import Irritant
from maillon.kernel import clock
from maillon.kernel.key import Actor
from tests.charter.conftest import agnes
from tests.conftest import Cast
from tests.fielddays.making import JOURNEY, code_of, opened, play
from tests.web import world

__all__ = ["agnes"]
JSON = {"Accept": "application/json"}


@pytest.fixture
def leader(agnes: Actor) -> Client:
    return world.sign_in(Client(), agnes)  # type: ignore[return-value]


@pytest.fixture
def day(cast: Cast, agnes: Actor) -> UUID:
    return opened(agnes, cast)


def page(client: Client, address: str, status: int = 200) -> str:
    given = client.get(address)
    assert given.status_code == status, given.status_code
    return html.unescape(given.content.decode())


def send(client: Client, address: str, status: int = 302, **said: str) -> str:
    given = client.post(address, said)
    assert given.status_code == status, (given.status_code, given.content.decode()[:2000])
    return given.headers["Location"] if status == 302 else html.unescape(given.content.decode())


def test_from_the_preparation_to_the_report(leader: Client, claire: Client, cast: Cast) -> None:
    assert "Aucune journée" in page(leader, "/journees")
    said = {"parcours": JOURNEY, "jour": "31032026", "lieu": "Salle des fêtes", "territoire": "CPTS du Val"}
    refused = send(leader, "/journees", 422, **said | {"lieu": ""})
    assert "la date, le lieu et le territoire" in refused
    assert "CPTS du Val" in refused, "what was typed is given back"
    address = send(leader, "/journees", **said)
    here = address.partition("/participants")[0]
    assert "Qui joue quoi" in page(leader, address)
    assert "Il manque quelqu’un pour" in send(leader, f"{here}/ouvrir", 422)
    doctor = str(cast.claire.professional_id)
    given = {f"invite-{each.actor}": f"Invité {each.actor}" for each in FieldDay.objects.get().parts.all()}
    send(leader, f"{here}/participants", 422, **given | {"invite-kine": "12345678901"})
    send(leader, f"{here}/participants", **given | {"personne-medecin": doctor, "invite-medecin": ""})
    assert "Photographiez le carré" in page(leader, f"{here}/codes")
    send(leader, f"{here}/ouvrir")
    assert "Journée de terrain" in page(claire, "/journee")
    send(claire, f"{here}/mes-etapes/ENT-04", resultat="commencer")
    assert send(claire, f"{here}/mes-etapes/ENT-04", resultat="fait", numero=str(uuid4()), note="Facile.").endswith(
        "#etape-ENT-04"
    )
    shown = page(leader, here)
    assert "Facile." in shown
    assert 'hx-trigger="every 4s"' in shown
    send(leader, f"{here}/clore", decisions="Écrire au laboratoire.")
    shown = page(leader, here)
    assert 'hx-trigger="every 4s"' not in shown
    assert "Écrire au laboratoire." in shown
    report = leader.get(f"{here}/rapport.pdf")
    assert report.headers["Content-Type"] == "application/pdf"
    assert "La journée est close" in page(claire, f"{here}/mes-etapes")
    send(leader, f"{here}/partager")
    assert "Ne plus partager" in page(leader, here)
    send(leader, f"{here}/rouvrir")
    send(claire, f"{here}/mes-etapes/ENT-05", resultat="fait")


def test_a_guest_comes_in_by_the_code_of_their_card(day: UUID) -> None:
    guest, code = Client(), code_of(day, "radiologue")
    assert "Votre code" in page(guest, "/terrain")
    refused = send(guest, "/terrain", 422, acces="abc def ghj")
    assert "n’ouvre aucune journée" in refused
    assert "abcdefghj" in refused
    assert send(guest, "/terrain", acces=f"{code[:3].upper()} {code[3:6]} {code[6:]}") == f"/terrain/{code}"
    shown = page(guest, f"/terrain/{code}")
    assert "Réalise les clichés" in shown
    assert "Demande une radiographie" not in shown, "the steps of others are not theirs"
    send(guest, f"/terrain/{code}/ENT-06", resultat="fait")
    assert "Corriger" in page(guest, f"/terrain/{code}")
    assert Client().get("/terrain/abcdefghj").status_code == 404
    assert Client().post("/terrain/abcdefghj/ENT-06", {"resultat": "fait"}).status_code == 404


def test_what_rubs_is_said_with_its_irritant_and_a_refusal_gives_it_back(day: UUID) -> None:
    guest, address = Client(), f"/terrain/{code_of(day, 'radiologue')}"
    told = {"resultat": "frotte", "note": "Pour 2 79 03 51 215 189 89, le PDF", "gravite": "2", "minutes": "10",
            "irritant": "IR4", "numero": str(uuid4())}  # fmt: skip
    refused = send(guest, f"{address}/ENT-06", 422, **told)
    assert "désigner un patient" in refused
    assert "189 89, le PDF" in refused
    assert "data-open" in refused, "the part that was unfolded is still"
    assert not Saying.objects.exists()
    send(guest, f"{address}/ENT-06", **told | {"note": "Un PDF."})
    kept = Irritant.objects.get()
    assert (kept.source, kept.code, kept.minutes_lost, kept.role) == ("journee", "IR4", 10, "Radiologue")


def test_a_guest_reads_the_answer_where_they_said_it(day: UUID) -> None:
    guest, address = Client(), f"/terrain/{code_of(day, 'radiologue')}"
    send(guest, f"{address}/ENT-06", resultat="frotte", note="Un PDF.", gravite="2", minutes="10", irritant="IR4")
    kept, other = Irritant.objects.get(), f"/terrain/{code_of(day, 'pharmacien')}"
    kept.reply, kept.replied_by, kept.state = "Du CDA dès lundi.", "Agnès Roux", "ecarte"
    kept.save()
    FieldDay.objects.update(state="close", closed_at=clock.now())
    assert "Écarté\u202f: Du CDA dès lundi." in re.sub(r"<[^>]+>", "", page(guest, address))
    assert "Du CDA" not in page(Client(), other)


def test_a_phone_that_sends_again_says_it_once(day: UUID) -> None:
    guest, address = Client(), f"/terrain/{code_of(day, 'radiologue')}/ENT-06"
    told = {"resultat": "fait", "numero": str(uuid4()), "il_y_a": "90"}
    for _ in range(2):
        given = guest.post(address, told, headers=JSON)
        assert (given.status_code, given.json()) == (200, {"etape": "ENT-06"})
    assert Saying.objects.count() == 1
    refused = guest.post(address, {"resultat": "absent"}, headers=JSON)
    assert refused.status_code == 422
    assert "fait, pas fait ou ça frotte" in refused.json()["refus"]


def test_a_start_that_a_phone_kept_says_how_old_it_is(day: UUID) -> None:
    opened_at = FieldDay.objects.get(uuid=day).opened_at
    assert opened_at is not None
    here = f"/terrain/{code_of(day, 'radiologue')}/ENT-06"
    with time_machine.travel(opened_at + dt.timedelta(minutes=20), tick=False):
        assert Client().post(here, {"resultat": "commencer", "il_y_a": "300"}).status_code == 302
    assert DayStep.objects.get(day__uuid=day, code="ENT-06").started_at == opened_at + dt.timedelta(minutes=15)


def test_somebody_else_s_step_is_refused_in_its_words(day: UUID, claire: Client, karim: Client) -> None:
    assert "celle de\u202f: radiologue" in send(claire, f"/journees/{day}/mes-etapes/ENT-06", 422, resultat="fait")
    assert karim.get(f"/journees/{day}/mes-etapes").status_code == 404
    assert DayStep.objects.get(code="ENT-06").outcome == "a_venir"


def test_the_facilitator_notes_in_somebody_s_place(leader: Client, day: UUID, claire: Client) -> None:
    here = f"/journees/{day}"
    assert "Étape 6, Radiologue" in page(leader, f"{here}/etape/ENT-06")
    send(leader, f"{here}/etape/ENT-06", 422, resultat="")
    send(leader, f"{here}/etape/ENT-06", resultat="pas_fait", note="En panne.")
    assert "En panne." in page(leader, here)
    assert leader.get(f"{here}/etape/absente").status_code == 404
    for address in (here, f"{here}/etape/ENT-06", f"{here}/codes", f"{here}/participants", f"{here}/rapport.pdf",
                    f"/journees/parcours/{JOURNEY}"):  # fmt: skip
        assert claire.get(address).status_code == 404, address
    assert leader.post(f"{here}/absent").status_code == 404


def test_days_are_compared_in_a_picture_and_in_tables(
    leader: Client, agnes: Actor, cast: Cast, day: UUID
) -> None:
    play(agnes, day)
    other = opened(agnes, cast, territory="CPTS de la Côte")
    shown = page(leader, f"/journees/parcours/{JOURNEY}?avec=j-{day}&avec=j-{other}")
    assert '<svg class="matrix"' in shown
    assert "CPTS de la Côte" in shown
    assert "17 / 18" in shown
    assert "IR4 · Ancien format" in shown
    assert leader.get("/journees/parcours/absent").status_code == 422


def test_whoever_has_no_part_is_told_so(claire: Client) -> None:
    assert "Aucune journée en cours" in page(claire, "/journees")
