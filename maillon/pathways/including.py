"""A patient enters a protocol, or refuses it: what was asked, what the record answered, what the patient was told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import IntegrityError, transaction

from maillon.access import api as access_room
from maillon.kernel import clock, events
from maillon.kernel.key import Access, Purpose
from maillon.kernel.text import storable
from maillon.pathways import eligibility, guards, protocols, refusals, working
from maillon.pathways.definition import Parameter, Protocol
from maillon.pathways.eligibility import Eligibility
from maillon.pathways.events import PlanMoved
from maillon.pathways.models import Move, Plan, ProtocolVersion
from maillon.questions.api import Subject, subject_of

PLAN_TYPE: Final = "18776-5"  # a plan is read, and forbidden, like the document that it becomes
LARGEST: Final = Decimal(10) ** 12  # of a parameter: what the counts hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A protocol that the patient may enter, and what the record says of it."""

    version: ProtocolVersion
    protocol: Protocol
    eligibility: Eligibility


def may_keep(access: Access) -> bool:
    """Whoever cares for the patient or coordinates, and may read a plan, keeps it."""
    actor = access.actor
    if actor.kind != "professional" or access.scope != "whole" or access.purpose is Purpose.QUALITY:
        return False
    if actor.profession_code in access_room.rule.ADMINISTRATIVE_ROLES or not access.facts.member:
        return False
    return may_read(access)


def may_read(access: Access) -> bool:
    actor = access.actor
    if actor.kind != "professional":
        return True  # the law of each row decides: one's own record, a partner's matrix, the house itself
    bits = access_room.matrix.readable(actor.profession_code, on=clock.today())
    return bits[access_room.matrix.bit_of(PLAN_TYPE)] == "1"


def offered(access: Access) -> list[Offer]:
    """Protocols in force in the actor's structures that are not open for this patient, those that the record calls for
    first."""
    if not may_keep(access):
        return []
    running = Plan.objects.filter(patient_id=access.patient_id, is_over=False)
    is_open = set(running.values_list("version__code", flat=True))
    versions = [version for version in protocols.of_actor(access.actor) if version.code not in is_open]
    if not versions:
        return []
    subject, today = subject_of(access), clock.today()
    offers = [_offer(version, subject, today) for version in versions]
    return sorted(offers, key=lambda offer: (_RANK[offer.eligibility.truth], offer.version.code))


_RANK: Final = {True: 0, None: 1, False: 2}


def offer(access: Access, version_uuid: str) -> Offer:
    """One of them, to be looked at before including. Raises E-PRO-14."""
    version = _version(access, version_uuid)
    return _offer(version, subject_of(access), clock.today())


def _offer(version: ProtocolVersion, subject: Subject, today: dt.date) -> Offer:
    protocol = protocols.protocol_of(version)
    return Offer(version=version, protocol=protocol, eligibility=eligibility.judge(protocol, subject, today=today))


@transaction.atomic
def include(
    access: Access,
    version_uuid: str,
    *,
    parameters: Mapping[str, str] | None = None,
    dates: Mapping[str, dt.date] | None = None,
    agreed: bool = False,
    proof: str = "",
) -> Plan:
    """The plan begins. Whoever includes says, by doing so, that no exclusion of which the record is silent is true;
    that is kept with the criteria.

    Raises E-PRO-09 (not of the team), -10 (not eligible), -11 (no agreement), -12 (a parameter), -13 (open already),
    -14 (not in force); E-PPSPR-05 (an exclusion is true); and the refusals of the protocol's own guards."""
    if not may_keep(access):
        raise refusals.NOT_YOURS
    found = offer(access, version_uuid)
    demand_eligible(found.eligibility)
    if not agreed:
        raise refusals.NO_CONSENT
    chosen = checked_parameters(found.protocol, parameters or {})
    missing = [date.libelle for date in found.protocol.dates if date.obligatoire and date.nom not in (dates or {})]
    if missing:
        raise refusals.wrong_parameter(missing[0], "donnez la date")
    plan = _plan(access, found, parameters=chosen, dates=dates or {})
    plan.consent_at, plan.consent = clock.now(), found.protocol.information.consentement
    plan.consent_text, plan.consent_by = found.protocol.information.texte, _by(access, proof)
    state = found.protocol.included_state
    situation = guards.Situation(access=access, plan=plan, protocol=found.protocol, subject=subject_of(access))
    guards.demand(state.exige, situation)
    plan.state, plan.is_running, plan.included_at = state.nom, True, clock.now()
    plan.included_by = access.actor.label
    _create(plan)
    note_move(access, plan, source="", target=state.nom, reason="")
    with access_room.wall.beside():
        working.look_at([access.patient_id], day=True)
    return plan


@transaction.atomic
def refuse(access: Access, version_uuid: str, *, reason: str) -> Plan:
    """The patient does not want it: it is kept, and nothing is asked. Raises E-PRO-09, -14."""
    if not may_keep(access):
        raise refusals.NOT_YOURS
    found = offer(access, version_uuid)
    plan = _plan(access, found, parameters={}, dates={})
    end = next(state for state in found.protocol.etats if state.genre == "fin")
    plan.state, plan.is_over, plan.ended_at = end.nom, True, clock.now()
    plan.refused_at, plan.refused_reason = clock.now(), storable(reason).strip()[:500]
    plan.end_reason = "Refus du patient"
    plan.save()
    note_move(access, plan, source="", target=end.nom, reason="Refus du patient")
    return plan


def checked_parameters(protocol: Protocol, given: Mapping[str, str]) -> dict[str, str]:
    """Those that were chosen, as decimal texts. One that nobody chose stays inconnu. Raises E-PRO-12."""
    chosen = {}
    for parameter in protocol.parametres:
        text = given.get(parameter.nom, "").strip().replace(",", ".")
        if text:
            chosen[parameter.nom] = str(_checked(parameter, text))
    return chosen


def _checked(parameter: Parameter, text: str) -> Decimal:
    try:
        value = Decimal(text)
    except ArithmeticError:
        raise refusals.wrong_parameter(parameter.libelle, "un nombre est attendu") from None
    if not value.is_finite() or abs(value) >= LARGEST:
        raise refusals.wrong_parameter(parameter.libelle, "un nombre est attendu")
    choices = {choice.valeur for choice in parameter.choix}
    if value in choices:
        return value
    if choices and not parameter.libre:
        raise refusals.wrong_parameter(parameter.libelle, "choisissez une des valeurs proposées")
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise refusals.wrong_parameter(parameter.libelle, f"une valeur entre {low} et {high} est attendue")
    return value


def demand_eligible(judged: Eligibility) -> None:
    if judged.excluding:
        raise refusals.excluded(each.says for each in judged.excluding)
    if judged.unmet:
        raise refusals.not_eligible(
            (each.says for each in judged.unmet if each.truth is False),
            (each.says for each in judged.unmet if each.truth is None),
        )


def _version(access: Access, version_uuid: str) -> ProtocolVersion:
    version = next((each for each in protocols.of_actor(access.actor) if str(each.uuid) == str(version_uuid)), None)
    if version is None:
        raise refusals.NOT_IN_FORCE
    return version


def proposed(access: Access, version: ProtocolVersion, protocol: Protocol) -> Plan:
    """A plan that waits for its patient's agreement: what the record answers today is kept with it. Raises
    E-PRO-13."""
    found = Offer(
        version=version, protocol=protocol,
        eligibility=eligibility.judge(protocol, subject_of(access), today=clock.today()),
    )  # fmt: skip
    plan = _plan(access, found, parameters={}, dates={})
    _create(plan)
    note_move(access, plan, source="", target=plan.state, reason="")
    return plan


def _plan(access: Access, found: Offer, *, parameters: Mapping[str, str], dates: Mapping[str, dt.date]) -> Plan:
    known = {date.nom for date in found.protocol.dates}
    criteria = [each.kept(is_exclusion=False) for each in found.eligibility.inclusion]
    criteria += [each.kept(is_exclusion=True) for each in found.eligibility.exclusion]
    return Plan(
        patient_id=access.patient_id, version=found.version, structure_id=found.version.structure_id,
        state=found.protocol.first_state.nom, parameters=dict(parameters), criteria=criteria,
        dates={name: day.isoformat() for name, day in dates.items() if name in known},
        proposed_at=clock.now(), type_bit=access_room.matrix.bit_of(PLAN_TYPE),
        author_professional_id=access.actor.professional_id,
    )  # fmt: skip


def _create(plan: Plan) -> None:
    is_open = Plan.objects.filter(patient_id=plan.patient_id, version__code=plan.version.code, is_over=False)
    try:
        with transaction.atomic():
            if is_open.exists():
                raise refusals.ALREADY_INCLUDED
            plan.save()
    except IntegrityError as error:
        raise refusals.ALREADY_INCLUDED from error


def note_move(access: Access, plan: Plan, *, source: str, target: str, reason: str) -> None:
    Move.objects.create(
        patient_id=plan.patient_id, plan=plan, at=clock.now(), source=source, target=target, reason=reason[:500],
        by=access.actor.label, professional_id=access.actor.professional_id,
    )  # fmt: skip
    events.announce(PlanMoved(plan_uuid=plan.uuid, patient_id=plan.patient_id, state=target))


def _by(access: Access, proof: str) -> str:
    said = storable(proof).strip()
    return (f"{access.actor.label} ({said})" if said else access.actor.label)[:200]

