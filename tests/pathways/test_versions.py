"""The workflow of a protocol: who moves it, what is asked at each step, what is refused and how it recovers."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from maillon.access import api as access_room
from maillon.access.models import JournalEntry
from maillon.kernel import clock
from maillon.pathways.authoring import door as authoring
from maillon.pathways.authoring.revision import revision_rules
from maillon.pathways.editing.saving import Typed
from maillon.pathways.models import ProtocolSignature, ProtocolVersion
from tests.conftest import Cast
from tests.pathways.writers import (
    Team,
    at_signatures,
    copied,
    in_force,
    refusal,
    rewrite,
    sign,
    state,
    team_of,
)

move = authoring.versions.move


@pytest.fixture
def team(cast: Cast) -> Team:
    return team_of(cast)


# ------------------------------------------------------------------------------------------------ AC1.1


def test_ac1_1_three_of_four_signatures_are_refused_by_name_and_the_fourth_puts_in_force(team: Team) -> None:
    uuid = at_signatures(team)
    for signer in (team.claire, team.nadia, team.fatou):
        sign(signer, uuid)
    assert state(uuid) == "approbation"
    refused = refusal(move, team.agnes, uuid, "enforce")
    assert (refused.code, refused.message) == (
        "E-PPSPR-01", "Il manque la signature de\u202f: masseur-kinésithérapeute.",
    )  # fmt: skip
    assert not _audited()
    with CaptureQueriesContext(connection) as asked:
        sign(team.marc, uuid)
    assert len(asked) < 25, "in force at once: 18 statements, whatever the number of plans"
    version = ProtocolVersion.objects.get(uuid=uuid)
    assert version.state == "en_vigueur"
    assert version.revise_on == revision_rules().revise_on(clock.today())
    assert [entry.resource_id for entry in _audited()] == [str(uuid)], "one audit event"


def _audited() -> list[JournalEntry]:
    return list(JournalEntry.objects.filter(resource_type="protocol"))


def test_ac1_7_a_new_version_replaces_the_former_which_stays_readable(team: Team) -> None:
    """The side of the versions: a plan points at its version, and no version is ever rewritten or removed."""
    first = in_force(team)
    text = ProtocolVersion.objects.get(uuid=first).text
    second = authoring.library.revise(team.agnes, first)
    authoring.saving.save(team.agnes, second, [Typed(place="alertes/HBA1C/delai", value="14 jours")], revision=1)
    assert state(first) == "en_vigueur", "until the new one is"
    move(team.agnes, second, "review")
    move(team.agnes, second, "approve")
    for signer in team.signers:
        sign(signer, second)
    assert (state(first), state(second)) == ("remplace", "en_vigueur")
    assert ProtocolVersion.objects.get(uuid=first).text == text
    assert [each.number for each in authoring.library.versions(team.claire)] == [2, 1]


# ------------------------------------------------------------------------------------------------ signatures


def test_a_physician_signs_even_when_the_protocol_names_none(team: Team) -> None:
    uuid = copied(team)

    def without_physician(said: dict) -> None:  # type: ignore[type-arg]
        said["professions"] = ["G15_60", "G15_21"]
        for step in said["etapes"]:
            step["qui"] = ["G15_21"] if step["id"].startswith("P") else ["G15_60"]

    rewrite(uuid, without_physician)
    move(team.agnes, uuid, "review")
    move(team.agnes, uuid, "approve")
    sign(team.nadia, uuid)
    sign(team.fatou, uuid)
    refused = refusal(move, team.agnes, uuid, "enforce")
    assert (refused.code, refused.message) == ("E-PPSPR-01", "Il manque la signature de\u202f: médecin.")
    sign(team.claire, uuid)
    assert state(uuid) == "en_vigueur"


def test_the_pilot_is_not_the_only_one_to_sign(team: Team) -> None:
    uuid = authoring.library.copy_model(team.claire, "DIAB-01")

    def alone(said: dict) -> None:  # type: ignore[type-arg]
        said |= {"professions": ["G15_10"], "justification": "Besoin constaté.", "relu_le": clock.today().isoformat()}
        for step in said["etapes"]:
            step["qui"] = ["patient"] if step["qui"] == ["patient"] else ["G15_10"]
            step.pop("acte", None)

    rewrite(uuid, alone)
    move(team.claire, uuid, "review")
    move(team.claire, uuid, "approve")
    sign(team.claire, uuid)
    assert state(uuid) == "approbation"
    refused = refusal(move, team.agnes, uuid, "enforce")
    assert refused.code == "E-PPSPR-01"
    assert "Le pilote ne signe pas seul" in refused.message


def test_a_refusal_says_why_and_holds_the_protocol_until_the_text_changes(team: Team) -> None:
    uuid = at_signatures(team)
    assert refusal(sign, team.nadia, uuid, is_approval=False, reason=" ").code == "E-PRO-54"
    sign(team.nadia, uuid, is_approval=False, reason="Trop de visites à domicile")
    for signer in (team.claire, team.fatou, team.marc):
        sign(signer, uuid)
    refused = refusal(move, team.agnes, uuid, "enforce")
    assert "infirmier" in refused.message
    assert "Nadia Lefèvre a refusé ce texte\u202f: Trop de visites à domicile." in refused.message
    move(team.agnes, uuid, "resume")
    authoring.saving.save(team.agnes, uuid, [Typed(place="etapes/I1/quand/tous_les", value="6 mois")], revision=1)
    move(team.agnes, uuid, "review")
    move(team.agnes, uuid, "approve")
    for signer in team.signers:
        sign(signer, uuid)
    assert state(uuid) == "en_vigueur"
    assert ProtocolSignature.objects.count() == 8, "those of the former text are kept"


def test_a_signature_is_of_the_text_that_was_read_by_a_profession_that_it_names(team: Team) -> None:
    uuid = at_signatures(team)
    assert refusal(sign, team.claire, uuid, has_read=False).code == "E-PRO-57"
    assert refusal(sign, team.claire, uuid, fingerprint="0" * 64).code == "E-PRO-58"
    assert refusal(sign, team.sylvie, uuid).code == "E-PRO-56"
    with pytest.raises(access_room.AccessDenied):
        sign(team.paul, uuid)
    assert not ProtocolSignature.objects.exists()
    sign(team.claire, uuid)
    sign(team.claire, uuid)
    assert ProtocolSignature.objects.count() == 1, "twice changes nothing"


def test_a_version_that_is_written_is_not_signed(team: Team) -> None:
    assert refusal(sign, team.claire, copied(team)).code == "E-PRO-03"


# ------------------------------------------------------------------------------------------------ to be read


def test_what_a_bare_copy_lacks_is_said_by_name_and_it_stays_as_it_was(team: Team) -> None:
    with time_machine.travel(clock.now() + dt.timedelta(days=1)):  # a model is never checked on the day of its copy
        uuid = authoring.library.copy_model(team.agnes, "DIAB-01")
        refused = refusal(move, team.agnes, uuid, "review")
    assert refused.code == "E-PPSPR-07"
    assert "début de cette version" in refused.message
    assert "justification locale (E-PRO-51)" in refused.message
    assert state(uuid) == "redaction"


def test_every_starred_block_is_asked_for(team: Team) -> None:
    uuid = authoring.library.begin(team.claire, code="asthme 1", title="Asthme de l’enfant", nature="ppspr")
    assert ProtocolVersion.objects.get(uuid=uuid).code == "ASTHME-1"
    assert state(uuid) == "idee"
    move(team.claire, uuid, "prepare")
    move(team.claire, uuid, "write")
    refused = refusal(move, team.claire, uuid, "review")
    assert refused.code == "E-PRO-51"
    for block in ("thème", "objectifs mesurables", "critères d’inclusion", "professions", "étapes", "bibliographie"):
        assert block in refused.message, block


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"objectifs": [{"dire": "Mieux suivre"}]}, "E-PPSPR-02", "n’est pas mesurable"),
        ({"statut": "modele"}, "E-PRO-51", "se copie"),
        ({"alertes": []}, "E-PRO-51", "seuils d’alerte"),
        ({"professions": ["G15_10", "G15_60", "G15_21", "G15_70", "G15_40"]}, "E-PRO-51", "les tâches de chirurgien"),
        ({"relu_le": "2020-01-01"}, "E-PPSPR-07", "n’a pas été vérifiée depuis"),
        ({"relu_le": "2999-01-01"}, "E-PPSPR-07", "n’a pas été vérifiée depuis"),
        ({"a_revoir_le": "2020-01-01"}, "E-PPSPR-07", "est passée"),
        ({"bibliographie": []}, "E-PRO-51", "bibliographie datée"),
        ({"indicateurs": [{"id": "X", "libelle": "x", "categorie": "processus"}]}, "E-PPSPR", "(E-PPSPR-10)"),
        (
            {"alertes": [{"id": "A", "sur": "jour", "si": "âge > 1", "niveau": "rouge", "dire": "x"}]}, "E-PPSPR-06",
            "ne dit pas qui prévenir et sous quel délai",
        ),
    ],
    ids=[
        "no measurable objective", "a model", "no alert", "a profession without a task", "literature not read again",
        "read in the future", "to be reviewed already", "no literature", "an indicator without a denominator",
        "an alert without a recipient",
    ],
)  # fmt: skip
def test_what_does_not_hold_is_not_submitted(team: Team, change: dict[str, object], code: str, words: str) -> None:
    uuid = copied(team)
    rewrite(uuid, lambda said: said.update(change))
    refused = refusal(move, team.agnes, uuid, "review")
    assert refused.code.startswith(code) or f"({code})" in refused.message
    assert words in refused.message
    assert state(uuid) == "redaction"


def test_a_task_outside_a_competence_is_refused(team: Team) -> None:
    """E-PPSPR-03: a nurse does not change a dose."""
    uuid = copied(team)
    rewrite(uuid, lambda said: said["etapes"][0].update(qui=["G15_60"], acte="modifier-dose"))
    refused = refusal(move, team.agnes, uuid, "review")
    assert refused.code == "E-PPSPR-03"
    assert "protocole de coopération" in refused.message


def test_an_old_reference_is_flagged(team: Team) -> None:
    """E-PPSPR-07, and what makes it right."""
    uuid = copied(team)
    rewrite(uuid, lambda said: said["bibliographie"].append({"titre": "Ancien texte", "date": "2001-01-01"}))
    assert refusal(move, team.agnes, uuid, "review").code == "E-PPSPR-07"
    rewrite(uuid, lambda said: said["bibliographie"][-1].update(maintenue="Rien de plus récent"))
    move(team.agnes, uuid, "review")
    assert state(uuid) == "relecture"


def test_a_blocking_remark_is_answered_before_the_signatures(team: Team) -> None:
    uuid = copied(team)
    move(team.agnes, uuid, "review")
    authoring.remarks.comment(team.nadia, uuid, text="Le délai de I2 ?", place="etapes/I2", is_blocking=True)
    authoring.remarks.comment(team.nadia, uuid, text="Une coquille.")
    refused = refusal(move, team.agnes, uuid, "approve")
    assert refused.code == "E-PRO-59"
    assert "Une remarque bloquante attend une réponse\u202f: Nadia Lefèvre" in refused.message
    (blocking, _) = authoring.remarks.remarks_of(ProtocolVersion.objects.get(uuid=uuid))
    assert refusal(authoring.remarks.answer, team.sylvie, uuid, blocking.uuid, text="Bien.").code == "E-PRO-50"
    authoring.remarks.answer(team.agnes, uuid, blocking.uuid, text="Ramené à 30 jours.")
    move(team.agnes, uuid, "approve")
    assert state(uuid) == "approbation"


# ------------------------------------------------------------------------------------------------ in force, for ever


def test_a_version_in_force_is_never_rewritten(team: Team) -> None:
    """E-PPSPR-08, by the pages and by the base itself."""
    uuid = in_force(team)
    typed = [Typed(place="titre", value="Autre")]
    assert refusal(authoring.saving.save, team.agnes, uuid, typed, revision=1).code == "E-PPSPR-08"
    with pytest.raises(DatabaseError, match="E-PPSPR-08"), transaction.atomic():
        ProtocolVersion.objects.filter(uuid=uuid).update(title="Autre")


def test_an_older_version_does_not_enter_after_a_newer_one(team: Team) -> None:
    """E-PPSPR-04."""
    first = at_signatures(team)
    ProtocolVersion.objects.filter(uuid=first).update(state="relecture")
    copy = ProtocolVersion.objects.get(uuid=first)
    newer = ProtocolVersion.objects.create(
        structure_id=copy.structure_id, code=copy.code, number=2, nature=copy.nature, title=copy.title,
        theme=copy.theme, state="en_vigueur", text=copy.text, fingerprint="f", written_by="x",
    )  # fmt: skip
    move(team.agnes, first, "approve")
    for signer in team.signers:
        sign(signer, first)
    refused = refusal(move, team.agnes, first, "enforce")
    assert refused.code == "E-PPSPR-04"
    assert "La version 2 de DIAB-01 est déjà en vigueur" in refused.message
    assert (state(first), state(newer.uuid)) == ("approbation", "en_vigueur")


def test_one_protocol_is_in_force_on_a_theme(team: Team) -> None:
    """E-PPSPR-09: it names the other, which must be withdrawn first."""
    first = in_force(team)
    second = copied(team)
    authoring.saving.save(
        team.agnes, second, [Typed(place="code", value="DIAB-02"), Typed(place="theme", value="Diabète de TYPE 2")],
        revision=1,
    )  # fmt: skip
    assert ProtocolVersion.objects.get(uuid=second).number == 1, "another code is another protocol"
    move(team.agnes, second, "review")
    move(team.agnes, second, "approve")
    for signer in team.signers:
        sign(signer, second)
    refused = refusal(move, team.agnes, second, "enforce")
    assert refused.code == "E-PPSPR-09"
    assert "DIAB-01" in refused.message
    assert refusal(move, team.agnes, first, "withdraw").code == "E-PRO-54"
    move(team.agnes, first, "withdraw", reason="Repris par DIAB-02")
    move(team.agnes, second, "enforce")
    assert (state(first), state(second)) == ("retire", "en_vigueur")


def test_what_is_at_the_signatures_is_not_changed(team: Team) -> None:
    uuid = at_signatures(team)
    typed = [Typed(place="titre", value="Autre")]
    assert refusal(authoring.saving.save, team.agnes, uuid, typed, revision=1).code == "E-PRO-52"


# ------------------------------------------------------------------------------------------------ who


def test_who_may_move_and_write(team: Team) -> None:
    uuid = copied(team)
    assert refusal(move, team.nadia, uuid, "review").code == "E-PRO-50"
    typed = [Typed(place="titre", value="Suivi du diabète")]
    authoring.saving.save(team.nadia, uuid, typed, revision=1)
    assert refusal(authoring.saving.save, team.sylvie, uuid, typed, revision=2).code == "E-PRO-50"
    for verb in (move, authoring.sections.show):
        with pytest.raises(access_room.AccessDenied):
            verb(team.paul, uuid, "review")  # type: ignore[operator]
    with pytest.raises(access_room.AccessDenied):
        move(team.agnes, uuid4(), "review")
    with pytest.raises(access_room.AccessDenied):
        move(team.agnes, uuid, "inventer")


def test_only_the_coordinator_suspends_lifts_and_withdraws(team: Team) -> None:
    uuid = in_force(team)
    ProtocolVersion.objects.filter(uuid=uuid).update(pilot_id=team.claire.professional_id)
    assert refusal(move, team.claire, uuid, "suspend", reason="x").code == "E-PRO-50"
    move(team.agnes, uuid, "suspend", reason="Rupture de bandelettes")
    assert state(uuid) == "suspendu"
    move(team.agnes, uuid, "lift")
    assert state(uuid) == "en_vigueur"
    assert refusal(move, team.agnes, uuid, "approve").code == "E-PRO-03"


def test_one_version_of_a_code_is_written_at_a_time(team: Team) -> None:
    copied(team)
    refused = refusal(authoring.library.copy_model, team.nadia, "DIAB-01")
    assert (refused.code, refused.message.split("\u202f")[0]) == (
        "E-PRO-53", "La version 1 de DIAB-01 est déjà en cours d’écriture",
    )  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        {"code": "", "title": "x", "nature": "ppspr"}, {"code": "A", "title": " ", "nature": "ppspr"},
        {"code": "A/B", "title": "x", "nature": "ppspr"}, {"code": "A", "title": "x", "nature": "autre"},
    ],
    ids=["no code", "no title", "a code that is none", "no nature"],
)  # fmt: skip
def test_an_idea_has_a_code_a_title_and_a_nature(team: Team, said: dict[str, str]) -> None:
    assert refusal(authoring.library.begin, team.claire, **said).code == "E-PRO-62"
    assert not ProtocolVersion.objects.exists()


# ------------------------------------------------------------------------------------------------ time


def test_a_version_is_said_to_be_revised_then_suspended(team: Team) -> None:
    uuid = in_force(team)
    due = ProtocolVersion.objects.get(uuid=uuid).revise_on
    assert due is not None

    def standing_after(days: int) -> tuple[str | None, str, int]:
        with time_machine.travel(dt.datetime.combine(due, dt.time(12), dt.UTC) + dt.timedelta(days=days)):
            (line,) = authoring.library.versions(team.claire)
            return line.standing, line.state, authoring.versions.suspend_overdue()

    assert standing_after(-61) == ("en_vigueur", "en_vigueur", 0)
    assert standing_after(-60) == ("bientot", "en_vigueur", 0)
    assert standing_after(0) == ("a_reviser", "en_vigueur", 0)
    assert standing_after(364) == ("a_reviser", "en_vigueur", 0)
    assert standing_after(366) == ("a_suspendre", "en_vigueur", 1)
    assert standing_after(367) == (None, "suspendu", 0), "once"
    with time_machine.travel(dt.datetime.combine(due, dt.time(12), dt.UTC) + dt.timedelta(days=368)):
        assert refusal(move, team.agnes, uuid, "lift").code == "E-PRO-55"


# ------------------------------------------------------------------------------------------------ from outside


def test_a_reader_from_outside_comments_only_while_it_is_read(team: Team) -> None:
    uuid = copied(team)
    with pytest.raises(access_room.AccessDenied):
        authoring.remarks.link_for(team.agnes, uuid)
    move(team.agnes, uuid, "review")
    with pytest.raises(access_room.AccessDenied):
        authoring.remarks.link_for(team.nadia, uuid)
    link = authoring.remarks.link_for(team.agnes, uuid)
    assert authoring.remarks.reviewed(team.paul, link).uuid == uuid
    authoring.remarks.comment_from_outside(team.paul, link, text="Pensez au fond d’œil.")
    (remark,) = authoring.remarks.remarks_of(ProtocolVersion.objects.get(uuid=uuid))
    assert (remark.by, remark.is_blocking) == ("Dr Paul Étranger", False)
    for wrong in ("00", link[:-1] + ("1" if link.endswith("0") else "0"), ""):
        with pytest.raises(access_room.AccessDenied):
            authoring.remarks.reviewed(team.paul, wrong)
    with time_machine.travel(clock.now() + dt.timedelta(days=61)), pytest.raises(access_room.AccessDenied):
        authoring.remarks.reviewed(team.paul, link)
    move(team.agnes, uuid, "resume")
    with pytest.raises(access_room.AccessDenied):
        authoring.remarks.reviewed(team.paul, link)


@pytest.mark.parametrize("text", [" ", "x" * 2001], ids=["empty", "long"])
def test_a_remark_says_something(team: Team, text: str) -> None:
    assert refusal(authoring.remarks.comment, team.nadia, copied(team), text=text).code == "E-PRO-60"


def test_the_library_says_who_uses_a_model(team: Team) -> None:
    assert [line.users for line in authoring.library.models() if line.code == "DIAB-01"] == [()]
    in_force(team)
    assert [line.users for line in authoring.library.models() if line.code == "DIAB-01"] == [
        ("Maison de santé des Tilleuls",)
    ]
    assert authoring.library.versions(team.paul) == ()
    assert isinstance(authoring.library.versions(team.claire)[0].uuid, UUID)


def test_the_worker_suspends_by_itself() -> None:
    from maillon.kernel import periodic

    assert "révision des protocoles" in periodic.names()
