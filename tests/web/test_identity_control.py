"""The identity document that is shown at the desk: a provisional identity is validated, a retrieved one qualified."""

from __future__ import annotations

import html

import pytest
from django.test import Client

from maillon.kernel.key import Access
from maillon.patients.models import Patient
from tests.conftest import Cast
from tests.web import world

pytestmark = pytest.mark.django_db
PIECE = "Passeport"


def _stand(access: Access, status: str) -> None:
    without = {} if status == "RECUP" else {"ins": None, "ins_oid": None}
    Patient.objects.filter(pk=access.patient_id).update(identity_status=status, **without)


@pytest.mark.parametrize(("before", "after"), [("PROV", "VALI"), ("RECUP", "QUAL")])
def test_a_piece_that_is_shown_moves_the_identity(cast: Cast, sylvie: Client, before: str, after: str) -> None:
    access = world.follow(world.register("diabete"), cast)
    _stand(access, before)
    place = f"/dossier/{access.patient_uuid}/identite"
    assert "J’ai contrôlé cette pièce" in html.unescape(sylvie.get(place).content.decode())
    assert sylvie.post(f"{place}/piece", {"piece": PIECE}).status_code == 302
    assert Patient.objects.get(pk=access.patient_id).identity_status == after
    assert "J’ai contrôlé cette pièce" not in html.unescape(sylvie.get(place).content.decode())


def test_no_piece_no_control(cast: Cast, sylvie: Client) -> None:
    access = world.follow(world.register("diabete"), cast)
    _stand(access, "PROV")
    given = sylvie.post(f"/dossier/{access.patient_uuid}/identite/piece", {"piece": "carte de bus"})
    assert given.status_code == 422
    assert "E-INS-15" in given.content.decode()
    assert Patient.objects.get(pk=access.patient_id).identity_status == "PROV"


def test_who_does_not_open_the_record_controls_nothing(cast: Cast, paul: Client) -> None:
    access = world.follow(world.register("diabete"), cast)
    assert paul.post(f"/dossier/{access.patient_uuid}/identite/piece", {"piece": PIECE}).status_code == 404
