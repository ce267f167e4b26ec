"""The other face: partners' software at the FHIR API, alone or for somebody.

The published lists mix what some may read and others not; one holds nothing but what is hidden from nearly everybody.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from maillon.access.api import partners
from maillon.access.models import PartnerClient, PartnerToken
from maillon.fhir_api.models import ClaimedTrace, ListEntry, PublishedList
from maillon.kernel import clock
from maillon.prescribing.models import Activation

if TYPE_CHECKING:
    from tests.seep.worlds import World

EVERYTHING = ["system/*.*", "user/*.*"]
_HASH = b"\0" * 32
LISTS = {
    "mixed": ("followed", ("followed/letter", "followed/psychiatry", "followed/masked")),
    "hidden": ("followed", ("followed/masked", "followed/vaulted")),
    "elsewhere": ("elsewhere", ("elsewhere/letter",)),
    "second": ("second", ("second/biology", "second/restricted")),
}


def bring(world: World) -> None:
    from tests.seep.worlds import SOFTWARE, Person

    client = PartnerClient.objects.create(
        name="LGC Essai", structure_id=world.structures["tilleuls"], profession_code="G15_10", secret_hash=_HASH,
        scopes=EVERYTHING, reason="essai", start=clock.today() - dt.timedelta(days=9), registered_by="essai",
        client_id=uuid.UUID(int=1),
    )  # fmt: skip
    for key, person in list(world.people.items()):
        if person.professional_id is not None:
            token = _token(client, key, account_id=person.actor.account_id, session_id=person.actor.session_id)
            world.people[key] = replace(person, bearer=token)
    token = _token(client, SOFTWARE)
    caller = partners.caller_of(token)
    assert caller is not None
    world.people[SOFTWARE] = Person(key=SOFTWARE, actor=caller.actor, cookies={}, bearer=token)
    _publish(world, client)
    Activation.objects.create(structure_id=world.structures["tilleuls"], started_by="essai", started_at=clock.now())


def _token(client: PartnerClient, key: str, **whose: Any) -> str:
    token = f"seep-fhir-{key}"
    PartnerToken.objects.create(
        token_hash=hashlib.sha256(token.encode()).digest(), kind=PartnerToken.Kind.ACCESS, client=client,
        grant_id=uuid.UUID(int=2), scopes=EVERYTHING, created_at=clock.now(),
        ends_at=clock.now() + dt.timedelta(hours=8), **whose,
    )  # fmt: skip
    return token


def _publish(world: World, client: PartnerClient) -> None:
    for name, (patient, documents) in LISTS.items():
        row = PublishedList.objects.create(
            kind="submissionset", patient_id=world.patients[patient].id, client_id=client.pk, unique_id=f"1.2.3.{name}",
            title=f"Lot {name}", source="essai", at=clock.now(),
        )  # fmt: skip
        for rank, document in enumerate(documents):
            ListEntry.objects.create(
                list=row, patient_id=row.patient_id, document_id=world.documents[document].id, rank=rank
            )
    other = PartnerClient.objects.create(
        name="Autre", structure_id=world.structures["port"], profession_code="G15_10", secret_hash=b"\1" * 32,
        scopes=EVERYTHING, reason="essai", start=clock.today(), registered_by="essai", client_id=uuid.UUID(int=3),
    )  # fmt: skip
    for rank, owner in enumerate((client, other)):
        ClaimedTrace.objects.create(
            client_id=owner.pk, sha256=bytes([rank]) * 32, body={"resourceType": "AuditEvent"}, recorded=clock.now()
        )
