"""A document: what it says, whose it says it is, where it came from, and its original byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import api as exchange
from maillon.formats.document import ClinicalDocument
from maillon.kernel.key import Access
from maillon.noticed import api as noticed
from maillon.patients import api as patients
from maillon.tasks import api as tasks
from maillon.terminology import api as terminology
from maillon.web.files import as_download, in_place, is_picture, is_shown_in_place
from maillon.web.identity import Difference, differences
from maillon.web.rules import PersonRequest, opens_document
from maillon.web.views.national import DONE, of_document
from maillon.web.views.record import banner, record_page
from maillon.web.views.visibility import decisions
from maillon.writing import api as writing

PDF = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Something inside the document, or the document itself when it is no CDA."""

    title: str
    media_type: str
    size: int
    address: str
    download: str

    @property
    def is_pdf(self) -> bool:
        return self.media_type == PDF

    @property
    def is_picture(self) -> bool:
        return is_picture(self.media_type)

    @property
    def is_text(self) -> bool:
        return self.media_type == "text/plain"


@opens_document("read")
def show(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    view = documents.read(access, document)
    shown = banner(access)
    return record_page(
        request, access, "document.html", tab="", known=shown, view=view, content=view.document,
        type_label=terminology.document_type_label(view.type_code) or view.title,
        pieces=_pieces(view), differences=_differences(view.document, shown.line),
        tasks=tasks.of_document(access, document),
        is_mine=view.author_id is not None and view.author_id == access.actor.professional_id,
        may_correct=_may_correct(access, view),
        words=exchange.arrivals.came_with(access, view),
        may_take_back=exchange.arrivals.may_take_back(access, document),
        **decisions(access, document),
        **of_document(access, view),
        done=DONE.get(request.GET.get("fait", ""), ""),
        rubbing=noticed.of_document(access, document),
        why=access_room.oversight.why_document(
            access, type_code=view.type_code, confidentiality=view.confidentiality, author_id=view.author_id,
            is_named=view.is_named,
        ),
    )  # fmt: skip


@opens_document("update", method="POST")
def take_back(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    """It is in the wrong record: back to « À régler »."""
    exchange.arrivals.take_back(access, document, reason=request.POST.get("motif", ""))
    return HttpResponseRedirect("/a-regler")


@opens_document("download")
def original(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    return as_download(documents.original(access, document))


@opens_document("read")
def original_in_place(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    return in_place(documents.original(access, document))


@opens_document("read")
def piece(request: PersonRequest, access: Access, *, document: UUID, index: int) -> HttpResponse:
    return in_place(documents.attachment(access, document, index))


@opens_document("download")
def piece_download(request: PersonRequest, access: Access, *, document: UUID, index: int) -> HttpResponse:
    return as_download(documents.attachment(access, document, index))


def _may_correct(access: Access, view: documents.DocumentView) -> bool:
    is_mine = view.author_id is not None and view.author_id == access.actor.professional_id
    return is_mine and view.status == "current" and writing.may_correct(access, view.uuid)


def _pieces(view: documents.DocumentView) -> list[Piece]:
    here = f"/document/{view.uuid}"
    if view.document is None:
        if not is_shown_in_place(view.media_type):
            return []
        return [
            Piece(title=view.title, media_type=view.media_type, size=view.size, address=f"{here}/en-place",
                  download=f"{here}/original")
        ]  # fmt: skip
    return [
        Piece(
            title=each.title or f"Pièce {rank + 1}", media_type=each.media_type, size=each.size,
            address=f"{here}/piece/{rank}", download=f"{here}/piece/{rank}/telecharger",
        )
        for rank, each in enumerate(view.document.attachments)
    ]  # fmt: skip


def _differences(document: ClinicalDocument | None, line: patients.PatientLine) -> list[Difference]:
    if document is None:
        return []
    return [each for each in differences(document.patient, line) if each.differs]
