"""Sends messages through a mail operator, inside TLS, as a laboratory or a hospital would.

`python -m simulators.send --help`.
"""

from __future__ import annotations

import argparse
import smtplib
import ssl
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from simulators.difficult import difficult_messages
from simulators.messages import OutgoingMessage, messages
from simulators.story import documents
from simulators.territory import build_territory

Security = Literal["tls", "starttls"]
PER_CONNECTION = 200  # messages; operators cut long sessions


@dataclass(slots=True)
class SendingReport:
    sent: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)  # (message id, what the operator said)
    seconds: float = 0.0


def send(
    outgoing: Iterable[OutgoingMessage],
    *,
    host: str,
    port: int,
    ca_file: str | Path,
    username: str | None = None,
    password: str | None = None,
    accounts: Mapping[str, str] | None = None,
    security: Security = "tls",
    progress: Callable[[SendingReport], None] | None = None,
) -> SendingReport:
    """In the order given, one open session per sender. `accounts` gives each sender's password; without it, everybody
    sends under `username`. A message that the operator refuses is reported, the others still leave."""
    report, started = SendingReport(), time.perf_counter()
    with _Sessions(host, port, ca_file=ca_file, security=security) as sessions:
        for message in outgoing:
            name, secret = _account(message.sender, accounts, username=username, password=password)
            try:
                sessions.deliver(message, username=name, password=secret)
                report.sent += 1
            except smtplib.SMTPResponseException as refusal:
                report.refused.append((message.message_id, f"{refusal.smtp_code}"))
            except smtplib.SMTPRecipientsRefused as refusal:
                codes = {f"{code}" for code, _ in refusal.recipients.values()}
                report.refused.append((message.message_id, ", ".join(sorted(codes))))
            if progress is not None:
                progress(report)
    report.seconds = time.perf_counter() - started
    return report


def _account(
    sender: str, accounts: Mapping[str, str] | None, *, username: str | None, password: str | None
) -> tuple[str | None, str | None]:
    if accounts is not None and sender in accounts:
        return sender, accounts[sender]
    return username, password


@dataclass(slots=True)
class _Session:
    connection: smtplib.SMTP
    sent: int = 0


class _Sessions:
    """One session per account, opened when first needed and renewed before the operator tires of it."""

    def __init__(self, host: str, port: int, *, ca_file: str | Path, security: Security) -> None:
        self._host, self._port, self._security = host, port, security
        self._tls = ssl.create_default_context(cafile=str(ca_file))
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self._open: dict[str | None, _Session] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for username in list(self._open):
            self._close(username)

    def deliver(self, message: OutgoingMessage, *, username: str | None, password: str | None) -> None:
        try:
            self._deliver(message, username=username, password=password)
        except (smtplib.SMTPServerDisconnected, ConnectionError):
            # The line fell: whether the message was taken is unknown. Sent again, it bears the same identifiers.
            self._open.pop(username, None)
            self._deliver(message, username=username, password=password)

    def _deliver(self, message: OutgoingMessage, *, username: str | None, password: str | None) -> None:
        session = self._session(username, password)
        session.connection.sendmail(message.sender, list(message.recipients), message.data)
        session.sent += 1

    def _session(self, username: str | None, password: str | None) -> _Session:
        session = self._open.get(username)
        if session is not None and session.sent < PER_CONNECTION:
            return session
        if session is not None:
            self._close(username)
        connection = self._connect()
        if username is not None and password is not None:
            connection.login(username, password)
        self._open[username] = _Session(connection)
        return self._open[username]

    def _connect(self) -> smtplib.SMTP:
        if self._security == "tls":
            return smtplib.SMTP_SSL(self._host, self._port, context=self._tls, timeout=60)
        connection = smtplib.SMTP(self._host, self._port, timeout=60)
        connection.starttls(context=self._tls)
        return connection

    def _close(self, username: str | None) -> None:
        try:
            self._open.pop(username).connection.quit()
        except (smtplib.SMTPException, OSError):
            return  # already gone


def read_accounts(path: Path) -> dict[str, str]:
    """Lines « adresse mot-de-passe », as the operator reads them."""
    lines = [line.split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {words[0].lower(): words[1].strip() for words in lines if len(words) == 2}


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    until = date.fromisoformat(options.jusqu_au)
    territory = build_territory(until=until, patients=options.patients)
    outgoing: Iterable[OutgoingMessage] = (
        (difficult.message for difficult in difficult_messages(territory, until=until))
        if options.difficiles
        else messages(territory, documents(territory, seed=options.graine, until=until))
    )
    report = send(
        islice(outgoing, options.limite),
        host=options.hote,
        port=options.port,
        ca_file=options.autorite,
        accounts=read_accounts(options.comptes),
        security=options.securite,
        progress=_show_progress,
    )
    print(f"\r{report.sent} messages envoyés en {report.seconds:.1f} s, {len(report.refused)} refusés.")
    for message_id, reason in report.refused:
        print(f"  refusé ({reason}) : {message_id}", file=sys.stderr)
    return 1 if report.refused else 0


def _show_progress(report: SendingReport) -> None:
    if report.sent % 50 == 0 and sys.stdout.isatty():
        print(f"\r{report.sent} messages envoyés…", end="", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.send",
        description="Envoie par messagerie sécurisée les documents du territoire fictif : laboratoire, hôpital, "
        "imagerie, pharmacie, cabinet. Aucune personne réelle n’y figure.",
    )
    parser.add_argument("--hote", default="127.0.0.1", help="adresse de l’opérateur (127.0.0.1)")
    parser.add_argument("--port", type=int, default=10465, help="port de soumission (10465)")
    parser.add_argument("--securite", choices=("tls", "starttls"), default="tls", help="TLS d’emblée, ou par STARTTLS")
    parser.add_argument("--autorite", type=Path, required=True, help="certificat de l’autorité de l’opérateur (PEM)")
    parser.add_argument("--comptes", type=Path, required=True, help="fichier de lignes « adresse mot-de-passe »")
    parser.add_argument("--graine", type=int, default=1, help="graine du récit : la même donne les mêmes documents (1)")
    parser.add_argument(
        "--jusqu-au", required=True, metavar="AAAA-MM-JJ", help="dernier jour des deux années racontées"
    )
    parser.add_argument("--patients", type=int, default=200, help="nombre de patients (200)")
    parser.add_argument("--limite", type=int, default=None, help="nombre de messages au plus (tous)")
    parser.add_argument("--difficiles", action="store_true", help="envoie seulement les messages difficiles")
    return parser


if __name__ == "__main__":
    sys.exit(main())
