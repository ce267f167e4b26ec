"""CDS Hooks 2.0: the aid to prescription as a service to partners' software, under the same law as their readings.

What the client prefetches is heard and added: it neither opens a record nor replaces what the record says. A service
that its structure has not turned on says so in a card: an empty answer would read as « nothing to say ».
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from maillon.fhir_api import opening
from maillon.fhir_api.entry import Caller, body_of, public, served
from maillon.fhir_api.query import number_of
from maillon.fhir_api.refusals import unsupported
from maillon.formats.cds_hooks import Coded, Order, Reason, Request, Service, WrittenCard, discovery, response
from maillon.formats.cds_hooks_read import read_feedback, read_request
from maillon.formats.fhir.read_json import read_json
from maillon.prescribing import api as prescribing

_OF: Final = "GuidanceResponse"
_MOTIVES: Final = "urn:maillon:motif"
_TOPICS: Final = "urn:maillon:controle"
_ABOUT: Final = "Aide non certifiée, couverture partielle. "
_USAGE: Final = (
    "Jeton OAuth 2.0 de portée GuidanceResponse.read (et .write pour feedback) ; context.patientId est le numéro de "
    "Patient de l’interface FHIR. L’aide est éteinte tant que le référent de la structure ne l’a pas allumée."
)
_PREFETCH: Final = {
    "patient": "Patient/{{context.patientId}}",
    "allergies": "AllergyIntolerance?patient={{context.patientId}}",
    "treatments": "MedicationRequest?patient={{context.patientId}}&status=active",
}
_SAID: Final[dict[prescribing.Hook, tuple[str, str]]] = {
    "patient-view": ("Traitements du dossier", "Relit les traitements du dossier à son ouverture."),
    "order-select": ("Prescription en cours", "Relit chaque médicament quand il est choisi."),
    "order-sign": ("Prescription avant signature", "Relit toute la prescription avant sa signature."),
}
HOOKS: Final[dict[str, prescribing.Hook]] = {f"prescription-{hook}": hook for hook in _SAID}
SERVICES: Final = tuple(
    Service(
        id=name, hook=hook, title=_SAID[hook][0], description=_ABOUT + _SAID[hook][1], prefetch=_PREFETCH, usage=_USAGE
    )
    for name, hook in HOOKS.items()
)


@public()
def services(request: HttpRequest) -> HttpResponse:
    return _json(discovery(SERVICES))


@served(_OF, "read")
def advise(request: HttpRequest, caller: Caller, *, service: str) -> HttpResponse:
    hook = _hook(service)
    asked = read_request(read_json(body_of(request)), hook=hook)
    with opening.record(caller, number_of(asked.patient) or UUID(int=0), resource="guidance") as access:
        told = prescribing.Told(allergies=_lines(asked.allergies), treatments=_lines(asked.treatments))
        prescription = prescribing.Prescription(lines=tuple(map(_ordered, asked.orders)))
        found = prescribing.advise(access, prescription, hook=hook, told=told)
        cards = [*_selected(found.cards, asked), *_about_itself(found, asked)]
        numbers = prescribing.note_shown(access, cards, hook=asked.hook, instance=asked.instance)
        return _json(response(_written(card, numbers[card.key], found) for card in cards))


@served(_OF, "write")
def feedback(request: HttpRequest, caller: Caller, *, service: str) -> HttpResponse:
    """All the answers are kept, or none: one card that is not this software's refuses them all."""
    _hook(service)
    answers = read_feedback(read_json(body_of(request)))
    with transaction.atomic():
        for each in answers:
            said = prescribing.Said(
                card=each.card, is_accepted=each.is_accepted, reason=each.reason, comment=each.comment, at=each.at
            )
            patient = prescribing.patient_of(caller.actor, each.card)
            with opening.record(caller, patient, action="update", resource="guidance") as access:
                prescribing.note_said(access, said)
    return HttpResponse(status=200)


def _hook(name: str) -> prescribing.Hook:
    found = HOOKS.get(name)
    if found is None:
        raise unsupported(f"le service « {name[:60]} »")
    return found


# ------------------------------------------------------------------------------------------------ what was asked


def _ordered(order: Order) -> prescribing.Line:
    return prescribing.Line(text=order.text, code=order.medicine.code, system=order.medicine.system)


def _lines(said: Iterable[Coded]) -> tuple[prescribing.Line, ...]:
    return tuple(prescribing.Line(text=each.text, code=each.code, system=each.system) for each in said)


def _selected(cards: Iterable[prescribing.Card], asked: Request) -> list[prescribing.Card]:
    """At order-select, those about what is being chosen, and those about the whole."""
    chosen = {order.text for order in asked.orders if order.reference in asked.selections}
    if asked.hook != "order-select" or not chosen:
        return list(cards)
    keys = {prescribing.key_of(text) for text in chosen}
    return [card for card in cards if not card.about or card.about & keys]


# ------------------------------------------------------------------------------------------------ what is answered


def _about_itself(found: prescribing.Advice, asked: Request) -> list[prescribing.Card]:
    if found.coverage is None:
        return [
            prescribing.Card(
                key="eteinte", indicator="info", source="Maillon",
                summary="Rien n’est contrôlé\u202f: l’aide à la prescription n’est pas allumée pour cette structure.",
                detail="Le référent numérique de la structure peut l’allumer dans Maillon.",
            )
        ]  # fmt: skip
    known = found.coverage
    return [
        prescribing.Card(
            key="couverture", indicator="info", source=f"{known.title}, {known.version} du {known.date:%d/%m/%Y}",
            summary=f"Couverture partielle\u202f: {known.sentence}"[:140],
            detail="\n".join(
                [known.warning, "", "Contrôlé\u202f:", *(f"- {each}" for each in known.controls), "",
                 "Non contrôlé\u202f:", *(f"- {each}" for each in known.not_controlled)]
            ),
        )
    ]  # fmt: skip


def _written(card: prescribing.Card, number: UUID, found: prescribing.Advice) -> WrittenCard:
    return WrittenCard(
        uuid=number,
        summary=card.summary,
        indicator=card.indicator,
        source=card.source,
        topic=Reason(code=card.code, system=_TOPICS, display=card.code) if card.code else None,
        detail=_markdown(card),
        reasons=[Reason(code=each.code, system=_MOTIVES, display=each.dire) for each in found.motives]
        if card.key not in ("couverture", "eteinte")
        else [],
    )


def _markdown(card: prescribing.Card) -> str:
    """The approved table, as a table; the row where the patient's value falls is bold."""
    if not card.table:
        return card.detail
    rows = [f"| {_bold(row.bounds, row.is_here)} | {_bold(row.says, row.is_here)} |" for row in card.table]
    return "\n".join([card.detail, "", "| DFG (mL/min/1,73 m²) | RCP |", "|---|---|", *rows])


def _bold(text: str, is_here: bool) -> str:
    return f"**{text}**" if is_here else text


def _json(said: dict[str, Any]) -> HttpResponse:
    return HttpResponse(orjson.dumps(said), content_type="application/json")
