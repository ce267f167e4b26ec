"""The templates' environment: strict, escaped, compiled once; and `page`, which every view ends with."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from maillon.web import assets, labels, wording

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
        "csrf_token": get_token,
        "version": VERSION,
        "NARROW": wording.NARROW,
    }
    return made


@cache
def templates() -> Environment:
    from django.conf import settings

    return environment(loader=FileSystemLoader(TEMPLATES), auto_reload=settings.DEBUG)


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """The whole page. `request` is there for the shell: who is signed in, which entry of the bar is the current one."""
    text = templates().get_template(template).render(context, request=request, actor=getattr(request, "actor", None))
    return HttpResponse(text, status=status)


@cache
def icon_address(name: str) -> str:
    """A name that is not in icons.txt would be an empty picture: it is refused."""
    if name not in _ICONS:
        raise LookupError(f"icon not listed in icons.txt: {name}")
    return f"{assets.address('icons.svg')}#{name}"
