"""What the patient sends to their team: a PDF or a photograph, filed as « déposé par le patient » and given to read."""

from __future__ import annotations

import hashlib
from typing import Final
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.conversations.addressing import addressee
from maillon.documents import api as documents
from maillon.formats import media
from maillon.formats.pdf import PdfScan, scan_pdf, text_of_pdf
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.tasks import api as tasks

MOST_BYTES: Final = 10 * 1024 * 1024
SOURCE: Final = "patient"
# JDV_J07: the types that a patient deposits, in the order in which the form offers them.
TYPES: Final = {
    "DOCPAT03": "Un compte rendu",
    "DOCPAT05": "Des résultats d’analyses",
    "DOCPAT04": "Une radio, une image",
    "DOCPAT02": "Une ordonnance, un traitement",
    "DOCPAT07": "Un certificat",
    "DOCPAT09": "Un papier administratif",
    "EXPPAT_3": "Mes directives anticipées",
}

NOTHING = UserMessage("E-DEP-01", "Choisissez le fichier à envoyer.")
TOO_BIG = UserMessage("E-DEP-02", "Ce fichier est trop gros\u202f: 10\u202fMo au plus. Envoyez-le en plusieurs fois.")
WRONG_KIND = UserMessage("E-DEP-03", "Envoyez un PDF ou une photo (JPEG ou PNG)\u202f: rien d’autre n’est reçu.")
LOCKED = UserMessage("E-DEP-04", "Ce PDF est protégé par un mot de passe\u202f: enlevez-le, puis recommencez.")
UNREADABLE = UserMessage("E-DEP-05", "Ce PDF est abîmé et ne peut pas être lu. Envoyez une photo du document.")
ACTIVE = UserMessage(
    "E-DEP-06", "Ce PDF contient des éléments qui agissent tout seuls\u202f: envoyez plutôt une photo du document."
)
NO_TYPE = UserMessage("E-DEP-07", "Dites de quel document il s’agit.")


@transaction.atomic
def deposit(access: Access, data: bytes, *, name: str, type_code: str, title: str) -> UUID:
    """File once: the same file sent twice is one document. Raises E-DEP-01 to 07."""
    if access.actor.visitor_id is None or access.scope != "whole":
        raise access_room.AccessDenied
    if type_code not in TYPES:
        raise NO_TYPE
    media_type = _admitted(data, name)
    digest = hashlib.sha256(data).hexdigest()
    moment = clock.now()
    filing = documents.Filing(
        data=data,
        media_type=media_type,
        unique_id=f"depot:{access.patient_uuid}:{digest}",  # the same bytes in another record are another document
        type_code=type_code,
        title=storable(title).strip()[:200] or TYPES[type_code],
        written_at=moment.isoformat(),
        author=access.actor.label,
        statements={},
        text=text_of_pdf(data) if media_type == media.PDF else "",
        source=SOURCE,
    )
    person, structure, role = addressee(access)
    reader = tasks.Reader(professional_id=person, structure_id=structure, role_code=role)
    return documents.file(access, filing, readers=[reader], received_at=moment).uuid


def _admitted(data: bytes, name: str) -> str:
    if not data:
        raise NOTHING
    if len(data) > MOST_BYTES:
        raise TOO_BIG
    media_type = media.sniff(data, name)
    if media_type not in (media.PDF, media.JPEG, media.PNG):
        raise WRONG_KIND
    if media_type == media.PDF:
        _refuse_odd_pdf(scan_pdf(data))
    return media_type


def _refuse_odd_pdf(scan: PdfScan) -> None:
    if scan.encrypted and scan.problem is not None:
        raise LOCKED
    if scan.problem is not None:
        raise UNREADABLE
    if scan.active:
        raise ACTIVE
