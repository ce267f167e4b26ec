"""A journey as it is drawn: who sends what to whom, and the report as a page of its own."""

from __future__ import annotations

import base64

from maillon.formats import sequence
from maillon.formats.protocol_write import Block, Picture, ProtocolPaper, Table, write_protocol
from maillon.kernel import clock
from maillon.scenarios.api import definition, report, runs
from maillon.terminology import api as terminology
from maillon.web import assets
from maillon.web.jinja import templates

NATIONAL = "dmp"
_HOUSES = {
    "SA52": "maison de santé", "SA01": "hôpital", "SA08": "imagerie", "SA25": "laboratoire", "SA33": "pharmacie",
    "SA07": "cabinet", "": "Mon espace santé",
}  # fmt: skip


def drawing_of(
    scenario: definition.Scenario, steps: tuple[report.StepReport, ...] = ()
) -> str:
    """The SVG of a journey; of a run, with what became of each step."""
    states = {each.step.code: each.state for each in steps if each.state != "a_venir"}
    acting = _acting(scenario)
    citizen = next((key for key, each in scenario.acteurs.items() if each.profession == "patient"), "")
    lanes = [
        sequence.Lane(
            key=key, title=each.role, note="SAMU" if each.dehors == "samu" else _HOUSES.get(each.structure, ""),
            is_outside=each.dehors is not None,
        )
        for key, each in scenario.acteurs.items() if key in acting
    ]  # fmt: skip
    lanes.append(sequence.Lane(key=NATIONAL, title="DMP", note="dossier national", is_outside=True))
    rows = tuple(
        sequence.Row(
            number=str(rank), moment=str(step.quand), actor=step.acteur, label=_label(step),
            to=tuple(citizen if each == "mes" else each for each in step.a), state=states.get(step.code, ""),
        )
        for rank, step in enumerate(scenario.etapes, start=1)
    )  # fmt: skip
    said = ". ".join(f"{rank}, {scenario.acteurs[step.acteur].role}\u202f: {step.dire.rstrip('.')}"
                     for rank, step in enumerate(scenario.etapes, start=1))  # fmt: skip
    return sequence.svg_of(
        sequence.Sequence(title=f"Parcours {scenario.titre}", description=said, lanes=tuple(lanes), rows=rows)
    )


def _acting(scenario: definition.Scenario) -> set[str]:
    """Whoever does something or receives something: those who must see nothing are told in words."""
    found = {step.acteur for step in scenario.etapes} | {each for step in scenario.etapes for each in step.a}
    if "mes" in found:
        found |= {key for key, each in scenario.acteurs.items() if each.profession == "patient"}
    return found


def _label(step: definition.Step) -> str:
    if step.document is None:
        return {"identifier": "INSi", "lire": "lu", "accueillir": "dossier ouvert"}.get(step.fait, "")
    label = terminology.document_type_label(step.document.type) or step.document.titre
    return f"FHIR · {label}" if step.fait == "deposer" else label  # first: a long label is cut at its end


def proven(scenario: definition.Scenario) -> tuple[str, ...]:
    """What a run that succeeds proves, in sentences, from what it expects."""
    steps = [each.attendu for each in scenario.etapes]
    read_again = {
        each.document.type for each in scenario.etapes if each.document is not None and each.attendu.documents
    }  # fmt: skip
    sent, fed = sum(each.mss or 0 for each in steps), sum(each.dmp or 0 for each in steps)
    citizen = sum(each.mes or 0 for each in steps)
    hidden = sorted({actor for each in steps for actor in each.ne_voit_pas})
    found = [
        f"{len(read_again)} types de documents sont produits, envoyés et relus, chacun conforme à nos contrôles.",
        f"{sent} remises par messagerie sécurisée, {citizen} arrivées dans Mon espace santé, {fed} dépôts visibles au "
        "DMP.",
        "L’identité n’est qualifiée qu’après la pièce contrôlée et la réponse d’INSi.",
        "Chaque document est classé une seule fois, dans le bon dossier, et lu par qui doit le lire.",
        "Rejoué après une interruption, rien n’est doublé.",
    ]
    if hidden:
        roles = ", ".join(scenario.acteurs[each].role.lower() for each in hidden)
        found.append(f"Qui n’a pas à voir ne voit rien\u202f: {roles}.")
    if any(each.fait == "deposer" for each in scenario.etapes):
        found.append("Un logiciel métier dépose par FHIR, et relit octet pour octet ce qu’il a déposé.")
    held = sum(each.delai is not None for each in scenario.etapes)
    if held:
        found.append(f"{held} étapes tiennent leur délai, à l’horloge du parcours.")
    results = sum(len(each.resultats) for each in steps)
    if results:
        found.append(f"{results} résultats de laboratoire deviennent des valeurs du dossier, sans ressaisie.")
    return tuple(found)


def as_pdf(told: report.Report) -> bytes:
    """The report on paper: figures, steps, documents, the drawing."""
    made = told.ended_at or told.asked_at
    return write_protocol(
        ProtocolPaper(
            title=f"Parcours {told.scenario.titre}", code=f"Exécution n°\u202f{told.number}",
            standing=f"{told.passed} étapes réussies sur {len(told.steps)}"
            + (f", variante {told.variant}" if told.variant else ""),
            structure="Installation de démonstration, personnes fictives",
            footer=f"Joué le {clock.in_paris(made):%d/%m/%Y à %H:%M} · {told.scenario.source}", draft="",
            head=(
                Block(title="Le parcours", text=told.scenario.resume),
                *([Block(title="Conformité", text=told.official)] if told.official else ()),
                Block(title="Indicateurs", items=tuple(
                    f"{each.label}\u202f: {each.value}" + (f" ({each.note})" if each.note else "")
                    for each in told.figures
                )),
            ),
            tables=(
                Table(title="Étapes", headers=("", "Moment", "Acteur", "Ce qu’il fait", "Observé", "Durée"),
                      widths=(0.5, 1.1, 1.7, 4.2, 3, 0.8), rows=tuple(_row(each) for each in told.steps)),
                Table(title="Documents", headers=("Type", "Nombre", "Conformes"), widths=(6, 1, 1),
                      rows=tuple((f"{each.label} ({each.code})", str(each.count), f"{each.conforming}/{each.checked}")
                                 for each in told.types)),
            ),
            tail=(), pictures=(Picture(
                title="Qui envoie quoi à qui", svg=drawing_of(told.scenario, told.steps),
                alt="Une colonne par acteur, une ligne par étape ; le même récit est dans le tableau des étapes.",
            ),),
        ),
        made_at=made,
    )  # fmt: skip


def _row(each: report.StepReport) -> tuple[str, ...]:
    held = sum(check.holds for check in each.checks)
    told = each.reason or (f"{held}/{len(each.checks)} constats tenus" if each.checks else "")
    seen = f"{each.state_label}. {told}".strip()
    seconds = f"{each.seconds:.1f} s".replace(".", ",") if each.seconds is not None else ""
    return (str(each.rank), str(each.step.quand), each.actor, each.step.dire, seen, seconds)


def as_html(told: report.Report) -> bytes:
    """The report as a page of its own, which needs nothing else to be read."""
    styles = "\n".join((assets.OWN / name).read_text(encoding="utf-8") for name in ("tokens.css", "journeys.css"))
    text = templates().get_template("journeys/file.html").render(
        report=told, drawing=drawing_of(told.scenario, told.steps), styles=styles, irritants=definition.IRRITANTS,
        source_of=lambda each: "data:image/webp;base64," + base64.b64encode(
            runs.picture(told.number, each.step, each.rank)
        ).decode(),
    )  # fmt: skip
    return text.encode()
