"""The access law, declared once (domain sheet §8.2; CSP L1110-4, L1110-12, L1111-5, L1111-17, R1111-46, R1111-53).

A law is a decision list: the first step whose condition holds decides. From it come, without being written twice:

    within(access, row)    the predicate on rows of one record, once its key is cut: facts about the patient are known
    across(actor, row)     the same over every patient, in set form: lists, counts, search, exports
    door(actor, row)       which patients open at all
    verdict(...)           the code of the step that decided (A01…), for the journal and the explanations
    access.wall            row-level security, the second wall

A fact is about the actor, about the patient, or about the document. Facts about the patient and marks on documents are
declared as rows of a table, so that they can be asked as a set (`IN`), of one patient (`EXISTS`), or as an array.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["actor", "patient", "document", "mark"]


class Condition:
    """A Boolean expression over facts: `&`, `|`, `~`."""

    def __and__(self, other: Condition) -> Condition:
        return _both(self, other)

    def __or__(self, other: Condition) -> Condition:
        return _either(self, other)

    def __invert__(self) -> Condition:
        return _opposite(self)


@dataclass(frozen=True, eq=True)
class Constant(Condition):
    holds: bool


@dataclass(frozen=True)
class Not(Condition):
    of: Condition


@dataclass(frozen=True)
class And(Condition):
    left: Condition
    right: Condition


@dataclass(frozen=True)
class Or(Condition):
    left: Condition
    right: Condition


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows about patients or documents, as they hold now. `column` says which patient or which document."""

    table: str
    alias: str
    column: str
    held: str


@dataclass(frozen=True, kw_only=True)
class Fact(Condition):
    """`sql` for an actor: a parameter; for a document: a test on `{row}`; for a patient or a mark: which rows of the
    source make it true."""

    name: str
    level: Level
    sql: str
    says: str
    source: Source | None = None

    @property
    def rows(self) -> str:
        """`SELECT` which patients, or which documents, the fact is true of."""
        assert self.source
        of = self.source
        return f"SELECT {of.alias}.{of.column} FROM {of.table} {of.alias} WHERE {of.held} AND {self.sql}"  # noqa: S608


TRUE, FALSE = Constant(True), Constant(False)


def _opposite(condition: Condition) -> Condition:
    if isinstance(condition, Constant):
        return Constant(not condition.holds)
    return condition.of if isinstance(condition, Not) else Not(condition)


def _both(left: Condition, right: Condition) -> Condition:
    if FALSE in (left, right):
        return FALSE
    return right if left == TRUE else left if right == TRUE else And(left, right)


def _either(left: Condition, right: Condition) -> Condition:
    if TRUE in (left, right):
        return TRUE
    return right if left == FALSE else left if right == FALSE else Or(left, right)


@dataclass(frozen=True, kw_only=True)
class Step:
    """`at_the_door` is the condition when no document is asked for: is there a record to open at all? None: a step that
    only concerns documents."""

    code: str
    allows: bool
    when: Condition
    at_the_door: Condition | None
    says: str


def refuse(code: str, when: Condition, says: str, **door: Condition | None) -> Step:
    return Step(code=code, allows=False, when=when, says=says, **({"at_the_door": when} | door))


def allow(code: str, when: Condition, says: str, **door: Condition | None) -> Step:
    return Step(code=code, allows=True, when=when, says=says, **({"at_the_door": when} | door))


Law = tuple[Step, ...]

# ------------------------------------------------------------------------------------------------ facts

_DAY = '{x}.start <= %(law_today)s AND ({x}."end" IS NULL OR {x}."end" >= %(law_today)s)'
_NOT_ENDED = "({x}.ended_at IS NULL OR {x}.ended_at > %(law_now)s)"
_SINCE = "{x}.since <= %(law_now)s AND ({x}.until IS NULL OR {x}.until > %(law_now)s)"


def _held(alias: str, *parts: str) -> str:
    return " AND ".join(part.replace("{x}", alias) for part in parts)


LINK = Source(table="access_care_team_membership", alias="m", column="patient_id", held=_held("m", _DAY, _NOT_ENDED))
WISH = Source(
    table="access_wish", alias="w", column="patient_id",
    held=_held("w", _SINCE, "({x}.withdrawn_at IS NULL OR {x}.withdrawn_at > %(law_now)s)"),
)  # fmt: skip
MARK = Source(
    table="access_document_mark", alias="k", column="document_id",
    held=_held("k", _SINCE, "({x}.lifted_at IS NULL OR {x}.lifted_at > %(law_now)s)"),
)  # fmt: skip
EMERGENCY = Source(
    table="access_break_glass", alias="g", column="patient_id",
    held=_held("g", _SINCE, "({x}.closed_at IS NULL OR {x}.closed_at > %(law_now)s)"),
)  # fmt: skip
VISITOR = Source(
    table="access_visitor", alias="v", column="patient_id", held="v.is_active AND v.patient_id IS NOT NULL"
)
DELEGATION = Source(table="access_delegation", alias="d", column="patient_id", held=_held("d", _DAY, _NOT_ENDED))
_WORK = "professionals_attachment t WHERE t.structure_id = ANY(%(law_structures)s) AND " + _held("t", _DAY)
_COLLEAGUES = f"SELECT t.professional_id FROM {_WORK}"  # noqa: S608 (constants of this file)
_ME_OR_MY_PLACE = "({x}.professional_id = ANY(%(law_people)s) OR {x}.structure_id = ANY(%(law_structures)s))"

STRONG = Fact(name="strong", level="actor", sql="%(law_strong)s", says="la session a prouvé deux facteurs")
PRACTISING = Fact(
    name="practising", level="actor", sql="%(law_practising)s",
    says="le professionnel est en activité et exerce aujourd’hui dans la structure choisie",
)  # fmt: skip
PURPOSE = Fact(
    name="purpose", level="actor", sql="%(law_purpose)s", says="le motif de l’accès est admis pour cette personne"
)
MEMBER = Fact(
    name="member", level="patient", source=LINK, sql="m.basis <> 'auteur' AND " + _ME_OR_MY_PLACE.replace("{x}", "m"),
    says="l’équipe de soins du patient comprend ce professionnel, sa structure ou la personne qu’il remplace",
)  # fmt: skip
TREATING = Fact(
    name="treating", level="patient", source=LINK,
    sql="m.basis = 'medecin_traitant' AND m.professional_id = ANY(%(law_people)s)",
    says="il est le médecin traitant déclaré, ou le remplace",
)  # fmt: skip
AUTHORED = Fact(
    name="authored", level="patient", source=LINK,
    sql="m.basis = 'auteur' AND m.professional_id = %(law_professional)s",
    says="il est l’auteur d’un document du dossier",
)  # fmt: skip
CONSENTED = Fact(
    name="consented", level="patient", source=WISH,
    sql="w.kind = 'consentement' AND " + _ME_OR_MY_PLACE.replace("{x}", "w"),
    says="le patient a consenti à l’accès de ce professionnel ou de sa structure",
)  # fmt: skip
OPPOSED = Fact(
    name="opposed", level="patient", source=WISH,
    sql="(w.kind = 'opposition_tous' OR w.kind = 'opposition_personne' AND w.professional_id = %(law_professional)s)",
    says="le patient s’oppose à tout partage, ou à l’accès de ce professionnel",
)  # fmt: skip
GLASS = Fact(
    name="glass", level="patient", source=EMERGENCY, sql="g.professional_id = %(law_professional)s",
    says="il a ouvert un bris de glace en cours sur ce dossier",
)  # fmt: skip
ONESELF = Fact(
    name="oneself", level="patient", source=VISITOR, sql="v.id = %(law_visitor)s", says="la personne est le patient"
)
REPRESENTS = Fact(
    name="represents", level="patient", source=DELEGATION, sql="d.visitor_id = %(law_visitor)s",
    says="la personne représente le patient (parent, tuteur, aidant désigné)",
)  # fmt: skip

AUTHOR = Fact(
    name="author", level="document", sql="COALESCE({row}.author_professional_id = %(law_professional)s, false)",
    says="il est l’auteur du document",
)  # fmt: skip
IN_MATRIX = Fact(
    name="in_matrix", level="document", sql="get_bit(%(law_types)s::varbit, {row}.type_bit) = 1",
    says="la matrice d’habilitation ouvre ce type de document à sa profession",
)  # fmt: skip
IN_MATRIX_WITH_CONSENT = Fact(
    name="in_matrix_with_consent", level="document",
    sql="get_bit(%(law_types_with_consent)s::varbit, {row}.type_bit) = 1",
    says="la matrice ouvre ce type de document à sa profession une fois le consentement recueilli",
)  # fmt: skip
NORMAL = Fact(
    name="normal",
    level="document",
    sql="{row}.confidentiality = 'N'",
    says="le document est de confidentialité normale (N)",
)
RESTRICTED = Fact(
    name="restricted",
    level="document",
    sql="{row}.confidentiality = 'R'",
    says="le document est de confidentialité restreinte (R)",
)
COLLEAGUE = Fact(
    name="colleague", level="document",
    sql="COALESCE({row}.author_professional_id IN (" + _COLLEAGUES + "), false)",
    says="l’auteur exerce dans sa structure",
)  # fmt: skip
MASKED = Fact(
    name="masked", level="mark", source=MARK, sql="k.kind = 'masque_ps'",
    says="le patient a masqué le document aux professionnels",
)  # fmt: skip
HIDDEN = Fact(
    name="hidden", level="mark", source=MARK, sql="k.kind = 'invisible_patient'",
    says="le document attend la consultation d’annonce",
)  # fmt: skip
SECRET = Fact(
    name="secret", level="mark", source=MARK, sql="k.kind = 'invisible_representants'",
    says="le mineur s’est opposé à ce que ses représentants voient ce document",
)  # fmt: skip
NAMED = Fact(
    name="named", level="mark", source=MARK,
    sql="k.kind = 'accord_nominatif' AND k.professional_id = %(law_professional)s",
    says="le document a été ouvert nommément à ce professionnel",
)  # fmt: skip

ACTOR_FACTS = (STRONG, PRACTISING, PURPOSE)
PATIENT_FACTS = (MEMBER, TREATING, AUTHORED, CONSENTED, OPPOSED, GLASS, ONESELF, REPRESENTS)
MARKS = (MASKED, HIDDEN, SECRET, NAMED)
DOCUMENT_FACTS = (AUTHOR, IN_MATRIX, IN_MATRIX_WITH_CONSENT, NORMAL, RESTRICTED, COLLEAGUE)
FACTS = {fact.name: fact for fact in (*ACTOR_FACTS, *PATIENT_FACTS, *MARKS, *DOCUMENT_FACTS)}

# ------------------------------------------------------------------------------------------------ the law

PROFESSIONAL: Law = (
    refuse("A01", ~STRONG, "La session n’a pas prouvé deux facteurs d’authentification."),
    refuse("A02", ~PRACTISING, "Le professionnel n’est pas en activité dans la structure choisie."),
    allow("auteur", AUTHOR, "L’auteur lit toujours ce qu’il a écrit.", at_the_door=AUTHORED),
    refuse("A03", OPPOSED | MASKED, "Le patient s’est opposé à cet accès.", at_the_door=OPPOSED),
    refuse("A04", ~(MEMBER | CONSENTED | GLASS), "Aucun lien de soins ni consentement en cours."),
    refuse(
        "A05", ~(GLASS | IN_MATRIX | (CONSENTED & IN_MATRIX_WITH_CONSENT)),
        "La matrice d’habilitation n’ouvre pas ce type de document à cette profession.", at_the_door=None,
    ),
    refuse(
        "A06", ~NORMAL & ~(TREATING | NAMED | (RESTRICTED & COLLEAGUE)),
        "La confidentialité du document (restreinte ou très restreinte) ne l’ouvre pas à cette personne.",
        at_the_door=None,
    ),
    refuse("A08", ~PURPOSE, "Le motif de l’accès n’est pas admis."),
    allow("ouvert", TRUE, "Le document est nécessaire à la coordination ou à la continuité des soins."),
)  # fmt: skip
DOOR: Law = (
    refuse("A01", ~STRONG, "La session n’a pas prouvé deux facteurs d’authentification."),
    refuse("A04", ~(ONESELF | REPRESENTS), "Ce dossier n’est pas celui de la personne ni de qui elle représente."),
    refuse("A07", SECRET & ~ONESELF, "Le mineur a demandé le secret.", at_the_door=None),
    refuse("A09", HIDDEN, "Le document attend la consultation d’annonce.", at_the_door=None),
    refuse("A08", ~PURPOSE, "Le motif de l’accès n’est pas admis."),
    allow("patient", TRUE, "Chacun lit son dossier (CSP L1111-7)."),
)
# A partner's software that asks by itself, in the name of a structure (OAuth2 client credentials): nobody says who will
# read behind it. It holds the structure's links, never a person's; the matrix is that of the profession which its
# registration names; what is confidential (R, V) asks for somebody who signs in.
PARTNER: Law = (
    refuse("A01", ~STRONG, "Le logiciel n’a pas prouvé son identité."),
    refuse("A02", ~PRACTISING, "L’habilitation du logiciel n’est pas en vigueur pour cette structure."),
    refuse("A03", OPPOSED | MASKED, "Le patient s’est opposé à cet accès.", at_the_door=OPPOSED),
    refuse("A04", ~(MEMBER | CONSENTED), "La structure n’a ni lien de soins ni consentement en cours."),
    refuse(
        "A05", ~(IN_MATRIX | (CONSENTED & IN_MATRIX_WITH_CONSENT)),
        "La matrice d’habilitation n’ouvre pas ce type de document à la profession déclarée.", at_the_door=None,
    ),
    refuse("A06", ~NORMAL, "Un document restreint ne s’ouvre qu’à une personne connectée.", at_the_door=None),
    refuse("A08", ~PURPOSE, "Le motif de l’accès n’est pas admis."),
    allow("ouvert", TRUE, "Le document est nécessaire à la coordination ou à la continuité des soins."),
)  # fmt: skip
MACHINE: Law = (allow("machine", TRUE, "Un programme de la maison, pour le motif qu’il nomme."),)

LAWS: dict[str, Law] = {
    "professional": PROFESSIONAL,
    "patient": DOOR,
    "representative": DOOR,
    "partner": PARTNER,
    "machine": MACHINE,
}

# ------------------------------------------------------------------------------------------------ reading a law

Known = Mapping[str, bool]
Leaf = Callable[[Fact], str]


def allowed(law: Law) -> Condition:
    """The whole list as one condition on a document."""
    return _first_match([(step, step.when) for step in law])


def opening(law: Law) -> Condition:
    """The whole list as one condition on a patient: is there anything to open?"""
    return _first_match([(step, step.at_the_door) for step in law if step.at_the_door is not None])


def _first_match(steps: list[tuple[Step, Condition]]) -> Condition:
    """From the last step up: « if it holds, that is the answer, else the rest »."""
    rest: Condition = FALSE
    for step, condition in reversed(steps):
        rest = condition | rest if step.allows else ~condition & rest
    return rest


def folded(condition: Condition, known: Known) -> Condition:
    """The condition once some facts are known: what is decided disappears from it."""
    if isinstance(condition, Fact):
        return Constant(known[condition.name]) if condition.name in known else condition
    if isinstance(condition, Not):
        return ~folded(condition.of, known)
    if isinstance(condition, And):
        return folded(condition.left, known) & folded(condition.right, known)
    if isinstance(condition, Or):
        return folded(condition.left, known) | folded(condition.right, known)
    return condition


def text(condition: Condition, leaf: Leaf) -> str:
    """The condition in SQL, each fact written by `leaf`."""
    if isinstance(condition, Fact):
        return leaf(condition)
    if isinstance(condition, Not):
        return f"NOT {_enclosed(condition.of, leaf)}"
    if isinstance(condition, And):
        return f"({text(condition.left, leaf)} AND {text(condition.right, leaf)})"
    if isinstance(condition, Or):
        return f"({text(condition.left, leaf)} OR {text(condition.right, leaf)})"
    return "true" if condition == TRUE else "false"


def _enclosed(condition: Condition, leaf: Leaf) -> str:
    written = text(condition, leaf)
    return written if written.startswith("(") and not isinstance(condition, Fact) else f"({written})"


def deciding(law: Law, leaf: Leaf, *, at_the_door: bool = False) -> str:
    """The code of the step that decides, in SQL."""
    cases = [
        f"WHEN {text(condition, leaf)} THEN '{step.code}'"
        for step, condition in ((step, step.at_the_door if at_the_door else step.when) for step in law)
        if condition is not None
    ]
    return f"CASE {' '.join(cases)} END"


def step_of(law: Law, code: str) -> Step:
    return next(step for step in law if step.code == code)


def facts_of(law: Law) -> tuple[Fact, ...]:
    """Every fact that the law asks for, once, in the order of its steps."""
    found: dict[Fact, None] = {}
    for step in law:
        for condition in (step.when, step.at_the_door or TRUE):
            found |= dict.fromkeys(_facts_in(condition))
    return tuple(found)


def _facts_in(condition: Condition) -> list[Fact]:
    if isinstance(condition, Fact):
        return [condition]
    if isinstance(condition, Not):
        return _facts_in(condition.of)
    if isinstance(condition, (And, Or)):
        return _facts_in(condition.left) + _facts_in(condition.right)
    return []


def in_set_form(fact: Fact, row: str, *, patient: str = "patient_id", document: str = "document_id") -> str:
    """The fact over any row. Without NULL: a fact holds or does not."""
    if fact.source is None:
        return fact.sql.replace("{row}", row)
    column = patient if fact.level == "patient" else document
    return f"COALESCE({row}.{column} IN ({fact.rows}), false)"


def over_rows(condition: Condition, row: str, *, patient: str = "patient_id", document: str = "document_id") -> str:
    """The condition over rows of any patient, in SQL."""
    return text(condition, lambda fact: in_set_form(fact, row, patient=patient, document=document))


def of_one_patient(fact: Fact, patient: str) -> str:
    """A fact about one patient, asked alone."""
    assert fact.source
    return f"EXISTS ({fact.rows} AND {fact.source.alias}.patient_id = {patient})"


def held_of_one_patient(source: Source, patient: str) -> str:
    """The source's rows of one patient, read once for all the facts that they make true."""
    return f"SELECT * FROM {source.table} {source.alias} WHERE {source.alias}.patient_id = {patient} AND {source.held}"  # noqa: S608


def among_those_held(fact: Fact) -> str:
    """A fact about that patient: EXISTS, or for marks the array of the documents."""
    assert fact.source
    found = f"{fact.source.table}_held {fact.source.alias} WHERE {fact.sql}"
    if fact.level == "mark":
        return f"ARRAY(SELECT {fact.source.alias}.document_id FROM {found})"  # noqa: S608
    return f"EXISTS (SELECT 1 FROM {found})"  # noqa: S608


def parameter_types() -> dict[str, Any]:
    """Every parameter of the law, with its SQL type (for the wall, which reads them as settings)."""
    return {
        "law_strong": "boolean",
        "law_practising": "boolean",
        "law_purpose": "boolean",
        "law_professional": "bigint",
        "law_people": "bigint[]",
        "law_structures": "bigint[]",
        "law_visitor": "bigint",
        "law_today": "date",
        "law_now": "timestamptz",
        "law_types": "varbit",
        "law_types_with_consent": "varbit",
    }


# ------------------------------------------------------------------------------------------------ asked in plain Python


def holds(condition: Condition, known: Known) -> bool:
    """The reference that the SQL is held to. Every fact of the condition must be known."""
    answer = folded(condition, known)
    if not isinstance(answer, Constant):
        raise LookupError("a fact that the condition asks for is not known")
    return answer.holds


def decide(law: Law, known: Known, *, at_the_door: bool = False) -> Step:
    """The first step whose condition holds."""
    steps = ((step, step.at_the_door if at_the_door else step.when) for step in law)
    return next(step for step, condition in steps if condition is not None and holds(condition, known))
