"""What is checked before anything is promised. Writing refuses what would be wrong rather than sending it."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import diffusion
from maillon.exchange.directory import api as directory
from maillon.exchange.outgoing import refusals as no
from maillon.exchange.outgoing.models import PatientMailChoice
from maillon.exchange.outgoing.shapes import Recipient
from maillon.formats.document import ClinicalDocument, PatientTraits
from maillon.kernel.key import Access, ProfessionalId, Purpose
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.professionals import api as professionals

NATIONAL_ID_ROOT: Final = "1.2.250.1.71.4.2.1"
_ADDRESS: Final = re.compile(r"[a-z0-9][a-z0-9._+'-]*@(?:[a-z0-9-]+\.)+[a-z]{2,}", re.ASCII)
_TEST_DOMAIN: Final = ".mssante.test"
_SPLIT: Final = re.compile(r"[^A-Z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSend:
    """One document, read through the key, with what marks it."""

    view: documents.DocumentView
    document: ClinicalDocument
    data: bytes
    flags: diffusion.Flags


def refuse_a_key_that_only_reads(access: Access) -> None:
    """A patient, a machine or a quality control reads; only a professional who cares or coordinates sends."""
    if access.actor.kind != "professional" or access.purpose in (Purpose.QUALITY, Purpose.INSURANCE):
        raise no.NOT_FOR_SENDING


def documents_to_send(access: Access, asked: Sequence[UUID]) -> list[ToSend]:
    """In the order asked, each once. Raises AccessDenied, E-ENV-01, 03, 05, 13, 14, 18."""
    if not asked:
        raise no.NO_DOCUMENT
    identity = patients.identity(access)
    found = [_read(access, uuid) for uuid in dict.fromkeys(asked)]
    for each in found:
        _refuse_another_patient(each.document, identity)
    return found


def readable(access: Access, asked: Sequence[UUID]) -> list[documents.DocumentView]:
    """Those of them that the key opens: after a refusal, whatever it was for."""
    return [documents.read(access, uuid) for uuid in dict.fromkeys(asked)]


def of_another_patient(access: Access, asked: Sequence[UUID]) -> list[documents.DocumentView]:
    """Those that made the sending stop."""
    identity = patients.identity(access)
    return [
        view
        for view in readable(access, asked)
        if view.document is not None
        and (view.document.patients_named > 1 or not _is_about(view.document.patient, identity))
    ]


def _read(access: Access, uuid: UUID) -> ToSend:
    view = documents.read(access, uuid)
    if view.document is None:
        raise no.NOT_A_CDA
    if view.status != "current":
        raise no.NOT_CURRENT
    is_author = view.author_id is not None and view.author_id == access.actor.professional_id
    is_carrier = access.actor.kind == "machine"  # of what somebody who may has promised
    if view.confidentiality != "N" and not (is_author or is_carrier or access.facts.treating):
        raise no.RESTRICTED
    data = documents.original(access, uuid).data
    return ToSend(view=view, document=view.document, data=data, flags=diffusion.flags_of(access, uuid))


def _refuse_another_patient(document: ClinicalDocument, identity: patients.Identity) -> None:
    if document.patients_named > 1:
        raise no.SEVERAL_PATIENTS
    if not _is_about(document.patient, identity):
        raise no.OTHER_PATIENT


def _is_about(traits: PatientTraits, identity: patients.Identity) -> bool:
    """What both sides state must agree; what only one states proves nothing."""
    line = identity.line
    if traits.ins and line.ins and traits.ins[:13] != line.ins[:13]:
        return False
    if traits.birth_date and len(traits.birth_date) >= 10 and traits.birth_date[:10] != line.birth_date.isoformat():
        return False
    families = {_folded(each) for each in (traits.birth_family_name, traits.used_family_name) if each}
    ours = {_folded(each) for each in (line.birth_family_name, line.used_family_name) if each}
    if families and not families & ours:
        return False
    given = _words(traits.first_birth_given_name, traits.birth_given_names, traits.used_given_name)
    return not given or bool(given & _words(line.first_birth_given_name, line.birth_given_names, line.used_given_name))


def _words(*names: str | None) -> set[str]:
    return {word for name in names if name for word in _folded(name).split()}


def _folded(text: str) -> str:
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return _SPLIT.sub(" ", bare.upper().replace("Œ", "OE").replace("Æ", "AE")).strip()


def recipients_to_send(access: Access, asked: Iterable[Recipient], chosen: Sequence[ToSend]) -> list[Recipient]:
    """Each address once, in lower case. Raises E-ENV-02, 04, 06 to 11, 17, 21, 22, 24."""
    found: dict[str, Recipient] = {}
    for each in asked:
        known = _the_patient(access) if each.kind == "patient" else _professional(each)
        found.setdefault(known.address, known)
    if not found:
        raise no.NO_RECIPIENT
    if len(found) > no.MOST_RECIPIENTS:
        raise no.TOO_MANY
    for recipient in found.values():
        _refuse_for(access, recipient, chosen)
    return list(found.values())


def held_back(access: Access, asked: Sequence[UUID], to: Iterable[Recipient]) -> dict[str, UserMessage]:
    """Of what was promised and not taken yet: the addresses to which it may go no more, as everything stands now, and
    why. The same rules as on the day of the promise."""
    try:
        chosen = documents_to_send(access, asked)
    except access_room.AccessDenied:
        return {each.address: no.NOT_CURRENT for each in to}
    except UserMessage as refusal:
        return {each.address: refusal for each in to}
    return {each.address: why for each in to if (why := _why_not(access, each, chosen)) is not None}


def _why_not(access: Access, recipient: Recipient, chosen: Sequence[ToSend]) -> UserMessage | None:
    try:
        (now,) = recipients_to_send(access, [recipient], chosen)
    except UserMessage as refusal:
        return refusal
    return None if now.address == recipient.address else no.OTHER_ADDRESS


def _the_patient(access: Access) -> Recipient:
    """`<matricule>@patient.mssante.fr`, only from a qualified identity (ECO.2.2.6); a minor has their own."""
    line = patients.identity(access).line
    if line.identity_status != patients.IdentityStatus.QUALIFIED or not line.ins:
        raise no.NOT_QUALIFIED
    if PatientMailChoice.objects.filter(patient_id=access.patient_id, lifted_at__isnull=True).exists():
        raise no.PATIENT_DECLINED
    return Recipient(kind="patient", address=f"{line.ins.lower()}@{patient_domain()}", name="Le patient")


def patient_domain() -> str:
    """Of the citizens' mailboxes. The demonstration and the tests have their own: a test matricule is nobody there."""
    return os.environ.get("MAILLON_MES_DOMAINE", "patient.mssante.fr").lower()


def _professional(asked: Recipient) -> Recipient:
    address = asked.address.strip().lower()
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise no.BAD_ADDRESS
    domain = address.partition("@")[2]
    if domain == patient_domain() or domain == "patient.mssante.fr":
        raise no.PATIENT_ADDRESS_TYPED
    if not _is_trusted(domain):
        raise no.NOT_MSSANTE
    return _named(asked, address)


def _is_trusted(domain: str) -> bool:
    """Every domain of the trusted space ends in mssante.fr; the test domain is for an installation of test people."""
    suffixes = (".mssante.fr",) if os.environ.get("MAILLON_INS") == "reel" else (".mssante.fr", _TEST_DOMAIN)
    return domain.endswith(suffixes)


def _named(asked: Recipient, address: str) -> Recipient:
    """Who holds the address, when the house or the Annuaire Santé knows it: what was typed beside does not prevail."""
    holder = professionals.by_mss_address(address)
    if holder is None:
        return _of_the_book(asked, address)
    person, place = holder.professional, holder.structure
    return Recipient(
        kind="organization" if place is not None else asked.kind,
        address=address,
        name=(person.name if person else place.name if place else asked.name.strip())[:200],
        national_id=(person.national_id or "") if person else asked.national_id.strip()[:20],
    )


def _of_the_book(asked: Recipient, address: str) -> Recipient:
    line = directory.by_address(address)
    if line is None:
        name, national_id = asked.name.strip()[:200], asked.national_id.strip()[:20]
        return replace(asked, address=address, name=name, national_id=national_id)
    return Recipient(
        kind="organization" if line.is_organization else "professional",
        address=address, name=line.name[:200], national_id=line.national_id,
    )  # fmt: skip


def _refuse_for(access: Access, recipient: Recipient, chosen: Sequence[ToSend]) -> None:
    is_patient = recipient.kind == "patient"
    destination = diffusion.Destination.PATIENT if is_patient else diffusion.Destination.PROFESSIONAL
    for each in chosen:
        for refusal in diffusion.refusals(each.flags, destination):
            raise refusal
        if each.view.confidentiality != "N" and recipient.kind == "organization":
            raise no.RESTRICTED
    if not is_patient and diffusion.is_opposed_to(access, _known_by_number(recipient)):
        raise no.PATIENT_OPPOSED


def _known_by_number(recipient: Recipient) -> ProfessionalId | None:
    person = professionals.by_national_id(recipient.national_id) if recipient.national_id else None
    return person.id if person is not None else None
