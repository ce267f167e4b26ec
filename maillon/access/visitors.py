"""Who may knock at the patient's door: the patient, whom the team invited; who represents them; the carer they named.

The identity of each is checked by somebody of the team, who says how. Whoever has one contact only receives, by hand, a
code for the first sign-in: nothing else would tell them from the owner of that contact (access.patient_door).
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Q

from maillon.access import marks, wall
from maillon.access import patient_door as patient_door
from maillon.access.abilities import abilities
from maillon.access.contacts import spelled_email
from maillon.access.contacts import spelled_phone as spelled_phone
from maillon.access.events import VisitorToTell
from maillon.access.models import Delegation, DocumentMark, Visitor
from maillon.access.refusal import AccessDenied
from maillon.access.rule import visible_patients
from maillon.kernel import clock, events
from maillon.kernel.key import Access, Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.patients import api as patients

MAJORITY = 18
MOVED = "contact_change"  # the sentence of exchange.carrying that goes to the former contact
Kind = Delegation.Kind

NO_CONTACT = UserMessage("E-POR-02", "Indiquez une adresse de courriel ou un numéro de téléphone portable.")
NO_PROOF = UserMessage("E-POR-05", "Dites comment l’identité de la personne a été vérifiée.")
OF_AGE = UserMessage(
    "E-POR-06", "Cette personne est majeure\u202f: ses parents ne la représentent plus. Elle peut nommer un aidant."
)
ALREADY_USED = UserMessage(
    "E-POR-07", "Ce contact sert déjà à une autre personne née le même jour\u202f: indiquez-en un autre."
)
NO_NAME = UserMessage("E-POR-08", "Indiquez le nom, le prénom et la date de naissance de la personne.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is to be let in, as typed by whoever knows them."""

    family_name: str
    given_name: str
    birth_date: dt.date | None
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """`first_code` is to be printed and handed over; empty for who has both a mailbox and a phone."""

    visitor_id: int
    first_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What the team sees of a patient's door."""

    name: str
    email: str
    phone: str
    invited_by: str
    created_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationLine:
    id: int
    name: str
    kind: str
    kind_label: str
    start: dt.date
    end: dt.date | None
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """A record that the visitor may put on the screen."""

    patient_id: PatientId
    name: str
    is_oneself: bool


# ------------------------------------------------------------------------------------------------ letting in


@transaction.atomic
def invite(access: Access, *, email: str, phone: str, identity_proof: str) -> Invited:
    """Open the patient's own door, or open it again with other contacts: what was open before is closed."""
    _of_the_team(access)
    line = patients.identity(access).line
    person = Person(
        family_name=line.used_family_name or line.birth_family_name,
        given_name=line.used_given_name or line.first_birth_given_name,
        birth_date=line.birth_date, email=email, phone=phone,
    )  # fmt: skip
    return _let_in(access, person, proof=identity_proof, patient_id=access.patient_id)


@transaction.atomic
def invite_representative(access: Access, person: Person, *, kind: str, evidence: str) -> Invited:
    """A parent or a guardian of a minor, until the eve of the eighteenth birthday: what follows it is another judgment.
    A guardian of an adult, until it is ended."""
    _of_the_team(access)
    if kind not in (Kind.PARENT, Kind.GUARDIAN):
        raise AccessDenied  # a carer is named by the patient alone
    eve = eve_of_majority(patients.identity(access).line.birth_date)
    end = eve if eve >= clock.today() else None
    if kind == Kind.PARENT and end is None:
        raise OF_AGE
    invited = _let_in(access, person, proof=evidence, patient_id=None)
    _delegate(access, invited.visitor_id, kind=kind, end=end, evidence=evidence)
    return invited


@transaction.atomic
def name_carer(access: Access, person: Person) -> Invited:
    """By the patient, from their own door."""
    if access.actor.kind != "patient":
        raise AccessDenied
    proof = "désigné par le patient depuis son espace"
    invited = _let_in(access, person, proof=proof, patient_id=None)
    _delegate(access, invited.visitor_id, kind=Kind.CARER, end=None, evidence=proof)
    return invited


@transaction.atomic
def end_delegation(access: Access, delegation_id: int) -> None:
    """By the team; a carer's, by the patient or by the carer. It holds at the next click. A minor does not dismiss a
    parent, nor a parent themself: neither is theirs to decide."""
    if access.actor.visitor_id is None:
        _of_the_team(access)
    elif access.scope != "whole":
        raise AccessDenied
    found = Delegation.objects.filter(pk=delegation_id, patient_id=access.patient_id, ended_at__isnull=True)
    if access.actor.kind == "representative":
        found = found.filter(visitor_id=access.actor.visitor_id or 0)
    if access.actor.visitor_id is not None:
        found = found.filter(kind=Kind.CARER)
    if not found.update(ended_at=clock.now(), ended_by=access.actor.label[:200]):
        raise AccessDenied


def delegations(access: Access) -> list[DelegationLine]:
    """Those in force. A representative sees their own only."""
    found = Delegation.objects.filter(_in_force(), patient_id=access.patient_id).order_by("start", "id")
    if access.actor.kind == "representative":
        found = found.filter(visitor_id=access.actor.visitor_id or 0)
    with wall.beside():
        rows = list(found.select_related("visitor"))
    return [
        DelegationLine(
            id=row.pk, name=f"{row.visitor.given_name} {row.visitor.family_name}", kind=row.kind,
            kind_label=Kind(row.kind).label, start=row.start, end=row.end, recorded_by=row.recorded_by,
        )
        for row in rows
    ]  # fmt: skip


def door_of(access: Access) -> Door | None:
    """Whether the patient has a door; asked by the team."""
    if access.scope != "whole":
        raise AccessDenied
    row = Visitor.objects.filter(patient_id=access.patient_id, is_active=True).first()
    if row is None:
        return None
    return Door(
        name=f"{row.given_name} {row.family_name}", email=row.email, phone=row.phone, invited_by=row.invited_by,
        created_at=row.created_at,
    )  # fmt: skip


@transaction.atomic
def close_door(access: Access) -> None:
    """The patient no longer wants it, or the contact is no longer theirs."""
    _of_the_team(access)
    row = Visitor.objects.filter(patient_id=access.patient_id).first()
    if row is None:
        raise AccessDenied
    _close_sessions(row)
    Visitor.objects.filter(pk=row.pk).update(is_active=False)


def records_of(actor: Actor) -> list[RecordLine]:
    """The records that the law opens to the visitor: their own first."""
    ids = [PatientId(pk) for pk in visible_patients(actor).values_list("pk", flat=True)]
    own = Visitor.objects.filter(pk=actor.visitor_id or 0).values_list("patient_id", flat=True).first()
    return sorted(
        (
            RecordLine(patient_id=line.id, name=shown_name(line), is_oneself=line.id == own)
            for line in patients.lines(ids).values()
        ),
        key=lambda line: (not line.is_oneself, line.name),
    )


def record_name(access: Access) -> str:
    """Whose record is on the screen."""
    return shown_name(patients.identity(access).line)


def names_at_door(access: Access) -> set[str]:
    """Every name of whose record is on the screen, and of who came in."""
    line = patients.identity(access).line
    with wall.beside():
        visitor = Visitor.objects.filter(pk=access.actor.visitor_id or 0)
        came_in = visitor.values_list("family_name", "given_name").first()
    given = (line.birth_given_names, line.first_birth_given_name, line.used_given_name)
    return {line.birth_family_name, line.used_family_name, *given, *(came_in or ())}


def shown_name(line: patients.PatientLine) -> str:
    given = line.used_given_name or line.first_birth_given_name
    return f"{given.title()} {line.used_family_name or line.birth_family_name}"


def awaiting_announcement(access: Access) -> list[str]:
    """Who asks to be seen, two weeks after hiding something until they could tell it (CSP R1111-53). Of what is hidden,
    nothing is said; of a minor's secret, not even this to who represents them."""
    hidden = DocumentMark.objects.filter(
        marks.is_current(), patient_id=access.patient_id, kind=DocumentMark.Kind.HIDDEN_FROM_PATIENT,
        invited_at__lte=clock.now(),
    )  # fmt: skip
    if not access.facts.oneself:
        hidden = hidden.exclude(document_id__in=access.facts.secret)
    return sorted(set(hidden.values_list("set_by", flat=True)))


# ------------------------------------------------------------------------------------------------ telling


def tell(access: Access, *, text: str, is_of_a_secret: bool = False) -> int:
    """Tell the patient, and the parents of a minor, that something waits behind the door; the patient alone when it is
    a minor's secret, of which parents are not told that it is. `text` names one of the sentences of exchange.carrying:
    none speaks of health. How many persons will be told."""
    found = to_tell(access, but_parents=is_of_a_secret)
    for visitor_id in found:
        tell_visitor(visitor_id, text=text)
    return len(found)


def to_tell(access: Access, *, but_parents: bool = False) -> list[int]:
    """The visitors who are told what waits for the patient."""
    with wall.beside():
        represented = Delegation.objects.filter(_in_force(), patient_id=access.patient_id, kind=Kind.PARENT)
        theirs = Q(patient_id=access.patient_id)
        if not but_parents:
            theirs |= Q(pk__in=represented.values("visitor_id"))
        return list(Visitor.objects.filter(theirs, is_active=True).order_by("pk").values_list("pk", flat=True))


def tell_visitor(visitor_id: int, *, text: str) -> None:
    events.announce(VisitorToTell(visitor_id=visitor_id, text=text, number=uuid4()))


def contact_of(visitor_id: int) -> tuple[str, str]:
    """(channel, address) by which a person is told something; for exchange."""
    row = Visitor.objects.filter(pk=visitor_id, is_active=True).first()
    if row is None:
        return "", ""
    return ("courriel", row.email) if row.email else ("sms", row.phone)


def former_contact_of(visitor_id: int) -> tuple[str, str]:
    """The one that was replaced: whoever holds it is told so, in case nobody asked for it."""
    row = Visitor.objects.filter(pk=visitor_id).first()
    if row is None:
        return "", ""
    return ("courriel", row.former_email) if row.former_email else ("sms", row.former_phone)


def forget_former_contact(visitor_id: int) -> None:
    Visitor.objects.filter(pk=visitor_id).update(former_email="", former_phone="")


def patients_of(visitor_id: int) -> list[PatientId]:
    """Those for whom this person comes in: oneself, and those whom they represent; for exchange."""
    with wall.beside():
        own = Visitor.objects.filter(pk=visitor_id, patient__isnull=False).values_list("patient_id", flat=True)
        represented = Delegation.objects.filter(_in_force(), visitor_id=visitor_id).order_by("pk")
        found = [*own, *represented.values_list("patient_id", flat=True)]
    return [PatientId(each) for each in dict.fromkeys(found) if each is not None]


def eve_of_majority(birth_date: dt.date) -> dt.date:
    """The last day of minority (Code civil art. 414); who was born on 29 February comes of age on 1 March."""
    try:
        birthday = birth_date.replace(year=birth_date.year + MAJORITY)
    except ValueError:
        birthday = dt.date(birth_date.year + MAJORITY, 3, 1)
    return birthday - dt.timedelta(days=1)


# ------------------------------------------------------------------------------------------------ inside


def _of_the_team(access: Access) -> None:
    """Whoever passes by, in an emergency or to control, opens no door that outlasts them."""
    if not abilities(access).open_door:
        raise AccessDenied


def _let_in(access: Access, person: Person, *, proof: str, patient_id: PatientId | None) -> Invited:
    if not (person.family_name.strip() and person.given_name.strip() and person.birth_date):
        raise NO_NAME
    email, phone = spelled_email(person.email), spelled_phone(person.phone)
    if not email and not phone:
        raise NO_CONTACT
    if len(proof.strip()) < 3:
        raise NO_PROOF
    code = "" if email and phone else f"{secrets.randbelow(10**8):08d}"
    contacts = {"email": email, "phone": phone}
    with wall.beside():
        known = _known(person, contacts, patient_id)
        if known is not None and patient_id is None:  # a parent of two children enters by one door, as it is
            return Invited(visitor_id=known.pk, first_code="")
        row = known or Visitor(patient_id=patient_id)
        is_moved = known is not None and known.is_active and (known.email, known.phone) != (email, phone)
        row.former_email, row.former_phone = (row.email, row.phone) if is_moved else ("", "")
        _write(access, row, person, contacts, proof=proof, code=code)
    if is_moved:
        tell_visitor(row.pk, text=MOVED)
    tell_visitor(row.pk, text="bienvenue")
    return Invited(visitor_id=row.pk, first_code=code)


def _known(person: Person, contacts: dict[str, str], patient_id: PatientId | None) -> Visitor | None:
    if patient_id is not None:
        return Visitor.objects.filter(patient_id=patient_id).first()
    assert person.birth_date is not None
    alike = Visitor.objects.filter(is_active=True, birth_date=person.birth_date, **contacts)
    named = patients.fold(f"{person.given_name} {person.family_name}")
    return next((each for each in alike if patients.fold(f"{each.given_name} {each.family_name}") == named), None)


def _write(access: Access, row: Visitor, person: Person, contacts: dict[str, str], *, proof: str, code: str) -> None:
    assert person.birth_date is not None
    row.family_name, row.given_name = storable(person.family_name)[:100], storable(person.given_name)[:100]
    row.birth_date, row.email, row.phone = person.birth_date, contacts["email"], contacts["phone"]
    row.identity_proof, row.invited_by = storable(proof.strip())[:300], access.actor.label[:200]
    row.first_code, row.phrase = make_password(code) if code else "", ""
    row.failed_attempts, row.locked_until, row.is_active = 0, None, True
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise ALREADY_USED from None
    _close_sessions(row)


def _close_sessions(row: Visitor) -> None:
    with wall.beside():
        row.sessions.all().delete()


def _delegate(access: Access, visitor_id: int, *, kind: str, end: dt.date | None, evidence: str) -> None:
    """Idempotent: a delegation in force is kept as it is."""
    same = {"patient_id": access.patient_id, "visitor_id": visitor_id, "kind": kind}
    if not Delegation.objects.filter(_in_force(), **same).exists():
        Delegation.objects.create(
            **same, start=clock.today(), end=end, evidence=storable(evidence)[:300],
            recorded_by=access.actor.label[:200],
        )  # fmt: skip


def _in_force() -> Q:
    today = clock.today()
    return Q(start__lte=today, ended_at__isnull=True) & (Q(end__isnull=True) | Q(end__gte=today))
