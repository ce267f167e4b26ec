"""Rows of the room: patients, their local identifiers, the history of their identity, the search dictionary."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from maillon.kernel.states import StateTable
from maillon.patients.name_index import index_patient, indexed_name
from maillon.patients.states import IDENTITY, IdentityStatus


class Patient(models.Model):
    """classification: identifying. Traits as the RNIV defines them; `norm_*` are folded for comparison and search.

    `norm_*` are written by the room (patients.names.fold): upper case, no accents, one blank for hyphen and apostrophe.
    """

    class Sex(models.TextChoices):
        FEMALE = "F", "Féminin"
        MALE = "M", "Masculin"
        UNKNOWN = "I", "Indéterminé"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    birth_family_name = models.CharField(max_length=100)
    birth_given_names = models.CharField(max_length=100)
    first_birth_given_name = models.CharField(max_length=100)
    used_family_name = models.CharField(max_length=100, blank=True)
    used_given_name = models.CharField(max_length=100, blank=True)
    birth_date = models.DateField()
    sex = models.CharField(max_length=1, choices=Sex.choices)
    birth_place_code = models.CharField(max_length=5, blank=True)
    ins = models.CharField(max_length=15, null=True)  # noqa: DJ001
    ins_oid = models.CharField(max_length=30, null=True)  # noqa: DJ001
    identity_status = models.CharField(max_length=5, choices=IdentityStatus.choices, default=IdentityStatus.PROVISIONAL)
    is_homonym = models.BooleanField(default=False)
    is_doubtful = models.BooleanField(default=False)
    is_fictitious = models.BooleanField(default=False)
    phone = models.CharField(max_length=30, blank=True)
    email = models.CharField(max_length=254, blank=True)
    address = models.CharField(max_length=300, blank=True)
    postal_code = models.CharField(max_length=5, blank=True)
    city = models.CharField(max_length=100, blank=True)
    norm_family = models.CharField(max_length=100)
    norm_used = models.CharField(max_length=100, blank=True)
    norm_given = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT)

    STATES: ClassVar[dict[str, StateTable]] = {"identity_status": IDENTITY}

    class Meta:
        db_table = "patients_patient"
        constraints = [
            models.UniqueConstraint(fields=["ins", "ins_oid"], name="patient_ins_once"),
            models.CheckConstraint(
                condition=Q(ins__isnull=True, ins_oid__isnull=True) | Q(ins__isnull=False, ins_oid__isnull=False),
                name="patient_ins_with_oid",
            ),
            models.CheckConstraint(
                condition=~Q(is_doubtful=True, is_fictitious=True), name="patient_doubtful_or_fictitious"
            ),
            # RNIV: a doubtful or fictitious identity stays provisional and its matricule is invalidated.
            models.CheckConstraint(
                condition=Q(is_doubtful=False, is_fictitious=False)
                | Q(identity_status=IdentityStatus.PROVISIONAL, ins__isnull=True),
                name="patient_doubt_is_provisional",
            ),
            models.CheckConstraint(
                condition=Q(
                    identity_status__in=[IdentityStatus.PROVISIONAL, IdentityStatus.VALIDATED], ins__isnull=True
                )
                | Q(identity_status__in=[IdentityStatus.RETRIEVED, IdentityStatus.QUALIFIED], ins__isnull=False),
                name="patient_ins_follows_status",
            ),
            models.CheckConstraint(condition=~Q(id=F("merged_into")), name="patient_not_merged_into_itself"),
        ]
        indexes = [
            models.Index(fields=["birth_date", "norm_family"], name="patient_birth_date"),
            models.Index(
                fields=["norm_family", "norm_given"], name="patient_names", opclasses=["text_pattern_ops"] * 2
            ),
            # Only who uses another name than the birth name: a document may give it in place of the birth name.
            models.Index(
                fields=["norm_used", "norm_given"],
                name="patient_used_names",
                opclasses=["text_pattern_ops"] * 2,
                condition=~Q(norm_used=""),
            ),
        ]

    def __str__(self) -> str:
        return f"patient {self.uuid}"  # never the traits: this text reaches logs

    def index_names(self) -> None:
        """Replace what the search dictionary says of the patient, in the current transaction."""
        index_patient(
            self.pk,
            indexed_name(
                family=self.norm_family,
                used_family=self.norm_used,
                first_given=self.first_birth_given_name,
                given=self.norm_given,
                used_given=self.used_given_name,
            ),
        )


class LocalIdentifier(models.Model):
    """classification: identifying. The number by which another establishment knows the patient (IPP).

    With an INS OID as root it is a matricule « reçu, non vérifié »: it helps to recognise and labels nothing outside.
    """

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="local_identifiers")
    root = models.CharField(max_length=64)
    extension = models.CharField(max_length=100)

    class Meta:
        db_table = "patients_local_identifier"
        constraints = [models.UniqueConstraint(fields=["root", "extension"], name="local_identifier_once")]


class IdentityChange(models.Model):
    """classification: identifying. What happened to an identity, by whom and why; never rewritten."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="identity_changes")
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=30)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    actor = models.CharField(max_length=200)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "patients_identity_change"


class NameWord(models.Model):
    """classification: identifying. One folded word of a family name (F) or given name (G), for the whole territory."""

    part = models.CharField(max_length=1)
    word = models.CharField(max_length=60)

    class Meta:
        db_table = "patients_name_word"
        constraints = [models.UniqueConstraint(fields=["word", "part"], name="name_word_once")]
        indexes = [models.Index(fields=["word"], name="name_word_prefix", opclasses=["text_pattern_ops"])]


class NameVariant(models.Model):
    """classification: identifying. A word, also with one letter left out: a typing error still finds it."""

    pk = models.CompositePrimaryKey("variant", "word_id")
    variant = models.CharField(max_length=60)
    word = models.ForeignKey(NameWord, on_delete=models.CASCADE, db_index=False)

    class Meta:
        db_table = "patients_name_variant"


class NamePair(models.Model):
    """classification: identifying. Who bears this family word together with this given word.

    A name of two words is one probe for each pair of words that may have been meant, however common each word is.
    """

    pk = models.CompositePrimaryKey("family_id", "given_id", "patient_id")
    family = models.ForeignKey(NameWord, on_delete=models.PROTECT, related_name="+", db_index=False)
    given = models.ForeignKey(NameWord, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="name_pairs")

    class Meta:
        db_table = "patients_name_pair"
