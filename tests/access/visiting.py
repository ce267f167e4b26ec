"""A patient's door in the tests: who is invited, what they receive, how they come in."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from maillon.access import api as access_room
from maillon.access.patient_door import Visiting
from maillon.exchange import carrying
from maillon.kernel import outbox
from maillon.kernel.key import Access, Actor, PatientId, Purpose

MAIL, PHONE = "jeanne@exemple.test", "06 12 34 56 78"


@dataclass(frozen=True)
class Telephone:
    """What was sent to anybody, latest last."""

    folder: Path

    def notes(self) -> list[dict[str, str]]:
        """Once the worker has done its round."""
        while outbox.run_due():
            pass
        return self.notes_without_worker()

    def notes_without_worker(self) -> list[dict[str, str]]:
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(self.folder.glob("*.json"))]

    def link(self) -> str:
        return self._last(r"/mon-espace/entrer/([\w-]+)")

    def code(self) -> str:
        return self._last(r"^(\d{6}) est votre code")

    def _last(self, pattern: str) -> str:
        found = [match[1] for note in self.notes() if (match := re.search(pattern, note["text"]))]
        assert found, "nothing was sent"
        return found[-1]


@pytest.fixture
def telephone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Telephone:
    folder = tmp_path / "messages"
    monkeypatch.setenv("MAILLON_ENVOIS", "telephone")
    monkeypatch.setattr(carrying, "demonstration_phone", lambda: folder)
    return Telephone(folder)


def key(actor: Actor, patient: PatientId) -> Access:
    purpose = access_room.rule.usual_purpose(actor)
    return access_room.open_record(actor, patient, purpose=purpose)


def own_key(visiting: Visiting) -> Access:
    assert visiting.actor.patient_id is not None
    return access_room.open_record(visiting.actor, visiting.actor.patient_id, purpose=Purpose.PERSONAL)


def come_in(telephone: Telephone, *, birth_date: dt.date, contact: str = MAIL) -> Visiting:
    """By the link of the mail, then by the code of the SMS."""
    token = half_way(telephone, birth_date=birth_date, contact=contact)
    standing = standing_of(token)
    access_room.visitors.patient_door.send_code(standing, address="192.0.2.1")
    return standing_of(access_room.visitors.patient_door.prove_by_code(standing, telephone.code()))


def half_way(telephone: Telephone, *, birth_date: dt.date, contact: str = MAIL) -> str:
    access_room.visitors.patient_door.knock(contact, birth_date, address="192.0.2.1")
    return access_room.visitors.patient_door.enter_by_link(telephone.link())


def standing_of(token: str) -> Visiting:
    found = access_room.visitors.patient_door.visiting_of(token)
    assert found is not None
    return found
