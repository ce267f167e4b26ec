"""The templates' environment: strict, escaped, compiled once; and `page`, which every view ends with."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from maillon.access import api as access_room
from maillon.forms import api as forms
from maillon.rights import api as rights
from maillon.territory import api as territory
from maillon.web import assets, labels, screens, wording

TEMPLATES = Path(__file__).parent / "templates"
VERSION = version("maillon")
_ICONS = frozenset((Path(__file__).parent / "icons.txt").read_text(encoding="utf-8").split())


def environment(**options: Any) -> Environment:
    kept = {name: value for name, value in options.items() if name not in ("autoescape", "undefined")}
    made = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, cache_size=-1, **kept
    )
    made.filters |= wording.FILTERS
    made.globals |= labels.GLOBALS | {
        "asset": assets.address,
        "icon_address": icon_address,
        "icon": icon,
        "badge": badge,
        "kind_mark": kind_mark,
        "profession_mark": profession_mark,
        "csrf_token": get_token,
        "inconclusive": forms.inconclusive,
        "bounds_of": forms.shown_bounds,
        "may_break_glass": access_room.emergency.may_ask,
        "screen_of": screens.screen_of,
        "may_referee": access_room.oversight.may_referee,
        "may_steer": territory.may_steer,
        "may_follow_rights": rights.requests.may_follow,
        "version": VERSION,
        "NARROW": wording.NARROW,
    }
    return made


@cache
def templates() -> Environment:
    from django.conf import settings

    return environment(loader=_Unindented(TEMPLATES), auto_reload=settings.DEBUG)


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """The whole page. `request` is there for the shell: who is signed in, which entry of the bar is the current one."""
    text = templates().get_template(template).render(context, request=request, actor=getattr(request, "actor", None))
    return HttpResponse(text, status=status)


# The small pieces that every line repeats, drawn by their macro once for each argument.
@lru_cache(maxsize=256)
def icon(name: str, css: str = "") -> Markup:
    return _drawn("draw_icon", name, css)


@lru_cache(maxsize=256)
def badge(text: str, icon_name: str, tone: str = "neutral") -> Markup:
    return _drawn("draw_badge", text, icon_name, tone)


@lru_cache(maxsize=64)
def kind_mark(code: str) -> Markup:
    return _drawn("draw_kind", code)


@lru_cache(maxsize=256)
def profession_mark(code: str | None) -> Markup:
    return _drawn("draw_profession", code or "")


@cache
def icon_address(name: str) -> str:
    """A name that is not in icons.txt would be an empty picture: it is refused."""
    if name not in _ICONS:
        raise LookupError(f"icon not listed in icons.txt: {name}")
    return f"{assets.address('icons.svg')}#{name}"


class _Unindented(FileSystemLoader):
    """Indentation helps those who write a template; it is a third of the page for those who download it."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, name, is_fresh = super().get_source(environment, template)
        return re.sub(r"^[ \t]+", "", source, flags=re.M), name, is_fresh


def _drawn(macro: str, *arguments: str) -> Markup:
    drawn: Markup = getattr(templates().get_template("macros/marks.html").module, macro)(*arguments)
    return drawn
