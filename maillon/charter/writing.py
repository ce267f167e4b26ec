"""Writing the charter: a version is drafted, proposed, put in force, replaced by the next.

Whoever works in the structure reads what is proposed and what is in force, comments and signs. The coordinator and the
referent write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Max

from maillon.access import api as access_room
from maillon.charter import enforcement
from maillon.charter.definition import starter_charter
from maillon.charter.models import Clause, Comment, Signature, Version
from maillon.charter.states import VERSION, VersionState
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.professionals import api as professionals

COORDINATOR = "330"
_LONGEST_TITLE, _LONGEST_TEXT, _LONGEST_COMMENT = 200, 4000, 2000


def may_write(actor: Actor) -> bool:
    """The coordinator, or the digital referent."""
    is_writer = actor.profession_code == COORDINATOR or actor.is_referent
    return is_writer and _member(actor) is not None


def version_for(actor: Actor, number: int) -> Version:
    """The version of the actor's own structure. Raises AccessDenied: a draft is only for those who write it."""
    found = Version.objects.filter(structure_id=_must_belong(actor).structure_id, number=number).first()
    if found is None or (found.state == VersionState.DRAFT and not may_write(actor)):
        raise access_room.AccessDenied
    return found


def versions_for(actor: Actor) -> list[Version]:
    """Those of the actor's structure that they may read, the latest first."""
    member = _member(actor)
    if member is None:
        return []
    found = Version.objects.filter(structure_id=member.structure_id).order_by("-number")
    return list(found if may_write(actor) else found.exclude(state=VersionState.DRAFT))


# ------------------------------------------------------------------------------------------------ writing


@transaction.atomic
def draft(actor: Actor) -> int:
    """A new version, from the one in force, else from the starter charter. Raises E-CHA-02 when one is being
    written."""
    structure_id = _must_write(actor)
    known = Version.objects.filter(structure_id=structure_id)
    former = known.filter(state=VersionState.IN_FORCE).first()
    number = (known.aggregate(last=Max("number"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            version = Version.objects.create(
                structure_id=structure_id, number=number, written_by=actor.label,
                title=former.title if former else starter_charter().titre,
            )  # fmt: skip
    except IntegrityError as error:
        raise UserMessage("E-CHA-02", "Une version est déjà en cours d’écriture\u202f: reprenez-la.") from error
    Clause.objects.bulk_create(_of_former(former, version) if former else _of_starter(version))
    return number


@transaction.atomic
def write_clause(actor: Actor, number: int, *, code: str, title: str, text: str, setting: str = "") -> None:
    """Change a clause of the draft, or add one when `code` is empty. Raises E-CHA-04 for what is no clause."""
    version = _being_written(actor, number)
    title, text = storable(title).strip(), storable(text).strip()
    if not title or not text:
        raise UserMessage("E-CHA-04", "Donnez un titre et un texte à la clause.")
    if len(title) > _LONGEST_TITLE or len(text) > _LONGEST_TEXT:
        limits = f"{_LONGEST_TITLE} caractères pour le titre, {_LONGEST_TEXT} pour le texte"
        raise UserMessage("E-CHA-04", f"La clause est trop longue\u202f: {limits}.")
    if setting and setting not in enforcement.settings():
        raise UserMessage("E-CHA-04", "Choisissez un réglage de la liste, ou aucun.")
    said = {"title": title, "text": text, "setting": setting}
    if not code:
        last = version.clauses.aggregate(last=Max("position"))["last"] or 0
        Clause.objects.create(version=version, position=last + 1, code=_new_code(version.structure_id), **said)
    elif not version.clauses.filter(code=code).update(**said):
        raise access_room.AccessDenied


@transaction.atomic
def remove_clause(actor: Actor, number: int, *, code: str) -> None:
    if not _being_written(actor, number).clauses.filter(code=code).delete()[0]:
        raise access_room.AccessDenied


@transaction.atomic
def propose(actor: Actor, number: int) -> None:
    """From here the text no longer changes. Raises E-CHA-05 for a charter without a clause."""
    version = _to_move(actor, number, "propose")
    clauses = list(version.clauses.order_by("position"))
    if not clauses:
        raise UserMessage("E-CHA-05", "Écrivez au moins une clause avant de proposer la charte.")
    version.fingerprint = fingerprint_of(version.title, clauses)
    version.proposed_at, version.proposed_by = clock.now(), actor.label
    version.save()


@transaction.atomic
def resume(actor: Actor, number: int) -> None:
    """Back to the draft. Raises E-CHA-06 once somebody has signed."""
    version = _to_move(actor, number, "resume")
    if version.signatures.exists():
        raise UserMessage(
            "E-CHA-06",
            "Un membre a déjà signé ce texte\u202f: mettez-le en vigueur, puis écrivez une nouvelle version.",
        )
    version.fingerprint, version.proposed_at, version.proposed_by = "", None, ""
    version.save()


@transaction.atomic
def enforce(actor: Actor, number: int) -> None:
    """The former version is replaced in the same transaction. Raises E-CHA-07 when nobody has signed."""
    version = _to_move(actor, number, "enforce")
    if not version.signatures.exists():
        raise UserMessage("E-CHA-07", "Personne n’a encore signé cette version.")
    for former in Version.objects.filter(structure_id=version.structure_id, state=VersionState.IN_FORCE):
        former.state, former.replaced_at = VERSION.target("replace", source=former.state), clock.now()
        former.save()
    version.enforced_at, version.enforced_by = clock.now(), actor.label
    version.save()


# ------------------------------------------------------------------------------------------------ members


@transaction.atomic
def comment(actor: Actor, number: int, *, text: str, clause: str = "") -> None:
    """On a version that is not replaced. Raises E-CHA-08 for an empty or too long comment."""
    version = version_for(actor, number)
    text = storable(text).strip()
    if not text or len(text) > _LONGEST_COMMENT:
        raise UserMessage("E-CHA-08", f"Écrivez un commentaire de {_LONGEST_COMMENT} caractères au plus.")
    if version.state == VersionState.REPLACED:
        raise UserMessage("E-CHA-03", "Cette version est remplacée\u202f: commentez celle qui est en vigueur.")
    if clause and not version.clauses.filter(code=clause).exists():
        raise access_room.AccessDenied
    Comment.objects.create(
        version=version, clause_code=clause, professional_id=_must_belong(actor).professional_id, by=actor.label,
        at=clock.now(), text=text,
    )  # fmt: skip


@transaction.atomic
def sign(actor: Actor, number: int, *, fingerprint: str, has_read: bool) -> None:
    """Sign the text that was on the screen; signing twice changes nothing. Raises E-CHA-09, E-CHA-10."""
    version = version_for(actor, number)
    if version.state not in (VersionState.PROPOSED, VersionState.IN_FORCE):
        raise UserMessage("E-CHA-03", "Cette version ne se signe pas\u202f: elle est en brouillon ou remplacée.")
    if not has_read:
        raise UserMessage("E-CHA-09", "Cochez la case qui dit que vous avez lu la charte.")
    if fingerprint != version.fingerprint:
        raise UserMessage(
            "E-CHA-10", "Le texte a changé depuis que vous l’avez ouvert\u202f: relisez-le avant de signer."
        )
    Signature.objects.get_or_create(
        version=version, professional_id=_must_belong(actor).professional_id,
        defaults={
            "name": actor.label, "at": clock.now(), "fingerprint": version.fingerprint,
            "profession": professionals.PROFESSIONS.get(actor.profession_code, actor.profession_code),
        },
    )  # fmt: skip


def fingerprint_of(title: str, clauses: Iterable[Clause]) -> str:
    """SHA-256 of the text in its order: what is signed."""
    written = [title, *(f"{each.code}\n{each.title}\n{each.text}\n{each.setting}" for each in clauses)]
    return hashlib.sha256("\n\n".join(written).encode()).hexdigest()


# ------------------------------------------------------------------------------------------------ within


class _Member(NamedTuple):
    structure_id: StructureId
    professional_id: ProfessionalId


def _member(actor: Actor) -> _Member | None:
    """Whoever practises today in the structure chosen at sign-in."""
    if actor.kind != "professional" or actor.professional_id is None or actor.structure_id not in actor.structure_ids:
        return None
    return _Member(actor.structure_id, actor.professional_id) if actor.structure_id is not None else None


def _must_belong(actor: Actor) -> _Member:
    member = _member(actor)
    if member is None:
        raise access_room.AccessDenied
    return member


def _must_write(actor: Actor) -> StructureId:
    member = _must_belong(actor)
    if not may_write(actor):
        raise UserMessage("E-CHA-01", "La charte est écrite par le coordonnateur ou le référent de la structure.")
    return member.structure_id


def _locked(actor: Actor, number: int) -> Version:
    structure_id = _must_write(actor)
    version_for(actor, number)
    return Version.objects.select_for_update().get(structure_id=structure_id, number=number)


def _to_move(actor: Actor, number: int, name: str) -> Version:
    version = _locked(actor, number)
    version.state = VERSION.target(name, source=version.state)
    return version


def _being_written(actor: Actor, number: int) -> Version:
    version = _locked(actor, number)
    if version.state != VersionState.DRAFT:
        raise UserMessage("E-CHA-03", "Ce texte n’est plus un brouillon\u202f: écrivez une nouvelle version.")
    return version


def _of_former(former: Version, version: Version) -> list[Clause]:
    return [
        Clause(
            version=version, position=each.position, code=each.code, title=each.title, text=each.text,
            setting=each.setting,
        )
        for each in former.clauses.order_by("position")
    ]  # fmt: skip


def _of_starter(version: Version) -> list[Clause]:
    return [
        Clause(
            version=version, position=position, code=each.code, title=each.titre, text=each.texte, setting=each.reglage
        )
        for position, each in enumerate(starter_charter().clauses, start=1)
    ]  # fmt: skip


def _new_code(structure_id: int) -> str:
    """Never used before in the charter of the structure: two versions are compared by the codes of their clauses."""
    used = set(Clause.objects.filter(version__structure_id=structure_id).values_list("code", flat=True))
    return next(code for rank in range(1, len(used) + 2) if (code := f"clause-{rank}") not in used)
