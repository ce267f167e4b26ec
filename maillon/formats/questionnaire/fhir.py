"""FHIR R4 Questionnaire (https://hl7.org/fhir/R4/questionnaire.html), with the extensions of Structured Data Capture
that other software reads: units, bounds, points, help. What no standard element says is in an extension of ours."""

from __future__ import annotations

import dataclasses
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from maillon.formats.fhir.datatypes import Resource, known
from maillon.formats.questionnaire import fhir_conditions as conditions
from maillon.formats.questionnaire.fhir_parts import (
    BASE,
    EXTENSION,
    HELP,
    Items,
    Taken,
    beside_of,
    extension,
    item_control,
)
from maillon.formats.questionnaire.model import Choice, Group, Kind, Question, Questionnaire
from maillon.formats.questionnaire.plain import as_text, beside, completed
from maillon.formats.questionnaire.rules import Came, Carried, Rules, form_code, is_boolean, losses_of, slug
from maillon.formats.refusal import Refused

LOINC: Final = "http://loinc.org"
TYPES: Final[dict[Kind, str]] = {
    "choix": "choice", "cases": "choice", "oui_non": "choice", "entier": "integer", "decimal": "decimal",
    "ligne": "string", "texte": "text", "date": "date", "heure": "time", "affiche": "display", "calcul": "decimal",
}  # fmt: skip
KINDS: Final[dict[str, Kind]] = {
    "choice": "choix", "boolean": "oui_non", "integer": "entier", "decimal": "decimal", "string": "ligne",
    "text": "texte", "date": "date", "time": "heure", "display": "affiche",
}  # fmt: skip
_STATUS: Final = {"draft": "a_relire", "active": "relu"}
_NOT_CARRIED: Final = ("exemples", "groupes")


# ------------------------------------------------------------------------------------------------ out


def write_questionnaire(asked: Questionnaire, rules: Rules) -> tuple[Resource, Carried]:
    """`rules`: what can be said of each condition, by its text."""
    losses = ["Les exemples du questionnaire, qui sont ses tests, ne sont pas portés."] if asked.exemples else []
    names = {question.code: question for question in asked.questions()}
    items: list[Resource] = []
    for group in asked.groupes:
        inside = [_item(asked, question, names, rules, losses) for question in group.questions]
        items += [_group(asked, group, names, rules, inside, losses)] if group.titre or group.code else inside
    resource = _head(asked) | {"item": items}
    more = beside(asked, _read_head(Taken(dict(resource), "questionnaire")), apart=_NOT_CARRIED)
    if more:
        resource["extension"] = [extension("questionnaire", valueString=as_text(more))]
    return {"resourceType": "Questionnaire"} | resource, Carried(tuple(losses))


def _head(asked: Questionnaire) -> Resource:
    return known(
        id=asked.code,
        url=asked.lien or None,
        version=asked.version,
        name=asked.code.replace("-", "_"),
        title=asked.titre,
        status="active" if asked.statut == "relu" else "draft",
        subjectType=["Patient"],
        publisher=" ; ".join(asked.auteurs),
        description=asked.sert_a,
        purpose=asked.source,
        copyright=asked.droits,
        lastReviewDate=asked.relu_le.isoformat() if asked.relu_le else None,
    )


def _group(
    asked: Questionnaire, group: Group, names: dict[str, Question], rules: Rules, inside: list[Resource],
    losses: list[str],
) -> Resource:  # fmt: skip
    made = known(linkId=group.lien or group.code, text=group.titre, type="group")
    made |= conditions.written(group.visible_si, names, rules)
    inside = [_help(made["linkId"], group.aide), *inside] if group.aide else inside
    native = dataclasses.replace(_native_group(Taken(dict(made), ""), asked.code, _items(names)), aide=group.aide)
    more = beside(group, native, apart=("questions",))
    said = rules.get(group.visible_si) is not None
    losses += losses_of(group.titre, list(more), condition_is_said=said)
    return made | beside_of("groupe", more) | {"item": inside}


def _item(
    asked: Questionnaire, question: Question, names: dict[str, Question], rules: Rules, losses: list[str]
) -> Resource:
    made = _native(question) | conditions.written(question.visible_si, names, rules)
    inside = [_help(made["linkId"], question.aide)] if question.aide else []
    native = _native_question(Taken({**made, "item": inside}, ""), asked.code, _items(names), set())
    more = beside(question, native)
    said = rules.get(question.visible_si) is not None
    losses += losses_of(question.texte, list(more), condition_is_said=said)
    extensions = made.get("extension", []) + beside_of("question", more).get("extension", [])
    return made | known(extension=extensions, item=inside)


def _items(names: dict[str, Question]) -> Items:
    return Items({each.lien or each.code: each for each in names.values()})


def _native(question: Question) -> Resource:
    kind = "boolean" if is_boolean(question) else TYPES[question.genre]
    control = {"cases": "check-box", "choix": "radio-button"}.get(question.genre, "")
    control = "drop-down" if question.presentation == "liste" else control
    extensions = [
        *([item_control(control)] if control else []),
        *_unit(question),
        *_bounds(question),
    ]
    return known(
        extension=extensions,
        linkId=question.lien or question.code,
        code=[{"system": LOINC, "code": question.loinc}] if question.loinc else [],
        text=question.texte,
        type=kind,
        required=True if question.obligatoire else None,
        repeats=True if question.genre == "cases" else None,
        readOnly=True if question.genre == "calcul" else None,
        maxLength=question.longueur,
        answerOption=[_option(each) for each in question.choix],
    )


def _unit(question: Question) -> list[Resource]:
    if not question.unite:
        return []
    coding = {"system": "http://unitsofmeasure.org", "code": question.unite, "display": question.unite}
    return [{"url": EXTENSION + "questionnaire-unit", "valueCoding": coding}]


def _bounds(question: Question) -> list[Resource]:
    of = "valueInteger" if question.genre == "entier" else "valueDecimal"
    found = []
    for name, bound in (("minValue", question.min), ("maxValue", question.max)):
        if bound is not None:
            value = int(bound) if of == "valueInteger" and bound == bound.to_integral_value() else bound
            found.append({"url": EXTENSION + name, of: value})
    return found


def _option(choice: Choice) -> Resource:
    points = [] if choice.valeur is None else [{"url": EXTENSION + "ordinalValue", "valueDecimal": choice.valeur}]
    coding = known(extension=points, system=choice.systeme, code=choice.code, display=choice.dire)
    return {"valueCoding": coding}


def _help(link: str, text: str) -> Resource:
    return {"extension": [item_control(HELP)], "linkId": f"{link}/aide", "text": text, "type": "display"}


# ------------------------------------------------------------------------------------------------ in


def read_questionnaire(resource: Any) -> Came:
    """Raises Refused E-QST-31 (not a Questionnaire, or a kind of question that cannot be answered here), E-QST-30."""
    if not isinstance(resource, dict) or resource.get("resourceType") != "Questionnaire":
        raise Refused("E-QST-31", "Ce n’est pas un Questionnaire FHIR R4.")
    try:
        return _read_whole(resource)
    except (AttributeError, KeyError, TypeError, ValueError, InvalidOperation):  # a text for a number, a list for one
        told = "Ce Questionnaire FHIR est mal formé\u202f: une valeur n’a pas le type attendu."
        raise Refused("E-QST-31", told) from None


def _read_whole(resource: Resource) -> Came:
    taken = Taken({name: value for name, value in resource.items() if name != "resourceType"}, "questionnaire")
    came = Came(_read_head(taken))
    more = taken.ours("questionnaire")
    if more:
        came.asked = completed(came.asked, more)
    items = Items()
    codes: set[str] = set()
    groups: list[Group] = []
    alone: list[Question] = []
    for each in taken.objects("item"):
        inner = Taken(each, items.told(each))
        if inner.get("type") == "group":
            groups += [Group(tuple(alone))] if alone else []
            alone = []
            groups.append(_read_group(inner, came, items, codes))
        else:
            alone.append(_read_item(inner, came, items, codes))
    groups += [Group(tuple(alone))] if alone else []
    came.remarks += taken.left()
    came.asked = dataclasses.replace(came.asked, groupes=tuple(groups))
    return came


def _read_head(taken: Taken) -> Questionnaire:
    title, name, own = taken.text("title"), taken.text("name"), taken.text("id")
    url = taken.text("url")
    code = form_code(own or name or title or url.rsplit("/", 1)[-1] or "QUESTIONNAIRE")
    if own and own != code:
        taken.remark(f"son identifiant «\u202f{own}\u202f» devient «\u202f{code}\u202f»")
    if name and name != code.replace("-", "_"):
        taken.remark(f"son nom «\u202f{name}\u202f» n’est pas repris")
    status = taken.text("status")
    if status not in _STATUS:
        taken.remark(f"son état «\u202f{status}\u202f» n’est pas repris\u202f: il est à relire")
    if taken.get("subjectType") not in (None, ["Patient"]):
        taken.remark("son sujet n’est pas le patient")
    taken.pop("subjectType")
    return Questionnaire(
        code=code, version=taken.text("version") or "1", titre=title or name or code, sert_a=taken.text("description"),
        type="34120-6", source=taken.text("purpose"), provenance="local", droits=taken.text("copyright"),
        auteurs=tuple(each for each in taken.text("publisher").split(" ; ") if each), lien=url,
        statut="relu" if status == "active" else "a_relire", relu_le=taken.day("lastReviewDate"), groupes=(),
    )  # fmt: skip


def _read_group(taken: Taken, came: Came, items: Items, codes: set[str]) -> Group:
    group = _native_group(taken, came.asked.code, items)
    group = dataclasses.replace(group, code=slug(group.code or group.titre, codes, first="g"))
    more = taken.ours("groupe")
    questions, helped = [], ""
    for each in taken.objects("item"):
        inner = Taken(each, items.told(each))
        if inner.is_help:
            helped = inner.text("text")
        elif inner.get("type") == "group":
            raise Refused("E-QST-31", f"{inner.place}\u202f: un groupe dans un groupe n’est pas repris.")
        else:
            questions.append(_read_item(inner, came, items, codes))
    came.remarks += taken.left()
    group = dataclasses.replace(group, aide=helped, questions=tuple(questions))
    return completed(group, more) if more else group


def _native_group(taken: Taken, form: str, items: Items) -> Group:
    link = taken.text("linkId")
    taken.pop("type")
    code = slug(link, set(), first="g")
    return Group(
        (), code=code, titre=taken.text("text"), visible_si=conditions.read(taken, form, items),
        lien=link if link != code else "",
    )  # fmt: skip


def _read_item(taken: Taken, came: Came, items: Items, codes: set[str]) -> Question:
    question = _native_question(taken, came.asked.code, items, codes)
    more = taken.ours("question")
    came.remarks += taken.left()
    if more:
        question = completed(question, more)
        codes.add(question.code)
    elif question.genre == "calcul":
        came.remarks.append(f"{taken.place}\u202f: le calcul n’est pas repris, la question est à remplir.")
        question = dataclasses.replace(question, genre="oui_non" if question.calcul is None else "decimal", calcul=None)
    items.add(question)
    return question


def _native_question(taken: Taken, form: str, items: Items, codes: set[str]) -> Question:
    link, kind = taken.text("linkId"), taken.text("type")
    genre = KINDS.get(kind)
    if genre is None or taken.pop("answerValueSet") is not None:
        raise Refused("E-QST-31", f"{taken.place}\u202f: une question de type «\u202f{kind}\u202f» n’est pas reprise.")
    control = taken.control()
    genre = "cases" if genre == "choix" and taken.pop("repeats") else genre
    is_calculated = bool(taken.pop("readOnly"))
    code = slug(link, codes)
    low, high = taken.bound("minValue"), taken.bound("maxValue")
    return Question(
        code=code, texte=taken.text("text"), genre="calcul" if is_calculated else genre, aide=taken.help(),
        obligatoire=bool(taken.pop("required")), choix=tuple(map(_choice, taken.options())), unite=taken.unit(),
        min=low, max=high, longueur=taken.whole("maxLength"), visible_si=conditions.read(taken, form, items),
        loinc=taken.loinc(LOINC), presentation="liste" if control == "drop-down" else "boutons",
        lien=link if link != code else "",
    )  # fmt: skip


def _choice(option: tuple[str, str, str, Decimal | None]) -> Choice:
    system, code, label, points = option
    return Choice(code, label or code, points, system)


__all__ = ["BASE", "read_questionnaire", "write_questionnaire"]
