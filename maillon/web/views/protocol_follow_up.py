"""What became of the team's protocols: their plans, their indicators, the proof for the Assurance Maladie."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.kernel import clock
from maillon.pathways import api as pathways
from maillon.patients import api as patients
from maillon.web.files import as_download
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, purpose_of, signed_in


@signed_in()
def listed(request: PersonRequest) -> HttpResponse:
    versions = pathways.protocols.of_actor(request.actor)
    return page(request, "protocols/follow_up.html", versions=versions, year=clock.today().year,
                may_prove=pathways.following.may_prove(request.actor))  # fmt: skip


@signed_in()
def one(request: PersonRequest, *, protocol: UUID) -> HttpResponse:
    """Each patient named is journalled, as in any list."""
    found = pathways.following.of_version(request.actor, protocol)
    names = patients.lines({line.patient_id for line in found.plans})
    access_room.journal.note_list(request.actor, list(names), purpose=purpose_of(request.actor))
    programmes = {each.pk for each in pathways.education.programme.of_actor(request.actor)}
    return page(
        request, "protocols/one.html", found=found, names=names, may_open_programme=found.version.pk in programmes
    )


@signed_in()
def evidence(request: PersonRequest, *, year: int) -> HttpResponse:
    data, name = pathways.following.prove(request.actor, year).csv(), f"protocoles-aci-{year}.csv"
    return as_download(documents.Original(data=data, media_type="text/csv", file_name=name))
