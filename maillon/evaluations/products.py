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
from typing import Final
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.evaluations import grids
from maillon.evaluations.catalogue import (
    APPLICATION,
    DEVICE,
    NOT_AN_APPLICATION,
    EvaluationLine,
    EvaluationView,
    Identity,
    catalogue,
    dimension_of,
    has_expired,
    ours,
    show,
)
from maillon.evaluations.definition import Grid
from maillon.evaluations.membership import must_belong
from maillon.evaluations.models import Evaluation, Judgement
from maillon.evaluations.states import EVALUATION, Decision, EvaluationState, Verdict
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable

CLASSES: Final = ("I", "IIa", "IIb", "III")  # règlement (UE) 2017/745
MONTHS: Final = 12
__all__ = [
    "CLASSES", "EvaluationLine", "EvaluationView", "Identity", "begin", "catalogue", "conclude", "describe",
    "dimension_of", "judge", "offered", "ours", "share", "show", "withdraw",
]  # fmt: skip
_LIMITS: Final = {"product": 200, "version": 60, "editor": 200, "purpose": 1000}
_SAID: Final = {"product": "le nom", "editor": "l’éditeur", "purpose": "à quoi il sert"}


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
    allows, E-MOB-08 for a mandatory criterion set aside without a reason."""
    found = _being_written(actor, uuid)
    view = show(actor, uuid)
    if decision not in Decision.values:
        raise UserMessage("E-MOB-05", "Choisissez une décision.")
    _must_be_decidable(view, decision)
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
    if has_expired(found):
        raise UserMessage("E-MOB-03", "Cette évaluation a expiré\u202f: évaluez la version actuelle du produit.")
    found.state = EVALUATION.target("share", source=found.state)
    found.save()


@transaction.atomic
def withdraw(actor: Actor, uuid: UUID) -> None:
    found = _own(actor, uuid)
    found.state = EVALUATION.target("withdraw", source=found.state)
    found.save()


# ------------------------------------------------------------------------------------------------ within


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
        raise NOT_AN_APPLICATION
    raise access_room.AccessDenied


def _must_be_decidable(view: EvaluationView, decision: str) -> None:
    """Everything is answered, what is set aside says why, and the decision is not better than the answers."""
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
    aside = [
        each.code for each in view.grid.criteria
        if view.score and view.verdicts.get(each.code) == Verdict.NOT_APPLICABLE
        and view.grid.need(each, view.risk) == "obligatoire" and not view.texts.get(each.code)
    ]  # fmt: skip
    if aside:
        raise UserMessage(
            "E-MOB-08", f"Dites pourquoi ces critères obligatoires sont sans objet\u202f: {', '.join(aside)}."
        )


def _plain(name: str) -> str:
    """Without accents, case, title nor legal form: two spellings of one name."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return " ".join(word for word in re.findall(r"[a-z0-9]+", text) if word not in {"dr", "sas", "sarl", "sa", "ste"})


def _months_later(day: dt.date, months: int) -> dt.date:
    """The same day of the month; when the month is too short, its last day."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))
