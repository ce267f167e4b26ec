"""Questionnaires that leave and arrive, in the shapes of other software."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import orjson

from maillon.formats.fhir.read_json import read_json
from maillon.formats.questionnaire import fhir, redcap, xlsform
from maillon.formats.questionnaire.model import Questionnaire
from maillon.formats.questionnaire.response import Said, Signed, read_response, write_response
from maillon.formats.questionnaire.rules import Came, Carried, Operator, Rule, Rules, Test
from maillon.forms.checking import mistakes
from maillon.forms.responses import ResponseView
from maillon.forms.written import as_yaml
from maillon.questions import api as questions

syntax = questions.syntax

__all__ = [
    "FILES",
    "READERS",
    "WRITERS",
    "arrived",
    "as_fhir",
    "as_json",
    "as_redcap",
    "as_xlsform",
    "as_yaml",
    "losses",
    "read_response",
    "response_as_fhir",
    "rule_of",
    "rules_of",
    "shape_of",
]


def rules_of(asked: Questionnaire) -> Rules:
    """Every condition of the questionnaire, as far as tests joined by « et » or by « ou » say it."""
    texts = [group.visible_si for group in asked.groupes]
    for question in asked.questions():
        texts.append(question.visible_si)
        if question.calcul is not None:
            texts.append(question.calcul.si)
    return {text: rule_of(text) for text in texts if text}


def rule_of(text: str) -> Rule | None:
    expression = questions.read_question(text)
    if isinstance(expression, syntax.Junction):
        tests = [_test(part) for part in expression.parts]
        known = tuple(test for test in tests if test is not None)
        return Rule(known, is_any=expression.name == "ou") if len(known) == len(tests) else None
    test = _test(expression)
    return Rule((test,)) if test is not None else None


def as_fhir(asked: Questionnaire) -> tuple[dict[str, Any], Carried]:
    return fhir.write_questionnaire(asked, rules_of(asked))


def as_xlsform(asked: Questionnaire) -> tuple[bytes, Carried]:
    return xlsform.write_xlsform(asked, rules_of(asked))


def as_redcap(asked: Questionnaire) -> tuple[bytes, Carried]:
    return redcap.write_redcap(asked, rules_of(asked))


def _test(expression: questions.Expression) -> Test | None:
    if isinstance(expression, syntax.Known) and isinstance(expression.of, syntax.Series):
        item = _item(expression.of)
        return Test(item, "exists") if item and "/" not in item else None
    if not isinstance(expression, syntax.Comparison):
        return None
    operator: Operator = expression.operator
    left, right = expression.left, expression.right
    if isinstance(left, syntax.Series) and isinstance(right, syntax.Text):
        item = _item(left)
        return Test(item, operator, right.value) if item else None
    if isinstance(left, syntax.Of) and left.name == "dernier" and isinstance(right, syntax.Number):
        item = _item(left.series)
        return Test(item, operator, Decimal(right.value)) if item and not right.unit else None
    return None


def _item(series: Any) -> str:
    """`item` or `item/choix` of an answer, whenever it was given; empty for anything else."""
    if series.kind is not questions.Kind.ANSWER or series.window is not None or len(series.codes) != 1:
        return ""
    return str(series.codes[0].partition("/")[2])


def losses(asked: Questionnaire) -> dict[str, tuple[str, ...]]:
    """What only we would read of it, for each other shape."""
    rules = rules_of(asked)
    return {
        "fhir": fhir.write_questionnaire(asked, rules)[1].losses,
        "xlsform": xlsform.as_sheets(asked, rules)[1].losses,
        "redcap": redcap.as_rows(asked, rules)[1].losses,
    }


# ------------------------------------------------------------------------------------------------ arriving

READERS: Final[dict[str, Callable[[bytes], Came]]] = {
    "fhir": lambda data: fhir.read_questionnaire(read_json(data)),
    "xlsform": xlsform.read_xlsform,
    "redcap": redcap.read_redcap,
}
WRITERS: Final[dict[str, Callable[[Questionnaire], tuple[bytes, Carried]]]] = {
    "fhir": lambda asked: _as_bytes(*as_fhir(asked)),
    "xlsform": as_xlsform,
    "redcap": as_redcap,
}
FILES: Final = {"fhir": ".json", "xlsform": ".xlsx", "redcap": ".csv"}


def shape_of(name: str) -> str:
    """From the ending of a file's name; empty for any other."""
    return next((shape for shape, ending in FILES.items() if name.lower().endswith(ending)), "")


def arrived(data: bytes, shape: str) -> Came:
    """The questionnaire, and what of it could not be taken over; what it still lacks to be asked is said as well.
    Raises Refused."""
    came = READERS[shape](data)
    came.remarks += [f"À compléter\u202f: {mistake.message}." for mistake in mistakes(came.asked)]
    return came


def response_as_fhir(view: ResponseView, *, patient_id: str) -> dict[str, Any]:
    """A signed response as a FHIR QuestionnaireResponse."""
    said = {
        code: Said(text=line.value.text, number=line.value.number, codes=line.value.codes)
        for code, line in view.sheet.lines.items()
        if line.stands and line.value is not None
    }
    status = "entered-in-error" if view.replaced_at else "amended" if view.replaces else "completed"
    signed = Signed(
        resource_id=str(view.uuid), patient_id=patient_id, author=view.author, at=view.signed_at or view.saved_at,
        status=status, is_by_patient=view.is_for_patient,
    )  # fmt: skip
    return write_response(view.asked, said, signed)


def as_json(resource: dict[str, Any]) -> bytes:
    return orjson.dumps(resource, default=_number, option=orjson.OPT_INDENT_2)


def _as_bytes(resource: dict[str, Any], carried: Carried) -> tuple[bytes, Carried]:
    return as_json(resource), carried


def _number(value: Any) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(type(value).__name__)
    return int(value) if value == value.to_integral_value() else float(value)
