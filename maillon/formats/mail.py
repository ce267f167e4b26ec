"""One received message, cut into what a person reads, what is filed, and what another system reports.

Nothing here trusts a header: the sender is only what the operator's envelope proves; the subject only hints.
"""

from __future__ import annotations

import email.utils
import html
import re
from dataclasses import dataclass, field
from typing import Literal

import nh3

from maillon.formats import media
from maillon.formats import refusal_codes as codes
from maillon.formats.document import Anomaly
from maillon.formats.mail_headers import ADMITTED_CHARSETS, Address, addresses, decoded, safe_file_name, sender
from maillon.formats.mail_report import MailReport, read_report
from maillon.formats.mail_subject import SubjectTraits, contradicts, replaces_another, shown_subject, subject_traits
from maillon.formats.mime import Part, read_mime
from maillon.formats.refusal import Refused
from maillon.formats.refusal_codes import refusal

__all__ = [
    "MailAttachment",
    "MailReport",
    "ReceivedMail",
    "SubjectTraits",
    "contradicts",
    "read_mail",
    "shown_subject",
]

MAX_BYTES = 45 * 1024 * 1024  # 30 MB of attachments once in base64
MAX_TEXT = 200_000
_MAX_HTML = 500_000
_MAX_OPENED = 20
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
_BLOCK_TAG = re.compile(r"<(br|/p|/div|/tr|/li|/h[1-6])\b", re.IGNORECASE)
_EMPTY_LINES = re.compile(r"\n[ \t\n]*\n")
_ANOMALIES = {
    "A-MEL-01": "L’expéditeur affiché par le message est ambigu\u202f: seule l’enveloppe de l’opérateur fait foi.",
    "A-MEL-02": "Une partie du message emploie un encodage qui n’est pas admis\u202f: elle est gardée comme fichier.",
    "A-MEL-03": "Un message joint n’a pas été ouvert\u202f: il est gardé comme fichier.",
    "A-MEL-04": "Une pièce jointe n’est pas du type annoncé.",
    "A-MEL-05": "Le corps du message est trop long\u202f: il est abrégé.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAttachment:
    name: str  # rebuilt: fit to show and to save
    media_type: str  # by its bytes
    declared_type: str
    data: bytes = field(repr=False)
    forwarded: bool = False  # it was in a message attached to this one


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    message_id: str | None = None
    from_address: str | None = None  # None when the message names nobody for sure
    from_label: str = ""
    to: tuple[str, ...] = ()
    subject: str = ""
    date: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    cda_codes: tuple[str, ...] = ()  # X-MSS-CODECDA
    ins_qualified: Literal["O", "N"] | None = None  # X-MSS-INS
    nil: str | None = None  # X-MSS-NIL
    mes: str | None = None  # X-MSS-MES: FIN closes the patient's reply
    disposition_notification_to: str | None = None
    body_text: str = ""
    attachments: tuple[MailAttachment, ...] = ()
    report: MailReport | None = None
    subject_traits: SubjectTraits | None = None
    replaces: bool = False  # [Annule et remplace]
    anomalies: tuple[Anomaly, ...] = ()

    @property
    def is_report(self) -> bool:
        return self.report is not None


@dataclass(slots=True)
class _Reading:
    """What the walk over the parts gathers."""

    texts: list[str] = field(default_factory=list)
    attachments: list[MailAttachment] = field(default_factory=list)
    anomalies: set[str] = field(default_factory=set)
    opened: int = 0


def read_mail(data: bytes) -> ReceivedMail:
    """Refused: E-FMT-50 to E-FMT-54."""
    if not data.strip():
        raise refusal(codes.EMPTY)
    if len(data) > MAX_BYTES:
        raise refusal(codes.MAIL_TOO_BIG)
    root = read_mime(_without_envelope(data))
    reading = _Reading()
    report = read_report(root)
    _gather(root, reading, forwarded=False, is_report=report is not None)
    author = sender(root.headers.get("from", []))
    if author.doubtful or author.address is None:
        reading.anomalies.add("A-MEL-01")
    return _mail(root, reading, author=author, report=report)


def _mail(root: Part, reading: _Reading, *, author: Address, report: MailReport | None) -> ReceivedMail:
    subject = decoded(root.header("subject"))
    return ReceivedMail(
        message_id=_message_id(root.header("message-id")),
        from_address=author.address,
        from_label=author.label,
        to=_recipients(root),
        subject=subject,
        date=_date(root.header("date")),
        in_reply_to=_message_id(root.header("in-reply-to")),
        references=tuple(_MESSAGE_ID.findall(root.header("references"))[-50:]),
        cda_codes=tuple(code for each in root.header("x-mss-codecda").split(",") if (code := decoded(each))),
        ins_qualified=_qualified(root.header("x-mss-ins")),
        nil=decoded(root.header("x-mss-nil")) or None,
        mes=decoded(root.header("x-mss-mes")) or None,
        disposition_notification_to=_one_address(root.header("disposition-notification-to")),
        body_text=_body_text(reading),
        attachments=tuple(reading.attachments),
        report=report,
        subject_traits=subject_traits(subject),
        replaces=replaces_another(subject),
        anomalies=tuple(Anomaly(code=code, message=_ANOMALIES[code]) for code in sorted(reading.anomalies)),
    )


def _without_envelope(data: bytes) -> bytes:
    """A file saved from a mailbox may begin with the mbox line `From …`, and a slip with blank lines."""
    data = data.lstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")
    return data.partition(b"\n")[2] if data.startswith(b"From ") else data


def _gather(part: Part, reading: _Reading, *, forwarded: bool, is_report: bool) -> None:
    if is_report:
        # What comes back inside a report is our own message: showing it is enough, filing it would be wrong.
        for child in part.children[:1]:
            _gather(child, reading, forwarded=forwarded, is_report=False)
    elif part.media_type == "multipart/alternative":
        _gather_alternative(part, reading, forwarded=forwarded)
    elif part.children:
        for child in part.children:
            _gather(child, reading, forwarded=forwarded, is_report=False)
    else:
        _gather_leaf(part, reading, forwarded=forwarded)


def _gather_alternative(part: Part, reading: _Reading, *, forwarded: bool) -> None:
    """The plain text stands for its HTML twin; files hidden in an alternative are still files."""
    has_plain = any(child.media_type == "text/plain" for child in part.children)
    for child in part.children:
        if not (has_plain and child.media_type == "text/html" and not child.file_name):
            _gather(child, reading, forwarded=forwarded, is_report=False)


def _gather_leaf(part: Part, reading: _Reading, *, forwarded: bool) -> None:
    if part.media_type == "message/rfc822":
        _gather_message(part, reading, forwarded=forwarded)
    elif _is_body(part):
        _gather_text(part, reading, forwarded=forwarded)
    else:
        _attach(part, reading, forwarded=forwarded)


def _is_body(part: Part) -> bool:
    return part.media_type in ("text/plain", "text/html") and part.disposition != "attachment" and not part.file_name


def _gather_message(part: Part, reading: _Reading, *, forwarded: bool) -> None:
    """One level is opened, and few messages of a digest; the others stay files."""
    inner = None if forwarded or reading.opened >= _MAX_OPENED else _inner_message(part)
    if inner is None:
        reading.anomalies.add("A-MEL-03")
        _attach(part, reading, forwarded=forwarded)
        return
    reading.opened += 1
    reading.texts.append(f"— Message joint\u202f: {decoded(inner.header('subject'))}")
    _gather(inner, reading, forwarded=True, is_report=read_report(inner) is not None)


def _inner_message(part: Part) -> Part | None:
    try:
        return read_mime(_without_envelope(part.content()))
    except Refused as refused:
        if refused.code == codes.MAIL_UNREADABLE:
            return None
        raise


def _gather_text(part: Part, reading: _Reading, *, forwarded: bool) -> None:
    content = part.content()
    charset = ADMITTED_CHARSETS.get(part.parameters.get("charset", "utf-8").lower())
    if charset is None:
        reading.anomalies.add("A-MEL-02")
        _attach(part, reading, forwarded=forwarded)
        return
    text = _decoded_text(content, charset).replace("\x00", "").replace("\r\n", "\n")
    reading.texts.append(_text_of_html(text) if part.media_type == "text/html" else text)


def _decoded_text(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset)
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _text_of_html(source: str) -> str:
    """Plain text only: the HTML of a message is never shown."""
    marked = _BLOCK_TAG.sub(r"\n<\1", source[:_MAX_HTML])
    return html.unescape(nh3.clean(marked, tags=set()))


def _attach(part: Part, reading: _Reading, *, forwarded: bool) -> None:
    content = part.content()
    if not content and not part.file_name:
        return
    name = safe_file_name(part.file_name, fallback=f"piece-{len(reading.attachments) + 1}")
    kind = media.sniff(content, name)
    if _contradicts_type(part.media_type, kind):
        reading.anomalies.add("A-MEL-04")
    reading.attachments.append(
        MailAttachment(name=name, media_type=kind, declared_type=part.media_type, data=content, forwarded=forwarded)
    )


def _contradicts_type(declared: str, kind: str) -> bool:
    """Only for types whose first bytes are certain: a generic or a textual declaration contradicts nothing."""
    certain = {media.PDF, media.PNG, media.JPEG, media.GIF, media.TIFF, media.ZIP}
    declared = "application/zip" if declared == "application/x-zip-compressed" else declared
    return declared in certain and declared != kind


def _body_text(reading: _Reading) -> str:
    text = _EMPTY_LINES.sub("\n\n", "\n\n".join(each.strip() for each in reading.texts if each.strip())).strip()
    if len(text) > MAX_TEXT:
        reading.anomalies.add("A-MEL-05")
    return text[:MAX_TEXT]


def _recipients(root: Part) -> tuple[str, ...]:
    values = root.headers.get("to", []) + root.headers.get("cc", [])
    return tuple(each.address for value in values for each in addresses(value) if each.address)


def _one_address(raw: str) -> str | None:
    found = addresses(raw)
    return found[0].address if len(found) == 1 and not found[0].doubtful else None


def _message_id(raw: str) -> str | None:
    found = _MESSAGE_ID.search(raw)
    return found.group() if found else decoded(raw)[:500] or None


def _qualified(raw: str) -> Literal["O", "N"] | None:
    value = raw.strip().upper()
    return "O" if value == "O" else "N" if value == "N" else None


def _date(raw: str) -> str | None:
    try:
        return email.utils.parsedate_to_datetime(raw[:100]).isoformat() if raw else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
