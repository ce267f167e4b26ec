"""The workflow of a protocol's versions: begun, written, read again, signed, in force, revised, withdrawn.

Members of the structure read all of it. Who pilots it, the coordinator and the professions that it names write it; the
pilot and the coordinator move it; each profession that it names signs; the coordinator publishes and archives.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from maillon.access import api as access_room
from maillon.kernel import clock, periodic
from maillon.kernel.key import Actor, ProfessionalId, Purpose, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.pathways import teams
from maillon.pathways.authoring import readiness
from maillon.pathways.authoring.revision import demand_not_overdue, revision_rules
from maillon.pathways.cooperation import suspending
from maillon.pathways.cooperation_states import SuspensionMotive
from maillon.pathways.models import ProtocolSignature, ProtocolVersion
from maillon.pathways.states import SETTLED, VERSION, WRITABLE, VersionState

COORDINATOR: Final = "330"
LONGEST_REASON: Final = 500
_BEING_WRITTEN: Final = frozenset({*WRITABLE, VersionState.APPROVAL})


# ------------------------------------------------------------------------------------------------ who may


def member_of(actor: Actor) -> StructureId | None:
    """The structure chosen at sign-in, of whoever practises in it today."""
    is_there = actor.kind == "professional" and actor.professional_id is not None
    return actor.structure_id if is_there and actor.structure_id in actor.structure_ids else None


def must_belong(actor: Actor) -> tuple[StructureId, ProfessionalId]:
    structure_id = member_of(actor)
    if structure_id is None or actor.professional_id is None:
        raise access_room.AccessDenied
    return structure_id, actor.professional_id


def is_coordinator(actor: Actor) -> bool:
    return actor.profession_code == COORDINATOR and member_of(actor) is not None


def may_lead(actor: Actor, version: ProtocolVersion) -> bool:
    """The pilot of the version, or the coordinator of its structure."""
    is_of_it = member_of(actor) == version.structure_id
    return is_of_it and (is_coordinator(actor) or version.pilot_id == actor.professional_id)


def may_edit(actor: Actor, version: ProtocolVersion) -> bool:
    """Who leads it, and the professions concerned: the working group."""
    named = actor.profession_code in readiness.professions_named(version.text)
    return may_lead(actor, version) or (member_of(actor) == version.structure_id and named)


def version_for(actor: Actor, uuid: UUID) -> ProtocolVersion:
    """A version of the actor's own structure. Raises AccessDenied, alike for absent and elsewhere."""
    structure_id, _ = must_belong(actor)
    found = ProtocolVersion.objects.filter(uuid=uuid, structure_id=structure_id).first()
    if found is None:
        raise access_room.AccessDenied
    return found


def locked(actor: Actor, uuid: UUID) -> ProtocolVersion:
    version_for(actor, uuid)
    return ProtocolVersion.objects.select_for_update().get(uuid=uuid)


def refuse_who_may_not_write(actor: Actor, version: ProtocolVersion) -> None:
    """Raises E-PPSPR-08 for what is settled, E-PRO-52 for what is at the signatures, E-PRO-50 for who may not."""
    if version.state in SETTLED:
        raise UserMessage(
            "E-PPSPR-08",
            f"La version {version.number} est « {VersionState(version.state).label.lower()} »\u202f: elle ne se récrit "
            "pas. Écrivez une nouvelle version.",
        )
    if version.state not in WRITABLE:
        raise UserMessage("E-PRO-52", "Ce texte est à la signature\u202f: reprenez la rédaction pour le changer.")
    if not may_edit(actor, version):
        raise UserMessage(
            "E-PRO-50", "Écrivent ce protocole\u202f: son pilote, le coordonnateur et les professions qu’il nomme."
        )


# ------------------------------------------------------------------------------------------------ beginning


@transaction.atomic
def keep_first(actor: Actor, *, text: str, state: VersionState, copied_from: str = "") -> UUID:
    """A version numbered after those of its code. Raises E-PRO-53 while another of the code is being written."""
    structure_id, professional_id = must_belong(actor)
    said = readiness.heading_of(text)
    known = ProtocolVersion.objects.filter(structure_id=structure_id, code=said.code)
    open_one = known.filter(state__in=_BEING_WRITTEN).first()
    number = (known.aggregate(last=Max("number"))["last"] or 0) + 1
    being_written = UserMessage(
        "E-PRO-53",
        f"La version {open_one.number if open_one else number} de {said.code} est déjà en cours d’écriture\u202f: "
        "reprenez-la.",
    )
    if open_one is not None:
        raise being_written
    try:
        with transaction.atomic():
            made = ProtocolVersion.objects.create(
                structure_id=structure_id, code=said.code, number=number, nature=said.nature, title=said.title,
                theme=said.theme, state=state, text=text, copied_from=copied_from, pilot_id=professional_id,
                written_by=actor.label, created_at=clock.now(), changed_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as error:  # two people began together
        raise being_written from error
    return made.uuid


# ------------------------------------------------------------------------------------------------ moving


@transaction.atomic
def move(actor: Actor, uuid: UUID, name: str, *, reason: str = "") -> None:
    """Along one arrow of the table, under its guards. Raises E-PRO-03 and what each guard says."""
    version = locked(actor, uuid)
    if name not in _MOVES:
        raise access_room.AccessDenied
    if not may_lead(actor, version) or (name in OF_THE_COORDINATOR and not is_coordinator(actor)):
        raise UserMessage("E-PRO-50", _WHO_MOVES[name in OF_THE_COORDINATOR])
    target = VERSION.target(name, source=version.state)
    _MOVES[name](version, storable(reason).strip())
    if name == "enforce":
        _put_in_force(actor, version)
        return
    former, version.state, version.changed_at = version.state, target, clock.now()
    version.save()
    if version.nature == "cooperation":
        _tell_cooperation(actor, version, name, storable(reason).strip(), former)


def _tell_cooperation(actor: Actor, version: ProtocolVersion, name: str, reason: str, former: str) -> None:
    """Whoever suspends a protocole de coopération or withdraws it, and from wherever, running patients are handed
    over."""
    if name == "suspend":
        suspending.follow(version, by=actor.label, motive=SuspensionMotive.OTHER, reason=reason)
    elif name == "lift":
        suspending.close_last(version, by=actor.label, reason="")
    elif name == "withdraw" and former == VersionState.IN_FORCE:
        suspending.hand_over(teams.team_of(version), why="le protocole de coopération est retiré")


def _no_guard(version: ProtocolVersion, reason: str) -> None:
    """Anybody who leads may."""


def _to_review(version: ProtocolVersion, reason: str) -> None:
    _refuse_what_lacks(readiness.lacks_to_be_read(version))


def _to_sign(version: ProtocolVersion, reason: str) -> None:
    _refuse_what_lacks([*readiness.lacks_to_be_read(version), *readiness.open_objections(version)])
    version.fingerprint = fingerprint_of(version.text)


def _to_enforce(version: ProtocolVersion, reason: str) -> None:
    _refuse_what_lacks(readiness.lacks_to_be_in_force(version))


def _to_end(version: ProtocolVersion, reason: str) -> None:
    if not reason or len(reason) > LONGEST_REASON:
        raise UserMessage("E-PRO-54", f"Dites pourquoi, en {LONGEST_REASON} caractères au plus.")
    version.ended_reason = reason


def _to_lift(version: ProtocolVersion, reason: str) -> None:
    demand_not_overdue(version)
    version.ended_reason = ""


_MOVES: Final[dict[str, Callable[[ProtocolVersion, str], None]]] = {
    "prepare": _no_guard,
    "write": _no_guard,
    "review": _to_review,
    "resume": _no_guard,
    "approve": _to_sign,
    "enforce": _to_enforce,
    "suspend": _to_end,
    "lift": _to_lift,
    "withdraw": _to_end,
}
OF_THE_COORDINATOR: Final = frozenset({"enforce", "suspend", "lift", "withdraw"})
_WHO_MOVES: Final = {
    False: "Le pilote du protocole ou le coordonnateur le fait avancer.",
    True: "Le coordonnateur de la structure met en vigueur, suspend et retire.",
}


def _refuse_what_lacks(lacks: list[readiness.Lack]) -> None:
    """All of it in one refusal, under the code of the first; the others say theirs."""
    if not lacks:
        return
    first = min(lacks, key=lambda lack: not lack.code.startswith("E-PPSPR"))
    said = [first.message, *(_with_code(lack, first.code) for lack in lacks if lack is not first)]
    raise UserMessage(first.code, " ".join(dict.fromkeys(said)))


def _with_code(lack: readiness.Lack, said: str) -> str:
    return lack.message if lack.code == said else f"{lack.message.removesuffix('.')} ({lack.code})."


def _put_in_force(actor: Actor, version: ProtocolVersion) -> None:
    """The former version of the code is replaced in the same transaction; its plans stay on it. One line of journal."""
    now = clock.now()
    former = ProtocolVersion.objects.filter(
        structure_id=version.structure_id, code=version.code, state__in=[VersionState.IN_FORCE, VersionState.SUSPENDED]
    ).first()
    if former is not None:
        former.state, former.replaced_at, former.changed_at = VERSION.target("replace", source=former.state), now, now
        former.save()
    version.state = VERSION.target("enforce", source=version.state)
    version.changed_at = version.enforced_at = now
    version.enforced_by, version.revise_on = actor.label, revision_rules().revise_on(clock.today())
    try:
        with transaction.atomic():
            version.save()
    except IntegrityError as error:  # somebody else was quicker
        raise UserMessage(
            "E-PPSPR-04", "Une autre version, ou un protocole du même thème, vient d’entrer en vigueur."
        ) from error
    access_room.journal.note(
        actor, purpose=Purpose.COORDINATION, action="enforce", resource_type="protocol", resource_id=str(version.uuid),
        ground="ouvert",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ signing


@transaction.atomic
def sign(
    actor: Actor, uuid: UUID, *, fingerprint: str, has_read: bool, is_approval: bool = True, reason: str = ""
) -> None:
    """Sign the text that was on the screen, or refuse it and say why; twice changes nothing. The last signature
    that was lacking puts the version in force. Raises E-PRO-56 to 58."""
    version = locked(actor, uuid)
    _, professional_id = must_belong(actor)
    reason = storable(reason).strip()
    _refuse_signature(actor, version, fingerprint=fingerprint, has_read=has_read)
    if not is_approval and not 0 < len(reason) <= LONGEST_REASON:
        raise UserMessage("E-PRO-54", f"Dites pourquoi vous refusez, en {LONGEST_REASON} caractères au plus.")
    ProtocolSignature.objects.get_or_create(
        version=version, professional_id=professional_id, fingerprint=version.fingerprint,
        defaults={
            "name": actor.label, "profession_code": actor.profession_code, "at": clock.now(),
            "is_approval": is_approval, "reason": "" if is_approval else reason,
        },
    )  # fmt: skip
    if not readiness.lacks_to_be_in_force(version):
        _put_in_force(actor, version)


def may_sign(actor: Actor, version: ProtocolVersion) -> bool:
    """Each profession that the protocol names; a physician always."""
    signing = {*readiness.professions_named(version.text), readiness.PHYSICIAN}
    is_waiting = version.state == VersionState.APPROVAL and member_of(actor) == version.structure_id
    return is_waiting and actor.profession_code in signing


def _refuse_signature(actor: Actor, version: ProtocolVersion, *, fingerprint: str, has_read: bool) -> None:
    if version.state != VersionState.APPROVAL:
        raise UserMessage("E-PRO-03", "Cette version n’est pas à la signature.")
    if not may_sign(actor, version):
        raise UserMessage("E-PRO-56", "Ce protocole ne nomme pas votre profession\u202f: vous pouvez le commenter.")
    if not has_read:
        raise UserMessage("E-PRO-57", "Cochez la case qui dit que vous avez lu le protocole.")
    if fingerprint != version.fingerprint:
        raise UserMessage(
            "E-PRO-58", "Le texte a changé depuis que vous l’avez ouvert\u202f: relisez-le avant de signer."
        )


def fingerprint_of(text: str) -> str:
    """SHA-256 of the text: what is signed."""
    return hashlib.sha256(text.encode()).hexdigest()


# ------------------------------------------------------------------------------------------------ time


@periodic.every(dt.timedelta(hours=1), "révision des protocoles")
@transaction.atomic
def suspend_overdue() -> int:
    """Versions whose revision is later than the rule allows, suspended in one statement. How many."""
    rules = revision_rules()
    late = ProtocolVersion.objects.filter(
        state=VersionState.IN_FORCE, revise_on__lte=rules.overdue_before(clock.today())
    )
    delegating = list(late.filter(nature="cooperation").values_list("pk", flat=True))
    why = f"Révision en retard de plus de {rules.suspension_mois} mois"
    count = late.update(
        state=VERSION.target("suspend", source=VersionState.IN_FORCE), changed_at=clock.now(), ended_reason=why
    )
    for version in ProtocolVersion.objects.filter(pk__in=delegating):
        suspending.follow(version, by="Maillon", motive=SuspensionMotive.OTHER, reason=why)
    return count
