"""The aid beside a prescription, at its signature, on the record, and where it is turned on."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from maillon.access.models import Account
from maillon.documents.models import Document
from maillon.formats.document import Statement
from maillon.prescribing.models import Activation, Answer
from tests.conftest import Cast
from tests.documents.conftest import _nobody_is_remembered
from tests.prescribing import told
from tests.web import world
from tests.web.conftest import Record
from tests.web.test_writing import begun, fields

__all__ = ["_nobody_is_remembered"]

AMOXICILLINE = "Amoxicilline 1 g, 1 comprimé trois fois par jour, 6 jours"
KEY = "allergie:penicillines:amoxicilline"
COMPLETE = {"texte-duree": "6 jours", "texte-renouvellements": "0", "texte-ald": "non", "texte-substitution": "permise"}


@pytest.fixture(autouse=True)
def _within_the_year_of_the_base() -> Iterator[None]:
    with time_machine.travel(told.A_DAY_OF_THE_BASE):
        yield


@pytest.fixture
def followed(cast: Cast) -> Record:
    access = world.follow(world.register("diabete"), cast, treating=cast.karim)
    told.state(access, allergies=[Statement(label="Pénicilline", status="active")], medications=["Warfarine 5 mg"])
    return Record(access=access, documents=[])


@pytest.fixture
def on(cast: Cast) -> None:
    told.turned_on(cast)


def written(client: Client, record: Record, text: str, **more: Any) -> str:
    place = begun(client, record, "ordonnance")
    client.post(place, fields(client, place) | COMPLETE | {"texte-medicaments": text, "geste": "enregistrer"} | more)
    return place


def shown(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def sign(client: Client, place: str) -> Any:
    fingerprint = re.findall(r'name="empreinte" value="(\w+)"', client.get(f"{place}/apercu").content.decode())
    return client.post(f"{place}/signer", {"empreinte": fingerprint[0] if fingerprint else ""})


# ------------------------------------------------------------------------------------------------ beside the letter


@pytest.mark.usefixtures("on")
def test_the_cards_of_what_is_saved_stand_beside_the_prescription(claire: Client, followed: Record) -> None:
    place = written(
        claire, followed, f"{AMOXICILLINE}\nMiconazole gel buccal, 4 par jour, 7 jours\nZolvadrine, 1 par jour"
    )
    text = shown(claire.get(place))
    assert "Amoxicilline (pénicillines)\u202f: allergie au dossier" in text
    assert "Contre-indication\u202f: miconazole et warfarine." in text
    assert "Non contrôlé\u202f: «\u202fZolvadrine, 1 par jour\u202f» n’est pas reconnu." in text
    assert "Aide non certifiée, couverture partielle." in text
    assert "2 lignes reconnues sur 3" in text
    assert "base 2026.11 du 28/11/2026" in text
    assert "aucune interaction" not in text.casefold()
    part = shown(claire.get(f"{place}/aide", headers={"HX-Request": "true"}))
    assert part.lstrip().startswith("<section")
    assert 'id="aide-compte"' in part
    assert "alertes sans réponse" in part


def test_off_nothing_is_checked_and_the_page_says_so(claire: Client, followed: Record) -> None:
    place = written(claire, followed, AMOXICILLINE)
    text = shown(claire.get(place))
    assert "Rien n’est contrôlé\u202f: l’aide à la prescription n’est pas allumée" in text.replace(" :", "\u202f:")
    assert "allergie au dossier" not in text
    assert sign(claire, place).status_code == 302


@pytest.mark.usefixtures("on")
def test_another_letter_has_no_aid(claire: Client, followed: Record) -> None:
    place = begun(claire, followed)
    assert 'id="aide"' not in claire.get(place).content.decode()
    assert claire.get(f"{place}/aide").status_code == 404
    assert claire.post(f"{place}/aide", {"carte": KEY, "raison": "avis"}).status_code == 404


@pytest.mark.usefixtures("on")
def test_a_treatment_that_is_ticked_is_checked_as_a_line(claire: Client, followed: Record) -> None:
    place = begun(claire, followed, "ordonnance")
    (tick,) = re.findall(r'name="element" value="(\w+)"', claire.get(place).content.decode())
    sent = fields(claire, place) | {"element": tick, "texte-medicaments": "Miconazole gel, 4 par jour, 7 jours"}
    claire.post(place, sent | {"geste": "enregistrer"})
    text = shown(claire.get(place))
    assert "Contre-indication\u202f: miconazole et warfarine." in text
    assert "figure déjà dans les traitements" not in text
    assert "Posologie et durée à écrire\u202f: «\u202fWarfarine 5 mg\u202f»." in text


# ------------------------------------------------------------------------------------------------ signing


@pytest.mark.usefixtures("on")
def test_ac10_1_signing_waits_for_a_reason_which_is_kept(claire: Client, followed: Record) -> None:
    place = written(claire, followed, AMOXICILLINE)
    refused = sign(claire, place)
    assert refused.status_code == 422
    assert "E-LAP-02" in shown(refused)
    assert not Document.objects.filter(source="redaction").exists()

    without = claire.post(f"{place}/aide", {"carte": KEY, "raison": "", "precisions": ""})
    assert without.status_code == 422
    assert "choisissez un motif" in shown(without)
    kept = claire.post(
        f"{place}/aide", {"carte": KEY, "raison": "avis", "precisions": "Bilan d’allergie négatif", "ou": "apercu"}
    )
    assert (kept.status_code, kept.headers["Location"]) == (302, f"{place}/apercu#aide")
    assert "Sur avis spécialisé – Bilan d’allergie négatif" in shown(claire.get(f"{place}/apercu"))
    assert sign(claire, place).status_code == 302
    assert Document.objects.filter(source="redaction").count() == 1
    row = Answer.objects.get()
    assert (row.key, row.reason, row.indicator) == (KEY, "avis", "critical")


@pytest.mark.usefixtures("on")
def test_a_correction_is_enough_and_needs_no_reason(claire: Client, followed: Record) -> None:
    place = written(claire, followed, AMOXICILLINE)
    assert sign(claire, place).status_code == 422
    sent = fields(claire, place) | COMPLETE | {"texte-medicaments": "Azithromycine 250 mg, 1 par jour, 5 jours"}
    claire.post(place, sent | {"geste": "enregistrer"})
    assert sign(claire, place).status_code == 302
    assert not Answer.objects.exists()


@pytest.mark.usefixtures("on")
def test_an_answer_with_a_script_comes_back_as_the_part_of_the_page(claire: Client, followed: Record) -> None:
    place = written(claire, followed, AMOXICILLINE)
    htmx = {"HX-Request": "true"}
    refused = claire.post(f"{place}/aide", {"carte": KEY, "raison": "autre"}, headers=htmx)
    assert refused.status_code == 200
    assert "choisissez un motif" in shown(refused)
    kept = claire.post(f"{place}/aide", {"carte": KEY, "raison": "deja_tolere"}, headers=htmx)
    assert "Passé outre à" in shown(kept)
    assert "alerte sans réponse" not in shown(kept)


@pytest.mark.usefixtures("on")
def test_ac10_6_with_knowledge_of_366_days_one_prescribes_all_the_same(claire: Client, followed: Record) -> None:
    from maillon.prescribing.api import knowledge

    place = written(claire, followed, AMOXICILLINE)
    late = told.A_DAY_OF_THE_BASE.replace(year=knowledge().base.date.year + 1)
    with time_machine.travel(late):
        client = world.sign_in(Client(), _claire())
        text = shown(client.get(f"{place}/apercu"))  # type: ignore[attr-defined]
        assert "Rien n’est contrôlé\u202f: la base de connaissances a 368 jours." in text
        assert "allergie au dossier" not in text
        assert sign(client, place).status_code == 302  # type: ignore[arg-type]


def _claire() -> Any:
    from maillon.access.sessions import actor_of_account

    return actor_of_account(Account.objects.get(identifier="claire@demo").pk)


# ------------------------------------------------------------------------------------------------ who sees, who decides


@pytest.mark.usefixtures("on")
def test_nobody_else_asks_about_a_draft(cast: Cast, claire: Client, paul: Client, followed: Record) -> None:
    place = written(claire, followed, AMOXICILLINE)
    karim: Any = world.sign_in(Client(), cast.karim)
    for other in (karim, paul):
        assert other.get(f"{place}/aide").status_code == 404
        assert other.post(f"{place}/aide", {"carte": KEY, "raison": "avis"}).status_code == 404
    assert not Answer.objects.exists()


@pytest.mark.usefixtures("on")
def test_the_synthesis_reviews_the_treatments(claire: Client, followed: Record) -> None:
    told.state(followed.access, medications=["Miconazole gel"])
    text = shown(claire.get(followed.page("synthese")))
    assert "À propos des traitements" in text
    assert "Contre-indication\u202f: miconazole et warfarine." in text
    assert "Passer outre" not in text  # nothing is being signed


def test_off_the_synthesis_says_nothing_of_it(claire: Client, followed: Record) -> None:
    assert "À propos des traitements" not in shown(claire.get(followed.page("synthese")))


def test_the_referent_turns_it_on_and_everybody_reads_what_it_covers(
    cast: Cast, claire: Client, followed: Record
) -> None:
    text = shown(claire.get("/aide-a-la-prescription"))
    assert "Éteinte" in text
    assert "355, en 59 classes" in text
    assert "allaitement" in text.casefold()
    assert "Allumer pour tous" not in text
    assert claire.post("/aide-a-la-prescription", {"reglage": "allumee"}).status_code == 404
    assert not Activation.objects.exists()

    Account.objects.filter(identifier="karim@demo").update(is_referent=True)
    karim: Any = world.sign_in(Client(), cast.karim)
    assert karim.post("/aide-a-la-prescription", {"reglage": "allumee"}).status_code == 302
    assert "C’est noté" in shown(karim.get("/aide-a-la-prescription?change"))
    assert "Allumée" in shown(claire.get("/aide-a-la-prescription"))
    karim.post("/aide-a-la-prescription", {"reglage": "eteinte"})
    assert not Activation.objects.filter(ended_at=None).exists()
