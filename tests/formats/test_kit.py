from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from maillon.cli import main
from maillon.formats.cda.write import write_cda
from maillon.formats.kit import engine, topics
from maillon.formats.kit.engine import Finding, Kit
from maillon.formats.kit.models import MODELS
from maillon.formats.kit.source import open_kit
from maillon.formats.refusal import Refused
from tests.formats.cda.types.strategies import STRATEGIES
from tests.formats.cda.written import letter
from tests.formats.kit_of_test import make_kit

pytest.importorskip("saxonche", reason="saxonche (option « conformite ») est absent")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_kit(tmp_path_factory.mktemp("kit"))


@pytest.fixture(scope="session")
def kit(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return Kit(open_kit(folder, cache=tmp_path_factory.mktemp("cache")))


def admission() -> bytes:
    found: list[bytes] = []

    @settings(max_examples=1, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(STRATEGIES["LDL-EES 2022.01"])
    def first(document: object) -> None:
        found.append(write_cda(document))  # type: ignore[arg-type]

    first()
    return found[0]


def test_a_right_document_has_no_error_and_what_the_kit_lacks_is_told_as_its_own_gap(kit: Kit) -> None:
    verdict = kit.check(write_cda(letter()))
    assert verdict.errors == ()
    assert [one.severity for one in verdict.findings] == ["gap"]
    assert verdict.model is None


def test_the_schematron_of_the_model_is_run_and_the_place_is_told(kit: Kit) -> None:
    verdict = kit.check(admission())
    assert verdict.model == "LDL-EES_2022.01"
    (error,) = verdict.errors
    assert error.section == "Motif d’hospitalisation"
    assert error.path.endswith("component/section")
    assert error.rule == "LDL-EES"
    assert topics.topic_of(error) == topics.CODES


@pytest.mark.parametrize(
    ("cut", "message", "topic"),
    [
        (b"<title>Consultation</title>", "Le titre manque.", topics.HEADER),
        (b'<birthTime value="19790328"/>', "la date de naissance du patient manque.", topics.IDENTITY),
    ],
)
def test_what_is_missing_is_found_and_sorted_by_what_it_is_about(
    kit: Kit, cut: bytes, message: str, topic: str
) -> None:
    data = write_cda(letter())
    assert cut in data
    (error,) = kit.check(data.replace(cut, b"")).errors
    assert topics.words_of(error) == message
    assert topics.topic_of(error) == topic
    assert error.line is not None


def test_a_table_in_another_form_is_made_from_the_kits_own(kit: Kit) -> None:
    other = replace(letter(), type_code="15507-7")
    assert [topics.words_of(one) for one in kit.check(write_cda(other)).errors] == [
        "Le type n’est pas dans le jeu de valeurs."
    ]


def test_the_copy_is_made_once_and_again_when_the_kit_changes(folder: Path, tmp_path: Path) -> None:
    first, second = open_kit(folder, cache=tmp_path), open_kit(folder, cache=tmp_path)
    assert first == second
    changed = make_kit(tmp_path / "autre")
    (changed / "schematrons/profils/IHE.sch").write_text("<schema xmlns='http://purl.oclc.org/dsdl/schematron'/>")
    assert open_kit(changed, cache=tmp_path).root != first.root


def test_a_git_copy_gives_the_same_findings(folder: Path, tmp_path: Path, kit: Kit) -> None:
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "kit"]):
        options = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", "--git-dir", str(tmp_path / "g.git"), "--work-tree", str(folder), *options, *command],
                       check=True, capture_output=True)  # fmt: skip
    other = Kit(open_kit(tmp_path / "g.git", cache=tmp_path / "cache"))
    assert other.source.label.startswith("révision ")
    assert other.check(admission()) == kit.check(admission())


@pytest.mark.parametrize("name", ["absent", "vide"])
def test_something_else_than_a_kit_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "vide").mkdir()
    with pytest.raises(Refused) as refused:
        open_kit(tmp_path / name, cache=tmp_path / "cache")
    assert refused.value.code == {"absent": "E-KIT-01", "vide": "E-KIT-02"}[name]


def test_each_model_that_we_write_has_its_schematron() -> None:
    from maillon.formats.cda.types.registry import STRUCTURED_TYPES

    for sheet in STRUCTURED_TYPES:
        assert sheet.own_template.partition("^")[0].removeprefix("1.2.250.1.213.1.1.1.") in MODELS, sheet.name


# The words.


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Element '{urn:hl7-org:v3}foo': This element is not expected. Expected is one of ( {urn:hl7-org:v3}id, "
         "{urn:hl7-org:v3}code ).", "L’élément foo n’a pas sa place ici\u202f: est attendu id ou code."),
        ("Element '{urn:hl7-org:v3}time': The attribute 'value' is required but missing.",
         "L’attribut value de l’élément time manque."),
        ("Element '{urn:hl7-org:v3}x', attribute 'y': [facet 'enumeration'] The value 'Z' is not an element of the "
         "set {'A'}.", "La valeur « Z » n’est pas admise dans y."),
    ],
)  # fmt: skip
def test_the_schema_speaks_french(said: str, words: str) -> None:
    finding = Finding(origin="schéma XML", severity="error", message=said)
    assert topics.words_of(finding) == words
    assert topics.topic_of(finding) == topics.FORM


# The command.


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CDA_KIT", raising=False)
    return tmp_path


def test_the_command_says_conforming_and_leaves_zero(
    home: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "a.xml").write_bytes(write_cda(letter()))
    assert main(["conformite", str(home / "a.xml"), "--kit", str(folder), "--strict"]) == 0
    assert "CONFORME (règles communes" in capsys.readouterr().out


def test_the_command_groups_the_errors_and_leaves_one(
    home: Path, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "b.xml").write_bytes(write_cda(letter()).replace(b'<birthTime value="19790328"/>', b""))
    monkeypatch.setenv("CDA_KIT", str(folder))
    assert main(["conformite", str(home / "b.xml")]) == 1
    told = capsys.readouterr().out
    assert "NON CONFORME\u202f: 1 erreur" in told
    assert "Identité du patient\u202f: 1" in told
    assert "0 sur 1 conforme" in told
    assert main(["conformite", str(home / "b.xml"), "--json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert report["conforms"] is False
    assert {one["topic"] for one in report["findings"] if one["severity"] == "error"} == {"Identité du patient"}


def test_the_command_says_what_could_not_be_checked_and_leaves_two(
    home: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "c.xml").write_bytes(b"<ClinicalDocument/>")
    (home / "d.txt").write_bytes(b"bonjour")
    assert main(["conformite", str(home / "c.xml"), str(home / "d.txt"), str(home / "e"), "--kit", str(folder)]) == 2
    assert capsys.readouterr().out.count("NON CONTRÔLÉ [E-") == 3
    assert main(["conformite", str(home / "c.xml")]) == 2
    assert "E-KIT-01" in capsys.readouterr().err


def test_without_the_engine_the_command_says_what_to_install(
    home: Path, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "saxonche", None)
    assert main(["conformite", "x.xml", "--kit", str(folder)]) == 2
    assert f"[{engine.NO_ENGINE.code}]" in capsys.readouterr().err


def test_without_the_kit_our_own_checks_are_still_made(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "f.xml").write_bytes(write_cda(letter()))
    assert main(["conformite", "--sans-kit", str(home / "f.xml")]) == 0
    assert "Contrôles de Maillon seuls\u202f: rien à signaler" in capsys.readouterr().out
    wrong = write_cda(letter()).replace(b'extension="279035121518989"', b'extension="279035121518988"')
    (home / "f.xml").write_bytes(wrong)
    assert main(["conformite", "--sans-kit", "--strict", str(home / "f.xml")]) == 1
