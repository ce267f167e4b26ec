"""The build sheet of a structured type: its templates, what its header must hold, its sections in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from maillon.formats.cda.blocks.block import Block
from maillon.formats.cda.blocks.draft import Draft
from maillon.formats.cda.write_xml import LOINC, Element
from maillon.formats.document import ClinicalDocument

Narrative = Literal["coded", "either", "prose", "silent", "empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionSheet:
    """`narrative`: what the section says comes from its entries (`coded`), from them or from the text of the model
    (`either`), from the text alone (`prose`); a `silent` section only holds others, and so does an `empty` one, which
    has an empty text of its own all the same."""

    code: str
    label: str  # displayName of the code
    title: str
    templates: tuple[str, ...]
    blocks: tuple[Block, ...] = ()
    inside: tuple[SectionSheet, ...] = ()
    required: bool = False
    narrative: Narrative = "coded"
    prose_templates: tuple[str, ...] | None = None  # where the section says by text what it could have coded
    system: str = LOINC

    def walk(self) -> Iterator[SectionSheet]:
        yield self
        for section in self.inside:
            yield from section.walk()


Demands = Callable[[ClinicalDocument], Iterable[str]]
BodyWriter = Callable[[Element, Draft], None]


def no_demands(document: ClinicalDocument) -> Iterable[str]:
    return ()


def unchanged(document: ClinicalDocument) -> ClinicalDocument:
    return document


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuredType:
    """`demands`: French sentences that name what the document lacks (E-ECR-11). `body` replaces the writing by
    sections, for a type whose body has another grammar."""

    name: str
    format: tuple[str, str]  # code of JDV_J10 and its label, by which XDS announces the type (ASS_A11)
    codes: tuple[str, ...]  # of JDV_J07, the usual one first
    templates: tuple[str, ...]  # root, or root^extension, after those of every document
    sections: tuple[SectionSheet, ...] = ()
    demands: Demands = no_demands
    body: BodyWriter | None = None
    complete: Callable[[ClinicalDocument], ClinicalDocument] = unchanged  # normal form, where `body` is given

    @property
    def own_template(self) -> str:
        """The one that names the type and its version."""
        return self.templates[-1]

    def walk(self) -> Iterator[SectionSheet]:
        for section in self.sections:
            yield from section.walk()
