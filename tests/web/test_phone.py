"""The telephone of the demonstration, which stands on a screen when the patient's door is shown."""

from __future__ import annotations

import json
from pathlib import Path

from simulators.phone.__main__ import page


def test_a_message_says_its_hour_in_paris_and_its_link_is_pressed(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    said = {"to": "x@exemple.test", "channel": "courriel", "at": "2026-07-01T22:17:14.341166+00:00",
            "text": "Pour entrer : http://localhost:8000/mon-espace/entrer/a-b_c?x=1&y=<b>"}  # fmt: skip
    (tmp_path / "messages" / "1.json").write_text(json.dumps(said), encoding="utf-8")
    shown = page(tmp_path, now=0)
    assert "02/07/2026 à 00:17" in shown
    assert '<a href="http://localhost:8000/mon-espace/entrer/a-b_c?x=1&amp;y=&lt;b&gt;">' in shown
    (tmp_path / "messages" / "1.json").write_text(json.dumps(said | {"at": "hier"}), encoding="utf-8")
    assert "· hier" in page(tmp_path, now=0)
