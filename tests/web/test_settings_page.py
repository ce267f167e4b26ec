from __future__ import annotations

from django.test import Client

from maillon.access.models import Session
from tests.conftest import PASSWORD, Cast
from tests.web import world

NEW = "Une autre phrase assez longue"


def change(client: Client, *, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> object:
    return client.post("/reglages/mot-de-passe", {"actuel": old, "nouveau": new, "encore": again})


def test_a_new_password_closes_the_other_sessions(claire: Client, cast: Cast) -> None:
    other = world.sign_in(Client(), cast.claire)
    assert change(claire).status_code == 302  # type: ignore[attr-defined]
    assert claire.get("/reglages").status_code == 200
    assert other.get("/reglages").status_code == 302  # type: ignore[attr-defined]


def test_a_refusal_says_why_and_changes_nothing(claire: Client) -> None:
    for tried, said in (
        ({"old": "pas le bon"}, "n’est pas le bon"),
        ({"new": "court", "again": "court"}, "au moins 12"),
        ({"again": "autre chose"}, "ne sont pas identiques"),
    ):
        answer = change(claire, **tried)
        assert answer.status_code == 422  # type: ignore[attr-defined]
        assert said in answer.content.decode()  # type: ignore[attr-defined]


def test_one_ends_one_s_own_sessions_only(claire: Client, cast: Cast) -> None:
    world.sign_in(Client(), cast.claire)
    world.sign_in(Client(), cast.karim)
    mine = Session.objects.filter(account__identifier="claire@demo").latest("id")
    theirs = Session.objects.get(account__identifier="karim@demo")
    for session in (mine, theirs):
        claire.post(f"/reglages/sessions/{session.pk}/fermer")
    assert not Session.objects.filter(pk=mine.pk).exists()
    assert Session.objects.filter(pk=theirs.pk).exists()


def test_mailboxes_and_what_is_plugged_in_are_shown(claire: Client, cast: Cast) -> None:
    world.mailbox(cast)
    page = claire.get("/reglages").content.decode()
    assert "secretariat@msp-tilleuls.mssante.test" in page
    assert "non branché" in page
    assert "aucune homologation" in page
