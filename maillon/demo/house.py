"""The maison de santé of the demonstration at work: who acts, on which record, and how long ago."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from maillon.access import api as access_room
from maillon.demo.loading import Loader
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId, ProfessionalId, StructureId
from maillon.patients import api as patients
from simulators.people import Territory

HOUSE = "msp"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Days are counted back from the one on which the story ends."""

    territory: Territory
    until: dt.date
    structure_id: StructureId
    people: Mapping[str, ProfessionalId]
    accounts: Mapping[str, int]

    @classmethod
    def of(cls, loader: Loader, *, until: dt.date) -> House:
        return cls(
            territory=loader.territory, until=until, structure_id=loader.structures[HOUSE],
            people=loader.professionals, accounts=loader.accounts,
        )  # fmt: skip

    def actor(self, who: str) -> Actor:
        """As after their sign-in, for this house."""
        actor = access_room.sessions.actor_of_account(self.accounts[who])
        return replace(actor, structure_id=self.structure_id)

    def patient(self, key: str) -> PatientId:
        found = patients.bearer(self.territory.structure(HOUSE).local_root, self.territory.patient(key).number)
        assert found is not None
        return found

    def key(self, who: str, patient: str, *, resource: str = "plan") -> Access:
        actor = self.actor(who)
        return access_room.open_record(
            actor, self.patient(patient), purpose=access_room.rule.usual_purpose(actor), action="update",
            resource_type=resource,
        )  # fmt: skip

    def day(self, ago: int) -> dt.date:
        return self.until - dt.timedelta(days=ago)

    def moment(self, ago: int, hour: int = 10) -> dt.datetime:
        return dt.datetime.combine(self.day(ago), dt.time(hour), clock.PARIS)

    def days_ago(self, ago: int, hour: int = 10) -> AbstractContextManager[None]:
        return clock.at(self.moment(ago, hour))
