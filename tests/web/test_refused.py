from __future__ import annotations

import datetime as dt

from django.test import Client

from maillon.access.models import Account
from maillon.exchange.models import ReceivedDocument
from maillon.kernel import clock
from maillon.professionals.models import Attachment
from tests.conftest import Cast
from tests.web import world


def test_an_administrator_sees_what_was_refused_and_why(claire: Client, cast: Cast) -> None:
    world.receive(world.mailbox(cast), "doctype")
    Account.objects.filter(identifier="claire@demo").update(is_administrator=True)
    page = claire.get("/a-regler/refuses").content.decode()
    assert "DOCTYPE" in page
    refused = ReceivedDocument.objects.get(state="refused")
    answer = claire.get(f"/a-regler/refuses/{refused.uuid}")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_for_anybody_else_the_page_does_not_exist(claire: Client, cast: Cast) -> None:
    world.receive(world.mailbox(cast), "doctype")
    refused = ReceivedDocument.objects.get(state="refused")
    assert claire.get("/a-regler/refuses").status_code == 404
    assert claire.get(f"/a-regler/refuses/{refused.uuid}").status_code == 404


def test_an_administrator_who_has_left_finds_nothing_any_more(claire: Client, cast: Cast) -> None:
    world.receive(world.mailbox(cast), "doctype")
    refused = ReceivedDocument.objects.get(state="refused")
    Account.objects.filter(identifier="claire@demo").update(is_administrator=True)
    assert "/a-regler/refuses" in claire.get("/a-regler").content.decode()
    yesterday = clock.today() - dt.timedelta(days=1)
    Attachment.objects.filter(professional_id=cast.claire.professional_id).update(end=yesterday)
    assert "/a-regler/refuses" not in claire.get("/a-regler").content.decode()
    assert claire.get("/a-regler/refuses").status_code == 404
    assert claire.get(f"/a-regler/refuses/{refused.uuid}").status_code == 404
