"""Whose each document of a message is, before anything is written: filed, to settle, or refused, with the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from maillon.exchange.findings import OTHER_SUBJECT, SEVERAL_IN_MESSAGE, Doubt, Finding
from maillon.formats.document import PatientTraits
from maillon.formats.mail import SubjectTraits, contradicts
from maillon.kernel.key import PatientId
from maillon.patients import api as patients


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`patient_id` only when found for sure. Certain without one: the patient is to be created from the document."""

    finding: Finding
    patient_id: PatientId | None = None
    doubts: tuple[Doubt, ...] = ()
    candidates: tuple[PatientId, ...] = ()

    @property
    def is_certain(self) -> bool:
        return not self.doubts and self.finding.refused is None


def decide(found: Sequence[Finding], subject: SubjectTraits | None) -> list[Decision]:
    decisions = [_decide(each, subject) for each in found]
    if _patients_named(decisions) > 1:
        return [_with_doubt(each, SEVERAL_IN_MESSAGE) for each in decisions]
    return _with_neighbours(decisions)


def _with_neighbours(decisions: list[Decision]) -> list[Decision]:
    """A file that names nobody is proposed for whom the rest of its message is about: a person says."""
    candidates = tuple(dict.fromkeys(one for each in decisions for one in each.candidates))
    return [
        replace(each, candidates=candidates) if each.finding.traits is None and each.doubts else each
        for each in decisions
    ]


def _decide(finding: Finding, subject: SubjectTraits | None) -> Decision:
    if finding.refused is not None or finding.is_rendering or finding.traits is None:
        return Decision(finding=finding, doubts=finding.doubts)
    match = patients.match(finding.traits)
    doubts = [*finding.doubts]
    if subject is not None and contradicts(subject, finding.traits):
        doubts.append(OTHER_SUBJECT)
    if match.verdict == "doubt":
        doubts += [Doubt(reason.code, reason.message) for reason in match.reasons]
    found = (match.patient_id,) if match.patient_id is not None else ()
    return Decision(
        finding=finding,
        patient_id=match.patient_id,
        doubts=tuple(doubts),
        candidates=found or match.candidates,
    )


def _patients_named(decisions: Sequence[Decision]) -> int:
    return len({_who(each) for each in decisions if each.finding.traits is not None and each.finding.refused is None})


def _who(decision: Decision) -> object:
    """The patient found; else the traits as written, so that two reports of one unknown patient are one patient."""
    if decision.patient_id is not None:
        return decision.patient_id
    traits = decision.finding.traits or PatientTraits()
    return (traits.ins or "", (traits.birth_family_name or "").upper(), traits.birth_date)


def _with_doubt(decision: Decision, doubt: Doubt) -> Decision:
    if decision.finding.refused is not None or decision.finding.is_rendering:
        return decision
    return replace(decision, doubts=(doubt, *decision.doubts))
