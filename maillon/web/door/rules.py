"""Who may open a page of the patient's door.

@half_way()              a visitor who has proven one factor
@inside()                a visitor who has proven two, without a record: to choose one, to leave
@visits("read")          the same, with the key to the record on the screen: the view is given an Access
@visits_paper("read")    the same, for one document of that record
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.access.api import AccessDenied
from maillon.documents import api as documents
from maillon.kernel.key import Purpose
from maillon.kernel.message import UserMessage
from maillon.web.door.session import PLACE
from maillon.web.jinja import page
from maillon.web.rules import Ruled, View

Visiting = access_room.visitors.patient_door.Visiting


class DoorRequest(HttpRequest):
    """A request of somebody behind the patient's door."""

    visiting: Visiting


def half_way(method: str = "GET", *, csrf_exempt: bool = False) -> Callable[[View], Ruled]:
    return lambda view: Ruled("half_way", method, view, _guarded(view, needs_both=False), csrf_exempt)


def inside(method: str = "GET") -> Callable[[View], Ruled]:
    return lambda view: Ruled("inside", method, view, _guarded(view, needs_both=True))


def visits(action: str, *, resource: str = "record", method: str = "GET") -> Callable[[View], Ruled]:
    def declare(view: View) -> Ruled:
        def opened(request: DoorRequest, **parts: Any) -> HttpResponse:
            with _reading(request.visiting, action=action, resource_type=resource) as access:
                return view(request, access, **parts)

        return Ruled(f"visits:{action}", method, view, _guarded(opened, needs_both=True))

    return declare


def visits_paper(action: str, *, method: str = "GET") -> Callable[[View], Ruled]:
    def declare(view: View) -> Ruled:
        def opened(request: DoorRequest, *, paper: UUID, **parts: Any) -> HttpResponse:
            _, type_code = documents.patient_of(request.visiting.actor, paper, action=action)
            about = {"resource_type": "document", "resource_id": str(paper), "type_code": type_code}
            with _reading(request.visiting, action=action, **about) as access:
                return view(request, access, paper=paper, **parts)

        return Ruled(f"visits_paper:{action}", method, view, _guarded(opened, needs_both=True))

    return declare


def not_found(request: HttpRequest) -> HttpResponse:
    return page(request, "door/absent.html", status=404, visiting=_visiting(request), here="")


def _reading(visiting: Visiting, **asked: Any) -> Any:
    if visiting.actor.patient_id is None:
        raise _NoRecord
    return access_room.reading(visiting.actor, visiting.actor.patient_id, purpose=Purpose.PERSONAL, **asked)


class _NoRecord(Exception):
    """Nothing is on the screen."""


def _guarded(view: View, *, needs_both: bool) -> View:
    def opened(request: HttpRequest, **parts: Any) -> HttpResponse:
        visiting = _visiting(request)
        if visiting is None:
            return _to_the_door(request)
        if needs_both and not visiting.is_in:
            return HttpResponseRedirect(f"{PLACE}/verification")
        try:
            return view(request, **parts)
        except (AccessDenied, _NoRecord):
            return _refused(request, visiting)
        except UserMessage as refusal:
            return page(
                request, "door/refused.html", status=422, visiting=visiting, here="", message=refusal.message,
                code=refusal.code,
            )  # fmt: skip

    return opened


def _refused(request: HttpRequest, visiting: Visiting) -> HttpResponse:
    """A delegation that ended leaves no record on the screen: another may be chosen. Anything else is not there."""
    if not any(each.patient_id == visiting.actor.patient_id for each in _records(visiting)):
        return HttpResponseRedirect(f"{PLACE}/dossiers")
    return not_found(request)


def _records(visiting: Visiting) -> list[access_room.visitors.RecordLine]:
    return access_room.visitors.records_of(visiting.actor)


def _visiting(request: HttpRequest) -> Visiting | None:
    return getattr(request, "visiting", None)


def _to_the_door(request: HttpRequest) -> HttpResponse:
    """A form that was being filled stays on the screen of who goes back."""
    if request.method != "GET":
        return page(request, "door/closed.html", status=401, visiting=None, here="")
    return HttpResponseRedirect(f"{PLACE}/connexion")
