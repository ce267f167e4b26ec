"""Identity status and attributes (RNIV, arrêté du 27 mai 2021 approuvant le référentiel d’identitovigilance)."""

from __future__ import annotations

from django.db import models

from maillon.kernel.states import StateTable, Transition


class IdentityStatus(models.TextChoices):
    PROVISIONAL = "PROV", "Provisoire"
    RETRIEVED = "RECUP", "Récupérée"
    VALIDATED = "VALI", "Validée"
    QUALIFIED = "QUAL", "Qualifiée"


S = IdentityStatus

# INSi: the national teleservice answered with one coherent identity; control: a high-trust document was seen.
IDENTITY = StateTable(
    "E-INS-10",
    (
        Transition(
            name="retrieve", label="Récupérer l’identité INS", sources=frozenset({S.PROVISIONAL}), target=S.RETRIEVED
        ),
        Transition(
            name="validate",
            label="Valider avec une pièce d’identité",
            sources=frozenset({S.PROVISIONAL}),
            target=S.VALIDATED,
        ),
        Transition(
            name="qualify",
            label="Qualifier l’identité",
            sources=frozenset({S.RETRIEVED, S.VALIDATED}),
            target=S.QUALIFIED,
        ),
        Transition(
            name="lose_ins",
            label="Invalider l’identité INS",
            sources=frozenset({S.RETRIEVED, S.QUALIFIED}),
            target=S.PROVISIONAL,
        ),
        Transition(
            name="lose_ins_keep_control",
            label="Invalider l’identité INS en gardant le contrôle de la pièce",
            sources=frozenset({S.QUALIFIED}),
            target=S.VALIDATED,
        ),
        # A strict trait was changed and no document was seen for the new one (RNIV): the control no longer covers it.
        Transition(
            name="lose_control",
            label="Retirer la validation de l’identité",
            sources=frozenset({S.VALIDATED}),
            target=S.PROVISIONAL,
        ),
        Transition(
            name="doubt",
            label="Déclarer l’identité douteuse ou fictive",
            sources=frozenset(S.values),
            target=S.PROVISIONAL,
        ),
    ),
)
