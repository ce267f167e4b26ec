from __future__ import annotations

import re

from django.test import Client

from tests.web import world
from tests.web.conftest import Record


def test_what_is_denied_never_reads_as_what_is_so(claire: Client, record: Record) -> None:
    world.file_synthesis(record.access)
    page = claire.get(record.page("synthese")).content.decode()
    item = next(each for each in re.findall(r"<li.*?</li>", page, re.S) if "Infarctus" in each)
    assert "Absent" in item
    assert "is-negated" in item


def test_what_nobody_knows_is_not_ticked_as_known_and_what_is_absent_is_not_counted(
    claire: Client, record: Record
) -> None:
    world.file_synthesis(record.access)
    page = claire.get(record.page("synthese")).content.decode()
    lines = re.findall(r"<li.*?</li>", page, re.S)
    items = {word: each for each in lines for word in ("Aucun dis", "Pas d’inf") if word in each}
    assert "check-circle" in items["Aucun dis"]
    assert "check-circle" not in items["Pas d’inf"]
    assert "question-circle" in items["Pas d’inf"]
    for kind, count in (("device", None), ("procedure", None), ("problem", "2")):
        head = re.search(rf'<h2 id="s-{kind}">.*?</div>', page, re.S)
        assert head is not None
        told = re.search(r'class="count">(\d+)<', head.group())
        assert (told.group(1) if told else None) == count, kind


def test_each_statement_names_its_source_and_its_date(claire: Client, record: Record) -> None:
    filed = world.file_synthesis(record.access)
    page = claire.get(record.page("synthese")).content.decode()
    item = next(each for each in re.findall(r"<li.*?</li>", page, re.S) if "Metformine" in each)
    assert f"/document/{filed.uuid}" in item
    assert "Dr Karim Benali" in item
    assert "depuis le 02/03/2019" in re.sub(r"\s+", " ", item)


def test_silence_is_said_to_be_silence(claire: Client, record: Record) -> None:
    page = claire.get(record.page("synthese")).content.decode()
    assert page.count("Non renseigné.") == 6
    assert "Compte rendu de dispensation" in page, "the pharmacy says what was handed over"
