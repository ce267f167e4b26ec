from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.exchange import national

PERSON = {
    "matricule": national.INS, "oid": national.OID, "family": "PAT-TROIS", "given": "DOMINIQUE",
    "given_names": "DOMINIQUE MARIE-LOUISE", "birth_date": "1979-03-28", "sex": "F", "birth_place": "51215",
}  # fmt: skip
TWIN = PERSON | {"family": "DUBOIS", "given": "ANNE", "given_names": "ANNE"}


@pytest.fixture(scope="session")
def insi_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[national.Teleservice]:
    people = [PERSON, TWIN | {"matricule": "277076322082910"}, TWIN | {"matricule": "274035121518989"}]
    service = national.Teleservice("simulators.insi", tmp_path_factory.mktemp("insi"), {"people": people}).start()
    yield service
    service.stop()


@pytest.fixture
def insi(insi_service: national.Teleservice, monkeypatch: pytest.MonkeyPatch) -> national.Teleservice:
    for name, value in (
        ("ADRESSE", insi_service.address), ("AUTORITE", insi_service.said["authority"]),
        ("CERTIFICAT", insi_service.said["structure"]), ("SIMULATEUR", "1"), ("PATIENCE", "3"),
    ):  # fmt: skip
        monkeypatch.setenv(f"MAILLON_INSI_{name}", value)
    return insi_service
