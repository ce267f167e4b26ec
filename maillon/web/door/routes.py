"""The addresses of the patient's door, and of the team's side of it."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import URLPattern, path

from maillon.web.rules import Ruled
from maillon.web.views import (
    door,
    door_circle,
    door_messages,
    door_plans,
    door_questionnaires,
    door_record,
    patient_door,
)

_HERE, _PAPER, _CIRCLE = "mon-espace", "mon-espace/documents/<uuid:paper>", "mon-espace/equipe"
_ANSWERS = "mon-espace/questionnaire/<uuid:response>"


def routes(by_method: Callable[[Ruled, Ruled], Ruled]) -> list[URLPattern]:
    return [
        path(_HERE, door_record.home),
        path(f"{_HERE}/connexion", by_method(door.knock_page, door.knock)),
        path(f"{_HERE}/connexion/code", door.enter_by_code),
        path(f"{_HERE}/entrer/<str:secret>", by_method(door.link_page, door.enter_by_link)),
        path(f"{_HERE}/verification", by_method(door.second_page, door.second)),
        path(f"{_HERE}/verification/renvoyer", door.send_again),
        path(f"{_HERE}/presence", door.presence),
        path(f"{_HERE}/deconnexion", door.leave),
        path(f"{_HERE}/dossiers", by_method(door.records_page, door.choose_record)),
        path(f"{_HERE}/documents", door_record.papers),
        path(_PAPER, door_record.paper),
        path(f"{_PAPER}/original", door_record.original),
        path(f"{_PAPER}/en-place", door_record.original_in_place),
        path(f"{_PAPER}/piece/<int:index>", door_record.piece),
        path(f"{_PAPER}/piece/<int:index>/telecharger", door_record.piece_download),
        path(f"{_PAPER}/masquer", door_record.mask),
        path(f"{_PAPER}/montrer", door_record.unmask),
        path(f"{_HERE}/acces", door_record.who_opened),
        path(_CIRCLE, door_circle.circle),
        path(f"{_CIRCLE}/opposition", by_method(door_circle.oppose_all_page, door_circle.oppose_all)),
        path(f"{_CIRCLE}/opposition/<uuid:person>", by_method(door_circle.oppose_page, door_circle.oppose)),
        path(f"{_CIRCLE}/urgence", door_circle.refuse_emergency),
        path(f"{_CIRCLE}/choix/<int:wish>/retirer", door_circle.withdraw),
        path(f"{_CIRCLE}/membre", door_circle.name_member),
        path(f"{_CIRCLE}/membre/<int:member>/retirer", door_circle.end_member),
        path(f"{_HERE}/messages", by_method(door_messages.messages, door_messages.write)),
        path(f"{_HERE}/deposer", by_method(door_messages.deposit_page, door_messages.deposit)),
        path(f"{_HERE}/plans", door_plans.plans),
        path(f"{_HERE}/questionnaires", door_questionnaires.listed),
        path(_ANSWERS, by_method(door_questionnaires.show, door_questionnaires.save)),
        path(f"{_ANSWERS}/envoyer", door_questionnaires.send),
        path(f"{_HERE}/proches", by_method(door_circle.relatives, door_circle.name_carer)),
        path(f"{_HERE}/proches/<int:delegation>/finir", door_circle.end_delegation),
        path("dossier/<uuid:patient>/echanges", by_method(patient_door.exchanges, patient_door.answer)),
        path("dossier/<uuid:patient>/espace-patient", by_method(patient_door.door_page, patient_door.change_door)),
    ]
