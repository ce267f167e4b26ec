"""The one table of the room."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from maillon.irritants.states import IRRITANT, OWNED, SETTLED, IrritantState, Source
from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.states import StateTable

_STRUCTURE = "professionals.Structure"
_PROFESSIONAL = "professionals.Professional"


class Irritant(models.Model):
    """classification: professional. Something that rubbed. `screen` is the pattern of an address, never the address:
    it names no patient. `origin` names the fact that was noticed, so that it is told once. No number in a sequence:
    it would count what others reported."""

    uuid = models.UUIDField(default=time_ordered_uuid, unique=True, editable=False)
    structure = models.ForeignKey(_STRUCTURE, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.PERSON, db_default=Source.PERSON)
    origin = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001 (many have none)
    code = models.CharField(max_length=10)  # content/grilles/irritants.yaml
    text = models.CharField(max_length=2000)
    place = models.CharField(max_length=200, blank=True, db_default="")
    screen = models.CharField(max_length=200, blank=True, db_default="")
    browser = models.CharField(max_length=60, blank=True, db_default="")
    role = models.CharField(max_length=80, blank=True, db_default="")  # the profession, not the person
    software = models.CharField(max_length=20, blank=True, db_default="")  # our version
    minutes_lost = models.PositiveSmallIntegerField()
    severity = models.PositiveSmallIntegerField()
    reporter = models.ForeignKey(_PROFESSIONAL, null=True, on_delete=models.PROTECT, related_name="+")
    reported_by = models.CharField(max_length=200)
    reported_at = models.DateTimeField()
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=IrritantState.choices, default=IrritantState.NEW)
    joined_to = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="joined")
    owner = models.ForeignKey(_PROFESSIONAL, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=1000, blank=True, db_default="")
    for_vendor = models.BooleanField(default=False, db_default=False)
    reply = models.CharField(max_length=2000, blank=True, db_default="")
    replied_by = models.CharField(max_length=200, blank=True, db_default="")
    replied_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # the reply, by who reported
    settled_at = models.DateTimeField(null=True)

    STATES: ClassVar[dict[str, StateTable]] = {"state": IRRITANT}

    class Meta:
        db_table = "irritants_irritant"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=sorted(SETTLED)) | ~Q(reply=""), name="irritants_settled_with_reply"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(OWNED)) | (Q(owner__isnull=False) & ~Q(action="")), name="irritants_owned"
            ),
            models.CheckConstraint(
                condition=Q(state=IrritantState.JOINED) | Q(joined_to__isnull=True), name="irritants_joined_to_one"
            ),
            models.CheckConstraint(condition=~Q(joined_to=F("id")), name="irritants_not_to_itself"),
            models.CheckConstraint(
                condition=~Q(source=Source.PERSON) | Q(reporter__isnull=False), name="irritants_reported_by_a_person"
            ),
        ]
        indexes = [models.Index(fields=["structure", "state", "due_on"], name="irritants_waiting")]
