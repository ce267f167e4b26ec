"""Remote ends that die at every step, over both adapters: nothing is lost, nothing is silent, nothing is doubled.

The default run is short and seeded. MAILLON_MORTS=1500 does the whole (`make deaths-dmp`): it prints what was killed.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from maillon.exchange import api as exchange
from maillon.exchange.dmp.rows import DmpAct, DmpEntry
from maillon.formats.cda.read import open_cda
from maillon.kernel import outbox
from maillon.kernel.message import UserMessage
from tests.exchange import dying, national
from tests.exchange.dmp.conftest import Desk, plug, work

pytestmark = pytest.mark.django_db
WANTED = int(os.environ.get("MAILLON_MORTS", "60"))
SEED = int(os.environ.get("MAILLON_MORTS_GRAINE", "20261128"))
OPEN = ("attente", "indetermine")


@dataclass
class Account:
    """What is written of the run, and every broken promise in words."""

    seen: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.broken.append(what)


@pytest.mark.parametrize("road", ["xds", "fhir"])
def test_no_death_loses_doubles_or_hides_anything(
    desk: Desk, held: national.Held, teleservice: national.Teleservice, monkeypatch: pytest.MonkeyPatch, road: str
) -> None:
    chance = random.Random(f"{SEED}-{road}")
    line = dying.DyingLine(
        teleservice.port, teleservice.folder / "certificats", lambda: None, patience=1.0
    )
    plug(teleservice, monkeypatch, way=road, address=line.address)
    monkeypatch.setenv("MAILLON_DMP_PATIENCE", "1")
    held.authorise("VALIDE")
    account = Account()
    wanted = (WANTED + 1) // 2
    try:
        while sum(line.happened.values()) < wanted:
            kill(line, chance)
            one_document(desk, held, line, account, chance)
            kill(line, chance)
            one_consultation(desk, line, account)
    finally:
        line.stop()
    account.seen["ambiguous"] = sum(line.happened[each] for each in dying.AMBIGUOUS)
    told = {"way": road, "deaths": sum(line.happened.values()), "by_kind": dict(line.happened), **account.seen}
    print(told)
    assert not account.broken, account.broken[:5]
    assert account.seen["documents"] == account.seen["fed"] == sum(held.submissions().values())
    assert account.seen["silent"] == account.seen["doubled"] == 0


def kill(line: dying.DyingLine, chance: random.Random) -> None:
    line.plan = dying.deaths(chance, share=0.3)


def one_document(
    desk: Desk, held: national.Held, line: dying.DyingLine, account: Account, chance: random.Random
) -> None:
    """Fed, then changed, through a line that dies; after each try, the row never says more than what is known."""
    document = national.written()
    name = document.version.id or ""
    desk.feed(document)
    account.seen["documents"] += 1
    until_settled(name, line, account, there=lambda: held.count(name) == 1)
    account.expect(held.count(name) == 1, f"{name} is held {held.count(name)} times")
    account.seen["fed"] += DmpAct.objects.get(unique_id=name, kind="depot").state == "fait"
    if chance.random() < 0.5:
        kind = chance.choice(["masquer", "archiver", "supprimer"])
        entry = DmpEntry.objects.get(unique_id=name).uuid
        exchange.dmp.change(desk.key(), entry, exchange.dmp.ActKind(kind), reason="essai")
        until_settled(name, line, account, there=lambda: is_done(held, name, kind))
        account.seen[kind] += 1


def is_done(held: national.Held, name: str, kind: str) -> bool:
    entry = held.entry(name)
    if kind == "masquer":
        return "MASQUE_PS" in [each.code for each in entry.confidentiality]
    return str(entry.availability) == {"archiver": "Archived", "supprimer": "Deleted"}[kind]


def until_settled(name: str, line: dying.DyingLine, account: Account, *, there) -> None:  # type: ignore[no-untyped-def]
    """Jobs run until the act is done. Each try that a death ended must say so; « fait » must be true."""
    for attempt in range(60):
        act = DmpAct.objects.filter(unique_id=name).latest("pk")
        if act.state not in OPEN:
            break
        before = sum(line.happened.values())
        if attempt == 40:
            line.plan = lambda: None  # the bad day is over
        work_once()
        act.refresh_from_db()
        died = sum(line.happened.values()) > before
        if act.state == "fait":
            account.expect(there(), f"{name} is said to be done and is not there")
        elif died:
            account.seen["told"] += 1
            account.seen["silent"] += not (act.state in OPEN and act.last_error)
        account.expect(act.state != "refuse", f"{name} was refused: {act.refusal_code}")
        account.expect(outbox.waiting() > 0 or act.state not in OPEN, f"{name} is open and nobody works on it")
    act = DmpAct.objects.filter(unique_id=name).latest("pk")
    account.expect(act.state == "fait", f"{name} ends as {act.state}")


def work_once() -> None:
    from django.db import connection

    from maillon.kernel import clock

    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_job SET due_at = %s WHERE kind = 'exchange.dmp.act'", [clock.now()])
    outbox.run_due()


def one_consultation(desk: Desk, line: dying.DyingLine, account: Account) -> None:
    """A refresh either says E-DMP-30 and moves nothing, or has read everything."""
    from maillon.exchange.dmp.rows import DmpOpening

    before = DmpOpening.objects.filter(patient_id=desk.patient).values_list("refreshed_at", flat=True).first()
    deaths = sum(line.happened.values())
    try:
        exchange.dmp.refresh(desk.key())
        account.seen["refreshed"] += 1
    except UserMessage as refusal:
        account.seen["refresh_told"] += 1
        account.expect(refusal.code == "E-DMP-30", f"refresh says {refusal.code}")
        account.expect(sum(line.happened.values()) > deaths, "a refresh failed on a line that was well")
        after = DmpOpening.objects.filter(patient_id=desk.patient).values_list("refreshed_at", flat=True).first()
        account.expect(after == before, "a refresh that failed moved its date")


def test_a_retrieval_that_dies_files_nothing_then_files_once(
    desk: Desk, held: national.Held, teleservice: national.Teleservice, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maillon.documents.models import Document

    for road in ("xds", "fhir"):
        plan = iter([None] * 2)
        line = dying.DyingLine(teleservice.port, teleservice.folder / "certificats", lambda: None)
        plug(teleservice, monkeypatch, way=road, address=line.address)
        monkeypatch.setenv("MAILLON_DMP_PATIENCE", "1")
        held.empty()
        held.authorise("VALIDE")
        document = national.written()
        data = national.cda(document)
        open_cda(data)
        desk.feed(document)
        work()
        name = document.version.id or ""
        entry = DmpEntry.objects.get(unique_id=name)
        DmpAct.objects.filter(unique_id=name).update(document=None)
        DmpEntry.objects.filter(pk=entry.pk).update(document=None)
        forget(name)
        for death in dying.DEATHS:
            steps = 2 if road == "xds" else 3  # the existence test goes well, the retrieval dies
            plan = iter([None] * (steps - 1) + [death])
            line.plan = lambda plan=plan: next(plan, None)  # type: ignore[misc]
            if death == "repeated":
                line.last_answer = b""
                continue
            with pytest.raises(UserMessage, match="E-DMP-3[067]"):
                exchange.dmp.retrieve(desk.key(), entry.uuid)
            assert not Document.objects.filter(unique_id=name).exists(), death
        line.plan = lambda: None
        exchange.dmp.retrieve(desk.key(), entry.uuid)
        assert Document.objects.filter(unique_id=name).count() == 1
        line.stop()


def forget(name: str) -> None:
    """Our own copy, as if it had never been filed."""
    from django.db import connection

    from maillon.documents.models import Document

    number = Document.objects.values_list("pk", flat=True).get(unique_id=name)
    with connection.cursor() as cursor:
        for table in ("record_timeline", "record_observation", "record_statement", "documents_content", "tasks_task"):
            cursor.execute(f"DELETE FROM {table} WHERE document_id = %s", [number])
        cursor.execute("DELETE FROM documents_document WHERE id = %s", [number])
