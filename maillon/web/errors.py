"""Pages of error, in French: what happened, what to do. None of them asks the database."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.kernel.message import UserMessage
from maillon.web.jinja import page

Standing = access_room.sessions.Standing


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error(
        request,
        status=403,
        title="Cette page avait expiré",
        message="Pour votre sécurité, un formulaire resté ouvert trop longtemps n’est plus accepté. "
        "Rien n’a été enregistré.",
        advice="Revenez à la page précédente, rechargez-la, puis recommencez.",
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(
        request,
        status=400,
        title="Demande non comprise",
        message="L’adresse ou le formulaire envoyé n’est pas valable.",
        advice="Revenez à la page précédente et recommencez.",
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """For what does not exist and for what is not open to this reader: the same page, the same status."""
    return _error(
        request,
        status=404,
        title="Page introuvable",
        message="Cette page n’existe pas, ou elle ne vous est pas ouverte.",
        advice="Vérifiez l’adresse, ou cherchez le patient par sa date de naissance.",
        offers_emergency=True,
    )


def server_error(request: HttpRequest) -> HttpResponse:
    return _error(
        request,
        status=500,
        title="Le service a rencontré une difficulté",
        message="Votre demande n’a pas pu aboutir. Ce qui était déjà enregistré est intact.",
        advice="Réessayez dans un instant. Si cela se reproduit, prévenez l’administrateur de votre structure.",
    )


def wrong_method(request: HttpRequest, allowed: Sequence[str]) -> HttpResponse:
    answer = bad_request(request)
    answer.status_code = 405
    answer.headers["Allow"] = ", ".join(allowed)
    return answer


def refused(request: HttpRequest, refusal: UserMessage) -> HttpResponse:
    """A room said no: its own words, with the code that support will ask for."""
    return _error(
        request,
        status=422,
        title="Demande refusée",
        message=refusal.message,
        advice="Revenez à la page précédente pour corriger.",
        code=refusal.code,
    )


def signed_out(request: HttpRequest) -> HttpResponse:
    return _error(
        request,
        status=401,
        title="Votre session est terminée",
        message="Rien n’a été enregistré.",
        advice="Connectez-vous dans un autre onglet, revenez à cette page, puis validez de nouveau.",
    )


def locked(
    request: HttpRequest,
    standing: Standing,
    *,
    after: str,
    is_kept: bool = True,
    is_proof: bool = False,
    refusal: str = "",
) -> HttpResponse:
    """The lock, in the place of whichever page was asked for. Nothing of a patient stands in it. `is_proof`: the page
    asks who is there before it changes a way in."""
    has_passkeys = bool(access_room.factors.factors_of(standing.actor).passkeys)
    return page(
        request, "lock.html", status=422 if refusal else 401, standing=standing, after=after, is_kept=is_kept,
        is_proof=is_proof, has_passkeys=has_passkeys, refusal=refusal,
    )  # fmt: skip


def _error(
    request: HttpRequest,
    *,
    status: int,
    title: str,
    message: str,
    advice: str,
    code: str = "",
    offers_emergency: bool = False,
) -> HttpResponse:
    # What is not there and what is not open are one page, down to the address that a report of it would name.
    request.resolver_match = None
    return page(
        request, "error.html", status=status, title=title, message=message, advice=advice, code=code,
        offers_emergency=offers_emergency,
    )  # fmt: skip
