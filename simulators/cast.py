"""The named cast: one MSP, its professionals, and the houses that write to it. Everybody here is invented."""

from __future__ import annotations

from simulators.people import Professional, Structure

# Branch of OIDs under the example arc of this territory; no organisation owns it.
LOCAL_ARC = "1.2.250.1.999.1"

STRUCTURES: tuple[Structure, ...] = (
    Structure(
        key="msp", name="Maison de santé des Tilleuls", kind="msp", finess="990000011", facility_type="SA52",
        practice_setting="AMBULATOIRE", street="4 place des Tilleuls", postal_code="99210",
        city="Saint-Aubin-les-Tilleuls", phone="0199000010", mailbox="secretariat@msp-tilleuls.mssante.test",
        local_root=f"{LOCAL_ARC}.1",
    ),
    Structure(
        key="hopital", name="Centre hospitalier des Trois-Vallées", kind="hospital", finess="990000029",
        facility_type="SA01", practice_setting="ETABLISSEMENT", street="1 avenue de l’Hôpital", postal_code="99200",
        city="Valmont-sur-Orle", phone="0199000020", mailbox="documents@ch-trois-vallees.mssante.test",
        local_root=f"{LOCAL_ARC}.2",
    ),
    Structure(
        key="laboratoire", name="Laboratoire Bio-Vallée", kind="laboratory", finess="990000037", facility_type="SA25",
        practice_setting="AMBULATOIRE", street="12 rue des Carmes", postal_code="99200", city="Valmont-sur-Orle",
        phone="0199000030", mailbox="resultats@bio-vallee.mssante.test", local_root=f"{LOCAL_ARC}.3",
    ),
    Structure(
        key="imagerie", name="Imagerie du Parc", kind="imaging", finess="990000045", facility_type="SA08",
        practice_setting="AMBULATOIRE", street="8 allée du Parc", postal_code="99200", city="Valmont-sur-Orle",
        phone="0199000040", mailbox="comptes-rendus@imagerie-parc.mssante.test", local_root=f"{LOCAL_ARC}.4",
    ),
    Structure(
        key="pharmacie", name="Pharmacie de la Fontaine", kind="pharmacy", finess="990000052", facility_type="SA33",
        practice_setting="AMBULATOIRE", street="2 rue de la Fontaine", postal_code="99210",
        city="Saint-Aubin-les-Tilleuls", phone="0199000050", mailbox="officine@pharmacie-fontaine.mssante.test",
        local_root=f"{LOCAL_ARC}.5",
    ),
    Structure(
        key="cabinet-etranger", name="Cabinet du Dr Étranger", kind="practice", finess="990000060",
        facility_type="SA07", practice_setting="AMBULATOIRE", street="30 rue du Pont", postal_code="99300",
        city="Roche-Blanche", phone="0199000060", mailbox="cabinet.etranger@roche-blanche.mssante.test",
        local_root=f"{LOCAL_ARC}.6",
    ),
)

GENERAL_PRACTICE = ("G15_10/SM26", "Médecin - Qualifié en Médecine Générale (SM)")


def _msp(name: str) -> str:
    return f"{name}@msp-tilleuls.mssante.test"


PROFESSIONALS: tuple[Professional, ...] = (
    Professional(
        key="morel", family_name="MOREL", given_name="Claire", civility="MME", title="DR", rpps="99000000011",
        profession_code=GENERAL_PRACTICE[0], profession_label=GENERAL_PRACTICE[1], structure="msp",
        mailbox=_msp("claire.morel"), role="médecin traitant",
    ),
    Professional(
        key="benali", family_name="BENALI", given_name="Karim", civility="M", title="DR", rpps="99000000029",
        profession_code=GENERAL_PRACTICE[0], profession_label=GENERAL_PRACTICE[1], structure="msp",
        mailbox=_msp("karim.benali"), role="médecin traitant",
    ),
    Professional(
        key="lefevre", family_name="LEFÈVRE", given_name="Nadia", civility="MME", rpps="99000000037",
        profession_code="G15_60", profession_label="Infirmier", structure="msp", mailbox=_msp("nadia.lefevre"),
        role="infirmière",
    ),
    Professional(
        key="girard", family_name="GIRARD", given_name="Thomas", civility="M", rpps="99000000045",
        profession_code="G15_70", profession_label="Masseur-Kinésithérapeute", structure="msp",
        mailbox=_msp("thomas.girard"), role="kinésithérapeute",
    ),
    Professional(
        key="roche", family_name="ROCHE", given_name="Hélène", civility="MME", rpps="99000000052",
        profession_code="G15_21", profession_label="Pharmacien", structure="pharmacie",
        mailbox="helene.roche@pharmacie-fontaine.mssante.test", role="pharmacienne",
    ),
    Professional(
        key="caron", family_name="CARON", given_name="Sylvie", civility="MME", profession_code=None,
        profession_label="Secrétaire médicale", structure="msp", mailbox=_msp("secretariat"), role="secrétaire",
    ),
    Professional(
        key="marchand", family_name="MARCHAND", given_name="Julie", civility="MME", profession_code=None,
        profession_label="Coordinatrice", structure="msp", mailbox=_msp("coordination"), role="coordinatrice",
    ),
    Professional(
        key="etranger", family_name="ÉTRANGER", given_name="Paul", civility="M", title="DR", rpps="99000000060",
        profession_code=GENERAL_PRACTICE[0], profession_label=GENERAL_PRACTICE[1], structure="cabinet-etranger",
        mailbox="paul.etranger@roche-blanche.mssante.test", role="médecin hors du territoire", outsider=True,
    ),
    Professional(
        key="vasseur", family_name="VASSEUR", given_name="Antoine", civility="M", title="DR", rpps="99000000078",
        profession_code="G15_10/SM14", profession_label="Médecin - Chirurgie viscérale et digestive (SM)",
        structure="hopital", mailbox="antoine.vasseur@ch-trois-vallees.mssante.test", role="chirurgien",
    ),
    Professional(
        key="nguyen", family_name="NGUYEN", given_name="Mai", civility="MME", title="DR", rpps="99000000086",
        profession_code="G15_10/SM59", profession_label="Médecin - Médecine d'urgence (SM)",
        structure="hopital", mailbox="mai.nguyen@ch-trois-vallees.mssante.test", role="médecin urgentiste",
    ),
    Professional(
        key="rossi", family_name="ROSSI", given_name="Élise", civility="MME", title="DR", rpps="99000000094",
        profession_code="G15_10/SM04", profession_label="Médecin - Cardiologie et maladies vasculaires (SM)",
        structure="hopital", mailbox="elise.rossi@ch-trois-vallees.mssante.test", role="cardiologue",
    ),
    Professional(
        key="perrin", family_name="PERRIN", given_name="Marc", civility="M", title="DR", rpps="99000000102",
        profession_code="G15_10/SM41", profession_label="Médecin - Pneumologie (SM)",
        structure="hopital", mailbox="marc.perrin@ch-trois-vallees.mssante.test", role="pneumologue",
    ),
    Professional(
        key="garnier", family_name="GARNIER", given_name="Louise", civility="MME", title="DR", rpps="99000000136",
        profession_code="G15_10/SM62", profession_label="Médecin - Endocrinologie, diabétologie, nutrition (SM)",
        structure="hopital", mailbox="louise.garnier@ch-trois-vallees.mssante.test", role="diabétologue",
    ),
    Professional(
        key="delmas", family_name="DELMAS", given_name="François", civility="M", title="DR", rpps="99000000110",
        profession_code="G15_10/SM03", profession_label="Médecin - Biologie médicale (SM)",
        structure="laboratoire", mailbox="francois.delmas@bio-vallee.mssante.test", role="biologiste",
    ),
    Professional(
        key="fontaine", family_name="FONTAINE", given_name="Agnès", civility="MME", title="DR", rpps="99000000128",
        profession_code="G15_10/SM74", profession_label="Médecin - Radiologie et imagerie médicale (SM)",
        structure="imagerie", mailbox="agnes.fontaine@imagerie-parc.mssante.test", role="radiologue",
    ),
)
