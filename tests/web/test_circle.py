"""The circle, the register, the visibility of a document and the team, through their pages."""

from __future__ import annotations

import datetime as dt
import re
from uuid import UUID

import pytest
from django.test import Client

from maillon.access import api as access_room
from maillon.access.models import Account, CareTeamMembership, DocumentMark, JournalEntry, Replacement, Wish
from maillon.kernel import clock
from maillon.web import urls
from tests.access.deciding import minor, opens
from tests.conftest import Cast
from tests.documents import making
from tests.web import world
from tests.web.conftest import Record

DAY = dt.timedelta(days=1)
FORGED = ["", "x", "p", "p-1", "p999999", "s999999", "p" + "9" * 30, "p1; DROP"]


def typed(day: dt.date) -> str:
    return f"{day:%d%m%Y}"


@pytest.fixture
def nadia(cast: Cast) -> Client:
    return world.sign_in(Client(), cast.nadia)  # type: ignore[return-value]


def html(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def paul_of(cast: Cast) -> str:
    return f"p{cast.paul.professional_id}"


# ------------------------------------------------------------------------------------------------ the circle


def test_a_member_is_searched_added_shown_and_ended(claire: Client, record: Record, cast: Cast) -> None:
    page = record.page("qui-peut-voir")
    assert f"{page}/membre" in html(claire.get(page))
    found = html(claire.get(f"{page}/membre?q=etranger"))
    assert f'value="{paul_of(cast)}"' in found
    said = {"qui": paul_of(cast), "titre": "equipe_patient", "preuve": "demande en consultation", "q": "etranger"}
    assert claire.post(f"{page}/membre", said).headers["Location"] == f"{page}?fait=membre"
    shown = html(claire.get(f"{page}?fait=membre"))
    assert "Dr Paul Étranger" in shown
    assert "demande en consultation" in shown
    assert "noté par Dr Claire Morel" in shown
    link = CareTeamMembership.objects.get(professional_id=cast.paul.professional_id)
    assert opens(cast.paul, record.access.patient_id)
    refused = claire.post(f"{page}/membre/{link.pk}/fin", {"motif": " "})
    assert refused.status_code == 422
    assert "Indiquez pourquoi ce lien prend fin." in html(refused)
    claire.post(f"{page}/membre/{link.pk}/fin", {"motif": "fin des soins"})
    assert not opens(cast.paul, record.access.patient_id)
    assert "fin des soins" in html(claire.get(page))


def test_what_no_database_keeps_is_a_blank(claire: Client, record: Record, cast: Cast) -> None:
    """A NUL, as a copy out of a PDF may bring one, answered « Le service a rencontré une difficulté »."""
    page = record.page("qui-peut-voir")
    said = {"qui": paul_of(cast), "titre": "equipe_patient", "preuve": "demande\0en consultation", "q": "etranger"}
    assert claire.post(f"{page}/membre", said).headers["Location"] == f"{page}?fait=membre"
    assert "demande en consultation" in html(claire.get(page))
    link = CareTeamMembership.objects.get(professional_id=cast.paul.professional_id)
    assert claire.post(f"{page}/membre/{link.pk}/fin", {"motif": "fin des\0soins"}).status_code == 302
    assert "fin des soins" in html(claire.get(page))


def test_what_was_typed_of_a_member_comes_back_with_the_refusal(claire: Client, record: Record, cast: Cast) -> None:
    said = {"qui": paul_of(cast), "titre": "mandat", "preuve": "mandat du DAC", "jour": "", "q": "etranger"}
    refused = claire.post(record.page("qui-peut-voir/membre"), said)
    assert refused.status_code == 422
    page = html(refused)
    assert "Un mandat de coordination a une fin" in page
    assert 'value="mandat du DAC"' in page
    assert re.search(rf'value="{paul_of(cast)}"\s+required\s+checked', page)
    claire.post(record.page("qui-peut-voir/membre"), said | {"jour": typed(clock.today() + 30 * DAY)})
    assert opens(cast.paul, record.access.patient_id)


def test_a_visit_is_noted_by_its_day(claire: Client, record: Record, cast: Cast) -> None:
    day = clock.today() + 10 * DAY
    said = {"qui": paul_of(cast), "titre": "rendez_vous", "preuve": "agenda", "jour": typed(day), "q": "etranger"}
    assert claire.post(record.page("qui-peut-voir/membre"), said).status_code == 302
    link = CareTeamMembership.objects.get(professional_id=cast.paul.professional_id)
    assert (link.basis, link.start, link.end) == ("rendez_vous", day - 90 * DAY, day + 90 * DAY)


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_choice_is_refused(claire: Client, record: Record, forged: str) -> None:
    said = {"qui": forged, "titre": "equipe_patient", "preuve": "essai", "q": "etranger"}
    before = CareTeamMembership.objects.count()
    refused = claire.post(record.page("qui-peut-voir/membre"), said)
    assert refused.status_code == 422
    assert 'role="alert"' in html(refused)
    wish = {"sorte": "consentement", "qui": forged, "moyen": "oral", "texte": "consentement-2026-01"}
    assert claire.post(record.page("qui-peut-voir/souhait"), wish).status_code == 422
    opposed = {"sorte": "opposition_personne", "qui": forged, "moyen": "oral"}
    assert claire.post(record.page("qui-peut-voir/souhait"), opposed).status_code == 422
    assert (CareTeamMembership.objects.count(), Wish.objects.count()) == (before, 0)


@pytest.mark.parametrize("basis", ["auteur", "consentement", "inconnu", ""])
def test_a_ground_that_nobody_declares_by_hand_is_refused(
    claire: Client, record: Record, cast: Cast, basis: str
) -> None:
    said = {"qui": paul_of(cast), "titre": basis, "preuve": "essai", "q": "etranger"}
    assert claire.post(record.page("qui-peut-voir/membre"), said).status_code == 422
    assert not opens(cast.paul, record.access.patient_id)


# ------------------------------------------------------------------------------------------------ the register


def test_a_consent_is_recorded_shown_and_withdrawn(claire: Client, record: Record, cast: Cast) -> None:
    page = record.page("qui-peut-voir")
    form = html(claire.get(f"{page}/souhait?sorte=consentement&q=etranger"))
    assert "consentement-2026-01" in form
    said = {"sorte": "consentement", "qui": paul_of(cast), "moyen": "sms", "texte": "", "preuve": "SMS"}
    refused = claire.post(f"{page}/souhait", said)
    assert refused.status_code == 422
    assert "Indiquez la version du texte" in html(refused)
    assert 'value="SMS"' in html(refused)
    said["texte"] = "consentement-2026-01"
    assert claire.post(f"{page}/souhait", said).headers["Location"] == f"{page}?fait=souhait"
    assert opens(cast.paul, record.access.patient_id)
    shown = html(claire.get(page))
    assert "Consentement hors de l’équipe" in shown
    assert "par SMS" in shown
    wish = Wish.objects.get()
    assert claire.post(f"{page}/souhait/{wish.pk}/retrait", {"moyen": ""}).status_code == 422
    claire.post(f"{page}/souhait/{wish.pk}/retrait", {"moyen": "telephone"})
    assert not opens(cast.paul, record.access.patient_id)
    assert "retiré par téléphone" in html(claire.get(page))


def test_an_information_and_a_refusal_of_emergency_are_recorded(claire: Client, record: Record) -> None:
    page = record.page("qui-peut-voir")
    claire.post(f"{page}/souhait", {"sorte": "information", "moyen": "oral", "texte": "information-2026-01"})
    claire.post(f"{page}/souhait", {"sorte": "refus_urgence", "moyen": "papier"})
    assert set(Wish.objects.values_list("kind", flat=True)) == {"information", "refus_urgence"}
    assert "Refus exprès de l’accès en urgence" in html(claire.get(page))


def test_opposing_the_treating_physician_asks_to_be_confirmed_and_closes_at_the_next_click(
    claire: Client, nadia: Client, record: Record, cast: Cast
) -> None:
    page = record.page("qui-peut-voir")
    suggested = html(nadia.get(f"{page}/souhait?sorte=opposition_personne"))
    assert "Dr Claire Morel" in suggested
    assert "name=\"confirmation\"" not in suggested
    said = {"sorte": "opposition_personne", "qui": f"p{cast.claire.professional_id}", "moyen": "oral"}
    refused = nadia.post(f"{page}/souhait", said)
    assert refused.status_code == 422
    assert 'name="confirmation"' in html(refused)
    assert claire.get(page).status_code == 200
    nadia.post(f"{page}/souhait", said | {"confirmation": "je confirme"})
    assert claire.get(page).status_code == 404
    assert nadia.get(page).status_code == 200


def test_who_closes_the_record_to_themselves_is_sent_elsewhere(nadia: Client, record: Record, cast: Cast) -> None:
    said = {
        "sorte": "opposition_personne", "qui": f"p{cast.nadia.professional_id}", "moyen": "oral",
        "confirmation": "je confirme",
    }  # fmt: skip
    assert nadia.post(record.page("qui-peut-voir/souhait"), said).headers["Location"] == "/journee"
    assert nadia.get(record.page("qui-peut-voir")).status_code == 404


def test_a_secretary_is_not_shown_what_would_be_refused(sylvie: Client, record: Record, cast: Cast) -> None:
    page = record.page("qui-peut-voir")
    shown = html(sylvie.get(page))
    assert "sorte=opposition_personne" in shown
    assert "sorte=consentement" not in shown
    assert sylvie.get(f"{page}/souhait?sorte=consentement").status_code == 404
    said = {"sorte": "consentement", "qui": paul_of(cast), "moyen": "oral", "texte": "consentement-2026-01"}
    assert sylvie.post(f"{page}/souhait", said).status_code == 404
    assert sylvie.get(f"{page}/souhait?sorte=inconnue").status_code == 404


def test_every_change_leaves_a_row_that_says_update(claire: Client, record: Record, cast: Cast) -> None:
    changing = [
        route for route in urls.urlpatterns
        if re.search(r"qui-peut-voir/|/visibilite$", str(route.pattern)) and "update" in route.callback.rule
    ]  # fmt: skip
    assert len(changing) == 5
    said = {"qui": paul_of(cast), "titre": "equipe_patient", "preuve": "demande", "q": "etranger"}
    claire.post(record.page("qui-peut-voir/membre"), said)
    row = JournalEntry.objects.filter(action="update", patient_id=record.access.patient_id).latest("id")
    assert (row.resource_type, row.actor_professional_id, row.decision) == (
        "team", cast.claire.professional_id, "allow",
    )  # fmt: skip


def test_nothing_of_it_exists_for_who_is_outside(paul: Client, record: Record, cast: Cast) -> None:
    page, document = record.page("qui-peut-voir"), record.documents[0].uuid
    link = CareTeamMembership.objects.filter(patient_id=record.access.patient_id).first()
    assert link is not None
    for address in (page, f"{page}/membre", f"{page}/souhait?sorte=information", f"/document/{document}/visibilite"):
        assert paul.get(address).status_code == 404
    posts = [
        (f"{page}/membre", {"qui": paul_of(cast), "titre": "equipe_patient", "preuve": "moi"}),
        (f"{page}/membre/{link.pk}/fin", {"motif": "essai"}),
        (f"{page}/souhait", {"sorte": "information", "moyen": "oral", "texte": "information-2026-01"}),
        (f"/document/{document}/visibilite", {"acte": "masquer", "moyen": "oral", "preuve": "essai"}),
    ]
    for address, said in posts:
        assert paul.post(address, said).status_code == 404
    assert not Wish.objects.exists()
    assert not DocumentMark.objects.exists()


# ------------------------------------------------------------------------------------------------ one document


def last(record: Record) -> UUID:
    return record.documents[-1].uuid


def test_masking_for_the_patient_asks_for_a_proof_then_leaves_no_trace(
    claire: Client, nadia: Client, record: Record
) -> None:
    uuid = last(record)
    shown = html(claire.get(f"/document/{uuid}"))
    assert "Masquer (souhait du patient)" in shown
    refused = claire.post(f"/document/{uuid}/visibilite", {"acte": "masquer", "moyen": "oral", "preuve": " "})
    assert refused.status_code == 422
    assert "Vous n’êtes pas l’auteur de ce document" in html(refused)
    said = {"acte": "masquer", "moyen": "oral", "preuve": "dit en consultation"}
    answer = claire.post(f"/document/{uuid}/visibilite", said)
    assert answer.headers["Location"] == f"{record.page('qui-peut-voir')}?fait=masque"
    assert "Le document est masqué." in html(claire.get(answer.headers["Location"]))
    for reader in (claire, nadia):
        assert reader.get(f"/document/{uuid}").status_code == 404
        assert str(uuid) not in html(reader.get(record.page("chronologie")))


def test_a_document_kept_until_the_announcement_shows_its_days_and_is_released(
    claire: Client, record: Record
) -> None:
    uuid = last(record)
    assert claire.post(f"/document/{uuid}/visibilite", {"acte": "reserver"}).status_code == 302
    shown = html(claire.get(f"/document/{uuid}"))
    mark = DocumentMark.objects.get(document_id__isnull=False)
    assert mark.until is not None
    assert "Le patient ne le voit pas encore" in shown
    assert f"{clock.in_paris(mark.until):%d/%m/%Y}" in shown
    assert "Réserver jusqu’à l’annonce" not in shown
    said = {"acte": f"lever-{mark.pk}", "motif": "annonce faite"}
    assert claire.post(f"/document/{uuid}/visibilite", said).status_code == 302
    shown = html(claire.get(f"/document/{uuid}"))
    assert "annonce faite" in shown
    assert "Réserver jusqu’à l’annonce" not in shown
    assert claire.post(f"/document/{uuid}/visibilite", {"acte": "reserver"}).status_code == 422


@pytest.mark.parametrize("act", ["", "lever-", "lever-abc", "lever-999999999", "lever-" + "9" * 40, "tout"])
def test_an_unknown_decision_is_not_found(claire: Client, record: Record, act: str) -> None:
    assert claire.post(f"/document/{last(record)}/visibilite", {"acte": act}).status_code == 404


def test_the_secret_of_a_minor_is_proposed_for_a_minor_alone(claire: Client, cast: Cast, record: Record) -> None:
    assert "Secret du mineur" not in html(claire.get(f"/document/{last(record)}"))
    child = minor(cast, 14)
    uuid = making.file(child, making.filing()).uuid
    assert "Secret du mineur" in html(claire.get(f"/document/{uuid}"))
    refused = claire.post(f"/document/{uuid}/visibilite", {"acte": "secret", "motif": " "})
    assert refused.status_code == 422
    claire.post(f"/document/{uuid}/visibilite", {"acte": "secret", "motif": "s’oppose"})
    assert DocumentMark.objects.get().kind == "invisible_representants"


def test_a_restricted_document_is_opened_to_somebody_of_the_circle(
    claire: Client, cast: Cast, record: Record
) -> None:
    restricted = making.file(record.access.patient_id, making.filing(confidentiality="R")).uuid
    karim = world.sign_in(Client(), cast.karim)
    assert karim.get(f"/document/{restricted}").status_code == 404  # type: ignore[attr-defined]
    assert "Ouvrir à un professionnel nommé" not in html(claire.get(f"/document/{last(record)}"))
    form = html(claire.get(f"/document/{restricted}/visibilite"))
    assert "Dr Karim Benali" in form
    said = {"acte": "ouvrir", "qui": f"p{cast.karim.professional_id}", "motif": "avis"}
    assert claire.post(f"/document/{restricted}/visibilite", said | {"qui": "p0"}).status_code == 422
    claire.post(f"/document/{restricted}/visibilite", said)
    assert karim.get(f"/document/{restricted}").status_code == 200  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------------ my team


def test_an_absence_is_noted_shown_and_ended(claire: Client, cast: Cast) -> None:
    today = clock.today()
    said = {
        "absent": f"p{cast.claire.professional_id}", "remplacant": f"p{cast.karim.professional_id}",
        "du": typed(today), "au": typed(today + 5 * DAY), "motif": "",
    }  # fmt: skip
    refused = claire.post("/equipe/absence", said)
    assert refused.status_code == 422
    assert f'value="{typed(today)}"' in html(refused)
    assert claire.post("/equipe/absence", said | {"motif": "congés"}).status_code == 302
    shown = html(claire.get("/equipe"))
    assert "remplacé par Dr Karim Benali" in shown
    absence = Replacement.objects.get()
    assert claire.post(f"/equipe/absence/{absence.pk}/fin").status_code == 302
    assert "fin anticipée" in html(claire.get("/equipe"))
    assert claire.post("/equipe/absence/999999/fin").status_code == 404


def test_a_replacement_from_outside_is_named_by_number(claire: Client, cast: Cast, record: Record) -> None:
    today = typed(clock.today())
    said = {
        "absent": f"p{cast.claire.professional_id}", "rpps": "99 000 000 045", "du": today, "au": today,
        "motif": "formation",
    }  # fmt: skip
    assert claire.post("/equipe/absence", said | {"rpps": "12345"}).status_code == 422
    assert claire.post("/equipe/absence", said).status_code == 302
    assert Replacement.objects.get().replacing_id == cast.paul.professional_id
    page = html(claire.get(record.page("qui-peut-voir")))
    assert "remplacé par Dr Paul Étranger" in page


def test_nobody_notes_the_absence_of_somebody_else(sylvie: Client, cast: Cast) -> None:
    today = typed(clock.today())
    said = {"absent": f"p{cast.claire.professional_id}", "du": today, "au": today, "motif": "essai"}
    assert sylvie.post("/equipe/absence", said).status_code == 404
    assert not Replacement.objects.exists()


def test_arrivals_are_the_administrator_s_and_departures_close_the_records(
    claire: Client, cast: Cast, record: Record
) -> None:
    today = clock.today()
    assert "Noter une arrivée" not in html(claire.get("/equipe"))
    assert claire.post("/equipe/arrivee", {"rpps": "99000000045", "du": typed(today)}).status_code == 404
    Account.objects.filter(pk=cast.claire.account_id).update(is_administrator=True)
    assert "Noter une arrivée" in html(claire.get("/equipe"))
    assert claire.post("/equipe/arrivee", {"rpps": "123", "du": typed(today)}).status_code == 422
    assert claire.post("/equipe/arrivee", {"rpps": "99000000045", "du": typed(today)}).status_code == 302
    assert cast.paul.professional_id in [
        line.id for line in access_room.team.staff.colleagues_of(cast.claire)
    ]
    paul = cast.paul.professional_id
    assert claire.post(f"/equipe/depart/{paul}", {"au": "hier"}).status_code == 422
    assert claire.post(f"/equipe/depart/{paul}", {"au": typed(today)}).status_code == 302
