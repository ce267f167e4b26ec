"""The HL7 V3 data types, as results and statements need them: codes with their texts, quantities, intervals."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from maillon.formats import wording
from maillon.formats.cda.dates import iso, period
from maillon.formats.cda.hl7 import (
    CENTER,
    HIGH,
    LOW,
    NAME,
    NS,
    ORIGINAL_TEXT,
    QUALIFIER,
    REFERENCE,
    TRANSLATION,
    VALUE,
    WIDTH,
    XSI_TYPE,
    Element,
    child_of,
    own_text,
    parts_of,
    squeezed,
)
from maillon.formats.cda.narrative_text import Narrative

Translations = tuple[tuple[str, str, str], ...]

# JDV_AbsentOrUnknown* (HL7 IPS): « aucun connu » and « pas d’information », which are never a problem nor an allergy.
ABSENT_SYSTEM: Final = "2.16.840.1.113883.5.1150.1"
# The same said in SNOMED CT: no known (drug, food, environmental, insect, latex) allergy, no current problem.
ABSENT_SNOMED: Final = frozenset(
    {"160244002", "716186003", "409137002", "428607008", "429625007", "428197003", "1003774007", "160245001"}
)
# « Aucune allergie connue », « Pas d’information sur les traitements »; not « Aucune miction depuis hier ».
_ABSENT_IN_WORDS: Final = re.compile(
    r"(?:aucune?|pas d)\b.*\b(?:connue?s?|information|signalée?s?|déclarée?s?|en cours|antécédents?)\b", re.IGNORECASE
)
SNOMED: Final = "2.16.840.1.113883.6.96"


class Coded(NamedTuple):
    """A code as written. `label` is its best human reading, `text` the original text."""

    code: str | None = None
    system: str | None = None
    label: str | None = None
    text: str | None = None
    translations: Translations = ()
    null: str | None = None

    @property
    def says_absent(self) -> bool:
        if self.system == ABSENT_SYSTEM or (self.system == SNOMED and self.code in ABSENT_SNOMED):
            return True
        return _ABSENT_IN_WORDS.match(self.label or "") is not None


NOTHING: Final = Coded()


class Measured(NamedTuple):
    """What an observation's value gives: see `Result` for the meaning of each field."""

    value: str | None = None
    unit: str | None = None
    text: str | None = None
    code: str | None = None
    system: str | None = None
    other_value: str | None = None
    other_unit: str | None = None
    absent: bool = False


UNMEASURED: Final = Measured()


def text_of(element: Element | None, narrative: Narrative) -> str | None:
    """Text of an ED: what its reference names in the narrative, else its own words."""
    if element is None:
        return None
    if not len(element):
        return squeezed(element.text)
    reference = child_of(element, REFERENCE)
    if reference is not None and (named := narrative.lookup(reference.get("value"))):
        return named
    return own_text(element)


def coded(element: Element | None, narrative: Narrative) -> Coded:
    if element is None:
        return NOTHING
    code, label = element.get("code"), squeezed(element.get("displayName"))
    if not len(element):
        return Coded(code or None, element.get("codeSystem"), label or code or None, null=element.get("nullFlavor"))
    return _coded_with_parts(element, narrative, code=code or None, label=label)


def named(element: Element | None, narrative: Narrative) -> Coded:
    """As `coded`, but the original text is looked up only where the code has no label of its own."""
    if element is None:
        return NOTHING
    code, label = element.get("code"), element.get("displayName")
    if not code or not label or len(element) > 1 or (len(element) and element[0].tag != ORIGINAL_TEXT):
        return coded(element, narrative)
    return Coded(code, element.get("codeSystem"), " ".join(label.split()))


def _coded_with_parts(element: Element, narrative: Narrative, *, code: str | None, label: str | None) -> Coded:
    text, system = None, element.get("codeSystem")
    translations: list[Coded] = []
    qualifiers: list[str] = []
    for child in element:
        if child.tag == ORIGINAL_TEXT:
            text = text_of(child, narrative)
        elif child.tag == TRANSLATION:
            translations.append(coded(child, narrative))
        elif child.tag == QUALIFIER:
            qualifiers.append(_qualifier(child, narrative, alone=code is None))
    listed = tuple((one.code, one.system or "", one.label or "") for one in translations if one.code)
    if code is None and listed:  # a local code only (no LOINC yet): it stands in the translation
        code, system = listed[0][0], listed[0][1] or None
    said = label or text or next((one.label for one in translations if one.label), None)
    return Coded(code, system, _with_qualifiers(said, qualifiers) or code, text, listed, element.get("nullFlavor"))


def _qualifier(element: Element, narrative: Narrative, *, alone: bool) -> str:
    """« gauche » beside a code; « Stade clinique : IB » where the qualifiers are all that is said."""
    name = coded(child_of(element, NAME), narrative)
    value = coded(child_of(element, VALUE), narrative)
    if alone and name.label and value.label:
        short = f" ({value.code})" if value.code and not value.code.isdigit() and value.code != value.label else ""
        return f"{name.label}{wording.NARROW_SPACE}: {value.label}{short}"
    return value.label or ""


def _with_qualifiers(label: str | None, qualifiers: list[str]) -> str | None:
    said = ", ".join(one for one in qualifiers if one)
    if not said:
        return label
    return f"{label} ({said})" if label else said


def type_of(element: Element) -> str:
    """`xsi:type` without its prefix (`c:PQ`), guessed from the attributes where it was forgotten."""
    named = element.get(XSI_TYPE)
    if named:
        return named.rpartition(":")[2].strip()
    if element.get("code") is not None or child_of(element, ORIGINAL_TEXT) is not None:
        return "CD"
    if element.get("value") is not None:
        return "PQ"
    return "IVL_PQ" if any(child.tag in (LOW, HIGH) for child in element) else "ST"


def measured(element: Element | None, narrative: Narrative) -> Measured:
    if element is None:
        return UNMEASURED
    kind = type_of(element)
    if kind == "PQ" and not len(element) and (value := element.get("value")):
        return Measured(value, element.get("unit") or None)
    reader = _READERS.get(kind)
    found = reader(element, narrative) if reader else Measured(text=text_of(element, narrative))
    if found.value is None and found.text is None and found.code is None:
        return Measured(absent=element.get("nullFlavor") is not None)
    return found


def _quantity(element: Element, narrative: Narrative) -> Measured:
    value, unit = element.get("value") or None, element.get("unit") or None
    if not len(element):
        return Measured(value, unit)
    other = child_of(element, TRANSLATION)
    text = text_of(child_of(element, ORIGINAL_TEXT), narrative)
    if other is None:
        return Measured(value, unit, None if value else text)
    return Measured(value, unit, other_value=other.get("value"), other_unit=other.get("unit") or other.get("code"))


def _code_value(element: Element, narrative: Narrative) -> Measured:
    one = coded(element, narrative)
    return Measured(text=one.label, code=one.code, system=one.system)


def _interval(element: Element, narrative: Narrative) -> Measured:
    parts = parts_of(element)
    low, high, center = (_bound(parts.get(tag)) for tag in (LOW, HIGH, CENTER))
    unit = next((one.get("unit") for one in (low, high, center) if one is not None and one.get("unit")), None)
    if low is None and high is None:
        single = element if center is None else center
        return Measured(single.get("value"), single.get("unit") or unit)
    return Measured(unit=unit, text=_interval_text(low, high))


def _bound(found: list[Element] | None) -> Element | None:
    return found[0] if found and found[0].get("value") else None


def _interval_text(low: Element | None, high: Element | None) -> str:
    """`< 1,0`, `≥ 0,512`, `5 – 10`. A laboratory that writes only a bound means « under » or « over » it
    (IHE PaLM): the sign is widened only where `inclusive` is written out."""
    if low is not None and high is not None:
        return f"{wording.shown_number(low.get('value'))} – {wording.shown_number(high.get('value'))}"
    if high is not None:
        return f"{'≤' if high.get('inclusive') == 'true' else '<'} {wording.shown_number(high.get('value'))}"
    assert low is not None
    return f"{'≥' if low.get('inclusive') == 'true' else '>'} {wording.shown_number(low.get('value'))}"


def _ratio(element: Element, narrative: Narrative) -> Measured:
    top, bottom = child_of(element, NS + "numerator"), child_of(element, NS + "denominator")
    return Measured(text=ratio_text(top, bottom))


def ratio_text(top: Element | None, bottom: Element | None) -> str | None:
    said = [_said(one) for one in (top, bottom) if one is not None]
    said = [one for one in said if one]
    if len(said) == 2 and said[1] == "1":
        said = said[:1]
    return "/".join(said) or None


def _said(element: Element) -> str:
    unit = wording.shown_unit(element.get("unit"))
    return " ".join(part for part in (wording.shown_number(element.get("value")), unit) if part)


def _boolean(element: Element, narrative: Narrative) -> Measured:
    return Measured(text={"true": "Oui", "1": "Oui", "false": "Non", "0": "Non"}.get(element.get("value") or ""))


def _date(element: Element, narrative: Narrative) -> Measured:
    start, end = period(element)
    if start and end:
        return Measured(text=f"du {_shown(start)} au {_shown(end)}")
    return Measured(text=_shown(start) or (f"jusqu’au {_shown(end)}" if end else None) or element.get("value"))


def _shown(date: str | None) -> str | None:
    return wording.shown_date(date, with_time=True) if date else None


def _words(element: Element, narrative: Narrative) -> Measured:
    if element.get("representation") == "B64":
        return Measured(text="(pièce jointe)")
    return Measured(text=text_of(element, narrative))


def _series(element: Element, narrative: Narrative) -> Measured:
    """A recorded signal (SLIST, GLIST): its points are not a value to read, only their number is told."""
    digits = own_text(child_of(element, NS + "digits"))
    return Measured(text=f"série de {len(digits.split())} points" if digits else "série de points")


_READERS: Final = {
    "PQ": _quantity, "INT": _quantity, "REAL": _quantity, "MO": _quantity, "PQR": _quantity, "PPD_PQ": _quantity,
    "CD": _code_value, "CE": _code_value, "CV": _code_value, "CO": _code_value, "CS": _code_value, "CR": _code_value,
    "IVL_PQ": _interval, "IVL_INT": _interval, "IVL_REAL": _interval, "IVL_MO": _interval,
    "RTO": _ratio, "RTO_PQ_PQ": _ratio, "RTO_QTY_QTY": _ratio, "RTO_MO_PQ": _ratio,
    "BL": _boolean, "BN": _boolean, "TS": _date, "IVL_TS": _date, "ST": _words, "ED": _words, "SC": _words,
    "SLIST_PQ": _series, "SLIST_TS": _series, "GLIST_PQ": _series, "GLIST_TS": _series, "LIST_PQ": _series,
}  # fmt: skip


def bounds(element: Element | None) -> tuple[str | None, str | None, str | None]:
    """(low, high, unit) of an interval of reference, of dose or of rate; a single quantity is both bounds."""
    if element is None:
        return None, None, None
    if not len(element):
        value = element.get("value") or None
        return value, value, element.get("unit") if value else None
    low = high = unit = None
    for child in element:
        if child.tag == LOW:
            low = child.get("value") or None
        elif child.tag == HIGH:
            high = child.get("value") or None
        unit = unit or child.get("unit")
    return low, high, unit


def date_or_none(element: Element | None) -> str | None:
    return iso(element.get("value")) if element is not None else None


def width_text(element: Element) -> str | None:
    width = child_of(element, WIDTH)
    return _said(width) if width is not None and width.get("value") else None
