"""A day with something of everything: alerts, tasks of a role, entrusted, put off, to come, climbed."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.tasks import api as tasks
from maillon.tasks.models import Escalation
from tests.conftest import Cast
from tests.documents import making
from tests.tasks.asking import DAY, HOUR, absent, alert, row, to_do


def fill(record: Access, cast: Cast) -> UUID:
    """The red alert."""
    claire, karim, nadia = (making.key(record.patient_id, each) for each in (cast.claire, cast.karim, cast.nadia))
    now = clock.now()
    orange = {"level": "orange"}
    red = alert(claire, cast)
    alert(
        claire,
        cast,
        title="Aucun INR depuis 35 jours",
        reason="Dernier INR le 20/10/2026",
        due_at=now - 2 * DAY,
        **orange,
    )
    alert(claire, cast, title="Poids en hausse", reason="2 kg de plus en trois jours", due_at=now + 3 * DAY, **orange)
    alert(claire, cast, title="HbA1c au-dessus de la cible", reason="8,4 %, cible 7 %", due_at=now + 20 * DAY, **orange)
    to_do(claire, cast, title="ECG de repos", due_at=now - 3 * DAY)
    to_do(claire, cast, title="Rappeler le patient", role_code="G15_10")
    tasks.handling.take(karim, to_do(claire, cast, title="Signer le plan de soins", role_code="G15_10"))
    entrusted = to_do(claire, cast, title="Vérifier le carnet de glycémie")
    assert cast.nadia.professional_id is not None
    tasks.handling.delegate(claire, entrusted, to=cast.nadia.professional_id)
    confirm = alert(claire, cast, title="Albuminurie à confirmer", reason="42 mg/g", due_at=now + 20 * DAY, **orange)
    tasks.handling.snooze(claire, confirm, until=now + 7 * DAY, reason="Contrôle déjà prescrit")
    to_do(claire, cast, title="Réviser la metformine", opens_at=now + 3 * DAY, due_at=now + 6 * DAY)
    climbs = to_do(nadia, cast, title="Prélèvement prévu", escalations=(tasks.Escalation(HOUR, "G15_10"),))
    Escalation.objects.filter(task=row(climbs)).update(at=now - dt.timedelta(minutes=1))
    tasks.escalate_due()
    done = to_do(claire, cast, title="Ordonnance de biologie")
    tasks.acknowledge(claire, done, outcome="fait", comment="Envoyée au laboratoire")
    return red


def leave(cast: Cast) -> int:
    """Claire will be away, and nobody replaces her; she replaces Karim."""
    absent(cast.karim, cast.claire)
    return absent(cast.claire, None, starts=5).pk
