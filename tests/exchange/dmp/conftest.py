"""One simulated record for the session; Claire, whose skill the directory knows; a patient whose identity is qualified.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.documents import filing
from maillon.exchange import api as exchange
from maillon.formats.document import ClinicalDocument
from maillon.kernel import clock, outbox
from maillon.kernel.key import Access, Actor, PatientId, StructureId
from maillon.patients import api as patients
from maillon.professionals.models import Professional
from tests.conftest import Cast
from tests.documents import making
from tests.exchange import national


@pytest.fixture(autouse=True)
def _nobody_is_remembered() -> None:
    """Authors are remembered for half a minute; here the people of one test are gone in the next."""
    filing._known_authors.clear()


@pytest.fixture(scope="session")
def teleservice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[national.Teleservice]:
    service = national.Teleservice("simulators.dmp", tmp_path_factory.mktemp("dmp"), national.SETTINGS).start()
    yield service
    service.stop()


@pytest.fixture
def held(teleservice: national.Teleservice) -> national.Held:
    """The record as it is at the beginning: active, empty, nobody let in."""
    found = national.Held(teleservice.folder)
    found.empty()
    return found


@pytest.fixture(params=["xds", "fhir"])
def way(request: pytest.FixtureRequest, teleservice: national.Teleservice, monkeypatch: pytest.MonkeyPatch) -> str:
    plug(teleservice, monkeypatch, way=request.param)
    return str(request.param)


def plug(
    teleservice: national.Teleservice, monkeypatch: pytest.MonkeyPatch, *, way: str, address: str = ""
) -> None:
    for name, value in (
        ("ADRESSE", address or teleservice.address), ("VOIE", way), ("AUTORITE", teleservice.said["authority"]),
        ("CERTIFICAT", teleservice.said["structure"]), ("SIMULATEUR", "1"), ("PATIENCE", "5"),
    ):  # fmt: skip
        monkeypatch.setenv(f"MAILLON_DMP_{name}", value)


@dataclass(frozen=True)
class Desk:
    """A patient followed by the Tilleuls, and what a test does for them as Claire."""

    patient: PatientId
    cast: Cast

    def key(self, actor: Actor | None = None) -> Access:
        return making.key(self.patient, actor or self.cast.claire)

    def file(self, document: ClinicalDocument) -> UUID:
        """As redaction files what was signed."""
        return making.file_cda(self.patient, national.cda(document)).uuid

    def feed(self, document: ClinicalDocument) -> UUID:
        filed = self.file(document)
        return exchange.feed_dmp(self.key(), filed, told="oral")

    def feed_again(self, document: ClinicalDocument) -> UUID:
        from maillon.documents.models import Document

        return exchange.feed_dmp(self.key(), Document.objects.get(unique_id=document.version.id).uuid, told="oral")

    def act(self, unique_id: str) -> exchange.dmp.ActLine:
        return exchange.dmp.acts_of(self.key(), unique_id=unique_id)[0]

    def entry(self, unique_id: str) -> exchange.dmp.EntryLine:
        from maillon.exchange.dmp.rows import DmpEntry

        row = DmpEntry.objects.get(patient_id=self.patient, unique_id=unique_id)
        return next(each for each in exchange.dmp.lines(self.key()) if each.uuid == row.uuid)


@pytest.fixture
def desk(cast: Cast) -> Desk:
    Professional.objects.filter(national_id__in=("899000000011", "899000000029")).update(skill_codes=["SM26"])
    return Desk(qualified(cast), cast)


def qualified(cast: Cast, *, ins: str = national.INS) -> PatientId:
    traits = national.TRAITS
    patient = patients.register(
        patients.Registration(
            traits=patients.StrictTraits(
                birth_family_name=traits.birth_family_name or "", birth_given_names=traits.birth_given_names or "",
                first_birth_given_name=traits.first_birth_given_name or "",
                birth_date=dt.date.fromisoformat(traits.birth_date or ""), sex="F", birth_place_code="51215",
            ),
            status=patients.IdentityStatus.QUALIFIED, ins=ins, ins_oid=national.OID,
        ),
        actor_label="essai",
    )  # fmt: skip
    making.link(patient, cast.tilleuls_id, access_room.Basis.STRUCTURE)
    return patient


def work(*, hours: float = 0) -> None:
    """Every job that is due, and those that become so within the hours given."""
    from django.db import connection

    for _ in range(50):
        if hours:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE kernel_job SET due_at = %s WHERE kind = 'exchange.dmp.act' AND due_at < %s",
                    [clock.now(), clock.now() + dt.timedelta(hours=hours)],
                )
        if not outbox.run_due():
            return


__all__ = ["Desk", "StructureId", "documents", "plug", "qualified", "work"]
