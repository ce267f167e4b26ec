"""Reports that mail systems write about a message of ours: delivery (RFC 3464) and disposition (RFC 8098).

The integration errors of MSSanté travel in the disposition: `processed/Error: 901^Patient inconnu`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from maillon.formats.mail_headers import decoded, printable
from maillon.formats.mime import Part, read_headers

_MAX_FIELDS = 64 * 1024
_MAX_RECIPIENTS = 100
_ERROR = re.compile(r"(?<!\d)(\d{3})\s*\^\s*([^\r\n;]{0,300})")
_MODIFIER = re.compile(r"[a-z-]+")
_FAILED = frozenset({"error", "failure", "failed"})  # RFC 8098 §3.2.6, and « failed » of RFC 2298
_BLANK_LINES = re.compile(r"\r?\n[ \t]*\r?\n")
_FIELD = re.compile(r"^([A-Za-z-]{1,60}):[ \t]*(.*)$", re.MULTILINE)
_FOLD = re.compile(r"\r?\n[ \t]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRecipient:
    address: str
    original: str | None = None  # the address as the sender wrote it, before aliases and redirections
    action: str | None = None  # failed, delayed, delivered, relayed, expanded
    status: str | None = None  # 5.1.1…
    diagnostic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailReport:
    kind: Literal["disposition", "delivery"]
    original_message_id: str | None = None
    original_subject: str | None = None
    envelope_id: str | None = None  # ENVID of the submission (RFC 3461)
    disposition: str | None = None  # processed, displayed, deleted…
    modifiers: tuple[str, ...] = ()  # error, failure, warning…: « processed/error » is no success
    automatic: bool = False
    error_code: str | None = None
    error_label: str | None = None
    tells_failure: bool = False  # in a field Error or Failure, with a code or without
    recipients: tuple[ReportedRecipient, ...] = ()

    @property
    def failed(self) -> bool:
        is_said = self.disposition in _FAILED or not _FAILED.isdisjoint(self.modifiers)
        return is_said or self.tells_failure or any(each.action == "failed" for each in self.recipients)


def read_report(root: Part) -> MailReport | None:
    """None unless the message is a multipart/report with a machine-readable part."""
    if root.media_type != "multipart/report":
        return None
    for part in root.children:
        if part.media_type == "message/disposition-notification":
            return _disposition(part, _original(root))
        if part.media_type == "message/delivery-status":
            return _delivery(part, _original(root))
    return None


def _disposition(part: Part, original: dict[str, list[str]]) -> MailReport:
    groups = _groups(part)
    fields = {name: value for group in groups for name, value in group.items()}
    mode, _, verdict = fields.get("disposition", "").partition(";")
    disposition, _, modified = verdict.strip().lower().partition("/")
    error = _ERROR.search(verdict) or _ERROR.search(fields.get("error", ""))
    told = (fields.get("error", ""), fields.get("failure", ""))
    return MailReport(
        kind="disposition",
        original_message_id=fields.get("original-message-id") or _first(original, "message-id"),
        original_subject=_subject(original),
        disposition=disposition.split()[0] if disposition.strip() else None,
        modifiers=tuple(found[0] for each in modified.split(",") if (found := _MODIFIER.match(each.strip()))),
        automatic="automatic" in mode.lower(),
        error_code=error.group(1) if error else None,
        error_label=decoded(error.group(2)) if error else None,
        tells_failure=error is not None or any(each.strip() for each in told),
        recipients=tuple(_recipients(groups)),
    )


def _delivery(part: Part, original: dict[str, list[str]]) -> MailReport:
    groups = _groups(part)
    return MailReport(
        kind="delivery",
        original_message_id=_first(original, "message-id"),
        original_subject=_subject(original),
        envelope_id=next((each["original-envelope-id"] for each in groups if "original-envelope-id" in each), None),
        recipients=tuple(_recipients(groups)),
    )


def _recipients(groups: list[dict[str, str]]) -> list[ReportedRecipient]:
    return [
        ReportedRecipient(
            address=_after_type(group.get("final-recipient") or group.get("original-recipient", "")),
            original=_after_type(group.get("original-recipient", "")) or None,
            action=group.get("action", "").lower() or None,
            status=group.get("status") or None,
            diagnostic=_after_type(group.get("diagnostic-code", "")) or None,
        )
        for group in groups[:_MAX_RECIPIENTS]
        if "final-recipient" in group or "original-recipient" in group
    ]


def _groups(part: Part) -> list[dict[str, str]]:
    text = part.content()[:_MAX_FIELDS].decode("utf-8", "replace")
    return [
        {name.lower(): decoded(value) for name, value in _FIELD.findall(_FOLD.sub(" ", group).replace("\r", ""))}
        for group in _BLANK_LINES.split(text)
    ]


def _original(root: Part) -> dict[str, list[str]]:
    """Headers of the message that the report is about, from its returned copy."""
    for part in root.children[1:]:
        if part.media_type in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
            return read_headers(part.content().lstrip(b"\r\n"))
    return {}


def _first(headers: dict[str, list[str]], name: str) -> str | None:
    return headers[name][0][:500] or None if headers.get(name) else None


def _subject(headers: dict[str, list[str]]) -> str | None:
    return decoded(headers["subject"][0]) or None if headers.get("subject") else None


def _after_type(value: str) -> str:
    """`rfc822; name@domain` -> `name@domain`."""
    return printable(value.partition(";")[2] or value).strip()
