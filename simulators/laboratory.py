"""The simulated laboratory: structured reports BIO-CR-BIO, with former results, ranges and flags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from maillon.formats.document import ClinicalDocument, PreviousValue, Result, Section
from simulators.making import LOINC, Occasion, act_of, encounter_at, header, taking_part
from simulators.people import Professional

BIOCHEMISTRY: Final = ("18719-5", "Biochimie")
HAEMATOLOGY: Final = ("18723-7", "Hématologie")
COAGULATION: Final = ("18720-3", "Hémostase")
MICROBIOLOGY: Final = ("18725-2", "Microbiologie")
CHAPTERS: Final = (HAEMATOLOGY, COAGULATION, BIOCHEMISTRY, MICROBIOLOGY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyte:
    key: str
    code: str  # LOINC
    label: str
    chapter: tuple[str, str]
    group: str
    specimen: str = "Sérum"
    unit: str | None = None  # UCUM
    low: float | None = None
    high: float | None = None
    decimals: int = 1
    other: tuple[str, float] | None = None  # second unit and its factor
    method: str | None = None


def _blood_count(key: str, code: str, label: str, unit: str, low: float, high: float, decimals: int = 1) -> Analyte:
    return Analyte(
        key=key,
        code=code,
        label=label,
        unit=unit,
        low=low,
        high=high,
        decimals=decimals,
        chapter=HAEMATOLOGY,
        group="Numération formule sanguine",
        specimen="Sang",
    )


ANALYTES: Final[Mapping[str, Analyte]] = {
    analyte.key: analyte
    for analyte in (
        _blood_count("leucocytes", "6690-2", "Leucocytes", "10*9/L", 4.0, 10.0),
        _blood_count("hematies", "789-8", "Hématies", "10*12/L", 4.2, 5.7, 2),
        _blood_count("hemoglobine", "718-7", "Hémoglobine", "g/dL", 12.0, 16.5),
        _blood_count("vgm", "787-2", "Volume globulaire moyen", "fL", 82, 98, 0),
        _blood_count("plaquettes", "777-3", "Plaquettes", "10*9/L", 150, 400, 0),
        Analyte(
            key="inr",
            code="6301-6",
            label="INR",
            chapter=COAGULATION,
            group="Surveillance d’un traitement antivitamine K",
            specimen="Plasma",
            unit=None,
            low=2.0,
            high=3.0,
            decimals=2,
            method="Chronométrie",
        ),
        Analyte(
            key="sodium",
            code="2951-2",
            label="Sodium",
            chapter=BIOCHEMISTRY,
            group="Ionogramme",
            unit="mmol/L",
            low=136,
            high=145,
            decimals=0,
        ),
        Analyte(
            key="potassium",
            code="2823-3",
            label="Potassium",
            chapter=BIOCHEMISTRY,
            group="Ionogramme",
            unit="mmol/L",
            low=3.5,
            high=5.1,
        ),
        Analyte(
            key="creatinine",
            code="14682-9",
            label="Créatinine",
            chapter=BIOCHEMISTRY,
            group="Fonction rénale",
            unit="umol/L",
            low=50,
            high=104,
            decimals=0,
            other=("mg/L", 0.1131),
            method="Enzymatique",
        ),
        Analyte(
            key="dfg",
            code="62238-1",
            label="DFG estimé (CKD-EPI), pour 1,73 m²",
            chapter=BIOCHEMISTRY,
            group="Fonction rénale",
            unit="mL/min",
            low=60,
            decimals=0,
        ),
        Analyte(
            key="glycemie",
            code="14771-0",
            label="Glycémie à jeun",
            chapter=BIOCHEMISTRY,
            group="Glycémie",
            specimen="Plasma",
            unit="mmol/L",
            low=3.9,
            high=6.1,
            other=("g/L", 0.18016),
        ),
        Analyte(
            key="hba1c",
            code="4548-4",
            label="Hémoglobine glyquée (HbA1c)",
            chapter=BIOCHEMISTRY,
            group="Hémoglobine glyquée",
            specimen="Sang",
            unit="%",
            low=4.0,
            high=6.0,
            method="HPLC",
        ),
        Analyte(
            key="cholesterol",
            code="14647-2",
            label="Cholestérol total",
            chapter=BIOCHEMISTRY,
            group="Bilan lipidique",
            unit="mmol/L",
            high=5.2,
            decimals=2,
            other=("g/L", 0.387),
        ),
        Analyte(
            key="hdl",
            code="14646-4",
            label="Cholestérol HDL",
            chapter=BIOCHEMISTRY,
            group="Bilan lipidique",
            unit="mmol/L",
            low=1.0,
            decimals=2,
            other=("g/L", 0.387),
        ),
        Analyte(
            key="ldl",
            code="39469-2",
            label="Cholestérol LDL (calculé)",
            chapter=BIOCHEMISTRY,
            group="Bilan lipidique",
            unit="mmol/L",
            high=4.1,
            decimals=2,
            other=("g/L", 0.387),
        ),
        Analyte(
            key="triglycerides",
            code="14927-8",
            label="Triglycérides",
            chapter=BIOCHEMISTRY,
            group="Bilan lipidique",
            unit="mmol/L",
            high=1.7,
            decimals=2,
            other=("g/L", 0.875),
        ),
        Analyte(
            key="crp",
            code="1988-5",
            label="Protéine C réactive",
            chapter=BIOCHEMISTRY,
            group="Protéines de l’inflammation",
            unit="mg/L",
            high=5.0,
        ),
        Analyte(
            key="tsh",
            code="3016-3",
            label="TSH",
            chapter=BIOCHEMISTRY,
            group="Exploration thyroïdienne",
            unit="m[IU]/L",
            low=0.4,
            high=4.0,
            decimals=2,
        ),
        Analyte(
            key="ferritine",
            code="2276-4",
            label="Ferritine",
            chapter=BIOCHEMISTRY,
            group="Bilan martial",
            unit="ug/L",
            low=20,
            high=300,
            decimals=0,
        ),
        Analyte(
            key="bnp",
            code="33762-6",
            label="NT-proBNP",
            chapter=BIOCHEMISTRY,
            group="Marqueurs cardiaques",
            unit="ng/L",
            high=450,
            decimals=0,
        ),
        Analyte(
            key="alat",
            code="1742-6",
            label="ALAT",
            chapter=BIOCHEMISTRY,
            group="Bilan hépatique",
            unit="U/L",
            high=45,
            decimals=0,
        ),
        Analyte(
            key="albuminurie",
            code="14959-1",
            label="Rapport albumine/créatinine urinaire",
            chapter=BIOCHEMISTRY,
            group="Urines",
            specimen="Urine",
            unit="mg/g",
            high=30,
            decimals=0,
        ),
        Analyte(
            key="hcg", code="2106-3", label="hCG urinaire", chapter=BIOCHEMISTRY, group="Grossesse", specimen="Urine"
        ),
        Analyte(
            key="ecbu",
            code="630-4",
            label="Culture des urines",
            chapter=MICROBIOLOGY,
            group="Examen cytobactériologique des urines",
            specimen="Urine",
        ),
        Analyte(
            key="leucocyturie",
            code="30405-5",
            label="Leucocytes urinaires",
            chapter=MICROBIOLOGY,
            group="Examen cytobactériologique des urines",
            specimen="Urine",
            unit="/mL",
            high=10000,
            decimals=0,
        ),
    )
}

Measures = Mapping[str, float | str]


def laboratory_report(
    occasion: Occasion,
    *,
    prescriber: Professional,
    sampler: Professional,
    values: Measures,
    former: Mapping[str, tuple[tuple[datetime, float], ...]],
) -> ClinicalDocument:
    """`former` gives, per analyte, the earlier values that the laboratory still knows."""
    territory = occasion.territory
    drawn_at = (occasion.at - timedelta(hours=5)).isoformat(timespec="seconds")
    analytes = [analyte for chapter in CHAPTERS for analyte in _of_chapter(chapter, values)]
    chapters = list(dict.fromkeys(analyte.chapter for analyte in analytes))
    order = f"{occasion.house.local_root}.9^{occasion.at:%Y%m%d}{occasion.patient.number}"
    return ClinicalDocument(
        type_code="11502-2",
        type_system=LOINC,
        type_label="CR d'examens biologiques",
        title="Compte rendu d'examens biologiques",
        created_at=occasion.iso,
        confidentiality="N",
        language="fr-FR",
        level=3,
        orders=(order,),
        encounter=encounter_at(occasion.house, code="AMB", start=drawn_at),
        acts=tuple(
            act_of(occasion, code=code, label=label, start=drawn_at, end=occasion.iso, status="completed")
            for code, label in chapters
        ),
        participants=(
            taking_part("legalAuthenticator", occasion.author, territory=territory, at=occasion.iso),
            taking_part("authenticator", occasion.author, territory=territory, at=occasion.iso),
            taking_part("REF", prescriber, territory=territory, at=drawn_at[:10]),
            taking_part("PRF", sampler, territory=territory, at=drawn_at, function="PRELV"),
            taking_part("responsibleParty", occasion.author, territory=territory),
        ),
        sections=tuple(Section(code=code, system=LOINC, title=label) for code, label in chapters),
        results=tuple(
            _result(analyte, values[analyte.key], at=drawn_at, former=former.get(analyte.key, ()))
            for analyte in analytes
        ),
        **header(occasion),
    )


def _of_chapter(chapter: tuple[str, str], values: Measures) -> Iterator[Analyte]:
    """In the order of the catalogue, specimen by specimen, so that each tube is told once."""
    known = [ANALYTES[key] for key in ANALYTES if key in values and ANALYTES[key].chapter == chapter]
    for specimen in dict.fromkeys(analyte.specimen for analyte in known):
        yield from (analyte for analyte in known if analyte.specimen == specimen)


def _result(analyte: Analyte, measured: float | str, *, at: str, former: tuple[tuple[datetime, float], ...]) -> Result:
    as_text = measured if isinstance(measured, str) else None
    number = None if isinstance(measured, str) else measured
    other_unit, factor = analyte.other or (None, 0.0)
    return Result(
        code=analyte.code,
        system=LOINC,
        label=analyte.label,
        value=_written(number, analyte.decimals),
        unit=analyte.unit,
        value_text=as_text,
        interpretation=_flag(analyte, measured),
        low=_written(analyte.low, analyte.decimals),
        high=_written(analyte.high, analyte.decimals),
        at=at,
        status="completed",
        specimen=analyte.specimen,
        method=analyte.method,
        section_code=analyte.chapter[0],
        group=analyte.group,
        other_value=_written(number * factor, 2) if number is not None and other_unit else None,
        other_unit=other_unit if number is not None else None,
        previous=tuple(
            PreviousValue(
                value=_written(value, analyte.decimals), unit=analyte.unit, at=moment.isoformat(timespec="seconds")
            )
            for moment, value in former[-2:]
        ),
    )


def _written(value: float | None, decimals: int) -> str | None:
    return None if value is None else f"{value:.{decimals}f}"


def _flag(analyte: Analyte, measured: float | str) -> str | None:
    if isinstance(measured, str) or (analyte.low is None and analyte.high is None):
        return None
    rounded = round(measured, analyte.decimals)
    if analyte.high is not None and rounded > analyte.high:
        return "HH" if rounded > 2 * analyte.high else "H"
    if analyte.low is not None and rounded < analyte.low:
        return "LL" if rounded < analyte.low / 2 else "L"
    return "N"
