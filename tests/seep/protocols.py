"""Protocols of two structures, one of them being read again: what a team writes is nobody else's."""

from __future__ import annotations

from maillon.pathways.authoring import door as authoring
from maillon.pathways.models import ProtocolVersion
from tests.seep.worlds import World


def stand(world: World) -> None:
    for key in ("claire", "paul"):
        made = authoring.library.copy_model(world.actor(key), "DIAB-01")
        authoring.remarks.comment(world.actor(key), made, text="Le délai de l’alerte ?", is_blocking=True)
    ProtocolVersion.objects.filter(uuid=made).update(state="relecture")
