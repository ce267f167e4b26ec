"""Règles : the law, the matrix, the states and the lists, as they are applied today, open to whoever is signed in."""

from __future__ import annotations

from django.http import HttpResponse

from maillon.kernel import clock
from maillon.web import rulebook
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in


@signed_in()
def rules(request: PersonRequest) -> HttpResponse:
    return page(
        request,
        "rules.html",
        laws=rulebook.laws(),
        matrix=rulebook.matrix_in_force(clock.today()),
        signs=rulebook.SIGNS.values(),
        lists=rulebook.closed_lists(),
        today=clock.today(),
    )
