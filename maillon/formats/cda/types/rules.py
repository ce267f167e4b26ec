"""What the items of a structured document must be: wrong, they are refused rather than sent (E-ECR-04, -06)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from maillon.formats.cda.types.body import LISTS
from maillon.formats.cda.write_rules import is_unit
from maillon.formats.coded import Concept, Part, Quantity
from maillon.formats.document import ClinicalDocument, Statement
from maillon.formats.refusal import Refused

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
SNOMED: Final = "2.16.840.1.113883.6.96"

# HL7 vocabularies that the schema closes.
MOODS: Final = frozenset({None, "EVN", "INT", "RQO", "PRP", "PRMS", "ARQ", "APT", "GOL"})
STATUSES: Final = frozenset(
    {None, "new", "active", "held", "suspended", "completed", "aborted", "cancelled", "normal", "obsolete"}
)
CONCERNS: Final = frozenset({None, "active", "suspended", "aborted", "completed"})  # IHE PCC Concern Entry
CONCERNED: Final = frozenset({"problems", "allergies"})  # their `status` is the human reading of a coded part
KINDS_OF_ACT: Final = frozenset({None, "PROC", "ENC", "OBS", "ACT"})

# JDV_SeveriteObservation_CISIS, JDV_TypeEvenementIndesirablePrevisible_CISIS.
SEVERITIES: Final = frozenset({"442452003", "24484000", "371924009", "6736007", "371923003", "255604002"})
ALLERGY_KINDS: Final = frozenset(
    {
        None, "420134006", "609328004", "416098002", "414285001", "419199007", "609396006", "609398007", "735449006",
        "609397002", "782197009", "59037007", "235719002", "1.2.250.1.213.1.1.5.794.1", "56840009",
    }
)  # fmt: skip
ALLERGY_STATUSES: Final = frozenset({"active", "inactive", "resolved"})  # HL7 allergyintolerance-clinical


def refuse_bad_items(document: ClinicalDocument) -> None:
    _refuse_laboratory_matters(document)
    for name in LISTS:
        for item in getattr(document, name):
            if isinstance(item, Statement):
                _refuse_bad_statement(item, name)
            _refuse_bad_pieces(item)


def refuse_bad_laboratory(document: ClinicalDocument) -> None:
    """A laboratory report holds results, the specimens that they come from, and its copy."""
    others = [name for name in LISTS if name not in ("results", "attachments") and getattr(document, name)]
    if others or any(one.parts or one.subject is not None for one in document.results):
        raise Refused("E-ECR-11", "Un compte rendu de biologie ne porte que des résultats et leurs échantillons.")
    for item in (*document.results, *document.specimens):
        _refuse_bad_pieces(item)


def _refuse_laboratory_matters(document: ClinicalDocument) -> None:
    validated = any(one.comment or one.validators for one in document.sections)
    if validated or document.specimens or any(one.isolate or one.examination for one in document.results):
        raise Refused("E-ECR-11", "Échantillons, isolats et validation n’ont leur place que dans un compte rendu de "
                                  "biologie.")  # fmt: skip


def _refuse_bad_statement(item: Statement, name: str) -> None:
    if not (item.code or item.label or item.text or item.involved):
        raise Refused("E-ECR-06", "Un élément du document n’a ni code ni libellé.")
    if item.code is not None and not item.system:
        raise Refused("E-ECR-06", "Un code du document n’a pas de terminologie.")
    for wrong, what in (
        (item.mood not in MOODS, "Le mode d’un élément (fait, prévu, demandé)"),
        (name not in CONCERNED and item.status not in STATUSES, "Le statut d’un élément"),
        (item.concern_status not in CONCERNS, "Le suivi d’un problème"),
        (name == "procedures" and item.kind not in KINDS_OF_ACT, "La nature d’un acte"),
        (name == "allergies" and not item.involved and item.kind not in ALLERGY_KINDS, "Le type d’une allergie"),
        (any(_is_unknown(part, name) for part in item.parts), "La sévérité ou le statut d’un élément"),
    ):
        if wrong:
            raise Refused("E-ECR-04", f"{what} n’appartient pas au jeu de valeurs national.")


def _is_unknown(part: Part, name: str) -> bool:
    code = part.value.code if part.value is not None else None
    if part.role == "severity":
        return code not in SEVERITIES
    if part.role == "status" and name == "allergies":
        return code not in ALLERGY_STATUSES
    return any(_is_unknown(one, name) for one in part.parts)


def _refuse_bad_pieces(item: Any) -> None:
    for piece in _pieces(item):
        if isinstance(piece, Quantity):
            _refuse_bad_quantity(piece)
        elif isinstance(piece, Concept) and piece.code is not None and not piece.system:
            raise Refused("E-ECR-06", "Un code du document n’a pas de terminologie.")


def _refuse_bad_quantity(quantity: Quantity) -> None:
    numbers = [one for one in (quantity.low, quantity.high) if one is not None]
    if not numbers or not all(_NUMBER.fullmatch(one) for one in numbers):
        raise Refused("E-ECR-06", "Une dose ou une quantité n’est pas un nombre décimal.")
    if len(numbers) == 2 and float(numbers[0]) > float(numbers[1]):
        raise Refused("E-ECR-06", "Une dose ou une quantité va du plus grand au plus petit.")
    if quantity.unit is not None and not is_unit(quantity.unit):
        raise Refused("E-ECR-06", "L’unité d’une dose ou d’une quantité n’est pas une unité UCUM.")


def _pieces(item: Any) -> Iterator[Any]:
    """Every coded thing of an item, however deep."""
    stack: list[Any] = [item]
    while stack:
        value = stack.pop()
        if isinstance(value, tuple):
            stack.extend(value)
        elif hasattr(value, "__dataclass_fields__"):
            yield value
            stack.extend(getattr(value, name) for name in value.__dataclass_fields__)
