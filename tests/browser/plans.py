"""Plans worth showing: one that runs with its alert, goals and text; a protocol that waits to be entered."""

from __future__ import annotations

from uuid import UUID

from maillon.kernel.key import Access
from maillon.pathways import including, writing
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import team


def stand(cast: Cast, record: Access) -> tuple[UUID, UUID]:
    """The version in force, and the plan of the record."""
    version = team.in_force(cast, "DIAB-01")
    team.in_force(cast, "CHUTE-01")
    patient = record.patient_id
    team.says(patient, "problem", "E11.9", "Diabète de type 2", team.ICD10)
    team.says(patient, "medication", "A10BA02", "Metformine", team.ATC)
    access = making.key(patient, cast.claire)
    plan = including.include(access, str(version.uuid), parameters={"hba1c": "7.0"}, agreed=True)
    team.report(patient, "62238-1", "28", unit="mL/min/{1.73_m2}", label="Débit de filtration glomérulaire")
    team.report(patient, "4548-4", "8.3", label="HbA1c")
    team.work()
    writing.add_goal(access, plan.uuid, "Pouvoir jardiner sans être essoufflé", is_of_patient=True)
    writing.add_goal(access, plan.uuid, "HbA1c à 7 % à l’été", is_of_patient=False)
    text = "Marche : vingt minutes par jour avec sa voisine.\n\nInfirmier : le lundi."
    writing.write(access, plan.uuid, text, revision=0)
    return version.uuid, plan.uuid
