"""The action plan on one A4 page: what is open, the most urgent first."""

from __future__ import annotations

from typing import Final

from maillon.formats.pdf_pages import page_count
from maillon.formats.protocol_write import Block, ProtocolPaper, Table, write_protocol
from maillon.formats.wording import counted
from maillon.irritants.lines import IrritantLine, to_triage
from maillon.kernel import clock
from maillon.kernel.key import Actor

_HEADERS: Final = ("Réf.", "Irritant", "Gravité", "Fois", "Ce qui va être fait", "Qui", "Avant le", "État")
_WIDTHS: Final = (1.2, 5.6, 3.0, 0.9, 4.8, 3.4, 1.9, 1.7)
_MOST: Final = (40, 30, 20, 12)  # lines, until one page holds them
_SETTLED: Final = 8


def action_plan(actor: Actor) -> bytes:
    """PDF/A, one page. What has no room is counted, never left out in silence. For who triages."""
    lines = to_triage(actor)
    pdf = b""
    for most in _MOST:
        pdf = write_protocol(_paper(actor, lines, most), made_at=clock.now())
        if page_count(pdf) == 1:
            break
    return pdf


def _paper(actor: Actor, lines: tuple[IrritantLine, ...], most: int) -> ProtocolPaper:
    opened = [each for each in lines if each.is_open]
    settled = [each for each in lines if not each.is_open][:_SETTLED]
    left = len(opened) - most
    more = (f"Et {counted(left, 'autre, moins urgent,', 'autres, moins urgents,')} dans Maillon.",) if left > 0 else ()
    today = f"{clock.today():%d/%m/%Y}"
    return ProtocolPaper(
        title="Plan d’action des irritants",
        code=counted(len(opened), "irritant à régler", "irritants à régler"),
        standing=f"au {today}",
        structure=actor.structure_name,
        footer=f"Maillon, {today}. Un irritant se dit sans nommer de patient.",
        draft="",
        head=(),
        tables=(
            Table(
                title="À régler", headers=_HEADERS, widths=_WIDTHS,
                rows=tuple(_open_row(each) for each in opened[:most]) or (("", "Rien n’est à régler.", *[""] * 6),),
            ),
            *(
                [
                    Table(
                        title="Réglés récemment", headers=("Réf.", "Irritant", "Suite", "Réponse"),
                        widths=(1.2, 6, 1.8, 10),
                        rows=tuple(
                            (each.reference, each.code_label, each.state_label, _cut(each.reply, 140))
                            for each in settled
                        ),
                    )
                ]
                if settled
                else []
            ),
        ),
        tail=(Block(title="Suite", items=more),) if more else (),
        pictures=(),
    )  # fmt: skip


def _open_row(said: IrritantLine) -> tuple[str, ...]:
    late = " (en retard)" if said.is_late else ""
    return (
        said.reference, f"{said.code_label}. {_cut(said.text, 120)}", said.severity_label, str(said.times),
        _cut(said.action, 140) or "à décider", said.owner or "à nommer", f"{said.due_on:%d/%m/%Y}{late}",
        said.state_label,
    )  # fmt: skip


def _cut(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
