"""What entryRelationships add to a statement: comment, severity, status, reactions, reason, instructions, rank.

Whatever is none of these is left in `rest`, to be read as a statement of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from maillon.formats import wording
from maillon.formats.cda.hl7 import (
    ACT,
    CODE,
    ENTRY_RELATIONSHIP,
    NS,
    OBSERVATION,
    TEMPLATE_ID,
    TEXT,
    VALUE,
    Element,
    Parts,
    child_of,
    first,
    parts_of,
    roots_of,
)
from maillon.formats.cda.narrative_text import Narrative
from maillon.formats.cda.people import whose
from maillon.formats.cda.read_coded import nested_severity, part
from maillon.formats.cda.values import Coded, coded, measured, text_of
from maillon.formats.coded import Part, Role

COMMENT: Final = "48767-8"
_SEVERITY: Final = "SEV"
_STATUS: Final = "33999-4"
_RANK: Final = "30973-2"
_CERTAINTY: Final = "66455-7"

# Observations that qualify the statement around them rather than state something of their own.
_QUALIFYING: Final = {
    _CERTAINTY: "Certitude",
    "11323-3": "Statut clinique du patient",
    "82606-5": "Criticité",
    "94030-4": "Gravité",
    "GEN-318": "Imputabilité",
    "GEN-319": "Évolution",
}
_INSTRUCTIONS: Final = {"PINSTRUCT": "Instructions au patient", "FINSTRUCT": "Instructions au dispensateur"}

_COMMENT_TEMPLATES: Final = frozenset({"1.3.6.1.4.1.19376.1.5.3.1.4.2", "2.16.840.1.113883.10.20.1.40"})
_SEVERITY_TEMPLATES: Final = frozenset({"1.3.6.1.4.1.19376.1.5.3.1.4.1", "2.16.840.1.113883.10.20.1.55"})
_SUBSTITUTION_TEMPLATES: Final = frozenset({"1.3.6.1.4.1.19376.1.9.1.3.9.1", "1.3.6.1.4.1.19376.1.9.1.3.9.2"})


@dataclass(slots=True)
class Annotations:
    comments: list[str] = field(default_factory=list)
    severity: str | None = None
    status: str | None = None
    refuted: bool = False
    rank: str | None = None
    reactions: list[str] = field(default_factory=list)
    details: list[tuple[str, str]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    rest: list[tuple[str | None, Element]] = field(default_factory=list)

    @property
    def comment(self) -> str | None:
        return " ; ".join(self.comments).replace(" ;", f"{wording.NARROW_SPACE};") or None

    def detail(self, name: str, said: str | None) -> None:
        if said and said != "-":
            self.details.append((name, said))


def annotations_of(relationships: Iterable[Element], narrative: Narrative) -> Annotations:
    found = Annotations()
    for relationship in relationships:
        kind = relationship.get("typeCode")
        for child in relationship:
            if child.tag in (OBSERVATION, ACT) and _annotates(child, kind, found, narrative):
                continue
            found.rest.append((kind, child))
    return found


def _annotates(element: Element, kind: str | None, found: Annotations, narrative: Narrative) -> bool:
    parts = parts_of(element)
    code = coded(first(parts, CODE), narrative)
    if is_comment(parts, code):
        if said := comment_text(parts, narrative):
            found.comments.append(said)
        return True
    if element.tag == ACT:
        return _act_annotates(element, parts, code, kind, found, narrative)
    return _observation_annotates(element, parts, code, kind, found, narrative)


def is_comment(parts: Parts, code: Coded) -> bool:
    return code.code == COMMENT or not _COMMENT_TEMPLATES.isdisjoint(roots_of(parts.get(TEMPLATE_ID, ())))


def comment_text(parts: Parts, narrative: Narrative) -> str | None:
    return text_of(first(parts, TEXT), narrative)


def _act_annotates(
    element: Element, parts: Parts, code: Coded, kind: str | None, found: Annotations, narrative: Narrative
) -> bool:
    said = text_of(first(parts, TEXT), narrative)
    role: Role
    if kind == "RSON":
        role = "reason"
        found.detail("Motif", code.label or said)
    elif code.code in _INSTRUCTIONS:
        role = "instruction"
        found.detail(_INSTRUCTIONS[code.code or ""], said)
    elif not _SUBSTITUTION_TEMPLATES.isdisjoint(roots_of(parts.get(TEMPLATE_ID, ()))):
        role = "substitution"
        found.detail("Substitution", code.text or code.label or said)
    else:
        return False
    found.parts.append(part(element, role, narrative))
    return True


def _observation_annotates(
    element: Element, parts: Parts, code: Coded, kind: str | None, found: Annotations, narrative: Narrative
) -> bool:
    if code.code == _SEVERITY or not _SEVERITY_TEMPLATES.isdisjoint(roots_of(parts.get(TEMPLATE_ID, ()))):
        found.severity = _said(parts, narrative)
        found.parts.append(part(element, "severity", narrative))
    elif code.code == _STATUS:
        found.status = _status(parts, narrative)
        found.parts.append(part(element, "status", narrative))
    elif code.code == _RANK:
        value = first(parts, VALUE)
        found.rank = (value.get("value") if value is not None else None) or _said(parts, narrative)
    elif code.code in _QUALIFYING:
        _qualify(code.code or "", parts, found, narrative)
        found.parts.append(part(element, "qualifier", narrative))
    elif kind in ("MFST", "CAUS"):
        if reaction := _reaction(element, parts, narrative):
            found.reactions.append(reaction)
        found.parts.append(part(element, "reaction", narrative, parts=nested_severity(parts, narrative)))
    elif kind == "RSON":
        found.detail("Motif", _said(parts, narrative) or code.label)
        found.parts.append(part(element, "reason", narrative))
    else:
        return False
    return True


def _said(parts: Parts, narrative: Narrative) -> str | None:
    value = measured(first(parts, VALUE), narrative)
    shown = " ".join(one for one in (value.value, value.unit) if one)
    return value.text or shown or text_of(first(parts, TEXT), narrative)


def _status(parts: Parts, narrative: Narrative) -> str | None:
    value = measured(first(parts, VALUE), narrative)
    return value.code or value.text


def _qualify(code: str, parts: Parts, found: Annotations, narrative: Narrative) -> None:
    found.detail(_QUALIFYING[code], _said(parts, narrative))
    if code == _CERTAINTY:
        found.refuted = measured(first(parts, VALUE), narrative).code in ("refuted", "entered-in-error", "410516002")


def _reaction(element: Element, parts: Parts, narrative: Narrative) -> str | None:
    """« urticaire (modéré) »; a reaction that did not happen is said so, never listed as if it had."""
    said = _said(parts, narrative)
    if said is None:
        return None
    if element.get("negationInd") == "true":
        return f"absence{wording.NARROW_SPACE}: {said}"
    severity = next(
        (
            one
            for relationship in parts.get(ENTRY_RELATIONSHIP, ())
            if (nested := child_of(relationship, OBSERVATION)) is not None and (one := _severity_of(nested, narrative))
        ),
        None,
    )
    return f"{said} ({severity})" if severity else said


def _severity_of(element: Element, narrative: Narrative) -> str | None:
    parts = parts_of(element)
    code = first(parts, CODE)
    return _said(parts, narrative) if code is not None and code.get("code") == _SEVERITY else None


def performer_of(parts: Parts, narrative: Narrative) -> str | None:
    performer = first(parts, NS + "performer")
    who = whose(child_of(performer, NS + "assignedEntity"))
    return " – ".join(one for one in (who.full_name, who.organization_name) if one) or None
