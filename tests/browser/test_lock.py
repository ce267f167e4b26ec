"""The idle lock and the passkeys, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Page, expect

from maillon.access.models import Account, Passkey, Session, SignInEvent
from tests.browser.conftest import Site
from tests.conftest import PASSWORD
from tests.web import world

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TYPED = "une saisie qui ne doit pas se perdre"
EVERYTHING = """() => [document.documentElement.outerHTML, document.title,
  ...[...document.querySelectorAll("input, textarea")].map((each) => each.value)].join("\\n")"""


def on_a_record(page: Page, site: Site) -> str:
    """A record is on the screen, something is typed; gives the patient's name."""
    page.clock.install()
    page.goto(site.tab("chronologie"))
    page.locator(".finder input").fill(TYPED)
    name = page.locator("h1").first.inner_text().split()[0]
    assert len(name) > 3
    assert name in page.evaluate(EVERYTHING)
    return name


def test_after_fifteen_minutes_nothing_of_the_patient_is_in_the_document_and_nothing_is_lost(
    site: Site, opened: Callable[..., Page]
) -> None:
    page = opened("claire")
    name = on_a_record(page, site)
    page.clock.fast_forward("14:50")
    expect(page.locator("#preuve")).to_have_count(0)
    with page.expect_response("**/verrou"):
        page.clock.fast_forward("00:15")
    expect(page.locator("#preuve")).to_be_focused()
    held = page.evaluate(EVERYTHING)
    assert name not in held
    assert TYPED not in held
    assert "Session verrouillée" in page.title()
    assert page.request.get(site.tab("chronologie")).status == 401, "the server has locked the session too"

    page.fill("#preuve", "le mot de passe d’un autre")
    page.click("text=Déverrouiller >> nth=0")
    expect(page.locator("[data-unlock-said]")).to_contain_text("reste verrouillée")
    assert name not in page.evaluate(EVERYTHING)
    page.fill("#preuve", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".finder input")).to_have_value(TYPED)
    expect(page.locator(".finder input")).to_be_focused()
    assert name in page.evaluate(EVERYTHING)
    assert page.request.get(site.tab("chronologie")).status == 200


def test_a_shared_post_locks_after_five_minutes(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire")
    Session.objects.update(is_shared_post=True)
    name = on_a_record(page, site)
    page.clock.fast_forward("05:01")
    expect(page.locator("#preuve")).to_be_visible()
    assert name not in page.evaluate(EVERYTHING)


def test_whoever_types_is_not_locked_and_the_server_knows(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire")
    on_a_record(page, site)
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url) if "/presence" in request.url else None)
    for _ in range(4):
        page.clock.fast_forward("10:00")
        with page.expect_request("**/presence"):
            page.locator(".finder input").press("a")
    expect(page.locator("#preuve")).to_have_count(0)
    assert len(told) == 4


def test_another_person_does_not_find_the_page_of_the_one_before(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire")
    name = on_a_record(page, site)
    page.locator("[data-locks] button").click()
    expect(page.locator("#preuve")).to_be_visible()
    page.click("text=Changer d’utilisateur")
    page.wait_for_url("**/connexion")
    assert not Session.objects.exists()
    page.go_back()
    page.wait_for_url("**/connexion?*")
    assert name not in page.evaluate(EVERYTHING)


def test_a_tab_whose_session_was_taken_over_lets_its_page_go(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire")
    name = on_a_record(page, site)
    with page.expect_response("**/verrou"):  # told to the server before the session of another takes its place
        page.locator("[data-locks] button").click()
    expect(page.locator("#preuve")).to_be_visible()
    karim = Account.objects.get(identifier="karim@demo")
    from maillon.access.sessions import actor_of_account

    token = world.open_session(actor_of_account(karim.pk))
    page.context.add_cookies([{"name": "maillon", "value": token, "url": site.address}])
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.wait_for_url("**/journee")
    assert name not in page.evaluate(EVERYTHING)
    expect(page.locator(".me-name")).to_have_text("Dr Karim Benali")


def test_one_tab_locks_and_unlocks_the_others(site: Site, opened: Callable[..., Page]) -> None:
    first = opened("claire")
    name = on_a_record(first, site)
    second = first.context.new_page()
    second.goto("/journee")
    second.locator("[data-locks] button").click()
    expect(first.locator("#preuve")).to_be_visible()
    assert name not in first.evaluate(EVERYTHING)
    second.fill("#preuve", PASSWORD)
    second.keyboard.press("Enter")
    expect(second.locator("#preuve")).to_have_count(0)
    expect(first.locator(".finder input")).to_have_value(TYPED)


def test_a_session_locked_elsewhere_locks_the_page_at_its_next_question(
    site: Site, opened: Callable[..., Page]
) -> None:
    page = opened("claire")
    name = on_a_record(page, site)
    Session.objects.update(locked_at="2026-01-01T00:00:00Z")
    page.evaluate("htmx.ajax('GET', '/a-regler/nombre', '.topnav .count')")
    expect(page.locator("#preuve")).to_be_visible()
    assert name not in page.evaluate(EVERYTHING)


# ------------------------------------------------------------------------------------------------------- passkeys


def authenticator(page: Page) -> tuple[CDPSession, str]:
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    found = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devices, found["authenticatorId"]


def test_a_passkey_is_added_then_signs_in_and_lifts_the_lock(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire")
    devices, device = authenticator(page)
    page.goto("/reglages/connexion")
    page.fill("#nom-cle", "Poste du cabinet")
    page.click("text=Ajouter une clé d’accès")
    expect(page.locator("strong", has_text="Poste du cabinet")).to_be_visible()
    assert Passkey.objects.get().account.identifier == "claire@demo"

    page.locator("[aria-label^='Se déconnecter']").click()
    page.wait_for_url("**/connexion")
    page.click("text=Se connecter avec une clé d’accès")
    page.wait_for_url("**/journee")
    session = Session.objects.get()
    assert (session.method, session.assurance) == ("cle", 2)

    page.locator("[data-locks] button").click()
    page.click("text=Déverrouiller avec une clé d’accès")
    expect(page.locator("#preuve")).to_have_count(0)
    assert Session.objects.get().locked_at is None

    page.locator("[aria-label^='Se déconnecter']").click()
    page.wait_for_url("**/connexion")
    Passkey.objects.update(sign_count=999_999)
    page.click("text=Se connecter avec une clé d’accès")
    expect(page.locator("[data-passkey-said]")).to_contain_text("n’a pas pu être vérifiée")
    assert SignInEvent.objects.filter(kind="cle", outcome="refuse", reason="verification").count() == 1, "a copied key"
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.click("text=Se connecter avec une clé d’accès")
    expect(page.locator("[data-passkey-said]")).to_contain_text("n’a pas été utilisée")
    assert not Session.objects.exists()
