"""What a certified device transmits for a patient whose plan awaits it.

The house receives and coordinates: the alerts are those of the device; it puts no threshold of its own on measures
(MDR 2017/745, rule 11; domain sheet 0.2-4). What the device no longer says is an alert of the protocol (`silence`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final
from uuid import uuid5

from django.db import transaction

from maillon.access import api as access_room
from maillon.formats.fhir.device_report import Transmission
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.pathways import protocols, working
from maillon.pathways.definition import Device
from maillon.pathways.guards import Situation, rule
from maillon.pathways.models import DeviceReport, Plan
from maillon.record import api as record

READ_LIKE: Final = "85208-7"  # « CR de télémédecine » (JDV_J07): who reads those reads what a device transmits
LOINC: Final = "2.16.840.1.113883.6.1"
NOT_AWAITED: Final = UserMessage(
    "E-TLM-08",
    "Aucune télésurveillance en cours pour ce patient n’attend ce dispositif\u202f: vérifiez l’inclusion, "
    "l’identifiant CE du dispositif et le numéro de déclaration à l’ARS.",
)


def not_transmitted(label: str) -> UserMessage:
    return UserMessage("E-TLM-11", f"Le protocole n’attend pas cette mesure de ce dispositif\u202f: {label}.")


@transaction.atomic
def receive(access: Access, sent: Transmission) -> int | None:
    """The number of the observation, or None when it was received already: the same identifier adds nothing. What it
    wakes is looked at at once. Raises E-TLM-08, -11."""
    plan, device = _awaiting(access, sent)
    if sent.code and sent.code not in device.transmet:
        raise not_transmitted(sent.label)
    _, is_new = DeviceReport.objects.get_or_create(
        uuid=uuid5(plan.uuid, sent.identifier),
        defaults={
            "patient_id": access.patient_id, "plan": plan, "device": sent.device, "at": sent.at,
            "received_at": clock.now(), "code": sent.code, "level": sent.level, "says": sent.says,
            "type_bit": access_room.matrix.bit_of(READ_LIKE),
        },
    )  # fmt: skip
    if not is_new:
        return None
    number = _noted(access, sent)
    with access_room.wall.beside():
        working.look_at([access.patient_id], day=True)
    return number


def _noted(access: Access, sent: Transmission) -> int:
    if sent.level:
        return record.measures.note(
            access, code=f"alerte-{sent.level}", system=record.measures.SYSTEM, at=sent.at, value=Decimal(1), unit="1",
            label=f"Alerte {sent.level} du dispositif\u202f: {sent.says}", said=sent.says, type_code=READ_LIKE,
        )  # fmt: skip
    assert sent.value is not None
    return record.measures.note(
        access, code=sent.code, system=LOINC, label=sent.label, value=sent.value, unit=sent.unit, at=sent.at,
        type_code=READ_LIKE,
    )  # fmt: skip


def _awaiting(access: Access, sent: Transmission) -> tuple[Plan, Device]:
    plans = Plan.objects.filter(patient_id=access.patient_id, is_running=True).select_related("version")
    for plan in plans.select_for_update(of=("self",)).order_by("pk"):
        device = protocols.protocol_of(plan.version).dispositif
        if device is not None and _is_identified(device) and device.identifiant_ce == sent.device:
            return plan, device
    raise NOT_AWAITED


def _is_identified(device: Device) -> bool:
    return bool(device.identifiant_ce.strip() and device.declaration_ars.strip())


@rule("dispositif_identifie")
def _identified(situation: Situation) -> str | None:
    device = situation.protocol.dispositif
    if device is not None and _is_identified(device):
        return None
    return "l’identifiant CE ou le numéro de déclaration à l’ARS manque"
