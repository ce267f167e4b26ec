"""Labels of the small closed value sets that every header carries (JDV_J02, J04, J08, J47, J142 of the CI-SIS)."""

from __future__ import annotations

from typing import Final

from maillon.formats.coded import Concept

# What a translation of an imaging act tells (DICOM part 20).
MODALITY: Final = Concept(code="121139", system="1.2.840.10008.2.16.4", label="Modalité")
REGION: Final = Concept(code="39111-0", system="2.16.840.1.113883.6.1", label="Région anatomique")

TELECOM_SCHEMES: Final = ("tel:", "fax:", "mailto:", "http:", "https:", "ftp:", "mllp:")

CONFIDENTIALITY: Final = {"N": "Normal", "R": "Restreint", "V": "Très restreint"}
GENDERS: Final = {"F": "Féminin", "M": "Masculin", "UN": "Indifférencié"}

PRACTICE_SETTINGS: Final = {
    "EXP_PATIENT": "Expression personnelle du patient",
    "SNR": "Service numérique référencé",
    "AMBULATOIRE": "Ambulatoire",
    "AMO": "Organisme d'assurance maladie obligatoire",
    "DEPISTAGE": "Dépistage",
    "ESSMS": "Etablissement ou Service Social ou Médico-Social",
    "ETABLISSEMENT": "Etablissement de santé",
    "HAD": "Hospitalisation à domicile",
    "MAD": "Maintien à domicile",
    "PALLIATIF": "Soins palliatifs",
    "SAD": "Soins à domicile",
    "SAMU_SMUR": "SAMU/SMUR",
}

ENCOUNTERS: Final = {
    "IMP": ("2.16.840.1.113883.5.4", "Hospitalisation (établissement, y compris HAD)"),
    "EMER": ("2.16.840.1.113883.5.4", "Passage aux urgences (établissement)"),
    "AMB": ("2.16.840.1.113883.5.4", "Ambulatoire (hors établissement)"),
    "FLD": ("2.16.840.1.113883.5.4", "Terrain (voie publique, hélicoptère, ambulance, etc.)"),
    "HH": ("2.16.840.1.113883.5.4", "Soins à domicile (hors établissement)"),
    "VR": ("2.16.840.1.113883.5.4", "Virtuelle (exemple : RCP en l'absence du patient)"),
    "EXTERNE": ("1.2.250.1.213.1.1.4.2.291", "Acte et consultation externe (établissement)"),
    "SEANCE": ("1.2.250.1.213.1.1.4.2.291", "Séance (établissement ou libéral)"),
}

FACILITIES: Final = {
    "EXP_PATIENT": "Expression personnelle du patient",
    "SNR": "Service numérique référencé",
    "SA01": "Etablissement public de santé",
    "SA02": "Hôpital militaire du Service de santé des armées",
    "SA03": "Etablissement privé PSPH",
    "SA04": "Etablissement privé non PSPH",
    "SA05": "Centre de santé",
    "SA06": "Autre structure du Service de santé des armées",
    "SA07": "Cabinet individuel",
    "SA08": "Cabinet de groupe",
    "SA09": "Exercice en société",
    "SA10": "Transporteur sanitaire",
    "SA12": "Etablissement de soins et prévention",
    "SA13": "Prévention et soins en entreprise",
    "SA14": "Etablissements scolaires, universitaires et de formation hors champ FINESS",
    "SA15": "PMI et Planification familiale",
    "SA16": "Etablissement pour personnes handicapées",
    "SA17": "Etablissement pour personnes âgées",
    "SA18": "Etablissement aide à la famille",
    "SA19": "Etablissements FINESS de formation aux professions sanitaires et sociales",
    "SA20": "Etablissement pour la protection de l'enfance",
    "SA21": "Etablissement d'hébergement et de réadaptation",
    "SA22": "Recherche",
    "SA23": "Assurance privée",
    "SA24": "Organisme de sécurité sociale",
    "SA25": "Laboratoire de biologie médicale",
    "SA26": "Ministère ou Service déconcentré",
    "SA27": "Collectivité territoriale",
    "SA28": "Association ou organisme humanitaire",
    "SA29": "Laboratoire d'analyses et de biologie médicale",
    "SA30": "Autre établissement sanitaire",
    "SA31": "Répartition et Distribution de médicaments et dispositifs médicaux",
    "SA32": "Fabrication, Exploitation et Importation de médicaments et dispositifs médicaux",
    "SA33": "Pharmacie d'officine",
    "SA34": "Centre de dialyse",
    "SA35": "Para-pharmacie",
    "SA36": "Centre anti-cancer",
    "SA37": "Centre de transfusion sanguine",
    "SA38": "Pharmacie minière",
    "SA39": "Pharmacie mutualiste",
    "SA40": "Secteur privé, praticien hospitalier temps plein",
    "SA41": "Autre établissement du domaine social ou médico-social",
    "SA42": "Appareillage médical",
    "SA43": "Secteur non défini",
    "SA44": "Recrutement ou Gestion RH",
    "SA45": "Communication, Marketing, Consulting, Média",
    "SA46": "Fabrication, Exploitation, Importation, Répartition, Distribution médicaments et dispositifs médicaux",
    "SA47": "Incendie et secours",
    "SA48": "Entreprise industrielle et tertiaire hors industrie pharmaceutique",
    "SA49": "Entité Outre-Mer",
    "SA50": "Permanence des soins ambulatoires hors cabinet",
    "SA51": "Structure de coopération avec autorisation de soins",
    "SA52": "Maison de santé ou Pôle de santé",
    "SA53": "Siège administratif d'un établissement de santé",
    "SA54": "Centre de dépistage et de prévention",
    "SA55": "Laboratoire pharmaceutique préparant et délivrant des allergènes",
    "SA56": "Propharmacie",
    "SA57": "Structure de coopération avec mission de coordination de soins",
    "SA58": "Entreprise de taxis",
    "SA59": "Laboratoire de biologie médicale hors catégorie standard",
    "SA60": "Centres médicaux SNCF",
    "SA61": "Structure Dispensatrice à domicile d'Oxygène à usage médical",
    "SA63": "Communauté professionnelle territoriale de santé et équipe de soins spécialisés",
    "SA64": "Société de téléconsultation",
    "SA65": "Antenne de pharmacie",
    "SA66": "Services de Prévention et de Santé au Travail (SPST)",
    "SA67": "Maisons médicales de garde (MMG)",
    "SA68": "Services départementaux d'incendie et de secours",
    "SA69": "Maisons de naissance",
}

FUNCTIONS: Final = {
    "CORRE": ("1.2.250.1.213.1.1.4.2.280", "Correspondant"),
    "PRELV": ("1.2.250.1.213.1.1.4.2.280", "Préleveur"),
    "ES-REF": ("1.2.250.1.213.1.1.4.2.280", "Etablissement de santé de référence"),
    "ES-PREF": ("1.2.250.1.213.1.1.4.2.280", "Etablissement de santé de préférence"),
    "ADMPHYS": ("2.16.840.1.113883.5.88", "Responsable de l'admission"),
    "ATTPHYS": ("2.16.840.1.113883.5.88", "Référent - Responsable du patient dans la structure de soins"),
    "DISPHYS": ("2.16.840.1.113883.5.88", "Responsable de la sortie"),
    "PCP": ("2.16.840.1.113883.5.88", "Médecin Traitant"),
    "330": ("1.2.250.1.213.1.6.1.107", "Coordonnateur de parcours"),
    "353": ("1.2.250.1.213.1.6.1.107", "Membre de l'équipe de soins"),
}

PROFESSIONS: Final = {
    "G15_10/SM03": "Médecin - Biologie médicale (SM)",
    "G15_10/SM26": "Médecin - Qualifié en Médecine Générale (SM)",
    "G15_21": "Pharmacien",
    "G15_50": "Sage-Femme",
    "G15_60": "Infirmier",
    "G15_70": "Masseur-Kinésithérapeute",
}

# Two practice settings and a few facilities belong to the table of the patient's own documents.
_PATIENT_SIDE: Final = "1.2.250.1.213.1.1.4.6"


def practice_setting_system(code: str) -> str:
    return _PATIENT_SIDE if code in ("EXP_PATIENT", "SNR") else "1.2.250.1.213.1.1.4.9"


def facility_system(code: str) -> str:
    return "1.2.250.1.71.4.2.4" if code.startswith("SA") else _PATIENT_SIDE
