"""The mail of a house or of a citizen: what they send by SMTP, what they find in their box by IMAP."""

from __future__ import annotations

import imaplib
import ssl
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from maillon.formats.cda.read import read_cda
from maillon.formats.document import ClinicalDocument
from maillon.formats.mail import read_mail
from maillon.formats.refusal import Refused
from maillon.formats.xdm import read_xdm
from maillon.formats.xdm_write import XdmSubmission, write_xdm
from simulators.making import NAMESPACE
from simulators.messages import as_message, item_of
from simulators.outgoing import OutgoingDocument, RenderedDocument
from simulators.people import Territory
from simulators.send import read_accounts, send

SOURCE: Final = "1.2.250.1.999.1.9"
BETWEEN_LOOKS: Final = 0.4  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    host: str
    imap_port: int
    smtp_port: int
    ca_file: str
    accounts: Path

    def password(self, address: str) -> str | None:
        return read_accounts(self.accounts).get(address.lower())


def post(
    operator: Operator, outgoing: OutgoingDocument, made: RenderedDocument, *, territory: Territory, again: str = ""
) -> tuple[str, bool]:
    """The Message-ID, and whether the operator took it. The same document makes the same message."""
    message = as_message(territory, [outgoing], rendered=[made], archive=_archive(outgoing, made))
    if again:
        other = f"{again}.{message.message_id}"
        data = message.data.replace(message.message_id.encode(), other.encode())
        message = replace(message, message_id=other, data=data)
    report = send(
        [message], host=operator.host, port=operator.smtp_port, ca_file=operator.ca_file,
        accounts=read_accounts(operator.accounts),
    )  # fmt: skip
    return message.message_id, not report.refused


def _archive(outgoing: OutgoingDocument, made: RenderedDocument) -> bytes:
    number = uuid.uuid5(NAMESPACE, f"lot/{made.document.version.id}")
    submission = XdmSubmission(
        unique_id=f"2.25.{number.int}", source_id=SOURCE, title=made.document.title or "",
        submitted_at=outgoing.sent_at.isoformat(timespec="seconds"), author=made.document.authors[0],
    )  # fmt: skip
    return write_xdm([item_of(made)], submission=submission)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A document that a mailbox holds, as its holder's software reads it."""

    id: str
    type: str
    title: str
    ins: bool
    level: int
    conforms: bool


def look_for(operator: Operator, address: str, wanted: tuple[str, ...], *, patience: float) -> dict[str, Found]:
    """The documents wanted that are in the box, by their identifier; waits for those that are on their way."""
    password, deadline = operator.password(address), time.monotonic() + patience
    found: dict[str, Found] = {}
    if password is None:
        return found
    with _opened(operator, address, password) as box:
        seen: set[bytes] = set()
        while True:
            for document in _documents(box, seen):
                if (document.version.id or "").upper() in wanted:
                    found[(document.version.id or "").upper()] = _found(document)
            if len(found) == len(set(wanted)) or time.monotonic() > deadline:
                return found
            time.sleep(BETWEEN_LOOKS)


def _opened(operator: Operator, address: str, password: str) -> imaplib.IMAP4_SSL:
    tls = ssl.create_default_context(cafile=operator.ca_file)
    tls.check_hostname = False
    box = imaplib.IMAP4_SSL(operator.host, operator.imap_port, ssl_context=tls, timeout=30)
    box.login(address, password)
    return box


def _documents(box: imaplib.IMAP4_SSL, seen: set[bytes]) -> Iterator[ClinicalDocument]:
    box.select("INBOX", readonly=True)
    _, answer = box.search(None, "ALL")
    for number in (answer[0] or b"").split():
        if number in seen:
            continue
        seen.add(number)
        _, parts = box.fetch(number.decode(), "(BODY.PEEK[])")
        raw = next((part[1] for part in parts if isinstance(part, tuple)), b"")
        yield from _carried(raw)


def _carried(raw: bytes) -> Iterator[ClinicalDocument]:
    try:
        attachments = read_mail(raw).attachments
    except Refused:
        return
    for each in attachments:
        if not each.name.lower().endswith(".zip"):
            continue
        try:
            for held in read_xdm(each.data).documents:
                yield read_cda(held.data)
        except Refused:
            continue


def _found(document: ClinicalDocument) -> Found:
    return Found(
        id=(document.version.id or "").upper(), type=document.type_code or "", title=document.title or "",
        ins=document.patient.ins is not None, level=document.level, conforms=document.conformance.ok,
    )  # fmt: skip
