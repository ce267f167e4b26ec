"""The addresses. Words are French; a test checks that every view behind them declares its rule."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from maillon.web import errors
from maillon.web.door.routes import routes as door_routes
from maillon.web.rules import Ruled
from maillon.web.views import (
    charter,
    circle,
    day,
    document,
    emergency,
    front,
    identity_page,
    journal,
    lock,
    national,
    next_acts,
    psc,
    record,
    referent,
    results,
    rights,
    rules_page,
    scan,
    search,
    second_factor,
    settings,
    settle,
    sign_in,
    team_page,
    timeline,
    visibility,
    writing,
)


def by_method(get: Ruled, post: Ruled) -> Ruled:
    """One address that is read, then sent. Each of the two keeps its own rule."""

    def view(request: HttpRequest, **parts: object) -> HttpResponse:
        return (post if request.method == "POST" else get)(request, **parts)

    return Ruled(f"{get.rule}|{post.rule}", "ANY", view, view, post.csrf_exempt)


RECORD = "dossier/<uuid:patient>/"
CHARTER = "charte/<int:number>"
DOCUMENT = "document/<uuid:document>"
DRAFT = RECORD + "brouillon/<uuid:draft>"
RECEIVED = "a-regler/<uuid:received>"

urlpatterns = [
    path("", front.home),
    path("statique/<str:digest>/<str:name>", front.asset),
    path("connexion", by_method(sign_in.sign_in_page, sign_in.sign_in)),
    path("connexion/cle/defi", sign_in.draw_passkey),
    path("connexion/cle", sign_in.sign_in_with_passkey),
    path("connexion/poste", sign_in.share_post),
    path("connexion/situation", by_method(sign_in.situation_page, sign_in.choose_situation)),
    path("connexion/psc", psc.begin),
    path("connexion/psc/retour", psc.come_back),
    path("connexion/psc/deconnexion", psc.back_channel_logout),
    path("second-facteur", by_method(second_factor.second_factor_page, second_factor.prove)),
    path("second-facteur/telephone", by_method(second_factor.enrolment_page, second_factor.enrol)),
    path("second-facteur/cle/defi", second_factor.draw_passkey),
    path("second-facteur/cle", second_factor.register_passkey),
    path("reglages/connexion", second_factor.factors_page),
    path("reglages/connexion/telephone/retirer", second_factor.remove_code),
    path("reglages/connexion/cle/<int:passkey>/retirer", second_factor.remove_passkey),
    path("reglages/connexion/secours", second_factor.renew_recovery_codes),
    path("verrou", lock.lock),
    path("verrou/etat", lock.state),
    path("deverrouiller", lock.unlock),
    path("deverrouiller/cle", lock.unlock_with_passkey),
    path("presence", lock.presence),
    path("reprendre", lock.resume),
    path("deconnexion", sign_in.sign_out),
    path("raccourcis", front.shortcuts),
    path("journee", day.my_day),
    path("patients", by_method(search.search_page, search.search)),
    path("patients/scan", by_method(scan.scan_page, scan.scan)),
    path("patients/scan/creer", scan.create),
    path(RECORD + "chronologie", timeline.timeline),
    path(RECORD + "resultats", results.results),
    path(RECORD + "resultats/courbe", results.one_result),
    path(RECORD + "synthese", record.synthesis),
    path(RECORD + "documents", by_method(record.documents_page, record.search_documents)),
    path(RECORD + "identite", identity_page.identity),
    path(RECORD + "identite/insi", identity_page.ask_insi),
    path(RECORD + "identite/insi/<uuid:call>", identity_page.decide),
    path(RECORD + "dmp", national.national_record),
    path(RECORD + "dmp/actualiser", national.refresh),
    path(RECORD + "dmp/autorisation", national.authorise),
    path(RECORD + "dmp/<uuid:entry>/recuperer", national.retrieve),
    path(RECORD + "dmp/<uuid:entry>/acte", national.act),
    path(RECORD + "qui-peut-voir", circle.circle),
    path(RECORD + "qui-peut-voir/membre", by_method(circle.member_page, circle.add_member)),
    path(RECORD + "qui-peut-voir/membre/<int:membership>/fin", circle.end_member),
    path(RECORD + "qui-peut-voir/souhait", by_method(circle.wish_page, circle.record_wish)),
    path(RECORD + "qui-peut-voir/souhait/<int:wish>/retrait", circle.withdraw_wish),
    path(RECORD + "tache/<uuid:task>", day.acknowledge),
    path("brouillons", writing.mine),
    path(RECORD + "ecrire", by_method(writing.choose, writing.begin)),
    path(DRAFT, by_method(writing.editor, writing.save)),
    path(DRAFT + "/apercu", writing.preview),
    path(DRAFT + "/apercu.pdf", writing.preview_pdf),
    path(DRAFT + "/signer", writing.sign),
    path(DRAFT + "/reprendre", writing.take_back),
    path(DRAFT + "/jeter", writing.throw_away),
    path(DOCUMENT + "/corriger", writing.correct),
    path(DOCUMENT + "/suite", next_acts.next_acts),
    path(DOCUMENT + "/suite/papier", next_acts.paper),
    path(DOCUMENT + "/suite/tache", next_acts.entrust),
    path(DOCUMENT + "/suite/envoyer", next_acts.send),
    path("journal", by_method(journal.recent, journal.search)),
    path("journal/export", journal.export),
    path("journal/acces-inhabituels", journal.odd),
    path("journal/acces-inhabituels/<int:odd>", journal.settle_odd),
    path("droits", rights.deadlines),
    path(RECORD + "droits", by_method(rights.of_record, rights.note_request)),
    path(RECORD + "droits/exporter", rights.take_away),
    path(RECORD + "droits/demande/<uuid:demand>/repondre", rights.answer),
    path(DOCUMENT, document.show),
    path(DOCUMENT + "/visibilite", by_method(visibility.visibility_page, visibility.decide)),
    path(DOCUMENT + "/dmp", by_method(national.deposit_page, national.deposit)),
    path(DOCUMENT + "/original", document.original),
    path(DOCUMENT + "/en-place", document.original_in_place),
    path(DOCUMENT + "/piece/<int:index>", document.piece),
    path(DOCUMENT + "/piece/<int:index>/telecharger", document.piece_download),
    path("urgence", by_method(emergency.form, emergency.open_record)),
    path(RECORD + "urgence/fermer", emergency.close),
    path(RECORD + "urgence/courrier", emergency.letter),
    path("referent", referent.board),
    path("referent/nombre", referent.count),
    path("referent/urgences/<int:glass>/revue", referent.review),
    path("referent/urgences/<int:glass>/courrier", referent.letter_sent),
    path("referent/habilitations", referent.habilitations),
    path("referent/habilitations/<int:account>/maintenir", referent.keep_habilitation),
    path("referent/habilitations/<int:account>/retirer", referent.close_habilitation),
    path("referent/voir-comme", by_method(referent.see_as_form, referent.see_as)),
    path("equipe", team_page.team),
    path("equipe/absence", team_page.note_absence),
    path("equipe/absence/<int:replacement>/fin", team_page.end_absence),
    path("equipe/arrivee", team_page.note_arrival),
    path("equipe/depart/<int:professional>", team_page.note_departure),
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
    path("regles", rules_page.rules),
    path("charte", by_method(charter.versions, charter.draft)),
    path(CHARTER, charter.version),
    path(CHARTER + "/comparer", charter.compare),
    path(CHARTER + "/clause", charter.write_clause),
    path(CHARTER + "/clause/<slug:code>/retirer", charter.remove_clause),
    path(CHARTER + "/commentaire", charter.comment),
    path(CHARTER + "/signature", charter.sign),
    path(CHARTER + "/<str:step>", charter.move),
    path(RECORD + "a-jour/<slug:item>/confirmer", charter.confirm_item),
    path("reglages", settings.settings),
    path("reglages/mot-de-passe", settings.change_password),
    path("reglages/sessions/<int:session>/fermer", settings.end_session),
    *door_routes(by_method),
]

handler400 = errors.bad_request
handler403 = errors.not_found
handler404 = errors.not_found
handler500 = errors.server_error
