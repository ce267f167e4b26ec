"""Three ways to say a change of a resource: JSON Patch (RFC 6902), merge patch (RFC 7396), FHIRPath Patch (FHIR R4)."""

from __future__ import annotations

import copy
import re
from typing import Any, Final

from maillon.formats.fhir.datatypes import Resource, objects
from maillon.formats.refusal import Refused

JSON_PATCH: Final = "application/json-patch+json"
MERGE_PATCH: Final = frozenset({"application/merge-patch+json", "application/json"})
FHIRPATH_PATCH: Final = frozenset({"application/fhir+json"})
MOST: Final = 50
NOT_READ: Final = Refused("E-FHIR-67", "Cette modification n’est pas lisible, ou ne s’applique pas à la ressource.")
_PATH: Final = re.compile(
    r"DocumentReference\.(?P<name>status|securityLabel|extension)"
    r"(?P<archived>\.where\(url\s*=\s*'(?P<url>[^']+)'\)\.value)?(?:\[(?P<rank>\d+)\])?"
)


def patched(resource: Resource, change: Any, kind: str) -> Resource:
    """A changed copy. Raises Refused."""
    found = copy.deepcopy(resource)
    if kind == JSON_PATCH:
        for each in _operations(change):
            found = _json_operation(found, each)
        return found
    if isinstance(change, dict) and change.get("resourceType") == "Parameters":
        for parameter in _operations(change.get("parameter")):
            _fhirpath_operation(found, parameter)
        return found
    if kind in MERGE_PATCH | FHIRPATH_PATCH and isinstance(change, dict):
        merged: Resource = _merged(found, change)
        return merged
    raise NOT_READ


def _operations(change: Any) -> list[Resource]:
    if not isinstance(change, list) or not change or len(change) > MOST:
        raise NOT_READ
    if not all(isinstance(each, dict) for each in change):
        raise NOT_READ
    return change


def _merged(target: Any, change: Any) -> Any:
    """RFC 7396 §2."""
    if not isinstance(change, dict):
        return change
    found = dict(target) if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = _merged(found.get(name), value)
    return found


# ------------------------------------------------------------------------------------------------ JSON Patch


def _json_operation(resource: Resource, said: Resource) -> Resource:
    """add, replace, remove and test; `move` and `copy` have no use on what may change here."""
    action, steps = said.get("op"), _steps(said.get("path"))
    if action not in ("add", "replace", "remove", "test") or not steps or ("value" not in said and action != "remove"):
        raise NOT_READ
    place: Any = resource
    try:
        for step in steps[:-1]:
            place = place[int(step)] if isinstance(place, list) else place[step]
        _act(place, steps[-1], str(action), said.get("value"))
    except (KeyError, IndexError, ValueError, TypeError):
        raise NOT_READ from None
    return resource


def _steps(path: Any) -> list[str]:
    if not isinstance(path, str) or not path.startswith("/"):
        return []
    return [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]


def _act(place: Any, step: str, action: str, value: Any) -> None:
    if isinstance(place, list):
        _act_on_list(place, step, action, value)
        return
    if action == "test" and place[step] != value:
        raise KeyError(step)
    if action in ("remove", "replace"):
        del place[step]
    if action in ("add", "replace"):
        place[step] = value


def _act_on_list(place: list[Any], step: str, action: str, value: Any) -> None:
    rank = len(place) if step == "-" and action == "add" else int(step)
    if rank < 0 or rank > len(place):
        raise IndexError(step)
    if action == "test" and place[rank] != value:
        raise KeyError(step)
    if action in ("remove", "replace"):
        del place[rank]
    if action in ("add", "replace"):
        place.insert(rank, value)


# ------------------------------------------------------------------------------------------------ FHIRPath Patch


def _fhirpath_operation(resource: Resource, said: Resource) -> None:
    """The few paths that may change: status, securityLabel, and the value of an extension."""
    parts = {str(each.get("name")): each for each in objects(said.get("part"))}
    action = _value(parts.get("type"))
    path, name = str(_value(parts.get("path")) or ""), _value(parts.get("name"))
    value = _value(parts.get("value"))
    if action == "add" and path == "DocumentReference" and name == "securityLabel":
        resource.setdefault("securityLabel", []).append(value)
        return
    found = _PATH.fullmatch(path)
    if found is None or action not in ("replace", "delete"):
        raise NOT_READ
    if found["archived"]:
        _set_extension(resource, str(found["url"]), value, action=str(action))
    elif found["name"] == "status" and action == "replace":
        resource["status"] = value
    elif found["name"] == "securityLabel" and found["rank"] is not None:
        _act_on_labels(resource, int(found["rank"]), value, action=str(action))
    else:
        raise NOT_READ


def _set_extension(resource: Resource, url: str, value: Any, *, action: str) -> None:
    kept = [each for each in objects(resource.get("extension")) if each.get("url") != url]
    resource["extension"] = kept if action == "delete" else [*kept, {"url": url, "valueBoolean": value}]


def _act_on_labels(resource: Resource, rank: int, value: Any, *, action: str) -> None:
    labels = resource.get("securityLabel") or []
    if rank >= len(labels):
        raise NOT_READ
    labels[rank : rank + 1] = [] if action == "delete" else [value]


def _value(part: Resource | None) -> Any:
    return next((value for name, value in (part or {}).items() if name.startswith("value")), None)
