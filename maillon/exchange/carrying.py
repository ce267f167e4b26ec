"""Telling somebody something by mail or by SMS: a link, a code, that something waits. Never anything about health.

Two carriers: mail through a configured relay, SMS through the HTTP gateway of a provider. In the demonstration both go
to a simulated telephone, and its screen says so.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import secrets
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Literal, Protocol
from uuid import UUID, uuid4, uuid5

from maillon.access import api as access_room
from maillon.access.events import ChallengeToSend, VisitorToTell
from maillon.documents.events import DocumentAwaitsAnnouncement
from maillon.exchange.texting import line
from maillon.kernel import clock, config
from maillon.kernel.events import reacts_to
from maillon.kernel.key import Access, ProfessionalId, Purpose, StructureId
from maillon.professionals import api as professionals
from maillon.tasks import api as tasks

Channel = Literal["courriel", "sms"]
SECONDS: Final = 20
SUBJECT: Final = "Votre espace patient"
MACHINE: Final = access_room.machine("Avis à l’espace patient")

SECRETARY: Final = "331"
CORRECT: Final = "Corriger le contact de l’espace patient\u202f: l’opérateur le refuse"
WITHIN: Final = dt.timedelta(days=2)
# RFC 3463 § 3.2 and 3.3, of this address. A bare 550 may be of the relay, or of what it thinks of us.
NO_SUCH_MAILBOX: Final = re.compile(rb"5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b")

_CONTACTS: Final = UUID("6c0f5a0e-3d0b-4b57-8f5e-52b8d5b3a1c4")
_CHALLENGES: Final = UUID("0d0b3c62-2a3f-4a0e-b3f5-8c2a61e7f9d4")
_PLACE: Final = "{address}/mon-espace"
TEXTS: Final = {
    access_room.visitors.MOVED: (
        "Le contact de votre espace patient vient d’être changé par votre équipe de soins\u202f: plus rien n’arrivera"
        " ici. Si vous ne l’avez pas demandé, appelez-la."
    ),
    "bienvenue": f"Votre espace patient est ouvert. Pour y entrer\u202f: {_PLACE}",
    "message": f"Votre équipe de soins vous a répondu. Pour lire sa réponse\u202f: {_PLACE}",
    "acces_urgence": f"Votre dossier a été ouvert en urgence. Pour savoir par qui et pourquoi\u202f: {_PLACE}",
    "questionnaire": f"Votre équipe de soins vous pose quelques questions. Pour y répondre\u202f: {_PLACE}",
    "rendez_vous": f"Votre équipe de soins vous invite à prendre rendez-vous. Pour en savoir plus\u202f: {_PLACE}",
}
LINK: Final = (
    f"Pour entrer dans votre espace patient, ouvrez ce lien dans les dix minutes\u202f:\n{_PLACE}/entrer/{{secret}}\n"
    "Si vous n’avez rien demandé, ne faites rien."
)
CODE: Final = (
    "{secret} est votre code pour entrer dans votre espace patient. Il est valable dix minutes. "
    "Ne le donnez à personne."
)


class NotCarried(Exception):
    """The relay or the gateway did not take it; the outbox tries again. Carries no address and no text."""


class Undeliverable(NotCarried):
    """Nobody is at this address: to try again changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`reference` is the same each time that it is tried: the provider sends an SMS once, and a mail that was taken
    twice bears one number."""

    reference: UUID
    channel: Channel
    to: str
    text: str


class Carrier(Protocol):
    def __call__(self, note: Note) -> None:
        """Hand the note over. Raises NotCarried."""


@reacts_to(ChallengeToSend)
def send_challenge(event: ChallengeToSend) -> None:
    """A link or a code. What is too late, or for nobody, is not sent."""
    access_room.visitors.patient_door.forget_old()
    letter = access_room.visitors.patient_door.letter(event.challenge_id)
    if letter is None:
        return
    text = (LINK if letter.is_link else CODE).format(address=address(), secret=letter.secret)
    reference = uuid5(_CHALLENGES, str(event.challenge_id))
    note = Note(reference=reference, channel=_channel(letter.channel), to=letter.to, text=text)
    _carry_or_report(letter.visitor_id, note)
    access_room.visitors.patient_door.forget_letter(event.challenge_id)


@reacts_to(VisitorToTell)
def tell_visitor(event: VisitorToTell) -> None:
    visitors = access_room.visitors
    is_moved = event.text == visitors.MOVED
    channel, to = (visitors.former_contact_of if is_moved else visitors.contact_of)(event.visitor_id)
    if to:
        text = TEXTS[event.text].format(address=address())
        note = Note(reference=event.number or uuid4(), channel=_channel(channel), to=to, text=text)
        if is_moved:
            with contextlib.suppress(Undeliverable):  # it was replaced because nobody is there
                carry(note)
            visitors.forget_former_contact(event.visitor_id)
        else:
            _carry_or_report(event.visitor_id, note)


@reacts_to(DocumentAwaitsAnnouncement)
def invite_to_consult(event: DocumentAwaitsAnnouncement) -> None:
    """Two weeks have passed (CSP R1111-53): the person is told to come, not what waits."""
    access = access_room.open_record(
        MACHINE, event.patient, purpose=Purpose.INTAKE, action="notify", resource_type="announcement"
    )
    access_room.visitors.tell(access, text="rendez_vous", is_of_a_secret=event.is_secret)


def address() -> str:
    """Where people reach these pages: never what a request says of itself."""
    return os.environ.get("MAILLON_ADRESSE", "http://127.0.0.1:8000").rstrip("/")


def plugged() -> dict[Channel, str]:
    """How each channel is carried, in French, for the screens; absent when it is not."""
    if _is_demonstration():
        return {"courriel": "téléphone de démonstration", "sms": "téléphone de démonstration"}
    found: dict[Channel, str] = {}
    if os.environ.get("MAILLON_COURRIEL_HOTE"):
        found["courriel"] = "relais de courriel"
    if line.is_plugged():
        found["sms"] = "passerelle SMS"
    return found


def carry(note: Note) -> None:
    if note.channel not in plugged():
        raise NotCarried(f"no carrier for {note.channel}")
    carrier: Carrier = by_relay if note.channel == "courriel" else by_gateway
    is_dropped = _is_demonstration() and not (note.channel == "sms" and line.is_plugged())
    (drop_on_demonstration_phone if is_dropped else carrier)(note)


def _carry_or_report(visitor_id: int, note: Note) -> None:
    try:
        carry(note)
    except Undeliverable:
        if not _ask_for_another_contact(visitor_id, note.reference):
            raise  # nobody to tell: it stays among what is tried again


def _ask_for_another_contact(visitor_id: int, refused: UUID) -> bool:
    """Of the structures that follow whoever this person is told about, unless they are asked already. `refused`: the
    number of what could not be carried."""
    is_asked = False
    for patient in access_room.visitors.patients_of(visitor_id):
        access = access_room.open_record(
            MACHINE, patient, purpose=Purpose.INTAKE, action="notify", resource_type="patient_door"
        )
        structure = access_room.emergency.following_structure(access)
        if structure is None:
            continue
        is_asked, origin = True, f"exchange.contact:{visitor_id}"
        if all(each.done_at for each in tasks.of_origin(access, origin)):
            role, person = _who_corrects(access, structure)
            tasks.ask(
                access, uuid=uuid5(_CONTACTS, f"{refused}/{patient}"), title=CORRECT, structure_id=structure,
                role_code=role, professional_id=person, due_at=clock.now() + WITHIN, origin=origin,
            )  # fmt: skip
    return is_asked


def _who_corrects(access: Access, structure: StructureId) -> tuple[str, ProfessionalId | None]:
    """The secretary; where there is none, the treating physician who works there, else its referent."""
    members = professionals.active_members(structure)
    if any(each.profession_code == SECRETARY for each in members):
        return SECRETARY, None
    treating = access_room.team.treating_physician(access)
    known = [treating.professional_id] if treating is not None else []
    known += access_room.oversight.referents_of(structure, but=ProfessionalId(0))
    here = [each.id for each in members]
    return "", next((each for each in known if each in here), next(iter(here), None))


# ------------------------------------------------------------------------------------------------ carriers


def by_relay(note: Note) -> None:
    """A submission relay (RFC 6409). TLS always, except for a relay on this machine."""
    host, port = os.environ["MAILLON_COURRIEL_HOTE"], int(os.environ.get("MAILLON_COURRIEL_PORT", "587"))
    user, password = (os.environ.get(f"MAILLON_COURRIEL_{name}", "") for name in ("UTILISATEUR", "MOT_DE_PASSE"))
    sender = os.environ.get("MAILLON_COURRIEL_EXPEDITEUR", f"ne-pas-repondre@{host}")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, note.to, SUBJECT
    mail["Message-ID"] = f"<{note.reference}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(note.text)
    try:
        with smtplib.SMTP(host, port, timeout=SECONDS) as relay:
            if host not in ("127.0.0.1", "localhost", "::1"):
                relay.starttls(context=ssl.create_default_context())
            if user:
                relay.login(user, password)
            relay.send_message(mail)
    except smtplib.SMTPRecipientsRefused as refusal:
        is_final = all(NO_SUCH_MAILBOX.match(said) for _, said in refusal.recipients.values())
        raise (Undeliverable if is_final else NotCarried)("SMTPRecipientsRefused") from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotCarried(type(error).__name__) from None


def by_gateway(note: Note) -> None:
    """Through the SMS provider (texting.line). What is only told needs no following."""
    try:
        line.hand_over(reference=note.reference, to=note.to, text=note.text)
    except line.Refused:
        raise Undeliverable("Refused") from None
    except line.NotTaken as error:
        raise NotCarried(type(error).__name__) from None


def drop_on_demonstration_phone(note: Note) -> None:
    """A file that the telephone of the demonstration shows; written whole or not at all."""
    folder = demonstration_phone()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    moment = clock.now()
    said = {"to": note.to, "channel": note.channel, "text": note.text, "at": moment.isoformat()}
    name = f"{moment:%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"
    draft = folder / f".{name}"
    draft.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    draft.rename(folder / f"{name}.json")


def demonstration_phone() -> Path:
    return config.data_dir() / "demonstration" / "telephone" / "messages"


def _is_demonstration() -> bool:
    return os.environ.get("MAILLON_ENVOIS") == "telephone"


def _channel(name: str) -> Channel:
    return "courriel" if name == "courriel" else "sms"
