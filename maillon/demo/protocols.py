"""The protocols of the maison de santé: copied from the models, made theirs, signed by each profession, in force; the
team of the one that delegates acts, trained and declared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import yaml

from maillon.demo.house import House
from maillon.pathways import api as pathways
from maillon.pathways.api import authoring, declarations, teams

PHYSICIAN, NURSE, PHARMACIST, PHYSIOTHERAPIST, COORDINATOR = "G15_10", "G15_60", "G15_21", "G15_70", "330"
SIGNERS: Final = {
    PHYSICIAN: "morel", NURSE: "lefevre", PHARMACIST: "roche", PHYSIOTHERAPIST: "girard", COORDINATOR: "marchand",
}  # fmt: skip
SIGNED_DAYS_AGO: Final = 160
DECLARED_DAYS_AGO: Final = 120
DEVICE: Final = "(01)03770000000017(10)DEMO"
PHYSICAL_ACTIVITY: Final = {
    "id": "K1", "qui": [PHYSIOTHERAPIST], "quoi": "Bilan d’activité physique : marche, équilibre, ce qui plaît",
    "quand": {"a": ["J+30"]},
}  # fmt: skip
WHY: Final[Mapping[str, str]] = {
    "DIAB-01": "Quatre-vingts patients de la file active ; un tiers sans examen des pieds dans l’année, la moitié sans "
    "fond d’œil. Les patients demandent qui fait quoi.",
    "AVK-01": "Dix-huit patients ; deux hospitalisations l’an dernier pour un INR dont personne n’avait décidé.",
    "CHUTE-01": "Une chute sur trois après 80 ans n’est dite à personne ; l’infirmière en voit les traces à domicile.",
    "PLAIE-01": "Douze plaies suivies à domicile ; des avis demandés trop tard, des pansements changés sans raison.",
    "TORSION-CHEVILLE": "Trois semaines d’attente pour un rendez-vous médical, le kinésithérapeute voit la cheville le "
    "jour même.",
    "IC-TLS": "Neuf patients ; deux réhospitalisations en six mois pour une prise de poids que personne n’avait lue.",
}
def put_in_force(house: House) -> dict[str, UUID]:
    """Code → the version in force, of every protocol of this team."""
    with house.days_ago(SIGNED_DAYS_AGO):
        found = {code: _signed(house, code) for code in WHY}
    with house.days_ago(DECLARED_DAYS_AGO):
        _declare(house, found["TORSION-CHEVILLE"])
    return found


def _signed(house: House, code: str) -> UUID:
    coordinator = house.actor("marchand")
    uuid = authoring.library.copy_model(coordinator, code)
    version = pathways.ProtocolVersion.objects.get(uuid=uuid)
    said = adapted(version.text, on=house.day(SIGNED_DAYS_AGO))
    text = yaml.safe_dump(said, allow_unicode=True, sort_keys=False)
    authoring.saving.write_text(coordinator, uuid, text, revision=version.revision)
    authoring.versions.move(coordinator, uuid, "review")
    authoring.versions.move(coordinator, uuid, "approve")
    fingerprint = pathways.ProtocolVersion.objects.get(uuid=uuid).fingerprint
    for profession in said["professions"]:
        authoring.versions.sign(house.actor(SIGNERS[profession]), uuid, fingerprint=fingerprint, has_read=True)
    return uuid


def adapted(text: str, *, on: dt.date) -> dict[str, Any]:
    """As this team would: the professions that it has, who does what without those it has not, why, and since when the
    literature is checked. What nobody here does, the coordinator arranges."""
    said: dict[str, Any] = yaml.safe_load(text)
    said |= {"justification": WHY[said["code"]], "relu_le": on, "a_revoir_le": on + dt.timedelta(days=365)}
    if said["code"] == "DIAB-01":
        said["etapes"].insert(-1, PHYSICAL_ACTIVITY)
    if "dispositif" in said:
        said["dispositif"] |= {"identifiant_ce": DEVICE, "declaration_ars": "ARS-2026-0417"}
    for step in said["etapes"]:
        asked = [str(code) for code in step["qui"]]  # YAML takes « 330 » for a number
        step["qui"] = [code for code in asked if code in SIGNERS or code == "patient"] or [COORDINATOR]
        if step["qui"] != asked:
            step.pop("acte", None)  # whose competence it is was said of those who are not here
    named = {str(code) for code in said["professions"]} | {code for step in said["etapes"] for code in step["qui"]}
    said["professions"] = [code for code in SIGNERS if code in named]
    return said


def _declare(house: House, protocol: UUID) -> None:
    """The physiotherapist has his ten hours; both doctors delegate; the file is with the ARS."""
    coordinator = house.actor("marchand")
    version = pathways.ProtocolVersion.objects.get(uuid=protocol)
    today = house.day(DECLARED_DAYS_AGO)
    delegate = teams.join(
        coordinator, version, professional=house.people["girard"], role="delegue", engaged_on=today
    )
    teams.note_training(
        coordinator, version, delegate.uuid, on=today, hours=Decimal(10), title="Torsion de cheville, actes délégués",
        trainer="Dr Karim Benali",
    )  # fmt: skip
    teams.entitle(coordinator, version, delegate.uuid)
    for doctor in ("morel", "benali"):
        teams.join(coordinator, version, professional=house.people[doctor], role="delegant", engaged_on=today)
    declarations.declare(coordinator, version, on=today, reference="DEMO-2026-031")
