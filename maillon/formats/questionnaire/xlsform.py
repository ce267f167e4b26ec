"""XLSForm (https://xlsform.org/en/ref-table/): the sheets survey, choices and settings. What they do not say goes into
a column of ours, `maillon`, which other software passes over."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from maillon.formats.questionnaire import xpath
from maillon.formats.questionnaire.model import Choice, Group, Kind, Question, Questionnaire
from maillon.formats.questionnaire.plain import as_text, beside, completed
from maillon.formats.questionnaire.rules import (
    Came,
    Carried,
    Rules,
    as_question,
    form_code,
    is_boolean,
    losses_of,
    slug,
)
from maillon.formats.questionnaire.workbook import Row, Sheets, read_workbook, write_workbook
from maillon.formats.refusal import Refused

OURS: Final = "maillon"
SURVEY: Final = (
    "type", "name", "label", "hint", "required", "relevant", "constraint", "calculation", "appearance", OURS,
)  # fmt: skip
CHOICES: Final = ("list_name", "name", "label", "points")
SETTINGS: Final = ("form_title", "form_id", "version", "default_language", OURS)
TYPES: Final[dict[Kind, str]] = {
    "entier": "integer", "decimal": "decimal", "ligne": "text", "texte": "text", "date": "date", "heure": "time",
    "affiche": "note", "calcul": "calculate",
}  # fmt: skip
KINDS: Final[dict[str, Kind]] = {
    "integer": "entier", "int": "entier", "decimal": "decimal", "text": "ligne", "date": "date", "time": "heure",
    "note": "affiche", "calculate": "calcul",
}  # fmt: skip
YES_NO: Final = "oui_non"
_YES_NO_ROWS: Final = (("oui", "Oui"), ("non", "Non"))
_META: Final = frozenset({"start", "end", "today", "deviceid", "username", "phonenumber", "audit"})


# ------------------------------------------------------------------------------------------------ out


def write_xlsform(asked: Questionnaire, rules: Rules) -> tuple[bytes, Carried]:
    sheets, carried = as_sheets(asked, rules)
    return write_workbook({"survey": (SURVEY, sheets["survey"]), "choices": (CHOICES, sheets["choices"]),
                           "settings": (SETTINGS, sheets["settings"])}), carried  # fmt: skip


def as_sheets(asked: Questionnaire, rules: Rules) -> tuple[Sheets, Carried]:
    losses = ["Les exemples du questionnaire, qui sont ses tests, ne sont pas portés."] if asked.exemples else []
    if any(question.calcul for question in asked.questions()):
        losses.append("Ailleurs, un calcul compte une réponse qui manque comme « non » ou comme rien.")
    names = {question.code: question for question in asked.questions()}
    survey: list[Row] = []
    for group in asked.groupes:
        rows = [_row(question, names, rules, losses, asked.code) for question in group.questions]
        survey += [_begin(group, names, rules, losses, asked.code), *rows, {"type": "end group"}] if _is_framed(
            group
        ) else rows
    settings: Row = {"form_title": asked.titre, "form_id": asked.code, "version": asked.version}
    settings["default_language"] = "fr"
    more = beside(asked, _read_settings(settings), apart=("exemples", "groupes"))
    settings[OURS] = as_text(more) if more else ""
    return {"survey": survey, "choices": list(_choices(asked)), "settings": [settings]}, Carried(tuple(losses))


def _is_framed(group: Group) -> bool:
    return bool(group.titre or group.code)


def _begin(group: Group, names: dict[str, Question], rules: Rules, losses: list[str], form: str) -> Row:
    row: Row = {"type": "begin group", "name": group.code, "label": group.titre, "hint": group.aide}
    row["relevant"] = xpath.written(rules.get(group.visible_si), names) if group.visible_si else ""
    more = beside(group, _native_group(row, form, names, []), apart=("questions",))
    losses += losses_of(group.titre, list(more), condition_is_said=bool(row["relevant"]))
    return row | ({OURS: as_text(more)} if more else {})


def _row(question: Question, names: dict[str, Question], rules: Rules, losses: list[str], form: str) -> Row:
    row: Row = {
        "type": _type(question),
        "name": question.code,
        "label": question.texte,
        "hint": question.aide,
        "required": "yes" if question.obligatoire else "",
        "relevant": xpath.written(rules.get(question.visible_si), names) if question.visible_si else "",
        "constraint": xpath.constraint(question),
        "calculation": xpath.calculation(question.calcul, names, rules) if question.calcul else "",
        "appearance": {"texte": "multiline"}.get(question.genre, "minimal" if question.presentation == "liste" else ""),
    }
    lists = {question.code: question.choix}
    more = beside(question, _native(row, lists, form, names, []))
    silent = [name for name in more if name != "calcul" or row["calculation"] == "''"]
    losses += losses_of(question.texte, silent, condition_is_said=bool(row["relevant"]))
    return row | ({OURS: as_text(more)} if more else {})


def _type(question: Question) -> str:
    if is_boolean(question) and question.genre == "oui_non":
        return f"select_one {YES_NO}"
    if question.options:
        return f"{'select_multiple' if question.genre == 'cases' else 'select_one'} {question.code}"
    return TYPES[question.genre]


def _choices(asked: Questionnaire) -> Iterator[Row]:
    if any(is_boolean(each) and each.genre == "oui_non" for each in asked.questions()):
        for code, label in _YES_NO_ROWS:
            yield {"list_name": YES_NO, "name": code, "label": label}
    for question in asked.questions():
        for choice in question.choix:
            points = "" if choice.valeur is None else f"{choice.valeur:f}"
            yield {"list_name": question.code, "name": choice.code, "label": choice.dire, "points": points}


# ------------------------------------------------------------------------------------------------ in


def read_xlsform(data: bytes) -> Came:
    """Raises Refused: E-QST-32 (no such workbook, or something that cannot be asked here), E-QST-30."""
    return from_sheets(read_workbook(data))


def from_sheets(sheets: Sheets) -> Came:
    if "survey" not in sheets:
        raise Refused("E-QST-32", "Ce classeur n’a pas de feuille « survey »\u202f: ce n’est pas un XLSForm.")
    settings = next(iter(sheets.get("settings", [])), {})
    came = Came(_read_settings(settings))
    if settings.get(OURS):
        came.asked = completed(came.asked, settings[OURS])
    lists: dict[str, list[Choice]] = {}
    for row in sheets.get("choices", []):
        lists.setdefault(row.get("list_name", ""), []).append(_choice(row))
        _say_unknown(row, CHOICES, came.remarks)
    reading = _Reading(came, {name: tuple(held) for name, held in lists.items()})
    for row in sheets["survey"]:
        reading.take({name: value for name, value in row.items() if value})
    came.asked = dataclasses.replace(came.asked, groupes=reading.whole())
    return came


def _read_settings(row: Row) -> Questionnaire:
    title = row.get("form_title", "")
    return Questionnaire(
        code=form_code(row.get("form_id", "") or title or "QUESTIONNAIRE"), version=row.get("version", "") or "1",
        titre=title or row.get("form_id", "") or "Questionnaire", sert_a="", type="34120-6", source="",
        provenance="local", auteurs=(), groupes=(),
    )  # fmt: skip


class _Reading:
    """The rows of the survey, one after the other."""

    def __init__(self, came: Came, lists: dict[str, tuple[Choice, ...]]) -> None:
        self.came, self.lists = came, lists
        self.names: dict[str, Question] = {}
        self.groups: list[Group] = []
        self.open: Group | None = None
        self.questions: list[Question] = []

    def take(self, row: Row) -> None:
        kind = row.get("type", "").strip()
        if not kind or kind in _META:
            return
        if kind in ("begin group", "begin_group"):
            self._close()
            self.open = self._begun(row)
        elif kind in ("end group", "end_group"):
            self._close()
        elif kind.startswith(("begin", "end")):
            raise Refused("E-QST-32", f"«\u202f{kind}\u202f»\u202f: une répétition n’est pas reprise.")
        else:
            self._question(row)

    def whole(self) -> tuple[Group, ...]:
        self._close()
        return tuple(self.groups)

    def _begun(self, row: Row) -> Group:
        if self.open is not None:
            told = row.get("label", "")
            raise Refused("E-QST-32", f"«\u202f{told}\u202f»\u202f: un groupe dans un groupe n’est pas repris.")
        group = _native_group(row, self.came.asked.code, self.names, self.came.remarks)
        _say_unknown(row, SURVEY, self.came.remarks)
        return completed(group, row[OURS]) if OURS in row else group

    def _question(self, row: Row) -> None:
        remarks: list[str] = []
        question = _native(row, self.lists, self.came.asked.code, self.names, remarks)
        _say_unknown(row, SURVEY, self.came.remarks)
        if OURS in row:
            question = completed(question, row[OURS])
        else:
            self.came.remarks += remarks
            if question.genre == "calcul":
                self.came.remarks.append(f"«\u202f{question.code}\u202f»\u202f: le calcul n’est pas repris.")
                return
        self.names[row.get("name", "")] = question
        self.questions.append(question)

    def _close(self) -> None:
        if self.questions or self.open:
            self.groups.append(dataclasses.replace(self.open or Group(()), questions=tuple(self.questions)))
        self.open, self.questions = None, []


def _native_group(row: Row, form: str, names: dict[str, Question], remarks: list[str]) -> Group:
    return Group(
        (), code=slug(row.get("name", ""), set(), first="g"), titre=row.get("label", ""), aide=row.get("hint", ""),
        visible_si=_relevant(row, form, names, remarks),
    )  # fmt: skip


def _native(
    row: Row, lists: dict[str, tuple[Choice, ...]], form: str, names: dict[str, Question], remarks: list[str]
) -> Question:
    kind, _, of = row.get("type", "").partition(" ")
    name, label = row.get("name", ""), row.get("label", "")
    genre, choices = _genre(kind, of.strip(), lists, label or name)
    if genre == "ligne" and row.get("appearance") == "multiline":
        genre = "texte"
    bounds = xpath.read_constraint(row.get("constraint", ""))
    if bounds is None:
        remarks.append(f"«\u202f{label or name}\u202f»\u202f: sa contrainte n’est pas reprise.")
    least, most, longest = bounds or (None, None, None)
    is_list = genre == "choix" and row.get("appearance") == "minimal"
    return Question(
        code=slug(name, set()), texte=label, genre=genre, aide=row.get("hint", ""),
        obligatoire=row.get("required", "").lower() in ("yes", "true", "true()"), choix=choices, min=least, max=most,
        longueur=longest, visible_si=_relevant(row, form, names, remarks),
        presentation="liste" if is_list else "boutons",
    )  # fmt: skip


def _genre(
    kind: str, of: str, lists: dict[str, tuple[Choice, ...]], told: str
) -> tuple[Kind, tuple[Choice, ...]]:
    if kind == "select_one" and of == YES_NO:
        return "oui_non", ()
    if kind in ("select_one", "select_multiple"):
        if of not in lists:
            raise Refused("E-QST-32", f"«\u202f{told}\u202f»\u202f: la liste de réponses «\u202f{of}\u202f» manque.")
        return ("choix" if kind == "select_one" else "cases"), lists[of]
    if kind not in KINDS:
        raise Refused("E-QST-32", f"«\u202f{told}\u202f»\u202f: le type «\u202f{kind}\u202f» n’est pas repris.")
    return KINDS[kind], ()


def _relevant(row: Row, form: str, names: dict[str, Question], remarks: list[str]) -> str:
    text = row.get("relevant", "")
    if not text:
        return ""
    rule = xpath.read(text, names)
    if rule is None:
        told = row.get("label", "")
        remarks.append(f"«\u202f{told}\u202f»\u202f: sa condition «\u202f{text}\u202f» n’est pas reprise.")
        return ""
    return as_question(form, rule)


def _choice(row: Row) -> Choice:
    return Choice(row.get("name", ""), row.get("label", ""), _points(row))


def _points(row: Row) -> Decimal | None:
    said = row.get("points", "").strip()
    with contextlib.suppress(InvalidOperation):
        if not said or (points := Decimal(said.replace(",", "."))).is_finite():
            return points if said else None
    told = f"les points «\u202f{said}\u202f» ne sont pas un nombre"
    raise Refused("E-QST-32", f"«\u202f{row.get('label') or row.get('name', '')}\u202f»\u202f: {told}.")


def _say_unknown(row: Row, columns: tuple[str, ...], remarks: list[str]) -> None:
    for name in row:
        told = f"La colonne «\u202f{name}\u202f» n’est pas reprise."
        if name not in columns and told not in remarks:
            remarks.append(told)
