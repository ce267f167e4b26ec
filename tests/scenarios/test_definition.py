"""Journeys are read strictly: a mistake is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from maillon.kernel.content import ContentError
from maillon.kernel.message import UserMessage
from maillon.scenarios import api as scenarios

GOOD = """\
titre: Essai
resume: Essai
source: Essai
provenance: local
auteurs: ["Équipe"]
relu_le: 2026-11-28
a_revoir_le: 2027-11-28
patient: {sexe: F, age: 34, situation: essai}
acteurs:
  patiente: {role: Patiente, profession: patient, structure: "", dehors: patient}
  medecin: {role: Médecin, profession: G15_10, structure: SA52, personne: morel}
  nouvelle: {role: Remplaçante, profession: G15_10, structure: SA52, personne: ferrand, jamais_connecte: true}
jalons: {premier_contact: E-02}
exemples: [{jalon: premier_contact, apres: 1 h}]
etapes:
  - {code: E-01, quand: J0 09:00, acteur: patiente, fait: demander, dire: Q,
     document: {type: "74465-6", titre: Q}, a: [medecin], attendu: {mss: 1}}
  - {code: E-02, quand: J0 10:00, acteur: medecin, fait: lire, dire: L,
     lit: E-01, apres: [E-01], attendu: {lu: true}}
variantes:
  - {code: IR1, etape: E-02, panne: identité non qualifiée, signale_a: medecin, attendu: rien ne part}
"""


@pytest.mark.parametrize("name", scenarios.library.names())
def test_every_journey_is_read(name: str) -> None:
    assert scenarios.library.scenario(name).etapes


def test_a_good_journey_is_read() -> None:
    assert scenarios.library.read(GOOD, "essai.yaml").step("E-02").lit == "E-01"


@pytest.mark.parametrize(
    ("former", "said", "why"),
    [
        ("fait: lire", "fait: rêver", "n’est pas admis"),
        ("quand: J0 10:00", "quand: J0 08:00", "vient avant l’étape E-01"),
        ("quand: J0 10:00", "quand: demain", "moment attendu"),
        ("acteur: medecin, fait", "acteur: absent, fait", "n’existe pas"),
        ("fait: demander", "fait: ecrire", "n’est pas possible hors de Maillon"),
        ("a: [medecin]", "a: [pigeon]", "destinataire inconnu"),
        ('type: "74465-6"', 'type: "99999-9"', "n’est pas un type de document"),
        ("lit: E-01", "lit: E-09", "demande une étape précédente"),
        ("apres: [E-01]", "apres: [E-07]", "n’existe pas avant celle-ci"),
        ("code: E-02, quand", "code: E-01, quand", "écrite deux fois"),
        ("etape: E-02", "etape: E-12", "n’existe pas"),
        ("acteur: medecin, fait", "acteur: nouvelle, fait", "ne s’est jamais connecté et ne fait rien"),
        ("signale_a: medecin", "signale_a: nouvelle", "n’est pas un acteur qui travaille dans Maillon"),
        ("signale_a: medecin", "signale_a: medecin, a: [pigeon]", "destinataire inconnu"),
        ("attendu: {lu: true}", "attendu: {voit: [nouvelle]}", "qui travaille dans Maillon"),
        ("premier_contact: E-02", "premier_contact: E-12", "n’existe pas"),
        ("attendu: {mss: 1}", "attendu: {mms: 1}", "clé inconnue"),
        ("fait: demander", "fait: deposer", "n’est pas possible hors de Maillon"),
        ("attendu: {lu: true}", "attendu: {voit: [patiente]}", "qui travaille dans Maillon"),
        ("code: E-01, quand", "code: E-01-xxxxxxxxxxxxxxxxxxxxxxxxx, quand", "de 1 à 20 caractères"),
        ("code: E-01, quand", "code: '', quand", "de 1 à 20 caractères"),
        ("dire: L,", "ressaisies: -1, dire: L,", "de 0 à 99"),
        ("age: 34", "age: 3000", "de 0 à 120"),
        ("personne: morel", 'personne: ""', "il manque la personne"),
        ("lit: E-01, apres: [E-01]", "lit: E-01", "qu’elle vienne après elle"),
        ("fait: lire, dire: L,\n     lit: E-01", "fait: consulter, dire: L", "demande l’étape dont le document est lu"),
        ("fait: demander, dire: Q,", "fait: recevoir, dire: Q,", "demande une étape précédente"),
        ("fait: demander", "fait: dispenser", "se fait par"),
        ("attendu: rien ne part", "attendu: rien ne part, remplace: {a_lire: [absent]}", "qui travaille dans Maillon"),
        ("attendu: rien ne part", "attendu: rien ne part, leve: E-01", "vient avant E-02"),
        ("attendu: rien ne part", "attendu: rien ne part, constate_a: E-01", "vient avant E-02"),
        ("titre: Essai", "? [titre]\n: Essai", "une clé est un mot"),
        ("dire: Q,", "dire: Q, avec: {? [a] : b},", "une clé est un mot"),
    ],
)
def test_a_mistake_is_refused_with_its_line(former: str, said: str, why: str) -> None:
    assert former in GOOD
    text = GOOD.replace(former, said, 1)
    line = text[: text.rindex(said)].count("\n") + 1
    with pytest.raises(ContentError, match=f"ligne {line} .*{why}"):
        scenarios.library.read(text, "essai.yaml")


def test_a_milestone_is_refused_at_its_own_line() -> None:
    text = GOOD.replace("jalons: {premier_contact: E-02}", "jalons:\n  premier_contact: E-02\n  sortie: E-99")
    with pytest.raises(ContentError, match=f"ligne {text[: text.index('sortie')].count(chr(10)) + 1} .*E-99"):
        scenarios.library.read(text, "essai.yaml")


def test_a_step_may_read_what_came_long_before() -> None:
    third = """  - {code: E-03, quand: J0 11:00, acteur: medecin, fait: lire, dire: L,
     lit: E-01, apres: [E-02], attendu: {lu: true}}
"""
    assert scenarios.library.read(GOOD.replace("variantes:", f"{third}variantes:"), "essai.yaml").step("E-03")


def test_a_file_of_another_alphabet_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenarios.library, "FOLDER", tmp_path)
    (tmp_path / "essai.yaml").write_bytes(GOOD.encode("latin-1"))
    with pytest.raises(ContentError, match="UTF-8"):
        scenarios.library.scenario("essai")
    (tmp_path / "essai.yaml").write_text(GOOD, encoding="utf-8")
    assert scenarios.library.scenario("essai").etapes


def test_what_was_played_is_read_though_what_it_names_is_called_otherwise_since() -> None:
    text = GOOD.replace("signale_a: medecin", "signale_a: medecin, constat: un_fait_d_autrefois")
    with pytest.raises(ContentError):
        scenarios.library.read(text, "essai.yaml")
    assert scenarios.library.as_played(text, "essai.yaml").variant("IR1")


def test_a_journey_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UserMessage, match="E-PAR-01"):
        scenarios.library.text_of("../secrets")


def test_what_is_deposited_by_fhir_is_written_to_nobody() -> None:
    deposited = 'acteur: medecin, fait: deposer, dire: L, document: {type: "11488-4", titre: L}, a: [patiente]'
    text = GOOD.replace("acteur: medecin, fait: lire, dire: L,\n     lit: E-01", deposited)
    with pytest.raises(ContentError, match="n’écrit à personne"):
        scenarios.library.read(text, "essai.yaml")
    text = text.replace("a: [patiente]", "a: [dmp]").replace("{lu: true}", "{dmp: 1}")
    assert scenarios.library.read(text, "essai.yaml").step("E-02").fait == "deposer"
