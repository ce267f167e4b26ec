"""The addresses of the FHIR API and of CDS Hooks. Their words are FHIR's and OAuth's; a test checks that each declares
its rule."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from maillon.fhir_api import (
    answers,
    cds,
    changes,
    circles,
    devices,
    directory,
    identities,
    lists,
    metadata,
    papers,
    plans,
    publish,
    results,
    todo,
    tokens,
    traces,
)
from maillon.fhir_api.entry import BASE, Served, by_method, public
from maillon.fhir_api.refusals import unsupported

ROOT: Final = BASE.removeprefix("/")


@public()
def nothing_here(request: HttpRequest, *, rest: str) -> HttpResponse:
    raise unsupported("cette adresse")


def _searched(kind: str, search: Served, **others: Served) -> list[object]:
    """Read in the address, or sent in a form so that no trait of a patient stands in one."""
    return [
        path(f"{ROOT}/{kind}", by_method(GET=search, **others)),
        path(f"{ROOT}/{kind}/_search", by_method(POST=search)),
    ]


_transaction = by_method(POST=publish.transact)

urlpatterns = [
    path("oauth/token", tokens.give),
    path("oauth/revoke", tokens.forget),
    path(".well-known/smart-configuration", by_method(GET=metadata.smart_configuration)),
    path(f"{ROOT}/.well-known/smart-configuration", by_method(GET=metadata.smart_configuration)),
    path("cds-services", by_method(GET=cds.services)),
    path("cds-services/<slug:service>", by_method(POST=cds.advise)),
    path("cds-services/<slug:service>/feedback", by_method(POST=cds.feedback)),
    path(f"{ROOT}/metadata", by_method(GET=metadata.capabilities)),
    path(ROOT, _transaction),
    path(f"{ROOT}/", _transaction),
    *_searched("DocumentReference", papers.search, POST=publish.simplified, PATCH=changes.conditional),
    path(f"{ROOT}/DocumentReference/<uuid:document>", by_method(GET=papers.read, PATCH=changes.patch, PUT=changes.put)),
    path(f"{ROOT}/Binary/<uuid:document>", by_method(GET=papers.bytes_as_they_came)),
    *_searched("List", lists.search),
    path(f"{ROOT}/List/<uuid:lot>", by_method(GET=lists.read)),
    *_searched("CareTeam", circles.search),
    path(f"{ROOT}/CareTeam/<uuid:patient>", by_method(GET=circles.read)),
    path(f"{ROOT}/CareTeam/<uuid:patient>/_history", by_method(GET=circles.all_versions)),
    path(f"{ROOT}/CareTeam/<uuid:patient>/_history/<int:version>", by_method(GET=circles.vread)),
    *_searched("Patient", identities.search),
    path(f"{ROOT}/Patient/<uuid:patient>", by_method(GET=identities.read)),
    *_searched("Observation", results.search, POST=devices.measure),
    path(f"{ROOT}/Observation/<str:observation>", by_method(GET=results.read)),
    path(f"{ROOT}/DetectedIssue", by_method(POST=devices.alert)),
    *_searched("Task", todo.search),
    path(f"{ROOT}/Task/<uuid:task>", by_method(GET=todo.read)),
    *_searched("CarePlan", plans.search),
    path(f"{ROOT}/CarePlan/<uuid:plan>", by_method(GET=plans.read)),
    *_searched("Goal", plans.search_goals),
    path(f"{ROOT}/Goal/<uuid:goal>", by_method(GET=plans.read_goal)),
    *_searched("QuestionnaireResponse", answers.search),
    path(f"{ROOT}/QuestionnaireResponse/<uuid:response>", by_method(GET=answers.read)),
    *_searched("AuditEvent", traces.search, POST=traces.claim),
    path(f"{ROOT}/AuditEvent/<str:trace>", by_method(GET=traces.read)),
    path(f"{ROOT}/Practitioner/<uuid:person>", by_method(GET=directory.read_practitioner)),
    path(f"{ROOT}/PractitionerRole/<uuid:person>", by_method(GET=directory.read_role)),
    path(f"{ROOT}/Organization/<uuid:place>", by_method(GET=directory.read_organization)),
    path(f"{ROOT}/<path:rest>", nothing_here),
]
