"""The GDPR pack as files: the register, the impact analysis, the breach form, from the content and from the tables."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from maillon.kernel import config
from maillon.rights.retention import durations
from maillon.rights.treatments import register, tables, tables_of

FILES: Final = ("registre.md", "aipd.md", "violation.md")


def produce() -> dict[str, str]:
    """File name → text. The same content and the same tables give the same text: no date of today in it."""
    return {name: _templates().get_template(name).render(_known()) for name in FILES}


def write_to(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in produce().items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


def _known() -> dict[str, Any]:
    said = register()
    return {
        "register": said,
        "durations": durations(),
        "tables_of": tables_of,
        "health": [line for line in tables() if "santé" in line.categories],
        "identity": [line for line in tables() if "identité" in line.categories],
        "level": lambda number: {1: "négligeable", 2: "limitée", 3: "importante", 4: "maximale"}[number],
    }


@functools.cache
def _templates() -> Environment:
    made = Environment(  # noqa: S701 (Markdown, of our own words)
        loader=FileSystemLoader(config.CONTENT / "rgpd"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["day"] = lambda day: f"{day:%d/%m/%Y}"
    return made
