"""A small checker of resources against the snapshots of the official profiles (see distill.py): cardinality, fixed and
pattern values, slices, required bindings, invariants (fhirpathpy). It says what it could not judge."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fhirpathpy

PROFILES = Path(__file__).with_name("profiles")
# The required value sets of FHIR R4 whose codes we serve.
VALUE_SETS = {
    "https://profiles.ihe.net/ITI/MHD/ValueSet/DocumentReferenceStats": {"current", "superseded", "entered-in-error"},
    "http://hl7.org/fhir/ValueSet/document-relationship-type": {"replaces", "transforms", "signs", "appends"},
    "http://hl7.org/fhir/ValueSet/list-status": {"current", "retired", "entered-in-error"},
    "http://hl7.org/fhir/ValueSet/list-mode": {"working", "snapshot", "changes"},
    "http://hl7.org/fhir/ValueSet/request-status": {
        "draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown",
    },
    "http://hl7.org/fhir/ValueSet/care-plan-intent": {"proposal", "plan", "order", "option"},
    "http://hl7.org/fhir/ValueSet/care-plan-activity-status": {
        "not-started", "scheduled", "in-progress", "on-hold", "completed", "cancelled", "stopped", "unknown",
        "entered-in-error",
    },
    "http://hl7.org/fhir/ValueSet/goal-status": {
        "proposed", "planned", "accepted", "active", "on-hold", "completed", "cancelled", "entered-in-error",
        "rejected",
    },
    "http://hl7.org/fhir/ValueSet/care-team-status": {
        "proposed", "active", "suspended", "inactive", "entered-in-error",
    },
    "http://hl7.org/fhir/ValueSet/audit-event-action": set("CRUDE"),
    "http://hl7.org/fhir/ValueSet/audit-event-outcome": {"0", "4", "8", "12"},
    "http://hl7.org/fhir/ValueSet/identifier-use": {"usual", "official", "temp", "secondary", "old"},
    "http://hl7.org/fhir/ValueSet/name-use": {"usual", "official", "temp", "nickname", "anonymous", "old", "maiden"},
    "http://hl7.org/fhir/ValueSet/bundle-type": {"searchset", "history", "transaction", "transaction-response"},
    "http://hl7.org/fhir/ValueSet/search-entry-mode": {"match", "include", "outcome"},
    "http://hl7.org/fhir/ValueSet/contact-point-system": {"phone", "fax", "email", "pager", "url", "sms", "other"},
    "https://hl7.fr/ig/fhir/core/ValueSet/fr-core-vs-patient-gender": {"male", "female", "unknown"},
    "https://hl7.fr/ig/fhir/core/ValueSet/fr-core-vs-patient-identifier-use-ins": {"official", "old", "temp"},
    "https://hl7.fr/ig/fhir/core/ValueSet/fr-core-vs-patient-identifier-use-pi": {"usual", "secondary", "old", "temp"},
}  # fmt: skip
# Not judged: the presence of a narrative (best practice only), and what fhirpathpy does not run.
NOT_JUDGED = frozenset({"dom-6", "txt-1", "txt-2", "ele-1", "ext-1"})


@dataclass
class Verdict:
    faults: list[str] = field(default_factory=list)
    not_judged: set[str] = field(default_factory=set)


def check(resource: dict[str, Any], name: str) -> Verdict:
    verdict, profile = Verdict(), _profile(name)
    if resource.get("resourceType") != profile["type"]:
        verdict.faults.append(f"{name}: {resource.get('resourceType')} is no {profile['type']}")
        return verdict
    for element in profile["elements"]:
        blind = _blind_slice(element["id"], name)
        if blind:
            verdict.not_judged.add(blind)
        else:
            _check_element(resource, element, profile, verdict)
    return verdict


@functools.cache
def _profile(name: str) -> dict[str, Any]:
    return json.loads((PROFILES / f"{name}.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@functools.cache
def _blind_slice(identifier: str, name: str) -> str:
    """The slice on the way to this element that nothing here tells apart: what fixes it is in another profile."""
    profile, steps = _profile(name), identifier.split(".")
    for rank, step in enumerate(steps):
        if ":" in step:
            slice_id = ".".join(steps[: rank + 1])
            if any(wanted is None for _, wanted in _wanted(slice_id, profile)) or not _wanted(slice_id, profile):
                return slice_id
    return ""


def _wanted(identifier: str, profile: dict[str, Any]) -> list[tuple[str, Any]]:
    """(path of the discriminator, what it is in this slice)."""
    base = identifier.rpartition(":")[0]
    elements = {each["id"]: each for each in profile["elements"]}
    slicing, own = elements.get(base, {}).get("slicing") or {}, elements.get(identifier, {})
    found: list[tuple[str, Any]] = []
    for path in slicing.get("by", ()):
        fixed = elements.get(f"{identifier}.{path}", {})
        if path == "url" and own.get("profiles"):
            found.append((path, own["profiles"][0].partition("|")[0]))
        elif path == "$this":
            found.append((path, own.get("pattern", own.get("fixed"))))
        elif path == "resource":
            found.append(
                (path, [url.rpartition("/")[2].partition("|")[0] for url in fixed.get("profiles", ())] or None)
            )
        elif path != "request.method":  # said by the resource already
            found.append((path, fixed.get("fixed", fixed.get("pattern"))))
    return found


def _check_element(
    resource: dict[str, Any], element: dict[str, Any], profile: dict[str, Any], verdict: Verdict
) -> None:
    steps = element["id"].split(".")[1:]
    if not steps:
        _check_rules([resource], element, verdict)
        return
    for parent in _instances([resource], steps[:-1], profile, [profile["type"]]):
        found = _children(parent, steps[-1], profile, element["id"])
        where = element["id"]
        if len(found) < element["min"]:
            verdict.faults.append(f"{where}: {len(found)} < {element['min']}")
        if element["max"] != "*" and len(found) > int(element["max"]):
            verdict.faults.append(f"{where}: {len(found)} > {element['max']}")
        _check_values(found, element, verdict)
        _check_rules(found, element, verdict)


def _instances(nodes: list[Any], steps: list[str], profile: dict[str, Any], prefix: list[str]) -> list[Any]:
    for step in steps:
        prefix = [*prefix, step]
        nodes = [child for node in nodes for child in _children(node, step, profile, ".".join(prefix))]
    return [node for node in nodes if isinstance(node, dict)]


def _children(node: Any, step: str, profile: dict[str, Any], identifier: str) -> list[Any]:
    """The values under a step « name », « name[x] », « name:slice »."""
    if not isinstance(node, dict):
        return []
    name, _, slice_name = step.partition(":")
    if name.endswith("[x]"):
        pattern = re.compile(re.escape(name[:-3]) + r"[A-Z]\w*")
        values = [value for key, value in node.items() if pattern.fullmatch(key)]
    else:
        values = node.get(name, [])
        values = values if isinstance(values, list) else [values]
    return [each for each in values if _is_of_slice(each, identifier, profile)] if slice_name else values


def _is_of_slice(value: Any, identifier: str, profile: dict[str, Any]) -> bool:
    for path, wanted in _wanted(identifier, profile):
        if path == "resource":
            named = [url.rpartition("/")[2] for url in value.get("resource", {}).get("meta", {}).get("profile", ())]
            matches = bool(set(wanted) & set(named))
        elif path == "$this":
            matches = _matches(value, wanted)
        else:
            matches = isinstance(value, dict) and _matches(value.get(path), wanted)
        if not matches:
            return False
    return True


def _check_values(found: list[Any], element: dict[str, Any], verdict: Verdict) -> None:
    for value in found:
        if "fixed" in element and value != element["fixed"]:
            verdict.faults.append(f"{element['id']}: {value!r} is not {element['fixed']!r}")
        if "pattern" in element and not _matches(value, element["pattern"]):
            verdict.faults.append(f"{element['id']}: {value!r} has not the pattern {element['pattern']!r}")
        if "required" in element:
            known = VALUE_SETS.get(element["required"])
            if known is None:
                verdict.not_judged.add(element["required"])
            elif isinstance(value, str) and value not in known:
                verdict.faults.append(f"{element['id']}: {value!r} is not in {element['required']}")


def _matches(value: Any, pattern: Any) -> bool:
    """All that the pattern says is in the value."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(_matches(value.get(name), each) for name, each in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(_matches(one, each) for one in value) for each in pattern)
    return bool(value == pattern)


def _check_rules(found: list[Any], element: dict[str, Any], verdict: Verdict) -> None:
    for rule in element.get("rules", ()):
        if rule["key"] in NOT_JUDGED:
            continue
        for value in found:
            if not isinstance(value, dict):
                continue
            holds = _holds(value, rule["expression"])
            if holds is None:
                verdict.not_judged.add(rule["key"])
            elif not holds:
                verdict.faults.append(f"{element['id']}: {rule['key']} {rule['expression'][:100]}")


@functools.lru_cache(maxsize=500)
def _compiled(expression: str) -> Any:
    return fhirpathpy.compile(expression)


def _holds(value: dict[str, Any], expression: str) -> bool | None:
    """None when the expression cannot be run here (it needs the surrounding resource, or a function that is absent)."""
    if any(word in expression for word in ("%resource", "resolve()", "htmlChecks", "memberOf", "%context")):
        return None
    try:
        answer = list(_compiled(expression)(value))
    except Exception:  # noqa: BLE001 (whatever the library cannot run is said, not hidden)
        return None
    return not answer or answer[0] is not False


def faults_of(resource: dict[str, Any], name: str) -> list[str]:
    return check(resource, name).faults


def every_path(resource: dict[str, Any], prefix: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Of each element, the outermost first."""
    items = resource.items() if isinstance(resource, dict) else enumerate(resource)
    for name, value in items:
        yield (*prefix, name)
        if isinstance(value, dict | list):
            yield from every_path(value, (*prefix, name))  # type: ignore[arg-type]
