"""The sender against the loopback operator: real sockets, real TLS."""

from __future__ import annotations

import datetime as dt
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from simulators.messages import OutgoingMessage, messages
from simulators.operator.authority import ensure_certificates
from simulators.send import main, read_accounts, send
from simulators.story import documents
from simulators.territory import build_territory

UNTIL = dt.date(2026, 11, 24)
PASSWORD = "un mot de passe assez long"


@dataclass(frozen=True)
class Operator:
    host: str
    port: int
    ca_file: str
    accounts: Path


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    folder = tmp_path_factory.mktemp("operateur")
    territory = build_territory(until=UNTIL)
    boxes = {each.mailbox for each in (*territory.structures, *territory.professionals)}
    accounts = folder / "comptes.txt"
    accounts.write_text("".join(f"{box} {PASSWORD}\n" for box in sorted(boxes)), encoding="utf-8")
    command = [sys.executable, "-m", "simulators.operator", "--dossier", str(folder), "--comptes", str(accounts)]
    running = subprocess.Popen([*command, "--port-imap", "0", "--port-smtp", "0"])
    try:
        yield _listening(folder / "operateur.json", accounts)
    finally:
        running.terminate()
        running.wait(timeout=20)


def _listening(announced: Path, accounts: Path) -> Operator:
    for _ in range(200):
        if announced.exists() and announced.read_bytes().endswith(b"}"):
            where = orjson.loads(announced.read_bytes())
            return Operator(where["host"], where["smtp_port"], where["ca_file"], accounts)
        time.sleep(0.1)
    raise AssertionError("the operator does not listen")


@pytest.fixture(scope="module")
def outgoing() -> list[OutgoingMessage]:
    territory = build_territory(until=UNTIL)
    told = list(documents(territory, seed=1, until=UNTIL))
    return list(messages(territory, told[:30]))


def test_messages_reach_the_operator_inside_tls(operator: Operator, outgoing: list[OutgoingMessage]) -> None:
    accounts = read_accounts(operator.accounts)
    report = send(outgoing, host=operator.host, port=operator.port, ca_file=operator.ca_file, accounts=accounts)
    assert (report.sent, report.refused) == (len(outgoing), [])


def test_a_refused_message_does_not_stop_the_others(operator: Operator, outgoing: list[OutgoingMessage]) -> None:
    accounts = read_accounts(operator.accounts)
    unknown = OutgoingMessage(
        message_id="x@y",
        sender=outgoing[0].sender,
        recipients=("personne@ailleurs.test",),
        at=outgoing[0].at,
        data=outgoing[0].data,
        documents=(),
    )
    report = send(
        [unknown, outgoing[1]], host=operator.host, port=operator.port, ca_file=operator.ca_file, accounts=accounts
    )
    assert report.sent == 1
    assert report.refused == [("x@y", "550")]


def test_an_authority_that_did_not_sign_is_not_believed(
    operator: Operator, outgoing: list[OutgoingMessage], tmp_path: Path
) -> None:
    other = ensure_certificates(tmp_path, now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)).authority
    with pytest.raises(ssl.SSLError):
        send(outgoing[:1], host=operator.host, port=operator.port, ca_file=other, accounts={})


def test_the_command_sends_and_says_so_in_french(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--port", str(operator.port), "--autorite", operator.ca_file, "--comptes", str(operator.accounts)]
    assert main([*arguments, "--jusqu-au", UNTIL.isoformat(), "--limite", "3"]) == 0
    assert "3 messages envoyés" in capsys.readouterr().out
