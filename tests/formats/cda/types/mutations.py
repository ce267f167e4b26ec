"""Sixty ways in which a document that was right comes to hurt a patient or to mislead its receiver.

A mutation changes the tree in place and answers whether it found something to change. Nothing in it knows what the
checks look at.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from lxml import etree

Element = etree._Element
Mutation = Callable[[Element, random.Random], bool]
NS = "{urn:hl7-org:v3}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"
H = {"c": "urn:hl7-org:v3"}
ENTRIES = "//c:structuredBody//c:entry"
STATEMENTS = (
    "(self::c:observation or self::c:act or self::c:procedure or self::c:substanceAdministration or self::c:supply)"
)


def _pick(root: Element, rng: random.Random, path: str) -> Element | None:
    found = root.xpath(path, namespaces=H)
    return rng.choice(found) if found else None


def _set(path: str, name: str, change: Callable[[str, random.Random], str]) -> Mutation:
    def mutate(root: Element, rng: random.Random) -> bool:
        chosen = _pick(root, rng, f"{path}[@{name}]")
        if chosen is None:
            return False
        before = chosen.get(name)
        chosen.set(name, change(before, rng))
        return chosen.get(name) != before

    return mutate


def _to(value: str) -> Callable[[str, random.Random], str]:
    return lambda _before, _rng: value


def _remove(path: str) -> Mutation:
    def mutate(root: Element, rng: random.Random) -> bool:
        chosen = _pick(root, rng, path)
        if chosen is None:
            return False
        chosen.getparent().remove(chosen)
        return True

    return mutate


def _unset(path: str, name: str) -> Mutation:
    def mutate(root: Element, rng: random.Random) -> bool:
        chosen = _pick(root, rng, f"{path}[@{name}]")
        if chosen is None:
            return False
        del chosen.attrib[name]
        return True

    return mutate


def _another_digit(text: str, rng: random.Random) -> str:
    places = [place for place, char in enumerate(text) if char.isdigit()]
    if not places:
        return text + "0"
    place = rng.choice(places)
    return text[:place] + str((int(text[place]) + rng.randint(1, 9)) % 10) + text[place + 1 :]


def _two_digits_swapped(text: str, rng: random.Random) -> str:
    pairs = [n for n in range(len(text) - 1) if text[n].isdigit() and text[n + 1].isdigit() and text[n] != text[n + 1]]
    if not pairs:
        return _another_digit(text, rng)
    place = rng.choice(pairs)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _other_year(text: str, rng: random.Random) -> str:
    return str(int(text[:4]) - rng.randint(1, 9)) + text[4:]


def _ten_times(text: str, rng: random.Random) -> str:
    return f"{text}0" if "." not in text else text.replace(".", "")


def _without_zone(text: str, rng: random.Random) -> str:
    return re.sub(r"[+-]\d{4}$", "", text) if len(text) > 8 else text + "1200"


def _flip(path: str, name: str, one: str, other: str) -> Mutation:
    return _set(path, name, lambda before, _: other if before == one else one)


def _coded(system: str, change: Callable[[str, random.Random], str] = _another_digit) -> Mutation:
    return _set(f"{ENTRIES}//*[@codeSystem='{system}']", "code", change)


def _other_words(root: Element, rng: random.Random) -> bool:
    chosen = _pick(root, rng, "//c:section/c:text//c:content[string-length(normalize-space(text())) > 0]")
    if chosen is None:
        return False
    chosen.text = f"{chosen.text} (arrêté)"
    return True


def _row_removed(root: Element, rng: random.Random) -> bool:
    chosen = _pick(root, rng, "//c:section/c:text//c:tbody/c:tr")
    if chosen is None:
        return False
    chosen.getparent().remove(chosen)
    return True


def _label_of_another(root: Element, rng: random.Random) -> bool:
    chosen = _pick(root, rng, f"{ENTRIES}//*[@code and @displayName and not(self::c:code[parent::c:organizer])]")
    if chosen is None:
        return False
    chosen.set("displayName", f"{chosen.get('displayName')} aigu")
    return True


def _denied(root: Element, rng: random.Random) -> bool:
    chosen = _pick(root, rng, f"{ENTRIES}//*[@negationInd]")
    if chosen is None:
        return False
    chosen.set("negationInd", "false" if chosen.get("negationInd") == "true" else "true")
    return True


def _newly_denied(root: Element, rng: random.Random) -> bool:
    chosen = _pick(
        root, rng, f"{ENTRIES}//*[self::c:observation or self::c:substanceAdministration or self::c:procedure]"
    )
    if chosen is None:
        return False
    chosen.set("negationInd", "false" if chosen.get("negationInd") == "true" else "true")
    return True


def _copied(path: str) -> Mutation:
    """The same thing twice: a treatment taken twice, a patient named twice."""

    def mutate(root: Element, rng: random.Random) -> bool:
        chosen = _pick(root, rng, path)
        if chosen is None:
            return False
        copied = etree.fromstring(etree.tostring(chosen))
        chosen.addnext(copied)
        return True

    return mutate


def _moved_to_another_section(root: Element, rng: random.Random) -> bool:
    entry = _pick(root, rng, ENTRIES)
    sections = root.xpath("//c:section[c:entry]", namespaces=H)
    others = [one for one in sections if entry is not None and one is not entry.getparent()]
    if entry is None or not others:
        return False
    rng.choice(others).append(entry)
    return True


def _same_id_twice(root: Element, rng: random.Random) -> bool:
    ids = root.xpath(f"{ENTRIES}//*[{STATEMENTS}]/c:id[@root]", namespaces=H)
    if len(ids) < 2:
        return False
    one, other = rng.sample(ids, 2)
    for name in ("root", "extension"):
        if one.get(name) is not None:
            other.set(name, one.get(name))
        elif name in other.attrib:
            del other.attrib[name]
    return True


def _same_anchor_twice(root: Element, rng: random.Random) -> bool:
    anchors = root.xpath("//c:section/c:text//*[@ID]", namespaces=H)
    if len(anchors) < 2:
        return False
    one, other = rng.sample(anchors, 2)
    other.set("ID", one.get("ID"))
    return True


def _version_skipped(root: Element, rng: random.Random) -> bool:
    number = root.find("c:versionNumber", H)
    number.set("value", str(int(number.get("value")) + rng.randint(1, 3)))
    return True


def _damaged_file(root: Element, rng: random.Random) -> bool:
    chosen = _pick(root, rng, "//*[@representation='B64']")
    if chosen is None:
        return False
    place = rng.randrange(len(chosen.text) - 4)
    other = "A" if chosen.text[place] != "A" else "B"
    chosen.text = chosen.text[:place] + other + chosen.text[place + 1 :]
    return True


INS = "/c:ClinicalDocument/c:recordTarget/c:patientRole/c:id[starts-with(@root,'1.2.250.1.213.1.4.')]"
PATIENT = "/c:ClinicalDocument/c:recordTarget/c:patientRole/c:patient"
AUTHOR = "/c:ClinicalDocument/c:author/c:assignedAuthor/c:id"
KEEPER = "//c:representedCustodianOrganization/c:id"

MUTATIONS: dict[str, Mutation] = {
    "racine INS d’un autre environnement": _set(INS, "root", _to("1.2.250.1.213.1.4.8")),
    "racine INS qui n’existe pas": _set(INS, "root", _to("1.2.250.1.213.1.4.12")),
    "matricule : un chiffre": _set(INS, "extension", _another_digit),
    "matricule : deux chiffres échangés": _set(INS, "extension", _two_digits_swapped),
    "matricule retiré": _remove(INS),
    "sexe inversé": _flip(f"{PATIENT}/c:administrativeGenderCode", "code", "F", "M"),
    "naissance : autre année": _set(f"{PATIENT}/c:birthTime", "value", _other_year),
    "naissance retirée": _remove(f"{PATIENT}/c:birthTime"),
    "nom de naissance retiré": _remove(f"{PATIENT}/c:name/c:family[@qualifier='BR']"),
    "prénom de naissance retiré": _remove(f"{PATIENT}/c:name/c:given[@qualifier='BR']"),
    "lieu de naissance retiré": _remove(f"{PATIENT}/c:birthplace"),
    "deux patients": _copied("/c:ClinicalDocument/c:recordTarget"),
    "auteur : mauvaise racine": _set(AUTHOR, "root", _to("1.2.250.1.71.4.2.2")),
    "auteur : racine inconnue": _set(AUTHOR, "root", _to("1.2.250.1.71.4.9")),
    "auteur : numéro tronqué": _set(AUTHOR, "extension", lambda t, _: t[:-1]),
    "auteur retiré": _remove("/c:ClinicalDocument/c:author"),
    "structure : mauvaise racine": _set(KEEPER, "root", _to("1.2.250.1.71.4.2.1")),
    "structure : numéro tronqué": _set(KEEPER, "extension", lambda t, _: t[1:]),
    "conservateur retiré": _remove("/c:ClinicalDocument/c:custodian"),
    "responsable retiré": _remove("/c:ClinicalDocument/c:legalAuthenticator"),
    "signature : autre année": _set("/c:ClinicalDocument/c:legalAuthenticator/c:time", "value", _other_year),
    "type du document : un chiffre": _set("/c:ClinicalDocument/c:code", "code", _another_digit),
    "terminologie du type": _set("/c:ClinicalDocument/c:code", "codeSystem", _another_digit),
    "modèle : autre version": _set("/c:ClinicalDocument/c:templateId[@extension]", "extension", _to("2019.01")),
    "modèle retiré": _remove("/c:ClinicalDocument/c:templateId[position() > 2]"),
    "date du document : sans fuseau": _set("/c:ClinicalDocument/c:effectiveTime", "value", _without_zone),
    "date du document : autre année": _set("/c:ClinicalDocument/c:effectiveTime", "value", _other_year),
    "confidentialité inconnue": _set("/c:ClinicalDocument/c:confidentialityCode", "code", _to("X")),
    "titre retiré": _remove("/c:ClinicalDocument/c:title"),
    "version sautée": _version_skipped,
    "document remplacé oublié": _remove("/c:ClinicalDocument/c:relatedDocument"),
    "autre série": _set("/c:ClinicalDocument/c:setId", "root", _another_digit),
    "acte : autre année": _set("//c:serviceEvent/c:effectiveTime/c:low", "value", lambda t, _: "2031" + t[4:]),
    "exécutant retiré": _remove("//c:serviceEvent/c:performer"),
    "contexte retiré": _remove("/c:ClinicalDocument/c:componentOf"),
    "lien vers le texte rompu": _set(f"{ENTRIES}//c:reference[starts-with(@value,'#')]", "value", lambda t, _: t + "x"),
    "lien vers un autre texte": _set(f"{ENTRIES}//c:reference[starts-with(@value,'#')]", "value", _another_digit),
    "repère utilisé deux fois": _same_anchor_twice,
    "identifiant utilisé deux fois": _same_id_twice,
    "négation inversée": _denied,
    "négation ajoutée ou retirée": _newly_denied,
    "unité changée": _set(f"{ENTRIES}//*[@value and @unit]", "unit", lambda t, _: "g" if t != "g" else "mg"),
    "unité retirée": _unset(f"{ENTRIES}//*[@value and @unit]", "unit"),
    "valeur dix fois trop grande": _set(f"{ENTRIES}//*[@value and @unit]", "value", _ten_times),
    "intervalle de référence retiré": _remove(f"{ENTRIES}//c:referenceRange"),
    "borne de référence changée": _set(f"{ENTRIES}//c:referenceRange//*[@value]", "value", _ten_times),
    "interprétation retirée": _remove(f"{ENTRIES}//c:observation/c:interpretationCode"),
    "date d’une donnée : autre année": _set(f"{ENTRIES}//*[self::c:effectiveTime or self::c:low or self::c:high]"
                                            "[string-length(@value) >= 8]", "value", _other_year),
    "code LOINC : un chiffre": _coded("2.16.840.1.113883.6.1"),
    "code SNOMED CT : deux chiffres échangés": _coded("2.16.840.1.113883.6.96", _two_digits_swapped),
    "code CIM-10 : un chiffre": _coded("2.16.840.1.113883.6.3"),
    "code ATC : un chiffre": _coded("2.16.840.1.113883.6.73"),
    "code CIS : un chiffre": _coded("1.2.250.1.213.2.3.1"),
    "code CIP : deux chiffres échangés": _coded("1.2.250.1.213.2.3.2", _two_digits_swapped),
    "terminologie d’un code": _set(f"{ENTRIES}//*[@code and @codeSystem]", "codeSystem", _another_digit),
    "libellé d’un code changé": _label_of_another,
    "entrée retirée": _remove(ENTRIES),
    "entrée répétée": _copied(ENTRIES),
    "donnée jointe retirée": _remove(f"{ENTRIES}//c:entryRelationship"),
    "entrée déplacée": _moved_to_another_section,
    "section retirée": _remove("//c:structuredBody//c:section/parent::c:component"),
    "texte changé": _other_words,
    "ligne du texte retirée": _row_removed,
    "fichier abîmé": _damaged_file,
}  # fmt: skip
HOW_MANY = 60


def mutants(documents: list[bytes], *, seed: int) -> list[tuple[str, int, bytes]]:
    """Sixty (kind, place of the document, bytes): every kind that applies, then again with other documents."""
    rng = random.Random(seed)
    found: list[tuple[str, int, bytes]] = []
    kinds = list(MUTATIONS)
    rng.shuffle(kinds)
    for turn in range(20):
        for kind in kinds:
            if len(found) == HOW_MANY:
                return found
            place = rng.randrange(len(documents))
            root = etree.fromstring(documents[place])
            if (turn == 0 or rng.random() < 0.5) and MUTATIONS[kind](root, rng):
                changed = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
                if changed != documents[place]:
                    found.append((kind, place, changed))
    return found
