"""The laboratory report as it arrives: a message with its archive IHE_XDM, in the mailbox of a structure of the ground."""

from __future__ import annotations

import hashlib
from email.message import EmailMessage
from email.policy import SMTP

from maillon.formats.cda.read import read_cda
from maillon.formats.xdm_write import XdmItem, XdmSubmission, write_xdm
from maillon.formats.xdm_write_metadata import Code

SENDER = "resultats@labo-banc.mssante.test"
RESULTS = Code("31", "1.2.250.1.213.1.1.4.1", "Résultats d’examens")


def message_with(report: bytes) -> bytes:
    document = read_cda(report)
    submission = XdmSubmission(
        unique_id=f"2.25.{int(hashlib.sha256(report).hexdigest()[:30], 16)}", source_id="1.2.250.1.999.9",
        submitted_at="2026-03-12T12:00:00+01:00", title="Envoi", author=document.authors[0],
    )  # fmt: skip
    archive = write_xdm([XdmItem(document=document, cda=report, class_code=RESULTS)], submission=submission)
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = SENDER, "accueil@banc.mssante.test"
    message["Subject"] = "XDM/1.0/DDM+CR d'examens biologiques"
    message["Message-ID"] = f"<{hashlib.sha256(report).hexdigest()[:24]}@labo-banc.mssante.test>"
    message.set_content("Bonjour,\nVeuillez trouver un compte rendu.\n")
    message.add_attachment(archive, maintype="application", subtype="zip", filename="IHE_XDM.zip")
    return message.as_bytes()


def mailbox_of(structure_id: int) -> int:
    """Registered for the ground; inactive, so that the worker does not try to collect it."""
    from maillon.exchange.models import Mailbox
    from maillon.exchange.registering import register_mailbox
    from maillon.kernel.key import StructureId

    mailbox_id = register_mailbox(
        address=f"structure-{structure_id}@banc.mssante.test", structure_id=StructureId(structure_id),
        imap_host="invalid", imap_port=993, smtp_host="invalid", smtp_port=465, username="banc", password="banc",  # noqa: S106
    )  # fmt: skip
    Mailbox.objects.filter(pk=mailbox_id).update(is_active=False)
    return mailbox_id


def keep(messages: list[tuple[int, bytes]]) -> None:
    """(mailbox, bytes) as the collection leaves them: kept, and not yet opened."""
    from maillon.exchange.keeping import Batch
    from maillon.exchange.keeping import keep as keep_batch

    for number, (mailbox_id, raw) in enumerate(messages, start=1):
        keep_batch(
            Batch(mailbox_id=mailbox_id, uid_validity=1, last_uid=number, seen_uid=number, messages={number: raw})
        )
