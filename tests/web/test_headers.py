"""What the browser is told of every answer."""

from __future__ import annotations

import gzip
import re

import pytest
from django.test import Client

from maillon.web import assets
from tests.web.conftest import Record


@pytest.mark.parametrize("address", ["/connexion", "/journee", "/nulle-part"])
def test_every_page_is_strict(address: str, claire: Client) -> None:
    headers = claire.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_no_page_holds_an_inline_script_or_style(claire: Client, record: Record) -> None:
    for address in ("/journee", "/patients", record.page("chronologie"), record.page("resultats"), "/reglages"):
        page = claire.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page), address


def test_htmx_may_not_evaluate(claire: Client) -> None:
    page = claire.get("/journee").content.decode()
    assert '"allowEval":false' in page
    assert '"includeIndicatorStyles":false' in page


def test_a_page_is_compressed_and_reads_the_same(claire: Client) -> None:
    plain = claire.get("/raccourcis")
    packed = claire.get("/raccourcis", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content


def test_the_compressed_size_tells_nothing(claire: Client) -> None:
    sizes = {len(claire.get("/raccourcis", headers={"Accept-Encoding": "gzip"}).content) for _ in range(12)}
    assert len(sizes) > 3


def test_style_and_scripts_are_kept_for_ever_under_their_content(client: Client, db: None) -> None:
    for name in assets.BUNDLES:
        answer = client.get(assets.address(name))
        assert "immutable" in answer.headers["Cache-Control"]
        stale = client.get(f"/statique/000000000000/{name}")
        assert stale.headers["Cache-Control"] == "no-store"
    assert client.get("/statique/x/../../settings.py").status_code == 404


def test_the_whole_weight_of_a_first_visit_is_small() -> None:
    if not assets.VENDOR.exists():
        pytest.skip("static/vendor is absent (bin/assemble_front): nothing to weigh")
    assert sum(len(each.packed) for each in assets.assets().values()) < 150_000


def test_an_htmx_request_without_session_leads_to_the_sign_in(client: Client, db: None) -> None:
    answer = client.get("/a-regler/nombre", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/connexion"
