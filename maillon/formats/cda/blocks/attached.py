"""Files inside a structured document: FR-Document-attache, and the section « Copie du document »."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.block import Block
from maillon.formats.cda.blocks.draft import Draft, OpenSection
from maillon.formats.cda.blocks.values import add_concept, add_moment, add_reference
from maillon.formats.cda.write_xml import LOINC, Element, add, add_code, add_file, add_templates
from maillon.formats.coded import Concept
from maillon.formats.document import Attachment
from maillon.formats.refusal import Refused

PDF_COPY: Final = "55108-5"
ATTACHED: Final = "55107-7"
BARCODE: Final = "57723-9"
_IMAGE: Final = ("2.16.840.1.113883.10.12.304", "1.2.250.1.213.1.1.3.103")
_IMAGE_MEDIA: Final = frozenset({"image/gif", "image/jpeg", "image/png"})
_KIND: Final = (
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "1.2.250.1.213.1.1.3.48",
    "1.2.250.1.213.1.1.3.48.18",
)


def complete_copy(item: Attachment) -> Attachment:
    kind = Concept(code=PDF_COPY, system=LOINC, label="Copie du document")
    return replace(item, section_code=PDF_COPY, kind=kind, title="Copie du document", at=None)


def complete_attached(item: Attachment) -> Attachment:
    kind = item.kind or Concept(text=item.title or "Document joint")
    return replace(item, kind=kind, title=kind.label or kind.text)


def write_attached(draft: Draft, section: OpenSection, items: Sequence[Attachment]) -> None:
    table = section.table("Document", "Date", "Fichier")
    for number, item in enumerate(items, start=1):
        row = table.row()
        kind = item.kind or Concept()
        named = row.say("Document", kind.words or kind.code)
        row.say("Date", item.at)
        media_id = f"s{section.number}-f{number}"
        row.show("Fichier", media_id)
        organizer = section.entry("organizer", class_code="CLUSTER", mood="EVN")
        add_templates(organizer, "1.2.250.1.213.1.1.3.18")
        add(organizer, "id", root=draft.next_id())
        add_code(organizer, "code", ATTACHED, system=LOINC, label="Document attaché")
        add(organizer, "statusCode", code="completed")
        observation = add(add(organizer, "component"), "observation", classCode="OBS", moodCode="EVN")
        add_templates(observation, *_KIND)
        add(observation, "id", root=draft.next_id())
        add_code(observation, "code", "69764-9", system=LOINC, label="Type de document")
        add_reference(observation, "text", named)
        add(observation, "statusCode", code="completed")
        add_moment(observation, "effectiveTime", item.at)
        add_concept(observation, "value", kind, kind="CD", reference=None if kind.code and not kind.text else named)
        add_media(add(organizer, "component"), item, media_id=media_id)


def add_media(parent: Element, item: Attachment, *, media_id: str, templates: tuple[str, ...] = ()) -> None:
    if not item.data:
        raise Refused("E-ECR-07", "Une pièce jointe du document est vide.")
    media = add(parent, "observationMedia", classCode="OBS", moodCode="EVN", ID=media_id)
    add_templates(media, *templates)
    add_file(media, "value", item)


def complete_barcode(item: Attachment) -> Attachment:
    return replace(item, title="Code 2D de la prescription", kind=None, at=None)


def write_barcode(draft: Draft, section: OpenSection, items: Sequence[Attachment]) -> None:
    """The two-dimensional code of a paper prescription, as a picture."""
    if len(items) != 1 or items[0].media_type not in _IMAGE_MEDIA:
        raise Refused("E-ECR-07", "Le code à barres d’une ordonnance est une image GIF, JPEG ou PNG, et une seule.")
    media_id = f"s{section.number}-f1"
    section.table("Code à barres").row().show("Code à barres", media_id)
    add_media(add(section.element, "entry"), items[0], media_id=media_id, templates=_IMAGE)


def _is_barcode(item: Attachment) -> bool:
    return item.section_code == BARCODE


def write_copy(draft: Draft, section: OpenSection, items: Sequence[Attachment]) -> None:
    """What the author validated, as a person sees it: one PDF, and one only."""
    if len(items) != 1 or items[0].media_type != "application/pdf" or not items[0].data.startswith(b"%PDF-"):
        raise Refused("E-ECR-07", "Le document contient sa copie PDF, et une seule.")
    write_attached(draft, section, items)


COPY: Final = Block(list="attachments", write=write_copy, complete=complete_copy, noun="copie PDF")
CODE_2D: Final = Block(
    list="attachments", write=write_barcode, complete=complete_barcode, noun="code à barres", takes=_is_barcode
)
FILES: Final = Block(list="attachments", write=write_attached, complete=complete_attached, noun="document joint")
