"""`python -m simulators.dmp --dossier D`: the national record on the loopback, until SIGTERM.

D holds `reglages.json` ({"records": [{"ins", "oid", "state", "closed_because", "treating"}], "blocked": [[ins, id]],
"authorised": [[ins, id]]}) and `depots/*.xml` (CDA that others have fed); it receives `dmp.json` (address, authority,
certificate of the structure) and `dmp.sqlite3`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

from maillon.formats.cda.read import read_cda
from maillon.formats.refusal import Refused
from maillon.formats.xdm_metadata import Code
from maillon.formats.xds.describing import entry_of, submission_of
from maillon.formats.xds.vihf import Role, Vihf
from simulators import certificates, teleservice
from simulators.dmp import vocabulary
from simulators.dmp.fhir_face import FhirFace
from simulators.dmp.national import NationalRecord, Refusal, present
from simulators.dmp.soap_face import SoapFace
from simulators.dmp.store import Record, Store

NOTICE = b"<!DOCTYPE html><meta charset=utf-8><title>DMP</title><h1>Simulateur du DMP</h1>"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.dmp",
        description="Le DMP et Mon espace santé de démonstration, sur la boucle locale\u202f: SOAP XDS.b et FHIR PDSm.",
        epilog="Le dossier contient reglages.json et depots/*.xml, et reçoit dmp.json et dmp.sqlite3.",
    )
    parser.add_argument("--dossier", type=Path, required=True, help="dossier du simulateur")
    parser.add_argument("--port", type=int, default=0, help="port (0 : un port libre)")
    options = parser.parse_args(arguments)
    folder: Path = options.dossier
    files = certificates.ensure(folder / "certificats", now=present())
    record = NationalRecord(Store(folder / "dmp.sqlite3"))
    settle(record, folder)
    soap, fhir = (face(record, certificates.trusted(files)) for face in (SoapFace, FhirFace))

    def answering(method: str, target: str, headers: Mapping[str, str], body: bytes) -> teleservice.Answer:
        if target.startswith("/fhir"):
            return fhir.answer(method, target, headers, body, base=f"{address}/fhir")
        if method == "POST" and target.startswith("/soap"):
            return soap.answer(headers.get("Content-Type", ""), body)
        return 200, "text/html; charset=utf-8", NOTICE

    server = teleservice.serve(answering, certificates.server_context(files), port=options.port)
    address = f"https://127.0.0.1:{server.server_address[1]}"
    teleservice.run(
        server, announced=folder / "dmp.json", authority=str(files.authority), structure=str(files.structure)
    )
    record.store.close()
    return 0


def settle(record: NationalRecord, folder: Path) -> None:
    """The records that exist, whom their patients let in or keep out, and what others have fed. Idempotent."""
    path = folder / "reglages.json"
    said = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for each in said.get("records", []):
        record.store.open_record(Record(**each))
    for name, status in (("authorised", "VALIDE"), ("blocked", "INTERDIT"), ("expired", "EXPIRE")):
        for ins, national_id in said.get(name, []):
            record.store.authorise(ins, national_id, status)
    for deposit in sorted((folder / "depots").glob("*.xml")):
        _deposit(record, deposit.read_bytes())


def _deposit(record: NationalRecord, cda: bytes) -> None:
    """As its author's software would have fed it."""
    try:
        document = read_cda(cda)
        found = vocabulary.class_of(document.type_code or "") or ("10", "1.2.250.1.213.1.1.4.1", "Compte rendu")
        entry = entry_of(document, cda, class_code=Code(code=found[0], scheme=found[1], label=found[2]))
        author = entry.authors[0]
        number = uuid.UUID(bytes=hashlib.sha256(cda).digest()[:16], version=4)
        submission = submission_of(
            entry.patient_id, author, source_id="1.2.250.1.999.4", submitted_at=document.created_at or "",  # type: ignore[arg-type]
            title=document.title or "", number=number,
        )  # fmt: skip
        who = Vihf(
            national_id=author.id or "", name=author.family_name or "", structure_id=author.organization_id or "",
            roles=(Role(code="10", system="1.2.250.1.71.1.2.7", label="Médecin"),), sector="SA01", patient="",
        )  # fmt: skip
        record.feed(who, submission, entry, cda)
    except (Refused, Refusal, IndexError) as error:
        if getattr(error, "code", "") != "XDSDuplicateUniqueIdInRegistry":
            print(f"dépôt refusé : {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
