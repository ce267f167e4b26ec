"""The pages of irritants: said from every screen, triaged, followed, answered, counted, handed over, printed."""

from __future__ import annotations

import datetime as dt
import html

import pytest
from django.test import Client

from maillon.irritants import api as irritants
from maillon.irritants.models import Irritant
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.web import bars, jinja
from maillon.web.screens import known_screen, screen_title
from tests.charter.conftest import agnes
from tests.conftest import Cast
from tests.irritants.making import report, triage
from tests.web import world
from tests.web.conftest import Record

__all__ = ["agnes"]
SAID = {"texte": "PDF seul", "gravite": "2", "irritant": "IR9", "minutes": "10", "ou": "Au cabinet",
        "ecran": "dossier/<uuid:patient>/resultats"}  # fmt: skip
WINDOW = {"HX-Request": "true"}


@pytest.fixture
def leader(agnes: Actor) -> Client:
    return world.sign_in(Client(), agnes)  # type: ignore[return-value]


def page(client: Client, address: str, status: int = 200) -> str:
    given = client.get(address)
    assert given.status_code == status, given.status_code
    return html.unescape(given.content.decode())


def send(client: Client, address: str, status: int = 302, **said: str) -> str:
    """What the page says when it refuses; where it goes when it does not."""
    given = client.post(address, said)
    assert given.status_code == status, (given.status_code, given.content.decode()[:2000])
    return given.headers["Location"] if status == 302 else html.unescape(given.content.decode())


def in_days(days: int) -> str:
    return f"{clock.today() + dt.timedelta(days=days):%d/%m/%Y}"


# ------------------------------------------------------------------------------------------------ saying it


def test_one_key_and_one_button_on_every_screen_say_the_page_without_the_patient(
    claire: Client, record: Record
) -> None:
    for address in ("/journee", "/patients", "/equipe", record.page("chronologie"), record.page("resultats")):
        shown = page(claire, address)
        assert shown.count('data-key="!"') == 1, address
        link = shown.split('href="/irritants/signaler')[1].split('"')[0]
        assert str(record.uuid) not in link
    assert "resultats" in link
    assert "Résultats du dossier" in page(claire, f"/irritants/signaler{link}")
    assert "depuis n’importe quelle page" in page(claire, "/raccourcis")


def test_the_address_of_a_record_never_enters(nadia: Client, record: Record) -> None:
    here = record.page("resultats")
    for screen in (here.lstrip("/"), here, f"https://testserver{here}", "dossier/DUPONT Jean"):
        assert known_screen(screen) == ""
        send(nadia, "/irritants/signaler", **SAID | {"ecran": screen})
    send(nadia, "/irritants/signaler", 422, **SAID | {"texte": f"Sur la page {here} rien ne va"})
    for kept in Irritant.objects.all():
        assert str(record.uuid) not in " ".join(str(value) for value in vars(kept).values())
        assert kept.screen == ""
    assert screen_title("dossier/<uuid:patient>/inconnu") == "Dossier"


def test_what_is_joined_is_the_page_the_profession_the_version_and_the_browser(nadia: Client) -> None:
    nadia.post("/irritants/signaler", SAID, HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0")
    kept = Irritant.objects.get()
    assert (kept.screen, kept.role, kept.software, kept.browser, kept.minutes_lost) == (
        "dossier/<uuid:patient>/resultats", "Infirmier", jinja.VERSION[:20], "Firefox, Linux", 10,
    )  # fmt: skip


def test_in_its_window_a_refusal_gives_back_what_was_typed_and_the_rest_closes_it(nadia: Client) -> None:
    shown = nadia.get("/irritants/signaler?ecran=journee", headers=WINDOW).content.decode()
    assert "<html" not in shown
    refused = nadia.post("/irritants/signaler", SAID | {"texte": "né le 3 mars"}, headers=WINDOW)
    said = html.unescape(refused.content.decode())
    assert refused.status_code == 200, "a script swaps it in"
    assert "désigner un patient" in said
    assert "né le 3 mars" in said
    assert "Au cabinet" in said
    assert not Irritant.objects.exists()
    done = nadia.post("/irritants/signaler", SAID, headers=WINDOW).content.decode()
    assert "data-irritant-done" in done
    assert "vous aurez une réponse" in done
    assert Irritant.objects.count() == 1


def test_without_a_script_the_page_refuses_and_recovers(nadia: Client) -> None:
    refused = send(nadia, "/irritants/signaler", 422, **SAID | {"texte": "Pour 2 79 03 51 215 189 89"})
    assert "désigner un patient" in refused
    assert "Au cabinet" in refused
    assert send(nadia, "/irritants/signaler", **SAID) == "/irritants?fait=signale"


# ------------------------------------------------------------------------------------------------ what becomes of it


def test_from_the_report_to_the_answer_in_the_day_of_each(
    nadia: Client, leader: Client, claire: Client, cast: Cast
) -> None:
    send(nadia, "/irritants/signaler", **SAID)
    here = f"/irritants/{Irritant.objects.get().uuid}"
    assert claire.get(here).status_code == 404
    assert claire.get("/irritants/plan").status_code == 404
    assert "à nommer" in page(leader, "/irritants/plan")
    assert "1\u202firritant à trier" in page(leader, "/journee")
    assert "Résolu" not in page(leader, here), "what nobody has is not solved"
    owner = str(cast.claire.professional_id)
    said = {"irritant": "IR9", "responsable": owner, "echeance": in_days(3), "transmettre": "oui"}
    refused = send(leader, f"{here}/trier", 422, **said, action="")
    assert "E-IRR-03" in refused or "ce qui va être fait" in refused
    send(leader, f"{here}/trier", **said, action="Écrire au laboratoire")
    assert "Écrire au laboratoire" in page(claire, "/journee")
    assert "Écrire au laboratoire" in page(nadia, here), "who reported it sees what is done"
    send(claire, f"{here}/commencer")
    assert "En cours" in page(nadia, here)
    send(claire, f"{here}/resolu", 422, retour="")
    send(claire, f"{here}/resolu", retour="Corrigé lundi")
    day = page(nadia, "/journee")
    assert "Réponse à ce que vous avez signalé" in day
    assert "Corrigé lundi" in day
    assert "Corrigé lundi" in page(nadia, here)
    assert "Réponse à ce que vous avez signalé" not in page(nadia, "/journee")
    send(leader, f"{here}/rouvrir")
    assert "À trier" in page(leader, "/irritants")


def test_two_that_are_one_are_joined_and_separated(leader: Client, agnes: Actor, cast: Cast) -> None:
    first, second = report(cast.nadia), report(cast.claire)
    here = f"/irritants/{second}"
    assert "Choisissez un autre irritant" in send(leader, f"{here}/reunir", 422, autre="")
    assert send(leader, f"{here}/reunir", autre=str(first)) == f"{here}?fait=reunir"
    assert "Réuni à l’irritant" in page(leader, here)
    assert "Réunis à celui-ci" in page(leader, f"/irritants/{first}")
    assert "2\u202ffois" in page(leader, "/irritants")
    send(leader, f"{here}/separer")
    assert "2\u202ffois" not in page(leader, "/irritants")
    assert leader.post(f"{here}/absent").status_code == 404


def test_what_they_cost_is_a_picture_and_a_table(leader: Client, claire: Client, cast: Cast) -> None:
    assert "Rien n’a été signalé" in page(leader, "/irritants/tendances")
    report(cast.nadia)
    shown = page(leader, "/irritants/tendances")
    assert shown.count('<svg class="bars-over-time"') == 2
    assert "IR9 · Résultats de biologie en PDF seul" in shown
    assert claire.get("/irritants/tendances").status_code == 404


def test_the_vendor_s_table_and_the_plan_are_for_who_triages(
    leader: Client, claire: Client, agnes: Actor, cast: Cast
) -> None:
    triage(agnes, report(cast.nadia), owner=cast.claire, for_vendor=True)
    for address, kind in (
        ("/irritants/editeur.csv", "text/csv; charset=utf-8"),
        ("/irritants/editeur.json", "application/json"),
        ("/irritants/plan.pdf", "application/pdf"),
    ):
        given = leader.get(address)
        assert (given.status_code, given.headers["Content-Type"]) == (200, kind)
        assert claire.get(address).status_code == 404
    assert leader.get("/irritants/editeur.xml").status_code == 404
    assert b"Nadia" not in leader.get("/irritants/editeur.csv").content


def test_bars_are_as_high_as_what_they_count() -> None:
    drawn = bars.drawn("Essai", ["a", "b", "c"], [0, 5, 10], ["a", "b", "c"])
    assert [each.height for each in drawn.bars] == [0, drawn.bars[2].height / 2, drawn.bars[2].height]
    assert drawn.bars[2].y + drawn.bars[2].height == drawn.ground
    assert [each.is_under_way for each in drawn.bars] == [False, False, True]
    assert "15 en tout" in drawn.said
    assert bars.drawn("Essai", ["a"], [0], ["a"]).said == "Essai"
    assert irritants.UNKNOWN == "AUTRE"
