"""Basins and structures in deployment: declared by who steers, read by who steers and by the structure itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.utils.text import slugify

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.professionals import api as professionals
from maillon.territory import catalogue, counting
from maillon.territory.models import Basin, Deployment
from maillon.territory.states import ORDER, Stage
from maillon.territory.steering import may_steer, must_be_of, must_steer, structure_of

TYPES = {
    "SA52": "Maison de santé", "SA05": "Centre de santé", "SA63": "CPTS", "SA01": "Hôpital public",
    "SA02": "Clinique", "SA25": "Laboratoire", "SA33": "Pharmacie", "SA07": "Cabinet individuel",
    "SA08": "Cabinet de groupe", "SA64": "Téléconsultation", "SA29": "Imagerie",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BasinLine:
    uuid: UUID
    code: str
    name: str
    population: int | None
    structures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveLine:
    day: dt.date
    before: str
    after: str
    reason: str
    is_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureLine:
    id: StructureId
    uuid: UUID
    name: str
    type_code: str
    type_label: str
    city: str
    basin: str
    basin_name: str
    is_eligible: bool
    counted_here: bool
    staff: int
    software: str
    equipped_on: dt.date | None
    connected_on: dt.date | None
    stage: str
    stage_label: str
    rank: int  # of the stage, from 0
    since: dt.date | None
    last_fed_on: dt.date | None
    silent_days: int
    seen_on: dt.date | None  # as of which day the stage was looked at

    @property
    def days_at_stage(self) -> int:
        return (clock.today() - self.since).days if self.since else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    line: StructureLine
    means: str  # what the stage says
    next: str  # what is left to do
    moves: tuple[MoveLine, ...]
    referents: tuple[str, ...]
    may_edit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is declared of a structure."""

    basin: str
    is_eligible: bool = True
    counted_here: bool = False
    staff: int | None = None
    software: str = ""
    equipped_on: dt.date | None = None
    connected_on: dt.date | None = None


def basins(actor: Actor) -> tuple[BasinLine, ...]:
    must_steer(actor)
    return tuple(
        BasinLine(
            uuid=each.uuid, code=each.code, name=each.name, population=each.population, structures=each.number,
        )
        for each in Basin.objects.annotate(number=Count("deployments")).order_by("name")
    )  # fmt: skip


@transaction.atomic
def register_basin(actor: Actor, *, name: str, population: int | None) -> str:
    """Gives its code. Raises E-TER-05 for a name or a population that is none, E-TER-06 for one that exists."""
    must_steer(actor)
    name = storable(name).strip()
    code = slugify(name)[:30]
    if not 2 <= len(name) <= 100 or not code or (population is not None and not 0 < population < 20_000_000):
        raise UserMessage("E-TER-05", "Donnez le nom du bassin et, si vous la connaissez, sa population.")
    try:
        with transaction.atomic():
            Basin.objects.create(code=code, name=name, population=population)
    except IntegrityError as error:
        raise UserMessage("E-TER-06", "Un bassin porte déjà ce nom.") from error
    return code


@transaction.atomic
def enter(actor: Actor, structure_id: StructureId, declared: Declared) -> None:
    """A structure of the directory enters the deployment. Raises E-TER-14 for one that is there already: what was
    declared of it would be lost; E-TER-05 as `enrol`."""
    must_steer(actor)
    if Deployment.objects.filter(structure_id=structure_id).exists():
        raise UserMessage(
            "E-TER-14",
            "Cette structure est déjà dans le déploiement\u202f: ce qui en est déclaré se change sur sa fiche.",
        )
    enrol(actor, structure_id, declared)


@transaction.atomic
def enrol(actor: Actor, structure_id: StructureId, declared: Declared) -> None:
    """A structure of the directory enters the deployment, or what is declared of it changes; the months that this
    concerns are counted again. Raises E-TER-05 for dates that cannot be, or an unknown basin."""
    must_steer(actor)
    basin = Basin.objects.filter(code=declared.basin).first()
    if basin is None or professionals.structure(structure_id) is None:
        raise UserMessage("E-TER-05", "Choisissez un bassin du territoire et une structure de l’annuaire.")
    _must_be_possible(declared)
    before = Deployment.objects.select_for_update().filter(structure_id=structure_id).first()
    after, _ = Deployment.objects.update_or_create(
        structure_id=structure_id,
        defaults={
            "basin": basin, "is_eligible": declared.is_eligible, "counted_here": declared.counted_here,
            "staff": declared.staff, "software": storable(declared.software).strip()[:100],
            "equipped_on": declared.equipped_on, "connected_on": declared.connected_on,
        },
    )  # fmt: skip
    if before is not None and before.basin_id != basin.pk:
        counting.follow_to(structure_id, basin)
    since = _changed_since(before, after)
    if since is not None:
        counting.count_again_since(since)


def deployed(ids: Iterable[StructureId]) -> frozenset[StructureId]:
    """Those that are in the deployment."""
    found = Deployment.objects.filter(structure_id__in=list(ids)).values_list("structure_id", flat=True)
    return frozenset(StructureId(each) for each in found)


def _changed_since(before: Deployment | None, after: Deployment) -> dt.date | None:
    """The day from which the counts are others; None when they are the same. Whether a structure is eligible, and by
    whom it is counted, has no date: every month says it."""
    if before is None or (before.is_eligible, before.counted_here) != (after.is_eligible, after.counted_here):
        return dt.date.min
    pairs = ((before.equipped_on, after.equipped_on), (before.connected_on, after.connected_on))
    return min((day for pair in pairs if pair[0] != pair[1] for day in pair if day is not None), default=None)


def _must_be_possible(declared: Declared) -> None:
    today = clock.today()
    for day in (declared.equipped_on, declared.connected_on):
        if day is not None and day > today:
            raise UserMessage("E-TER-05", "Une date d’équipement ou de raccordement ne peut pas être à venir.")
    if declared.connected_on and (declared.equipped_on is None or declared.connected_on < declared.equipped_on):
        raise UserMessage("E-TER-05", "On est équipé avant d’être raccordé\u202f: vérifiez les deux dates.")
    if declared.staff is not None and not 0 <= declared.staff <= 20_000:
        raise UserMessage("E-TER-05", "Donnez le nombre de professionnels, de 0 à 20\u202f000.")


def listed(actor: Actor, *, basin: str = "", type_code: str = "", stage: str = "") -> tuple[StructureLine, ...]:
    """Of the territory, in the order of the names."""
    must_steer(actor)
    found = _rows()
    if basin:
        found = found.filter(basin__code=basin)
    if type_code:
        found = found.filter(structure__type_code=type_code)
    if stage:
        found = found.filter(stage=stage)
    return lines(found.order_by("structure__name", "id"))


def sheet(actor: Actor, uuid: UUID) -> Sheet:
    """For its members and who steers. Raises AccessDenied."""
    row = _rows().filter(structure__uuid=uuid).first()
    if row is None:
        raise access_room.AccessDenied
    must_be_of(actor, row.structure_id)
    said = next(each for each in catalogue.stage_rules().etapes if each.code == row.stage)
    return Sheet(
        line=lines([row])[0],
        means=said.sens,
        next=said.reste,
        moves=tuple(
            MoveLine(
                day=each.day, before=Stage(each.before).label, after=Stage(each.after).label, reason=each.reason,
                is_back=ORDER.index(Stage(each.after)) < ORDER.index(Stage(each.before)),
            )
            for each in row.moves.order_by("-day", "-id")
        ),
        referents=referents_of(StructureId(row.structure_id)),
        may_edit=may_steer(actor),
    )  # fmt: skip


def own(actor: Actor) -> UUID | None:
    """The sheet of the actor's own structure, when it is in the deployment."""
    here = structure_of(actor)
    row = Deployment.objects.filter(structure_id=here).select_related("structure").first() if here else None
    return row.structure.uuid if row else None


def referents_of(structure_id: StructureId) -> tuple[str, ...]:
    """Trained, and who still work there."""
    from maillon.territory import trainings

    there: dict[int, str] = {each.id: each.name for each in professionals.active_members(structure_id)}
    trained = trainings.trained_referents([structure_id]).get(structure_id, {})
    return tuple(sorted(there[each] for each in trained if each in there))


def lines(rows: Iterable[Deployment]) -> tuple[StructureLine, ...]:
    rows = list(rows)
    known = professionals.member_counts(StructureId(each.structure_id) for each in rows if each.staff is None)
    return tuple(_line(each, known.get(StructureId(each.structure_id), 0)) for each in rows)


def _rows() -> QuerySet[Deployment]:
    return Deployment.objects.select_related("structure", "basin")


def _line(row: Deployment, known: int) -> StructureLine:
    place = row.structure
    return StructureLine(
        id=StructureId(row.structure_id),
        uuid=place.uuid,
        name=place.name,
        type_code=place.type_code,
        type_label=TYPES.get(place.type_code, place.type_code),
        city=place.city,
        basin=row.basin.code,
        basin_name=row.basin.name,
        is_eligible=row.is_eligible,
        counted_here=row.counted_here,
        staff=row.staff if row.staff is not None else known,
        software=row.software,
        equipped_on=row.equipped_on,
        connected_on=row.connected_on,
        stage=row.stage,
        stage_label=Stage(row.stage).label,
        rank=ORDER.index(Stage(row.stage)),
        since=row.stage_since,
        last_fed_on=row.last_fed_on,
        silent_days=row.silent_days,
        seen_on=row.seen_on,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCount:
    stage: str
    label: str
    number: int  # at this stage
    reached: int  # at this stage or further


def funnel(actor: Actor, *, basin: str = "", type_code: str = "") -> tuple[StageCount, ...]:
    """Eligible structures by stage."""
    found = [each for each in listed(actor, basin=basin, type_code=type_code) if each.is_eligible]
    return tuple(
        StageCount(
            stage=stage.value, label=stage.label, number=sum(each.rank == rank for each in found),
            reached=sum(each.rank >= rank for each in found),
        )
        for rank, stage in enumerate(ORDER)
    )  # fmt: skip
