"""`enableWhen` of FHIR, and conditions of ours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from maillon.formats.fhir.datatypes import Resource
from maillon.formats.questionnaire.fhir_parts import Items, Taken
from maillon.formats.questionnaire.model import NO, YES, Question
from maillon.formats.questionnaire.rules import Operator, Rule, Rules, Test, as_question, is_boolean

_OPERATORS: Final[dict[str, Operator]] = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def written(text: str, names: dict[str, Question], rules: Rules) -> Resource:
    """Nothing when the condition cannot be said so: our own extension then holds it."""
    rule = rules.get(text) if text else None
    if rule is None:
        return {}
    tests = [_written(test, names) for test in rule.tests]
    if None in tests:
        return {}
    made: Resource = {"enableWhen": tests}
    if len(tests) > 1:
        made["enableBehavior"] = "any" if rule.is_any else "all"
    return made


def _written(test: Test, names: dict[str, Question]) -> Resource | None:
    code, _, choice = test.item.partition("/")
    question = names[code]
    asked = {"question": question.lien or question.code, "operator": test.operator}
    if test.operator == "exists":
        return asked | {"answerBoolean": True}
    if choice:  # a box, ticked or not
        is_ticked = (test.value == YES) == (test.operator == "=")
        option = next((each for each in question.choix if each.code == choice), None)
        if option is None or test.value not in (YES, NO):
            return None
        return asked | {"operator": "=" if is_ticked else "!=", "answerCoding": _coding(option.systeme, option.code)}
    return _of_a_value(asked, question, test)


def _of_a_value(asked: Resource, question: Question, test: Test) -> Resource | None:
    if isinstance(test.value, Decimal):
        if not question.is_number:
            return None  # points of a choice: no element compares them
        is_integer = question.genre == "entier" and test.value == test.value.to_integral_value()
        return asked | ({"answerInteger": int(test.value)} if is_integer else {"answerDecimal": test.value})
    if is_boolean(question):
        return asked | {"answerBoolean": test.value == YES} if test.value in (YES, NO) else None
    if question.options:
        option = next((each for each in question.options if each.code == test.value), None)
        return asked | {"answerCoding": _coding(option.systeme, option.code)} if option else None
    return asked | {"answerString": test.value}


def _coding(system: str, code: str) -> Resource:
    return {"system": system, "code": code} if system else {"code": code}


def read(taken: Taken, form: str, items: Items) -> str:
    """In the question language; empty, with a remark, when it names what is not known or says what we cannot."""
    said = taken.objects("enableWhen")
    is_any = taken.pop("enableBehavior") == "any"
    tests = [_read(each, items) for each in said]
    if not tests:
        return ""
    if None in tests:
        taken.remark("sa condition d’affichage n’est pas reprise")
        return ""
    return as_question(form, Rule(tuple(test for test in tests if test is not None), is_any=is_any and len(tests) > 1))


def _read(said: Resource, items: Items) -> Test | None:
    question = items.by_link.get(str(said.get("question")))
    operator = str(said.get("operator"))
    answers = {name: value for name, value in said.items() if name.startswith("answer")}
    if question is None or len(answers) != 1:
        return None
    (name, value), = answers.items()
    if operator == "exists":
        return Test(question.code, "exists") if value is True else None
    known_operator = _OPERATORS.get(operator)
    return _test(question, known_operator, name, value) if known_operator else None


def _test(question: Question, operator: Operator, name: str, value: Any) -> Test | None:
    if name == "answerBoolean":
        return Test(question.code, operator, YES if value else NO)
    if name == "answerCoding":
        code = str(value.get("code", ""))
        if question.genre == "cases":
            return Test(f"{question.code}/{code}", "=", YES if operator == "=" else NO)
        return Test(question.code, operator, code)
    if name in ("answerInteger", "answerDecimal"):
        return Test(question.code, operator, value if isinstance(value, Decimal) else Decimal(str(value)))
    return Test(question.code, operator, value) if name == "answerString" and '"' not in value else None
