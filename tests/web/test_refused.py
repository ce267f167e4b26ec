from __future__ import annotations

from django.test import Client

from maillon.access.models import Account
from maillon.exchange.models import ReceivedDocument
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
