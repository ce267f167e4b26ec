"""Mon espace santé (DMP) within a record: how it stands, what it holds, what is brought home, what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import api as exchange
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.web.rules import PersonRequest, opens_document, opens_record
from maillon.web.views.record import record_page

dmp = exchange.dmp

# What was just done, said at the top of the page.
DONE = {
    "actualise": "Mon espace santé a été relu.",
    "autorise": "Le consentement est noté, et le DMP vous est ouvert.",
    "promis": "L’acte est promis. Sa suite s’affiche ci-dessous dès que le DMP la montre.",
    "depot": "Le dépôt est promis. Sa suite s’affiche ci-dessous dès que le DMP la montre.",
    "non_envoye": "Ce document n’est pas envoyé. Votre choix vaut pour lui seul.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """An act on one document, as its button says it."""

    kind: str
    title: str
    icon: str
    help: str
    needs_reason: bool = False
    needs_confirmation: bool = False


OFFERED = (
    Offered(kind="masquer", title="Masquer aux professionnels", icon="eye-slash", needs_reason=True,
            help="Souhait du patient. Seuls l’auteur, le médecin traitant et le patient le verront encore."),
    Offered(kind="demasquer", title="Démasquer", icon="eye", help="Les professionnels autorisés le reverront."),
    Offered(kind="reserver", title="Réserver jusqu’à l’annonce", icon="hourglass-split", needs_reason=True,
            help="Le patient ne le voit pas avant la consultation d’annonce (CSP R1111-53)."),
    Offered(kind="reveler", title="L’annonce est faite", icon="check2", help="Le patient le verra dans son espace."),
    Offered(kind="archiver", title="Archiver", icon="folder2", help="Il sort de la liste courante, sans disparaître."),
    Offered(kind="desarchiver", title="Sortir des archives", icon="folder2-open", help="Il revient dans la liste."),
    Offered(kind="supprimer", title="Supprimer du DMP", icon="x-circle", needs_reason=True, needs_confirmation=True,
            help="Définitif. Votre copie reste dans ce dossier."),
)  # fmt: skip


@opens_record("read", resource="dmp")
def national_record(request: PersonRequest, access: Access) -> HttpResponse:
    return _page(request, access)


@opens_record("search", resource="dmp", method="POST")
def refresh(request: PersonRequest, access: Access) -> HttpResponse:
    try:
        dmp.refresh(access)
    except access_room.AccessDenied:
        raise
    except UserMessage as refusal:
        return _page(request, access, refusal=refusal, refused="actualiser")
    return _back(access, "actualise")


@opens_record("consent", resource="dmp", method="POST")
def authorise(request: PersonRequest, access: Access) -> HttpResponse:
    try:
        dmp.authorise(access, channel=request.POST.get("moyen", ""), proof=request.POST.get("preuve", ""))
    except access_room.AccessDenied:
        raise
    except UserMessage as refusal:
        return _page(request, access, refusal=refusal, refused="autoriser")
    return _back(access, "autorise")


@opens_record("read", resource="dmp", method="POST")
def retrieve(request: PersonRequest, access: Access, *, entry: UUID) -> HttpResponse:
    try:
        return HttpResponseRedirect(f"/document/{dmp.retrieve(access, entry)}")
    except access_room.AccessDenied:
        raise
    except UserMessage as refusal:
        return _page(request, access, refusal=refusal, refused=str(entry))


@opens_record("update", resource="dmp", method="POST")
def act(request: PersonRequest, access: Access, *, entry: UUID) -> HttpResponse:
    kind = request.POST.get("acte", "")
    if kind not in {each.kind for each in OFFERED}:
        return _back(access, "")
    try:
        dmp.change(
            access, entry, dmp.ActKind(kind), reason=request.POST.get("motif", ""),
            confirmed=request.POST.get("confirmation") == "oui",
        )  # fmt: skip
    except access_room.AccessDenied:
        raise
    except UserMessage as refusal:
        return _page(request, access, refusal=refusal, refused=f"{entry}-{kind}")
    return _back(access, "promis")


@opens_document("send", method="POST")
def deposit(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    """Feed this document, or write down that it is not sent."""
    said = request.POST
    try:
        if said.get("acte") == "ne_pas_envoyer":
            dmp.decline(access, document, reason=said.get("motif", ""))
            done = "non_envoye"
        else:
            exchange.feed_dmp(access, document, told=said.get("moyen", ""))
            done = "depot"
    except access_room.AccessDenied:
        raise
    except UserMessage as refusal:
        return _deposit_page(request, access, document, refusal)
    return HttpResponseRedirect(f"/document/{document}?fait={done}#dmp")


@opens_document("read")
def deposit_page(request: PersonRequest, access: Access, *, document: UUID) -> HttpResponse:
    return _deposit_page(request, access, document, None)


def of_document(access: Access, view: documents.DocumentView) -> dict[str, Any]:
    """What the page of a document shows of its life in the national record."""
    acts = dmp.acts_of(access, unique_id=view.unique_id)
    return {
        "dmp_acts": acts,
        "dmp_is_held": any(each.state == dmp.ActState.HELD for each in acts[:1]),
        "may_feed": dmp.may_feed(access, view),
        "dmp_awaits_identity": dmp.awaits_identity(access),
        "dmp_channels": list(dmp.CHANNELS.items()),
        "dmp_is_simulated": dmp.is_simulated(),
    }


def _deposit_page(
    request: PersonRequest, access: Access, document: UUID, refusal: UserMessage | None
) -> HttpResponse:
    view = documents.read(access, document)
    return record_page(
        request, access, "record/dmp_deposit.html", tab="documents", status=422 if refusal else 200, view=view,
        refusal=shown(refusal), said=request.POST, **of_document(access, view),
    )  # fmt: skip


def _back(access: Access, done: str) -> HttpResponse:
    return HttpResponseRedirect(f"/dossier/{access.patient_uuid}/dmp" + (f"?fait={done}" if done else ""))


def _page(
    request: PersonRequest, access: Access, *, refusal: UserMessage | None = None, refused: str = ""
) -> HttpResponse:
    return record_page(
        request, access, "record/dmp.html", tab="documents", status=422 if refusal else 200,
        opening=dmp.opening(access), entries=dmp.lines(access), acts=dmp.acts_of(access),
        channels=list(dmp.CHANNELS.items()), offered=OFFERED, refusal=shown(refusal), refused=refused,
        done=DONE.get(request.GET.get("fait", ""), ""), said=request.POST,
    )  # fmt: skip


def shown(refusal: UserMessage | None) -> str:
    return f"{refusal.message} ({refusal.code})" if refusal else ""
