"""Which schematron of the kit holds for which document: by the template of its model (CI-SIS), and for one level 1
document by its type."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_ROOT: Final = "1.2.250.1.213.1.1.1."
LEVEL_ONE: Final = "1.3.6.1.4.1.19376.1.2.20"

# Template of the model, without its common root -> name of the schematron, without its version.
MODELS: Final = {
    "2.1.1": "CARD-F-PRC-AVK", "2.1.2": "CARD-F-PRC-TAP", "2.1.3": "CARD-F-PRC-DCI", "2.1.4": "CARD-F-PRC-PSC",
    "2.1.5": "CARD-F-PRC-PPV", "5.1": "CSE-CS8", "5.2": "CSE-CS9", "5.3": "CSE-CS24", "5.4": "CSE-MDE",
    "8": "CANCER-FRCP", "12.1": "OBP-SAP", "12.2": "OBP-SNM", "12.3": "OBP-SNE", "12.4": "OBP-SCM", "12.5": "OBP-SEM",
    "13": "VSM", "15": "AVC-AUNV", "16": "AVC-EUNV", "17": "AVC-SUNV", "18": "OPH-CR-RTN", "21": "LDL-EES",
    "22": "DLU-EHPAD-DLU", "23": "DLU-EHPAD-FLUDT", "24": "DLU-EHPAD-FLUDR", "25": "AVC-PAVC", "26": "CANCER-PPS",
    "27": "CANCER-D2LM-FIN", "28": "CANCER-D2LM-FIDD", "29": "LDL-SES", "30": "SDM-MR", "32": "CANCER-CR-GM",
    "36": "CNAM-HR", "37": "VAC", "38": "TLM-DA", "39": "EP-MED-DM", "40": "ANEST-CR-ANEST", "41": "ANEST-CR-CPA",
    "42": "OPH-BRE", "45": "IMG-CR-IMG", "46": "VAC-NOTE", "47": "IMG-DA-IMG", "51": "IPS-FR", "54": "eDISP-MED",
    "55": "BIO-CR-BIO", "59": "BIO-TROD",
}  # fmt: skip
_LEVEL_ONE_TYPES: Final = {"85208-7": "TLM-CR"}
# Editions whose file does not bear the version that the documents bear.
_EDITIONS: Final = {("VSM", "201310"): "VSM_1.4_2022.01", ("SDM-MR", "2024.01"): "SDM-MR_2025.01"}


def schematron_of(
    templates: tuple[tuple[str, str], ...], *, type_code: str | None, is_level_one: bool, folder: Path
) -> Path | None:
    """`templates` are (root, extension or empty) of the header. The edition that the document names, else the newest
    of its model; None when the kit has none."""
    if is_level_one:
        model, version = _LEVEL_ONE_TYPES.get(type_code or ""), ""
    else:
        model, version = _model_of(templates)
    if model is None:
        return None
    exact = folder / f"CI-SIS_{_EDITIONS.get((model, version), f'{model}_{version}')}.sch"
    if exact.exists():
        return exact
    editions = sorted(path for path in folder.glob(f"CI-SIS_{model}_2*.sch"))
    return editions[-1] if editions else None


def _model_of(templates: tuple[tuple[str, str], ...]) -> tuple[str | None, str]:
    for root, extension in reversed(templates):
        model = MODELS.get(root.removeprefix(_ROOT)) if root.startswith(_ROOT) else None
        if model:
            return model, extension
    return None, ""
