"""HTTP straight to the host that was named: no redirection, which would carry our keys elsewhere; no proxy."""

from __future__ import annotations

import urllib.request
from typing import Any, Final
from urllib.parse import urlsplit

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


opener: Final = urllib.request.build_opener(_NoRedirection, urllib.request.ProxyHandler({}))


def is_safe(address: str) -> bool:
    """Inside TLS; in clear on this machine only, where the simulators are."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return is_private and bool(parts.hostname) and not parts.username
