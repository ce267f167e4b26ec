"""What documents carry without a label, as it reads on a French screen. The official labels are in the value sets."""

from __future__ import annotations

from typing import Final

from maillon.formats.wording import INTERPRETATION_WORDS, shown_unit

_IDENTIFIERS: Final = {
    "1.2.250.1.213.1.4.2": "INS-C (obsolète)",
    "1.2.250.1.213.1.4.8": "INS-NIR",
    "1.2.250.1.213.1.4.9": "INS-NIA",
    "1.2.250.1.213.1.4.10": "INS-NIR de test",
    "1.2.250.1.213.1.4.11": "INS-NIR de démonstration",
    "1.2.250.1.71.4.2.1": "identifiant national de professionnel (RPPS)",
    "1.2.250.1.71.4.2.2": "identifiant national de structure (FINESS, SIRET)",
}
_INTERPRETATIONS: Final = {
    "<": "inférieur à la limite de détection",
    ">": "supérieur à la limite de mesure",
    "DET": "détecté",
    "E": "équivoque",
    "EX": "hors seuils",
    "HU": "nettement élevé",
    "HX": "au-dessus du seuil",
    "IND": "indéterminé",
    "LU": "nettement bas",
    "LX": "au-dessous du seuil",
    "ND": "non détecté",
    "NR": "non réactif",
    "NS": "non sensible",
    "RR": "réactif",
    "SDD": "sensible à forte dose",
    "WR": "faiblement réactif",
    "B": "en amélioration",
    "W": "en dégradation",
    "D": "en baisse",
    "U": "en hausse",
}
_UNITS: Final = {
    "%": "%", "h": "h", "min": "min", "s": "s", "d": "j", "wk": "semaine", "mo": "mois", "a": "an",
    "{tablet}": "comprimé", "{tbl}": "comprimé", "{capsule}": "gélule", "{count}": "", "{drop}": "goutte",
    "{pack}/a": "paquets-année", "{drink}/d": "verres par jour",
    "{beats}/min": "battements/min", "/min": "/min", "ug/mL": "µg/mL", "ug/L": "µg/L",
    "ug": "µg", "ug/h": "µg/h", "mmol/L": "mmol/L", "m[IU]/L": "mUI/L", "[IU]/L": "UI/L", "U/L": "U/L", "[IU]": "UI",
    "k[IU]/L": "kUI/L", "Cel": "°C", "cel": "°C", "fL": "fL", "pg": "pg", "mL/min": "mL/min", "mm/h": "mm/h",
    "mL/min/{1.73_m2}": "mL/min/1,73 m²", "mL/min/1.73.m2": "mL/min/1,73 m²", "kg/m2": "kg/m²", "{puff}": "bouffée",
    "10*6/L": "M/L", "10*3/uL": "G/L", "10*6/uL": "T/L", "cm[H2O]": "cmH₂O", "m2": "m²", "[pH]": "", "{ratio}": "",
}  # fmt: skip
_PLURALS: Final = frozenset(("comprimé", "gélule", "goutte", "bouffée", "semaine", "an"))


def identifier_label(root: str | None) -> str | None:
    """Of the OID under which a person or a structure is numbered: « INS-NIR de test »…"""
    return _IDENTIFIERS.get(root or "")


def interpretation_label(code: str | None) -> str | None:
    """HL7 ObservationInterpretation, in the words that stand beside a result."""
    return INTERPRETATION_WORDS.get(code or "") or _INTERPRETATIONS.get(code or "")


def unit_label(unit: str | None, *, value: str | None = None) -> str:
    """A UCUM unit as French people write it, in the plural from 2 on; what is not known is shown as it came."""
    shown = _UNITS.get(unit or "", shown_unit(unit))
    return f"{shown}s" if shown in _PLURALS and _is_plural(value) else shown


def _is_plural(value: str | None) -> bool:
    """In French the plural begins at 2: 1,5 comprimé."""
    try:
        return abs(float((value or "").replace(",", "."))) >= 2
    except ValueError:
        return False
