"""Search parameters: those that a resource allows, read strictly; the page; the address of the next one.

An unknown or forbidden parameter is refused (400), never ignored: an ignored one answers more than was asked. Only
« Prefer: handling=lenient » lets unknown ones be left out; the self link then says what was applied.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import orjson
from django.http import HttpRequest, QueryDict

from maillon.documents.api import serving
from maillon.fhir_api.refusals import Refusal, parameter
from maillon.kernel import clock, opaque

MOST: Final = 100
USUAL: Final = 50
MOST_VALUES: Final = 20
LONGEST: Final = 500
_ALWAYS: Final = frozenset({"_format", "_pretty", "_count", "_total", "_page"})
_DATE: Final = re.compile(
    r"(?P<prefix>eq|ge|gt|le|lt)?(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)(T(?P<time>.+))?)?)?"
)
Between = serving.Between


@dataclass
class Query:
    """What was asked for, once judged. `values` keep the order of the address."""

    resource: str
    base: str
    values: dict[str, list[str]]
    count: int
    page: str
    shows_total: bool
    orders: Mapping[str, str] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        return any(name in self.values for name in names)

    def one(self, name: str) -> str | None:
        """A parameter that makes no sense twice."""
        found = self.values.get(name)
        if found is None:
            return None
        if len(found) > 1:
            raise parameter("E-FHIR-42", f"Le paramètre {name} ne se répète pas.", name)
        return found[0]

    def any_of(self, name: str) -> list[str] | None:
        """« a,b »: one or the other."""
        said = self.one(name)
        if said is None:
            return None
        found = said.split(",")
        if len(found) > MOST_VALUES or not all(found):
            raise parameter("E-FHIR-43", f"Au plus {MOST_VALUES} valeurs, aucune vide, pour {name}.", name)
        return found

    def codes(self, name: str, systems: Iterable[str] = ()) -> list[str] | None:
        """« system|code » or « code ». A code of another system is the code of nothing."""
        found = self.any_of(name)
        if found is None:
            return None
        known, codes = frozenset(systems), []
        for each in found:
            system, bar, code = each.rpartition("|")
            if not code:
                raise parameter("E-FHIR-44", f"Une valeur de {name} n’a pas de code.", name)
            if not bar or not known or system in known:
                codes.append(code)
        return codes

    def periods(self, name: str) -> tuple[Between, ...]:
        return tuple(between(name, each) for each in self.values.get(name, ()))

    def order(self, usual: str) -> tuple[str, bool]:
        """(what by, whether ascending)."""
        asked = self.one("_sort") or usual
        name = asked.removeprefix("-")
        if name not in self.orders:
            allowed = ", ".join(self.orders)
            raise parameter("E-FHIR-45", f"Le tri se demande par\u202f: {allowed}, précédé ou non de « - ».", "_sort")
        return self.orders[name], not asked.startswith("-")

    # -------------------------------------------------------------------------------------------- pages

    def self_link(self) -> str:
        return self._link(self.page)

    def next_link(self, place: Any) -> str:
        said = orjson.dumps([self._fingerprint(), *place]).decode()
        return self._link(opaque.hide(f"page:{self.resource}", said))

    def place(self) -> list[Any] | None:
        """Where the page begins; a place that was not given for this very search is refused."""
        if not self.page:
            return None
        said = orjson.loads(opaque.reveal(f"page:{self.resource}", self.page) or "[]")
        if not said or said[0] != self._fingerprint():
            raise parameter("E-FHIR-46", "Cette page n’est pas de cette recherche\u202f: recommencez-la.", "_page")
        return list(said[1:])

    def _fingerprint(self) -> str:
        """Of one length, however long the search: a place that is too long is not read back."""
        said = [[name, list(found)] for name, found in self.values.items()]
        return hashlib.sha256(orjson.dumps(said)).hexdigest()[:32]

    def _link(self, page: str) -> str:
        said = [(name, each) for name, found in self.values.items() for each in found]
        said.append(("_count", str(self.count)))
        if page:
            said.append(("_page", page))
        return f"{self.base}/{self.resource}?{urlencode(said)}"


def read(
    request: HttpRequest, base: str, resource: str, allowed: Iterable[str], *, orders: Mapping[str, str] | None = None
) -> Query:
    """Raises Refusal 400, with the name of the parameter."""
    given = request.GET.copy()
    if request.method == "POST":
        for name, found in _posted(request).lists():
            given.setlistdefault(name).extend(found)
    admitted = frozenset(allowed) | (frozenset({"_sort"}) if orders else frozenset())
    values: dict[str, list[str]] = {}
    for name, found in given.lists():
        if name in _ALWAYS:
            continue
        if name not in admitted:
            if _is_lenient(request):
                continue
            raise parameter("E-FHIR-40", f"Paramètre inconnu ou non admis ici\u202f: {name[:60]}.", name[:60])
        if any(not each.strip() or len(each) > LONGEST or "\0" in each for each in found):
            raise parameter("E-FHIR-41", f"La valeur de {name} est vide ou trop longue.", name)
        values[name] = [str(each).strip() for each in found]
    total = given.get("_total", "accurate")
    if total not in ("accurate", "none", "estimate"):
        raise parameter("E-FHIR-47", "_total vaut « accurate » ou « none ».", "_total")
    return Query(
        resource=resource, base=base, values=values, count=_count(given), page=given.get("_page", ""),
        shows_total=total != "none", orders=orders or {},
    )  # fmt: skip


def between(name: str, text: str) -> Between:
    """« ge2026-03 », « 2026-03-31 »… : a date is the whole of its day, month or year in Paris."""
    found = _DATE.fullmatch(text.replace(" ", "+"))
    span = _span(found) if found else None
    if found is None or span is None:
        raise parameter("E-FHIR-48", f"La date de {name} n’est pas lisible\u202f: [eq|ge|gt|le|lt]AAAA-MM-JJ.", name)
    start, end = span
    return {
        "eq": Between(start=start, end=end), "ge": Between(start=start), "gt": Between(start=end),
        "lt": Between(end=start), "le": Between(end=end),
    }[found["prefix"] or "eq"]  # fmt: skip


def number_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _span(found: re.Match[str]) -> tuple[dt.datetime, dt.datetime] | None:
    try:
        if found["time"]:
            moment = dt.datetime.fromisoformat(f"{found['year']}-{found['month']}-{found['day']}T{found['time']}")
            moment = moment if moment.tzinfo else moment.replace(tzinfo=clock.PARIS)
            step = dt.timedelta(seconds=1) if moment.microsecond == 0 else dt.timedelta(milliseconds=1)
            return moment, moment + step
        year, month, day = int(found["year"]), int(found["month"] or 1), int(found["day"] or 1)
        first = dt.date(year, month, day)
        if found["day"]:
            last = first + dt.timedelta(days=1)
        elif found["month"]:
            last = dt.date(year + month // 12, month % 12 + 1, 1)
        else:
            last = dt.date(year + 1, 1, 1)
        return clock.midnight(first), clock.midnight(last)
    except (ValueError, OverflowError):
        return None


def _count(given: QueryDict) -> int:
    said = given.get("_count", str(USUAL))
    if not (said.isascii() and said.isdigit() and len(said) < 7):
        raise parameter("E-FHIR-49", "_count est un nombre.", "_count")
    return min(int(said), MOST)


def _posted(request: HttpRequest) -> QueryDict:
    if request.META.get("CONTENT_TYPE", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Refusal(
            415, "not-supported", "E-FHIR-08", "Une recherche envoyée l’est en application/x-www-form-urlencoded."
        )
    return request.POST


def _is_lenient(request: HttpRequest) -> bool:
    return "handling=lenient" in request.META.get("HTTP_PREFER", "").replace(" ", "").lower()
