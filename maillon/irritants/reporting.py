"""Saying that something rubs: a person from a screen, the platform from a fact, a journey from one of its steps."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from maillon.evaluations import api as evaluations
from maillon.irritants.lines import grid
from maillon.irritants.models import Irritant
from maillon.irritants.naming import must_name_no_patient
from maillon.irritants.states import IRRITANT, OPEN, IrritantState, Source
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.professionals import api as professionals

LONGEST: Final = 2000
MOST_MINUTES: Final = 480
UNKNOWN: Final = "AUTRE"
WITHDRAWN: Final = "Retiré par qui l’avait signalé\u202f: dit par erreur."


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`screen` is the pattern of the address where the person was, « dossier/<uuid:patient>/chronologie »; `software`
    our version."""

    code: str
    text: str
    severity: int
    minutes_lost: int
    place: str = ""
    screen: str = ""
    browser: str = ""
    software: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was noticed without somebody reporting it. `origin` names the fact: the same fact is told once. `by` is
    shown in the place of a person's name."""

    structure_id: StructureId
    source: Source
    origin: str
    by: str
    said: Report
    reporter_id: ProfessionalId | None = None
    role: str = ""


@transaction.atomic
def report(actor: Actor, said: Report) -> UUID:
    """Raises E-IRR-01 for what is no report, E-IRR-02 when the text names a patient."""
    here = evaluations.membership.must_belong(actor)
    _must_be_one(said)
    role = professionals.PROFESSIONS.get(actor.profession_code or "", "")
    return _keep(
        said, structure_id=here.structure_id, source=Source.PERSON, reporter_id=here.professional_id,
        reported_by=actor.label, role=role,
    ).uuid  # fmt: skip


@transaction.atomic
def find(found: Finding) -> UUID:
    """Idempotent on `origin`. The platform repeats itself: what it notices again is joined to the follow-up that is
    open for the same code and the same words, which takes the gravest of the two. Raises as `report`."""
    known = Irritant.objects.filter(origin=found.origin).first()
    if known is not None:
        return known.uuid
    _must_be_one(found.said)
    row = _keep(
        found.said, structure_id=found.structure_id, source=found.source, reporter_id=found.reporter_id,
        reported_by=found.by, role=found.role, origin=found.origin,
    )  # fmt: skip
    if found.source in (Source.PLATFORM, Source.JOURNEY):
        _join_to_what_is_open(row)
    return row.uuid


@transaction.atomic
def correct(uuid: UUID, said: Report, *, by: str) -> bool:
    """Said again by who said it: the new words take the place of the first as long as nobody has taken them up. False
    when somebody has, or for somebody else's: what is said then is another irritant. Raises as `report`."""
    _must_be_one(said)
    row = _untouched(uuid, by)
    if row is None:
        return False
    row.code, row.text, row.minutes_lost = said.code, storable(said.text).strip(), said.minutes_lost
    row.severity, row.due_on = said.severity, _due(said.severity, clock.in_paris(row.reported_at).date())
    row.save(update_fields=["code", "text", "minutes_lost", "severity", "due_on"])
    return True


@transaction.atomic
def withdraw(uuid: UUID, *, by: str) -> None:
    """It was said by mistake: put aside with its words, unless somebody has taken it up, who then answers it."""
    row = _untouched(uuid, by)
    if row is None:
        return
    row.state = IRRITANT.target("drop", source=row.state)
    row.reply, row.replied_by = WITHDRAWN, by
    row.replied_at = row.settled_at = row.seen_at = clock.now()
    row.save(update_fields=["state", "reply", "replied_by", "replied_at", "settled_at", "seen_at"])


def _untouched(uuid: UUID, by: str) -> Irritant | None:
    """As its reporter left it: neither triaged, nor answered and reopened, nor joined by another."""
    new = Irritant.objects.select_for_update(of=("self",)).filter(uuid=uuid, reported_by=by, state=IrritantState.NEW)
    row = new.filter(owner__isnull=True, replied_at__isnull=True).first()
    return None if row is None or row.joined.exists() else row


def _must_be_one(said: Report) -> None:
    text, place = storable(said.text).strip(), storable(said.place).strip()
    if grid().criterion(said.code) is None or grid().level(said.severity) is None:
        raise UserMessage("E-IRR-01", "Choisissez ce que c’est, et à quel point cela gêne.")
    if not text or len(text) > LONGEST or len(place) > 200:
        raise UserMessage("E-IRR-01", f"Dites en quelques mots ce qui s’est passé ({LONGEST} caractères au plus).")
    if not 0 <= said.minutes_lost <= MOST_MINUTES:
        raise UserMessage("E-IRR-01", f"Les minutes perdues vont de 0 à {MOST_MINUTES}.")
    must_name_no_patient(text, place)


def _keep(
    said: Report, *, structure_id: StructureId, source: Source, reporter_id: ProfessionalId | None, reported_by: str,
    role: str, origin: str | None = None,
) -> Irritant:  # fmt: skip
    return Irritant.objects.create(
        structure_id=structure_id, source=source, origin=origin, code=said.code, text=storable(said.text).strip(),
        place=storable(said.place).strip(), screen=storable(said.screen)[:200], browser=storable(said.browser)[:60],
        role=role[:80], software=storable(said.software)[:20], minutes_lost=said.minutes_lost, severity=said.severity,
        reporter_id=reporter_id, reported_by=reported_by[:200], reported_at=clock.now(),
        due_on=_due(said.severity, clock.today()),
    )  # fmt: skip


def _due(severity: int, since: dt.date) -> dt.date:
    degree = grid().level(severity)
    return since + dt.timedelta(days=(degree.delai_jours if degree else None) or 0)


def _join_to_what_is_open(row: Irritant) -> None:
    same = Irritant.objects.select_for_update().filter(
        structure_id=row.structure_id, source=row.source, code=row.code, text=row.text, state__in=OPEN
    ).exclude(pk=row.pk).order_by("id").first()  # fmt: skip
    if same is None:
        return
    row.state, row.joined_to = IrritantState.JOINED, same
    row.save(update_fields=["state", "joined_to"])
    if row.severity > same.severity:
        same.severity, same.due_on = row.severity, min(same.due_on, row.due_on)
        same.save(update_fields=["severity", "due_on"])
