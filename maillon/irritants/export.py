"""What is handed to the software's vendor: what rubbed and where, and nobody."""

from __future__ import annotations

from typing import Final

import orjson
from django.db import transaction

from maillon.access import api as access_room
from maillon.evaluations import api as evaluations
from maillon.formats import tabular
from maillon.irritants.lines import IrritantLine, line_of_all, may_triage, rows
from maillon.irritants.naming import without_people
from maillon.irritants.states import IrritantState, Source
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.professionals import api as professionals

COLUMNS: Final = (
    "reference", "code", "irritant", "gravite", "ce_qui_s_est_passe", "ou", "ecran", "fois", "minutes_perdues", "jour",
    "metier", "version", "navigateur", "etat",
)  # fmt: skip


@transaction.atomic
def for_vendor(actor: Actor) -> list[dict[str, object]]:
    """What triage marked for the vendor, the latest first; the names of the structure's people, of whoever reported or
    follows, telephones and addresses are taken out of the texts."""
    if not may_triage(actor):
        raise access_room.AccessDenied
    here = evaluations.membership.must_belong(actor).structure_id
    found = rows(here).filter(for_vendor=True).exclude(state=IrritantState.JOINED).order_by("-reported_at", "-id")
    lines = line_of_all(found, actor)
    names = {each.name for each in professionals.active_members(here)}
    names |= {each.reported_by for each in lines if each.is_by_professional} | {each.owner for each in lines}
    guests = {each.reported_by for each in lines if each.source == Source.FIELD_DAY and not each.is_by_professional}
    return [_row(each, names, guests) for each in lines]


def as_csv(told: list[dict[str, object]]) -> bytes:
    return tabular.as_csv(COLUMNS, ([each[name] for name in COLUMNS] for each in told))


def as_json(told: list[dict[str, object]]) -> bytes:
    return orjson.dumps({"irritants": told}, option=orjson.OPT_INDENT_2)


def _row(said: IrritantLine, names: set[str], guests: set[str]) -> dict[str, object]:
    return {
        "reference": said.reference,
        "code": said.code,
        "irritant": said.code_label,
        "gravite": said.severity_label,
        "ce_qui_s_est_passe": without_people(said.text, names, guests=guests),
        "ou": without_people(said.place, names, guests=guests),
        "ecran": said.screen,
        "fois": said.times,
        "minutes_perdues": said.minutes,
        "jour": clock.in_paris(said.reported_at).date().isoformat(),
        "metier": said.role,
        "version": said.software,
        "navigateur": said.browser,
        "etat": said.state_label,
    }
