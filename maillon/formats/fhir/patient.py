"""Patient, as FR Core shapes it (hl7.fhir.fr.core 2.2): the INS is the matricule, its OID and the birth traits."""

from __future__ import annotations

from typing import Final

from maillon.formats.document import LocalId, PatientTraits
from maillon.formats.fhir.datatypes import Resource, known

PROFILE: Final = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient"
PROFILE_INS: Final = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-ins"
_TYPES: Final = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
_BIRTH_PLACE: Final = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
_BIRTH_LIST: Final = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name"
_INSEE_CODE: Final = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code"
_COG: Final = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
_INS_KINDS: Final = {
    "1.2.250.1.213.1.4.8": "INS-NIR",
    "1.2.250.1.213.1.4.9": "INS-NIA",
    "1.2.250.1.213.1.4.10": "INS-NIR-TEST",
    "1.2.250.1.213.1.4.11": "INS-NIR-DEMO",
}
_RELIABLE: Final = (
    {
        "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability",
        "extension": [
            {
                "url": "identityStatus",
                "valueCoding": {
                    "system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445",
                    "code": "VALI",
                    "display": "Identité validée",
                },
            }
        ],
    },
)
_SEXES: Final = {"F": "female", "M": "male"}


def patient(traits: PatientTraits, *, resource_id: str, with_ins: bool, is_qualified: bool = False) -> Resource:
    """`with_ins`: only a qualified identity shows its matricule outside (RNIV); `is_qualified` says so beside it. The
    profile of the INS asks for a birth place."""
    shows_ins = bool(with_ins and traits.ins and traits.ins_oid)
    is_whole = shows_ins and bool(traits.birth_place_code and traits.birth_given_names)
    return known(
        resourceType="Patient",
        id=resource_id,
        meta={"profile": [PROFILE_INS if is_whole else PROFILE]},
        extension=[*_birth_place(traits), *(_RELIABLE if is_qualified and shows_ins else ())],
        identifier=[*([_ins(traits)] if shows_ins else ()), *(_local(each) for each in traits.local_ids)],
        name=_names(traits),
        telecom=[_telecom(each) for each in traits.telecoms],
        gender=_SEXES.get(traits.sex or "", "unknown"),
        birthDate=traits.birth_date,
        address=[{"text": each} for each in traits.addresses],
    )


def _ins(traits: PatientTraits) -> Resource:
    kind = {"system": _TYPES, "code": _INS_KINDS.get(traits.ins_oid or "", "INS-NIR")}
    return {
        "use": "official",
        "type": {"coding": [kind]},
        "system": f"urn:oid:{traits.ins_oid}",
        "value": traits.ins,
    }


def _local(known_as: LocalId) -> Resource:
    kind = {"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PI"}
    return known(use="usual", type={"coding": [kind]}, system=f"urn:oid:{known_as.root}", value=known_as.extension)


def _names(traits: PatientTraits) -> list[Resource]:
    official = known(
        extension=_given_list(traits),
        use="official",
        family=traits.birth_family_name,
        given=[traits.first_birth_given_name] if traits.first_birth_given_name else [],
    )
    if not (traits.used_family_name or traits.used_given_name):
        return [official]
    used_given = traits.used_given_name or traits.first_birth_given_name
    used = known(use="usual", family=traits.used_family_name or traits.birth_family_name,
                 given=[used_given] if used_given else [])  # fmt: skip
    return [official, used]


def _given_list(traits: PatientTraits) -> list[Resource]:
    return [{"url": _BIRTH_LIST, "valueString": traits.birth_given_names}] if traits.birth_given_names else []


def _birth_place(traits: PatientTraits) -> list[Resource]:
    if not traits.birth_place_code:
        return []
    place = {"url": _INSEE_CODE, "valueCoding": {"system": _COG, "code": traits.birth_place_code}}
    return [{"url": _BIRTH_PLACE, "valueAddress": {"extension": [place]}}]


def _telecom(address: str) -> Resource:
    kind, _, value = address.rpartition(":")
    return {"system": {"tel": "phone", "mailto": "email"}.get(kind, "other"), "value": value}
