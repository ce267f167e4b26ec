from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from maillon.formats.coded import Concept, Part, Quantity
from maillon.formats.document import Act, Attachment, ClinicalDocument, Section, Statement
from tests.formats.cda.types.common import (
    LOINC,
    PROSE,
    TA_ASIP,
    WORDS,
    act,
    attachment,
    devices,
    headers,
    maybe,
    medications,
)

IHE_ACT = "1.3.6.1.4.1.19376.1.5.3.2"
SUBSTITUTION = "2.16.840.1.113883.5.1070"
SUBSTITUTIONS = [
    ("N", "Aucune substitution permise", "Non (marge thérapeutique étroite)"),
    ("G", "Substitution générique", None),
]
ANSWERS = {
    "MED-574": "En rapport avec une ALD",
    "GEN-180": "En rapport avec un accident du travail ou une maladie professionnelle",
    "GEN-295": "En rapport avec la prévention",
    "GEN-181": "Non remboursable",
    "GEN-179": "Hors Autorisation de Mise sur le Marché (AMM)",
}
FLAGS = (("MED-1096", "Ordonnance bizone"), ("MED-1094", "Exécution à domicile"), ("MED-1095", "Exécution en urgence"))


@st.composite
def answers(draw: st.DrawFn, *, of_a_medicine: bool) -> tuple[Part, ...]:
    asked = list(ANSWERS.items()) if of_a_medicine else list(ANSWERS.items())[:4]
    when = draw(st.sampled_from([None, "2026-05-04T14:30:00+02:00"]))
    return tuple(
        Part(
            role="detail",
            code=Concept(code=code, system=TA_ASIP, label=label),
            text=draw(st.sampled_from(["Oui", "Non"])),
            kind="BL",
            start=when,
        )
        for code, label in asked
    )


@st.composite
def lines(draw: st.DrawFn) -> Statement:
    treatment = draw(medications())
    said = [
        Part(role="instruction", code=Concept(code=code, system=IHE_ACT), text=draw(WORDS))
        for code in draw(st.lists(st.sampled_from(["PINSTRUCT", "FINSTRUCT"]), unique=True))
    ]
    code, label, why = draw(st.sampled_from(SUBSTITUTIONS))
    said.append(Part(role="substitution", code=Concept(code=code, system=SUBSTITUTION, label=label, text=why)))
    number = str(draw(st.integers(1, 9)))
    return replace(
        treatment,
        mood=None,
        negated=False,
        posology=None if treatment.dosage else draw(WORDS),
        repeats=str(draw(st.integers(0, 11))),
        amount=draw(st.sampled_from([None, Quantity(low=number, high=number, unit="30009000")])),
        parts=(*treatment.parts, *said, *draw(answers(of_a_medicine=True))),
    )


@st.composite
def prescribed_devices(draw: st.DrawFn) -> Statement:
    number = str(draw(st.integers(1, 3)))
    worn = draw(devices())
    splint = draw(st.sampled_from([
        {}, {"code": "Y0603", "label": "ORTHÈSES DU PIED ET DE LA CHEVILLE", "text": "Attelle de cheville"},
    ]))  # fmt: skip
    return replace(
        worn,
        **splint,
        mood=None,
        repeats=str(draw(st.integers(0, 5))),
        amount=draw(st.sampled_from([None, Quantity(low=number, high=number)])),
        use_time=draw(st.sampled_from([None, Quantity(low="60", high="60", unit="d")])),
        parts=draw(answers(of_a_medicine=False)),
    )


@st.composite
def acts(draw: st.DrawFn) -> tuple[Act, ...]:
    main = replace(
        act("57833-6", LOINC, "Prescription de produits de santé"),
        id=f"1.2.250.1.215.500.1.1^01S2TBPZ2JCNZZYGH{draw(st.sampled_from('ABZ'))}",
        end=draw(st.sampled_from(["2026-08-04T00:00:00+02:00", "2027-05-04T08:00:00+02:00"])),
    )
    flags = draw(st.lists(st.sampled_from(FLAGS), unique=True))
    return (main, *(Act(code=code, system=TA_ASIP, label=label) for code, label in flags))


_PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR"
BARCODE = Attachment(
    media_type="image/png", size=len(_PNG), sha256=hashlib.sha256(_PNG).hexdigest(), section_code="57723-9", data=_PNG
)


@st.composite
def documents(draw: st.DrawFn) -> ClinicalDocument:
    medicines = draw(st.lists(lines(), max_size=3))
    others = draw(st.lists(prescribed_devices(), min_size=0 if medicines else 1, max_size=2))
    comment = draw(maybe(PROSE))
    content: dict[str, Any] = {
        "medications": tuple(medicines),
        "devices": tuple(others),
        "sections": (Section(code="55112-7", system=LOINC, title="Commentaire", text=comment),) if comment else (),
        "attachments": (*draw(st.sampled_from([(), (BARCODE,)])), attachment(section_code="55108-5")),
    }
    return ClinicalDocument(
        type_code="57833-6",
        type_system=LOINC,
        type_label="Prescription de produits de santé",
        title="Ordonnance",
        acts=draw(acts()),
        **content,
        **draw(headers()),
    )
