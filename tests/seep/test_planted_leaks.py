"""The twins can fail: each leak planted here is found, and each is one that a product of this kind once had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models import BooleanField, Q, Value
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.access import keys, law, rule
from maillon.access.models import Session
from maillon.documents.models import Document
from maillon.exchange import lists
from maillon.exchange.models import ReceivedDocument
from maillon.patients.models import Patient
from maillon.tasks.models import Task
from maillon.web import errors, jinja, rules
from maillon.web.views import day, search, timeline
from tests.seep import mutations
from tests.seep.twins import Comparison, Twins
from tests.seep.worlds import World

pytestmark = pytest.mark.django_db

Patch = pytest.MonkeyPatch


@pytest.fixture
def patch(monkeypatch: Patch) -> Iterator[Patch]:
    _forget()
    yield monkeypatch
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for remembered in (rule._within_text, rule._across_text, rule._opens_text, keys._open_text):
        remembered.cache_clear()


def found(
    world: World, *changes: mutations.Mutation, who: str = "claire", path: str = "", pairs: int = 300
) -> Comparison:
    """The twins, asked for what the leak is about."""
    return Twins(world, seed=7, only=changes, path=path).compare(pairs, people=[who], most_seeps=1)


def test_nothing_is_found_where_nothing_was_planted(world: World, patch: Patch) -> None:
    quiet = found(world, *mutations.ALL, pairs=200)
    assert not quiet.seeps, "\n".join(map(str, quiet.seeps))


# ------------------------------------------------------------------------------------------------ counts and lists


def test_a_page_that_counts_every_patient(world: World, patch: Patch) -> None:
    patch.setattr(day, "today", lambda: f"{Patient.objects.count()} patients")
    assert found(world, mutations.a_namesake, path="journee").seeps


def test_a_header_that_counts(world: World, patch: Patch) -> None:
    patch.setattr(search, "page", _with_header(lambda: str(Document.objects.count())))
    assert found(world, mutations.in_a_closed_record, path="patients").seeps


def _with_header(said: Callable[[], str]) -> Callable[..., HttpResponse]:
    def page(request: HttpRequest, *given: Any, **context: Any) -> HttpResponse:
        answer = jinja.page(request, *given, **context)
        answer.headers["X-Total-Count"] = said()
        return answer

    return page


def test_a_count_of_everybodys_mail(world: World, patch: Patch) -> None:
    patch.setattr(lists, "count_to_settle", lambda actor: ReceivedDocument.objects.count())
    from maillon.exchange import api

    patch.setattr(api, "count_to_settle", lambda actor: ReceivedDocument.objects.count())
    assert found(world, mutations.mail_elsewhere, path="a-regler").seeps


def test_a_search_of_the_whole_territory(world: World, patch: Patch) -> None:
    patch.setattr(access_room.rule, "visible_patients", lambda actor: Patient.objects.all())
    assert found(world, mutations.a_namesake, path="patients").seeps


def test_a_list_of_everybodys_sessions(world: World, patch: Patch) -> None:
    everybody = Session.objects.order_by("id")
    ours = access_room.sessions.sessions_of
    patch.setattr(access_room.sessions, "sessions_of", lambda actor: ours(actor) * everybody.count())
    assert found(world, mutations.another_session, path="reglages").seeps


def test_tasks_of_hidden_documents(world: World, patch: Patch) -> None:
    patch.setattr(access_room.rule, "VisibleTo", lambda *_, **__: Value(True, output_field=BooleanField()))
    assert found(world, mutations.masked, path="journee").seeps


def test_an_alert_that_counts_hidden_results(world: World, patch: Patch) -> None:
    from maillon.tasks import api

    def everything(access: Any) -> int:
        return Task.objects.filter(patient_id=access.patient_id, abnormal_count__gt=0, done_at=None).count()

    patch.setattr(api, "unread_abnormal", everything)
    _take_the_wall_down(patch)
    assert found(world, mutations.masked, path="dossier").seeps


# ------------------------------------------------------------------------------------------------ a rule with a hole


def _take_the_wall_down(patch: Patch) -> None:
    """Behind the second wall, a leak within a record finds nothing to tell: it is the first that is tried here."""
    cut = keys._cut
    patch.setattr(keys, "_cut", lambda *given, behind_the_wall: cut(*given, behind_the_wall=False))


def _without(patch: Patch, code: str) -> None:
    """The law with one step that no longer holds, everywhere it was read from, the wall taken down."""
    _take_the_wall_down(patch)
    steps = tuple(
        law.refuse(step.code, law.FALSE, step.says, at_the_door=law.FALSE if step.at_the_door is not None else None)
        if step.code == code
        else step
        for step in law.PROFESSIONAL
    )
    for laws in (law.LAWS, rule._LISTING):
        patch.setitem(laws, "professional", steps)
    _forget()


def test_a_step_of_the_law_that_was_dropped(world: World, patch: Patch) -> None:
    """Each fault of the law, one by one, is the matter of tests/access/law."""
    _without(patch, "A03")
    assert found(world, mutations.masked, who="claire", pairs=600).seeps


# ------------------------------------------------------------------------------------------------ other ways out


def test_a_refusal_that_says_why(world: World, patch: Patch) -> None:
    """403 for what exists, 404 for what does not."""
    plain = errors.not_found

    def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        answer = plain(request, exception)
        parts = [part for part in request.path.split("/") if len(part) == 36]
        if parts and Patient.objects.filter(uuid=parts[0]).exists():
            answer.status_code = 403
        return answer

    patch.setattr(errors, "not_found", not_found)
    assert found(world, mutations.a_namesake, path="dossier").seeps


def test_a_refusal_that_takes_longer(world: World, patch: Patch) -> None:
    """One statement more when the document exists."""
    from maillon.documents import api

    asked = api.patient_of

    def patient_of(actor: Any, uuid: Any, **more: Any) -> Any:
        row = Document.objects.filter(uuid=uuid).first()
        if row is not None:
            Patient.objects.get(pk=row.patient_id)
        return asked(actor, uuid, **more)

    patch.setattr(rules.documents, "patient_of", patient_of)
    assert found(world, mutations.in_a_closed_record, path="document").seeps


def test_an_order_that_follows_hidden_rows(world: World, patch: Patch) -> None:
    """The lines are the same, and turned round when there are an odd number of documents in the record."""
    _take_the_wall_down(patch)
    ours = timeline.record.timeline

    def turned(access: Any, **asked: Any) -> Any:
        lines = ours(access, **asked)
        is_odd = Document.objects.filter(Q(patient_id=access.patient_id) | Q(pk=None)).count() % 2
        return lines[::-1] if is_odd else lines

    patch.setattr(timeline.record, "timeline", turned)
    assert found(world, mutations.masked, path="dossier", pairs=900).seeps


def test_a_masked_line_of_the_national_record_that_everybody_sees(world: World, patch: Patch) -> None:
    from maillon.exchange.dmp import entries

    everything = entries.DmpEntry.objects
    patch.setattr(entries, "visible_entries", lambda access: everything.filter(patient_id=access.patient_id))
    assert found(world, mutations.a_line_of_the_national_record, path="dossier/<uuid:patient>/dmp").seeps
