"""Whom a document was sent to, as the house watches it: a promise counts, a failure does not."""

from __future__ import annotations

from maillon.documents.models import Document
from maillon.exchange.outgoing.models import SentRecipient
from maillon.exchange.outgoing.states import SentState
from maillon.exchange.reaching import reached
from tests.exchange.outgoing.conftest import PAUL, Record


def test_a_mail_that_was_promised_reaches_and_one_that_failed_does_not(record: Record) -> None:
    document = record.file()
    record.send(document)
    ((number, type_code),) = Document.objects.values_list("id", "type_code")
    (one,) = reached([record.patient], [type_code])
    assert (one.channel, one.national_id, one.patient_id) == ("messagerie", PAUL.national_id, record.patient)
    assert one.document_id == number
    assert reached([record.patient], ["11490-0"]) == []
    SentRecipient.objects.update(state=SentState.FAILED)
    assert reached([record.patient], [type_code]) == []
