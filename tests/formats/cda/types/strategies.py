"""The strategy of every structured type: random models that the writer accepts."""

from __future__ import annotations

from hypothesis import strategies as st

from maillon.formats.document import ClinicalDocument
from tests.formats.cda.types import (
    bio_cr_bio,
    bio_trod,
    edisp_med,
    ep_med_dm,
    img_cr_img,
    img_da_img,
    ips_fr,
    ldl_ees,
    ldl_ses,
    tlm_da,
    vac_note,
    vsm,
)

STRATEGIES: dict[str, st.SearchStrategy[ClinicalDocument]] = {
    "BIO-CR-BIO 2024.01": bio_cr_bio.documents(),
    "EP-MED-DM 2024.01": ep_med_dm.documents(),
    "eDISP-MED 2024.01": edisp_med.documents(),
    "LDL-EES 2022.01": ldl_ees.documents(),
    "LDL-SES 2022.01": ldl_ses.documents(),
    "VSM 2023.01": vsm.documents(),
    "IPS-FR 2024.01": ips_fr.documents(),
    "VAC-NOTE 2023.01": vac_note.documents(),
    "TLM-DA 2022.01": tlm_da.documents(),
    "IMG-DA-IMG 2024.01": img_da_img.documents(),
    "IMG-CR-IMG 2024.01": img_cr_img.documents(),
    "BIO-TROD 2024.01": bio_trod.documents(),
}
