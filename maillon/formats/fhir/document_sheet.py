"""DocumentReference as PDSm 3.1 shapes it (comprehensive), in two parts: what never changes of an immutable document,
written once; and what may change (status, labels, archiving, the patient's identity), put in at each answer.

`immutable` gives bytes to be kept; `assembled` makes the resource of them without decoding anything.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import re
import zlib
from dataclasses import dataclass
from typing import Final

import orjson

from maillon.formats.confidentiality import MARKS
from maillon.formats.fhir.datatypes import (
    Resource,
    hl7_concept,
    instant,
    known,
    system_of,
    unique_identifier,
)

EDITION: Final = 1  # of the shape below: a part that was kept under another one is written again
PROFILE: Final = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-comprehensive-document-reference"
ARCHIVED: Final = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived"
NOS: Final = "https://mos.esante.gouv.fr/NOS"
CLASSES: Final = f"{NOS}/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument"
TYPES: Final = f"{NOS}/TRE_A05-TypeDocComplementaire/FHIR/TRE-A05-TypeDocComplementaire"
FORMATS: Final = f"{NOS}/TRE_A11-IheFormatCode/FHIR/TRE-A11-IheFormatCode"
FACILITIES: Final = f"{NOS}/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite"
SETTINGS: Final = f"{NOS}/TRE_A01-CadreExercice/FHIR/TRE-A01-CadreExercice"
LABELS: Final = f"{NOS}/TRE_A07-StatusVisibiliteDocument/FHIR/TRE-A07-StatusVisibiliteDocument"  # as PDSm names it
NATIONAL_IDS: Final = "urn:oid:1.2.250.1.71.4.2.1"
STRUCTURE_IDS: Final = "urn:oid:1.2.250.1.71.4.2.2"
STATUSES: Final = {"current": "current", "replaced": "superseded", "withdrawn": "entered-in-error"}
_LOINC: Final = re.compile(r"\d{1,7}-\d")
_UNSAID: Final = {"text": "Non renseigné"}
_SPLIT: Final = b"\0"
_BASE: Final = b"\\u0001"  # as JSON writes the mark that stands for the address of the server


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What never changes. Codes are empty when the document gave none."""

    uuid: str
    unique_id: str
    replaces: str
    title: str
    type_code: str
    type_system: str
    type_label: str
    class_code: str
    class_label: str
    format_code: str
    language: str
    author: str
    author_national_id: str
    organization: str
    organization_id: str
    facility: str
    practice_setting: str
    act_at: dt.datetime
    written_at: dt.datetime
    received_at: dt.datetime
    media_type: str
    size: int
    sha1: bytes


@dataclass(frozen=True, slots=True)
class Changing:
    """`status` as documents name it; `marks` in the order of the alphabet."""

    status: str
    confidentiality: str
    marks: tuple[str, ...]
    is_archived: bool


def immutable(said: Described) -> bytes:
    """The contained parties after the patient, then the elements, both as they stand in the resource."""
    rest = known(
        content=[{"attachment": _attachment(said), "format": _format(said)}],  # first: the address in it is looked for
        masterIdentifier=unique_identifier(said.unique_id) | {"use": "usual"},
        identifier=[{"use": "official", "system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{said.uuid}"}],
        type=_type(said),
        category=[_coded(said.class_code, CLASSES, said.class_label)],
        date=instant(said.received_at),
        author=[{"reference": "#auteur"}],
        custodian={"reference": "#depositaire"},
        relatesTo=[{"code": "replaces", "target": {"identifier": unique_identifier(said.replaces)}}]
        if said.replaces
        else [],
        description=said.title,
        context={
            "period": {"start": instant(said.act_at)},
            "facilityType": _coded(said.facility, FACILITIES, "") if said.facility else _UNSAID,
            "practiceSetting": _coded(said.practice_setting, SETTINGS, "") if said.practice_setting else _UNSAID,
            "sourcePatientInfo": {"reference": "#patient"},
        },
    )
    parties = orjson.dumps([_author(said), _custodian(said)])[1:-1]
    return parties + _SPLIT + orjson.dumps(rest)[1:-1]


def assembled(kept: bytes, *, uuid: bytes, subject: bytes, patient: bytes, changing: Changing, base: bytes) -> bytes:
    """`subject` is the reference, `patient` the contained identity, both JSON; `base`, the address of the server."""
    parties, _, rest = kept.partition(_SPLIT)
    version, said = _said(changing)
    return b'{"resourceType":"DocumentReference","id":"%b",%b,"subject":%b,"contained":[%b,%b],%b}' % (
        uuid,
        said,
        subject,
        patient,
        parties,
        rest.replace(_BASE, base, 1),
    )


def version_of(changing: Changing) -> str:
    """meta.versionId, and the ETag: two equal states have the same one."""
    return _said(changing)[0]


@functools.lru_cache(maxsize=500)
def _said(changing: Changing) -> tuple[str, bytes]:
    version = f"{zlib.crc32(repr(changing).encode()):08x}"
    labels = [hl7_concept("v3-Confidentiality", changing.confidentiality)]
    labels += [_coded(MARKS[mark], LABELS, "") for mark in changing.marks if mark in MARKS]
    said = orjson.dumps(
        {
            "meta": {"versionId": version, "profile": [PROFILE]},
            "extension": [{"url": ARCHIVED, "valueBoolean": changing.is_archived}],
            "status": STATUSES[changing.status],
            "securityLabel": labels,
        }
    )
    return version, said[1:-1]


def _type(said: Described) -> Resource:
    if said.type_system:
        system = system_of(said.type_system)
        system = TYPES if system == "urn:oid:1.2.250.1.213.1.1.4.12" else system
    else:
        system = "http://loinc.org" if _LOINC.fullmatch(said.type_code) else TYPES
    return {"coding": [known(system=system, code=said.type_code, display=said.type_label)], "text": said.type_label}


def _coded(code: str, system: str, label: str) -> Resource:
    return {"coding": [known(system=system, code=code, display=label)]} if code else dict(_UNSAID)


def _format(said: Described) -> Resource:
    return known(system=FORMATS, code=said.format_code or "urn:ihe:iti:xds:2017:mimeTypeSufficient")


def _attachment(said: Described) -> Resource:
    """The address begins with a mark that `assembled` replaces by the server's own."""
    return {
        "url": f"\x01/Binary/{said.uuid}",
        "contentType": said.media_type,
        "language": said.language or "fr-FR",
        "size": said.size,
        "hash": base64.b64encode(said.sha1).decode(),
        "title": said.title,
        "creation": instant(said.written_at),
    }


def _author(said: Described) -> Resource:
    """A person, or what wrote by itself: a device of the organization."""
    if said.author and said.author != said.organization:
        identifier = [{"system": NATIONAL_IDS, "value": said.author_national_id}] if said.author_national_id else []
        return known(resourceType="Practitioner", id="auteur", identifier=identifier, name=[{"text": said.author}])
    name = said.organization or "Auteur non renseigné"
    return {"resourceType": "Device", "id": "auteur", "deviceName": [{"name": name, "type": "other"}]}


def _custodian(said: Described) -> Resource:
    identifier = [{"system": STRUCTURE_IDS, "value": said.organization_id}] if said.organization_id else []
    return known(
        resourceType="Organization", id="depositaire", identifier=identifier, name=said.organization or "Maillon"
    )
