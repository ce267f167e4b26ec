"""A delegated act, from the eligibility of the patient to its end: who may open it, what it needs, where it leads.

The plan of the protocol goes with it, state by state; what a protocol forgot to ask, the law still does (E-COOP-01 to
-11).
"""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.forms import api as forms
from maillon.kernel import clock
from maillon.kernel.key import Access, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.pathways import guards, including, moving, protocols
from maillon.pathways import refusals as of_plans
from maillon.pathways.addressing import PHYSICIAN, addressee
from maillon.pathways.cooperation import examining, refusals, standing
from maillon.pathways.cooperation_states import ACT, ActState, Decision, LegalGround
from maillon.pathways.definition import Guard, Protocol
from maillon.pathways.eligibility import judge as judged
from maillon.pathways.models import DelegatedAct, ProtocolVersion
from maillon.pathways.states import VersionState
from maillon.questions.api import subject_of
from maillon.tasks import api as tasks

NATURE: Final = "cooperation"
# The states of the plan of a protocole de coopération: `checking` asks for them.
CARED, HANDED, CLOSED, OUT = "suivi", "relais", "clos", "sorti"
REPORT_WITHIN: Final = dt.timedelta(hours=24)
APPOINTMENT_WITHIN: Final = dt.timedelta(hours=24)
SECRETARY: Final = "331"

# ------------------------------------------------------------------------------------------------ opening


@transaction.atomic
def open_act(access: Access, version_uuid: UUID, *, ground: LegalGround = LegalGround.PROTOCOL) -> UUID:
    """Raises E-PRO-09, -13 (one is open already), -14 (no such protocol here), E-COOP-01, -02, -04, -11."""
    if not including.may_keep(access):
        raise of_plans.NOT_YOURS
    version = _version(access, version_uuid)
    delegate = standing.demand_team(access, version)
    protocol = protocols.protocol_of(version)
    plan = including.proposed(access, version, protocol)
    act = DelegatedAct.objects.create(
        patient_id=access.patient_id, plan=plan, structure_id=version.structure_id, version=version,
        delegate_id=delegate.member.professional_id, delegate_name=access.actor.label, ground=ground,
        opened_at=clock.now(), type_bit=plan.type_bit, author_professional_id=access.actor.professional_id,
    )  # fmt: skip
    return act.uuid


def _version(access: Access, uuid: UUID) -> ProtocolVersion:
    """In force, or suspended: that is for `standing` to say."""
    found = ProtocolVersion.objects.filter(
        uuid=uuid, nature=NATURE, structure_id__in=access.actor.structure_ids,
        state__in=[VersionState.IN_FORCE, VersionState.SUSPENDED],
    ).first()  # fmt: skip
    if found is None:
        raise of_plans.NOT_IN_FORCE
    return found


@transaction.atomic
def judge(access: Access, act_uuid: UUID) -> None:
    """The patient is one of those whom the protocol is for. Raises E-COOP-05 (age), -06 (an exclusion), E-PRO-10, and
    what the protocol asks more."""
    act, protocol = held(access, act_uuid)
    standing.demand_team(access, act.version)
    demand_patient(access, act, protocol)
    go(act, "judge")


def demand_patient(access: Access, act: DelegatedAct, protocol: Protocol) -> None:
    subject = subject_of(access)
    situation = guards.Situation(access=access, plan=act.plan, protocol=protocol, subject=subject)
    guards.demand([each for each in protocol.included_state.exige if each.regle != "consentement"], situation)
    found = judged(protocol, subject, today=clock.today())
    if found.excluding:
        raise refusals.excluded(", ".join(each.says for each in found.excluding))
    including.demand_eligible(found)


@transaction.atomic
def agree(access: Access, act_uuid: UUID, *, agreed: bool, proof: str = "") -> None:
    """The patient was told what the protocol says, and agrees; to whoever leads the act, whose draft the examination
    will be. Raises E-COOP-03, and those of opening."""
    act, protocol = held(access, act_uuid)
    ACT.target("agree", source=act.state)
    standing.demand_team(access, act.version)
    if act.delegate_id != access.actor.professional_id:
        raise refusals.led_by(act.delegate_name)
    said = storable(proof).strip()
    if not agreed:
        raise refusals.NO_CONSENT
    if protocol.information.consentement == "ecrit" and not said:
        raise refusals.NO_PROOF
    plan = act.plan
    plan.consent_at, plan.consent = clock.now(), protocol.information.consentement
    plan.consent_text = protocol.information.texte
    plan.consent_by = f"{access.actor.label} ({said})"[:200] if said else access.actor.label
    plan.save()
    moving.move(access, plan.uuid, protocol.included_state.nom)
    examining.begin(access, act, protocol)
    act.agreed_at = clock.now()
    go(act, "agree")
    keep_path(access, act, protocol)


# ------------------------------------------------------------------------------------------------ the patient says no


@transaction.atomic
def refuse(access: Access, act_uuid: UUID, *, said: str = "") -> None:
    """The patient does not want it, or no more: no derogatory act is possible, and the ordinary appointment is asked in
    the same gesture. Without any other consequence for them."""
    act, _ = held(access, act_uuid)
    go(act, "refuse")
    if act.plan.is_over:  # handed to a physician: what is left of the act stops all the same
        act.plan.consent_withdrawn_at = clock.now()
        act.plan.save(update_fields=["consent_withdrawn_at"])
    elif act.agreed_at is not None:
        moving.withdraw_consent(access, act.plan.uuid, reason=said)
    else:
        act.plan.refused_at, act.plan.refused_reason = clock.now(), storable(said).strip()[:500]
        act.plan.save(update_fields=["refused_at", "refused_reason"])
        moving.move(access, act.plan.uuid, OUT, reason="Refus du patient")
    ask_ordinary_appointment(access, act)


@transaction.atomic
def turn_away(access: Access, act_uuid: UUID) -> None:
    """The patient is not for this protocol: the ordinary circuit, with the way through the tree that says why."""
    act, protocol = held(access, act_uuid)
    act.path = examining.examine(access, act, protocol).path()
    act.reason = _why_not(access, act, protocol)[:500]
    act.decision, act.decided_at = Decision.REDIRECTED, clock.now()
    go(act, "turn_away")
    moving.move(access, act.plan.uuid, OUT, reason="Hors du protocole")
    ask_ordinary_appointment(access, act)


def _why_not(access: Access, act: DelegatedAct, protocol: Protocol) -> str:
    try:
        demand_patient(access, act, protocol)
    except UserMessage as refusal:
        return refusal.message
    return "Rendez-vous ordinaire choisi"


def ask_ordinary_appointment(access: Access, act: DelegatedAct) -> None:
    who = addressee(access, StructureId(act.structure_id), [SECRETARY, PHYSICIAN])
    tasks.ask(
        access, uuid=uuid5(act.uuid, "rendez-vous"), title="Rendez-vous médical ordinaire à donner",
        structure_id=who.structure_id, professional_id=who.professional_id, role_code=who.role_code,
        due_at=clock.now() + APPOINTMENT_WITHIN, origin=f"acte:{act.uuid}/rendez-vous",
        reason="Le patient n’est pas pris en charge par le protocole de coopération",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ deciding


@transaction.atomic
def care(access: Access, act_uuid: UUID) -> None:
    """The delegate takes charge: the tree led there. The answers are signed. Raises E-COOP-06, -08, E-PRO-31."""
    act, protocol = held(access, act_uuid)
    standing.demand_delegate(access, act)
    ACT.target("care", source=act.state)
    found = examining.examine(access, act, protocol)
    demand_asked(access, act, protocol, found)
    if not found.is_at_issue or found.node.issue != "prise_en_charge":
        raise refusals.NOT_FINISHED
    act.path = found.path()
    if act.response_uuid is not None:
        forms.sign(access, act.response_uuid)
    decide(act, "care", Decision.CARE, found.node.dire)
    moving.move(access, act.plan.uuid, CARED)


@transaction.atomic
def redirect(access: Access, act_uuid: UUID, *, motive: str, said: str = "") -> None:
    """To a physician, with the motive and by when; the report is due all the same. Raises E-PRO-17."""
    act, protocol = held(access, act_uuid)
    motive, more = storable(motive).strip(), storable(said).strip()
    if len(motive) < moving.SHORTEST_REASON:
        raise refusals.NO_REASON
    reason = f"{motive} ({more})" if more else motive
    hand_on(access, act, protocol, name="redirect", decision=Decision.REDIRECTED, reason=reason)
    if not act.plan.is_over:
        moving.move(access, act.plan.uuid, HANDED, reason=reason)


def hand_on(
    access: Access, act: DelegatedAct, protocol: Protocol, *, name: str, decision: Decision, reason: str
) -> None:
    """What was examined is kept as far as it went, and a physician is asked to see the patient."""
    ACT.target(name, source=act.state)
    due = clock.now() + APPOINTMENT_WITHIN
    if act.decided_at is None and act.delegate_id == access.actor.professional_id:
        found = examining.examine(access, act, protocol)
        act.path = found.path()
        if found.is_at_issue and found.node.delai is not None:
            due = found.node.delai.after(clock.now())
        if act.response_uuid is not None and found.view is not None and not found.view.sheet.faults:
            forms.sign(access, act.response_uuid)
    decide(act, name, decision, reason)
    who = addressee(access, StructureId(act.structure_id), [PHYSICIAN])
    tasks.ask(
        access, uuid=_number_of_relay(access, act, name), title=f"Voir le patient, relais\u202f: {reason}"[:300],
        structure_id=who.structure_id, professional_id=who.professional_id, role_code=who.role_code, due_at=due,
        origin=f"acte:{act.uuid}/{name}", reason=f"{protocol.code}, {protocol.titre}"[:500],
    )  # fmt: skip


def _number_of_relay(access: Access, act: DelegatedAct, name: str) -> UUID:
    """Asked twice it is one task; once answered, a patient who gets worse is asked about anew."""
    former = sum(each.done_at is not None for each in tasks.of_origin(access, f"acte:{act.uuid}/{name}"))
    return uuid5(act.uuid, f"{name}/{former}" if former else name)


def decide(act: DelegatedAct, name: str, decision: Decision, reason: str) -> None:
    act.decision, act.reason, act.decided_at = decision, reason[:500], clock.now()
    act.report_due_at = act.report_due_at or clock.now() + REPORT_WITHIN
    go(act, name)


def demand_asked(
    access: Access, act: DelegatedAct, protocol: Protocol, found: examining.Examination
) -> None:
    """What the protocol asks of the examination before anything is done: no red flag, a known thrombo-embolic risk…
    Raises E-COOP-06, -08."""
    asked: list[Guard] = [each for each in protocol.state(CARED).exige if each.si is not None]
    situation = guards.Situation(access=access, plan=act.plan, protocol=protocol, subject=found.subject)
    guards.demand(asked, situation)


# ------------------------------------------------------------------------------------------------ what is kept


def demand_no_delegation(version_uuid: str) -> None:
    """A patient enters a protocole de coopération by an act, and no other way. Raises E-PRO-39."""
    found = ProtocolVersion.objects.filter(nature=NATURE).values_list("uuid", flat=True)
    if version_uuid in {str(each) for each in found}:
        raise refusals.BY_AN_ACT


def demand_no_act(access: Access, plan_uuid: UUID) -> None:
    """A plan that goes with an act is moved by the act. Raises E-PRO-39."""
    if DelegatedAct.objects.filter(patient_id=access.patient_id, plan__uuid=plan_uuid).exists():
        raise refusals.BY_AN_ACT


def held(access: Access, act_uuid: UUID) -> tuple[DelegatedAct, Protocol]:
    """The act, until the end of the transaction, with the protocol under which it was opened. Raises E-PRO-09, -33."""
    if not including.may_keep(access):
        raise of_plans.NOT_YOURS
    act = visible(access).select_for_update(of=("self",)).filter(uuid=act_uuid).first()
    if act is None:
        raise refusals.NO_ACT
    return act, protocols.protocol_of(act.version)


def visible(access: Access) -> QuerySet[DelegatedAct]:
    found = DelegatedAct.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id)
    return found.select_related("plan", "version", "plan__version")


def go(act: DelegatedAct, name: str) -> None:
    act.state = ACT.target(name, source=act.state)
    act.save()


def keep_path(access: Access, act: DelegatedAct, protocol: Protocol) -> examining.Examination:
    """What was answered leads to a node; at a compulsory call the act waits for its decision."""
    found = examining.examine(access, act, protocol)
    act.path = found.path()
    if found.node.appel and act.state == ActState.EXAM:
        act.state = ACT.target("call", source=act.state)
    elif not found.node.appel and act.state == ActState.CALL:
        act.state = ACT.target("resume", source=act.state)
    act.save()
    return found
