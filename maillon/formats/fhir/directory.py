"""The Annuaire Santé in FHIR R4 (IG ans.fhir.fr.annuaire): pages of Practitioner, PractitionerRole and Organization,
read into what an address book needs. Nothing in an answer is believed to have its shape; what has not is left out and
counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from maillon.formats.refusal import Refused

Kind = Literal["Practitioner", "PractitionerRole", "Organization"]
KINDS: Final[tuple[Kind, ...]] = ("Organization", "Practitioner", "PractitionerRole")
MOST_ENTRIES: Final = 2_000
NATIONAL_PERSON: Final = "urn:oid:1.2.250.1.71.4.2.1"  # IDNPS: 8 + RPPS
RPPS: Final = "https://rpps.esante.gouv.fr"
NATIONAL_PLACE: Final = "urn:oid:1.2.250.1.71.4.2.2"  # IDNST: 1 + FINESS
FINESS: Final = "https://finess.esante.gouv.fr"
MAILBOX_METADATA: Final = "as-ext-mailbox-mss-metadata"
_PROFESSION, _SKILL, _SECTOR = "TRE_G15-ProfessionSante", "TRE_R38-SpecialiteOrdinale", "TRE_R02-SecteurActivite"
_ADDRESS: Final = re.compile(r"[a-z0-9][a-z0-9._+'-]*@(?:[a-z0-9-]+\.)+mssante\.[a-z]{2,4}", re.ASCII)
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]{5,15}(?:Z|[+-]\d{2}:\d{2})")
_LONGEST: Final = 200

UNREADABLE: Final = Refused("E-ANN-01", "L’annuaire a donné une réponse illisible.")
NOT_A_PAGE: Final = Refused("E-ANN-02", "L’annuaire a donné autre chose qu’une page de résultats.")
TOO_MUCH: Final = Refused("E-ANN-03", "L’annuaire a donné une page démesurée.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryMailbox:
    """`kind`: PER, ORG, CAB, APP (JDV_J139), empty when it is not said. `is_red`: not to be published."""

    address: str
    kind: str = ""
    description: str = ""
    is_red: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryResource:
    """One resource, of any of the three kinds. `id` is `Kind/…`, which the others refer to."""

    id: str
    kind: Kind
    last_updated: str
    is_active: bool
    mailboxes: tuple[DirectoryMailbox, ...] = ()
    national_id: str = ""
    family_name: str = ""
    given_name: str = ""
    title: str = ""
    profession_code: str = ""  # G15_10…
    skill_code: str = ""  # SM26…
    person_id: str = ""
    place_id: str = ""
    name: str = ""
    type_code: str = ""  # SA01…
    postal_code: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPage:
    resources: tuple[DirectoryResource, ...]
    next_link: str | None
    left_out: int  # entries that were no resource of these kinds, or without what identifies it


def read_page(data: bytes) -> DirectoryPage:
    """A searchset. Refused: E-ANN-01 to 03."""
    try:
        bundle = json.loads(data)
    except (ValueError, RecursionError):
        raise UNREADABLE from None
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle" or bundle.get("type") != "searchset":
        raise NOT_A_PAGE
    entries = [each for each in _list(bundle, "entry") if isinstance(each, dict)]
    if len(entries) > MOST_ENTRIES:
        raise TOO_MUCH
    found = [_resource(each.get("resource")) for each in entries if _mode(each) == "match"]
    known = tuple(each for each in found if each is not None)
    return DirectoryPage(resources=known, next_link=_next(bundle), left_out=len(found) - len(known))


def _mode(entry: dict[str, Any]) -> str:
    """An OperationOutcome or an included resource rides beside the matches."""
    search = entry.get("search")
    return _text(search, "mode") or "match" if isinstance(search, dict) else "match"


def _next(bundle: dict[str, Any]) -> str | None:
    links = (each for each in _list(bundle, "link") if isinstance(each, dict))
    return next((_text(each, "url", 4_000) for each in links if each.get("relation") == "next"), None)


def _resource(said: Any) -> DirectoryResource | None:
    if not isinstance(said, dict) or said.get("resourceType") not in KINDS:
        return None
    number, meta = _text(said, "id"), said.get("meta")
    moment = _text(meta, "lastUpdated") if isinstance(meta, dict) else ""
    if not _ID.fullmatch(number) or not _INSTANT.fullmatch(moment):
        return None
    kind: Kind = said["resourceType"]
    read = {"Practitioner": _person, "PractitionerRole": _role, "Organization": _place}[kind](said)
    return DirectoryResource(
        id=f"{kind}/{number}", kind=kind, last_updated=moment, is_active=said.get("active") is not False,
        mailboxes=tuple(_mailboxes(said)), **read,
    )  # fmt: skip


def _person(said: dict[str, Any]) -> dict[str, str]:
    names = [each for each in _list(said, "name") if isinstance(each, dict)]
    name = next((each for each in names if each.get("use") == "official"), names[0] if names else {})
    return {
        "national_id": _national_person(said),
        "family_name": _text(name, "family"),
        "given_name": " ".join(each for each in _list(name, "given") if isinstance(each, str))[:_LONGEST],
        "title": next((each for each in _list(name, "suffix") if each in ("DR", "PR")), ""),
        **_qualifications(said),
    }


def _national_person(said: dict[str, Any]) -> str:
    whole = _identifier(said, NATIONAL_PERSON)
    rpps = _identifier(said, RPPS)
    return whole or (f"8{rpps}" if rpps else "")


def _qualifications(said: dict[str, Any]) -> dict[str, str]:
    codings = [
        coding
        for each in _list(said, "qualification") if isinstance(each, dict) and isinstance(each.get("code"), dict)
        for coding in _list(each["code"], "coding") if isinstance(coding, dict)
    ]  # fmt: skip
    profession = _coded(codings, _PROFESSION)
    return {"profession_code": f"G15_{profession}" if profession else "", "skill_code": _coded(codings, _SKILL)}


def _role(said: dict[str, Any]) -> dict[str, str]:
    """The name of exercise of a role, when it has one, is the person's."""
    return {"person_id": _reference(said, "practitioner"), "place_id": _reference(said, "organization")}


def _place(said: dict[str, Any]) -> dict[str, str]:
    finess = _identifier(said, FINESS)
    addresses = [each for each in _list(said, "address") if isinstance(each, dict)]
    address = addresses[0] if addresses else {}
    kinds = [
        coding
        for each in _list(said, "type") if isinstance(each, dict)
        for coding in _list(each, "coding") if isinstance(coding, dict)
    ]  # fmt: skip
    return {
        "national_id": _identifier(said, NATIONAL_PLACE) or (f"1{finess}" if finess else ""),
        "name": _text(said, "name"),
        "type_code": _coded(kinds, _SECTOR),
        "postal_code": _text(address, "postalCode", 10),
        "city": _text(address, "city"),
    }


def _mailboxes(said: dict[str, Any]) -> Iterator[DirectoryMailbox]:
    """Contact points whose address is in the trusted space; the example files do not all say « MSSANTE »."""
    contacts = [each for each in _list(said, "contact") if isinstance(each, dict)]
    points = [*_list(said, "telecom"), *(point for each in contacts for point in _list(each, "telecom"))]
    for point in points[:100]:
        if isinstance(point, dict) and point.get("system") == "email":
            address = _text(point, "value").lower()
            if _ADDRESS.fullmatch(address):
                yield _mailbox(address, point)


def _mailbox(address: str, point: dict[str, Any]) -> DirectoryMailbox:
    metadata: dict[str, dict[str, Any]] = {}
    for extension in _list(point, "extension"):
        if isinstance(extension, dict) and _text(extension, "url").endswith(MAILBOX_METADATA):
            inside = (each for each in _list(extension, "extension") if isinstance(each, dict))
            metadata = {_text(each, "url"): each for each in inside}
    concept = metadata.get("type", {}).get("valueCodeableConcept")
    codings = [each for each in _list(concept, "coding") if isinstance(each, dict)] if isinstance(concept, dict) else []
    kind = next((each["code"] for each in codings if each.get("code") in ("PER", "ORG", "CAB", "APP")), "")
    return DirectoryMailbox(
        address=address, kind=kind, description=_text(metadata.get("description", {}), "valueString"),
        is_red=metadata.get("listeRouge", {}).get("valueBoolean") is True,
    )  # fmt: skip


def _identifier(said: dict[str, Any], system: str) -> str:
    found = (each for each in _list(said, "identifier") if isinstance(each, dict) and each.get("system") == system)
    return next((_text(each, "value", 20) for each in found), "")


def _coded(codings: list[dict[str, Any]], system: str) -> str:
    return next((_text(each, "code", 10) for each in codings if system in _text(each, "system")), "")


def _reference(said: dict[str, Any], name: str) -> str:
    """`Practitioner/334081`, also when it is written as a whole address."""
    pointed = said.get(name)
    parts = _text(pointed, "reference", 400).split("/") if isinstance(pointed, dict) else []
    return "/".join(parts[-2:]) if len(parts) >= 2 and parts[-2] in KINDS else ""


def _list(said: Any, name: str) -> list[Any]:
    found = said.get(name) if isinstance(said, dict) else None
    return found if isinstance(found, list) else []


def _text(said: Any, name: str, longest: int = _LONGEST) -> str:
    found = said.get(name) if isinstance(said, dict) else None
    return found.replace("\0", "").strip()[:longest] if isinstance(found, str) else ""
