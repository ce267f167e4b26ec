from __future__ import annotations

import pytest
from django.test import Client

from maillon.access import patient_door
from maillon.web.views import front


def test_what_is_not_found_is_said_in_french(client: Client, db: None) -> None:
    answer = client.get("/nulle-part")
    assert answer.status_code == 404
    assert "Page introuvable" in answer.content.decode()


def test_a_failure_is_said_without_its_details(claire: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("canari")

    monkeypatch.setattr(front, "page", fail)
    claire.raise_request_exception = False
    answer = claire.get("/raccourcis")
    assert answer.status_code == 500
    assert "Le service a rencontré une difficulté" in answer.content.decode()
    assert "canari" not in answer.content.decode()


def test_a_page_of_error_asks_nothing_of_the_database(client: Client) -> None:
    assert client.get("/nulle-part").status_code == 404  # no database fixture: a question would fail the test


def test_a_refusal_keeps_nothing_of_who_was_refused(client: Client, db: None) -> None:
    """Anybody may knock a million times: the sentence is one constant, on which Python hangs each request."""
    assert client.post("/mon-espace/entrer/faux").status_code == 422
    assert (patient_door.WRONG.__traceback__, patient_door.WRONG.__context__) == (None, None)
