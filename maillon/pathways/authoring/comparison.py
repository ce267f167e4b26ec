"""What changes between two texts of a protocol, said in French: « Délai de l’alerte HBA1C : 28 jours → 14 jours ».

Rows that have a name are compared by it; the others, by what they say. Asked of texts as they stand: a draft with
mistakes is compared like the rest.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from maillon.access import api as access_room
from maillon.kernel.content import ContentError
from maillon.kernel.key import Actor
from maillon.pathways.authoring import library, versions
from maillon.pathways.editing import choosing, looking, raw, summary, typing_in
from maillon.pathways.editing.schema import FieldShape, named_by, root, shape_of
from maillon.pathways.editing.sections import section_of
from maillon.pathways.editing.words import VALUES, WORDS, label_of
from maillon.pathways.models import ProtocolVersion

MODEL: Final = "modele"
Sort = Literal["changed", "added", "removed", "moved"]
# A key as a thing that has changed, where its label on the page is a question or a verb.
_NOUNS: Final = {
    "tous_les": "Rythme", "a": "Début", "depuis": "Origine", "des_que": "Déclenchement", "jusqu_a": "Fin",
    "quoi": "Intitulé", "qui": "Professions",
    "fenetre": "Délai avant retard", "ouvre": "Ouverture", "comment": "Manière", "ou": "Lieu",
    "fait_quand": "Preuve", "condition": "Condition", "si": "Condition", "sur": "Déclencheur", "dire": "Texte",
    "prevenir": "Destinataire", "aussi": "Autres destinataires", "apres": "Délai", "vers": "Suite", "id": "Repère",
    "conduite": "Conduite convenue", "sauf": "Autres rythmes", "escalade": "Relais", "cellules": "Cellules",
    "oui": "Suite si oui", "non": "Suite si non", "inconnu": "Suite si l’on ne sait pas", "sous": "Délai de réponse",
    "au_moins": "Nombre minimal", "par": "Décideur", "information": "Information du patient",
    "avis_medical": "Avis médical et sortie", "relu_le": "Date de vérification", "professions": "Professions",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`what`: « Délai de l’alerte HBA1C ». `before` and `after` are empty when there was, or is, nothing."""

    sort: Sort
    section: str
    place: str
    what: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        narrow = "\u202f"
        match self.sort:
            case "added":
                return f"{self.what}, ajouté{narrow}: {self.after}"
            case "removed":
                return f"{self.what}, retiré{narrow}: {self.before}"
            case "moved":
                return f"{self.what}{narrow}: {self.after}"
        return f"{self.what}{narrow}: {self.before or 'rien'} → {self.after or 'rien'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    present: library.VersionLine
    former: str  # « la version 1, en vigueur », « le modèle DIAB-01 »
    changes: tuple[Change, ...]


def compare(actor: Actor, uuid: UUID, *, against: str = "") -> Comparison:
    """With the model that it copies (`MODEL`), else with the version before it; the first one, with the model. Raises
    AccessDenied when there is nothing to compare with."""
    version = versions.version_for(actor, uuid)
    former = None if against == MODEL else former_of(version)
    if former is not None:
        name, text = f"la version {former.number}, {former.get_state_display().lower()}", former.text
    elif version.copied_from:
        name, text = f"le modèle {version.copied_from}", library.text_of_model(version.copied_from)
    else:
        raise access_room.AccessDenied
    changes = differences(_said(text), _said(version.text))
    return Comparison(present=library.line_of(version), former=name, changes=changes)


def former_of(version: ProtocolVersion) -> ProtocolVersion | None:
    known = ProtocolVersion.objects.filter(structure_id=version.structure_id, code=version.code)
    return known.filter(number__lt=version.number).order_by("-number").first()


def differences(before: dict[str, raw.Raw], after: dict[str, raw.Raw]) -> tuple[Change, ...]:
    return tuple(_Reading(before, after).of_table(before, after, root(), "", ""))


class _Reading:
    """Two texts side by side: the words of each value come from the text that bears it."""

    def __init__(self, before: dict[str, raw.Raw], after: dict[str, raw.Raw]) -> None:
        self.before, self.after = before, after

    def of_table(self, old: raw.Raw, new: raw.Raw, kind: type[Any], place: str, of: str) -> Iterator[Change]:
        """`of`: « de l’alerte HBA1C », for what stands in a row."""
        old, new = _table(old), _table(new)
        for name, shape in shape_of(kind).items():
            if old.get(name) != new.get(name):
                here = f"{place}/{name}" if place else name
                yield from self._of_field(old.get(name), new.get(name), kind, shape, here, of)

    def _of_field(
        self, old: raw.Raw, new: raw.Raw, kind: type[Any], shape: FieldShape, place: str, of: str
    ) -> Iterator[Change]:
        if shape.kind == "record" and shape.of is not None:
            yield from self.of_table(old, new, shape.of, place, of or f"{WORDS[shape.of].of}")
        elif shape.kind == "rows" and shape.of is not None:
            what = " ".join(part for part in (_noun(kind, shape.name), of) if part)
            yield from self._of_rows(_rows(old), _rows(new), shape.of, place, what, of)
        else:
            was, now = self._words(self.before, kind, shape, old), self._words(self.after, kind, shape, new)
            if was != now:
                what = " ".join(part for part in (_noun(kind, shape.name), of) if part)
                yield _change("changed", place, what, was, now)

    def _of_rows(
        self, old: list[raw.Raw], new: list[raw.Raw], kind: type[Any], place: str, what: str, of: str
    ) -> Iterator[Change]:
        if named_by(kind) and len({*_names(old, kind)}) == len(old) and len({*_names(new, kind)}) == len(new):
            yield from self._of_named(dict(zip(_names(old, kind), old, strict=True)),
                                      dict(zip(_names(new, kind), new, strict=True)), kind, place, what)  # fmt: skip
            return
        marks = [[json.dumps(row, sort_keys=True) for row in rows] for rows in (old, new)]
        for sort, i, j, k, m in difflib.SequenceMatcher(a=marks[0], b=marks[1], autojunk=False).get_opcodes():
            if sort == "replace" and j - i == m - k:
                for rank in range(j - i):
                    yield from self._of_pair(old[i + rank], new[k + rank], kind, f"{place}/{k + rank}.{len(new)}", what)
            elif sort != "equal":
                yield from (_change("removed", place, what, summary.of_row(kind, row), "") for row in old[i:j])
                yield from (_change("added", place, what, "", summary.of_row(kind, row)) for row in new[k:m])

    def _of_pair(self, old: raw.Raw, new: raw.Raw, kind: type[Any], place: str, what: str) -> Iterator[Change]:
        """Two rows without a name that stand in the same place: by their parts when they begin alike."""
        said = [_lead(row) for row in (old, new)]
        if said[0] and said[0] == said[1]:
            yield from self.of_table(old, new, kind, place, f"{WORDS[kind].of} « {said[1]} »")
        elif (was := summary.of_row(kind, old)) != (now := summary.of_row(kind, new)):
            yield _change("changed", place, what, was, now)
        else:
            yield from self.of_table(old, new, kind, place, f"({what})")

    def _of_named(
        self, old: dict[str, raw.Raw], new: dict[str, raw.Raw], kind: type[Any], place: str, what: str
    ) -> Iterator[Change]:
        for name, row in old.items():
            if name not in new:
                yield _change("removed", place, what, summary.of_row(kind, row), "")
        for name, row in new.items():
            if name not in old:
                yield _change("added", f"{place}/{name}", what, "", summary.of_row(kind, row))
            else:
                yield from self.of_table(old[name], row, kind, f"{place}/{name}", f"{WORDS[kind].of} {name}")
        kept = [[name for name in rows if name in other] for rows, other in ((old, new), (new, old))]
        if kept[0] != kept[1]:
            order = f"Ordre, {what[:1].lower()}{what[1:]}"
            yield _change("moved", place, order, ", ".join(kept[0]), ", ".join(kept[1]))

    def _words(self, said: dict[str, raw.Raw], kind: type[Any], shape: FieldShape, value: raw.Raw) -> str:
        if value in (None, "", [], {}):
            return ""
        if shape.kind in ("question", "series"):
            return looking.in_words(shape, value) or str(value)
        choices = choosing.choices_of(said, kind, shape) or {}
        if isinstance(value, list):
            return ", ".join(choices.get(str(each), str(each)) for each in value)
        if shape.kind == "flag":
            return VALUES.get(str(value), str(value))
        return choices.get(str(value)) or typing_in.typed_of(shape, value)


def _change(sort: Sort, place: str, what: str, before: str, after: str) -> Change:
    return Change(sort=sort, section=section_of(place), place=place, what=what, before=before, after=after)


def _noun(kind: type[Any], name: str) -> str:
    return _NOUNS.get(name) or label_of(kind, name)


def _lead(row: raw.Raw) -> str:
    said = _table(row)
    return next((str(said[key]) for key in ("dire", "titre", "libelle") if isinstance(said.get(key), str)), "")


def _table(value: raw.Raw) -> dict[str, raw.Raw]:
    return value if isinstance(value, dict) else {}


def _rows(value: raw.Raw) -> list[raw.Raw]:
    return value if isinstance(value, list) else []


def _names(rows: list[raw.Raw], kind: type[Any]) -> list[str]:
    return [str(_table(row).get(named_by(kind)) or "") for row in rows]


def _said(text: str) -> dict[str, raw.Raw]:
    try:
        return raw.values(text)
    except ContentError:
        return {}
