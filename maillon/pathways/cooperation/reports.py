"""The médecin traitant has the report of a delegated act within twenty-four hours, or somebody is told (AC2.7)."""

from __future__ import annotations

import datetime as dt
import logging
from uuid import uuid5

from django.db import InterfaceError, OperationalError, transaction

from maillon.kernel import clock, periodic
from maillon.kernel.key import ProfessionalId, StructureId
from maillon.pathways import protocols
from maillon.pathways.addressing import COORDINATOR, addressee
from maillon.pathways.cooperation.acting import is_reported
from maillon.pathways.machine import key_to
from maillon.pathways.models import DelegatedAct
from maillon.tasks import api as tasks

log = logging.getLogger(__name__)

ANSWERED_WITHIN = dt.timedelta(hours=12)
AT_ONCE = 200


@periodic.every(dt.timedelta(minutes=1), "comptes rendus des actes délégués")
def watch() -> int:
    """Each act is looked at once, when the time has come: what had left and failed since counts for nothing. Returns
    how many alerts were raised."""
    due = DelegatedAct.objects.filter(report_due_at__lte=clock.now(), checked_at__isnull=True)
    return sum(_looked_at(pk) for pk in due.order_by("report_due_at").values_list("pk", flat=True)[:AT_ONCE])


def _looked_at(pk: int) -> bool:
    """One that fails comes again at the next minute, and hides no other."""
    try:
        return _alerted(pk)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not the act's
    except Exception as error:  # noqa: BLE001 (the others are looked at)
        log.warning("the report of the delegated act %s was not looked at: %s", pk, type(error).__name__)
        return False


@transaction.atomic
def _alerted(pk: int) -> bool:
    act = DelegatedAct.objects.select_for_update(of=("self",)).select_related("version").get(pk=pk)
    if act.checked_at is not None:
        return False
    act.checked_at = clock.now()
    if is_reported(act, protocols.protocol_of(act.version)):
        act.reported_at = act.reported_at or clock.now()
    else:
        act.alerted_at = clock.now()
        _tell(act)
    act.save(update_fields=["checked_at", "reported_at", "alerted_at"])
    return act.alerted_at is not None


def _tell(act: DelegatedAct) -> None:
    """The delegate, and the coordination."""
    access = key_to(act.patient_id)
    coordination = addressee(access, StructureId(act.structure_id), [COORDINATOR])
    for whom in ("delegue", "coordination"):
        is_delegate = whom == "delegue"
        tasks.raise_alert(
            access, uuid=uuid5(act.uuid, f"compte-rendu/{whom}"), level="orange",
            title="Compte rendu non reçu par le médecin traitant, 24 heures après l’acte délégué",
            reason=f"{act.version.code}\u202f: aucun compte rendu n’est parti, ou son envoi a échoué",
            structure_id=StructureId(act.structure_id), due_at=clock.now() + ANSWERED_WITHIN,
            professional_id=ProfessionalId(act.delegate_id) if is_delegate else coordination.professional_id,
            role_code="" if is_delegate else coordination.role_code, origin=f"acte:{act.uuid}/compte-rendu",
        )  # fmt: skip
