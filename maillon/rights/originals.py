"""The originals, byte for byte: an IHE XDM tree for the CDA documents whose metadata can be written, plain files for
the others."""

from __future__ import annotations

import dataclasses
import io
import uuid
import zipfile
from typing import Final

from maillon.formats.document import Author, LocalId
from maillon.formats.refusal import Refused
from maillon.formats.xdm_write import SUBSET, XdmItem, XdmSubmission, write_metadata, write_xdm
from maillon.formats.xdm_write_metadata import Code
from maillon.rights import paths
from maillon.rights.gathering import FiledDocument, PatientFile
from maillon.terminology import api as terminology

CLASSES: Final = "1.2.250.1.213.1.1.4.1"
HOUSE: Final = "2.25.41269135302471302264163841027043815"  # the root under which we number patients and exports


def place(file: PatientFile) -> tuple[paths.Paths, dict[str, bytes]]:
    """Where each document is, and the members of the archive that hold them."""
    placed: dict[uuid.UUID, str] = {}
    members: dict[str, bytes] = {}
    items: list[XdmItem] = []
    submission = _submission(file)
    for rank, document in enumerate(file.documents, start=1):
        item = _item(file, document)
        if item is not None and _fits(item, submission):
            items.append(item)
            placed[document.view.uuid] = f"{SUBSET}/DOC{len(items):04d}.XML"
        else:
            placed[document.view.uuid] = paths.beside(document, rank)
            members[placed[document.view.uuid]] = document.data
    if items:
        with zipfile.ZipFile(io.BytesIO(write_xdm(items, submission=submission))) as archive:
            members |= {name: archive.read(name) for name in archive.namelist()}
    return placed, members


def _item(file: PatientFile, document: FiledDocument) -> XdmItem | None:
    """The metadata speak of the patient of the record, as the record knows them."""
    view = document.view
    if view.document is None:
        return None
    ours = LocalId(root=HOUSE, extension=str(file.access.patient_uuid))
    traits = dataclasses.replace(file.traits, local_ids=(*file.traits.local_ids, ours))
    class_code = terminology.class_of_type(view.type_code) or view.class_code
    label = terminology.class_label(class_code) or view.title
    return XdmItem(
        document=dataclasses.replace(view.document, patient=traits),
        cda=document.data,
        class_code=Code(class_code, CLASSES, label),
    )


def _fits(item: XdmItem, submission: XdmSubmission) -> bool:
    """A document that declares less than the metadata ask travels as a plain file rather than with invented ones."""
    document = item.document
    if not (item.class_code.code and document.acts and document.version.id and document.created_at):
        return False
    try:
        write_metadata([item], submission=submission)
    except (Refused, KeyError, ValueError):
        return False
    return True


def _submission(file: PatientFile) -> XdmSubmission:
    known = "|".join((str(file.access.patient_uuid), file.made_at.isoformat()))
    return XdmSubmission(
        unique_id=f"2.25.{uuid.uuid5(file.access.patient_uuid, known).int}",
        source_id=HOUSE,
        submitted_at=file.made_at.isoformat(timespec="seconds"),
        title="Copie du dossier",
        author=Author(organization_name=file.access.actor.structure_name or "Maillon"),
    )
