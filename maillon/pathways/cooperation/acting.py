"""During a delegated act: what is answered, who is called, which derogatory acts are done; and its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.forms import api as forms
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.pathways import moving, reaching, teams, tree
from maillon.pathways.cooperation import acts, examining, refusals, standing
from maillon.pathways.cooperation_states import ACT, ActState, CallOutcome, Decision
from maillon.pathways.definition import DerogatoryAct as Listed
from maillon.pathways.definition import Protocol
from maillon.pathways.models import DelegatedAct, DelegatedCall, DerogatoryAct
from maillon.pathways.states import MemberState

SICK_NOTE: Final = "arret-de-travail"  # of content/regles/competences.yaml
SICK_NOTE_BOUND: Final = "aat_max_j"  # the parameter of the protocol
REPORT_TYPES: Final = ("47420-5", "11506-3")
OTHER_CALL: Final = "autre"


@transaction.atomic
def answer(access: Access, act_uuid: UUID, typed: Mapping[str, Sequence[str]], *, revision: int) -> bool:
    """Keep what was answered at this node, and go on through the tree. False when another device wrote meanwhile: what
    it wrote is set aside, beside this. Raises E-COOP-01, -03, -04."""
    act, protocol = acts.held(access, act_uuid)
    standing.demand_delegate(access, act)
    if act.state not in (ActState.EXAM, ActState.CALL) or act.response_uuid is None:
        raise refusals.NOT_FINISHED
    view = forms.read(access, act.response_uuid)
    known = {code: list(line.typed) for code, line in view.sheet.lines.items() if line.typed}
    said = {code: list(texts) for code, texts in typed.items()}
    saved = forms.save(access, act.response_uuid, known | said, revision=revision)
    _call_again(act, protocol, view, changed={code for code, texts in said.items() if texts != known.get(code, [])})
    acts.keep_path(access, act, protocol)
    return not saved.is_conflict


def _call_again(act: DelegatedAct, protocol: Protocol, view: forms.ResponseView, *, changed: set[str]) -> None:
    """A physician who said to go on said so of what was answered then: once that is changed, the call stays in the act
    and answers for its node no more."""
    form = examining.form_of(protocol)
    for one in act.calls.filter(outcome=CallOutcome.GOES_ON).exclude(node=""):
        led_there = (node for node in protocol.arbre if one.node in tree.ways(node))
        if changed & {code for node in led_there for code in examining.questions_of(node, form, view)}:
            one.node = ""
            one.save(update_fields=["node"])


# ------------------------------------------------------------------------------------------------ the call


@transaction.atomic
def call(access: Access, act_uuid: UUID, *, member: UUID, outcome: CallOutcome, decision: str = "") -> None:
    """A delegating physician was called, and said what to do. Raises E-COOP-02 (none of the team), -11 (oneself),
    E-PRO-17 (no decision), and what is asked of the delegate."""
    act, protocol = acts.held(access, act_uuid)
    standing.demand_delegate(access, act)
    called = _delegator(access, act, member)
    said = storable(decision).strip()
    if outcome != CallOutcome.NOT_REACHED and len(said) < moving.SHORTEST_REASON:
        raise UserMessage("E-PRO-17", "Notez en quelques mots la décision du délégant.")
    found = examining.examine(access, act, protocol) if act.state in (ActState.EXAM, ActState.CALL) else None
    node = found.node if found is not None and found.node.appel else None
    DelegatedCall.objects.create(
        patient_id=act.patient_id, act=act, node=node.id if node else "", motive=node.appel if node else OTHER_CALL,
        physician_id=called.member.professional_id, name=called.member.name, at=clock.now(), outcome=outcome,
        decision=said[:500], by=access.actor.label,
    )  # fmt: skip
    _follow(access, act, protocol, outcome, said)


def _follow(access: Access, act: DelegatedAct, protocol: Protocol, outcome: CallOutcome, said: str) -> None:
    if outcome == CallOutcome.GOES_ON and act.state in (ActState.EXAM, ActState.CALL):
        acts.keep_path(access, act, protocol)
    elif outcome == CallOutcome.REDIRECTS:
        acts.redirect(access, act.uuid, motive="Décision du délégant", said=said)
    elif outcome == CallOutcome.TAKES_OVER:
        acts.hand_on(access, act, protocol, name="take_over", decision=Decision.TAKEN_OVER, reason=said)
        if not act.plan.is_over:
            moving.move(access, act.plan.uuid, acts.HANDED, reason="Acte repris par le délégant, sur appel")


def _delegator(access: Access, act: DelegatedAct, member: UUID) -> teams.MemberLine:
    line = next((each for each in standing.team_of(act).lines if each.member.uuid == member), None)
    if line is None or line.role.nom != standing.DELEGATOR or line.state != MemberState.ENTITLED:
        raise refusals.NOT_A_DELEGATOR
    if line.member.professional_id in (access.actor.professional_id, act.delegate_id):
        raise refusals.ONESELF
    return line


# ------------------------------------------------------------------------------------------------ derogatory acts


@transaction.atomic
def note_derogatory(access: Access, act_uuid: UUID, code: str, *, detail: str = "", days: str = "") -> None:
    """One act of the list of the protocol, done now. Raises E-COOP-01, -03, -04, -06, -07, -08, -09; E-PRO-30 while a
    compulsory call waits for its answer."""
    act, protocol = acts.held(access, act_uuid)
    standing.demand_delegate(access, act)
    listed = next((each for each in protocol.actes_derogatoires if each.code == code), None)
    if listed is None or listed.profession_deleguee != access.actor.profession_code:
        raise refusals.NOT_IN_LIST
    if act.state == ActState.CALL:
        raise UserMessage("E-PRO-30", "L’appel du délégant est obligatoire ici\u202f: notez d’abord sa décision.")
    acts.demand_asked(access, act, protocol, examining.examine(access, act, protocol))
    bound = _days(act, protocol, listed, days)
    DerogatoryAct.objects.create(
        patient_id=act.patient_id, act=act, code=code, label=listed.libelle[:300], days=bound,
        detail=storable(detail).strip()[:500], at=clock.now(), by=access.actor.label,
    )  # fmt: skip


def sick_note_bound(act: DelegatedAct, protocol: Protocol) -> int | None:
    """The most days: those chosen for this patient, else what the protocol allows. None when it says nothing."""
    parameter = protocol.parameter(SICK_NOTE_BOUND)
    if parameter is None or parameter.maximum is None:
        return None
    chosen = act.plan.parameters.get(SICK_NOTE_BOUND)
    return int(float(chosen)) if chosen is not None else int(parameter.maximum)


def _days(act: DelegatedAct, protocol: Protocol, listed: Listed, typed: str) -> int | None:
    if listed.acte != SICK_NOTE:
        return None
    bound = sick_note_bound(act, protocol) or 0
    days = int(typed.strip()) if typed.strip().isdecimal() and len(typed.strip()) < 4 else 0
    if not 1 <= days <= bound:
        raise refusals.sick_note_too_long(bound)
    return days


# ------------------------------------------------------------------------------------------------ the end


@transaction.atomic
def close(access: Access, act_uuid: UUID, *, reason: str) -> None:
    """Raises E-COOP-10 while the report has not left for the médecin traitant, E-PRO-17 without a reason."""
    act, protocol = acts.held(access, act_uuid)
    ACT.target("close", source=act.state)
    if len(reason.strip()) < moving.SHORTEST_REASON:
        raise refusals.NO_REASON
    if not is_reported(act, protocol):
        has_physician = access_room.team.treating_physician(access) is not None
        raise refusals.NOT_REPORTED if has_physician else refusals.NOBODY_TO_REPORT_TO
    if not act.plan.is_over:
        moving.move(access, act.plan.uuid, acts.CLOSED, reason=reason)
    act.closed_at = clock.now()
    act.reported_at = act.reported_at or clock.now()
    acts.go(act, "close")


def is_reported(act: DelegatedAct, protocol: Protocol) -> bool:
    """A report of this act left for the médecin traitant, and did not fail."""
    sent = reaching.sent_of([act.patient_id], report_types(protocol))[act.patient_id]
    return any(
        each.fact.code.endswith("/medecin_traitant") and each.fact.at >= act.opened_at for each in sent
    )


def report_types(protocol: Protocol) -> frozenset[str]:
    """Those that the protocol asks before an act is closed."""
    asked = [guard.si.asked for guard in protocol.state(acts.CLOSED).exige if guard.si is not None]
    return reaching.types_in(asked) or frozenset(REPORT_TYPES)
