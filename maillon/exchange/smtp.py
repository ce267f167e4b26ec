"""One submission to an operator, step by step, so that what is known of it is known exactly.

The one moment of doubt is between the last byte and the reply to it (RFC 5321 §6.1): a line that falls before it has
carried nothing; one that falls in it may have carried everything.
"""

from __future__ import annotations

import enum
import re
import smtplib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from maillon.exchange.imap import Account

SECONDS: Final = 30
FINAL_SECONDS: Final = 120  # after the last byte: to hang up sooner would make doubts (RFC 5321 §4.5.3.2.6)
IDLE_SECONDS: Final = 10.0  # operators cut idle sessions; ours ends before
REST_SECONDS: Final = 15.0  # an operator that does not answer must not hold what is meant for the others
FAILURES: Final = (smtplib.SMTPException, OSError, ValueError)
_LEADING_DOT: Final = re.compile(rb"^\.", re.MULTILINE)
_ENHANCED: Final = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")
OF_ADDRESS: Final = ("5.1.", "5.2.1")  # RFC 3463 §3: the address is none, or its mailbox is closed
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")


class Fate(enum.Enum):
    """What became of a mail for one recipient, at one attempt."""

    TAKEN = "taken"
    REFUSED = "refused"  # a definite no
    NOT_NOW = "not now"  # not taken, to be tried again
    UNKNOWN = "unknown"  # perhaps taken


class Interrupted(Exception):
    """The session ended before anything could have been taken. Carries no word of the server's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """By recipient. `codes`: the operator's reply where there was one. `by_name`: those of whose address or mailbox it
    was said, at RCPT; any other refusal is about the sender, the mail or the operator's rules. `asked_dsn`: it said
    that it will report.
    """

    fates: Mapping[str, Fate]
    codes: Mapping[str, int] = field(default_factory=dict)
    by_name: frozenset[str] = frozenset()
    asked_dsn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`sender` is empty for a notice (RFC 8098 §3). `envelope_id`: what a delivery report will name."""

    sender: str
    recipients: Sequence[str]
    data: bytes
    envelope_id: str = ""
    wants_delivery: bool = False


def submit(account: Account, mail: Mail) -> Outcome:
    """Raises Interrupted, or one of FAILURES from connecting and signing in: then nothing was taken."""
    connection = line(account)
    try:
        return _submit(connection, mail)
    except FAILURES as error:
        hang_up(account)
        raise Interrupted(type(error).__name__) from None
    except _Lost as lost:
        hang_up(account)
        return lost.outcome


class _Lost(Exception):
    """The answer to the last byte never came, or was no answer."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def _submit(connection: smtplib.SMTP, mail: Mail) -> Outcome:
    data = wire_form(mail.data)
    asks = mail.wants_delivery and connection.has_extn("dsn")
    options = ["BODY=8BITMIME"] if any(byte > 127 for byte in data) else []
    options += [f"RET=HDRS ENVID={mail.envelope_id}"] if asks else []
    code = connection.mail(mail.sender, options)[0]
    if code // 100 != 2:
        return _rested(connection, {}, dict.fromkeys(mail.recipients, code))
    replies = {each: _offer(connection, each, asks=asks) for each in mail.recipients}
    refused = {each: reply for each, reply in replies.items() if reply.code not in (250, 251)}
    accepted = [each for each in mail.recipients if each not in refused]
    if not accepted:
        return _rested(connection, refused, {})
    code = connection.docmd("DATA")[0]
    if code != 354:
        return _rested(connection, refused, dict.fromkeys(accepted, code))
    connection.send(_LEADING_DOT.sub(b"..", data) + b".\r\n")
    return _answered(connection, accepted, refused, asks=asks)


def _answered(
    connection: smtplib.SMTP, accepted: Sequence[str], refused: Mapping[str, _Reply], *, asks: bool
) -> Outcome:
    """Whatever is not a reply that the protocol knows leaves a doubt."""
    try:
        if connection.sock is not None:
            connection.sock.settimeout(FINAL_SECONDS)
        code = connection.getreply()[0]
    except FAILURES:
        code = -1
    if code // 100 in (4, 5):
        return _outcome(refused, dict.fromkeys(accepted, code))
    fate = Fate.TAKEN if code // 100 == 2 else Fate.UNKNOWN
    others = _outcome(refused, {})
    outcome = replace(others, fates=dict(others.fates) | dict.fromkeys(accepted, fate), asked_dsn=asks)
    if fate is Fate.UNKNOWN or connection.sock is None:
        raise _Lost(outcome)
    connection.sock.settimeout(SECONDS)
    return outcome


@dataclass(frozen=True, slots=True)
class _Reply:
    """To RCPT. `is_of_name`: about the address, by the enhanced code; an operator that gives none means the address."""

    code: int
    is_of_name: bool


def _offer(connection: smtplib.SMTP, recipient: str, *, asks: bool) -> _Reply:
    options = [f"NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;{_xtext(recipient)}"] if asks else []
    code, text = connection.rcpt(recipient, options)
    enhanced = _ENHANCED.match(text)
    return _Reply(code, enhanced is None or enhanced[0].decode().startswith(OF_ADDRESS))


def _xtext(text: str) -> str:
    """RFC 3461 §4."""
    return "".join(each if 33 <= ord(each) <= 126 and each not in "+=" else f"+{ord(each):02X}" for each in text)


def _rested(connection: smtplib.SMTP, refused: Mapping[str, _Reply], others: Mapping[str, int]) -> Outcome:
    """Nothing was handed over; the session may serve the next mail."""
    outcome = _outcome(refused, others)
    if any(code // 100 not in (4, 5) for code in outcome.codes.values()):
        raise smtplib.SMTPServerDisconnected  # nonsense in place of a reply: nothing more to expect of this session
    connection.rset()
    return outcome


def _outcome(refused: Mapping[str, _Reply], others: Mapping[str, int]) -> Outcome:
    """Of the replies given to each at RCPT, and of the code given to the rest together."""
    codes = {each: reply.code for each, reply in refused.items()} | dict(others)
    return Outcome(
        fates={each: Fate.REFUSED if code // 100 == 5 else Fate.NOT_NOW for each, code in codes.items()},
        codes=codes, by_name=frozenset(each for each, reply in refused.items() if reply.is_of_name),
    )  # fmt: skip


def wire_form(data: bytes) -> bytes:
    """One line end only, so that no second message can hide in the first; and a last one."""
    made = _LINE_END.sub(b"\r\n", data)
    return made if made.endswith(b"\r\n") else made + b"\r\n"


# ------------------------------------------------------------------------------------------------ sessions kept open

_lines: dict[Account, tuple[smtplib.SMTP, float]] = {}
_resting: dict[tuple[str, int], float] = {}


def line(account: Account) -> smtplib.SMTP:
    """A session with the operator, kept for the next mails of the round: the handshake costs more than a mail. An
    operator that has just failed to answer is left alone for a moment. Raises one of FAILURES."""
    known = _lines.get(account)
    if known is not None and time.monotonic() - known[1] < IDLE_SECONDS and _still_answers(known[0]):
        connection = known[0]
    else:
        hang_up(account)
        connection = _opened(account)
    _lines[account] = (connection, time.monotonic())
    return connection


def _opened(account: Account) -> smtplib.SMTP:
    place = (account.host, account.smtp_port)
    if time.monotonic() < _resting.get(place, 0.0):
        raise smtplib.SMTPConnectError(-1, "resting")
    begun = time.monotonic()
    try:
        connection = _connected(account)
    except FAILURES:
        if time.monotonic() - begun > SECONDS / 2:  # it did not refuse: it let us wait
            _resting[place] = time.monotonic() + REST_SECONDS
        raise
    try:
        connection.login(account.username, account.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _connected(account: Account) -> smtplib.SMTP:
    if not account.starttls:
        return smtplib.SMTP_SSL(account.host, account.smtp_port, timeout=SECONDS, context=account.tls())
    connection = smtplib.SMTP(account.host, account.smtp_port, timeout=SECONDS)
    try:
        connection.starttls(context=account.tls())
    except BaseException:
        connection.close()
        raise
    return connection


def _still_answers(connection: smtplib.SMTP) -> bool:
    try:
        return connection.noop()[0] == 250
    except FAILURES:
        return False


def hang_up(account: Account) -> None:
    known = _lines.pop(account, None)
    if known is not None:
        known[0].close()
