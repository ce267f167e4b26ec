"""One account of a mail server, as a test's own mail program uses it."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from imapclient import IMAPClient


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    address: str
    password: str
    host: str
    imap_port: int
    smtp_port: int
    ca_file: str
    starttls: bool = False

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)

    @contextmanager
    def submission(self) -> Iterator[smtplib.SMTP]:
        if self.starttls:
            connection = smtplib.SMTP(self.host, self.smtp_port, timeout=20)
            connection.starttls(context=self.tls())
        else:
            connection = smtplib.SMTP_SSL(self.host, self.smtp_port, context=self.tls(), timeout=20)
        with connection:
            connection.login(self.address, self.password)
            yield connection

    def send(self, recipients: Sequence[str], *messages: bytes) -> None:
        with self.submission() as connection:
            for message in messages:
                connection.sendmail(self.address, list(recipients), message)

    @contextmanager
    def inbox(self) -> Iterator[IMAPClient]:
        with IMAPClient(self.host, port=self.imap_port, ssl=not self.starttls, ssl_context=self.tls()) as client:
            if self.starttls:
                client.starttls(self.tls())
            client.login(self.address, self.password)
            client.select_folder("INBOX")
            yield client

    def messages(self) -> dict[int, tuple[frozenset[bytes], bytes]]:
        """Flags and bytes of everything in the inbox."""
        with self.inbox() as client:
            uids = client.search()
            if not uids:
                return {}
            found = client.fetch(uids, ["FLAGS", "BODY.PEEK[]"])
            return {uid: (frozenset(each[b"FLAGS"]), each[b"BODY[]"]) for uid, each in found.items()}
