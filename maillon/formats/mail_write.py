"""MSSanté messages (Référentiel socle MSSanté #2): subject, headers, IHE_XDM.zip, one PDF per CDA; and notices.

A message speaks of one patient. Its headers are ASCII on the wire, its text UTF-8.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from maillon.formats.document import ClinicalDocument, PatientTraits
from maillon.formats.refusal import Refused

# Error codes of the integration notice (volet LPS ← courriel MSS).
INTEGRATION_ERRORS: Final = {
    "900": "Version incorrecte",
    "901": "Auteur non autorisé",
    "902": "Identifiant de patient inconnu",
    "903": "INS absente",
    "904": "INS différente de celle du dossier local",
    "905": "INS incomplète, un trait manque",
    "906": "Autre erreur",
}
SUBJECT_PREFIX: Final = "XDM/1.0/DDM+"
REPLACED_MARK: Final = "[Annule et remplace]"
# Longer lines than the default 78 keep a name or a word in one piece; far below the limit of 998 (RFC 5322).
_POLICY: Final = SMTP.clone(max_line_length=200)
# A returned message keeps its own folding.
_VERBATIM: Final = SMTP.clone(refold_source="none")
_LABEL_LENGTH: Final = 40  # ECO.2.1.3
_UNFIT_FOR_A_FILE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_BREAKS = re.compile(r"[\r\n\x00]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDocument:
    document: ClinicalDocument
    pdf: bytes | None = None  # PDF/A-1, what a webmail shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    message_id: str  # without its angle brackets
    sender: str
    sender_label: str
    recipients: tuple[str, ...]
    at: datetime
    product_number: str | None = None  # X-MSS-NIL
    notify: str | None = None  # Disposition-Notification-To; None asks for nothing
    ins_qualified: bool = False
    in_reply_to: str | None = None


def write_message(
    envelope: Envelope, documents: Sequence[SentDocument], *, xdm: bytes, text: str, closing: bool = False
) -> EmailMessage:
    if not documents:
        raise Refused("E-ECR-20", "Un message transporte au moins un document.")
    message = write_plain_message(envelope, subject=subject_of([each.document for each in documents]), text=text)
    message["X-MSS-CODECDA"] = ",".join(dict.fromkeys(each.document.type_code or "" for each in documents))
    message["X-MSS-INS"] = "O" if envelope.ins_qualified else "N"
    if closing:
        message["X-MSS-MES"] = "FIN"
    message.add_attachment(xdm, maintype="application", subtype="zip", filename="IHE_XDM.zip")
    for name, pdf in _pdf_files(documents):
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    message.set_boundary(_boundary(envelope.message_id))
    return message


def write_plain_message(envelope: Envelope, *, subject: str, text: str) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(display_name=_one_line(envelope.sender_label), addr_spec=envelope.sender)
    message["To"] = ", ".join(envelope.recipients)
    message["Subject"] = _one_line(subject)
    message["Date"] = format_datetime(envelope.at)
    message["Message-ID"] = f"<{envelope.message_id}>"
    if envelope.in_reply_to:
        message["In-Reply-To"] = message["References"] = f"<{envelope.in_reply_to}>"
    if envelope.notify:
        message["Disposition-Notification-To"] = envelope.notify
    if envelope.product_number:
        message["X-MSS-NIL"] = envelope.product_number
    message.set_content(text, charset="utf-8", cte="quoted-printable")
    return message


def subject_of(documents: Sequence[ClinicalDocument]) -> str:
    """`XDM/1.0/DDM+<libellé> <NOM> <prénom> <JJ/MM/AAAA>`, the label cut at 40, or « N documents » (ECO.2.1.3)."""
    patient = documents[0].patient
    label = (documents[0].type_label or "Document")[:_LABEL_LENGTH].strip()
    words = [label if len(documents) == 1 else f"{len(documents)} documents", *_named(patient)]
    marks = REPLACED_MARK if any(document.version.replaces for document in documents) else ""
    return f"{marks}{SUBJECT_PREFIX}{' '.join(word for word in words if word)}"


def _named(patient: PatientTraits) -> tuple[str, str, str]:
    family = unaccented(patient.birth_family_name or patient.used_family_name or "").upper()
    given = patient.first_birth_given_name or patient.used_given_name or ""
    born = "/".join(reversed((patient.birth_date or "").split("-")))
    return family, given, born


def _pdf_files(documents: Sequence[SentDocument]) -> list[tuple[str, bytes]]:
    """`<date acte>_<type>_<NOM>_<prenom>_<numéro dossier>.pdf` (ECO.2.1.6); two alike are numbered."""
    named: dict[str, bytes] = {}
    for sent in documents:
        if sent.pdf is None:
            continue
        stem = _file_stem(sent.document)
        rank = 1 + sum(name.startswith(stem) for name in named)
        named[f"{stem}.pdf" if rank == 1 else f"{stem}_{rank}.pdf"] = sent.pdf
    return list(named.items())


def _file_stem(document: ClinicalDocument) -> str:
    act = document.acts[0] if document.acts else None
    day = ((act.start if act else None) or document.created_at or "")[:10].replace("-", "")
    family, given, _ = _named(document.patient)
    number = next((one.extension for one in document.patient.local_ids if one.extension), "")
    parts = (day, document.type_label or "", family, unaccented(given), number)
    return "_".join(_UNFIT_FOR_A_FILE.sub("-", part).replace("_", "-").strip() for part in parts if part)


def unaccented(text: str) -> str:
    spelled = text.replace("Œ", "OE").replace("œ", "oe").replace("Æ", "AE").replace("æ", "ae").replace("’", "'")
    return "".join(each for each in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(each))


def _boundary(message_id: str) -> str:
    """Always the same for the same message: two deliveries of one message are equal byte for byte."""
    return f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}"


def _one_line(text: str) -> str:
    """A header injected through a name would start another header."""
    return _BREAKS.sub(" ", text).strip()


def write_notice(
    original: bytes,
    *,
    sender: str,
    at: datetime,
    message_id: str,
    error_code: str | None = None,
    agent: str = "Maillon",
) -> EmailMessage | None:
    """MDN (RFC 8098) of an automatic integration; with `error_code` 900 to 906, the refusal.

    None when the original asks for no notice, or is itself a notice: those are never answered (RFC 8098 §3).
    """
    received = message_from_bytes(original, policy=_VERBATIM)
    to = received.get("Disposition-Notification-To")
    if to is None or received.get_content_type() == "multipart/report" or _null_return_path(received):
        return None
    if error_code is not None and error_code not in INTEGRATION_ERRORS:
        raise ValueError(error_code)
    notice = EmailMessage(policy=_POLICY)
    notice["From"], notice["To"] = sender, str(to)
    notice["Subject"] = _notice_subject(str(received.get("Subject", "")), error_code=error_code)
    notice["Date"] = format_datetime(at)
    notice["Message-ID"] = f"<{message_id}>"
    notice["Auto-Submitted"] = "auto-replied"
    original_id = received.get("Message-ID")
    if original_id:
        notice["References"] = _one_line(str(original_id))
    _notice_parts(notice, original, received=received, sender=sender, error_code=error_code, agent=agent)
    return notice


def _null_return_path(received: Message) -> bool:
    return str(received.get("Return-Path", "")).strip() == "<>"


def _notice_subject(subject: str, *, error_code: str | None) -> str:
    mark = f"[KO Intégration système !][{error_code}] " if error_code else ""
    return _one_line(f"{mark}{subject}")


def _notice_parts(
    notice: EmailMessage, original: bytes, *, received: Message, sender: str, error_code: str | None, agent: str
) -> None:
    notice.set_content(_notice_text(error_code), charset="utf-8", cte="quoted-printable")
    notice.make_mixed()
    notice.set_type("multipart/report")
    notice.set_param("report-type", "disposition-notification")
    notice.set_boundary(_boundary(str(notice["Message-ID"])))
    notice.attach(_machine_part(received, sender=sender, error_code=error_code, agent=agent))
    notice.attach(_returned_part(original))


def _notice_text(error_code: str | None) -> str:
    if error_code is None:
        return "Le message a été reçu et ses documents sont intégrés.\n"
    return f"Le document n’a pas pu être intégré.\nMotif\u202f: {error_code}^{INTEGRATION_ERRORS[error_code]}\n"


def _machine_part(received: Message, *, sender: str, error_code: str | None, agent: str) -> EmailMessage:
    """The error travels in its own field (RFC 8098 §3.2.7), not in the disposition, whose modifier is one atom."""
    original_id = received.get("Message-ID")
    intended = _one_line(str(received.get("Original-Recipient", sender)))
    lines = [
        f"Reporting-UA: {agent}",
        f"Original-Recipient: rfc822;{intended.removeprefix('rfc822;')}",
        f"Final-Recipient: rfc822;{sender}",
        *([f"Original-Message-ID: {_one_line(str(original_id))}"] if original_id else []),
        f"Disposition: automatic-action/MDN-sent-automatically; processed{'/error' if error_code else ''}",
        *([f"Error: {error_code}^{unaccented(INTEGRATION_ERRORS[error_code])}"] if error_code else []),
    ]
    part = EmailMessage(policy=_POLICY)
    part["Content-Type"] = "message/disposition-notification"
    part.set_payload("\r\n".join(lines) + "\r\n")
    return part


def _returned_part(original: bytes) -> EmailMessage:
    """The whole message goes back, so that it can be corrected and sent again."""
    part = EmailMessage(policy=_POLICY)
    part["Content-Type"] = "message/rfc822"
    eight_bits = any(byte > 127 for byte in original)
    part["Content-Transfer-Encoding"] = "8bit" if eight_bits else "7bit"
    part.set_payload([message_from_bytes(original, policy=_VERBATIM)])
    return part
