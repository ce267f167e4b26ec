"""The address book: mirrored page by page, searched without the network, and unharmed by what the directory does."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine

from maillon.exchange import api as exchange
from maillon.exchange.directory import line as line_of
from maillon.exchange.directory import refreshing
from maillon.exchange.directory.models import DirectoryEntry, MirroredResource, MirrorState
from maillon.formats.fhir.directory import read_page
from maillon.formats.refusal import Refused
from maillon.kernel import clock
from maillon.kernel.message import UserMessage
from simulators.annuaire import resources
from tests.conftest import Cast

ROOT = Path(__file__).resolve().parents[2]
KEY = "cle-d-essai"
book = exchange.directory
pytestmark = pytest.mark.django_db


class Annuaire:
    """The simulator, as a program of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulators.annuaire", "--dossier", str(folder), "--cle", KEY, *options],
            cwd=ROOT, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while not (folder / "annuaire.json").exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the directory did not start")
            time.sleep(0.02)
        self.base = json.loads((folder / "annuaire.json").read_text())["base"]

    def publish(self, each: dict[str, object]) -> None:
        (self.folder / "ressources" / f"{each['resourceType']}-{each['id']}.json").write_text(json.dumps(each))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


Started = Callable[..., Annuaire]


@pytest.fixture
def annuaire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    started: list[Annuaire] = []

    def start(*options: str) -> Annuaire:
        folder = tmp_path / str(len(started))
        folder.mkdir()
        started.append(Annuaire(folder, *options))
        monkeypatch.setenv("MAILLON_ANNUAIRE", started[-1].base)
        monkeypatch.setenv("MAILLON_SECRET_ANNUAIRE", KEY)
        return started[-1]

    yield start
    for each in started:
        each.stop()


def _now() -> str:
    return clock.now().isoformat(timespec="milliseconds")


def test_the_whole_is_mirrored_and_found_by_name_town_number_and_profession(
    annuaire: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    annuaire("--population", "120")
    monkeypatch.setattr(refreshing, "PAGE", 50)
    assert book.is_due()
    assert book.refresh() >= 5
    assert not book.is_due()
    status = book.status()
    assert (status.is_plugged, status.is_stale, status.last_error) == (True, False, "")
    assert MirroredResource.objects.filter(kind="Practitioner").count() >= 120
    (claire,) = book.search("Morel Claire")
    assert (claire.profession, claire.is_manual) == ("Médecin", False)
    assert claire.address
    assert claire.place
    assert book.search(claire.national_id)[0].address == claire.address
    assert book.search(claire.national_id[1:])[0].address == claire.address
    in_town = book.search("mais", place="valenc")
    assert {each.city for each in in_town} == {"Valenciennes"}
    nurses = book.search("valenciennes", profession_code="G15_60")
    assert nurses
    assert {each.profession for each in nurses} == {"Infirmier"}
    assert any(each.is_organization for each in book.search("maison de sante"))
    with pytest.raises(UserMessage) as refused:
        book.search("a")
    assert refused.value.code == "E-ANN-13"


def test_the_red_list_is_found_by_its_whole_address_only(annuaire: Started) -> None:
    annuaire("--population", "20")
    book.refresh()
    red = DirectoryEntry.objects.get(is_red=True)
    assert all(each.address != red.address for each in book.search(red.name))
    assert [each.address for each in book.search(red.address)] == [red.address]


def test_somebody_without_mailbox_is_shown_as_such(annuaire: Started) -> None:
    annuaire("--population", "20")
    book.refresh()
    without = DirectoryEntry.objects.filter(address="").first()
    assert without is not None
    assert any(each.address == "" for each in book.search(without.name))


def test_only_what_changed_is_asked_again(annuaire: Started) -> None:
    place = annuaire("--population", "60")
    book.refresh()
    before = dict(MirrorState.objects.values_list("kind", "since"))
    place.publish(resources.practitioner(
        "personne-1", rpps="99700000001", family="NOUVEAUNOM", given="Zoé", profession="60",
        mailbox="zoe@soignants.mssante.test", at=_now(),
    ))  # fmt: skip
    place.publish(resources.practitioner(
        "personne-2", rpps="99700000002", family="PARTI", given="Yann", profession="60", active=False, at=_now(),
    ))  # fmt: skip
    place.publish(resources.organization(
        "maison-0", finess="998000000", name="Maison de santé du Lac", sector="SA52", postal_code="59300",
        city="Valenciennes", mailbox="secretariat@maison-0.mssante.test", at=_now(),
    ))  # fmt: skip
    with time_machine.travel(clock.now() + dt.timedelta(hours=21), tick=True):
        assert book.is_due()
        assert book.refresh() == 3
    assert book.search("nouveaunom")[0].address == "zoe@soignants.mssante.test"
    assert book.search("parti yann") == []
    assert any(each.is_organization for each in book.search("maison du lac"))
    assert any(each.profession_code for each in book.search("lac valenciennes"))
    assert all(MirrorState.objects.get(kind=kind).since > moment for kind, moment in before.items())


@pytest.mark.parametrize("fault", ["429", "503", "json", "coupure", "perimee", "enorme", "boucle", "ailleurs"])
def test_whatever_the_directory_does_nothing_is_lost_and_it_is_left_alone_a_while(
    annuaire: Started, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    annuaire("--population", "120", "--pannes", fault)
    monkeypatch.setattr(refreshing, "PAGE", 50)
    moment, rounds, errors = clock.now(), 0, set()
    while book.status().refreshed_at is None and rounds < 60:
        with time_machine.travel(moment, tick=True):
            book.refresh()
            errors |= set(MirrorState.objects.exclude(last_error="").values_list("last_error", flat=True))
            if errors:
                assert not book.is_due() or MirrorState.objects.filter(retry_at__isnull=True).exists()
        moment += dt.timedelta(hours=7)
        rounds += 1
    assert MirroredResource.objects.filter(kind="Practitioner").count() >= 120
    assert book.search("morel claire")
    assert not MirroredResource.objects.filter(last_updated__year=2001).exists()
    assert bool(errors) is (fault != "perimee")
    assert all(each.endswith((".", "début.")) for each in errors)


def test_a_wrong_key_is_said_and_a_page_elsewhere_is_never_asked(
    annuaire: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = annuaire("--population", "5")
    monkeypatch.setenv("MAILLON_SECRET_ANNUAIRE", "fausse")
    assert book.refresh() == 0
    assert "refuse notre clé" in book.status().last_error
    line = line_of.Directory(place.base, KEY)
    for address in (
        "http://169.254.169.254/latest", place.base.replace("/fhir/v2", "/autre"), "file:///etc/passwd",
        place.base.replace("127.0.0.1", "u:p@127.0.0.1") + "/Practitioner", f"{place.base}/../secret", "http://[::1",
    ):  # fmt: skip
        assert not line.is_own(address)
    assert line.is_own(f"{place.base}/Practitioner?_count=1")


def test_a_page_that_is_no_longer_kept_begins_the_round_again(
    annuaire: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    annuaire("--population", "120", "--vie-des-pages", "0.5")
    monkeypatch.setattr(refreshing, "PAGE", 50)
    book.refresh(most_pages=2)
    time.sleep(0.7)
    book.refresh()
    gone = MirrorState.objects.get(last_error="L’annuaire n’a plus cette page.")
    assert gone.next_link == ""
    with time_machine.travel(clock.now() + dt.timedelta(hours=7), tick=True):
        book.refresh()
    assert book.status().last_error == ""
    assert MirroredResource.objects.filter(kind="Practitioner").count() >= 120


def test_an_interrupted_round_goes_on_where_it_was(annuaire: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    annuaire("--population", "120")
    monkeypatch.setattr(refreshing, "PAGE", 50)
    book.refresh(most_pages=3)
    assert MirrorState.objects.exclude(next_link="").exists()
    kept = MirroredResource.objects.count()
    assert book.is_due()
    book.refresh()
    assert MirroredResource.objects.count() > kept
    assert book.status().refreshed_at is not None


def test_without_a_line_one_types_by_hand_and_it_is_marked_until_confirmed(
    cast: Cast, annuaire: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAILLON_ANNUAIRE", raising=False)
    assert book.refresh() == 0
    assert not book.status().is_plugged
    noted = book.note_by_hand(
        cast.claire, address="P1@Soignants.mssante.test", name="Une Personne", profession_code="G15_60", city="Amiens"
    )
    assert (noted.is_manual, noted.noted_by) == (True, "Dr Claire Morel")
    assert book.note_by_hand(cast.karim, address="p1@soignants.mssante.test", name="Autre") == noted
    assert [each.is_manual for each in book.search("personne amiens")] == [True]
    annuaire("--population", "20")
    book.refresh()
    assert [each.is_manual for each in book.search("p1@soignants.mssante.test")] == [False]
    with pytest.raises(UserMessage) as refused:
        book.note_by_hand(cast.claire, address="p1@soignants.mssante.test", name="Quelqu’un d’autre")
    assert refused.value.code == "E-ANN-12"


@pytest.mark.parametrize(
    ("address", "name", "code"),
    [("claire@exemple.fr", "X", "E-ANN-10"), ("claire", "X", "E-ANN-10"), ("a@b.mssante.fr", " ", "E-ANN-11")],
)
def test_what_is_typed_by_hand_is_checked(cast: Cast, address: str, name: str, code: str) -> None:
    with pytest.raises(UserMessage) as refused:
        book.note_by_hand(cast.claire, address=address, name=name)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "E-ANN-01"), (b"{", "E-ANN-01"), (b"[" * 100_000, "E-ANN-01"), (b"[]", "E-ANN-02"),
        (b'{"resourceType":"Patient"}', "E-ANN-02"), (b'{"resourceType":"Bundle","type":"batch"}', "E-ANN-02"),
        (json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": [{}] * 2001}).encode(), "E-ANN-03"),
    ],
)  # fmt: skip
def test_a_page_that_is_none_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_page(data)
    assert refused.value.code == code


def test_a_resource_of_any_shape_is_read_or_left_out() -> None:
    """Every value of a good resource is replaced in turn by what it should not be."""
    at = "2026-03-01T10:00:00+01:00"
    good = resources.practitioner(
        "x", rpps="99700000001", family="A", given="B", profession="10", mailbox="a@b.mssante.test", at=at
    )
    odd_values: tuple[object, ...] = (None, 3, "x" * 10_000, [], {}, [[]], [None], {"a": 1}, "\0", True)
    count = 0
    for odd in odd_values:
        for path in _paths(good):
            page = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": _with(good, path, odd)}]}
            read = read_page(json.dumps(page).encode())
            assert len(read.resources) + read.left_out == 1
            assert all(len(each.family_name) <= 200 and "\0" not in each.family_name for each in read.resources)
            count += 1
    assert count > 300


def _paths(value: object, at: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*at, key)
        yield from _paths(each, (*at, key))


def _with(value: object, path: tuple[object, ...], odd: object) -> object:
    copied = json.loads(json.dumps(value))
    holder = copied
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = odd
    return copied
