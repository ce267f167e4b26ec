from __future__ import annotations

import html
import re

from django.test import Client

from tests.web.conftest import Record


def test_each_thing_measured_is_one_line_with_its_trend(claire: Client, record: Record) -> None:
    page = claire.get(record.page("resultats")).content.decode()
    assert "Hémoglobine glyquée" in page
    assert page.count('class="spark"') >= 1
    assert re.search(r"\d,\d\s*(mmol/L|%)", page)


def test_an_abnormal_value_is_said_in_words_too(claire: Client, record: Record) -> None:
    page = claire.get(record.page("resultats")).content.decode()
    assert re.search(r'class="flag is-out".*?\(élevé\)', page, re.S)


def test_the_picture_stands_beside_its_table(claire: Client, record: Record) -> None:
    page = claire.get(record.page("resultats")).content.decode()
    row = next(each for each in re.findall(r"<tr>.*?</tr>", page, re.S) if 'class="spark"' in each)
    address = html.unescape(re.search(r'href="([^"]+courbe[^"]+)"', row).group(1))  # type: ignore[union-attr]
    trend = claire.get(address).content.decode()
    assert 'role="img"' in trend
    dots = len(re.findall(r'class="(?:in|out)"', trend)) - 2  # less the two of the key
    assert dots == trend.count('<th scope="row">') > 1


def test_a_result_that_is_not_there_is_not_found(claire: Client, record: Record) -> None:
    for asked in ("?s=x&c=y", "?l=%00", "?c=%ED%A0%80"):
        assert claire.get(record.page("resultats/courbe") + asked).status_code == 404


def test_only_abnormal_ones_on_demand(claire: Client, record: Record) -> None:
    everything = claire.get(record.page("resultats")).content.decode().count('scope="row"')
    abnormal = claire.get(record.page("resultats") + "?anormaux=1").content.decode().count('scope="row"')
    assert 0 < abnormal < everything
