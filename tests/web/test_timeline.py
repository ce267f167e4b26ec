from __future__ import annotations

import re

import pytest
from django.test import Client

from maillon.web.views import timeline
from tests.conftest import Cast
from tests.web import world
from tests.web.conftest import Record


def titles(page: str) -> list[str]:
    return re.findall(r'class="line-title" href="(/document/[^"]+)"', page)


def test_every_document_is_one_line_latest_first(claire: Client, record: Record) -> None:
    page = claire.get(record.page("chronologie")).content.decode()
    assert set(titles(page)) == {f"/document/{each.uuid}" for each in record.documents}
    months = re.findall(r'<h2 id="m\d+">\s*([^<]+?)\s*</h2>', page)
    assert months == sorted(months, key=lambda title: (title.split()[1], _month(title)), reverse=True)


def test_the_banner_says_who_and_how_sure(claire: Client, record: Record) -> None:
    page = claire.get(record.page("chronologie")).content.decode()
    for said in ("LAMBERT GERARD", "12/04/1957", "Masculin", "Qualifiée", "INS-NIR de test", "Dr Claire Morel"):
        assert said in page


def test_unknown_allergies_are_not_no_allergies(claire: Client, record: Record) -> None:
    page = claire.get(record.page("chronologie")).content.decode()
    assert "non renseigné" in page
    assert "aucune connue" not in page
    world.file_synthesis(record.access)
    assert "Pénicilline" in claire.get(record.page("chronologie")).content.decode()


def test_a_kind_is_kept_alone(claire: Client, record: Record) -> None:
    page = claire.get(record.page("chronologie") + "?type=43").content.decode()
    assert 0 < len(titles(page)) < len(record.documents)
    assert "examens biologiques" not in page[page.index('id="chronologie"') :]


def test_an_address_made_by_hand_is_passed_over(claire: Client, record: Record) -> None:
    far = ("9999-12-31T23:59:59-12:00/4", "9999-12-31T23:59:59Z/4", "0001-01-01T00:00:00%2B14:00/4")
    moments = ("hier/3", "2026-01-01T00:00:00/4", "", f"2026-01-01T00:00:00Z/{'9' * 30}", "2026-01-01/-4", *far)
    for parts in ("?type=zz", "?profession=<b>", *(f"?avant={moment}" for moment in moments)):
        assert claire.get(record.page("chronologie") + parts).status_code == 200


def test_one_page_leads_to_the_next_and_nothing_is_missed(
    claire: Client, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "PAGE", 5)
    address, seen = record.page("chronologie"), []
    while address:
        page = claire.get(address).content.decode()
        seen += titles(page)
        more = re.search(r'data-more\s+href="([^"]+)"', page)
        address = record.page("chronologie") + more.group(1).replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == len(record.documents)


def test_somebody_outside_and_a_record_that_is_not_get_one_page(paul: Client, record: Record) -> None:
    forbidden = paul.get(record.page("chronologie"))
    absent = paul.get("/dossier/00000000-0000-4000-8000-000000000000/chronologie")
    assert forbidden.status_code == absent.status_code == 404
    assert forbidden.content == absent.content


def test_an_empty_record_says_so(claire: Client, cast: Cast) -> None:
    access = world.follow(world.register("avk"), cast)
    assert "Aucun document" in claire.get(f"/dossier/{access.patient_uuid}/chronologie").content.decode()


def _month(title: str) -> int:
    from maillon.web.wording import MONTHS

    return MONTHS.index(title.split()[0])
