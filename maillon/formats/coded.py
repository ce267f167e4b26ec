"""The small coded things of which a clinical document is made: a concept, a quantity, a dosage, a product, and what is
said about a statement. They keep every code that was written, so that a document can be written again from them.

A human reading of the same things stands beside them in `document` (`route`, `severity`, `posology`…): it is derived
when a document is read, and never read by the writer where the coded thing is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A code, its system (OID) and its label. `text` are the words used, where they are not the label."""

    code: str | None = None
    system: str | None = None
    label: str | None = None
    text: str | None = None
    translations: tuple[tuple[str, str, str], ...] = ()  # (code, system, label)
    qualifiers: tuple[tuple[Concept, Concept], ...] = ()  # (name, value): « côté », « gauche »

    @property
    def words(self) -> str | None:
        return self.text or self.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Decimal texts and a UCUM unit. A single value is both bounds; `text` are words that stand for the unit."""

    low: str | None = None
    high: str | None = None
    unit: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When doses recur: every `every` (« 8 », « h »), at a moment of the day (`event`, HL7 TimingEvent), or at dates.
    Several `together` are taken in one schedule (SXPR_TS)."""

    every: Quantity | None = None
    event: Concept | None = None
    offset: Quantity | None = None  # before (negative) or after the event
    at: str | None = None  # ISO 8601
    start: str | None = None  # phase
    end: str | None = None
    text: str | None = None
    together: tuple[Timing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dosage:
    dose: Quantity | None = None
    rate: Quantity | None = None
    maximum: tuple[Quantity, Quantity] | None = None  # so much, per so long
    timings: tuple[Timing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredient:
    substance: Concept
    name: str | None = None
    strength: tuple[Quantity, Quantity] | None = None  # so much, per so much of the product


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What the code of a medicine does not say: its name, form, classes (ATC as IHE Pharmacy writes it), content."""

    name: str | None = None
    form: Concept | None = None
    classes: tuple[Concept, ...] = ()
    packages: tuple[Concept, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()


Role = Literal[
    "severity",  # SEV
    "status",  # clinical status (33999-4)
    "qualifier",  # certainty, criticality, general state…: one coded answer to `code`
    "reaction",  # what it caused, with its own severity in `parts`
    "reason",  # why: `code` is the reason itself
    "instruction",  # to the patient or to the dispenser: `code` says which
    "substitution",
    "detail",  # any other observation about the statement: « en rapport avec une ALD »
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something coded that is said about a statement. `kind` is the HL7 type of the value, where it is not told by
    what it holds (BL, INT, TS, CE…)."""

    role: Role
    code: Concept | None = None
    value: Concept | None = None
    quantity: Quantity | None = None
    text: str | None = None
    kind: str | None = None
    at: str | None = None  # value of kind TS
    negated: bool = False
    start: str | None = None
    end: str | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagingInstance:
    """One image: its SOP instance, its class, and where to fetch it."""

    uid: str
    sop_class: Concept
    at: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagingSeries:
    uid: str
    modality: Concept
    at: str | None = None
    instances: tuple[ImagingInstance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagingStudy:
    """The DICOM objects of one examination: identifiers, and no image."""

    uid: str
    at: str | None = None
    series: tuple[ImagingSeries, ...] = ()
    section_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolate:
    """A germ grown from a specimen (IHE PaLM, CI-SIS FR-Isolat-microbiologique): what it is, when it was named. Its
    count and its antibiogram are results that carry it; a germ of which nothing else is said is itself a result."""

    organism: Concept  # SNOMED CT with its translation in NCBI Taxonomy, or words alone
    id: str | None = None  # root, or root^extension
    at: str | None = None
    status: str | None = None
