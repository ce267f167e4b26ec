"""What was asked of INSi, what it answered, and what was done with it."""

from __future__ import annotations

import uuid

from django.db import models


class InsiCall(models.Model):
    """classification: identifying. One call, its outcome and its proof: the SHA-256 of the whole answer, as it came.

    `answer`: matricule, OID and traits as INSi gave them, until somebody decides; then the history of the identity
    tells what was taken over.
    """

    class Kind(models.TextChoices):
        SEARCH = "recherche", "Recherche par les traits"
        VERIFY = "verification", "Vérification du matricule"

    class Outcome(models.TextChoices):
        FOUND = "trouvee", "Une identité trouvée"
        NONE = "aucune", "Aucune identité trouvée"
        SEVERAL = "plusieurs", "Plusieurs identités possibles"
        CONFIRMED = "confirmee", "Matricule et traits confirmés"
        DENIED = "non_confirmee", "Matricule ou traits non confirmés"
        REFUSED = "refuse", "Demande refusée par INSi"
        UNKNOWN = "indetermine", "Réponse perdue"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    outcome = models.CharField(max_length=14, choices=Outcome.choices)
    code = models.CharField(max_length=40, blank=True, db_default="")
    message = models.CharField(max_length=300, blank=True, db_default="")
    answer = models.JSONField(default=dict)
    proof = models.BinaryField(max_length=32, null=True)
    asked_by = models.ForeignKey("professionals.Professional", null=True, on_delete=models.PROTECT, related_name="+")
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=12, blank=True, db_default="")  # repris | ecarte | invalide

    class Meta:
        db_table = "exchange_insi_call"
        indexes = [models.Index(fields=["patient", "-at"], name="insi_call_patient")]
