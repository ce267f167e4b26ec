"""What rubs in a document that is being filed: an old format, a letter that comes too late, a prescription without its
number, a look-alike. The document is filed all the same; its row says so, and so does the list of what rubbed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from maillon.documents.models import Document
from maillon.documents.viewing import CDA, same_document
from maillon.formats.wording import counted
from maillon.kernel import clock
from maillon.kernel.key import Access, ProfessionalId
from maillon.noticed import api as noticed
from maillon.tasks import api as tasks

if TYPE_CHECKING:
    from maillon.documents.filing import Filing

LATE_LETTER: Final = "sortie_tardive"
SENT_TWICE: Final = "recu_deux_fois"
REPLACED: Final = "Remplacé par une nouvelle version"
FETCHED: Final = "dmp"
PICTURES: Final = ("image/", "application/dicom")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What filing knows by then."""

    document_id: int
    document_uuid: UUID
    type_bit: int
    confidentiality: str
    author: ProfessionalId | None
    received_at: dt.datetime
    written_at: dt.datetime
    ended_at: dt.datetime | None
    has_twin: bool


def look(access: Access, filing: Filing, found: Look, readers: Sequence[tasks.Reader]) -> None:
    """In the transaction that files. What nobody reads here is told to nobody."""
    rubbing = _of_shape(filing) + _of_time(filing, found) + _of_prescription(filing)
    rubbing += [("doublon_possible", "")] if found.has_twin else []
    reader = next(iter(readers), None)
    place = reader.structure_id if reader else access.actor.structure_id
    if not rubbing or place is None:
        return
    person = next((each.professional_id for each in readers if each.professional_id is not None), None)
    about = noticed.About(
        document_id=found.document_id, document_uuid=found.document_uuid, type_bit=found.type_bit,
        confidentiality=found.confidentiality, author_professional_id=found.author,
    )  # fmt: skip
    for fact, detail in rubbing:
        noticed.note(
            access, fact, about=about, structure_id=place, professional_id=person or access.actor.professional_id,
            detail=detail,
        )  # fmt: skip


def _of_shape(filing: Filing) -> list[tuple[str, str]]:
    """Of what somebody's software sent: by mail a document is a CDA; a picture is no old format, nor what FHIR says."""
    is_mail, is_published = filing.source == "mssante", filing.source.startswith("fhir:")
    if not (is_mail or is_published):
        return []
    is_modern = is_published or filing.media_type == CDA or filing.media_type.startswith(PICTURES)
    facts = noticed.rules().of_shape(filing.type_code, is_structured=filing.level == 3, is_cda=is_modern)
    return [(fact, filing.organization or "") for fact in facts]


def _of_time(filing: Filing, found: Look) -> list[tuple[str, str]]:
    """CSP R1112-1-2: the day of the discharge, by which the letter is there; what we fetched in the national record was
    there the day it was written, the delay is ours (as in `measures`). CSP R1111-42: the day of the examination, on
    which its report is written; how long a mail then takes is not its author's doing. A correction is judged by what
    it corrects."""
    rules, is_first = noticed.rules(), not filing.replaces and (filing.version_number or 1) == 1
    if found.ended_at is None or not is_first:
        return []
    if filing.type_code in rules.le_jour_de_la_sortie:
        there_at = found.written_at if filing.source == FETCHED else found.received_at
        return _late(LATE_LETTER, days_late(found.ended_at, there_at), "la sortie", filing)
    if filing.type_code in rules.le_jour_de_l_examen:
        return _late("examen_tardif", days_late(found.ended_at, found.written_at), "l’examen", filing)
    return []


def _late(fact: str, days: int, since: str, filing: Filing) -> list[tuple[str, str]]:
    if days <= 0:
        return []
    said = f"{counted(days, 'jour')} après {since}"
    return [(fact, f"{said}, {filing.organization}" if filing.organization else said)]


def days_late(ended_at: dt.datetime, there_at: dt.datetime) -> int:
    return (clock.in_paris(there_at).date() - clock.in_paris(ended_at).date()).days


def _of_prescription(filing: Filing) -> list[tuple[str, str]]:
    is_numbered = filing.type_code in noticed.rules().ordonnances_numerotees
    return [("ordonnance_sans_numero", "")] if is_numbered and not filing.prescription_number else []


def forget_former(access: Access, document_id: int) -> None:
    """What rubbed in a version that is replaced asks nothing of anybody any more. That its sender sends twice is about
    them, and stays to be said."""
    row = Document.objects.get(pk=document_id)
    same = Document.objects.filter(same_document(row), patient_id=access.patient_id, status=Document.Status.REPLACED)
    facts = [each.fait for each in noticed.rules().faits if each.fait != SENT_TWICE]
    noticed.settle(access, *facts, outcome=REPLACED, documents=list(same.values_list("pk", flat=True)))
