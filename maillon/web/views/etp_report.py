"""The yearly and four-yearly evaluations of a programme: read, typed, closed, taken away."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect

from maillon.documents import api as documents
from maillon.kernel.message import UserMessage
from maillon.pathways import api as pathways
from maillon.web.files import PDF, as_download, in_place
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, signed_in
from maillon.web.typed import typed_number
from maillon.web.views.etp import HOME

reports = pathways.education.reports
PART: Final = "partie-"  # before the code of a part
DONE: Final = {
    "texte": "Le rapport est enregistré.",
    "fusion": "Un collègue a écrit entre-temps\u202f: les deux textes sont gardés, choisissez.",
    "arreter": "Le rapport est arrêté, avec ses chiffres.",
}


@signed_in()
def report(request: PersonRequest, *, protocol: UUID, kind: str, year: int) -> HttpResponse:
    return _report(request, protocol, kind, year)


@signed_in("POST")
def write(request: PersonRequest, *, protocol: UUID, kind: str, year: int) -> HttpResponse:
    """What was typed is kept first; then the report is closed, if that is asked."""
    sent, done = request.POST, "texte"
    typed = {name.removeprefix(PART): sent.get(name, "") for name in sent if name.startswith(PART)}
    try:
        revision = typed_number(sent.get("revision", ""))
        if reports.write(request.actor, protocol, kind, year, typed, revision=revision):
            done = "fusion"
        elif sent.get("geste") == "arreter":
            reports.close(request.actor, protocol, kind, year)
            done = "arreter"
    except UserMessage as refusal:
        return _report(request, protocol, kind, year, refusal=refusal, typed=typed)
    return HttpResponseRedirect(f"{HOME}/{protocol}/rapport/{kind}/{year}?fait={done}")


@signed_in()
def spreadsheet(request: PersonRequest, *, protocol: UUID, kind: str, year: int) -> HttpResponse:
    data = reports.csv_of(reports.show(request.actor, protocol, kind, year))
    return as_download(documents.Original(data=data, media_type="text/csv", file_name=f"etp-{kind}-{year}.csv"))


@signed_in()
def paper(request: PersonRequest, *, protocol: UUID, kind: str, year: int) -> HttpResponse:
    pdf = reports.pdf_of(reports.show(request.actor, protocol, kind, year))
    return in_place(documents.Original(data=pdf, media_type=PDF, file_name=f"etp-{kind}-{year}.pdf"))


def _report(
    request: PersonRequest, protocol: UUID, kind: str, year: int, *, refusal: UserMessage | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    shown = reports.show(request.actor, protocol, kind, year)
    return page(
        request, "etp/report.html", status=422 if refusal else 200, shown=shown, home=HOME, kind=kind,
        refusal=refusal, texts=shown.texts | (typed or {}), done=DONE.get(request.GET.get("fait", ""), ""),
        gap=sum(abs(number) for each in shown.years for number in each.differences.values()),
    )  # fmt: skip
