"""One record that lands: whose it is, its documents byte for byte, its rows, in one transaction or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.db import DataError, IntegrityError, transaction

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.formats.document import LocalId, PatientTraits
from maillon.kernel import clock, sql
from maillon.kernel.key import PatientId, Purpose
from maillon.patients import api as patients
from maillon.portability.landing import DOCUMENTS, PATIENTS, Conflict, Landing, keep_shelf, refuse_other_counts
from maillon.portability.opened import Opened
from maillon.portability.rows import Row
from maillon.portability.tables import Part, Table, table_of, tables

MACHINE: Final = "reprise de dossiers"
TEAM: Final = "access_care_team_membership"
TRAITS: Final = (
    "birth_family_name", "birth_given_names", "first_birth_given_name", "used_family_name", "used_given_name",
    "birth_date", "sex", "birth_place_code", "ins",
)  # fmt: skip


def land_record(
    landing: Landing,
    *,
    announced: dict[str, int],
    instance: UUID,
    into: PatientId | None = None,
    is_decided: bool = False,
) -> PatientId:
    """The patient who holds the record now. Raises Conflict, Refused; then nothing has landed.

    `is_decided`: a person said whose record it is: of `into`, whose identity is not touched, or of somebody new.
    """
    try:
        with transaction.atomic():
            refuse_other_counts(landing.archive, announced, tables(Part.RECORD))
            patient = _land_patient(landing, instance, into, is_decided=is_decided)
            access_room.open_record(
                access_room.machine(MACHINE), patient, purpose=Purpose.INTAKE, action="take_over",
                resource_id=str(instance),
            )  # fmt: skip
            keep_shelf(landing.archive)
            for table in tables(Part.RECORD):
                if table.name != PATIENTS:
                    landing.land(table, _rows(landing, table, is_settled=into is not None))
            return patient
    except IntegrityError as error:
        raise Conflict("E-POR-24", "Une règle de la base s’y oppose\u202f: " + _constraint(error)) from None
    except DataError:
        raise Conflict("E-POR-25", "Une valeur de l’archive n’entre pas dans la base.") from None


def traits_of(archive: Opened) -> dict[str, Any]:
    """As read, for whoever settles."""
    row = next(archive.rows(PATIENTS), {})
    return {name: row.get(name) for name in TRAITS}


def number_of(archive: Opened) -> int | None:
    number = next(archive.rows(PATIENTS), {}).get("n")
    return number if isinstance(number, int) else None


def _land_patient(landing: Landing, instance: UUID, into: PatientId | None, *, is_decided: bool) -> PatientId:
    came = list(landing.archive.rows(PATIENTS))
    if len(came) != 1 or not isinstance(came[0].get("n"), int):
        raise Conflict("E-POR-26", "L’archive ne parle pas d’un seul patient.")
    row, table = came[0], table_of(PATIENTS)
    if not _is_known(row):
        into = into or PatientId(landing.known.get(row["n"], 0)) or None  # decided once, for every later export
        if into is None and not is_decided:
            _refuse_doubt(row, instance)
    if into is not None:
        landing.own[PATIENTS][row["n"]] = into
        return into
    landing.land(table, came)
    patient = PatientId(landing.own[PATIENTS][row["n"]])
    if landing.added[PATIENTS]:
        patients.Patient.objects.get(pk=patient).index_names()
    return patient


def _is_known(row: Row) -> bool:
    return bool(sql.row("SELECT 1 FROM patients_patient WHERE uuid::text = %s", (str(row.get("uuid")),)))


def _refuse_doubt(row: Row, instance: UUID) -> None:
    """The installation that was left had told its own patients apart: only those who were here before, or came from
    elsewhere, are compared with."""
    traits = PatientTraits(
        ins=row.get("ins"), ins_oid=row.get("ins_oid"), birth_family_name=row.get("birth_family_name"),
        used_family_name=row.get("used_family_name") or None, birth_given_names=row.get("birth_given_names"),
        first_birth_given_name=row.get("first_birth_given_name"), used_given_name=row.get("used_given_name") or None,
        birth_date=_day(row.get("birth_date")), sex=row["sex"] if row.get("sex") in ("F", "M") else "UN",
        birth_place_code=row.get("birth_place_code") or None, local_ids=(LocalId(root="", extension=None),),
    )  # fmt: skip
    match = patients.match(traits)
    candidates = set(match.candidates) | ({match.patient_id} if match.patient_id is not None else set())
    came_together = {each for (each,) in sql.rows(_CAME_TOGETHER, {"instance": instance, "ids": sorted(candidates)})}
    doubts = candidates - came_together
    if doubts:
        reasons = [each.message for each in match.reasons] or ["Une personne d’ici porte la même identité."]
        raise Conflict("E-POR-21", *reasons, candidates=doubts)


def _day(value: Any) -> str:
    try:
        return dt.date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise Conflict("E-POR-25", "La date de naissance n’en est pas une.") from None


def _rows(landing: Landing, table: Table, *, is_settled: bool) -> Iterator[Row]:
    for row in landing.archive.rows(table.name):
        if table.name == DOCUMENTS:  # its bytes first, on the shelf, compared with its SHA-256
            data = landing.archive.document(row)
            if data is not None:
                documents.keep_bytes(data)
        yield _without_second_treating(row) if is_settled and table.name == TEAM else row


def _without_second_treating(row: Row) -> Row:
    """A patient has one declared médecin traitant: the one whom this installation knows. The other stays in history."""
    if row.get("basis") != access_room.Basis.TREATING.value or row.get("ended_at") or row.get("end"):
        return row
    said = {"ended_by": MACHINE, "end_reason": "lien repris d’une autre installation, à confirmer"}
    return row | said | {"ended_at": clock.now().isoformat()}


def _constraint(error: IntegrityError) -> str:
    """The name of the rule, never the row that broke it."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", None) or "contrainte sans nom") + "."


_CAME_TOGETHER: Final = """
SELECT h.patient_id FROM portability_arrival_archive h JOIN portability_arrival a ON a.id = h.arrival_id
 WHERE a.instance = %(instance)s AND h.patient_id = ANY(%(ids)s)
"""
