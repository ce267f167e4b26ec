"""Products of mobile health: described, judged criterion by criterion, concluded, shared for twelve months.

An application without a medical purpose is judged with the 101 criteria; a medical device fills the sheet of digital
devices instead (sheet §11). The shared catalogue shows every structure what has not expired.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from maillon.access import api as access_room
from maillon.evaluations import grids, scoring
from maillon.evaluations.definition import RISKS, Dimension, Grid
from maillon.evaluations.membership import member, must_belong
from maillon.evaluations.models import Evaluation, Judgement
from maillon.evaluations.states import EVALUATION, Decision, EvaluationState, Verdict
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable

APPLICATION, DEVICE = "mobile-101", "dmn"
CLASSES: Final = ("I", "IIa", "IIb", "III")  # règlement (UE) 2017/745
MONTHS: Final = 12
_LIMITS: Final = {"product": 200, "version": 60, "editor": 200, "purpose": 1000}
_NOT_AN_APPLICATION: Final = UserMessage(
    "E-MOB-02",
    "Un dispositif médical ne s’évalue pas avec les critères des applications\u202f: remplissez la fiche DMN.",
)
_SAID: Final = {"product": "le nom", "editor": "l’éditeur", "purpose": "à quoi il sert"}


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

    @property
    def shown_decision(self) -> str:
        """What may be said today: an evaluation that expired recommends nothing (E-MOB-03)."""
        return "" if self.is_expired else self.decision


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


def offered(actor: Actor) -> Grid:
    """The grid whose uses and publics are proposed for a product."""
    must_belong(actor)
    return grids.of_house(APPLICATION)


@transaction.atomic
def begin(actor: Actor, identity: Identity, *, is_independent: bool) -> UUID:
    """Raises E-MOB-01 without a version, E-MOB-04 for who has a link with the editor, E-MOB-05 for what lacks."""
    here = must_belong(actor)
    said = _checked(actor, identity, is_independent=is_independent)
    row = grids.kept(here.structure_id, DEVICE if said.device_class else APPLICATION)
    return Evaluation.objects.create(
        structure_id=here.structure_id, referential=row, evaluator_id=here.professional_id,
        evaluated_by=actor.label, begun_at=clock.now(), risk=_risk(said), **_columns(said),
    ).uuid  # fmt: skip


@transaction.atomic
def describe(actor: Actor, uuid: UUID, identity: Identity, *, is_independent: bool) -> None:
    """Change what the product is, while nothing is concluded. A product that is found to be a device goes over to the
    sheet of devices; what was judged with the other grid is kept, and counts no more."""
    found = _being_written(actor, uuid)
    said = _checked(actor, identity, is_independent=is_independent)
    found.referential = grids.kept(must_belong(actor).structure_id, DEVICE if said.device_class else APPLICATION)
    found.risk = _risk(said)
    for name, value in _columns(said).items():
        setattr(found, name, value)
    found.save()


@transaction.atomic
def judge(actor: Actor, uuid: UUID, said: Mapping[str, tuple[str, str]]) -> None:
    """Criterion → (verdict, text). Nothing said leaves what was there. Raises E-MOB-02 when a device is judged with
    the criteria of applications, E-MOB-05 for a verdict that is none or a text too long."""
    found = _being_written(actor, uuid)
    grid = grids.grid_of(found.referential)
    for code, (verdict, typed) in said.items():
        _must_be_of(grid, code, is_device=bool(found.device_class))
        if verdict and (grid.nature == "fiche" or verdict not in Verdict.values):
            raise UserMessage(
                "E-MOB-05", "Choisissez «\u202fconforme\u202f», «\u202fnon conforme\u202f» ou «\u202fsans objet\u202f»."
            )
        text = storable(typed).strip()
        if len(text) > 4000:
            raise UserMessage("E-MOB-05", "Ce texte dépasse 4\u202f000 caractères.")
        Judgement.objects.update_or_create(
            evaluation=found, criterion=code, defaults={"verdict": verdict, "text": text}
        )


@transaction.atomic
def conclude(actor: Actor, uuid: UUID, *, decision: str, reason: str) -> None:
    """Holds twelve months. Raises E-MOB-05 while something lacks, E-MOB-07 for a better decision than what is not met
    allows."""
    found = _being_written(actor, uuid)
    view = show(actor, uuid)
    if decision not in Decision.values:
        raise UserMessage("E-MOB-05", "Choisissez une décision.")
    left = [each.code for each in view.score.left] if view.score else list(view.lacking)
    if left:
        shown = ", ".join(left[:8]) + ("…" if len(left) > 8 else "")
        raise UserMessage("E-MOB-05", f"Il reste à répondre à\u202f: {shown}.")
    if view.score and not view.score.allows(decision):
        codes = ", ".join(each.code for each in view.score.unmet_mandatory)
        raise UserMessage(
            "E-MOB-07",
            f"Un critère obligatoire n’est pas respecté ({codes})\u202f: au mieux «\u202favec réserve\u202f».",
        )
    reason = storable(reason).strip()
    if not reason or len(reason) > 2000:
        raise UserMessage("E-MOB-05", "Motivez la décision, en 2\u202f000 caractères au plus.")
    found.state = EVALUATION.target("conclude", source=found.state)
    found.decision, found.reason = decision, reason
    found.concluded_on = clock.today()
    found.expires_on = _months_later(clock.today(), MONTHS)
    found.save()


@transaction.atomic
def share(actor: Actor, uuid: UUID) -> None:
    """Into the catalogue of every structure. Raises E-MOB-03 for what has expired."""
    found = _own(actor, uuid)
    if _is_expired(found):
        raise UserMessage("E-MOB-03", "Cette évaluation a expiré\u202f: évaluez la version actuelle du produit.")
    found.state = EVALUATION.target("share", source=found.state)
    found.save()


@transaction.atomic
def withdraw(actor: Actor, uuid: UUID) -> None:
    found = _own(actor, uuid)
    found.state = EVALUATION.target("withdraw", source=found.state)
    found.save()


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
        raise _NOT_AN_APPLICATION
    if found is None:
        raise access_room.AccessDenied
    return found


# ------------------------------------------------------------------------------------------------ within


def _visible(actor: Actor) -> QuerySet[Evaluation]:
    """Of the structure, or shared and in time."""
    here = member(actor)
    if here is None:
        return Evaluation.objects.none()
    shared = Q(state=EvaluationState.SHARED, expires_on__gt=clock.today())
    return Evaluation.objects.filter(Q(structure_id=here.structure_id) | shared).select_related(
        "referential", "structure"
    )


def _own(actor: Actor, uuid: UUID) -> Evaluation:
    found = Evaluation.objects.select_for_update(of=("self",)).select_related("referential").filter(
        uuid=uuid, structure_id=must_belong(actor).structure_id
    ).first()  # fmt: skip
    if found is None:
        raise access_room.AccessDenied
    return found


def _being_written(actor: Actor, uuid: UUID) -> Evaluation:
    found = _own(actor, uuid)
    if found.state != EvaluationState.DRAFT:
        raise UserMessage("E-MOB-06", "Cette évaluation est conclue\u202f: commencez-en une nouvelle.")
    return found


def _checked(actor: Actor, identity: Identity, *, is_independent: bool) -> Identity:
    said = Identity(**{name: storable(getattr(identity, name)).strip() for name in Identity.__dataclass_fields__})
    if not said.version:
        raise UserMessage("E-MOB-01", "Donnez la version évaluée\u202f: une évaluation ne vaut que pour elle.")
    for name, label in _SAID.items():
        if not getattr(said, name):
            raise UserMessage("E-MOB-05", f"Donnez {label} du produit." if name != "purpose" else f"Dites {label}.")
    if any(len(getattr(said, name)) > most for name, most in _LIMITS.items()):
        raise UserMessage("E-MOB-05", "Un de ces textes est trop long.")
    if said.device_class and said.device_class not in CLASSES:
        raise UserMessage("E-MOB-05", f"Choisissez une classe de dispositif\u202f: {', '.join(CLASSES)}, ou aucune.")
    if _risk(said) == "":
        raise UserMessage("E-MOB-05", "Choisissez l’usage principal et le public visé.")
    if not is_independent or _plain(said.editor) in {_plain(actor.label), _plain(actor.structure_name)}:
        raise UserMessage(
            "E-MOB-04", "Qui évalue n’a aucun lien avec l’éditeur\u202f: confiez l’évaluation à quelqu’un d’autre."
        )
    return said


def _risk(identity: Identity) -> str:
    return grids.of_house(APPLICATION).risk_of(identity.use, identity.public) or ""


def _columns(identity: Identity) -> dict[str, str]:
    return {name: getattr(identity, name) for name in Identity.__dataclass_fields__}


def _must_be_of(grid: Grid, code: str, *, is_device: bool) -> None:
    if grid.criterion(code) is not None:
        return
    if is_device and grids.of_house(APPLICATION).criterion(code) is not None:
        raise _NOT_AN_APPLICATION
    raise access_room.AccessDenied


def _is_expired(row: Evaluation) -> bool:
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
        is_expired=_is_expired(row),
        is_ours=here is not None and row.structure_id == here.structure_id,
    )


def _plain(name: str) -> str:
    """Without accents, case, title nor legal form: two spellings of one name."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return " ".join(word for word in re.findall(r"[a-z0-9]+", text) if word not in {"dr", "sas", "sarl", "sa", "ste"})


def _months_later(day: dt.date, months: int) -> dt.date:
    """The same day of the month; when the month is too short, its last day."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))
