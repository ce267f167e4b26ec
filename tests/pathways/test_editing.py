"""Writing without seeing the text: what is typed is kept, two editors lose nothing, what is wrong is said in place."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

import pytest

from maillon.kernel import content
from maillon.kernel.content import ContentError
from maillon.pathways import checking
from maillon.pathways.authoring import door as authoring
from maillon.pathways.definition import Protocol
from maillon.pathways.editing import looking, places, raw, typing_in
from maillon.pathways.editing.choosing import choices_of
from maillon.pathways.editing.saving import Typed
from maillon.pathways.editing.schema import root, shape_of
from maillon.pathways.editing.sections import SECTIONS
from maillon.pathways.editing.words import VALUES, WORDS
from maillon.pathways.models import ProtocolVersion
from tests.conftest import Cast
from tests.pathways.writers import Team, copied, refusal, rewrite, team_of

FILES = sorted(checking.FOLDER.glob("*.yaml"))


@pytest.fixture
def team(cast: Cast) -> Team:
    return team_of(cast)


@pytest.fixture
def draft(team: Team) -> UUID:
    return copied(team)


def said(uuid: UUID) -> dict[str, Any]:
    return raw.values(ProtocolVersion.objects.get(uuid=uuid).text)


def save(team: Team, uuid: UUID, *typed: Typed, revision: int | None = None) -> Any:
    known = ProtocolVersion.objects.get(uuid=uuid).revision if revision is None else revision
    return authoring.saving.save(team.agnes, uuid, typed, revision=known)


# ------------------------------------------------------------------------------------------------ text and values


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_written_again_says_the_same(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    again = raw.text_of(raw.values(text), head=raw.head_of(text))
    assert content.read_text(again, Protocol, "a") == content.read_text(text, Protocol, "b")
    assert raw.text_of(raw.values(again), head=raw.head_of(again)) == again
    assert again.startswith("#") == text.startswith("#"), "the remarks at the head stay"


@pytest.mark.parametrize(
    "value",
    ["", "null", "~", "oui", "true", "12", "1.50", "2026-03-31", "a: b", "# x", "- x", "«\u202fx\u202f»", "x\ny", "'\"",
     "[x", "a\n\n b", "\ttab", " x ", "%", "@", "!tag"],
)  # fmt: skip
def test_any_text_comes_back_as_it_was(value: str) -> None:
    assert raw.values(raw.text_of({"titre": value, "auteurs": [value]})) == {"titre": value, "auteurs": [value]}


@pytest.mark.parametrize(
    "text",
    ["", "- a\n- b", "a: [", "a: \x07", "a: &x [1]\nb: *x", "a: " + "[" * 40 + "]" * 40, "a: " + "[" * 90_000],
    ids=["empty", "a list", "unfinished", "a control character", "a reference", "too deep", "far too deep"],
)
def test_what_is_no_table_of_yaml_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ContentError, match="ligne [12]"):
        raw.values(text)


def test_every_key_of_the_schema_has_its_words_and_its_section() -> None:
    seen: set[type[Any]] = set()
    waiting: list[type[Any]] = [root()]
    while waiting:
        kind = waiting.pop()
        if kind in seen:
            continue
        seen.add(kind)
        assert WORDS[kind].keys.keys() == shape_of(kind).keys(), kind
        for shape in shape_of(kind).values():
            assert set(shape.values) <= VALUES.keys(), shape
            waiting += [shape.of] if shape.of else []
            choices_of({}, kind, shape)
    assert set(WORDS) == seen
    placed = [name for _, names in SECTIONS.values() for name in names]
    assert sorted(placed) == sorted(each.name for each in dataclasses.fields(Protocol))


# ------------------------------------------------------------------------------------------------ typing


@pytest.mark.parametrize(
    ("place", "typed", "kept", "shown"),
    [
        ("titre", " Suivi du diabète ", "Suivi du diabète", "Suivi du diabète"),
        ("relu_le", "31032026", "2026-03-31", "31/03/2026"),
        ("relu_le", "31/03/2026", "2026-03-31", "31/03/2026"),
        ("relu_le", "45/13/2026", "45/13/2026", "45/13/2026"),
        ("auteurs", "A\r\n\nB\n", ["A", "B"], "A\nB"),
        ("professions", "G15_10\nG15_60", ["G15_10", "G15_60"], "G15_10\nG15_60"),
        ("etapes/M2/quand/a", "3 mois, 12 mois", ["3 mois", "12 mois"], "3 mois, 12 mois"),
        ("indicateurs/DIAB-C1/cible", "0,55", "0.55", "0,55"),
        ("etapes/M2/fenetre", "trois semaines", "trois semaines", "trois semaines"),
        ("population/inclusion/0.2/si", "âge >=", "âge >=", "âge >="),
    ],
)
def test_what_is_typed_is_kept_right_or_wrong(
    team: Team, draft: UUID, place: str, typed: str, kept: Any, shown: str
) -> None:
    assert save(team, draft, Typed(place=place, value=typed)).conflicts == ()
    found = places.find(said(draft), place)
    assert found.value == kept
    assert typing_in.typed_of(found.shape, found.value) == shown


def test_an_empty_field_leaves_no_trace(team: Team, draft: UUID) -> None:
    save(team, draft, Typed(place="etapes/M4/comment", value=""))
    assert "comment" not in places.find(said(draft), "etapes/M4").value


def test_the_same_again_is_not_another_revision(team: Team, draft: UUID) -> None:
    first = save(team, draft, Typed(place="titre", value="Autre"))
    assert save(team, draft, Typed(place="titre", value="Autre")).revision == first.revision


def test_two_people_in_two_places_lose_nothing(team: Team, draft: UUID) -> None:
    began = ProtocolVersion.objects.get(uuid=draft).revision
    one = Typed(place="etapes/M2/quoi", value="Consultation", before="Consultation de suivi")
    other = Typed(place="alertes/HBA1C/delai", value="14 jours", before="28 jours")
    assert authoring.saving.save(team.agnes, draft, [one], revision=began).conflicts == ()
    assert authoring.saving.save(team.nadia, draft, [other], revision=began).conflicts == ()
    assert places.find(said(draft), "etapes/M2/quoi").value == "Consultation"
    assert places.find(said(draft), "alertes/HBA1C/delai").value == "14 jours"


@pytest.mark.parametrize("before", ["28 jours", None], ids=["with the script", "without"])
def test_two_people_in_one_place_are_shown_both_texts(team: Team, draft: UUID, before: str | None) -> None:
    began = ProtocolVersion.objects.get(uuid=draft).revision
    place = "alertes/HBA1C/delai"
    authoring.saving.save(team.nadia, draft, [Typed(place=place, value="14 jours", before="28 jours")], revision=began)
    mine = Typed(place=place, value="7 jours", before=before)
    (conflict,) = authoring.saving.save(team.agnes, draft, [mine], revision=began).conflicts
    assert (conflict.ours, conflict.theirs) == ("7 jours", "14 jours")
    assert places.find(said(draft), place).value == "14 jours"
    again = dataclasses.replace(mine, before="14 jours")
    assert authoring.saving.save(team.agnes, draft, [again], revision=began).conflicts == ()
    assert places.find(said(draft), place).value == "7 jours", "having seen theirs, one may prefer one's own"


@pytest.mark.parametrize(
    ("place", "first", "then", "kept"),
    [
        ("justification", "Soixante patients, ", "Soixante patients, un tiers", "Soixante patients, un tiers"),
        ("relu_le", "31032026", "30032026", "2026-03-30"),
        ("auteurs", "Dr Morel\n", "Dr Morel\nN. Lefèvre", ["Dr Morel", "N. Lefèvre"]),
        ("indicateurs/DIAB-C1/cible", "0.7", "0.75", "0.75"),
    ],
    ids=["a blank at the end of a pause", "a date", "an empty line", "a decimal point"],
)
def test_nobody_is_in_conflict_with_themselves(
    team: Team, draft: UUID, place: str, first: str, then: str, kept: Any
) -> None:
    """The script sends, as what stood there, what it sent the time before."""
    save(team, draft, Typed(place=place, value=first))
    assert save(team, draft, Typed(place=place, value=then, before=first)).conflicts == ()
    assert places.find(said(draft), place).value == kept


def test_a_field_that_one_did_not_touch_takes_nothing_back(team: Team, draft: UUID) -> None:
    """Without a script every field of the page is sent, with what stood there."""
    began = ProtocolVersion.objects.get(uuid=draft).revision
    theirs = Typed(place="alertes/HBA1C/delai", value="14 jours", before="28 jours")
    authoring.saving.save(team.nadia, draft, [theirs], revision=began)
    page = [
        Typed(place="alertes/HBA1C/delai", value="28 jours", before="28 jours"),
        Typed(place="alertes/RAC/delai", value="21 jours", before="28 jours"),
    ]
    assert authoring.saving.save(team.agnes, draft, page, revision=began).conflicts == ()
    assert places.find(said(draft), "alertes/HBA1C/delai").value == "14 jours"
    assert places.find(said(draft), "alertes/RAC/delai").value == "21 jours"


def test_a_text_that_is_too_long_is_refused_not_cut(team: Team, draft: UUID) -> None:
    long = "x" * (typing_in.LONGEST + 1)
    typed = [Typed(place="justification", value=long)]
    assert refusal(authoring.saving.save, team.agnes, draft, typed, revision=1).code == "E-PRO-66"
    rewrite(draft, lambda said: said.update(justification=long))
    save(team, draft, Typed(place="justification", value=long), Typed(place="titre", value="Le nôtre"))
    assert said(draft)["justification"] == long, "what a file brought stays whole"


def test_a_row_that_was_taken_away_says_so_and_keeps_what_was_typed(team: Team, draft: UUID) -> None:
    began = ProtocolVersion.objects.get(uuid=draft).revision
    authoring.saving.act(team.nadia, draft, "retirer", "population/exclusion/0.4", revision=began)
    typed = [
        Typed(place="population/exclusion/3.4/dire", value="Fin de vie", before="Soins palliatifs"),
        Typed(place="etapes/Z9/quoi", value="Perdu ?", before=""),
    ]
    found = authoring.saving.save(team.agnes, draft, typed, revision=began).conflicts
    assert [(each.ours, each.theirs) for each in found] == [
        ("Fin de vie", "Cette ligne a été retirée ou déplacée."),
        ("Perdu ?", "Cette ligne a été retirée ou déplacée."),
    ]


# ------------------------------------------------------------------------------------------------ rows


def test_rows_are_added_copied_moved_and_removed(team: Team, draft: UUID) -> None:
    def act(gesture: str, place: str) -> str:
        revision = ProtocolVersion.objects.get(uuid=draft).revision
        return authoring.saving.act(team.agnes, draft, gesture, place, revision=revision)

    def names() -> list[str]:
        return [step["id"] for step in said(draft)["etapes"]]

    was = names()
    assert act("ajouter", "etapes") == "etapes/S1"
    assert act("copier", "etapes/M2") == "etapes/M5"
    assert names() == [*was[:2], "M5", *was[2:], "S1"]
    assert act("monter", "etapes/S1") == "etapes/S1"
    assert names()[-2] == "S1"
    act("descendre", "etapes/M1")
    assert names()[:2] == ["M2", "M1"]
    act("monter", "etapes/M2")
    assert names()[:2] == ["M2", "M1"], "the first stays first"
    act("retirer", "etapes/S1")
    act("retirer", "etapes/M5")
    assert sorted(names()) == sorted(was)
    assert act("ajouter", "alertes/HBA1C/escalade") == "alertes/HBA1C/escalade/0.1"
    assert act("ajouter", "equipe/roles") == "equipe/roles/R1", "a part that was not there is made"
    act("vider", "equipe")
    assert "equipe" not in said(draft)


def test_a_gesture_on_what_somebody_changed_is_made_again(team: Team, draft: UUID) -> None:
    revision = ProtocolVersion.objects.get(uuid=draft).revision
    authoring.saving.act(team.nadia, draft, "ajouter", "etapes", revision=revision)
    refused = refusal(authoring.saving.act, team.agnes, draft, "retirer", "etapes/M1", revision=revision)
    assert refused.code == "E-PRO-63"
    assert "M1" in [step["id"] for step in said(draft)["etapes"]]


@pytest.mark.parametrize(
    ("gesture", "place"),
    [("ajouter", "titre"), ("retirer", "etapes"), ("vider", "population"), ("inventer", "etapes"), ("copier", "titre")],
)
def test_a_gesture_that_is_none_is_nothing(team: Team, draft: UUID, gesture: str, place: str) -> None:
    assert refusal(authoring.saving.act, team.agnes, draft, gesture, place, revision=2).code in ("E-ACC-04", "E-PRO-63")


# ------------------------------------------------------------------------------------------------ checks


def wrong(text: str) -> dict[str, str]:
    return {each.place: each.message for each in looking.wrongs(text)}


def test_everything_that_is_not_of_its_shape_is_said_in_its_place_at_once(team: Team, draft: UUID) -> None:
    save(
        team, draft, Typed(place="population/inclusion/0.2/si", value="âge >="),
        Typed(place="etapes/M2/fenetre", value="bientôt"), Typed(place="relu_le", value="hier"),
        Typed(place="indicateurs/DIAB-C1/cible", value="beaucoup"), Typed(place="titre", value=""),
    )  # fmt: skip
    found = wrong(ProtocolVersion.objects.get(uuid=draft).text)
    assert found.keys() == {
        "population/inclusion/0.2/si", "etapes/M2/fenetre", "relu_le", "indicateurs/DIAB-C1/cible", "titre",
    }  # fmt: skip
    assert "la question s’arrête trop tôt" in found["population/inclusion/0.2/si"]
    assert found["titre"] == "Titre\u202f: À remplir."


@pytest.mark.parametrize("typed", ["--5", "1.5", "05", "-", "²", "1234567890"])
def test_what_is_no_whole_number_is_said(team: Team, draft: UUID, typed: str) -> None:
    place = "indicateurs/DIAB-C1/effectif_min"
    save(team, draft, Typed(place=place, value=typed))
    assert "n’est pas un nombre entier" in wrong(ProtocolVersion.objects.get(uuid=draft).text)[place]
    save(team, draft, Typed(place=place, value="10"))
    assert not wrong(ProtocolVersion.objects.get(uuid=draft).text)


def test_what_does_not_hold_together_is_said_where_it_stands(team: Team, draft: UUID) -> None:
    save(team, draft, Typed(place="alertes/HBA1C/delai", value=""))
    assert wrong(ProtocolVersion.objects.get(uuid=draft).text) == {
        "alertes/HBA1C": "L’alerte « HBA1C » ne dit pas sous quel délai."
    }


def test_a_condition_is_said_in_words(team: Team, draft: UUID) -> None:
    notes = authoring.sections.notes(team.agnes, draft, ["population/inclusion/0.2/si", "titre", "nulle/part"])
    assert notes == {"population/inclusion/0.2/si": ("", "âge ≥ 18"), "titre": ("", "")}


@pytest.mark.parametrize("slug", SECTIONS)
def test_every_section_is_shown(team: Team, draft: UUID, slug: str) -> None:
    shown = authoring.sections.show(team.agnes, draft, slug, opened={"etapes/M2"})
    assert shown.may_edit
    assert not shown.wrongs
    assert [each.name for each in shown.fields] == list(SECTIONS[slug][1])


# ------------------------------------------------------------------------------------------------ the text itself


def test_the_text_is_brought_and_read_again_as_it_was_typed(team: Team, draft: UUID) -> None:
    text = "# À nous\ncode: DIAB-01 # dedans\ntitre: Le nôtre\n"
    authoring.saving.write_text(team.agnes, draft, text, revision=1)
    version = ProtocolVersion.objects.get(uuid=draft)
    assert (version.text, version.title, version.revision) == (text, "Le nôtre", 2)
    assert wrong(version.text)["theme"] == "Thème\u202f: À remplir."


@pytest.mark.parametrize(
    ("text", "revision", "code"),
    [("a: [", 1, "E-PRO-65"), ("", 1, "E-PRO-65"), ("x" * 300_001, 1, "E-PRO-65"), ("code: A", 7, "E-PRO-63")],
    ids=["no yaml", "empty", "too large", "changed meanwhile"],
)
def test_a_text_that_is_none_changes_nothing(team: Team, draft: UUID, text: str, revision: int, code: str) -> None:
    was = ProtocolVersion.objects.get(uuid=draft).text
    assert refusal(authoring.saving.write_text, team.agnes, draft, text, revision=revision).code == code
    assert ProtocolVersion.objects.get(uuid=draft).text == was


def test_a_text_that_is_right_everywhere_but_is_no_protocol_is_shown_with_its_faults(team: Team, draft: UUID) -> None:
    text = "code: [1, {a: b}]\netapes: rien\nalertes: [x]\nintrus: 1"
    authoring.saving.write_text(team.agnes, draft, text, revision=1)
    found = wrong(ProtocolVersion.objects.get(uuid=draft).text)
    assert found["etapes"] == "Une liste est attendue."
    assert found["alertes/0.1"] == "Une table de clés et de valeurs est attendue."
    assert found[""] == "Clé inconnue «\u202fintrus\u202f»."
    for slug in SECTIONS:
        authoring.sections.show(team.agnes, draft, slug)
