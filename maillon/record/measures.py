"""What a device measured at home, or says of it: one observation, of no document, with no line in the story."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from maillon.access import api as access_room
from maillon.kernel.key import Access
from maillon.record.models import Observation

SYSTEM: Final = "urn:maillon:dispositif"  # of the alerts of a device: alerte-rouge, alerte-orange


def note(
    access: Access,
    *,
    code: str,
    system: str,
    label: str,
    value: Decimal,
    unit: str,
    at: dt.datetime,
    type_code: str,
    said: str = "",
) -> int:
    """Keep it, in the caller's transaction, who makes it idempotent. It is read like a document of `type_code`."""
    row = Observation.objects.create(
        patient_id=access.patient_id, at=at, code=code[:60], system=system, label=label[:300], value=value,
        unit=unit[:40], range_text=said[:300], group="Télésurveillance", status="final",
        type_bit=access_room.matrix.bit_of(type_code),
    )  # fmt: skip
    return row.pk
