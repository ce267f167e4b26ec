"""Conditions and calculations as REDCap writes them ([name] = '1')."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from maillon.formats.questionnaire.model import NO, YES, Calculation, Question
from maillon.formats.questionnaire.rules import Operator, Rule, Rules, Test, is_boolean

_TEST: Final = re.compile(
    r"""\s*\[(?P<name>\w+)(?:\((?P<choice>[\w.-]+)\))?\]\s*(?P<operator><>|<=|>=|!=|=|<|>)\s*"""
    r"""(?:'(?P<text>[^']*)'|"(?P<quoted>[^"]*)"|(?P<number>-?\d+(?:\.\d+)?))\s*"""
)
_TRUE: Final = {YES: "1", NO: "0"}
_SAID: Final = {"1": YES, "0": NO}
_OPERATORS: Final[dict[str, Operator]] = {
    "=": "=", "<>": "!=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
}  # fmt: skip


def written(rule: Rule | None, names: dict[str, Question]) -> str:
    """Empty when it cannot be said so."""
    if rule is None:
        return ""
    told = [_written(test, names) for test in rule.tests]
    return (" or " if rule.is_any else " and ").join(told) if all(told) else ""


def _written(test: Test, names: dict[str, Question]) -> str:
    code, _, choice = test.item.partition("/")
    operator = "<>" if test.operator == "!=" else test.operator
    if test.operator == "exists":
        return f"[{code}] <> ''"
    if choice:
        return f"[{code}({choice})] {operator} '{_TRUE[str(test.value)]}'" if test.value in _TRUE else ""
    if isinstance(test.value, Decimal):
        return f"[{code}] {operator} {test.value:f}" if names[code].is_number else ""
    value = _TRUE.get(test.value, "") if is_boolean(names[code]) else test.value
    return f"[{code}] {operator} '{value}'" if value and "'" not in value else ""


def read(text: str, by_name: dict[str, Question]) -> Rule | None:
    """None when it says more than tests joined by « and », or by « or »."""
    is_any = " or " in text
    if is_any and " and " in text:
        return None
    tests = [_read(part, by_name) for part in re.split(r"\s+or\s+" if is_any else r"\s+and\s+", text.strip())]
    known = tuple(test for test in tests if test is not None)
    return Rule(known, is_any=is_any) if len(known) == len(tests) else None


def _read(text: str, by_name: dict[str, Question]) -> Test | None:
    found = _TEST.fullmatch(text)
    if not found or found["name"] not in by_name:
        return None
    question, operator = by_name[found["name"]], _OPERATORS[found["operator"]]
    said = found["text"] if found["text"] is not None else found["quoted"]
    if found["choice"]:
        ticked = _SAID.get(said if said is not None else found["number"])
        return Test(f"{question.code}/{found['choice']}", operator, ticked) if ticked else None
    if said == "":
        return Test(question.code, "exists") if operator == "!=" else None
    return _of_a_value(question, operator, said if said is not None else found["number"])


def _of_a_value(question: Question, operator: Operator, said: str) -> Test | None:
    if is_boolean(question):
        return Test(question.code, operator, _SAID[said]) if said in _SAID and operator in ("=", "!=") else None
    if question.is_number:
        return Test(question.code, operator, Decimal(said)) if re.fullmatch(r"-?\d+(?:\.\d+)?", said) else None
    return Test(question.code, operator, said) if operator in ("=", "!=") and '"' not in said else None


def calculation(made: Calculation, names: dict[str, Question], rules: Rules) -> str:
    """Another software has no « inconnu »: it counts nothing, or « non ». That is said."""
    if made.si:
        condition = written(rules.get(made.si), names)
        return f"if({condition}, 1, 0)" if condition else "''"
    if made.compte or made.parmi:
        counted = " + ".join(f"if([{code}] = '{_yes(names[code])}', 1, 0)" for code in made.reads)
        return counted if made.compte else f"if(({counted}) >= {made.au_moins}, 1, 0)"
    return (" + " if made.somme else " * ").join(_amount(names[code]) for code in made.reads)


def _yes(question: Question) -> str:
    return "1" if is_boolean(question) else YES


def _amount(question: Question) -> str:
    if question.is_number:
        return f"[{question.code}]"
    told = [(each.code, each.valeur) for each in question.options if each.valeur is not None]
    if question.genre == "cases":
        return "(" + " + ".join(f"[{question.code}({code})] * {points:f}" for code, points in told) + ")"
    return "(" + " + ".join(f"if([{question.code}] = '{code}', {points:f}, 0)" for code, points in told) + ")"
