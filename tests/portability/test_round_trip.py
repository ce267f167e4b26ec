"""Everything leaves, and arrives in an empty installation: every document, every link, everybody's sight."""

from __future__ import annotations

import hashlib

import pytest

from maillon.documents.bytes import bytes_of
from maillon.documents.models import Document
from maillon.portability import api as portability
from tests.portability import bases, sight
from tests.portability.conftest import Installations

pytestmark = pytest.mark.django_db(transaction=True)

# What is not the same on purpose: the secrets of accounts; the mailboxes, which are to be opened again.
SECRETS = ("access_account", "exchange_mailbox", "access_visitor")


def documents() -> dict[str, tuple[str, str, int]]:
    """Unique identifier → SHA-256 of its bytes as they are served, state, version."""
    return {
        row.unique_id: (hashlib.sha256(bytes_of(row.sha256)).hexdigest(), row.status, row.version_number)
        for row in Document.objects.all()
    }


def test_every_document_is_hash_equal(left: Installations, arrived: Installations) -> None:
    there = documents()
    with bases.using(left.left):
        here = documents()
    assert len(here) > 60
    assert there == here


def test_every_row_and_every_link_is_kept(left: Installations, arrived: Installations) -> None:
    there = sight.every_row()
    with bases.using(left.left):
        here = sight.every_row()
    for table, rows in here.items():
        assert there[table] == rows, table
    assert all(here[table] for table in ("access_wish", "access_document_mark", "tasks_task", "conversations_message"))


def test_everybody_sees_what_they_saw_and_nothing_else(left: Installations, arrived: Installations) -> None:
    there = sight.what_everybody_sees()
    with bases.using(left.left):
        here = sight.what_everybody_sees()
    assert len(here) >= 14
    assert there == here
    assert len({tuple(seen["documents"]) for seen in here.values()}) > 8  # they do not all see the same


def test_the_export_is_what_it_says(left: Installations) -> None:
    report = portability.check(left.folder)
    assert report.findings == []
    assert report.manifest.export_status == "COMPLETE"
    assert report.documents > 60
    assert report.links > 500
    assert report.journal_rows > 0
    assert report.heads > 0


@pytest.mark.usefixtures("arrived")
def test_the_journal_that_was_kept_elsewhere_is_proven_here() -> None:
    (annex,) = portability.prove_annexes()
    assert annex.findings == ()
    assert annex.rows > 0
