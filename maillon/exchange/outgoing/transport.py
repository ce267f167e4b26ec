"""Carrying a promised mail to the operator: tried again with the same bytes and the same Message-ID, until it is taken,
refused, or given up; then a person is told, within a quarter of an hour of the promise.

A worker that dies leaves `begun_at`: its successor then knows that the former attempt ended without a witness.
"""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
from collections.abc import Sequence
from typing import Final, cast

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import smtp
from maillon.exchange.collecting import account_of
from maillon.exchange.outgoing import checking, following
from maillon.exchange.outgoing.models import SentMail, SentRecipient
from maillon.exchange.outgoing.shapes import Recipient, RecipientKind
from maillon.exchange.outgoing.states import SentState
from maillon.kernel import clock, outbox, sealing
from maillon.kernel.key import Access, PatientId, Purpose
from maillon.kernel.message import UserMessage

SUBMIT: Final = "exchange.outgoing.submit"
WATCH: Final = "exchange.outgoing.watch"
GIVE_UP_AFTER: Final = dt.timedelta(minutes=15)
LONGEST_WAIT: Final = dt.timedelta(minutes=2)
SILENT_AFTER: Final = dt.timedelta(hours=48)  # an operator that promised reports and sent none

TAKEN: Final = "L’opérateur a pris le message."
LOST: Final = "La liaison avec l’opérateur est tombée avant sa réponse\u202f: on ne sait pas s’il a pris le message."
DIED: Final = "L’essai précédent a été interrompu\u202f: on ne sait pas si l’opérateur avait pris le message."
LATER: Final = "L’opérateur n’a pas pris le message\u202f: nouvel essai."
GAVE_UP: Final = "L’opérateur n’a pas pu prendre ce message pendant un quart d’heure."
GAVE_UP_UNSURE: Final = "La réponse de l’opérateur s’est perdue, et il n’a pas pu être joint de nouveau."
REFUSED_AFTER_DOUBT: Final = (
    "L’opérateur refuse à présent le message, mais l’avait peut-être pris à un essai dont la réponse s’est perdue."
)
SILENT: Final = "Aucun accusé de remise n’est venu en deux jours, alors qu’il était demandé."
_MAIL_REFUSED: Final = "L’opérateur a refusé le message."
# What a code says of an address, at RCPT; of the sender or of the mail itself the same code says nothing of it.
REFUSED_BY_NAME: Final = {
    550: following.NOT_KNOWN,
    551: following.NOT_KNOWN,
    553: "L’opérateur n’admet pas cette adresse.",
}
REFUSED: Final = {
    552: "La boîte du destinataire est pleine, ou le message est trop volumineux.",
}


def promise(mail_id: int, *, due_at: dt.datetime | None = None) -> None:
    outbox.enqueue(SUBMIT, {"mail": mail_id}, due_at=due_at)


def _begin(payload: outbox.Payload) -> None:
    """Before anything is said to the operator, and committed: the screen says « en cours », and a death is seen."""
    mail, rows = _locked(payload["mail"])
    if mail is None or not rows:
        return
    for row in rows:
        if mail.begun_at is not None and row.state == SentState.SENDING:  # nobody wrote how the former attempt ended
            row.was_cut = True
            following.note(row, DIED)
        following.move(row, "begin", row.reason)
    leaving = _not_held_back(mail, rows)
    mail.begun_at = clock.now() if leaving else None
    mail.attempts = min(mail.attempts + 1, 30_000)
    mail.save(update_fields=["begun_at", "attempts"])


def _not_held_back(mail: SentMail, rows: list[SentRecipient]) -> list[SentRecipient]:
    """It was promised a moment ago, or a day: what became of the documents, of the identity and of the patient's wishes
    since then is looked at before each attempt."""
    access = access_room.open_record(
        following.MACHINE, PatientId(mail.patient_id), purpose=Purpose.INTAKE, resource_type="sending",
        resource_id=str(mail.sending.uuid),
    )  # fmt: skip
    why = held_back(access, rows)
    for row in rows:
        if row.address in why:
            _hold_back(row, why[row.address])
    return [row for row in rows if row.address not in why]


def held_back(access: Access, rows: Sequence[SentRecipient]) -> dict[str, UserMessage]:
    """By address, what keeps this sending from going there any more."""
    asked = rows[0].sending.documents.order_by("rank").values_list("document_uuid", flat=True)
    to = [
        Recipient(kind=cast(RecipientKind, row.kind), address=row.address, name=row.name, national_id=row.national_id)
        for row in rows
    ]
    return checking.held_back(access, list(asked), to)


def _hold_back(row: SentRecipient, why: UserMessage) -> None:
    if row.was_cut:  # an attempt before this one may have arrived
        _end_unknown(row, f"{following.HELD_BACK}{why.message}")
    else:
        following.move(row, "run_out", f"{following.HELD_BACK}{why.message}")
        following.ask_somebody(row)


@outbox.handles(SUBMIT, begin=_begin)
def submit(payload: outbox.Payload) -> None:
    """In the outbox's transaction: what is known of the attempt and the end of the job are one."""
    mail, rows = _locked(payload["mail"])
    rows = [row for row in rows if row.state == SentState.SENDING]
    if mail is None or not rows:
        return
    _write(mail, rows, _tried(mail, rows))


def _tried(mail: SentMail, rows: list[SentRecipient]) -> smtp.Outcome | str:
    """What became of it, or why the operator could not be spoken to."""
    sending = mail.sending
    try:
        account = account_of(sending.mailbox)
        data = documents.bytes_of(mail.sha256)
        return smtp.submit(
            account,
            smtp.Mail(
                sender=sending.mailbox.address, recipients=[row.address for row in rows], data=data,
                envelope_id=mail.uuid.hex, wants_delivery=sending.wants_delivery,
            ),
        )  # fmt: skip
    except (*smtp.FAILURES, smtp.Interrupted, sealing.SealBroken) as error:
        return _explained(error)


def _explained(error: Exception) -> str:
    """Never the server's own words, which may carry a name."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "L’opérateur refuse l’identifiant ou le mot de passe de la boîte d’envoi."
    if isinstance(error, sealing.SealBroken):
        return "Le mot de passe de la boîte d’envoi est à saisir de nouveau."
    if isinstance(error, ssl.SSLCertVerificationError):
        return "Le certificat de l’opérateur n’est pas reconnu\u202f: rien n’est envoyé."
    return LATER


def _write(mail: SentMail, rows: list[SentRecipient], outcome: smtp.Outcome | str) -> None:
    mail.begun_at = None
    if isinstance(outcome, smtp.Outcome):
        mail.asked_dsn = mail.asked_dsn or outcome.asked_dsn
        for row in rows:
            _write_fate(row, outcome)
    else:
        for row in rows:
            _not_now(row, outcome)
    mail.save(update_fields=["begun_at", "asked_dsn"])
    _go_on(mail, rows)


def _write_fate(row: SentRecipient, outcome: smtp.Outcome) -> None:
    fate = outcome.fates.get(row.address, smtp.Fate.NOT_NOW)
    if fate is smtp.Fate.TAKEN:
        following.move(row, "accept", TAKEN)
        following.nobody_is_needed(row, because=TAKEN)
    elif fate is smtp.Fate.REFUSED and not row.was_cut:
        following.move(row, "refuse", _refused(row, outcome))
        following.ask_somebody(row)
    elif fate is smtp.Fate.REFUSED:  # this time; the attempt whose answer was lost may have been taken
        _end_unknown(row, REFUSED_AFTER_DOUBT)
    elif fate is smtp.Fate.UNKNOWN:
        row.was_cut = True
        following.move(row, "lose_answer", LOST)
    else:
        _not_now(row, LATER)


def _refused(row: SentRecipient, outcome: smtp.Outcome) -> str:
    """At once, or by a report that comes back later (`receipts`): of a citizen's mailbox, it says the same."""
    said = REFUSED | REFUSED_BY_NAME if row.address in outcome.by_name else REFUSED
    why = said.get(outcome.codes.get(row.address, 0), _MAIL_REFUSED)
    is_nobody = row.kind == SentRecipient.Kind.PATIENT and why == following.NOT_KNOWN
    return following.NO_MES if is_nobody else why


def _not_now(row: SentRecipient, why: str) -> None:
    """Not taken this time. What was perhaps taken before stays unknown until something is known."""
    if row.was_cut:
        following.move(row, "lose_answer", LOST)
    else:
        following.move(row, "postpone", why)


def _go_on(mail: SentMail, rows: list[SentRecipient]) -> None:
    """Another attempt, sooner, then later; after a quarter of an hour somebody must see it."""
    if any(row.state == SentState.ACCEPTED for row in rows) and mail.asked_dsn:
        outbox.enqueue(WATCH, {"mail": mail.pk}, key=f"{WATCH} {mail.pk}", due_at=clock.now() + SILENT_AFTER)
    still_due = [row for row in rows if row.is_due]
    if still_due and clock.now() - mail.trying_since > GIVE_UP_AFTER:
        for row in still_due:
            _give_up(row)
    elif still_due:
        wait = min(dt.timedelta(seconds=2 ** min(mail.attempts, 10)), LONGEST_WAIT)
        promise(mail.pk, due_at=clock.now() + wait)


def _give_up(row: SentRecipient) -> None:
    if row.was_cut:
        _end_unknown(row, GAVE_UP_UNSURE)
        return
    why = row.reason if row.reason and row.reason != LATER else GAVE_UP
    following.move(row, "begin", why)
    following.move(row, "run_out", why)
    following.ask_somebody(row)


def _end_unknown(row: SentRecipient, why: str) -> None:
    if row.state == SentState.SENDING:
        following.move(row, "lose_answer", why)
    else:
        following.note(row, why)
    row.is_due, row.reason = False, why
    row.save(update_fields=["is_due", "reason"])
    following.ask_somebody(row)


@outbox.handles_together(WATCH)
def watch(payloads: list[outbox.Payload]) -> None:
    """Delivery reports were promised and did not come: nobody knows, and somebody is told."""
    ids = [payload["mail"] for payload in payloads]
    list(SentMail.objects.select_for_update().filter(pk__in=ids).order_by("pk"))  # mails first: everybody's order
    rows = SentRecipient.objects.select_for_update(of=("self",)).select_related("sending")
    for row in rows.filter(mail_id__in=ids, state=SentState.ACCEPTED).order_by("id"):
        if not following.was_relayed(row) and following.move(row, "stay_silent", SILENT):
            following.ask_somebody(row)


def _locked(mail_id: int) -> tuple[SentMail | None, list[SentRecipient]]:
    """The mail and those of its recipients whom an attempt is for; locked in one order by everybody."""
    mails = SentMail.objects.select_for_update(of=("self",)).select_related("sending__mailbox")
    mail = mails.filter(pk=mail_id).first()
    if mail is None:
        return None, []
    rows = mail.recipients.select_for_update(of=("self",)).select_related("sending")
    return mail, list(rows.filter(is_due=True, closed_at__isnull=True).order_by("id"))
