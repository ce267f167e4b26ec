"""Every content file of the house reads with its schema, keeps its own examples, and is not out of date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine

from maillon.access import matrix
from maillon.access.delays import Delays
from maillon.access.emergency_rules import EmergencyRules, emergency_rules
from maillon.access.journal.oddities import OddityRules
from maillon.access.matrix import Matrix
from maillon.access.texts import Texts
from maillon.charter.definition import Responsibilities, StarterCharter
from maillon.charter.enforcement import present_value
from maillon.evaluations import groups, scoring, telecare
from maillon.evaluations.definition import Example as GridExample
from maillon.evaluations.definition import Grid
from maillon.formats.questionnaire.model import Questionnaire
from maillon.forms.definition import definitions
from maillon.forms.examples import examined
from maillon.kernel import clock, config, content
from maillon.kernel.message import UserMessage
from maillon.noticed.definition import CODES, NoticedRules
from maillon.pathways import checking, rehearsal
from maillon.pathways.authoring.revision import RevisionRules
from maillon.pathways.competences import Competences
from maillon.pathways.definition import Protocol
from maillon.pathways.education.rules import EducationRules
from maillon.pathways.evidence import Values, worth
from maillon.prescribing import examples
from maillon.prescribing.definition import Base
from maillon.professionals.models import PROFESSIONS
from maillon.rights.retention import Durations
from maillon.rights.treatments import Register
from maillon.scenarios.definition import Scenario
from maillon.tasks.definition import AlertRules, ReadingRules, alert_rules, reading_rules
from maillon.terminology import api as terminology
from maillon.territory.definition import Facts, Family, Help, StageRules
from maillon.writing import definition
from maillon.writing.definition import Letter
from tests.territory import examples as territory_examples

FILES = sorted(path for path in config.CONTENT.rglob("*") if path.suffix in (".yaml", ".yml"))


def _reading_example_holds(rules: ReadingRules) -> None:
    for example in rules.exemples:
        rule = rules.rule_for(example.type)
        assert rule.due_after(is_abnormal=example.anormal).total_seconds() == example.lire_sous_heures * 3600, example
        assert rule.escalade_vers == example.escalade_vers, example


def _noticed_example_holds(rules: NoticedRules) -> None:
    assert {each.code for each in rules.faits} == set(CODES), "every irritant is noticed by something"
    assert all(1 <= each.gravite <= 4 for each in rules.faits)
    assert {rules.secretariat, rules.coordination, rules.identitovigilance} <= PROFESSIONS.keys()
    for example in rules.exemples:
        found = rules.of_shape(example.type, is_structured=example.niveau == 3, is_cda=True)
        assert found == example.faits, example


def _alert_example_holds(rules: AlertRules) -> None:
    for example in rules.exemples:
        assert rules.of_level(example.niveau).climbed_after(example.heures) == list(example.montee_vers), example


def _matrix_example_holds(read: Matrix) -> None:
    for example in read.exemples:
        assert read.cell(example.profession, example.type) == (example.droit, example.provenance), example


def _emergency_example_holds(rules: EmergencyRules) -> None:
    for example in rules.exemples:
        is_admitted = example.profession in rules.professions and rules.explains(example.texte)
        assert is_admitted is example.admis, example


def _delay_example_holds(read: Delays) -> None:
    for example in read.exemples:
        assert read.in_force(example.nom, on=example.du).after(example.du) == example.au, example


def _text_example_holds(read: Texts) -> None:
    for example in read.exemples:
        assert read.of(example.sorte, on=example.au)[0].version == example.version, example


def _duration_example_holds(read: Durations) -> None:
    for example in read.exemples:
        assert read.named(example.nom).after(example.depuis_le) == example.echu_le, example


def _treatment_example_holds(read: Register) -> None:
    for example in read.exemples:
        assert read.holders_of(example.table) == [example.traitement], example


def _oddity_example_holds(rules: OddityRules) -> None:
    for example in rules.exemples:
        assert rules.signals(hour=example.heure, patients=example.patients) == example.signale, example


def _item_example_holds(read: Responsibilities) -> None:
    for example in read.exemples:
        item = read.item(example.point)
        assert item is not None
        assert item.is_stale(confirmed_on=example.confirme_le, on=example.le) is example.a_verifier, example


def _clause_example_holds(read: StarterCharter) -> None:
    settings = {each.code: each.reglage for each in read.clauses}
    for example in read.exemples:
        assert example.valeur in present_value(settings[example.clause]), example


def _letter_example_holds(letter: Letter) -> None:
    for example in letter.exemples:
        assert set(letter.missing(example.ecrit, set(example.reprend))) == set(example.manque), example
    for each in letter.droits:
        assert matrix.may_write(each.profession, letter.type, on=clock.today()) is each.ecrit, each


def _act_example_holds(read: Competences) -> None:
    for example in read.exemples:
        act = read.act(example.acte)
        assert act is not None
        assert (example.profession in act.professions) is example.admis, example


def _worth_example_holds(read: Values) -> None:
    for example in read.exemples:
        assert worth(example.protocoles, on=clock.today()) == (example.points, example.euros), example


def _education_example_holds(read: EducationRules) -> None:
    for example in read.exemples:
        form = read.report(example.rapport)
        assert form is not None
        conclusions = sum(part.conclusion for part in form.parties)
        assert (len(form.parties) - conclusions, conclusions) == (example.parties, example.conclusions), example


def _protocol_example_holds(protocol: Protocol) -> None:
    for example in protocol.exemples:
        assert rehearsal.mismatches(protocol, example) == [], example.titre


def _form_example_holds(asked: Questionnaire) -> None:
    for example in asked.exemples:
        filled = examined(asked, example)
        calculated = {code: said for code, said in filled.calculated.items() if code in example.attend}
        assert calculated == example.attend, example
        assert set(filled.not_standing) >= set(example.sans_objet), example
        assert filled.faulty == set(example.manque), example


def _grid_example_holds(grid: Grid) -> None:
    for example in grid.exemples:
        GRID_EXAMPLES[grid.nature](grid, example)


def _levels_example_holds(grid: Grid, example: GridExample) -> None:
    found = groups.measured(example.niveaux)
    assert (found.median, found.iqr) == (example.mediane, example.ecart), example


def _score_example_holds(grid: Grid, example: GridExample) -> None:
    verdicts = {each.code: "conforme" for each in grid.criteria}
    verdicts |= dict.fromkeys(example.non, "non") | dict.fromkeys(example.sans_objet, "sans_objet")
    assert len(verdicts) == len(grid.criteria), example
    found = scoring.score(grid, example.risque or "", verdicts)
    assert (found.met, found.percent, found.best) == (example.conformes, example.score, example.decision), example


def _sheet_example_holds(grid: Grid, example: GridExample) -> None:
    assert {each.code for each in scoring.lacking(grid, example.rempli)} == set(example.manque), example
    assert set(example.rempli) <= {each.code for each in grid.criteria}, example


def _report_example_holds(grid: Grid, example: GridExample) -> None:
    level = grid.level(example.gravite or 0)
    assert grid.criterion(example.code), example
    assert level is not None
    assert level.delai_jours == example.delai_jours, example


def _telecare_example_holds(grid: Grid, example: GridExample) -> None:
    try:
        telecare.must_be_eligible(example.acte)
        found = ""
    except UserMessage as refusal:
        found = refusal.code
    assert found == example.refus, example


GRID_EXAMPLES: dict[str, Callable[[Grid, GridExample], None]] = {
    "maturite": _levels_example_holds,
    "conformite": _score_example_holds,
    "fiche": _sheet_example_holds,
    "signalement": _report_example_holds,
    "eligibilite": _telecare_example_holds,
}


def _medicine_example_holds(read: Base) -> None:
    """With the tables that stand beside it."""
    assert examples.failures(examples.folder()) == []
def _revision_example_holds(rules: RevisionRules) -> None:
    for example in rules.exemples:
        assert rules.standing(rules.revise_on(example.en_vigueur_le), on=example.le) == example.dit, example


def _milestone_example_holds(journey: Scenario) -> None:
    for example in journey.exemples:
        assert journey.minutes_to(example.jalon) == example.apres.minutes, example


# Each kind of file: its schema, and what its examples mean.
KINDS: dict[str, tuple[type[Any], Callable[[Any], None]]] = {
    "regles/conservation.yaml": (Durations, _duration_example_holds),
    "regles/traitements.yaml": (Register, _treatment_example_holds),
    "regles/aci-protocoles.yaml": (Values, _worth_example_holds),
    "regles/education.yaml": (EducationRules, _education_example_holds),
    "regles/competences.yaml": (Competences, _act_example_holds),
    "documents/lecture.yaml": (ReadingRules, _reading_example_holds),
    "regles/alertes.yaml": (AlertRules, _alert_example_holds),
    "regles/constats.yaml": (NoticedRules, _noticed_example_holds),
    "regles/acces-inhabituels.yaml": (OddityRules, _oddity_example_holds),
    "regles/bris-de-glace.yaml": (EmergencyRules, _emergency_example_holds),
    "regles/delais.yaml": (Delays, _delay_example_holds),
    "regles/responsabilites.yaml": (Responsibilities, _item_example_holds),
    "chartes/charte-msp.yaml": (StarterCharter, _clause_example_holds),
    "regles/protocoles.yaml": (RevisionRules, _revision_example_holds),
    "regles/habilitations.yaml": (Matrix, _matrix_example_holds),
    "regles/textes-consentement.yaml": (Texts, _text_example_holds),
    "medicaments/base.yaml": (Base, _medicine_example_holds),
}
_LETTERS = (path.name for path in FILES if path.parent.name == "courriers")
KINDS |= {f"courriers/{name}": (Letter, _letter_example_holds) for name in _LETTERS}
KINDS |= {
    f"protocoles/{path.name}": (Protocol, _protocol_example_holds) for path in FILES if path.parent.name == "protocoles"
}
_FORMS = (path.name for path in FILES if path.parent.name == "questionnaires")
KINDS |= {f"questionnaires/{name}": (Questionnaire, _form_example_holds) for name in _FORMS}
KINDS |= {f"grilles/{path.name}": (Grid, _grid_example_holds) for path in FILES if path.parent.name == "grilles"}
KINDS |= {
    f"parcours/{path.name}": (Scenario, _milestone_example_holds) for path in FILES if path.parent.name == "parcours"
}
KINDS |= {
    "territoire/faits.yaml": (Facts, territory_examples.facts_hold),
    "territoire/etapes.yaml": (StageRules, territory_examples.stages_hold),
    "territoire/entraide.yaml": (Help, territory_examples.help_holds),
}
KINDS |= {
    f"territoire/indicateurs/{path.name}": (Family, territory_examples.measures_hold)
    for path in FILES if path.parent.name == "indicateurs"
}  # fmt: skip
_name = {"ids": lambda path: str(path.relative_to(config.CONTENT))}


def read(path: Path) -> Any:
    return content.read(path, KINDS[str(path.relative_to(config.CONTENT))][0])


def test_there_is_content() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, **_name)
def test_every_file_has_a_schema_and_reads_with_it(path: Path) -> None:
    assert str(path.relative_to(config.CONTENT)) in KINDS, "name its schema in KINDS"
    assert read(path)


@pytest.mark.parametrize("path", FILES, **_name)
def test_every_file_keeps_its_own_examples(path: Path) -> None:
    rules = read(path)
    assert rules.exemples, "examples are part of the schema"
    KINDS[str(path.relative_to(config.CONTENT))][1](rules)


@pytest.mark.parametrize("path", FILES, **_name)
def test_every_file_says_where_it_comes_from_and_when_it_is_read_again(path: Path) -> None:
    said = read(path)
    assert said.provenance in {"officiel", "reconstruit", "local"}
    assert said.source.strip()
    assert all(said.auteurs)
    assert said.relu_le < said.a_revoir_le
    assert said.a_revoir_le > clock.today(), "its review is due"


def test_a_reading_rule_names_known_types_each_once_and_one_rule_takes_the_others() -> None:
    rules = reading_rules()
    named = [code for rule in rules.regles for code in rule.types]
    assert len(set(named)) == len(named)
    assert set(named) <= terminology.known_types()
    assert sum(not rule.types for rule in rules.regles) == 1
    assert rules.rule_for("a type that nobody knows").types == ()


def test_a_reading_rule_climbs_to_a_role_that_exists_and_is_sooner_when_abnormal() -> None:
    rules = reading_rules()
    assert rules.a_defaut in PROFESSIONS
    for rule in rules.regles:
        assert rule.escalade_vers in PROFESSIONS
        assert 0 < rule.si_anormal_heures <= rule.lire_sous_heures <= rule.escalade_apres_heures


def test_every_level_of_alert_climbs_and_a_red_one_sooner() -> None:
    rules = alert_rules()
    assert {rule.niveau for rule in rules.niveaux} == {"orange", "rouge"}
    for rule in rules.niveaux:
        hours = [step.apres_heures for step in rule.escalade]
        assert hours == sorted(set(hours))
        assert {step.vers for step in rule.escalade} <= {"remplacant", "coordination"} | set(PROFESSIONS)
    assert rules.of_level("rouge").remise_jours == 0
    assert rules.of_level("rouge").escalade[0].apres_heures < rules.of_level("orange").escalade[0].apres_heures
    assert rules.au_bandeau == 3


def test_the_role_by_default_is_the_one_that_the_mail_uses() -> None:
    from maillon.exchange.readers import PHYSICIANS

    assert reading_rules().a_defaut == PHYSICIANS


def test_a_document_climbs_to_a_role_that_may_read_it() -> None:
    """A task about a document that its addressee may not read would be shown to nobody."""
    rules, invisible = reading_rules(), []
    for code, bit in {**matrix.ranks(), "a type that nobody knows": 0}.items():
        role = rules.rule_for(code).escalade_vers
        if matrix.readable(role, on=clock.today())[bit] != "1":
            invisible.append((code, role))
    assert invisible == []


def test_an_emergency_is_reviewed_after_the_patient_is_told_and_names_known_professions() -> None:
    rules = emergency_rules()
    assert set(rules.professions) <= set(PROFESSIONS)
    assert 0 < rules.duree_heures < rules.avis_patient_heures < rules.revue_heures
    assert 0 < rules.ouverts_a_la_fois <= rules.ouverts_par_jour
    assert len({reason.code for reason in rules.motifs}) == len(rules.motifs)
    assert all(reason.reference for reason in rules.motifs)
    assert rules.reasons(regulation=False)


def test_every_letter_is_checked_beyond_its_shape_and_offered_in_one_order() -> None:
    letters = definition.letters()
    assert letters
    ranks = [each.rang for each in letters.values()]
    assert ranks == sorted(set(ranks)), "two letters at one rank"
    assert {each.type for each in letters.values()} <= terminology.known_types()


def test_a_structured_letter_names_a_form_that_exists() -> None:
    from maillon.writing.forms import BUILDERS

    assert {each.forme for each in definition.letters().values() if each.forme} == set(BUILDERS)


def test_every_protocol_is_right_beyond_its_shape_and_named_as_its_file() -> None:
    assert [code for code, protocol in checking.models().items() if protocol.code != code] == []
    for path in sorted(checking.FOLDER.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        read = checking.look_at(text, path.name).protocol
        assert read is not None, path.stem
        with time_machine.travel(dt.datetime.combine(read.a_revoir_le, dt.time()) - dt.timedelta(hours=12)):
            assert checking.look_at(text, path.name).faults == (), f"{path.stem} is right until it is read again"
        assert checking.read_file(path).code == path.stem


def test_every_form_and_letter_that_a_protocol_names_exists_and_every_answer_that_it_reads_is_asked() -> None:
    from maillon.questions.api import Kind

    forms = definitions()
    groups = [(code, group) for code, asked in forms.items() for group in asked.groupes]
    items = {f"{code}/{each.code}" for code, group in groups for each in group.questions}
    for protocol in checking.models().values():
        named = {step.formulaire for step in protocol.etapes} | {tool.formulaire for tool in protocol.outils}
        assert named - {""} <= set(forms), protocol.code
        letters = {step.courrier for step in protocol.etapes} | {tool.courrier for tool in protocol.outils}
        assert letters - {""} <= set(definition.letters()), protocol.code
        assert {code for kind, code in checking.read_by(protocol) if kind is Kind.ANSWER} <= items, protocol.code


def test_a_competence_names_known_professions_and_each_act_once() -> None:
    from maillon.pathways.competences import competences

    acts = competences().actes
    assert len({act.code for act in acts}) == len(acts)
    assert {code for act in acts for code in act.professions} <= set(PROFESSIONS)


def test_every_questionnaire_is_checked_beyond_its_shape_and_waits_for_a_clinician() -> None:
    assert {path.stem for path in FILES if path.parent.name == "questionnaires"} == set(definitions())
    for asked in definitions().values():
        assert asked.statut == "a_relire", "a model is read again by a clinician, in a copy"
        assert asked.is_for_professionals or asked.is_for_patients


def test_every_grid_is_checked_beyond_its_shape_and_flagged_until_it_is_verified() -> None:
    from maillon.evaluations import grids

    found = [grid for grid, _ in grids.shipped().values()]
    assert {grid.nature for grid in found} == {"maturite", "conformite", "fiche", "signalement", "eligibilite"}
    assert len({(grid.code, grid.version) for grid in found}) == len(found)
    assert all(grid.a_verifier for grid in found if grid.provenance != "officiel")
