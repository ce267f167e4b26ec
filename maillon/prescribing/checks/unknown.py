"""What is not checked is told, line by line: « non contrôlé », and never that there is no interaction."""

from __future__ import annotations

from collections.abc import Iterator

from maillon.prescribing.cards import Card, shortened
from maillon.prescribing.checks.case import Case, about, cited


def check(case: Case) -> Iterator[Card]:
    source = case.knowledge.title("substances")
    for line in case.lines:
        if not line.is_known:
            yield Card(
                key=f"inconnu:{line.key}", indicator="info", source=source, about=about([line]),
                summary=shortened(f"Non contrôlé\u202f: «\u202f{line.text}\u202f» n’est pas reconnu."),
                detail="Ni allergie, ni doublon, ni interaction n’ont été cherchés pour cette ligne.",
            )  # fmt: skip
        for name in line.uncovered:
            yield Card(
                key=f"hors-base:{line.key}:{name.casefold()}", indicator="info", source=source, about=about([line]),
                summary=shortened(f"Non contrôlé\u202f: {name} n’est pas dans la base («\u202f{line.text}\u202f»)."),
                detail="Ni allergie, ni doublon, ni interaction n’ont été cherchés pour cette substance.",
            )  # fmt: skip
    held = [] if case.is_review else [each for each in case.patient.treatments if not each.is_known or each.uncovered]
    if held:
        many = f"{len(held)} traitements" if len(held) > 1 else "un traitement"
        yield Card(
            key="dossier-non-reconnu", indicator="info", source=source,
            summary=f"Non contrôlé\u202f: {many} du dossier hors de la base.",
            detail=f"{cited(held)}.",
        )  # fmt: skip
