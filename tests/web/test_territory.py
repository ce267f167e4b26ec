"""The pages of the territory: the board, a measure, structures, visits, sessions, tickets, diagnostic, public."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from maillon.access.models import Account
from maillon.kernel import clock, sql
from maillon.kernel.key import Actor
from maillon.professionals.models import Structure
from maillon.territory import api as territory
from maillon.territory.models import Basin, Deployment, Information, Session, Territory, Ticket, Visit
from maillon.web import jinja
from maillon.web.months import bars, line, short_month
from tests.charter.conftest import agnes
from tests.conftest import Cast
from tests.territory.conftest import MONTH
from tests.territory.stand import Stood, stand
from tests.web import world

__all__ = ["agnes"]


@pytest.fixture
def stood(cast: Cast, agnes: Actor) -> Stood:
    return stand(cast, agnes, replace(cast.claire, is_administrator=True))


@pytest.fixture
def steward(stood: Stood, agnes: Actor) -> Client:
    return world.sign_in(Client(), agnes)  # type: ignore[return-value]


def page(client: Client, address: str, status: int = 200) -> str:
    given = client.get(address)
    assert given.status_code == status, (address, given.status_code)
    return html.unescape(given.content.decode())


@pytest.mark.parametrize(("value", "said"), [(1, "séance"), (0, "séance"), (2, "séances"), (None, "séance")])
def test_one_session_is_told_in_the_singular(value: int | None, said: str) -> None:
    parts = jinja.templates().get_template("territory/parts.html").make_module({})
    measure = SimpleNamespace(genre="nombre", unite="séances")
    tile = SimpleNamespace(measure=measure, now=SimpleNamespace(value=value))
    assert parts.counted_in(tile).strip() == said  # type: ignore[attr-defined]
    measure.unite = "sur 5"
    assert parts.counted_in(tile).strip() == "sur 5"  # type: ignore[attr-defined]


def send(client: Client, address: str, status: int = 302, **said: object) -> str:
    given = client.post(address, said)
    assert given.status_code == status, (address, given.status_code, given.content.decode()[:1500])
    return given.headers["Location"] if status == 302 else html.unescape(given.content.decode())


def in_days(days: int) -> str:
    return f"{clock.today() + dt.timedelta(days=days):%d/%m/%Y}"


# ------------------------------------------------------------------------------------------------ who may see


def test_the_territory_is_read_by_who_steers_and_by_nobody_else(
    steward: Client, stood: Stood, nadia: Client, paul: Client
) -> None:
    assert "Vallée de l’Aubre" in page(steward, "/territoire")
    assert nadia.get("/territoire").headers["Location"] == f"/territoire/structures/{stood.own}"
    assert "n’est pas dans le déploiement" in page(paul, "/territoire")
    elsewhere = f"/territoire/structures/{stood.uuids[3]}"
    for client in (nadia, paul):
        nothing = page(client, "/territoire/structures/00000000-0000-4000-8000-000000000000", 404)
        for address in (
            "/territoire/structures", "/territoire/visites", "/territoire/public", "/territoire/public.csv", elsewhere,
            "/territoire/indicateur/alimentation", f"/territoire/visites/{stood.visit}",
        ):  # fmt: skip
            assert page(client, address, 404) == nothing
        send(client, "/territoire/bassins", 404, **{"bassin-nom": "Autre"})
        send(client, elsewhere, 404, bassin="aubre")
        send(client, elsewhere + "/visite", 404, motif="Aller voir")
        send(client, f"/territoire/visites/{stood.visit}/faite", 404, compte_rendu="Vue")
        send(client, f"/territoire/tickets/{stood.ticket}/resolu", 404, reponse="Fait")
        send(client, "/territoire/formations", 404, module="referent")
        send(client, f"/territoire/formations/{stood.coming}/annulee", 404)
        send(client, "/territoire/releve", 404, releve=SimpleUploadedFile("r.csv", b"x"))
    assert "Territoire" not in re.findall(r"<nav class=\"topnav\".*?</nav>", page(nadia, "/journee"), re.S)[0]
    assert "/territoire" in page(steward, "/journee")


def test_a_structure_reads_itself_its_tickets_and_its_people(nadia: Client, paul: Client, stood: Stood) -> None:
    shown = page(nadia, f"/territoire/structures/{stood.own}")
    assert "Maison de santé des Tilleuls" in shown
    assert "Ce qui est déclaré de la structure" not in shown
    assert "Patients informés" in shown
    assert "Les identités reviennent" in page(nadia, "/territoire/tickets")
    assert "Les identités reviennent" not in page(paul, "/territoire/tickets")
    assert page(paul, f"/territoire/tickets/{stood.ticket}", 404)
    assert "Devenir référent" in page(nadia, "/territoire/formations")
    assert "Devenir référent" not in page(paul, "/territoire/formations")
    assert page(paul, f"/territoire/formations/{stood.ended}", 404)


def test_without_a_territory_an_administrator_declares_it(cast: Cast, nadia: Client) -> None:
    assert "Aucun territoire" in page(nadia, "/territoire")
    send(nadia, "/territoire", 404, nom="À moi")
    Account.objects.filter(identifier="karim@demo").update(is_administrator=True, is_referent=True)
    karim = world.sign_in(Client(), replace(cast.karim, is_administrator=True, is_referent=True))
    assert "Déclarer le territoire" in page(karim, "/territoire")  # type: ignore[arg-type]
    assert "de 3 à 200" in send(karim, "/territoire", 422, nom="x")  # type: ignore[arg-type]
    assert "fait=territoire" in send(karim, "/territoire", nom="Vallée de l’Aubre")  # type: ignore[arg-type]
    assert "Créez ses bassins" in page(karim, "/territoire/structures?fait=territoire")  # type: ignore[arg-type]
    Account.objects.filter(identifier="paul@demo").update(is_administrator=True)
    paul = world.sign_in(Client(), replace(cast.paul, is_administrator=True))
    send(paul, "/territoire", 404, nom="À moi")  # type: ignore[arg-type]
    assert Territory.objects.get().steered_by_id == cast.tilleuls_id, "nobody takes a territory from who steers it"
    send(karim, "/territoire", nom="Vallée de l’Aubre et du Val")  # type: ignore[arg-type]
    assert Territory.objects.get().name.endswith("du Val")


# ------------------------------------------------------------------------------------------------ figures


def test_the_board_shows_every_measure_and_filters_all_of_them(steward: Client) -> None:
    shown = page(steward, "/territoire")
    for measure in territory.catalogue.measures():
        assert measure.libelle in shown
    assert "Le même tableau, en chiffres" in shown
    assert "Ne se compte pas par profession" in page(steward, "/territoire?profession=G15_10")
    erlon = page(steward, f"/territoire?bassin=erlon&mois={MONTH:%Y-%m}")
    page(steward, "/territoire?bassin=%00")
    assert "sur 3 structures" in erlon
    assert "Provisoire" in page(steward, f"/territoire?mois={clock.today():%Y-%m}")
    assert "Provisoire" not in page(steward, "/territoire?mois=n-importe")


def test_a_measure_has_its_picture_its_table_and_its_definition(steward: Client) -> None:
    shown = page(steward, "/territoire/indicateur/alimentation")
    assert 'role="img"' in shown
    assert "Par bassin" in shown
    assert "Par type de document" in shown
    assert "CSP R1111-42" in shown
    assert "choix local" in shown
    assert "Rien" not in shown
    assert "Non calculable" in page(steward, "/territoire/indicateur/boites?bassin=erlon")
    page(steward, "/territoire/indicateur/inconnu", 404)


def test_pictures_of_months() -> None:
    known = [(dt.date(2026, month, 1), value) for month, value in ((7, 40.0), (8, None), (9, 60.0))]
    drawn = bars(known, label="Essai", bound=50, shown=str)
    assert drawn is not None
    assert drawn.said == "Essai\u202f: juil. 26 40.0, août 26 non calculable, sept. 26 60.0."
    assert drawn.bars[1].height == 0
    assert drawn.bars[2].y < (drawn.bound or 0) < drawn.bars[0].y
    assert bars([(dt.date(2026, 7, 1), None)], label="", bound=None, shown=str) is None
    trend = line(known, label="Essai", shown=str)
    assert trend is not None
    assert trend.end_y < 10
    assert line(known[:2], label="", shown=str) is None
    shown = [short_month(dt.date(2026, month, 1)) for month in (1, 2, 5, 12)]
    assert shown == ["janv. 26", "févr. 26", "mai 26", "déc. 26"]


def test_what_is_public_names_no_small_basin(steward: Client) -> None:
    shown = page(steward, "/territoire/public")
    head = re.findall(r"<thead>.*?</thead>", shown, re.S)[0]
    assert "Aubre" in head
    assert "Erlon" not in head
    assert "Autres" in head
    given = steward.get(f"/territoire/public.csv?mois={MONTH:%Y-%m}")
    assert given.headers["Content-Type"].startswith("text/csv")
    text = given.content.decode("utf-8-sig")
    assert text.startswith("mois;découpage;groupe")
    assert "Erlon" not in text
    assert steward.get("/territoire/public.csv?bassin=erlon").status_code >= 400
    assert "moins de 5 structures" in page(steward, "/territoire/public?bassin=erlon", 422)
    assert "provisoires" in page(steward, f"/territoire/public?mois={clock.today():%Y-%m}", 422)


# ------------------------------------------------------------------------------------------------ structures


def test_a_basin_and_a_structure_enter_the_territory(steward: Client, cast: Cast) -> None:
    refused = send(steward, "/territoire/bassins", 422, **{"bassin-nom": "Aubre"})
    assert "porte déjà ce nom" in refused
    assert 'value="Aubre"' in refused, "nothing typed is lost"
    send(steward, "/territoire/bassins", **{"bassin-nom": "Côte d’Ivry", "population": "12 500"})
    assert Basin.objects.get(name="Côte d’Ivry").population == 12_500
    port = Structure.objects.get(pk=cast.elsewhere_id)
    assert "Cabinet du Port" in page(steward, "/territoire/structures?q=port")
    assert "Aucune structure à ce nom" in page(steward, "/territoire/structures?q=zzzz")
    assert "Choisissez un bassin" in send(steward, "/territoire/structures", 422, structure=str(port.uuid), q="port")
    assert "dans la liste" in send(steward, "/territoire/structures", 422, q="port")
    send(steward, "/territoire/structures", structure=str(port.uuid), bassin="merval", eligible="1")
    here = f"/territoire/structures/{port.uuid}"
    said = {"bassin": "merval", "eligible": "1", "logiciel": "Essai", "raccordee_le": in_days(-3)}
    refused = send(steward, here, 422, **said)
    assert "équipé avant d’être raccordé" in refused
    assert 'value="Essai"' in refused
    assert "à venir" in send(steward, here, 422, **said | {"equipee_le": in_days(4)})
    send(steward, here, **said | {"equipee_le": in_days(-9), "effectif": "4"})
    assert Deployment.objects.get(structure=port).stage == "raccorde"
    assert "Un logiciel compatible est déclaré." in page(steward, here)


def test_a_statement_is_brought_or_refused_with_its_line(steward: Client, stood: Stood) -> None:
    finess = Structure.objects.get(uuid=stood.uuids[5]).finess
    head = "finess;jour;fait;document;profession;nombre\n"
    wrong = SimpleUploadedFile("r.csv", f"{head}{finess};{MONTH.isoformat()};rien;;;1".encode())
    assert "Relevé, ligne 2" in send(steward, "/territoire/releve", 422, releve=wrong)
    assert "les colonnes attendues" in send(steward, "/territoire/releve", 422)
    right = SimpleUploadedFile("r.csv", f"{head}{finess};{MONTH.isoformat()};documents_recus;;;1".encode())
    assert "fait=releve" in send(steward, "/territoire/releve", releve=right)


def test_patients_informed_are_counted_by_their_structure(nadia: Client, paul: Client, stood: Stood) -> None:
    here = f"/territoire/structures/{stood.own}"
    refused = send(nadia, here + "/information", 422, moyen="entretien", nombre="-1", jour=in_days(0))
    assert "combien" in refused
    send(nadia, here + "/information", moyen="entretien", nombre="4", jour=in_days(0))
    assert Information.objects.count() == 2
    send(paul, here + "/information", 404, moyen="entretien", nombre="4", jour=in_days(0))
    one = Information.objects.latest("id")
    send(paul, f"{here}/information/{one.pk}/retirer", 404)
    assert Information.objects.count() == 2, "only the structure that noted it"
    send(nadia, f"{here}/information/{one.pk}/retirer")
    assert Information.objects.count() == 1


def test_the_sheet_of_who_steers_counts_its_own_patients_and_nobody_elses(steward: Client, stood: Stood) -> None:
    elsewhere = Structure.objects.get(uuid=stood.uuids[4])
    theirs = Information.objects.create(
        structure=elsewhere, means="brochure", day=clock.today(), number=5077, noted_by="Accueil", noted_at=clock.now()
    )
    here = f"/territoire/structures/{stood.own}"
    assert "Patients informés" in page(steward, here)
    assert "5\u202f077" not in page(steward, here)
    for sheet in (here, f"/territoire/structures/{elsewhere.uuid}"):
        send(steward, f"{sheet}/information/{theirs.pk}/retirer", 404)
    assert Information.objects.filter(pk=theirs.pk).exists()


def test_a_structure_that_is_there_is_not_enrolled_over_what_was_declared(steward: Client, stood: Stood) -> None:
    uuid = stood.uuids[3]
    before = Deployment.objects.filter(structure__uuid=uuid).values().get()
    shown = page(steward, "/territoire/structures?q=Cabinet Aubre")
    aside = shown.split('id="inscrire"')[1]
    assert f'href="/territoire/structures/{uuid}"' in aside
    assert f'value="{uuid}"' not in aside
    assert "Aucune structure à ce nom" not in aside
    refused = send(
        steward, "/territoire/structures", 422, structure=str(uuid), bassin="merval", eligible="1", q="Cabinet Aubre"
    )
    assert "déjà dans le déploiement" in refused
    assert Deployment.objects.filter(structure__uuid=uuid).values().get() == before


# ------------------------------------------------------------------------------------------------ work


def test_a_visit_is_asked_planned_and_told(steward: Client, stood: Stood) -> None:
    assert "Rien n’est déposé depuis" in page(steward, "/territoire/visites")
    place = f"/territoire/structures/{stood.uuids[1]}"
    assert "Dites pourquoi" in send(steward, place + "/visite", 422, motif=" ")
    send(steward, place + "/visite", motif="Relancer l’équipe")
    assert "déjà ouverte" in send(steward, place + "/visite", 422, motif="Encore")
    visit = Visit.objects.get(reason="Relancer l’équipe")
    here = f"/territoire/visites/{visit.uuid}"
    assert "Relancer l’équipe" in page(steward, "/journee")
    assert "Donnez le jour" in send(steward, here + "/prevue", 422, jour=in_days(-1), visiteur="Agnès Roux")
    send(steward, here + "/prevue", jour=in_days(3), visiteur="Agnès Roux")
    refused = send(steward, here + "/faite", 422, compte_rendu="Vu M. X né le 3 mars 1950")
    assert "désigner un patient" in refused
    assert "né le 3 mars" in refused, "nothing typed is lost"
    send(steward, here + "/faite", compte_rendu="La ligne est ouverte.")
    assert "n’est pas possible" in send(steward, here + "/sans-objet", 422, compte_rendu="Trop tard")
    assert "La ligne est ouverte." in page(steward, here)
    send(steward, here + "/inconnu", 404)


def test_a_session_is_prepared_attended_and_attested(
    steward: Client, nadia: Client, paul: Client, cast: Cast
) -> None:
    said = {"module": "referent", "bassin": "aubre", "jour": in_days(0), "minutes": "90", "lieu": "Mairie"}
    refused = send(steward, "/territoire/formations", 422, formateur="", **said)
    assert "qui forme" in refused
    assert 'value="Mairie"' in refused
    here = send(steward, "/territoire/formations", formateur="Lise Arnaud", **said).split("?")[0]
    assert "Lefèvre" in page(steward, here + "?q=lefevre")
    send(steward, here + "/attendu", personne=str(cast.nadia.professional_id))
    assert "n’exerce aujourd’hui" in send(steward, here + "/attendu", 422, personne="999999")
    assert "au moins une personne" in send(steward, here + "/presents", 422)
    line = Session.objects.get(uuid=here.rsplit("/", 1)[1]).attendances.get()
    too_many = send(steward, here + "/presents", 422, present=str(line.pk), **{"avis-5": "2"})
    assert "plus d’avis que de présents" in too_many
    send(steward, here + "/presents", present=str(line.pk), **{"avis-5": "1"})
    assert "ne change plus" in send(steward, here + "/retire", 422, ligne=str(line.pk))
    paper = f"{here}/attestation/{line.pk}"
    for client in (steward, nadia):
        given = client.get(paper)
        assert given.headers["Content-Type"] == "application/pdf"
        assert given.content.startswith(b"%PDF")
    page(paul, paper, 404)
    assert "Nadia Lefèvre" in page(nadia, f"/territoire/structures/{Structure.objects.get(pk=cast.tilleuls_id).uuid}")


def test_enter_in_a_field_of_a_session_notes_who_was_there(steward: Client, cast: Cast) -> None:
    """The first button of a form is the one that Enter presses: it takes nobody off the list."""
    said = {"module": "referent", "bassin": "aubre", "jour": in_days(0), "minutes": "90", "lieu": "Mairie"}
    here = send(steward, "/territoire/formations", formateur="Lise Arnaud", **said).split("?")[0]
    send(steward, here + "/attendu", personne=str(cast.nadia.professional_id))
    form = page(steward, here).split(f'action="{here}/presents"')[1]
    first = re.findall(r"<button[^>]*>", form)[0]
    assert 'type="submit"' in first
    assert "formaction" not in first


def test_a_session_to_come_notes_nobody(steward: Client, stood: Stood) -> None:
    here = f"/territoire/formations/{stood.coming}"
    line = Session.objects.get(uuid=stood.coming).attendances.first()
    assert line is not None
    assert "pas encore eu lieu" in send(steward, here + "/presents", 422, present=str(line.pk))
    send(steward, here + "/retire", ligne=str(line.pk))
    send(steward, here + "/annulee")
    page(steward, here, 404)


def test_a_ticket_is_opened_answered_and_opened_again(steward: Client, nadia: Client) -> None:
    assert "Choisissez la cause" in send(nadia, "/territoire/tickets", 422, texte="Rien ne part")
    named = {"cause": "ins", "texte": "Le matricule 2 50 02 75 116 001 42 est refusé"}
    refused = send(nadia, "/territoire/tickets", 422, **named)
    assert "désigner un patient" in refused
    assert "2 50 02 75" in refused, "nothing typed is lost"
    report = {"depuis_diagnostic": "1", "cause": "installation", "diagnostic": "[bon]"}
    with_report = send(nadia, "/territoire/tickets", 200, **report)
    assert "[bon]" in with_report
    said = {"cause": "reseau", "texte": "Rien ne part", "diagnostic": "[panne] Boîte"}
    here = send(nadia, "/territoire/tickets", **said).split("?")[0]
    assert "relevée pour la dernière fois" in page(nadia, here)
    assert "ce qui a réglé" in send(steward, here + "/resolu", 422, reponse="")
    send(steward, here + "/resolu", reponse="Le port 993 était fermé.", cause="installation")
    assert Ticket.objects.get(text="Rien ne part").cause == "installation"
    assert "993" in page(nadia, here)
    send(nadia, here + "/rouvert")
    assert Ticket.objects.get(text="Rien ne part").state == "ouvert"


def test_who_would_be_read_by_nobody_is_told_and_loses_nothing(nadia: Client, paul: Client, stood: Stood) -> None:
    assert "demandez à Maison de santé des Tilleuls de l’y inscrire" in page(paul, "/territoire/tickets/nouveau")
    said = {"cause": "reseau", "texte": "Rien ne part", "diagnostic": "[panne] Boîte"}
    for client, why in ((paul, "pas encore dans le déploiement"), (nadia, "Aucun territoire")):
        if client is nadia:
            Ticket.objects.all().delete()
            Territory.objects.all().delete()
        refused = send(client, "/territoire/tickets", 422, **said)
        assert why in refused
        assert "Rien ne part" in refused
        assert "[panne] Boîte" in refused
        assert 'value="reseau" required checked' in refused
    assert "demandez" not in page(nadia, "/territoire/diagnostic")


def test_ac13_5_the_first_cause_has_its_part_and_its_module(steward: Client, cast: Cast) -> None:
    Ticket.objects.all().delete()
    rows = [("ins", 54), ("installation", 30), ("carte", 20), ("reseau", 16)]
    Ticket.objects.bulk_create(
        Ticket(
            structure_id=cast.tilleuls_id, cause=cause, text="Essai", opened_by="Essai", opened_at=clock.now(),
        )
        for cause, number in rows for _ in range(number)
    )  # fmt: skip
    shown = page(steward, "/territoire/tickets")
    assert "Première cause\u202f: <strong>Identité (INS)</strong>, 45,0\u202f%" in shown
    assert 'href="/territoire/modules#identite"' in shown
    assert 'id="identite"' in page(steward, "/territoire/modules")


def test_the_diagnostic_says_each_line_and_what_to_do(steward: Client, nadia: Client, cast: Cast) -> None:
    shown = page(nadia, "/territoire/diagnostic")
    assert "Aucune boîte n’est relevée" in shown
    assert "Pro Santé Connect" in shown
    assert "Certificat de la structure" in shown
    world.mailbox(cast)
    assert "Jamais relevée" in page(nadia, "/territoire/diagnostic")
    told = int(page(nadia, "/territoire/diagnostic/heure"))
    assert abs(told / 1000 - clock.now().timestamp()) < 60


def test_the_diagnostic_tells_the_true_hour_while_a_demonstration_moves_its_clock(
    nadia: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A code of thirty seconds is checked against the true hour, and a worker signs with it."""
    monkeypatch.setenv("MAILLON_DEMO", "1")
    monkeypatch.setenv("MAILLON_DONNEES", str(tmp_path))
    sql.rows("INSERT INTO kernel_periodic_run (name, begun_at) VALUES ('essai', %s)", (clock.wall(),))
    clock.move_to(clock.wall() + dt.timedelta(days=40))
    told = int(page(nadia, "/territoire/diagnostic/heure"))
    worker, *_ = territory.diagnosing.checks(cast.nadia)
    assert abs(told / 1000 - clock.wall().timestamp()) < 60
    assert (worker.title, worker.state) == ("Facteur", "bon")
