"""The pages of writing: choose, write, look, sign, and what comes next."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from maillon.documents.models import Document
from maillon.exchange.directory import mirroring
from maillon.exchange.directory.models import DirectoryEntry
from maillon.formats.fhir.directory import read_page
from maillon.kernel import clock
from maillon.professionals import api as professionals
from maillon.tasks.models import Task
from maillon.writing.models import Draft
from simulators.annuaire import resources
from tests.conftest import Cast
from tests.documents.conftest import _nobody_is_remembered
from tests.web import world
from tests.web.conftest import Record

__all__ = ["_nobody_is_remembered"]

LETTER = "lettre-adressage"
MOTIVE = "Avis cardiologique avant une reprise du sport."


@pytest.fixture
def karim(cast: Cast) -> Client:
    return world.sign_in(Client(), cast.karim)  # type: ignore[return-value]


def begun(client: Client, record: Record, name: str = LETTER) -> str:
    answer = client.post(record.page("ecrire"), {"courrier": name})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def fields(client: Client, place: str) -> dict[str, Any]:
    """What the form of the editor would send."""
    text = client.get(place).content.decode()
    form = text[text.index('id="redaction"') :]
    form = form[: form.index("</form>")]
    said: dict[str, Any] = {
        "revision": re.findall(r'name="revision" value="(\d+)"', form)[0],
        "titre": html.unescape(re.findall(r'name="titre" value="([^"]*)"', form)[0]),
        "element": re.findall(r'name="element" value="(\w+)" checked', form),
        "destinataire": re.findall(r'name="destinataire" value="(\w+)" checked', form),
    }
    for name, value in re.findall(r'<textarea[^>]*name="(texte-\w+)"[^>]*>([^<]*)</textarea>', form):
        said[name] = html.unescape(value)
    said |= dict(re.findall(r'name="(position-\w+)" value="(\w+)" checked', form))
    return said


def filled(client: Client, place: str, cast: Cast, **more: Any) -> Any:
    """The record says nothing of allergies: the writer asked."""
    to_karim = [f"p{cast.karim.professional_id}"]
    written = {"texte-motif": MOTIVE, "destinataire": to_karim, "position-allergies": "aucune"}
    return client.post(place, fields(client, place) | written | more)


def sign(client: Client, place: str) -> str:
    shown = client.get(f"{place}/apercu").content.decode()
    print_ = re.findall(r'name="empreinte" value="(\w{64})"', shown)
    assert print_, "nothing to sign"
    answer = client.post(f"{place}/signer", {"empreinte": print_[0]})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_from_the_record_to_the_signed_letter(claire: Client, cast: Cast, record: Record) -> None:
    assert f'href="{record.page("ecrire")}"' in claire.get(record.page("chronologie")).content.decode()
    chooser = claire.get(record.page("ecrire")).content.decode()
    assert "Lettre d’adressage" in chooser
    place = begun(claire, record)
    answer = filled(claire, place, cast)
    assert answer.headers["Location"] == f"{place}/apercu"
    shown = claire.get(answer.headers["Location"]).content.decode()
    assert shown.count('class="page-picture" src="data:image/png;base64,') >= 1
    pdf = claire.get(f"{place}/apercu.pdf")
    assert pdf.content.startswith(b"%PDF-")
    after = sign(claire, place)
    uuid = UUID(after.split("/")[2])
    page = claire.get(after).content.decode()
    assert "C’est signé" in page
    assert Document.objects.get(uuid=uuid).author_professional_id == cast.claire.professional_id
    document = claire.get(f"/document/{uuid}").content.decode()
    assert "Écrit et signé dans Maillon" in document
    assert "Corriger" in document
    assert claire.get(place).headers["Location"] == f"/document/{uuid}", "the old address leads to the document"


def test_the_button_is_drawn_for_whoever_writes(cast: Cast, record: Record, sylvie: Client, claire: Client) -> None:
    assert "/ecrire" in claire.get(record.page("synthese")).content.decode()
    assert "/ecrire" not in sylvie.get(record.page("documents")).content.decode()
    nadia = world.sign_in(Client(), cast.nadia)
    assert "Lettre d’adressage" not in nadia.get(record.page("ecrire")).content.decode()  # type: ignore[attr-defined]
    refused = nadia.post(record.page("ecrire"), {"courrier": LETTER})  # type: ignore[attr-defined]
    assert refused.status_code == 422
    assert "Votre profession n’écrit pas ce type" in refused.content.decode()


def test_autosave_answers_a_script_and_tells_of_another_device(claire: Client, record: Record) -> None:
    place = begun(claire, record)
    said = fields(claire, place)
    first = claire.post(place, said | {"geste": "auto", "texte-motif": "un"}).json()
    assert first["revision"] == 2
    assert not first["conflit"]
    other = claire.post(place, said | {"geste": "auto", "texte-motif": "deux"}).json()
    assert other["conflit"]
    text = claire.get(place).content.decode()
    assert "a aussi été écrit ailleurs" in text
    assert ">deux</textarea>" in text
    assert claire.post(f"{place}/reprendre").status_code == 302
    assert ">un</textarea>" in claire.get(place).content.decode()


def test_a_text_that_is_refused_comes_back_whole(claire: Client, record: Record) -> None:
    place = begun(claire, record)
    long = "x" * 20_001
    answer = claire.post(place, fields(claire, place) | {"texte-motif": long})
    assert answer.status_code == 422
    assert "20\u202f000 caractères" in answer.content.decode()
    assert long in answer.content.decode()
    script = claire.post(place, fields(claire, place) | {"texte-motif": long, "geste": "auto"})
    assert script.status_code == 422
    assert "20\u202f000" in script.json()["message"]


def test_what_is_missing_is_said_beside_its_field(claire: Client, record: Record) -> None:
    place = begun(claire, record)
    shown = claire.get(f"{place}/apercu").content.decode()
    assert "À compléter avant de signer" in shown
    assert 'name="empreinte"' not in shown
    assert f'href="{place}?verifier#texte-motif"' in shown
    editor = claire.get(f"{place}?verifier").content.decode()
    assert re.search(r'id="texte-motif"[^>]*aria-invalid="true"[^>]*aria-describedby="manque-motif', editor)
    assert 'id="manque-motif"' in editor
    assert 'id="manque-destinataires"' in editor
    refused = claire.post(f"{place}/signer", {"empreinte": "0" * 64})
    assert refused.status_code == 422
    assert "E-RED-22" in refused.content.decode()


def test_a_stale_preview_is_not_signed(claire: Client, cast: Cast, record: Record) -> None:
    place = begun(claire, record)
    filled(claire, place, cast)
    shown = claire.get(f"{place}/apercu").content.decode()
    seen = re.findall(r'name="empreinte" value="(\w{64})"', shown)[0]
    filled(claire, place, cast, **{"texte-motif": "Autre chose."})
    answer = claire.post(f"{place}/signer", {"empreinte": seen})
    assert answer.status_code == 422
    assert "relisez l’aperçu" in answer.content.decode()
    assert not Document.objects.filter(source="redaction").exists()


def test_recipients_are_searched_and_kept(claire: Client, cast: Cast, record: Record) -> None:
    place = begun(claire, record)
    answer = claire.post(place, fields(claire, place) | {"geste": "chercher", "chercher": "etranger"})
    assert f'value="p{cast.paul.professional_id}"' in answer.content.decode()
    nobody = claire.post(place, fields(claire, place) | {"geste": "chercher", "chercher": "zzzz"})
    assert "Personne à ce nom" in nobody.content.decode()
    claire.post(place, fields(claire, place) | {"destinataire": [f"p{cast.paul.professional_id}", "p999999", "<b>"]})
    assert fields(claire, place)["destinataire"] == [f"p{cast.paul.professional_id}"]


def test_what_the_base_cannot_hold_crashes_no_page(claire: Client, cast: Cast, record: Record) -> None:
    world.mailbox(cast)
    odd, place, document = "a\0", begun(claire, record), f"/document/{record.documents[0].uuid}"
    assert claire.post(place, {"titre": odd, "element": odd, "destinataire": odd, "geste": odd}).status_code == 302
    assert claire.get(f"{place}/apercu").status_code == 200
    sent = {"adresse": odd, "texte": odd, "boite": odd}
    assert claire.post(f"{document}/suite/envoyer", sent).status_code == 422
    for act in ("masquer", "reserver", "secret", "ouvrir", odd):
        said = {"acte": act, "motif": odd, "moyen": odd, "preuve": odd, "qui": odd}
        assert claire.post(f"{document}/visibilite", said).status_code < 500, act


def test_drafts_are_listed_for_their_author_alone_and_resumed(claire: Client, karim: Client, record: Record) -> None:
    place = begun(claire, record)
    assert place in claire.get("/brouillons").content.decode()
    assert "brouillon à reprendre" in claire.get("/journee").content.decode()
    assert place in claire.get(record.page("ecrire")).content.decode()
    assert place not in karim.get("/brouillons").content.decode()
    for answer in (
        karim.get(place), karim.post(place, {"texte-motif": "x"}), karim.get(f"{place}/apercu"),
        karim.get(f"{place}/apercu.pdf"), karim.post(f"{place}/signer"), karim.post(f"{place}/reprendre"),
    ):  # fmt: skip
        assert answer.status_code == 404
    karim.post(f"{place}/jeter")
    assert Draft.objects.count() == 1
    assert claire.post(f"{place}/jeter").headers["Location"].endswith("/ecrire?jete")
    assert Draft.objects.count() == 0


def test_paul_is_told_nothing(paul: Client, claire: Client, record: Record) -> None:
    place = begun(claire, record)
    assert paul.get(record.page("ecrire")).status_code == 404
    nobodys = place.rpartition("/")[0] + "/" + str(uuid4())
    assert paul.get(place).content == paul.get(nobodys).content


def test_a_correction_begins_from_what_was_signed(claire: Client, karim: Client, cast: Cast, record: Record) -> None:
    place = begun(claire, record)
    filled(claire, place, cast)
    document = sign(claire, place).split("/")[2]
    assert karim.post(f"/document/{document}/corriger").status_code == 404
    again = claire.post(f"/document/{document}/corriger").headers["Location"]
    assert MOTIVE in claire.get(again).content.decode()
    filled(claire, again, cast, **{"texte-motif": "Avis rhumatologique."})
    second = sign(claire, again).split("/")[2]
    page = claire.get(f"/document/{second}").content.decode()
    assert "Version 2" in page
    assert "Une version plus récente existe" in claire.get(f"/document/{document}").content.decode()


def test_a_colleague_is_entrusted_with_what_comes_next(claire: Client, cast: Cast, record: Record) -> None:
    place = begun(claire, record)
    filled(claire, place, cast)
    after = sign(claire, place).split("?")[0]
    page = claire.get(after).content.decode()
    number = re.findall(r'name="numero" value="([\w-]+)"', page)[0]
    said = {"qui": str(cast.sylvie.professional_id), "quoi": "rendez-vous", "pour": "7", "numero": number}
    assert claire.post(f"{after}/tache", said).headers["Location"] == f"{after}?confie"
    claire.post(f"{after}/tache", said)
    (task,) = Task.objects.filter(kind="a_faire")
    assert task.professional_id == cast.sylvie.professional_id
    assert task.title == "Prendre le rendez-vous", "a secretary is not told the type of a letter that she may not read"
    for wrong, code in (
        ({"qui": str(cast.paul.professional_id)}, "qui ouvre ce dossier"),
        ({"quoi": "tout"}, "ce qu’il y a à faire"),
        ({"pour": "900"}, "ce qu’il y a à faire"),
    ):
        refused = claire.post(f"{after}/tache", said | wrong)
        assert refused.status_code == 422
        assert code in refused.content.decode()
    assert Task.objects.filter(kind="a_faire").count() == 1


def test_no_dead_button_stands_among_the_next_acts(claire: Client, cast: Cast, record: Record) -> None:
    place = begun(claire, record)
    filled(claire, place, cast)
    page = claire.get(sign(claire, place)).content.decode()
    for address in re.findall(r'<a class="button[^"]*"\s+href="([^"]+)"', page):
        assert claire.get(address).status_code == 200, address


def test_a_signed_letter_is_sent_by_mssante(claire: Client, cast: Cast, record: Record) -> None:
    from maillon.exchange.outgoing.models import SentRecipient
    from maillon.professionals.models import MssAddress

    place = begun(claire, record)
    filled(claire, place, cast)
    after = sign(claire, place).split("?")[0]
    assert "Envoyer par MSSanté" not in claire.get(after).content.decode(), "no mailbox, no button"
    world.mailbox(cast)
    MssAddress.objects.create(
        address="karim.benali@msp-tilleuls.mssante.test", kind="PER", professional_id=cast.karim.professional_id
    )
    page = claire.get(after).content.decode()
    assert 'value="karim.benali@msp-tilleuls.mssante.test" checked' in page, "whom the letter names is ticked"
    refused = claire.post(f"{after}/envoyer", {"autre_adresse": "quelqu.un@gmail.com"})
    assert refused.status_code == 422
    assert "espace de confiance MSSanté" in refused.content.decode()
    said = {"adresse": ["karim.benali@msp-tilleuls.mssante.test"], "texte": "Bonjour"}
    assert claire.post(f"{after}/envoyer", said).headers["Location"] == f"{after}?envoye"
    assert SentRecipient.objects.get().address == "karim.benali@msp-tilleuls.mssante.test"
    page = claire.get(f"{after}?envoye").content.decode()
    assert "En attente" in page
    assert ticks(page) == {"karim.benali@msp-tilleuls.mssante.test": False}, "who has it is not sent it again"


# ------------------------------------------------------------------------------------------------ who receives it

LEA = {
    "adresse": "lea@x.mssante.fr",
    "nom": "Léa Roux",
    "metier": "G15_60",
    "lieu": "Cabinet du Parc",
    "ville": "Arras",
}
PAULE = {"adresse": "paule@y.mssante.fr", "nom": "Paule Roussel", "metier": "G15_10", "ville": "Lens"}


def ticks(html: str) -> dict[str, bool]:
    """Address → is it ticked."""
    found = re.findall(r'name="adresse" value="([^"]+)"\s*(checked)?', html)
    return {address: bool(checked) for address, checked in found}


@pytest.fixture
def letter_out(claire: Client, cast: Cast, record: Record) -> str:
    """Where a letter just signed is sent from, by a structure that has a mailbox."""
    world.mailbox(cast)
    for each in (LEA, PAULE):
        claire.post("/annuaire", each)
    place = begun(claire, record)
    filled(claire, place, cast)
    return sign(claire, place).split("?")[0]


def test_the_national_directory_is_searched_where_the_letter_is_sent(claire: Client, letter_out: str) -> None:
    page = claire.get(letter_out).content.decode()
    assert 'form="annuaire"' in page, "its own form: Enter looks for somebody, and sends nothing"
    found = claire.get("/annuaire?choisir=1&q=rous").content.decode()
    assert ticks(found) == {"paule@y.mssante.fr": False}
    assert ticks(claire.get("/annuaire?choisir=1&q=rou").content.decode()) == dict.fromkeys(
        ("lea@x.mssante.fr", "paule@y.mssante.fr"), False
    )
    again = claire.get("/annuaire?choisir=1&q=rous&adresse=lea@x.mssante.fr").content.decode()
    assert ticks(again) == {"lea@x.mssante.fr": True, "paule@y.mssante.fr": False}, "whom one ticked stays"
    for said in ("Infirmier", "Cabinet du Parc", "Arras"):
        assert said in again
    assert "Tapez au moins deux lettres" in claire.get("/annuaire?choisir=1&q=r").content.decode()
    assert "Personne d’autre" in claire.get("/annuaire?choisir=1&q=inconnu").content.decode()


def test_whom_one_had_ticked_stays_ticked_when_the_sending_is_refused(claire: Client, letter_out: str) -> None:
    said = {"adresse": ["lea@x.mssante.fr"], "autre_adresse": "quelqu.un@gmail.com"}
    refused = claire.post(f"{letter_out}/envoyer", said)
    assert refused.status_code == 422
    assert ticks(refused.content.decode())["lea@x.mssante.fr"]


def test_whoever_had_the_first_version_is_ticked_for_the_one_that_replaces_it(
    claire: Client, cast: Cast, letter_out: str
) -> None:
    claire.post(f"{letter_out}/envoyer", {"adresse": ["lea@x.mssante.fr", "paule@y.mssante.fr"]})
    place = claire.post(f"{letter_out.removesuffix('/suite')}/corriger").headers["Location"]
    filled(claire, place, cast)
    after = sign(claire, place).split("?")[0]
    page = claire.get(after).content.decode()
    assert {"lea@x.mssante.fr": True, "paule@y.mssante.fr": True}.items() <= ticks(page).items()
    assert "a reçu la version 1" in page
    claire.post(f"{after}/envoyer", {"adresse": ["lea@x.mssante.fr"]})
    assert {"lea@x.mssante.fr": False, "paule@y.mssante.fr": True}.items() <= ticks(
        claire.get(after).content.decode()
    ).items(), "who has it already is not sent it again"


def test_a_letter_is_addressed_to_somebody_of_the_annuaire_sante(claire: Client, cast: Cast, record: Record) -> None:
    entries = [{"resource": each} for each in resources.invented(60, at=clock.now().isoformat())]
    page = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    mirroring.keep(read_page(json.dumps(page).encode()).resources)
    stranger = DirectoryEntry.objects.filter(
        is_red=False, kind="PER", profession_code="G15_10", national_id__gt=""
    ).exclude(address="")[0]
    place = begun(claire, record)
    said = fields(claire, place) | {"geste": "chercher", "chercher": stranger.name.split()[-1]}
    found = claire.post(place, said).content.decode()
    value = f"a{stranger.address}"
    assert f'value="{value}"' in found
    assert stranger.city in found
    kept = {**fields(claire, place), "destinataire": [value], "texte-motif": "Avis."}
    claire.post(place, kept | {"geste": "enregistrer"})
    assert stranger.name in claire.get(place).content.decode()
    claire.post(place, {**fields(claire, place), "destinataire": [value]} | {"geste": "enregistrer"})
    person = professionals.by_national_id(stranger.national_id)
    assert person is not None
    assert professionals.mss_address_of(person.id) == stranger.address
    assert Draft.objects.get().content["recipients"] == [f"p{person.id}"], "named once, as one of the house"
    claire.post(place, {**fields(claire, place), "destinataire": ["anobody@x.mssante.fr"]} | {"geste": "enregistrer"})
    assert claire.get(place).status_code == 200, "and who is nobody is left out"
