"""The closed value sets of imaging documents (CI-SIS volets IMG-DA-IMG and IMG-CR-IMG 2024.01), by code: what a request
or a report may say. Labels come with the model; a test holds the sets that the product's terminology has too to it."""

from __future__ import annotations

from typing import Final

from maillon.formats.coded import Concept

TA_ASIP: Final = "1.2.250.1.213.1.1.4.322"
SNOMED: Final = "2.16.840.1.113883.6.96"
DCM: Final = "1.2.840.10008.2.16.4"
DICOM_UID: Final = "1.2.840.10008.2.6.1"
LOINC: Final = "2.16.840.1.113883.6.1"

SIDE: Final = Concept(code="106233006", system=SNOMED, label="modificateur topographique")

PET: Final = "PT"
SCINTIGRAPHY: Final = "NM"
FUNCTION: Final = "MED-1133"

# JDV_Modalite_demandeActeImagerie
REQUESTED_MODALITIES: Final = frozenset(
    {"MED-1126", "MED-1127", "MG", "MED-1128", "MED-1129", "CT", "MR", "C63334", "OT", SCINTIGRAPHY, PET}
)
# JDV_FonctionEtudieeTEP 1.2.250.1.213.1.1.5.668, JDV_FonctionEtudieeScintigraphie …5.669
FUNCTIONS: Final = {
    PET: frozenset({*(f"MED-{number}" for number in range(1133, 1140)), "GEN-092.04.18"}),
    SCINTIGRAPHY: frozenset({*(f"MED-{number}" for number in range(1141, 1152)), "GEN-092.04.19"}),
}
# JDV_InjectionPDC_TEP 1.2.250.1.213.1.1.5.670
INJECTIONS: Final = frozenset({"MED-1153", "MED-1154"})
# JDV_InfoPriseEnCharge
CARE_NEEDS: Final = frozenset({"U83.71", "MED-1124", "Z74.0", "MED-1125", "MED-1123"})
# JDV_Contre_indications
CONTRAINDICATIONS: Final = frozenset(
    {"77386006", "1260078007", "N18.9", "I50.9", "MED-1122", "GEN-092.01.20"}
    | {f"MED-{number}" for number in range(1105, 1121)}
)
# JDV_StatutGrossesse
PREGNANCIES: Final = frozenset({"60001007", "77386006", "261665006"})
# JDV_RegionAnatomique 1.2.250.1.213.1.1.5.695
REGIONS: Final = frozenset(
    {"63337009", "38266002", "53120007", "61685007", "67734004", "774007", "113257007", "80891009", "76752008",
     "737561001"}
)  # fmt: skip
# JDV_LateraliteTechniqueImagerie 1.2.250.1.213.1.1.5.617
LATERALITIES: Final = frozenset({"66459002", "51440002"})
# JDV_QuantiteExpositionRayonnements 1.2.250.1.213.1.1.5.620
DOSES: Final = frozenset(
    {"111636", "111637", "113722", "113726", "113727", "113730", "113731", "113507", "113813", "113830", "113839"}
)
# The units of dose, activity and time that the national table of units has: no product of dose and area is among them.
DOSE_UNITS: Final = frozenset({None, "Gy", "mGy", "mGy.cm", "Sv", "Bq", "s", "min"})
