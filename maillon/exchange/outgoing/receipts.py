"""What comes back about a mail of ours: delivery reports (RFC 3464), disposition notices (RFC 8098) with the
integration errors of MSSanté, the same errors in a plain mail, automatic answers, answers.

A receipt counts only in the mailbox that sent, about one of the recipients, and from an envelope that may speak for
them: anybody can write any notice. What does not count is kept as a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from maillon.exchange import smtp
from maillon.exchange.outgoing import following
from maillon.exchange.outgoing.models import SentMail, SentRecipient
from maillon.exchange.outgoing.states import NEEDS_SOMEBODY
from maillon.formats.mail import MailReport, ReceivedMail
from maillon.formats.mail_report import ReportedRecipient
from maillon.formats.mail_subject import integration_error
from maillon.formats.mail_write import INTEGRATION_ERRORS

_OURS: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}@[a-z0-9.-]{1,250}")
_RETURNS: Final = {
    "5.1": following.NO_SUCH_ADDRESS,
    "5.2.1": following.CLOSED_MAILBOX,
    "5.2.2": "La boîte du destinataire est pleine.",
    "5.2": "La boîte du destinataire n’accepte pas ce message.",
    "5.3": "Le système du destinataire n’accepte pas ce message.",
    "5.4": "Le système du destinataire n’a pas pu être joint.",
    "5.7": "Le système du destinataire refuse ce message.",
    "4": "Le système du destinataire n’a pas pu être joint dans le délai de l’opérateur.",
}
OTHER_ERROR: Final = "906"
RETURNED: Final = "Le message est revenu sans avoir été remis."
ODD_RETURN: Final = "Un message de retour est venu, sans dire clairement ce qu’il est advenu de l’envoi."
STRANGER: Final = "Un accusé est venu de quelqu’un qui n’est pas le destinataire\u202f: il ne prouve rien."
ANSWERED: Final = "Le destinataire a répondu."
ABSENT: Final = "Une réponse automatique est venue de la boîte du destinataire (absence)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message as received: `message_id` is its number in our base, `envelope` its proven sender (« » for a report,
    None when the operator does not say)."""

    id: int
    mailbox_id: int
    mail: ReceivedMail
    envelope: str | None


def note_report(arrival: Arrival) -> bool:
    """False when it is about no mail of ours. In the caller's transaction."""
    report = arrival.mail.report
    assert report is not None
    mail = _about(arrival, [report.original_message_id, *_answered(arrival.mail)], envelope_id=report.envelope_id)
    if mail is None:
        return False
    rows = _rows(mail)
    if not _may_speak(arrival, rows):
        _note_all(rows, STRANGER, arrival)
    elif report.kind == "delivery":
        _note_deliveries(rows, report, arrival)
    else:
        _note_disposition(rows, report, arrival)
    return True


def note_plain(arrival: Arrival) -> bool:
    """Mails that are no report and yet tell of a mail of ours. True when that is all they are: an integration error, an
    odd return. An answer is also something to read: False."""
    mail = _about(arrival, [*_answered(arrival.mail), *_OURS.findall(_quoted(arrival))])
    if mail is None:
        return False
    rows, said = _rows(mail), arrival.mail
    code = integration_error(said.subject)
    if code is not None and _may_speak(arrival, rows):
        for row in _of(rows, [said.from_address]):
            _apply(row, "reject", _not_integrated(code, None), arrival)
        return True
    if arrival.envelope == "":
        for row in rows:
            _apply(row, "return_oddly", ODD_RETURN, arrival)
        return True
    for row in _of(rows, [said.from_address], alone_is_enough=False):
        _apply(row, "read", ANSWERED, arrival)
    return False


def note_automatic(arrival: Arrival) -> bool:
    """An absence proves that the mailbox has it, and no more."""
    mail = _about(arrival, _answered(arrival.mail))
    if mail is None:
        return False
    for row in _of(_rows(mail), [arrival.mail.from_address], alone_is_enough=False):
        _apply(row, "deliver", ABSENT, arrival)
    return True


# ------------------------------------------------------------------------------------------------ which mail


def _about(arrival: Arrival, ids: Iterable[str | None], *, envelope_id: str | None = None) -> SentMail | None:
    """Locked. Only a mail that left from the mailbox in which this arrived."""
    mails = SentMail.objects.select_for_update(of=("self",)).filter(sending__mailbox_id=arrival.mailbox_id)
    named = [each.strip().strip("<>") for each in ids if each]
    found = mails.filter(message_id__in=named).order_by("-id").first() if named else None
    if found is None and envelope_id and re.fullmatch(r"[0-9a-fA-F]{32}", envelope_id):
        found = mails.filter(uuid=UUID(envelope_id)).first()
    return found


def _answered(mail: ReceivedMail) -> list[str]:
    return [each for each in (mail.in_reply_to, *reversed(mail.references)) if each]


def _quoted(arrival: Arrival) -> str:
    """Only a return says which mail it is about in its text."""
    return arrival.mail.body_text[:20_000] if arrival.envelope == "" else ""


def _rows(mail: SentMail) -> list[SentRecipient]:
    rows = mail.recipients.select_for_update(of=("self",)).select_related("sending")
    return list(rows.order_by("id"))


def _may_speak(arrival: Arrival, rows: Iterable[SentRecipient]) -> bool:
    """The empty envelope of a report, or one of the domain of a recipient."""
    if not arrival.envelope:
        return True
    domain = arrival.envelope.lower().rpartition("@")[2]
    return any(row.address.rpartition("@")[2] == domain for row in rows)


def _of(
    rows: list[SentRecipient], addresses: Iterable[str | None], *, alone_is_enough: bool = True
) -> list[SentRecipient]:
    """Those named; the only recipient even when another address of theirs is named (alias, redirection)."""
    named = {each.strip().strip("<>").lower() for each in addresses if each}
    found = [row for row in rows if row.address in named]
    return found or (rows if len(rows) == 1 and alone_is_enough else [])


# ------------------------------------------------------------------------------------------------ what it says


def _note_deliveries(rows: list[SentRecipient], report: MailReport, arrival: Arrival) -> None:
    for said in report.recipients:
        for row in _of(rows, [said.address, said.original]):
            _note_delivery(row, said, arrival)


def _note_delivery(row: SentRecipient, said: ReportedRecipient, arrival: Arrival) -> None:
    if said.action == "delivered":
        _apply(row, "deliver", "Le système du destinataire l’a reçu.", arrival)
    elif said.action == "failed":
        _apply(row, "bounce", _returned(row, said.status or ""), arrival)
    elif said.action == "delayed":
        following.note(row, "L’opérateur n’a pas encore pu le remettre, et continue d’essayer.", source=arrival.id)
    elif said.action in ("relayed", "expanded"):
        following.note_relayed(row, source=arrival.id)
    else:
        _apply(row, "return_oddly", ODD_RETURN, arrival)


def _returned(row: SentRecipient, status: str) -> str:
    if row.kind == SentRecipient.Kind.PATIENT and status.startswith(smtp.OF_ADDRESS):
        return following.NO_MES
    return next((text for prefix, text in _RETURNS.items() if status.startswith(prefix)), RETURNED)


def _note_disposition(rows: list[SentRecipient], report: MailReport, arrival: Arrival) -> None:
    named = [*(each for said in report.recipients for each in (said.address, said.original)), arrival.mail.from_address]
    for row in _of(rows, named):
        if report.failed:
            _apply(row, "reject", _not_integrated(report.error_code or OTHER_ERROR, report.error_label), arrival)
        elif report.disposition in ("displayed", "processed", "dispatched"):
            opened = report.disposition == "displayed"
            text = "Ouvert par le destinataire." if opened else "Intégré par le logiciel du destinataire."
            _apply(row, "read", text, arrival)
        elif report.disposition == "deleted":
            _apply(row, "deliver", "Arrivé, puis supprimé sans avoir été ouvert.", arrival)
        else:
            following.note(row, "Un accusé est venu, qui ne dit pas si le message a été lu.", source=arrival.id)


def _not_integrated(code: str, label: str | None) -> str:
    """900 to 906 (volet LPS ← courriel MSS); another code with the words that came."""
    said = INTEGRATION_ERRORS.get(code) or (label or "").strip()[:100] or "erreur non précisée"
    return f"Le logiciel du destinataire n’a pas pu intégrer le document\u202f: {code}, {said[0].lower()}{said[1:]}."


def _apply(row: SentRecipient, name: str, text: str, arrival: Arrival) -> None:
    if not following.move(row, name, text, source=arrival.id):
        return
    if row.state in NEEDS_SOMEBODY:
        following.nobody_is_needed(row, because=text)  # what was asked before was about another trouble
        following.ask_somebody(row)
    else:
        following.nobody_is_needed(row, because=text)


def _note_all(rows: Iterable[SentRecipient], text: str, arrival: Arrival) -> None:
    for row in rows:
        following.note(row, text, source=arrival.id)
