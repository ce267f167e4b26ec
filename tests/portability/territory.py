"""The territory of the twins, with what it lacks: versions, real CDA, what is denied and what is unknown, messages."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.access.models import Account, Delegation, Visitor
from maillon.charter.models import Confirmation
from maillon.conversations.models import PatientMessage
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.documents.search import index_words
from maillon.exchange.models import Message
from maillon.exchange.outgoing import models as outgoing
from maillon.kernel import clock
from maillon.kernel.key import Actor, Purpose, StructureId
from maillon.pathways.models import PlanStep, ProtocolVersion
from maillon.portability import api as portability
from maillon.portability.departures import Kind, agreed
from maillon.rights import api as rights
from maillon.writing.models import Draft
from tests.documents import making
from tests.seep import worlds
from tests.seep.worlds import World
from tests.web import world as stories

MOTIVE = "Fin du contrat d’hébergement, reprise par une autre installation."


@dataclass(frozen=True)
class Left:
    world: World
    export_id: UUID | None = None

    def in_charge(self) -> tuple[Actor, Actor]:
        """The referent and the administrator of the Tilleuls, as they are in the base at hand."""
        return actor("regis@demo"), actor("adrien@demo")


def actor(identifier: str) -> Actor:
    return access_room.sessions.actor_of_account(Account.objects.get(identifier=identifier).pk)


def build() -> Left:
    with transaction.atomic():
        world = worlds.build()
        _versions(world)
        _stories(world)
        _said_and_unsaid(world)
        _exchanges(world)
        _mother(world)
        _sent(world)
        _plans(world)
    while index_words():
        pass
    return Left(world=world)


def export_everything(left: Left, folder: Path) -> UUID:
    """By the verbs: asked by one, agreed by another, written by whoever runs the machine."""
    referent, administrator = left.in_charge()
    number = portability.departures.ask_for_everything(referent, motive=MOTIVE)
    portability.departures.decide(administrator, number, agrees=True)
    write(number, folder)
    return number


def write(number: UUID, folder: Path, kind: str = Kind.MASSIVE) -> None:
    row = agreed(number, kind)
    portability.begin(row, folder)
    while portability.write_next(row):
        pass
    portability.finish(row)


def _versions(world: World) -> None:
    """Three versions of a letter, the last in force; one that was withdrawn."""
    known = {"set_id": "1.2.250.1.999.500", "type_code": "11488-4", "author": "hector"}
    for number in (1, 2, 3):
        worlds.file(
            world, "followed", f"version-{number}", title=f"Lettre, version {number}", age=9 - number,
            unique_id=f"1.2.250.1.999.500.{number}", version_number=number,
            replaces=f"1.2.250.1.999.500.{number - 1}" if number > 1 else None, **known,
        )  # fmt: skip


def _stories(world: World) -> None:
    """CDA documents of the demonstration, with their results: attached to somebody of this territory."""
    key = access_room.open_record(making.MACHINE, world.patients["second"].id, purpose=Purpose.INTAKE)
    for _, data, sent_at in stories.told("diabete", 6):
        stories.file(key, data, received_at=sent_at)


def _said_and_unsaid(world: World) -> None:
    access = access_room.open_for_intake(
        making.MACHINE, world.patients["second"].id, structure_id=StructureId(world.structures["tilleuls"]),
        resource_id="synthese",
    ).access  # fmt: skip
    stories.file_synthesis(dataclasses.replace(access))


def _exchanges(world: World) -> None:
    followed, claire = world.patients["followed"], world.actor("claire")
    jeanne = world.actor("jeanne")
    for rank, is_from_team in enumerate((False, True)):
        PatientMessage.objects.create(
            uuid=uuid.uuid4(), patient_id=followed.id, visitor_id=jeanne.visitor_id, is_from_team=is_from_team,
            author_label=claire.label if is_from_team else jeanne.label, text="Bonjour, merci.",
            at=clock.now() - dt.timedelta(hours=2 - rank),
            author_professional_id=claire.professional_id if is_from_team else None,
        )  # fmt: skip
    Confirmation.objects.create(
        patient_id=followed.id, item="allergies", confirmed_at=clock.now(), by=claire.label,
        professional_id=claire.professional_id,
    )  # fmt: skip
    with access_room.reading(claire, followed.uuid, purpose=Purpose.CARE) as access:
        rights.requests.record(
            access, kind="acces", channel="oral", asked_by="la patiente", identity_check="carte d’identité",
            asked_at=clock.now(), is_about_old_data=False, note="",
        )  # fmt: skip


def _mother(world: World) -> None:
    """She has a record of her own, and represents her child: her archive comes after that of the child."""
    world.patients["mother"] = worlds.add_patient("BARBIER", "ELISE", dt.date(1985, 9, 9))
    worlds.member(world, "mother", structure="tilleuls")
    visitor = Visitor.objects.create(
        patient_id=world.patients["mother"].id, family_name="BARBIER", given_name="ELISE",
        birth_date=dt.date(1985, 9, 9), email="elise@exemple.fr",
    )  # fmt: skip
    Delegation.objects.create(
        patient_id=world.patients["child"].id, visitor=visitor, kind=Delegation.Kind.PARENT, recorded_by="essai",
        start=dt.date(2020, 4, 2), end=dt.date(2029, 4, 1),
    )  # fmt: skip


def _plans(world: World) -> None:
    """The protocol has its pilot. Of two steps of a plan, the first is served by the second, which was made after
    it."""
    ProtocolVersion.objects.filter(code="DIAB-01").update(pilot_id=world.people["claire"].professional_id)
    first, second = PlanStep.objects.filter(patient_id=world.patients["followed"].id).order_by("pk")[:2]
    PlanStep.objects.filter(pk=first.pk).update(shared_with=second)


def _sent(world: World) -> None:
    """A letter that was sent, its receipt, and two drafts of which each is its writer's alone."""
    followed, claire = world.patients["followed"].id, world.actor("claire")
    letter = Document.objects.get(pk=world.documents["followed/letter"].id)
    digest = documents.keep_bytes(b"From: accueil@tilleuls.mssante.test\r\n\r\nUn courrier parti.\r\n" * 40)
    sending = outgoing.Sending.objects.create(
        patient_id=followed, mailbox_id=world.mailboxes["tilleuls"], structure_id=world.structures["tilleuls"],
        sender_id=claire.professional_id, sender_label=claire.label, title="Lettre", text="Bonjour", document_count=1,
    )  # fmt: skip
    outgoing.SentDocument.objects.create(
        sending=sending, patient_id=followed, rank=1, document_id=letter.pk, document_uuid=letter.uuid,
        type_code=letter.type_code, title=letter.title, type_bit=letter.type_bit,
    )  # fmt: skip
    mail = outgoing.SentMail.objects.create(
        sending=sending, patient_id=followed, message_id="<parti@essai>", sha256=digest, size=100,
        trying_since=clock.now(),
    )  # fmt: skip
    recipient = outgoing.SentRecipient.objects.create(
        mail=mail, sending=sending, patient_id=followed, kind="professional", address="hector@hopital.mssante.test"
    )
    outgoing.SentEvent.objects.create(
        recipient=recipient, patient_id=followed, at=clock.now(), name="note", text="Remis", before="waiting",
        after="waiting", source=Message.objects.order_by("pk").first(),
    )  # fmt: skip
    for writer in ("claire", "karim"):
        Draft.objects.create(
            patient_id=world.patients["second"].id, professional_id=world.people[writer].professional_id,
            letter="compte-rendu-consultation", content={"texte": f"brouillon de {writer}"},
        )  # fmt: skip
