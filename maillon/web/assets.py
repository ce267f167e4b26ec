"""What the browser downloads once: style, scripts, pictures. Read and compressed at start, addressed by its content."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from maillon.kernel import config

PREFIX: Final = "/statique/"
OWN: Final = config.ROOT / "maillon" / "web" / "static"
VENDOR: Final = config.ROOT / "static" / "vendor"  # put there by bin/assemble_front

# name -> its parts, one after the other
BUNDLES: Final = {
    "bootstrap.css": (VENDOR / "bootstrap.min.css",),
    "maillon.css": tuple(
        OWN / name
        for name in (
            "tokens.css",
            "shell.css",
            "parts.css",
            "record.css",
            "circle.css",
            "tasks.css",
            "writing.css",
            "protocols.css",
            "questionnaires.css",
            "cooperation.css",
            "prescribing.css",
            "emergency.css",
            "rules.css",
            "evaluations.css",
            "journeys.css",
            "etp.css",
            "irritants.css",
            "fielddays.css",
            "territory.css",
            "entrance.css",
            "print.css",
        )
    ),  # fmt: skip
    "htmx.js": (VENDOR / "htmx.min.js",),
    "maillon.js": tuple(
        OWN / name
        for name in (
            "forms.js",
            "lists.js",
            "shortcuts.js",
            "live.js",
            "countdown.js",
            "passkeys.js",
            "writing.js",
            "prescribing.js",
            "protocols.js",
            "questionnaires.js",
            "irritants.js",
            "fielddays.js",
            "diagnostic.js",
            "lock.js",
        )
    ),  # fmt: skip
    "door.css": (OWN / "door.css",),
    "door.js": (OWN / "door.js",),
    "icons.svg": (VENDOR / "icons.svg",),
    "maillon.svg": (OWN / "maillon.svg",),
}
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    address: str
    media_type: str
    data: bytes
    packed: bytes


@cache
def assets() -> dict[str, Asset]:
    """Missing vendor files leave pages readable and unstyled: bin/assemble_front was not run."""
    return {name: _asset(name, parts) for name, parts in BUNDLES.items()}


def address(name: str) -> str:
    return assets()[name].address


def _asset(name: str, parts: tuple[Path, ...]) -> Asset:
    data = b"\n".join(part.read_bytes() for part in parts if part.exists())
    digest = hashlib.sha256(data).hexdigest()[:12]
    return Asset(
        address=f"{PREFIX}{digest}/{name}",
        media_type=_MEDIA_TYPES[Path(name).suffix],
        data=data,
        packed=gzip.compress(data, 9, mtime=0),
    )
