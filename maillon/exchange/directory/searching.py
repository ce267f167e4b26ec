"""Searching the address book, and adding to it by hand when the directory cannot be asked."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from django.contrib.postgres.search import SearchQuery
from django.db import transaction
from django.db.models import Q, QuerySet

from maillon.exchange.directory import mirroring
from maillon.exchange.directory.line import configured
from maillon.exchange.directory.models import DirectoryEntry, MirrorState
from maillon.formats.fhir.directory import KINDS
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.professionals import api as professionals

MOST: Final = 50
STALE_AFTER: Final = dt.timedelta(days=3)
_ADDRESS: Final = re.compile(r"[a-z0-9][a-z0-9._+'-]*@(?:[a-z0-9-]+\.)+mssante\.[a-z]{2,4}", re.ASCII)
BAD_ADDRESS: Final = UserMessage(
    "E-ANN-10", "Écrivez une adresse MSSanté entière\u202f: elle se termine par « .mssante.fr »."
)
NO_NAME: Final = UserMessage("E-ANN-11", "Écrivez à qui est cette adresse.")
ALREADY_KNOWN: Final = UserMessage("E-ANN-12", "Cette adresse est déjà dans l’annuaire, sous un autre nom.")
TOO_SHORT: Final = UserMessage("E-ANN-13", "Tapez au moins deux lettres d’un nom, d’une ville ou d’un numéro RPPS.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryLine:
    """`address` empty: no MSSanté mailbox is known. `is_manual`: typed by a colleague, not confirmed."""

    name: str
    address: str
    kind: str
    description: str
    national_id: str
    profession: str
    profession_code: str
    place: str
    city: str
    is_manual: bool
    noted_by: str

    @property
    def is_organization(self) -> bool:
        return self.kind in ("ORG", "APP") or not self.profession_code


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryStatus:
    """`is_plugged`: this installation has a line to the Annuaire Santé. `last_error`: French, empty while all goes
    well."""

    is_plugged: bool
    refreshed_at: dt.datetime | None
    is_stale: bool
    last_error: str
    entries: int


def search(text: str, *, place: str = "", profession_code: str = "") -> list[DirectoryLine]:
    """Words begin with what is typed, in any order: name first, then place, town, RPPS. The red list is found by its
    whole address only. Raises E-ANN-13."""
    asked = text.strip().lower()
    if _ADDRESS.fullmatch(asked):
        found = DirectoryEntry.objects.filter(address=asked).order_by("id")
    else:
        found = _by_words(f"{text} {place}").filter(is_red=False)
    if profession_code:
        found = found.filter(profession_code=profession_code)
    return [_line(row) for row in found[:MOST]]


def by_address(address: str) -> DirectoryLine | None:
    row = DirectoryEntry.objects.filter(address=address.strip().lower()).order_by("source", "id").first()
    return _line(row) if row is not None else None


def by_national_id(national_id: str) -> DirectoryLine | None:
    """The first address of a person (8 + RPPS) that may be shown: the red list is found by its address alone."""
    found = DirectoryEntry.objects.filter(national_id=national_id, is_red=False).exclude(national_id="")
    row = found.order_by("source", "id").first()
    return _line(row) if row is not None else None


def status() -> DirectoryStatus:
    states = {each.kind: each for each in MirrorState.objects.all()}
    moments = [states[kind].refreshed_at if kind in states else None for kind in KINDS]
    known = [each for each in moments if each is not None]
    oldest = min(known) if len(known) == len(KINDS) else None
    return DirectoryStatus(
        is_plugged=configured() is not None,
        refreshed_at=oldest,
        is_stale=oldest is None or clock.now() - oldest > STALE_AFTER,
        last_error=next((each.last_error for each in states.values() if each.last_error), ""),
        entries=DirectoryEntry.objects.count(),
    )


@transaction.atomic
def note_by_hand(
    actor: Actor, *, address: str, name: str, profession_code: str = "", place: str = "", city: str = ""
) -> DirectoryLine:
    """Marked as such, with who typed it; the Annuaire Santé takes it over when it brings the same address. The same
    again changes nothing. Raises E-ANN-10 to 12."""
    asked, said = address.strip().lower(), storable(name).strip()[:250]
    if not _ADDRESS.fullmatch(asked) or len(asked) > 254:
        raise BAD_ADDRESS
    if not said:
        raise NO_NAME
    known = by_address(asked)
    if known is not None:
        if mirroring.folded(known.name).split() != mirroring.folded(said).split() and not known.is_manual:
            raise ALREADY_KNOWN
        return known
    entry = DirectoryEntry(
        source=DirectoryEntry.Source.MANUAL, address=asked, name=said, place=storable(place).strip()[:200],
        city=storable(city).strip()[:200], noted_by=actor.label[:200], noted_at=clock.now(),
        profession_code=profession_code if profession_code in professionals.PROFESSIONS else "",
    )  # fmt: skip
    mirroring.write([entry])
    return _line(entry)


def _by_words(text: str) -> QuerySet[DirectoryEntry]:
    words = mirroring.folded(text).split()
    if sum(len(word) for word in words) < 2:
        raise TOO_SHORT
    is_named = Q(words=_beginning_with(words, "A"))  # by the name alone
    found = DirectoryEntry.objects.filter(words=_beginning_with(words, "")).annotate(is_named=is_named)
    return found.order_by("-is_named", "name", "city", "address", "id")


def _beginning_with(words: list[str], weight: str) -> SearchQuery:
    asked = " & ".join(f"{word}:*{weight}" for word in words[:8])
    return SearchQuery(asked, search_type="raw", config="simple")


def _line(row: DirectoryEntry) -> DirectoryLine:
    code = row.profession_code
    return DirectoryLine(
        name=row.name, address=row.address, kind=row.kind, description=row.description, national_id=row.national_id,
        profession=professionals.PROFESSIONS.get(code, code), profession_code=code, place=row.place, city=row.city,
        is_manual=row.source == DirectoryEntry.Source.MANUAL, noted_by=row.noted_by,
    )  # fmt: skip
