"""Whom a letter may be addressed to: those known here, then those of the Annuaire Santé."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from maillon.exchange import api as exchange
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals
from maillon.writing import api as writing

MOST: Final = 8
OF_THE_DIRECTORY: Final = "a"  # then the address; « p » and « s » are those of the house (writing.recipients)


def find(typed: str) -> list[writing.recipients.Recipient]:
    """By a name, a town or a number."""
    return [*writing.recipients.find(typed), *_of_the_directory(typed)]


def taken_in(values: Iterable[str]) -> tuple[str, ...]:
    """Whoever of the directory is chosen becomes known here, so that the letter may name them."""
    return tuple(map(_known, values))


def _known(value: str) -> str:
    if not value.startswith(OF_THE_DIRECTORY):
        return value
    person = exchange.directory.take_in(value.removeprefix(OF_THE_DIRECTORY))
    return f"p{person}" if person is not None else value


def _of_the_directory(typed: str) -> Iterator[writing.recipients.Recipient]:
    """People whom the house does not know yet, each once."""
    try:
        lines = exchange.directory.search(typed)
    except UserMessage:  # too short
        return
    people = {line.national_id: line for line in reversed(lines) if _may_be_named(line)}
    for line in [each for each in lines if people.get(each.national_id) is each][:MOST]:
        if professionals.by_national_id(line.national_id) is None:
            yield writing.recipients.Recipient(
                value=f"{OF_THE_DIRECTORY}{line.address}", name=line.name,
                more=", ".join(each for each in (line.profession, line.place, line.city) if each),
                kind="professional", professional_id=None, structure_id=None, profession_code=line.profession_code,
                note=f"Annuaire Santé, {line.address}",
            )  # fmt: skip


def _may_be_named(line: exchange.directory.DirectoryLine) -> bool:
    return bool(line.address and line.national_id and line.profession_code) and not line.is_manual
