"""The elements of a FHIR Questionnaire, taken one by one: what is left at the end was not understood, and is said."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from maillon.formats.fhir.datatypes import Resource
from maillon.formats.questionnaire.model import Question
from maillon.formats.questionnaire.plain import as_text
from maillon.formats.refusal import Refused

BASE: Final = "urn:maillon:questionnaire"  # our own extensions
EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/"
CONTROLS: Final = "http://hl7.org/fhir/questionnaire-item-control"
HELP: Final = "help"
_SHOWN_CONTROLS: Final = frozenset({"radio-button", "check-box", "drop-down", HELP})
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,30}")


def extension(name: str, **value: Any) -> Resource:
    return {"url": f"{BASE}:{name}"} | value


def beside_of(name: str, more: dict[str, Any]) -> Resource:
    return {"extension": [extension(name, valueString=as_text(more))]} if more else {}


def item_control(code: str) -> Resource:
    return {
        "url": EXTENSION + "questionnaire-itemControl",
        "valueCodeableConcept": {"coding": [{"system": CONTROLS, "code": code}]},
    }


@dataclass(slots=True)
class Items:
    """The questions met so far, by the name that they bear there."""

    by_link: dict[str, Question] = field(default_factory=dict)

    def add(self, question: Question) -> None:
        self.by_link[question.lien or question.code] = question

    def told(self, item: Any) -> str:
        """Where one is, for a remark."""
        if not isinstance(item, dict):
            raise Refused("E-QST-31", "Ce Questionnaire FHIR est mal formé\u202f: un élément n’est pas un objet.")
        return f"«\u202f{item.get('text') or item.get('linkId') or 'sans nom'}\u202f»"


class Taken:
    """One object of JSON, of which each element is taken once."""

    def __init__(self, said: Resource, place: str) -> None:
        self.said, self.place = dict(said), place
        self.remarks: list[str] = []
        self._extensions = {each.get("url", ""): each for each in self._objects(self.said.pop("extension", []))}

    def get(self, name: str) -> Any:
        return self.said.get(name)

    def pop(self, name: str) -> Any:
        return self.said.pop(name, None)

    def text(self, name: str) -> str:
        value = self.pop(name)
        if value is not None and not isinstance(value, str):
            raise Refused("E-QST-31", f"{self.place}\u202f: «\u202f{name}\u202f» n’est pas un texte.")
        return value or ""

    def whole(self, name: str) -> int | None:
        value = self.pop(name)
        if value is not None and type(value) is not int:
            raise TypeError(name)
        return value

    def objects(self, name: str) -> list[Resource]:
        return self._objects(self.pop(name) or [])

    def day(self, name: str) -> dt.date | None:
        text = self.text(name)
        try:
            return dt.date.fromisoformat(text) if text else None
        except ValueError:
            self.remark(f"sa date «\u202f{name}\u202f» n’est pas reprise")
            return None

    def remark(self, told: str) -> None:
        self.remarks.append(f"{self.place}\u202f: {told}.")

    def left(self) -> list[str]:
        """What nobody took."""
        for name in self.said:
            self.remark(f"«\u202f{name}\u202f» n’est pas repris")
        for url in self._extensions:
            self.remark(f"l’extension «\u202f{url.rsplit('/', 1)[-1]}\u202f» n’est pas reprise")
        return self.remarks

    # ------------------------------------------------------------------------------------------------ extensions

    def ours(self, name: str) -> str:
        found = self._extensions.pop(f"{BASE}:{name}", {})
        return str(found.get("valueString", ""))

    def control(self) -> str:
        code = self._control()
        if code in _SHOWN_CONTROLS:
            self._extensions.pop(EXTENSION + "questionnaire-itemControl", None)
        return code

    @property
    def is_help(self) -> bool:
        return self.get("type") == "display" and self._control() == HELP

    def _control(self) -> str:
        concept = self._extensions.get(EXTENSION + "questionnaire-itemControl", {}).get("valueCodeableConcept", {})
        coding = concept.get("coding") if isinstance(concept, dict) else None
        return str(coding[0].get("code", "")) if coding and isinstance(coding[0], dict) else ""

    def unit(self) -> str:
        found = self._extensions.pop(EXTENSION + "questionnaire-unit", {}).get("valueCoding", {})
        return str(found.get("code", ""))

    def bound(self, name: str) -> Decimal | None:
        found = self._extensions.pop(EXTENSION + name, {})
        value = found.get("valueInteger", found.get("valueDecimal"))
        return _decimal(value)

    # ------------------------------------------------------------------------------------------------ parts of an item

    def help(self) -> str:
        """The text of help that stands under a question; any other item under it is said."""
        found = ""
        for each in self.objects("item"):
            inner = Taken(each, self.place)
            if inner.is_help:
                found = inner.text("text")
            else:
                raise Refused("E-QST-31", f"{self.place}\u202f: une question sous une question n’est pas reprise.")
        return found

    def loinc(self, system: str) -> str:
        codes = self.objects("code")
        found = [str(each.get("code", "")) for each in codes if each.get("system") == system]
        if len(codes) > len(found[:1]):
            self.remark("ses autres codes ne sont pas repris")
        return found[0] if found else ""

    def options(self) -> list[tuple[str, str, str, Decimal | None]]:
        """(system, code, label, points)."""
        found = []
        for each in self.objects("answerOption"):
            coding = each.get("valueCoding")
            if not isinstance(coding, dict) or not _CODE.fullmatch(str(coding.get("code", ""))):
                raise Refused("E-QST-31", f"{self.place}\u202f: une réponse sans code simple n’est pas reprise.")
            inner = Taken(coding, self.place)
            points = inner.bound("ordinalValue")
            found.append((inner.text("system"), inner.text("code"), inner.text("display"), points))
            self.remarks += inner.left()
            if set(each) - {"valueCoding"}:
                self.remark("la réponse proposée d’avance n’est pas reprise")
        return found

    def _objects(self, said: Any) -> list[Resource]:
        if not isinstance(said, list) or not all(isinstance(each, dict) for each in said):
            raise Refused("E-QST-31", f"{self.place}\u202f: une liste d’objets était attendue.")
        return said


def _decimal(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number.is_finite():
        raise ValueError(value)
    return number
