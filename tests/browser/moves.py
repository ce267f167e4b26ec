"""Exports in every state, and an archive that waits: what the pages of leaving and arriving have to show."""

from __future__ import annotations

import datetime as dt
import uuid

from maillon.kernel import clock
from maillon.kernel.key import Access, Actor
from maillon.portability.models import Arrival, ArrivalArchive, Departure, DepartureArchive
from tests.conftest import Cast

MOTIVE = "Départ du cabinet le 30 juin, reprise de la patientèle dans un autre logiciel."


def stand(cast: Cast, record: Access) -> None:
    _asked(cast, cast.karim, state="demande", days=1)
    running = _asked(cast, cast.nadia, state="en_cours", days=3, by=cast.nadia)
    for rank in range(8):
        DepartureArchive.objects.create(
            departure=running, rank=rank, code=f"PAT{rank:05d}", kind="PATIENT", carries="dossier", size=1,
            sha256=bytes(32) if rank < 5 else None,
        )  # fmt: skip
    ready = _asked(cast, cast.claire, state="pret", days=6, by=cast.claire, status="COMPLETE")
    DepartureArchive.objects.create(
        departure=ready, rank=0, code="PAT00001", kind="PATIENT", carries="dossier", size=48_200_000, sha256=bytes(32)
    )
    Departure.objects.create(
        kind="MASSIF", state="accorde", structure_id=cast.tilleuls_id, number=0,
        motive="Changement d’hébergeur au 1er juillet",
        asked_by_professional_id=cast.claire.professional_id, asked_by=cast.claire.label,
        asked_at=clock.now() - dt.timedelta(days=2), decided_by_professional_id=cast.karim.professional_id,
        decided_by=cast.karim.label, decided_at=clock.now(),
    )  # fmt: skip
    arrival = Arrival.objects.create(
        export_id=uuid.uuid4(), instance=uuid.uuid4(), export_type="MASSIF", export_status="COMPLETE",
        structure="Maison de santé du Val", extracted_at=clock.now(), began_at=clock.now(),
    )  # fmt: skip
    known = {"birth_family_name": "LAMBERT", "birth_given_names": "GERARD", "birth_date": "1957-12-04", "sex": "M"}
    ArrivalArchive.objects.create(
        arrival=arrival, code="PAT00042", state="a_regler", sha256=bytes(32), refusal_code="E-POR-21", traits=known,
        reasons=["Une personne connue porte le même nom et une date de naissance proche."],
        candidates=[record.patient_id], at=clock.now(),
    )  # fmt: skip
    ArrivalArchive.objects.create(
        arrival=arrival, code="PAT00107", state="a_regler", sha256=bytes(32), refusal_code="E-POR-05", at=clock.now(),
        reasons=["Une archive n’est pas celle que le manifeste annonce (taille ou empreinte)."],
    )  # fmt: skip


def _asked(cast: Cast, of: Actor, *, state: str, days: int, by: Actor | None = None, status: str = "") -> Departure:
    by = by or cast.karim
    is_decided = state != "demande"
    return Departure.objects.create(
        kind="CIBLE", state=state, structure_id=cast.tilleuls_id, professional_id=of.professional_id,
        account_id=of.account_id, asked_by_professional_id=by.professional_id, asked_by=by.label, motive=MOTIVE,
        asked_at=clock.now() - dt.timedelta(days=days), number=212,
        decided_by_professional_id=cast.sylvie.professional_id if is_decided else None,
        decided_by=cast.sylvie.label if is_decided else "", decided_at=clock.now() if is_decided else None,
        ready_at=clock.now() if state == "pret" else None, folder="/nulle/part", status=status,
    )  # fmt: skip
