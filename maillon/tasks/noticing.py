"""An inbox that nobody reads (IR11), a person whom nobody can stand in for, or who never came (IR7): told to the
coordinator and to the digital referent, who learn neither the patient nor the document."""

from __future__ import annotations

import datetime as dt
from typing import Final

from maillon.access import api as access_room
from maillon.kernel import periodic
from maillon.kernel.key import Access, PatientId, ProfessionalId, Purpose, StructureId
from maillon.noticed import api as noticed
from maillon.professionals import api as professionals
from maillon.tasks.models import Task

MACHINE: Final = access_room.machine("Suivi des lectures")
READ: Final = "Lu"
CAME: Final = "S’est connecté"


def note_unread(task: Task, *, reached_role: str, reached_nobody: bool) -> None:
    """Its hour has come. A coordinator whom it climbed to has it in their day already. That its reader never came is
    said of each such document: somebody calls them once more."""
    if task.structure_id is None:
        return
    person = ProfessionalId(task.professional_id) if task.professional_id is not None else None
    if person is not None and access_room.accounts.never_signed_in({person}):
        _note(task, "jamais_connecte")
    if reached_nobody:
        _note(task, "seul")
    if reached_nobody or reached_role != noticed.rules().coordination:
        _note(task, "non_lu")


def note_read(access: Access, task: Task) -> None:
    """What was told of it leaves the day of those who were told."""
    if task.document_id is not None:
        noticed.settle(access, "non_lu", "seul", documents=[task.document_id], subject=_reader(task), outcome=READ)


@periodic.every(dt.timedelta(minutes=10), "professionnels jamais connectés")
def note_newcomers() -> None:
    """Whoever has something to read and never came, before its hour has come: once for each person, at their first
    document; until they come."""
    waiting = Task.objects.filter(kind=Task.Kind.READ, done_at__isnull=True, professional_id__isnull=False)
    people = {ProfessionalId(each) for each in waiting.values_list("professional_id", flat=True).distinct()}
    known = noticed.subjects_of("jamais_connecte")
    told = {ProfessionalId(int(each)) for each in noticed.subjects_of("jamais_connecte", only_open=True)}
    absent = access_room.accounts.never_signed_in(people | told)
    noticed.settle_people("jamais_connecte", [str(each) for each in told - absent], outcome=CAME, by=MACHINE.label)
    for person in sorted(absent & people):
        if str(person) not in known:
            first = waiting.filter(professional_id=person, structure_id__isnull=False).order_by("id").first()
            if first is not None:
                _note(first, "jamais_connecte")


def _note(task: Task, fact: str) -> None:
    assert task.document_id is not None
    assert task.document_uuid is not None
    assert task.structure_id is not None
    access = access_room.open_record(
        MACHINE, PatientId(task.patient_id), purpose=Purpose.INTAKE, action="update", resource_type="task",
        resource_id=str(task.uuid),
    )  # fmt: skip
    person = ProfessionalId(task.professional_id) if task.professional_id is not None else None
    about = noticed.About(
        document_id=task.document_id, document_uuid=task.document_uuid, type_bit=task.type_bit,
        confidentiality=task.confidentiality,
        author_professional_id=ProfessionalId(task.author_professional_id) if task.author_professional_id else None,
    )  # fmt: skip
    noticed.note(
        access, fact, about=about, structure_id=StructureId(task.structure_id), professional_id=person,
        subject=_reader(task), detail=_name(task),
    )  # fmt: skip


def _reader(task: Task) -> str:
    return str(task.professional_id) if task.professional_id is not None else task.role_code


def _name(task: Task) -> str:
    """The colleague, or the role: never the patient."""
    if task.professional_id is None:
        return professionals.PROFESSIONS.get(task.role_code, "")
    person = professionals.professional(ProfessionalId(task.professional_id))
    return person.name if person else ""
