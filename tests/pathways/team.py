"""A team with protocols in force, and what happens to its patients: documents arrive, the worker works."""

from __future__ import annotations

import hashlib
from typing import Any

from maillon.formats.document import Statement
from maillon.kernel import clock, outbox
from maillon.kernel.key import Access, Actor, PatientId
from maillon.pathways import checking
from maillon.pathways.models import Plan, ProtocolVersion
from maillon.pathways.states import VersionState
from maillon.tasks.models import Task
from tests.conftest import Cast
from tests.documents import making

ICD10 = "2.16.840.1.113883.6.3"
ATC = "2.16.840.1.113883.6.73"


def in_force(cast: Cast, code: str, *, text: str | None = None, number: int = 1) -> ProtocolVersion:
    """A version as it is once signed; how it comes to that is for other tests. The former one is replaced."""
    body = text or (checking.FOLDER / f"{code}.yaml").read_text(encoding="utf-8")
    protocol = checking.parsed(body)
    ProtocolVersion.objects.filter(code=code, structure_id=cast.tilleuls_id, state=VersionState.IN_FORCE).update(
        state=VersionState.REPLACED, replaced_at=clock.now()
    )
    return ProtocolVersion.objects.create(
        structure_id=cast.tilleuls_id, code=protocol.code, number=number, nature=protocol.nature, title=protocol.titre,
        theme=protocol.theme, state=VersionState.IN_FORCE, text=body, enforced_at=clock.now(), written_by="essai",
        fingerprint=hashlib.sha256(body.encode()).hexdigest(),
    )  # fmt: skip


def key(patient: PatientId, actor: Actor) -> Access:
    return making.key(patient, actor)


def diabetic(cast: Cast, *, treating: Actor | None = None) -> PatientId:
    """A patient of the Tilleuls, in their seventies, with a type 2 diabetes."""
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    if treating is not None:
        making.link(patient, treating, "medecin_traitant")
    says(patient, "problem", "E11.9", "Diabète de type 2", ICD10)
    return patient


def says(patient: PatientId, kind: str, code: str, label: str, system: str = "", **more: Any) -> None:
    said = Statement(code=code, system=system, label=label, **more)
    making.file(patient, making.stated(kind, said, type_code="60591-5", act_at=clock.now().isoformat()))


def report(
    patient: PatientId, code: str, value: str, *, unit: str | None = "%", at: Any = None, label: str = ""
) -> int:
    """A laboratory's report, filed now."""
    moment = (at or clock.now()).isoformat()
    result = making.result(code=code, label=label or code, value=value, unit=unit, at=moment)
    filed = making.file(patient, making.filing(type_code="11502-2", act_at=moment, results=[result]))
    return filed.id


def work() -> None:
    """Everything that the outbox promised."""
    while outbox.run_due():
        pass


def include(cast: Cast, patient: PatientId, version: ProtocolVersion, actor: Actor | None = None, **given: Any) -> Plan:
    from maillon.pathways.including import include as verb

    return verb(key(patient, actor or cast.nadia), str(version.uuid), agreed=True, **given)


def open_tasks(patient: PatientId, kind: str = "a_faire") -> dict[str, Task]:
    """By step or alert."""
    found = Task.objects.filter(patient_id=patient, kind=kind, done_at__isnull=True).order_by("id")
    return {task.origin.split("/")[1]: task for task in found}


