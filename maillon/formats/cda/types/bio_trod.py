"""BIO-TROD 2024.01: a rapid diagnostic test done by a professional beside the patient (angina, cystitis, covid…)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from maillon.formats.cda.blocks.draft import Draft
from maillon.formats.cda.types.laboratory_body import write_chapters
from maillon.formats.cda.types.laboratory_complete import complete_laboratory
from maillon.formats.cda.types.sheet import StructuredType
from maillon.formats.cda.write_xml import Element
from maillon.formats.document import ClinicalDocument

TYPE_LABEL: Final = "Test rapide d'orientation diagnostique"
# Issuers of unique device identifiers: GS1, ICCBBA, HIBCC, IFA.
_ISSUERS: Final = frozenset({"2.51.1.1", "1.0.15961.10.816", "2.16.840.1.113883.6.18.1.34"})


def _write(root: Element, draft: Draft) -> None:
    write_chapters(root, draft)


def _demands(document: ClinicalDocument) -> Iterator[str]:
    if document.type_label != TYPE_LABEL or not (document.title or "").startswith(f"{TYPE_LABEL} : "):
        yield f"Le titre est «\u202f{TYPE_LABEL}\u202f: …\u202f», et dit ce que l’on dépiste."
    if any(act.practice_setting_code != "DEPISTAGE" or not act.performer_id for act in document.acts):
        yield "Le cadre d’exercice d’un test rapide est le dépistage, et son exécutant est nommé."
    if document.attachments:
        yield "Un test rapide ne contient que ses résultats, sans pièce jointe."
    for result in document.results:
        if not result.at:
            yield "La date et l’heure d’un test manquent."
        if result.value is None and result.value_code is None and not result.unit:
            yield "Le résultat d’un test rapide est codé ou mesuré."
        if result.previous or result.absent:
            yield "Un test rapide a un résultat, sans antériorité."
        if not (result.device or result.device_id):
            yield "Le dispositif du test manque\u202f: son UDI, ou fabricant, référence, lot et péremption."
        if result.device_id and result.device_id.partition("^")[0] not in _ISSUERS:
            yield "L’identifiant du dispositif n’a pas été attribué par un organisme reconnu."


BIO_TROD: Final = StructuredType(
    name="BIO-TROD 2024.01",
    format=("urn:ans:ci-sis:trod:2024", "Test rapide d'orientation diagnostique"),
    codes=("96173-0",),
    templates=("1.3.6.1.4.1.19376.1.5.3.1.1.1", "1.2.250.1.213.1.1.1.59^2024.01"),
    demands=_demands,
    body=_write,
    complete=complete_laboratory,
)
