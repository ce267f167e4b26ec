"""What a version still lacks, by name: to be read by the team, to be signed, to be in force.

The starred blocks of a protocol (HAS, « Élaboration des protocoles pluriprofessionnels de soins de premier recours »)
are asked for before it is read; signatures and the check of the literature before it is in force.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from maillon.kernel import clock
from maillon.kernel.content import ContentError
from maillon.pathways import checking
from maillon.pathways.definition import Protocol
from maillon.pathways.editing import raw
from maillon.pathways.models import ProtocolSignature, ProtocolVersion
from maillon.pathways.natures import NATURES
from maillon.pathways.states import VersionState
from maillon.professionals import api as professionals

PHYSICIAN: Final = "G15_10"
TO_COMPLETE: Final = "À compléter"  # how a model says that the team writes it
_STARRED: Final = {
    "code": "code",
    "titre": "titre précis",
    "theme": "thème",
    "justification": "justification locale",
    "objectifs": "objectifs mesurables",
    "population": "population",
    "professions": "professions et signataires",
    "etapes": "étapes (qui, quoi, où, quand, comment)",
    "avis_medical": "critères d’avis médical ou de sortie",
    "indicateurs": "indicateurs",
    "bibliographie": "bibliographie datée",
    "information": "information du patient",
    "regle_si": "règle du système d’information",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    code: str
    nature: str
    title: str
    theme: str


def heading_of(text: str) -> Heading:
    """Of a text that may be anything: empty for what it does not say."""
    said = _said(text)
    return Heading(
        code=_line(said, "code", 40), nature=_line(said, "nature", 20), title=_line(said, "titre", 300),
        theme=_line(said, "theme", 200),
    )  # fmt: skip


def professions_named(text: str) -> tuple[str, ...]:
    named = _said(text).get("professions")
    return tuple(each for each in named if isinstance(each, str)) if isinstance(named, list) else ()


# ------------------------------------------------------------------------------------------------ to be read


def lacks_to_be_read(version: ProtocolVersion) -> list[Lack]:
    """Every starred block, every fault, the check of the literature."""
    missing = list(_blocks_missing(_said(version.text)))
    found = checking.look_at(version.text, version.code)
    lacks = [Lack(code="E-PRO-51", message=f"Il manque\u202f: {', '.join(missing)}.")] if missing else []
    if found.protocol is None and missing:
        return lacks  # what is not of its shape says no more than what is missing
    lacks += [Lack(code=fault.code, message=_sentence(fault.message)) for fault in found.faults]
    if found.protocol is not None:
        lacks += _of_the_whole(version, found.protocol)
    return lacks


def _blocks_missing(said: dict[str, raw.Raw]) -> Iterator[str]:
    for key, name in _STARRED.items():
        value = said.get(key)
        if not value or (isinstance(value, str) and (not value.strip() or value.startswith(TO_COMPLETE))):
            yield name
    population = said.get("population")
    if isinstance(population, dict) and not population.get("inclusion"):
        yield "critères d’inclusion"


def _of_the_whole(version: ProtocolVersion, protocol: Protocol) -> Iterator[Lack]:
    if protocol.statut != "local":
        yield Lack(
            code="E-PRO-51", message="Un modèle se copie et s’adapte\u202f: il ne se met pas en vigueur lui-même."
        )
    if NATURES[protocol.nature].measures_all:
        if not protocol.alertes:
            yield Lack(
                code="E-PRO-51", message="Il manque\u202f: seuils d’alerte, avec qui prévenir et sous quel délai."
            )
        idle = [code for code in protocol.professions if not any(code in step.qui for step in protocol.etapes)]
        if idle:
            yield Lack(code="E-PRO-51", message=f"Il manque\u202f: les tâches de {named(idle)}.")
    yield from _literature(version, protocol)


def _literature(version: ProtocolVersion, protocol: Protocol) -> Iterator[Lack]:
    """The dated check of the bibliography is the « relu_le » of this version: not that of the text that it copies."""
    began, today = clock.in_paris(version.created_at).date(), clock.today()
    if not began <= protocol.relu_le <= today:
        yield Lack(
            code="E-PPSPR-07",
            message=f"La bibliographie n’a pas été vérifiée depuis le {began:%d/%m/%Y}, début de cette version\u202f: "
            "relisez-la, puis datez « Contenu et bibliographie vérifiés le ».",
        )
    if protocol.a_revoir_le <= today:
        yield Lack(
            code="E-PPSPR-07", message=f"La date à laquelle revoir le texte ({_day(protocol.a_revoir_le)}) est passée."
        )


def open_objections(version: ProtocolVersion) -> list[Lack]:
    """Blocking comments that nobody has answered."""
    waiting = version.comments.filter(is_blocking=True, answered_at__isnull=True).order_by("at", "id")
    said = [f"{each.by} ({_day(clock.in_paris(each.at).date())})" for each in waiting]
    if not said:
        return []
    count = "Une remarque bloquante attend" if len(said) == 1 else f"{len(said)} remarques bloquantes attendent"
    return [Lack(code="E-PRO-59", message=f"{count} une réponse\u202f: {', '.join(said)}.")]


# ------------------------------------------------------------------------------------------------ to be in force


def lacks_to_be_in_force(version: ProtocolVersion) -> list[Lack]:
    """All of it, by name: signatures first."""
    protocol = checking.parsed(version.text)
    return [
        *_signatures(version, protocol),
        *open_objections(version),
        *_others_in_force(version),
        *_literature(version, protocol),
    ]


def _signatures(version: ProtocolVersion, protocol: Protocol) -> Iterator[Lack]:
    given = list(signatures_of(version))
    approving = [each for each in given if each.is_approval]
    by_profession = {each.profession_code for each in approving}
    missing = [code for code in dict.fromkeys((*protocol.professions, PHYSICIAN)) if code not in by_profession]
    if missing:
        yield Lack(code="E-PPSPR-01", message=f"Il manque la signature de\u202f: {named(missing)}.")
    signers = {each.professional_id for each in approving}
    if signers and signers == {version.pilot_id}:
        yield Lack(
            code="E-PPSPR-01", message="Le pilote ne signe pas seul\u202f: il faut la signature d’une autre personne."
        )
    for each in given:
        if not each.is_approval:
            yield Lack(code="E-PPSPR-01", message=f"{each.name} a refusé ce texte\u202f: {_sentence(each.reason)}")


def signatures_of(version: ProtocolVersion) -> Iterator[ProtocolSignature]:
    """Of the present text: those of a text that has changed since no longer count."""
    if not version.fingerprint:
        return iter(())
    return version.signatures.filter(fingerprint=version.fingerprint).order_by("at", "id").iterator()


def _others_in_force(version: ProtocolVersion) -> Iterator[Lack]:
    others = ProtocolVersion.objects.filter(
        structure_id=version.structure_id, state__in=[VersionState.IN_FORCE, VersionState.SUSPENDED]
    ).exclude(pk=version.pk)
    for each in others.filter(code=version.code, number__gt=version.number):
        yield Lack(
            code="E-PPSPR-04",
            message=f"La version {each.number} de {each.code} est déjà en vigueur\u202f: une seule l’est à la fois.",
        )
    for each in others.filter(theme__iexact=version.theme).exclude(code=version.code):
        yield Lack(
            code="E-PPSPR-09",
            message=f"Le thème « {version.theme} » a déjà un protocole en vigueur\u202f: {each.code}, {each.title}.",
        )


def named(codes: list[str]) -> str:
    return ", ".join(professionals.PROFESSIONS.get(code, code).lower() for code in codes)


def _said(text: str) -> dict[str, raw.Raw]:
    try:
        return raw.values(text)
    except ContentError:
        return {}


def _line(said: dict[str, Any], key: str, longest: int) -> str:
    value = said.get(key)
    return " ".join(value.split())[:longest] if isinstance(value, str) else ""


def _sentence(text: str) -> str:
    said = text.strip()
    return f"{said[:1].upper()}{said[1:]}" + ("" if said.endswith((".", "!", "?")) else ".")


def _day(day: dt.date) -> str:
    return f"{day:%d/%m/%Y}"
