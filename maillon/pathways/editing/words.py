"""The French words of the schema: how each key is called on a page, in a difference, in print, and what it is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from maillon.pathways import definition as d


@dataclass(frozen=True, slots=True)
class Words:
    """`of`: « de l’étape », before the name of a row. `row`: « Ajouter une étape ». `keys`: label, then help if any."""

    of: str
    row: str
    keys: dict[str, str | tuple[str, str]]


QUESTION_HELP: Final = 'Par exemple âge >= 18 et diagnostic("E11*")'

WORDS: Final[dict[type[Any], Words]] = {
    d.Protocol: Words("du protocole", "un protocole", {
        "code": ("Code", "Écrit dans le dossier du patient : lettres, chiffres et tirets."),
        "nature": "Nature",
        "statut": ("Statut", "Un modèle se copie ; seul un protocole local entre en vigueur."),
        "titre": ("Titre", "Précis : « Prévention du pied diabétique après 60 ans » plutôt que « Diabète »."),
        "theme": ("Thème", "Deux protocoles en vigueur n’ont jamais le même."),
        "justification": (
            "Justification locale", "Le besoin constaté : file active, ruptures de suivi, retours des patients.",
        ),
        "source": "Sources",
        "provenance": "Provenance",
        "auteurs": ("Auteurs", "Un par ligne."),
        "relu_le": ("Contenu et bibliographie vérifiés le", "Après le début de cette version."),
        "a_revoir_le": "À revoir le",
        "objectifs": "Objectifs mesurables",
        "population": "Population",
        "professions": ("Professions et signataires", "Chacune a des tâches, et signe."),
        "information": "Information du patient",
        "etapes": "Étapes",
        "alertes": "Alertes",
        "indicateurs": "Indicateurs",
        "bibliographie": "Bibliographie",
        "avis_medical": ("Quand demander un avis médical, quand sortir du protocole", "Un critère par ligne."),
        "regle_si": (
            "Règle du système d’information", "Ce qui est codé, sous quels types arrivent les documents.",
        ),
        "exemples": ("Essais", "Des patients imaginés, et ce que le protocole doit leur demander."),
        "parametres": "Cibles choisies pour chaque patient",
        "dates": "Dates du plan",
        "etats": ("États du plan", "Sans rien ici : proposé, inclus, en cours, suspendu, sorti."),
        "tableaux": "Tableaux montrés",
        "arbre": "Arbre de décision",
        "equipe": "Équipe",
        "actes_derogatoires": "Actes dérogatoires",
        "declaration": "Déclaration",
        "competences": "Compétences",
        "seances": "Séances",
        "dispositif": "Dispositif médical",
        "rapports": "Rapports",
        "outils": "Outils joints",
    }),
    d.Criterion: Words("du critère", "un critère", {
        "dire": "Ce que l’on dit", "si": ("Ce que l’on demande au dossier", QUESTION_HELP),
    }),
    d.Population: Words("de la population", "une population", {
        "inclusion": "Critères d’inclusion", "exclusion": "Critères d’exclusion",
    }),
    d.Choice: Words("du choix", "un choix", {"valeur": "Valeur", "dire": "Pour qui"}),
    d.Parameter: Words("de la cible", "une cible", {
        "nom": ("Nom dans les questions", 'cible("hba1c")'), "libelle": "Libellé", "unite": "Unité",
        "par": "Choisie par", "choix": "Choix proposés", "libre": "Une autre valeur peut être saisie",
        "minimum": "Minimum", "maximum": "Maximum",
    }),
    d.NamedDate: Words("de la date", "une date", {
        "nom": "Nom", "libelle": "Libellé", "obligatoire": "Demandée à l’inclusion",
    }),
    d.Information: Words("de l’information", "une information", {
        "texte": ("Texte lu ou remis au patient", "Gardé mot pour mot avec son plan."),
        "consentement": "Accord demandé",
    }),
    d.Guard: Words("de l’exigence", "une exigence", {
        "refus": "Code du refus", "dire": "Ce qui est dit", "si": ("Question qui doit être vraie", QUESTION_HELP),
        "regle": "Règle de la maison", "de": ("Seulement en venant de", "Un état par ligne."),
    }),
    d.State: Words("de l’état", "un état", {
        "nom": "Nom", "libelle": "Libellé", "genre": "Ce qui y court", "vers": "Mène à", "exige": "Exigences",
        "motifs": ("Motifs", "Un par ligne."),
    }),
    d.Otherwise: Words("de l’autre rythme", "un autre rythme", {
        "si": ("Quand", QUESTION_HELP), "tous_les": ("Alors tous les", "« 6 mois »"),
    }),
    d.When: Words("du rythme", "un rythme", {
        "a": ("Commence à", "« J0 », « J+60 », « 3 mois » ; plusieurs fois : « 3 mois, 12 mois »."),
        "depuis": "À compter de", "tous_les": ("Revient tous les", "« 3 mois » ; vide : une seule fois."),
        "sauf": "Sauf", "des_que": ("Dès que", "Chaque fois que la réponse devient vraie."), "jusqu_a": "Jusqu’à",
    }),
    d.Step: Words("de l’étape", "une étape", {
        "id": ("Repère", "M1, I2… : il reste quand le texte change."),
        "qui": ("Qui", "La première profession cochée est sollicitée."),
        "quoi": "Quoi", "quand": "Quand",
        "fenetre": ("En retard après", "« 15 jours » après le jour prévu."),
        "ouvre": ("Proposée avant", "« 15 jours » avant le jour prévu."),
        "comment": "Comment", "ou": "Où", "formulaire": "Formulaire", "courrier": "Courrier",
        "fait_quand": ("Faite quand", "Ce qui, dans le dossier, montre qu’elle est faite."),
        "condition": ("Seulement si", QUESTION_HELP),
        "examen": ("Examen", "Le même mot dans tous les protocoles : il n’est demandé qu’une fois."),
        "acte": ("Acte", "De la table des compétences par profession."), "tableau": "Tableau montré",
        "exige": "Exigences",
    }),
    d.Climb: Words("du relais", "un relais", {"apres": ("Après", "« 2 heures » sans réponse."), "vers": "Vers"}),
    d.Alert: Words("de l’alerte", "une alerte", {
        "id": "Repère", "sur": "Regardée à l’arrivée d’un", "si": ("Quand", QUESTION_HELP), "niveau": "Niveau",
        "dire": "Ce qui est dit", "prevenir": "Prévenir", "delai": ("Délai", "Par quand quelqu’un doit avoir répondu."),
        "aussi": "Prévenir aussi", "escalade": "Si personne ne répond",
        "conduite": "Conduite convenue", "tableau": "Tableau montré",
        "sms": ("SMS au patient", "Il part à l’instant où l’alerte est levée ; il ne dit rien de sa santé."),
    }),
    d.TableRow: Words("de la ligne", "une ligne", {
        "cellules": ("Cellules", "Une par ligne, dans l’ordre des colonnes."),
        "si": ("S’applique quand", QUESTION_HELP),
    }),
    d.Table: Words("du tableau", "un tableau", {
        "id": "Repère", "titre": "Titre", "source": "Source", "colonnes": ("Colonnes", "Une par ligne."),
        "lignes": "Lignes", "rappel": "Rappel",
    }),
    d.Node: Words("du nœud", "un nœud", {
        "id": "Repère", "dire": "Ce qui est dit", "si": ("Question", QUESTION_HELP), "oui": "Si oui, aller à",
        "non": "Si non, aller à", "inconnu": "Si l’on ne sait pas, aller à", "suite": "Ensuite, aller à",
        "issue": "Issue", "quoi": "Conduite", "delai": "Délai", "appel": "Appel à passer avant de continuer",
        "refus": "Code du refus",
    }),
    d.Role: Words("du rôle", "un rôle", {
        "nom": "Nom", "libelle": "Libellé", "professions": "Professions", "au_moins": "Au moins",
        "formation_heures": "Heures de formation", "maintien": "La formation vaut",
    }),
    d.TeamRule: Words("de la règle", "une règle", {
        "regle": "Règle de la maison", "refus": "Code du refus", "dire": "Ce qui est dit", "valeur": "Valeur",
    }),
    d.Team: Words("de l’équipe", "une équipe", {"roles": "Rôles", "regles": "Règles de l’équipe"}),
    d.DerogatoryAct: Words("de l’acte dérogatoire", "un acte dérogatoire", {
        "code": "Code", "libelle": "Libellé", "profession_habituelle": "Profession habituelle",
        "profession_deleguee": "Profession déléguée", "acte": "Acte", "conditions": "Conditions",
    }),
    d.Declaration: Words("de la déclaration", "une déclaration", {
        "aupres": "Auprès de", "formalite": "Formalité", "reference": "Référence",
        "pieces": ("Pièces", "Une par ligne."),
        "silence": "Sans réponse, réputée complète après",
        "a_chaque_changement_d_equipe": "À chaque changement d’équipe",
    }),
    d.Competency: Words("de la compétence", "une compétence", {
        "code": "Code", "libelle": "Libellé", "famille": "Famille",
    }),
    d.Session: Words("de la séance", "une séance", {
        "id": "Repère", "titre": "Titre", "genre": "Genre", "duree": "Durée", "objectif": "Objectif",
        "competences": "Compétences travaillées", "participants_max": "Participants au plus",
        "conducteur": "Conducteur de séance",
    }),
    d.Device: Words("du dispositif", "un dispositif", {
        "denomination": "Dénomination", "identifiant_ce": "Identifiant du marquage CE",
        "declaration_ars": "Numéro de déclaration à l’ARS", "transmet": ("Transmet", "Un par ligne."),
        "silence": ("Silence signalé après", "« 2 jours » sans transmission."),
    }),
    d.Objective: Words("de l’objectif", "un objectif", {"dire": "Objectif", "indicateurs": "Mesuré par"}),
    d.Indicator: Words("de l’indicateur", "un indicateur", {
        "id": "Repère", "libelle": "Libellé", "categorie": "Catégorie", "genre": "Ce qui est compté",
        "population": "Compté sur", "denominateur": ("Dénominateur", QUESTION_HELP),
        "exclusions": "Exclusions", "numerateur": ("Numérateur", QUESTION_HELP),
        "serie": ("Série", 'résultat("6301-6")'), "vers": "Jusqu’à (série)",
        "bornes": ("Bornes", "La basse puis la haute, une par ligne."), "seuil": "Seuil (%)",
        "au_moins": "Valeurs au moins",
        "intervalle_max": "Intervalle au plus", "etape": "Étape", "alerte": "Alerte", "sous": "Répondue sous",
        "periode": "Période", "cible": ("Cible", "Entre 0 et 1 pour une proportion."), "sens": "Mieux vaut une",
        "effectif_min": "Effectif minimal", "source": "Source",
    }),
    d.Report: Words("du rapport", "un rapport", {
        "nom": "Nom", "titre": "Titre", "tous_les": "Tous les", "indicateurs": "Indicateurs",
        "destinataire": "Destinataire",
    }),
    d.Reading: Words("de la référence", "une référence", {
        "titre": "Titre", "date": "Date", "reference": "Référence",
        "maintenue": ("Pourquoi elle vaut encore", "À dire quand elle a plus de cinq ans."),
    }),
    d.Tool: Words("de l’outil", "un outil", {
        "titre": "Titre", "courrier": "Courrier", "formulaire": "Formulaire", "texte": "Texte",
    }),
    d.ExampleFact: Words("du fait", "un fait", {
        "dit": "Ce que dit le dossier", "code": "Code", "il_y_a": "Il y a", "valeur": "Valeur", "unite": "Unité",
        "texte": "Texte", "nie": "Absence affirmée",
    }),
    d.ExamplePatient: Words("du patient imaginé", "un patient", {
        "age": "Âge", "sexe": "Sexe", "faits": "Son dossier",
        "parametres": ("Ses cibles", "hba1c: 7,0 ; une par ligne."),
    }),
    d.Expected: Words("de l’attendu", "un attendu", {
        "inclusion": "Inclusion", "alertes": "Alertes levées", "taches": "Étapes demandées aussitôt",
        "arbre": "Fin de l’arbre", "indicateurs": "Compté au numérateur de",
    }),
    d.Example: Words("de l’essai", "un essai", {"titre": "Titre", "patient": "Patient", "attend": "Attendu"}),
}  # fmt: skip

VALUES: Final[dict[str, str]] = {
    "ppspr": "Protocole pluriprofessionnel (PPSPR)", "cooperation": "Protocole de coopération",
    "etp": "Éducation thérapeutique",
    "ambulatoire": "Chirurgie ambulatoire", "telesurveillance": "Télésurveillance", "pps": "Plan personnalisé de santé",
    "modele": "Modèle", "local": "Local", "officiel": "Officiel", "reconstruit": "Reconstruit, à vérifier",
    "information": "Il est informé", "oral": "Accord oral", "ecrit": "Accord écrit",
    "attente": "Rien encore", "actif": "Étapes et alertes", "pause": "Rien : pause", "fin": "Rien : fini",
    "résultat": "Résultat", "document": "Document", "réponse": "Réponse à un formulaire", "énoncé": "Énoncé du dossier",
    "jour": "Chaque jour", "dispositif": "Signal d’un dispositif", "orange": "Orange", "rouge": "Rouge",
    "couverture": "Couverture", "processus": "Processus",
    "proportion": "Une proportion de patients", "taux": "Des événements pour 100 patients-années",
    "delai": "Un délai médian, en heures", "ttr": "Le temps dans la zone (TTR)", "etapes": "Des étapes faites à temps",
    "alertes": "Des alertes répondues à temps", "plans": "Les plans du protocole",
    "patients": "Tous les patients suivis",
    "hausse": "Hausse", "baisse": "Baisse", "individuelle": "Individuelle", "collective": "Collective",
    "autosoins": "Autosoins", "sécurité": "Sécurité", "adaptation": "Adaptation",
    "oui": "Oui", "non": "Non", "inconnu": "On ne sait pas", "F": "Féminin", "M": "Masculin", "UN": "Indéterminé",
    "rappeler": "Demande de rappeler l’équipe",
    "diagnostic": "Diagnostic", "traitement": "Traitement", "allergie": "Allergie", "acte": "Acte",
    "vaccination": "Vaccination", "étape": "Étape du plan", "true": "Oui", "false": "Non",
}  # fmt: skip

LONG: Final = frozenset(
    {"justification", "texte", "regle_si", "conduite", "comment", "source", "maintenue", "rappel", "conditions", "quoi"}
)


def label_of(kind: type[Any], name: str) -> str:
    said = WORDS[kind].keys[name]
    return said if isinstance(said, str) else said[0]


def help_of(kind: type[Any], name: str) -> str:
    said = WORDS[kind].keys[name]
    return "" if isinstance(said, str) else said[1]
