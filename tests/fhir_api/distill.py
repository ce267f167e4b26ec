"""The official profiles, reduced to what the checker asks: `python tests/fhir_api/distill.py DOSSIER_DES_PAQUETS`.

Reads the packages (CC0-1.0) of the French guides and writes tests/fhir_api/profiles/*.json: for each element of a
snapshot its cardinality, fixed and pattern values, required bindings, invariants; and the SHA-256 of the package.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).with_name("profiles")
WANTED = {
    "ans.fhir.fr.pdsm-3.1.1.tgz": (
        "pdsm-comprehensive-document-reference", "pdsm-submissionset-comprehensive", "pdsm-folder-comprehensive",
        "pdsm-find-documentreferences-comprehensive-response", "pdsm-find-lists-response",
    ),
    "ans.fhir.fr.cds-2.0.1.tgz": ("cds-ihe-careteam", "cds-organization"),
    "ans.fhir.fr.tde-2.0.0.tgz": ("tde-auditevent",),
    "hl7.fhir.fr.core-2.2.0.tgz": ("fr-core-patient-ins", "fr-core-patient"),
}  # fmt: skip


def main(packages: Path) -> None:
    HERE.mkdir(exist_ok=True)
    for package, names in WANTED.items():
        digest = hashlib.sha256((packages / package).read_bytes()).hexdigest()
        with tarfile.open(packages / package) as archive:
            for name in names:
                member = archive.extractfile(f"package/StructureDefinition-{name}.json")
                assert member is not None
                written = _distilled(json.load(member)) | {"package": package, "sha256": digest}
                text = json.dumps(written, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
                (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _distilled(profile: dict[str, Any]) -> dict[str, Any]:
    return {
        "url": profile["url"],
        "type": profile["type"],
        "elements": [_element(each) for each in profile["snapshot"]["element"]],
    }


def _element(each: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"id": each["id"], "path": each["path"], "min": each["min"], "max": each["max"]}
    for name, value in each.items():
        if name.startswith(("fixed", "pattern")):
            found["fixed" if name.startswith("fixed") else "pattern"] = value
    if "slicing" in each:
        found["slicing"] = {
            "by": [one["path"] for one in each["slicing"].get("discriminator", ())], "rules": each["slicing"]["rules"]
        }  # fmt: skip
    profiles = [url for kind in each.get("type", ()) for url in kind.get("profile", ())]
    if profiles:
        found["profiles"] = profiles
    binding = each.get("binding", {})
    if binding.get("strength") == "required" and "valueSet" in binding:
        found["required"] = binding["valueSet"].partition("|")[0]
    rules = [
        {"key": one["key"], "expression": one["expression"]}
        for one in each.get("constraint", ())
        if one["severity"] == "error" and "expression" in one
    ]
    if rules:
        found["rules"] = rules
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
