"""A partner's software with tokens, a person through it, and a record worth asking for."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.test import Client

from maillon.access import api as access_room
from maillon.access.api import partners
from maillon.kernel.key import Access, Actor, StructureId
from tests.conftest import Cast
from tests.web import world

CONSOLE = access_room.machine("console")
RETURN = "https://logiciel.example/retour"
EVERY_SYSTEM = ("system/*.read", "system/DocumentReference.write", "system/AuditEvent.write")
EVERY_USER = ("user/*.read", "user/DocumentReference.write", "patient/*.read", "online_access")


@dataclass
class Software:
    """A client of the API: asks with its token, in FHIR's words."""

    client_id: UUID
    secret: str
    token: str = ""
    browser: Client = field(default_factory=lambda: Client(raise_request_exception=True))

    def ask(
        self, method: str, path: str, body: Any = None, *, kind: str = "application/fhir+json", **headers: str
    ) -> Any:
        sent = body if isinstance(body, bytes | str) or body is None else orjson.dumps(body)
        extra: dict[str, Any] = {
            "headers": {"Authorization": f"Bearer {self.token}", "Accept": "application/fhir+json"} | headers
        }
        if method in ("GET", "HEAD"):
            return getattr(self.browser, method.lower())(path, **extra)
        return self.browser.generic(method, path, sent or b"", content_type=kind, **extra)

    def get(self, path: str, **query: str) -> Any:
        return self.browser.get(path, query, headers={"Authorization": f"Bearer {self.token}"})

    def found(self, path: str, **query: str) -> dict[str, Any]:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.content
        return said(answer)


def said(answer: Any) -> dict[str, Any]:
    return orjson.loads(answer.content)  # type: ignore[no-any-return]


def code_of(answer: Any) -> str:
    return str(said(answer)["issue"][0]["details"]["coding"][0]["code"])


def software(structure: int, *, scopes: tuple[str, ...] = EVERY_SYSTEM + EVERY_USER, profession: str = "G15_10",
             name: str = "LGC Essai") -> Software:  # fmt: skip
    asked = partners.Registration(
        name=name, structure_id=StructureId(structure), profession_code=profession, scopes=scopes,
        redirect_uris=(RETURN,), reason="essai",
    )  # fmt: skip
    client_id, secret = partners.register(CONSOLE, asked)
    return Software(client_id, secret)


def alone(one: Software, scope: str = "") -> Software:
    """With a token of its own."""
    answer = one.browser.post(
        "/oauth/token",
        {"grant_type": "client_credentials", "scope": scope} if scope else {"grant_type": "client_credentials"},
        headers={"Authorization": basic(one)},
    )
    assert answer.status_code == 200, answer.content
    return Software(one.client_id, one.secret, said(answer)["access_token"])


def basic(one: Software) -> str:
    return "Basic " + base64.b64encode(f"{one.client_id}:{one.secret}".encode()).decode()


VERIFIER = "un-verificateur-assez-long-pour-PKCE-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def consented(one: Software, actor: Actor, scope: str, *, patient: UUID | None = None) -> dict[str, Any]:
    """What the software is given for a person, by the verbs (the page has its own test)."""
    session = access_room.sessions.actor_of(world.open_session(actor))
    assert session is not None
    query: Mapping[str, str] = {
        "client_id": str(one.client_id),
        "redirect_uri": RETURN,
        "scope": scope,
        "response_type": "code",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "state": "x",
    }
    asked = partners.ask(query, audience="http://testserver/fhir")
    address = partners.begin(session, asked, patient=patient)
    code = dict(each.split("=") for each in address.partition("?")[2].split("&"))["code"]
    answer = one.browser.post(
        "/oauth/token",
        {"grant_type": "authorization_code", "code": code, "redirect_uri": RETURN, "code_verifier": VERIFIER},
        headers={"Authorization": basic(one)},
    )
    assert answer.status_code == 200, answer.content
    return said(answer)


def through(one: Software, actor: Actor, scope: str = "user/*.read user/DocumentReference.write", *,
            patient: UUID | None = None) -> Software:  # fmt: skip
    return Software(one.client_id, one.secret, consented(one, actor, scope, patient=patient)["access_token"])


@dataclass(frozen=True, kw_only=True)
class Record:
    access: Access
    documents: list[world.Filed]

    @property
    def uuid(self) -> UUID:
        return self.access.patient_uuid


@pytest.fixture
def record(cast: Cast) -> Record:
    access = world.follow(world.register("diabete"), cast, treating=cast.claire)
    return Record(access=access, documents=world.file_story(access, "diabete", reader=cast.claire))


@pytest.fixture
def lgc(cast: Cast) -> Software:
    """The software of the Tilleuls, alone."""
    return alone(software(cast.tilleuls_id))


@pytest.fixture
def elsewhere(cast: Cast) -> Software:
    """That of another structure, which follows nobody."""
    return alone(software(cast.elsewhere_id, name="LGC du Port"))


_numbers = itertools.count(1)


def reference(record: Record | UUID, **changed: Any) -> dict[str, Any]:
    """A text to publish by ITI-105, for a patient named by our number."""
    uuid = record if isinstance(record, UUID) else record.uuid
    data = changed.pop("data", f"Compte rendu de kinésithérapie n° {next(_numbers)}".encode())
    made = {
        "resourceType": "DocumentReference",
        "meta": {
            "profile": ["https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-simplified-publish"]
        },
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:1.2.250.1.999.5.{next(_numbers)}"},
        "status": "current",
        "type": {
            "coding": [{"system": "http://loinc.org", "code": "11488-4", "display": "CR ou fiche de consultation"}]
        },
        "subject": {"reference": f"Patient/{uuid}"},
        "date": "2026-03-30T09:30:00+02:00",
        "author": [{"display": "Hugo Delmas"}],
        "custodian": {"display": "Cabinet du Port"},
        "description": "Bilan de kinésithérapie",
        "securityLabel": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}]}
        ],
        "content": [
            {
                "attachment": {
                    "contentType": "text/plain",
                    "language": "fr-FR",
                    "data": base64.b64encode(data).decode(),
                    "title": "Bilan de kinésithérapie",
                    "creation": "2026-03-30T09:00:00+02:00",
                },
            }
        ],
    }
    return made | changed
