"""Conditions and calculations as XLSForm writes them (XPath over ${names})."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from maillon.formats.questionnaire.model import NO, YES, Calculation, Question
from maillon.formats.questionnaire.rules import Operator, Rule, Rules, Test

_TEST: Final = re.compile(
    r"""\s*\$\{(?P<name>\w+)\}\s*(?P<operator><=|>=|!=|=|<|>)\s*(?:'(?P<text>[^']*)'|(?P<number>-?\d+(?:\.\d+)?))\s*"""
)
_TICKED: Final = re.compile(
    r"\s*(?P<not>not\()?selected\(\s*\$\{(?P<name>\w+)\}\s*,\s*'(?P<text>[^']*)'\s*\)(?(not)\))\s*"
)
_BOUND: Final = re.compile(r"\.\s*(>=|<=)\s*(-?\d+(?:\.\d+)?)")
_LENGTH: Final = re.compile(r"string-length\(\.\)\s*<=\s*(\d+)")


def written(rule: Rule | None, names: dict[str, Question]) -> str:
    """Empty when it cannot be said so."""
    if rule is None:
        return ""
    told = [_written(test, names) for test in rule.tests]
    return (" or " if rule.is_any else " and ").join(told) if all(told) else ""


def _written(test: Test, names: dict[str, Question]) -> str:
    code, _, choice = test.item.partition("/")
    if test.operator == "exists":
        return f"${{{code}}} != ''"
    if choice:
        ticked = f"selected(${{{code}}}, '{choice}')"
        return ticked if (test.value == YES) == (test.operator == "=") else f"not({ticked})"
    if isinstance(test.value, Decimal):
        return f"${{{code}}} {test.operator} {test.value:f}" if names[code].is_number else ""
    return f"${{{code}}} {test.operator} '{test.value}'" if "'" not in test.value else ""


def read(text: str, by_name: dict[str, Question]) -> Rule | None:
    """None when it says more than tests joined by « and », or by « or »."""
    is_any = " or " in text
    if is_any and " and " in text:
        return None
    tests = [_read(part, by_name) for part in re.split(r"\s+or\s+" if is_any else r"\s+and\s+", text.strip())]
    known = tuple(test for test in tests if test is not None)
    return Rule(known, is_any=is_any) if len(known) == len(tests) else None


def _read(text: str, by_name: dict[str, Question]) -> Test | None:
    ticked = _TICKED.fullmatch(text)
    if ticked and ticked["name"] in by_name:
        question = by_name[ticked["name"]]
        said = NO if ticked["not"] else YES
        if question.genre == "cases":
            return Test(f"{question.code}/{ticked['text']}", "=", said)
        return Test(question.code, "!=" if ticked["not"] else "=", ticked["text"])
    found = _TEST.fullmatch(text)
    if not found or found["name"] not in by_name:
        return None
    code, operator = by_name[found["name"]].code, _operator(found["operator"])
    if found["number"] is not None:
        return Test(code, operator, Decimal(found["number"]))
    if not found["text"]:
        return Test(code, "exists") if operator == "!=" else None
    return Test(code, operator, found["text"]) if operator in ("=", "!=") else None


def _operator(text: str) -> Operator:
    known: dict[str, Operator] = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
    return known[text]


def calculation(made: Calculation, names: dict[str, Question], rules: Rules) -> str:
    """Where an answer is missing, another software counts nothing, or « non »: we count inconnu. That is said."""
    if made.si:
        condition = written(rules.get(made.si), names)
        return f"if({condition}, 'oui', 'non')" if condition else "''"
    if made.compte or made.parmi:
        counted = " + ".join(f"if(${{{code}}} = 'oui', 1, 0)" for code in made.reads)
        return counted if made.compte else f"if(({counted}) >= {made.au_moins}, 'oui', 'non')"
    return (" + " if made.somme else " * ").join(_amount(names[code]) for code in made.reads)


def _amount(question: Question) -> str:
    if question.is_number:
        return f"${{{question.code}}}"
    points = " + ".join(
        f"if(selected(${{{question.code}}}, '{each.code}'), {each.valeur:f}, 0)"
        for each in question.options
        if each.valeur is not None
    )
    return f"({points})"


def constraint(question: Question) -> str:
    told = [
        f". {sign} {bound:f}" for sign, bound in ((">=", question.min), ("<=", question.max)) if bound is not None
    ]
    if question.longueur is not None:
        told.append(f"string-length(.) <= {question.longueur}")
    return " and ".join(told)


def read_constraint(text: str) -> tuple[Decimal | None, Decimal | None, int | None] | None:
    """(least, most, longest); None when it says something else."""
    least = most = longest = None
    for part in re.split(r"\s+and\s+", text.strip()) if text.strip() else []:
        bound, length = _BOUND.fullmatch(part.strip()), _LENGTH.fullmatch(part.strip())
        if bound is not None:
            least, most = (Decimal(bound[2]), most) if bound[1] == ">=" else (least, Decimal(bound[2]))
        elif length is not None:
            longest = int(length[1])
        else:
            return None
    return least, most, longest
