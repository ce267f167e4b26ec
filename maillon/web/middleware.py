from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Next = Callable[[HttpRequest], HttpResponse]


def security_headers(get_response: Next) -> Next:
    return get_response


def signed_in_actor(get_response: Next) -> Next:
    return get_response
