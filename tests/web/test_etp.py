"""The pages of therapeutic education: each gesture, each refusal on the page where it happened with what was typed."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client

from maillon.kernel import clock
from maillon.kernel.key import PatientId
from maillon.pathways import declarations
from maillon.pathways.education import attendance, contract
from maillon.pathways.models import Attendance, EducationSession, Goal, Plan, ProgrammeReport, ProtocolVersion, Training
from maillon.web.typed import typed_hour
from tests.conftest import Cast
from tests.documents import making
from tests.pathways.conftest import hands
from tests.pathways.test_education import CONTRACT, Welcome, asthma, asthmatic, key, member, session
from tests.web import world

__all__ = ["asthma", "asthmatic", "hands"]

HARD = re.compile(r"sanction|pénalit|rembours|amende|vous perd", re.IGNORECASE)


@pytest.fixture
def nadia(cast: Cast, hands: object) -> Client:
    return world.sign_in(Client(), cast.nadia)  # type: ignore[return-value]


@pytest.fixture
def claire(cast: Cast, hands: object) -> Client:
    return world.sign_in(Client(), cast.claire)  # type: ignore[return-value]


def of(plan: Plan) -> str:
    return f"/dossier/{making.uuid_of(PatientId(plan.patient_id))}/plan/{plan.uuid}/etp"


def test_a_session_is_prepared_from_its_model_attended_and_held(
    cast: Cast, nadia: Client, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, agreed=True)
    home = f"/protocoles/etp/{asthma.uuid}"
    assert "La crise" in nadia.get(f"{home}/seance?modele=S2").content.decode()
    day = clock.in_paris(clock.now())
    typed = {
        "modele": "S2", "titre": "La crise, en groupe", "objectif": "Reconnaître, réagir, appeler",
        "jour": f"{day:%d%m%Y}", "heure": "15h", "minutes": "90", "lieu": "Salle bleue",
    }  # fmt: skip
    refused = nadia.post(f"{home}/seance", typed)
    assert (refused.status_code, "E-ETP-12" in refused.content.decode()) == (422, True)
    assert 'value="Salle bleue"' in refused.content.decode()
    made = nadia.post(f"{home}/seance", typed | {"animateur": str(member(cast.nadia))}, follow=True).content.decode()
    assert "inscrivez les patients" in made
    row = EducationSession.objects.get()
    assert (row.title, row.kind, row.minutes, row.most) == ("La crise, en groupe", "collective", 90, 10)
    here = f"/protocoles/etp/seance/{row.uuid}"
    both = f"{making.uuid_of(PatientId(plan.patient_id))}/{plan.uuid}"
    assert (
        "Le patient est inscrit" in nadia.post(here, {"geste": "inscrire", "plan": both}, follow=True).content.decode()
    )
    early = nadia.post(here, {"geste": "tenir"}).content.decode()
    assert "E-ETP-13" in early
    one = Attendance.objects.get()
    sent = {"geste": "presence", "plan": both, "presence-de": str(one.uuid)}
    wrong = nadia.post(here, sent | {"presence": "ailleurs", "appris": "Les trois signes"})
    assert (wrong.status_code, "Les trois signes" in wrong.content.decode()) == (422, True)
    nadia.post(here, sent | {"presence": "present", "appris": "Les trois signes"})
    one.refresh_from_db()
    assert (one.state, one.learned) == ("present", "Les trois signes")
    assert "La séance est tenue" in nadia.post(here, {"geste": "tenir"}, follow=True).content.decode()
    assert "1\u202fprésent" in nadia.get(home).content.decode()
    pdf = nadia.get(f"{here}/feuille")
    assert b"".join(pdf).startswith(b"%PDF")  # type: ignore[arg-type]
    assert "Les trois signes" in nadia.get(of(plan)).content.decode()


def test_what_is_missing_is_said_before_the_session(
    cast: Cast, nadia: Client, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, assessed=False)
    row = session(cast.nadia, asthma)
    declarations.Declaration.objects.all().delete()
    here = f"/protocoles/etp/seance/{row.uuid}"
    shown = nadia.get(here).content.decode()
    assert "Avant de tenir cette séance" in shown
    assert "E-ETP-07" in shown
    both = f"{making.uuid_of(PatientId(plan.patient_id))}/{plan.uuid}"
    refused = nadia.post(here, {"geste": "inscrire", "plan": both})
    assert (refused.status_code, "E-ETP-02" in refused.content.decode()) == (422, True)
    assert "E-PRO-17" in nadia.post(here, {"geste": "annuler", "motif": ""}).content.decode()
    assert "est annulée" in nadia.post(here, {"geste": "annuler", "motif": "Grève"}, follow=True).content.decode()
    assert nadia.post(here, {"geste": "autre"}).status_code == 200


def test_the_team_the_charter_and_the_declaration(
    cast: Cast, claire: Client, nadia: Client, asthma: ProtocolVersion
) -> None:
    here = f"/protocoles/etp/{asthma.uuid}"
    person = str(cast.claire.professional_id)
    refused = claire.post(here, {"geste": "membre", "personne": person, "role": "intervenant", "entreprise": "oui"})
    assert "E-ETP-04" in refused.content.decode()
    joined = claire.post(
        here, {"geste": "membre", "personne": person, "role": "intervenant", "le": "01112026"}, follow=True
    )
    assert "est dans l’équipe" in joined.content.decode()
    assert "Vous n’avez pas signé la charte" in joined.content.decode()
    assert "Votre signature" in claire.post(here, {"geste": "charte"}, follow=True).content.decode()
    training = {"geste": "formation", "membre": str(member(cast.claire)), "titre": "Formation ETP", "formateur": "CHU"}
    for hours in ("beaucoup", "NaN", "-2", ""):
        wrong = claire.post(here, training | {"heures": hours}).content.decode()
        assert "E-PRO-23" in wrong
        assert 'value="Formation ETP"' in wrong
    claire.post(here, training | {"heures": "40,5", "le": "01102026"})
    assert Training.objects.filter(member__professional_id=cast.claire.professional_id or 0).count() == 1
    assert (
        "La déclaration est notée"
        in claire.post(here, {"geste": "declarer", "reference": "ETP-12"}, follow=True).content.decode()
    )
    declared = declarations.Declaration.objects.order_by("-id")[0]
    said = {"geste": "reponse", "declaration": str(declared.uuid), "accord": "oui", "reponse": "Complet"}
    assert "est notée" in claire.post(here, said, follow=True).content.decode()
    assert "E-PRO-21" in nadia.post(here, {"geste": "declarer"}).content.decode()
    assert (
        "n’est plus"
        in claire.post(here, {"geste": "retirer", "membre": str(member(cast.claire))}, follow=True).content.decode()
    )


def test_the_contract_is_written_and_what_was_typed_comes_back(
    cast: Cast, nadia: Client, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma)
    assert "Aucun contrat" in nadia.get(of(plan)).content.decode()
    typed = {"geste": "contrat"}
    for rank, each in enumerate(CONTRACT, 1):
        typed |= {f"texte-{rank}": each.text, f"famille-{rank}": each.family, f"critere-{rank}": each.criterion}
    refused = nadia.post(of(plan), typed | {"critere-3": ""})
    assert "E-ETP-09" in refused.content.decode()
    assert 'value="Courir de nouveau"' in refused.content.decode()
    assert not Goal.objects.exists()
    assert "Le contrat éducatif est enregistré" in nadia.post(of(plan), typed, follow=True).content.decode()
    assert [goal.family for goal in Goal.objects.order_by("id")] == ["sécurité", "autosoins", "adaptation"]


def test_the_evaluation_and_the_letter_begin_from_the_contract(
    cast: Cast, nadia: Client, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, agreed=True)
    opened = nadia.post(of(plan), {"geste": "evaluer"}, follow=True).content.decode()
    assert "Courir de nouveau" in opened
    assert "E-ETP-06" in nadia.post(of(plan), {"geste": "lettre"}).content.decode()
    nadia.post(of(plan), {"geste": "accord", "accord": "oui"})
    letter = nadia.post(of(plan), {"geste": "lettre"}, follow=True).content.decode()
    assert "Prendre ses traitements inhalés" in letter
    row = session(cast.nadia, asthma, template="S2", days=3)
    chosen = str(contract.contract_of(plan)[2].uuid)
    nadia.post(of(plan), {"geste": "inscrire", "seance": str(row.uuid), "competence": chosen})
    assert Attendance.objects.get().goal == contract.contract_of(plan)[2]
    assert nadia.post(of(plan), {"geste": "autre"}).status_code == 200


def test_ac4_5_leaving_is_one_gesture_and_no_page_threatens(
    cast: Cast, nadia: Client, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, agreed=True)
    row = session(cast.nadia, asthma)
    attendance.enrol(key(plan, cast.nadia), row.uuid, plan.uuid)
    before = nadia.get(of(plan)).content.decode()
    assert "Motif, s’il souhaite le dire" in before
    after = nadia.post(
        of(plan), {"geste": "quitter", "motif": "Horaires", "precision": "de nuit"}, follow=True
    ).content.decode()
    plan.refresh_from_db()
    assert (plan.state, "Horaires (de nuit)" in plan.end_reason) == ("abandon", True)
    assert "plus rien n’est demandé" in after
    meeting = nadia.get(f"/protocoles/etp/seance/{row.uuid}").content.decode()
    assert "A quitté le programme" in meeting
    for shown in (before, after, meeting, nadia.get(of(plan)[: -len("/etp")]).content.decode()):
        assert not HARD.search(re.sub(r"<[^>]+>", " ", shown))


def test_a_report_is_typed_taken_away_and_closed(
    cast: Cast, nadia: Client, claire: Client, asthma: ProtocolVersion
) -> None:
    here = f"/protocoles/etp/{asthma.uuid}/rapport/annuel/2026"
    assert "Écart avec le journal des séances" in nadia.get(here).content.decode()
    said = nadia.post(here, {"revision": "0", "partie-forts": "Des groupes soudés."}, follow=True).content.decode()
    assert "Des groupes soudés." in said
    both = claire.post(here, {"revision": "0", "partie-forts": "Un binôme solide."}, follow=True).content.decode()
    assert "les deux textes sont gardés" in both
    assert "Un binôme solide." in both
    texts = {"partie-forts": "A", "partie-faibles": "B", "partie-decisions": "C", "revision": "2"}
    early = claire.post(here, texts | {"geste": "arreter"}).content.decode()
    assert "E-ETP-16" in early
    assert ProgrammeReport.objects.get().texts["decisions"] == "C", "what was typed is kept"
    long = claire.post(here, {"revision": "3", "partie-forts": "x" * 9000})
    assert "E-PRO-19" in long.content.decode()
    assert "x" * 9000 in long.content.decode()
    assert claire.get(f"{here}/csv").content.decode("utf-8-sig").startswith("année;")
    assert b"".join(claire.get(f"{here}/pdf")).startswith(b"%PDF")  # type: ignore[arg-type]
    assert nadia.get(here.replace("annuel", "quadriennal")).status_code == 200


def test_a_closed_report_is_read_and_no_more_written(
    cast: Cast, claire: Client, asthma: ProtocolVersion
) -> None:
    here = f"/protocoles/etp/{asthma.uuid}/rapport/annuel/2025"
    texts = {"partie-forts": "A", "partie-faibles": "B", "partie-decisions": "C", "revision": "0", "geste": "arreter"}
    assert "avec ses chiffres" in claire.post(here, texts, follow=True).content.decode()
    assert "<textarea" not in claire.get(here).content.decode()
    assert "E-ETP-15" in claire.post(here, texts).content.decode()


def test_nobody_else_finds_the_programme(
    cast: Cast, claire: Client, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan, row = asthmatic(asthma), session(cast.nadia, asthma)
    paul: Client = world.sign_in(Client(), cast.paul)  # type: ignore[assignment]
    sylvie: Client = world.sign_in(Client(), cast.sylvie)  # type: ignore[assignment]
    for address in (
        f"/protocoles/etp/{asthma.uuid}", f"/protocoles/etp/{asthma.uuid}/seance", f"/protocoles/etp/seance/{row.uuid}",
        f"/protocoles/etp/seance/{row.uuid}/feuille", f"/protocoles/etp/{asthma.uuid}/rapport/annuel/2026",
        f"/protocoles/etp/{asthma.uuid}/rapport/annuel/2026/csv", of(plan),
    ):  # fmt: skip
        assert claire.get(address).status_code == 200, address
        for stranger in (paul, sylvie):
            assert stranger.get(address).status_code == 404, address
    assert "Équipe et séances" in claire.get(f"/protocoles/suivi/{asthma.uuid}").content.decode()
    assert "Contrat et séances" in claire.get(of(plan)[: -len("/etp")]).content.decode()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("14h30", dt.time(14, 30)), ("9:05", dt.time(9, 5)), ("1430", dt.time(14, 30)), ("14 h", dt.time(14)),
     ("24h", None), ("14h75", None), ("", None), ("midi", None)],
)  # fmt: skip
def test_an_hour_as_it_is_typed(typed: str, meant: dt.time | None) -> None:
    assert typed_hour(typed) == meant
