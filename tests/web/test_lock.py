"""The lock in the pages: what a silent session answers, what it keeps, who lifts it."""

from __future__ import annotations

import datetime as dt
import json
import re

import pyotp
import pytest
import time_machine
from django.core import signing
from django.test import Client

from maillon.access import factors
from maillon.access.models import Account, Passkey, Session
from maillon.kernel import clock
from tests.conftest import PASSWORD, Cast
from tests.web.conftest import Record

JSON = {"accept": "application/json"}


@pytest.fixture
def locked(claire: Client) -> Client:
    assert claire.post("/verrou").status_code == 302
    return claire


def test_a_locked_session_answers_every_page_with_the_lock_and_nothing_of_a_patient(
    claire: Client, record: Record
) -> None:
    before = claire.get(record.page("chronologie")).content.decode()
    name = re.search(r"DUR[A-Z]+|[A-Z]{4,}", before)
    assert name is not None
    claire.post("/verrou")
    for address in (record.page("chronologie"), "/journee", "/patients", "/reglages"):
        answer = claire.get(address)
        assert answer.status_code == 401
        page = answer.content.decode()
        assert "Session verrouillée" in page
        assert str(record.uuid) not in page.replace(f'value="{address}"', "").replace(address, "")
        assert 'class="topbar"' not in page


def test_after_a_quarter_of_an_hour_of_silence_it_locks_by_itself(claire: Client) -> None:
    with time_machine.travel(clock.now() + dt.timedelta(minutes=15, seconds=1), tick=False):
        assert claire.get("/journee").status_code == 401


def test_one_factor_lifts_it_and_leads_where_one_was(locked: Client) -> None:
    wrong = locked.post("/deverrouiller", {"preuve": "faux", "suite": "/reglages"})
    assert wrong.status_code == 422
    assert "reste verrouillée" in wrong.content.decode()
    right = locked.post("/deverrouiller", {"preuve": PASSWORD, "suite": "/reglages"})
    assert right.headers["Location"] == "/reglages"
    assert locked.get("/reglages").status_code == 200


def test_a_code_lifts_it_once(locked: Client) -> None:
    account, secret = Account.objects.get(identifier="claire@demo"), pyotp.random_base32()
    factors.set_code_secret(account.pk, secret)
    code = pyotp.TOTP(secret).now()
    assert locked.post("/deverrouiller", {"preuve": code}).status_code == 302
    locked.post("/verrou")
    assert locked.post("/deverrouiller", {"preuve": code}).status_code == 422


def test_a_form_sent_to_a_locked_session_is_found_again(locked: Client) -> None:
    sent = locked.post("/patients", {"q": "durand 12/03/1950", "csrfmiddlewaretoken": "x"})
    assert sent.status_code == 401
    page = sent.content.decode()
    assert "est gardé" in page
    assert "durand" not in page, "what was typed is not in the page of the lock"
    assert (
        locked.post("/deverrouiller", {"preuve": PASSWORD, "suite": "/reprendre"}).headers["Location"] == "/reprendre"
    )
    resumed = locked.get("/reprendre").content.decode()
    assert 'action="/patients"' in resumed
    assert 'name="q" value="durand 12/03/1950"' in resumed
    assert 'name="csrfmiddlewaretoken" value="x"' not in resumed, "the token is a new one"
    assert locked.get("/reprendre").status_code == 302, "once"


def test_a_script_is_told_and_keeps_its_page(locked: Client) -> None:
    for headers in ({"hx-request": "true"}, JSON):
        answer = locked.get("/journee", headers=headers)
        assert (answer.status_code, answer.headers["X-Verrou"], answer.content) == (401, "1", b"")
    told = json.loads(locked.get("/verrou/etat").content)
    assert told["verrou"]
    assert told["session"] == Session.objects.get().pk
    assert locked.post("/deverrouiller", {"preuve": "faux"}, headers=JSON).json()["message"].startswith("Ce n’est pas")
    assert locked.post("/deverrouiller", {"preuve": PASSWORD}, headers=JSON).status_code == 200
    assert json.loads(locked.get("/verrou/etat").content)["verrou"] is False


def test_a_locked_session_changes_nothing_of_its_account(locked: Client) -> None:
    for address in ("/reglages/connexion/secours", "/presence", "/reglages/mot-de-passe", "/connexion/situation"):
        locked.post(address, {"structure": "1"})
    assert locked.post("/second-facteur/cle/defi").status_code == 401
    assert locked.post("/second-facteur/telephone", {"code": "000000"}).status_code == 302
    assert not Account.objects.get(identifier="claire@demo").recovery_codes.exists()
    assert locked.get("/journee").status_code == 401


def test_changing_user_ends_the_locked_session(locked: Client) -> None:
    assert locked.post("/deconnexion").headers["Location"] == "/connexion"
    assert not Session.objects.exists()


def test_a_locked_session_does_not_let_somebody_else_in(locked: Client, cast: Cast) -> None:
    """Karim signs in on the same screen: his own session, and Claire's is over."""
    locked.post("/connexion", {"identifiant": "karim@demo", "mot_de_passe": PASSWORD})
    assert [each.account.identifier for each in Session.objects.all()] == ["karim@demo"]


# ------------------------------------------------------------------------------------------------- a shared post


def test_a_shared_post_locks_after_five_minutes_and_remembers_its_people(cast: Cast, client: Client) -> None:
    client.post("/connexion/poste", {"partage": "oui"})
    for name in ("claire", "karim"):
        client.post("/connexion", {"identifiant": f"{name}@demo", "mot_de_passe": PASSWORD})
        client.post("/deconnexion")
    page = client.get("/connexion").content.decode()
    assert page.index("Karim Benali") < page.index("Claire Morel"), "the last one first"
    (uuid,) = re.findall(r"qui=([0-9a-f-]{36})[^>]*>Claire Morel", page)
    assert 'value="claire@demo"' in client.get(f"/connexion?qui={uuid}").content.decode()
    client.post("/connexion", {"identifiant": "claire@demo", "mot_de_passe": PASSWORD})
    assert Session.objects.get().is_shared_post
    client.post("/deconnexion")
    client.post("/connexion/poste", {"partage": "non"})
    assert "Karim Benali" not in client.get("/connexion").content.decode()


def test_nobody_is_named_to_a_browser_that_forges_the_cookie(cast: Cast, client: Client) -> None:
    uuid = str(Account.objects.get(identifier="claire@demo").uuid)
    assert "claire@demo" not in client.get(f"/connexion?qui={uuid}").content.decode()
    client.cookies["maillon-poste"] = signing.dumps([uuid], key="une autre clé", salt="poste")
    assert "Claire Morel" not in client.get("/connexion").content.decode()


# ----------------------------------------------------------------------------------------- the second factor's pages


def test_whoever_proved_a_password_alone_sees_nothing_but_the_next_step(cast: Cast, client: Client) -> None:
    client.post("/connexion", {"identifiant": "claire@demo", "mot_de_passe": PASSWORD})
    for address in ("/journee", "/patients", "/reglages", "/reglages/connexion", "/second-facteur/telephone"):
        assert client.get(address).headers["Location"].startswith("/second-facteur?suite=")
    assert client.post("/reglages/connexion/secours").status_code == 401


def test_the_first_time_one_gives_oneself_a_telephone_and_recovery_codes(cast: Cast, client: Client) -> None:
    client.post("/connexion", {"identifiant": "claire@demo", "mot_de_passe": PASSWORD, "suite": "/reglages"})
    page = client.get("/second-facteur?suite=/reglages").content.decode()
    assert 'src="data:image/svg+xml' in page
    found = re.search(r'id="secret">([^<]+)<', page)
    assert found is not None
    secret = found[1].replace(" ", "")
    assert client.post("/second-facteur/telephone", {"code": "000000"}).status_code == 422
    done = client.post("/second-facteur/telephone", {"code": pyotp.TOTP(secret).now(), "suite": "/reglages"})
    assert done.status_code == 200
    assert len(re.findall(r"<code>(\w{4}-\w{4}-\w{4})</code>", done.content.decode())) == 10
    assert 'href="/reglages"' in done.content.decode()
    assert client.get("/reglages").status_code == 200


def test_one_sees_and_removes_one_s_own_keys_only(claire: Client, cast: Cast) -> None:
    account = Account.objects.get(identifier="claire@demo")
    factors.set_code_secret(account.pk, pyotp.random_base32())
    mine = Passkey.objects.create(account=account, credential_id=b"1", public_key=b"x", name="Ma clé")
    theirs = Passkey.objects.create(
        account=Account.objects.get(identifier="karim@demo"), credential_id=b"2", public_key=b"x", name="Sa clé"
    )
    page = claire.get("/reglages/connexion").content.decode()
    assert "Ma clé" in page
    assert "Sa clé" not in page
    for each in (mine, theirs):
        claire.post(f"/reglages/connexion/cle/{each.pk}/retirer")
    assert list(Passkey.objects.values_list("name", flat=True)) == ["Sa clé"]
    refused = claire.post("/reglages/connexion/telephone/retirer")
    assert refused.status_code == 422
    assert "dernier second facteur" in refused.content.decode()


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"id": 7}', '{"id": "a", "response": {"clientDataJSON": "!"}}'])
def test_what_is_not_a_passkey_is_refused(cast: Cast, client: Client, body: str) -> None:
    answer = client.post("/connexion/cle", body, content_type="application/json")
    assert answer.status_code == 422
    assert "n’a pas pu être vérifiée" in answer.json()["message"]


def test_a_way_in_is_changed_only_by_whoever_proved_a_factor_a_moment_ago(claire: Client) -> None:
    """A screen found open is not enough: the page asks, keeps what was sent, and goes on after the proof."""
    account = Account.objects.get(identifier="claire@demo")
    with time_machine.travel(clock.now() + dt.timedelta(minutes=9, seconds=50), tick=False):
        assert claire.post("/reglages/connexion/secours").status_code == 200
    kept = set(account.recovery_codes.values_list("pk", flat=True))
    with time_machine.travel(clock.now() + dt.timedelta(minutes=10), tick=False):
        asked = claire.post("/reglages/connexion/secours")
        assert asked.status_code == 401
        assert "Confirmez que c’est vous" in asked.content.decode()
        assert set(account.recovery_codes.values_list("pk", flat=True)) == kept
        for address in ("/second-facteur/cle/defi", "/second-facteur/cle", "/second-facteur/telephone"):
            assert claire.post(address).headers.get("Location", "/journee") == "/journee", "the session is locked"
        assert claire.post("/deverrouiller", {"preuve": "faux"}).status_code == 422
        claire.post("/deverrouiller", {"preuve": PASSWORD, "suite": "/reprendre"})
        assert 'action="/reglages/connexion/secours"' in claire.get("/reprendre").content.decode()
        assert claire.post("/reglages/connexion/secours").status_code == 200
    assert kept.isdisjoint(account.recovery_codes.values_list("pk", flat=True))


@pytest.mark.parametrize(
    "address", ["telephone/retirer", "cle/1/retirer", "secours"], ids=["telephone", "cle", "secours"]
)
def test_no_change_of_a_way_in_is_made_on_an_old_proof(claire: Client, address: str) -> None:
    factors.set_code_secret(Account.objects.get(identifier="claire@demo").pk, pyotp.random_base32())
    Session.objects.update(proven_at=clock.now() - dt.timedelta(minutes=11))
    assert claire.post(f"/reglages/connexion/{address}").status_code == 401
    assert Account.objects.get(identifier="claire@demo").totp_confirmed_at is not None


def test_no_new_way_in_is_given_on_an_old_proof(claire: Client) -> None:
    Session.objects.update(proven_at=clock.now() - dt.timedelta(minutes=11))
    assert claire.get("/second-facteur/telephone").status_code == 401
    assert claire.post("/second-facteur/telephone", {"code": "000000"}).status_code in (302, 401)
    assert Session.objects.get().locked_at is not None
