"""A version on paper: what it says on one page, how it goes on the next."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from maillon.access import api as access_room
from maillon.formats.diagram import svg_of
from maillon.formats.protocol_write import Block, Picture, ProtocolPaper, Table, write_protocol
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.pathways.authoring import drawing, version_page
from maillon.pathways.authoring.reading import CriterionLine, Reading, reading_of
from maillon.pathways.definition import Protocol
from maillon.pathways.states import VersionState

NARROW: Final = "\u202f"


def paper(actor: Actor, uuid: UUID) -> bytes:
    """PDF. Raises AccessDenied, also for a draft whose text is not yet that of a protocol."""
    shown = version_page.show(actor, uuid)
    if shown.protocol is None:
        raise access_room.AccessDenied
    line = shown.line
    is_draft = line.state not in (VersionState.IN_FORCE, VersionState.SUSPENDED)
    signed = tuple(
        f"{each.profession}{NARROW}: {each.name}, le {each.at:%d/%m/%Y}" if each.at
        else f"{each.profession}{NARROW}: …………………………"
        for each in shown.signers if not each.refusal
    )  # fmt: skip
    standing = f"version {line.number}, {line.state_label.lower()} depuis le {clock.in_paris(line.changed_at):%d/%m/%Y}"
    if line.revise_on:
        standing += f", à réviser le {line.revise_on:%d/%m/%Y}"
    return write_protocol(
        sheet_of(
            shown.protocol, standing=standing, structure=actor.structure_name, signed=signed,
            draft=line.state_label if is_draft else "", footer=f"{line.code}, version {line.number}",
        ),
        made_at=line.changed_at,
    )  # fmt: skip


def sheet_of(
    protocol: Protocol, *, standing: str, structure: str, signed: tuple[str, ...], draft: str, footer: str
) -> ProtocolPaper:
    said = reading_of(protocol)
    return ProtocolPaper(
        title=said.title, code=said.code, standing=standing, structure=structure, footer=footer, draft=draft,
        head=_head(said), tables=_tables(said), tail=_tail(said, signed), pictures=_pictures(protocol),
    )  # fmt: skip


def _head(said: Reading) -> tuple[Block, ...]:
    return (
        Block(title="Justification et objectifs", text=said.justification, items=said.objectives),
        Block(title="Population", items=(
            *(f"Inclus{NARROW}: {_criterion(each)}" for each in said.inclusion),
            *(f"Exclu{NARROW}: {_criterion(each)}" for each in said.exclusion),
        )),
        Block(title=f"Information du patient ({said.consent})", text=said.information),
        Block(title="Professions et cibles", text=", ".join(said.professions) + ".", items=said.targets),
    )  # fmt: skip


def _tables(said: Reading) -> tuple[Table, ...]:
    steps = tuple((each.id, each.who, each.what, each.when, each.late) for each in said.steps)
    alerts = tuple((each.id, each.level, each.says, each.asks, each.to, each.then) for each in said.alerts)
    found = (
        Table(title="Étapes", headers=("Repère", "Qui", "Quoi", "Quand", "En retard après"),
              widths=(0.6, 1.6, 3.2, 3.8, 0.9), rows=steps),
        Table(title="Alertes", headers=("Repère", "Niveau", "Alerte", "Quand", "Qui, sous quel délai", "Ensuite"),
              widths=(1.1, 0.6, 2, 3, 1.3, 2.2), rows=alerts),
        Table(title="Indicateurs", headers=("Repère", "Indicateur", "Catégorie", "Cible"), widths=(1, 5, 1, 0.8),
              rows=tuple((each.id, each.label, each.category, each.target) for each in said.indicators)),
    )  # fmt: skip
    return tuple(each for each in found if each.rows)


def _tail(said: Reading, signed: tuple[str, ...]) -> tuple[Block, ...]:
    return (
        Block(title="Avis médical et sortie", items=said.advice),
        Block(title="Règle du système d’information", text=said.rule),
        Block(title=f"Bibliographie, vérifiée le {said.checked}", items=said.sources),
        Block(title="Signatures", items=signed) if signed else Block(title="Outils", items=said.tools),
    )


def _pictures(protocol: Protocol) -> tuple[Picture, ...]:
    return tuple(
        Picture(title=each.title, svg=svg_of(each.diagram), alt=each.diagram.description)
        for each in drawing.pictures(protocol)
    )


def _criterion(each: CriterionLine) -> str:
    return f"{each.says} ({each.asks})" if each.asks else each.says
