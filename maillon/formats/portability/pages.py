"""What a person reads of an export: INDEX.HTM, README.TXT, and the description of its formats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Final

from maillon.formats.portability.manifest import Manifest

INDEX: Final = "INDEX.HTM"
README: Final = "README.TXT"
FORMATS: Final = "EXPORT_DOC/FORMATS.TXT"
TYPES: Final = {
    "UNITAIRE": "un dossier",
    "CIBLE": "les dossiers d’un professionnel",
    "MASSIF": "tous les dossiers et ce qui les relie",
}
_STATUS: Final = {
    "COMPLETE": "complet",
    "PARTIAL": "partiel\u202f: ce qui manque est nommé ci-dessous et dans MANIFEST.XML",
    "SAMPLE": "échantillon",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedTable:
    """One file of rows: what a row is, and what each column refers to (`patient_id → patients_patient`)."""

    name: str
    about: str
    columns: tuple[str, ...]
    references: tuple[tuple[str, str], ...]


def index_page(manifest: Manifest) -> bytes:
    missing = [(each.code, one) for each in manifest.archives for one in each.missing]
    rows = "".join(
        f"<tr><td>{each.code}</td><td>{escape(str(each.patient or 'transverse'))}</td>"
        f"<td>{each.counts.get('documents_document', 0)}</td><td>{each.size}</td>"
        f"<td><code>{each.sha256}</code></td></tr>"
        for each in manifest.archives
    )
    lost = "".join(f"<li>{code} : {escape(one.unique_id)}, {escape(one.why)}</li>" for code, one in missing)
    told = (
        ("Type", f"{manifest.export_type}, {TYPES[manifest.export_type]}"),
        ("État", _STATUS[manifest.export_status]),
        ("Extrait le", f"{manifest.extracted_at:%d/%m/%Y à %H:%M} (UTC)"),
        ("Structure", manifest.structure),
        ("Demandé par", manifest.asked_by),
        ("Accordé par", manifest.agreed_by),
        ("Motif", manifest.motive),
        ("Professionnel concerné", manifest.about),
        ("Logiciel", manifest.software),
    )
    facts = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in told if value)
    page = (
        '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Export de dossiers</title><style>'
        "body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
        "dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dt{font-weight:600}dd{margin:0}"
        "table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;padding:.25rem .5rem;text-align:left}"
        "code{font-size:.75em;word-break:break-all}</style></head><body><h1>Export de dossiers</h1>"
        f"<dl>{facts}</dl>"
        + (f"<h2>Documents qui manquent</h2><ul>{lost}</ul>" if lost else "")
        + "<h2>Archives</h2><table><thead><tr><th>Archive</th><th>Patient</th><th>Documents</th><th>Octets</th>"
        f"<th>SHA-256</th></tr></thead><tbody>{rows}</tbody></table>"
        f'<p><a href="{README}">{README}</a>, <a href="{FORMATS}">{FORMATS}</a>. Ces fichiers contiennent des données '
        "de santé\u202f: gardez-les comme vous garderiez les dossiers eux-mêmes.</p></body></html>"
    )
    return page.encode()


def readme(manifest: Manifest) -> bytes:
    lines = [
        "EXPORT DE DOSSIERS DE SANTÉ",
        "",
        f"Type : {manifest.export_type} ({TYPES[manifest.export_type]})",
        f"État : {_STATUS[manifest.export_status]}",
        f"Archives : {len(manifest.archives)}",
        "",
        "MANIFEST.XML   ce que l’export dit de lui-même, et l’empreinte SHA-256 de chaque archive",
        "CHECKSUMS.TXT  l’empreinte de chaque fichier (sha256sum --check CHECKSUMS.TXT)",
        "INDEX.HTM      les archives, à lire dans un navigateur",
        "ARCHIVES/      PATnnnnn.ZIP, une archive IHE XDM par patient : ses documents octet pour octet, toutes leurs",
        "               versions, leurs métadonnées (IHE_XDM/SUBSETnn/METADATA.XML), les données du dossier (DONNEES/)",
        "               TRANSV….ZIP, ce qui est commun : professionnels, structures, agenda (iCalendar), journal",
        "EXPORT_DOC/    la description de chaque fichier de données",
        "",
        "Reprise par une autre installation de Maillon : maillon verifier-export DOSSIER, maillon importer DOSSIER.",
        "Un autre logiciel lit les archives comme celles qu’il reçoit par messagerie sécurisée (IHE XDM).",
        "",
        "Ces fichiers contiennent des données de santé : gardez-les comme vous garderiez les dossiers eux-mêmes.",
    ]
    return ("\r\n".join(lines).replace(" :", "\u202f:") + "\r\n").encode()


def patient_index(title: str, subsets: Iterable[tuple[str, Iterable[tuple[str, str]]]]) -> bytes:
    """INDEX.HTM of one archive (IHE XDM asks for it): (folder, (file, title)…)…"""
    listed = "".join(
        f'<li><a href="{folder}/{escape(file)}">{escape(label)}</a></li>'
        for folder, documents in subsets
        for file, label in documents
    )
    page = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML Basic 1.1//EN" "http://www.w3.org/TR/xhtml-basic/xhtml-basic11.dtd">'
        '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr"><head><title>Dossier de santé</title></head><body>'
        f'<h1>{escape(title)}</h1><ul>{listed}</ul><p><a href="README.TXT">README.TXT</a></p></body></html>'
    )
    return page.encode()


def formats(tables: Iterable[DescribedTable]) -> bytes:
    lines = [
        "FORMATS DES DONNÉES",
        "",
        "Chaque fichier DONNEES/TABLE.jsonl (puis TABLE-0002.jsonl…) contient un objet JSON par ligne, en UTF-8.",
        "« n » est le numéro de la ligne dans l’installation quittée ; une colonne « x_id → table » porte le numéro",
        "d’une ligne de cette table, dans la même archive, dans TRANSV.ZIP pour l’annuaire, ou dans l’archive d’un",
        "autre patient. Instants en ISO 8601 avec leur zone, décimaux en texte, octets en hexadécimal (\\x…).",
        "documents_document : « _fichier » est la place du document dans l’archive, null si ses octets manquent ;",
        "« sha256 » est l’empreinte de ses octets.",
        "record_statement : « negated » est un énoncé nié (« pas d’infarctus »), « absent » dit « aucun connu » ; une",
        "rubrique sans aucune ligne n’est pas renseignée (DONNEES/rubriques.json le dit pour chacune).",
        "Ne partent jamais : mots de passe, clés, codes, sessions.",
        "",
    ]
    for table in tables:
        lines += [table.name, f"  {table.about}", f"  colonnes : {', '.join(table.columns)}"]
        lines += [f"  {column} → {target}" for column, target in table.references]
        lines.append("")
    return ("\r\n".join(lines).replace(" :", "\u202f:").replace(" ;", "\u202f;")).encode()


def patient_readme(number: int, missing: int) -> bytes:
    """README.TXT of one archive, which IHE XDM asks for."""
    lines = [
        "Dossier de santé, archive IHE XDM.",
        f"Documents\u202f: {number}, toutes versions comprises. Octets absents\u202f: {missing}.",
        "Les documents s’ouvrent avec un logiciel de santé, ou depuis INDEX.HTM avec un navigateur.",
        "DONNEES/ contient les mêmes informations pour un logiciel, une ligne JSON par fait.",
    ]
    return ("\r\n".join(lines) + "\r\n").encode()


def transverse_readme() -> bytes:
    lines = [
        "Données communes à plusieurs dossiers : professionnels, structures, agenda, journal, messages.",
        "DONNEES/ contient une ligne JSON par fait ; EXPORT_DOC/FORMATS.TXT, à la racine de l’export, les décrit.",
    ]
    return ("\r\n".join(lines).replace(" :", "\u202f:").replace(" ;", "\u202f;") + "\r\n").encode()
