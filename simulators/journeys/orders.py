"""What somebody outside is asked to do in their own software, and what they answer: plain JSON on both sides."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from simulators.people import Patient

What = Literal["publier", "deposer", "relever", "consulter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`publier`: write a document and send it by mail. `deposer`: write one and deposit it by FHIR. `relever`: look in
    a mailbox for the documents named in `wanted`. `consulter`: read what the national record holds of the person.

    `key` names the event: the same order always makes the same document, of the same identifier. `version`: the second
    replaces the first. `again`: the same document, in another message. `ended`: the end of the stay."""

    what: What
    person: dict[str, Any]
    at: str = ""
    author: str = ""
    key: str = ""
    type: str = ""
    title: str = ""
    level: str = "N1"
    texts: dict[str, str] = field(default_factory=dict)
    readers: tuple[str, ...] = ()  # keys of the territory
    addresses: tuple[str, ...] = ()
    to_patient: bool = False
    to_dmp: bool = False
    version: int = 1
    encounter: str = "AMB"
    order_id: str = ""
    knows_ins: bool = True
    mailbox: str = ""
    wanted: tuple[str, ...] = ()
    ended: str = ""
    again: str = ""
    patience: float = 20.0

    @classmethod
    def of_json(cls, said: dict[str, Any]) -> Self:
        lists = {key: tuple(said.get(key, ())) for key in ("readers", "addresses", "wanted")}
        return cls(**said | lists)

    @property
    def moment(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.at)


def as_json(order: Order) -> dict[str, Any]:
    return asdict(order)


def person_as_json(person: Patient) -> dict[str, Any]:
    return asdict(person) | {"birth_date": person.birth_date.isoformat()}


def person_of(said: dict[str, Any]) -> Patient:
    return Patient(
        **said | {
            "birth_date": dt.date.fromisoformat(said["birth_date"]), "team": tuple(said["team"]),
            "stories": tuple(said["stories"]),
        }
    )  # fmt: skip
