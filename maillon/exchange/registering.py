"""Mailboxes that we collect."""

from __future__ import annotations

from maillon.exchange.models import Mailbox
from maillon.kernel import sealing
from maillon.kernel.key import ProfessionalId, StructureId


def register_mailbox(
    *,
    address: str,
    structure_id: StructureId,
    professional_id: ProfessionalId | None = None,
    imap_host: str,
    imap_port: int,
    smtp_host: str,
    smtp_port: int,
    username: str,
    password: str,
    ca_file: str = "",
    starttls: bool = False,
) -> int:
    """Idempotent on the address: a second time changes where and how it is reached, and forgets its failures."""
    box, _ = Mailbox.objects.update_or_create(
        address=address.lower(),
        defaults={
            "structure_id": structure_id,
            "professional_id": professional_id,
            "imap_host": imap_host,
            "imap_port": imap_port,
            "smtp_host": smtp_host,
            "smtp_port": smtp_port,
            "username": username,
            "sealed_password": sealing.seal(password),
            "transport": Mailbox.Transport.STARTTLS if starttls else Mailbox.Transport.TLS,
            "ca_file": ca_file,
            "is_active": True,
            "failures": 0,
            "retry_at": None,
        },
    )
    return box.pk
