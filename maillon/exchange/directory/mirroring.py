"""From resources to lines of the address book. What is older than what we have is left aside: a stale page undoes
nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from maillon.exchange.directory.models import DirectoryEntry, MirroredResource
from maillon.formats.fhir.directory import DirectoryMailbox, DirectoryResource
from maillon.kernel import sql

Source = DirectoryEntry.Source
_FIELDS: Final = {each.name for each in dataclasses.fields(DirectoryResource)}


def keep(resources: Sequence[DirectoryResource]) -> int:
    """How many were new or newer. In the caller's transaction."""
    latest = {each.id: each for each in sorted(resources, key=lambda each: _moment(each.last_updated))}
    known = dict(MirroredResource.objects.filter(pk__in=latest).values_list("pk", "last_updated"))
    newer = [each for each in latest.values() if each.id not in known or known[each.id] <= _moment(each.last_updated)]
    MirroredResource.objects.bulk_create(
        [_row(each) for each in newer], update_conflicts=True, unique_fields=["id"],
        update_fields=["last_updated", "is_active", "person_id", "place_id", "data"],
    )  # fmt: skip
    _rewrite(newer)
    return len(newer)


def _row(each: DirectoryResource) -> MirroredResource:
    return MirroredResource(
        id=each.id, kind=each.kind, last_updated=_moment(each.last_updated), is_active=each.is_active,
        person_id=each.person_id, place_id=each.place_id, data=dataclasses.asdict(each),
    )  # fmt: skip


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return dt.datetime.min.replace(tzinfo=dt.UTC)


def _rewrite(changed: Iterable[DirectoryResource]) -> None:
    """The lines of everybody concerned: a place that changes its name changes the lines of those who work there."""
    people, places = set(), set()
    for each in changed:
        if each.kind == "Practitioner":
            people.add(each.id)
        elif each.kind == "PractitionerRole":
            people.add(each.person_id)
        else:
            places.add(each.id)
    of_places = MirroredResource.objects.filter(kind="PractitionerRole", place_id__in=places)
    people |= set(of_places.values_list("person_id", flat=True))
    people.discard("")
    DirectoryEntry.objects.filter(source=Source.MIRROR, person_id__in=people).delete()
    DirectoryEntry.objects.filter(source=Source.MIRROR, place_id__in=places, person_id="").delete()
    write([*_of_people(people), *_of_places(places)])


def write(entries: list[DirectoryEntry]) -> None:
    """With their words. An address that the Annuaire Santé now holds is no longer « saisie à la main »."""
    made = DirectoryEntry.objects.bulk_create(entries)
    confirmed = [each.address for each in made if each.address and each.source == Source.MIRROR]
    DirectoryEntry.objects.filter(source=Source.MANUAL, address__in=confirmed).delete()
    if made:
        names, texts = [folded(each.name) for each in made], [_text_of(each) for each in made]
        sql.rows(_WORDS, {"ids": [each.pk for each in made], "names": names, "texts": texts})


_WORDS: Final = """
UPDATE exchange_directory_entry
   SET words = setweight(to_tsvector('simple', said.name), 'A') || setweight(to_tsvector('simple', said.text), 'D')
  FROM unnest(%(ids)s::bigint[], %(names)s::text[], %(texts)s::text[]) AS said(id, name, text)
 WHERE exchange_directory_entry.id = said.id
"""


def _of_people(people: Iterable[str]) -> Iterator[DirectoryEntry]:
    rows = MirroredResource.objects.filter(pk__in=people, is_active=True)
    roles = MirroredResource.objects.filter(kind="PractitionerRole", person_id__in=people, is_active=True)
    by_person: dict[str, list[DirectoryResource]] = defaultdict(list)
    for row in roles.order_by("pk"):
        by_person[row.person_id].append(_read(row))
    named = {role.place_id for held in by_person.values() for role in held}
    places = {row.pk: _read(row) for row in MirroredResource.objects.filter(pk__in=named, is_active=True)}
    for row in rows:
        yield from _lines(_read(row), by_person[row.pk], places)


def _lines(
    person: DirectoryResource, roles: list[DirectoryResource], places: dict[str, DirectoryResource]
) -> Iterator[DirectoryEntry]:
    """One for each mailbox, where the person works with it; one without address when they have none."""
    own = [place for role in roles if (place := places.get(role.place_id))]
    first = own[0] if own else None
    boxes = [(box, first) for box in person.mailboxes]
    boxes += [(box, places.get(role.place_id)) for role in roles for box in role.mailboxes]
    written = {box.address: _line(person, box, place) for box, place in reversed(boxes)}
    yield from reversed(written.values()) if written else [_line(person, DirectoryMailbox(address=""), first)]


def _line(person: DirectoryResource, box: DirectoryMailbox, place: DirectoryResource | None) -> DirectoryEntry:
    lead = {"DR": "Dr ", "PR": "Pr "}.get(person.title, "")
    return DirectoryEntry(
        source=Source.MIRROR, person_id=person.id, place_id=place.id if place else "", **_of_box(box),
        national_id=person.national_id, name=f"{lead}{person.given_name} {person.family_name}".strip()[:250],
        profession_code=person.profession_code, skill_code=person.skill_code, **_of_place(place),
    )  # fmt: skip


def _of_places(places: Iterable[str]) -> Iterator[DirectoryEntry]:
    for row in MirroredResource.objects.filter(pk__in=places, is_active=True):
        place = _read(row)
        for box in place.mailboxes:
            yield DirectoryEntry(
                source=Source.MIRROR, place_id=place.id, **_of_box(box), national_id=place.national_id,
                name=place.name[:250], **_of_place(place),
            )  # fmt: skip


def _of_box(box: DirectoryMailbox) -> dict[str, Any]:
    return {"address": box.address, "kind": box.kind, "description": box.description, "is_red": box.is_red}


def _of_place(place: DirectoryResource | None) -> dict[str, str]:
    if place is None:
        return {}
    return {"place": place.name, "postal_code": place.postal_code, "city": place.city}


def _read(row: MirroredResource) -> DirectoryResource:
    kept = {name: value for name, value in row.data.items() if name in _FIELDS}
    kept["mailboxes"] = tuple(DirectoryMailbox(**each) for each in kept.get("mailboxes", ()))
    return DirectoryResource(**kept)


def person(person_id: str) -> DirectoryResource | None:
    """As the Annuaire Santé describes them; None once they are no longer active."""
    row = MirroredResource.objects.filter(pk=person_id, is_active=True).first()
    return _read(row) if row is not None else None


def folded(text: str) -> str:
    """Lower case, without accents; hyphens and apostrophes part words."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return "".join(c if c.isalnum() else " " for c in bare.replace("œ", "oe").replace("æ", "ae"))


def _text_of(entry: DirectoryEntry) -> str:
    """What one finds them by, beside their name. A number is found with and without its first digit (8 + RPPS)."""
    said = (entry.place, entry.city, entry.postal_code, entry.description)
    return f"{folded(' '.join(said))} {entry.national_id} {entry.national_id[1:]} {folded(entry.address)}"
