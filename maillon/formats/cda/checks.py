"""Checks that the official kit does not make, for a document that claims to be written by us.

The kit lets half of random corruptions pass (a wrong INS root, a dropped reference range, a wrong code). These ask of a
document what a receiver relies on: that identifiers are what they say, that references resolve, that the versions
follow one another, and above all that the text a person reads says what the coded data say. Since our narrative is
made from the coded data alone, that last one is asked by making it again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from maillon.formats.cda.hl7 import (
    COMPONENT,
    ENTRY,
    ID,
    NS,
    OBSERVATION_MEDIA,
    PEOPLE_ROOT,
    REFERENCE,
    REGION_OF_INTEREST,
    SECTION,
    STATEMENTS,
    STRUCTURE_ROOT,
    TEXT,
    XSI_TYPE,
    Element,
    child_of,
)
from maillon.formats.cda.keys import code_is_sound, is_known_system
from maillon.formats.cda.normal_form import normal_form
from maillon.formats.cda.read import open_cda
from maillon.formats.cda.types.registry import structured_type
from maillon.formats.cda.write import write_cda
from maillon.formats.cda.write_rules import INS_ROOTS, key_is_right
from maillon.formats.document import ClinicalDocument, PatientTraits
from maillon.formats.refusal import Refused
from maillon.formats.untrusted import parse_untrusted

_PROFESSIONAL: Final = re.compile(r"8\d{11}|0[0-9A-Z]{9}|[345]\d{9,15}/?.*")  # RPPS, ADELI, internal to a structure
_STRUCTURE: Final = re.compile(r"1[0-9A-Z]{9}|[23]\d{9,14}|[04]\d{9,}/?.*")  # FINESS, SIREN, SIRET, place of work
_ZONED: Final = re.compile(r"\d{4}(?:\d{2}){0,2}|\d{8}\d{2,6}(?:\.\d+)?[+-]\d{4}")
_ASSIGNED: Final = ("assignedAuthor", "assignedEntity", "intendedRecipient", "associatedEntity")
_ORGANIZATIONS: Final = (
    "representedOrganization",
    "representedCustodianOrganization",
    "receivedOrganization",
    "scopingOrganization",
)
_PRESCRIBED_LINE: Final = "1.3.6.1.4.1.19376.1.9.1.3.11"  # names the line of another document, as often as needed
TYPE_SYSTEMS: Final = frozenset({"2.16.840.1.113883.6.1", "1.2.250.1.213.1.1.4.12"})  # of JDV_J07
_UCUM: Final = "2.16.840.1.113883.6.8"
_IDENTIFIED: Final = (SECTION, *(STATEMENTS - {OBSERVATION_MEDIA, REGION_OF_INTEREST}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`code` is stable (K-…); `message` is French and holds nothing of the patient."""

    code: str
    message: str


def check(
    data: bytes, *, previous: ClinicalDocument | None = None, ins_roots: frozenset[str] = INS_ROOTS
) -> tuple[Finding, ...]:
    """Refused: bytes that are no CDA. `previous`: the version that this one replaces; `ins_roots`: those that this
    environment admits."""
    reading = open_cda(data)
    document = reading.document()
    root = parse_untrusted(data)
    found = [
        *_anomalies(document),
        *_identity(document.patient, ins_roots),
        *_people(root),
        *_references(root),
        *_ids(root, document),
        *_versions(document, previous),
        *_codes(root),
        *_times(root),
        *_moments(document),
        *_templates(document),
        *_same_words(root, document),
    ]
    return tuple(Finding(code=code, message=message) for code, message in dict(found).items())


Found = Iterator[tuple[str, str]]


def _anomalies(document: ClinicalDocument) -> Found:
    for one in document.conformance.anomalies:
        yield one.code, one.message


def _identity(patient: PatientTraits, roots: Iterable[str]) -> Found:
    if patient.ins_oid is None:
        if any(local.extension and key_is_right(local.extension) for local in patient.local_ids):
            yield "K-01", "Un matricule INS est donné sous une racine qui n’est pas celle de l’INS."
        return
    if patient.ins_oid not in roots or not key_is_right(patient.ins or ""):
        yield "K-01", "La racine ou la clé du matricule INS n’est pas admise."
        return
    yield from _number_and_traits(patient)


def _number_and_traits(patient: PatientTraits) -> Found:
    """The NIR tells the sex, the year and the month of birth (months above 12 tell that they are not known)."""
    number = patient.ins or ""
    sex = {"1": "M", "2": "F", "7": "M", "8": "F"}.get(number[0])
    if sex and patient.sex in ("F", "M") and sex != patient.sex:
        yield "K-02", "Le sexe du patient n’est pas celui que dit son matricule."
    born = patient.birth_date or ""
    if born[2:4] != number[1:3] or (number[3:5] <= "12" and len(born) >= 7 and born[5:7] != number[3:5]):
        yield "K-02", "La date de naissance du patient n’est pas celle que dit son matricule."
    if patient.first_birth_given_name and not (patient.birth_given_names or "").startswith(
        patient.first_birth_given_name
    ):
        yield "K-02", "Le premier prénom de naissance n’est pas le premier de la liste."


def _people(root: Element) -> Found:
    for name in _ASSIGNED:
        for one in root.iter(NS + name):
            yield from _numbered(one, PEOPLE_ROOT, _PROFESSIONAL, "K-03", "L’identifiant d’un professionnel")
    for name in _ORGANIZATIONS:
        for one in root.iter(NS + name):
            yield from _numbered(one, STRUCTURE_ROOT, _STRUCTURE, "K-04", "L’identifiant d’une structure")


def _numbered(element: Element, national: str, shape: re.Pattern[str], code: str, what: str) -> Found:
    for one in element.iterchildren(ID):
        extension = one.get("extension") or ""
        if one.get("root") == national and not shape.fullmatch(extension):
            yield code, f"{what} n’a pas la forme attendue."
        if one.get("root") != national and shape.fullmatch(extension):
            yield code, f"{what} n’est pas sous sa racine nationale."


def _references(root: Element) -> Found:
    targets = [key for one in root.iter() if (key := one.get("ID")) is not None]
    if len(targets) != len(set(targets)):
        yield "K-05", "Un même repère du texte sert deux fois."
    known = set(targets)
    for reference in root.iter(REFERENCE):
        parent = reference.getparent()
        address = reference.get("value") or ""
        if parent is None or parent.getparent() is None or "://" in address:
            continue
        if not address.startswith("#") or address[1:] not in known:
            yield "K-06", "Un lien entre une donnée codée et le texte ne mène nulle part."
    for shown in root.iter(NS + "renderMultiMedia"):
        if shown.get("referencedObject") not in known:
            yield "K-06", "Un fichier montré dans le texte n’est pas dans le document."


def _ids(root: Element, document: ClinicalDocument) -> Found:
    """Each entry has its own id, and none is that of the document. A professional may of course be named twice."""
    found = Counter(
        (one.get("root"), one.get("extension"))
        for element in root.iter(*_IDENTIFIED)
        if not any(one.get("root") == _PRESCRIBED_LINE for one in element.iterchildren(NS + "templateId"))
        for one in element.iterchildren(ID)
        if one.get("root")
    )
    if any(count > 1 for count in found.values()):
        yield "K-07", "Deux éléments du document portent le même identifiant."
    version = document.version
    own = tuple((version.id or "").partition("^")[::2])
    if (own[0], own[1] or None) in found or (version.replaces is not None and version.replaces == version.id):
        yield "K-07", "L’identifiant du document sert à autre chose."


def _versions(document: ClinicalDocument, previous: ClinicalDocument | None) -> Found:
    version = document.version
    number = version.number or 0
    if (number > 1) != (version.replaces is not None):
        yield "K-08", "Le numéro de version et le document remplacé ne s’accordent pas."
    if previous is None:
        return
    before = previous.version
    if version.set_id != before.set_id or number != (before.number or 1) + 1 or version.replaces != before.id:
        yield "K-08", "Le document ne suit pas la version qu’il remplace."
    if document.patient.ins != previous.patient.ins or document.type_code != previous.type_code:
        yield "K-08", "Le document n’a ni le patient ni le type de celui qu’il remplace."


def _codes(root: Element) -> Found:
    for element in root.iter():
        code, system = element.get("code"), element.get("codeSystem")
        if code is None:
            continue
        if system is not None and not code_is_sound(code, system):
            yield "K-09", "Un code n’existe pas dans sa terminologie (clé ou forme)."
        if system is not None and not is_known_system(system):
            yield "K-17", "Un code est d’une terminologie inconnue."
        if system is None and element.get("displayName") is not None:
            yield "K-09", "Un code n’a pas de terminologie."
        if system is not None and system != _UCUM and not element.get("displayName"):
            yield "K-10", "Un code n’a pas de libellé."


def _times(root: Element) -> Found:
    names = {NS + name for name in ("effectiveTime", "time", "low", "high", "birthTime")}
    for element in root.iter(*names):
        written = element.get("value")
        is_quantity = element.get("unit") is not None or _in_quantity(element)
        if written is not None and not is_quantity and not _ZONED.fullmatch(written):
            yield "K-11", "Une date n’a pas la forme attendue, ou une heure n’a pas de fuseau."


def _in_quantity(element: Element) -> bool:
    parent = element.getparent()
    if parent is None:
        return False
    kind = (parent.get(XSI_TYPE) or "").rpartition(":")[2]
    return kind.endswith(("PQ", "INT", "REAL")) or parent.tag in {
        NS + name for name in ("doseQuantity", "rateQuantity", "offset")
    }


def _moments(document: ClinicalDocument) -> Found:
    """A document is made after what it tells and not after it is signed; nobody was born later."""
    created = document.created_at or ""
    day = created[:10]
    signed = [one.at for one in document.participants if one.role == "legalAuthenticator" and one.at]
    if any(at[:10] < day for at in signed):
        yield "K-12", "Le document est signé avant d’être fait."
    written = [author.at for author in document.authors if author.at]
    if any(at[:10] > max([day, *(one[:10] for one in signed)]) for at in written):
        yield "K-12", "Le document est fait avant d’être écrit."
    born = document.patient.birth_date or ""
    told = [one.start for one in document.acts if one.start]
    if any(at[: len(born)] < born for at in (created, *told)) or any(at[:10] > day for at in told):
        yield "K-12", "Une date du document ne peut pas être juste."


def _templates(document: ClinicalDocument) -> Found:
    sheet = structured_type(document) if document.level == 3 else None
    if sheet is None:
        return
    if document.type_code not in sheet.codes or document.type_system not in TYPE_SYSTEMS:
        yield "K-13", "Le type du document n’est pas celui de son modèle."
    if document.templates != normal_form(replace_lists(document)).templates:
        yield "K-13", "Les modèles déclarés ne sont pas ceux du type, dans sa version."


def replace_lists(document: ClinicalDocument) -> ClinicalDocument:
    """The header alone: an item out of place is said by another check."""
    return replace(
        document, problems=(), allergies=(), medications=(), vaccinations=(), procedures=(), devices=(), plan=(),
        results=(), studies=(), attachments=(), sections=(),
    )  # fmt: skip


def _same_words(root: Element, document: ClinicalDocument) -> Found:
    """The text of every section, made again from the coded data. Of a level 1 document there is none."""
    if document.level == 1:
        return
    try:
        again = parse_untrusted(write_cda(document))
    except Refused as refusal:
        yield "K-14", f"Ce que disent les données codées ne s’écrit pas\u202f: {refusal.message}"
        return
    if _told(root) != _told(again):
        yield "K-15", "Le texte des sections ne dit pas ce que disent leurs données codées."
    if _shape(root) != _shape(again):
        yield "K-16", "Les entrées du document ne sont pas celles que l’on écrit pour ces données."


def _told(root: Element) -> list[tuple[str, str]]:
    found = []
    for section in root.iter(SECTION):
        text = child_of(section, TEXT)
        words = " ".join(" ".join(map(str, text.itertext())).split()) if text is not None else ""
        code = child_of(section, NS + "code")
        found.append(((code.get("code") or "") if code is not None else "", words))
    return found


def _shape(root: Element) -> list[tuple[str, ...]]:
    """Every element of the entries with its attributes, but for the ids."""
    return [
        (str(element.tag), repr(sorted(element.items())), (element.text or "").strip())
        for entry in root.iter(ENTRY)
        for element in entry.iter()
        if element.tag not in (ID, COMPONENT)
    ]
