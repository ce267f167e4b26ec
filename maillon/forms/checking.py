"""Beyond its shape: what a questionnaire must hold to be asked. Each mistake says where it stands, in French."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from maillon.access import api as access_room
from maillon.formats.questionnaire.model import Calculation, Question, Questionnaire
from maillon.kernel import clock
from maillon.kernel.message import UserMessage
from maillon.questions import api as questions
from maillon.terminology import api as terminology

CODE: Final = re.compile(r"[A-Z][A-Z0-9-]{0,29}")
ITEM: Final = re.compile(r"[a-z][a-z0-9_]{0,29}")
CHOICE: Final = re.compile(r"[A-Za-z0-9_.-]{1,30}")


class Mistake(NamedTuple):
    """`place`: keys and ranks from the top of the file."""

    place: tuple[str | int, ...]
    message: str


def mistakes(asked: Questionnaire) -> Iterator[Mistake]:
    yield from _of_the_whole(asked)
    known: dict[str, Question] = {}
    groups: set[str] = set()
    for rank, group in enumerate(asked.groupes):
        place = ("groupes", rank)
        if group.titre and not ITEM.fullmatch(group.code):
            yield Mistake((*place, "code"), "un groupe qui a un titre a un code (minuscules, chiffres, « _ »)")
        if group.code and (group.code in groups or not ITEM.fullmatch(group.code)):
            yield Mistake((*place, "code"), f"code de groupe répété ou mal formé « {group.code} »")
        if not group.questions:
            yield Mistake((*place, "questions"), "un groupe sans question")
        groups.add(group.code)
        yield from _condition(asked, group.visible_si, known, (*place, "visible_si"))
        for number, question in enumerate(group.questions):
            yield from _question(asked, question, known, (*place, "questions", number))
            known[question.code] = question
    for rank, group in enumerate(asked.groupes):
        if group.code in known:
            yield Mistake(("groupes", rank, "code"), f"un groupe et une question ont le même code « {group.code} »")
    yield from _of_the_examples(asked, known)


def _of_the_whole(asked: Questionnaire) -> Iterator[Mistake]:
    if not CODE.fullmatch(asked.code):
        yield Mistake(("code",), f"code mal formé « {asked.code} » (majuscules, chiffres, tirets ; 30 caractères)")
    for key, said in (("relu_le", asked.relu_le), ("a_revoir_le", asked.a_revoir_le)):
        if said is None:
            yield Mistake((), f"il manque : {key}")
    if asked.type not in terminology.known_types():
        yield Mistake(("type",), f"type de document inconnu « {asked.type} » (JDV_J07)")
    if not asked.groupes:
        yield Mistake(("groupes",), "aucune question")
    may_write = access_room.matrix.may_write
    for rank, code in enumerate(asked.professions):
        if not may_write(code, asked.type, on=clock.today()):
            told = f"la matrice d’habilitation ne laisse pas {code} écrire le type {asked.type}"
            yield Mistake(("professions", rank), told)
    for rank, code in enumerate(asked.resume):
        if asked.question(code) is None:
            yield Mistake(("resume", rank), f"question inconnue « {code} »")


def _question(
    asked: Questionnaire, question: Question, known: dict[str, Question], place: tuple[str | int, ...]
) -> Iterator[Mistake]:
    if not ITEM.fullmatch(question.code):
        yield Mistake((*place, "code"), f"code mal formé « {question.code} » (30 minuscules, chiffres, « _ »)")
    if question.code in known:
        yield Mistake((*place, "code"), f"code répété « {question.code} »")
    yield from _of_its_kind(question, place)
    yield from _choices(question, place)
    yield from _condition(asked, question.visible_si, known, (*place, "visible_si"))
    if question.calcul is not None:
        yield from _calculation(asked, question.calcul, known, (*place, "calcul"))


def _of_its_kind(question: Question, place: tuple[str | int, ...]) -> Iterator[Mistake]:
    """Each key only where it means something."""
    is_number, kind = question.is_number, question.genre
    meaningless = {
        "min": question.min is not None and not is_number,
        "max": question.max is not None and not is_number,
        "unite": bool(question.unite) and not is_number,
        "longueur": question.longueur is not None and kind not in ("ligne", "texte"),
        "bandes": bool(question.bandes) and not is_number,
        "calcul": (question.calcul is not None) != (kind == "calcul"),
        "obligatoire": question.obligatoire and not question.is_answered,
        "reprend": question.reprend is not None and not (question.loinc and kind in ("entier", "decimal")),
        "presentation": question.presentation == "liste" and kind != "choix",
        "choix": bool(question.choix) != (kind in ("choix", "cases")) and kind != "oui_non",
    }
    for key, is_wrong in meaningless.items():
        if is_wrong:
            yield Mistake((*place, key), f"« {key} » ne convient pas au genre « {kind} » de « {question.code} »")
    if question.min is not None and question.max is not None and question.min > question.max:
        yield Mistake((*place, "min"), f"le minimum dépasse le maximum de « {question.code} »")
    if question.longueur is not None and question.longueur < 1:
        yield Mistake((*place, "longueur"), "la longueur est d’au moins 1")


def _choices(question: Question, place: tuple[str | int, ...]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for rank, choice in enumerate(question.choix):
        if not CHOICE.fullmatch(choice.code):
            yield Mistake((*place, "choix", rank), f"code de réponse mal formé « {choice.code} »")
        if choice.code in seen:
            yield Mistake((*place, "choix", rank), f"réponse répétée « {choice.code} »")
        seen.add(choice.code)
    if question.genre == "oui_non" and question.choix and seen != {"oui", "non"}:
        yield Mistake((*place, "choix"), "une question oui_non a les réponses « oui » et « non », ou aucune liste")


def _condition(
    asked: Questionnaire, text: str, known: dict[str, Question], place: tuple[str | int, ...]
) -> Iterator[Mistake]:
    """A question of the language, about what was asked before."""
    if not text:
        return
    try:
        expression = questions.read_question(text)
    except UserMessage as refusal:
        yield Mistake(place, refusal.message.rstrip("."))
        return
    for told in _foreign(asked, expression, known):
        yield Mistake(place, told)


def _foreign(
    asked: Questionnaire, expression: questions.Expression, known: dict[str, Question]
) -> Iterator[str]:
    for each in questions.parts_of(expression):
        if isinstance(each, questions.syntax.Parameter):
            yield "une cible ne se lit pas dans un questionnaire"
        if not isinstance(each, questions.syntax.Series):
            continue
        if each.kind is not questions.Kind.ANSWER:
            yield "seuls réponse(…), âge et sexe se lisent dans un questionnaire"
            continue
        form, _, item = each.codes[0].partition("/")
        if form != asked.code:
            yield f"« {form} » n’est pas ce questionnaire ({asked.code})"
        elif not _is_known(item, known):
            yield f"« {item} » n’est pas une question posée plus haut"


def _is_known(item: str, known: dict[str, Question]) -> bool:
    """`item`, or `item/choix` of a question with boxes."""
    code, _, choice = item.partition("/")
    question = known.get(code)
    if question is None or question.genre == "affiche":
        return False
    if question.genre == "cases":
        return choice in {each.code for each in question.choix}
    return not choice


def _calculation(
    asked: Questionnaire, made: Calculation, known: dict[str, Question], place: tuple[str | int, ...]
) -> Iterator[Mistake]:
    ways = [made.somme, made.produit, made.compte, made.parmi, made.si]
    if sum(bool(each) for each in ways) != 1:
        yield Mistake(place, "un calcul est une somme, un produit, un compte, un « au_moins … parmi », ou une question")
        return
    if bool(made.parmi) != (made.au_moins is not None):
        yield Mistake(place, "« au_moins » va avec « parmi »")
    yield from _condition(asked, made.si, known, (*place, "si"))
    for code in made.reads:
        read = known.get(code)
        if read is None:
            yield Mistake(place, f"« {code} » n’est pas une question posée plus haut")
        elif not _can_be_read(made, read):
            yield Mistake(place, f"« {code} » ne se compte pas ainsi")


def _can_be_read(made: Calculation, read: Question) -> bool:
    if made.compte or made.parmi:
        is_true_or_false = read.calcul is not None and not read.calcul.is_number
        return read.genre == "oui_non" or is_true_or_false or {"oui", "non"} <= {each.code for each in read.choix}
    return read.is_number or (bool(read.options) and all(each.valeur is not None for each in read.options))


def _of_the_examples(asked: Questionnaire, known: dict[str, Question]) -> Iterator[Mistake]:
    for rank, example in enumerate(asked.exemples):
        named = {*example.repond, *example.attend, *example.sans_objet, *example.manque}
        for code in sorted(named - known.keys()):
            yield Mistake(("exemples", rank), f"question inconnue « {code} »")
