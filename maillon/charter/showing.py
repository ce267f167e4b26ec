"""The charter as it is shown: a version with its clauses, who signed it, and what changed since the former one."""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import dataclass
from typing import Literal

from maillon.charter import enforcement
from maillon.charter.models import Clause, Comment, Version
from maillon.charter.states import VersionState
from maillon.charter.writing import may_write, version_for, versions_for
from maillon.kernel.key import Actor
from maillon.professionals import api as professionals


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    number: int
    title: str
    state: str
    state_label: str
    since: dt.datetime  # of the present state
    signatures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentLine:
    by: str
    at: dt.datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseLine:
    code: str
    title: str
    text: str
    setting: str
    setting_title: str
    present_value: str
    comments: tuple[CommentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    name: str
    profession: str
    at: dt.datetime | None  # None: works in the structure, has not signed


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    line: VersionLine
    fingerprint: str
    clauses: tuple[ClauseLine, ...]
    comments: tuple[CommentLine, ...]  # on the whole
    signers: tuple[Signer, ...]
    former: int | None
    has_signed: bool
    may_write: bool
    may_sign: bool
    may_comment: bool


def versions(actor: Actor) -> tuple[VersionLine, ...]:
    return tuple(_line(each) for each in versions_for(actor))


def show(actor: Actor, number: int) -> VersionView:
    """Raises AccessDenied for what is not the actor's structure's, or is still a draft."""
    version = version_for(actor, number)
    comments = list(version.comments.order_by("at", "id"))
    signed = {each.professional_id: each for each in version.signatures.order_by("at")}
    return VersionView(
        line=_line(version),
        fingerprint=version.fingerprint,
        clauses=tuple(_clause(each, comments) for each in version.clauses.order_by("position")),
        comments=_of(comments, ""),
        signers=_signers(version),
        former=_former_number(actor, number),
        has_signed=actor.professional_id in signed,
        may_write=may_write(actor),
        may_sign=version.state in (VersionState.PROPOSED, VersionState.IN_FORCE),
        may_comment=version.state != VersionState.REPLACED,
    )


def _line(version: Version) -> VersionLine:
    since = version.replaced_at or version.enforced_at or version.proposed_at or version.created_at
    return VersionLine(
        number=version.number,
        title=version.title,
        state=version.state,
        state_label=VersionState(version.state).label,
        since=since,
        signatures=version.signatures.count(),
    )


def _clause(clause: Clause, comments: list[Comment]) -> ClauseLine:
    return ClauseLine(
        code=clause.code,
        title=clause.title,
        text=clause.text,
        setting=clause.setting,
        setting_title=enforcement.settings().get(clause.setting, ""),
        present_value=enforcement.present_value(clause.setting),
        comments=_of(comments, clause.code),
    )


def _of(comments: list[Comment], clause_code: str) -> tuple[CommentLine, ...]:
    return tuple(
        CommentLine(by=each.by, at=each.at, text=each.text) for each in comments if each.clause_code == clause_code
    )


def _signers(version: Version) -> tuple[Signer, ...]:
    """Those who signed, then who works there today and has not: a new version asks everybody again."""
    signatures = list(version.signatures.order_by("at"))
    signed = {each.professional_id for each in signatures}
    found = [Signer(name=each.name, profession=each.profession, at=each.at) for each in signatures]
    if version.state in (VersionState.PROPOSED, VersionState.IN_FORCE):
        found += [
            Signer(
                name=each.name, profession=professionals.PROFESSIONS.get(each.profession_code, ""), at=None
            )
            for each in professionals.active_members(version.structure_id)  # type: ignore[arg-type]
            if each.id not in signed
        ]  # fmt: skip
    return tuple(found)


# ------------------------------------------------------------------------------------------------ what changed

Part = tuple[Literal["same", "added", "removed"], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseChange:
    """`parts`: the words of the clause, those that both versions have, those added, those removed."""

    title: str
    kind: Literal["same", "added", "removed", "changed"]
    parts: tuple[Part, ...]
    setting: tuple[str, str]  # before, after


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    former: VersionLine
    present: VersionLine
    changes: tuple[ClauseChange, ...]


def compare(actor: Actor, number: int) -> Comparison:
    """With the version before it; an empty one before the first. Raises AccessDenied."""
    present = version_for(actor, number)
    former_number = _former_number(actor, number)
    former = version_for(actor, former_number) if former_number is not None else present
    before = {each.code: each for each in former.clauses.order_by("position")} if former is not present else {}
    after = {each.code: each for each in present.clauses.order_by("position")}
    changes = [_change(before.get(code), after.get(code)) for code in [*after, *(set(before) - set(after))]]
    return Comparison(former=_line(former), present=_line(present), changes=tuple(changes))


def _former_number(actor: Actor, number: int) -> int | None:
    return next((each.number for each in versions_for(actor) if each.number < number), None)


def _change(before: Clause | None, after: Clause | None) -> ClauseChange:
    parts = _words(f"{before.title}. {before.text}" if before else "", f"{after.title}. {after.text}" if after else "")
    settings = (before.setting if before else "", after.setting if after else "")
    titles = enforcement.settings()
    is_same = all(kind == "same" for kind, _ in parts) and settings[0] == settings[1]
    kept = after or before
    return ClauseChange(
        title=kept.title if kept else "",
        kind="added" if before is None else "removed" if after is None else "same" if is_same else "changed",
        parts=parts,
        setting=(titles.get(settings[0], ""), titles.get(settings[1], "")),
    )


def _words(before: str, after: str) -> tuple[Part, ...]:
    old, new = before.split(), after.split()
    found: list[Part] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", " ".join(old[i:j])))
            continue
        found += [("removed", " ".join(old[i:j]))] if j > i else []
        found += [("added", " ".join(new[k:m]))] if m > k else []
    return tuple(found)
