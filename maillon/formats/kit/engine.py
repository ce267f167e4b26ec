"""Runs the kit on a document. The compiled schematrons are kept beside the copy of the kit, for every later run."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, cast

from lxml import etree

from maillon.formats.cda.hl7 import NS
from maillon.formats.kit.assemble import assemble, text_of
from maillon.formats.kit.models import LEVEL_ONE, schematron_of
from maillon.formats.kit.source import ENGINE, PROFILES, SCHEMA, Source
from maillon.formats.refusal import Refused
from maillon.formats.untrusted import parse_untrusted

Severity = Literal["error", "warning", "gap"]  # a gap is one of the kit, not of the document
Element = etree._Element

NO_ENGINE: Final = Refused(
    "E-KIT-05",
    "Le moteur des schématrons n’est pas installé\u202f: installez l’option « conformite » de Maillon "
    "(pip install 'maillon[conformite]').",
)
_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
_SOFT: Final = frozenset({"warning", "warn", "info", "information", "hint"})
_NAMESPACE: Final = re.compile(r"\[namespace-uri\(\)='[^']*'\]")
_LOCAL_NAME: Final = re.compile(r"\*\[local-name\(\)='([\w.-]+)'(?: and namespace-uri\(\)='[^']*')?\]")
_STEP: Final = re.compile(r"(?:\*:|[\w-]+:)?(\w[\w.-]*)(\[\d+\])?")
_PREFIX: Final = re.compile(r"^\s*\[([^\]]{1,80})\]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`path` names the elements down to the place (`recordTarget/patientRole/id`); `section` is the title of the
    section where it is; `rule` is the name that the kit gives to its rule."""

    origin: str
    severity: Severity
    message: str
    path: str = ""
    section: str | None = None
    line: int | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`model` is the schematron of the type, None for a document that has only the generic profiles; `unchecked` are
    the parts of the kit that could not be run on it."""

    findings: tuple[Finding, ...]
    model: str | None
    unchecked: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.severity == "error")


@dataclass(slots=True)
class Kit:
    source: Source
    _processor: Any = None
    _loaded: dict[Path, Any] = field(default_factory=dict)
    _schema: Any = None

    def __post_init__(self) -> None:
        try:
            from saxonche import PySaxonProcessor
        except ImportError:
            raise NO_ENGINE from None
        self._processor = PySaxonProcessor(license=False)
        self._schema = etree.XMLSchema(file=str(self.source.root / SCHEMA))

    def check(self, data: bytes) -> Verdict:
        """Refused (E-FMT-…, E-KIT-06) when the bytes are no CDA."""
        document = _clinical_document(parse_untrusted(data))
        templates = tuple(
            (each.get("root") or "", each.get("extension") or "") for each in document.findall(f"{NS}templateId")
        )
        is_level_one = document.find(f"{NS}component/{NS}nonXMLBody") is not None
        coded = document.find(f"{NS}code")
        model = schematron_of(
            templates,
            type_code=coded.get("code") if coded is not None else None,
            is_level_one=is_level_one,
            folder=self.source.root / "schematrons",
        )
        findings, unchecked = list(self._against_schema(document)), []
        if model is None and not is_level_one:
            unchecked.append("le modèle du document (le kit n’en a pas le schématron)")
        node = self._processor.parse_xml(xml_text=etree.tostring(document, encoding="unicode", with_tail=False))
        for path, label in self._todo(model):
            try:
                findings += self._against(path, label, node, document)
            except Refused as refused:
                unchecked.append(f"{label}\u202f: {refused.message}")
        return Verdict(
            findings=tuple(findings),
            model=model.stem.removeprefix("CI-SIS_") if model else None,
            unchecked=tuple(unchecked),
        )

    def _todo(self, model: Path | None) -> list[tuple[Path, str]]:
        todo = [(self.source.root / name, label) for name, label in PROFILES.items()]
        return [*todo, (model, f"modèle {model.stem.removeprefix('CI-SIS_')}")] if model else todo

    def _against_schema(self, document: Element) -> list[Finding]:
        alone = parse_untrusted(etree.tostring(document, encoding="utf-8", with_tail=False))
        if self._schema.validate(alone):
            return []
        return [
            Finding(
                origin="schéma XML",
                severity="error",
                message=each.message,
                line=each.line,
            )
            for each in self._schema.error_log
        ]

    def _against(self, path: Path, label: str, node: Any, document: Element) -> list[Finding]:
        try:
            report = self._compiled(path).transform_to_string(xdm_node=node)
        except Refused:
            raise
        except Exception:  # noqa: BLE001 — whatever a rule of the kit stumbles on
            raise Refused("E-KIT-07", "une règle du kit s’est arrêtée sur ce document.") from None
        root = parse_untrusted(report.encode(), max_bytes=200 * 1024 * 1024)
        return [self._finding(each, label, document) for each in root.iter(f"{_SVRL}failed-assert")]

    def _finding(self, failed: Element, label: str, document: Element) -> Finding:
        message = " ".join("".join(str(part) for part in failed.itertext()).split())
        named = _PREFIX.match(message)
        role = (failed.get("role") or failed.get("flag") or "error").lower()
        is_gap = any(name in message or name in (failed.get("test") or "") for name in self.source.gaps)
        place = _place(document, failed.get("location") or "")
        return Finding(
            origin=label,
            severity="gap" if is_gap else "warning" if role in _SOFT else "error",
            message=_PREFIX.sub("", message) or message,
            rule=named[1] if named else None,
            path="/".join(_names_down_to(place)) if place is not None else "",
            section=_section_of(place) if place is not None else None,
            line=_line_of(place) if place is not None else None,
        )

    def _compiled(self, path: Path) -> Any:
        if path not in self._loaded:
            target = path.with_suffix(".xsl")
            if not target.exists():
                self._compile(path, target)
            self._loaded[path] = self._xslt().compile_stylesheet(stylesheet_file=str(target))
        return self._loaded[path]

    def _compile(self, path: Path, target: Path) -> None:
        schematron = assemble(path)
        if schematron.absent:
            raise Refused("E-KIT-04", f"le kit est incomplet, {len(schematron.absent)} parties manquent.")
        text = text_of(schematron).decode()
        engine = (self.source.root / ENGINE).parent
        for step in ("iso_abstract_expand.xsl", "iso_svrl_for_xslt2.xsl"):
            sheet = self._xslt().compile_stylesheet(stylesheet_file=str(engine / step))
            text = sheet.transform_to_string(xdm_node=self._processor.parse_xml(xml_text=text))
        beside = target.with_suffix(f".{os.getpid()}")
        beside.write_text(text, encoding="utf-8")
        beside.replace(target)

    def _xslt(self) -> Any:
        return self._processor.new_xslt30_processor()


def _clinical_document(root: Element) -> Element:
    """Also under the root of a self-presenting document."""
    found = root if root.tag == f"{NS}ClinicalDocument" else next(root.iter(f"{NS}ClinicalDocument"), None)
    if found is None:
        raise Refused("E-KIT-06", "Le fichier ne contient pas de document CDA.")
    return found


def _place(document: Element, location: str) -> Element | None:
    """The element that a report names by its path (`/ClinicalDocument/component[2]/@x`), whatever its namespace."""
    path = ""
    for step in _LOCAL_NAME.sub(r"\1", _NAMESPACE.sub("", location)).removeprefix("/").split("/"):
        found = _STEP.fullmatch(step)
        if found is None:
            break
        path += f"/*[local-name()='{found[1]}']{found[2] or ''}"
    reached = etree.ElementTree(document).xpath(path) if path else []
    return reached[0] if isinstance(reached, list) and reached and isinstance(reached[0], etree._Element) else None


def _names_down_to(place: Element) -> list[str]:
    """Without the root nor the entries' wrappings: what a person can recognise."""
    above = [*reversed(list(place.iterancestors())), place]
    return [etree.QName(each).localname for each in above[1:]]


def _line_of(place: Element) -> int | None:
    return cast("int | None", place.sourceline)


def _section_of(place: Element) -> str | None:
    for each in (place, *place.iterancestors()):
        if each.tag == f"{NS}section":
            title = each.find(f"{NS}title")
            code = each.find(f"{NS}code")
            named = " ".join("".join(str(part) for part in title.itertext()).split()) if title is not None else ""
            return named or (code.get("displayName") or code.get("code") if code is not None else None)
    return None


__all__ = ["LEVEL_ONE", "Finding", "Kit", "Verdict"]
