"""Everything leaves, and arrives in an empty installation: every document, every link, everybody's sight."""

from __future__ import annotations

import hashlib

import pytest

from maillon.access.models import Visitor
from maillon.documents.bytes import bytes_of
from maillon.exchange.models import Message, ReceivedDocument
from maillon.exchange.outgoing.models import SentEvent, SentMail
from maillon.pathways.models import PlanStep
from maillon.portability import api as portability
from tests.portability import sight
from tests.portability.conftest import Installations

pytestmark = pytest.mark.django_db


def test_every_document_is_hash_equal(arrived: Installations) -> None:
    assert len(arrived.documents) > 60
    assert sight.documents() == arrived.documents


def test_every_row_and_every_link_is_kept(arrived: Installations) -> None:
    there = sight.every_row()
    for table, rows in arrived.rows.items():
        assert there[table] == rows, table
    held = ("access_wish", "access_document_mark", "tasks_task", "conversations_message", "record_observation",
            "exchange_received_document", "charter_clause", "access_replacement", "access_break_glass",
            "exchange_sent_event", "writing_draft")  # fmt: skip
    assert all(there[table] for table in held)


def test_links_between_records_are_made_once_both_have_landed(arrived: Installations) -> None:
    """The mother's archive comes after her child's; a receipt's message, after the record."""
    mother = Visitor.objects.get(email="elise@exemple.fr")
    assert mother.patient is not None
    assert mother.patient.birth_family_name == "BARBIER"
    assert SentEvent.objects.filter(source__isnull=False).count() == 1
    assert PlanStep.objects.filter(shared_with__isnull=False).count() == 1


def test_everybody_sees_what_they_saw_and_nothing_else(arrived: Installations) -> None:
    there = sight.what_everybody_sees()
    assert len(there) >= 14
    assert there == arrived.seen
    assert len({tuple(seen["documents"]) for seen in there.values()}) > 8  # they do not all see the same


def test_what_came_by_mail_is_there_byte_for_byte(arrived: Installations) -> None:
    """What waits to be settled, what was refused, and the messages themselves."""
    shelved = [
        bytes(each)
        for model in (Message, ReceivedDocument, SentMail)
        for each in model.objects.values_list("sha256", flat=True)  # type: ignore[attr-defined]
    ]
    assert len(shelved) > 5
    for digest in shelved:
        assert hashlib.sha256(bytes_of(digest)).digest() == digest


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
