"""What is known while a run is played: the person, their record, what each step made, the calendar."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from maillon.journeys.world import World
from maillon.kernel import clock
from maillon.scenarios import api as scenarios
from simulators.journeys.browser import Browser, Page, PageError
from simulators.journeys.camera import Camera
from simulators.journeys.orders import Order, person_as_json
from simulators.people import Patient

Step = scenarios.definition.Step
UNFILED: Final = ("identite_douteuse",)  # noticed of what is in no record yet
_RECORD: Final = re.compile(r"/dossier/([0-9a-f-]{36})/")
_DAY: Final = re.compile(r"J(\d{1,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A document that a step made: the identifier of its CDA, and where it stands in the record once it is there."""

    id: str
    type: str
    title: str
    uuid: str = ""


@dataclass(slots=True)
class Done:
    """What a gesture says of itself: the documents that it made, and the sendings, as their sender knows them."""

    made: list[Made] = field(default_factory=list)
    sent: list[tuple[str, str, str]] = field(default_factory=list)  # to (actor or channel), by, state


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """The picture of a screen."""

    seen_by: str
    shows: str
    size: tuple[int, int]
    data: bytes


@dataclass(slots=True)
class Playing:
    world: World
    scenario: scenarios.definition.Scenario
    number: int
    variant: scenarios.definition.Variant | None
    person: Patient
    origin: dt.datetime
    made: dict[str, Made] = field(default_factory=dict)
    latest: dt.datetime | None = None
    done_at: dict[str, dt.datetime] = field(default_factory=dict)  # by step, when its gesture was done
    uuids: set[str] = field(default_factory=set)  # of every document of this run, replaced ones too
    told: list[dict[str, str]] = field(default_factory=list)  # what the platform noticed, as far as it is reported
    is_again: bool = False  # the step that is played was begun already, before the run stopped or failed
    camera: Camera | None = None  # takes pictures of the screens, where the run wants them
    shots: list[Shot] = field(default_factory=list)  # of this step
    apart: float = 0.0  # seconds of this step that were spent on what is not the step
    settling: set[str] = field(default_factory=set)  # actors who found in « À régler » what is in no record yet
    keep: Callable[[dict[str, list[str]]], None] = lambda _: None  # where the run keeps what must outlive the player
    _record: str = ""

    # ------------------------------------------------------------------------------------------ people

    def browser(self, actor: str) -> Browser:
        return self.world.browser(self.scenario.acteurs[actor].personne)

    def name_of(self, actor: str) -> str:
        return self.world.professional(self.scenario.acteurs[actor].personne).family_name

    @property
    def reader(self) -> Browser:
        """Whoever reads everything that the team may read: the first physician of the journey who works here."""
        return self.browser(self.reading_actor)

    @property
    def reading_actor(self) -> str:
        inside = [(key, each) for key, each in self.scenario.acteurs.items() if each.is_at_work]
        return next((key for key, each in inside if each.profession.startswith("G15_10")), inside[0][0])

    def address(self, actor: str) -> str:
        said = self.scenario.acteurs[actor]
        if said.profession == "patient":
            return self.world.citizen_mailbox(self.person)
        person = self.world.professional(said.personne)
        return person.mailbox

    def ask(self, actor: str, order: Order) -> dict[str, object]:
        """Somebody outside, at their software. Raises Down, Refusal."""
        who = self.scenario.acteurs[actor].dehors
        assert who is not None
        return self.world.ask(who, order)

    @property
    def citizen(self) -> str | None:
        """The actor who is the patient at Mon espace santé, if the journey has one."""
        return next((key for key, each in self.scenario.acteurs.items() if each.dehors == "patient"), None)

    def as_json(self) -> dict[str, object]:
        return person_as_json(self.person)

    # ------------------------------------------------------------------------------------------ the record

    @property
    def record(self) -> str:
        """« /dossier/… » of the person. Raises PageError when the team does not have them yet."""
        if not self._record:
            found = self.look_for_record()
            if not found:
                raise PageError("le dossier de la personne n’existe pas encore dans Maillon")
            self._record = found
        return self._record

    def look_for_record(self) -> str:
        for actor, each in self.scenario.acteurs.items():
            if each.is_at_work and each.profession in ("331", "G15_10"):
                page = self.browser(actor).open("/patients")
                said = f"{self.person.birth_date:%d%m%Y} {self.person.birth_family_name}"
                answer = self.browser(actor).send(page, "/patients", {"q": said})
                found = _record_in(answer, self.person)
                if found:
                    return found
        return ""

    def remember(self) -> None:
        """What no face shows any more once it is done: a step that is cut and played again still needs it."""
        self.keep({"documents": sorted(self.uuids), "a_regler": sorted(self.settling)})

    def recall(self, kept: dict[str, list[str]]) -> None:
        self.uuids, self.settling = set(kept.get("documents", ())), set(kept.get("a_regler", ()))

    def own(self, constats: list[dict[str, str]]) -> list[dict[str, str]]:
        """Of what the platform noticed meanwhile, what is about this run: the territory lives beside it."""
        mine = self.uuids | {each.uuid for each in self.made.values()}
        return [each for each in constats if each["document"] in mine or each["fait"] in UNFILED]

    # ------------------------------------------------------------------------------------------ time

    @contextmanager
    def off_the_watch(self) -> Iterator[None]:
        """What is not the step, but a look at it, is not counted in its time. One may stand within another."""
        begun, before = time.monotonic(), self.apart
        try:
            yield
        finally:
            self.apart = before + time.monotonic() - begun

    def moment(self, when: scenarios.definition.Moment) -> dt.datetime:
        day = self.origin.astimezone(clock.PARIS).date() + dt.timedelta(days=when.day)
        return dt.datetime.combine(day, dt.time(when.hour, when.minute), clock.PARIS)

    def dated(self, text: str) -> str:
        """« J3 » as the day that it is, typed as one types a date."""
        found = _DAY.fullmatch(text)
        if found is None:
            return text
        day = self.origin.astimezone(clock.PARIS).date() + dt.timedelta(days=int(found[1]))
        return f"{day:%d%m%Y}"

    def key_of(self, code: str) -> str:
        """Names what a step makes, in the software of those outside: the same step of the same run makes it once."""
        return f"parcours-{self.number}-{code}"


def _record_in(page: Page, person: Patient) -> str:
    """Of somebody who bears exactly this name, this given name and this day of birth: a homonym is somebody else."""
    wanted = (person.birth_family_name, person.first_birth_given_name, f"{person.birth_date:%d/%m/%Y}")
    for line in page.tree.xpath('//ul[contains(@class, "found-list")]/li'):
        said = norm(line.text_content())
        match = next((found for each in line.xpath(".//a/@href") if (found := _RECORD.match(str(each)))), None)
        if match is not None and all(norm(each) in said for each in wanted):
            return f"/dossier/{match[1]}"
    return ""


def norm(text: str) -> str:
    return " ".join(text.split()).casefold()
