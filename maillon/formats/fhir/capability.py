"""CapabilityStatement: what the server does, no more. The clients read it to find the way to a token (SMART)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from maillon.formats.fhir.datatypes import Resource, known

_OAUTH: Final = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SECURITY: Final = "http://terminology.hl7.org/CodeSystem/restful-security-service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """`parameters`: name → type."""

    kind: str
    profiles: Sequence[str]
    interactions: Sequence[str]
    parameters: Mapping[str, str]
    documentation: str = ""
    is_versioned: bool = False
    conditional_patch: bool = False


def capability_statement(
    resources: Sequence[Served], *, base: str, version: str, date: str, authorize: str, token: str, revoke: str
) -> Resource:
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "Maillon", "version": version},
        "implementation": {"description": "Maillon, interface FHIR pour les partenaires", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "patchFormat": ["application/json-patch+json", "application/merge-patch+json", "application/fhir+json"],
        "implementationGuide": [
            "https://interop.esante.gouv.fr/ig/fhir/pdsm/ImplementationGuide/ans.fhir.fr.pdsm|3.1.1",
            "https://interop.esante.gouv.fr/ig/fhir/cds/ImplementationGuide/ans.fhir.fr.cds|2.0.1",
            "https://interop.esante.gouv.fr/ig/fhir/tde/ImplementationGuide/ans.fhir.fr.tde|2.0.0",
        ],
        "rest": [
            {
                "mode": "server",
                "documentation": "Toute recherche porte sur un patient. Un paramètre inconnu est refusé (400), sauf "
                "« Prefer: handling=lenient ». Ce qui n’est pas ouvert au lecteur n’existe pas pour lui.",
                "security": _security(authorize=authorize, token=token, revoke=revoke),
                "resource": [_resource(each) for each in resources],
                "interaction": [{"code": "transaction", "documentation": "PDSm flux 01 (IHE ITI-65)"}],
            }
        ],
    }


def _security(*, authorize: str, token: str, revoke: str) -> Resource:
    uris = {"authorize": authorize, "token": token, "revoke": revoke}
    return {
        "extension": [{"url": _OAUTH, "extension": [{"url": name, "valueUri": uri} for name, uri in uris.items()]}],
        "cors": False,
        "service": [{"coding": [{"system": _SECURITY, "code": "SMART-on-FHIR"}]}],
    }


def _resource(one: Served) -> Resource:
    return known(
        type=one.kind,
        supportedProfile=list(one.profiles),
        documentation=one.documentation,
        interaction=[{"code": code} for code in one.interactions],
        versioning="versioned" if one.is_versioned else "no-version",
        conditionalUpdate=False if not one.conditional_patch else None,
        searchParam=[{"name": name, "type": kind} for name, kind in one.parameters.items()],
    )
