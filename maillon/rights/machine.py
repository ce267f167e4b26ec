"""The part that a program reads: the record as a FHIR R4 Bundle, and as tables."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from typing import Final
from uuid import UUID

from maillon.formats.document import Statement
from maillon.formats.fhir import bundle
from maillon.formats.fhir.datatypes import Resource, identity_of
from maillon.formats.fhir.document_reference import DescribedDocument, document_reference
from maillon.formats.fhir.observation import observation
from maillon.formats.fhir.patient import patient
from maillon.formats.fhir.statement import statement
from maillon.formats.tabular import as_csv
from maillon.patients import api as patients
from maillon.record import api as record
from maillon.rights.gathering import FiledDocument, PatientFile
from maillon.rights.paths import Paths
from maillon.rights.readable import as_result
from maillon.terminology import api as terminology

_OWN: Final = frozenset(field.name for field in dataclasses.fields(Statement)) - {"details", "translations"}


def as_bundle(file: PatientFile, paths: Paths) -> bytes:
    known = identity_of("bundle", file.access.patient_uuid, file.made_at.isoformat())
    made_at = file.made_at.isoformat(timespec="seconds")
    return bundle.as_json(bundle.collection(_resources(file, paths), bundle_id=known, at=made_at))


def _resources(file: PatientFile, paths: Paths) -> Iterator[Resource]:
    whom = str(file.access.patient_uuid)
    is_qualified = file.identity.line.identity_status == patients.IdentityStatus.QUALIFIED
    yield patient(file.traits, resource_id=whom, with_ins=is_qualified)
    for each in file.documents:
        yield document_reference(_described(each, whom, paths[each.view.uuid]))
    carried = {each.view.uuid for each in file.documents}
    for rank, line in enumerate(file.statements):
        yield statement(
            line.kind,
            _as_statement(line),
            resource_id=identity_of("statement", whom, rank, line.kind, line.system, line.code, line.label),
            patient_id=whom,
            source_id=_source(line.document_uuid, carried),
            at=line.at.isoformat(),
        )
    for series in file.series:
        for rank, point in enumerate(series.points):
            yield observation(
                as_result(series, point),
                resource_id=identity_of(
                    "observation", whom, series.system, series.code, series.label, series.unit, rank
                ),
                patient_id=whom,
                source_id=_source(point.document_uuid, carried),
            )
    for part in file.parts:
        yield from part.resources


def _source(document: UUID | None, carried: set[UUID]) -> str | None:
    return str(document) if document in carried else None


def _as_statement(line: record.StatementLine) -> Statement:
    details = {name: value for name, value in line.details.items() if name in _OWN}
    own = {name: getattr(line, name) or None for name in ("code", "system", "label", "status", "start", "end")}
    reactions = tuple(details.pop("reactions", ()))
    return Statement(**details | own, reactions=reactions, negated=line.negated, absent=line.absent)


def _described(each: FiledDocument, patient_id: str, path: str) -> DescribedDocument:
    view = each.view
    return DescribedDocument(
        resource_id=str(view.uuid),
        patient_id=patient_id,
        unique_id=view.unique_id,
        status=view.status,  # type: ignore[arg-type]
        title=view.title,
        type_code=view.type_code,
        type_system=view.document.type_system if view.document else None,
        type_label=terminology.document_type_label(view.type_code) or view.title,
        class_code=view.class_code,
        class_label=terminology.class_label(view.class_code) or view.class_code,
        confidentiality=view.confidentiality,
        author=view.author,
        organization=view.organization,
        act_at=view.act_at.isoformat(timespec="seconds"),
        written_at=view.written_at.isoformat(timespec="seconds"),
        media_type=view.media_type,
        path=path,
        size=view.size,
        sha1=hashlib.sha1(each.data, usedforsecurity=False).digest(),
    )


def documents_table(file: PatientFile, paths: Paths) -> bytes:
    headers = ("fichier", "date", "titre", "type", "auteur", "organisation", "état", "sha256")
    return as_csv(headers, (_document_row(each, paths[each.view.uuid]) for each in file.documents))


def _document_row(each: FiledDocument, path: str) -> tuple[object, ...]:
    view = each.view
    return (path, view.act_at.isoformat(), view.title, view.type_code, view.author, view.organization, view.status,
            view.sha256)  # fmt: skip


def results_table(file: PatientFile) -> bytes:
    headers = ("date", "examen", "code", "système", "valeur", "unité", "texte", "bas", "haut", "interprétation")
    return as_csv(
        headers,
        (
            (
                point.at.isoformat(), series.label, series.code, series.system, point.value, series.unit,
                point.value_text, point.low, point.high, point.interpretation,
            )
            for series in file.series
            for point in series.points
        ),
    )  # fmt: skip


def openings_table(file: PatientFile) -> bytes:
    headers = ("instant", "qui", "profession", "structure", "geste", "motif", "à quel titre")
    return as_csv(
        headers,
        (
            (each.at.isoformat(), each.actor, each.profession, each.structure, each.action, each.why, each.ground)
            for each in file.openings
        ),
    )


def wishes_table(file: PatientFile) -> bytes:
    headers = ("nature", "à propos de", "depuis", "jusqu’à", "moyen", "texte", "preuve", "noté par", "retiré le", "par")
    return as_csv(
        headers,
        (
            (
                each.kind_label, each.about, each.since.isoformat(), each.until.isoformat() if each.until else "",
                each.channel, each.text_version, each.proof, each.recorded_by,
                each.withdrawn_at.isoformat() if each.withdrawn_at else "", each.withdrawn_by,
            )
            for each in file.wishes
        ),
    )  # fmt: skip
