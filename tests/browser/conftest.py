"""A real Chromium on the real pages. Without the browser or axe-core these tests are skipped, and say so."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from maillon.access.models import Account
from maillon.access.sessions import actor_of_account
from maillon.documents import api as documents
from maillon.exchange import api as exchange
from maillon.kernel.key import Access
from maillon.web import assets
from tests import base
from tests.browser import grids, moves, sendings
from tests.conftest import Cast, engaged
from tests.seep import answers
from tests.web import world

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CAPTURES = ROOT / "docs" / "captures"
WIDTHS = {390: 844, 1024: 768, 1440: 900}
PATIENCE = 20_000  # milliseconds: a slow machine is no fault of a page
expect.set_options(timeout=PATIENCE)
ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Playwright keeps an event loop in the test's thread; the questions to the database are synchronous all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@dataclass(frozen=True, kw_only=True)
class Site:
    """The pages of a small territory: who to be, and where to go."""

    address: str
    record: Access
    documents: list[world.Filed]
    empty: Access
    homonym: Access
    foreign: world.Filed  # filed in the record of somebody else
    sent: UUID
    evaluations: grids.Shown
    cases: list[UUID] = field(default_factory=list)
    structure_id: int = 0
    cast: Cast
    errands: list[UUID] = field(default_factory=list)

    def tab(self, name: str, access: Access | None = None) -> str:
        return f"/dossier/{(access or self.record).patient_uuid}/{name}"

    def document(self, title: str) -> str:
        found = next(each for each in reversed(self.documents) if title in each.title)
        return f"/document/{found.uuid}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is absent: the browser tests were not run")
    if not AXE.exists():
        pytest.skip("node_modules is absent (npm ci, then bin/assemble_front): the browser tests were not run")
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def cast(request: pytest.FixtureRequest, db: None) -> Cast:
    """That of the site, where a test has one."""
    return request.getfixturevalue("site").cast if "site" in request.fixturenames else engaged()


_built: list[Site] = []


@pytest.fixture
def site(browser: Browser, live_server: Any, db: None) -> Site:
    """Built for the first test that asks for it; its rows are put back for each of the others."""
    assets.assets.cache_clear()
    answers.forget()
    if _built:
        base.put_back()
    else:
        _built.append(_build(live_server.url, engaged()))
        base.keep()
    return replace(_built[0], errands=[])


def _build(address: str, cast: Cast) -> Site:
    Account.objects.filter(identifier="claire@demo").update(is_administrator=True, is_referent=True)
    record = world.follow(world.register("diabete"), cast, treating=cast.claire)
    filed = world.file_story(record, "diabete", reader=cast.claire, most=40)
    world.file_synthesis(record)
    heart = world.follow(world.register("coeur"), cast, treating=cast.claire)
    world.file_story(heart, "coeur", reader=cast.claire, most=6)
    empty = world.follow(world.register("avk"), cast)
    homonym = world.follow(world.register("homonyme-lyon"), cast)
    world.follow(world.register("homonyme-grenoble"), cast)
    foreign = world.file(homonym, world.told("avk", 1)[0][1])
    mailbox = world.mailbox(cast)
    world.receive(
        mailbox, "contradicting_traits", "unknown_patient", "homonym", "pdf_alone", "doctype", "not_an_archive"
    )
    world.see_in_the_national_record(record, filed[-1].uuid)
    moves.stand(cast, record)
    while documents.index_words():
        pass
    sent = sendings.send_some(cast, record, [each.uuid for each in reversed(filed)])
    sendings.fill_the_book(replace(cast, claire=actor_of_account(Account.objects.get(identifier="claire@demo").pk)))
    return Site(
        address=address, record=record, documents=filed, empty=empty, homonym=homonym, foreign=foreign,
        sent=sent, cases=[case.uuid for case in exchange.to_settle(cast.claire)], structure_id=cast.tilleuls_id,
        cast=cast, evaluations=grids.stand(cast),
    )  # fmt: skip


def _session_of(name: str) -> str:
    return world.open_session(actor_of_account(Account.objects.get(identifier=f"{name}@demo").pk))


@pytest.fixture
def opened(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """`opened("claire", width=390)`: a page of a fresh browser where Claire has signed in; None for nobody. A small
    one is touched, unless it will be made wider (`look` in test_every_page)."""
    contexts: list[BrowserContext] = []

    def open_page(
        name: str | None, *, width: int = 1440, javascript: bool = True, is_touched: bool | None = None
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": WIDTHS.get(width, 900)}, locale="fr-FR", java_script_enabled=javascript,
            base_url=site.address, has_touch=width < 500 if is_touched is None else is_touched,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        if name is not None:
            context.add_cookies([{"name": "maillon", "value": _session_of(name), "url": site.address}])
            page.goto("/journee")
        return page

    yield open_page
    for context in contexts:
        context.close()
