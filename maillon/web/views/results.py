"""Résultats: one line for each thing measured, then its trend as a picture beside a table."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpResponse

from maillon.kernel.key import Access
from maillon.record import api as record
from maillon.web import errors
from maillon.web.chart import Spark, spark, trend
from maillon.web.rules import PersonRequest, opens_record
from maillon.web.views.record import record_page

OTHER = "Autres résultats"


@opens_record("read", resource="results")
def results(request: PersonRequest, access: Access) -> HttpResponse:
    only_abnormal = "anormaux" in request.GET
    found = record.latest_results(access)
    shown = [series for series in found if series.latest.is_abnormal or not only_abnormal]
    ordered = sorted(shown, key=lambda series: (not series.group, series.group.casefold(), series.label.casefold()))
    groups = [(title, list(group)) for title, group in groupby(ordered, key=lambda series: series.group or OTHER)]
    sparks: dict[int, Spark | None] = {id(series): spark(series) for series in shown}
    return record_page(
        request, access, "record/results.html", tab="resultats", groups=groups, sparks=sparks,
        only_abnormal=only_abnormal, total=len(found), abnormal=sum(series.latest.is_abnormal for series in found),
    )  # fmt: skip


@opens_record("read", resource="results")
def one_result(request: PersonRequest, access: Access) -> HttpResponse:
    system, code, label, germ = (request.GET.get(name, "") for name in "sclg")
    found = record.series(access, system=system, code=code, label=label, germ=germ)
    if not found:
        return errors.not_found(request)
    pictures = [(series, trend(series)) for series in found]
    return record_page(request, access, "record/trend.html", tab="resultats", label=found[0].label, pictures=pictures)
