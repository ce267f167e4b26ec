"""What rubs on the way of one patient, so that each page shows it: made by the verbs, as mails and people would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from playwright.sync_api import Page

from maillon.formats.document import Author
from maillon.kernel import clock
from maillon.kernel.key import PatientId
from maillon.patients.models import Patient
from maillon.tasks import api as tasks
from maillon.tasks.models import Escalation
from tests.conftest import Cast
from tests.documents import making
from tests.exchange import national

Visit = tuple[str, str | None, Callable[[Page], Any]]


@dataclass(frozen=True, kw_only=True)
class Rubbed:
    patient: UUID
    biology: UUID
    letter: UUID


def stand(cast: Cast) -> Rubbed:
    patient = making.patient("VASSEUR", given="CAMILLE", born=dt.date(1990, 5, 12))
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    reader, now = making.reader(cast.claire), clock.now()
    said: dict[str, Any] = {"media_type": "text/xml", "author": "Dr François Delmas"}
    x_ray = said | {
        "type_code": "18748-4", "title": "Radiographie de la cheville droite", "organization_id": "1990000040",
        "organization": "Imagerie du Parc", "act_at": (now - dt.timedelta(days=3)).isoformat(),
    }  # fmt: skip
    making.file(patient, making.filing(**x_ray, set_id="1.2.3.4"), reader)
    making.file(patient, making.filing(**x_ray, set_id="1.2.3.5"), reader)
    biology = making.file(patient, making.filing(
        **said, type_code="11502-2", title="Compte rendu de biologie", organization="Laboratoire du Port",
        act_at=(now - dt.timedelta(days=2)).isoformat(),
    ), reader)  # fmt: skip
    making.file(patient, making.filing(
        **said, type_code="11490-0", title="Lettre de liaison à la sortie", organization="CH du Littoral",
        act_at=(now - dt.timedelta(days=4)).isoformat(), ended_at=(now - dt.timedelta(days=2)).isoformat(),
    ), reader)  # fmt: skip
    making.file(patient, making.filing(
        **said, type_code="57833-6", title="Ordonnance de sortie", organization="CH du Littoral",
        act_at=(now - dt.timedelta(days=2)).isoformat(),
    ), reader)  # fmt: skip
    Escalation.objects.filter(task__patient_id=patient).update(at=now)
    while tasks.escalate_due():
        pass
    return Rubbed(patient=making.uuid_of(patient), biology=biology.uuid, letter=_letter(patient, cast))


def _letter(patient: PatientId, cast: Cast) -> UUID:
    """Of Claire to Nadia, whom no address reaches; promised to a national record that waits for the identity."""
    row = Patient.objects.get(pk=patient)
    traits = replace(
        national.TRAITS, ins=None, ins_oid=None, birth_family_name=row.birth_family_name, used_family_name=None,
        birth_given_names=row.birth_given_names, first_birth_given_name=row.first_birth_given_name,
        used_given_name=None, birth_date=row.birth_date.isoformat(),
    )  # fmt: skip
    nadia = Author(
        id="899000000037", id_root="1.2.250.1.71.4.2.1", family_name="LEFÈVRE", given_name="Nadia",
        profession_code="G15_60", organization_id="1990000016", organization_name="Maison de santé des Tilleuls",
    )  # fmt: skip
    filed = making.file_cda(patient, national.cda(replace(national.written(patient=traits), recipients=(nadia,))))
    return filed.uuid


def visits(rubbed: Rubbed) -> Iterator[Visit]:
    def at(address: str) -> Callable[[Page], Any]:
        return lambda page: page.goto(address)

    record = f"/dossier/{rubbed.patient}"
    yield "frotte-1-journee", "claire", at("/journee")
    yield "frotte-2-secretariat", "sylvie", at("/journee")
    yield "frotte-3-chronologie", "claire", at(f"{record}/chronologie")
    yield "frotte-4-document", "claire", at(f"/document/{rubbed.biology}")
    yield "frotte-5-depot", "claire", at(f"/document/{rubbed.letter}/dmp")
    yield "frotte-6-envoyer", "claire", at(f"/document/{rubbed.letter}/suite")
    yield "frotte-7-taches", "claire", at(f"{record}/taches")
    yield "frotte-9-identite", "sylvie", at(f"{record}/identite")
    yield "frotte-8-documents", "claire", at(f"{record}/documents")
    yield "ce-qui-a-frotte", "claire", at("/ce-qui-a-frotte")
