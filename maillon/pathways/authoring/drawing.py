"""The logigramme of a protocol, drawn from its definition: who enters, who does what and when, who is warned, how it
ends."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from maillon.formats.diagram import LINE, Arrow, Box, BoxSort, Diagram
from maillon.pathways.authoring import reading, tree_drawing
from maillon.pathways.definition import Alert, Protocol, Step

WIDTH: Final = 760
_LETTER: Final = 5.6  # of the mean letter, in pixels
_GAP: Final = 26
_LANE: Final = 124
_PAD: Final = 6
_MOST: Final = 6  # lines of a list in a box
_TIMES: Final = ("À l’inclusion", "Dans les 3 mois", "Plus tard", "Selon le dossier")
_LEVELS: Final[tuple[tuple[str, str, BoxSort], ...]] = (
    ("rouge", "Alertes rouges", "urgent"), ("orange", "Alertes orange", "alert"),
)  # fmt: skip
_THREE_MONTHS: Final = dt.timedelta(days=92)


def logigramme(protocol: Protocol) -> Diagram:
    """From top to bottom: population, agreement, a lane for each profession, alerts, ends."""
    page = _Page()
    population = protocol.population
    page.full("start", ("Patient concerné", *_bullets([each.dire for each in population.inclusion])))
    if population.exclusion:
        page.beside(
            ("Une exclusion ?", *_bullets([each.dire for each in population.exclusion])),
            ("Hors protocole", "Le dire au patient", "et au médecin traitant"),
        )
    page.full("test", ("Le patient est informé, et choisit", *_agreement(protocol)))
    page.lanes(protocol)
    page.alerts(protocol.alertes)
    page.full("end", ("Avis médical et sorties", *_bullets(list(protocol.avis_medical))))
    return Diagram(
        width=WIDTH, height=page.y, title=f"Logigramme de {protocol.code}", description=" ".join(in_words(protocol)),
        boxes=tuple(page.boxes), arrows=tuple(page.arrows),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`words`: the same thing for who does not see it."""

    title: str
    diagram: Diagram
    words: tuple[str, ...]


def pictures(protocol: Protocol) -> tuple[Picture, ...]:
    """The logigramme; then the decision tree, when there is one."""
    tree = tree_drawing.tree_diagram(protocol)
    words = tree_drawing.tree_in_words(protocol)
    trees = (Picture(title="Arbre de décision", diagram=tree, words=words),) if tree is not None else ()
    return (Picture(title="Logigramme", diagram=logigramme(protocol), words=in_words(protocol)), *trees)


def in_words(protocol: Protocol) -> tuple[str, ...]:
    """The same thing for who does not see the picture, in the order in which it is read."""
    narrow = "\u202f"
    said = [f"Entre qui remplit{narrow}: {'; '.join(each.dire for each in protocol.population.inclusion)}."]
    if protocol.population.exclusion:
        said.append(f"N’entre pas{narrow}: {'; '.join(each.dire for each in protocol.population.exclusion)}.")
    said.append(f"Le patient est informé, et choisit{narrow}: {reading_consent(protocol)}.")
    for code in _professions(protocol):
        own = ((each, reading.when(each.quand, protocol)) for each in _of(protocol, code))
        steps = [f"{each.id}, {each.quoi}, {when[:1].lower()}{when[1:]}" for each, when in own]
        said.append(f"{reading.profession(code)}{narrow}: {'; '.join(steps)}.")
    for alert in protocol.alertes:
        to, delay = reading.profession(alert.prevenir).lower(), f" sous {alert.delai}" if alert.delai else ""
        said.append(f"Alerte {alert.niveau}, {alert.dire}{narrow}: {to}{delay}.")
    return (*said, *(f"Avis médical ou sortie{narrow}: {each.rstrip('.')}." for each in protocol.avis_medical))


def reading_consent(protocol: Protocol) -> str:
    return {"information": "il est informé", "oral": "accord oral", "ecrit": "accord écrit"}[
        protocol.information.consentement
    ]


class _Page:
    def __init__(self) -> None:
        self.boxes: list[Box] = []
        self.arrows: list[Arrow] = []
        self.y = 4.0
        self._from: float | None = None  # the bottom of what comes before

    def full(self, sort: BoxSort, said: Sequence[str]) -> None:
        width = WIDTH - 8
        lines = _wrapped(said, width)
        self._follow(WIDTH / 2)
        self._put(4, width, lines, sort)

    def beside(self, asked: Sequence[str], otherwise: Sequence[str]) -> None:
        """A question, and where « oui » leads; « non » goes on."""
        self._follow(WIDTH / 2 - 90)
        lines = _wrapped(asked, 520)
        height = _height(lines)
        self.boxes.append(Box(x=4, y=self.y, width=520, height=height, lines=lines, sort="test", is_headed=True))
        end = Box(
            x=606, y=self.y + height / 2 - 26, width=150, height=52, lines=tuple(otherwise), sort="end", is_headed=True
        )
        self.boxes.append(end)
        middle = self.y + height / 2
        self.arrows.append(Arrow(points=((524, middle), (606, middle)), label="oui"))
        self._from = self.y + height
        self.y = max(self._from, end.y + end.height) + _GAP
        self._label = "non"

    def lanes(self, protocol: Protocol) -> None:
        """A lane for each profession, its steps under their time; a time that is full takes more of the width."""
        self._follow(WIDTH / 2)
        lanes = {code: _by_time(_of(protocol, code)) for code in _professions(protocol)}
        most = [max((len(lane[time]) for lane in lanes.values()), default=0) for time in range(len(_TIMES))]
        shares = [0 if not count else 1 if count < 3 else 2 for count in most]
        wide = (WIDTH - 8 - _LANE) / max(sum(shares), 1)
        x = 4.0 + _LANE
        for time, share in enumerate(shares):
            if share:
                self.boxes.append(Box(x=x, y=self.y, width=wide * share, height=20, lines=(_TIMES[time],), sort="lane",
                                      is_headed=True))  # fmt: skip
            x += wide * share
        self.y += 20
        for code, lane in lanes.items():
            self._lane(reading.profession(code), lane, shares, wide)
        self._from, self.y = self.y, self.y + _GAP

    def _lane(self, name: str, lane: Sequence[Sequence[Step]], shares: Sequence[int], wide: float) -> None:
        tall, x, placed = 30.0, 4.0 + _LANE, []
        for steps, share in zip(lane, shares, strict=True):
            bottoms = [self.y + _PAD] * max(share, 1)
            for rank, step in enumerate(steps):
                place = rank % share
                lines = _wrapped((f"{step.id} · {step.quoi}", _rhythm(step)), wide - 2 * _PAD)
                placed.append(Box(x=x + place * wide + _PAD, y=bottoms[place], width=wide - 2 * _PAD,
                                  height=_height(lines), lines=lines))  # fmt: skip
                bottoms[place] += _height(lines) + _PAD
            tall, x = max(tall, max(bottoms) - self.y), x + wide * share
        band = Box(x=4, y=self.y, width=WIDTH - 8, height=tall, lines=(), sort="lane")
        head = Box(x=4, y=self.y, width=_LANE, height=tall, lines=_wrapped((name,), _LANE), sort="lane", is_headed=True)
        self.boxes += [band, head, *placed]
        self.y += tall

    def alerts(self, alerts: Sequence[Alert]) -> None:
        """Red and orange side by side: what is seen, who is warned, by when."""
        sides = [(sort, said) for sort, said in (_of_level(alerts, *each) for each in _LEVELS) if len(said) > 1]
        if not sides:
            return
        self._follow(WIDTH / 2)
        wide = (WIDTH - 8 - 12 * (len(sides) - 1)) / len(sides)
        wrapped = [(sort, _wrapped(said, wide)) for sort, said in sides]
        tall = max(_height(lines) for _, lines in wrapped)
        for place, (sort, lines) in enumerate(wrapped):
            self.boxes.append(Box(x=4 + place * (wide + 12), y=self.y, width=wide, height=tall, lines=lines, sort=sort,
                                  is_headed=True))  # fmt: skip
        self._from, self.y = self.y + tall, self.y + tall + _GAP

    _label = ""

    def _follow(self, x: float) -> None:
        if self._from is not None:
            self.arrows.append(Arrow(points=((x, self._from), (x, self.y)), label=self._label))
        self._label = ""

    def _put(self, x: float, width: float, lines: tuple[str, ...], sort: BoxSort) -> None:
        height = _height(lines)
        self.boxes.append(Box(x=x, y=self.y, width=width, height=height, lines=lines, sort=sort, is_headed=True))
        self._from, self.y = self.y + height, self.y + height + _GAP


def _of_level(alerts: Sequence[Alert], level: str, title: str, sort: BoxSort) -> tuple[BoxSort, list[str]]:
    pairs = ((each.dire, reading.answering(each).lower()) for each in alerts if each.niveau == level)
    said = [f"• {' → '.join(part for part in pair if part)}" for pair in pairs]
    return sort, [title, *said]


def _agreement(protocol: Protocol) -> list[str]:
    targets = (f"{each.libelle}, par {reading.profession(each.par).lower()}" for each in protocol.parametres)
    return _bullets([reading_consent(protocol).capitalize(), *targets])


def _professions(protocol: Protocol) -> list[str]:
    """Those that have a step of their own, in the order of the protocol; the patient last."""
    first = [each.qui[0] for each in protocol.etapes if each.qui]
    return [code for code in dict.fromkeys((*protocol.professions, *first)) if code in first]


def _of(protocol: Protocol, code: str) -> list[Step]:
    return [each for each in protocol.etapes if each.qui and each.qui[0] == code]


def _by_time(steps: Sequence[Step]) -> list[list[Step]]:
    return [[each for each in steps if _time(each) == time] for time in range(len(_TIMES))]


def _time(step: Step) -> int:
    if step.quand.des_que is not None or step.quand.depuis != "inclusion":
        return 3
    starts = min(each.rough for each in step.quand.a) if step.quand.a else dt.timedelta(0)
    return 0 if starts <= dt.timedelta(days=7) else 1 if starts <= _THREE_MONTHS else 2


def _rhythm(step: Step) -> str:
    if step.quand.tous_les is None:
        return ""
    return f"tous les {step.quand.tous_les}" + (", ou autre rythme" if step.quand.sauf else "")


def _bullets(said: list[str]) -> list[str]:
    shown = said if len(said) <= _MOST else [*said[: _MOST - 1], f"et {len(said) - _MOST + 1} autres"]
    return [f"• {each}" for each in shown]


def _wrapped(said: Sequence[str], width: float) -> tuple[str, ...]:
    letters = max(int((width - 2 * _PAD) / _LETTER), 8)
    return tuple(line for each in said if each for line in textwrap.wrap(each, letters, break_on_hyphens=False))


def _height(lines: Sequence[str]) -> float:
    return LINE * len(lines) + 2 * _PAD
