"""The addresses. Words are French; a test checks that every view behind them declares its rule."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from maillon.web import errors
from maillon.web.rules import Ruled
from maillon.web.views import day, document, front, record, results, search, settings, settle, timeline


def by_method(get: Ruled, post: Ruled) -> Ruled:
    """One address that is read, then sent. Each of the two keeps its own rule."""

    def view(request: HttpRequest, **parts: object) -> HttpResponse:
        return (post if request.method == "POST" else get)(request, **parts)

    return Ruled(f"{get.rule}|{post.rule}", "ANY", view, view, post.csrf_exempt)


RECORD = "dossier/<uuid:patient>/"
DOCUMENT = "document/<uuid:document>"
RECEIVED = "a-regler/<uuid:received>"

urlpatterns = [
    path("", front.home),
    path("statique/<str:digest>/<str:name>", front.asset),
    path("connexion", by_method(front.sign_in_page, front.sign_in)),
    path("deconnexion", front.sign_out),
    path("raccourcis", front.shortcuts),
    path("journee", day.my_day),
    path("patients", by_method(search.search_page, search.search)),
    path(RECORD + "chronologie", timeline.timeline),
    path(RECORD + "resultats", results.results),
    path(RECORD + "resultats/courbe", results.one_result),
    path(RECORD + "synthese", record.synthesis),
    path(RECORD + "documents", by_method(record.documents_page, record.search_documents)),
    path(RECORD + "qui-peut-voir", record.who_may_see),
    path(RECORD + "tache/<uuid:task>", day.acknowledge),
    path(DOCUMENT, document.show),
    path(DOCUMENT + "/original", document.original),
    path(DOCUMENT + "/en-place", document.original_in_place),
    path(DOCUMENT + "/piece/<int:index>", document.piece),
    path(DOCUMENT + "/piece/<int:index>/telecharger", document.piece_download),
    path("a-regler", settle.cases),
    path("a-regler/nombre", settle.count),
    path("a-regler/refuses", settle.refused),
    path("a-regler/refuses/<uuid:received>", settle.refused_original),
    path(RECEIVED, settle.case),
    path(RECEIVED + "/chercher", settle.search_for),
    path(RECEIVED + "/rattacher", settle.attach),
    path(RECEIVED + "/creer", settle.create),
    path(RECEIVED + "/ecarter", settle.discard),
    path(RECEIVED + "/original", settle.original),
    path(RECEIVED + "/piece/<int:index>", settle.piece),
    path("reglages", settings.settings),
    path("reglages/mot-de-passe", settings.change_password),
    path("reglages/sessions/<int:session>/fermer", settings.end_session),
]

handler400 = errors.bad_request
handler403 = errors.not_found
handler404 = errors.not_found
handler500 = errors.server_error
