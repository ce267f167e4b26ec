"""Evaluations of products as they are shown: one's own structure's, and those that structures share while they last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from maillon.access import api as access_room
from maillon.evaluations import grids, scoring
from maillon.evaluations.definition import RISKS, Dimension, Grid
from maillon.evaluations.membership import member, must_belong
from maillon.evaluations.models import Evaluation
from maillon.evaluations.states import Decision, EvaluationState
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage

APPLICATION, DEVICE = "mobile-101", "dmn"
NOT_AN_APPLICATION: Final = UserMessage(
    "E-MOB-02",
    "Un dispositif médical ne s’évalue pas avec les critères des applications\u202f: remplissez la fiche DMN.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a product is. `device_class` empty: no medical purpose declared."""

    product: str
    version: str
    editor: str
    purpose: str
    use: str
    public: str
    device_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationLine:
    uuid: UUID
    product: str
    version: str
    editor: str
    purpose: str
    is_device: bool
    state: str
    state_label: str
    decision: str
    decision_label: str
    percent: float | None
    evaluated_by: str
    structure_name: str
    concluded_on: dt.date | None
    expires_on: dt.date | None
    is_expired: bool
    is_ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationView:
    line: EvaluationLine
    identity: Identity
    grid: Grid
    risk: str
    risk_label: str
    score: scoring.Score | None  # of an application
    lacking: tuple[str, ...]  # labels of a sheet that are to be filled
    verdicts: Mapping[str, str]
    texts: Mapping[str, str]
    reason: str
    may_write: bool


def ours(actor: Actor) -> tuple[EvaluationLine, ...]:
    """Every evaluation of the structure, also those that expired, the latest first."""
    found = _visible(actor).filter(structure_id=must_belong(actor).structure_id)
    return tuple(_line(each, actor) for each in found.order_by("-begun_at"))


def catalogue(actor: Actor) -> tuple[EvaluationLine, ...]:
    """What structures share and has not expired, by product."""
    must_belong(actor)
    found = _visible(actor).filter(state=EvaluationState.SHARED, expires_on__gt=clock.today())
    return tuple(_line(each, actor) for each in found.order_by("product", "-concluded_on"))


def show(actor: Actor, uuid: UUID) -> EvaluationView:
    """One's own structure's, or one of the catalogue. Raises AccessDenied."""
    found = _visible(actor).filter(uuid=uuid).first()
    if found is None:
        raise access_room.AccessDenied
    grid = grids.grid_of(found.referential)
    given = {each.criterion: each for each in found.judgements.all() if grid.criterion(each.criterion)}
    verdicts = {code: each.verdict for code, each in given.items() if each.verdict}
    texts = {code: each.text for code, each in given.items() if each.text}
    is_sheet = grid.nature == "fiche"
    line = _line(found, actor)
    return EvaluationView(
        line=line,
        identity=Identity(
            product=found.product, version=found.version, editor=found.editor, purpose=found.purpose, use=found.use,
            public=found.public, device_class=found.device_class,
        ),
        grid=grid,
        risk=found.risk,
        risk_label=RISKS.get(found.risk, ""),
        score=None if is_sheet else scoring.score(grid, found.risk, verdicts),
        lacking=tuple(each.dire for each in scoring.lacking(grid, texts)) if is_sheet else (),
        verdicts=verdicts,
        texts=texts,
        reason=found.reason,
        may_write=line.is_ours and found.state == EvaluationState.DRAFT,
    )  # fmt: skip


def dimension_of(actor: Actor, uuid: UUID, code: str) -> Dimension:
    """A sub-domain of the product's own grid. Raises E-MOB-02 for one of the applications' grid, when the product is a
    device; AccessDenied for what is nowhere."""
    view = show(actor, uuid)
    found = view.grid.dimension(code)
    if found is None and view.line.is_device and grids.of_house(APPLICATION).dimension(code) is not None:
        raise NOT_AN_APPLICATION
    if found is None:
        raise access_room.AccessDenied
    return found


def _visible(actor: Actor) -> QuerySet[Evaluation]:
    """Of the structure, or shared and in time."""
    here = member(actor)
    if here is None:
        return Evaluation.objects.none()
    shared = Q(state=EvaluationState.SHARED, expires_on__gt=clock.today())
    return Evaluation.objects.filter(Q(structure_id=here.structure_id) | shared).select_related(
        "referential", "structure"
    )


def has_expired(row: Evaluation) -> bool:
    return row.expires_on is not None and row.expires_on <= clock.today()


def _line(row: Evaluation, actor: Actor) -> EvaluationLine:
    here = member(actor)
    grid = grids.grid_of(row.referential)
    verdicts = dict(row.judgements.exclude(verdict="").values_list("criterion", "verdict"))
    is_scored = grid.nature == "conformite"
    return EvaluationLine(
        uuid=row.uuid,
        product=row.product,
        version=row.version,
        editor=row.editor,
        purpose=row.purpose,
        is_device=bool(row.device_class),
        state=row.state,
        state_label=EvaluationState(row.state).label,
        decision=row.decision,
        decision_label=Decision(row.decision).label if row.decision else "",
        percent=scoring.score(grid, row.risk, verdicts).percent if is_scored else None,
        evaluated_by=row.evaluated_by,
        structure_name=row.structure.name,
        concluded_on=row.concluded_on,
        expires_on=row.expires_on,
        is_expired=has_expired(row),
        is_ours=here is not None and row.structure_id == here.structure_id,
    )
