from __future__ import annotations

import html
import re
from typing import Any

from django.test import Client

from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.exchange import api as exchange
from maillon.exchange.keeping import Batch, keep
from maillon.formats.cda.read import read_cda
from tests.conftest import Cast
from tests.documents import making
from tests.exchange.letters import cda, mail
from tests.web import world
from tests.web.conftest import Record


def biology(record: Record) -> world.Filed:
    return next(each for each in reversed(record.documents) if "biolog" in each.title)


def test_every_section_and_every_result_is_there(claire: Client, record: Record) -> None:
    filed = biology(record)
    read = read_cda(documents.original(record.access, filed.uuid).data)
    page = html.unescape(claire.get(f"/document/{filed.uuid}").content.decode())
    for section in read.sections:
        assert (section.title or "") in page
    for result in read.results:
        assert (result.label or "") in page
    assert page.count("</iframe>") == len(read.attachments)


def test_the_original_comes_back_byte_for_byte(claire: Client, record: Record) -> None:
    filed = biology(record)
    answer = claire.get(f"/document/{filed.uuid}/original")
    assert answer.content == documents.original(record.access, filed.uuid).data
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_a_pdf_is_shown_in_place_and_can_do_nothing(claire: Client, record: Record) -> None:
    answer = claire.get(f"/document/{biology(record).uuid}/piece/0")
    assert answer.headers["Content-Type"] == "application/pdf"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_piece_that_is_not_there_is_not_found(claire: Client, record: Record) -> None:
    assert claire.get(f"/document/{biology(record).uuid}/piece/9").status_code == 404


def test_an_identity_that_is_not_the_record_s_is_shouted(claire: Client, record: Record) -> None:
    foreign = world.file(record.access, world.told("avk", 1)[0][1])
    page = claire.get(f"/document/{foreign.uuid}").content.decode()
    assert "n’est pas celle du dossier" in page
    assert "CHEVALIER" in page
    assert "n’est pas celle du dossier" not in claire.get(f"/document/{biology(record).uuid}").content.decode()


def test_reading_with_a_comment_from_the_document(claire: Client, record: Record) -> None:
    page = claire.get(f"/document/{record.documents[-1].uuid}").content.decode()
    action = re.search(r'action="(/dossier/[^"]+/tache/[^"]+)"', page)
    assert action
    claire.post(action.group(1), {"commentaire": "Contrôle dans un mois"})
    again = claire.get(f"/document/{record.documents[-1].uuid}").content.decode()
    assert "Contrôle dans un mois" in again
    assert "commentaire-1" not in again


def test_a_text_is_shown_as_text_and_sandboxed(claire: Client, record: Record) -> None:
    filed = world.file_synthesis(record.access)
    answer = claire.get(f"/document/{filed.uuid}/en-place")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_anomalies_are_shown_with_their_codes(claire: Client, record: Record) -> None:
    data = world.told("coeur", 1)[0][1].replace(b'<realmCode code="FR"/>', b"", 1)
    filed = world.file(record.access, data)
    view = documents.read(record.access, filed.uuid)
    assert view.anomalies
    page = claire.get(f"/document/{filed.uuid}").content.decode()
    assert all(anomaly.code in page for anomaly in view.anomalies)


def test_what_is_written_in_a_document_cannot_act(claire: Client, record: Record, cast: Cast) -> None:
    filed = biology(record)
    page = claire.get(f"/document/{filed.uuid}").content.decode()
    inside = page[page.index('aria-label="Contenu du document"') :]
    assert not re.search(r"<script|\son\w+=|javascript:|style=", inside)


def test_somebody_outside_gets_the_page_of_what_is_not(paul: Client, record: Record) -> None:
    absent: Any = paul.get("/document/00000000-0000-4000-8000-000000000000")
    for address in ("", "/original", "/piece/0", "/piece/0/telecharger", "/en-place"):
        answer = paul.get(f"/document/{record.documents[-1].uuid}{address}")
        assert answer.status_code == 404
        assert answer.content == absent.content


def test_the_word_of_the_sender_is_beside_the_document_and_told_in_my_day(claire: Client, cast: Cast) -> None:
    word = "URGENT, voir <b>ci-dessous</b> :\npotassium à 6,8, rappelez-moi."
    message = mail(("a.xml", "text/xml", cda()), text=word)
    keep(Batch(mailbox_id=world.mailbox(cast), uid_validity=1, last_uid=1, seen_uid=1, messages={1: message}))
    assert exchange.process_next()
    document = Document.objects.get()
    page = claire.get(f"/document/{document.uuid}").content.decode()
    assert "Mot de l’expéditeur" in page
    assert word in html.unescape(page)
    assert "<b>ci-dessous</b>" not in page
    assert "Mot de l’expéditeur" in claire.get("/journee").content.decode()


def test_a_document_that_came_alone_has_no_word(claire: Client, record: Record) -> None:
    assert "Mot de l’expéditeur" not in claire.get(f"/document/{biology(record).uuid}").content.decode()
    assert "Mot de l’expéditeur" not in claire.get("/journee").content.decode()


def test_what_was_replaced_by_a_version_since_withdrawn_names_no_version_in_force(
    claire: Client, cast: Cast, record: Record
) -> None:
    patient = record.access.patient_id
    first = making.file(patient, making.filing(unique_id="v1"))
    second = making.file(patient, making.filing(unique_id="v2", replaces="v1", version_number=2))
    assert "Une version plus récente existe" in claire.get(f"/document/{first.uuid}").content.decode()
    documents.withdraw(making.key(patient, cast.claire), second.uuid, reason="erreur de patient")
    page = claire.get(f"/document/{first.uuid}").content.decode()
    assert "La version qui remplaçait ce document a été retirée" in page
    assert "Une version plus récente existe" not in page
