"""The charter: drafted, proposed, signed, put in force, replaced; and what is refused on the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from maillon.access import api as access_room
from maillon.charter import api as charter
from maillon.charter.definition import starter_charter
from maillon.charter.models import Comment, Signature, Version
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from tests.conftest import Cast


def refusal(verb: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    with pytest.raises(UserMessage) as caught, transaction.atomic():
        verb(*arguments, **named)
    return caught.value.code


def sign(actor: Actor, number: int, **changed: Any) -> None:
    given = {"fingerprint": Version.objects.get(number=number).fingerprint, "has_read": True} | changed
    charter.sign(actor, number, **given)


def state(number: int) -> str:
    return Version.objects.get(number=number).state


@pytest.fixture
def proposed(agnes: Actor) -> int:
    number = charter.draft(agnes)
    charter.propose(agnes, number)
    return number


@pytest.fixture
def in_force(agnes: Actor, cast: Cast, proposed: int) -> int:
    sign(cast.claire, proposed)
    charter.enforce(agnes, proposed)
    return proposed


# ------------------------------------------------------------------------------------------------ writing


def test_the_first_draft_is_the_starter_charter(agnes: Actor) -> None:
    number = charter.draft(agnes)
    shown = charter.show(agnes, number)
    assert (number, shown.line.state_label) == (1, "Brouillon")
    assert [each.code for each in shown.clauses] == [each.code for each in starter_charter().clauses]


def test_only_the_coordinator_and_the_referent_write(cast: Cast, agnes: Actor) -> None:
    assert refusal(charter.draft, cast.claire) == "E-CHA-01"
    assert charter.draft(dataclasses.replace(cast.claire, is_referent=True)) == 1
    assert refusal(charter.propose, cast.nadia, 1) == "E-CHA-01"
    assert refusal(charter.write_clause, cast.nadia, 1, code="objet", title="x", text="y") == "E-CHA-01"


def test_a_draft_is_seen_by_those_who_write_it_only(cast: Cast, agnes: Actor) -> None:
    number = charter.draft(agnes)
    assert charter.versions(cast.claire) == ()
    with pytest.raises(access_room.AccessDenied):
        charter.show(cast.claire, number)


@pytest.mark.parametrize("verb", [charter.show, charter.compare], ids=["show", "compare"])
def test_another_structure_sees_nothing_of_it(cast: Cast, in_force: int, verb: Callable[..., Any]) -> None:
    assert charter.versions(cast.paul) == ()
    for number in (in_force, 99):
        with pytest.raises(access_room.AccessDenied):
            verb(cast.paul, number)
    with pytest.raises(access_room.AccessDenied):
        sign(cast.paul, in_force)
    with pytest.raises(access_room.AccessDenied):
        charter.comment(cast.paul, in_force, text="De dehors")


def test_who_left_the_structure_reads_and_signs_no_more(cast: Cast, in_force: int) -> None:
    gone = dataclasses.replace(cast.karim, structure_ids=())
    assert charter.versions(gone) == ()
    with pytest.raises(access_room.AccessDenied):
        charter.show(gone, in_force)


def test_clauses_are_changed_added_and_removed_in_the_draft(agnes: Actor) -> None:
    number = charter.draft(agnes)
    charter.write_clause(agnes, number, code="objet", title="But", text="Se coordonner.", setting="matrice")
    charter.write_clause(agnes, number, code="", title="Réunions", text="Une fois par mois.")
    charter.remove_clause(agnes, number, code="depart")
    shown = {each.code: each for each in charter.show(agnes, number).clauses}
    assert (shown["objet"].title, shown["objet"].setting) == ("But", "matrice")
    assert shown["clause-1"].title == "Réunions"
    assert "depart" not in shown


@pytest.mark.parametrize(
    "said",
    [
        {"title": " ", "text": "y"}, {"title": "x", "text": ""}, {"title": "x", "text": "y" * 4001},
        {"title": "x" * 201, "text": "y"}, {"title": "x", "text": "y", "setting": "inconnu"},
    ],
    ids=["no title", "no text", "long text", "long title", "unknown setting"],
)  # fmt: skip
def test_a_clause_that_is_none_is_refused(agnes: Actor, said: dict[str, str]) -> None:
    number = charter.draft(agnes)
    assert refusal(charter.write_clause, agnes, number, code="objet", **said) == "E-CHA-04"
    assert charter.show(agnes, number).clauses[0].title == "Objet"


def test_one_version_is_written_at_a_time(agnes: Actor, proposed: int) -> None:
    assert refusal(charter.draft, agnes) == "E-CHA-02"


def test_a_charter_without_a_clause_is_not_proposed(agnes: Actor) -> None:
    number = charter.draft(agnes)
    for clause in charter.show(agnes, number).clauses:
        charter.remove_clause(agnes, number, code=clause.code)
    assert refusal(charter.propose, agnes, number) == "E-CHA-05"
    charter.write_clause(agnes, number, code="", title="Objet", text="Se coordonner.")
    charter.propose(agnes, number)
    assert state(number) == "proposee"


# ------------------------------------------------------------------------------------------------ signing


def test_members_sign_the_text_that_they_read(cast: Cast, agnes: Actor, proposed: int) -> None:
    sign(cast.claire, proposed)
    sign(cast.claire, proposed)
    signature = Signature.objects.get()
    assert (signature.name, signature.profession) == ("Dr Claire Morel", "Médecin")
    assert signature.fingerprint == Version.objects.get().fingerprint != ""
    shown = charter.show(cast.claire, proposed)
    assert shown.has_signed
    waiting = {each.name for each in shown.signers if each.at is None}
    assert "Dr Claire Morel" not in waiting
    assert len(waiting) == 4, "Karim, Nadia, Sylvie, Agnès"


def test_a_signature_needs_the_box_and_the_text_on_the_screen(cast: Cast, agnes: Actor, proposed: int) -> None:
    assert refusal(sign, cast.claire, proposed, has_read=False) == "E-CHA-09"
    assert refusal(sign, cast.claire, proposed, fingerprint="0" * 64) == "E-CHA-10"
    assert not Signature.objects.exists()


def test_a_proposed_text_is_never_rewritten_once_signed(cast: Cast, agnes: Actor, proposed: int) -> None:
    former = Version.objects.get().fingerprint
    assert refusal(charter.write_clause, agnes, proposed, code="objet", title="x", text="y") == "E-CHA-03"
    charter.resume(agnes, proposed)
    assert state(proposed) == "brouillon"
    charter.write_clause(agnes, proposed, code="objet", title="But", text="Se coordonner.")
    charter.propose(agnes, proposed)
    assert refusal(sign, cast.claire, proposed, fingerprint=former) == "E-CHA-10", "it was read before it changed"
    sign(cast.claire, proposed)
    assert refusal(charter.resume, agnes, proposed) == "E-CHA-06"
    assert state(proposed) == "proposee"


def test_a_draft_is_not_signed_and_a_version_nobody_signed_is_not_in_force(agnes: Actor) -> None:
    number = charter.draft(agnes)
    assert refusal(sign, agnes, number) == "E-CHA-03"
    assert refusal(charter.enforce, agnes, number) == "E-CHA-03"
    charter.propose(agnes, number)
    assert refusal(charter.enforce, agnes, number) == "E-CHA-07"


def test_a_new_version_replaces_the_former_and_asks_for_new_signatures(cast: Cast, agnes: Actor, in_force: int) -> None:
    second = charter.draft(agnes)
    charter.write_clause(agnes, second, code="objet", title="Objet", text="Nouveau texte.")
    charter.propose(agnes, second)
    assert state(in_force) == "en_vigueur", "until the new one is"
    assert not charter.show(cast.claire, second).has_signed
    sign(cast.nadia, second)
    charter.enforce(agnes, second)
    assert (state(in_force), state(second)) == ("remplacee", "en_vigueur")
    assert refusal(sign, cast.karim, in_force) == "E-CHA-03"
    assert refusal(charter.comment, cast.karim, in_force, text="Trop tard") == "E-CHA-03"
    sign(cast.karim, second)
    assert [each.name for each in charter.show(cast.claire, in_force).signers] == ["Dr Claire Morel"], "kept"


def test_the_database_holds_one_version_in_force(cast: Cast, in_force: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.create(
            structure_id=cast.tilleuls_id, number=7, title="x", state="en_vigueur", fingerprint="f", written_by="x"
        )


# ------------------------------------------------------------------------------------------------ comments, comparison


def test_members_comment_the_whole_and_its_clauses(cast: Cast, proposed: int) -> None:
    charter.comment(cast.nadia, proposed, text=" Clair. ")
    charter.comment(cast.sylvie, proposed, text="Et les stagiaires\u202f?", clause="connexion")
    shown = charter.show(cast.claire, proposed)
    assert [(each.by, each.text) for each in shown.comments] == [("Nadia Lefèvre", "Clair.")]
    (clause,) = (each for each in shown.clauses if each.comments)
    assert (clause.code, clause.comments[0].by) == ("connexion", "Sylvie Caron")


def test_a_comment_says_something_about_something(cast: Cast, proposed: int) -> None:
    assert refusal(charter.comment, cast.nadia, proposed, text="  ") == "E-CHA-08"
    assert refusal(charter.comment, cast.nadia, proposed, text="x" * 2001) == "E-CHA-08"
    with pytest.raises(access_room.AccessDenied):
        charter.comment(cast.nadia, proposed, text="x", clause="inconnue")
    assert not Comment.objects.exists()


def test_two_versions_are_compared_clause_by_clause_and_word_by_word(cast: Cast, agnes: Actor, in_force: int) -> None:
    second = charter.draft(agnes)
    was = {each.code: each for each in charter.show(agnes, second).clauses}["verrouillage"]
    charter.write_clause(
        agnes, second, code="verrouillage", title=was.title, setting=was.setting,
        text=was.text.replace("On verrouille", "Chacun verrouille"),
    )  # fmt: skip
    charter.write_clause(agnes, second, code="", title="Réunions", text="Une fois par mois.")
    charter.remove_clause(agnes, second, code="depart")
    charter.write_clause(agnes, second, code="objet", title="Objet", text=was.text, setting="matrice")
    found = {each.title: each for each in charter.compare(agnes, second).changes}
    locking = found["Fermer derrière soi"]
    assert locking.kind == "changed"
    assert ("removed", "On") in locking.parts
    assert ("added", "Chacun") in locking.parts
    assert found["Objet"].setting == ("", "Matrice d’habilitation")
    assert (found["Réunions"].kind, found["Arriver, partir"].kind) == ("added", "removed")
    assert found["Chacun son compte"].kind == "same"


# ------------------------------------------------------------------------------------------------ enforcement


def test_a_clause_shows_the_present_value_of_its_setting(
    agnes: Actor, proposed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(code: str) -> str:
        return next(each.present_value for each in charter.show(agnes, proposed).clauses if each.code == code)

    assert "15 minutes" in shown("verrouillage")
    assert "29/10/2023" in shown("matrice")
    assert "4 heures" in shown("urgence")
    monkeypatch.setattr(access_room.sessions, "IDLE", access_room.sessions.IDLE * 2)
    assert "30 minutes" in shown("verrouillage"), "the value as it is applied, not as it was written"
    assert shown("objet") == ""
