"""Bytes of a CDA R2 to the neutral document; or, for filing, only what filing needs.

Nothing but Refused comes out of here: the tree is accepted by `untrusted`, and whatever it holds beyond that is read
as far as it can be, then counted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from maillon.formats.cda import conformance
from maillon.formats.cda.attachments import Files, media_ids, read_attachments
from maillon.formats.cda.body import Body, SectionPart, read_body
from maillon.formats.cda.clinical import Clinical
from maillon.formats.cda.entries import read_entries
from maillon.formats.cda.header import Header, read_header, read_participants
from maillon.formats.cda.hl7 import CLINICAL_DOCUMENT, COMPONENT, NS, Element, child_of, parts_of
from maillon.formats.cda.narrative import to_html
from maillon.formats.cda.people import whose
from maillon.formats.document import (
    Anomaly,
    Attachment,
    ClinicalDocument,
    Conformance,
    Participant,
    Result,
    Section,
    Statement,
)
from maillon.formats.refusal import Refused
from maillon.formats.untrusted import parse_untrusted

NOT_A_CDA: Final = "E-CDA-01"
_SEVERAL: Final = "Le fichier contient plusieurs documents\u202f: seul le premier est lu."


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingDigest:
    """All that filing needs of a document; no attachment is decoded, no HTML is made."""

    header: Header
    level: int
    results: tuple[Result, ...]
    problems: tuple[Statement, ...]
    allergies: tuple[Statement, ...]
    medications: tuple[Statement, ...]
    vaccinations: tuple[Statement, ...]
    procedures: tuple[Statement, ...]
    devices: tuple[Statement, ...]
    plan: tuple[Statement, ...]
    plain_text: str
    attachment_count: int
    anomalies: tuple[Anomaly, ...]  # of the header only


class CdaReading:
    """A parsed CDA whose parts are read when they are asked for, once."""

    def __init__(self, data: bytes, root: Element, *, known_types: frozenset[str] | None = None) -> None:
        self.data = data
        self._known_types = known_types
        self._oddities: list[Anomaly] = []
        self.root = self._clinical_document(root)
        self._parts = parts_of(self.root)

    def _clinical_document(self, root: Element) -> Element:
        if root.tag == CLINICAL_DOCUMENT:
            return root
        found = [*root.iter(CLINICAL_DOCUMENT)]  # self-presenting: a stylesheet wrapped around the document
        if not found and _named_in_the_void(root):
            self._oddities.append(Anomaly(code="C-45", message="Le document n’est pas dans l’espace de noms HL7 V3."))
            found = [*root.iter(CLINICAL_DOCUMENT)]
        if not found:
            raise Refused(NOT_A_CDA, "Ce fichier n’est pas un document CDA.")
        if len(found) > 1:
            self._oddities.append(Anomaly(code="C-46", message=_SEVERAL))
        return found[0]

    @cached_property
    def header(self) -> Header:
        return read_header(self._parts)

    @cached_property
    def participants(self) -> tuple[Participant, ...]:
        return read_participants(self._parts)

    @cached_property
    def body(self) -> Body:
        return read_body(self._parts.get(COMPONENT, []))

    @cached_property
    def clinical(self) -> Clinical:
        return read_entries(self.body)

    @cached_property
    def level(self) -> int:
        return 1 if self.body.unstructured is not None else 3

    @property
    def results(self) -> tuple[Result, ...]:
        return tuple(self.clinical.results)

    @cached_property
    def plain_text(self) -> str:
        """Title, then each section: what the full-text search looks into."""
        lines = [self.header.title or ""]
        for part in self.body.sections:
            lines += [part.title or "", part.words]
        return "\n".join(line for line in lines if line)

    @cached_property
    def files(self) -> Files:
        return read_attachments(self.body, self.clinical, title=self.header.title)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return self.files.attachments

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        _ = self.clinical  # counts the entries that stay unread
        titled = {
            key: (position, self.attachments[position].title or "Pièce jointe")
            for key, position in self.files.positions.items()
        }
        return tuple(self._section(part, titled) for part in self.body.sections)

    def _section(self, part: SectionPart, attachments: dict[str, tuple[int, str]]) -> Section:
        return Section(
            code=part.code,
            system=part.system,
            title=part.title,
            text="\n".join(map(self.body.narrative.read, part.narratives)),
            level=part.level,
            html="".join(to_html(one, attachments=attachments) for one in part.narratives),
            author=whose(child_of(part.author, NS + "assignedAuthor")).full_name,
            unread_entries=part.unread,
            comment="\n".join(part.comments) or None,
            validators=tuple(part.validators),
        )

    @cached_property
    def header_anomalies(self) -> tuple[Anomaly, ...]:
        found = conformance.header_anomalies(self._parts, self.header, known_types=self._known_types)
        return (*self._oddities, *found)

    @cached_property
    def conformance(self) -> Conformance:
        _ = self.sections  # counts what was left out of the narratives
        tree = conformance.body_anomalies(self.root, self.body, self.clinical.results, media_ids=media_ids(self.root))
        anomalies = (*self.header_anomalies, *tree, *self.files.anomalies)
        return Conformance(ok=not anomalies, anomalies=anomalies)

    def for_filing(self) -> FilingDigest:
        clinical = self.clinical
        return FilingDigest(
            header=self.header,
            level=self.level,
            results=tuple(clinical.results),
            problems=tuple(clinical.problems),
            allergies=tuple(clinical.allergies),
            medications=tuple(clinical.medications),
            vaccinations=tuple(clinical.vaccinations),
            procedures=tuple(clinical.procedures),
            devices=tuple(clinical.devices),
            plan=tuple(clinical.plan),
            plain_text=self.plain_text,
            attachment_count=len(clinical.media) + (self.body.unstructured is not None),
            anomalies=self.header_anomalies,
        )

    def document(self) -> ClinicalDocument:
        header, clinical = self.header, self.clinical
        return ClinicalDocument(
            type_code=header.type_code,
            type_system=header.type_system,
            type_label=header.type_label,
            title=header.title,
            created_at=header.created_at,
            confidentiality=header.confidentiality,
            language=header.language,
            templates=header.templates,
            level=1 if self.level == 1 else 3,
            version=header.version,
            patient=header.patient,
            patients_named=header.patients_named,
            authors=header.authors,
            custodian=header.custodian,
            recipients=header.recipients,
            participants=self.participants,
            acts=header.acts,
            encounter=header.encounter,
            orders=header.orders,
            accession_numbers=header.accession_numbers,
            sections=self.sections,
            results=tuple(clinical.results),
            specimens=tuple(clinical.specimens),
            problems=tuple(clinical.problems),
            allergies=tuple(clinical.allergies),
            medications=tuple(clinical.medications),
            vaccinations=tuple(clinical.vaccinations),
            procedures=tuple(clinical.procedures),
            devices=tuple(clinical.devices),
            plan=tuple(clinical.plan),
            studies=tuple(clinical.studies),
            attachments=self.attachments,
            conformance=self.conformance,
            sha256=hashlib.sha256(self.data).hexdigest(),
            size=len(self.data),
        )


def _named_in_the_void(root: Element) -> bool:
    """A ClinicalDocument outside every namespace is moved into HL7's, with all that is nameless in it."""
    found = next(root.iter("ClinicalDocument"), None)
    if found is None:
        return False
    for element in found.iter():
        if isinstance(element.tag, str) and not element.tag.startswith("{"):
            element.tag = NS + element.tag
    return True


def open_cda(data: bytes, *, known_types: frozenset[str] | None = None) -> CdaReading:
    """Refused: bytes that are hostile (E-FMT-…) or no CDA (E-CDA-01). `known_types`: codes of JDV_J07."""
    return CdaReading(data, parse_untrusted(data), known_types=known_types)


def read_cda(data: bytes, *, known_types: frozenset[str] | None = None) -> ClinicalDocument:
    return open_cda(data, known_types=known_types).document()
