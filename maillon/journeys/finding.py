"""Looking at the pages as somebody who works there: what is in the record, and in whose day."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import urlsplit

from maillon.journeys.playing import Playing, norm
from maillon.kernel import outbox
from simulators.journeys.browser import Browser, Page

T = TypeVar("T")
PAUSE: Final = 0.4  # seconds between two looks
LOOKS: Final = 5
CASE: Final = re.compile(r"/a-regler/[0-9a-f-]{36}")
_TASK: Final = re.compile(r"/tache/[0-9a-f-]{36}$")
_STATUSES: Final = {"qualifiee": "qualifi", "recuperee": "récup", "provisoire": "provisoire", "validee": "valid"}


def eventually(look: Callable[[], T], *, patience: float) -> T:
    """What is seen as soon as it is something, or at the end of patience."""
    deadline = time.monotonic() + patience
    while True:
        found = look()
        if found or time.monotonic() > deadline:
            return found
        time.sleep(PAUSE)


def until_nothing_is_due(*, patience: float) -> None:
    """What was promised has been done, or at the end of patience. Work promises work, and a mailbox is collected every
    second: nothing is due only when several looks have found nothing."""
    quiet = 0

    def is_quiet() -> bool:
        nonlocal quiet
        quiet = 0 if outbox.due() else quiet + 1
        return quiet >= LOOKS

    eventually(is_quiet, patience=patience)


def documents_titled(playing: Playing, title: str, browser: Browser | None = None) -> list[str]:
    """The documents of the record with this title, in force, by their number in addresses."""
    page = (browser or playing.reader).open(f"{playing.record}/documents")
    found = dict.fromkeys(
        urlsplit(str(link.get("href"))).path.rpartition("/")[2]
        for link in page.tree.xpath('//a[starts-with(@href, "/document/")]')
        if norm(link.text_content()) == norm(title)
    )
    return list(found)


def questionnaire_titled(page: Page, title: str) -> str:
    """Where the one that bears this title is, on the page of those of a record; empty when none does."""
    links = page.tree.xpath('//a[contains(@href, "/questionnaire/")]')
    return next((str(each.get("href")) for each in links if norm(title) in norm(each.text_content())), "")


def is_in_day(browser: Browser, uuid: str) -> bool:
    return any(link.startswith(f"/document/{uuid}") for link in browser.open("/journee").links("/document/"))


def case_of(playing: Playing, actor: str) -> str:
    """In « À régler », found by the name that its document bears: nothing else tells one demand from another."""
    browser, name = playing.browser(actor), norm(playing.person.birth_family_name)
    for link in browser.open("/a-regler").links("/a-regler/"):
        if CASE.fullmatch(link) and name in norm(browser.open(link).tree.text_content()):
            return link
    return ""


def reading_asked(page: Page) -> str:
    """Where the page of a document lets whoever opened it say that they have read it; empty when they need not."""
    places = (urlsplit(each.action or "").path for each in page.tree.forms)
    return next((place for place in places if _TASK.search(place)), "")


def is_read_by(page: Page, name: str) -> bool:
    """As the page of a document tells it, whoever it was addressed to."""
    lines = [norm(each.text_content()) for each in page.tree.xpath('//section[@aria-labelledby="lectures"]//li')]
    return any(each.startswith("lu ") and norm(name) in each.partition("(adressé à")[0] for each in lines)


def identity_said(page: Page) -> str:
    """Of the identity page: its status, in the words of the scenario."""
    badges = page.tree.xpath('//section[@aria-labelledby="traits"]//*[@class="count"]')
    said = norm(" ".join(each.text_content() for each in badges))
    return next((word for word, begin in _STATUSES.items() if begin in said), "")


def first_channel(page: Page, action: str) -> dict[str, str]:
    """How the patient was told: the first way that the form offers."""
    form = page.form(action)
    ways = form.xpath('.//input[@name="moyen"]/@value') + form.xpath('.//select[@name="moyen"]/option/@value')
    return {"moyen": next(str(each) for each in ways if each)} if any(ways) else {}
