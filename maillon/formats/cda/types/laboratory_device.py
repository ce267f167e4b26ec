"""The examination to which the results of a chapter belong, and the device of a rapid test."""

from __future__ import annotations

from collections.abc import Sequence

from maillon.formats.cda.blocks.values import add_reference
from maillon.formats.cda.write_xml import Element, add, add_id
from maillon.formats.coded import Concept
from maillon.formats.document import Result
from maillon.formats.refusal import Refused
from maillon.formats.wording import NARROW_SPACE


def examination_of(results: Sequence[Result]) -> Concept | None:
    """The examination that all the results of a chapter belong to, where it is not the chapter itself."""
    found = {result.examination for result in results}
    return found.pop() if len(found) == 1 else None


def write_device(text: Element, act: Element, results: Sequence[Result]) -> None:
    """What a rapid test was done with, told under the table of the results."""
    used = {(result.device_id, result.device) for result in results} - {(None, None)}
    if len(used) > 1:
        raise Refused("E-ECR-07", "Les résultats d’un chapitre viennent de plusieurs dispositifs de test.")
    for udi, words in used:
        role = add(add(act, "participant", typeCode="DEV"), "participantRole", classCode="MANU")
        if udi is not None:
            add_id(role, udi)
        line = add(text, "paragraph")
        line.text = f"Dispositif utilisé{NARROW_SPACE}: "
        if udi is not None:
            add(line, "content", udi.partition("^")[2])
        if words:
            name = f"dispositif-{results[0].section_code}"
            add(line, "br")
            add(line, "content", words, ID=name)
            playing = add(role, "playingDevice", classCode="DEV", determinerCode="INSTANCE")
            add_reference(add(playing, "code"), "originalText", f"#{name}")
