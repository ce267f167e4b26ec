"""The library of questionnaires: read them, take one to another software, look at one that comes from elsewhere."""

from __future__ import annotations

from django.http import HttpResponse

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.formats.refusal import Refused
from maillon.forms import api as forms
from maillon.kernel import clock
from maillon.web.files import as_download
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in

MOST_BYTES = 5 * 1024 * 1024
MEDIA = {
    "fhir": "application/fhir+json",
    "xlsform": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "redcap": "text/csv; charset=utf-8",
}


@signed_in()
def listed(request: PersonRequest) -> HttpResponse:
    return _listed(request)


@signed_in()
def show(request: PersonRequest, *, form: str) -> HttpResponse:
    """As it is asked, empty; and what each other software would not read of it."""
    asked = _known(form)
    empty = forms.sheet(asked, {}, respondent=forms.Respondent(), today=clock.today())
    losses = forms.carrying.losses(asked)
    return page(request, "questionnaires/library_one.html", asked=asked, sheet=empty, losses=losses)


@signed_in()
def carry(request: PersonRequest, *, form: str, shape: str) -> HttpResponse:
    asked = _known(form)
    if shape not in forms.carrying.WRITERS:
        raise access_room.AccessDenied
    data, _ = forms.carrying.WRITERS[shape](asked)
    name = f"{asked.code}-{asked.version}{forms.carrying.FILES[shape]}"
    return as_download(documents.Original(data=data, media_type=MEDIA[shape], file_name=name))


@signed_in("POST")
def bring(request: PersonRequest) -> HttpResponse:
    """Nothing is kept: the text of a content file is shown, with what could not be taken over. Whoever manages the
    content of the installation completes it, has it read again by a clinician, and adds it."""
    sent = request.FILES.get("fichier")
    shape = forms.carrying.shape_of(sent.name or "") if sent is not None else ""
    if sent is None or not shape:
        return _listed(request, refusal="Choisissez un fichier .json (FHIR), .xlsx (XLSForm) ou .csv (REDCap).")
    if sent.size is None or sent.size > MOST_BYTES:
        return _listed(request, refusal="Ce fichier dépasse la taille admise (5 Mo).")
    try:
        came = forms.carrying.arrived(sent.read(), shape)
    except Refused as refusal:
        return _listed(request, refusal=f"{refusal.message} ({refusal.code})")
    return page(request, "questionnaires/arrived.html", came=came, text=forms.carrying.as_yaml(came.asked))


def _known(form: str) -> forms.Questionnaire:
    asked = forms.definition(form)
    if asked is None:
        raise access_room.AccessDenied
    return asked


def _listed(request: PersonRequest, *, refusal: str = "") -> HttpResponse:
    return page(
        request, "questionnaires/library.html", status=422 if refusal else 200, refusal=refusal,
        asked=list(forms.definitions().values()),
    )  # fmt: skip
