"""Training sessions: prepared, attended, attested. A trained referent is who was there, and still works there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.formats.attestation_write import Attestation, write_attestation
from maillon.kernel import clock, sql
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals
from maillon.territory import catalogue, counting, structures
from maillon.territory.definition import Module
from maillon.territory.models import Attendance, Basin, Session, SessionScore
from maillon.territory.steering import may_steer, must_steer, said, structure_of, territory

MARKS: Final = (5, 4, 3, 2, 1)
FEWEST_MARKS: Final = 3  # a mean of two is somebody's


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceLine:
    id: int
    professional_id: ProfessionalId
    name: str
    profession_code: str
    structure_name: str
    was_there: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    uuid: UUID
    module: Module
    basin: str
    basin_name: str
    place: str
    day: dt.date
    minutes: int
    trainer: str
    is_ended: bool
    expected: int
    present: int
    mark: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    line: SessionLine
    people: tuple[AttendanceLine, ...]
    may_edit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    basin: str
    module: str
    place: str
    day: dt.date | None
    minutes: int
    trainer: str


@transaction.atomic
def prepare(actor: Actor, session: Prepared) -> UUID:
    """Raises E-TER-05 for what is no session."""
    must_steer(actor)
    basin = Basin.objects.filter(code=session.basin).first()
    if basin is None or catalogue.help_at_hand().module(session.module) is None or session.day is None:
        raise UserMessage("E-TER-05", "Choisissez un bassin, un module, et donnez le jour de la séance.")
    if not 10 <= session.minutes <= 960:
        raise UserMessage("E-TER-05", "Une séance dure de 10 minutes à 16 heures.")
    return Session.objects.create(
        basin=basin, module=session.module, day=session.day, minutes=session.minutes, prepared_by=actor.label,
        prepared_at=clock.now(), place=said(session.place, most=200, what="Dites où se tient la séance"),
        trainer=said(session.trainer, most=200, what="Dites qui forme"),
    ).uuid  # fmt: skip


@transaction.atomic
def expect(actor: Actor, uuid: UUID, professional_id: ProfessionalId) -> None:
    """Adds somebody of the directory, in the structure where they work today. Twice is once. Raises E-TER-05 for who
    works nowhere, E-TER-15 outside the deployment: the hours would be counted in no basin."""
    row = _to_edit(actor, uuid)
    person = professionals.professional(professional_id)
    if person is None or person.structure_id is None:
        raise UserMessage("E-TER-05", "Cette personne n’exerce aujourd’hui dans aucune structure de l’annuaire.")
    if not structures.deployed([person.structure_id]):
        raise UserMessage(
            "E-TER-15",
            f"{person.name} exerce dans «\u202f{person.structure_name}\u202f», qui n’est pas dans le "
            "déploiement\u202f: inscrivez d’abord cette structure, pour que ses heures soient comptées.",
        )
    Attendance.objects.get_or_create(
        session=row, professional_id=professional_id, defaults={"structure_id": person.structure_id}
    )


@transaction.atomic
def remove(actor: Actor, uuid: UUID, attendance: int) -> None:
    _to_edit(actor, uuid).attendances.filter(pk=attendance).delete()


@transaction.atomic
def end(actor: Actor, uuid: UUID, *, present: Iterable[int], marks: Mapping[int, int]) -> None:
    """Who was there (by the number of their line), and how many gave each mark. Raises E-TER-13 before the day, or with
    more marks than people."""
    row = _to_edit(actor, uuid)
    if row.day > clock.today():
        raise UserMessage("E-TER-13", "La séance n’a pas encore eu lieu\u202f: notez les présents ce jour-là ou après.")
    there = set(present) & set(row.attendances.values_list("pk", flat=True))
    if not there:
        raise UserMessage("E-TER-13", "Cochez au moins une personne présente\u202f; sans personne, retirez la séance.")
    if sum(marks.values()) > len(there) or any(number < 0 for number in marks.values()):
        raise UserMessage("E-TER-13", "Il y a plus d’avis que de présents\u202f: recomptez les avis.")
    row.attendances.update(was_there=False)
    row.attendances.filter(pk__in=there).update(was_there=True)
    SessionScore.objects.bulk_create(
        SessionScore(session=row, mark=mark, number=marks[mark]) for mark in MARKS if marks.get(mark)
    )
    row.ended_at, row.ended_by = clock.now(), actor.label
    row.save()
    counting.count_again_since(row.day)


@transaction.atomic
def cancel(actor: Actor, uuid: UUID) -> None:
    """A session that was not held leaves no trace: nobody was trained."""
    row = _to_edit(actor, uuid)
    row.attendances.all().delete()
    row.delete()


def listed(actor: Actor) -> tuple[SessionLine, ...]:
    """Of the territory for who steers; for anybody else, those where somebody of their structure is expected."""
    found = _visible(actor).order_by("-day", "-id")
    return tuple(_line(each) for each in found)


def show(actor: Actor, uuid: UUID) -> SessionView:
    """The people of one's own structure; all of them for who steers."""
    row = _visible(actor).filter(uuid=uuid).first()
    if row is None:
        raise access_room.AccessDenied
    is_steering = may_steer(actor)
    people = row.attendances.select_related("professional", "structure").order_by(
        "structure__name", "professional__family_name"
    )
    return SessionView(
        line=_line(row),
        people=tuple(
            AttendanceLine(
                id=each.pk, professional_id=ProfessionalId(each.professional_id), name=str(each.professional),
                profession_code=each.professional.profession_code, structure_name=each.structure.name,
                was_there=each.was_there,
            )
            for each in people if is_steering or each.structure_id == structure_of(actor)
        ),
        may_edit=is_steering and row.ended_at is None,
    )  # fmt: skip


def attestation(actor: Actor, uuid: UUID, attendance: int) -> tuple[str, bytes]:
    """(file name, PDF) of who was there; for who steers, and for the person. Raises AccessDenied."""
    row = Attendance.objects.filter(pk=attendance, session__uuid=uuid, was_there=True).select_related(
        "session__basin", "professional", "structure"
    ).first()  # fmt: skip
    if row is None or not (may_steer(actor) or actor.professional_id == row.professional_id):
        raise access_room.AccessDenied
    module, place, day = _module(row.session), territory(), row.session.day
    pdf = write_attestation(
        Attestation(
            organiser=place.steered_by if place else "", territory=place.name if place else "",
            person=str(row.professional), profession=row.professional.profession, structure=row.structure.name,
            title=module.titre, points=module.points, day=f"{day:%d/%m/%Y}", place=row.session.place,
            duration=duration(row.session.minutes), trainer=row.session.trainer,
            reference=f"{row.session.uuid}/{row.pk}",
        ),
        made_at=row.session.ended_at or clock.now(),
    )  # fmt: skip
    return f"attestation-{row.session.module}-{day:%Y-%m-%d}.pdf", pdf


def duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest}\u202fminutes"
    return f"{hours}\u202fh\u202f{rest:02}" if rest else f"{hours}\u202fheure{'s' if hours > 1 else ''}"


def trained_referents(structure_ids: Iterable[int]) -> dict[int, dict[int, dt.date]]:
    """Structure → who was trained as its referent → since when; also those who left."""
    found: dict[int, dict[int, dt.date]] = {}
    rows = Attendance.objects.filter(
        structure_id__in=list(structure_ids), was_there=True, session__ended_at__isnull=False,
        session__module__in=[each.code for each in catalogue.help_at_hand().modules if each.referent],
    ).order_by("-session__day")  # fmt: skip
    for structure_id, professional_id, day in rows.values_list("structure_id", "professional_id", "session__day"):
        found.setdefault(structure_id, {})[professional_id] = day
    return found


def presence(structure_ids: Iterable[int]) -> dict[int, tuple[tuple[dt.date, dt.date | None], ...]]:
    """Structure → from when until when each trained referent is there."""
    trained = trained_referents(structure_ids)
    people = sorted({person for those in trained.values() for person in those})
    found: dict[int, tuple[tuple[dt.date, dt.date | None], ...]] = dict.fromkeys(trained, ())
    for structure_id, person, start, until in sql.rows(_ATTACHED, {"structures": list(trained), "people": people}):
        since = trained[structure_id].get(person)
        if since is not None:
            found[structure_id] = (*found[structure_id], (max(start, since), until))
    return found


_ATTACHED: Final = """
SELECT structure_id, professional_id, start, "end" FROM professionals_attachment
 WHERE structure_id = ANY(%(structures)s::bigint[]) AND professional_id = ANY(%(people)s::bigint[]) ORDER BY id
"""


def _visible(actor: Actor) -> QuerySet[Session]:
    found = Session.objects.select_related("basin").prefetch_related("attendances", "scores")
    if may_steer(actor):
        return found
    here = structure_of(actor)
    return found.filter(attendances__structure_id=here).distinct() if here is not None else found.none()


def _to_edit(actor: Actor, uuid: UUID) -> Session:
    must_steer(actor)
    row = Session.objects.select_for_update().filter(uuid=uuid).first()
    if row is None:
        raise access_room.AccessDenied
    if row.ended_at is not None:
        raise UserMessage("E-TER-13", "Les présents de cette séance sont notés\u202f: elle ne change plus.")
    return row


def _module(row: Session) -> Module:
    """What was taught may have left the content since."""
    found = catalogue.help_at_hand().module(row.module)
    return found or Module(code=row.module, titre=row.module, minutes=row.minutes, pour="", points=())


def _line(row: Session) -> SessionLine:
    people, scores = list(row.attendances.all()), list(row.scores.all())
    number = sum(each.number for each in scores)
    total = sum(each.number * each.mark for each in scores)
    return SessionLine(
        uuid=row.uuid,
        module=_module(row),
        basin=row.basin.code,
        basin_name=row.basin.name,
        place=row.place,
        day=row.day,
        minutes=row.minutes,
        trainer=row.trainer,
        is_ended=row.ended_at is not None,
        expected=len(people),
        present=sum(bool(each.was_there) for each in people),
        mark=total / number if number >= FEWEST_MARKS else None,
    )


def of_structure(actor: Actor, structure_id: StructureId) -> tuple[SessionLine, ...]:
    """Where people of this structure were expected, the latest first."""
    found = _visible(actor).filter(attendances__structure_id=structure_id).distinct()
    return tuple(_line(each) for each in found.order_by("-day", "-id"))
