"""Runs: asked for, played step by step, read while they are played. Progress is stored as it happens, so that a page
shows it live and an interrupted run goes on from where it was. Its times are true ones, whatever the clock plays."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Prefetch, QuerySet

from maillon.kernel import clock, sql
from maillon.kernel.content import ContentError
from maillon.kernel.message import UserMessage
from maillon.scenarios import library
from maillon.scenarios.definition import Scenario
from maillon.scenarios.models import Run, RunStep, StepPicture
from maillon.scenarios.report import Check, Exchanged, Noticed, Picture, Produced, Report, StepReport
from maillon.scenarios.states import ENDED, RUN, STEP, RunState, StepState

NO_RUN: Final = UserMessage("E-PAR-10", "Cette exécution n’existe pas.")
MADE: Final = "produits"
KEPT: Final = "a_retenir"
NOBODY_LEFT: Final = UserMessage(
    "E-PAR-16",
    "Toutes les personnes fictives de ce parcours ont été jouées sur cette démonstration\u202f: recommencez-la sur un "
    "dossier de données neuf.",
)
UNREADABLE: Final = UserMessage(
    "E-PAR-15", "Cette exécution a été jouée d’après un fichier que cette version ne sait plus lire."
)
NO_PICTURE: Final = UserMessage("E-PAR-14", "Cette image n’existe pas.")
_PICTURES: Final = Prefetch("steps__pictures", queryset=StepPicture.objects.defer("data"))  # never their bytes


@transaction.atomic
def ask(
    name: str, *, asked_by: str, variant: str = "", step_by_step: bool = False, with_pictures: bool = False
) -> UUID:
    """A new run, which a player takes. Raises UserMessage, ContentError."""
    text = playable(name, variant=variant)
    scenario = library.read(text, f"{name}.yaml")
    sql.rows("SELECT pg_advisory_xact_lock(hashtext('scenarios_run'))")
    number = (Run.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    run = Run.objects.create(
        number=number, scenario=name, text=text, variant=variant, is_step_by_step=step_by_step, asked_by=asked_by,
        asked_at=clock.wall(), with_pictures=with_pictures,
    )  # fmt: skip
    RunStep.objects.bulk_create(
        RunStep(run=run, rank=rank, code=step.code) for rank, step in enumerate(scenario.etapes, start=1)
    )
    return run.uuid


def playable(name: str, *, variant: str = "") -> str:
    """The text of a journey that can be played so. Raises UserMessage, ContentError."""
    text = library.text_of(name)
    scenario = library.read(text, f"{name}.yaml")
    if variant and scenario.variant(variant) is None:
        known = ", ".join(each.code for each in scenario.variantes) or "aucune"
        raise UserMessage("E-PAR-02", f"« {variant} » n’est pas une variante de ce parcours ({known}).")
    return text


@transaction.atomic
def take_next() -> UUID | None:
    """The oldest run that waits for a player; two players never take the same."""
    run = Run.objects.select_for_update(skip_locked=True).filter(state=RunState.ASKED).order_by("number").first()
    if run is None:
        return None
    run.state = RUN.target("begin", source=run.state)
    run.started_at, run.failure, run.ended_at = run.started_at or clock.wall(), "", None
    run.save()
    return run.uuid


def set_origin(uuid: UUID, origin: dt.datetime) -> None:
    Run.objects.filter(uuid=uuid, origin=None).update(origin=origin)


@transaction.atomic
def draw_person(uuid: UUID, *, among: Sequence[int]) -> int:
    """Whom the run is about, by rank: the first whom no run about somebody of that sex and age was about, since the
    practice knows them by then. The same again for a run that goes on. Raises UserMessage."""
    sql.rows("SELECT pg_advisory_xact_lock(hashtext('scenarios_run'))")
    run = _locked(uuid)
    if run.person is None:
        taken = _drawn(like=run)
        run.person = next((rank for rank in among if rank not in taken), None)
        if run.person is None:
            raise NOBODY_LEFT
        run.save(update_fields=["person"])
    return run.person


def _drawn(*, like: Run) -> set[int]:
    """Of a journey that cannot be read any more, everybody is taken: nobody knows of what age they were."""
    subject = _subject(like)
    drawn = Run.objects.exclude(person=None).only("person", "text", "scenario")
    return {run.person for run in drawn if run.person is not None and _subject(run) in (subject, None)}


def _subject(run: Run) -> tuple[str, int] | None:
    try:
        said = library.as_played(run.text, f"{run.scenario}.yaml").patient
    except ContentError:
        return None
    return said.sexe, said.age


def noticed(uuid: UUID) -> list[dict[str, str]]:
    """What the platform noticed since the run began: `code`, `fait`, `document`."""
    return list(Run.objects.values_list("observed", flat=True).get(uuid=uuid).get("constats", []))


def begin_step(uuid: UUID, code: str) -> None:
    step = RunStep.objects.get(run__uuid=uuid, code=code)
    step.state, step.started_at = STEP.target("begin", source=step.state), clock.wall()
    step.reason, step.checks, step.done_at = "", [], None
    step.save()
    step.pictures.all().delete()


def end_step(
    uuid: UUID, code: str, *, move: str, seconds: float = 0, reason: str = "", checks: Sequence[Check] = (),
    documents: Sequence[Produced] = (), messages: Sequence[Exchanged] = (), irritants: Sequence[Noticed] = (),
    reentries: int = 0, done_at: dt.datetime | None = None,
) -> None:  # fmt: skip
    """`move`: « pass », « fail », « be_impossible » or « skip ». `done_at`: in the calendar that is played."""
    step = RunStep.objects.get(run__uuid=uuid, code=code)
    step.state = STEP.target(move, source=step.state)
    step.seconds, step.reason, step.reentries = round(seconds, 3), reason[:500], reentries
    step.done_at = done_at
    step.checks, step.documents = [asdict(each) for each in checks], [asdict(each) for each in documents]
    step.messages, step.irritants = [asdict(each) for each in messages], [asdict(each) for each in irritants]
    step.save()


def keep_picture(uuid: UUID, code: str, *, seen_by: str, shows: str, size: tuple[int, int], data: bytes) -> None:
    step = RunStep.objects.get(run__uuid=uuid, code=code)
    StepPicture.objects.create(
        step=step, rank=step.pictures.count() + 1, seen_by=seen_by[:100], shows=shows[:200], width=size[0],
        height=size[1], data=data,
    )  # fmt: skip


@transaction.atomic
def keep_made(uuid: UUID, code: str, made: dict[str, str]) -> None:
    """What names the document of a step, for the steps that come after it: a run that is taken up again needs it, even
    of a document that only went elsewhere."""
    run = _locked(uuid)
    run.observed.setdefault(MADE, {})[code] = made
    run.save(update_fields=["observed"])


@transaction.atomic
def keep(uuid: UUID, said: dict[str, list[str]]) -> None:
    """What no face shows any more, beside what names the documents."""
    run = _locked(uuid)
    run.observed[KEPT] = said
    run.save(update_fields=["observed"])


@transaction.atomic
def resume(uuid: UUID, **changes: bool) -> None:
    """What was interrupted, or failed, is asked for again: a player goes on where it stopped, and plays nothing twice;
    what is not passed is to come. `is_step_by_step`: whether it waits before each step from now on."""
    _move(uuid, "resume", failure="", ended_at=None, **changes)
    for step in RunStep.objects.filter(run__uuid=uuid).exclude(state__in=[StepState.PASSED, StepState.TO_COME]):
        step.state, step.seconds, step.reason = STEP.target("leave", source=step.state), None, ""
        step.checks, step.documents, step.messages, step.irritants = [], [], [], []
        step.save()


def pause(uuid: UUID) -> None:
    _move(uuid, "wait")


@transaction.atomic
def go_on(uuid: UUID) -> None:
    """Somebody else may have said so already, on the page or at the keyboard: there is nothing more to do."""
    if _locked(uuid).state == RunState.WAITING:
        _move(uuid, "go_on")


def end(uuid: UUID, *, observed: dict[str, Any]) -> None:
    """Succeeded when every step did; the figures of the whole are kept."""
    report = read(uuid)
    observed = report.observed | observed
    _move(uuid, "succeed" if report.is_success else "fail", observed=observed, ended_at=clock.wall())


@transaction.atomic
def interrupt(uuid: UUID, *, why: str) -> None:
    """What has ended stays as it ended."""
    if _locked(uuid).state in ENDED:
        return
    for step in RunStep.objects.filter(run__uuid=uuid, state=StepState.PLAYING):
        step.state = STEP.target("leave", source=step.state)
        step.save(update_fields=["state"])
    _move(uuid, "interrupt", failure=why[:500], ended_at=clock.wall())


def state_of(uuid: UUID) -> str:
    found = Run.objects.filter(uuid=uuid).values_list("state", flat=True).first()
    if found is None:
        raise NO_RUN
    return str(found)


def interrupt_the_abandoned() -> int:
    """For who alone may play on this base, before it plays: what has not ended was left by a player that is gone, and
    can be taken up again; what nobody took, nobody waits for any more."""
    found = list(Run.objects.exclude(state__in=ENDED).values_list("uuid", flat=True))
    for uuid in found:
        interrupt(uuid, why="Le programme qui jouait s’est arrêté.")
    return len(found)


@transaction.atomic
def _move(uuid: UUID, name: str, **changes: Any) -> None:
    run = _locked(uuid)
    run.state = RUN.target(name, source=run.state)
    for field, value in changes.items():
        setattr(run, field, value)
    run.save()


def _locked(uuid: UUID) -> Run:
    run = Run.objects.select_for_update().filter(uuid=uuid).first()
    if run is None:
        raise NO_RUN
    return run


# ------------------------------------------------------------------------------------------------ reading


def read(uuid: UUID) -> Report:
    return _one(Run.objects.filter(uuid=uuid))


def by_number(number: int) -> Report:
    return _one(Run.objects.filter(number=number))


def _one(found: QuerySet[Run]) -> Report:
    run = found.prefetch_related("steps", _PICTURES).first()
    if run is None:
        raise NO_RUN
    return _report(run, list(run.steps.all()))


def picture(number: int, code: str, rank: int) -> bytes:
    """The bytes of a screen, in WebP. Raises UserMessage."""
    found = StepPicture.objects.filter(step__run__number=number, step__code=code, rank=rank)
    data = found.values_list("data", flat=True).first()
    if data is None:
        raise NO_PICTURE
    return bytes(data)


def illustrated(name: str) -> Report | None:
    """The last run of a journey, as it is written, that went to its end with pictures."""
    found = Run.objects.filter(scenario=name, variant="", state=RunState.SUCCEEDED, steps__pictures__isnull=False)
    number = found.order_by("-number").values_list("number", flat=True).first()
    return by_number(number) if number is not None else None


def last_success(name: str) -> Report | None:
    """The last run of a journey, as it is written now, that showed everything that it had to."""
    found = Run.objects.filter(scenario=name, text=library.text_of(name), variant="", state=RunState.SUCCEEDED)
    number = found.order_by("-number").values_list("number", flat=True).first()
    return by_number(number) if number is not None else None


def latest(name: str = "", *, most: int = 50) -> list[Report]:
    """The last runs that this version can read, of one journey or of all."""
    found = Run.objects.prefetch_related("steps", _PICTURES).order_by("-number")
    if name:
        found = found.filter(scenario=name)
    reports = []
    for run in found[:most]:
        with contextlib.suppress(UserMessage):  # UNREADABLE
            reports.append(_report(run, list(run.steps.all())))
    return reports


def last_unfinished(name: str, *, variant: str = "") -> Report | None:
    """The run to take up again, if the last one of this journey did not come to its end."""
    found = latest(name, most=1)
    is_open = found and found[0].state in (RunState.INTERRUPTED, RunState.FAILED) and found[0].variant == variant
    return found[0] if is_open else None


def _report(run: Run, rows: list[RunStep]) -> Report:
    try:
        scenario = library.as_played(run.text, f"{run.scenario}.yaml")
    except ContentError:
        raise UNREADABLE from None
    by_code = {row.code: row for row in rows}
    return Report(
        uuid=run.uuid, number=run.number, name=run.scenario, scenario=scenario, variant=run.variant, state=run.state,
        asked_by=run.asked_by, asked_at=run.asked_at, started_at=run.started_at, ended_at=run.ended_at,
        origin=run.origin, failure=run.failure, observed=run.observed, is_step_by_step=run.is_step_by_step,
        with_pictures=run.with_pictures,
        steps=tuple(_step(scenario, rank, by_code) for rank in range(len(scenario.etapes))),
    )  # fmt: skip


def _step(scenario: Scenario, rank: int, rows: dict[str, RunStep]) -> StepReport:
    step = scenario.etapes[rank]
    row = rows.get(step.code) or RunStep(state=StepState.TO_COME)
    return StepReport(
        step=step, rank=rank + 1, actor=scenario.acteurs[step.acteur].role, state=row.state, seconds=row.seconds,
        is_begun=row.started_at is not None, done_at=row.done_at,
        reason=row.reason, reentries=row.reentries,
        checks=tuple(Check(**each) for each in row.checks),
        documents=tuple(
            Produced(**each | {key: tuple(each[key]) for key in ("remarks", "seen_by", "hidden_from")})
            for each in row.documents
        ),
        messages=tuple(Exchanged(**each) for each in row.messages),
        irritants=tuple(Noticed(**each) for each in row.irritants),
        pictures=tuple(
            Picture(step=step.code, rank=each.rank, seen_by=each.seen_by, shows=each.shows, width=each.width,
                    height=each.height)
            for each in (row.pictures.all() if row.pk else ())
        ),
    )  # fmt: skip
