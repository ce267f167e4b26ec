"""Where things are, read once from the environment. Safe defaults; no secret stands in the repository."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTENT = ROOT / "content"


def data_dir() -> Path:
    """MAILLON_DONNEES, else /var/lib/maillon for root (whose home nobody else may enter), else
    ~/.local/share/maillon."""
    named = os.environ.get("MAILLON_DONNEES")
    if named:
        return Path(named).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/lib/maillon")
    return Path(os.environ.get("XDG_DATA_HOME", "~/.local/share")).expanduser() / "maillon"


def secret(name: str) -> str:
    """A secret kept in the data directory (0600), made at first use; MAILLON_SECRET_<NAME> prevails."""
    given = os.environ.get(f"MAILLON_SECRET_{name.upper()}")
    if given:
        return given
    path = data_dir() / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.chmod(0o700)
        _write_once(path, secrets.token_urlsafe(48))
    kept = path.read_text(encoding="utf-8").strip()
    if not kept:
        raise RuntimeError(f"le secret « {name} » est vide : restaurez {path} depuis une sauvegarde")
    return kept


def _write_once(path: Path, value: str) -> None:
    """Two processes may start together: the first to link the finished file wins, the other reads it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
