"""Whether Mon espace santé takes a document of this patient: what is known before anything is sent."""

from __future__ import annotations

from typing import Final

from maillon.exchange import identifying
from maillon.exchange.dmp.port import Existence
from maillon.exchange.dmp.rows import DmpOpening
from maillon.exchange.outgoing.following import NO_MES
from maillon.exchange.outgoing.models import PatientMailChoice, SentRecipient
from maillon.exchange.outgoing.states import SentState
from maillon.kernel.key import Access

NOT_QUALIFIED: Final = "L’identité n’est pas qualifiée."
DECLINED: Final = "Le patient ne souhaite pas de document dans Mon espace santé."
ABSENT: Final = "Le patient n’a pas Mon espace santé."
CLOSED: Final = "Mon espace santé de ce patient est fermé."


def closed_because(access: Access) -> str:
    """One French sentence; empty when nothing says that it is closed. What was seen last prevails."""
    if identifying.if_qualified(access) is None:
        return NOT_QUALIFIED
    if PatientMailChoice.objects.filter(patient_id=access.patient_id, lifted_at__isnull=True).exists():
        return DECLINED
    seen = DmpOpening.objects.filter(patient_id=access.patient_id, checked_at__isnull=False).order_by("-checked_at")
    opening = seen.first()
    mails = SentRecipient.objects.filter(patient_id=access.patient_id, kind=SentRecipient.Kind.PATIENT)
    last = mails.order_by("-id").first()
    is_shut = opening is not None and opening.existence in (Existence.ABSENT, Existence.CLOSED)
    if opening is not None and is_shut and not _arrived_since(last, opening):
        return ABSENT if opening.existence == Existence.ABSENT else CLOSED
    return NO_MES if last is not None and last.reason == NO_MES else ""


def _arrived_since(mail: SentRecipient | None, opening: DmpOpening) -> bool:
    if mail is None or mail.state not in (SentState.DELIVERED, SentState.READ) or opening.checked_at is None:
        return False
    return mail.state_at > opening.checked_at
