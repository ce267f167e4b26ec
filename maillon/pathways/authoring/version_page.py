"""A version as its page shows it: where it stands, who signed, what it lacks, what may be done, what it says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from maillon.kernel.key import Actor
from maillon.pathways import checking
from maillon.pathways.authoring import library, readiness, remarks, versions
from maillon.pathways.authoring.reading import Reading, reading_of
from maillon.pathways.definition import Protocol
from maillon.pathways.editing import looking
from maillon.pathways.models import ProtocolVersion
from maillon.pathways.states import SETTLED, VERSION, WRITABLE, VersionState
from maillon.professionals import api as professionals

_WITH_REASON: Final = frozenset({"suspend", "withdraw"})
_UNSEEN: Final = frozenset({"replace"})  # done by the version that takes its place


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One profession that signs: who did, or who could. `refusal`: why somebody of it does not approve."""

    profession: str
    name: str
    at: dt.datetime | None
    refusal: str
    could: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    name: str
    label: str
    asks_reason: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """`reading` is None for a text with mistakes, which `wrongs` counts."""

    line: library.VersionLine
    pilot: str
    written_by: str
    enforced_at: dt.datetime | None
    ended_reason: str
    fingerprint: str
    revision: int
    text: str
    reading: Reading | None
    protocol: Protocol | None
    wrongs: int
    lacks: tuple[readiness.Lack, ...]
    signers: tuple[Signer, ...]
    remarks: tuple[remarks.Remark, ...]
    arrows: tuple[Arrow, ...]
    may_edit: bool
    may_sign: bool
    has_signed: bool
    may_answer: bool
    may_comment: bool
    may_revise: bool
    may_invite: bool
    has_former: bool


def show(actor: Actor, uuid: UUID) -> VersionView:
    """Raises AccessDenied."""
    version = versions.version_for(actor, uuid)
    return _view(actor, version)


def reviewed(actor: Actor, link: str) -> VersionView:
    """What a reader from outside sees: the text and nothing to do with it but to comment."""
    return _view(actor, remarks.reviewed(actor, link))


def _view(actor: Actor, version: ProtocolVersion) -> VersionView:
    found = checking.look_at(version.text, version.code)
    is_member = versions.member_of(actor) == version.structure_id
    edits = versions.may_edit(actor, version)
    is_open = version.state in WRITABLE
    signed = [each.professional_id for each in readiness.signatures_of(version)]
    return VersionView(
        line=library.line_of(version),
        pilot=str(version.pilot) if version.pilot else "",
        written_by=version.written_by,
        enforced_at=version.enforced_at,
        ended_reason=version.ended_reason,
        fingerprint=version.fingerprint,
        revision=version.revision,
        text=version.text,
        reading=reading_of(found.protocol) if found.protocol else None,
        protocol=found.protocol,
        wrongs=len(looking.wrongs(version.text)),
        lacks=_lacks(version),
        signers=_signers(version),
        remarks=remarks.remarks_of(version) if is_member else (),
        arrows=_arrows(actor, version),
        may_edit=edits and is_open,
        may_sign=versions.may_sign(actor, version) and actor.professional_id not in signed,
        has_signed=actor.professional_id in signed,
        may_answer=edits,
        may_comment=version.state not in (VersionState.REPLACED, VersionState.WITHDRAWN, VersionState.SUSPENDED),
        may_revise=is_member and version.state in SETTLED,
        may_invite=versions.may_lead(actor, version) and version.state == VersionState.REVIEW,
        has_former=is_member and (bool(version.copied_from) or version.number > 1),
    )


def _lacks(version: ProtocolVersion) -> tuple[readiness.Lack, ...]:
    """Of the next step."""
    if version.state == VersionState.WRITING:
        return tuple(readiness.lacks_to_be_read(version))
    if version.state == VersionState.REVIEW:
        return (*readiness.lacks_to_be_read(version), *readiness.open_objections(version))
    return tuple(readiness.lacks_to_be_in_force(version)) if version.state == VersionState.APPROVAL else ()


def _signers(version: ProtocolVersion) -> tuple[Signer, ...]:
    """Every profession that is to sign, in the order of the protocol; then whoever else did."""
    if version.state in WRITABLE:
        return ()
    given = list(readiness.signatures_of(version))
    could: dict[str, list[str]] = {}
    for each in professionals.active_members(version.structure_id):  # type: ignore[arg-type]
        could.setdefault(each.profession_code, []).append(each.name)
    found = []
    for code in dict.fromkeys((*readiness.professions_named(version.text), readiness.PHYSICIAN)):
        signatures = [each for each in given if each.profession_code == code]
        name = professionals.PROFESSIONS.get(code, code)
        found += [
            Signer(profession=name, name=each.name, at=each.at, refusal=each.reason, could=()) for each in signatures
        ]
        if not signatures:
            found.append(Signer(profession=name, name="", at=None, refusal="", could=tuple(could.get(code, ()))))
    return tuple(found)


def _arrows(actor: Actor, version: ProtocolVersion) -> tuple[Arrow, ...]:
    """What the actor may do next; what would be refused for who they are is not drawn."""
    if not versions.may_lead(actor, version):
        return ()
    is_coordinator = versions.is_coordinator(actor)
    return tuple(
        Arrow(name=each.name, label=each.label, asks_reason=each.name in _WITH_REASON)
        for each in VERSION.allowed_from(version.state)
        if each.name not in _UNSEEN and (is_coordinator or each.name not in versions.OF_THE_COORDINATOR)
    )
