"""What a run showed, in shapes that a page, a PDF and a JSON file all draw from."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from uuid import UUID

from maillon.kernel import clock
from maillon.scenarios.definition import CHANNELS, IRRITANTS, VERBS, Scenario, Step
from maillon.scenarios.states import BROKEN, RunState, StepState
from maillon.terminology import api as terminology


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that had to be true."""

    what: str
    expected: str
    observed: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """One document: where it is, whether it conforms, and who may open it."""

    type: str
    title: str
    level: str = ""
    conforms: bool | None = None  # by our own checks; None: not checked
    kit_errors: int | None = None  # by the official kit; None: not checked
    remarks: tuple[str, ...] = ()
    ins_qualified: bool | None = None
    to_dmp: bool = False
    to_patient: bool = False
    seen_by: tuple[str, ...] = ()  # actors of the scenario
    hidden_from: tuple[str, ...] = ()
    uuid: str = ""
    id: str = ""  # of its CDA

    @property
    def label(self) -> str:
        return terminology.document_type_label(self.type) or self.type


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """One sending: between whom, by what, and what became of it."""

    sender: str
    to: str
    by: str  # MSSanté, DMP, Mon espace santé…
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """An irritant that the platform noticed, and whom it told."""

    code: str
    said: str
    told: str = ""
    fact: str = ""
    document: str = ""

    @property
    def label(self) -> str:
        return IRRITANTS.get(self.code, self.code)  # type: ignore[call-overload,no-any-return]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A screen as somebody saw it; its bytes are asked for by step and rank."""

    step: str
    rank: int
    seen_by: str
    shows: str
    width: int
    height: int

    @property
    def said(self) -> str:
        """What somebody who does not see it is told."""
        return f"Écran de\u202f: {self.seen_by}. {self.shows}."

    @property
    def is_of_a_phone(self) -> bool:
        return self.width < self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    step: Step
    rank: int
    actor: str
    state: str
    is_begun: bool = False  # once at least, whatever became of it
    done_at: dt.datetime | None = None  # in the calendar that was played
    seconds: float | None = None
    reason: str = ""
    checks: tuple[Check, ...] = ()
    documents: tuple[Produced, ...] = ()
    messages: tuple[Exchanged, ...] = ()
    irritants: tuple[Noticed, ...] = ()
    pictures: tuple[Picture, ...] = ()
    reentries: int = 0

    @property
    def state_label(self) -> str:
        return str(StepState(self.state).label)

    @property
    def verb(self) -> str:
        return VERBS[self.step.fait]

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(CHANNELS.get(each, each) for each in self.step.a)  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeLine:
    """A document type of the journey: how many, and whether each conforms."""

    code: str
    label: str
    count: int
    conforming: int
    checked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """An indicator of the run (domain sheet §7.1)."""

    code: str
    label: str
    value: str
    note: str = ""
    is_alarming: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    uuid: UUID
    number: int
    name: str
    scenario: Scenario
    variant: str
    state: str
    asked_by: str
    asked_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    origin: dt.datetime | None
    failure: str
    steps: tuple[StepReport, ...]
    observed: dict[str, Any] = field(default_factory=dict)
    is_step_by_step: bool = False
    with_pictures: bool = False

    @property
    def state_label(self) -> str:
        return str(RunState(self.state).label)

    @property
    def passed(self) -> int:
        return sum(each.state == StepState.PASSED for each in self.steps)

    @property
    def seconds(self) -> float:
        """Of real time, on the steps alone."""
        return sum(each.seconds or 0 for each in self.steps)

    @property
    def is_success(self) -> bool:
        return self.passed == len(self.steps)

    @property
    def broken(self) -> tuple[StepReport, ...]:
        return tuple(each for each in self.steps if each.state in BROKEN)

    @property
    def documents(self) -> tuple[Produced, ...]:
        return tuple(document for each in self.steps for document in each.documents)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(picture for each in self.steps for picture in each.pictures)

    @property
    def official(self) -> str:
        """The word of the official kit on the whole; empty where it was not asked."""
        errors = [each.kit_errors for each in self.documents if each.kit_errors is not None]
        whole = sum(not each for each in errors)
        return f"Contrôlés par le kit officiel\u202f: {len(errors)}, dont {whole} sans erreur." if errors else ""

    @property
    def types(self) -> tuple[TypeLine, ...]:
        found: dict[str, list[Produced]] = {}
        for document in self.documents:
            found.setdefault(document.type, []).append(document)
        return tuple(
            TypeLine(
                code=code, label=held[0].label, count=len(held), conforming=sum(each.conforms is True for each in held),
                checked=sum(each.conforms is not None for each in held),
            )
            for code, held in found.items()
        )  # fmt: skip

    @property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(_figures(self))

    @property
    def irritants(self) -> Counter[str]:
        return Counter(each.code for step in self.steps for each in step.irritants)

    def at(self, step: Step) -> dt.datetime | None:
        """The moment of a step in the calendar that was played."""
        if self.origin is None:
            return None
        day = self.origin.astimezone(clock.PARIS).date() + dt.timedelta(days=step.quand.day)
        return dt.datetime.combine(day, dt.time(step.quand.hour, step.quand.minute), clock.PARIS)

    def as_json(self) -> dict[str, Any]:
        return {
            "parcours": self.name, "titre": self.scenario.titre, "execution": self.number, "variante": self.variant,
            "etat": self.state, "etapes_reussies": self.passed, "etapes": len(self.steps),
            "secondes": round(self.seconds, 1), "echec": self.failure,
            "indicateurs": {each.code: each.value for each in self.figures},
            "types": [asdict(each) for each in self.types],
            "detail": [_step_as_json(each) for each in self.steps],
        }  # fmt: skip


def _step_as_json(each: StepReport) -> dict[str, Any]:
    return {
        "code": each.step.code, "quand": str(each.step.quand), "acteur": each.actor, "fait": each.step.fait,
        "dire": each.step.dire, "etat": each.state, "secondes": each.seconds, "motif": each.reason,
        "attendu": [asdict(check) for check in each.checks],
        "documents": [asdict(document) for document in each.documents],
        "messages": [asdict(message) for message in each.messages],
        "irritants": [asdict(noticed) for noticed in each.irritants], "ressaisies": each.reentries,
    }  # fmt: skip


NONE: Final = "—"


def _figures(report: Report) -> list[Figure]:
    milestones, documents = report.scenario.jalons, report.documents
    found = [Figure(code="premier_contact", label="Du premier appel au premier contact",
                    value=_reached(report, "premier_contact"))]  # fmt: skip
    if milestones.imagerie:
        found.append(Figure(code="imagerie", label="Du premier appel au compte rendu d’imagerie",
                            value=_reached(report, "imagerie")))  # fmt: skip
    qualified = [each for each in documents if each.ins_qualified is not None]
    found.append(_share("ins", "Documents à l’INS qualifiée", sum(each.ins_qualified is True for each in qualified),
                        len(qualified)))  # fmt: skip
    found.append(_share("mes", "Documents arrivés à Mon espace santé", sum(each.to_patient for each in documents),
                        len(documents)))  # fmt: skip
    checked = [each for each in documents if each.conforms is not None]
    found.append(_share("conformite", "Documents conformes", sum(each.conforms is True for each in checked),
                        len(checked), is_whole=True))  # fmt: skip
    reentries = sum(each.reentries for each in report.steps)
    found.append(Figure(code="ressaisies", label="Ressaisies à la main", value=str(reentries),
                        is_alarming=reentries > 0))  # fmt: skip
    late = int(report.observed.get("non_lus_24h", 0))
    found.append(Figure(code="non_lus", label="Non lus au-delà de 24 h", value=str(late), is_alarming=late > 0))
    told = sum(report.irritants.values())
    detail = ", ".join(f"{code}\u202f: {count}" for code, count in sorted(report.irritants.items()))
    found.append(Figure(code="irritants", label="Irritants relevés", value=str(told), note=detail))
    if milestones.sortie:
        found.append(_of_discharge(report))
    return found


def _of_discharge(report: Report) -> Figure:
    """A letter that has not left is not on time, though nobody found it late; before its step, nothing is said."""
    has_left = any(each.step.code == report.scenario.jalons.sortie and each.documents for each in report.steps)
    on_time = has_left and bool(report.observed.get("sortie_a_temps", True))
    is_known = has_left or report.state == RunState.FAILED
    return Figure(
        code="lettre_de_sortie", label="Lettre de liaison le jour de la sortie",
        value=("1/1" if on_time else "0/1") if is_known else NONE, is_alarming=is_known and not on_time,
    )  # fmt: skip


def _share(code: str, label: str, part: int, whole: int, *, is_whole: bool = False) -> Figure:
    """A share of nothing is « non calculable », never 0 %."""
    if not whole:
        return Figure(code=code, label=label, value=NONE, note="non calculable")
    percent = f"{100 * part / whole:.0f}\u00a0%"
    return Figure(code=code, label=label, value=percent, note=f"{part} sur {whole}",
                  is_alarming=is_whole and part < whole)  # fmt: skip


def _reached(report: Report, milestone: str) -> str:
    """From the first step, in the calendar as it was played, once the step of the milestone was passed."""
    code, begun_at = getattr(report.scenario.jalons, milestone), report.steps[0].done_at
    found = next((each for each in report.steps if each.step.code == code and each.state == StepState.PASSED), None)
    if found is None or found.done_at is None or begun_at is None:
        return NONE
    return said_duration(int((found.done_at - begun_at).total_seconds() // 60))


def said_duration(minutes: int) -> str:
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    parts = [f"{days}\u00a0j" if days else "", f"{hours}\u00a0h" if hours else "", f"{left}\u00a0min" if left else ""]
    return " ".join(each for each in parts if each) or "0\u00a0min"
