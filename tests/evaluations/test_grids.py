"""Grids are content: read strictly, refused with file and line; those that a structure brings as well."""

from __future__ import annotations

import pytest

from maillon.access import api as access_room
from maillon.evaluations import api as evaluations
from maillon.evaluations.models import Referential
from maillon.kernel.content import ContentError
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from tests.conftest import Cast
from tests.evaluations.conftest import MATURITY, refusal
from tests.evaluations.test_campaigns import other_version

grids = evaluations.grids


def shipped(name: str) -> str:
    return grids.shipped()[name][1]


@pytest.mark.parametrize(
    ("name", "was", "becomes", "expected"),
    [
        (MATURITY, "  - code: B\n", "  - code: A\n", "axe répété « A »"),
        (MATURITY, "      - code: A2\n", "      - code: A1\n", "dimension répétée « A1 »"),
        (MATURITY, "{niveau: 4, constats: [\"Le diagnostic est mis", "{niveau: 3, constats: [\"Le diagnostic est mis",
         "un niveau par degré"),
        (MATURITY, "preuve_auto: [mssante]", "preuve_auto: [magie]", "preuve inconnue « magie »"),
        (MATURITY, "[\"L’équipe n’a pas regardé les besoins de la population qu’elle sert.\"]", "[]",
         "une à trois observations"),
        ("mobile-101", "code: \"1.1.2\"", "code: \"1.1.1\"", "critère répété « 1.1.1 »"),
        ("mobile-101", "exigence: confort", "exigence: luxe", "exigence inconnue « luxe »"),
        ("mobile-101", "patients: faible, ", "", "un risque pour chaque public"),
        ("mobile-101", "socle: {faible: obligatoire, ", "socle: {", "pour chaque risque"),
        ("mobile-101", "socle: {faible: obligatoire", "socle: {faible: parfois", "« parfois » n’est pas admis"),
        ("irritants", ", delai_jours: 30", "", "n’a pas de délai"),
        ("telesoin", "professions: [\"G15_95\"]", "professions: [\"G15_00\"]", "profession inconnue « G15_00 »"),
        ("telesoin", "code: conditions\n    libelle", "code: autre\n    libelle", "deux axes"),
        ("dmn", "nature: fiche", "nature: tableau", "« tableau » n’est pas admis"),
        ("dmn", "nature: fiche", "nature: conformite", "n’a pas d’exigence"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_its_line(name: str, was: str, becomes: str, expected: str) -> None:
    text = shipped(name)
    assert was in text
    wrong = text.replace(was, becomes, 1)
    with pytest.raises(ContentError, match=r"grille\.yaml, ligne \d+ : ") as caught:
        grids.read(wrong, "grille.yaml")
    assert expected in str(caught.value)


def test_the_line_is_that_of_the_mistake() -> None:
    text = shipped(MATURITY).replace("      - code: A2\n", "      - code: A1\n")
    with pytest.raises(ContentError) as caught:
        grids.read(text, "grille.yaml")
    line = int(str(caught.value).split("ligne ")[1].split(" ")[0])
    assert text.splitlines()[line - 1].strip() == "- code: A1"
    assert line > text.splitlines().index("      - code: A1")


def test_the_maturity_grid_has_four_axes_sixteen_dimensions_five_levels() -> None:
    grid = grids.shipped()[MATURITY][0]
    assert (len(grid.axes), len(grid.dimensions), len(grid.echelle)) == (4, 16, 5)
    assert [each.code for each in grid.dimensions] == [
        *(f"A{n}" for n in range(1, 5)), *(f"B{n}" for n in range(1, 7)), "C1", "C2", "C3", "D1", "D2", "D3",
    ]  # fmt: skip
    assert grid.a_verifier


# ------------------------------------------------------------------------------------------------ brought


def test_a_structure_brings_its_own_and_nobody_else_sees_it(cast: Cast, agnes: Actor) -> None:
    key = grids.bring(agnes, other_version(), name="locale.yaml")
    assert key in dict(grids.offered(agnes, "maturite"))
    assert grids.shown(cast.claire, key).titre == "Notre matrice"
    assert key not in dict(grids.offered(cast.paul, "maturite"))
    with pytest.raises(access_room.AccessDenied):
        grids.shown(cast.paul, key)
    assert refusal(grids.bring, agnes, other_version(), name="locale.yaml") == "E-MAT-12"


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"\xff\xfe", b"titre: [", b"- une\n- liste\n", BOMB.encode(), b"[" * 100_000, b"x" * 300_001,
        b"code: !!python/object/apply:os.system ['true']", b"a: \x01",
        other_version().replace(b"2026-11-28", b"2026-02-31"),
        other_version().replace(b"valeur: 0", b"valeur: 99999999999999999999"),
        other_version().replace(b"nature: maturite", b"nature: eligibilite"),
    ],
    ids=["empty", "not utf-8", "broken", "list", "bomb", "deep", "large", "tag", "control", "no such day", "huge",
         "another nature"],
)  # fmt: skip
def test_what_is_no_grid_is_refused_with_its_line_and_keeps_nothing(agnes: Actor, sent: bytes) -> None:
    with pytest.raises(UserMessage) as caught:
        grids.bring(agnes, sent, name="../../grille.yaml")
    assert caught.value.code == "E-MAT-11"
    assert "/" not in caught.value.message.split(",")[0]
    assert not Referential.objects.exists()
