from __future__ import annotations

from django.test import Client

from maillon.documents import api as documents
from tests.documents import making
from tests.web.conftest import Record


def test_words_are_found_without_their_accents(claire: Client, record: Record) -> None:
    while documents.index_words():
        pass
    page = claire.post(record.page("documents"), {"q": "glycemie"}).content.decode()
    assert "<mark>Glycémie</mark>" in page


def test_nothing_found_is_said(claire: Client, record: Record) -> None:
    page = claire.post(record.page("documents"), {"q": "zythum"}).content.decode()
    assert "Aucun document ne contient ces mots" in page


def test_without_words_the_latest_are_shown(claire: Client, record: Record) -> None:
    page = claire.get(record.page("documents")).content.decode()
    assert page.count('class="line-title"') == len(record.documents)


def test_somebody_outside_searches_in_vain(paul: Client, record: Record) -> None:
    assert paul.post(record.page("documents"), {"q": "glycemie"}).status_code == 404


def test_a_search_that_shows_only_the_first_says_so(claire: Client, record: Record) -> None:
    for _ in range(31):
        making.file(record.access.patient_id, making.filing(text="zythum"))
    while documents.index_words():
        pass
    page = claire.post(record.page("documents"), {"q": "zythum"}).content.decode()
    assert page.count('class="line-title"') == 30
    assert "Trente documents au plus" in page
    assert "au plus" not in claire.post(record.page("documents"), {"q": "glycemie"}).content.decode()
