"""What every test may use: the cast. Nobody else is needed to tell a story."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from maillon.kernel.key import Actor


@dataclass(frozen=True)
class Cast:
    """Claire (GP), Karim (GP), Nadia (nurse), Sylvie (secretary) work at the Tilleuls; Paul works elsewhere and must
    see nothing."""

    claire: Actor
    karim: Actor
    nadia: Actor
    sylvie: Actor
    paul: Actor
    tilleuls_id: int
    elsewhere_id: int


# The same commit passes or fails alike, on a machine of any speed; MAILLON_HASARD=1 draws what nobody has drawn yet.
settings.register_profile(
    "maillon", deadline=None, suppress_health_check=[HealthCheck.too_slow],
    derandomize=not os.environ.get("MAILLON_HASARD"),
)  # fmt: skip
settings.load_profile("maillon")

PASSWORD = "Une phrase assez longue 2026"
LONG_AGO = dt.date(2020, 1, 1)  # before every day that a test goes to, whatever today is
# The files that last: begun first, so that no worker waits for the other at the end.
LONG = (
    "tests/seep/test_routes_roles.py", "tests/exchange/test_kill.py", "tests/browser/test_every_page.py",
    "tests/seep/test_twins.py", "tests/seep/test_planted_leaks.py", "tests/browser/test_door.py",
    "tests/browser/test_protocols.py", "tests/access/law/test_one_rule.py",
)  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks = {path: rank for rank, path in enumerate(LONG)}
    items.sort(key=lambda item: ranks.get(item.nodeid.partition("::")[0], len(LONG)))


@pytest.fixture(autouse=True, scope="session")
def _witness_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the workers of the tests export of the journal goes to no installation."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MAILLON_TEMOINS", str(tmp_path_factory.mktemp("temoins")))
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_test_environment: None, django_db_blocker: Any,
    django_db_keepdb: bool,
) -> None:  # fmt: skip
    from django.test import TransactionTestCase

    from tests import base

    if not django_db_keepdb:  # one that was kept is brought up to date by the migrations
        with django_db_blocker.unblock():
            base.copy_the_model()
    TransactionTestCase._fixture_teardown = lambda _: base.empty()


@pytest.fixture
def cast(db: None) -> Cast:
    return engaged()


def engaged() -> Cast:
    from maillon.access.models import Account
    from maillon.professionals.models import Attachment, MssAddress, Professional, Structure

    tilleuls = Structure.objects.create(finess="990000016", name="Maison de santé des Tilleuls", type_code="SA52")
    elsewhere = Structure.objects.create(finess="990000024", name="Cabinet du Port", type_code="SA07")
    MssAddress.objects.create(address="accueil@msp-tilleuls.mssante.test", kind="ORG", structure=tilleuls)

    def engage(name: str, profession: str, title: str, rpps: str | None, structure: Structure) -> Actor:
        given, family = name.split(" ", 1)
        person = Professional.objects.create(
            national_id=rpps, given_name=given, family_name=family, title=title, profession_code=profession
        )
        Attachment.objects.create(
            professional=person, structure=structure, start=LONG_AGO
        )
        account = Account(identifier=f"{given.lower()}@demo", professional=person, structure=structure)
        account.set_password(PASSWORD)
        account.save()
        return _actor_of(account)

    return Cast(
        claire=engage("Claire Morel", "G15_10", "DR", "899000000011", tilleuls),
        karim=engage("Karim Benali", "G15_10", "DR", "899000000029", tilleuls),
        nadia=engage("Nadia Lefèvre", "G15_60", "", "899000000037", tilleuls),
        sylvie=engage("Sylvie Caron", "331", "", None, tilleuls),
        paul=engage("Paul Étranger", "G15_10", "DR", "899000000045", elsewhere),
        tilleuls_id=tilleuls.pk,
        elsewhere_id=elsewhere.pk,
    )


def _actor_of(account: object) -> Actor:
    from maillon.access.sessions import actor_of_account

    return actor_of_account(account.pk)  # type: ignore[attr-defined]
