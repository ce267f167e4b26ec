"""What somebody is answered: status, headers, bytes, and how many statements it took, which is its delay."""

from __future__ import annotations

import difflib
import functools
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.db import connection
from django.test import Client

from maillon.documents import filing
from maillon.exchange import readers
from maillon.kernel import sql
from tests.seep.worlds import Person, undone

NUMBER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SAVEPOINT = re.compile(r'"s\d+_x\d+"')


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    method: str
    path: str
    fields: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""  # instead of fields
    kind: str = "application/fhir+json"

    def __str__(self) -> str:
        said = " ".join(f"{name}={value!r}" for name, value in (*self.fields, *self.headers))
        return f"{self.method} {self.path} {said} {self.body[:80]}".strip()


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    statements: tuple[str, ...]

    def differs_from(self, other: Answer) -> str:
        """In what, or nothing. The text of the statements may bear what is visible: only their number is a delay."""
        if self.status != other.status:
            return f"status {self.status} / {other.status}"
        if self.headers != other.headers:
            return f"headers {sorted(set(self.headers) ^ set(other.headers))}"
        if self.body != other.body:
            place = next(
                (at for at, (a, b) in enumerate(zip(self.body, other.body, strict=False)) if a != b),
                min(len(self.body), len(other.body)),
            )
            around = slice(max(0, place - 60), place + 60)
            return f"body at {place}: {self.body[around]!r} / {other.body[around]!r}"
        if len(self.statements) != len(other.statements):
            apart = [text for text in difflib.ndiff(self.statements, other.statements) if text[0] in "+-"]
            return f"{len(self.statements)} / {len(other.statements)} statements: {' '.join(apart)[:600]}"
        return ""


def ask(person: Person | None, asked: Ask, *, keep: bool = False) -> Answer:
    """What the person is answered. Unless kept, what the asking wrote is undone."""
    if keep:
        return _ask(person, asked)
    with undone():
        # A number that was given is not taken back with the row: without this the second of two twins counts one more.
        sql.rows("ALTER SEQUENCE access_delegation_id_seq RESTART WITH 1000000")
        return _ask(person, asked)


def _ask(person: Person | None, asked: Ask) -> Answer:
    client = Client(raise_request_exception=False)
    for name, value in (person.cookies if person else {}).items():
        client.cookies[name] = value
    extra: dict[str, Any] = {"headers": _headers(person, asked)}
    if asked.body:
        request: Any = functools.partial(client.generic, asked.method)
        given: dict[str, Any] = {"data": asked.body, "content_type": asked.kind}
    elif asked.method == "GET":
        request = client.get
        given = {"data": dict(asked.fields)} if asked.fields else {}
    else:
        request = getattr(client, asked.method.lower())
        given = {"data": dict(asked.fields)}
    forget()
    with counted() as statements, drawn_alike(NUMBER.sub("", str(asked))):
        response = request(asked.path, **given, **extra)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    cookies = tuple(("set-cookie", str(response.cookies[name])) for name in sorted(response.cookies))
    headers = tuple(sorted((name.lower(), str(value)) for name, value in response.items()))
    return Answer(
        status=response.status_code, headers=headers + cookies, body=body, statements=tuple(statements)
    )


def _headers(person: Person | None, asked: Ask) -> dict[str, str]:
    """A software shows its token; a lie told about it prevails."""
    is_of_software = person is not None and person.bearer and asked.path.startswith(("/fhir", "/cds-services"))
    return ({"Authorization": f"Bearer {person.bearer}"} if person and is_of_software else {}) | dict(asked.headers)


def forget() -> None:
    """What a process remembers for a moment of who works where, whoever asked: it is no delay of this answer."""
    filing._known_authors.clear()
    readers._known_members.clear()


@contextmanager
def drawn_alike(seed: str) -> Iterator[None]:
    """Tokens, challenges, codes: what is drawn at random is drawn the same for the two twins. Each place of the code
    draws by itself: a helper process that is begun again during one of them shifts nothing for the others."""
    times: Counter[str] = Counter()

    def drawn(length: int) -> bytes:
        place, frame = "", sys._getframe().f_back
        while frame is not None and frame.f_code is not _ask.__code__:
            place += f"{frame.f_code.co_qualname}:{frame.f_lineno} "
            frame = frame.f_back
        times[place] += 1
        return random.Random(f"{seed} {place}{times[place]}").randbytes(length)

    with mock.patch.object(os, "urandom", drawn), mock.patch.object(random, "_urandom", drawn):
        yield


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement sent to the base, by the ORM or by the prepared path."""
    found: list[str] = []
    run = sql._run

    def through_django(execute: Any, text: str, parameters: Any, many: bool, context: Any) -> Any:
        found.append(_SAVEPOINT.sub("point", str(text)))
        return execute(text, parameters, many, context)

    def prepared(link: Any, text: bytes, values: Any) -> Any:
        found.append(text.decode())
        return run(link, text, values)

    with connection.execute_wrapper(through_django), mock.patch.object(sql, "_run", prepared):
        yield found
