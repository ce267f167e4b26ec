"""REDCap data dictionary (CSV, eighteen columns). What they do not say goes into the field annotation, as an action tag
of ours that other software passes over."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import re
from decimal import Decimal, InvalidOperation
from typing import Final

from maillon.formats.questionnaire import branching
from maillon.formats.questionnaire.model import Choice, Group, Kind, Question, Questionnaire
from maillon.formats.questionnaire.plain import as_text, beside, completed
from maillon.formats.questionnaire.rules import (
    Came,
    Carried,
    Rules,
    as_question,
    form_code,
    losses_of,
    slug,
)
from maillon.formats.refusal import Refused

COLUMNS: Final = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
NAME, FORM, SECTION, TYPE, LABEL, CHOICES, NOTE, VALIDATION, LEAST, MOST = COLUMNS[:10]
IF, REQUIRED, ANNOTATION = COLUMNS[11], COLUMNS[12], COLUMNS[17]
_SILENT: Final = (COLUMNS[10], *COLUMNS[13:17])
_OURS: Final = re.compile(r"@MAILLON(?P<of>-\w+)?='(?P<text>[^']*)'")
_TYPES: Final[dict[Kind, tuple[str, str]]] = {
    "choix": ("radio", ""), "cases": ("checkbox", ""), "oui_non": ("radio", ""), "entier": ("text", "integer"),
    "decimal": ("text", "number"), "ligne": ("text", ""), "texte": ("notes", ""), "date": ("text", "date_dmy"),
    "heure": ("text", "time"), "affiche": ("descriptive", ""), "calcul": ("calc", ""),
}  # fmt: skip
_KINDS: Final[dict[tuple[str, str], Kind]] = {
    **{told: kind for kind, told in _TYPES.items() if kind != "oui_non"},
    ("dropdown", ""): "choix", ("yesno", ""): "oui_non", ("text", "date_ymd"): "date", ("text", "date_mdy"): "date",
    ("text", "number_2dp"): "decimal", ("text", "number_1dp"): "decimal",
}  # fmt: skip
_BARS: Final = re.compile(r"\|")  # between two answers
_OTHER_WRITINGS: Final = {"date_ymd", "date_mdy", "number_2dp", "number_1dp"}
Row = dict[str, str]


# ------------------------------------------------------------------------------------------------ out


def write_redcap(asked: Questionnaire, rules: Rules) -> tuple[bytes, Carried]:
    rows, carried = as_rows(asked, rules)
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode(), carried


def as_rows(asked: Questionnaire, rules: Rules) -> tuple[list[Row], Carried]:
    losses = ["Les exemples du questionnaire, qui sont ses tests, ne sont pas portés."] if asked.exemples else []
    if any(question.calcul for question in asked.questions()):
        losses.append("Ailleurs, un calcul compte une réponse qui manque comme « non » ou comme rien.")
    names = {question.code: question for question in asked.questions()}
    rows: list[Row] = []
    for group in asked.groupes:
        inside = [_row(asked, question, names, rules, losses) for question in group.questions]
        if inside:
            inside[0] |= _header(group, inside[0], losses, is_first=not rows)
        rows += inside
    more = beside(asked, _read_head(rows[0]), apart=("exemples", "groupes")) if rows else {}
    if more:
        rows[0][ANNOTATION] = _tagged(rows[0][ANNOTATION], "-QUESTIONNAIRE", more)
    return rows, Carried(tuple(losses))


def _header(group: Group, first: Row, losses: list[str], *, is_first: bool) -> Row:
    """A section goes on until the next header: questions that stand by themselves after one stay under it there."""
    made: Row = {SECTION: group.titre}
    native = _native_group(group.titre, is_first=is_first)
    more = beside(group, native or Group(()), apart=("questions",))
    if native is None and not more:
        more = {"titre": ""}
    losses += losses_of(group.titre or "Questions sans titre", list(more), condition_is_said=False)
    return made | {ANNOTATION: _tagged(first[ANNOTATION], "-GROUPE", more) if more else first[ANNOTATION]}


def _row(
    asked: Questionnaire, question: Question, names: dict[str, Question], rules: Rules, losses: list[str]
) -> Row:
    kind, validation = ("yesno", "") if question.genre == "oui_non" and not question.choix else _TYPES[question.genre]
    row: Row = {
        NAME: question.code,
        FORM: asked.code.lower().replace("-", "_"),
        TYPE: "dropdown" if question.presentation == "liste" else kind,
        LABEL: question.texte,
        CHOICES: _choices(question, names, rules),
        NOTE: question.aide,
        VALIDATION: validation,
        LEAST: "" if question.min is None else f"{question.min:f}",
        MOST: "" if question.max is None else f"{question.max:f}",
        IF: branching.written(rules.get(question.visible_si), names) if question.visible_si else "",
        REQUIRED: "y" if question.obligatoire else "",
        ANNOTATION: "",
    }
    more = beside(question, _native(row, asked.code, names, []))
    silent = [name for name in more if name != "calcul" or row[CHOICES] == "''"]
    losses += losses_of(question.texte, silent, condition_is_said=bool(row[IF]))
    return row | {ANNOTATION: _tagged("", "", more) if more else ""}


def _choices(question: Question, names: dict[str, Question], rules: Rules) -> str:
    if question.calcul is not None:
        return branching.calculation(question.calcul, names, rules)
    return " | ".join(f"{each.code}, {_BARS.sub('/', each.dire)}" for each in question.choix)


def _tagged(before: str, of: str, more: dict[str, object]) -> str:
    return f"{before} @MAILLON{of}='{as_text(more)}'".strip()


# ------------------------------------------------------------------------------------------------ in


def read_redcap(data: bytes) -> Came:
    """One instrument. Raises Refused: E-QST-33 (not a dictionary, or something that cannot be asked here), E-QST-30."""
    rows = _read_rows(data)
    forms = dict.fromkeys(row[FORM] for row in rows)
    if len(forms) > 1:
        raise Refused("E-QST-33", f"Ce dictionnaire a {len(forms)} formulaires\u202f: importez-les un par un.")
    came = Came(_read_head(rows[0]))
    tags = _tags(rows[0])
    if "-QUESTIONNAIRE" in tags:
        came.asked = completed(came.asked, tags["-QUESTIONNAIRE"])
    names: dict[str, Question] = {}
    groups: list[tuple[Group, list[Question]]] = []
    codes: set[str] = set()
    for row in rows:
        group = _begun(row, codes, is_first=not groups)
        if group is not None or not groups:
            groups.append((group or Group(()), []))
        groups[-1][1].append(_read(row, came, names))
    came.asked = dataclasses.replace(
        came.asked, groupes=tuple(dataclasses.replace(group, questions=tuple(held)) for group, held in groups)
    )
    return came


def _read_rows(data: bytes) -> list[Row]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("E-QST-33", "Ce dictionnaire n’est pas un texte UTF-8.") from None
    first = text.partition("\n")[0]
    comma = ";" if first.count(";") > first.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=comma)
    missing = [name for name in (NAME, FORM, TYPE, LABEL) if name not in (reader.fieldnames or ())]
    if missing:
        told = f"il manque la colonne «\u202f{missing[0]}\u202f»"
        raise Refused("E-QST-33", f"Ce n’est pas un dictionnaire REDCap\u202f: {told}.")
    try:
        rows = [{name: row.get(name) or "" for name in COLUMNS} for row in reader]
    except csv.Error:
        raise Refused("E-QST-33", "Ce dictionnaire n’est pas un CSV lisible.") from None
    if not rows:
        raise Refused("E-QST-33", "Ce dictionnaire n’a aucune question.")
    return rows


def _read_head(row: Row) -> Questionnaire:
    form = row.get(FORM, "")
    return Questionnaire(
        code=form_code(form or "QUESTIONNAIRE"), version="1", titre=form.replace("_", " ").capitalize(), sert_a="",
        type="34120-6", source="", provenance="local", auteurs=(), groupes=(),
    )  # fmt: skip


def _begun(row: Row, codes: set[str], *, is_first: bool) -> Group | None:
    """The group that begins at this row; None: it goes on."""
    more = _tags(row).get("-GROUPE")
    group = _native_group(row[SECTION], is_first=is_first)
    if more:
        return completed(group or Group(()), more)
    return dataclasses.replace(group, code=slug(group.code, codes, first="g")) if group and group.titre else group


def _native_group(title: str, *, is_first: bool) -> Group | None:
    if title:
        return Group((), code=slug(title, set(), first="g"), titre=title)
    return Group(()) if is_first else None


def _read(row: Row, came: Came, names: dict[str, Question]) -> Question:
    remarks: list[str] = []
    question = _native(row, came.asked.code, names, remarks)
    tag = _tags(row).get("")
    if tag:
        question = completed(question, tag)
    else:
        came.remarks += remarks
        if question.genre == "calcul":
            came.remarks.append(f"{_told(row)}\u202f: le calcul n’est pas repris, la question est à remplir.")
            question = dataclasses.replace(question, genre="decimal")
    annotation = _OURS.sub("", row[ANNOTATION]).strip()
    if annotation:
        came.remarks.append(f"{_told(row)}\u202f: l’annotation «\u202f{annotation}\u202f» n’est pas reprise.")
    for name in _SILENT:
        if row[name]:
            came.remarks.append(f"{_told(row)}\u202f: la colonne «\u202f{name}\u202f» n’est pas reprise.")
    names[row[NAME]] = question
    return question


def _native(row: Row, form: str, names: dict[str, Question], remarks: list[str]) -> Question:
    kind, validation = row[TYPE], row[VALIDATION]
    genre = _KINDS.get((kind, validation))
    if genre is None:
        told = " ".join(part for part in (kind, validation) if part)
        raise Refused("E-QST-33", f"{_told(row)}\u202f: le type «\u202f{told}\u202f» n’est pas repris.")
    if validation in _OTHER_WRITINGS:
        remarks.append(f"{_told(row)}\u202f: l’écriture «\u202f{validation}\u202f» n’est pas reprise.")
    code = slug(row[NAME], set())
    return Question(
        code=code, texte=row[LABEL], genre=genre, aide=row[NOTE], obligatoire=row[REQUIRED].lower() == "y",
        choix=_options(row) if genre in ("choix", "cases") else (), min=_bound(row, LEAST, remarks),
        max=_bound(row, MOST, remarks), visible_si=_condition(row, form, names, remarks),
        presentation="liste" if kind == "dropdown" else "boutons", lien=row[NAME] if row[NAME] != code else "",
    )  # fmt: skip


def _options(row: Row) -> tuple[Choice, ...]:
    found = []
    for part in row[CHOICES].split("|"):
        code, comma, label = part.strip().partition(",")
        if not comma or not re.fullmatch(r"[A-Za-z0-9_.-]{1,30}", code.strip()):
            told = f"la réponse «\u202f{part.strip()}\u202f» n’est pas «\u202fcode, libellé\u202f»"
            raise Refused("E-QST-33", f"{_told(row)}\u202f: {told}.")
        found.append(Choice(code.strip(), label.strip()))
    return tuple(found)


def _bound(row: Row, name: str, remarks: list[str]) -> Decimal | None:
    if not row[name]:
        return None
    with contextlib.suppress(InvalidOperation):
        if (bound := Decimal(row[name])).is_finite():
            return bound
    remarks.append(f"{_told(row)}\u202f: la borne «\u202f{row[name]}\u202f» n’est pas reprise.")
    return None


def _condition(row: Row, form: str, names: dict[str, Question], remarks: list[str]) -> str:
    text = row[IF]
    rule = branching.read(text, names) if text else None
    if text and rule is None:
        remarks.append(f"{_told(row)}\u202f: sa condition «\u202f{text}\u202f» n’est pas reprise.")
    return as_question(form, rule) if rule is not None else ""


def _tags(row: Row) -> dict[str, str]:
    return {found["of"] or "": found["text"] for found in _OURS.finditer(row.get(ANNOTATION, ""))}


def _told(row: Row) -> str:
    return f"«\u202f{row[LABEL] or row[NAME]}\u202f»"


__all__ = ["COLUMNS", "read_redcap", "write_redcap"]
