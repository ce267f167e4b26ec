"""What the law costs: the list of a record with every rule beside the same list without, one access context, and the
list of everybody's documents.

The ground has a million documents; records are drawn at random among those with at least 50 documents, opened by a
nurse, whom the matrix and the confidentiality restrain. pgbench runs the very statements that the product sends, in
alternating rounds; « SELECT 1 » is what the road itself costs.

`python -m bench access`
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bench import ground

ROUNDS = 7
SECONDS = 2
RECORDS = 40


def main() -> None:
    ground.prepare()
    scripts = _scripts()
    taken: dict[str, list[float]] = {name: [] for name in scripts}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in scripts.items():
            (Path(folder) / f"{name}.sql").write_text(text, encoding="utf-8")
        for _ in range(ROUNDS):
            for name in scripts:
                taken[name].append(_pgbench(Path(folder) / f"{name}.sql"))
    cost = {name: statistics.median(times) for name, times in taken.items()}
    road = cost["rien"]
    for name, seconds in cost.items():
        print(f"  {name:22} {seconds * 1e6:8.1f} µs, dont base {max(seconds - road, 0) * 1e6:8.1f} µs")
    print(f"  liste avec toutes les règles : {cost['avec'] / cost['sans']:.2f} fois la liste sans règle (visé 1,3)")
    net = (cost["avec"] - road) / (cost["sans"] - road)
    print(f"  la même, le trajet ôté : {net:.2f} fois")
    print(f"  un contexte d’accès : {(cost['contexte'] - road) * 1e6:.0f} µs de base (visé 50)")
    print(f"  le mur de plus : {(cost['contexte_et_mur'] - cost['contexte']) * 1e6:.0f} µs")


def _scripts() -> dict[str, str]:
    """« rien » is the road: a statement that asks nothing, through the same client."""
    nurse, records = _reader()
    statements = {"rien": ("SELECT %(patient)s", {})} | _statements(nurse, records[0])
    return {name: _as_pgbench(text, values, records) for name, (text, values) in statements.items()}


def _reader() -> tuple[Any, list[int]]:
    """A nurse of the structure with the most records of at least 50 documents, and those records."""
    from maillon.kernel import sql
    from maillon.kernel.key import Actor, ProfessionalId, StructureId

    (structure,) = sql.rows(
        """SELECT m.structure_id FROM access_care_team_membership m
            WHERE m.structure_id IS NOT NULL
              AND (SELECT count(*) FROM record_timeline e WHERE e.patient_id = m.patient_id) >= 50
            GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"""
    )[0]
    records = [
        row[0]
        for row in sql.rows(
            """SELECT m.patient_id FROM access_care_team_membership m WHERE m.structure_id = %s
                AND (SELECT count(*) FROM record_timeline e WHERE e.patient_id = m.patient_id) >= 50
              ORDER BY md5(m.patient_id::text) LIMIT %s""",
            (structure, RECORDS),
        )
    ]
    nurse = Actor(
        kind="professional", label="banc", assurance=2, professional_id=ProfessionalId(1), profession_code="G15_60",
        structure_id=StructureId(structure), structure_ids=(StructureId(structure),),
    )  # fmt: skip
    return nurse, records


def _statements(nurse: Any, record: int) -> dict[str, tuple[str, dict[str, Any]]]:
    from maillon.access import api as access_room
    from maillon.access import keys, rule
    from maillon.record import reading

    access = access_room.open_record(nurse, record, purpose=access_room.rule.usual_purpose(nurse))
    visible, asked = access_room.rule.within(access, "r")
    page: dict[str, Any] = dict.fromkeys(("kinds", "professions", "received_after", "before_at", "before_id"))
    page |= {"patient": record, "with_replaced": False, "limit": 50}
    context = keys.context_text("professional", "id")
    parameters = rule.parameters_of(nurse) | {"patient": record, "professional": nurse.professional_id}
    return {
        "sans": (reading._TIMELINE.replace(":visible", "true"), page),
        "avec": (reading._TIMELINE.replace(":visible", visible), page | asked),
        "contexte": (context, parameters | {"behind_the_wall": False}),
        "contexte_et_mur": (f"BEGIN;\n{context};\nCOMMIT", parameters | {"behind_the_wall": True}),
    }


def _as_pgbench(text: str, values: dict[str, Any], records: list[int]) -> str:
    """The record is a variable, drawn anew each time; the rest are constants."""
    from django.db import connection
    from psycopg import ClientCursor

    cursor = ClientCursor(connection.connection)
    marked = re.sub(r"%\((?:patient|law_patient)\)s", ":record::bigint", text)
    names = set(re.findall(r"%\((\w+)\)s", marked))
    statement = cursor.mogrify(marked, {name: values[name] for name in names})
    lines = [re.sub(r"\s+", " ", line).strip() for line in statement.split(";\n")]
    drawn = f"\\set place random(1, {len(records)})\n"
    cases = " ".join(f"when :place = {place} then {record}" for place, record in enumerate(records, 1))
    chosen = f"\\set record case {cases} end\n"
    return drawn + chosen + ";\n".join(line.rstrip(";") for line in lines if line) + ";\n"


def _pgbench(script: Path) -> float:
    from django.conf import settings

    from maillon.kernel import database

    base = settings.DATABASES["default"]
    done = subprocess.run(
        [str(database.embedded().bin / "pgbench"), "-n", "-M", "prepared", "-c", "1", "-T", str(SECONDS), "-f",
         str(script), "-h", base["HOST"], "-U", base["USER"], base["NAME"]],
        env=os.environ | {"PGPASSWORD": base["PASSWORD"], "PGOPTIONS": "-c plan_cache_mode=force_generic_plan"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"latency average = ([\d.]+) ms", done.stdout)
    assert found, done.stdout
    return float(found[1]) / 1e3


if __name__ == "__main__":
    main()
