"""A red alert that waits is told by MSSanté to those whom it reached: at once, then at each level that it climbs.

On their screen it is in « Ma journée » and counted in the bar in any case; the mail is for those who are elsewhere.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from maillon.exchange.prompting import mailbox_of, write_prompt
from maillon.kernel.events import reacts_to
from maillon.professionals import api as professionals
from maillon.tasks import api as tasks
from maillon.tasks.events import RedAlertRaised, TaskClimbed

SUBJECT: Final = "Une alerte rouge attend votre réponse"
TEXT: Final = (
    "Bonjour,\n\n"
    "Une alerte rouge vous est adressée dans Maillon : « Ma journée ». Sans réponse, elle monte à un confrère.\n\n"
    "Ce message ne contient aucune donnée de santé. Il est envoyé automatiquement.\n"
)


@reacts_to(RedAlertRaised)
def tell_addressee(event: RedAlertRaised) -> None:
    _tell(event.task_uuid)


@reacts_to(TaskClimbed)
def tell_whom_it_reached(event: TaskClimbed) -> None:
    _tell(event.task_uuid)


def _tell(task_uuid: UUID) -> None:
    """Nobody once it is answered; by whatever address the directory knows."""
    waiting = tasks.alerting.to_tell(task_uuid)
    mailbox = mailbox_of(waiting.structure_id) if waiting else None
    if waiting is None or mailbox is None:
        return
    for person in waiting.people:
        address = professionals.mss_address_of(person)
        if address:
            name = f"alerte-{task_uuid}-{waiting.rank}-{person}"
            write_prompt(mailbox, address, name=name, subject=SUBJECT, text=TEXT)
