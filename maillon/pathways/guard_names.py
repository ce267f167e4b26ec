"""The rules of the house that a protocol may name in `exige` and `regles`, with what they ask. What each does is in
`guards`; a name is enough to read a file."""

from __future__ import annotations

from typing import Final

PLAN_RULES: Final[dict[str, str]] = {
    "consentement": "le patient a consenti, comme le protocole le demande, et ne s’est pas retiré",
    "motif": "un motif est donné",
    "alertes_acquittees": "aucune alerte du plan n’attend de réponse",
    "etapes_faites": "aucune étape échue du plan n’attend",
    "tache_repondue": "ce que le plan a demandé de faire a reçu une réponse",
    "protocole_actif": "le protocole est en vigueur dans la structure",
    "protocole_declare": "le protocole est déclaré, et l’équipe est celle de la déclaration",
    "dispositif_identifie": "le dispositif a son identifiant CE, et l’activité son numéro de déclaration à l’ARS",
    "delegue_habilite": "qui agit est habilité, à ce jour, pour l’acte délégué",
    "delegant_disponible": "un délégant de l’équipe déclarée est joignable",
    "animateur_forme": "qui anime a la formation demandée",
    "competences_evaluees": "chaque compétence du contrat éducatif a son résultat",
    "accord_envoi": "le patient accepte que son médecin traitant soit informé",
}
TEAM_RULES: Final[dict[str, str]] = {
    "roles_tenus": "chaque rôle est tenu par assez de personnes",
    "deux_professions": "l’équipe compte au moins deux professions de santé",
    "un_medecin": "un médecin en est, ou la coordonne",
    "formations": "chacun a la formation que son rôle demande",
    "pas_d_entreprise": "aucune entreprise de produits de santé n’anime ni n’observe",
    "delegant_distinct": "le délégant n’est pas le délégué",
    "declaration_a_jour": "la déclaration nomme l’équipe d’aujourd’hui",
    "groupe_max": "un groupe n’est pas trop nombreux",
}
