"""« Ce qui a frotté » as people read it: on the row of a document, in a record, in the day of whoever is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.noticed.definition import REFERENT, rules
from maillon.noticed.models import Notice
from maillon.professionals import api as professionals

LONGEST = 200
NOT_YOURS = UserMessage("E-IRC-01", "Ce constat n’existe pas, ou n’est pas pour vous.")
SEEN = "Vu"
ON_PAPER = "Remis sur papier"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """`document` is None in the day of whoever is told of a colleague: they learn nothing of the patient."""

    uuid: UUID
    code: str
    fact: str
    text: str
    advice: str
    detail: str
    mark: str
    severity: int
    document: UUID | None
    for_whom: str
    noticed_at: dt.datetime
    settled_at: dt.datetime | None
    settled_by: str
    outcome: str

    @property
    def is_open(self) -> bool:
        return self.settled_at is None


def of_record(access: Access) -> list[NoticeLine]:
    """Of the documents that the key opens, the latest first."""
    return _lines(_of_key(access).order_by("-noticed_at", "-id")[:LONGEST])


def of_document(access: Access, document_uuid: UUID) -> list[NoticeLine]:
    """What its row says, and what to do about it: of two that say the same there, the graver."""
    found = _lines(_of_key(access).filter(document_uuid=document_uuid, settled_at__isnull=True).order_by("severity"))
    return list({line.mark: line for line in found if line.mark}.values())


def marks(access: Access, documents: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    """What the row of each document says of it, while it lasts."""
    return _marks(_of_key(access), documents)


def marks_across(actor: Actor, documents: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The same in a list that is of several records."""
    return _marks(Notice.objects.filter(access_room.rule.VisibleTo(actor)), documents)


def of_day(actor: Actor) -> list[NoticeLine]:
    """What waits for this person or their role: once for each colleague that a fact is about."""
    mine = _open_to(actor)
    visible = mine.exclude(_of_people()).filter(access_room.rule.VisibleTo(actor))
    colleagues = mine.filter(_of_people()).order_by("fact", "subject", "id").distinct("fact", "subject")
    lines = _lines([*colleagues[:LONGEST], *visible.order_by("id")[:LONGEST]], of_colleagues=True)
    return sorted(lines, key=lambda line: (-line.severity, line.noticed_at))


def note_seen(actor: Actor, uuid: UUID) -> None:
    """It leaves the day of those who were told; the list keeps it. Of a colleague, all that was said of the same.
    Raises E-IRC-01."""
    row = _open_to(actor).filter(uuid=uuid).first()
    if row is None or not (_is_of_person(row) or _is_visible(actor, row)):
        raise NOT_YOURS
    mine = _open_to(actor)
    same = mine.filter(fact=row.fact, subject=row.subject) if _is_of_person(row) else mine.filter(pk=row.pk)
    same.update(settled_at=clock.now(), settled_by=actor.label[:200], outcome=SEEN)


def _of_key(access: Access) -> QuerySet[Notice]:
    return Notice.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id)


def _open_to(actor: Actor) -> QuerySet[Notice]:
    if actor.kind != "professional" or actor.professional_id is None:
        return Notice.objects.none()
    roles = [actor.profession_code, *([REFERENT] if access_room.oversight.may_referee(actor) else [])]
    return Notice.objects.filter(
        structure_id__in=list(actor.structure_ids), role_code__in=[each for each in roles if each],
        settled_at__isnull=True, fact__in=[each.fait for each in rules().faits if not each.par_une_tache],
    )  # fmt: skip


def _is_visible(actor: Actor, row: Notice) -> bool:
    return Notice.objects.filter(access_room.rule.VisibleTo(actor), pk=row.pk).exists()


def _is_of_person(row: Notice) -> bool:
    return rules().named(row.fact).sur_une_personne


def _marks(found: QuerySet[Notice], documents: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    marked = [each.fait for each in rules().faits if each.marque]
    rows = found.filter(document_uuid__in=list(documents), fact__in=marked, settled_at__isnull=True)
    said: dict[UUID, tuple[str, ...]] = {}
    for document, fact in rows.order_by("id").values_list("document_uuid", "fact"):
        said[document] = tuple(dict.fromkeys((*said.get(document, ()), rules().named(fact).marque)))
    return said


def _lines(rows: Iterable[Notice], *, of_colleagues: bool = False) -> list[NoticeLine]:
    """`of_colleagues`: told outside the record, where a fact about a colleague names no document."""
    kept = list(rows)
    people = professionals.people(
        {ProfessionalId(each.professional_id) for each in kept if each.professional_id is not None}
    )
    names = {int(number): line.name for number, line in people.items()}
    return [
        _line(row, names.get(row.professional_id or 0, ""), hides=of_colleagues and _is_of_person(row)) for row in kept
    ]


def _line(row: Notice, name: str, *, hides: bool) -> NoticeLine:
    said = rules().named(row.fact)
    role = "Référent numérique" if row.role_code == REFERENT else professionals.PROFESSIONS.get(row.role_code, "")
    return NoticeLine(
        uuid=row.uuid,
        code=row.code,
        fact=row.fact,
        text=said.dire,
        advice=said.faire,
        detail=row.detail,
        mark=said.marque,
        severity=row.severity,
        document=None if hides else row.document_uuid,
        for_whom=role or name,
        noticed_at=row.noticed_at,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        outcome=row.outcome,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCount:
    code: str
    number: int
    open: int
    on_paper: int  # another way was found: handed over


def counted(actor: Actor, *, since: dt.datetime) -> dict[str, CodeCount]:
    """By code, in their structure: of what they may read, and of facts about colleagues, each colleague once. A
    document that is closed to them adds nothing."""
    here = Notice.objects.filter(structure_id=actor.structure_id or 0, noticed_at__gte=since)
    parts = [
        *_counted(here.filter(_of_people()), "subject"),
        *_counted(here.exclude(_of_people()).filter(access_room.rule.VisibleTo(actor)), "id"),
    ]
    found: dict[str, CodeCount] = {}
    for row in parts:
        known = found.get(row.code, CodeCount(code=row.code, number=0, open=0, on_paper=0))
        found[row.code] = CodeCount(
            code=row.code, number=known.number + row.number, open=known.open + row.open,
            on_paper=known.on_paper + row.on_paper,
        )  # fmt: skip
    return found


def _counted(notices: QuerySet[Notice], what: str) -> list[CodeCount]:
    rows = notices.values("code").annotate(
        number=Count(what, distinct=True), open=Count(what, distinct=True, filter=Q(settled_at__isnull=True)),
        on_paper=Count(what, distinct=True, filter=Q(outcome=ON_PAPER)),
    )  # fmt: skip
    return [CodeCount(**row) for row in rows]


def _of_people() -> Q:
    return Q(fact__in=[each.fait for each in rules().faits if each.sur_une_personne])
