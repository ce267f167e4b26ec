"""What went wrong, the suspension and what the authority is told (AC2.4), the four indicators of a year (AC2.2)."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest

from maillon.access import api as access_room
from maillon.access.models import JournalEntry
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor
from maillon.kernel.message import UserMessage
from maillon.pathways import checking, declarations, including, teams
from maillon.pathways.authoring import versions
from maillon.pathways.cooperation import acts, annual, incidents, notices, papers, showing, suspending
from maillon.pathways.cooperation_states import (
    ActState,
    CallOutcome,
    EventNature,
    LegalGround,
    Satisfaction,
    Severity,
    SuspensionMotive,
)
from maillon.pathways.models import (
    AdverseEvent,
    AuthorityNotice,
    DelegatedAct,
    DelegatedCall,
    Plan,
    ProtocolVersion,
    Suspension,
    TeamMember,
    TeamOpinion,
)
from maillon.pathways.states import VersionState
from maillon.patients.models import Patient
from maillon.professionals.models import Attachment, Professional
from maillon.tasks.models import Task
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import delegating, team
from tests.pathways.delegating import Hands, ankle, hugo, ready

__all__ = ["ankle", "hugo", "ready"]


@pytest.fixture
def key(cast: Cast, hugo: Actor) -> Access:
    return team.key(delegating.limping(cast), hugo)


def code_of(verb: object, *given: object, **named: object) -> str:
    assert callable(verb)
    with pytest.raises(UserMessage) as refused:
        verb(*given, **named)
    return refused.value.code


def went_wrong(key: Access, act: DelegatedAct, severity: Severity = Severity.SERIOUS) -> AdverseEvent:
    return incidents.declare(
        key, act.uuid, severity=severity, nature=EventNature.DIAGNOSIS, happened_on=clock.today(),
        text="Fracture vue trois jours plus tard",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ AC2.4


def test_ac2_4_a_serious_event_a_suspension_and_a_notice_without_any_patient(
    cast: Cast, key: Access, ready: ProtocolVersion, hands: Hands, hugo: Actor
) -> None:
    Patient.objects.filter(pk=key.patient_id).update(
        used_family_name="DESCHAMPS", used_given_name="LOUISON", phone="0611223344", email="louison@exemple.test"
    )
    act = delegating.cared(key, ready)
    hands.move_to(dt.datetime(2026, 12, 2, 10, 0, tzinfo=clock.PARIS))
    went_wrong(key, act)
    prompt = Task.objects.get(origin=f"acte:{act.uuid}/eig")
    assert (prompt.level, prompt.kind, prompt.due_at) == ("rouge", "alerte", clock.now() + dt.timedelta(hours=1))
    hands.move_to(dt.datetime(2026, 12, 2, 10, 5, tzinfo=clock.PARIS))
    given = {"motive": SuspensionMotive.SERIOUS_EVENT, "reason": "Fracture non vue chez Mme DESCHAMPS"}
    suspending.suspend(cast.claire, ready, **given)
    hands.move_to(dt.datetime(2026, 12, 2, 10, 5, 1, tzinfo=clock.PARIS))
    other = team.key(delegating.limping(cast), hugo)
    assert code_of(acts.open_act, other, ready.uuid) == "E-COOP-04"
    drafts = {each.kind: each.text for each in AuthorityNotice.objects.all()}
    assert set(drafts) == {"eig", "suspension"}
    assert "02/12/2026 à 10 h 05" in drafts["suspension"]
    said = {*notices.identifiers([key.patient_id]), "DESCHAMPS", "LOUISON", "0611223344", "louison@exemple.test"}
    assert len(said) >= 9
    for text in drafts.values():
        assert not [each for each in said if each.lower() in text.lower()]
        assert not notices.named(text, ready)


def test_running_patients_are_handed_to_the_delegating_physicians(
    cast: Cast, key: Access, ready: ProtocolVersion
) -> None:
    act = delegating.cared(key, ready)
    made = suspending.suspend(cast.claire, ready, motive=SuspensionMotive.TEAM, reason="plus de délégant")
    task = Task.objects.get(origin=f"acte:{act.uuid}/suspension")
    assert (made.handed_over, task.professional_id) == (1, delegating.person(cast.karim))
    act.refresh_from_db()
    assert act.handed_over_at is not None
    assert Plan.objects.get(pk=act.plan_id).is_running  # whoever runs is not dropped


@pytest.mark.parametrize("leaving", ["suspended", "withdrawn"])
def test_a_delegate_who_may_act_no_more_hands_over_their_own_patients(
    cast: Cast, key: Access, ready: ProtocolVersion, leaving: str
) -> None:
    act = delegating.cared(key, ready)
    other = DelegatedAct.objects.get(pk=delegating.begun(team.key(delegating.limping(cast), key.actor), ready).pk)
    DelegatedAct.objects.filter(pk=other.pk).update(delegate_id=delegating.person(cast.nadia))  # another delegate's
    member = TeamMember.objects.get(role="delegue").uuid
    if leaving == "suspended":
        suspending.suspend_member(cast.claire, ready, member, reason="plainte")
    else:
        suspending.withdraw_member(cast.claire, ready, member)
    (task,) = Task.objects.filter(origin__endswith="/suspension")
    assert (task.origin, task.professional_id) == (f"acte:{act.uuid}/suspension", delegating.person(cast.karim))
    assert "son délégué n’est plus habilité" in task.title
    for each, is_handed in ((act, True), (other, False)):
        each.refresh_from_db()
        assert (each.handed_over_at is not None) is is_handed


def test_a_delegating_physician_who_leaves_hands_over_nobody(
    cast: Cast, key: Access, ready: ProtocolVersion
) -> None:
    delegating.cared(key, ready)
    suspending.suspend_member(cast.claire, ready, TeamMember.objects.get(role="delegant").uuid, reason="absence")
    assert not Task.objects.filter(origin__endswith="/suspension").exists()


def test_whoever_does_not_answer_for_the_team_suspends_nobody(
    cast: Cast, key: Access, ready: ProtocolVersion
) -> None:
    delegating.cared(key, ready)
    member = TeamMember.objects.get(role="delegue").uuid
    assert code_of(suspending.suspend_member, cast.nadia, ready, member, reason="") == "E-PRO-21"
    assert code_of(suspending.withdraw_member, cast.nadia, ready, member) == "E-PRO-21"
    assert not Task.objects.filter(origin__endswith="/suspension").exists()


def test_a_suspension_ends_with_its_reason_and_acts_open_again(
    cast: Cast, key: Access, ready: ProtocolVersion
) -> None:
    given = {"motive": SuspensionMotive.AUTHORITY, "reason": "décision du 2 décembre"}
    assert code_of(suspending.suspend, cast.nadia, ready, **given) == "E-PRO-21"
    assert code_of(suspending.suspend, cast.claire, ready, **(given | {"reason": " "})) == "E-PRO-17"
    suspending.suspend(cast.claire, ready, **given)
    assert code_of(suspending.suspend, cast.claire, ready, **given) == "E-PRO-03"
    assert code_of(suspending.lift, cast.claire, ready, reason="") == "E-PRO-17"
    suspending.lift(cast.claire, ready, reason="équipe formée de nouveau")
    assert Suspension.objects.get().lifted_by == cast.claire.label
    assert acts.open_act(key, ready.uuid)


def test_a_protocol_that_is_suspended_by_itself_hands_its_patients_over_too(
    key: Access, ready: ProtocolVersion
) -> None:
    delegating.cared(key, ready)
    ProtocolVersion.objects.filter(pk=ready.pk).update(revise_on=clock.today() - dt.timedelta(days=900))
    assert versions.suspend_overdue() == 1
    assert Suspension.objects.get().handed_over == 1
    assert ProtocolVersion.objects.get(pk=ready.pk).state == VersionState.SUSPENDED


def test_a_notice_that_names_a_patient_is_refused_and_kept_as_it_was(
    cast: Cast, key: Access, ready: ProtocolVersion
) -> None:
    act = delegating.cared(key, ready)
    went_wrong(key, act)
    draft = AuthorityNotice.objects.get()
    line = Patient.objects.get(pk=key.patient_id)
    for told in (line.birth_family_name.title(), f"{line.birth_date:%d/%m/%Y}"):
        said = f"{draft.text}\nIl s’agit de {told}."
        assert code_of(notices.rewrite, cast.claire, ready, draft.uuid, said) == "E-PRO-34"
    assert code_of(notices.rewrite, cast.nadia, ready, draft.uuid, "autre") == "E-PRO-21"
    assert code_of(notices.rewrite, cast.claire, ready, draft.uuid, "  ") == "E-PRO-18"
    notices.rewrite(cast.claire, ready, draft.uuid, f"{draft.text}\nAnalyse faite.", is_sent=True)
    assert code_of(notices.rewrite, cast.claire, ready, draft.uuid, "autre") == "E-PRO-35"


# ------------------------------------------------------------------------------------------------ adverse events


def test_an_event_is_declared_then_analysed(cast: Cast, key: Access, ready: ProtocolVersion) -> None:
    act = delegating.cared(key, ready)
    bad = {"severity": Severity.MINOR, "nature": EventNature.OTHER, "text": "Douleur", "happened_on": None}
    assert code_of(incidents.declare, key, act.uuid, **bad) == "E-PRO-36"
    bad |= {"happened_on": clock.today() + dt.timedelta(days=1)}
    assert code_of(incidents.declare, key, act.uuid, **bad) == "E-PRO-36"
    assert code_of(incidents.declare, key, act.uuid, **(bad | {"text": " ", "happened_on": None})) == "E-PRO-18"
    event = went_wrong(key, act, Severity.MINOR)
    assert not Task.objects.filter(level="rouge").exists()
    assert not AuthorityNotice.objects.exists()
    assert code_of(incidents.analyse, key, event.uuid, causes="", measures="") == "E-PRO-18"
    incidents.analyse(key, event.uuid, causes="Ottawa mal coté", measures="Relire les critères en équipe")
    event.refresh_from_db()
    assert (event.state, event.analysed_by) == ("analyse", key.actor.label)


def test_an_event_is_shown_to_those_who_may_open_the_patient(
    cast: Cast, key: Access, ready: ProtocolVersion
) -> None:
    went_wrong(key, delegating.cared(key, ready))
    assert len(incidents.of_version(cast.claire, ready)) == 1
    assert incidents.of_version(cast.paul, ready) == []
    assert not incidents.visible(making.key(delegating.limping(cast), cast.claire)).exists()


# ------------------------------------------------------------------------------------------------ AC2.2


def year_of_acts(cast: Cast, version: ProtocolVersion, hugo: Actor, *, many: int, taken_over: int) -> None:
    """As they would be after a year."""
    for number in range(many):
        patient = making.patient()
        plan = Plan.objects.create(
            patient_id=patient, version=version, structure_id=version.structure_id, state="clos", is_over=True,
            included_at=clock.now(), ended_at=clock.now(), proposed_at=clock.now(),
        )  # fmt: skip
        act = DelegatedAct.objects.create(
            patient_id=patient, plan=plan, structure_id=version.structure_id, version=version,
            delegate_id=delegating.person(hugo), delegate_name=hugo.label, ground=LegalGround.PROTOCOL,
            opened_at=clock.now(), agreed_at=clock.now(), state=ActState.AFTERMATH,
        )  # fmt: skip
        if number < taken_over:
            for outcome in (CallOutcome.NOT_REACHED, CallOutcome.TAKES_OVER):
                DelegatedCall.objects.create(
                    patient_id=patient, act=act, motive="appel_te", physician_id=delegating.person(cast.karim),
                    name="Karim", at=clock.now(), outcome=outcome, by="essai",
                )  # fmt: skip


def opinions(version: ProtocolVersion, levels: list[Satisfaction]) -> None:
    for number, level in enumerate(levels):
        one = Professional.objects.create(given_name="P", family_name=f"N{number}", profession_code="G15_70")
        TeamOpinion.objects.create(
            structure_id=version.structure_id, code=version.code, year=2026, professional=one, level=level,
            at=clock.now(),
        )  # fmt: skip


def test_ac2_2_the_four_indicators_of_a_year(cast: Cast, ready: ProtocolVersion, hugo: Actor) -> None:
    year_of_acts(cast, ready, hugo, many=50, taken_over=6)
    act = DelegatedAct.objects.order_by("id").last()
    assert act is not None
    AdverseEvent.objects.create(
        patient_id=act.patient_id, act=act, structure_id=act.structure_id, version_id=act.version_id,
        severity=Severity.MINOR, nature=EventNature.WORSENING, happened_on=clock.today(), text="Gonflement",
        declared_at=clock.now(), declared_by="essai",
    )  # fmt: skip
    opinions(ready, [Satisfaction.VERY] * 3 + [Satisfaction.RATHER] * 4 + [Satisfaction.LITTLE])
    report = annual.of_year(cast.claire, ready, 2026)
    assert [value for _, _, _, value in report.lines()] == ["50", "12,0\u202f%", "2,0\u202f%", "87,5\u202f%"]
    assert report.nature_of_events == "1 EI, aggravation ou complication"
    written = report.csv().decode("utf-8-sig")
    assert "TORSION-CHEVILLE;2026;2;" in written
    assert "6 / 50;12,0\u202f%" in written
    assert papers.report_pdf(report).startswith(b"%PDF")
    for outside in (cast.paul,):
        with pytest.raises(access_room.AccessDenied):
            annual.of_year(outside, ready, 2026)
    with pytest.raises(access_room.AccessDenied):
        annual.of_year(cast.claire, ready, 2027)


def test_a_patient_seen_twice_is_one_patient(cast: Cast, ready: ProtocolVersion, hugo: Actor) -> None:
    year_of_acts(cast, ready, hugo, many=3, taken_over=0)
    first, second, _ = Plan.objects.order_by("id")
    Plan.objects.filter(pk=second.pk).update(patient_id=first.patient_id)
    report = annual.of_year(cast.claire, ready, 2026)
    assert (report.patients, report.acts) == (2, 3)


def test_a_year_without_an_act_has_no_rate(cast: Cast, ready: ProtocolVersion) -> None:
    report = annual.of_year(cast.claire, ready, 2026)
    assert [value for _, _, _, value in report.lines()] == ["0", *["non calculable"] * 3]


def test_e_coop_12_patients_without_an_act(cast: Cast, ready: ProtocolVersion, hugo: Actor) -> None:
    including.include(team.key(delegating.limping(cast), hugo), str(ready.uuid), agreed=True)
    assert code_of(annual.of_year, cast.claire, ready, 2026) == "E-COOP-12"
    shown = showing.of_version(cast.claire, ready.uuid, year=2026)
    assert (shown.report, "aucun acte délégué" in shown.report_refusal) == (None, True)
    delegating.begun(team.key(delegating.limping(cast), hugo), ready)
    assert annual.of_year(cast.claire, ready, 2026).acts == 1


def test_a_member_answers_once_a_year_and_may_change(cast: Cast, ready: ProtocolVersion) -> None:
    assert code_of(annual.give_opinion, cast.nadia, ready, 4) == "E-PRO-22"
    assert code_of(annual.give_opinion, cast.karim, ready, 9) == "E-PRO-37"
    annual.give_opinion(cast.karim, ready, Satisfaction.NOT)
    annual.give_opinion(cast.karim, ready, Satisfaction.VERY)
    assert annual.my_opinion(cast.karim, ready) == Satisfaction.VERY
    assert annual.of_year(cast.claire, ready, 2026).answers == 1


# ------------------------------------------------------------------------------------------------ the file


def test_what_is_missing_to_declare_is_said(cast: Cast, hands: Hands, hugo: Actor) -> None:
    version = team.in_force(cast, "TORSION-CHEVILLE")
    delegating.joined(cast, version, hugo, "delegue", "9.5")
    lacking = showing.lacks(teams.team_of(version))
    assert any("Médecin délégant" in each for each in lacking)
    assert any("Hugo Delmas" in each and "0,5 h" in each for each in lacking)
    assert showing.lacks(teams.team_of(delegating_team(cast, version))) == ()


def delegating_team(cast: Cast, version: ProtocolVersion) -> ProtocolVersion:
    him = TeamMember.objects.get(role="delegue")
    teams.note_training(
        cast.claire, version, him.uuid, on=clock.today(), hours=teams.Decimal("0.5"), title="Fin", trainer="Dr Morel"
    )
    teams.entitle(cast.claire, version, him.uuid)
    delegating.joined(cast, version, cast.karim, "delegant")
    declarations.declare(cast.claire, version, on=clock.today())
    return version


def test_the_file_of_declaration_names_the_team_and_its_pieces(cast: Cast, ready: ProtocolVersion) -> None:
    title = next(each.title for each in papers.pieces(ready) if each.title.startswith("Référent"))
    assert code_of(papers.hold_piece, cast.claire, ready, title=title, kept=" ") == "E-PRO-38"
    assert code_of(papers.hold_piece, cast.claire, ready, title="autre", kept="classeur") == "E-PRO-38"
    assert code_of(papers.hold_piece, cast.nadia, ready, title=title, kept="classeur") == "E-PRO-21"
    papers.hold_piece(cast.claire, ready, title=title, kept="classeur qualité, onglet 3")
    piece = next(each for each in papers.pieces(ready) if each.title == title)
    assert (piece.is_there, "onglet 3" in piece.said) == (True, True)
    with zipfile.ZipFile(io.BytesIO(papers.declaration_zip(ready))) as archive:
        names = archive.namelist()
        table = archive.read("equipe.csv").decode("utf-8-sig")
        assert archive.read("dossier-de-declaration.pdf").startswith(b"%PDF")
    assert names == ["dossier-de-declaration.pdf", "equipe.csv", "TORSION-CHEVILLE-v1.yaml"]
    assert "Hugo Delmas;Masseur-kinésithérapeute;899000000052;Kinésithérapeute délégué;10 h sur 10 h;Habilité" in table


def test_a_protocol_of_cooperation_has_the_states_that_the_house_brings_a_plan_to() -> None:
    text = (checking.FOLDER / "TORSION-CHEVILLE.yaml").read_text(encoding="utf-8")
    text = text.replace("nom: relais", "nom: passe").replace(", relais,", ", passe,")
    found = checking.look_at(text, "TORSION-CHEVILLE")
    assert any("états manquants : relais" in each.message for each in found.faults)


def test_a_notice_tells_no_matricule_however_it_is_spaced(cast: Cast, key: Access, ready: ProtocolVersion) -> None:
    act = delegating.cared(key, ready)
    went_wrong(key, act)
    draft = AuthorityNotice.objects.get()
    Patient.objects.filter(pk=key.patient_id).update(
        phone="06 11 22 33 44", ins="248077512345651", ins_oid="1.2.250.1.213.1.4.10", identity_status="QUAL"
    )
    for told in ("2 48 07 75 123 456 51", "248077512345651", "0611223344", "06.11.22.33.44"):
        said = f"{draft.text}\nIl s’agit de {told}."
        assert code_of(notices.rewrite, cast.claire, ready, draft.uuid, said) == "E-PRO-34"


def test_a_patient_who_bears_the_name_of_the_house_does_not_hold_its_notices_back(
    cast: Cast, key: Access, ready: ProtocolVersion
) -> None:
    """« Maison de santé des Tilleuls » is in each draft."""
    act = delegating.cared(key, ready)
    went_wrong(key, act)
    draft = AuthorityNotice.objects.get()
    Patient.objects.filter(pk=key.patient_id).update(birth_family_name="TILLEULS")
    assert "tilleuls" in draft.text.lower()
    notices.rewrite(cast.claire, ready, draft.uuid, f"{draft.text}\nAnalyse faite.")
    assert code_of(notices.rewrite, cast.claire, ready, draft.uuid, f"{draft.text}\nMme Tilleuls.") == "E-PRO-34"
    notices.rewrite(cast.claire, ready, draft.uuid, f"{draft.text}\nSéance du 12/11/2026.", is_sent=True)


def test_a_protocol_that_is_withdrawn_hands_its_patients_over(
    cast: Cast, agnes: Actor, key: Access, ready: ProtocolVersion
) -> None:
    act = delegating.cared(key, ready)
    versions.move(agnes, ready.uuid, "withdraw", reason="le délégué part en retraite")
    act.refresh_from_db()
    assert act.handed_over_at is not None
    assert Task.objects.filter(origin=f"acte:{act.uuid}/suspension").exists()


def test_what_waits_for_its_revision_is_not_taken_up_from_here_either(
    cast: Cast, key: Access, ready: ProtocolVersion
) -> None:
    """It would be suspended again within the hour, its patients handed over and the ARS written to each time."""
    ProtocolVersion.objects.filter(pk=ready.pk).update(revise_on=clock.today() - dt.timedelta(days=900))
    versions.suspend_overdue()
    assert code_of(suspending.lift, cast.claire, ready, reason="équipe réunie") == "E-PRO-55"
    assert Suspension.objects.get().lifted_at is None


def test_reading_a_notice_again_opens_no_record(cast: Cast, key: Access, ready: ProtocolVersion) -> None:
    act = delegating.cared(key, ready)
    went_wrong(key, act)
    draft, before = AuthorityNotice.objects.get(), JournalEntry.objects.count()
    notices.rewrite(cast.claire, ready, draft.uuid, f"{draft.text}\nAnalyse faite.")
    assert JournalEntry.objects.count() == before


def test_nobody_is_handed_to_a_physician_who_left(cast: Cast, key: Access, ready: ProtocolVersion) -> None:
    act = delegating.cared(key, ready)
    delegating.joined(cast, ready, cast.claire, "delegant")
    for who, other in ((cast.claire, cast.karim), (cast.karim, cast.claire)):
        Attachment.objects.update(end=None)
        yesterday = clock.today() - dt.timedelta(days=1)
        Attachment.objects.filter(professional_id=delegating.person(who)).update(end=yesterday)
        TeamMember.objects.update(reachable_until=None)
        Task.objects.filter(origin=f"acte:{act.uuid}/suspension").delete()
        suspending.hand_over(teams.team_of(ready), why="essai")
        assert Task.objects.get(origin=f"acte:{act.uuid}/suspension").professional_id == delegating.person(other)


def test_an_event_that_is_sent_twice_happened_once(cast: Cast, key: Access, ready: ProtocolVersion) -> None:
    act = delegating.cared(key, ready)
    assert went_wrong(key, act).pk == went_wrong(key, act).pk
    assert annual.of_year(cast.claire, ready, clock.today().year).event_count == 1
    assert AuthorityNotice.objects.count() == 1
