"""What a document says of its patient beside what the record says, trait by trait."""

from __future__ import annotations

from dataclasses import dataclass

from maillon.formats.document import PatientTraits
from maillon.patients import api as patients
from maillon.web.wording import day, matricule, sex


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`differs` only where both sides say something: a silence contradicts nothing."""

    trait: str
    said: str
    known: str
    differs: bool


def said(traits: PatientTraits) -> list[tuple[str, str]]:
    """What the document says, in the order of the comparison."""
    return [
        ("Nom de naissance", traits.birth_family_name or ""),
        ("Premier prénom de naissance", traits.first_birth_given_name or _first(traits.birth_given_names)),
        ("Prénoms de naissance", traits.birth_given_names or ""),
        ("Nom utilisé", traits.used_family_name or ""),
        ("Date de naissance", day(traits.birth_date)),
        ("Sexe", sex(traits.sex) if traits.sex else ""),
        ("Matricule INS", matricule(traits.ins)),
    ]


def differences(traits: PatientTraits, line: patients.PatientLine) -> list[Difference]:
    known = (
        line.birth_family_name,
        line.first_birth_given_name,
        line.birth_given_names,
        line.used_family_name,
        day(line.birth_date),
        sex(line.sex),
        matricule(line.ins),
    )
    return [
        Difference(trait=trait, said=one, known=other, differs=bool(one and other) and not _agree(trait, one, other))
        for (trait, one), other in zip(said(traits), known, strict=True)
    ]


def _agree(trait: str, said: str, known: str) -> bool:
    """Accents, hyphens and case separate nobody (RNIV); a date without its day agrees with every day of its month."""
    if trait == "Date de naissance":
        return known.endswith(said)
    return patients.fold(said) == patients.fold(known)


def _first(names: str | None) -> str:
    return (names or "").split(" ")[0]
