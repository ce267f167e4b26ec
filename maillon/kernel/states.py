"""Tables of allowed transitions: a state changes only along an arrow that has a French name."""

from __future__ import annotations

from dataclasses import dataclass

from maillon.kernel.message import UserMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    name: str
    label: str
    sources: frozenset[str]
    target: str


@dataclass(frozen=True, slots=True)
class StateTable:
    """`refusal` is the stable code given when a transition is not allowed from the present state."""

    refusal: str
    transitions: tuple[Transition, ...]

    def target(self, name: str, *, source: str) -> str:
        transition = next(each for each in self.transitions if each.name == name)
        if source not in transition.sources:
            raise UserMessage(self.refusal, f"« {transition.label} » n’est pas possible dans l’état actuel.")
        return transition.target

    def allowed_from(self, source: str) -> tuple[Transition, ...]:
        return tuple(each for each in self.transitions if source in each.sources)
