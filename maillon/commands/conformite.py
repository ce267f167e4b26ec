"""`maillon conformite`: what the official kit and our own checks say of any CDA, so that a doctor can read it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import orjson

from maillon.formats.cda import checks
from maillon.formats.kit import topics
from maillon.formats.kit.engine import Finding, Kit, Verdict
from maillon.formats.kit.source import NO_KIT, open_kit
from maillon.formats.refusal import Refused

CONFORMING, NOT_CONFORMING, NOT_CHECKED = 0, 1, 2
_MOST_SHOWN: Final = 12  # of one topic, unless --tout
_OURS: Final = frozenset({"K-13", "K-14", "K-15", "K-16"})  # only of documents that we write
_UNREADABLE: Final = Refused("E-LIR-01", "Le fichier est introuvable ou ne peut pas être ouvert.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is said of one file; `refused` when it could not be read at all."""

    file: str
    verdict: Verdict | None = None
    own: tuple[checks.Finding, ...] = ()
    strict: bool = False
    refused: Refused | None = None

    @property
    def conforms(self) -> bool:
        return not (self.verdict and self.verdict.errors) and not (self.strict and self.own)

    @property
    def is_checked(self) -> bool:
        return self.refused is None and not (self.verdict and self.verdict.unchecked)


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="contrôler des documents CDA avec le kit de conformité officiel",
        description="Passe chaque document au schéma XML, aux cinq profils généraux et au schématron de son modèle "
        "(kit de l’ANS, à se procurer à part), puis aux contrôles de Maillon, et dit en français ce qui ne va pas.",
        epilog="État de sortie : 0 si tout est conforme, 1 si un document au moins ne l’est pas, 2 si le contrôle "
        "n’a pas pu être fait (kit absent, option « conformite » non installée, fichier illisible).",
    )
    parser.add_argument("files", metavar="FICHIER", nargs="+", type=Path)
    parser.add_argument("--kit", metavar="DOSSIER", type=Path, help="dossier ou dépôt git du kit (sinon CDA_KIT)")
    parser.add_argument("--sans-kit", action="store_true", dest="no_kit", help="les seuls contrôles de Maillon")
    parser.add_argument(
        "--strict", action="store_true",
        help="compte aussi comme erreurs les contrôles que Maillon fait sur les documents qu’il écrit",
    )  # fmt: skip
    parser.add_argument("--tout", action="store_true", dest="everything", help="tous les messages de chaque rubrique")
    parser.add_argument("--json", action="store_true", help="un tableau JSON, un objet par document")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        kit = None if options.no_kit else _kit(options.kit)
    except Refused as refused:
        print(f"[{refused.code}] {refused.message}", file=sys.stderr)
        if refused is NO_KIT:
            print("Avec --sans-kit, seuls les contrôles de Maillon sont faits.", file=sys.stderr)
        return NOT_CHECKED
    reports = [_report(path, kit, strict=options.strict) for path in options.files]
    if options.json:
        plain = [_plain(one) for one in reports]
        sys.stdout.buffer.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    else:
        limit = None if options.everything else _MOST_SHOWN
        print("\n\n".join("\n".join(_told(one, limit)) for one in reports))
        print("\n" + _total(reports, kit))
    return _exit_code(reports)


def _exit_code(reports: list[Report]) -> int:
    if any(not one.conforms for one in reports):
        return NOT_CONFORMING
    return CONFORMING if all(one.is_checked for one in reports) else NOT_CHECKED


def _kit(given: Path | None) -> Kit:
    named = given or (Path(os.environ["CDA_KIT"]) if os.environ.get("CDA_KIT") else None)
    if named is None:
        raise NO_KIT
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Kit(open_kit(named, cache=Path(home) / "maillon" / "conformite"))


def _report(path: Path, kit: Kit | None, *, strict: bool) -> Report:
    try:
        data = _bytes_of(path)
        verdict = kit.check(data) if kit is not None else None
        own = tuple(one for one in checks.check(data) if strict or one.code not in _OURS)
    except Refused as refused:
        return Report(file=str(path), refused=refused)
    return Report(file=str(path), verdict=verdict, own=own, strict=strict)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise _UNREADABLE from None


# What a person reads.


def _told(report: Report, limit: int | None) -> Iterator[str]:
    if report.refused is not None:
        yield f"{report.file}\n  NON CONTRÔLÉ [{report.refused.code}] {report.refused.message}"
        return
    yield report.file
    yield f"  {_headline(report)}"
    findings = report.verdict.findings if report.verdict else ()
    yield from _by_topic([one for one in findings if one.severity == "error"], limit)
    if report.own:
        yield f"  Contrôles de Maillon ({'erreurs' if report.strict else 'à vérifier'})"
        yield from (f"    – [{one.code}] {one.message}" for one in report.own)
    for severity, words in (("warning", "Recommandations du kit"), ("gap", "Non vérifiable, faute de table au kit")):
        kept = [one for one in findings if one.severity == severity]
        if kept:
            yield f"  {words}\u202f: {len(kept)}"
            yield from (f"    – {topics.words_of(one)}" for one in kept[:limit])
    if report.verdict:
        yield from (f"  Non vérifié\u202f: {what}" for what in report.verdict.unchecked)


def _headline(report: Report) -> str:
    if report.verdict is None:
        return "Contrôles de Maillon seuls\u202f: " + ("rien à signaler" if not report.own else f"{len(report.own)}")
    errors = len(report.verdict.errors)
    model = f"modèle {report.verdict.model}" if report.verdict.model else "règles communes à tous les documents"
    if errors:
        return f"NON CONFORME\u202f: {errors} erreur{'s' if errors > 1 else ''} ({model})"
    if report.strict and report.own:
        return f"NON CONFORME aux contrôles de Maillon ({model}\u202f: sans erreur)"
    return f"CONFORME ({model})" if report.is_checked else f"Sans erreur, mais contrôle incomplet ({model})"


def _by_topic(errors: list[Finding], limit: int | None) -> Iterator[str]:
    ranked = sorted(errors, key=lambda one: topics.ORDER.index(topics.topic_of(one)))
    for topic, group in groupby(ranked, key=topics.topic_of):
        found = list(group)
        yield f"  {topic}\u202f: {len(found)}"
        for one in found[:limit]:
            place = topics.place_of(one)
            yield f"    – {topics.words_of(one)}" + (f" ({place})" if place else "")
        if limit is not None and len(found) > limit:
            yield f"    … et {len(found) - limit} de plus (--tout)"


def _total(reports: list[Report], kit: Kit | None) -> str:
    right = sum(one.conforms and one.is_checked for one in reports)
    of = f" – kit {kit.source.label}" if kit is not None else ""
    return f"{right} sur {len(reports)} conforme{'s' if right > 1 else ''}{of}"


def _plain(report: Report) -> dict[str, object]:
    if report.refused is not None:
        return {"file": report.file, "refused": {"code": report.refused.code, "message": report.refused.message}}
    findings = report.verdict.findings if report.verdict else ()
    return {
        "file": report.file,
        "conforms": report.conforms,
        "model": report.verdict.model if report.verdict else None,
        "unchecked": list(report.verdict.unchecked) if report.verdict else ["le kit officiel"],
        "findings": [{**asdict(one), "topic": topics.topic_of(one), "words": topics.words_of(one)} for one in findings],
        "own": [asdict(one) for one in report.own],
    }
