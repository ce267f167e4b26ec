"""FR-Produit-de-sante: the product of a treatment, with the classes and the content that IHE Pharmacy adds."""

from __future__ import annotations

from typing import Final

from lxml import etree

from maillon.formats.cda.blocks.dosage import in_words
from maillon.formats.cda.blocks.draft import Row
from maillon.formats.cda.blocks.values import add_concept, concept_of, written_unit
from maillon.formats.cda.write_xml import XSI_TYPE, Element, add, add_templates
from maillon.formats.coded import Concept, Ingredient, Product, Quantity
from maillon.formats.document import Statement

PRODUCT: Final = ("2.16.840.1.113883.10.20.1.53", "1.3.6.1.4.1.19376.1.5.3.1.4.7.2", "1.2.250.1.213.1.1.3.43")
PHARM: Final = "urn:ihe:pharm:medication"
_ABSENT_SYSTEM: Final = "2.16.840.1.113883.5.1150.1"


def write_product(
    entry: Element,
    holder: str,
    item: Statement,
    *,
    row: Row,
    named: str,
    templates: tuple[str, ...] = (),
) -> None:
    """`holder`: consumable or product. `named`: where the narrative names it. `templates`: of the material."""
    link = "CSM" if holder == "consumable" else None
    manufactured = add(add(entry, holder, typeCode=link), "manufacturedProduct", classCode="MANU")
    add_templates(manufactured, *PRODUCT)
    material = add(manufactured, "manufacturedMaterial")
    if templates:  # IHE Pharmacy
        material.set("classCode", "MMAT")
        material.set("determinerCode", "KIND")
    add_templates(material, *templates)
    product = item.product or Product()
    if item.system == _ABSENT_SYSTEM:
        add(material, "code", nullFlavor="NA")
    else:
        own = {(one.code, one.system or "") for one in (*product.classes, *product.packages)}
        coded = concept_of(item)
        kept = tuple(one for one in coded.translations if one[:2] not in own)
        add_concept(material, "code", _with(coded, kept), reference=named)
    add_name(material, product.name)
    if item.lot:
        row.say("Lot n°", item.lot)
        add(material, "lotNumberText", item.lot)
    _pharmacy(material, product, row=row)


def _with(coded: Concept, translations: tuple[tuple[str, str, str], ...]) -> Concept:
    return Concept(
        code=coded.code, system=coded.system, label=coded.label, text=coded.text, translations=translations
    )  # fmt: skip


def add_name(parent: Element, name: str | None) -> None:
    if name:
        add(parent, "name", name)
    else:
        add(parent, "name", nullFlavor="NA")


def pharm(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    """A child in the namespace of IHE Pharmacy."""
    child = etree.SubElement(parent, f"{{{PHARM}}}{name}", attributes, nsmap={"pharm": PHARM})
    child.text = text
    return child


def _pharm_code(parent: Element, name: str, concept: Concept) -> None:
    """As `add_concept`, then moved: its inside stays in the namespace of HL7, as the schema wants it."""
    coded = add_concept(parent, name, concept)
    coded.tag = f"{{{PHARM}}}{name}"


def _pharmacy(material: Element, product: Product, *, row: Row) -> None:
    if product.form is not None:
        _pharm_code(material, "formCode", product.form)
    for package in product.packages:
        content = pharm(material, "asContent", classCode="CONT")
        _pharm_code(pharm(content, "containerPackagedMedicine", classCode="CONT", determinerCode="INSTANCE"),
                    "code", package)  # fmt: skip
    for family in product.classes:
        row.say("Classe", family.words)
        kind = pharm(pharm(material, "asSpecializedKind", classCode="GRIC"), "generalizedMedicineClass",
                     classCode="MMAT")  # fmt: skip
        _pharm_code(kind, "code", family)
        pharm(kind, "name", family.words)
    for ingredient in product.ingredients:
        row.say("Composition", _composition(ingredient))
        _ingredient(material, ingredient)


def _composition(ingredient: Ingredient) -> str:
    """« Paracétamol 500 mg », « amoxicilline 250 mg / 5 mL »."""
    named = ingredient.name or ingredient.substance.words or ""
    if ingredient.strength is None:
        return named
    top, bottom = (in_words(side) for side in ingredient.strength)
    return f"{named} {top}" if bottom in ("1", "") else f"{named} {top} / {bottom}"


def _ingredient(material: Element, ingredient: Ingredient) -> None:
    holder = pharm(material, "ingredient", classCode="ACTI")
    if ingredient.strength is not None:
        ratio = pharm(holder, "quantity")
        for side, quantity in zip(("numerator", "denominator"), ingredient.strength, strict=True):
            _side(ratio, side, quantity)
    substance = pharm(holder, "ingredient", classCode="MMAT", determinerCode="KIND")
    _pharm_code(substance, "code", ingredient.substance)
    if ingredient.name:
        pharm(substance, "name", ingredient.name)


def _side(ratio: Element, side: str, quantity: Quantity) -> None:
    element = add(ratio, side, value=quantity.low, unit=written_unit(quantity.unit))
    element.set(XSI_TYPE, "PQ")
