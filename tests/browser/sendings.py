"""Something to show on the pages of what was sent: each state once, a directory, a delegation."""

from __future__ import annotations

import json
from uuid import UUID

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.exchange.directory import mirroring
from maillon.exchange.outgoing import following
from maillon.exchange.outgoing.models import SentRecipient
from maillon.formats.fhir.directory import read_page
from maillon.kernel import clock
from maillon.kernel.key import Access, Purpose
from simulators.annuaire import resources
from tests.conftest import Cast

COLLEAGUES = (
    ("Dr Paul Étranger", "paul.etranger@cabinet-port.mssante.test"),
    ("Dr Jeanne-Marie de la Tour", "jeanne-marie.de-la-tour-d-auvergne@hopital-des-trois-vallees.mssante.test"),
    ("Centre hospitalier des Trois-Vallées", "cardiologie@ch-trois-vallees.mssante.test"),
)
FATES = {
    "failed": ("bounce", "La boîte du destinataire est pleine."),
    "read": ("read", "Intégré par le logiciel du destinataire."),
    "unknown": ("stay_silent", "Aucun accusé de remise n’est venu en deux jours, alors qu’il était demandé."),
    "accepted": ("", "L’opérateur a pris le message."),
}


def send_some(cast: Cast, record: Access, documents: list[UUID]) -> UUID:
    """The last one has three recipients, of whom one did not get it."""
    sent = []
    planned = (("accepted",), ("unknown",), ("failed", "read", "accepted"))
    for document, fates in zip(documents[:3], planned, strict=True):
        to = [exchange.Recipient(address=address, name=name) for name, address in COLLEAGUES[: len(fates)]]
        with access_room.reading(cast.claire, record.patient_uuid, purpose=Purpose.CARE) as access:
            sent.append(exchange.send(access, documents=[document], to=to, text="Bonjour,\n\nMerci de votre avis.\n"))
        rows = SentRecipient.objects.filter(sending__uuid=sent[-1].uuid).order_by("id")
        for row, fate in zip(rows, fates, strict=True):
            following.move(row, "begin", "")
            following.move(row, "accept", "L’opérateur a pris le message.")
            name, said = FATES[fate]
            if name:
                following.move(row, name, said)
                following.ask_somebody(row)
    return sent[-1].uuid


def fill_the_book(cast: Cast) -> None:
    at = clock.now().isoformat()
    entries = [{"resource": each} for each in resources.invented(60, at=at)]
    page = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    mirroring.keep(read_page(json.dumps(page).encode()).resources)
    exchange.directory.note_by_hand(
        cast.claire, address="jeanne.bertin@valenciennes.mssante.fr", name="Jeanne BERTIN-DESMARETS",
        city="Valenciennes", profession_code="G15_60",
    )  # fmt: skip
    boxes = exchange.outgoing.boxes
    own = boxes.to_give(cast.claire)
    assert cast.sylvie.professional_id is not None
    if own:
        boxes.delegate(
            cast.claire, address=own[0].address, delegate_id=cast.sylvie.professional_id, may_read=True, may_send=True,
            start=clock.today(),
        )  # fmt: skip
