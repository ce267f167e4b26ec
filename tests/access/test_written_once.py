"""History is ended, never rewritten: the base itself refuses, whoever asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from maillon.access.models import CareTeamMembership, DocumentMark, Replacement, Wish
from maillon.kernel import clock
from maillon.kernel.key import PatientId
from tests.conftest import Cast

# model -> the column of its end
ENDS: dict[type[models.Model], str] = {
    CareTeamMembership: "ended_at", Wish: "withdrawn_at", DocumentMark: "lifted_at", Replacement: "ended_at",
}  # fmt: skip


@pytest.fixture
def rows(cast: Cast, jeanne: PatientId) -> dict[type[models.Model], Any]:
    now, today, who = clock.now(), clock.today(), cast.claire.professional_id
    return {
        CareTeamMembership: CareTeamMembership.objects.create(
            patient_id=jeanne, professional_id=who, basis="equipe_patient", start=today
        ),
        Wish: Wish.objects.create(
            patient_id=jeanne, kind="information", since=now, channel="oral", recorded_by="essai"
        ),
        DocumentMark: DocumentMark.objects.create(
            patient_id=jeanne, document_id=1, kind="masque_ps", since=now, set_by="essai"
        ),
        Replacement: Replacement.objects.create(
            replaced_id=who, start=today, end=today, reason="congés", recorded_by="essai"
        ),
    }


def refused(attempt: Any) -> None:
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
        attempt()


@pytest.mark.parametrize("kind", ENDS, ids=lambda kind: kind.__name__)
def test_a_row_is_ended_once_and_nothing_else_of_it_changes(kind: type[models.Model], rows: dict[Any, Any]) -> None:
    row = kind.objects.filter(pk=rows[kind].pk)  # type: ignore[attr-defined]
    kept = {"ended_at", "withdrawn_at", "lifted_at", "ended_by", "withdrawn_by", "lifted_by", "end_reason"}
    kept |= {"withdrawn_channel", "lift_reason", "invited_at", "id"}
    for field in kind._meta.local_fields:
        if field.name not in kept and not field.is_relation:
            value = getattr(rows[kind], field.attname)
            other = "autre" if isinstance(value, str) else clock.now() if hasattr(value, "hour") else None
            if other is not None:
                refused(lambda field=field, other=other: row.update(**{field.attname: other}))
    refused(row.delete)
    assert row.update(**{ENDS[kind]: clock.now()}) == 1
    refused(lambda: row.update(**{ENDS[kind]: clock.now()}))
    refused(lambda: row.update(**{ENDS[kind]: None}))
    refused(row.delete)


def test_an_invitation_is_noted_while_the_mark_holds(rows: dict[Any, Any]) -> None:
    assert DocumentMark.objects.update(invited_at=clock.now()) == 1
    DocumentMark.objects.update(lifted_at=clock.now())
    refused(lambda: DocumentMark.objects.update(invited_at=clock.now()))
