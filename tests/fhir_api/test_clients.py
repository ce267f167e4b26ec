"""Clients that others wrote, without a line for us: fhirpy and fhirclient (Python), fhir-kit-client (Node), against a
server that listens."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.conftest import Cast
from tests.fhir_api import publishing
from tests.fhir_api.conftest import RETURN, Record, alone, reference, software
from tests.fhir_api.test_publishing import KEY, cda_sent
from tests.web import world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

KIT = Path(__file__).with_name("kit_client.mjs")
ROOT = Path(__file__).resolve().parents[2]
ARCHIVED = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived"


@pytest.fixture
def followed(cast: Cast) -> Record:
    return Record(access=world.follow(world.register(KEY), cast, treating=cast.claire), documents=[])


@pytest.fixture
def token(cast: Cast) -> str:
    return alone(software(cast.tilleuls_id)).token


def test_fhirpy(live_server: Any, token: str, followed: Record) -> None:
    fhirpy = pytest.importorskip("fhirpy")
    client = fhirpy.SyncFHIRClient(f"{live_server.url}/fhir", authorization=f"Bearer {token}")
    created = client.resource("DocumentReference", **_without_kind(reference(followed)))
    created.save()
    assert created.id
    sent = client.execute("", method="post", data=publishing.transaction(cda_sent()))
    assert [each["response"]["status"] for each in sent["entry"]] == ["201 Created"] * 3
    found = (
        client.resources("DocumentReference").search(patient=str(followed.uuid), status="current").limit(1).fetch_all()
    )
    assert len(found) == 2
    read = client.reference("DocumentReference", created.id).to_resource()
    assert read.get_by_path(["masterIdentifier", "value"]) == created["masterIdentifier"]["value"]
    read.patch(extension=[{"url": ARCHIVED, "valueBoolean": True}])
    assert read["extension"][0]["valueBoolean"] is True
    read["extension"][0]["valueBoolean"] = False
    read.save()
    again = client.get("DocumentReference", created.id)
    assert again["extension"][0]["valueBoolean"] is False
    tasks = client.resources("Task").search(patient=str(followed.uuid), status="requested").fetch_all()
    assert len(tasks) == 2
    with pytest.raises(fhirpy.base.exceptions.ResourceNotFound):
        client.get("DocumentReference", "00000000-0000-4000-8000-00000000dead")


def test_fhirclient_signs_in_and_works(live_server: Any, cast: Cast, followed: Record) -> None:
    """The whole SMART launch: the client finds the way by itself, the person consents, the client takes its token."""
    pytest.importorskip("fhirclient")
    from fhirclient import client as smart_client
    from fhirclient.models.bundle import Bundle
    from fhirclient.models.documentreference import DocumentReference
    from fhirclient.models.patient import Patient

    one = software(cast.tilleuls_id)
    smart = smart_client.FHIRClient(
        settings={
            "app_id": str(one.client_id), "app_secret": one.secret, "api_base": f"{live_server.url}/fhir",
            "redirect_uri": RETURN,
        }
    )  # fmt: skip
    smart.wants_patient = False
    assert smart.prepare() is False  # not ready: a person must consent
    smart.handle_callback(_consented(smart.authorize_url, cast, followed))
    assert smart.ready

    created = DocumentReference(_as_fhirclient(reference(followed))).create(smart.server)
    assert created["resourceType"] == "DocumentReference"
    bundle = Bundle(_as_fhirclient(publishing.transaction(cda_sent()))).create(smart.server)
    assert bundle["type"] == "transaction-response"
    query = DocumentReference.where({"patient": str(followed.uuid), "status": "current", "_count": "1"})
    found = list(query.perform_resources_iter(smart.server))
    assert len(found) == 2
    read = DocumentReference.read(created["id"], smart.server)
    assert read.status == "current"
    read.extension[0].valueBoolean = True
    assert read.update(smart.server)["extension"][0]["valueBoolean"] is True
    patient = Patient.read(str(followed.uuid), smart.server)
    assert patient.birthDate is not None
    assert smart.patient_id == str(followed.uuid)  # chosen at the consent
    data = smart.server.request_data(read.content[0].attachment.url)
    assert data.startswith(b"Compte rendu")


def _consented(address: str, cast: Cast, followed: Record) -> str:
    """What the person's browser does: the page, the record, « Autoriser »."""
    browser = world.sign_in(Client(), cast.claire)
    parts = urlsplit(address)
    page = f"{parts.path}?{parts.query}"
    host = parts.netloc
    shown = browser.get(page, headers={"host": host})  # type: ignore[attr-defined]
    assert shown.status_code == 200, shown.content[:300]
    answer = browser.post(  # type: ignore[attr-defined]
        page, {"decision": "autoriser", "patient": str(followed.uuid)}, headers={"host": host}
    )
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_fhir_kit_client(live_server: Any, token: str, followed: Record) -> None:
    node = shutil.which("node")
    root = next((each for each in _node_roots() if (each / "node_modules" / "fhir-kit-client").is_dir()), None)
    if node is None or root is None:
        pytest.skip("node ou le paquet npm fhir-kit-client est absent (npm ci) : ce client n’a pas été essayé")
    sent = {"document": reference(followed), "bundle": publishing.transaction(cda_sent())}
    ran = subprocess.run(
        [node, str(KIT), str(root), f"{live_server.url}/fhir", token, str(followed.uuid)],
        input=json.dumps(sent), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    done = json.loads(ran.stdout)
    assert done["version"] == "4.0.1"
    assert done["token"].endswith("/oauth/token")
    assert done["sent"] == ["201 Created"] * 3
    assert len(done["found"]) == done["posted"] == 2
    assert done["read"] == done["created"] == done["patched"]
    assert done["archived"] is False
    assert done["refusal"]["status"] == 404
    assert done["refusal"]["text"].startswith("Cette ressource n’existe pas")


def _node_roots() -> list[Path]:
    named = os.environ.get("MAILLON_NODE_MODULES")
    return [ROOT, *([Path(named)] if named else [])]


def _without_kind(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name != "resourceType"}


def _as_fhirclient(resource: dict[str, Any]) -> dict[str, Any]:
    """As it is: the client checks it against FHIR R4."""
    return resource
