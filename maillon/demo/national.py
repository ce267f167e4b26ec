"""The national teleservices of the demonstration: the DMP and INSi, each a simulator, and our lines to them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from maillon.demo.programs import Programs, when_announced
from maillon.demo.sending import SEED
from simulators.journeys.cast import has_closed
from simulators.matricule import matricule
from simulators.outgoing import address_book, render
from simulators.people import INS_TEST_OID, Patient, Territory
from simulators.story import of_patient

SHOWN: Final = ("diabete",)  # whose national record already holds documents
MOST_DEPOSITS: Final = 3
CLOSED, ABSENT = 17, 23  # one patient in so many closed their record, or never had one


def start_teleservices(
    programs: Programs, *, folder: Path, territory: Territory, until: date, newcomers: tuple[Patient, ...] = ()
) -> None:
    """Both know the people of the territory; what they hold outlives the demonstration's end."""
    settings = {
        "records": [*_records(territory), *(
            _record(territory, each, is_closed=has_closed(each)) for each in newcomers
        )],
        "authorised": [[each.ins, _treating(territory, each)] for each in _qualified(territory)[::2]],
    }
    dmp = folder / "dmp"
    _write(dmp / "reglages.json", settings)
    _deposits(dmp / "depots", territory, until)
    _start(programs, "DMP", "simulators.dmp", dmp)
    _write(folder / "insi" / "reglages.json", {
        "people": [_known_to_insi(each) for each in (*territory.patients, *newcomers)],
    })  # fmt: skip
    _start(programs, "INSI", "simulators.insi", folder / "insi")


def _start(programs: Programs, name: str, module: str, folder: Path) -> None:
    announced = folder / f"{module.rpartition('.')[2]}.json"
    announced.unlink(missing_ok=True)
    programs.start(name.lower(), module, "--dossier", str(folder))
    said = when_announced(programs, announced)
    for key, value in (
        ("ADRESSE", said["address"]), ("AUTORITE", said["authority"]), ("CERTIFICAT", said["structure"]),
        ("SIMULATEUR", "1"),
    ):  # fmt: skip
        os.environ[f"MAILLON_{name}_{key}"] = value


def _qualified(territory: Territory) -> list[Patient]:
    return [each for each in territory.patients if each.status == "QUAL" and each.ins]


def _records(territory: Territory) -> Iterator[dict[str, Any]]:
    for rank, patient in enumerate(_qualified(territory), start=1):
        if rank % ABSENT == 0:
            continue
        yield _record(territory, patient, is_closed=rank % CLOSED == 0)


def _record(territory: Territory, patient: Patient, *, is_closed: bool = False) -> dict[str, Any]:
    return {
        "ins": patient.ins, "oid": patient.ins_oid or INS_TEST_OID, "state": "FERME" if is_closed else "ACTIF",
        "closed_because": "demande du patient" if is_closed else "", "treating": _treating(territory, patient),
    }  # fmt: skip


def _treating(territory: Territory, patient: Patient) -> str:
    return territory.professional(patient.treating_doctor).national_id or ""


def _known_to_insi(patient: Patient) -> dict[str, Any]:
    """Everybody has a matricule, also those whom the practice does not know by it."""
    found = patient.ins or matricule(
        sex=patient.sex, birth_date=patient.birth_date, birth_place_code=patient.birth_place_code, order=1
    )
    return {
        "matricule": found, "oid": INS_TEST_OID, "family": patient.birth_family_name,
        "given": patient.first_birth_given_name, "given_names": patient.birth_given_names,
        "birth_date": patient.birth_date.isoformat(), "sex": patient.sex, "birth_place": patient.birth_place_code,
    }  # fmt: skip


def _deposits(folder: Path, territory: Territory, until: date) -> None:
    """The last documents of a story, of one type each; one more was fed to the record alone, and came by no mail."""
    if folder.exists():
        return
    book = address_book(territory)
    draft = folder.with_name(".depots")
    draft.mkdir(parents=True, exist_ok=True)
    for key in SHOWN:
        last = {each.document.type_code: each for each in of_patient(
            territory, territory.patient(key), seed=SEED, until=until
        )}  # fmt: skip
        story = sorted(last.values(), key=lambda each: each.sent_at)[-MOST_DEPOSITS:]
        alone = replace(
            story[0].document,
            version=replace(
                story[0].document.version, id=str(uuid5(NAMESPACE_OID, f"dmp/{key}")).upper(), number=1,
                set_id=str(uuid5(NAMESPACE_OID, f"dmp/{key}/suite")).upper(), replaces=None,
            ),
        )  # fmt: skip
        for number, document in enumerate([*(each.document for each in story), alone]):
            (draft / f"{key}-{number}.xml").write_bytes(render(document, contacts=book).cda)
    draft.rename(folder)


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
