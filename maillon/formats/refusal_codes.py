"""Every code with which a container, an XML file, a mail or a PDF is refused, and the French sentence shown with it.

A code never changes its meaning. The sentences carry no file name and no content: both could name a patient.
"""

from __future__ import annotations

from maillon.formats.refusal import Refused

EMPTY = "E-FMT-01"
TOO_BIG = "E-FMT-02"
ENCODING_NOT_ADMITTED = "E-FMT-03"
ENCODING_CONTRADICTED = "E-FMT-04"
ENCODING_BROKEN = "E-FMT-05"
DOCTYPE = "E-FMT-06"
XML_MALFORMED = "E-FMT-07"
XML_TOO_DEEP = "E-FMT-08"
XML_TOO_MANY_ATTRIBUTES = "E-FMT-09"
XML_TOO_MANY_NODES = "E-FMT-10"

ZIP_UNREADABLE = "E-FMT-20"
ZIP_TOO_MANY_ENTRIES = "E-FMT-21"
ZIP_TOO_BIG = "E-FMT-22"
ZIP_BOMB = "E-FMT-23"
ZIP_ESCAPES = "E-FMT-24"
ZIP_DUPLICATE = "E-FMT-25"
ZIP_SPECIAL_FILE = "E-FMT-26"
ZIP_ENCRYPTED = "E-FMT-27"
ZIP_MULTI_DISK = "E-FMT-28"
ZIP_OVERLAP = "E-FMT-29"
ZIP_LYING = "E-FMT-30"
ZIP_CRC = "E-FMT-31"
ZIP_COMMENT = "E-FMT-32"
ZIP_NESTED = "E-FMT-33"
ZIP_METHOD = "E-FMT-34"
ZIP_DECEPTIVE_NAME = "E-FMT-35"

XDM_NOTHING_READABLE = "E-FMT-40"
XDM_HASH = "E-FMT-41"
XDM_SIZE = "E-FMT-42"
XDM_DOCUMENT_MISSING = "E-FMT-43"
XDM_DOCUMENT_NAMED_TWICE = "E-FMT-44"

MAIL_TOO_BIG = "E-FMT-50"
MAIL_TOO_DEEP = "E-FMT-51"
MAIL_TOO_MANY_PARTS = "E-FMT-52"
MAIL_HEADERS = "E-FMT-53"
MAIL_UNREADABLE = "E-FMT-54"

PDF_UNREADABLE = "E-FMT-60"
PDF_EXHAUSTING = "E-FMT-61"
PDF_LOCKED = "E-FMT-62"

MESSAGES: dict[str, str] = {
    EMPTY: "Le fichier est vide.",
    TOO_BIG: "Le fichier XML dépasse la taille admise.",
    ENCODING_NOT_ADMITTED: (
        "L’encodage du fichier n’est pas admis\u202f: seuls le sont UTF-8, UTF-16 avec marque d’ordre, "
        "ISO-8859-1, ISO-8859-15 et Windows-1252."
    ),
    ENCODING_CONTRADICTED: "L’encodage déclaré par le fichier contredit ses premiers octets.",
    ENCODING_BROKEN: "Des octets du fichier sont impossibles dans l’encodage qu’il déclare.",
    DOCTYPE: "Le fichier contient une déclaration DOCTYPE ou des entités, interdites dans un document de santé.",
    XML_MALFORMED: "Le fichier n’est pas du XML bien formé.",
    XML_TOO_DEEP: "Le fichier XML imbrique trop d’éléments les uns dans les autres.",
    XML_TOO_MANY_ATTRIBUTES: "Un élément du fichier XML porte trop d’attributs ou d’espaces de noms.",
    XML_TOO_MANY_NODES: "Le fichier XML contient trop d’éléments.",
    ZIP_UNREADABLE: "L’archive ZIP est illisible, tronquée ou précédée d’autres données.",
    ZIP_TOO_MANY_ENTRIES: "L’archive ZIP contient trop de fichiers.",
    ZIP_TOO_BIG: "L’archive ZIP dépasse, une fois ouverte, la taille admise.",
    ZIP_BOMB: "Un fichier de l’archive ZIP est compressé de façon anormale (bombe de décompression).",
    ZIP_ESCAPES: "Un nom de fichier de l’archive ZIP désigne un emplacement extérieur à l’archive.",
    ZIP_DUPLICATE: "Deux fichiers de l’archive ZIP portent le même nom.",
    ZIP_SPECIAL_FILE: "L’archive ZIP contient un lien symbolique ou un fichier spécial.",
    ZIP_ENCRYPTED: "L’archive ZIP est chiffrée\u202f: son contenu ne peut pas être contrôlé.",
    ZIP_MULTI_DISK: "L’archive ZIP est répartie sur plusieurs volumes.",
    ZIP_OVERLAP: "Des fichiers de l’archive ZIP se recouvrent.",
    ZIP_LYING: "Les tailles ou les noms annoncés par l’archive ZIP ne sont pas ceux de son contenu.",
    ZIP_CRC: "Un fichier de l’archive ZIP est altéré (somme de contrôle fausse).",
    ZIP_COMMENT: "Le commentaire de l’archive ZIP est anormalement long.",
    ZIP_NESTED: "L’archive ZIP contient une autre archive.",
    ZIP_METHOD: "L’archive ZIP emploie une méthode de compression qui n’est pas admise.",
    ZIP_DECEPTIVE_NAME: "Un nom de fichier de l’archive ZIP contient des caractères interdits.",
    XDM_NOTHING_READABLE: "L’archive ne contient ni métadonnées XDM lisibles, ni document de santé lisible.",
    XDM_HASH: "L’empreinte annoncée par les métadonnées n’est pas celle du document reçu.",
    XDM_SIZE: "La taille annoncée par les métadonnées n’est pas celle du document reçu.",
    XDM_DOCUMENT_MISSING: "Aucun des documents annoncés par les métadonnées n’est dans l’archive.",
    XDM_DOCUMENT_NAMED_TWICE: "Les métadonnées décrivent deux fois le même document.",
    MAIL_TOO_BIG: "Le message dépasse la taille admise.",
    MAIL_TOO_DEEP: "Le message imbrique trop de parties les unes dans les autres.",
    MAIL_TOO_MANY_PARTS: "Le message contient trop de parties.",
    MAIL_HEADERS: "Les en-têtes du message sont anormaux (taille, nombre ou caractères interdits).",
    MAIL_UNREADABLE: "Le fichier n’est pas un message électronique lisible.",
    PDF_UNREADABLE: "Le fichier PDF est illisible.",
    PDF_EXHAUSTING: "La lecture du PDF demandait trop de temps ou de mémoire\u202f: elle a été interrompue.",
    PDF_LOCKED: "Le PDF est protégé par un mot de passe\u202f: son contenu ne peut pas être contrôlé.",
}


def refusal(code: str) -> Refused:
    return Refused(code, MESSAGES[code])
