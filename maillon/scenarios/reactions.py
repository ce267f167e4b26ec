"""What the platform notices while a run is played is kept with it."""

from __future__ import annotations

from django.db import transaction

from maillon.kernel import events
from maillon.noticed.events import IrritantNoticed
from maillon.scenarios.models import Run
from maillon.scenarios.states import RunState


@events.reacts_to(IrritantNoticed)
@transaction.atomic
def irritant_noticed(event: IrritantNoticed) -> None:
    """Of the run that is being played, if one is (a demonstration plays one at a time): a code, a fact and the
    reference of a document, which opens nothing. Told twice, it is kept once."""
    playing = Run.objects.select_for_update().filter(state__in=[RunState.PLAYING, RunState.WAITING])
    run = playing.order_by("-number").first()
    if run is None:
        return
    said = {"code": event.code, "fait": event.fact, "document": str(event.document)}
    known = run.observed.setdefault("constats", [])
    if said not in known:
        known.append(said)
        run.save(update_fields=["observed"])
