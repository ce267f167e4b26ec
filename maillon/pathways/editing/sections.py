"""A version as the pages of its editor show it: sections of fields and rows, with what is wrong beside each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from maillon.access import api as access_room
from maillon.kernel.key import Actor
from maillon.pathways.authoring import versions
from maillon.pathways.editing import choosing, looking, places, raw, summary, typing_in
from maillon.pathways.editing.schema import FieldShape, root, shape_of
from maillon.pathways.editing.words import LONG, WORDS, help_of, label_of
from maillon.pathways.states import WRITABLE

SECTIONS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "identite": ("Identité", (
        "titre", "code", "theme", "nature", "justification", "professions", "information", "avis_medical", "regle_si",
        "auteurs", "statut",
    )),
    "population": ("Population", ("population", "parametres", "dates")),
    "etapes": ("Étapes", ("etapes", "etats")),
    "alertes": ("Alertes", ("alertes", "tableaux")),
    "arbre": ("Arbre", ("arbre",)),
    "formulaires": ("Formulaires et outils", ("outils",)),
    "indicateurs": ("Indicateurs", ("objectifs", "indicateurs", "rapports")),
    "sources": ("Sources", ("relu_le", "a_revoir_le", "bibliographie", "source", "provenance")),
    "equipe": ("Équipe", ("equipe", "actes_derogatoires", "declaration", "competences", "seances", "dispositif")),
    "essais": ("Essais", ("exemples",)),
}  # fmt: skip
_ALWAYS: Final = frozenset({"delai", "prevenir", "acte", "fenetre", "denominateur", "numerateur", "cible", "tous_les"})
_BIG: Final = 4  # fields beyond which a row is shown closed


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    place: str
    title: str
    fields: tuple[FieldView, ...]
    is_open: bool
    wrong: int  # how many things are wrong in it
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """`typed`: what stands in the field. `rows` and `fields` are those of a list and of a part."""

    place: str
    name: str
    label: str
    help: str
    kind: str
    typed: str
    is_needed: bool
    is_long: bool
    choices: dict[str, str] | None = None
    wrong: str = ""
    words: str = ""
    row_word: str = ""
    is_big: bool = False
    is_there: bool = True
    rows: tuple[RowView, ...] = ()
    fields: tuple[FieldView, ...] = ()

    @property
    def id(self) -> str:
        return "c-" + "".join(letter if letter.isalnum() else "-" for letter in self.place)

    @property
    def is_aside(self) -> bool:
        """Neither needed nor filled: shown with the rest, on demand."""
        is_offered = self.is_needed or self.name in _ALWAYS or self.kind == "record"
        return not (is_offered or self.typed or self.rows or self.wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionLine:
    slug: str
    title: str
    wrong: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongLine:
    section: str
    place: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    uuid: UUID
    slug: str
    title: str
    fields: tuple[FieldView, ...]
    sections: tuple[SectionLine, ...]
    wrongs: tuple[WrongLine, ...]
    revision: int
    may_edit: bool
    code: str
    number: int
    version_title: str
    state: str
    changed_at: dt.datetime
    opened: tuple[str, ...] = ()  # places of the rows that are open
    used: tuple[str, ...] = ()  # forms that the steps name


def show(actor: Actor, uuid: UUID, slug: str, *, opened: Collection[str] = ()) -> SectionView:
    """Raises AccessDenied, also for a section that does not exist."""
    version = versions.version_for(actor, uuid)
    if slug not in SECTIONS:
        raise access_room.AccessDenied
    said = raw.values(version.text)
    found = looking.wrongs(version.text)
    title, names = SECTIONS[slug]
    shapes = shape_of(root())
    drawing = _Drawing(said, found, opened)
    return SectionView(
        uuid=version.uuid,
        slug=slug,
        title=title,
        fields=tuple(drawing.field(said, root(), shapes[name], name) for name in names),
        sections=_lines(found),
        wrongs=tuple(_line(each) for each in found),
        revision=version.revision,
        may_edit=versions.may_edit(actor, version) and version.state in WRITABLE,
        code=version.code,
        number=version.number,
        version_title=version.title,
        state=version.state,
        changed_at=version.changed_at,
        opened=tuple(opened),
        used=_forms(said) if slug == "formulaires" else (),
    )


def _forms(said: dict[str, raw.Raw]) -> tuple[str, ...]:
    steps = said.get("etapes")
    rows = [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
    return tuple(dict.fromkeys(f"{row['formulaire']} ({row.get('id', '')})" for row in rows if row.get("formulaire")))


def notes(actor: Actor, uuid: UUID, asked: Collection[str]) -> dict[str, tuple[str, str]]:
    """Place → (what is wrong, what it means in words), for places that were just written."""
    said = raw.values(versions.version_for(actor, uuid).text)
    found: dict[str, tuple[str, str]] = {}
    for place in asked:
        try:
            there = places.find(said, place)
        except places.NoPlace:
            continue
        found[place] = (looking.wrong_with(there.shape, there.value), looking.in_words(there.shape, there.value))
    return found


def wrongs(actor: Actor, uuid: UUID) -> tuple[WrongLine, ...]:
    return tuple(_line(each) for each in looking.wrongs(versions.version_for(actor, uuid).text))


def section_of(place: str) -> str:
    """Where a place is written; the first section for what is about the whole."""
    head = place.partition("/")[0]
    return next((slug for slug, (_, names) in SECTIONS.items() if head in names), next(iter(SECTIONS)))


def _line(wrong: looking.Wrong) -> WrongLine:
    return WrongLine(section=section_of(wrong.place), place=wrong.place, code=wrong.code, message=wrong.message)


def _lines(found: Sequence[looking.Wrong]) -> tuple[SectionLine, ...]:
    counts = [section_of(each.place) for each in found]
    return tuple(SectionLine(slug=slug, title=title, wrong=counts.count(slug)) for slug, (title, _) in SECTIONS.items())


class _Drawing:
    """One pass over the values, with what is wrong and which rows are open."""

    def __init__(self, said: dict[str, raw.Raw], wrongs: Sequence[looking.Wrong], opened: Collection[str]) -> None:
        self.said, self.opened = said, opened
        self.wrongs = [each for each in wrongs if each.place]

    def field(self, holder: raw.Raw, kind: type[Any], shape: FieldShape, place: str) -> FieldView:
        value = holder.get(shape.name) if isinstance(holder, dict) else None
        inside: dict[str, Any] = {}
        if shape.kind == "rows" and shape.of is not None:
            rows = value if isinstance(value, list) else []
            inside = {
                "rows": tuple(self._rows(rows, shape.of, place)), "row_word": WORDS[shape.of].row,
                "is_big": is_big(shape.of),
            }  # fmt: skip
        elif shape.kind == "record" and shape.of is not None:
            part = value if isinstance(value, dict) else {}
            inside = {"fields": tuple(self._fields(part, shape.of, place)), "is_there": bool(part) or shape.is_needed}
        return FieldView(
            place=place, name=shape.name, label=label_of(kind, shape.name), help=help_of(kind, shape.name),
            kind=shape.kind, typed="" if inside else typing_in.typed_of(shape, value), is_needed=shape.is_needed,
            is_long=shape.name in LONG, choices=choosing.choices_of(self.said, kind, shape),
            wrong=self._wrong_at(place, shape, value), words=looking.in_words(shape, value), **inside,
        )  # fmt: skip

    def _fields(self, part: raw.Raw, kind: type[Any], place: str) -> Iterator[FieldView]:
        for name, shape in shape_of(kind).items():
            yield self.field(part, kind, shape, f"{place}/{name}")

    def _rows(self, rows: list[raw.Raw], kind: type[Any], place: str) -> Iterator[RowView]:
        for rank, (part, row) in enumerate(zip(places.of_rows(rows, kind), rows, strict=True)):
            here = f"{place}/{part}"
            wrong = sum(each.place == here or each.place.startswith(here + "/") for each in self.wrongs)
            is_open = not is_big(kind) or here in self.opened
            yield RowView(
                place=here, title=summary.of_row(kind, row), is_open=is_open, wrong=wrong, is_first=rank == 0,
                fields=tuple(self._fields(row, kind, here)) if is_open else (), is_last=rank == len(rows) - 1,
            )  # fmt: skip

    def _wrong_at(self, place: str, shape: FieldShape, value: raw.Raw) -> str:
        """What is wrong with the value itself; else what does not hold with the rest of the protocol."""
        own = looking.wrong_with(shape, value) if shape.kind not in ("record", "rows") else ""
        return own or next((f"{each.message} ({each.code})" for each in self.wrongs if each.place == place), "")


def is_big(kind: type[Any]) -> bool:
    shapes = shape_of(kind)
    return len(shapes) > _BIG or any(shape.kind in ("rows", "record") for shape in shapes.values())
