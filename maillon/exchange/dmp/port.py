"""What any line to the national record offers. `who` is the signed word of who asks, for which patient and why.

Every verb may raise `NotReached` (nothing was asked), `NoAnswer` (nobody knows) or `RemoteRefusal` (exchange.remote).
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from typing import Literal, Protocol

from maillon.formats.xdm_metadata import SubmissionSetMetadata, XdmMetadata
from maillon.formats.xds.vihf import Vihf

Availability = Literal["Approved", "Archived", "Deleted"]


class Existence(enum.StrEnum):
    ACTIVE = "ACTIF"
    CLOSED = "FERME"
    ABSENT = "INEXISTANT"


class Authorisation(enum.StrEnum):
    NONE = "NON_EXISTE"
    FORBIDDEN = "INTERDIT"
    EXPIRED = "EXPIRE"
    VALID = "VALIDE"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStatus:
    """TD0.2. Nothing of the patient's traits is read: the local ones are shown, never the record's."""

    existence: Existence
    authorisation: Authorisation
    closed_because: str = ""
    is_treating: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """`replaced`: the record's own entry that this one takes the place of."""

    submission: SubmissionSetMetadata
    entry: XdmMetadata
    data: bytes
    replaced: XdmMetadata | None = None


class NationalRecord(Protocol):
    @property
    def name(self) -> str:
        """How it speaks, for the screens."""

    def status(self, who: Vihf) -> RecordStatus: ...

    def authorise(self, who: Vihf) -> Authorisation:
        """TD0.3, only after an explicit act of the professional, with the patient's consent."""

    def named(self, who: Vihf, unique_id: str) -> XdmMetadata | None:
        """The document of this uniqueId as the record holds it now."""

    def find(self, who: Vihf, *, since: dt.date | None, types: tuple[str, ...] = ()) -> tuple[XdmMetadata, ...]:
        """TD3.1: what is in force, by the date of the act."""

    def changed(self, who: Vihf, *, since: dt.datetime) -> tuple[XdmMetadata, ...]:
        """What was submitted since: new documents, new versions, changed metadata, replacements, deletions."""

    def retrieve(self, who: Vihf, entry: XdmMetadata) -> bytes: ...

    def feed(self, who: Vihf, what: Feed) -> None: ...

    def show_as(self, who: Vihf, entry: XdmMetadata, visibility: frozenset[str]) -> None: ...

    def set_availability(self, who: Vihf, entry: XdmMetadata, availability: Availability) -> None: ...
