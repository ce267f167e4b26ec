"""Random questionnaires: every kind of question, conditions and calculations that hold, texts that hurt."""

from __future__ import annotations

import datetime as dt
import string
from typing import Any

from hypothesis import strategies as st

from maillon.formats.questionnaire.model import (
    Band,
    Calculation,
    Choice,
    Group,
    Kind,
    Question,
    Questionnaire,
)

HURTING = "'\"|,;=@<>{}[]$&\\/%\n\t é’«»\u202f😀"
_LETTERS = string.ascii_letters + string.digits + " "
texts = st.text(alphabet=_LETTERS + HURTING, min_size=1, max_size=25).filter(str.strip)
names = st.from_regex(r"[a-z][a-z0-9_]{0,11}", fullmatch=True)
choice_codes = st.from_regex(r"[A-Za-z0-9_.-]{1,8}", fullmatch=True)
numbers = st.decimals(min_value=-1000, max_value=1000, places=2)
KINDS: tuple[Kind, ...] = (
    "choix", "cases", "oui_non", "entier", "decimal", "ligne", "texte", "date", "heure", "affiche", "calcul",
)  # fmt: skip


@st.composite
def choices(draw: st.DrawFn) -> tuple[Choice, ...]:
    codes = draw(st.lists(choice_codes, min_size=1, max_size=4, unique=True))
    has_points = draw(st.booleans())
    return tuple(Choice(code, draw(texts), draw(numbers) if has_points else None) for code in codes)


@st.composite
def conditions(draw: st.DrawFn, form: str, known: list[Question]) -> str:
    told = [draw(_test(form, draw(st.sampled_from(known)))) for _ in range(draw(st.integers(1, 3)))]
    joined = draw(st.sampled_from((" et ", " ou "))).join(told)
    return f"non ({joined})" if draw(st.integers(0, 5)) == 0 else joined


@st.composite
def _test(draw: st.DrawFn, form: str, question: Question) -> str:
    answer = f'réponse("{form}", "{question.code}")'
    if question.genre == "cases":
        code = draw(st.sampled_from(question.choix)).code
        return f'réponse("{form}", "{question.code}/{code}") = "{draw(st.sampled_from(("oui", "non")))}"'
    if question.is_number:
        return f"{answer} {draw(st.sampled_from(('<', '<=', '=', '>=', '>')))} {draw(st.integers(0, 99))}"
    if question.options:
        return f'{answer} {draw(st.sampled_from(("=", "!=")))} "{draw(st.sampled_from(question.options)).code}"'
    if question.genre == "calcul":
        return f'{answer} = "oui"'
    return f"renseigné({answer})"


@st.composite
def questions(draw: st.DrawFn, form: str, code: str, known: list[Question]) -> Question:
    readable = [each for each in known if each.genre != "affiche"]
    kind = draw(st.sampled_from(KINDS if readable else [each for each in KINDS if each != "calcul"]))
    said: dict[str, Any] = {"code": code, "texte": draw(texts), "genre": kind, "aide": draw(st.just("") | texts)}
    if readable and draw(st.booleans()):
        said["visible_si"] = draw(conditions(form, readable))
    if kind in ("choix", "cases"):
        said["choix"] = draw(choices())
    if kind == "choix":
        said["presentation"] = draw(st.sampled_from(("boutons", "liste")))
    if kind == "calcul":
        said["calcul"] = draw(_calculations(form, readable))
    is_number = kind in ("entier", "decimal") or (kind == "calcul" and said["calcul"].is_number)
    if is_number:
        low, high = sorted((draw(numbers), draw(numbers)))
        said |= {"min": draw(st.none() | st.just(low)), "max": draw(st.none() | st.just(high))}
        said["unite"] = draw(st.sampled_from(("", "kg", "mm[Hg]", "10*9/L")))
        said["bandes"] = tuple(Band(draw(texts), de=low) for _ in range(draw(st.integers(0, 1))))
    if kind in ("entier", "decimal"):
        said["loinc"] = draw(st.sampled_from(("", "8480-6")))
        said["reprend"] = draw(st.sampled_from((None, 30))) if said["loinc"] else None
    if kind in ("ligne", "texte"):
        said["longueur"] = draw(st.none() | st.integers(1, 900))
    if kind not in ("affiche", "calcul"):
        said["obligatoire"] = draw(st.booleans())
    return Question(**said)


@st.composite
def _calculations(draw: st.DrawFn, form: str, readable: list[Question]) -> Calculation:
    added = [
        each.code for each in readable
        if each.is_number or (each.options and all(one.valeur is not None for one in each.options))
    ]  # fmt: skip
    counted = [each.code for each in readable if each.genre == "oui_non"]
    ways = [st.builds(Calculation, si=conditions(form, readable))]
    if added:
        some = st.lists(st.sampled_from(added), min_size=1, max_size=3, unique=True).map(tuple)
        ways += [st.builds(Calculation, somme=some), st.builds(Calculation, produit=some)]
    if counted:
        some = st.lists(st.sampled_from(counted), min_size=1, max_size=3, unique=True).map(tuple)
        ways += [
            st.builds(Calculation, compte=some),
            st.builds(Calculation, au_moins=st.integers(1, 3), parmi=some),
        ]
    return draw(st.one_of(ways))


@st.composite
def questionnaires(draw: st.DrawFn) -> Questionnaire:
    form = draw(st.from_regex(r"[A-Z][A-Z0-9]{0,9}", fullmatch=True))
    codes = draw(st.lists(names, min_size=2, max_size=10, unique=True))
    known: list[Question] = []
    groups: list[Group] = []
    while codes:
        titled = draw(st.booleans()) and len(codes) > 1
        code = codes.pop() if titled else ""
        readable = [each for each in known if each.genre != "affiche"]
        condition = draw(conditions(form, readable)) if titled and readable and draw(st.booleans()) else ""
        held = []
        for _ in range(draw(st.integers(1, len(codes)))):
            held.append(draw(questions(form, codes.pop(), known)))
            known.append(held[-1])
        if not titled and groups and not groups[-1].titre:  # two runs of questions without a title are one
            groups[-1] = Group((*groups[-1].questions, *held))
            continue
        groups.append(
            Group(
                tuple(held), code=code, titre=draw(texts) if titled else "",
                aide=draw(st.just("") | texts) if titled else "", visible_si=condition,
            )
        )  # fmt: skip
    return Questionnaire(
        code=form, version=draw(st.sampled_from(("1", "2.1"))), titre=draw(texts), sert_a=draw(texts),
        type=draw(st.sampled_from(("34120-6", "11506-3"))), source=draw(texts), provenance="local",
        auteurs=tuple(draw(st.lists(st.text(string.ascii_letters, min_size=1, max_size=9), min_size=1, max_size=2))),
        relu_le=dt.date(2026, 3, 31), a_revoir_le=dt.date(2027, 3, 31), groupes=tuple(groups),
        statut=draw(st.sampled_from(("a_relire", "relu"))), rang=draw(st.integers(1, 900)),
    )  # fmt: skip
