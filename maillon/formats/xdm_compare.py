"""What metadata, bytes and header say of one document, put side by side (CI-SIS volet Partage, cda.md §9).

A wrong hash is fatal. A disagreement about the patient sends the document to somebody's eyes. Others are shown.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from maillon.formats import refusal_codes as codes
from maillon.formats.confidentiality import VISIBILITIES, is_known
from maillon.formats.document import ClinicalDocument, PatientTraits
from maillon.formats.xdm_metadata import PatientId, SourcePatientInfo, XdmMetadata

INS_OIDS = frozenset(f"1.2.250.1.213.1.4.{last}" for last in (2, 8, 9, 10, 11))
_FOLDED_AWAY = re.compile(r"[^A-Z0-9]+")
_LONG_SEXES = {"M": "M", "F": "F"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """`fatal` is a refusal (the bytes are not those announced); `about_identity` forbids filing alone."""

    code: str
    message: str
    about_identity: bool = False
    fatal: bool = False


def compare(metadata: XdmMetadata, data: bytes, document: ClinicalDocument | None) -> tuple[Disagreement, ...]:
    found = [*_about_bytes(metadata, data), *_about_level(metadata)]
    if document is not None:
        found += _about_patient(metadata, document.patient)
        found += _about_document(metadata, document)
    return tuple(found)


def _about_bytes(metadata: XdmMetadata, data: bytes) -> Iterator[Disagreement]:
    # SHA-1 is what the standard prescribes: it detects damage; the product's own proof is SHA-256.
    digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    if metadata.hash_sha1 is None:
        yield Disagreement(code="D-XDM-01", message="Les métadonnées n’annoncent pas l’empreinte du document.")
    elif metadata.hash_sha1 != digest:
        yield Disagreement(code=codes.XDM_HASH, message=codes.MESSAGES[codes.XDM_HASH], fatal=True)
    if metadata.size is None:
        yield Disagreement(code="D-XDM-02", message="Les métadonnées n’annoncent pas la taille du document.")
    elif metadata.size != len(data):
        # With the right hash, the size is a slip of the pen; with no hash, it is the only proof.
        yield Disagreement(
            code=codes.XDM_SIZE, message=codes.MESSAGES[codes.XDM_SIZE], fatal=metadata.hash_sha1 is None
        )


def _about_level(metadata: XdmMetadata) -> Iterator[Disagreement]:
    if any(each.code and not is_known(each.code) for each in metadata.confidentiality):
        yield Disagreement(
            code="D-XDM-26",
            message="La confidentialité annoncée n’est pas connue\u202f: le document est traité comme très restreint.",
        )


def _about_patient(metadata: XdmMetadata, traits: PatientTraits) -> Iterator[Disagreement]:
    if not _same_patient_id(metadata.patient_id, traits):
        yield _doubt("D-XDM-10", "L’identifiant du patient n’est pas le même dans les métadonnées et dans le document.")
    info = metadata.source_patient_info
    if any(not _same_patient_id(each, traits) for each in info.ids if each.oid in INS_OIDS):
        yield _doubt("D-XDM-11", "Un matricule INS des métadonnées n’est pas celui du document.")
    yield from _about_traits(info, traits)


def _about_traits(info: SourcePatientInfo, traits: PatientTraits) -> Iterator[Disagreement]:
    if not _same_family(info, traits):
        yield _doubt("D-XDM-12", "Le nom du patient n’est pas le même dans les métadonnées et dans le document.")
    if not _same_given(info.given, traits):
        yield _doubt("D-XDM-13", "Le prénom du patient n’est pas le même dans les métadonnées et dans le document.")
    if _differ(info.birth_date, traits.birth_date):
        yield _doubt("D-XDM-14", "La date de naissance n’est pas la même dans les métadonnées et dans le document.")
    if _differ(_LONG_SEXES.get(info.sex or ""), _LONG_SEXES.get(traits.sex or "")):
        yield _doubt("D-XDM-15", "Le sexe du patient n’est pas le même dans les métadonnées et dans le document.")
    if _differ(info.birth_place, traits.birth_place_code):
        yield _doubt("D-XDM-16", "Le lieu de naissance n’est pas le même dans les métadonnées et dans le document.")


def _about_document(metadata: XdmMetadata, document: ClinicalDocument) -> Iterator[Disagreement]:
    pairs = (
        ("D-XDM-20", "l’identifiant du document", metadata.unique_id, document.version.id),
        ("D-XDM-21", "le type du document", metadata.type.code if metadata.type else None, document.type_code),
        ("D-XDM-24", "la langue du document", _lower(metadata.language), _lower(document.language)),
        ("D-XDM-25", "le titre du document", _folded(metadata.title), _folded(document.title)),
    )
    for code, what, announced, written in pairs:
        if _differ(announced, written):
            yield _harmless(code, what)
    if not _same_moment(metadata.creation_time, document.created_at):
        yield _harmless("D-XDM-22", "la date du document")
    # A code of visibility stands beside a level, and contradicts none.
    announced_levels = {each.code for each in metadata.confidentiality} - VISIBILITIES.keys()
    written_levels = {document.confidentiality} - VISIBILITIES.keys() - {None}
    if announced_levels and not written_levels <= announced_levels:
        yield _harmless("D-XDM-23", "la confidentialité du document")


def _doubt(code: str, message: str) -> Disagreement:
    return Disagreement(code=code, message=message, about_identity=True)


def _harmless(code: str, what: str) -> Disagreement:
    return Disagreement(code=code, message=f"Les métadonnées et l’en-tête n’indiquent pas de la même façon {what}.")


def _differ(announced: str | None, written: str | None) -> bool:
    return bool(announced and written and announced != written)


def _same_patient_id(announced: PatientId | None, traits: PatientTraits) -> bool:
    """An INS must be the header's; a local id only contradicts another id of the same issuer."""
    if announced is None or announced.value is None:
        return True
    if announced.oid in INS_OIDS:
        return announced.oid == traits.ins_oid and _same_matricule(announced.value, traits.ins or "")
    same_issuer = [each.extension for each in traits.local_ids if each.root == announced.oid]
    return not same_issuer or announced.value in same_issuer


def _same_matricule(announced: str, written: str) -> bool:
    """With its key (15 characters) or without (13): both are seen."""
    announced, written = (re.sub(r"\s", "", each).upper() for each in (announced, written))
    shorter = min(len(announced), len(written))
    return shorter >= 13 and announced[:shorter] == written[:shorter] and max(len(announced), len(written)) <= 15


def _same_family(info: SourcePatientInfo, traits: PatientTraits) -> bool:
    announced = {_folded(each) for each in (info.family, info.used_family) if each}
    written = {_folded(each) for each in (traits.birth_family_name, traits.used_family_name) if each}
    if not announced or not written:
        return True
    if info.family and traits.birth_family_name and _folded(info.family) == _folded(traits.birth_family_name):
        return True
    # Without a qualifier on one side, the name in use and the birth name cannot be told apart.
    return bool(announced & written) and not (info.used_family and traits.birth_family_name)


def _same_given(announced: str | None, traits: PatientTraits) -> bool:
    written = [traits.first_birth_given_name, traits.birth_given_names, traits.used_given_name]
    known = {_folded(each) for each in written if each}
    given = _folded(announced)
    if not given or not known:
        return True
    words = {word for each in known if each for word in each.split()}
    return given in known or given.split()[0] in words


def _same_moment(announced: str | None, written: str | None) -> bool:
    """XDS wants UTC without a zone; many producers copy the local digits of the header: both are accepted."""
    if not announced or not written:
        return True
    length = min(len(announced), len(written[:19]), 16)
    return announced[:length] == written[:length] or announced[:length] == _as_utc(written)[:length]


def _as_utc(moment: str) -> str:
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    shift = at.utcoffset()
    return (at.replace(tzinfo=None) - shift).isoformat() if shift else moment


def _folded(text: str | None) -> str | None:
    """Capitals without accents; hyphens, apostrophes and runs of blanks are one space."""
    if text is None:
        return None
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _FOLDED_AWAY.sub(" ", bare.upper().replace("Œ", "OE").replace("Æ", "AE")).strip() or None


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None
