"""The pages of a protocol: copied, written without its text, read again, signed, in force; and what is refused."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from maillon.kernel.key import Actor
from maillon.pathways.authoring import door as authoring
from maillon.pathways.editing import places, raw
from maillon.pathways.editing.sections import SECTIONS
from maillon.pathways.models import ProtocolComment, ProtocolSignature, ProtocolVersion
from tests.conftest import Cast
from tests.pathways.writers import Team, at_signatures, copied, in_force, sign, state, team_of
from tests.web import world

Enter = Callable[[Actor], Client]


@pytest.fixture
def team(cast: Cast) -> Team:
    return team_of(cast)


@pytest.fixture
def as_(team: Team) -> Enter:
    return lambda actor: world.sign_in(Client(), actor)  # type: ignore[return-value]


@pytest.fixture
def agnes(team: Team, as_: Enter) -> Client:
    return as_(team.agnes)


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.status_code
    return html.unescape(answer.content.decode())


def value(uuid: UUID, place: str) -> object:
    return places.find(raw.values(ProtocolVersion.objects.get(uuid=uuid).text), place).value


def revision(uuid: UUID) -> int:
    return ProtocolVersion.objects.get(uuid=uuid).revision


# ------------------------------------------------------------------------------------------------ the library


def test_a_model_is_read_and_copied(agnes: Client) -> None:
    shown = page(agnes, "/protocoles")
    assert "Copier et adapter" in shown
    assert "Aucun protocole." in shown
    model = page(agnes, "/protocoles/modele/DIAB-01")
    assert "<svg" in model
    assert "Logigramme en mots" in model
    answer = agnes.post("/protocoles/modele/DIAB-01/copier")
    uuid = ProtocolVersion.objects.get().uuid
    assert answer.headers["Location"] == f"/protocoles/{uuid}?fait=copie"
    assert "DIAB-01, version 1" in page(agnes, "/protocoles")
    again = agnes.post("/protocoles/modele/DIAB-01/copier")
    assert again.status_code == 422
    assert "E-PRO-53" in again.content.decode()
    assert page(agnes, "/protocoles/modele/ABSENT", 404)


def test_a_protocol_is_begun_from_nothing(agnes: Client) -> None:
    refused = agnes.post("/protocoles", {"code": "", "titre": "Asthme", "genre": "etp"})
    assert refused.status_code == 422
    assert 'value="Asthme"' in refused.content.decode(), "what was typed is still there"
    answer = agnes.post("/protocoles", {"code": "ASTHME-01", "titre": "Asthme", "genre": "etp"})
    uuid = ProtocolVersion.objects.get().uuid
    assert answer.headers["Location"] == f"/protocoles/{uuid}/ecrire/identite"
    shown = page(agnes, f"/protocoles/{uuid}")
    assert "points restent à régler" in shown
    for path in ("imprimer", "calendrier", "comparer"):
        page(agnes, f"/protocoles/{uuid}/{path}", 404)


def test_elsewhere_and_nowhere_are_one_page(team: Team, as_: Enter) -> None:
    uuid, paul = copied(team), as_(team.paul)
    for path in ("", "/ecrire/etapes", "/texte", "/texte.yaml", "/comparer", "/calendrier", "/imprimer"):
        there = paul.get(f"/protocoles/{uuid}{path}")
        nowhere = paul.get(f"/protocoles/00000000-0000-4000-8000-000000000000{path}")
        assert (there.status_code, len(there.content)) == (404, len(nowhere.content)), path
    sent = ("/ecrire/etapes", "/texte", "/signature", "/remarque", "/relecture", "/nouvelle-version", "/etape/relire")
    for path in sent:
        assert paul.post(f"/protocoles/{uuid}{path}", {"geste": "auto"}).status_code == 404, path
    assert "Aucun protocole." in page(paul, "/protocoles")


# ------------------------------------------------------------------------------------------------ the editor


@pytest.mark.parametrize("slug", SECTIONS)
def test_a_section_never_shows_the_text(team: Team, agnes: Client, slug: str) -> None:
    shown = page(agnes, f"/protocoles/{copied(team)}/ecrire/{slug}")
    assert SECTIONS[slug][0] in shown
    assert "niveau:" not in shown
    assert "inclusion:" not in shown


def test_a_field_is_kept_by_the_script_with_what_it_means(team: Team, agnes: Client) -> None:
    uuid = copied(team)
    place = "population/inclusion/0.2/si"
    sent = {"geste": "auto", "revision": "1", f"v:{place}": "âge >= 16", f"a:{place}": "âge >= 18"}
    said = agnes.post(f"/protocoles/{uuid}/ecrire/population", sent).json()
    assert said["revision"] == revision(uuid) == 2
    assert "âge ≥ 16" in html.unescape(said["notes"][place])
    assert "Rien à régler" in said["reste"]
    sent = {"geste": "auto", "revision": "2", f"v:{place}": "âge >=", f"a:{place}": "âge >= 16"}
    said = agnes.post(f"/protocoles/{uuid}/ecrire/population", sent).json()
    assert "la question s’arrête trop tôt" in html.unescape(said["notes"][place])
    assert "ecrire/population?ouvrir=population/inclusion" in said["reste"]
    assert value(uuid, place) == "âge >=", "kept as it was typed"


def test_two_people_in_one_field_are_shown_both_texts(team: Team, agnes: Client, as_: Enter) -> None:
    uuid, place = copied(team), "alertes/HBA1C/delai"
    address = f"/protocoles/{uuid}/ecrire/alertes"
    for client, typed in ((as_(team.nadia), "14 jours"), (agnes, "7 jours")):
        sent = {"geste": "auto", "revision": "1", f"v:{place}": typed, f"a:{place}": "28 jours"}
        said = client.post(address, sent).json()
    assert said["conflits"][place]["autre"] == "14 jours"
    assert "7 jours" in said["conflits"][place]["dit"]
    whole = {"geste": "enregistrer", "revision": "1", f"v:{place}": "7 jours", "ouvert": "alertes/HBA1C"}
    shown = agnes.post(address, whole)
    text = html.unescape(shown.content.decode())
    assert shown.status_code == 422
    assert "Quelqu’un d’autre a écrit ici en même temps." in text
    assert 'value="7 jours"' in text, "what was typed is in the field"
    assert value(uuid, place) == "14 jours"
    again = agnes.post(address, {"geste": "enregistrer", "revision": "2", "ouvert": "alertes/HBA1C"} | both(text))
    assert "Tout est enregistré." in again.content.decode()
    assert value(uuid, place) == "7 jours", "having seen theirs, one may prefer one's own"


def both(shown: str) -> dict[str, str]:
    """The one-line fields of the page as a browser sends them back, each with what stood there."""
    sent = re.findall(r'<input [^>]*name="([av]:[^"]+)" value="([^"]*)"', shown)
    assert {name[:2] for name, _ in sent} == {"a:", "v:"}
    return dict(sent)


def test_without_a_script_the_whole_is_sent_and_rows_are_made(team: Team, agnes: Client) -> None:
    uuid = copied(team)
    address = f"/protocoles/{uuid}/ecrire/etapes"
    shown = agnes.post(address, {"geste": "ajouter:etapes", "revision": "1"})
    assert 'name="v:etapes/S1/quoi"' in shown.content.decode()
    typed = {"v:etapes/S1/quoi": "Marche", "v:etapes/S1/qui": ["", "G15_70"], "ouvert": "etapes/S1", "revision": "2"}
    kept = agnes.post(address, typed | {"geste": "enregistrer"})
    assert "Tout est enregistré." in kept.content.decode()
    assert value(uuid, "etapes/S1") == {"id": "S1", "quoi": "Marche", "qui": ["G15_70"]}
    swapped = agnes.post(address, {"geste": "monter:etapes/S1", "revision": "3"}, headers={"HX-Request": "true"})
    assert swapped.content.decode().lstrip().startswith('<div id="section"')
    stale = agnes.post(address, {"geste": "retirer:etapes/S1", "revision": "1"})
    assert "E-PRO-63" in stale.content.decode()
    agnes.post(address, {"geste": "retirer:etapes/S1", "revision": "4"})
    assert "S1" not in [step["id"] for step in raw.values(ProtocolVersion.objects.get(uuid=uuid).text)["etapes"]]


def test_who_may_not_write_reads(team: Team, as_: Enter) -> None:
    uuid = copied(team)
    sylvie = as_(team.sylvie)
    assert "Vous lisez" in page(sylvie, f"/protocoles/{uuid}/ecrire/identite")
    sent = {"geste": "auto", "revision": "1", "v:titre": "x", "a:titre": "y"}
    answer = sylvie.post(f"/protocoles/{uuid}/ecrire/identite", sent)
    assert (answer.status_code, "coordonnateur" in answer.json()["message"]) == (422, True)


def test_the_text_is_shown_when_asked_brought_and_taken_away(team: Team, agnes: Client) -> None:
    uuid = copied(team)
    address = f"/protocoles/{uuid}/texte"
    assert "alertes:" in page(agnes, address)
    taken = agnes.get(address + ".yaml")
    assert taken.headers["Content-Disposition"] == 'attachment; filename="DIAB-01-v1.yaml"'
    changed = taken.content.decode().replace("28 jours", "21 jours")
    brought = SimpleUploadedFile("p.yaml", changed.encode())
    assert agnes.post(address, {"fichier": brought, "revision": "1"}).status_code == 302
    assert value(uuid, "alertes/HBA1C/delai") == "21 jours"
    stale = agnes.post(address, {"texte": "code: PERDU", "revision": "1"})
    assert stale.status_code == 422
    assert "code: PERDU" in stale.content.decode(), "what was typed is still there"
    assert "Le texte qui est enregistré" in stale.content.decode(), "beside what is kept"
    wrong = agnes.post(address, {"texte": "a: [", "revision": "2"})
    assert "YAML illisible" in html.unescape(wrong.content.decode())


# ------------------------------------------------------------------------------------------------ the workflow


def test_a_protocol_goes_through_its_pages_until_it_is_in_force(team: Team, agnes: Client, as_: Enter) -> None:
    uuid = copied(team)
    here = f"/protocoles/{uuid}"
    assert "Soumettre à la relecture" in page(agnes, here)
    agnes.post(f"{here}/etape/relire")
    as_(team.nadia).post(f"{here}/remarque", {"commentaire": "Le délai ?", "lieu": "alertes/HBA1C", "bloque": "oui"})
    refused = agnes.post(f"{here}/etape/signer")
    assert refused.status_code == 422
    assert "Nadia Lefèvre" in refused.content.decode()
    shown = page(agnes, here)
    assert "Alerte HBA1C" in shown
    remark = ProtocolComment.objects.get()
    agnes.post(f"{here}/remarque/{remark.uuid}/reponse", {"reponse": "14 jours"})
    agnes.post(f"{here}/etape/signer")
    assert state(uuid) == "approbation"
    fingerprint = ProtocolVersion.objects.get(uuid=uuid).fingerprint
    for signer in team.signers:
        client = as_(signer)
        assert "Signer en tant que" in page(client, here)
        answer = client.post(f"{here}/signature", {"lu": "on", "empreinte": fingerprint, "decision": "signer"})
        assert answer.headers["Location"].endswith("?fait=signature#signatures")
    shown = page(agnes, here)
    assert "4 sur 4" in shown
    assert "En vigueur" in shown
    assert "Écrire une nouvelle version" in shown
    assert "/ecrire/identite" not in shown


def test_what_still_lacks_is_on_the_page_and_in_the_refusal(team: Team, agnes: Client) -> None:
    uuid = at_signatures(team)
    for signer in team.signers[:3]:
        sign(signer, uuid)
    assert "Il manque la signature de\u202f: masseur-kinésithérapeute." in page(agnes, f"/protocoles/{uuid}")
    refused = agnes.post(f"/protocoles/{uuid}/etape/en-vigueur")
    assert refused.status_code == 422
    assert "E-PPSPR-01" in refused.content.decode()


def test_a_signature_asks_for_a_fresh_proof(team: Team, as_: Enter) -> None:
    from maillon.access.models import Session

    uuid = at_signatures(team)
    client = as_(team.claire)
    Session.objects.update(proven_at="2020-01-01T00:00:00Z")
    sent = {"lu": "on", "empreinte": ProtocolVersion.objects.get(uuid=uuid).fingerprint, "decision": "signer"}
    answer = client.post(f"/protocoles/{uuid}/signature", sent)
    assert answer.status_code == 401
    assert "errouill" in answer.content.decode(), "the session is locked until a factor is proven"
    assert not ProtocolSignature.objects.exists()


def test_a_refusal_says_why(team: Team, as_: Enter) -> None:
    uuid = at_signatures(team)
    fingerprint = ProtocolVersion.objects.get(uuid=uuid).fingerprint
    client, here = as_(team.marc), f"/protocoles/{uuid}"
    silent = client.post(f"{here}/signature", {"lu": "on", "empreinte": fingerprint, "decision": "refuser"})
    assert silent.status_code == 422
    said = {"lu": "on", "empreinte": fingerprint, "decision": "refuser", "raison": "Trop long"}
    assert client.post(f"{here}/signature", said).status_code == 302
    assert "Trop long" in page(client, here)


def test_a_draft_shows_nothing_in_place_of_what_it_does_not_say(team: Team, agnes: Client) -> None:
    uuid = copied(team)
    missing = [authoring.saving.Typed(place=f"alertes/HBA1C/{key}", value="") for key in ("delai", "prevenir")]
    authoring.saving.save(team.agnes, uuid, missing, revision=1)
    shown = page(agnes, f"/protocoles/{uuid}")
    assert "<svg" in shown
    assert "None" not in shown


def test_what_changes_is_said(team: Team, agnes: Client) -> None:
    uuid = copied(team)
    authoring.saving.save(
        team.agnes, uuid, [authoring.saving.Typed(place="alertes/HBA1C/delai", value="14 jours")], revision=1
    )
    shown = re.sub(r"<[^>]+>", "", page(agnes, f"/protocoles/{uuid}/comparer"))
    assert "Délai de l’alerte HBA1C" in shown
    assert "28 jours" in shown


def test_a_reader_from_outside_reads_and_comments(team: Team, agnes: Client, as_: Enter) -> None:
    uuid = copied(team)
    agnes.post(f"/protocoles/{uuid}/etape/relire")
    shown = agnes.post(f"/protocoles/{uuid}/relecture").content.decode()
    link = re.search(r"/protocoles/relecture/[0-9a-f]+", shown)
    assert link is not None
    paul = as_(team.paul)
    assert "Relecture extérieure" in page(paul, link[0])
    empty = paul.post(link[0], {"commentaire": " "})
    assert empty.status_code == 422
    paul.post(link[0], {"commentaire": "Pensez au fond d’œil."})
    assert "Pensez au fond d’œil." in page(agnes, f"/protocoles/{uuid}")
    page(paul, link[0][:-1] + ("1" if link[0].endswith("0") else "0"), 404)
    page(paul, f"/protocoles/{uuid}", 404)


# ------------------------------------------------------------------------------------------------ paper, calendar


def test_it_prints_on_two_pages(team: Team, agnes: Client) -> None:
    import pypdfium2

    uuid = in_force(team)
    answer = agnes.get(f"/protocoles/{uuid}/imprimer")
    assert answer.headers["Content-Type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    assert len(document) == 2
    text = document[0].get_textpage().get_text_bounded() + document[1].get_textpage().get_text_bounded()
    for words in ("DIAB-01", "version 1, en vigueur", "Fatou Diop", "Logigramme", "HbA1c à un point"):
        assert words in text, words


def test_the_calendar_of_an_imagined_patient(team: Team, agnes: Client) -> None:
    uuid = copied(team)
    shown = page(agnes, f"/protocoles/{uuid}/calendrier")
    assert "Patient dont on ne sait rien" in shown
    assert "Consultation de suivi" in shown
    page(agnes, f"/protocoles/{uuid}/calendrier?essai=99999")
