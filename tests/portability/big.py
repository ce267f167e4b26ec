"""What is too large for the default tests: an archive beyond 4 GiB, a hundred thousand documents in flat memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

from tests.portability import bases

MEMBER = 96 * 1024 * 1024
MEMBERS = 45  # 4.2 GiB


def larger_than_four_gibibytes(folder: Path) -> dict[str, Any]:
    """Written by our writer (without compressing: the archive is then as large as its content, and quickly made), read
    back entry by entry by our bounded reader. What is measured is the process's own memory, an entry of 96 MiB
    included: the pages of the file, which the reader maps, are the system's and given back at will."""
    script = (
        "import os, re, sys, hashlib\n"
        "from pathlib import Path\n"
        "from maillon.formats.portability import packing as module\n"
        "module._LEVEL = 0; packing = module.packing\n"
        "from maillon.formats.archive import open_archive_file\n"
        "path = Path(sys.argv[1]); seed = os.urandom(1 << 20)\n"
        "digests, same, peak = {}, 0, 0\n"
        "def own(): return int(re.search(r'RssAnon:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
        "with packing(path) as packed:\n"
        f"    for rank in range({MEMBERS}):\n"
        f"        data = (rank.to_bytes(4, 'big') + seed) * ({MEMBER} // (len(seed) + 4))\n"
        "        name = f'IHE_XDM/SUBSET{rank // 10 + 1:02d}/DOC{rank:05d}.BIN'\n"
        "        packed.put(name, data); digests[name] = hashlib.sha256(data).digest()\n"
        "        peak = max(peak, own())\n"
        "with open_archive_file(path) as archive:\n"
        "    for name, digest in digests.items():\n"
        "        data = archive[name]; peak = max(peak, own())\n"
        "        same += hashlib.sha256(data).digest() == digest\n"
        "print(path.stat().st_size, same, peak // 1024)\n"
    )
    path = folder / "grande.zip"
    began = time.monotonic()
    said = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True, env=_here()
    )
    size, same, peak = map(int, said.stdout.split())
    assert same == MEMBERS
    assert size > 1 << 32
    with zipfile.ZipFile(path) as archive:  # an independent reader agrees
        assert len(archive.namelist()) == MEMBERS
    path.unlink()
    return {"octets": size, "entrees relues": same, "Mio": peak, "secondes": round(time.monotonic() - began, 1)}


def many_documents(name: str, folder: Path, *, number: int) -> dict[str, Any]:
    """A base of that many small documents, for 500 patients; the commands leave and arrive within what memory?"""
    from maillon.kernel import sql
    from tests.portability import whole

    whole.blank(name)
    with bases.using(name):
        _fill(number)
        agreed = _decided()
    target = folder / "beaucoup"
    exported = whole.timed("exporter", "--tout", "--accord", agreed, "-o", str(target), base=name)
    verified = whole.timed("verifier-export", str(target), "--json", base=name)
    other = f"{name}_2"
    whole.blank(other)
    try:
        imported = whole.timed("importer", str(target), base=other)
        with bases.using(name):
            before = sql.rows(_DIGESTS)
        with bases.using(other):
            after = sql.rows(_DIGESTS)
        assert before == after
    finally:
        bases.drop(other)
    size = sum(each.stat().st_size for each in target.rglob("*") if each.is_file())
    return {
        "documents": before[0][0], "octets de l’export": size, "export": exported,
        "verification": {key: verified[key] for key in ("secondes", "Mio", "nombres")}, "reprise": imported,
    }  # fmt: skip


def _fill(number: int) -> None:
    """Straight into the tables: what is measured is the way out, not the filing."""
    from maillon.access.models import Account
    from maillon.kernel import sql
    from maillon.professionals.models import Attachment, Professional, Structure

    place = Structure.objects.create(name="Grande maison", type_code="SA52")
    for rank, (referent, administrator) in enumerate(((True, False), (False, True))):
        person = Professional.objects.create(
            national_id=f"89900000{rank:04d}", given_name="Anne", family_name=f"Essai {rank}", profession_code="G15_10"
        )
        Attachment.objects.create(professional=person, structure=place, start="2020-01-01")
        Account.objects.create(
            identifier=f"essai{rank}", professional=person, structure=place, is_referent=referent,
            is_administrator=administrator,
        )  # fmt: skip
    sql.rows(_PATIENTS, {"patients": 500})
    sql.rows(_MANY.format(what="documents_blob"), {"number": number})
    sql.rows(_DOCUMENTS, {"number": number, "patients": 500})
    sql.rows("INSERT INTO documents_content (document_id, body) SELECT id, title FROM documents_document")
    sql.rows(_TIMELINE)


def _decided() -> str:
    from tests.portability import whole

    return whole.agreed()


def _here() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.getcwd()}


_PATIENTS = """
INSERT INTO patients_patient (uuid, birth_family_name, birth_given_names, first_birth_given_name, used_family_name,
       used_given_name, birth_date, sex, birth_place_code, identity_status, is_homonym, is_doubtful, is_fictitious,
       phone, email, address, postal_code, city, norm_family, norm_used, norm_given)
SELECT gen_random_uuid(), 'FAMILLE' || n, 'JEANNE', 'JEANNE', '', '', DATE '1950-01-01' + n, 'F', '', 'PROV', false,
       false, false, '', '', '', '', '', 'FAMILLE' || n, '', 'JEANNE' FROM generate_series(1, %(patients)s::int) n
"""
_MANY = """
INSERT INTO {what} (sha256, size, encoding, data)
SELECT sha256(d.data), length(d.data), 'raw', d.data
  FROM (SELECT convert_to(repeat('document ' || n || ' ', 100), 'UTF8') AS data
          FROM generate_series(1, %(number)s::int) n) d ON CONFLICT DO NOTHING
"""
_DOCUMENTS = """
INSERT INTO documents_document (uuid, patient_id, sha256, size, media_type, unique_id, type_code, title, written_at,
       act_at, anomalies, type_bit)
SELECT gen_random_uuid(), (SELECT min(id) FROM patients_patient) + n %% %(patients)s::int, sha256(d.data),
       length(d.data), 'text/plain', '1.2.250.1.999.88.' || n, '11488-4', 'Document ' || n, now(),
       now() - n * interval '1 minute', '[]', 0
  FROM (SELECT n, convert_to(repeat('document ' || n || ' ', 100), 'UTF8') AS data
          FROM generate_series(1, %(number)s::int) n) d
"""
_TIMELINE = """
INSERT INTO record_timeline (patient_id, document_id, document_uuid, at, kind, type_code, title, author,
       author_profession_code, organization)
SELECT patient_id, id, uuid, act_at, '11', type_code, title, '', '', '' FROM documents_document
"""
_DIGESTS = """
SELECT count(*), md5(string_agg(unique_id || encode(sha256, 'hex') || status, ',' ORDER BY unique_id))
  FROM documents_document
"""
