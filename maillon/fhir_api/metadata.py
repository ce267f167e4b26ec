"""What is served, said once: the statement of capabilities, and the configuration that SMART clients read."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

import orjson
from django.http import HttpRequest, HttpResponse

from maillon.access.api import partners
from maillon.fhir_api import answers, circles, identities, lists, papers, plans, results, todo, traces
from maillon.fhir_api.entry import BASE, answer, base_of, public
from maillon.formats.fhir import circle, document_sheet, patient
from maillon.formats.fhir.audit_event import PROFILE as TRACE
from maillon.formats.fhir.capability import Served, capability_statement
from maillon.formats.fhir.lists import PROFILES

SINCE: Final = "2026-11-28"
_TYPES: Final = {
    "patient": "reference", "subject": "reference", "participant": "reference", "relatesto": "reference",
    "date": "date", "creation": "date", "period": "date", "period-start": "date", "period-end": "date",
    "_lastUpdated": "date", "start": "date", "end": "date", "participant-start": "date", "participant-end": "date",
    "birthdate": "date", "instantiates-uri": "uri", "title": "string", "family": "string", "given": "string",
}  # fmt: skip


def _parameters(names: tuple[str, ...]) -> dict[str, str]:
    """Those with a name of their own: chains and modifiers are said in the documentation."""
    shown = (name for name in names if "." not in name and ":" not in name and name != "_include")
    return {name: _TYPES.get(name, "token") for name in shown if name != "relatesto"}


RESOURCES: Final = (
    Served(
        kind="DocumentReference", profiles=[document_sheet.PROFILE], parameters=_parameters(papers.ALLOWED),
        interactions=["read", "search-type", "create", "update", "patch"], conditional_patch=True,
        documentation="Publication simplifiée (ITI-105) et transaction (ITI-65) ; mise à jour de status, securityLabel "
        "et isArchived seulement (405 sinon), par numéro ou ?identifier=. Chaînes admises : patient.identifier, "
        "author.identifier, relatesto.identifier.",
    ),
    Served(
        kind="List", profiles=list(PROFILES.values()), parameters=_parameters(lists.ALLOWED),
        interactions=["read", "search-type"], documentation="Lots de soumission et classeurs publiés (ITI-66).",
    ),
    Served(
        kind="Binary", profiles=[], parameters={}, interactions=["read"], documentation="Les octets reçus (ITI-68)."
    ),
    Served(
        kind="CareTeam", profiles=[circle.PROFILE], parameters=_parameters(circles.ALLOWED), is_versioned=True,
        interactions=["read", "vread", "history-instance", "search-type"],
        documentation="Lecture seule (PCC-46, 47). _include : CareTeam:participant, CareTeam:patient.",
    ),
    Served(
        kind="AuditEvent", profiles=[TRACE], parameters=_parameters(traces.ALLOWED),
        interactions=["read", "search-type", "create"],
        documentation="Les deux bornes de date sont obligatoires (ITI-81). Une trace envoyée (ITI-20) est à part.",
    ),
    Served(
        kind="Patient", profiles=[patient.PROFILE, patient.PROFILE_INS], parameters=_parameters(identities.ALLOWED),
        interactions=["read", "search-type"],
        documentation="Par un identifiant entier, ou par tous les traits (family, given, birthdate, gender).",
    ),
    Served(
        kind="Observation", profiles=[], parameters=_parameters(results.ALLOWED),
        interactions=["read", "search-type", "create"],
        documentation="create : une mesure d’un dispositif de télésurveillance (device.identifier), pour un patient "
        "dont le plan l’attend. Répétée sous le même identifier, elle n’ajoute rien (200).",
    ),
    Served(
        kind="DetectedIssue", profiles=[], parameters={}, interactions=["create"],
        documentation="Une alerte d’un dispositif de télésurveillance (author.identifier) ; severity high ou moderate.",
    ),
    Served(kind="Task", profiles=[], parameters=_parameters(todo.ALLOWED), interactions=["read", "search-type"]),
    Served(
        kind="CarePlan", profiles=[], parameters=_parameters(plans.ALLOWED), interactions=["read", "search-type"],
        documentation="Les plans qui suivent un protocole de l’équipe (instantiates-uri\u202f: "
        "urn:maillon:protocole:CODE, avec ou sans |version) ; chaque étape est une activité.",
    ),
    Served(
        kind="Goal", profiles=[], parameters=_parameters(plans.ALLOWED_OF_GOALS), interactions=["read", "search-type"],
        documentation="Les objectifs d’un plan ; ceux du patient, dans ses mots, le nomment (expressedBy).",
    ),
    Served(
        kind="QuestionnaireResponse", profiles=[], parameters=_parameters(answers.ALLOWED),
        interactions=["read", "search-type"],
        documentation="Les réponses signées, celles qui ont été remplacées comprises.",
    ),
    Served(kind="Practitioner", profiles=[], parameters={}, interactions=["read"]),
    Served(kind="PractitionerRole", profiles=[], parameters={}, interactions=["read"]),
    Served(kind="Organization", profiles=[circle.ORGANIZATION], parameters={}, interactions=["read"]),
)  # fmt: skip


@public()
def capabilities(request: HttpRequest) -> HttpResponse:
    base = base_of(request)
    host = base.removesuffix(BASE)
    said = capability_statement(
        RESOURCES, base=base, version=version("maillon"), date=SINCE, authorize=f"{host}/oauth/autoriser",
        token=f"{host}/oauth/token", revoke=f"{host}/oauth/revoke",
    )  # fmt: skip
    return answer(orjson.dumps(said))


@public()
def smart_configuration(request: HttpRequest) -> HttpResponse:
    host = base_of(request).removesuffix(BASE)
    said = {
        "issuer": host,
        "authorization_endpoint": f"{host}/oauth/autoriser",
        "token_endpoint": f"{host}/oauth/token",
        "revocation_endpoint": f"{host}/oauth/revoke",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(partners.ALGORITHMS),
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": _scopes(),
        "capabilities": [
            "launch-standalone", "client-confidential-symmetric", "client-confidential-asymmetric",
            "context-standalone-patient", "permission-patient", "permission-user", "permission-v1",
        ],
    }  # fmt: skip
    return HttpResponse(orjson.dumps(said), content_type="application/json")


def _scopes() -> list[str]:
    words = [f"{level}/{kind}.read" for level in ("system", "user", "patient") for kind in ("*", *partners.RESOURCES)]
    words += [f"{level}/{kind}.write" for level in ("system", "user") for kind in sorted(partners.WRITABLE)]
    return [*words, "online_access"]
