"""A run as a player would have left it: some steps passed, one failed, one impossible."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from maillon.kernel import clock
from maillon.scenarios import api as scenarios
from maillon.scenarios.report import Check, Exchanged, Noticed, Produced

runs = scenarios.runs
PICTURE = b"RIFF\x1a\x00\x00\x00WEBPVP8L"


def stand(
    name: str = "entorse_cheville", *, failing: str = "ENT-06", variant: str = "", sent_on_time: bool = True,
    with_pictures: bool = False,
) -> UUID:  # fmt: skip
    """`failing`: the step that does not show what it should; empty for a run that succeeds."""
    run = runs.ask(name, asked_by="Julie MARCHAND", variant=variant)
    assert runs.take_next() == run
    runs.set_origin(run, clock.midnight(clock.today()))
    for each in runs.read(run).steps:
        code = each.step.code
        if failing and code in [*each.step.apres, failing] and code != failing:
            continue
        runs.begin_step(run, code)
        is_bad = code == failing
        runs.end_step(
            run, code, move="fail" if is_bad else "pass", seconds=2.4,
            reason="Visibles au DMP, en vigueur\u202f: attendu 1, observé 0" if is_bad else "",
            checks=[Check(what="Visibles au DMP, en vigueur", expected="1", observed="0" if is_bad else "1",
                          holds=not is_bad)],
            documents=[Produced(
                type=each.step.document.type, title=each.step.document.titre, level="structuré (N3)", conforms=True,
                ins_qualified=True, seen_by=("Médecin généraliste",), hidden_from=("Secrétaire",),
            )] if each.step.document else (),
            messages=[Exchanged(sender=each.actor, to="DMP", by="DMP", state="visible")],
            done_at=clock.midnight(clock.today()) + dt.timedelta(minutes=each.step.quand.minutes),
            irritants=[Noticed(code="IR4", said="Document reçu à un ancien format", told="référent")] if is_bad else (),
        )  # fmt: skip
        if with_pictures and each.step.document:
            runs.keep_picture(run, code, seen_by="Médecin généraliste", shows=f"« {each.step.document.titre} »",
                              size=(1024, 768), data=PICTURE)  # fmt: skip
    runs.end(run, observed={"sortie_a_temps": sent_on_time})
    return run
