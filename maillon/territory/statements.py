"""What structures of other software deposited: a monthly statement (CSV), day by day. Taken whole, or refused with its
line.

Columns: finess;jour;fait;document;profession;nombre. A second statement of a structure and a month replaces the first.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.territory import catalogue, counting, rounds
from maillon.territory.definition import Measure
from maillon.territory.models import Deployment, Statement
from maillon.territory.rates import Count
from maillon.territory.steering import must_steer

COLUMNS: Final = ("finess", "jour", "fait", "document", "profession", "nombre")
MOST_OCTETS: Final = 5_000_000
MOST_IN_A_MONTH: Final = 99_999_999  # of a fact, in a structure
Cell = tuple[int, dt.date, str, str, str]  # structure, day, fact, document, profession


@dataclass(frozen=True, slots=True)
class Told:
    """`line`: of the file; `place`: the name of the structure."""

    number: int
    line: int
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    lines: int
    structures: int
    months: tuple[dt.date, ...]


@transaction.atomic
def bring(actor: Actor, data: bytes) -> Brought:
    """Raises E-TER-07 with the line of what is wrong, E-TER-02 when more was deposited than produced, E-TER-04 for a
    month that is not over."""
    must_steer(actor)
    cells = _read(data)
    _must_be_shares(cells)
    months = sorted({day.replace(day=1) for _, day, *_ in cells})
    structures = {structure for structure, *_ in cells}
    replaced = {(structure, day.replace(day=1)) for structure, day, *_ in cells}
    for structure, month in replaced:
        Statement.objects.filter(
            structure_id=structure, day__gte=month, day__lt=counting.next_month(month)
        ).delete()
    Statement.objects.bulk_create(
        (
            Statement(
                structure_id=structure, day=day, fact=fact, document=document, profession=profession,
                number=told.number,
            )
            for (structure, day, fact, document, profession), told in cells.items()
        ),
        batch_size=2000,
    )
    counting.count_again_since(months[0])  # a first document is one in the months that follow
    rounds.look(only=structures)  # stages first: the counts of a month say them
    for month in months:
        counting.bring_up_to_date(month)
    return Brought(lines=len(cells), structures=len(structures), months=tuple(months))


def _read(data: bytes) -> dict[Cell, Told]:
    if len(data) > MOST_OCTETS:
        raise UserMessage("E-TER-07", f"Le relevé dépasse {MOST_OCTETS // 10**6}\u202fMo\u202f: coupez-le par mois.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserMessage("E-TER-07", "Le relevé n’est pas un texte UTF-8.") from None
    reader = csv.reader(io.StringIO(text), delimiter=";", strict=True)
    places = {
        row.structure.finess: row for row in Deployment.objects.select_related("structure") if row.structure.finess
    }
    found: dict[Cell, Told] = {}
    sums: Counter[tuple[int, dt.date, str]] = Counter()
    try:
        if tuple(next(reader, ())) != COLUMNS:
            raise _wrong(1, f"les colonnes attendues sont {';'.join(COLUMNS)}")
        for cells in reader:
            cell, told = _line(reader.line_num, cells, places)
            if cell in found:
                raise _wrong(reader.line_num, "cette ligne est déjà dite plus haut")
            found[cell] = told
            structure, day, fact, *_ = cell
            sums[structure, day.replace(day=1), fact] += told.number
            if sums[structure, day.replace(day=1), fact] > MOST_IN_A_MONTH:
                raise _wrong(reader.line_num, "le total du mois dépasse cent millions")
    except csv.Error:
        raise _wrong(reader.line_num, "CSV illisible") from None
    if not found:
        raise _wrong(2, "le relevé est vide")
    return found


def _line(line: int, cells: list[str], places: dict[str, Deployment]) -> tuple[Cell, Told]:
    if len(cells) != len(COLUMNS):
        raise _wrong(line, f"{len(COLUMNS)} cases attendues, {len(cells)} trouvées")
    finess, day_text, code, document, profession, number = (each.strip() for each in cells)
    row, fact, day = places.get(finess), catalogue.known_facts().get(code), _day(day_text)
    if row is None:
        raise _wrong(line, "ce FINESS n’est pas celui d’une structure du déploiement")
    if row.counted_here:
        raise _wrong(line, "cette structure est comptée par Maillon\u202f: un relevé la compterait deux fois")
    if day is None:
        raise _wrong(line, "le jour s’écrit AAAA-MM-JJ")
    _must_be_of_a_month_that_ended(line, day)
    if fact is None or not fact.releve:
        raise _wrong(line, "ce fait n’est pas de ceux qu’un relevé apporte")
    groups = {each.code for each in catalogue.facts().documents} | {"autre", ""}
    if document not in groups or (document and "document" not in fact.axes):
        raise _wrong(line, "ce type de document n’est pas attendu ici")
    if len(profession) > 10 or (profession and "profession" not in fact.axes):
        raise _wrong(line, "cette profession n’est pas attendue ici")
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        raise _wrong(line, "le nombre est un entier positif")
    told = Told(number=int(number), line=line, place=row.structure.name)
    return (row.structure_id, day, code, document, profession), told


def _must_be_of_a_month_that_ended(line: int, day: dt.date) -> None:
    first = catalogue.stage_rules().begun_on
    if day < first:
        raise _wrong(line, f"rien ne se compte avant le {first:%d/%m/%Y}, vérifiez l’année")
    if day >= clock.today().replace(day=1):
        raise UserMessage(
            "E-TER-04", f"Ligne {line}\u202f: ce mois n’est pas terminé. Un relevé porte sur un mois complet."
        )


def _must_be_shares(cells: dict[Cell, Told]) -> None:
    """Of each structure and month, a part is no larger than its whole, document by document; a part alone has none."""
    groups: dict[tuple[int, dt.date, str, str], dict[str, list[Told]]] = defaultdict(lambda: defaultdict(list))
    for (structure, day, fact, document, profession), told in cells.items():
        groups[structure, day.replace(day=1), document, profession][fact].append(told)
    known = catalogue.known_facts()
    for measure in catalogue.measures():
        if measure.genre == "taux" and all(known[code].releve for code in measure.facts):
            for (_, month, *_), said in groups.items():
                _must_be_a_share(measure, month, said)


def _must_be_a_share(measure: Measure, month: dt.date, said: dict[str, list[Told]]) -> None:
    part, whole = (_total(codes, said) for codes in (measure.numerateur, measure.denominateur))
    if part.number > whole.number:
        last = max((told for code in measure.numerateur for told in said[code]), key=lambda each: each.line)
        raise UserMessage(
            "E-TER-02",
            f"Relevé, ligne {last.line}\u202f: en {month:%m/%Y}, pour «\u202f{last.place}\u202f», "
            f"«\u202f{measure.libelle}\u202f» dépasserait 100\u202f% ({part.number} sur {whole.number}).",
        )


def _total(codes: Iterable[str], said: dict[str, list[Told]]) -> Count:
    codes = tuple(codes)
    number = sum(told.number for code in codes for told in said[code])
    return Count(number=number, unit=catalogue.known_facts()[codes[0]].unite)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if len(text) == len("AAAA-MM-JJ") else None
    except ValueError:
        return None


def _wrong(line: int, what: str) -> UserMessage:
    return UserMessage("E-TER-07", f"Relevé, ligne {line}\u202f: {what}.")
