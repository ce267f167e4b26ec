"""One IMAP session with an operator: inside TLS, with time limits, and only the four verbs that collecting needs."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import imapclient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from maillon.exchange.patience import patient

CONNECT_SECONDS, READ_SECONDS = 10, 60
# IMAPClient lets the exceptions of sockets and of the standard library's imaplib through; and an answer that is not
# IMAP stumbles anywhere in its readers.
_NONSENSE = (ValueError, LookupError, TypeError, AttributeError, AssertionError)
FAILURES = (IMAPClientError, OSError, ssl.SSLError, EOFError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where and as whom. `password` in clear: never kept, never shown."""

    address: str
    host: str
    imap_port: int
    smtp_port: int
    username: str
    password: str
    starttls: bool
    ca_file: str

    def __repr__(self) -> str:
        return f"Account({self.address})"

    def tls(self) -> ssl.SSLContext:
        """Certificate and name are verified. TLS 1.2 at least (Référentiel socle MSSanté)."""
        context = ssl.create_default_context(cafile=self.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return patient(context)


@contextlib.contextmanager
def _understood() -> Iterator[None]:
    """An answer that is no IMAP is a failure of the operator's like another."""
    try:
        yield
    except FAILURES:
        raise
    except _NONSENSE as error:
        raise IMAPClientError(f"nonsense: {type(error).__name__}") from None


class Inbox:
    """The selected INBOX. UIDs only."""

    @_understood()
    def __init__(self, client: imapclient.IMAPClient) -> None:
        self._client = client
        selected = client.select_folder("INBOX")
        self.uid_validity = int(selected[b"UIDVALIDITY"])

    @_understood()
    def sizes_after(self, uid: int) -> dict[int, int]:
        """Size of each message whose UID is greater, by UID, in order. (`n:*` always answers with the last one.)

        One that vanished between the two commands was deleted there by its owner.
        """
        found = sorted(each for each in self._client.search(["UID", f"{uid + 1}:*"]) if each > uid)
        sizes: dict[int, int] = {}
        for start in range(0, len(found), 1000):
            asked = found[start : start + 1000]
            answer = self._client.fetch(asked, ["RFC822.SIZE"])
            sizes |= {each: int(answer[each].get(b"RFC822.SIZE", 0)) for each in asked if each in answer}
        return dict(sorted(sizes.items()))

    def whole(self, uids: list[int]) -> dict[int, bytes]:
        """PEEK: reading is not yet having read."""
        return self._fetch(uids, "BODY.PEEK[]", b"BODY[]")

    def headers(self, uids: list[int]) -> dict[int, bytes]:
        return self._fetch(uids, "BODY.PEEK[HEADER]", b"BODY[HEADER]")

    @_understood()
    def mark_seen(self, first: int, last: int) -> None:
        self._client.add_flags(f"{first}:{last}", [imapclient.SEEN], silent=True)

    @_understood()
    def _fetch(self, uids: list[int], item: str, name: bytes) -> dict[int, bytes]:
        if not uids:
            return {}
        answer = self._client.fetch(uids, [item])
        found = {uid: answer[uid][name] or b"" for uid in uids if uid in answer and name in answer[uid]}
        missing = [uid for uid in uids if uid not in found]
        if missing and self._client.search(["UID", ",".join(map(str, missing))]):
            # Going past a message that is there and was not given would lose it.
            raise IMAPClientError("message not given")
        return found


@contextlib.contextmanager
def open_inbox(account: Account) -> Iterator[Inbox]:
    """Raises one of FAILURES."""
    with _understood():
        client = _connected(account)
    try:
        _sign_in(client, account)
        yield Inbox(client)
    except BaseException:
        with contextlib.suppress(*FAILURES):
            client.shutdown()
        raise
    with contextlib.suppress(*FAILURES):  # all is kept and marked: how the farewell goes changes nothing
        _say_goodbye(client)


@_understood()
def _say_goodbye(client: imapclient.IMAPClient) -> None:
    try:
        client.logout()
    except BaseException:
        client.shutdown()
        raise


@_understood()
def _sign_in(client: imapclient.IMAPClient, account: Account) -> None:
    """The library calls everything that happens here a refusal; a line that fell says nothing of the password."""
    try:
        client.login(account.username, account.password)
    except LoginError as error:
        if isinstance(error.__context__, IMAPClientAbortError):
            raise error.__context__ from None
        raise


def _connected(account: Account) -> imapclient.IMAPClient:
    context = account.tls()
    timeout = imapclient.SocketTimeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    client = imapclient.IMAPClient(
        account.host, port=account.imap_port, ssl=not account.starttls, ssl_context=context, timeout=timeout
    )
    if account.starttls:
        try:
            client.starttls(context)  # before the password, which never travels in clear
        except BaseException:
            with contextlib.suppress(*FAILURES):
                client.shutdown()
            raise
    return client


def explain(error: BaseException) -> str:
    """What the mailbox's row says of a failure. Never the server's own words, which may carry a name."""
    if isinstance(error, LoginError):
        return "L’opérateur refuse l’identifiant ou le mot de passe de cette boîte."
    if isinstance(error, ssl.SSLCertVerificationError):
        return "Le certificat de l’opérateur n’est pas reconnu\u202f: la connexion est refusée."
    if isinstance(error, ssl.SSLError):
        return "La connexion chiffrée avec l’opérateur n’a pas pu s’établir."
    if isinstance(error, TimeoutError):
        return "L’opérateur ne répond pas dans le temps imparti."
    if isinstance(error, OSError):
        return "L’opérateur n’est pas joignable."
    return "L’échange avec l’opérateur a été interrompu."
