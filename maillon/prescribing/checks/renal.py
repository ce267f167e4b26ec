"""Renal function: the approved table is shown, with the patient's value, its formula and its date. No dose is
computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from maillon.formats.wording import shown_number
from maillon.prescribing.cards import Card, TableRow, shortened
from maillon.prescribing.checks.case import Case, about, cited
from maillon.prescribing.definition import RenalRow
from maillon.prescribing.prescription import Medicine
from maillon.prescribing.situation import Measure

OLD: Final = 365  # days: a value of another year says little of today
_BOUNDS: Final = {"": "à", "<": "inférieur à", ">": "supérieur à"}


def check(case: Case) -> Iterator[Card]:
    for key, lines in case.by_substance.items():
        substance = case.substance(key)
        rows = [each for each in case.knowledge.renal_rows if each.cible in substance.targets]
        if rows and _is_to_be_read(case, rows):
            yield _card(case, key, rows, lines)


def _is_to_be_read(case: Case, rows: list[RenalRow]) -> bool:
    """A recent value that no row of the table speaks of raises nothing."""
    measured = case.patient.filtration
    is_recent = measured is not None and (case.patient.today - measured.at).days <= OLD
    return not is_recent or any(_row(row, measured).is_here for row in rows)


def _card(case: Case, key: str, rows: list[RenalRow], lines: list[Medicine]) -> Card:
    measured, name = case.patient.filtration, case.substance(key).name
    table = tuple(_row(row, measured) for row in sorted(rows, key=lambda row: -row.dfg_de))
    is_here = any(row.is_here for row in table)
    if measured is None:
        said = "fonction rénale non renseignée, tableau du RCP à lire"
    else:
        value, how = shown_number(format(measured.value.normalize(), "f")), _BOUNDS[measured.bound]
        said = f"DFG {how} {value} le {measured.at:%d/%m/%Y}, tableau du RCP à lire"
    return Card(
        key=f"rein:{key}", indicator="warning" if is_here else "info", source=case.knowledge.title("rein"),
        about=about(lines), table=table, summary=shortened(f"{name[:1].upper()}{name[1:]}\u202f: {said}."),
        detail=" ".join([_origin(measured), f"Prescrit\u202f: {cited(lines)}."]),
    )  # fmt: skip


def _row(row: RenalRow, measured: Measure | None) -> TableRow:
    is_here = measured is not None and _may_be_in(row, measured)
    bounds = f"moins de {row.dfg_a}" if row.dfg_de == 0 else f"de {row.dfg_de} à moins de {row.dfg_a}"
    return TableRow(bounds=bounds, says=row.dire, is_here=is_here)


def _may_be_in(row: RenalRow, measured: Measure) -> bool:
    """Of a bound, every row that it does not exclude."""
    if measured.bound == "<":
        return row.dfg_de < measured.value
    return measured.value < row.dfg_a and (measured.bound == ">" or row.dfg_de <= measured.value)


def _origin(measured: Measure | None) -> str:
    if measured is None:
        return "Non contrôlé\u202f: le dossier ne donne aucun débit de filtration."
    return f"Valeur du dossier\u202f: {measured.label}, {measured.unit}. Elle n’est pas recalculée."
