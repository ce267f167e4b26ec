"""The browser of somebody who works in Maillon: it opens pages, fills the forms that they show, and sends them. It
knows nothing but HTTP and HTML."""

from __future__ import annotations

import datetime as dt
import http.client
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

import pyotp
from lxml import html

Values = Mapping[str, str | Sequence[str]]
REDIRECTS: Final = (301, 302, 303, 307)
STEP: Final = 30  # of a code, in seconds


class PageError(Exception):
    """What the page said, in its own French, or that it did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    address: str
    status: int
    data: bytes

    @property
    def tree(self) -> html.HtmlElement:
        found: html.HtmlElement = html.fromstring(self.data or b"<html></html>", base_url=self.address)
        return found

    @property
    def refusal(self) -> str:
        """What a page says when it refuses."""
        said = self.tree.xpath('//*[@role="alert"]//p')
        return " ".join(" ".join(each.text_content().split()) for each in said)

    def form(self, action: str) -> html.FormElement:
        """The form that leads there: by the end of its address."""
        for form in self.tree.forms:
            if urlsplit(form.action or "").path.endswith(action):
                return form
        raise PageError(f"la page {urlsplit(self.address).path} n’offre pas « {action} » {self.refusal}".strip())

    def has_form(self, action: str) -> bool:
        return any(urlsplit(form.action or "").path.endswith(action) for form in self.tree.forms)

    def links(self, begin: str) -> list[str]:
        found = dict.fromkeys(str(each) for each in self.tree.xpath("//a/@href"))
        return [each for each in found if each.startswith(begin)]


@dataclass(slots=True)
class Browser:
    """One person at their post. `secret` gives the codes of their telephone; `house`: where they work today, when they
    work at two."""

    site: str
    name: str = ""
    password: str = ""
    secret: str = ""
    house: str = ""
    sleep: Callable[[float], None] = time.sleep
    _cookies: dict[str, str] = field(default_factory=dict)
    _is_in: bool = False

    @property
    def cookies(self) -> dict[str, str]:
        """Their session, as their browser holds it."""
        return dict(self._cookies)

    def answers(self) -> bool:
        return self._asked("GET", "/connexion").status == 200

    def open(self, path: str) -> Page:
        self._enter()
        return self._followed("GET", path)

    def send(self, page: Page, action: str, values: Values | None = None) -> Page:
        """The form as it stands, with what is filled; the page that answers. Raises PageError with its refusal."""
        self._enter()
        form = page.form(action)
        answer = self._followed("POST", urlsplit(form.action or page.address).path, _filled(form, values or {}))
        if answer.status >= 400:
            raise PageError(answer.refusal or f"la page {action} répond {answer.status}")
        return answer

    def post(self, page: Page, action: str, address: str, values: Values) -> Page:
        """The form of the page, by a button that sends it elsewhere."""
        self._enter()
        return self._followed("POST", address, _filled(page.form(action), values))

    def status(self, path: str) -> int:
        """How a page answers, without being followed."""
        self._enter()
        return self._asked("GET", path).status

    def download(self, path: str) -> bytes | None:
        self._enter()
        page = self._asked("GET", path)
        return page.data if page.status == 200 else None

    # ------------------------------------------------------------------------------------------ the door

    def _enter(self) -> None:
        if self._is_in:
            return
        page = self._followed("GET", "/connexion")
        said = {"identifiant": self.name, "mot_de_passe": self.password}
        page = self._followed("POST", "/connexion", _filled(page.form("/connexion"), said))
        for attempt in range(3):
            if urlsplit(page.address).path != "/second-facteur":
                break
            if attempt:  # a code serves once: wait for the next
                self.sleep(STEP - time.time() % STEP + 0.5)
            code = pyotp.TOTP(self.secret).at(dt.datetime.fromtimestamp(time.time(), dt.UTC))
            page = self._followed("POST", "/second-facteur", _filled(page.form("/second-facteur"), {"code": code}))
        if urlsplit(page.address).path == "/connexion/situation":
            form = page.form("/connexion/situation")
            places = form.xpath('.//*[@name="structure"]')
            place = next((each for each in places if self.house and self.house in each.text_content()), places[0])
            page = self._followed("POST", "/connexion/situation", _filled(form, {"structure": place.get("value")}))
        if page.status != 200 or urlsplit(page.address).path in ("/connexion", "/second-facteur"):
            raise PageError(f"{self.name} n’a pas pu se connecter\u202f: {page.refusal}")
        self._is_in = True

    def _followed(self, method: str, path: str, body: str = "") -> Page:
        page = self._asked(method, path, body)
        for _ in range(6):
            if page.status not in REDIRECTS:
                break
            page = self._asked("GET", urljoin(page.address, page.data.decode()))
        if urlsplit(page.address).path == "/connexion" and self._is_in:
            self._is_in = False  # the session is over: in again, and the same page
            self._enter()
            return self._followed("GET", path) if method == "GET" else page
        return page

    def _asked(self, method: str, path: str, body: str = "") -> Page:
        """A redirection carries where it leads in place of its page."""
        parts, where = urlsplit(self.site), urlsplit(path)
        target = where.path + (f"?{where.query}" if where.query else "")
        headers = {"Cookie": "; ".join(f"{key}={value}" for key, value in self._cookies.items()), "Host": parts.netloc}
        if body:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.site}
        try:
            line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
            line.request(method, target, body=body.encode() or None, headers=headers)
            answer = line.getresponse()
            data = answer.read()
        except OSError as error:
            raise PageError(f"les pages ne répondent pas ({type(error).__name__})") from error
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        line.close()
        if answer.status in REDIRECTS:
            data = (answer.headers.get("Location") or "/").encode()
        return Page(address=urljoin(self.site, target), status=answer.status, data=data)


def _filled(form: html.FormElement, values: Values) -> str:
    """What a browser would send: the fields as they stand, those named replaced, no unticked box."""
    kept = [(str(name), str(value)) for name, value in form.form_values() if name not in values]
    for name, value in values.items():
        kept += [(name, value)] if isinstance(value, str) else [(name, each) for each in value]
    return urlencode(kept)
