"""The law put to work: its parameters for an actor, its predicate within a key and across patients.

A predicate is an SQL text over a row that has `patient_id`, a document number, `type_bit`, `confidentiality` and
`author_professional_id`, with named parameters `law_…`; or the same as a Django expression, `Visible` and `Opens`.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import Expression

from maillon.access import law, matrix
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, Facts, Purpose, StructureId
from maillon.patients.api import Patient

ADMINISTRATIVE_ROLES = frozenset({"331", "332"})  # secretary, medical assistant: never « for care »
COORDINATORS = frozenset({"330"})
_OF_CARE = frozenset({Purpose.CARE, Purpose.COORDINATION, Purpose.ADMINISTRATIVE, Purpose.QUALITY})
_OF_COORDINATION = frozenset({Purpose.COORDINATION, Purpose.ADMINISTRATIVE})
_OF_PARTNERS = frozenset({Purpose.CARE, Purpose.COORDINATION})


def admits(actor: Actor, purpose: Purpose) -> bool:
    """CSP L1110-4 and L1111-18: soin, coordination, qualité interne, administratif; each role its own."""
    if actor.kind == "partner":
        return purpose in _OF_PARTNERS
    if actor.kind != "professional":
        return purpose is (Purpose.INTAKE if actor.kind == "machine" else Purpose.PERSONAL)
    if actor.profession_code in ADMINISTRATIVE_ROLES:
        return purpose is Purpose.ADMINISTRATIVE
    return purpose in (_OF_COORDINATION if actor.profession_code in COORDINATORS else _OF_CARE)


def usual_purpose(actor: Actor) -> Purpose:
    """What the actor comes for when nothing else is said."""
    if actor.kind == "partner":
        return Purpose.COORDINATION
    if actor.kind != "professional":
        return Purpose.INTAKE if actor.kind == "machine" else Purpose.PERSONAL
    if actor.profession_code in ADMINISTRATIVE_ROLES:
        return Purpose.ADMINISTRATIVE
    return Purpose.COORDINATION if actor.profession_code in COORDINATORS else Purpose.CARE


def governed(actor: Actor) -> tuple[StructureId, ...]:
    """Where an administrator or a referent is one: the structure that named them, from where they act, as long as they
    work there. A day at another's gives no right on it."""
    return (actor.structure_id,) if actor.structure_id is not None and is_practising(actor) else ()


def is_practising(actor: Actor) -> bool:
    return actor.structure_id is not None and actor.structure_id in actor.structure_ids


def administers(actor: Actor) -> bool:
    """Of the whole installation: what is refused may have no structure to blame. Whoever has left repairs nothing."""
    return actor.is_administrator and is_practising(actor)


def parameters_of(actor: Actor, *, purpose: Purpose | None = None) -> dict[str, Any]:
    """The law's parameters for this actor, now."""
    today = clock.today()
    return {
        "law_strong": actor.assurance >= 2,
        "law_practising": is_practising(actor),
        "law_purpose": admits(actor, purpose or usual_purpose(actor)),
        "law_professional": actor.professional_id,
        "law_people": [actor.professional_id, *actor.replaces] if actor.professional_id is not None else [],
        "law_structures": list(actor.structure_ids),
        "law_visitor": actor.visitor_id,
        "law_today": today,
        "law_now": clock.wall(),
        "law_types": matrix.readable(actor.profession_code, on=today),
        "law_types_with_consent": matrix.readable(actor.profession_code, on=today, with_consent=True),
    }


def _known_of(actor: Actor, purpose: Purpose) -> dict[str, bool]:
    return {
        "strong": actor.assurance >= 2,
        "practising": is_practising(actor),
        "purpose": admits(actor, purpose),
    }


# ------------------------------------------------------------------------------------------------ within a key


def within(access: Access, row: str, *, document: str = "document_id") -> tuple[str, dict[str, Any]]:
    """The predicate on rows of the record that the key opens, and its parameters. The record itself is the caller's
    own condition (`patient_id = …`), which the text repeats all the same."""
    facts = access.facts
    known = tuple(sorted((_known_of(access.actor, access.purpose) | _known_facts(facts)).items()))
    written = _within_text(access.actor.kind, known, row, document)
    parameters = parameters_of(access.actor, purpose=access.purpose) | {
        "law_patient": access.patient_id,
        **{f"law_{name}": list(getattr(facts, name)) for name in ("masked", "hidden", "secret", "named")},
    }
    return written, {name: parameters[name] for name in _names(written)}


def _known_facts(facts: Facts) -> dict[str, bool]:
    """Those about the patient; and the marks that no document of the record bears."""
    about = {fact.name: getattr(facts, fact.name) for fact in law.PATIENT_FACTS if hasattr(facts, fact.name)}
    return about | {mark.name: False for mark in law.MARKS if not getattr(facts, mark.name)}


@functools.lru_cache(maxsize=1000)
def _within_text(kind: str, known: tuple[tuple[str, bool], ...], row: str, document: str) -> str:
    condition = law.folded(law.allowed(law.LAWS[kind]), dict(known))

    def leaf(fact: law.Fact) -> str:
        if fact.level == "mark":
            return f"COALESCE({row}.{document} = ANY(%(law_{fact.name})s), false)"
        return fact.sql.replace("{row}", row)

    return f"({row}.patient_id = %(law_patient)s AND {law.text(condition, leaf)})"


# The marks that a document bears now, whoever reads: an array, in the order of the alphabet. Not that of « opened to
# one by name », which is about a person. `moment` gives its parameter.
MARKS_OF = f"""ARRAY(SELECT DISTINCT k.kind FROM access_document_mark k
  WHERE k.document_id = {{document}} AND k.kind <> 'accord_nominatif' AND {law.MARK.held} ORDER BY k.kind)"""  # noqa: S608 (constants)


def moment() -> dict[str, Any]:
    return {"law_now": clock.wall()}


# ------------------------------------------------------------------------------------------------ across patients

# A machine opens one record at a time, for a reason that it names: it lists nobody.
_LISTING = law.LAWS | {"machine": (law.refuse("A04", law.TRUE, "Un programme ne liste personne."),)}


def across(
    actor: Actor, row: str, *, document: str = "document_id", purpose: Purpose | None = None
) -> tuple[str, dict[str, Any]]:
    """The predicate on rows of any record, in set form."""
    known = tuple(sorted(_known_of(actor, purpose or usual_purpose(actor)).items()))
    written = _across_text(actor.kind, known, row, document)
    parameters = parameters_of(actor, purpose=purpose)
    return written, {name: parameters[name] for name in _names(written)}


@functools.lru_cache(maxsize=1000)
def _across_text(kind: str, known: tuple[tuple[str, bool], ...], row: str, document: str) -> str:
    condition = law.folded(law.allowed(_LISTING[kind]), dict(known))
    return law.over_rows(condition, row, document=document)


def opens(actor: Actor, row: str, *, patient: str = "id", purpose: Purpose | None = None) -> tuple[str, dict[str, Any]]:
    """The predicate on patients: is there a record to open?"""
    known = tuple(sorted(_known_of(actor, purpose or usual_purpose(actor)).items()))
    written = _opens_text(actor.kind, known, row, patient)
    parameters = parameters_of(actor, purpose=purpose)
    return written, {name: parameters[name] for name in _names(written)}


@functools.lru_cache(maxsize=1000)
def _opens_text(kind: str, known: tuple[tuple[str, bool], ...], row: str, patient: str) -> str:
    condition = law.folded(law.opening(_LISTING[kind]), dict(known))
    return law.over_rows(condition, row, patient=patient)


# ------------------------------------------------------------------------------------------------ for Django


class _Predicate(Expression):
    """An SQL condition over the row that the query set is about; to be given to `filter`."""

    conditional = True

    def __init__(self) -> None:
        super().__init__(output_field=BooleanField())

    def written(self, row: str) -> tuple[str, dict[str, Any]]:
        raise NotImplementedError

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        written, parameters = self.written(compiler.quote_name_unless_alias(compiler.query.get_initial_alias()))
        names = _names(written)
        return _PARAMETER.sub("%s", written), [parameters[name] for name in names]

    def get_source_expressions(self) -> list[Any]:
        return []


class VisibleWithin(_Predicate):
    """Rows of documents that the key opens."""

    def __init__(self, access: Access, *, document: str = "document_id") -> None:
        super().__init__()
        self.access, self.document = access, document

    def written(self, row: str) -> tuple[str, dict[str, Any]]:
        return within(self.access, row, document=self.document)


class VisibleTo(_Predicate):
    """Rows of documents that the actor may read, whoever the patient."""

    def __init__(self, actor: Actor, *, document: str = "document_id") -> None:
        super().__init__()
        self.actor, self.document = actor, document

    def written(self, row: str) -> tuple[str, dict[str, Any]]:
        return across(self.actor, row, document=self.document)


class OpensTo(_Predicate):
    """Patients of whom the actor may open something."""

    def __init__(self, actor: Actor) -> None:
        super().__init__()
        self.actor = actor

    def written(self, row: str) -> tuple[str, dict[str, Any]]:
        return opens(self.actor, row)


def visible_patients(actor: Actor) -> QuerySet[Patient]:
    """Whoever the actor may open, in set form: the same rule for lists, counts and search."""
    return Patient.objects.filter(OpensTo(actor), merged_into__isnull=True)


_PARAMETER = re.compile(r"%\((law_\w+)\)s")


def _names(written: str) -> list[str]:
    return _PARAMETER.findall(written)
