"""`python -m maillon.demo.sending`: the outside world writes to the territory's mailboxes, through the operator.

A separate process that only speaks SMTP. Each message that the operator has accepted is noted in a list, one JSON
object per
line, so that the demonstration can ask what became of it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final, TextIO

from simulators.difficult import difficult_messages
from simulators.messages import OutgoingMessage, messages
from simulators.outgoing import OutgoingDocument
from simulators.people import Territory
from simulators.send import read_accounts, send
from simulators.story import documents
from simulators.synthesis import SUMMARIES, others, syntheses
from simulators.territory import build_territory
from simulators.today import reports_of_today

SEED = 1
SHOWN: Final = ("cheville", "jumelle-emma", "jumelle-anna")  # without a summary, but a page of theirs is shown


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m maillon.demo.sending", description=__doc__)
    parser.add_argument("--hote", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--autorite", type=Path, required=True)
    parser.add_argument("--comptes", type=Path, required=True)
    parser.add_argument("--jusqu-au", type=dt.date.fromisoformat, required=True)
    parser.add_argument("--patients", type=int, required=True)
    parser.add_argument("--liste", type=Path, required=True, help="liste des messages acceptés par l’opérateur")
    parser.add_argument("--echantillons", type=Path, help="dossier de documents CDA à envoyer aussi")
    parser.add_argument("--part", choices=sorted(PARTS), required=True, help="ce qui est envoyé cette fois")
    parser.add_argument("--reprendre", action="store_true", help="n’envoie que ce qui n’est pas dans la liste")
    options = parser.parse_args(arguments)
    territory = build_territory(until=options.jusqu_au, patients=options.patients)
    known = _already_sent(options.liste) if options.reprendre else set()
    outgoing = (each for each in PARTS[options.part](territory, options) if each.message_id not in known)
    with options.liste.open("a" if options.reprendre else "w", encoding="utf-8") as listed:
        report = send(
            _noted(outgoing, listed),
            host=options.hote,
            port=options.port,
            ca_file=options.autorite,
            accounts=read_accounts(options.comptes),
        )
    for message_id, reason in report.refused:
        print(f"refusé par l’opérateur ({reason}) : {message_id}", file=sys.stderr)
    return 1 if report.refused else 0


def _of_today(territory: Territory, options: argparse.Namespace) -> Iterator[OutgoingMessage]:
    """What the laboratory sends on the last day, once the team follows its patients."""
    yield from messages(territory, reports_of_today(territory, until=options.jusqu_au))


def _of_the_team(territory: Territory, options: argparse.Namespace) -> Iterator[OutgoingMessage]:
    """Of those whom the team follows together: what is shown first comes first."""
    yield from messages(territory, syntheses(territory, until=options.jusqu_au))
    yield from messages(territory, _history(territory, options, of_the_team=True))


def _of_the_others(territory: Territory, options: argparse.Namespace) -> Iterator[OutgoingMessage]:
    yield from messages(territory, _history(territory, options, of_the_team=False))
    if options.echantillons and options.echantillons.is_dir():
        yield from _samples(territory, options.echantillons, until=options.jusqu_au)
    for each in difficult_messages(territory, until=options.jusqu_au):
        yield each.message


def _history(
    territory: Territory, options: argparse.Namespace, *, of_the_team: bool
) -> Iterator[OutgoingDocument]:
    followed = {*SUMMARIES, *SHOWN, *(each.key for each in others(territory))}
    for each in documents(territory, seed=SEED, until=options.jusqu_au):
        if (each.patient in followed) == of_the_team:
            yield each


def _samples(territory: Territory, folder: Path, *, until: dt.date) -> Iterator[OutgoingMessage]:
    """Official example documents, each in a plain message of the hospital, as a loose CDA."""
    hospital, doctor = territory.structure("hopital"), territory.professional("morel")
    at = dt.datetime.combine(until, dt.time(8), dt.UTC)
    for path in sorted(folder.glob("*.xml")):
        data = path.read_bytes()
        message_id = f"{hashlib.sha256(data).hexdigest()[:32]}@{hospital.mailbox.partition('@')[2]}"
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = hospital.mailbox, doctor.mailbox, "Document"
        mail["Date"], mail["Message-ID"] = format_datetime(at), f"<{message_id}>"
        mail.set_content("Veuillez trouver ci-joint un document.\n")
        mail.add_attachment(data, maintype="text", subtype="xml", filename=path.name)
        mail.set_boundary(f"=={hashlib.sha256(data).hexdigest()[:24]}==")
        yield OutgoingMessage(
            message_id=message_id,
            sender=hospital.mailbox,
            recipients=(doctor.mailbox,),
            at=at,
            data=mail.as_bytes(policy=SMTP),
            documents=(path.name,),
        )


def _already_sent(path: Path) -> set[str]:
    if not path.exists():
        return set()
    return {
        json.loads(line)["message_id"] for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")
    }


def _noted(outgoing: Iterator[OutgoingMessage], listed: TextIO) -> Iterator[OutgoingMessage]:
    """The line is written when the next message is asked for: the operator has then answered for this one."""
    for message in outgoing:
        yield message
        line = {
            "message_id": message.message_id,
            "recipients": message.recipients,
            "documents": len(message.documents),
        }
        print(json.dumps(line), file=listed, flush=True)


PARTS: Final[dict[str, Callable[[Territory, argparse.Namespace], Iterator[OutgoingMessage]]]] = {
    "equipe": _of_the_team, "jour": _of_today, "territoire": _of_the_others,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
