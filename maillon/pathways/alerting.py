"""Alerts of running plans: what is true now and was not yet raised is raised, once; what a day's alert waited for and
came settles it.

An alert is read like the document that raised it: its row and its task carry what the access law asks of that document,
and a reason that another document gave is not told with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.kernel import clock, sql
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.text import json_text
from maillon.pathways import watching
from maillon.pathways.addressing import addressee
from maillon.pathways.definition import Protocol
from maillon.pathways.desk import Track
from maillon.pathways.machine import key_to
from maillon.pathways.models import Alert, Plan
from maillon.questions.api import Fact, answer
from maillon.record import api as record
from maillon.tasks import api as tasks

ELSEWHERE: Final = "Un autre élément du dossier y contribue."
PLAN_TYPE: Final = "18776-5"
SETTLED: Final = "sans_objet"  # by itself: nobody answered
AGAIN: Final = "de nouveau"


def raise_for(
    tracks: Sequence[Track],
    *,
    now: dt.datetime,
    woken: Mapping[int, set[str]] | None,
    day: bool,
) -> set[int]:
    """Patients for whom something was raised or settled. `woken`: by patient, the alerts that may have changed."""
    found: dict[UUID, tuple[Track, watching.Raised]] = {}
    quiet: list[tuple[Track, str]] = []
    for track in tracks:
        asked = _to_ask(track, woken, day=day)
        of_the_day = {alert.id for alert in track.protocol.alertes if alert.sur == "jour"} & asked
        raised = watching.raised(track.protocol, track.subject, today=clock.today(), among=asked - of_the_day)
        raised += watching.raised(track.protocol, track.open_subject, today=clock.today(), among=of_the_day)
        found |= {uuid5(track.plan.uuid, f"{each.alert.id}/{each.sight}"): (track, each) for each in raised}
        # What is not known any more (a document was hidden since) has not come for all that.
        quiet += [
            (track, alert.id)
            for alert in track.protocol.alertes
            if alert.id in of_the_day
            and answer(alert.si.asked, track.open_subject, today=clock.today()).truth is False
        ]
    settled = _settle(quiet, now=now)
    return settled | _raise(found, now=now)


def waiting_for(plans: Collection[Plan]) -> list[int]:
    """The documents of alerts that nobody has answered."""
    waiting = Alert.objects.filter(plan__in=plans, answered_at__isnull=True, document_id__isnull=False)
    return [number for number in waiting.values_list("document_id", flat=True) if number is not None]


def take_back(tracks: Sequence[Track], withdrawn: Collection[int], *, now: dt.datetime) -> set[int]:
    """Nobody has to answer what a withdrawn document alone raised: its task is cancelled with it, and an alert that
    waits for ever would hold its plan. What is true without it is raised of itself."""
    by_plan = {track.plan.pk: track for track in tracks}
    waiting = Alert.objects.filter(plan__in=by_plan, document_id__in=withdrawn, answered_at__isnull=True)
    patients = set()
    for row in waiting if withdrawn else ():
        close(key_to(row.patient_id), row, by_plan[row.plan_id].protocol, why="Document retiré", now=now)
        patients.add(row.patient_id)
    return patients


def _to_ask(track: Track, woken: Mapping[int, set[str]] | None, *, day: bool) -> set[str]:
    if woken is None:
        names = {alert.id for alert in track.protocol.alertes if day or alert.sur != "jour"}
    else:
        names = woken.get(track.plan.patient_id, set()) & {alert.id for alert in track.protocol.alertes}
        if day:
            names |= {alert.id for alert in track.protocol.alertes if alert.sur == "jour"}
    return names


def _raise(found: Mapping[UUID, tuple[Track, watching.Raised]], *, now: dt.datetime) -> set[int]:
    fresh = _not_yet_raised(found)
    if not fresh:
        return set()
    sources = _Sources(fresh.values())
    rows = {uuid: _row(uuid, track, raised, sources, now) for uuid, (track, raised) in fresh.items()}
    written = {row[0] for row in sql.rows(_INSERT, {"rows": json_text(list(rows.values()))})}
    patients = set()
    for uuid in (each for each in rows if each in written):
        track, raised = fresh[uuid]
        key = key_to(track.plan.patient_id)
        _tell(key, track, raised, rows[uuid], sources.about(track, raised))
        patients.add(track.plan.patient_id)
    return patients


def _not_yet_raised(
    found: Mapping[UUID, tuple[Track, watching.Raised]]
) -> dict[UUID, tuple[Track, watching.Raised]]:
    """What settled itself and is true again (a letter that left and came back) is another time. Whoever answered has
    answered for what they saw."""
    fresh: dict[UUID, tuple[Track, watching.Raised]] = {}
    asked = dict(found)
    while asked:
        known = dict(Alert.objects.filter(uuid__in=list(asked)).values_list("uuid", "outcome"))
        fresh |= {uuid: each for uuid, each in asked.items() if uuid not in known}
        asked = {uuid5(uuid, AGAIN): asked[uuid] for uuid, outcome in known.items() if outcome == SETTLED}
    return fresh


def _row(uuid: UUID, track: Track, raised: watching.Raised, sources: _Sources, now: dt.datetime) -> dict[str, Any]:
    about = sources.about(track, raised)
    began = sources.received_at(about) or now
    assert raised.alert.delai is not None
    law = {
        "document_id": about.document_id if about else None,
        "type_bit": about.type_bit if about else access_room.matrix.bit_of(PLAN_TYPE),
        "confidentiality": about.confidentiality if about else "N",
        "author_professional_id": about.author_professional_id if about else None,
    }
    return law | {
        "uuid": uuid, "patient_id": track.plan.patient_id, "plan_id": track.plan.pk, "alert": raised.alert.id,
        "level": raised.alert.niveau, "raised_at": now, "due_at": max(raised.alert.delai.after(began), now),
        "says": raised.alert.dire[:300], "because": sources.told(track, raised, about), "table_row": raised.table_row,
    }  # fmt: skip


def _tell(
    access: Access, track: Track, raised: watching.Raised, row: Mapping[str, Any], about: tasks.About | None
) -> None:
    """The task of whoever must answer, and of those whom the protocol also names."""
    alert, plan = raised.alert, track.plan
    chain = [tasks.Escalation(climb.apres.rough, climb.vers) for climb in alert.escalade]
    reason = " ; ".join([*row["because"], *([alert.conduite] if alert.conduite else [])])
    for code in (alert.prevenir, *alert.aussi):
        who = addressee(access, StructureId(plan.structure_id), [code])
        tasks.raise_alert(
            access, uuid=row["uuid"] if code == alert.prevenir else uuid5(row["uuid"], code),
            title=f"{alert.dire} ({track.protocol.code})"[:300], level=alert.niveau, reason=reason[:500],
            structure_id=who.structure_id, due_at=row["due_at"], professional_id=who.professional_id,
            role_code=who.role_code, origin=f"alerte:{plan.uuid}/{alert.id}/{row['uuid']}", escalations=chain,
            about=about,
        )  # fmt: skip
    if alert.sms:
        exchange.outgoing.texting.ask(
            access, uuid=row["uuid"], words=alert.sms, structure_id=StructureId(plan.structure_id)
        )


def _settle(quiet: Iterable[tuple[Track, str]], *, now: dt.datetime) -> set[int]:
    """Alerts of the day whose cause is gone: nobody has to answer them any more."""
    by_name = {(track.plan.pk, name): track for track, name in quiet}
    waiting = Alert.objects.filter(
        plan_id__in={plan for plan, _ in by_name}, alert__in={name for _, name in by_name}, answered_at__isnull=True
    ) if by_name else ()  # fmt: skip
    patients = set()
    for row in waiting:
        track = by_name.get((row.plan_id, row.alert))
        if track is None:
            continue
        close(key_to(row.patient_id), row, track.protocol, why="Ce qui manquait est arrivé", now=now)
        patients.add(row.patient_id)
    return patients


def close(access: Access, row: Alert, protocol: Protocol, *, why: str, now: dt.datetime) -> None:
    """Nobody has to answer it any more: neither who must, nor those whom the protocol also names."""
    row.answered_at, row.outcome, row.answered_by = now, SETTLED, why[:200]
    row.save(update_fields=["answered_at", "outcome", "answered_by"])
    alert = protocol.alert(row.alert)
    for uuid in (row.uuid, *(uuid5(row.uuid, code) for code in (alert.aussi if alert else ()))):
        tasks.cancel(access, uuid, comment=why)


class _Sources:
    """The documents that the facts come from."""

    def __init__(self, fresh: Iterable[tuple[Track, watching.Raised]]) -> None:
        pairs = list(fresh)
        numbers = {
            self._document(track, fact)
            for track, raised in pairs
            for reason in raised.reasons
            for fact in (*reason.facts, *raised.facts)
        }
        self.entries = record.entries_of({number for number in numbers if number is not None})

    @staticmethod
    def _document(track: Track, fact: Fact) -> int | None:
        return track.said_in.get((fact.kind, fact.id))

    def about(self, track: Track, raised: watching.Raised) -> tasks.About | None:
        """A document that is not open to all, if any contributes: whoever may not read it does not see the alert. Else
        the latest among those that woke it."""
        every = {fact for reason in raised.reasons for fact in reason.facts}
        closed = [fact for fact in every if (fact.kind, fact.id) in track.closed]
        for fact in (*_latest_first(closed), *_latest_first(raised.facts)):
            number = self._document(track, fact)
            entry = self.entries.get(number) if number is not None else None
            if number is not None and entry is not None:
                return tasks.About(
                    document_id=number, document_uuid=entry.document_uuid, type_bit=entry.type_bit,
                    confidentiality=entry.confidentiality,
                    author_professional_id=_person(entry.author_professional_id),
                )  # fmt: skip
        return None

    def received_at(self, about: tasks.About | None) -> dt.datetime | None:
        return self.entries[about.document_id].received_at if about else None

    def told(self, track: Track, raised: watching.Raised, about: tasks.About | None) -> list[str]:
        """Reasons that rest on the document of the alert, or on no document at all."""
        allowed = {None, about.document_id if about else None}
        told = [
            reason.text
            for reason in raised.reasons
            if {self._document(track, fact) for fact in reason.facts} <= allowed
        ]
        return told if len(told) == len(raised.reasons) else [*told, ELSEWHERE]


def _latest_first(facts: Iterable[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda fact: (fact.at, fact.id), reverse=True)


def _person(number: int | None) -> ProfessionalId | None:
    return ProfessionalId(number) if number is not None else None


_INSERT: Final = """
INSERT INTO pathways_alert (uuid, patient_id, document_id, type_bit, confidentiality, author_professional_id, plan_id,
       alert, level, raised_at, due_at, says, because, table_row, answered_by, outcome)
SELECT uuid, patient_id, document_id, type_bit, confidentiality, author_professional_id, plan_id, alert, level,
       raised_at, due_at, says, because, table_row, '', ''
  FROM json_to_recordset(%(rows)s::json) AS x(uuid uuid, patient_id bigint, document_id bigint, type_bit smallint,
       confidentiality text, author_professional_id bigint, plan_id bigint, alert text, level text,
       raised_at timestamptz, due_at timestamptz, says text, because jsonb, table_row smallint)
ON CONFLICT (uuid) DO NOTHING
RETURNING uuid
"""
