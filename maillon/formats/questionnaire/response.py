"""FHIR R4 QuestionnaireResponse: what was answered, question by question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from maillon.formats.fhir.datatypes import Resource, known, reference
from maillon.formats.questionnaire.fhir_parts import BASE
from maillon.formats.questionnaire.model import YES, Group, Question, Questionnaire
from maillon.formats.questionnaire.rules import is_boolean
from maillon.formats.refusal import Refused

_UCUM: Final = "http://unitsofmeasure.org"
WRONG: Final = "Ce n’est pas une réponse FHIR R4 à ce questionnaire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer: the text of a value, a number, or the codes of what was chosen."""

    text: str = ""
    number: Decimal | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """About whom, by whom and when. `status`: completed, amended (corrects another), entered-in-error (replaced)."""

    resource_id: str
    patient_id: str
    author: str
    at: dt.datetime
    status: str = "completed"
    is_by_patient: bool = False


def canonical(asked: Questionnaire) -> str:
    return f"{asked.lien or f'{BASE}:{asked.code}'}|{asked.version}"


def write_response(asked: Questionnaire, said: Mapping[str, Said], signed: Signed) -> Resource:
    """`said`: what was answered and calculated, by the code of its question; what did not stand is not there."""
    items: list[Resource] = []
    for group in asked.groupes:
        inside = [_item(question, said[question.code]) for question in group.questions if question.code in said]
        items += [_framed(group, inside)] if inside and (group.titre or group.code) else inside
    person = reference(signed.patient_id)
    author = {"display": signed.author} | (person if signed.is_by_patient else {})
    return known(
        resourceType="QuestionnaireResponse",
        id=signed.resource_id,
        questionnaire=canonical(asked),
        status=signed.status,
        subject=person,
        authored=signed.at.isoformat(),
        author=author,
        item=items,
    )


def _framed(group: Group, inside: list[Resource]) -> Resource:
    return known(linkId=group.lien or group.code, text=group.titre, item=inside)


def _item(question: Question, said: Said) -> Resource:
    return known(
        linkId=question.lien or question.code,
        text=question.texte,
        answer=[_value(question, said, code) for code in said.codes or ("",)],
    )


def _value(question: Question, said: Said, code: str) -> Resource:
    if is_boolean(question):
        return {"valueBoolean": said.text == YES}
    if question.options:
        option = next((each for each in question.options if each.code == code), None)
        return {"valueCoding": known(system=option.systeme if option else "", code=code, display=question.label(code))}
    if question.is_number and said.number is not None:
        return _number(question, said.number)
    kind = {"date": "valueDate", "heure": "valueTime"}.get(question.genre, "valueString")
    return {kind: f"{said.text}:00" if question.genre == "heure" else said.text}


def _number(question: Question, number: Decimal) -> Resource:
    if question.unite and question.genre != "entier":
        return {"valueQuantity": {"value": number, "unit": question.unite, "system": _UCUM, "code": question.unite}}
    if question.genre == "entier":
        return {"valueInteger": int(number)}
    return {"valueDecimal": number}


# ------------------------------------------------------------------------------------------------ in


def read_response(asked: Questionnaire, resource: Any) -> dict[str, list[str]]:
    """What was typed, by the code of each question. Calculated items are calculated again: they are not taken. Raises
    Refused E-QST-34: another questionnaire, a question that it has not, a value that is not of its kind."""
    if not isinstance(resource, dict) or resource.get("resourceType") != "QuestionnaireResponse":
        raise Refused("E-QST-34", f"{WRONG}.")
    if str(resource.get("questionnaire", "")).partition("|")[0] != canonical(asked).partition("|")[0]:
        raise Refused("E-QST-34", f"{WRONG}\u202f: elle en nomme un autre.")
    by_link = {question.lien or question.code: question for question in asked.questions()}
    groups = {group.lien or group.code for group in asked.groupes}
    found: dict[str, list[str]] = {}
    for item in _flat(resource.get("item", []), groups):
        question = by_link.get(str(item.get("linkId")))
        if question is None:
            raise Refused("E-QST-34", f"{WRONG}\u202f: question inconnue «\u202f{item.get('linkId')}\u202f».")
        if question.is_answered:
            found[question.code] = [_typed(question, answer) for answer in item.get("answer", [])]
    return found


def _flat(items: Any, groups: set[str]) -> Sequence[Resource]:
    found: list[Resource] = []
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise Refused("E-QST-34", f"{WRONG}\u202f: ses éléments sont mal formés.")
    for item in items:
        is_group = item.get("linkId") in groups and "answer" not in item
        found += _flat(item.get("item", []), set()) if is_group else [item]
    return found


def _typed(question: Question, answer: Any) -> str:
    value = _only_value(question, answer)
    if isinstance(value, bool):
        return YES if value else "non"
    if isinstance(value, dict):
        return _of_an_object(question, value)
    if question.genre == "heure" and isinstance(value, str):
        return value[:5]
    return str(value)


def _only_value(question: Question, answer: Any) -> Any:
    values = [value for name, value in answer.items() if name.startswith("value")] if isinstance(answer, dict) else []
    if len(values) != 1:
        raise Refused("E-QST-34", f"{WRONG}\u202f: «\u202f{question.texte}\u202f» n’a pas une valeur.")
    return values[0]


def _of_an_object(question: Question, value: Resource) -> str:
    if "value" in value:  # a quantity, in the unit of the question or not at all
        if value.get("code") != question.unite:
            raise Refused("E-QST-34", f"{WRONG}\u202f: «\u202f{question.texte}\u202f» est dans une autre unité.")
        return str(value["value"])
    return str(value.get("code", ""))


__all__ = ["Said", "Signed", "canonical", "read_response", "write_response"]
