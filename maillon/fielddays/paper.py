"""The report of a day, on A4: what was played, what rubbed, what was decided."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from maillon.fielddays.reading import DayView, StepLine, found_on, show
from maillon.fielddays.states import Outcome
from maillon.formats.protocol_write import Block, ProtocolPaper, Table, write_protocol
from maillon.formats.wording import counted
from maillon.irritants import api as irritants
from maillon.kernel import clock
from maillon.kernel.key import Actor

_NARROW: Final = "\u202f"
_MARKS: Final = {
    Outcome.DONE: "Fait",
    Outcome.RUBBED: "Ça frotte",
    Outcome.NOT_DONE: "Pas fait",
    Outcome.TO_COME: "–",
}


def report(actor: Actor, uuid: UUID) -> bytes:
    """PDF/A, for who leads."""
    view = show(actor, uuid)
    return write_protocol(_paper(view, found_on(actor, view)), made_at=clock.now())


def duration(seconds: float | None) -> str:
    """« 1 min 05 s », in one piece; a dash for what has no end."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}{_NARROW}h{_NARROW}{minutes:02}"
    return f"{minutes}{_NARROW}min{_NARROW}{rest:02}{_NARROW}s" if minutes else f"{rest}{_NARROW}s"


def _paper(view: DayView, found: tuple[irritants.IrritantLine, ...]) -> ProtocolPaper:
    line = view.line
    played = [each for each in view.steps if each.is_said]
    return ProtocolPaper(
        title=f"Journée de terrain\u202f: {line.title}",
        code=line.territory,
        standing=f"{line.held_on:%d/%m/%Y}, {line.place}",
        structure=line.structure_name,
        footer=f"Maillon, {clock.today():%d/%m/%Y}. Parcours joué par des personnes réelles, sans aucun patient.",
        draft="" if line.state == "close" else "en cours",
        head=(
            Block(
                title="En bref",
                items=(
                    f"{counted(line.done, 'étape faite', 'étapes faites')} sur {line.steps}, dont {line.rubbed} où ça"
                    " frotte",
                    f"{counted(line.not_done, 'étape pas faite', 'étapes pas faites')}, {line.steps - len(played)} sans"
                    " réponse",
                    f"{counted(view.minutes_lost, 'minute perdue', 'minutes perdues')}, "
                    f"{counted(len(found), 'irritant')}",
                    f"Durée de la journée\u202f: {duration(view.seconds)}",
                ),
            ),
            Block(title="Décisions", items=view.decisions or ("Aucune décision notée.",)),
            Block(title="Participants", items=tuple(f"{each.role}\u202f: {each.holder or '–'}" for each in view.parts)),
            Block(title="Le parcours", text=view.summary),
        ),
        tables=(
            Table(
                title="Étapes", headers=("N°", "Quand", "Qui", "Ce qu’il y avait à faire", "Résultat", "Durée", "Note"),
                widths=(0.6, 1.5, 3.8, 5.3, 1.6, 1.7, 4.3), rows=tuple(_step(each) for each in view.steps),
            ),
            *((_irritants(view, found),) if found else ()),
        ),
        tail=(),
        pictures=(),
    )  # fmt: skip


def _irritants(view: DayView, found: tuple[irritants.IrritantLine, ...]) -> Table:
    """With the minutes of that day: triage may have joined to one what was met elsewhere."""
    minutes = {each.irritant: each.minutes for step in view.steps for each in step.rubs}
    return Table(
        title="Irritants",
        headers=("Réf.", "Irritant", "Gravité", "Min", "Où", "Suite"),
        widths=(1.1, 7, 2.9, 0.9, 3.5, 5),
        rows=tuple(
            (
                each.reference, f"{each.code_label}. {each.text}", each.severity_label, str(minutes[each.uuid]),
                each.place,
                ". ".join(filter(None, (each.state_label, each.owner, each.action, each.reply))),
            )
            for each in found
        ),
    )  # fmt: skip


def _step(said: StepLine) -> tuple[str, ...]:
    return (
        str(said.rank), said.moment, f"{said.role} ({said.holder})" if said.holder else said.role, said.says,
        _MARKS[Outcome(said.outcome)], duration(said.seconds), said.note,
    )  # fmt: skip
