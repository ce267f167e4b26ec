"""The settings that enforce a clause, by name, with their value as it is applied at this moment."""

from __future__ import annotations

from collections.abc import Callable

from maillon.access import api as access_room
from maillon.charter.definition import responsibilities
from maillon.kernel import clock


def settings() -> dict[str, str]:
    """Name → what it is, for who writes a clause."""
    return {name: title for name, (title, _) in _SETTINGS.items()}


def present_value(name: str) -> str:
    """What the setting says today; empty for a clause that no setting enforces."""
    return _SETTINGS[name][1]() if name in _SETTINGS else ""


def _locking() -> str:
    idle, shared = access_room.sessions.IDLE, access_room.sessions.IDLE_ON_SHARED_POST
    return (
        f"une session inactive se verrouille en {idle.seconds // 60} minutes, "
        f"{shared.seconds // 60} sur un poste partagé"
    )


def _emergency() -> str:
    rules = access_room.emergency.emergency_rules()
    return (
        f"un patient, {rules.duree_heures} heures, motif écrit\u202f; patient averti en {rules.avis_patient_heures}"
        f" heures, relecture en {rules.revue_heures} heures"
    )


def _matrix() -> str:
    found = access_room.matrix.in_force(clock.today())
    if found is None:
        return "aucune matrice en vigueur\u202f: personne ne lit rien"
    return f"matrice en vigueur depuis le {found.depuis:%d/%m/%Y}"


def _responsibilities() -> str:
    found = responsibilities()
    return f"{len(found.points)} points tenus à jour, liste relue le {found.relu_le:%d/%m/%Y}"


def _step(code: str, kind: str) -> tuple[str, Callable[[], str]]:
    step = access_room.law.step_of(access_room.law.LAWS[kind], code)
    return f"Étape {code} de la loi d’accès", lambda: f"«\u202f{step.says.rstrip('.')}\u202f»"


_SETTINGS: dict[str, tuple[str, Callable[[], str]]] = {
    "verrouillage": ("Verrouillage des sessions", _locking),
    "bris_de_glace": ("Bris de glace", _emergency),
    "matrice": ("Matrice d’habilitation", _matrix),
    "responsabilites": ("Responsabilités de mise à jour", _responsibilities),
    **{f"etape_{code}": _step(code, "professional") for code in ("A01", "A02", "A03", "A04", "A05", "A06", "A08")},
    **{f"etape_{code}": _step(code, "patient") for code in ("A07", "A09")},
}
