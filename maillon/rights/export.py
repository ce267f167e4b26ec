"""The copy of one record: what its reader may see, for people and for programs, and nothing else."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any, Final

from maillon.formats.copy_write import write_copy
from maillon.kernel.key import Access
from maillon.rights import machine, paths
from maillon.rights.gathering import FiledDocument, PatientFile, gather
from maillon.rights.originals import place
from maillon.rights.readable import readable

_FIRST_ZIP_DAY: Final = (1980, 1, 1, 0, 0, 0)
_NOTICE: Final = """Copie du dossier

Copie-du-dossier.pdf   à lire : identité, documents, énoncés, résultats, plans de soins, questionnaires,
                       messages, équipe de soins, consentements, accès
IHE_XDM/, DOCUMENTS/   les documents d’origine, octet pour octet (INDEX.HTM les présente quand il est là)
FHIR/                  les mêmes données pour un logiciel (FHIR R4) et le journal des accès (AuditEvent)
TABLEAUX/              les mêmes données pour un tableur (CSV, point-virgule, UTF-8)
manifest.json          le nombre de chaque chose et l’empreinte SHA-256 de chaque fichier

Ce fichier contient des données de santé : gardez-le comme vous garderiez le dossier lui-même.
"""


def export_file(access: Access) -> bytes:
    """A ZIP. The key is the journal row: open the record with the action « export »."""
    file = gather(access)
    placed, members = place(file)
    members |= {
        paths.READABLE: write_copy(readable(file, placed), made_at=file.made_at),
        paths.NOTICE: _NOTICE.replace(" :", "\u202f:").encode(),
        paths.BUNDLE: machine.as_bundle(file, placed),
        paths.DOCUMENTS: machine.documents_table(file, placed),
        paths.RESULTS: machine.results_table(file),
    }
    if access.scope == "whole":
        members |= {
            paths.OPENINGS: machine.openings_table(file),
            paths.EVENTS: b"".join(file.events),
            paths.WISHES: machine.wishes_table(file),
        }
    members[paths.MANIFEST] = _manifest(file, placed, members)
    return packed(members)


def packed(members: dict[str, bytes]) -> bytes:
    """The same members give the same bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(members.items()):
            entry = zipfile.ZipInfo(name, date_time=_FIRST_ZIP_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data)
    return written.getvalue()


def _manifest(file: PatientFile, placed: paths.Paths, members: dict[str, bytes]) -> bytes:
    """Names follow the manifest of the national portability guide (exportType, exportStatus, extractTime)."""
    said = {
        "exportType": "UNITAIRE",
        "exportStatus": "COMPLETE" if file.access.scope == "whole" and not file.lost else "PARTIAL",
        "extractTime": file.made_at.isoformat(timespec="seconds"),
        "patient": str(file.access.patient_uuid),
        "lecteur": file.access.actor.label,
        "raison": file.access.reason,
        "nombres": file.counts,
        "documents": [_document(each, placed) for each in file.documents],
        "documentsPerdus": [str(line.document_uuid) for line in file.lost],
        "fichiers": [
            {"chemin": name, "octets": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(members.items())
        ],
    }
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()


def _document(each: FiledDocument, placed: paths.Paths) -> dict[str, Any]:
    view = each.view
    return {
        "uuid": str(view.uuid),
        "uniqueId": view.unique_id,
        "chemin": placed[view.uuid],
        "sha256": view.sha256,
        "etat": view.status,
    }
