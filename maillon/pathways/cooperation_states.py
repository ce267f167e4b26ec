"""The states of a delegated act and of an adverse event, and the words of the law of cooperation (CSP L4011-1 s.)."""

from __future__ import annotations

from django.db import models

from maillon.kernel.states import StateTable, Transition


class ActState(models.TextChoices):
    ELIGIBILITY = "eligibilite", "Éligibilité"
    CONSENT = "consentement", "Consentement"
    EXAM = "examen", "Examen"
    CALL = "appel", "Appel du délégant"
    AFTERMATH = "suites", "Suites"
    CLOSED = "clos", "Clos"
    NOT_OPENED = "non_ouvert", "Non ouvert"
    REFUSED = "refuse", "Refus ou retrait du patient"


class Decision(models.TextChoices):
    CARE = "prise_en_charge", "Prise en charge par le délégué"
    TAKEN_OVER = "appel_delegant", "Acte repris par le délégant, sur appel"
    REDIRECTED = "reorientation", "Réorientation vers un médecin"


class LegalGround(models.TextChoices):
    """On what the professional acts: kept with each act."""

    PROTOCOL = "cooperation", "Protocole de coopération (CSP L4011-1)"
    PRESCRIPTION = "prescription", "Prescription médicale"
    DIRECT = "acces_direct", "Accès direct"
    EMERGENCY = "urgence", "Urgence"


class CallOutcome(models.TextChoices):
    GOES_ON = "poursuivre", "Le délégué poursuit"
    TAKES_OVER = "reprise", "Le délégant fait l’acte lui-même"
    REDIRECTS = "relais", "Le patient est adressé à un médecin"
    NOT_REACHED = "non_joint", "Le délégant n’a pas répondu"


class Severity(models.TextChoices):
    MINOR = "ei", "Événement indésirable (EI)"
    SERIOUS = "eig", "Événement indésirable grave (EIG)"


class EventNature(models.TextChoices):
    """In words that name nobody: the report tells them (CSP D4011-4)."""

    DIAGNOSIS = "diagnostic", "Erreur ou retard de diagnostic"
    PRESCRIPTION = "prescription", "Erreur de prescription"
    DRUG = "medicament", "Effet indésirable d’un médicament ou d’un dispositif"
    WORSENING = "aggravation", "Aggravation ou complication"
    INFORMATION = "information", "Défaut d’information ou de consentement"
    COORDINATION = "coordination", "Délégant non joint, transmission manquante"
    OTHER = "autre", "Autre"


class EventState(models.TextChoices):
    DECLARED = "declare", "Déclaré"
    ANALYSED = "analyse", "Analysé"


class SuspensionMotive(models.TextChoices):
    """CSP L4011-4: non-respect, or serious adverse event; and what makes the protocol impossible."""

    SERIOUS_EVENT = "eig", "Événement indésirable grave"
    NOT_KEPT = "non_respect", "Non-respect du protocole"
    TEAM = "equipe", "Équipe qui n’est plus réunie"
    AUTHORITY = "ars", "Décision du directeur général de l’ARS"
    OTHER = "autre", "Autre motif"


class Satisfaction(models.IntegerChoices):
    VERY = 4, "Très satisfait"
    RATHER = 3, "Satisfait"
    LITTLE = 2, "Peu satisfait"
    NOT = 1, "Pas du tout satisfait"


A = ActState
_BEFORE = frozenset({A.ELIGIBILITY, A.CONSENT})
_RUNNING = frozenset({A.EXAM, A.CALL, A.AFTERMATH})
ACT = StateTable(
    "E-PRO-30",
    (
        Transition(name="judge", label="Vérifier l’éligibilité", sources=frozenset({A.ELIGIBILITY}), target=A.CONSENT),
        Transition(name="turn_away", label="Orienter vers un rendez-vous ordinaire", sources=_BEFORE,
                   target=A.NOT_OPENED),
        Transition(name="agree", label="Recueillir le consentement", sources=frozenset({A.CONSENT}), target=A.EXAM),
        Transition(name="refuse", label="Noter le refus ou le retrait du patient", sources=_BEFORE | _RUNNING,
                   target=A.REFUSED),
        Transition(name="call", label="Appeler le délégant", sources=frozenset({A.EXAM}), target=A.CALL),
        Transition(name="resume", label="Poursuivre après l’appel", sources=frozenset({A.CALL}), target=A.EXAM),
        Transition(name="take_over", label="Confier l’acte au délégant", sources=_RUNNING, target=A.AFTERMATH),
        Transition(name="care", label="Prendre en charge", sources=frozenset({A.EXAM}), target=A.AFTERMATH),
        Transition(name="redirect", label="Réorienter vers un médecin", sources=_RUNNING, target=A.AFTERMATH),
        Transition(name="close", label="Clore l’acte", sources=frozenset({A.AFTERMATH}), target=A.CLOSED),
    ),
)  # fmt: skip
RUNNING = _RUNNING

EVENT = StateTable(
    "E-PRO-32",
    (
        Transition(
            name="analyse", label="Enregistrer l’analyse",
            sources=frozenset({EventState.DECLARED, EventState.ANALYSED}), target=EventState.ANALYSED,
        ),
    ),
)  # fmt: skip
