"""What a transition, or the doing of a step, demands: questions that are true, and rules of the house by their name.

A rule is a function of a situation that gives None when it holds, or what is missing, in French. A rule that no room
has given refuses: what cannot be checked is not taken for granted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.pathways.definition import Guard, Protocol
from maillon.pathways.guard_names import PLAN_RULES
from maillon.pathways.models import Alert, Plan, PlanStep
from maillon.pathways.states import StepState, VersionState
from maillon.questions.api import Subject, answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Who does what, where. `source`: the state that is left; `reason`: the motive given."""

    access: Access
    plan: Plan
    protocol: Protocol
    subject: Subject
    source: str = ""
    reason: str = ""


Rule = Callable[[Situation], str | None]
_rules: dict[str, Rule] = {}


def rule(name: str) -> Callable[[Rule], Rule]:
    """Give a rule that `guard_names` announces."""
    if name not in PLAN_RULES:
        raise ValueError(f"announce the rule in guard_names first: {name}")

    def register(given: Rule) -> Rule:
        _rules[name] = given
        return given

    return register


def given() -> tuple[str, ...]:
    return tuple(sorted(_rules))


def demand(guards: Sequence[Guard], situation: Situation) -> None:
    """Raises the refusal of the first guard that does not hold, with what is missing."""
    for guard in guards:
        if guard.de and situation.source not in guard.de:
            continue
        missing = _missing(guard, situation)
        if missing is not None:
            raise UserMessage(guard.refus, f"{guard.dire}\u202f: {missing}." if missing else f"{guard.dire}.")


def _missing(guard: Guard, situation: Situation) -> str | None:
    """None when it holds; a guard whose answer is inconnu does not, and says what is not known."""
    if guard.regle:
        found = _rules.get(guard.regle)
        return found(situation) if found else "cette règle ne peut pas être vérifiée ici"
    assert guard.si is not None
    said = answer(guard.si.asked, situation.subject, today=clock.today())
    if said.truth:
        return None
    return "\u202f; ".join(reason.text for reason in said.because)


@rule("consentement")
def _consent(situation: Situation) -> str | None:
    plan = situation.plan
    if plan.consent_withdrawn_at is not None:
        return "il a été retiré"
    return None if plan.consent_at is not None else "il n’est pas tracé"


@rule("motif")
def _reason(situation: Situation) -> str | None:
    return None if situation.reason.strip() else "donnez un motif"


@rule("alertes_acquittees")
def _no_alert(situation: Situation) -> str | None:
    waiting = Alert.objects.filter(plan=situation.plan, answered_at__isnull=True).order_by("raised_at")
    said = list(waiting.values_list("says", flat=True)[:3])
    return f"{', '.join(said)}" if said else None


@rule("etapes_faites")
def _steps_done(situation: Situation) -> str | None:
    waiting = PlanStep.objects.filter(plan=situation.plan, state=StepState.ASKED, due_at__lte=clock.now())
    names = [situation.protocol.step(name) for name in waiting.values_list("step", flat=True)[:3]]
    said = [step.quoi for step in names if step is not None]
    return ", ".join(said) if said else None


@rule("tache_repondue")
def _nothing_asked(situation: Situation) -> str | None:
    waiting = PlanStep.objects.filter(plan=situation.plan, state=StepState.ASKED).count()
    return f"{waiting} étape{'s' if waiting > 1 else ''} en attente" if waiting else None


@rule("protocole_actif")
def _in_force(situation: Situation) -> str | None:
    state = VersionState(situation.plan.version.state)
    return None if state == VersionState.IN_FORCE else f"il est «\u202f{state.label.lower()}\u202f»"
