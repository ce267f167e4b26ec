"""Text → question. Every mistake is said in French, with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from maillon.kernel.message import UserMessage
from maillon.questions.facts import Kind

Type = Literal["oui_non", "nombre", "texte", "série"]
Operator = Literal["<", "<=", "=", "!=", ">=", ">"]
Unit = Literal["jours", "mois", "ans"]


@dataclass(frozen=True, slots=True)
class Number:
    value: Decimal
    unit: str = ""  # UCUM; a value in another unit is inconnu


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Window:
    """`depuis 12 mois`: dated in the last twelve months, the first day included."""

    length: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Series:
    """Dated facts of one kind whose code is among these (`E11*`: begins with), latest last."""

    kind: Kind
    codes: tuple[str, ...]
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """Is it so? A problem, a treatment, an allergy… that is not ended nor denied."""

    series: Series


@dataclass(frozen=True, slots=True)
class Of:
    """One number drawn from a series: its latest value, its least, the days gone by since…"""

    name: str
    series: Series


@dataclass(frozen=True, slots=True)
class Subjective:
    """A property of the person: `âge`, `sexe`."""

    name: Literal["âge", "sexe"]


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str


@dataclass(frozen=True, slots=True)
class Sum:
    operator: Literal["+", "-"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison:
    operator: Operator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`au_moins(2, résultat("…") >= 3)`: so many facts of the series, or so many that pass the test."""

    count: int
    series: Series
    operator: Operator | None = None
    threshold: Expression | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """`renseigné(…)`: is there an answer at all? Never inconnu itself."""

    of: Expression


@dataclass(frozen=True, slots=True)
class Not:
    of: Expression


@dataclass(frozen=True, slots=True)
class Junction:
    name: Literal["et", "ou"]
    parts: tuple[Expression, ...]


Expression = (
    Number | Text | Series | Stated | Of | Subjective | Parameter | Sum | Comparison | AtLeast | Known | Not | Junction
)

STATEMENTS: Final = {
    "diagnostic": Kind.PROBLEM,
    "traitement": Kind.MEDICATION,
    "allergie": Kind.ALLERGY,
    "acte": Kind.PROCEDURE,
    "vaccination": Kind.VACCINATION,
}
DRAWN: Final = ("dernier", "premier", "minimum", "maximum", "moyenne", "variation", "délai")
# What is there or is not, without a value nor a doubt: the record itself knows whether it holds the document.
PRESENCES: Final = {"document": Kind.DOCUMENT, "étape": Kind.STEP, "envoi": Kind.SENDING}
CALLED: Final = (*STATEMENTS, "résultat", "réponse", *PRESENCES, "cible", *DRAWN, "au_moins", "renseigné")
_WORDS: Final = ("et", "ou", "non", "depuis")
_UNITS: Final[dict[str, Unit]] = {"jour": "jours", "jours": "jours", "mois": "mois", "an": "ans", "ans": "ans"}
_OPERATORS: Final[dict[str, Operator]] = {
    "<": "<", "<=": "<=", "≤": "<=", "=": "=", "!=": "!=", "≠": "!=", ">=": ">=", "≥": ">=", ">": ">",
}  # fmt: skip
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<number>\d+(?:[.,]\d+)?)|(?P<text>"[^"]*")|(?P<word>[^\W\d]\w*)"""
    r"""|(?P<sign><=|>=|!=|[<>=≤≥≠()+\-]|,))""",
    re.VERBOSE,
)
DEEPEST: Final = 60
LONGEST: Final = 4000


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def read_question(text: str) -> Expression:
    """The question, whose answer is yes, no or unknown. Raises UserMessage E-QUE-01 with the place of the mistake."""
    if len(text) > LONGEST:
        raise _mistake(text, LONGEST, f"la question dépasse {LONGEST} caractères")
    reader = _Reader(text)
    return reader.whole()


def _mistake(text: str, at: int, what: str) -> UserMessage:
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return UserMessage("E-QUE-01", f"Question, ligne {line}, colonne {column}\u202f: {what}.")


def _has_value(series: Series) -> bool:
    return series.kind not in PRESENCES.values()


@dataclass(frozen=True, slots=True)
class Question:
    """A question in a content file: its text, and what it asks (kernel.content reads it with `of_text`)."""

    text: str
    asked: Expression

    @classmethod
    def of_text(cls, text: str) -> Question:
        return cls(text, read_question(text))


@dataclass(frozen=True, slots=True)
class SeriesText:
    """A series in a content file: `résultat("6301-6") depuis 12 mois`."""

    text: str
    series: Series

    @classmethod
    def of_text(cls, text: str) -> SeriesText:
        return cls(text, read_series(text))


def read_series(text: str) -> Series:
    """Dated facts of one kind. Raises UserMessage E-QUE-01 with the place of the mistake."""
    return _Reader(text).whole_series()


def type_of(expression: Expression) -> Type:
    match expression:
        case Series():
            return "série"
        case Text():
            return "texte"
        case Subjective(name="sexe"):
            return "texte"
        case Number() | Of() | Subjective() | Parameter() | Sum():
            return "nombre"
    return "oui_non"


class _Reader:
    """One method a rule, from the loosest to the tightest: ou, et, non, comparison, sum, term."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [*self._tokens()]
        self.place = 0
        self.depth = 0

    def _tokens(self) -> Iterator[_Token]:
        at = 0
        while self.text[at:].strip():
            found = _TOKEN.match(self.text, at)
            if found is None:
                wrong = at + len(self.text[at:]) - len(self.text[at:].lstrip())
                raise _mistake(self.text, wrong, f"«\u202f{self.text[wrong]}\u202f» n’est pas compris")
            kind = found.lastgroup or ""
            yield _Token(kind, found[kind], found.start(kind))
            at = found.end()

    # ---------------------------------------------------------------------------------------------- the rules

    def whole(self) -> Expression:
        asked = self._yes_or_no(self.either())
        if self.now is not None:
            raise self._wrong(f"«\u202f{self.now.text}\u202f» n’était pas attendu ici")
        return asked

    def whole_series(self) -> Series:
        made = self.term()
        if self.now is not None:
            raise self._wrong(f"«\u202f{self.now.text}\u202f» n’était pas attendu ici")
        return made.series if isinstance(made, Stated) else self._series(made)

    def either(self) -> Expression:
        return self._junction("ou", self.both)

    def both(self) -> Expression:
        return self._junction("et", self.denied)

    def _junction(self, name: Literal["et", "ou"], part: Callable[[], Expression]) -> Expression:
        first = part()
        if not self._is(name):
            return first
        parts = [self._yes_or_no(first)]
        while self._take(name):
            parts.append(self._yes_or_no(part()))
        return Junction(name, tuple(parts))

    def denied(self) -> Expression:
        if self._take("non"):
            return Not(self._yes_or_no(self._deeper(self.denied)))
        return self.compared()

    def compared(self) -> Expression:
        left = self.summed()
        if self.now is None or self.now.text not in _OPERATORS:
            return left
        operator = _OPERATORS[self._next().text]
        return self._comparison(operator, left, self.summed())

    def _comparison(self, operator: Operator, left: Expression, right: Expression) -> Expression:
        if isinstance(left, Series) and _has_value(left) and isinstance(right, Text):
            if operator not in ("=", "!="):
                raise self._wrong("un texte se compare par = ou != seulement")
            return Comparison(operator, left, right)
        if type_of(left) == type_of(right) == "texte":
            return Comparison(operator, left, right)
        return Comparison(operator, self._number(left), self._number(right))

    def summed(self) -> Expression:
        left = self.term()
        while self.now is not None and self.now.text in ("+", "-"):
            sign: Literal["+", "-"] = "+" if self._next().text == "+" else "-"
            left = Sum(sign, self._number(left), self._number(self.term()))
        return left

    def term(self) -> Expression:
        token = self._next()
        if token.text == "(":
            inner = self._deeper(self.either)
            self._expect(")")
            return inner
        if token.text == "-" and self.now is not None and self.now.kind == "number":
            return Number(-Decimal(self._next().text.replace(",", ".")))
        if token.kind == "number":
            unit = self._next().text[1:-1] if self.now is not None and self.now.kind == "text" else ""
            return Number(Decimal(token.text.replace(",", ".")), unit)
        if token.kind == "text":
            return Text(token.text[1:-1])
        if token.kind == "word" and token.text not in _WORDS:
            return self._named(token)
        raise self._wrong(f"«\u202f{token.text}\u202f» n’était pas attendu ici", token)

    def _named(self, token: _Token) -> Expression:
        name = token.text
        if name in ("âge", "sexe"):
            return Subjective("âge" if name == "âge" else "sexe")
        if name not in CALLED:
            known = ", ".join((*CALLED, "âge", "sexe"))
            raise self._wrong(f"«\u202f{name}\u202f» est inconnu\u202f; sont connus\u202f: {known}", token)
        self._expect("(")
        made = self._deeper(lambda: self._called(name))
        self._expect(")")
        if isinstance(made, Series | Stated):
            return self._windowed(made)
        return made

    def _called(self, name: str) -> Expression:
        if name in STATEMENTS:
            return Stated(Series(STATEMENTS[name], self._codes()))
        if name == "résultat":
            return Series(Kind.OBSERVATION, self._codes())
        if name in PRESENCES:
            return Series(PRESENCES[name], self._codes())
        if name == "réponse":
            form, item = self._texts(2, "réponse(\"formulaire\", \"question\")")
            return Series(Kind.ANSWER, (f"{form}/{item}",))
        if name == "cible":
            return Parameter(self._texts(1, "cible(\"nom\")")[0])
        if name in DRAWN:
            series = self._series(self.term())
            return Of(name, series if name == "délai" else self._valued(series))
        if name == "au_moins":
            return self._at_least()
        return Known(self.either())

    def _at_least(self) -> AtLeast:
        count = self._next()
        if count.kind != "number" or not count.text.isdigit() or not int(count.text):
            raise self._wrong("au_moins commence par un nombre entier, 1 ou plus", count)
        self._expect(",")
        inner = self.term()
        series = inner.series if isinstance(inner, Stated) else self._series(inner)
        if self.now is not None and self.now.text in _OPERATORS:
            operator = _OPERATORS[self._next().text]
            return AtLeast(int(count.text), self._valued(series), operator, self._number(self.summed()))
        return AtLeast(int(count.text), series)

    def _windowed(self, made: Series | Stated) -> Series | Stated:
        if not self._take("depuis"):
            return made
        length, unit = self._next(), self._next()
        if not length.text.isdigit() or unit.text not in _UNITS:
            raise self._wrong("depuis attend une durée, comme «\u202fdepuis 12 mois\u202f»", length)
        window = Window(int(length.text), _UNITS[unit.text])
        if isinstance(made, Stated):
            return Stated(Series(made.series.kind, made.series.codes, window))
        return Series(made.kind, made.codes, window)

    def _codes(self) -> tuple[str, ...]:
        codes = self._texts(None, "un ou plusieurs codes entre guillemets")
        for code in codes:
            if not code.rstrip("*") or "*" in code[:-1]:
                raise self._wrong(f"«\u202f{code}\u202f» n’est pas un code, ou un début de code suivi d’une étoile")
        return codes

    def _texts(self, count: int | None, expected: str) -> tuple[str, ...]:
        found = []
        while self.now is not None and self.now.kind == "text":
            found.append(self._next().text[1:-1].strip())
            if not self._take(","):
                break
        if not found or not all(found) or (count is not None and len(found) != count):
            raise self._wrong(f"il faut {expected}")
        return tuple(found)

    # ------------------------------------------------------------------------------------------------ the gestures

    @property
    def now(self) -> _Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def _next(self) -> _Token:
        token = self.now
        if token is None:
            raise _mistake(self.text, len(self.text), "la question s’arrête trop tôt")
        self.place += 1
        return token

    def _is(self, text: str) -> bool:
        return self.now is not None and self.now.text == text

    def _take(self, text: str) -> bool:
        if self._is(text):
            self.place += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            found = f"«\u202f{self.now.text}\u202f»" if self.now else "la fin"
            raise self._wrong(f"«\u202f{text}\u202f» était attendu, et non {found}")

    def _deeper(self, rule: Callable[[], Expression]) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong("trop de parenthèses les unes dans les autres")
        made = rule()
        self.depth -= 1
        return made

    def _wrong(self, what: str, token: _Token | None = None) -> UserMessage:
        token = token or self.now
        return _mistake(self.text, token.at if token else len(self.text), what)

    def _yes_or_no(self, expression: Expression) -> Expression:
        """A document, a step: whether there is one at least."""
        if isinstance(expression, Series) and not _has_value(expression):
            return AtLeast(1, expression)
        if type_of(expression) != "oui_non":
            raise self._wrong("il faut ici quelque chose de vrai ou de faux\u202f: ajoutez une comparaison")
        return expression

    def _series(self, expression: Expression) -> Series:
        if not isinstance(expression, Series):
            raise self._wrong("il faut ici résultat(…) ou réponse(…)")
        return expression

    def _valued(self, series: Series) -> Series:
        if not _has_value(series):
            raise self._wrong("un document, une étape n’ont pas de valeur\u202f: il faut résultat(…) ou réponse(…)")
        return series

    def _number(self, expression: Expression) -> Expression:
        """A series stands for its latest value."""
        if isinstance(expression, Series):
            return Of("dernier", self._valued(expression))
        if type_of(expression) != "nombre":
            raise self._wrong("il faut ici un nombre")
        return expression
