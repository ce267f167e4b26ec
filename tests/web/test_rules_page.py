"""The published rules say what the rules do."""

from __future__ import annotations

import html

from django.apps import apps
from django.test import Client

from maillon.access.api import law, matrix
from maillon.commands import regles
from maillon.kernel import clock, config
from maillon.web import rulebook


def test_the_published_page_is_up_to_date() -> None:
    written = (config.ROOT / "docs" / "regles.md").read_text(encoding="utf-8")
    assert written == regles.published(), "run `maillon regles publier`"


def test_every_step_of_the_law_is_on_the_page_in_its_order(sylvie: Client) -> None:
    page = html.unescape(sylvie.get("/regles").content.decode())
    assert len(law.LAWS["professional"]) == len(rulebook.laws()[0].steps)
    place = 0
    for step in (step for table in rulebook.laws() for step in table.steps):
        for said in (step.sentence, *step.when, *step.unless):
            place = page.index(said, place)


def test_a_condition_is_said_as_it_decides() -> None:
    said = {line.code: line for line in rulebook.laws()[0].steps}
    assert said["A01"].unless == ("si la session a prouvé deux facteurs",)
    assert said["auteur"].when == ("s’il est l’auteur du document",)
    assert len(said["A04"].unless) == 3
    assert said["ouvert"].when == said["ouvert"].unless == ()
    either = law.refuse("X", law.OPPOSED | law.MASKED, "")
    assert rulebook._step(either).when[0].count(", ou si ") == 1


def test_every_cell_of_the_matrix_is_on_the_page_with_its_provenance(sylvie: Client) -> None:
    page = html.unescape(sylvie.get("/regles").content.decode())
    table = rulebook.matrix_in_force(clock.today())
    assert table is not None
    cells = [cell for line in table.lines for cell in line.cells]
    assert page.count('<td class="is-official') == sum(cell.is_official for cell in cells)
    assert page.count('<td class="is-local') == sum(not cell.is_official for cell in cells)
    assert all(each.code in page for each in matrix.types().values())
    assert "à vérifier" in page


def test_every_closed_list_has_a_name_that_people_know() -> None:
    unnamed = [each.title for each in rulebook.closed_lists() if each.title.count(".") == 2]
    assert unnamed == [], "name it in maillon.web.rulebook.TITLES"
    known = {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for model in apps.get_models() for field in model._meta.fields if field.choices
    }  # fmt: skip
    assert set(rulebook.TITLES) <= known, "a list that no field has any more"


def test_a_state_table_says_every_allowed_passage() -> None:
    (identity,) = (each for each in rulebook.closed_lists() if each.title.startswith("Statut de l’identité"))
    assert ("Qualifier l’identité", "Récupérée, Validée", "Qualifiée") in {
        (move.label, move.sources, move.target) for move in identity.moves
    }


def test_nobody_reads_the_page_from_outside(client: Client) -> None:
    assert client.get("/regles").status_code == 302
