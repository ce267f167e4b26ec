"""The base of a demonstration: it is never that of an installation, and one demonstration stands on it at a time."""

from __future__ import annotations

from typing import Final

from maillon.demo.loading import SIGN_INS
from maillon.kernel import sql
from maillon.kernel.message import UserMessage
from simulators.cast import PROFESSIONALS

INSTALLATION: Final = UserMessage(
    "E-PAR-23",
    "Cette base porte des structures ou des comptes et n’est pas celle d’une démonstration\u202f: rien n’y est écrit. "
    "Donnez à la démonstration un répertoire à elle (MAILLON_DONNEES), sans DATABASE_URL. Si ce n’était que la "
    "démonstration d’une version ancienne, prenez-en un nouveau de même.",
)
ALREADY_STANDING: Final = UserMessage(
    "E-PAR-24",
    "Une démonstration est déjà en marche sur cette base, ou démarre\u202f: attendez qu’elle soit prête, ou "
    "arrêtez-la.",
)
_MARK: Final = "Démonstration de Maillon\u202f: les mots de passe de ces comptes sont publics."
# What a process of the demonstration holds for its life, each held by one process at most.
STANDING: Final = 1  # whoever starts the programs
PLAYER: Final = 2  # the program that plays what is asked
LOCK_CLASS: Final = 4_660_010


def refuse_an_installation() -> None:
    """Before anything is written, the migrations included: the accounts of the cast have a public password."""
    if not (_is_empty() or _is_marked() or _is_the_cast_alone()):
        raise INSTALLATION


def mark() -> None:
    """On the table of the accounts: it goes wherever they go, a copy of the base included."""
    sql.rows(f"COMMENT ON TABLE access_account IS '{_MARK}'")


def hold(role: int) -> None:
    """Until this process ends, however it ends: the lock is that of its connection, which is not opened again."""
    if sql.rows("SELECT pg_try_advisory_lock(%s::int, %s::int)", (LOCK_CLASS, role)) != [(True,)]:
        raise ALREADY_STANDING


def is_held(role: int) -> bool:
    """Asked without trying to hold it: who looks never stands in the way of who begins."""
    return bool(sql.rows(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = %s::oid AND objid = %s::oid AND objsubid = 2 "
        "AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        (LOCK_CLASS, role),
    ))  # fmt: skip


def _is_empty() -> bool:
    return not any(
        sql.rows("SELECT 1 WHERE to_regclass(%s) IS NOT NULL", (table,)) and sql.rows(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608
        for table in ("professionals_structure", "access_account")
    )


def _is_marked() -> bool:
    return sql.rows("SELECT obj_description(to_regclass('access_account'), 'pg_class')") == [(_MARK,)]


def _is_the_cast_alone() -> bool:
    """A demonstration from before the mark: no installation has all these accounts and no other."""
    found = {identifier for (identifier,) in sql.rows("SELECT identifier FROM access_account")}
    shown = {identifier for identifier, _ in SIGN_INS}
    return shown <= found <= shown | {each.key for each in PROFESSIONALS}
