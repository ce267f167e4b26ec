"""What the laboratory sends on the day on which the story ends, once the team follows its patients: an INR that does
not wait, an HbA1c that goes up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Final

from simulators.laboratory import laboratory_report
from simulators.making import Occasion
from simulators.outgoing import OutgoingDocument
from simulators.people import Territory
from simulators.synthesis import PARIS

VALUES: Final[dict[str, dict[str, float | str]]] = {
    "avk": {"inr": 6.4},
    "diabete": {"hba1c": 8.6, "glycemie": 11.8},
}
AT: Final = time(7, 40)


def reports_of_today(territory: Territory, *, until: date) -> Iterator[OutgoingDocument]:
    for key, values in VALUES.items():
        patient = territory.patient(key)
        doctor, nurse = territory.professional(patient.treating_doctor), territory.professional("lefevre")
        occasion = Occasion(
            territory=territory, patient=patient, author=territory.professional("delmas"),
            at=datetime.combine(until, AT, PARIS), key="du-jour", recipients=(doctor, nurse),
        )  # fmt: skip
        yield OutgoingDocument(
            document=laboratory_report(occasion, prescriber=doctor, sampler=nurse, values=values, former={}),
            sender=occasion.house.mailbox, sender_name=occasion.house.name,
            recipients=tuple(person.mailbox for person in occasion.recipients), patient=key, sent_at=occasion.at,
            story="du-jour",
        )  # fmt: skip
