"""A Bundle made of resources that are bytes already: nothing is decoded to be written again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import orjson


class Entry(NamedTuple):
    """`address` is the resource's own, absolute; `mode`: match, include or outcome."""

    address: bytes
    resource: bytes
    mode: bytes = b"match"


def searchset(entries: Iterable[Entry], *, total: int | None, links: dict[str, str]) -> bytes:
    """`links`: self, next. A total that was not asked for is left out."""
    said = b",".join(
        b'{"fullUrl":"%b","resource":%b,"search":{"mode":"%b"}}' % (address, resource, mode)
        for address, resource, mode in entries
    )
    return b'{"resourceType":"Bundle","type":"searchset"%b,"link":%b%b}' % (
        b"" if total is None else b',"total":%d' % total,
        orjson.dumps([{"relation": name, "url": url} for name, url in links.items()]),
        b',"entry":[%b]' % said if said else b"",
    )


def history(versions: Iterable[tuple[bytes, bytes, bytes]], *, total: int, links: dict[str, str]) -> bytes:
    """(address, resource, request url), the latest first."""
    said = b",".join(
        b'{"fullUrl":"%b","resource":%b,"request":{"method":"PUT","url":"%b"},"response":{"status":"200"}}'
        % (address, resource, url)
        for address, resource, url in versions
    )
    return b'{"resourceType":"Bundle","type":"history","total":%d,"link":%b%b}' % (
        total,
        orjson.dumps([{"relation": name, "url": url} for name, url in links.items()]),
        b',"entry":[%b]' % said if said else b"",
    )
