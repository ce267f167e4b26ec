"""Where a journey is played: the demonstration's pages, operator and national record, and who signs in with what."""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from maillon.demo.loading import PASSWORD
from maillon.demo.playing import prepare
from maillon.demo.programs import ProgramDied, Programs, when_announced
from maillon.kernel.message import UserMessage
from maillon.scenarios import api as scenarios
from simulators.journeys.asking import Down, ask
from simulators.journeys.browser import Browser
from simulators.journeys.cast import newcomer, with_outside
from simulators.journeys.orders import Order
from simulators.people import Patient, Professional, Territory

NOT_STANDING: Final = UserMessage(
    "E-PAR-20", "La démonstration n’est pas prête\u202f: lancez « maillon demo », ou « maillon parcours » sans elle."
)


@dataclass(slots=True)
class World:
    """`folder` is that of the demonstration; its programs outside are started when first needed."""

    site: str
    folder: Path
    territory: Territory
    until: dt.date
    programs: Programs
    _people: dict[str, Browser] = field(default_factory=dict)

    @property
    def outside(self) -> Path:
        return self.folder / "parcours"

    def browser(self, person: str) -> Browser:
        """Somebody at their post; the session lasts for the whole run."""
        if person not in self._people:
            secrets = {each["account"]: each["secret"] for each in _said(self.folder / "telephone" / "totp.json")}
            if person not in secrets:
                raise UserMessage("E-PAR-21", f"« {person} » n’a pas de compte dans cette démonstration.")
            house = self.territory.structure(self.professional(person).structure).name
            self._people[person] = Browser(
                site=self.site, name=person, password=PASSWORD, secret=secrets[person], house=house
            )
        return self._people[person]

    def is_at_post(self, person: str) -> bool:
        """Whether they have come in already."""
        return person in self._people

    def professional(self, person: str) -> Professional:
        """Raises UserMessage for nobody of the cast: a journey may name whom this demonstration does not have."""
        try:
            return self.territory.professional(person)
        except KeyError:
            raise UserMessage("E-PAR-21", f"« {person} » n’est personne de cette démonstration.") from None

    def subject(self, scenario: scenarios.definition.Scenario, rank: int) -> Patient:
        """Whom a run is about: always the same for the same rank."""
        said = scenario.patient
        return newcomer(sex=said.sexe, age=said.age, number=rank, until=self.until)

    def citizen_mailbox(self, person: Patient) -> str:
        return f"{(person.ins or '').lower()}@{os.environ['MAILLON_MES_DOMAINE']}"

    def start_outside(self, who: str) -> None:
        """The program of somebody outside, unless it has been started: one that died is not brought back to life, so
        that its steps say so. Raises Down."""
        if not self.programs.has_started(who):
            (self.outside / f"{who}.json").unlink(missing_ok=True)
            self.programs.start(who, "simulators.journeys", "--dossier", str(self.outside), "--qui", who)
            try:
                when_announced(self.programs, self.outside / f"{who}.json", who)
            except ProgramDied as death:
                raise Down(who) from death

    def ask(self, who: str, order: Order) -> dict[str, Any]:
        """Raises Down, Refusal."""
        self.start_outside(who)
        return ask(self.outside, who, order)


def stand(programs: Programs) -> World:
    """Raises UserMessage when the demonstration is not there."""
    demonstration = prepare(patients=0)
    folder = demonstration.folder
    operator, dmp = _said(folder / "operateur" / "operateur.json"), _said(folder / "dmp" / "dmp.json")
    if not isinstance(operator, dict) or not isinstance(dmp, dict) or "MAILLON_ADRESSE" not in os.environ:
        raise NOT_STANDING
    world = World(
        site=os.environ["MAILLON_ADRESSE"], folder=folder, territory=with_outside(demonstration.territory),
        until=demonstration.until, programs=programs,
    )  # fmt: skip
    world.outside.mkdir(parents=True, exist_ok=True, mode=0o700)
    said = {
        "until": demonstration.until.isoformat(),
        "operator": {key: operator[key] for key in ("host", "imap_port", "smtp_port", "ca_file")}
        | {"accounts": str(folder / "operateur" / "comptes")},
        "dmp": {key: dmp[key] for key in ("address", "authority", "structure")},
    }  # fmt: skip
    (world.outside / "monde.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    return world


def _said(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
