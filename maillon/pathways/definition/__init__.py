"""The schema of content/protocoles/*.yaml: one protocol per file, whatever its nature.

PPSPR, coopération, ETP, chirurgie ambulatoire, télésurveillance, plan personnalisé: one schema. A nature adds no key of
its own; it uses those that it needs. What is checked beyond the shape is in `checking`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from maillon.pathways.definition.care import (
    DEFAULT_STATES,
    PATIENT,
    Alert,
    Choice,
    Climb,
    Criterion,
    Guard,
    Information,
    Level,
    NamedDate,
    Node,
    Otherwise,
    Parameter,
    Population,
    State,
    Step,
    Table,
    TableRow,
    When,
)
from maillon.pathways.definition.examples import (
    Example,
    ExampleFact,
    ExamplePatient,
    Expected,
)
from maillon.pathways.definition.measures import (
    Indicator,
    Objective,
    Reading,
    Report,
    Tool,
)
from maillon.pathways.definition.team import (
    Competency,
    Declaration,
    DerogatoryAct,
    Device,
    Role,
    Session,
    Team,
    TeamRule,
)

__all__ = [
    "Alert",
    "Choice",
    "Climb",
    "Competency",
    "Criterion",
    "DEFAULT_STATES",
    "Declaration",
    "DerogatoryAct",
    "Device",
    "Example",
    "ExampleFact",
    "ExamplePatient",
    "Expected",
    "Guard",
    "Indicator",
    "Information",
    "Level",
    "NamedDate",
    "Nature",
    "Node",
    "Objective",
    "Otherwise",
    "PATIENT",
    "Parameter",
    "Population",
    "Protocol",
    "Reading",
    "Report",
    "Role",
    "Session",
    "State",
    "Step",
    "Table",
    "TableRow",
    "Team",
    "TeamRule",
    "Tool",
    "When",
]

Nature = Literal["ppspr", "cooperation", "etp", "ambulatoire", "telesurveillance", "pps"]


@dataclass(frozen=True, slots=True)
class Protocol:
    """`statut`: a model is copied before it is used, and never put in force itself. `theme`: two protocols in force
    never share one."""

    code: str
    nature: Nature
    statut: Literal["modele", "local"]
    titre: str
    theme: str
    justification: str
    source: str
    provenance: Literal["officiel", "reconstruit", "local"]
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    objectifs: tuple[Objective, ...]
    population: Population
    professions: tuple[str, ...]
    information: Information
    etapes: tuple[Step, ...]
    alertes: tuple[Alert, ...]
    indicateurs: tuple[Indicator, ...]
    bibliographie: tuple[Reading, ...]
    avis_medical: tuple[str, ...]  # when a physician is asked, and when one leaves the protocol
    regle_si: str  # which items are coded, which document types are filed
    exemples: tuple[Example, ...]
    parametres: tuple[Parameter, ...] = ()
    dates: tuple[NamedDate, ...] = ()
    etats: tuple[State, ...] = DEFAULT_STATES
    tableaux: tuple[Table, ...] = ()
    arbre: tuple[Node, ...] = ()
    equipe: Team | None = None
    actes_derogatoires: tuple[DerogatoryAct, ...] = ()
    declaration: Declaration | None = None
    competences: tuple[Competency, ...] = ()
    seances: tuple[Session, ...] = ()
    dispositif: Device | None = None
    rapports: tuple[Report, ...] = ()
    outils: tuple[Tool, ...] = ()

    def state(self, name: str) -> State:
        return next(state for state in self.etats if state.nom == name)

    def step(self, id_: str) -> Step | None:
        return next((step for step in self.etapes if step.id == id_), None)

    def alert(self, id_: str) -> Alert | None:
        return next((alert for alert in self.alertes if alert.id == id_), None)

    def table(self, id_: str) -> Table | None:
        return next((table for table in self.tableaux if table.id == id_), None)

    def parameter(self, name: str) -> Parameter | None:
        return next((each for each in self.parametres if each.nom == name), None)

    def indicator(self, id_: str) -> Indicator | None:
        return next((each for each in self.indicateurs if each.id == id_), None)

    @property
    def first_state(self) -> State:
        return self.etats[0]

    @property
    def included_state(self) -> State:
        """Where inclusion leads: the first state in which something runs."""
        return next(state for state in self.etats if state.genre == "actif")
