"""Between a letter that prescribes and the aid to prescription: what the draft says becomes lines, for its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from maillon.kernel.key import Access
from maillon.prescribing import api as prescribing
from maillon.writing import api as writing

WEIGHT, DURATION = "poids", "duree"  # parts of a letter that prescribes, where it has them


@dataclass(frozen=True, slots=True, kw_only=True)
class Aid:
    """What the page shows: the cards, what was answered to each (by its key), how many wait for an answer."""

    advice: prescribing.Advice
    answered: Mapping[str, prescribing.Answered]
    left: int

    @property
    def urgent(self) -> int:
        return sum(1 for card in self.advice.cards if card.indicator != "info")


def prescribes(letter: writing.definition.Letter) -> bool:
    return bool(letter.medicaments)


def aid_of(access: Access, draft: writing.DraftView, *, hook: prescribing.Hook) -> Aid | None:
    """None for a letter that prescribes no medicine."""
    if not prescribes(draft.letter):
        return None
    advice = prescribing.advise(access, prescription_of(access, draft), hook=hook)
    held = prescribing.answered(access, draft.uuid, advice)
    return Aid(advice=advice, answered=held, left=sum(1 for card in advice.to_answer() if card.key not in held))


def refuse_unanswered(access: Access, draft: writing.DraftView) -> None:
    """Before a signature. Raises Unanswered (E-LAP-…)."""
    if prescribes(draft.letter):
        advice = prescribing.advise(access, prescription_of(access, draft), hook="order-sign")
        prescribing.must_be_answered(access, advice, occasion=draft.uuid)


def prescription_of(access: Access, draft: writing.DraftView) -> prescribing.Prescription:
    texts = draft.content.texts
    return prescribing.Prescription(
        lines=tuple(_lines(access, draft)),
        duration=texts.get(DURATION, ""),
        weight=texts.get(WEIGHT, ""),
    )


def _lines(access: Access, draft: writing.DraftView) -> Iterator[prescribing.Line]:
    """Each line that is typed, and each treatment of the record that is ticked."""
    parts = [part for part in draft.letter.rubriques if part.code in draft.letter.medicaments]
    for part in parts:
        for line in draft.content.texts.get(part.code, "").splitlines():
            if line.strip():
                yield prescribing.Line(text=line.strip())
    sources = {source for part in parts for source in part.reprend}
    if sources and draft.content.ticks:
        for fact in writing.facts.by_key(writing.facts.of_record(access)).values():
            if fact.source in sources and fact.key in draft.content.ticks and fact.statement is not None:
                said = fact.statement
                yield prescribing.Line(text=fact.text, code=said.code, system=said.system, renews=True)
