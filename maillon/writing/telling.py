"""What a draft says, as the builders of structured documents ask for it: sections, statements, coded answers.

Each fact ticked becomes a coded statement; what is typed beside the facts becomes one statement a line, in the writer's
own words: nothing is only in the narrative.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from maillon.formats.coded import Concept
from maillon.formats.document import Section, Statement
from maillon.formats.wording import NARROW_SPACE, shown_date
from maillon.kernel import clock
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.terminology import api as terminology
from maillon.writing import content, definition
from maillon.writing.content import Content
from maillon.writing.definition import Letter, Part, Source
from maillon.writing.facts import Fact

LOINC: Final = "2.16.840.1.113883.6.1"
ABSENT: Final = "2.16.840.1.113883.5.1150.1"
# What is said when nothing is known, and when nothing was asked (JDV_AbsentOrUnknown…).
_NONE: Final[Mapping[Source, tuple[str, str, str]]] = {
    "allergies": ("jdv-absent-or-unknown-allergy", "no-known-allergies", "no-allergy-info"),
    "traitements": ("jdv-absent-or-unknown-medication", "no-known-medications", "no-medication-info"),
    "problemes": ("jdv-absent-or-unknown-problem", "no-known-problems", "no-problem-info"),
    "actes": ("jdv-absent-or-unknown-procedure", "no-known-procedures", "no-procedure-info"),
    "dispositifs": ("jdv-absent-or-unknown-devices", "no-known-devices", "no-device-info"),
}


def shown_value(part: Part, text: str) -> str:
    """As a person reads it: a date in full, the label of a choice, a number with its unit."""
    text = text.strip().replace("\r\n", "\n")
    if part.genre in ("choix", "cases"):
        labels = dict(definition.choices(part))
        return ", ".join(labels.get(each, each) for each in text.split("\n") if each)
    if part.genre == "oui_non":
        return {"oui": "oui", "non": "non"}.get(text, "")
    if part.genre == "date" and text:
        return shown_date(iso_date(text) or text)
    if part.genre == "nombre" and text and part.unite:
        return f"{text.replace('.', ',')} {part.unite}"
    return text


def iso_date(text: str) -> str | None:
    try:
        return patients.typed_date(text).isoformat()
    except UserMessage:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the writer says: the draft, and the facts that are ticked."""

    letter: Letter
    written: Content
    ticked: Mapping[str, Fact]
    at: dt.datetime

    def text(self, code: str) -> str:
        return self.written.texts.get(code, "").strip().replace("\r\n", "\n")

    def date(self, code: str) -> str | None:
        """None for what is no date, a fault said before."""
        return iso_date(self.text(code))

    def says_yes(self, code: str) -> bool | None:
        """None when the question was left open."""
        return {"oui": True, "non": False}.get(self.text(code))

    def concepts(self, code: str) -> tuple[Concept, ...]:
        """What was chosen in the value set of the part; a code that is not in it is a fault said before."""
        part = self.letter.part(code)
        if part is None or not part.jeu:
            return ()
        known = {each.code: each for each in terminology.value_set(part.jeu).concepts}
        chosen = (known[each] for each in self.text(code).split("\n") if each in known)
        return tuple(Concept(code=each.code, system=each.system, label=each.label) for each in chosen)

    def lines(self, code: str) -> str:
        """Of one part, in words: its facts ticked and what is typed, or that nothing is known."""
        part = self.letter.part(code)
        stance = self.written.stances.get(code, content.OF_THE_RECORD)
        if part is None or (part.takes_stance and stance == content.NOT_RECORDED):
            return "Non renseigné"
        if part.takes_stance and stance == content.NONE_KNOWN:
            return f"Rien de connu, demandé le {shown_date(clock.in_paris(self.at).date().isoformat())}"
        chosen = [fact for source in part.reprend for fact in self.ticked.values() if fact.source == source]
        said = [f"{fact.text} ({fact.origin})" if fact.origin else fact.text for fact in chosen]
        typed = [line.strip() for line in shown_value(part, self.text(code)).split("\n") if line.strip()]
        return f"{NARROW_SPACE}; ".join([*said, *typed])

    def section(self, code: str, *, loinc: str) -> Iterator[Section]:
        part = self.letter.part(code)
        if part is not None and self.text(code):
            yield Section(code=loinc, system=LOINC, title=part.titre, text=self.text(code))

    def statements(self, code: str, *, section_code: str | None = None) -> tuple[Statement, ...]:
        """Of one part: its facts ticked, then each line typed; else what is said of having none."""
        part = self.letter.part(code)
        if part is None:
            return ()
        stance = self.written.stances.get(code, content.OF_THE_RECORD)
        if part.takes_stance and stance != content.OF_THE_RECORD:
            found = [_none(part.reprend[0], is_known=stance == content.NONE_KNOWN, at=self.at)]
        else:
            chosen = [fact for source in part.reprend for fact in self.ticked.values() if fact.source == source]
            found = [_statement(fact) for fact in chosen if fact.statement is not None]
            found += [Statement(label=line.strip()) for line in self.text(code).split("\n") if line.strip()]
        return tuple(replace(each, section_code=section_code) for each in found)


def _statement(fact: Fact) -> Statement:
    """As the record knows it: its code, its dates, whether it is denied; its dosage in words."""
    line = fact.statement
    assert line is not None
    if line.absent and fact.source in _NONE:
        return _none(fact.source, is_known=True, at=line.at)
    dose = line.details.get("posology") or " ".join(
        str(line.details[name]) for name in ("dose", "dose_unit", "frequency") if line.details.get(name)
    )
    reactions = ", ".join(line.details.get("reactions") or ())
    said = [dose, f"réaction{NARROW_SPACE}: {reactions}" if reactions else "", line.details.get("comment") or ""]
    return Statement(
        code=line.code or None,
        system=(line.system or None) if line.code else None,
        label=line.label,
        negated=line.negated,
        concern_status=line.status if line.status in ("active", "suspended", "aborted", "completed") else None,
        start=line.start or None,
        end=line.end or None,
        comment=", ".join(each for each in said if each) or None,
    )


def _none(source: Source, *, is_known: bool, at: dt.datetime) -> Statement:
    """« Aucune connue » or « non renseigné », in code: never the same, and never a silence."""
    name, known, unknown = _NONE[source]
    code = known if is_known else unknown
    label = next((each.label for each in terminology.value_set(name).concepts if each.code == code), code)
    comment = f"Demandé le {shown_date(clock.in_paris(at).date().isoformat())}" if is_known else None
    return Statement(code=code, system=ABSENT, label=label, absent=True, comment=comment)
