"""What leaves and what arrived: exports that were asked for, an archive that waits to be settled."""

from __future__ import annotations

import uuid

from maillon.kernel import clock
from maillon.kernel.key import ProfessionalId
from maillon.portability import api as portability
from maillon.portability.models import Arrival, ArrivalArchive
from tests.seep.worlds import World

MOTIVE = "Départ du cabinet le mois prochain, reprise de la patientèle ailleurs."


def stand(world: World) -> None:
    for by, of in (("regis", "karim"), ("claire", "claire")):
        number = world.people[of].professional_id
        assert number is not None
        portability.departures.ask_for_professional(world.actor(by), ProfessionalId(number), motive=MOTIVE)
    arrival = Arrival.objects.create(
        export_id=uuid.UUID(int=7), instance=uuid.UUID(int=8), export_type="MASSIF", export_status="COMPLETE",
        structure="Cabinet d’ailleurs", extracted_at=clock.now(), began_at=clock.now(),
    )  # fmt: skip
    ArrivalArchive.objects.create(
        arrival=arrival, code="PAT00001", state="a_regler", sha256=bytes(32), refusal_code="E-POR-21",
        reasons=["Une personne d’ici porte la même identité."], at=clock.now(),
        candidates=[world.patients["followed"].id, world.patients["elsewhere"].id],
        traits={"birth_family_name": "MARTINEAU", "birth_given_names": "JEANNE", "birth_date": "1952-02-01"},
    )  # fmt: skip
