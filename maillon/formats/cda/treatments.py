"""Medicines, vaccines and devices: substanceAdministration and supply as statements."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from maillon.formats import wording
from maillon.formats.cda import read_coded
from maillon.formats.cda.annotations import Annotations, performer_of
from maillon.formats.cda.dates import moment, period
from maillon.formats.cda.hl7 import (
    AUTHOR,
    CODE,
    EFFECTIVE_TIME,
    ENTRY_RELATIONSHIP,
    ID,
    NAME,
    NS,
    ORIGINAL_TEXT,
    PARTICIPANT,
    PARTICIPANT_ROLE,
    PERFORMER,
    PHARM,
    PLAYING_DEVICE,
    REFERENCE,
    STATUS_CODE,
    SUBSTANCE_ADMINISTRATION,
    SUPPLY,
    TEMPLATE_ID,
    TEXT,
    TRANSLATION,
    Element,
    Parts,
    child_of,
    first,
    full_id,
    own_text,
    parts_of,
    roots_of,
)
from maillon.formats.cda.narrative_text import Narrative
from maillon.formats.cda.people import actor
from maillon.formats.cda.place import Place
from maillon.formats.cda.posology import posology
from maillon.formats.cda.values import NOTHING, Coded, coded, ratio_text, text_of
from maillon.formats.coded import Product as CodedProduct
from maillon.formats.coded import Quantity
from maillon.formats.document import Statement

STOPPED_SECTION: Final = "18610-6"  # treatments given during a stay, and stopped
_CONSUMABLE: Final = NS + "consumable"
_PRODUCT: Final = NS + "product"
_MANUFACTURED_PRODUCT: Final = NS + "manufacturedProduct"
_MATERIALS: Final = (NS + "manufacturedMaterial", NS + "manufacturedLabeledDrug")

_VACCINATION_TEMPLATES: Final = frozenset(
    {"1.3.6.1.4.1.19376.1.5.3.1.4.12", "1.3.6.1.4.1.19376.1.5.3.1.4.12.2", "1.2.250.1.213.1.1.3.45",
     "1.2.250.1.213.1.1.3.47"}
)  # fmt: skip
_VACCINATION_CODES: Final = frozenset({"IMMUNIZ", "INITIMMUNIZ", "BOOSTER"})  # HL7 ActSubstanceAdministrationCode


class Product(NamedTuple):
    code: Coded = NOTHING
    label: str | None = None
    lot: str | None = None
    details: tuple[tuple[str, str], ...] = ()
    reference: str | None = None
    coded: CodedProduct | None = None


def is_vaccination(parts: Parts) -> bool:
    code = first(parts, CODE)
    if code is not None and code.get("code") in _VACCINATION_CODES:
        return True
    return not _VACCINATION_TEMPLATES.isdisjoint(roots_of(parts.get(TEMPLATE_ID, ())))


def product_of(holder: Element | None, narrative: Narrative) -> Product:
    """`holder` is `consumable` or `product`."""
    manufactured = child_of(holder, _MANUFACTURED_PRODUCT)
    if manufactured is None:
        return Product()
    material = next((one for one in manufactured if one.tag in _MATERIALS), None)
    if material is None:
        return Product()
    parts = parts_of(material)
    code = _with_classes(coded(first(parts, CODE), narrative), material, narrative)
    name = own_text(first(parts, NAME)) or own_text(first(parts, PHARM + "name"))
    return Product(
        code=code,
        label=code.label if code.label and code.label != code.code else name or code.label,
        lot=own_text(first(parts, NS + "lotNumberText")),
        details=tuple(_material_details(parts, narrative)),
        reference=_reference(first(parts, CODE)),
        coded=read_coded.product(material, narrative),
    )


def _reference(code: Element | None) -> str | None:
    for original in (child_of(code, ORIGINAL_TEXT), child_of(code, TRANSLATION, ORIGINAL_TEXT)):
        reference = child_of(original, REFERENCE)
        if reference is not None:
            return reference.get("value")
    return None


def _with_classes(code: Coded, material: Element, narrative: Narrative) -> Coded:
    """IHE Pharmacy gives the ATC class and the code of the box beside the code, where PCC gives translations."""
    classes = [
        coded(one, narrative)
        for kind in material.iterchildren(PHARM + "asSpecializedKind", PHARM + "asContent")
        for medicine in kind
        if (one := child_of(medicine, PHARM + "code")) is not None
    ]
    added = tuple((one.code, one.system or "", one.label or "") for one in classes if one.code)
    return code._replace(translations=code.translations + added) if added else code


def _material_details(parts: Parts, narrative: Narrative) -> list[tuple[str, str]]:
    form = first(parts, PHARM + "formCode")
    form = form if form is not None else first(parts, NS + "formCode")
    found = [("Forme", coded(form, narrative).label), *(_ingredient(one, narrative) for one in _ingredients(parts))]
    return [(name, said) for name, said in found if said]


def _ingredients(parts: Parts) -> list[Element]:
    return [*parts.get(PHARM + "ingredient", ()), *parts.get(NS + "ingredient", ())]


def _ingredient(element: Element, narrative: Narrative) -> tuple[str, str | None]:
    inner = next((one for one in element if str(one.tag).endswith("}ingredient")), None)
    quantity = next((one for one in element if str(one.tag).endswith("}quantity")), None)
    if inner is None:
        return "Substance", None
    code = coded(child_of(inner, PHARM + "code"), narrative)
    name = own_text(child_of(inner, PHARM + "name")) or own_text(child_of(inner, NAME))
    strength = None
    if quantity is not None:
        numerators = [one for one in quantity if str(one.tag).endswith(("}numerator", "}denominator"))]
        strength = ratio_text(*numerators[:2]) if len(numerators) == 2 else None
    said = code.label or name
    return "Substance", f"{said} {strength}" if said and strength else said


def _stopped(place: Place, notes: Annotations) -> str | None:
    """IHE PCC fixes the status of a treatment to « completed »: that it was stopped is said by the section, and why."""
    told_why = any(part.role == "reason" for part in notes.parts)
    return "aborted" if place.section == STOPPED_SECTION and told_why else None


def medication(element: Element, parts: Parts, *, place: Place, notes: Annotations, narrative: Narrative) -> Statement:
    holder = first(parts, _CONSUMABLE)
    product = product_of(holder, narrative)
    text = text_of(first(parts, TEXT), narrative)
    dosage = posology(parts, product=product.reference or _text_reference(parts), narrative=narrative)
    code = coded(first(parts, CODE), narrative)
    chosen = product.code if product.code.code or product.label else code
    details = [*product.details, *notes.details, *_more_details(parts, narrative)]
    status = first(parts, STATUS_CODE)
    return Statement(
        code=chosen.code,
        system=chosen.system,
        label=product.label or chosen.label or text,
        text=product.code.text or text,
        negated=element.get("negationInd") == "true",
        absent=code.says_absent or product.code.says_absent,
        status=notes.status or _stopped(place, notes) or (status.get("code") if status is not None else None),
        start=dosage.start,
        end=dosage.end,
        kind=code.code,
        kind_label=code.label,
        severity=notes.severity,
        reactions=tuple(notes.reactions),
        dose=dosage.dose,
        dose_unit=dosage.dose_unit,
        frequency=dosage.frequency,
        posology=dosage.sentence,
        route=coded(first(parts, NS + "routeCode"), narrative).label,
        site=coded(first(parts, NS + "approachSiteCode"), narrative).label,
        lot=product.lot,
        rank=notes.rank,
        quantity=_dispensed(parts),
        mood=element.get("moodCode"),
        comment=notes.comment,
        section_code=place.section,
        translations=chosen.translations,
        details=tuple(details),
        **_coded(parts, notes, narrative),
        kind_system=code.system,
        approach=read_coded.concept(first(parts, NS + "approachSiteCode"), narrative),
        route_code=read_coded.concept(first(parts, NS + "routeCode"), narrative),
        dosage=read_coded.dosage(parts, narrative),
        product=product.coded,
        amount=_amount(parts, narrative),
    )


def _coded(parts: Parts, notes: Annotations, narrative: Narrative) -> dict[str, Any]:
    """What writing needs of any treatment."""
    repeats = first(parts, NS + "repeatNumber")
    return {
        "id": full_id(first(parts, ID)),
        "priority": read_coded.concept(first(parts, NS + "priorityCode"), narrative),
        "repeats": repeats.get("value") if repeats is not None else None,
        "performer": actor(first(parts, PERFORMER)),
        "author": actor(first(parts, AUTHOR)),
        "sites": read_coded.concepts(parts.get(NS + "targetSiteCode", ()), narrative),
        "parts": tuple(notes.parts),
    }


def _amount(parts: Parts, narrative: Narrative) -> Quantity | None:
    supplies = [child_of(one, SUPPLY) for one in parts.get(ENTRY_RELATIONSHIP, ())]
    return next((found for one in supplies if (found := _quantity_of(one, narrative)) is not None), None)


def _quantity_of(supply: Element | None, narrative: Narrative) -> Quantity | None:
    return read_coded.quantity(child_of(supply, NS + "quantity"), narrative)


def _text_reference(parts: Parts) -> str | None:
    reference = child_of(first(parts, TEXT), REFERENCE)
    return reference.get("value") if reference is not None else None


def vaccination(element: Element, parts: Parts, *, place: Place, notes: Annotations, narrative: Narrative) -> Statement:
    """As a medication; a vaccination has one date, and its code says booster or first series."""
    return medication(element, parts, place=place, notes=notes, narrative=narrative)


def _more_details(parts: Parts, narrative: Narrative) -> list[tuple[str, str]]:
    repeats = first(parts, NS + "repeatNumber")
    condition = child_of(first(parts, NS + "precondition"), NS + "criterion", TEXT)
    found = (
        ("Renouvellements", repeats.get("value") if repeats is not None else None),
        ("Condition", text_of(condition, narrative)),
        ("Priorité", coded(first(parts, NS + "priorityCode"), narrative).label),
        ("Effectué par", performer_of(parts, narrative)),
    )
    return [(name, said) for name, said in found if said]


def _dispensed(parts: Parts) -> str | None:
    for relationship in parts.get(ENTRY_RELATIONSHIP, ()):
        supply = child_of(relationship, SUPPLY)
        if supply is not None and (said := quantity_text(child_of(supply, NS + "quantity"))):
            return said
    return None


def quantity_text(element: Element | None) -> str | None:
    """« 2 » or « 20 mL ». A bare EDQM or UCUM annotation code says nothing to a reader and is left out."""
    if element is None or not element.get("value"):
        return None
    unit = element.get("unit") or ""
    shown = "" if unit.isdigit() or unit == "1" else wording.shown_unit(unit).strip("{}")
    return " ".join(one for one in (wording.shown_number(element.get("value")), shown) if one)


def dispensing(element: Element, parts: Parts, *, place: Place, notes: Annotations, narrative: Narrative) -> Statement:
    """A supply of a medicine: what a pharmacy gave (eDISP-MED), or what is asked of it."""
    product = product_of(first(parts, _PRODUCT), narrative)
    nested = {ENTRY_RELATIONSHIP: parts.get(ENTRY_RELATIONSHIP, [])}
    dosage = posology(nested, product=product.reference, narrative=narrative)
    text = text_of(first(parts, TEXT), narrative)
    start, end = period(first(parts, EFFECTIVE_TIME))
    status = first(parts, STATUS_CODE)
    return Statement(
        code=product.code.code,
        system=product.code.system,
        label=product.label or text,
        text=text or product.code.text,
        negated=element.get("negationInd") == "true",
        absent=product.code.says_absent,
        status=status.get("code") if status is not None else None,
        start=start or _performed(parts),
        end=end,
        kind="SPLY",
        kind_label="Dispensation" if element.get("moodCode") == "EVN" else "Fourniture demandée",
        posology=dosage.sentence,
        quantity=quantity_text(first(parts, NS + "quantity")),
        lot=product.lot,
        mood=element.get("moodCode"),
        comment=notes.comment,
        section_code=place.section,
        translations=product.code.translations,
        details=(*product.details, *notes.details, *_more_details(parts, narrative)),
        **_coded(parts, notes, narrative),
        dosage=read_coded.dosage(nested, narrative),
        product=product.coded,
        amount=read_coded.quantity(first(parts, NS + "quantity"), narrative),
        fulfils=_prescribed_line(parts),
    )


def _prescribed_line(parts: Parts) -> str | None:
    """The line of the prescription that a supply answers (IHE Pharmacy: code PREItem)."""
    for relationship in parts.get(ENTRY_RELATIONSHIP, ()):
        asked = child_of(relationship, SUBSTANCE_ADMINISTRATION)
        code = child_of(asked, CODE)
        if code is not None and code.get("code") == "PREItem":
            return full_id(child_of(asked, ID))
    return None


def _performed(parts: Parts) -> str | None:
    performer = first(parts, NS + "performer")
    return moment(child_of(performer, NS + "time")) if performer is not None else None


def device_role(parts: Parts) -> Element | None:
    """The participantRole of the device that a supply or a procedure is about."""
    for participant in parts.get(PARTICIPANT, ()):
        role = child_of(participant, PARTICIPANT_ROLE)
        if role is not None and (participant.get("typeCode") == "DEV" or child_of(role, PLAYING_DEVICE) is not None):
            return role
    return None


def device(element: Element, parts: Parts, *, place: Place, notes: Annotations, narrative: Narrative) -> Statement:
    role = device_role(parts)
    playing = child_of(role, PLAYING_DEVICE)
    code = coded(child_of(playing, CODE), narrative)
    if code is NOTHING:
        code = coded(first(parts, CODE), narrative)
    model = own_text(child_of(playing, NS + "manufacturerModelName"))
    text = text_of(first(parts, TEXT), narrative)
    start, end = period(first(parts, EFFECTIVE_TIME))
    status = first(parts, STATUS_CODE)
    return Statement(
        code=code.code,
        system=code.system,
        label=code.label or model or text,
        text=text or code.text or next((said for _, _, said in code.translations if said), None),
        negated=element.get("negationInd") == "true",
        absent=code.says_absent,
        status=notes.status or (status.get("code") if status is not None else None),
        start=start,
        end=end,
        quantity=quantity_text(first(parts, NS + "quantity")),
        mood=element.get("moodCode"),
        site=coded(first(parts, NS + "targetSiteCode"), narrative).label,
        comment=notes.comment,
        section_code=place.section,
        translations=code.translations,
        details=(
            *_device_details(role, parts, model=model if code.label else None),
            *notes.details,
            *_more_details(parts, narrative),
        ),
        **_coded(parts, notes, narrative),
        product=CodedProduct(name=model) if model else None,
        amount=read_coded.quantity(first(parts, NS + "quantity"), narrative),
        use_time=read_coded.quantity(_use_time(parts), narrative),
        device_id=full_id(child_of(role, ID)),
    )


def _device_details(role: Element | None, parts: Parts, *, model: str | None) -> list[tuple[str, str]]:
    number = full_id(child_of(role, ID))
    used = quantity_text(_use_time(parts))
    found = (("Identifiant", number), ("Modèle", model), ("Durée d’utilisation", used))
    return [(name, said) for name, said in found if said]


def _use_time(parts: Parts) -> Element | None:
    return child_of(first(parts, NS + "expectedUseTime"), NS + "width")
