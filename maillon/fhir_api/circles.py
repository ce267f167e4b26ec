"""CareTeam (PCC-45, 46, 47, read side): one circle for each person, found, read, with its versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.access.api import circle_history
from maillon.fhir_api import directory, identities, opening, query
from maillon.fhir_api.entry import Caller, answer, base_of, served
from maillon.fhir_api.query import Query
from maillon.fhir_api.refusals import parameter
from maillon.formats.fhir.circle import Member, care_team
from maillon.formats.fhir.datatypes import Resource
from maillon.formats.fhir.searchset import Entry, history, searchset
from maillon.kernel.key import Access, PatientId
from maillon.professionals import api as professionals

ALLOWED: Final = (
    *opening.NAMES, "_id", "identifier", "status", "_lastUpdated", "start", "end", "date", "participant",
    "participant-start", "participant-end", "_include",
)  # fmt: skip
INCLUDES: Final = frozenset({"CareTeam:participant", "CareTeam:patient", "CareTeam:subject", "*"})


@served("CareTeam", "read")
def read(request: HttpRequest, caller: Caller, *, patient: UUID) -> HttpResponse:
    with opening.record(caller, patient, resource="team") as access:
        found = _versions(access)
        return _one(access, found[-1])


@served("CareTeam", "read")
def vread(request: HttpRequest, caller: Caller, *, patient: UUID, version: int) -> HttpResponse:
    with opening.record(caller, patient, resource="team") as access:
        found = next((each for each in _versions(access) if each.number == version), None)
        if found is None:
            raise access_room.AccessDenied
        return _one(access, found)


@served("CareTeam", "read")
def all_versions(request: HttpRequest, caller: Caller, *, patient: UUID) -> HttpResponse:
    asked = query.read(request, base_of(request), f"CareTeam/{patient}/_history", ())
    with opening.record(caller, patient, resource="team") as access:
        found = _versions(access)
        start = int((asked.place() or [0])[0])
        page = found[::-1][start : start + asked.count]
        links = {"self": asked.self_link()}
        if asked.count and start + asked.count < len(found):
            links["next"] = asked.next_link((start + asked.count,))
        address = f"{asked.base}/CareTeam/{access.patient_uuid}"
        entries = (
            (address.encode(), _bytes(access, each), f"CareTeam/{access.patient_uuid}".encode()) for each in page
        )
        return answer(history(entries, total=len(found), links=links))


@served("CareTeam", "read")
def search(request: HttpRequest, caller: Caller) -> HttpResponse:
    asked = query.read(request, base_of(request), "CareTeam", ALLOWED)
    named = _named(asked)
    _refuse_other_includes(asked)
    entries: list[Entry] = []
    try:
        with opening.record(caller, named, action="search", resource="team") as access:
            version = _versions(access)[-1]
            if _matches(asked, version, access):
                entries = _entries(asked, caller, version, access)
    except access_room.AccessDenied:
        pass  # nobody, or nobody whose circle this caller may see: the same empty answer
    total = sum(each.mode == b"match" for each in entries) if asked.shows_total else None
    return answer(searchset(entries if asked.count else (), total=total, links={"self": asked.self_link()}))


def _named(asked: Query) -> UUID | PatientId:
    """The circle bears its patient's number: `_id` and `identifier` name the patient as well."""
    for name in ("_id", "identifier"):
        if asked.has(name):
            said = (asked.one(name) or "").rpartition("|")[2].removeprefix("urn:uuid:")
            return query.number_of(said) or UUID(int=0)
    return opening.named_in(asked)


def _versions(access: Access) -> list[circle_history.Version]:
    found = circle_history.versions(access)
    if not found:
        raise access_room.AccessDenied
    return found


def _one(access: Access, version: circle_history.Version) -> HttpResponse:
    return answer(_bytes(access, version), headers={"ETag": f'W/"{version.number}"'})


def _bytes(access: Access, version: circle_history.Version) -> bytes:
    return orjson.dumps(_resource(access, version))


def _resource(access: Access, version: circle_history.Version) -> Resource:
    people = professionals.people({link.professional_id for link in version.links if link.professional_id is not None})
    places = professionals.structures({link.structure_id for link in version.links if link.structure_id is not None})
    members = [
        Member(
            member=("PractitionerRole", str(people[link.professional_id].uuid))
            if link.professional_id is not None
            else ("Organization", str(places[link.structure_id].uuid)),  # type: ignore[index]
            name=link.name,
            basis=link.basis_label,
            is_treating=link.is_treating,
            start=link.start,
            end=link.end,
        )
        for link in version.links
    ]
    return care_team(
        str(access.patient_uuid), members, version=version.number, updated_at=version.at, name="Cercle de soins"
    )


# ------------------------------------------------------------------------------------------------ what is asked


def _matches(asked: Query, version: circle_history.Version, access: Access) -> bool:
    said = _resource(access, version)
    members = {each["member"]["reference"] for each in said["participant"]}
    wanted = asked.any_of("participant")
    starts = [each["period"]["start"] for each in said["participant"]]
    ends = [each["period"]["end"] for each in said["participant"] if "end" in each["period"]]
    return all((
        "active" in (asked.codes("status") or ["active"]),
        wanted is None or bool(members & set(wanted)),
        _within(asked, "_lastUpdated", [said["meta"]["lastUpdated"]]),
        _within(asked, "start", [said["period"]["start"]]),
        _within(asked, "date", [said["period"]["start"]]),
        _within(asked, "end", []),
        _within(asked, "participant-start", starts),
        _within(asked, "participant-end", ends),
    ))  # fmt: skip


def _within(asked: Query, name: str, values: Sequence[str]) -> bool:
    """One of the values is in every period asked for."""
    periods = asked.periods(name)
    moments = [query.between(name, each).start for each in values]
    return not periods or any(
        all(
            (period.start is None or moment >= period.start) and (period.end is None or moment < period.end)
            for period in periods
        )
        for moment in moments
        if moment is not None
    )


def _refuse_other_includes(asked: Query) -> None:
    if any(each not in INCLUDES for each in asked.values.get("_include", ())):
        raise parameter("E-FHIR-59", f"_include vaut\u202f: {', '.join(sorted(INCLUDES))}.", "_include")


def _entries(asked: Query, caller: Caller, version: circle_history.Version, access: Access) -> list[Entry]:
    """The circle, then what was asked to come with it: of the directory, or the same patient."""
    address = f"{asked.base}/CareTeam/{access.patient_uuid}"
    found = [Entry(address.encode(), _bytes(access, version))]
    wanted = set(asked.values.get("_include", ()))
    if wanted & {"CareTeam:patient", "CareTeam:subject", "*"} and caller.may("Patient", "read"):
        said = orjson.dumps(identities.resource_of(access))
        found.append(Entry(f"{asked.base}/Patient/{access.patient_uuid}".encode(), said, b"include"))
    if wanted & {"CareTeam:participant", "*"}:
        found += directory.included(asked.base, caller, version.links)
    return found
