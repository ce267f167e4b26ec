"""INSi: the questions of the teleservice of identities (search by traits, verification) and its answers, pure.

The national guide (SEL-MP-043) is not public; names and codes are those that its integrators describe, to be compared
with it at authorisation (CNDA). Characters: A–Z, blank, hyphen, apostrophe; nothing else travels.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from lxml import etree

from maillon.formats.refusal import Refused

SEARCH: Final = "http://www.cnamts.fr/INSiRecSans"
VERIFY: Final = "http://www.cnamts.fr/INSiVerif"
RESULT: Final = "http://www.cnamts.fr/INSiResultat"
SEARCH_ACTION: Final = f"{SEARCH}/RechercherInsAvecTraitsIdentite"
VERIFY_ACTION: Final = f"{VERIFY}/VerifierInsAvecTraitsIdentite"
FOUND, NONE, SEVERAL = "00", "01", "02"  # one identity; none; more than one
_LIGATURES: Final = str.maketrans({"Œ": "OE", "Æ": "AE", "œ": "OE", "æ": "AE", "ß": "SS", "’": "'", "ʼ": "'", "‐": "-"})
ADMITTED: Final = re.compile(r"[A-Z]+(?:(?:'| |-|--)'?[A-Z]+)*'?")
_PLACE: Final = re.compile(r"[0-9][0-9AB][0-9]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """As they travel. `birth_place`: COG, empty when it is not known (the search is then less sure)."""

    family: str
    given: str
    birth_date: dt.date
    sex: str
    birth_place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Individual:
    """The one identity of an answer. `given_names`: the whole list, first one first."""

    matricule: str
    oid: str
    family: str
    given: str
    given_names: str
    birth_date: dt.date
    sex: str
    birth_place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`code` 00, 01 or 02; `is_confirmed` for a verification."""

    code: str
    label: str
    individual: Individual | None = None
    is_confirmed: bool | None = None


def admitted(text: str) -> str:
    """The same name in the characters of INSi. Raises E-INSI-01 for what has none of them left."""
    plain = unicodedata.normalize("NFD", text.translate(_LIGATURES))
    folded = "".join(each for each in plain if not unicodedata.combining(each)).upper()
    written = re.sub(r"\s+", " ", folded).strip(" -")
    if not ADMITTED.fullmatch(written):
        raise Refused(
            "E-INSI-01", "Un nom ou un prénom contient un caractère qu’INSi n’admet pas (lettres, espace, - et ')."
        )
    return written


def ask_search(traits: Traits) -> etree._Element:
    root = etree.Element(f"{{{SEARCH}}}RECSANSVITALE", nsmap={"insi": SEARCH})
    _write_traits(root, SEARCH, traits)
    return root


def ask_verification(matricule: str, oid: str, traits: Traits) -> etree._Element:
    root = etree.Element(f"{{{VERIFY}}}VERIFIDENTITE", nsmap={"insi": VERIFY})
    named = etree.SubElement(root, f"{{{VERIFY}}}Identifiant")
    for name, text in (("NumIdentifiant", matricule[:13]), ("Cle", matricule[13:]), ("OID", oid)):
        etree.SubElement(named, f"{{{VERIFY}}}{name}").text = text
    _write_traits(root, VERIFY, traits)
    return root


def read_question(body: etree._Element) -> tuple[Traits, str, str]:
    """Traits, then matricule and OID (empty for a search). Raises Refused for what breaks the rules of characters."""
    space = etree.QName(body).namespace or ""
    if (space, etree.QName(body).localname) not in ((SEARCH, "RECSANSVITALE"), (VERIFY, "VERIFIDENTITE")):
        raise Refused("E-INSI-02", "La question n’est pas celle du téléservice.")

    def said(name: str) -> str:
        return (body.findtext(f".//{{{space}}}{name}") or "").strip()

    for name in ("NomNaissance", "Prenom"):
        if not ADMITTED.fullmatch(said(name)):
            raise Refused("E-INSI-01", f"{name} contient un caractère non admis.")
    if said("Sexe") not in ("M", "F") or (said("LieuNaissance") and not _PLACE.fullmatch(said("LieuNaissance"))):
        raise Refused("E-INSI-02", "Le sexe ou le lieu de naissance n’est pas lisible.")
    traits = Traits(
        family=said("NomNaissance"), given=said("Prenom"), birth_date=_day(said("DateNaissance")), sex=said("Sexe"),
        birth_place=said("LieuNaissance"),
    )  # fmt: skip
    return traits, said("NumIdentifiant") + said("Cle"), said("OID")


def write_answer(answer: Answer) -> etree._Element:
    root = etree.Element(f"{{{RESULT}}}RESULTAT", nsmap={"insi": RESULT})
    head = _sub(root, "CR")
    _sub(head, "CodeCR", answer.code)
    _sub(head, "LibelleCR", answer.label)
    if answer.is_confirmed is not None:
        _sub(root, "IdentiteConforme", "OUI" if answer.is_confirmed else "NON")
    found = answer.individual
    if found is not None:
        held = _sub(root, "INDIVIDU")
        active = _sub(held, "INSACTIF")
        named = _sub(active, "IDENTIFIANT")
        _sub(named, "NumIdentifiant", found.matricule[:13])
        _sub(named, "Cle", found.matricule[13:])
        _sub(active, "OID", found.oid)
        traits = _sub(held, "TIQ")
        for name, text in (
            ("NomNaissance", found.family), ("Prenom", found.given), ("ListePrenom", found.given_names),
            ("Sexe", found.sex), ("DateNaissance", found.birth_date.isoformat()), ("LieuNaissance", found.birth_place),
        ):  # fmt: skip
            _sub(traits, name, text)
    return root


def read_answer(body: etree._Element) -> Answer:
    """Raises E-INSI-03 for what is no whole answer, or contradicts itself."""
    if body.tag != f"{{{RESULT}}}RESULTAT":
        raise Refused("E-INSI-03", "La réponse d’INSi n’est pas lisible.")
    code = _text(body, "CodeCR")
    held = body.findall(f".//{{{RESULT}}}INDIVIDU")
    conforms = _text(body, "IdentiteConforme")
    if code not in (FOUND, NONE, SEVERAL) or len(held) > 1 or conforms not in ("", "OUI", "NON"):
        raise Refused("E-INSI-03", "La réponse d’INSi n’est pas lisible.")
    if (code == FOUND and not conforms) != bool(held):  # an identity with « none », or « found » without one
        raise Refused("E-INSI-03", "La réponse d’INSi se contredit.")
    return Answer(
        code=code,
        label=_text(body, "LibelleCR"),
        individual=_individual(held[0]) if held else None,
        is_confirmed={"OUI": True, "NON": False}.get(conforms),
    )


def _individual(held: etree._Element) -> Individual:
    matricule = _text(held, "NumIdentifiant") + _text(held, "Cle")
    found = Individual(
        matricule=matricule, oid=_text(held, "OID"), family=_text(held, "NomNaissance"), given=_text(held, "Prenom"),
        given_names=_text(held, "ListePrenom") or _text(held, "Prenom"), birth_date=_day(_text(held, "DateNaissance")),
        sex=_text(held, "Sexe"), birth_place=_text(held, "LieuNaissance"),
    )  # fmt: skip
    if len(matricule) != 15 or not found.oid or not found.family or not found.given or found.sex not in ("M", "F"):
        raise Refused("E-INSI-03", "L’identité renvoyée par INSi n’est pas complète.")
    return found


def _write_traits(root: etree._Element, space: str, traits: Traits) -> None:
    for name, text in (
        ("NomNaissance", admitted(traits.family)), ("Prenom", admitted(traits.given)), ("Sexe", traits.sex),
        ("DateNaissance", traits.birth_date.isoformat()), ("LieuNaissance", traits.birth_place),
    ):  # fmt: skip
        if text:
            etree.SubElement(root, f"{{{space}}}{name}").text = text


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Refused("E-INSI-03", "La date de naissance n’est pas lisible.") from None


def _text(root: etree._Element, name: str) -> str:
    return (root.findtext(f".//{{{RESULT}}}{name}") or "").strip()


def _sub(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{RESULT}}}{name}")
    element.text = text
    return element
