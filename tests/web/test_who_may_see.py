from __future__ import annotations

from django.test import Client

from tests.web.conftest import Record


def test_the_page_says_why_and_who(claire: Client, record: Record) -> None:
    page = claire.get(record.page("qui-peut-voir")).content.decode()
    assert "Vous voyez ce dossier parce que vous êtes le médecin traitant déclaré." in page
    assert "Maison de santé des Tilleuls" in page


def test_repeated_openings_of_a_day_are_one_line(claire: Client, record: Record) -> None:
    for _ in range(3):
        claire.get(record.page("synthese"))
    page = claire.get(record.page("qui-peut-voir")).content.decode()
    assert page.count("3\u202ffois ce jour-là") == 1
    assert page.count('<span class="said">Dr Claire Morel</span>') == 3  # the circle, the synthesis, this page
