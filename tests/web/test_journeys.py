"""The pages of journeys: what one is, asking to play it on a demonstration, the report of a run."""

from __future__ import annotations

import html
import json

import pytest
from django.test import Client
from lxml.html import fromstring

from maillon.scenarios import api as scenarios
from maillon.scenarios.models import Run
from maillon.web import journeys
from tests.scenarios import played

pytestmark = pytest.mark.django_db
runs = scenarios.runs


@pytest.fixture
def demonstration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILLON_DEMO", "1")


def read(client: Client, address: str, status: int = 200) -> str:
    given = client.get(address)
    assert given.status_code == status
    return html.unescape(given.content.decode())


def test_each_journey_has_its_page_with_its_drawing_and_what_it_proves(claire: Client) -> None:
    shown = read(claire, "/parcours")
    for name in scenarios.library.names():
        scenario = scenarios.library.scenario(name)
        assert scenario.titre in shown
        one = read(claire, f"/parcours/{name}")
        assert "<svg" in one
        assert "Ce qu’une exécution réussie prouve" in one
        assert "n’a encore jamais réussi ici" in one
        assert all(step.dire in one for step in scenario.etapes)


def test_what_is_proven_is_what_a_run_that_succeeded_showed(claire: Client) -> None:
    name = "chute_domicile"
    played.stand(name, failing="CHU-04")
    assert "n’a encore jamais réussi ici" in read(claire, f"/parcours/{name}")
    played.stand(name, failing="")
    shown = read(claire, f"/parcours/{name}")
    assert "Ce qui est prouvé" in shown
    assert "exécution n° 2" in shown
    assert "9 types de documents sont produits" in shown, "the questionnaire is neither sent nor read again"


def drawing_of(shown: str) -> str:
    return shown.partition('class="sequence"')[2].partition("</svg>")[0]


def test_what_goes_by_fhir_is_told_in_the_drawing_the_steps_and_the_proofs(claire: Client) -> None:
    shown = read(claire, "/parcours/entorse_cheville")
    assert "FHIR · CR ou fiche de suivi de soins" in drawing_of(shown)
    assert "Le dossier, par FHIR, DMP" in shown
    assert "Un logiciel métier dépose par FHIR" in shown
    assert "FHIR" not in drawing_of(read(claire, "/parcours/appendicectomie"))


def test_a_real_installation_reads_journeys_and_plays_none(claire: Client) -> None:
    assert "Jouer ce parcours" not in read(claire, "/parcours/entorse_cheville")
    given = claire.post("/parcours/entorse_cheville")
    assert given.status_code == 422
    assert "E-PAR-22" in given.content.decode()
    assert not runs.latest()


@pytest.mark.usefixtures("demonstration")
def test_a_page_only_asks_and_a_player_takes(claire: Client) -> None:
    given = claire.post("/parcours/entorse_cheville", {"variante": "IR11", "pas_a_pas": "oui"})
    assert given.headers["Location"] == "/parcours/execution/1"
    report = runs.by_number(1)
    assert (report.state, report.variant, report.is_step_by_step) == ("demande", "IR11", True)
    assert 'hx-trigger="every' in read(claire, "/parcours/execution/1")
    assert runs.take_next() == report.uuid
    runs.pause(report.uuid)
    assert "Continuer" in read(claire, "/parcours/execution/1")
    claire.post("/parcours/execution/1/continuer")
    assert runs.state_of(report.uuid) == "en_cours"


@pytest.mark.usefixtures("demonstration")
def test_an_unknown_variant_is_refused_on_the_page(claire: Client) -> None:
    given = claire.post("/parcours/entorse_cheville", {"variante": "IR99"})
    assert given.status_code == 422
    assert "E-PAR-02" in given.content.decode()


def test_a_report_says_what_was_expected_and_what_was_observed(claire: Client) -> None:
    played.stand()
    shown = read(claire, "/parcours/execution/1")
    assert "attendu 1, observé 0" in shown
    assert "Ne le voient pas\u202f: Secrétaire" in shown
    assert "hx-trigger" not in shown.partition('id="execution"')[2].partition(">")[0]
    told = json.loads(claire.get("/parcours/execution/1/rapport.json").content)
    assert told["parcours"] == "entorse_cheville"
    assert {each["etat"] for each in told["detail"]} == {"reussie", "echouee"}
    assert claire.get("/parcours/execution/1/rapport.pdf").content.startswith(b"%PDF-")
    assert claire.get("/parcours/execution/1/rapport.html").content.startswith(b"<!DOCTYPE html>")


def test_the_pages_outlive_what_a_former_journey_named(claire: Client) -> None:
    """A letter that is called otherwise since, then a file that this version cannot read at all."""
    run = Run.objects.get(uuid=played.stand(failing=""))
    run.text = run.text.replace("courrier: demande-imagerie", "courrier: autrefois")
    run.save()
    assert "autrefois" in run.text
    number = run.number
    for address in ("/parcours", "/parcours/entorse_cheville", f"/parcours/execution/{number}"):
        assert claire.get(address).status_code == 200, address
    Run.objects.update(text="titre: [")
    assert claire.get("/parcours").status_code == 200
    assert claire.get("/parcours/entorse_cheville").status_code == 200
    assert claire.get(f"/parcours/execution/{number}").status_code == 404


def test_what_does_not_exist_is_a_page_that_does_not_exist(claire: Client) -> None:
    for address in ("/parcours/inconnu", "/parcours/execution/77", "/parcours/execution/77/rapport.pdf"):
        read(claire, address, 404)


def test_ac7_5_a_discharge_letter_that_is_late_is_red(claire: Client) -> None:
    run = played.stand("appendicectomie", failing="", variant="IR8", sent_on_time=False)
    (figure,) = [each for each in runs.read(run).figures if each.code == "lettre_de_sortie"]
    assert (figure.value, figure.is_alarming) == ("0/1", True)
    page = fromstring(read(claire, "/parcours/execution/1"))
    said = [each.text_content() for each in page.find_class("is-alarming")]
    assert any("Lettre de liaison" in each and "0/1" in each for each in said)


@pytest.mark.usefixtures("demonstration")
def test_what_was_interrupted_is_taken_up_again_from_its_page(claire: Client) -> None:
    run = runs.ask("entorse_cheville", asked_by="essai")
    assert runs.take_next() == run
    assert "Reprendre" not in read(claire, "/parcours/execution/1")
    refused = claire.post("/parcours/execution/1/reprendre")
    assert refused.status_code == 422
    assert "E-PAR-11" in refused.content.decode()
    runs.interrupt(run, why="Le programme qui jouait ne répond plus.")
    assert "Reprendre" in read(claire, "/parcours/execution/1")
    given = claire.post("/parcours/execution/1/reprendre")
    assert given.headers["Location"] == "/parcours/execution/1"
    assert runs.take_next() == run


@pytest.mark.usefixtures("demonstration")
def test_what_failed_is_taken_up_again_from_its_page(claire: Client) -> None:
    run = played.stand()
    assert "Reprendre" in read(claire, "/parcours/execution/1")
    claire.post("/parcours/execution/1/reprendre")
    assert runs.take_next() == run


def test_nothing_is_taken_up_again_on_a_real_installation(claire: Client) -> None:
    run = runs.ask("entorse_cheville", asked_by="essai")
    assert runs.take_next() == run
    runs.interrupt(run, why="Arrêté.")
    assert "Reprendre" not in read(claire, "/parcours/execution/1")
    assert "E-PAR-22" in claire.post("/parcours/execution/1/reprendre").content.decode()
    assert runs.state_of(run) == "interrompu"


def test_pictures_are_shown_with_the_run_on_the_journey_and_within_the_file(claire: Client) -> None:
    run = played.stand(failing="", with_pictures=True)
    address = "/parcours/execution/1/image/ENT-05/1"
    for page in ("/parcours/execution/1", "/parcours/entorse_cheville"):
        shown = fromstring(read(claire, page))
        (found, *_) = shown.xpath(f'//img[@src="{address}"]')
        assert found.get("alt") == "Écran de\u202f: Médecin généraliste. « Demande d’imagerie »."
    given = claire.get(address)
    assert (given["Content-Type"], given.content) == ("image/webp", played.PICTURE)
    read(claire, "/parcours/execution/1/image/ENT-05/2", 404)
    assert b'src="data:image/webp;base64,' in journeys.as_html(runs.read(run))
