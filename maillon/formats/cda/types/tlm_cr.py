"""TLM-CR 2022.01: the report of a remote act. A level 1 document, with a demand of its own on its act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from maillon.formats.cda.types.tlm_da import REMOTE_ACTS
from maillon.formats.document import ClinicalDocument

REMOTE_REPORT: Final = "85208-7"


def demands(document: ClinicalDocument) -> Iterator[str]:
    """Of every act that the document describes (schematron TLM-CR_2022.01)."""
    if any(act.code not in REMOTE_ACTS for act in document.acts):
        yield "L’acte documenté est un acte de télémédecine de la NGAP (TCG, TC, TE1, TE2, TLD, TLL, TLM ou TLS)."
