"""What is the same for everybody: the first address, the files of the pages, the list of shortcuts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from maillon.web import assets, errors
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, public, signed_in

HOME = "/journee"


@public()
def home(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(HOME)


@public()
def asset(request: HttpRequest, *, digest: str, name: str) -> HttpResponse:
    found = assets.assets().get(name)
    if found is None:
        return errors.not_found(request)
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = HttpResponse(found.packed if is_packed else found.data, content_type=found.media_type)
    if is_packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    # The address changes with the content: what is kept never needs to be asked again.
    is_this_one = found.address.split("/")[2] == digest
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_this_one else "no-store"
    return answer


@signed_in()
def shortcuts(request: PersonRequest) -> HttpResponse:
    return page(request, "shortcuts.html")
