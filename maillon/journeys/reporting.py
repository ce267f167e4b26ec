"""The report of a run as a file: JSON for a program, HTML and PDF for people."""

from __future__ import annotations

import orjson

from maillon.scenarios.api import report
from maillon.web import journeys as drawn


def as_bytes(told: report.Report, kind: str) -> bytes:
    """`kind`: « .json », « .html » or « .pdf »."""
    if kind == ".pdf":
        return drawn.as_pdf(told)
    if kind == ".html":
        return drawn.as_html(told)
    return orjson.dumps(told.as_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
