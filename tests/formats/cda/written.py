"""Documents to write in the tests: random laboratory reports and letters about fictitious people (INS test range)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from maillon.formats.cda.keys import loinc_is_sound
from maillon.formats.document import (
    Act,
    Attachment,
    Author,
    ClinicalDocument,
    Encounter,
    LocalId,
    Organization,
    Participant,
    PatientTraits,
    PreviousValue,
    Result,
    Section,
    Version,
)

LOINC = "2.16.840.1.113883.6.1"
PDF = b"%PDF-1.4\n% copie\n%%EOF\n"
LABORATORY = Organization(id="1990000037", name="Laboratoire Bio-Vallée")
BIOLOGIST = Author(
    id="899000000110",
    id_root="1.2.250.1.71.4.2.1",
    family_name="DELMAS",
    given_name="François",
    prefix="M",
    suffix="DR",
    profession_code="G15_10/SM03",
    profession_system="1.2.250.1.213.1.1.4.5",
    profession_label="Médecin - Biologie médicale (SM)",
    organization_id="1990000037",
    organization_name="Laboratoire Bio-Vallée",
    at="2026-05-04T14:30:00+02:00",
)
TRAITS = PatientTraits(
    ins="279035121518989",
    ins_oid="1.2.250.1.213.1.4.10",
    birth_family_name="PAT-TROIS",
    birth_given_names="DOMINIQUE MARIE-LOUISE",
    first_birth_given_name="DOMINIQUE",
    birth_date="1979-03-28",
    sex="F",
    birth_place_code="51215",
    used_family_name="D’ŒUVRE & Fils",
    used_given_name="Doña",
    local_ids=(LocalId(root="1.2.250.1.999.1.3", extension="LAB<1>"),),
    addresses=("4 rue du Lavoir 99210 Saint-Aubin",),
    telecoms=("tel:0699000001",),
)
CHAPTERS = (
    ("18719-5", "Biochimie"),
    ("18723-7", "Hématologie"),
    ("18720-3", "Hémostase"),
    ("18725-2", "Microbiologie"),
)


def loinc(number: int) -> str:
    """The number with its check digit."""
    return next(code for key in range(10) if loinc_is_sound(code := f"{number}-{key}"))


def attachment(data: bytes = PDF) -> Attachment:
    return Attachment(
        media_type="application/pdf",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        title="Copie du document",
        data=data,
    )


def taking_part(role: str, *, function: str | None = None, at: str | None = "2026-05-04T14:30:00+02:00") -> Participant:
    return Participant(
        role=role,
        function_code=function,
        id=BIOLOGIST.id,
        family_name=BIOLOGIST.family_name,
        given_name=BIOLOGIST.given_name,
        profession_code=BIOLOGIST.profession_code,
        profession_system=BIOLOGIST.profession_system,
        profession_label=BIOLOGIST.profession_label,
        organization_id=LABORATORY.id,
        organization_name=LABORATORY.name,
        at=at,
    )


def act(code: str, label: str, *, status: str | None = "completed") -> Act:
    return Act(
        code=code,
        system=LOINC,
        label=label,
        start="2026-05-04T08:00:00+02:00",
        end="2026-05-04T14:00:00+02:00",
        performer_name="DR François DELMAS",
        performer_organization=LABORATORY.name,
        practice_setting_code="AMBULATOIRE",
        status=status,
        performer_id=BIOLOGIST.id,
        performer_organization_id=LABORATORY.id,
    )


def report(*, results: tuple[Result, ...] = (), sections: tuple[Section, ...] = (), **others: Any) -> ClinicalDocument:
    """A right laboratory report, with one result unless told otherwise."""
    results = results or (
        Result(code="1988-5", system=LOINC, label="CRP", value="12.4", unit="mg/L", section_code="18719-5"),
    )
    codes = [section.code for section in sections] or ["18719-5"]
    labels = dict(CHAPTERS)
    described: dict[str, Any] = {
        "type_code": "11502-2",
        "type_system": LOINC,
        "type_label": "CR d'examens biologiques",
        "title": "Compte rendu d'examens biologiques",
        "created_at": "2026-05-04T14:30:00+02:00",
        "confidentiality": "N",
        "language": "fr-FR",
        "level": 3,
        "patient": TRAITS,
        "authors": (BIOLOGIST,),
        "custodian": LABORATORY,
        "version": Version(id="1.2.250.1.999.1.3.10^A1", set_id="1.2.250.1.999.1.3.10^A", number=1),
        "participants": (
            taking_part("legalAuthenticator"),
            taking_part("authenticator"),
            taking_part("REF", at="2026-05-03"),
            taking_part("PRF", function="PRELV"),
            taking_part("responsibleParty", at=None),
        ),
        "acts": tuple(act(code or "", labels.get(code or "", "Examen")) for code in dict.fromkeys(codes)),
        "encounter": Encounter(
            code="AMB",
            label="Ambulatoire (hors établissement)",
            facility_type="SA25",
            facility_name="Laboratoire Bio-Vallée",
            start="2026-05-04T08:00:00+02:00",
        ),
        "orders": ("1.2.250.1.999.1.3.9^20260504",),
        "results": results,
        "sections": sections or (Section(code="18719-5", system=LOINC, title="Biochimie"),),
        "attachments": (attachment(),),
    }
    return ClinicalDocument(**{**described, **others})


def letter(**others: Any) -> ClinicalDocument:
    """A right level 1 document around its PDF."""
    described = {
        "type_code": "11488-4",
        "type_label": "CR ou fiche de consultation ou de visite",
        "title": "Consultation",
        "level": 1,
        "results": (),
        "sections": (),
        "acts": (act("11488-4", "Consultation", status=None),),
        **others,
    }
    return replace(report(), **described)


_TAIL = st.text(alphabet="abcdéàçœ ABCXYZ<>&\"'’–0123456789", max_size=24)
_LABEL = st.builds(lambda head, tail: " ".join((head + tail).split()), st.sampled_from("AbéÇŒ"), _TAIL)
_NUMBER = st.decimals(min_value=-999, max_value=99999, places=2).map(lambda number: f"{number:f}")
_UNIT = st.sampled_from(["g/L", "mmol/L", "10*9/L", "%", "mm[Hg]", "umol/L", None])
_MOMENT = st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0).isoformat() + "+01:00"
)
_PREVIOUS = st.builds(PreviousValue, value=_NUMBER, unit=_UNIT, at=_MOMENT)


@st.composite
def _quantities(draw: st.DrawFn) -> dict[str, Any]:
    unit = draw(_UNIT)
    low, high = draw(st.one_of(st.none(), _NUMBER)), draw(st.one_of(st.none(), _NUMBER))
    second = draw(st.one_of(st.none(), _NUMBER))
    return {
        "value": draw(_NUMBER),
        "unit": unit,
        "low": low,
        "high": high,
        "other_value": second,
        "other_unit": None if second is None else "g/L",
        "previous": tuple(draw(st.lists(_PREVIOUS, max_size=2))),
    }


_WORDS = st.one_of(
    _LABEL.map(lambda text: {"value_text": text}),
    st.sampled_from(["< 1,0", "> 150", "≤ 0,5"]).map(lambda text: {"value_text": text, "unit": "mg/L"}),
    st.just({"value_text": "Négatif", "value_code": "260385009", "value_system": "2.16.840.1.113883.6.96"}),
)


@st.composite
def _section_results(draw: st.DrawFn, code: str) -> list[Result]:
    """As a laboratory orders them: specimen by specimen, battery by battery."""
    found: list[Result] = []
    for specimen in draw(st.sampled_from([(None,), ("Sérum",), ("Sang", "Plasma"), ("Urine",)])):
        for group in draw(st.sampled_from([(None,), ("Ionogramme",), (None, "Bilan")])):
            for _ in range(draw(st.integers(1, 3))):
                value = draw(st.one_of(_quantities(), _WORDS))
                found.append(
                    Result(
                        code=loinc(draw(st.integers(1000, 99999))),
                        system=LOINC,
                        label=draw(_LABEL),
                        specimen=specimen,
                        group=group,
                        section_code=code,
                        status="completed",
                        at=draw(_MOMENT),
                        interpretation=draw(st.sampled_from([None, "N", "H", "LL"])),
                        method=draw(st.one_of(st.none(), _LABEL)),
                        comment=draw(st.one_of(st.none(), _LABEL)),
                        negated=draw(st.booleans()),
                        **value,
                    )
                )
    return found


@st.composite
def reports(draw: st.DrawFn) -> ClinicalDocument:
    chapters = draw(st.lists(st.sampled_from(CHAPTERS), min_size=1, max_size=3, unique=True))
    sections = tuple(Section(code=code, system=LOINC, title=title) for code, title in chapters)
    results = tuple(result for code, _ in chapters for result in draw(_section_results(code)))
    number = draw(st.integers(1, 9))
    version = Version(
        id=f"1.2.250.1.999.{number}^V{number}",
        set_id="1.2.250.1.999.7",
        number=number,
        replaces="1.2.250.1.999.7^V0" if number > 1 else None,
    )
    return report(results=results, sections=sections, version=version, confidentiality=draw(st.sampled_from("NRV")))
