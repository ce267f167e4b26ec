"""FR-Directive-anticipee: a wish answered by yes or no, or the document itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from maillon.formats.cda.blocks.attached import add_media
from maillon.formats.cda.blocks.block import Block
from maillon.formats.cda.blocks.draft import Draft, OpenSection
from maillon.formats.cda.blocks.observation import COLUMNS, DIRECTIVE, complete_result, write_observation
from maillon.formats.cda.write_xml import add
from maillon.formats.document import Attachment, Result
from maillon.formats.refusal import Refused

DIRECTIVES_CODE: Final = "42348-3"


def write_directives(draft: Draft, section: OpenSection, items: Sequence[Result]) -> None:
    table = section.table(*COLUMNS, "Document")
    files = [one for one in draft.document.attachments if one.section_code == section.code]
    for item in items:
        row = table.row()
        observation = section.entry("observation", class_code="OBS", mood="EVN", negated=item.negated)
        held = files if is_document(item) else []
        ids = [f"s{section.number}-d{number}" for number, _ in enumerate(held, start=1)]
        for one in ids:
            row.show("Document", one)
        write_observation(observation, item, sheet=DIRECTIVE, row=row, draft=draft)
        comment = observation[-1] if item.comment else None
        for file, media_id in zip(held, ids, strict=True):
            link = add(observation, "entryRelationship", typeCode="COMP")
            add_media(link, file, media_id=media_id)
        if comment is not None:
            observation.append(comment)
        files = [] if held else files


def is_document(item: Result) -> bool:
    return item.code == DIRECTIVES_CODE and item.value_text is None


def _complete_file(item: Attachment) -> Attachment:
    return replace(item, kind=None, at=None, title="Directives anticipées")


def _written_by_its_directive(draft: Draft, section: OpenSection, items: Sequence[Any]) -> None:
    if not any(is_document(one) for one in draft.document.results):
        raise Refused("E-ECR-11", "Un document de directives anticipées n’a pas sa directive.")


DIRECTIVES: Final = Block(list="results", write=write_directives, complete=complete_result, noun="directive anticipée")
DIRECTIVE_FILES: Final = Block(
    list="attachments", write=_written_by_its_directive, complete=_complete_file, noun="document joint"
)  # fmt: skip
