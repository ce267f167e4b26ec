"""The demonstration from beginning to end: territory, programs, messages, and the account of what became of them."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maillon.demo import base, deployment, field, living, national, patient_doors
from maillon.demo.house import House
from maillon.demo.loading import ADMINISTRATOR, OURS, PASSWORD, Loader
from maillon.demo.programs import Operator, Programs, start_operator
from maillon.documents import api as documents_room
from maillon.exchange import api as exchange
from maillon.kernel import clock, config
from maillon.scenarios import api as scenarios
from simulators.journeys import cast as journeys_cast
from simulators.people import Patient, Professional, Structure, Territory
from simulators.territory import build_territory

CLOSES_EVERY = 10.0  # seconds
RECENT_DAYS = 5  # what is older was read in its time: the history is taken over as read


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of what was sent. `messages` are copies: one for each recipient's mailbox."""

    messages: int
    waiting: int
    documents: Counter[str]

    @property
    def is_complete(self) -> bool:
        return self.messages > 0 and self.waiting == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    folder: Path
    territory: Territory
    until: dt.date
    patients: int

    @property
    def sent_list(self) -> Path:
        return self.folder / "messages-envoyes.jsonl"

    def load(self) -> Loader:
        base.refuse_an_installation()
        base.mark()
        loader = Loader(self.territory)
        loader.load()
        patient_doors.open_doors(self.territory)
        steward = deployment.fill(
            administrator=loader.accounts[ADMINISTRATOR], password=PASSWORD, ours=loader.structures["msp"]
        )
        if steward is not None:
            loader.accounts[deployment.STEWARD[0]] = steward
        field.stand(House.of(loader, until=self.until))
        return loader

    def start_operator(self, programs: Programs, loader: Loader) -> Operator:
        owners: list[Structure | Professional] = [*self.territory.structures, *self.territory.professionals]
        outside: list[Structure | Professional] = [*journeys_cast.STRUCTURES, *journeys_cast.PROFESSIONALS]
        addresses = [*(owner.mailbox for owner in (*owners, *outside)), *self._citizens()]
        operator = start_operator(programs, folder=self.folder / "operateur", addresses=addresses)
        loader.mailboxes(
            host=operator.host,
            imap_port=operator.imap_port,
            smtp_port=operator.smtp_port,
            ca_file=operator.ca_file,
            passwords=operator.passwords,
        )
        return operator

    def _citizens(self) -> Iterable[str]:
        """Mon espace santé: one citizen in five has closed theirs, and a mail to them comes back."""
        domain = os.environ["MAILLON_MES_DOMAINE"]
        matricules = [each.ins for each in self.territory.patients if each.status == "QUAL" and each.ins]
        known = [f"{ins.lower()}@{domain}" for number, ins in enumerate(matricules) if number % 5 != 4]
        return [*known, *(
            f"{(each.ins or '').lower()}@{domain}" for each in self.newcomers() if not journeys_cast.has_closed(each)
        )]  # fmt: skip

    def newcomers(self) -> Iterable[Patient]:
        """Those whom the journeys are about, one for each run: everybody around knows them, the practice does not."""
        subjects = dict.fromkeys(
            (each.sexe, each.age) for each in (
                scenarios.library.scenario(name).patient for name in scenarios.library.names()
            )
        )
        for sex, age in subjects:
            yield from journeys_cast.newcomers(sex=sex, age=age, until=self.until)

    def start_teleservices(self, programs: Programs) -> None:
        """The simulated DMP and INSi: before our own programs, which read where they are."""
        national.start_teleservices(
            programs, folder=self.folder, territory=self.territory, until=self.until, newcomers=tuple(self.newcomers())
        )

    def start_sending(self, programs: Programs, operator: Operator, *, resume: bool, part: str) -> None:
        """`part`: what is sent this time, see `sending`."""
        samples = config.ROOT.parent / "shared" / "samples" / "cda"
        programs.start(
            "envois", "maillon.demo.sending", "--hote", operator.host, "--port", str(operator.smtp_port),
            "--autorite", operator.ca_file, "--comptes", str(operator.accounts_file),
            "--jusqu-au", self.until.isoformat(), "--patients", str(self.patients), "--liste", str(self.sent_list),
            *(["--echantillons", str(samples)] if samples.is_dir() else []), *(["--reprendre"] if resume else []),
            "--part", part,
        )  # fmt: skip

    def account(self) -> Account:
        """Asked of the base, for every copy that the operator accepted for a mailbox of ours."""
        ours = {owner.mailbox for owner in self.territory.structures if owner.key in OURS}
        ours |= {person.mailbox for person in self.territory.professionals if person.structure in OURS}
        expected = Counter(
            (line["message_id"], address) for line in self._sent() for address in line["recipients"] if address in ours
        )
        found = exchange.arrivals.fates(f"<{message_id}>" for message_id, _ in expected)
        settled = {(fate.message_id.strip("<>"), fate.address) for fate in found if fate.state != "kept"}
        documents = Counter(state for fate in found for state in fate.documents)
        documents["refused"] += sum(1 for fate in found if fate.state == "refused" and not fate.documents)
        return Account(
            messages=len(expected), waiting=sum(1 for copy in expected if copy not in settled), documents=documents
        )

    def close_history(self) -> int:
        """Tasks of documents that are older than some days: they were read when they were written."""
        return documents_room.close_history(before=clock.now() - dt.timedelta(days=RECENT_DAYS))

    def settle_in(self, loader: Loader) -> None:
        """The team at work, once its documents are there: see `living`."""
        living.settle_in(House.of(loader, until=self.until))

    def _sent(self) -> Iterable[dict[str, Any]]:
        if not self.sent_list.exists():
            return []
        return [
            json.loads(line) for line in self.sent_list.read_text(encoding="utf-8").splitlines() if line.endswith("}")
        ]


def prepare(*, patients: int) -> Demonstration:
    """The day on which the story ends is that of the first run, so that every run tells the same story."""
    folder = config.data_dir() / "demonstration"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / "histoire.json"
    if not kept.exists():
        kept.write_text(json.dumps({"until": clock.today().isoformat(), "patients": patients}), encoding="utf-8")
    story = json.loads(kept.read_text(encoding="utf-8"))
    until = dt.date.fromisoformat(story["until"])
    territory = build_territory(until=until, patients=story["patients"])
    return Demonstration(folder=folder, territory=territory, until=until, patients=story["patients"])


def wait_until_accounted(
    demonstration: Demonstration, programs: Programs, *, progress: Callable[[Account], None]
) -> Account:
    """Until the sender has ended and every message has its answer; meanwhile nobody's day is full of what was read two
    years ago. Raises ProgramDied when a program fails."""
    closed = time.monotonic()
    while True:
        has_ended = programs.has_ended("envois")
        account = demonstration.account()
        progress(account)
        if has_ended and account.is_complete:
            demonstration.close_history()
            return account
        programs.check()
        if time.monotonic() - closed > CLOSES_EVERY:
            demonstration.close_history()
            closed = time.monotonic()
        time.sleep(1.0)
