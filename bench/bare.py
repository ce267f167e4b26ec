"""What a page asks of the database, asked without us: its statements captured, then repeated by pgbench."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def captured(action: Callable[[], Any]) -> str:
    """The statements of one reading, values written in."""
    from django.db import connection
    from psycopg import ClientCursor

    from maillon.kernel import sql

    seen: list[str] = []
    original = sql.rows

    def rows(statement: str, parameters: Any = ()) -> Any:
        seen.append(ClientCursor(connection.connection).mogrify(statement, parameters or None))
        return original(statement, parameters)

    def through_django(execute: Any, text: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(ClientCursor(connection.connection).mogrify(text, params))
        return execute(text, params, many, context)

    sql.rows = rows
    try:
        with connection.execute_wrapper(through_django):
            action()
    finally:
        sql.rows = original
    return " ".join(re.sub(r"\s+", " ", text).rstrip("; ") + ";" for text in ["BEGIN", *seen, "COMMIT"])


def pgbench(statements: str, *, seconds: int) -> float:
    """Seconds for all of them, one client, prepared, asked again for `seconds`."""
    from django.conf import settings

    from maillon.kernel import database

    base = settings.DATABASES["default"]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "read.sql"
        script.write_text(statements.replace("; ", ";\n") + "\n", encoding="utf-8")
        done = subprocess.run(
            [str(database.embedded().bin / "pgbench"), "-n", "-M", "prepared", "-c", "1", "-T", str(seconds), "-f", str(script),
             "-h", base["HOST"], "-U", base["USER"], base["NAME"]],
            env=os.environ | {"PGPASSWORD": base["PASSWORD"]}, capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"latency average = ([\d.]+) ms", done.stdout)
    assert found, done.stdout
    return float(found[1]) / 1e3
