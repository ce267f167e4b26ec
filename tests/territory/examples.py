"""What the examples of `content/territoire` mean."""

from __future__ import annotations

import datetime as dt

from maillon.territory import measuring
from maillon.territory.definition import Facts, Family, Help, StageRules
from maillon.territory.rates import Count, share
from maillon.territory.stages import Evidence, Limits, standing
from maillon.territory.working_days import is_working

BEGUN = dt.date(2026, 3, 2)


def facts_hold(facts: Facts) -> None:
    for example in facts.exemples:
        assert facts.group_of(example.type) == example.groupe, example


def measures_hold(family: Family) -> None:
    for measure in family.mesures:
        for example in measure.exemples:
            counts = {measure.numerateur[0]: example.numerateur}
            if measure.denominateur:
                counts[measure.denominateur[0]] = example.denominateur
            found = measuring.value_of(measure, counts).value
            assert (None if found is None else round(found, 1)) == example.valeur or (
                example.valeur is not None and found is not None and f"{found:.1f}" == f"{example.valeur:.1f}"
            ), (measure.code, example)
            assert measure.colour(found, dt.date(2026, 11, 1)) == example.couleur, (measure.code, example)


def help_holds(given: Help) -> None:
    for example in given.exemples:
        part = Count(number=example.de_la_cause, unit="autres")
        found = share(part, Count(number=example.tickets, unit="autres"))
        assert f"{found:.1f}" == f"{example.part:.1f}", example


def stages_hold(rules: StageRules) -> None:
    bounds = rules.limits_on(BEGUN)
    limits = Limits(regular_days=bounds.regulier_jours, silent_days=bounds.silence_jours)
    for example in rules.exemples:
        fed = {
            "equipe": [], "premier_document": [BEGUN], "regulier": days(BEGUN, limits.regular_days),
            "referent_forme": days(BEGUN, limits.regular_days),
        }[example.etape]  # fmt: skip
        trained = ((BEGUN, None),) if example.etape == "referent_forme" else ()
        connected = None if example.etape == "equipe" else BEGUN
        evidence = Evidence(equipped_on=BEGUN, connected_on=connected, fed=fed, trained=trained)
        last = fed[-1] if fed else BEGUN
        assert standing(evidence, today=last, limits=limits).stage == example.etape, example
        after = days(last + dt.timedelta(days=1), example.jours_sans_document)[-1] + dt.timedelta(days=1)
        assert standing(evidence, today=after, limits=limits).stage == example.devient, example


def days(first: dt.date, number: int) -> list[dt.date]:
    """So many working days, from the first one on."""
    found: list[dt.date] = []
    while len(found) < number:
        if is_working(first):
            found.append(first)
        first += dt.timedelta(days=1)
    return found
