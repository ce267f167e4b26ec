"""Rows of the mirror: resources reduced to what is used; the lines of the address book; how far the mirror is."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class MirroredResource(models.Model):
    """classification: professional. A Practitioner, PractitionerRole or Organization of the Annuaire Santé."""

    id = models.CharField(max_length=90, primary_key=True)  # Kind/number
    kind = models.CharField(max_length=20)
    last_updated = models.DateTimeField()
    is_active = models.BooleanField()
    person_id = models.CharField(max_length=90, blank=True)
    place_id = models.CharField(max_length=90, blank=True)
    data = models.JSONField()  # formats.fhir.directory.DirectoryResource

    class Meta:
        db_table = "exchange_mirrored_resource"
        indexes = [
            models.Index(fields=["person_id"], condition=~Q(person_id=""), name="mirrored_of_person"),
            models.Index(fields=["place_id"], condition=~Q(place_id=""), name="mirrored_of_place"),
        ]


class DirectoryEntry(models.Model):
    """classification: professional. One line of the address book: a mailbox, or somebody who has none that is known."""

    class Source(models.TextChoices):
        MIRROR = "annuaire", "Annuaire Santé"
        MANUAL = "manuel", "Saisie à la main, à vérifier"

    source = models.CharField(max_length=10, choices=Source.choices)
    person_id = models.CharField(max_length=90, blank=True, db_default="")
    place_id = models.CharField(max_length=90, blank=True, db_default="")
    address = models.CharField(max_length=254, blank=True, db_default="")
    kind = models.CharField(max_length=3, blank=True, db_default="")  # PER, ORG, CAB, APP
    description = models.CharField(max_length=200, blank=True, db_default="")
    is_red = models.BooleanField(db_default=False)
    national_id = models.CharField(max_length=20, blank=True, db_default="")
    name = models.CharField(max_length=250)
    profession_code = models.CharField(max_length=20, blank=True, db_default="")
    skill_code = models.CharField(max_length=10, blank=True, db_default="")
    place = models.CharField(max_length=200, blank=True, db_default="")
    postal_code = models.CharField(max_length=10, blank=True, db_default="")
    city = models.CharField(max_length=200, blank=True, db_default="")
    words = SearchVectorField(null=True)
    noted_by = models.CharField(max_length=200, blank=True, db_default="")
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "exchange_directory_entry"
        indexes = [
            models.Index(fields=["person_id"], condition=~Q(person_id=""), name="entry_of_person"),
            models.Index(fields=["place_id"], condition=~Q(place_id=""), name="entry_of_place"),
            models.Index(fields=["address"], condition=~Q(address=""), name="entry_address"),
            models.Index(fields=["national_id"], condition=~Q(national_id=""), name="entry_national_id"),
            GinIndex(fields=["words"], name="entry_words"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["address"], condition=Q(source="manuel"), name="entry_by_hand_once")
        ]


class MirrorState(models.Model):
    """classification: technical. How far the mirror of one kind of resource is, and when to ask again.

    `since`: everything that changed before is here. `next_link`: the page at which an interrupted round goes on;
    `round_began` becomes `since` when the round ends.
    """

    kind = models.CharField(max_length=20, primary_key=True)
    since = models.DateTimeField(null=True)
    next_link = models.CharField(max_length=4000, blank=True, db_default="")
    round_began = models.DateTimeField(null=True)
    pages = models.PositiveIntegerField(db_default=0)  # of the round
    left_out = models.PositiveIntegerField(db_default=0)
    failures = models.PositiveIntegerField(db_default=0)  # in a row
    retry_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True, db_default="")
    refreshed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "exchange_mirror_state"
