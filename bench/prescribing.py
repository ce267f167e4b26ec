"""(m) The aid to prescription: a whole CDS Hooks call (order-sign) of ten lines about a patient with ten treatments, with
15,000 specialities known; beside the 500 ms that the specification gives a service, and beside the same call while the
aid is off (token, key, journal, nothing checked).

`python -m bench prescribing`
"""

from __future__ import annotations

import datetime as dt
import statistics
import time
import uuid
from typing import Any

from bench import ground

LIMIT = 0.5  # seconds: CDS Hooks 2.0, « on the order of 500 ms »; AC10.1
CALLS = 150
SPECIALITIES = 15_000  # as many as the public base holds
TREATMENTS = ("Warfarine 5 mg", "Metformine 1000 mg", "Ramipril 5 mg", "Bisoprolol 2,5 mg", "Simvastatine 20 mg",
              "Furosémide 40 mg", "Oméprazole 20 mg", "Amlodipine 5 mg", "Allopurinol 100 mg", "Digoxine")  # fmt: skip
LINES = ("Amoxicilline 1 g", "Miconazole gel", "Ibuprofène 400 mg", "Kétoprofène 100 mg", "Clarithromycine 500 mg",
         "Spironolactone 25 mg", "Bromazépam 6 mg", "Tramadol 50 mg", "Escitalopram 10 mg", "Zolvadrine 20 mg")  # fmt: skip


def main() -> None:
    ground.prepare(patients=2_000, documents=20_000)
    from django.db import transaction

    with transaction.atomic():
        call = _Call()
        off = _seconds(call)
        call.turn_on()
        on = _seconds(call)
        _report(call, off, on)
        transaction.set_rollback(True)


def _report(call: _Call, off: list[float], on: list[float]) -> None:
    median, slowest = statistics.median(on), sorted(on)[int(len(on) * 0.99)]
    print(f"  aide éteinte : {statistics.median(off) * 1e3:6.1f} ms ; allumée : {median * 1e3:6.1f} ms (médianes)")
    print(f"  {call.cards()} cartes pour {len(LINES)} lignes et {len(TREATMENTS)} traitements")
    print(f"  {LIMIT / median:.1f} fois sous la limite de 500 ms (médiane), {LIMIT / slowest:.1f} fois au 99e centile")
    print(f"  {median / statistics.median(off):.1f} fois le même appel sans contrôle")


def _seconds(call: _Call) -> list[float]:
    for _ in range(10):
        call()
    taken = []
    for _ in range(CALLS):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return taken


class _Call:
    """One partner's software, one patient, one prescription."""

    def __init__(self) -> None:
        from django.test import Client

        self.structure = _structure()
        self.patient = _patient(self.structure)
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {_token(self.structure)}", "Host": "localhost"}
        _specialities()

    def __call__(self) -> Any:
        answer = self.client.post(
            "/cds-services/prescription-order-sign", self._body(), content_type="application/json", headers=self.headers
        )
        assert answer.status_code == 200, answer.content
        return answer.json()["cards"]

    def cards(self) -> int:
        return len(self())

    def turn_on(self) -> None:
        from maillon.prescribing.models import Activation

        Activation.objects.create(structure_id=self.structure, started_by="banc")

    def _body(self) -> dict[str, Any]:
        orders = [
            {"resourceType": "MedicationRequest", "id": str(rank), "status": "draft", "intent": "order",
             "medicationCodeableConcept": {"text": name}, "dosageInstruction": [{"text": "1 par jour, 7 jours"}]}
            for rank, name in enumerate(LINES)
        ]  # fmt: skip
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in orders]}
        context = {"userId": "Practitioner/1", "patientId": str(self.patient), "draftOrders": bundle}
        return {"hook": "order-sign", "hookInstance": str(uuid.uuid4()), "context": context}


def _structure() -> int:
    from maillon.professionals.models import Structure

    return int(Structure.objects.create(name="Structure du banc", type_code="SA52").pk)


def _patient(structure: int) -> uuid.UUID:
    from maillon.access import api as access_room
    from maillon.documents import api as documents
    from maillon.formats.document import Statement
    from maillon.kernel import clock
    from maillon.kernel.key import Purpose, StructureId
    from maillon.patients import api as patients

    traits = patients.StrictTraits(
        birth_family_name="BANC", birth_given_names="ODETTE", first_birth_given_name="ODETTE",
        birth_date=dt.date(1940, 5, 2), sex="F",
    )  # fmt: skip
    number = patients.register(patients.Registration(traits=traits), actor_label="banc")
    access = access_room.open_record(access_room.machine("banc"), number, purpose=Purpose.INTAKE)
    access_room.team.add_member(
        access, structure_id=StructureId(structure), basis=access_room.Basis.STRUCTURE, evidence="banc"
    )
    said = {
        "allergy": [Statement(label="Pénicilline", status="active")],
        "medication": [Statement(label=name) for name in TREATMENTS],
    }
    filing = documents.Filing(
        data=b"banc", media_type="text/plain", unique_id=f"2.25.{uuid.uuid4().int}", type_code="SYNTH", title="Synthèse",
        written_at=clock.now().isoformat(), statements=said, text="banc",
    )  # fmt: skip
    documents.file(access, filing, readers=[], received_at=clock.now())
    return access.patient_uuid


def _token(structure: int) -> str:
    from maillon.access import api as access_room
    from maillon.access.api import partners
    from maillon.kernel.key import StructureId

    asked = partners.Registration(
        name="Logiciel du banc", structure_id=StructureId(structure), profession_code="G15_10",
        scopes=("system/GuidanceResponse.read",), redirect_uris=(), reason="banc",
    )  # fmt: skip
    client_id, secret = partners.register(access_room.machine("console"), asked)
    client = partners.client_of_secret(str(client_id), secret)
    assert client is not None
    return str(partners.give_alone(client, ["system/GuidanceResponse.read"]).access_token)


def _specialities() -> None:
    from maillon.prescribing.models import Product

    Product.objects.all().delete()
    Product.objects.bulk_create(
        [
            Product(cis=f"6{rank:07d}", name=f"SPÉCIALITÉ {rank} 5 mg", words=f"specialite{rank}", is_marketed=True,
                    substances=[f"SUBSTANCE {rank}"], cips=[f"34009{rank:08d}"])
            for rank in range(SPECIALITIES)
        ]
    )  # fmt: skip


if __name__ == "__main__":
    main()
