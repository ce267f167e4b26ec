"""Consulting the national record: does it exist, am I let in, what is new, and the bytes of one document.

The refresh is the usage guide's (V0.3): two years at the first opening, the vaccinations whatever their age, then what
was submitted since the last call. What came by MSSanté already is the same document (uniqueId).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import identifying
from maillon.exchange.dmp import entries, plugging
from maillon.exchange.dmp.acts import CHANNELS, visible_entries
from maillon.exchange.dmp.port import Authorisation, Existence, NationalRecord, RecordStatus
from maillon.exchange.dmp.rows import DmpEntry, DmpOpening
from maillon.exchange.remote import NoAnswer, NotReached, RemoteRefusal
from maillon.formats.cda.read import open_cda
from maillon.formats.confidentiality import level_of
from maillon.formats.refusal import Refused
from maillon.formats.xdm_metadata import XdmMetadata, patient_id
from maillon.formats.xds.vihf import Vihf
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage

T = TypeVar("T")
FIRST_OPENING: Final = dt.timedelta(days=2 * 365)
OVERLAP: Final = dt.timedelta(minutes=5)  # clocks differ; what is seen twice is one line all the same
VACCINATIONS: Final = ("11369-6", "87273-9")
SOURCE: Final = "dmp"

AWAY: Final = ("E-DMP-30", "Le DMP ne répond pas\u202f: rien n’a été changé. Réessayez dans un instant.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How the record stands for this reader, as last heard; `lacks` says in French what keeps it shut."""

    is_plugged: bool
    is_simulated: bool
    line_name: str = ""
    existence: str = ""
    authorisation: str = ""
    checked_at: dt.datetime | None = None
    refreshed_at: dt.datetime | None = None
    consented_at: dt.datetime | None = None
    lacks: str = ""
    may_authorise: bool = False
    mode: str = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """How many lines were seen, and how many of them were not known before."""

    seen: int
    new: int
    is_first: bool


def opening(access: Access) -> Opening:
    """What is known without asking anybody: for the page."""
    if not plugging.is_plugged():
        return Opening(is_plugged=False, is_simulated=False, lacks=plugging.NOT_PLUGGED[1])
    row = _row(access)
    try:
        identifying.actor_of(access)
        identifying.qualified(access)
        lacks = _lacks(row, identifying.mode_of(access)[0]) if row is not None else ""
    except UserMessage as refusal:
        lacks = refusal.message
    return Opening(
        is_plugged=True,
        is_simulated=plugging.is_simulated(),
        line_name=plugging.line().name,
        existence=row.existence if row else "",
        authorisation=row.authorisation if row else "",
        checked_at=row.checked_at if row else None,
        refreshed_at=row.refreshed_at if row else None,
        consented_at=row.consented_at if row else None,
        lacks=lacks,
        may_authorise=row is not None and row.existence == Existence.ACTIVE and row.authorisation in (
            Authorisation.NONE, Authorisation.EXPIRED),
        mode=identifying.mode_of(access)[0],
    )  # fmt: skip


def status(access: Access) -> RecordStatus:
    """TD0.2, asked now and kept. Raises E-DMP-01, 02, 05, 06, 30."""
    record, who = _line(access)
    return _checked(access, record, who)


@transaction.atomic
def authorise(access: Access, *, channel: str, proof: str = "") -> Authorisation:
    """TD0.3, with the patient's consent written down here first. Raises E-DMP-31 without it."""
    if channel not in CHANNELS:
        raise UserMessage("E-DMP-31", "Notez comment le patient a consenti à votre consultation de son DMP.")
    record, who = _line(access)
    row = _kept(access)
    row.consented_at, row.consent_channel, row.consent_proof = clock.now(), channel, proof.strip()[:300]
    row.authorisation = _asked(lambda: record.authorise(who))
    row.checked_at = clock.now()
    row.save()
    return Authorisation(row.authorisation)


def refresh(access: Access) -> Refreshed:
    """Ask the record what is new for this reader. Raises E-DMP-01 to 06, 30, 32 to 34: then nothing is moved."""
    record, who = _line(access)
    _refuse_shut(_checked(access, record, who), who)
    row, asked_at = _kept(access), clock.now()
    is_first = row.refreshed_at is None
    if row.refreshed_at is None:
        found = _asked(lambda: _first_opening(record, who))
    else:
        since = row.refreshed_at - OVERLAP
        found = _asked(lambda: record.changed(who, since=since))
    of_patient = [each for each in found if each.patient_id in (None, patient_id(who.patient))]
    with transaction.atomic():
        new = entries.keep(access, of_patient)
        row.refreshed_at = asked_at
        row.save(update_fields=["refreshed_at"])
    return Refreshed(seen=len(of_patient), new=new, is_first=is_first)


def retrieve(access: Access, entry: UUID) -> UUID:
    """Bring one document into our record, as it is there; what we hold already is not asked for again.

    Raises AccessDenied, alike for what is not there; E-DMP-35 to 38.
    """
    row = visible_entries(access).select_related("document").filter(uuid=entry).first()
    if row is None or access.scope != "whole":
        raise access_room.AccessDenied
    if row.document is not None:
        return UUID(str(row.document.uuid))
    if row.availability == "Deleted":
        raise UserMessage("E-DMP-38", "Ce document a été supprimé du DMP.")
    if row.visibility:
        raise UserMessage(
            "E-DMP-35", "Ce document est à visibilité restreinte dans le DMP\u202f: il se lit là-bas, pas ici."
        )
    record, who = _line(access)
    _refuse_shut(_checked(access, record, who), who)
    said = XdmMetadata(
        unique_id=row.unique_id, entry_uuid=row.entry_uuid, repository=row.repository, uri=row.uri,
        mime_type=row.media_type,
    )  # fmt: skip
    data = _asked(lambda: record.retrieve(who, said))
    return _filed(access, row, data)


def _filed(access: Access, row: DmpEntry, data: bytes) -> UUID:
    digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    if (row.sha1 and row.sha1 != digest) or (row.size is not None and row.size != len(data)):
        raise UserMessage("E-DMP-36", "Le document reçu n’est pas celui que le DMP annonce\u202f: il est écarté.")
    with transaction.atomic():
        filing = _filing_of(access, row, data)
        level = level_of([filing.confidentiality, row.confidentiality])
        filing = replace(filing, unique_id=row.unique_id, confidentiality=level, source=SOURCE)
        filed = documents.file(access, filing, readers=(), received_at=clock.now())
        DmpEntry.objects.filter(pk=row.pk).update(document_id=filed.id)
    return filed.uuid


def _filing_of(access: Access, row: DmpEntry, data: bytes) -> documents.Filing:
    """A document of another patient is never filed, whatever the record says of it."""
    try:
        digest = open_cda(data).for_filing()
    except Refused as refusal:
        raise UserMessage("E-DMP-37", f"Le document reçu n’est pas lisible ({refusal.code}).") from None
    expected, patient = identifying.qualified(access), digest.header.patient
    if (patient.ins, patient.ins_oid) != (expected.value, expected.oid):
        raise UserMessage("E-DMP-37", "Le document reçu ne porte pas l’INS de ce patient\u202f: il n’a pas été repris.")
    return documents.from_cda(digest, data)


# ------------------------------------------------------------------------------------------------ the line


def _line(access: Access) -> tuple[NationalRecord, Vihf]:
    """The line, and the word of this reader. An opposition here closes the record there as well: no key, no call."""
    if access.scope != "whole":
        raise access_room.AccessDenied
    person, house = identifying.actor_of(access)
    mode, reason = identifying.mode_of(access)
    who = identifying.word_of(
        person, house, identifying.qualified(access), homologation=plugging.homologation(), mode=mode, reason=reason
    )
    return plugging.line(), who


def _first_opening(record: NationalRecord, who: Vihf) -> tuple[XdmMetadata, ...]:
    since = clock.today() - FIRST_OPENING
    return record.find(who, since=since) + record.find(who, since=None, types=VACCINATIONS)


def _asked(call: Callable[[], T]) -> T:
    """Reading changes nothing there: whatever was lost on the way is asked again by whoever wants it."""
    try:
        return call()
    except (NotReached, NoAnswer):
        raise UserMessage(*AWAY) from None
    except RemoteRefusal as refusal:
        said = refusal.message or refusal.code
        raise UserMessage("E-DMP-39", f"Le DMP a refusé la demande\u202f: {said}") from None


def _checked(access: Access, record: NationalRecord, who: Vihf) -> RecordStatus:
    found = _asked(lambda: record.status(who))
    row = _kept(access)
    row.existence, row.authorisation = found.existence, found.authorisation
    row.closed_because, row.checked_at = found.closed_because[:200], clock.now()
    row.save(update_fields=["existence", "authorisation", "closed_because", "checked_at"])
    return found


def _refuse_shut(found: RecordStatus, who: Vihf) -> None:
    why = _shut(found.existence, found.authorisation, found.closed_because, who.mode)
    if why is not None:
        raise why


def _lacks(row: DmpOpening, mode: str) -> str:
    if not row.existence:
        return ""
    why = _shut(row.existence, row.authorisation, row.closed_because, mode)
    return why.message if why is not None else ""


def _shut(existence: str, authorisation: str, closed_because: str, mode: str) -> UserMessage | None:
    """Emergency and regulation skip the authorisation, never the patient's own refusal of this professional."""
    if existence == Existence.ABSENT:
        return UserMessage("E-DMP-32", "Ce patient n’a pas de DMP, ou pas encore.")
    if existence == Existence.CLOSED:
        return UserMessage("E-DMP-32", f"Le DMP de ce patient est fermé\u202f: {closed_because or 'sans motif connu'}.")
    if authorisation == Authorisation.FORBIDDEN:
        return UserMessage("E-DMP-33", "Le patient vous a fermé l’accès à son DMP.")
    if authorisation != Authorisation.VALID and mode == "normal":
        return UserMessage(
            "E-DMP-34", "Le patient ne vous a pas encore ouvert son DMP\u202f: recueillez son consentement."
        )
    return None


def _row(access: Access) -> DmpOpening | None:
    person = access.actor.professional_id
    if person is None:
        return None
    return DmpOpening.objects.filter(patient_id=access.patient_id, professional_id=person).first()


def _kept(access: Access) -> DmpOpening:
    person, _ = identifying.actor_of(access)
    return DmpOpening.objects.get_or_create(patient_id=access.patient_id, professional_id=person)[0]
