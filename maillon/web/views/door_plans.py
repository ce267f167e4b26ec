"""What the team has planned with the patient, read behind their door."""

from __future__ import annotations

from django.http import HttpResponse

from maillon.kernel.key import Access
from maillon.pathways.api import serving
from maillon.web.door.rules import DoorRequest, visits
from maillon.web.views.door_record import door_page


@visits("read", resource="plan")
def plans(request: DoorRequest, access: Access) -> HttpResponse:
    whole = serving.whole(access)
    return door_page(
        request, access, "door/plans.html", here="plans", current=[each for each in whole if each.kind != "fin"],
        over=[each for each in whole if each.kind == "fin"],
    )  # fmt: skip
