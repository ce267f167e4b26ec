"""The library: models that are shipped, protocols of the structure, who uses what; copy and adapt."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.pathways import checking
from maillon.pathways.authoring.revision import Standing, revision_rules
from maillon.pathways.authoring.versions import keep_first, member_of, version_for
from maillon.pathways.definition import Protocol
from maillon.pathways.editing import raw
from maillon.pathways.models import ProtocolVersion
from maillon.pathways.natures import NATURES
from maillon.pathways.states import SETTLED, VersionState
from maillon.professionals import api as professionals

_IN_USE: Final = (VersionState.IN_FORCE, VersionState.SUSPENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLine:
    code: str
    title: str
    nature: str
    provenance: str
    reviewed_on: dt.date
    users: tuple[str, ...]  # structures where a copy of it is in force


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    uuid: UUID
    code: str
    number: int
    title: str
    nature: str
    state: str
    state_label: str
    changed_at: dt.datetime
    revise_on: dt.date | None
    standing: Standing | None  # of one in force
    copied_from: str


def models() -> tuple[ModelLine, ...]:
    users = _users()
    return tuple(
        ModelLine(
            code=code, title=model.titre, nature=NATURES[model.nature].label, provenance=model.provenance,
            reviewed_on=model.relu_le, users=users.get(code, ()),
        )
        for code, model in checking.models().items()
    )  # fmt: skip


def model(code: str) -> Protocol:
    """Raises AccessDenied for what is not in the library."""
    found = checking.models().get(code)
    if found is None:
        raise access_room.AccessDenied
    return found


def versions(actor: Actor) -> tuple[VersionLine, ...]:
    """Those of the actor's structure: by code, the latest first."""
    structure_id = member_of(actor)
    if structure_id is None:
        return ()
    found = ProtocolVersion.objects.filter(structure_id=structure_id).order_by("code", "-number")
    return tuple(line_of(each) for each in found)


def line_of(version: ProtocolVersion) -> VersionLine:
    return VersionLine(
        uuid=version.uuid,
        code=version.code,
        number=version.number,
        title=version.title or "Sans titre",
        nature=NATURES[version.nature].label if version.nature in NATURES else "",
        state=version.state,
        state_label=VersionState(version.state).label,
        changed_at=version.changed_at,
        revise_on=version.revise_on,
        standing=_standing(version),
        copied_from=version.copied_from,
    )


def _standing(version: ProtocolVersion) -> Standing | None:
    if version.state != VersionState.IN_FORCE or version.revise_on is None:
        return None
    return revision_rules().standing(version.revise_on, on=clock.today())


# ------------------------------------------------------------------------------------------------ copy, begin, revise


def copy_model(actor: Actor, code: str) -> UUID:
    """« Copier et adapter »: the model, as a first version of the structure that nobody has checked yet."""
    model(code)
    return keep_first(actor, text=_as_local(text_of_model(code)), state=VersionState.WRITING, copied_from=code)


def revise(actor: Actor, uuid: UUID) -> UUID:
    """The next version, from the text of this one. Raises E-PRO-61 for one that is still being written."""
    version = version_for(actor, uuid)
    if version.state not in SETTLED:
        raise UserMessage("E-PRO-61", "Cette version est en cours d’écriture\u202f: reprenez-la.")
    return keep_first(actor, text=version.text, state=VersionState.WRITING, copied_from=version.copied_from)


def begin(actor: Actor, *, code: str, title: str, nature: str) -> UUID:
    """An idea, from nothing. Raises E-PRO-62 when one of the three is missing."""
    code = "-".join(code.upper().split())
    if not code or len(code) > 40 or not code.replace("-", "").isalnum() or not title.strip() or nature not in NATURES:
        raise UserMessage(
            "E-PRO-62", "Donnez un titre, une nature et un code de lettres, de chiffres et de tirets (DIAB-01)."
        )
    said = _FIRST | {"code": code, "nature": nature, "titre": " ".join(title.split())[:300]}
    said |= {"relu_le": "", "a_revoir_le": "", "auteurs": [actor.label]}
    return keep_first(actor, text=raw.text_of(said), state=VersionState.IDEA)


_FIRST: Final[dict[str, raw.Raw]] = {
    "code": "", "nature": "", "statut": "local", "titre": "", "theme": "", "justification": "", "source": "",
    "provenance": "local", "auteurs": [], "relu_le": "", "a_revoir_le": "", "objectifs": [],
    "population": {"inclusion": [], "exclusion": []}, "professions": [],
    "information": {"texte": "", "consentement": "oral"}, "etapes": [], "alertes": [], "indicateurs": [],
    "bibliographie": [], "avis_medical": [], "regle_si": "", "exemples": [],
}  # fmt: skip


def _as_local(text: str) -> str:
    said = raw.values(text)
    said["statut"] = "local"
    return raw.text_of(said)


@functools.cache
def text_of_model(code: str) -> str:
    for path in sorted(checking.FOLDER.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if raw.values(text).get("code") == code:
            return text
    raise access_room.AccessDenied


def _users() -> dict[str, tuple[str, ...]]:
    rows = ProtocolVersion.objects.filter(state__in=_IN_USE).exclude(copied_from="").order_by("pk")
    pairs = list(rows.values_list("copied_from", "structure_id"))
    places = professionals.structures({StructureId(place) for _, place in pairs})
    found: dict[str, tuple[str, ...]] = {}
    for code, place in pairs:
        found[code] = tuple(dict.fromkeys((*found.get(code, ()), places[StructureId(place)].name)))
    return found
