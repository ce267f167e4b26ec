"""`python -m simulators.operator`: run until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import logging
import os
import signal
import ssl
import sys
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

from simulators.operator.accounts import Accounts, read_accounts
from simulators.operator.authority import Certificates, ensure_certificates
from simulators.operator.imap import start_imap
from simulators.operator.mailboxes import StoredMailboxes
from simulators.operator.store import Box
from simulators.operator.submission import start_submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the operator listens; written in `operateur.json` once it does."""

    pid: int
    host: str
    imap_port: int
    smtp_port: int
    ca_file: str


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.operator",
        description="Opérateur de messagerie de démonstration, sur la boucle locale : soumission SMTP et relève IMAP, "
        "dans TLS. Rien n’est relayé au dehors, rien n’est supprimé.",
        epilog="Le répertoire reçoit les certificats, les boîtes et operateur.json (ports, autorité).",
    )
    parser.add_argument("--dossier", type=Path, required=True, help="répertoire des boîtes et des certificats")
    parser.add_argument("--comptes", type=Path, required=True, help="fichier de lignes « adresse mot-de-passe »")
    parser.add_argument("--hote", default="127.0.0.1", help="adresse d’écoute (127.0.0.1)")
    parser.add_argument("--port-imap", type=int, default=10993, help="port IMAP (10993 ; 0 : un port libre)")
    parser.add_argument("--port-smtp", type=int, default=10465, help="port SMTP (10465 ; 0 : un port libre)")
    options = parser.parse_args(arguments)
    _quiet()
    asyncio.run(serve(options.dossier, read_accounts(options.comptes), options))
    return 0


def _quiet() -> None:
    """Clients that vanish are the daily bread of a simulation, and aiosmtpd takes implicit TLS for no TLS."""
    warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS", category=UserWarning)
    for name in ("asyncio", "mail.log"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


async def serve(folder: Path, accounts: Accounts, options: argparse.Namespace) -> None:
    files = ensure_certificates(folder / "certificats", now=dt.datetime.fromtimestamp(time.time(), dt.UTC))
    tls = tls_context(files)
    mailboxes = {address: StoredMailboxes(Box(folder / "boites" / address)) for address in accounts.passwords}
    imap = await start_imap(accounts, mailboxes, host=options.hote, port=options.port_imap, tls=tls)
    smtp = await start_submission(accounts, mailboxes, host=options.hote, port=options.port_smtp, tls=tls)
    _announce(folder, files, options.hote, imap_port=_port(imap), smtp_port=_port(smtp))
    await _until_asked_to_stop()


def tls_context(files: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.certificate, files.key)
    return context


def _announce(folder: Path, files: Certificates, host: str, *, imap_port: int, smtp_port: int) -> None:
    address = Address(
        pid=os.getpid(), host=host, imap_port=imap_port, smtp_port=smtp_port, ca_file=str(files.authority.resolve())
    )
    draft = folder / f".operateur.{os.getpid()}"
    draft.write_text(json.dumps(asdict(address)), encoding="utf-8")
    draft.replace(folder / "operateur.json")
    print(json.dumps(asdict(address)), flush=True)


def _port(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


async def _until_asked_to_stop() -> None:
    """Returns on SIGTERM or SIGINT; whoever is still connected is cut: every message accepted is on disk."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
