from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from maillon.kernel import config


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAILLON_DONNEES", str(tmp_path / "data"))
    monkeypatch.delenv("MAILLON_SECRET_ESSAI", raising=False)
    return tmp_path / "data"


def test_the_data_directory_is_the_one_that_is_named(home: Path) -> None:
    assert config.data_dir() == home


def test_a_named_directory_may_be_relative_to_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MAILLON_DONNEES", "~/dossier")
    assert config.data_dir() == tmp_path / "dossier"


def test_root_and_others_have_their_own_place_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MAILLON_DONNEES", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert config.data_dir() == Path("/var/lib/maillon")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert config.data_dir() == tmp_path / "maillon"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config.data_dir() == tmp_path / ".local" / "share" / "maillon"


def test_a_secret_is_made_once_and_is_long(home: Path) -> None:
    made = config.secret("essai")
    assert len(made) >= 48
    assert config.secret("essai") == made
    assert config.secret("autre") != made


def test_a_secret_is_readable_by_its_owner_only(home: Path) -> None:
    config.secret("essai")
    folder = home / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "essai").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["essai"], "no draft is left"


def test_a_secret_of_the_environment_prevails_and_is_not_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILLON_SECRET_ESSAI", "donné")
    assert config.secret("essai") == "donné"
    assert not home.exists()


def _ask(home: str, told: multiprocessing.Queue[str]) -> None:
    os.environ["MAILLON_DONNEES"] = home
    told.put(config.secret("essai"))


def test_processes_that_start_together_share_one_secret(home: Path) -> None:
    context = multiprocessing.get_context("fork")
    told: multiprocessing.Queue[str] = context.Queue()
    processes = [context.Process(target=_ask, args=(str(home), told)) for _ in range(6)]
    for process in processes:
        process.start()
    secrets = {told.get(timeout=30) for _ in processes}
    for process in processes:
        process.join()
    assert len(secrets) == 1


def test_the_content_of_the_house_is_found_from_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert (config.CONTENT / "documents").is_dir()


def test_an_empty_secret_is_none(home: Path) -> None:
    """A file cut by a full disk or a bad restoration: everything would be sealed by a key that anybody knows."""
    config.secret("essai")
    (home / "secrets" / "essai").write_text("\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="essai"):
        config.secret("essai")
