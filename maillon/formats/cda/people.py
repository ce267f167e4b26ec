"""The people and structures of a header: patient, authors, recipients, participants."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from maillon.formats.cda.dates import iso, moment
from maillon.formats.cda.hl7 import (
    CODE,
    ID,
    INS_ROOTS,
    NAME,
    NS,
    ORIGINAL_TEXT,
    PEOPLE_ROOT,
    PLAYING_ENTITY,
    STRUCTURE_ROOT,
    TIME,
    Element,
    Parts,
    child_of,
    first,
    national_id,
    own_text,
    parts_of,
    squeezed,
)
from maillon.formats.cda.thaw import maker_of
from maillon.formats.document import Author, LocalId, Participant, PatientTraits

_make_author: Final = maker_of(Author)
_make_traits: Final = maker_of(PatientTraits)

_FAMILY: Final = NS + "family"
_GIVEN: Final = NS + "given"
_ADDR: Final = NS + "addr"
_TELECOM: Final = NS + "telecom"

# The element that carries the identity, whatever the participation; and, in it, the person and the structure.
_ENTITIES: Final = tuple(
    NS + name for name in ("assignedEntity", "associatedEntity", "assignedAuthor", "relatedEntity", "intendedRecipient")
)
_PERSONS: Final = tuple(
    NS + name
    for name in ("assignedPerson", "associatedPerson", "relatedPerson", "informationRecipient", "guardianPerson")
)
_STRUCTURES: Final = tuple(
    NS + name
    for name in ("representedOrganization", "scopingOrganization", "receivedOrganization", "guardianOrganization")
)


class Name(NamedTuple):
    family: str | None = None
    given: str | None = None
    prefix: str | None = None
    suffix: str | None = None


class Identity(NamedTuple):
    """Who stands behind a participation. `id` is the element, so that its root decides how it is written."""

    id: Element | None = None
    code: Element | None = None
    name: Name = Name()
    organization_id: str | None = None
    organization_name: str | None = None
    practice_setting: str | None = None
    telecoms: tuple[str, ...] = ()
    device: str | None = None

    @property
    def full_name(self) -> str | None:
        return " ".join(part for part in (self.name.suffix, self.name.given, self.name.family) if part) or None


def label_of(code: Element | None) -> str | None:
    if code is None:
        return None
    return squeezed(code.get("displayName")) or own_text(child_of(code, ORIGINAL_TEXT))


def whose(entity: Element | None) -> Identity:
    if entity is None:
        return Identity()
    parts = parts_of(entity)
    structure = _either(parts, _STRUCTURES)
    organization = parts_of(structure) if structure is not None else {}
    setting = first(organization, NS + "standardIndustryClassCode")
    return Identity(
        id=_preferred_id(parts.get(ID, [])),
        code=first(parts, CODE),
        name=_name(child_of(_either(parts, _PERSONS), NAME)),
        organization_id=national_id(_structure_id(organization.get(ID, [])), STRUCTURE_ROOT),
        organization_name=own_text(first(organization, NAME)),
        practice_setting=setting.get("code") if setting is not None else None,
        telecoms=_telecoms(parts),
        device=_device(first(parts, NS + "assignedAuthoringDevice")),
    )


def _either(parts: Parts, tags: tuple[str, ...]) -> Element | None:
    for tag in tags:
        if tag in parts:
            return parts[tag][0]
    return None


def _preferred_id(ids: list[Element]) -> Element | None:
    for one in ids:
        if one.get("root") == PEOPLE_ROOT:
            return one
    return ids[0] if ids else None


def _structure_id(ids: list[Element]) -> Element | None:
    for one in ids:
        if one.get("root") == STRUCTURE_ROOT:
            return one
    return ids[0] if ids else None


def _name(element: Element | None) -> Name:
    if element is None:
        return Name()
    found: dict[str, list[str]] = {}
    for child in element:
        said = own_text(child)
        if said:
            found.setdefault(child.tag, []).append(said)
    if not found:
        return Name(family=own_text(element))
    said_of = {tag: " ".join(words) for tag, words in found.items()}
    return Name(said_of.get(_FAMILY), said_of.get(_GIVEN), said_of.get(NS + "prefix"), said_of.get(NS + "suffix"))


def _device(element: Element | None) -> str | None:
    if element is None:
        return None
    named = [own_text(child_of(element, NS + name)) for name in ("manufacturerModelName", "softwareName")]
    return " ".join(one for one in named if one) or None


def _telecoms(parts: Parts) -> tuple[str, ...]:
    return tuple([value for one in parts.get(_TELECOM, ()) if (value := one.get("value"))])


def author(element: Element) -> Author:
    parts = parts_of(element)
    function = first(parts, NS + "functionCode")
    return _as_author(
        whose(_either(parts, _ENTITIES)),
        at=moment(first(parts, TIME)),
        function=function.get("code") if function is not None else None,
    )


def actor(element: Element | None) -> Author | None:
    """Who did or wrote one entry (performer, author)."""
    if element is None:
        return None
    found = author(element)
    return found if found != Author() else None


def playing(role: Element, *, at: str | None) -> Author:
    """A professional who takes part in an entry (participantRole, playingEntity)."""
    parts = parts_of(role)
    name = _name(child_of(role, PLAYING_ENTITY, NAME))
    identified = _preferred_id(parts.get(ID, []))
    return _as_author(Identity(id=identified, code=first(parts, CODE), name=name, telecoms=_telecoms(parts)), at=at)


def recipient(element: Element) -> Author:
    return _as_author(whose(child_of(element, NS + "intendedRecipient")), at=None)


def _as_author(who: Identity, *, at: str | None, function: str | None = None) -> Author:
    return _make_author(
        id=national_id(who.id, PEOPLE_ROOT),
        id_root=who.id.get("root") if who.id is not None else None,
        family_name=who.name.family,
        given_name=who.name.given,
        prefix=who.name.prefix,
        suffix=who.name.suffix,
        profession_code=who.code.get("code") if who.code is not None else None,
        profession_system=who.code.get("codeSystem") if who.code is not None else None,
        profession_label=label_of(who.code),
        organization_id=who.organization_id,
        organization_name=who.organization_name,
        at=at,
        device=who.device,
        telecoms=who.telecoms,
        function_code=function,
        practice_setting_code=who.practice_setting,
    )


def participant(element: Element, *, role: str) -> Participant:
    parts = parts_of(element)
    function = first(parts, NS + "functionCode")
    return _as_participant(
        whose(_either(parts, _ENTITIES)),
        role=role,
        function=function.get("code") if function is not None else None,
        at=moment(first(parts, TIME)),
    )


def _as_participant(who: Identity, *, role: str, function: str | None, at: str | None) -> Participant:
    return Participant(
        role=role,
        function_code=function,
        id=national_id(who.id, PEOPLE_ROOT),
        family_name=who.name.family,
        given_name=who.name.given,
        profession_code=who.code.get("code") if who.code is not None else None,
        profession_system=who.code.get("codeSystem") if who.code is not None else None,
        profession_label=who.code.get("displayName") if who.code is not None else None,
        organization_id=who.organization_id,
        organization_name=who.organization_name,
        at=at,
    )


def guardians(targets: list[Element]) -> list[Participant]:
    found = [
        guardian
        for one in targets
        if (person := child_of(one, NS + "patientRole", NS + "patient")) is not None
        for guardian in person.iterchildren(NS + "guardian")
    ]
    return [_as_participant(whose(one), role="guardian", function=None, at=None) for one in found]


def patient(targets: list[Element]) -> PatientTraits:
    """Traits of the first patient named; that there are others is said by `patients_named`."""
    role = child_of(targets[0], NS + "patientRole") if targets else None
    if role is None:
        return PatientTraits()
    parts = parts_of(role)
    person = first(parts, NS + "patient")
    about = parts_of(person) if person is not None else {}
    ins = next((one for one in parts.get(ID, ()) if one.get("root") in INS_ROOTS), None)
    names = _patient_names(about.get(NAME, []))
    return _make_traits(
        ins=ins.get("extension") if ins is not None else None,
        ins_oid=ins.get("root") if ins is not None else None,
        birth_family_name=names.get((_FAMILY, "BR")) or names.get((_FAMILY, None)),
        used_family_name=names.get((_FAMILY, "CL")) or names.get((_FAMILY, "SP")),
        birth_given_names=names.get((_GIVEN, None)),
        first_birth_given_name=names.get((_GIVEN, "BR")),
        used_given_name=names.get((_GIVEN, "CL")),
        birth_date=_birth_date(first(about, NS + "birthTime")),
        sex=_sex(first(about, NS + "administrativeGenderCode")),
        birth_place_code=own_text(
            child_of(first(about, NS + "birthplace"), NS + "place", _ADDR, NS + "county"),
        ),
        local_ids=_local_ids(parts.get(ID, [])),
        addresses=tuple(filter(None, map(_address, parts.get(_ADDR, ())))),
        telecoms=_telecoms(parts),
    )


def _patient_names(names: list[Element]) -> dict[tuple[str, str | None], str]:
    """Each part of the name by its qualifier; several parts alike are one list of given names."""
    found: dict[tuple[str, str | None], str] = {}
    for name in names:
        for child in name:
            said = own_text(child)
            if said:
                key = (child.tag, child.get("qualifier"))
                found[key] = f"{found[key]} {said}" if key in found else said
    return found


def _birth_date(element: Element | None) -> str | None:
    return iso(element.get("value")) if element is not None else None


def _sex(element: Element | None) -> Literal["F", "M", "UN"] | None:
    code = element.get("code") if element is not None else None
    if code == "F":
        return "F"
    if code == "M":
        return "M"
    return "UN" if code else None


def _local_ids(ids: list[Element]) -> tuple[LocalId, ...]:
    return tuple(
        LocalId(root=root, extension=one.get("extension"))
        for one in ids
        if (root := one.get("root")) and root not in INS_ROOTS
    )


def _address(element: Element) -> str | None:
    return " ".join(said for child in element if (said := own_text(child))) or own_text(element)
