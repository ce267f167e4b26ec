"""Whom the reader may see, as a sub-query that every statement of a search carries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from maillon.kernel import sql
from maillon.patients.models import Patient


class VisibleSet(NamedTuple):
    sub_query: str
    parameters: tuple[Any, ...]

    def rows(self, statement: str, before: Sequence[Any], *, limit: int) -> list[sql.Row]:
        """`{visible}` in the statement stands for the set; the limit comes last, so after the rule."""
        return sql.rows(statement.format(visible=self.sub_query), [*before, *self.parameters, limit])


def visible_set(within: QuerySet[Patient]) -> VisibleSet | None:
    """None when the rule is known to let nobody through."""
    try:
        sub_query, parameters = within.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return None
    return VisibleSet(sub_query, tuple(parameters))
