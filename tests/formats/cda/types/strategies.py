"""The strategy of every structured type: random models that the writer accepts."""

from __future__ import annotations

from hypothesis import strategies as st

from maillon.formats.document import ClinicalDocument
from tests.formats.cda.types import ips_fr, ldl_ees
from tests.formats.cda.written import reports

STRATEGIES: dict[str, st.SearchStrategy[ClinicalDocument]] = {
    "BIO-CR-BIO 2024.01": reports(),
    "LDL-EES 2022.01": ldl_ees.documents(),
    "IPS-FR 2024.01": ips_fr.documents(),
}
