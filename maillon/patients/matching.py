"""Whose document is this? Pure: what the document claims, whom the base knows, a verdict with its reasons.

RNIV: the matricule with its OID, and the five strict traits (birth family name, birth given names, birth date, sex,
birth place). Three invariants: a doubt names nobody; a « found » contradicts no strict trait; a local identifier never
decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from maillon.formats.document import PatientTraits
from maillon.kernel.key import PatientId
from maillon.patients import dates, ins, names
from maillon.patients.dates import PartialDate
from maillon.patients.names import Given, Likeness
from maillon.patients.reason import Reason

UNKNOWN_PLACES: Final = frozenset(("", "99999"))  # COG: birth place unknown

INSUFFICIENT: Final = Reason(
    "E-IDV-01",
    "Les traits du document ne suffisent pas (nom et prénom de naissance, date de naissance complète, sexe).",
)
MATRICULE_CONTRADICTED: Final = Reason(
    "E-IDV-02", "Le matricule INS est celui d’un patient connu, mais les traits du document ne sont pas les siens."
)
MATRICULE_UNCONFIRMED: Final = Reason(
    "E-IDV-03",
    "Le matricule INS est celui d’un patient connu, mais le document ne donne pas assez de traits pour le confirmer.",
)
OTHER_MATRICULE: Final = Reason("E-IDV-04", "Un patient a les mêmes traits, mais un autre matricule INS.")
SEVERAL: Final = Reason("E-IDV-05", "Plusieurs patients peuvent correspondre.")
ALIKE: Final = Reason(
    "E-IDV-06",
    "Un patient ressemble beaucoup à celui du document\u202f: faute de frappe, date inversée ou nom utilisé\u202f?",
)
INCOMPLETE: Final = Reason(
    "E-IDV-07", "Un patient a les mêmes traits, mais le sexe ou le lieu de naissance manque pour conclure."
)
HOMONYM: Final = Reason(
    "E-IDV-08", "Un patient possible est signalé comme homonyme\u202f: seul le matricule INS peut conclure."
)
DOUBTFUL: Final = Reason("E-IDV-09", "L’identité d’un patient possible est déclarée douteuse ou fictive.")
LOCAL_ELSEWHERE: Final = Reason("E-IDV-10", "L’identifiant local du document désigne un patient qui a d’autres traits.")
BY_MATRICULE: Final = Reason("I-IDV-01", "Matricule INS et traits identiques.")
BY_TRAITS: Final = Reason("I-IDV-02", "Les cinq traits stricts sont ceux d’un seul patient.")
BY_LOCAL: Final = Reason("I-IDV-03", "Traits identiques, confirmés par un identifiant local déjà connu.")


class Matricule(NamedTuple):
    value: str
    oid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """`patient_id` is given by « found » alone; `candidates` are for the person who will decide."""

    verdict: Literal["found", "new", "doubt"]
    patient_id: PatientId | None = None
    candidates: tuple[PatientId, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a document says of its patient, folded for comparison. An absent trait is empty or None."""

    matricule: Matricule | None
    family: str
    used_family: str
    given: Given
    used_given: str
    birth_date: PartialDate | None
    sex: str
    place: str
    local_ids: frozenset[tuple[str, str]]

    @property
    def is_sufficient(self) -> bool:
        """Enough strict traits to create an identity without a person (the birth place may be missing)."""
        whole_date = self.birth_date is not None and self.birth_date.is_whole
        return bool(self.family and self.given.longest and self.sex) and whole_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One living patient of the base, in the same shape."""

    id: PatientId
    matricule: Matricule | None
    received: frozenset[Matricule]  # matricules « reçus, non vérifiés »
    family: str
    used_family: str
    given: Given
    used_given: str
    birth_date: dt.date
    sex: str
    place: str
    is_homonym: bool
    is_suspect: bool  # doubtful or fictitious
    shares_local_id: bool

    def bears(self, matricule: Matricule) -> Likeness:
        """The verified matricule prevails over those received."""
        if self.matricule is not None:
            return "same" if self.matricule == matricule else "different"
        if not self.received:
            return "unknown"
        return "same" if matricule in self.received else "different"


class Comparison(NamedTuple):
    known: Known
    matricule: Likeness
    family: Likeness
    given: Likeness
    birth_date: Likeness
    sex: Likeness
    place: Likeness

    @property
    def strict(self) -> tuple[Likeness, ...]:
        return self.family, self.given, self.birth_date, self.sex, self.place

    @property
    def contradicts(self) -> bool:
        return any(each in ("near", "different") for each in self.strict)

    @property
    def is_exact(self) -> bool:
        return all(each == "same" for each in self.strict)

    @property
    def has_same_core(self) -> bool:
        """The three traits that no document may lack, and nothing against the two others."""
        return self.strict[:3] == ("same", "same", "same") and not self.contradicts


def claim(traits: PatientTraits) -> Claim:
    return Claim(
        matricule=_matricule(traits),
        family=names.fold(traits.birth_family_name or ""),
        used_family=names.fold(traits.used_family_name or ""),
        given=names.folded_given(traits.first_birth_given_name, traits.birth_given_names),
        used_given=names.fold(traits.used_given_name or ""),
        birth_date=dates.read(traits.birth_date),
        sex=traits.sex if traits.sex in ("F", "M") else "",
        place=known_place(traits.birth_place_code),
        local_ids=frozenset(
            (each.root, each.extension) for each in traits.local_ids if each.extension and each.root not in ins.OIDS
        ),
    )


def known_place(code: str | None) -> str:
    place = (code or "").strip().upper()
    return "" if place in UNKNOWN_PLACES else place


def _matricule(traits: PatientTraits) -> Matricule | None:
    value = ins.squeezed(traits.ins)
    return Matricule(value, traits.ins_oid) if value and traits.ins_oid in ins.OIDS else None


def decide_on_matricule(asked: Claim, bearers: Sequence[Known]) -> Match | None:
    """Of the patients who bear the matricule, by right or as received. None when nobody does: traits then decide."""
    if not bearers:
        return None
    compared = [compare(asked, each) for each in bearers]
    if len(bearers) > 1:
        return _doubt(compared, SEVERAL)
    (only,) = compared
    if only.known.is_suspect:
        return _doubt(compared, DOUBTFUL)
    if only.matricule != "same" or only.contradicts:
        return _doubt(compared, MATRICULE_CONTRADICTED)
    if not only.has_same_core:
        return _doubt(compared, MATRICULE_UNCONFIRMED)
    return Match(verdict="found", patient_id=only.known.id, reasons=(BY_MATRICULE,))


def decide_on_traits(asked: Claim, candidates: Iterable[Known]) -> Match:
    """When no matricule decides: who is the same, who could be, who looks like it."""
    possible = [each for each in (compare(asked, known) for known in candidates) if is_possible(asked, each)]
    certain = [each for each in possible if each.is_exact or _is_confirmed(each)]
    rivals = [each for each in possible if each not in certain and not each.contradicts]
    if len(certain) == 1 and not rivals and not _objections(certain[0]) and not _elsewhere(certain[0], possible):
        return Match(
            verdict="found",
            patient_id=certain[0].known.id,
            reasons=(BY_TRAITS if certain[0].is_exact else BY_LOCAL,),
        )
    if possible:
        return _doubt(possible, *_reasons(asked, possible))
    return Match(verdict="new") if asked.is_sufficient else _doubt((), INSUFFICIENT)


def compare(asked: Claim, known: Known) -> Comparison:
    return Comparison(
        known=known,
        matricule=known.bears(asked.matricule) if asked.matricule else "unknown",
        family=names.family_likeness(asked.family, known.family),
        given=names.given_likeness(asked.given, known.given),
        birth_date=dates.likeness(asked.birth_date, known.birth_date),
        sex=_equality(asked.sex, known.sex if known.sex in ("F", "M") else ""),
        place=_equality(asked.place, known_place(known.place)),
    )


def is_possible(asked: Claim, compared: Comparison) -> bool:
    """Could a person hesitate? Traits that agree, or that differ as typing errors and names of use differ."""
    if compared.known.shares_local_id or not compared.contradicts:
        return compared.known.shares_local_id or _says_something(compared)
    family, given = _names_as_used(asked, compared)
    if compared.birth_date in ("same", "unknown"):
        alike = family != "different" and given != "different"
        return alike or _is_inverted(asked, compared.known) or _may_have_changed_name(compared)
    if compared.birth_date == "near":
        return _date_may_be_mistyped(asked, compared, (family, given))
    return False


def _says_something(compared: Comparison) -> bool:
    """A document that gives neither name nor date resembles nobody."""
    return compared.strict[:3].count("unknown") <= 1


def _names_as_used(asked: Claim, compared: Comparison) -> tuple[Likeness, Likeness]:
    """The family and given likeness, once the names of use are allowed to stand for those of birth."""
    known = compared.known
    family, given = compared.family, compared.given
    if family == "different" and _shares(known.family, known.used_family, asked.family, asked.used_family):
        family = "near"
    if given == "different" and _shares(known.given.first, known.used_given, asked.given.first, asked.used_given):
        given = "near"
    return family, given


def _shares(known: str, known_used: str, asked: str, asked_used: str) -> bool:
    """One side's name of use is the other side's birth name, or both use the same name."""
    pairs = ((known_used, asked), (known, asked_used), (known_used, asked_used))
    return any(one and other and (one == other or names.is_part(one, other)) for one, other in pairs)


def _is_inverted(asked: Claim, known: Known) -> bool:
    """Family name written in the place of the given name, and conversely."""
    return (
        bool(asked.family)
        and asked.family in (known.given.first, known.given.all)
        and known.family
        in (
            asked.given.first,
            asked.given.all,
        )
    )


def _may_have_changed_name(compared: Comparison) -> bool:
    """Everything is the same but the family name: a married name taken for a birth name."""
    return compared.strict[1:] == ("same", "same", "same", "same")


def _date_may_be_mistyped(asked: Claim, compared: Comparison, likeness: tuple[Likeness, Likeness]) -> bool:
    """A date error alone makes people alike only when nothing else differs: homonyms are many."""
    if "different" in (compared.sex, compared.place) or asked.birth_date is None:
        return False
    inverted = dates.is_swapped(asked.birth_date.completed(), compared.known.birth_date)
    return likeness == ("same", "same") or (inverted and likeness in (("same", "near"), ("near", "same")))


def _is_confirmed(compared: Comparison) -> bool:
    """Only the birth place is missing, and a local identifier already known for these traits confirms them."""
    return (
        compared.strict == ("same", "same", "same", "same", "unknown")
        and compared.known.shares_local_id
        and compared.matricule != "different"
    )


def _objections(compared: Comparison) -> list[Reason]:
    objections = []
    if compared.matricule == "different":
        objections.append(OTHER_MATRICULE)
    if compared.known.is_homonym:
        objections.append(HOMONYM)
    if compared.known.is_suspect:
        objections.append(DOUBTFUL)
    return objections


def _elsewhere(chosen: Comparison, possible: Sequence[Comparison]) -> bool:
    return any(each.known.shares_local_id and each is not chosen for each in possible)


def _reasons(asked: Claim, possible: Sequence[Comparison]) -> list[Reason]:
    agreeing = [each for each in possible if not each.contradicts]
    reasons = [reason for each in agreeing for reason in _objections(each)]
    if len(agreeing) > 1:
        reasons.append(SEVERAL)
    if any(not each.is_exact for each in agreeing):
        reasons.append(INCOMPLETE)
    if any(each.contradicts and not each.known.shares_local_id for each in possible):
        reasons.append(ALIKE)
    if any(each.contradicts and each.known.shares_local_id for each in possible):
        reasons.append(LOCAL_ELSEWHERE)
    if not asked.is_sufficient:
        reasons.append(INSUFFICIENT)
    return reasons or [SEVERAL]


def _doubt(compared: Sequence[Comparison], *reasons: Reason) -> Match:
    """Candidates from the likeliest."""
    ordered = sorted(
        compared, key=lambda each: (-each.strict.count("same"), each.strict.count("different"), each.known.id)
    )
    return Match(
        verdict="doubt",
        candidates=tuple(each.known.id for each in ordered[:10]),
        reasons=tuple(dict.fromkeys(reasons)),
    )


def _equality(left: str, right: str) -> Likeness:
    if not left or not right:
        return "unknown"
    return "same" if left == right else "different"
