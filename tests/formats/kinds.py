# ruff: noqa: E501
"""One document of each kind that a care team writes on paper, about fictitious people (INS test range)."""

from __future__ import annotations

from dataclasses import replace

from maillon.formats.cda.write_parties import Contact
from maillon.formats.document import (
    Act,
    Author,
    ClinicalDocument,
    Encounter,
    Organization,
    Participant,
    Section,
    Statement,
    Version,
)
from tests.formats.cda.written import LOINC, TRAITS, letter, taking_part

ASIP = "1.2.250.1.213.1.1.4.12"
PATIENT = replace(TRAITS, used_family_name="PAT-TROIS", used_given_name="DOMINIQUE")
HOUSE = Organization(id="1990000011", name="Maison de santé de Saint-Aubin")
GP = Author(
    id="899000000037",
    id_root="1.2.250.1.71.4.2.1",
    family_name="MARTIN",
    given_name="Hélène",
    prefix="MME",
    suffix="DR",
    profession_code="G15_10/SM26",
    profession_system="1.2.250.1.213.1.1.4.5",
    profession_label="Médecin - Qualifié en Médecine Générale (SM)",
    organization_id=HOUSE.id,
    organization_name=HOUSE.name,
)
SURGEON = Author(
    id="899000000219",
    id_root="1.2.250.1.71.4.2.1",
    family_name="ROUSSEL",
    given_name="Karim",
    prefix="M",
    suffix="DR",
    profession_code="G15_10/SM54",
    profession_label="Médecin - Chirurgie viscérale et digestive (SM)",
    organization_id="1990000029",
    organization_name="Centre hospitalier de Bellerive",
)
PHYSIO = replace(
    GP, id="899000000094", family_name="LEROY", given_name="Paul", prefix="M", suffix=None,
    profession_code="G15_70", profession_label="Masseur-Kinésithérapeute",
)  # fmt: skip
CONTACTS = {
    "1990000011": Contact(address=("2 place de la Halle", "99210 Saint-Aubin"), telecoms=("tel:0199000030",)),
    "1990000029": Contact(address=("1 avenue de l’Hôpital", "99300 Bellerive"), telecoms=("tel:0199000060",)),
}


def _of_surgeon(role: str) -> Participant:
    return replace(
        taking_part(role), id=SURGEON.id, family_name=SURGEON.family_name, given_name=SURGEON.given_name,
        profession_code=SURGEON.profession_code, organization_id=SURGEON.organization_id,
        organization_name=SURGEON.organization_name,
    )  # fmt: skip


def _of_gp(role: str, at: str | None = "2026-03-31T10:20:00+02:00") -> Participant:
    return replace(
        taking_part(role, at=at), id=GP.id, family_name=GP.family_name, given_name=GP.given_name,
        profession_code=GP.profession_code, organization_id=HOUSE.id, organization_name=HOUSE.name,
    )  # fmt: skip


def _written(
    code: str, label: str, title: str, *sections: Section, system: str = LOINC, **others: object
) -> ClinicalDocument:
    act = Act(
        code=code, system=system, label=label, start="2026-03-31T10:00:00+02:00", performer_name="Dr Hélène MARTIN",
        performer_organization=HOUSE.name, practice_setting_code="AMBULATOIRE", performer_id=GP.id,
        performer_organization_id=HOUSE.id,
    )  # fmt: skip
    described: dict[str, object] = {
        "type_code": code,
        "type_system": system,
        "type_label": label,
        "title": title,
        "created_at": "2026-03-31T10:20:00+02:00",
        "patient": PATIENT,
        "authors": (GP,),
        "custodian": HOUSE,
        "participants": (_of_gp("legalAuthenticator"),),
        "acts": (act,),
        "orders": (),
        "encounter": Encounter(
            code="AMB", facility_type="SA52", facility_name=HOUSE.name, start="2026-03-31T10:00:00+02:00"
        ),
        "version": Version(id="1.2.250.1.999.1.3.10^K1", set_id="1.2.250.1.999.1.3.10^K", number=1),
        "sections": sections,
        "attachments": (),
        **others,
    }
    return letter(**described)


REFERRAL = _written(
    "96349-6", "Lettre d'adressage", "Demande d’avis chirurgical pour douleurs de la fosse iliaque droite",
    Section(text=(
        "Cher confrère,\nJe vous adresse Madame PAT-TROIS pour une douleur de la fosse iliaque droite apparue hier "
        "soir, avec nausées et une fièvre à 38,4 °C. La palpation trouve une défense localisée\u202f; le signe de "
        "Blumberg est positif."
    )),
    Section(title="Antécédents", text="- hypertension artérielle depuis 2015\n- aucune intervention abdominale"),
    Section(title="Traitements en cours", text="Médicament\tPosologie\tDepuis\nAmlodipine 5 mg\t1 comprimé le matin\t2015\nParacétamol 1 g\t1 comprimé si douleur, 3 par jour au plus\t30/03/2026"),
    Section(title="Allergies", text="Aucune allergie connue."),
    Section(text="Je vous remercie de la recevoir ce jour et vous prie de croire, cher confrère, à mes salutations les meilleures."),
    recipients=(SURGEON,),
)  # fmt: skip

OPERATION = _written(
    "34874-8", "CR opératoire", "Appendicectomie par cœlioscopie",
    Section(title="Indication", text="Appendicite aiguë non compliquée, confirmée par l’échographie."),
    Section(title="Intervention", text=(
        "Installation en décubitus dorsal, open cœlioscopie ombilicale, deux trocarts de 5 mm.\n"
        "1. exploration : appendice inflammatoire, sans perforation\n2. coagulation et section du méso\n"
        "3. ligature de la base, section, extraction en sac\n4. lavage, contrôle de l’hémostase, fermeture"
    )),
    Section(title="Pièce opératoire", text="Appendice adressé en anatomie pathologique."),
    Section(title="Conclusion", text="Appendicite aiguë phlegmoneuse. Suites immédiates simples."),
    Section(title="Consignes au retour", text="- ablation des fils à J10 par l’infirmière\n- pas de port de charge pendant 3 semaines\n- consultation de contrôle à 1 mois"),
    authors=(SURGEON,), custodian=Organization(id=SURGEON.organization_id, name=SURGEON.organization_name),
    participants=(_of_surgeon("legalAuthenticator"),), recipients=(GP,),
    acts=(Act(code="HHFA011", system="1.2.250.1.215.300.1", label="Appendicectomie, par cœlioscopie",
              start="2026-03-31T15:10:00+02:00", end="2026-03-31T15:55:00+02:00", performer_name="Dr Karim ROUSSEL",
              performer_id=SURGEON.id, performer_organization=SURGEON.organization_name,
              performer_organization_id=SURGEON.organization_id, practice_setting_code="ETABLISSEMENT"),),
    encounter=Encounter(code="IMP", facility_type="SA01", facility_name=SURGEON.organization_name,
                        start="2026-03-31T12:00:00+02:00"),
)  # fmt: skip

EMERGENCY = _written(
    "15507-7", "CR de passage aux urgences", "Compte rendu de passage aux urgences",
    Section(title="Motif", text="Traumatisme de la cheville droite en inversion, au sport."),
    Section(title="Examen", text="Œdème sous-malléolaire externe. Critères d’Ottawa positifs. Pas de déficit distal."),
    Section(title="Examens complémentaires", text="Radiographies de la cheville droite, face et profil : pas de fracture."),
    Section(title="Diagnostic de sortie", text="Entorse du ligament talo-fibulaire antérieur, stade 2 (S93.4)."),
    Section(title="Conduite à tenir", text="- attelle de cheville 3 semaines\n- paracétamol 1 g si douleur\n- kinésithérapie à J7\n- revoir le médecin traitant à J5"),
    authors=(replace(SURGEON, family_name="BENALI", given_name="Nadia", prefix="MME"),), recipients=(GP,),
    participants=(_of_surgeon("legalAuthenticator"), _of_surgeon("responsibleParty")),
    encounter=Encounter(code="EMER", facility_type="SA01", facility_name="Urgences du centre hospitalier de Bellerive",
                        start="2026-03-31T18:40:00+02:00", end="2026-03-31T21:05:00+02:00"),
)  # fmt: skip

PHYSIOTHERAPY = _written(
    "PRESC-KINE", "Prescription d'actes de kinésithérapie", "Ordonnance de masso-kinésithérapie",
    Section(text=(
        "1. Rééducation de la cheville droite après entorse du ligament latéral, stade 2\n"
        "2. Travail proprioceptif et renforcement des fibulaires\n3. Reprise progressive de l’appui"
    )),
    Section(text="Nombre de séances à l’appréciation du masseur-kinésithérapeute, au cabinet. Me tenir informée à la dixième séance."),
    system=ASIP, recipients=(PHYSIO,),
)  # fmt: skip

CERTIFICATE = _written(
    "89601-9", "Certificat médical", "Certificat médical",
    Section(text=(
        "Je soussignée, docteure Hélène MARTIN, certifie avoir examiné ce jour Madame Dominique PAT-TROIS, née le "
        "28/03/1979. Son état de santé contre-indique la pratique de la course à pied jusqu’au 30/04/2026.\n"
        "Certificat établi à la demande de l’intéressée et remis en main propre pour faire valoir ce que de droit."
    )),
)  # fmt: skip

MINUTES = _written(
    "34794-8", "CR de réunion de concertation pluridisciplinaire", "Réunion de concertation : plaie chronique",
    Section(title="Question posée", text="Plaie de jambe qui ne cicatrise pas depuis 8 semaines malgré les pansements quotidiens."),
    Section(title="Discussion", text="- IPS à 0,9 des deux côtés\n- pansements conformes au protocole\n- albumine à 31 g/L"),
    Section(title="Proposition", text="1. écho-doppler veineux sous 15 jours (Dr MARTIN)\n2. contention forte dès réception\n3. avis diététique (mise en place : Mme PETIT)"),
    participants=(_of_gp("legalAuthenticator"), replace(_of_gp("PRF"), id="899000000094", family_name="LEROY", given_name="Paul", profession_code="G15_70"),
                  replace(_of_gp("PRF"), id="899000000102", family_name="PETIT", given_name="Sonia", profession_code="G15_60")),
    encounter=Encounter(code="VR", facility_type="SA52", facility_name=HOUSE.name, start="2026-03-31T12:30:00+02:00"),
)  # fmt: skip

CARE_PLAN = _written(
    "18776-5", "Plan personnalisé de soins", "Plan personnalisé de soins",
    Section(title="Situation", text="Insuffisance cardiaque stable, vit seule au deuxième étage."),
    Section(title="Objectifs", text="- peser chaque matin, appeler si + 2 kg en 3 jours\n- reprendre 20 minutes de marche par jour"),
    plan=(
        Statement(label="Passage infirmier", text="surveillance du poids et de la tension", start="2026-04-01", end="2026-06-30"),
        Statement(label="Kinésithérapie", text="réentraînement, 2 séances par semaine", start="2026-04-06"),
        Statement(label="Consultation de cardiologie", start="2026-05"),
    ),
    participants=(_of_gp("legalAuthenticator"), replace(_of_gp("INF"), function_code="PCP"),
                  replace(_of_gp("PRF"), id="899000000094", family_name="LEROY", given_name="Paul", profession_code="G15_70")),
    acts=(Act(code="18776-5", system=LOINC, label="Plan personnalisé de soins", start="2026-04-01", end="2026-09-30",
              performer_id=GP.id, performer_name="Dr Hélène MARTIN", practice_setting_code="AMBULATOIRE"),),
)  # fmt: skip

PROTOCOL = _written(
    "PROT_ALD", "Protocole de soins ALD", "Protocole de soins : diabète de type 2",
    Section(title="Diagnostic", text="Diabète de type 2 (E11), depuis 2019. HbA1c à 7,8 % le 12/03/2026."),
    Section(title="Objectifs", text="HbA1c inférieure à 7 % à 6 mois."),
    Section(title="Actes et prestations", text="Acte\tQui\tRythme\nHbA1c\tmédecin traitant\ttous les 3 mois\nFond d’œil\tophtalmologiste\ttous les ans\nBilan podologique\tpédicure-podologue\ttous les ans\nÉducation thérapeutique\tinfirmière de l’équipe\t6 séances"),
    system=ASIP,
    version=Version(id="1.2.250.1.999.1.3.10^K2", set_id="1.2.250.1.999.1.3.10^K", number=2, replaces="1.2.250.1.999.1.3.10^K1"),
)  # fmt: skip

KINDS = {
    "lettre": REFERRAL,
    "operatoire": OPERATION,
    "urgences": EMERGENCY,
    "kinesitherapie": PHYSIOTHERAPY,
    "certificat": CERTIFICATE,
    "rcp": MINUTES,
    "plan": CARE_PLAN,
    "protocole": PROTOCOL,
}
