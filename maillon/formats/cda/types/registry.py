"""Which structured type a document is: by its templates when it names them, else by its type code."""

from __future__ import annotations

from typing import Final

from maillon.formats.cda.types.bio_cr_bio import BIO_CR_BIO
from maillon.formats.cda.types.bio_trod import BIO_TROD
from maillon.formats.cda.types.edisp_med import EDISP_MED
from maillon.formats.cda.types.ep_med_dm import EP_MED_DM
from maillon.formats.cda.types.img_cr_img import IMG_CR_IMG
from maillon.formats.cda.types.img_da_img import IMG_DA_IMG
from maillon.formats.cda.types.ips_fr import IPS_FR
from maillon.formats.cda.types.ldl_ees import LDL_EES
from maillon.formats.cda.types.ldl_ses import LDL_SES
from maillon.formats.cda.types.sheet import StructuredType
from maillon.formats.cda.types.tlm_da import TLM_DA
from maillon.formats.cda.types.vac_note import VAC_NOTE
from maillon.formats.cda.types.vsm import VSM
from maillon.formats.document import ClinicalDocument

STRUCTURED_TYPES: Final[tuple[StructuredType, ...]] = (
    BIO_CR_BIO,
    EP_MED_DM,
    EDISP_MED,
    LDL_EES,
    LDL_SES,
    VSM,
    IPS_FR,
    VAC_NOTE,
    TLM_DA,
    IMG_DA_IMG,
    IMG_CR_IMG,
    BIO_TROD,
)
_BY_CODE: Final = {code: one for one in reversed(STRUCTURED_TYPES) for code in one.codes}
_BY_TEMPLATE: Final = {one.own_template.partition("^")[0]: one for one in STRUCTURED_TYPES}


def structured_type(document: ClinicalDocument) -> StructuredType | None:
    """None where the type is only written as a level 1 document. A template of an older version of a type chooses the
    version that we write."""
    for template in reversed(document.templates):
        found = _BY_TEMPLATE.get(template.partition("^")[0])
        if found is not None:
            return found
    return _BY_CODE.get(document.type_code or "")
