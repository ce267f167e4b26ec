"""Two people behind the patient's door: a patient, and the mother of two children."""

from __future__ import annotations

import datetime as dt

from maillon.access import api as access_room
from maillon.demo.loading import LOADER
from maillon.kernel.key import Access, Purpose
from maillon.patients import api as patients
from simulators.people import Patient, Territory

PATIENT, CHILDREN = "diabete", ("jumelle-emma", "jumelle-anna")
PATIENT_MAIL = "gerard.lambert@exemple.test"
MOTHER = access_room.visitors.Person(
    family_name="Vidal", given_name="Sophie", birth_date=dt.date(1986, 3, 14), email="sophie.vidal@exemple.test",
    phone="0699020000",
)  # fmt: skip


def open_doors(territory: Territory) -> None:
    """Idempotent: a door that is open is left as it is."""
    person = territory.patient(PATIENT)
    access = _key(territory, person)
    if access_room.visitors.door_of(access) is None:
        access_room.visitors.invite(
            access, email=PATIENT_MAIL, phone=person.phone, identity_proof="démonstration\u202f: identité fictive"
        )
    for key in CHILDREN:
        access = _key(territory, territory.patient(key))
        if not access_room.visitors.delegations(access):
            access_room.visitors.invite_representative(
                access, MOTHER, kind="parent", evidence="démonstration\u202f: livret de famille fictif"
            )


def ways_in(territory: Territory) -> list[str]:
    """What to type to come in; the link and the code are on the telephone."""
    person = territory.patient(PATIENT)
    assert MOTHER.birth_date is not None
    return [
        f"{PATIENT_MAIL}, né le {person.birth_date:%d/%m/%Y} ({person.shown_name})",
        f"{MOTHER.email}, née le {MOTHER.birth_date:%d/%m/%Y} ({MOTHER.given_name} {MOTHER.family_name}, mère de deux "
        "enfants suivies)",
    ]


def _key(territory: Territory, person: Patient) -> Access:
    patient_id = patients.bearer(territory.structure("msp").local_root, person.number)
    assert patient_id is not None
    return access_room.open_record(
        LOADER, patient_id, purpose=Purpose.ADMINISTRATIVE, action="update", resource_type="patient_door"
    )
