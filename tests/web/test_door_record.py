"""Behind the patient's door: what is read, what is chosen, what is sent; and what leaves no trace."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from maillon.access import api as access_room
from maillon.access import visitors
from maillon.access.models import Delegation, DocumentMark, JournalEntry, Wish
from maillon.conversations.models import PatientMessage
from maillon.documents import api as documents
from maillon.documents import filing
from maillon.documents.models import Document
from maillon.kernel import clock
from maillon.kernel.key import PatientId
from maillon.professionals.models import Professional
from maillon.tasks.models import Task
from tests.access.test_visitors import PARENT, born, child, invite, jeanne
from tests.access.visiting import Telephone, key, telephone
from tests.conftest import Cast
from tests.documents import making
from tests.web import world
from tests.web.test_door import Home, enter, home, masked

__all__ = ["home", "jeanne", "telephone"]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def filed(patient: PatientId, cast: Cast, title: str = "Histologie") -> Document:
    """A document of somebody who may announce it: its author."""
    what = making.filing(title=title, author="Dr Claire Morel", author_national_id="899000000011")
    return Document.objects.get(pk=making.file(patient, what).id)


def mark(row: Document, kind: str, *, until: dt.datetime | None = None) -> None:
    """Set beside any key, so that the journal stays as it was: the pages may be compared byte for byte."""
    DocumentMark.objects.create(
        patient_id=row.patient_id, document_id=row.pk, kind=kind, since=clock.now(), until=until,
        set_by="Dr Claire Morel",
    )  # fmt: skip


def person(actor: object) -> str:
    return str(Professional.objects.get(pk=actor.professional_id).uuid)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _nobody_is_remembered() -> None:
    filing._known_authors.clear()


# ------------------------------------------------------------------------------------------------ documents


def test_a_document_is_read_and_handed_over_as_it_came(home: Home, cast: Cast) -> None:
    row = filed(home.patient, cast, "Lettre de consultation")
    assert "Lettre de consultation" in home.get()
    assert "Dr Claire Morel" in home.get("/documents")
    assert "Lettre de consultation" in home.get(f"/documents/{row.uuid}")
    original = home.client.get(f"/mon-espace/documents/{row.uuid}/original")
    assert original.content.startswith(b"document ")
    assert original.headers["Content-Disposition"].startswith("attachment")


def test_what_awaits_its_announcement_leaves_no_trace(home: Home, cast: Cast) -> None:
    """AC8.6, day 0, day 14, day 31."""
    before = {place: masked(home.get(place).encode()) for place in ("", "/documents")}
    row = filed(home.patient, cast)
    start = clock.now()
    mark(row, "invisible_patient", until=start + dt.timedelta(days=30))
    for place, page in before.items():
        assert masked(home.get(place).encode()) == page
    assert home.client.get(f"/mon-espace/documents/{row.uuid}").status_code == 404
    with time_machine.travel(start + dt.timedelta(days=14, hours=1), tick=False):
        documents.visibility.invite_and_reveal()
        page = _again(home)
        assert "prenez rendez-vous avec Dr Claire Morel" in page
        assert "Histologie" not in page
    with time_machine.travel(start + dt.timedelta(days=31, hours=1), tick=False):
        page = _again(home)
        assert "Histologie" in page
        assert "prenez rendez-vous" not in page


def _again(home: Home) -> str:
    """The same browser, whose session was seen a moment ago."""
    from maillon.access.models import VisitorSession

    later = clock.now()
    VisitorSession.objects.update(last_seen_at=later, ends_at=later + dt.timedelta(hours=1))
    return home.get()


def test_a_minor_s_secret_is_nothing_to_a_parent(cast: Cast, telephone: Telephone) -> None:
    """AC8.5: neither title nor count; the parent's request is journalled with the law's step."""
    minor = child(cast, age=16)
    making.link(minor, cast.claire, access_room.Basis.TREATING)
    visitors.invite_representative(key(cast.sylvie, minor), PARENT, kind="parent", evidence="livret de famille")
    parent = Home(client=enter(telephone, birth_date=dt.date(1985, 5, 5), contact="paule@exemple.test"), patient=minor)
    before = {place: masked(parent.get(place).encode()) for place in ("", "/documents", "/deposer", "/acces")}
    row = filed(minor, cast, "Consultation confidentielle")
    mark(row, "invisible_representants")
    for place, page in before.items():
        assert masked(parent.get(place).encode()) == page
    secret = parent.client.get(f"/mon-espace/documents/{row.uuid}")
    refused = JournalEntry.objects.latest("id")
    assert (refused.decision, refused.rule, refused.actor_kind) == ("deny", "A07", "representative")
    nothing = parent.client.get("/mon-espace/documents/00000000-0000-4000-8000-000000000000")
    assert (secret.status_code, masked(secret.content)) == (404, masked(nothing.content))


def test_the_patient_masks_a_document_and_shows_it_again(home: Home, cast: Cast) -> None:
    what = making.filing(title="Compte rendu à masquer")
    uuid = making.file(home.patient, what).uuid
    nadia = world.sign_in(Client(), cast.nadia)
    assert nadia.get(f"/document/{uuid}").status_code == 200  # type: ignore[attr-defined]
    assert home.post(f"/documents/{uuid}/masquer").status_code == 302
    assert nadia.get(f"/document/{uuid}").status_code == 404  # type: ignore[attr-defined]
    assert "est masqué" in home.get(f"/documents/{uuid}")
    assert home.post(f"/documents/{uuid}/montrer").status_code == 302
    assert nadia.get(f"/document/{uuid}").status_code == 200  # type: ignore[attr-defined]
    assert DocumentMark.objects.filter(lifted_at__isnull=False).exists()


# ------------------------------------------------------------------------------------------------ journal, circle


def test_the_journal_tells_people_and_not_refusals(home: Home, cast: Cast) -> None:
    key(cast.nadia, home.patient)
    with pytest.raises(access_room.AccessDenied):
        key(cast.paul, home.patient)
    page = home.get("/acces")
    assert "Nadia Lefèvre" in page
    assert "Étranger" not in page
    assert "réception d’essai" not in page
    assert "(patient)" not in page  # one knows one's own gestures


def test_an_opposition_holds_at_the_next_click_and_is_withdrawn(home: Home, cast: Cast) -> None:
    nadia = world.sign_in(Client(), cast.nadia)
    tab = f"/dossier/{making.uuid_of(home.patient)}/chronologie"
    assert nadia.get(tab).status_code == 200  # type: ignore[attr-defined]
    assert "Nadia Lefèvre" in home.get(f"/equipe/opposition/{person(cast.nadia)}")
    answer = home.post(f"/equipe/opposition/{person(cast.nadia)}")
    assert answer.headers["Location"] == "/mon-espace/equipe?fait=opposition"
    assert nadia.get(tab).status_code == 404  # type: ignore[attr-defined]
    wish = Wish.objects.get()
    assert (wish.channel, wish.professional_id) == ("espace_patient", cast.nadia.professional_id)
    assert home.post(f"/equipe/choix/{wish.pk}/retirer").status_code == 302
    assert nadia.get(tab).status_code == 200  # type: ignore[attr-defined]


def test_opposing_the_treating_physician_or_everybody_asks_to_be_sure(home: Home, cast: Cast) -> None:
    for place in (f"/equipe/opposition/{person(cast.claire)}", "/equipe/opposition"):
        refused = home.post(place, {"confirmation": "oui"})
        assert refused.status_code == 422
        page = refused.content.decode()
        assert 'value="oui"' in page
        assert 'role="alert"' in page
        assert not Wish.objects.exists()
    assert home.post("/equipe/opposition", {"confirmation": "Je confirme"}).status_code == 302
    claire = world.sign_in(Client(), cast.claire)
    assert claire.get(f"/dossier/{making.uuid_of(home.patient)}/chronologie").status_code == 404  # type: ignore[attr-defined]


def test_emergency_access_is_refused_once(home: Home) -> None:
    assert "Refuser l’accès en urgence" in home.get("/equipe")
    for _ in range(2):
        home.post("/equipe/urgence")
    assert Wish.objects.filter(kind="refus_urgence").count() == 1
    assert "Refuser l’accès en urgence" not in home.get("/equipe")


def test_a_member_is_named_by_name_then_removed(home: Home, cast: Cast) -> None:
    assert home.post("/equipe/membre", {"nom": "Zzzz"}).status_code == 422
    found = home.post("/equipe/membre", {"nom": "Étranger"}).content.decode()
    assert "Paul Étranger" in found
    forged = home.post("/equipe/membre", {"nom": "Étranger", "personne": person(cast.nadia)})
    assert forged.status_code == 200  # not among those found: nothing is added
    assert home.post("/equipe/membre", {"nom": "Étranger", "personne": person(cast.paul)}).status_code == 302
    access = key(cast.paul, home.patient)
    member = next(each for each in access_room.team.care_team(access) if each.name == "Dr Paul Étranger")
    assert home.post(f"/equipe/membre/{member.membership_id}/retirer").status_code == 302
    with pytest.raises(access_room.AccessDenied):
        key(cast.paul, home.patient)


# ------------------------------------------------------------------------------------------------ relatives


def test_a_carer_is_named_corrected_and_dismissed(home: Home, telephone: Telephone) -> None:
    said: dict[str, object] = {
        "prenom": "Paule",
        "nom": "Martin",
        "naissance": "31/02/1985",
        "courriel": "",
        "telephone": "",
    }
    wrong = home.post("/proches", said)
    assert wrong.status_code == 422
    assert 'value="31/02/1985"' in wrong.content.decode()
    said |= {"naissance": "05/05/1985", "courriel": "paule@exemple.test", "telephone": "0612345678"}
    assert "va recevoir un message" in home.post("/proches", said).content.decode()
    carer = enter(telephone, birth_date=dt.date(1985, 5, 5), contact="paule@exemple.test")
    assert carer.get("/mon-espace/documents").status_code == 200
    assert home.post(f"/proches/{Delegation.objects.get().pk}/finir").status_code == 302
    assert carer.get("/mon-espace/documents").headers["Location"] == "/mon-espace/dossiers"
    assert "Aucun dossier ne vous est ouvert" in carer.get("/mon-espace/dossiers").content.decode()


def test_at_eighteen_the_parent_s_door_closes_at_midnight(cast: Cast, telephone: Telephone) -> None:
    minor = child(cast, age=17)
    visitors.invite_representative(key(cast.sylvie, minor), PARENT, kind="parent", evidence="livret de famille")
    eighteen = born(minor).replace(year=born(minor).year + 18)
    midnight = dt.datetime.combine(eighteen, dt.time(), clock.PARIS)
    with time_machine.travel(midnight - dt.timedelta(minutes=5), tick=False):
        parent = enter(telephone, birth_date=dt.date(1985, 5, 5), contact="paule@exemple.test")
        assert parent.get("/mon-espace/documents").status_code == 200
    with time_machine.travel(midnight, tick=False):
        assert parent.get("/mon-espace/documents").headers["Location"] == "/mon-espace/dossiers"


def test_a_parent_goes_from_one_child_to_the_other(cast: Cast, telephone: Telephone) -> None:
    children = [child(cast, age=12), child(cast, age=5)]
    for minor in children:
        visitors.invite_representative(key(cast.sylvie, minor), PARENT, kind="parent", evidence="livret de famille")
    papers = [making.file(minor, making.filing(title=f"Lettre {minor}")).uuid for minor in children]
    parent = enter(telephone, birth_date=dt.date(1985, 5, 5), contact="paule@exemple.test")
    for minor, paper, other in zip(children, papers, reversed(papers), strict=True):
        parent.post("/mon-espace/dossiers", {"dossier": str(minor)})
        assert parent.get(f"/mon-espace/documents/{paper}").status_code == 200
        assert parent.get(f"/mon-espace/documents/{other}").status_code == 404  # of the record not on the screen
    parent.post("/mon-espace/dossiers", {"dossier": str(making.patient())})  # forged: nothing changes
    assert parent.get(f"/mon-espace/documents/{papers[1]}").status_code == 200


# ------------------------------------------------------------------------------------------------ sending


def test_a_message_is_a_task_then_an_answer_that_is_told(home: Home, cast: Cast, telephone: Telephone) -> None:
    number = "6f0e8f0c-0b0e-4b5e-8d57-0f8f6f1f0a11"
    for _ in range(2):  # a double click
        assert home.post("/messages", {"texte": "Puis-je arrêter ?", "numero": number}).status_code == 302
    message, task = PatientMessage.objects.get(), Task.objects.get(kind="a_faire")
    assert (task.professional_id, task.title) == (cast.claire.professional_id, "Répondre à un message du patient")
    claire = world.sign_in(Client(), cast.claire)
    tab = f"/dossier/{making.uuid_of(home.patient)}/echanges"
    assert "Puis-je arrêter" in claire.get(tab).content.decode()  # type: ignore[attr-defined]
    said = {"texte": "Non, voyons-nous.", "visiteur": message.visitor_id}
    assert claire.post(tab, said).status_code == 302  # type: ignore[attr-defined]
    assert "vous a répondu" in telephone.notes()[-1]["text"]
    assert "nouvelle réponse" in home.get()
    assert "Non, voyons-nous." in home.get("/messages")
    assert "nouvelle réponse" not in home.get()


@pytest.mark.parametrize(("text", "reason"), [("  ", "Écrivez votre message"), ("x" * 2001, "trop long")])
def test_a_message_that_cannot_be_sent_is_not_lost(home: Home, text: str, reason: str) -> None:
    answer = home.post("/messages", {"texte": text})
    assert answer.status_code == 422
    assert reason in answer.content.decode()
    assert f">{text}</textarea>" in answer.content.decode()


def test_twenty_messages_a_day(home: Home) -> None:
    codes = [home.post("/messages", {"texte": f"message {rank}"}).status_code for rank in range(21)]
    assert codes == [302] * 20 + [422]


def test_a_parent_and_a_minor_do_not_read_each_other(cast: Cast, telephone: Telephone) -> None:
    minor = child(cast, age=16)
    making.link(minor, cast.claire, access_room.Basis.TREATING)
    visitors.invite_representative(key(cast.sylvie, minor), PARENT, kind="parent", evidence="livret de famille")
    invite(cast, minor, email="leo@exemple.test", phone="07 00 00 00 09")
    leo = enter(telephone, birth_date=born(minor), contact="leo@exemple.test")
    leo.post("/mon-espace/messages", {"texte": "Entre nous"})
    parent = enter(telephone, birth_date=dt.date(1985, 5, 5), contact="paule@exemple.test")
    assert "Entre nous" not in parent.get("/mon-espace/messages").content.decode()
    assert "Entre nous" in leo.get("/mon-espace/messages").content.decode()
    claire = world.sign_in(Client(), cast.claire)
    said = {"texte": "Je vous rappelle.", "visiteur": PatientMessage.objects.get().visitor_id}
    claire.post(f"/dossier/{making.uuid_of(minor)}/echanges", said)  # type: ignore[attr-defined]
    journal = parent.get("/mon-espace/acces").content.decode()
    assert "échanges" not in journal
    assert "(patient)" not in journal
    assert "échanges" in leo.get("/mon-espace/acces").content.decode()


def test_a_professional_out_of_the_circle_reads_and_answers_nothing(home: Home, cast: Cast) -> None:
    home.post("/messages", {"texte": "Bonjour docteur"})
    paul = world.sign_in(Client(), cast.paul)
    tab = f"/dossier/{making.uuid_of(home.patient)}/echanges"
    assert paul.get(tab).status_code == 404  # type: ignore[attr-defined]
    said = {"texte": "Bonjour", "visiteur": PatientMessage.objects.get().visitor_id}
    assert paul.post(tab, said).status_code == 404  # type: ignore[attr-defined]
    assert PatientMessage.objects.count() == 1


def sent(name: str, data: bytes) -> dict[str, object]:
    return {"type": "DOCPAT05", "titre": "Prise de sang", "fichier": SimpleUploadedFile(name, data)}


def test_a_photo_is_filed_once_and_given_to_read(home: Home, cast: Cast) -> None:
    places = [home.post("/deposer", sent("photo.png", PNG)).headers["Location"] for _ in range(2)]
    row = Document.objects.get()
    assert places == [f"/mon-espace/documents/{row.uuid}"] * 2
    assert (row.type_code, row.source, row.title, row.media_type) == (
        "DOCPAT05",
        "patient",
        "Prise de sang",
        "image/png",
    )
    assert row.author.endswith("(patient)")
    assert Task.objects.get(kind="a_lire").professional_id == cast.claire.professional_id
    claire = world.sign_in(Client(), cast.claire)
    assert claire.get(f"/document/{row.uuid}").status_code == 200  # type: ignore[attr-defined]


def test_the_same_bytes_in_another_record_are_another_document(home: Home, cast: Cast) -> None:
    other = making.patient()
    making.file(other, documents.from_loose_file(PNG, media_type="image/png", title="ailleurs", text=""))
    assert home.post("/deposer", sent("photo.png", PNG)).status_code == 302


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("vide.pdf", b"", "Choisissez le fichier"),
        ("gros.png", PNG + b"\0" * (10 * 1024 * 1024), "trop gros"),
        ("page.html", b"<html><script>alert(1)</script></html>", "PDF ou une photo"),
        ("faux.pdf", b"MZ" + b"\0" * 50, "PDF ou une photo"),
        ("casse.pdf", b"%PDF-1.7 rien de plus", "abîmé"),
    ],
)
def test_what_may_not_be_sent_is_said(home: Home, name: str, data: bytes, reason: str) -> None:
    answer = home.post("/deposer", sent(name, data))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert reason in page
    assert 'value="Prise de sang"' in page
    assert not Document.objects.exists()


def test_the_team_s_page_opens_a_door_says_the_code_and_closes_it(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    sylvie = world.sign_in(Client(), cast.sylvie)
    place = f"/dossier/{making.uuid_of(jeanne)}/espace-patient"
    wrong = sylvie.post(place, {"geste": "ouvrir", "courriel": "x", "preuve": "passeport"})  # type: ignore[attr-defined]
    assert wrong.status_code == 422
    assert 'value="passeport"' in wrong.content.decode()
    done = sylvie.post(place, {"geste": "ouvrir", "courriel": "j@exemple.test", "preuve": "passeport"})  # type: ignore[attr-defined]
    assert "remettez ce code en main propre" in done.content.decode()
    assert "j@exemple.test" in sylvie.get(place).content.decode()  # type: ignore[attr-defined]
    assert "fermé" in sylvie.post(place, {"geste": "fermer"}).content.decode()  # type: ignore[attr-defined]
    paul = world.sign_in(Client(), cast.paul)
    assert paul.get(place).status_code == 404  # type: ignore[attr-defined]
