"""A mistake in a questionnaire is refused with its file, its line and what was expected."""

from __future__ import annotations

import pytest

from maillon.forms.definition import FOLDER, read_text
from maillon.kernel.content import ContentError

WHOLE = """\
code: ESSAI
version: "1"
titre: Essai
sert_a: Essayer
type: "34120-6"
professions: [G15_60]
source: "Essai"
provenance: local
auteurs: ["Essai"]
relu_le: 2026-11-28
a_revoir_le: 2027-11-28
resume: [total]
groupes:
  - code: un
    titre: Un
    questions:
      - {code: a, texte: A, genre: entier, min: 0, max: 10}
      - {code: b, texte: B, genre: choix, choix: [{code: x, dire: X, valeur: 1}, {code: y, dire: Y, valeur: 2}]}
      - {code: c, texte: C, genre: oui_non, visible_si: 'réponse("ESSAI", "a") >= 2'}
      - {code: d, texte: D, genre: cases, choix: [{code: p, dire: P}]}
      - {code: total, texte: Total, genre: calcul, calcul: {somme: [a, b]}}
exemples:
  - {repond: {a: "1"}, attend: {total: inconnu}}
"""


def mistake(old: str, new: str) -> str:
    assert old in WHOLE
    with pytest.raises(ContentError) as refusal:
        read_text(WHOLE.replace(old, new), "ESSAI.yaml")
    return str(refusal.value)


def test_the_whole_reads() -> None:
    assert read_text(WHOLE, "ESSAI.yaml").code == "ESSAI"


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("titre: Essai\n", "tittre: Essai\n", 3, "clé inconnue « tittre »"),
        ("code: ESSAI", "code: essai", 1, "code mal formé « essai »"),
        ('type: "34120-6"', 'type: "00000-0"', 5, "type de document inconnu"),
        ("[G15_60]", '["331"]', 6, "ne laisse pas 331 écrire le type 34120-6"),
        ("relu_le: 2026-11-28", "relu_le: hier", 10, "date AAAA-MM-JJ attendu"),
        ("resume: [total]", "resume: [absent]", 12, "question inconnue « absent »"),
        ("genre: entier", "genre: nombre", 17, "« nombre » n’est pas admis"),
        ("min: 0, max: 10", "min: 0, max: dix", 17, "nombre attendu, « dix » trouvé"),
        ("min: 0, max: 10", "min: 11, max: 10", 17, "le minimum dépasse le maximum"),
        ("genre: entier, min", "genre: ligne, min", 17, "« min » ne convient pas au genre « ligne »"),
        ("genre: entier,", "genre: entier, longueur: 3,", 17, "« longueur » ne convient pas"),
        ("genre: entier,", "genre: entier, reprend: 3,", 17, "« reprend » ne convient pas"),
        ("{code: y, dire: Y, valeur: 2}", "{code: x, dire: Y, valeur: 2}", 18, "réponse répétée « x »"),
        ("{code: y, dire: Y, valeur: 2}", "{code: 'y z', dire: Y}", 18, "code de réponse mal formé"),
        ("texte: B, genre: choix, choix: [{code: x, dire: X, valeur: 1}, {code: y, dire: Y, valeur: 2}]",
         "texte: B, genre: choix", 18, "« choix » ne convient pas"),
        ("code: c, texte", "code: a, texte", 19, "code répété « a »"),
        ('"a") >= 2', '"z") >= 2', 19, "« z » n’est pas une question posée plus haut"),
        ('"a") >= 2', '"total") >= 2', 19, "« total » n’est pas une question posée plus haut"),
        ('réponse("ESSAI", "a") >= 2', 'réponse("AUTRE", "a") >= 2', 19, "« AUTRE » n’est pas ce questionnaire"),
        ('réponse("ESSAI", "a") >= 2', 'diagnostic("E11*")', 19, "seuls réponse(…), âge et sexe"),
        ('réponse("ESSAI", "a") >= 2', 'réponse("ESSAI", "a") >= cible("x")', 19, "une cible ne se lit pas"),
        ('réponse("ESSAI", "a") >= 2', 'réponse("ESSAI", "a")', 19, "il faut ici quelque chose de vrai ou de faux"),
        ("calcul: {somme: [a, b]}", "calcul: {somme: [a, d]}", 21, "« d » ne se compte pas ainsi"),
        ("genre: entier, min: 0, max: 10", "genre: date", 21, "« a » ne se compte pas ainsi"),
        ("calcul: {somme: [a, b]}", "calcul: {compte: [a]}", 21, "« a » ne se compte pas ainsi"),
        ("calcul: {somme: [a, b]}", "calcul: {somme: [z]}", 21, "« z » n’est pas une question posée plus haut"),
        ("calcul: {somme: [a, b]}", "calcul: {somme: [a], compte: [c]}", 21, "un calcul est une somme, un produit"),
        ("calcul: {somme: [a, b]}", "calcul: {parmi: [c]}", 21, "« au_moins » va avec « parmi »"),
        ("genre: calcul, calcul: {somme: [a, b]}", "genre: calcul", 21, "« calcul » ne convient pas"),
        ("attend: {total: inconnu}", "attend: {zut: inconnu}", 23, "question inconnue « zut »"),
        ("code: un\n", "code: a\n", 14, "un groupe et une question ont le même code"),
    ],
)  # fmt: skip
def test_each_mistake_is_said_with_its_line(old: str, new: str, line: int, told: str) -> None:
    said = mistake(old, new)
    assert said.startswith(f"ESSAI.yaml, ligne {line} : "), said
    assert told in said


def test_what_is_not_yaml_is_said_with_its_line() -> None:
    assert mistake("titre: Essai\n", "titre: [\n").startswith("ESSAI.yaml, ligne ")


def test_a_new_questionnaire_is_one_file() -> None:
    assert {path.suffix for path in FOLDER.iterdir()} == {".yaml"}
