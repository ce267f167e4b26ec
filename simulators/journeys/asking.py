"""Asking somebody outside to act at their own software: the one line between who plays and who is played."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

from simulators.journeys.orders import Order, as_json


class Down(Exception):
    """The program of an actor outside does not answer. Carries who."""


class Refusal(Exception):
    """They could not do it; carries what their software said."""


def ask(folder: Path, who: str, order: Order) -> dict[str, Any]:
    """Raises Down, Refusal."""
    try:
        port = json.loads((folder / f"{who}.json").read_text(encoding="utf-8"))["port"]
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=order.patience + 60)
        line.request("POST", "/ordre", body=json.dumps(as_json(order), ensure_ascii=False).encode())
        answer = line.getresponse()
        said: dict[str, Any] = json.loads(answer.read())
    except (OSError, ValueError, KeyError) as error:
        raise Down(who) from error
    line.close()
    if answer.status != 200:
        raise Refusal(str(said.get("refused", "")))
    return said
