"""Submission inside TLS: only for accounts, only in their own name, only to accounts. Nothing is relayed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from simulators.operator.accounts import Accounts
from simulators.operator.mailboxes import StoredMailboxes

LARGEST_MESSAGE = 50 * 1024 * 1024


class Submission:
    """aiosmtpd's handler. The verbs' names are aiosmtpd's."""

    def __init__(self, accounts: Accounts, mailboxes: Mapping[str, StoredMailboxes]) -> None:
        self._accounts = accounts
        self._mailboxes = mailboxes

    def authenticate(
        self, _server: SMTP, session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        address = data.login.decode(errors="replace").lower()
        accepted = self._accounts.accepts(address, data.password.decode(errors="replace"))
        session.mss_account = address if accepted else None  # type: ignore[attr-defined]
        return AuthResult(success=accepted, handled=False)

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The sender is the account; a notification (RFC 8098) has an empty sender."""
        if address not in ("", "<>") and address.lower() != getattr(session, "mss_account", None):
            return "553 5.7.1 L'expediteur n'est pas le compte authentifie"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self._accounts.knows(address):
            return "550 5.1.1 Boite inconnue de cet operateur"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = f"Return-Path: <{(envelope.mail_from or '').strip('<>')}>\r\n".encode("ascii", "replace") + content
        for recipient in dict.fromkeys(address.lower() for address in envelope.rcpt_tos):
            self._mailboxes[recipient].inbox.deliver(message)
        return "250 2.0.0 Message accepte"


async def start_submission(
    accounts: Accounts, mailboxes: Mapping[str, StoredMailboxes], *, host: str, port: int, tls: ssl.SSLContext
) -> asyncio.Server:
    handler = Submission(accounts, mailboxes)
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        return SMTP(
            handler,
            hostname="operateur.mssante.test",
            ident="Operateur de demonstration",
            data_size_limit=LARGEST_MESSAGE,
            authenticator=handler.authenticate,
            auth_required=True,
            auth_require_tls=False,  # the connection is inside TLS from its first byte
            loop=loop,
        )

    return await loop.create_server(connection, host=host, port=port, ssl=tls)
