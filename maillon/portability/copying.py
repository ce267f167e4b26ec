"""What the patient and the team wrote to each other, in the copy of a record that a person takes away (RGPD, article
15): those that its reader may read, in plain words and as FHIR."""

from __future__ import annotations

from maillon.conversations import api as conversations
from maillon.formats.copy_write import Section
from maillon.formats.fhir.datatypes import Resource, instant, reference
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.rights.api import parts


@parts.adds
def messages(access: Access) -> parts.Part:
    found = conversations.thread(access)
    return parts.Part(
        name="messages", count=len(found),
        resources=tuple(_communication(access, each) for each in found),
        sections=(
            Section(
                title=f"Messages avec l’équipe de soins ({len(found)})", headers=("Le", "De", "Message"),
                widths=(1.1, 2, 5.6),
                rows=tuple((f"{clock.in_paris(each.at):%d/%m/%Y}", each.author, each.text) for each in found),
                nothing="Aucun message.",
            ),
        ),
    )  # fmt: skip


def _communication(access: Access, line: conversations.MessageLine) -> Resource:
    return {
        "resourceType": "Communication", "id": str(line.uuid), "status": "completed",
        "subject": reference(str(access.patient_uuid)), "sent": instant(line.at), "sender": {"display": line.author},
        "payload": [{"contentString": line.text}],
    }  # fmt: skip
