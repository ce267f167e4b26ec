"""CDA -> model -> CDA keeps every coded value of the official examples of the types that we write; those of laboratory
reports as many times as they are said.

The header of an example may lack what we ask of our own documents: the entries are written under a header of ours.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
from lxml import etree

from maillon.formats.cda.read import read_cda
from maillon.formats.cda.write import write_cda
from maillon.formats.document import ClinicalDocument
from tests.formats.cda import samples
from tests.formats.cda.types.common import ACT_CODE, GENERAL_PRACTITIONER, LOINC, STRUCTURE, TRAITS, act, taking_part

H = {"c": "urn:hl7-org:v3"}
NGAP = "1.2.250.1.215.200.3.3"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"
DEMAND = replace(act("55115-0", LOINC, "Demande d'acte d'imagerie"), id="1.2.250.1.999.3^D-1")
EXAMPLES = {
    "LDL-EES_2022.01.xml": act("IMP", ACT_CODE, "Hospitalisation"),
    "VSM_1.4_2022.01.xml": act("34117-2", LOINC, "Historique et clinique"),
    "IPS-FR_2024.01.xml": act("34117-2", LOINC, "Historique et clinique"),
    "TLM-DA_2022.01_TCG_anamnese-non-structuree.xml": act("TCG", NGAP, "Téléconsultation"),
    "VAC-NOTE_2023.01.xml": act("87273-9", LOINC, "Note de vaccination"),
    "IMG-DA-IMG_2024.01_Radiographie_ChevilleGenou.xml": DEMAND,
    "IMG-DA-IMG_2024.01_Scanner_Crane_ThoraxAbdomenPelvis.xml": DEMAND,
    "BIO-TROD_2024.01_Angine.xml": replace(
        act("J02.0", "2.16.840.1.113883.6.3", "Pharyngite à streptocoques"), practice_setting_code="DEPISTAGE"
    ),
    "eP-MED-DM_2024.01_PosoNonStruct.xml": replace(
        act("57833-6", LOINC, "Prescription de produits de santé"),
        id="1.2.250.1.215.500.1.1^01S2TBPZ2JCNZZYGHA",
        end="2026-08-04T00:00:00+02:00",
    ),
    "BIO-CR-BIO_2024.01_CRP_non_LOINC.xml": act("18719-5", LOINC, "Biochimie"),
    "BIO-CR-BIO_2024.01_Microbiologie_V1.xml": act("18725-2", LOINC, "Microbiologie"),
}
# An hour without its zone, in two of the examples, is what we refuse to write: here it gets one.
_ZONELESS = re.compile(rb'value="(\d{14})"')
Value = tuple[str | None, str | None, str | None, str | None]


def coded_values(data: bytes) -> Counter[Value]:
    """(code, system, value, unit) of everything in the entries that carries a code or a quantity; the times too."""
    root = etree.fromstring(data, etree.XMLParser(huge_tree=True))
    found: Counter[Value] = Counter()
    for element in root.xpath("//c:structuredBody//c:entry//*", namespaces=H):
        if etree.QName(element).localname in ("reference", "telecom"):
            continue
        value = tuple(element.get(name) for name in ("code", "codeSystem", "value", "unit"))
        if element.get("representation") is None and any(one is not None for one in value):
            found[value] += 1
    return found


def under_our_header(document: ClinicalDocument, name: str) -> ClinicalDocument:
    return replace(
        document,
        patient=TRAITS,
        authors=(GENERAL_PRACTITIONER,),
        custodian=STRUCTURE,
        participants=(taking_part("legalAuthenticator"),),
        recipients=(),
        acts=(EXAMPLES[name],),
        created_at="2026-05-04T14:30:00+02:00",
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_coded_value_of_an_example_is_kept(name: str) -> None:
    file = samples.FOLDER / name
    if not file.exists():
        pytest.skip(samples.samples_missing)
    data = _ZONELESS.sub(rb'value="\1+0100"', file.read_bytes())
    before = coded_values(data)
    after = coded_values(write_cda(under_our_header(read_cda(data), name)))
    lost = dict(before - after) if name.startswith("BIO") else {one: before[one] for one in before if not after[one]}
    print(f"{name} : {len(before) - len(lost)} valeurs codées gardées sur {len(before)}")
    assert lost == {}
