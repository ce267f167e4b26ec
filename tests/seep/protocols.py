"""Protocols of two structures, one of them being read again: what a team writes is nobody else's. A protocole de
coopération with two patients in the hands of its delegate."""

from __future__ import annotations

import hashlib

from maillon.kernel import clock
from maillon.pathways import checking
from maillon.pathways.authoring import door as authoring
from maillon.pathways.models import ProtocolVersion
from tests.seep import worlds
from tests.seep.worlds import World


def stand(world: World) -> None:
    for key in ("claire", "paul"):
        made = authoring.library.copy_model(world.actor(key), "DIAB-01")
        authoring.remarks.comment(world.actor(key), made, text="Le délai de l’alerte ?", is_blocking=True)
    ProtocolVersion.objects.filter(uuid=made).update(state="relecture")
    _acts(world)


def _acts(world: World) -> None:
    """A protocole de coopération of the Tilleuls, and two patients in the hands of its delegate."""
    text = (checking.FOLDER / "TORSION-CHEVILLE.yaml").read_text(encoding="utf-8")
    version = ProtocolVersion.objects.create(
        structure_id=world.structures["tilleuls"], code="TORSION-CHEVILLE", number=1, nature="cooperation",
        title="Torsion de cheville", theme="torsion de cheville", state="en_vigueur", text=text,
        fingerprint=hashlib.sha256(text.encode()).hexdigest(), enforced_at=clock.now(), written_by="essai",
    )  # fmt: skip
    for key in ("followed", "second"):
        worlds.act_of(world, world.patients[key].id, version)
