"""The ground on which benches run: a database of its own with 146,000 patients and 1,000,000 documents by default.

Made by SQL alone (a minute or two) and kept: the next run finds it again when its size is the one asked for.
"""

from __future__ import annotations

import os
import time

import psycopg

from maillon.kernel import database

NAME = "maillon_bench"


def prepare(*, patients: int = 146_000, documents: int = 1_000_000) -> None:
    """Point this process at the bench database, filled. Must run before Django's settings are read."""
    database.ensure_started()
    dsn = database.embedded().dsn("postgres")
    with psycopg.connect(dsn, autocommit=True) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,)).fetchone() is None:
            server.execute(f"CREATE DATABASE {NAME}")
    socket = database.embedded().socket
    from maillon.kernel import config

    os.environ["DATABASE_URL"] = f"postgresql://maillon:{config.secret('postgresql')}@/{NAME}?host={socket}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    _fill(patients, documents)


def _fill(patients: int, documents: int) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as base:
        (found,) = base.execute("SELECT count(*) FROM record_timeline").fetchone() or (0,)
        (people,) = base.execute("SELECT count(*) FROM patients_patient").fetchone() or (0,)
        if found >= documents and people >= patients:
            return
        started = time.perf_counter()
        tables = (
            "record_observation, record_timeline, documents_content, documents_document, documents_blob, "
            "access_care_team_membership, access_wish, access_document_mark, access_break_glass"
        )
        base.execute(
            f"TRUNCATE {tables}, patients_patient, professionals_professional, professionals_structure CASCADE"
        )
        for statement in _STATEMENTS.split(";\n"):
            if statement.strip():
                for name, value in _values(patients, documents).items():
                    statement = statement.replace(name, value)
                base.execute(statement)
        print(f"terrain : {patients} patients, {documents} documents en {time.perf_counter() - started:.0f} s")


def _values(patients: int, documents: int) -> dict[str, str]:
    from maillon.access import matrix

    bits = " ".join(f"WHEN '{code}' THEN {matrix.bit_of(code)}" for code in TYPES)
    return {
        ":patients": str(patients),
        ":documents": str(documents),
        ":types": ",".join(f"'{code}'" for code in TYPES),
        ":bit": f"(CASE type_code {bits} END)",
    }


TYPES = ("11502-2", "18748-4", "11488-4", "57833-6", "34112-3", "60591-5", "11506-3")

_STATEMENTS = """
INSERT INTO professionals_structure (uuid, finess, name, type_code, address, postal_code, city, phone)
SELECT gen_random_uuid(), '99' || lpad(n::text, 7, '0'), 'Structure ' || n, 'SA52', '', '', '', ''
  FROM generate_series(1, 300) n;

INSERT INTO professionals_professional (uuid, national_id, family_name, given_name, title, profession_code,
skill_codes, is_active)
SELECT gen_random_uuid(), '899' || lpad(n::text, 9, '0'), 'NOM' || n, 'Prénom' || n, 'DR', 'G15_10', '{}', true
  FROM generate_series(1, 3000) n;

INSERT INTO professionals_attachment (professional_id, structure_id, start, function)
SELECT p.id, s.id, '2020-01-01', ''
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM professionals_professional) p
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM professionals_structure) s ON s.n = p.n % 300 + 1;

INSERT INTO patients_patient (uuid, birth_family_name, birth_given_names, first_birth_given_name, used_family_name,
       used_given_name, birth_date, sex, birth_place_code, ins, ins_oid, identity_status, is_homonym, is_doubtful,
       is_fictitious,
       phone, email, address, postal_code, city, norm_family, norm_used, norm_given)
SELECT gen_random_uuid(), family, given, given, '', '', born, sex, '51215', ins || lpad((97 - ins::bigint %
97)::text, 2, '0'),
       '1.2.250.1.213.1.4.10', 'QUAL', false, false, false, '', '', '', '', '', family, '', given
  FROM (SELECT n, upper('NOM' || translate(substr(md5(n::text), 1, 6), '0123456789', 'ghijklmnop')) AS family, upper('PRENOM' || translate(substr(md5('p' || n), 1, 3), '0123456789', 'ghijklmnop')) AS given,
               born, sex, (CASE sex WHEN 'M' THEN '1' ELSE '2' END) || to_char(born, 'YYMM') || lpad((1 + n %
               95)::text, 2, '0')
               || lpad((n / 1000)::text, 3, '0') || lpad((n % 1000)::text, 3, '0') AS ins
          FROM (SELECT n, date '1925-01-01' + (n * 7919 % 36000) AS born, CASE WHEN n % 2 = 0 THEN 'F' ELSE 'M' END
          AS sex
                  FROM generate_series(1, :patients) n) a) b;

INSERT INTO access_care_team_membership (patient_id, structure_id, basis, start, evidence, recorded_by)
SELECT p.id, s.id, 'equipe_structure', '2020-01-01', '', 'banc'
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM patients_patient) p
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM professionals_structure) s ON s.n = p.n % 300 + 1;

INSERT INTO access_care_team_membership (patient_id, professional_id, basis, start, evidence, recorded_by)
SELECT p.id, d.id, 'medecin_traitant', '2020-01-01', '', 'banc'
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM patients_patient) p
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM professionals_professional) d ON d.n = p.n % 3000 + 1;

CREATE TEMPORARY TABLE drawn AS
SELECT n, (1 + floor(power(random(), 2) * :patients))::bigint AS patient, now() - random() * interval '1500 days' AS at,
       (ARRAY[:types])[1 + n % 7] AS type,
       (ARRAY['10','31','10','42','10','11','10'])[1 + n % 7] AS class
  FROM generate_series(1, :documents) n;

INSERT INTO documents_document (uuid, patient_id, sha256, size, media_type, unique_id, type_code, class_code, title,
written_at,
       act_at, author, author_professional_id, author_profession_code, organization, confidentiality, level, anomalies)
SELECT gen_random_uuid(), f.first + d.patient - 1, decode(md5(d.n::text), 'hex'), 30000, 'text/xml',
'1.2.250.1.999.9^' || d.n,
       d.type, d.class, 'Compte rendu ' || d.n, d.at, d.at, 'Dr Auteur ' || d.n % 500, CASE WHEN d.n % 3 = 0 THEN a.first + d.n % 500 END, 'G15_10', 'Structure ' || d.n
       % 300, CASE d.n % 50 WHEN 0 THEN 'R' WHEN 1 THEN 'V' ELSE 'N' END, 3, '[]'
  FROM drawn d, (SELECT min(id) AS first FROM patients_patient) f,
       (SELECT min(id) AS first FROM professionals_professional) a ORDER BY d.at;

UPDATE documents_document SET type_bit = :bit;

INSERT INTO access_wish (patient_id, kind, professional_id, since, channel, recorded_by)
SELECT f.first + n, CASE n % 3 WHEN 0 THEN 'information' WHEN 1 THEN 'opposition_personne' ELSE 'consentement' END,
       CASE WHEN n % 3 > 0 THEN a.first + (n + 7) % 3000 END, now() - interval '90 days', 'oral', 'banc'
  FROM generate_series(0, :patients - 1) n, (SELECT min(id) AS first FROM patients_patient) f,
       (SELECT min(id) AS first FROM professionals_professional) a;

INSERT INTO access_document_mark (patient_id, document_id, kind, since, set_by)
SELECT patient_id, id, CASE id % 2 WHEN 0 THEN 'masque_ps' ELSE 'invisible_patient' END, now() - interval '9 days',
       'banc'
  FROM documents_document WHERE id % 40 = 0;

INSERT INTO record_timeline (patient_id, document_id, document_uuid, at, received_at, kind, type_code, title, author,
       author_professional_id, author_profession_code, organization, confidentiality, type_bit, abnormal_count, level)
SELECT patient_id, id, uuid, act_at, act_at, class_code, type_code, title, author, author_professional_id,
       author_profession_code, organization, confidentiality, type_bit, id % 4, 3
  FROM documents_document;

INSERT INTO documents_blob (sha256, size, encoding, data) SELECT sha256, size, 'raw', ''::bytea FROM documents_document;

INSERT INTO documents_content (document_id, body, search) SELECT id, title, ''::tsvector FROM documents_document;

INSERT INTO record_observation (patient_id, document_id, at, code, system, label, value, unit, low, high)
SELECT d.patient_id, d.id, d.act_at, c.code, '2.16.840.1.113883.6.1', c.label, 5 + random() * 10, 'g/L', 4, 12
  FROM documents_document d, (VALUES ('718-7', 'Hémoglobine'), ('4548-4', 'HbA1c'), ('2160-0', 'Créatinine')) c(code,
  label)
 WHERE d.type_code = '11502-2';

DROP TABLE drawn;

VACUUM ANALYZE
"""
