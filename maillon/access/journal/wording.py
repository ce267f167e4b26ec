"""The journal in plain French: what was done, why, on what ground. Read by the patient as by the referent."""

from __future__ import annotations

from typing import Final

from maillon.access.models import CareTeamMembership
from maillon.terminology import api as terminology

ACTIONS: Final = {
    "read": "a consulté",
    "list": "a vu le nom dans une liste",
    "file": "a classé un document",
    "settle": "a rattaché un document",
    "download": "a téléchargé",
    "search": "a cherché dans les documents",
    "print": "a imprimé",
    "export": "a exporté",
    "take_over": "a repris d’une autre installation",
    "send": "a envoyé",
    "acknowledge": "a marqué comme lu",
    "withdraw": "a retiré",
    "create": "a ajouté",
    "update": "a modifié",
    "delete": "a supprimé",
    "consent": "a enregistré un choix du patient",
    "break_glass": "a ouvert le dossier en urgence (bris de glace)",
    "close": "a fermé l’ouverture en urgence",
    "notify": "a prévenu le patient",
    "control": "a contrôlé le journal des accès",
    "enforce": "a mis en vigueur",
    "explain": "a vérifié ce que la règle ouvrirait à une personne, sans rien lire",
}
RESOURCES: Final = {
    "record": "le dossier",
    "rights": "les demandes de droits et les copies",
    "timeline": "la chronologie",
    "synthesis": "la synthèse",
    "documents": "la liste des documents",
    "document": "un document",
    "results": "les résultats",
    "team": "l’équipe de soins et les accès",
    "care_team": "l’équipe de soins",
    "received": "un document reçu",
    "identity": "l’identité",
    "journal": "le journal des accès",
    "consents": "les consentements",
    "task": "une tâche",
    "break_glass": "l’avis d’accès en urgence",
    "home": "l’accueil de l’espace patient",
    "messages": "les échanges avec le patient",
    "patient_door": "l’ouverture de l’espace patient",
    "relatives": "qui représente le patient",
    "deposit": "la page d’envoi d’un document",
    "software": "l’accès d’un logiciel, que la personne a autorisé,",
    "draft": "son brouillon",
    "answers": "les réponses à un questionnaire",
    "sending": "un envoi par MSSanté",
    "sendings": "les envois par MSSanté",
    "plan": "un plan de soins",
    "dmp": "Mon espace santé (DMP)",
    "guidance": "l’aide à la prescription",
    "protocol": "un protocole de l’équipe",
}
_ALONE: Final = frozenset(
    {"list", "file", "settle", "search", "consent", "break_glass", "close", "notify", "control", "explain"}
)
PURPOSES: Final = {
    "soin": "pour les soins",
    "coordination": "pour coordonner les soins",
    "qualite": "pour un contrôle interne",
    "administratif": "pour la gestion administrative",
    "reception": "pour classer un document reçu",
    "personnel": "à titre personnel",
    "assurance": "pour une assurance",
}
_GROUNDS: Final = {
    CareTeamMembership.Basis.AUTHOR.value: "auteur du document",
    "bris_de_glace": "ouverture en urgence, sans lien de soins",
    "representant": "représentant du patient",
    "patient": "le patient lui-même",
    "machine": "programme de la maison",
    "referent": "référent numérique",
    "liste": "",
    "boite": "membre de la structure qui a reçu le document",
    "ouvert": "",
    "A01": "deux facteurs non prouvés",
    "A02": "professionnel sans exercice en cours dans la structure",
    "A03": "opposition du patient",
    "A04": "aucun lien de soins",
    "A05": "type de document fermé à la profession",
    "A06": "confidentialité du document",
    "A07": "secret demandé par le mineur",
    "A08": "motif non admis",
    "A09": "document en attente de la consultation d’annonce",
}


def done(action: str, resource: str, type_code: str) -> str:
    """« a téléchargé un document (CR d’examens biologiques) »."""
    said = ACTIONS.get(action, f"a fait «\u00a0{action}\u00a0» sur")
    if action in _ALONE:
        return said
    label = terminology.document_type_label(type_code) if type_code else None
    return f"{said} {RESOURCES.get(resource, 'le dossier')}" + (f" ({label})" if label else "")


def ground(rule: str) -> str:
    """Why the rule let it through, or did not. Empty when there is nothing to add."""
    if rule in _GROUNDS:
        return _GROUNDS[rule]
    known = dict(CareTeamMembership.Basis.choices)
    return str(known.get(rule, rule))
