"""What may be done from afar by a pharmacist or an auxiliaire médical (CSP L6316-2): an act that needs a hand on the
patient, or an instrument beside them, may not."""

from __future__ import annotations

from maillon.evaluations import grids
from maillon.evaluations.definition import Criterion, Grid
from maillon.kernel.message import UserMessage


def grid() -> Grid:
    return grids.of_house("telesoin")


def conditions() -> tuple[Criterion, ...]:
    """What every télésoin asks for."""
    return grid().criteria_of("conditions")


def why_not(act: Criterion) -> str:
    """Empty for an act that may be done from afar."""
    if act.contact_physique:
        return "il demande un contact physique"
    return "il demande un appareil auprès du patient" if act.materiel else ""


def must_be_eligible(code: str) -> Criterion:
    """The act. Raises E-TLM-07 when it needs a presence, E-TLM-11 when nobody knows it."""
    act = next((each for each in grid().criteria_of("actes") if each.code == code), None)
    if act is None:
        raise UserMessage("E-TLM-11", "Cet acte n’est pas dans la liste\u202f: il ne se fait pas en télésoin.")
    reason = why_not(act)
    if reason:
        raise UserMessage("E-TLM-07", f"«\u202f{act.dire}\u202f» ne se fait pas en télésoin\u202f: {reason}.")
    return act
