"""The screens by the pattern of their address: what a report of an irritant keeps of where somebody was. A pattern
names no patient; a text that is no pattern of the house is kept as nothing."""

from __future__ import annotations

import functools

from django.http import HttpRequest
from django.urls import URLPattern, get_resolver

_TITLES = {
    "journee": "Ma journée", "patients": "Patients", "a-regler": "À régler", "envois": "Envois",
    "annuaire": "Annuaire", "referent": "Référent", "reglages": "Réglages", "equipe": "Mon équipe", "charte": "Charte",
    "maturite": "Maturité", "produits": "Produits", "document": "Document", "evaluations": "Évaluations",
    "chronologie": "Chronologie du dossier", "resultats": "Résultats du dossier", "synthese": "Synthèse du dossier",
    "documents": "Documents du dossier", "identite": "Identité du patient", "dmp": "Mon espace santé du dossier",
    "qui-peut-voir": "Qui peut voir", "ecrire": "Écrire un courrier", "brouillon": "Courrier en cours",
    "droits": "Droits et copies", "dossier": "Dossier", "irritants": "Irritants", "parcours": "Parcours",
    "ce-qui-a-frotte": "Ce qui a frotté", "urgence": "Urgence",
    "territoire": "Territoire", "structures": "Structures du territoire", "visites": "Visites",
    "formations": "Formations", "tickets": "Tickets", "diagnostic": "Diagnostic de connexion",
    "journees": "Journées de terrain", "mes-etapes": "Mes étapes d’une journée de terrain",
    "cooperation": "Coopération", "acte": "Acte délégué",
}  # fmt: skip


def screen_of(request: HttpRequest) -> str:
    """« dossier/<uuid:patient>/chronologie »; empty for a page that has no address of its own."""
    match = getattr(request, "resolver_match", None)
    return known_screen(str(match.route)) if match else ""


def known_screen(text: str) -> str:
    return text if text in _patterns() else ""


def screen_title(pattern: str) -> str:
    """In French, from the last part that has a name; empty when nothing is known."""
    parts = [part for part in pattern.split("/") if part and not part.startswith("<")]
    return next((_TITLES[part] for part in reversed(parts) if part in _TITLES), "")


@functools.cache
def _patterns() -> frozenset[str]:
    return frozenset(str(each.pattern) for each in get_resolver().url_patterns if isinstance(each, URLPattern))
