"""What is missing or wrong before a letter is signed: each said beside its field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from maillon.access import api as access_room
from maillon.formats.cda.conformance import matricule_is_sound
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.professionals import api as professionals
from maillon.writing import definition, recipients
from maillon.writing.content import OF_THE_RECORD, Content
from maillon.writing.definition import TO_FILL, Letter, Part, Source
from maillon.writing.facts import Fact
from maillon.writing.recipients import Recipient
from maillon.writing.telling import iso_date

Offered = dict[Source, list[Fact]]
TO_RECIPIENTS, TO_IDENTITY, TO_TITLE, TO_FACTS, TO_SIGNATURE = (
    "destinataires", "identite", "titre", "dossier", "signature"
)  # fmt: skip
OF_ANOTHER = "Un matricule qui n’est pas celui du patient est dans ce texte\u202f: vient-il d’un autre dossier\u202f?"
_MATRICULE = re.compile(
    r"(?<!\d)[1-478](?:[\s\u00a0\u202f]?\d){5}(?:[\s\u00a0\u202f]?[\dAB])(?:[\s\u00a0\u202f]?\d){8}(?!\d)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`field`: the code of a part, or one of the TO_… words."""

    field: str
    code: str
    message: str


def of_letter(
    letter: Letter, content: Content, *, offered: Offered, ticked: dict[str, Fact], lost: int, people: list[Recipient]
) -> Iterator[Fault]:
    """What the letter itself shows."""
    if not content.title.strip():
        yield Fault(field=TO_TITLE, code="E-RED-06", message="Donnez un titre au document.")
    missing = letter.missing(content.texts, {fact.source for fact in ticked.values()})
    for part in letter.rubriques:
        yield from _of_date(letter, part, content)
        yield from _of_part(part, content, is_missing=part.code in missing, offered=offered, ticked=ticked)
    if lost:
        message = (
            "Des éléments cochés ne sont plus dans le dossier (document retiré, remplacé ou masqué)\u202f: "
            "relisez ce qui est coché, puis enregistrez."
        )
        yield Fault(field=TO_FACTS, code="E-RED-10", message=message)
    if letter.destinataire_obligatoire and not people:
        yield Fault(field=TO_RECIPIENTS, code="E-RED-07", message="Choisissez au moins un destinataire.")


def of_people(access: Access, letter: Letter, people: list[Recipient], *, lost: int) -> Iterator[Fault]:
    if lost:
        message = (
            "Un destinataire choisi n’exerce plus ou n’est plus connu\u202f: relisez les destinataires, "
            "puis enregistrez."
        )
        yield Fault(field=TO_RECIPIENTS, code="E-RED-18", message=message)
    for refusal in recipients.refusals(access, people, type_code=letter.type):
        yield Fault(field=TO_RECIPIENTS, code=refusal.code, message=refusal.message)


def of_identity(identity: patients.Identity, letter: Letter) -> Iterator[Fault]:
    """RNIV: a doubtful or fictitious identity sends nothing out; some documents want a qualified one."""
    line = identity.line
    if line.is_doubtful or line.is_fictitious:
        what = "douteuse" if line.is_doubtful else "fictive"
        message = (
            f"L’identité est déclarée {what}\u202f: aucun document n’est signé tant que l’attribut n’est pas levé."
        )
        yield Fault(field=TO_IDENTITY, code="E-RED-08", message=message)
    elif letter.identite_qualifiee and line.identity_status != patients.IdentityStatus.QUALIFIED:
        message = "Ce document demande une identité qualifiée\u202f: vérifiez l’identité, puis interrogez INSi."
        yield Fault(field=TO_IDENTITY, code="E-RED-09", message=message)


def of_other_patient(identity: patients.Identity, content: Content) -> Iterator[Fault]:
    """A matricule that is not this patient's: something was pasted from another record."""
    own = {identity.line.ins} | {each.extension for each in identity.local_identifiers if each.is_received_ins}
    for code, text in content.texts.items():
        found = {re.sub(r"\s", "", each) for each in _MATRICULE.findall(text)}
        if any(matricule_is_sound(each) for each in found - own):
            yield Fault(field=code, code="E-RED-13", message=OF_ANOTHER)


def of_author(letter: Letter, place: professionals.StructureLine | None) -> Iterator[Fault]:
    if not access_room.matrix.bit_of(letter.type):
        message = "La matrice d’habilitation ne connaît pas ce type de document : personne ne pourrait le lire."
        yield Fault(field=TO_SIGNATURE, code="E-RED-01", message=message)
    if place is None or not place.finess:
        message = "Votre structure n’a pas de numéro FINESS : le document ne peut pas la nommer."
        yield Fault(field=TO_SIGNATURE, code="E-RED-03", message=message)


def _of_part(
    part: Part, content: Content, *, is_missing: bool, offered: Offered, ticked: dict[str, Fact]
) -> Iterator[Fault]:
    text = content.texts.get(part.code, "").strip()
    says_something = content.stances.get(part.code, OF_THE_RECORD) != OF_THE_RECORD
    if is_missing and not says_something:
        yield Fault(field=part.code, code="E-RED-06", message=f"« {part.titre} » est à remplir.")
    if TO_FILL in text:
        yield Fault(field=part.code, code="E-RED-14", message=f"Complétez ou effacez « {TO_FILL} » dans ce texte.")
    if text and (problem := _of_value(part, text)):
        yield Fault(field=part.code, code="E-RED-15", message=problem)
    yield from _of_answer(part, text)
    if "allergies" in part.reprend and _hides_an_allergy(part, content, offered=offered, ticked=ticked):
        message = "Le dossier porte une allergie : cochez-la, ce courrier ne peut pas la taire ni la nier."
        yield Fault(field=part.code, code="E-RED-16", message=message)


def _of_date(letter: Letter, part: Part, content: Content) -> Iterator[Fault]:
    """A slip of one digit dates a consultation thirty years ahead, where it stays first of the timeline."""
    day, first = (iso_date(content.texts.get(code, "")) for code in (part.code, part.pas_avant))
    before = letter.part(part.pas_avant)
    if day and part.passee and day > clock.today().isoformat():
        message = "Cette date est dans le futur\u202f: ce courrier dit ce qui a eu lieu."
        yield Fault(field=part.code, code="E-RED-15", message=message)
    if day and first and before is not None and day < first:
        message = f"Cette date est avant celle de «\u202f{before.titre}\u202f»."
        yield Fault(field=part.code, code="E-RED-15", message=message)


def _of_answer(part: Part, text: str) -> Iterator[Fault]:
    """A box that must be ticked is named; so are an answer that must be given, and a line of another shape."""
    wrong = [line for line in text.split("\n") if part.modele and line.strip() and not _has_the_shape(line, part)]
    if wrong:
        message = f"«\u202f{wrong[0].strip()[:60]}\u202f» n’a pas la forme attendue. {part.aide}"
        yield Fault(field=part.code, code=part.refus.get("*", "E-RED-15"), message=message)
    if part.toutes:
        ticked = set(text.split("\n"))
        for value, label in definition.choices(part):
            if value not in ticked:
                message = f"Case non cochée\u202f: «\u202f{label}\u202f»."
                yield Fault(field=part.code, code=part.refusal_of(value), message=message)
    elif part.exige and text and text != part.exige:
        message = part.aide or f"«\u202f{part.titre}\u202f»\u202f: la réponse attendue est {part.exige}."
        yield Fault(field=part.code, code=part.refusal_of(part.exige), message=message)


def _has_the_shape(line: str, part: Part) -> bool:
    return re.fullmatch(part.modele, line.strip()) is not None


def _hides_an_allergy(part: Part, content: Content, *, offered: Offered, ticked: dict[str, Fact]) -> bool:
    """« Aucune connue » and « non renseigné » are both false when a document in force states one; so is a list that
    leaves one out, which may have come since the draft was begun."""
    known = [fact for fact in offered["allergies"] if not fact.is_denied and not fact.is_over]
    is_told = content.stances.get(part.code, OF_THE_RECORD) == OF_THE_RECORD
    return bool(known) and not (is_told and all(fact.key in ticked for fact in known))


def _of_value(part: Part, text: str) -> str:
    """Why a short field cannot be read; empty when it can."""
    if part.genre == "date":
        try:
            patients.typed_date(text)
        except UserMessage as refusal:
            return refusal.message
    if part.genre == "nombre" and _number(text) is None:
        return "Tapez un nombre, par exemple 12 ou 1,5."
    if part.genre in ("choix", "cases") and not set(text.split("\n")) <= {
        value for value, _ in definition.choices(part)
    }:
        return "Choisissez une valeur de la liste."
    return ""


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.replace(",", ".").replace("\u202f", "").replace(" ", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found < 100_000 else None
