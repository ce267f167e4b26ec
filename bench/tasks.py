"""Ma journée of one person among 1,000,000 tasks, beside the plain query of the same rows by its index, in one run.

The plain query knows neither the law nor what climbed, what a colleague holds, or who is away: it is the floor. On the
ground of 146,000 patients and 1,000,000 documents; each of 3,000 physicians has some 330 tasks: to read (about a
document, under the law), to do, alerts, of their role; two thirds are done, a third of what is open opens later.

`python -m bench tasks`
"""

from __future__ import annotations

import itertools
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import psycopg

from bench import ground

TASKS = 1_000_000
PEOPLE = 60
ROUNDS = 5


def main() -> None:
    ground.prepare()
    _fill()
    from django.db import connection

    people = _actors()
    works: dict[str, Callable[[Any], int]] = {
        "requête nue, par l’index": _plain,
        "la même, patients visibles et documents lisibles": _with_the_law,
        "Ma journée, toutes ses parts": _day,
        "alertes rouges de la barre": _red,
    }
    taken: dict[str, list[float]] = {name: [] for name in works}
    rows: dict[str, list[int]] = {name: [] for name in works}
    connection.ensure_connection()
    for turn, (name, work) in itertools.product(range(ROUNDS + 1), works.items()):
        for actor in people:
            began = time.perf_counter()
            count = work(actor)
            if turn:  # the first turn prepares the statements and warms the pages up
                taken[name].append(time.perf_counter() - began)
                rows[name].append(count)
    _report(taken, rows)


def _report(taken: dict[str, list[float]], rows: dict[str, list[int]]) -> None:
    floor = statistics.median(next(iter(taken.values())))
    print(f"  {PEOPLE} médecins × {ROUNDS}, parmi {TASKS} tâches")
    print(f"  {'':50}{'médiane ms':>11}{'p95 ms':>9}{'lignes':>8}{'de la nue':>11}")
    for name, times in taken.items():
        middle = statistics.median(times)
        late = statistics.quantiles(times, n=20)[-1]
        print(
            f"  {name:50}{middle * 1e3:11.2f}{late * 1e3:9.2f}{statistics.median(rows[name]):8.0f}{middle / floor:11.1f}"
        )


def _day(actor: Any) -> int:
    from maillon.tasks import api as tasks

    day = tasks.my_day(actor)
    return len(day.waiting) + len(day.aside)


def _red(actor: Any) -> int:
    from maillon.tasks import api as tasks

    return tasks.alerting.red_waiting(actor)


def _plain(actor: Any) -> int:
    from maillon.kernel import clock, sql

    return len(sql.rows(_PLAIN, {"who": actor.professional_id, "now": clock.now()}))


def _with_the_law(actor: Any) -> int:
    from django.db.models import Q

    from maillon.kernel import clock
    from maillon.tasks.lists import visible_to

    has_opened = Q(opens_at__isnull=True) | Q(opens_at__lte=clock.now())
    mine = visible_to(actor).filter(has_opened, done_at__isnull=True, professional_id=actor.professional_id)
    return len(list(mine.order_by("due_at", "id").values_list("id", "uuid", "title", "due_at", "kind")[:201]))


def _actors() -> list[Any]:
    from maillon.access.models import Account
    from maillon.access.sessions import actor_of_account
    from maillon.professionals.models import Professional

    found = []
    for person in Professional.objects.order_by("national_id")[:: 3000 // PEOPLE][:PEOPLE]:
        place = person.attachments.get().structure_id
        account, _ = Account.objects.get_or_create(
            professional=person, defaults={"identifier": f"taches-{person.pk}", "structure_id": place}
        )
        found.append(actor_of_account(account.pk))
    return found


def _fill() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as base:
        (found,) = base.execute("SELECT count(*) FROM tasks_task WHERE origin = 'banc'").fetchone() or (0,)
        if found >= TASKS:
            return
        started = time.perf_counter()
        base.execute("TRUNCATE tasks_task CASCADE")
        base.execute(_TASKS.replace(":count", str(TASKS)))  # type: ignore[arg-type]
        base.execute(_LEVELS)
        base.execute("VACUUM ANALYZE tasks_task, tasks_escalation")
        print(f"  {TASKS} tâches en {time.perf_counter() - started:.0f} s")


_PLAIN = """
SELECT id, uuid, title, due_at, kind FROM tasks_task
 WHERE professional_id = %(who)s AND done_at IS NULL AND (opens_at IS NULL OR opens_at <= %(now)s)
 ORDER BY due_at, id LIMIT 201
"""

# Of the patient's own physician, or of the physicians of the structure that follows them.
_TASKS = """
INSERT INTO tasks_task (uuid, patient_id, kind, level, title, reason, origin, document_id, document_uuid, type_bit,
       confidentiality, author_professional_id, professional_id, structure_id, role_code, is_urgent, created_at,
       opens_at, due_at, done_at, done_by_id, outcome, escalated_at)
SELECT gen_random_uuid(), d.patient_id, k.kind, CASE k.kind WHEN 'alerte' THEN 'orange' ELSE '' END,
       'Tâche ' || d.n, CASE k.kind WHEN 'alerte' THEN 'Parce que' ELSE '' END, 'banc',
       CASE k.kind WHEN 'a_lire' THEN d.id END, CASE k.kind WHEN 'a_lire' THEN d.uuid END,
       CASE k.kind WHEN 'a_lire' THEN d.type_bit ELSE 0 END, CASE k.kind WHEN 'a_lire' THEN d.confidentiality ELSE 'N' END,
       CASE k.kind WHEN 'a_lire' THEN d.author_professional_id END,
       CASE WHEN d.n % 5 > 0 THEN m.professional_id END, t.structure_id, CASE WHEN d.n % 5 = 0 THEN 'G15_10' ELSE '' END,
       k.kind = 'alerte', now() - interval '30 days',
       CASE WHEN k.kind = 'a_faire' THEN now() + (d.n % 90 - 45) * interval '1 day' END,
       now() + (d.n % 90 - 45 + 5) * interval '1 day',
       CASE WHEN d.n % 3 > 0 THEN now() END, CASE WHEN d.n % 3 > 0 THEN m.professional_id END,
       CASE WHEN d.n % 3 > 0 THEN 'fait' ELSE '' END, CASE WHEN d.n % 21 = 0 THEN now() END
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM documents_document) d
  JOIN access_care_team_membership m ON m.patient_id = d.patient_id AND m.basis = 'medecin_traitant'
  JOIN access_care_team_membership t ON t.patient_id = d.patient_id AND t.structure_id IS NOT NULL,
  LATERAL (SELECT (ARRAY['a_lire','a_faire','a_faire','alerte','a_lire','a_faire','a_faire'])[1 + d.n % 7] AS kind) k
 WHERE d.n <= :count
"""
_LEVELS = """
INSERT INTO tasks_escalation (task_id, rank, at, target, climbed_at, role_code)
SELECT id, 1, created_at + interval '3 days', 'G15_10', escalated_at,
       CASE WHEN escalated_at IS NULL THEN '' ELSE 'G15_10' END
  FROM tasks_task WHERE done_at IS NULL
"""

if __name__ == "__main__":
    main()
