"""CDS Hooks 2.0 (HL7, STU 2): discovery, request, cards, feedback; here their shapes and what is written as JSON, in
cds_hooks_read what is read. Nothing here knows a patient."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

LONGEST_SUMMARY: Final = 140
INDICATORS: Final = ("info", "warning", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One line of the discovery. `prefetch`: what may be sent along, by its key."""

    id: str
    hook: str
    title: str
    description: str
    prefetch: Mapping[str, str] = field(default_factory=dict)
    usage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    code: str
    system: str
    display: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCard:
    """`detail` is Markdown."""

    uuid: UUID
    summary: str
    indicator: str
    source: str
    topic: Reason | None = None
    detail: str = ""
    reasons: Sequence[Reason] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """What a resource says of a medicine or an allergy: its words, and the first code in a system that has an OID."""

    text: str
    code: str = ""
    system: str = ""  # OID


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A draft order for a medicine. `reference`: « MedicationRequest/12 », by which it is selected."""

    reference: str
    medicine: Coded
    dosage: str = ""

    @property
    def text(self) -> str:
        return ", ".join(each for each in (self.medicine.text, self.dosage) if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`selections`: references of the orders that are being chosen (order-select). `allergies` and `treatments` come
    from the prefetch: what the client says that it knows."""

    hook: str
    instance: UUID
    patient: str
    orders: tuple[Order, ...] = ()
    selections: tuple[str, ...] = ()
    allergies: tuple[Coded, ...] = ()
    treatments: tuple[Coded, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    card: UUID
    is_accepted: bool
    reason: str
    comment: str
    at: dt.datetime


# ------------------------------------------------------------------------------------------------ written


def discovery(services: Iterable[Service]) -> dict[str, Any]:
    return {"services": [_service(each) for each in services]}


def _service(each: Service) -> dict[str, Any]:
    said: dict[str, Any] = {"hook": each.hook, "title": each.title, "description": each.description, "id": each.id}
    said |= {"prefetch": dict(each.prefetch)} if each.prefetch else {}
    return said | ({"usageRequirements": each.usage} if each.usage else {})


def response(cards: Iterable[WrittenCard]) -> dict[str, Any]:
    return {"cards": [_card(each) for each in cards]}


def _card(each: WrittenCard) -> dict[str, Any]:
    if len(each.summary) > LONGEST_SUMMARY or each.indicator not in INDICATORS:
        raise ValueError(f"not a card of CDS Hooks: {each.indicator}, {len(each.summary)} characters")
    source: dict[str, Any] = {"label": each.source}
    source |= {"topic": _coding(each.topic)} if each.topic else {}
    said: dict[str, Any] = {
        "uuid": str(each.uuid), "summary": each.summary, "indicator": each.indicator, "source": source,
    }  # fmt: skip
    said |= {"detail": each.detail} if each.detail else {}
    return said | ({"overrideReasons": [_coding(reason) for reason in each.reasons]} if each.reasons else {})


def _coding(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "system": reason.system, "display": reason.display}
