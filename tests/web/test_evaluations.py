"""The pages of evaluations: a campaign from its preparation to its restitution, a product, télésoin."""

from __future__ import annotations

import datetime as dt
import html

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from maillon.evaluations import api as evaluations
from maillon.evaluations.models import Answer, Campaign, Evaluation, Judgement
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.web.radar import Series, radar
from tests.charter.conftest import agnes
from tests.conftest import Cast
from tests.evaluations.conftest import MATURITY, answer
from tests.evaluations.test_campaigns import other_version
from tests.web import world

__all__ = ["agnes"]


@pytest.fixture
def leader(agnes: Actor) -> Client:
    return world.sign_in(Client(), agnes)  # type: ignore[return-value]


@pytest.fixture
def nadia(cast: Cast) -> Client:
    return world.sign_in(Client(), cast.nadia)  # type: ignore[return-value]


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


# ------------------------------------------------------------------------------------------------ a campaign


def test_from_the_preparation_to_the_restitution(leader: Client, claire: Client, cast: Cast, agnes: Actor) -> None:
    assert "Préparer une campagne" not in page(claire, "/maturite")
    assert send(leader, "/maturite", grille=MATURITY, quorum="60", echeance=in_days(14)) == "/maturite/1?fait=preparer"
    send(leader, "/maturite/1/ouvrir")
    assert "Répondre seul" in page(claire, "/journee")
    for rank, each in enumerate(evaluations.grids.shipped()[MATURITY][0].dimensions):
        here = f"/maturite/1/repondre/{each.code}"
        assert each.libelle in page(claire, here)
        onward = send(claire, here, niveau="?" if rank == 3 else "2", commentaire="Un mot" if rank == 0 else "")
    assert onward == "/maturite/1/repondre?relire"
    assert send(claire, "/maturite/1/remettre") == "/maturite/1?fait=remis"
    assert "Répondre seul" not in page(claire, "/journee")
    assert "Pas encore de réponse parmi" in page(leader, "/maturite/1")
    assert "personne n’a répondu parmi" in send(leader, "/maturite/1/clore", 422)
    for actor in (cast.karim, cast.nadia, cast.sylvie, agnes):
        answer(actor, 1, 3)
    send(leader, "/maturite/1/clore")
    assert not Answer.objects.exists()
    shown = page(claire, "/maturite/1")
    assert "Un mot" in shown
    assert "svg" in shown
    assert "Adopter un niveau" not in shown
    send(leader, "/maturite/1/consensus")
    said = {"niveau": "2", "voix": "4", "presents": "9", "desaccord": "Deux ne sont pas d’accord"}
    refused = send(leader, "/maturite/1/consensus/A1", 422, **said)
    assert "4 voix sur 9 présents" in refused
    assert "Deux ne sont pas d’accord" in refused, "nothing typed is lost"
    assert "presents=9" in send(leader, "/maturite/1/consensus/A1", **said | {"voix": "5"})
    assert "responsable" in send(leader, "/maturite/1/action", 422, dimension="A1", action="Écrire la règle")
    claire_id = str(cast.claire.professional_id)
    send(
        leader, "/maturite/1/action", dimension="A1", action="Écrire la règle", responsable=claire_id,
        echeance=in_days(30), moyens="Une heure",
    )  # fmt: skip
    send(leader, "/maturite/1/plan")
    send(leader, "/maturite/1/suivi")
    assert "Écrire la règle" in page(claire, "/journee")
    action = Campaign.objects.get().actions.get()
    send(claire, f"/maturite/action/{action.uuid}", 422, suite="terminer", resultat="")
    send(claire, f"/maturite/action/{action.uuid}", suite="terminer", resultat="Affichée à l’accueil")
    assert "Écrire la règle" not in page(claire, "/journee")
    send(leader, "/maturite/1/evaluer", 422, restitution="")
    send(leader, "/maturite/1/evaluer", restitution="La règle est affichée.")
    assert "La règle est affichée." in page(claire, "/maturite/1")


def test_an_answer_that_is_none_keeps_what_was_typed(leader: Client, claire: Client) -> None:
    send(leader, "/maturite", grille=MATURITY, quorum="60")
    send(leader, "/maturite/1/ouvrir")
    refused = send(claire, "/maturite/1/repondre/A1", 422, commentaire="Ce que je pense")
    assert "Choisissez un niveau" in refused
    assert "Ce que je pense" in refused
    assert "Il reste à répondre à" in send(claire, "/maturite/1/remettre", 422)
    send(claire, "/maturite/1/repondre/A1", niveau="1", commentaire="Ce que je pense")
    assert claire.get("/maturite/1/repondre").headers["Location"].endswith("/repondre/A2")


@pytest.mark.parametrize(
    ("said", "expected"),
    [({"quorum": "20"}, "quorum"), ({"quorum": "60", "echeance": "hier"}, "date"),
     ({"quorum": "60", "echeance": "01/01/2020"}, "déjà passée")],
    ids=["quorum", "no date", "past"],
)  # fmt: skip
def test_a_campaign_that_is_none_is_refused(leader: Client, said: dict[str, str], expected: str) -> None:
    refused = send(leader, "/maturite", 422, grille=MATURITY, titre="Mon titre", **said)
    assert expected in refused
    assert "Mon titre" in refused
    assert not Campaign.objects.exists()


def test_a_grid_is_brought_with_its_mistakes_said_by_line(leader: Client, claire: Client) -> None:
    def sent(data: bytes, client: Client = leader, status: int = 302) -> str:
        given = client.post("/maturite/grille", {"fichier": SimpleUploadedFile("notre.yaml", data)})
        assert given.status_code == status
        return given.headers["Location"] if status == 302 else html.unescape(given.content.decode())

    wrong = other_version().replace(b"niveau: 1, constats: [c]", b"niveau: 1, constats: []", 1)
    assert "notre.yaml, ligne " in sent(wrong, status=422)
    address = sent(other_version())
    assert "Dimension K" in page(claire, address)
    assert "C’est le coordonnateur" in sent(other_version("WXYZ"), client=claire, status=422)


def test_another_structure_finds_nothing(leader: Client, paul: Client) -> None:
    send(leader, "/maturite", grille=MATURITY, quorum="60")
    for address in ("/maturite/1", "/maturite/1/repondre", "/maturite/1/repondre/A1", "/maturite/1/comparer/1"):
        assert paul.get(address).status_code == 404
    assert paul.post("/maturite/1/ouvrir").status_code == 404


# ------------------------------------------------------------------------------------------------ a product

APP = {
    "produit": "Mon Souffle", "version": "3.2", "editeur": "Éditions du Large", "sert_a": "Noter les crises",
    "usage": "suivi", "public": "patients", "classe": "", "sans_lien": "oui",
}  # fmt: skip


def test_a_product_from_its_description_to_the_catalogue(claire: Client, paul: Client) -> None:
    refused = send(claire, "/produits/nouveau", 422, **APP | {"version": ""})
    assert "Donnez la version" in refused
    assert "Éditions du Large" in refused
    assert "aucun lien" in send(claire, "/produits/nouveau", 422, **{k: v for k, v in APP.items() if k != "sans_lien"})
    address = send(claire, "/produits/nouveau", **APP).split("?")[0]
    assert page(claire, address).count("<span>non évalué</span>") == 14
    for each in evaluations.grids.of_house("mobile-101").dimensions:
        said = {f"v-{criterion.code}": "conforme" for criterion in each.criteres}
        if each.code == "1.1":
            said["v-1.1.1"] = "non"
        send(claire, f"{address}/criteres/{each.code}", **said, suivant="oui")
    shown = page(claire, address)
    assert "99,0\u202f%" in shown
    assert "Au mieux «\u202favec réserve\u202f»" in shown
    assert "critère obligatoire" in send(claire, f"{address}/conclure", 422, decision="recommande", motivation="Bien")
    send(claire, f"{address}/conclure", decision="avec_reserve", motivation="Bien")
    assert paul.get(address).status_code == 404
    send(claire, f"{address}/partager")
    assert "Mon Souffle" in page(paul, "/produits")
    assert "Avec réserve" in page(paul, address)
    Evaluation.objects.update(
        concluded_on=clock.today() - dt.timedelta(days=366), expires_on=clock.today() - dt.timedelta(days=1)
    )
    assert "Mon Souffle" not in page(paul, "/produits")
    assert "À réévaluer" in page(claire, "/produits")
    assert "Avec réserve" not in page(claire, "/produits")


def test_a_device_has_its_sheet_and_not_the_criteria(claire: Client) -> None:
    address = send(claire, "/produits/nouveau", **APP | {"classe": "IIa"}).split("?")[0]
    assert "Finalité annoncée" in page(claire, address)
    refused = send(claire, f"{address}/criteres/1.2", 422, **{"v-1.2.1": "conforme"})
    assert "ne s’évalue pas avec les critères des applications" in refused
    assert not Judgement.objects.exists()
    send(claire, f"{address}/criteres/1.1", **{"t-finalite": "Dépister"})
    assert "Dépister" in page(claire, address)
    stale = send(claire, f"{address}/criteres/1.1", 422, **{"v-1.1.1": "conforme", "t-1.1.1": ""})
    assert "remplissez la fiche DMN" in stale
    assert "Dépister" in page(claire, address), "a form left open erases nothing"
    assert claire.get(f"{address}/criteres/absent").status_code == 404


# ------------------------------------------------------------------------------------------------ télésoin, pictures


def test_telesoin_says_yes_or_no(claire: Client) -> None:
    assert "E-TLM-07" in page(claire, "/telesoin?acte=pansement")
    assert "peut se faire en télésoin" in page(claire, "/telesoin?acte=entretien-pharmaceutique")
    assert "E-TLM-11" in page(claire, "/telesoin?acte=absent")


@pytest.mark.parametrize("key", ["maturite-has-2013", "mobile-101", "dmn", "irritants", "telesoin"])
def test_every_grid_is_read_on_its_page(claire: Client, key: str) -> None:
    assert evaluations.grids.shipped()[key][0].titre in page(claire, f"/grilles/{key}")
    assert claire.get("/grilles/absente").status_code == 404


def test_a_radar_breaks_where_a_value_lacks() -> None:
    whole = radar(["a", "b", "c", "d"], [Series(name="x", css="is-now", values=[1, 2, 3, 4])], most=4)
    broken = radar(["a", "b", "c", "d"], [Series(name="x", css="is-now", values=[1, None, 3, 4])], most=4)
    assert whole is not None
    assert broken is not None
    assert whole.shapes[0].is_closed
    assert not broken.shapes[0].is_closed
    assert [len(run.split()) for run in broken.shapes[0].runs] == [3], "around the circle, d and a are neighbours"
    assert len(broken.shapes[0].dots) == 3
    assert radar(["a", "b"], [Series(name="x", css="is-now", values=[1, 2])], most=4) is None
    assert radar(["a", "b", "c"], [Series(name="x", css="is-now", values=[None] * 3)], most=4) is None
