"""Pro Santé Connect: to the provider, back from it, and its word that a session is over."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.kernel.message import UserMessage
from maillon.web import session
from maillon.web.rules import public
from maillon.web.views import sign_in

RETURN = "/connexion/psc/retour"


@public()
def begin(request: HttpRequest) -> HttpResponse:
    """On a shared post, and to lift a lock, the provider asks again who is there."""
    secret, standing = session.new_secret(), getattr(request, "standing", None)
    browser = session.browser_of(request)
    is_unlocking = standing is not None and standing.lacks == "unlock"
    try:
        address = exchange.psc.begin(
            back=request.build_absolute_uri(RETURN), after=sign_in.safe(request.GET.get("suite", "")),
            browser_secret=secret, is_fresh=browser.is_shared_post or is_unlocking,
        )  # fmt: skip
    except UserMessage as refusal:
        return sign_in.draw(request, psc_error=refusal.message, status=503)
    return session.with_secret(HttpResponseRedirect(address), secret)


@public()
def come_back(request: HttpRequest) -> HttpResponse:
    browser = session.browser_of(request)
    try:
        known = exchange.psc.finish(
            dict(request.GET.lists()), back=request.build_absolute_uri(RETURN),
            browser_secret=session.secret_of(request), browser=browser,
        )  # fmt: skip
        standing = getattr(request, "standing", None)
        if (
            standing
            and standing.lacks == "unlock"
            and access_room.accounts.provider.unlock(standing, known.national_id, browser)
        ):
            return HttpResponseRedirect(known.after or sign_in.HOME)
        token = exchange.psc.sign_in(known, browser=browser)
    except UserMessage as refusal:
        return sign_in.draw(request, psc_error=refusal.message, status=422)
    return sign_in.entered(request, token, after=known.after)


# The provider's server calls, not a browser: there is no cookie and no form; the signed token is the whole proof.
@public("POST", csrf_exempt=True)
def back_channel_logout(request: HttpRequest) -> HttpResponse:
    try:
        exchange.psc.end_sessions(request.POST.getlist("logout_token"), browser=session.browser_of(request))
    except UserMessage:
        return HttpResponse('{"error":"invalid_request"}', status=400, content_type="application/json")
    return HttpResponse(status=200)
