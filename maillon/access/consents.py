"""The consent register: what the person was told, what they refuse, what they accept, by what means, with what proof.
What opens the record is proven; what closes it is only heard.

A line is written once; its withdrawal is the only thing that is added to it. What each may write down is in
`abilities`: a restriction by whoever holds the record, an opening by those who care or decide (CSP L1110-4, R1111-46).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from maillon.access import emergency
from maillon.access import marks as marks
from maillon.access import texts as texts
from maillon.access.abilities import Abilities, abilities
from maillon.access.models import Wish
from maillon.access.refusal import AccessDenied
from maillon.access.team import PHYSICIAN, is_known, treating_physician
from maillon.access.turn import take_turn
from maillon.kernel import clock
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals

Kind, Channel = Wish.Kind, Wish.Channel
CONFIRMATION = "je confirme"
_PROVEN_BY_ITSELF = frozenset({Channel.ORAL, Channel.PORTAL})  # who wrote it down; the session of who asked


@dataclass(frozen=True, slots=True, kw_only=True)
class WishLine:
    id: int
    kind: str
    kind_label: str
    about: str
    professional_id: ProfessionalId | None
    structure_id: StructureId | None
    since: dt.datetime
    until: dt.datetime | None
    channel: str
    text_version: str
    proof: str
    recorded_by: str
    withdrawn_at: dt.datetime | None
    withdrawn_channel: str
    withdrawn_by: str
    is_current: bool
    may_withdraw: bool


def register(access: Access) -> list[WishLine]:
    """The whole register with its history: what is in force first, then the latest."""
    if access.scope != "whole":
        raise AccessDenied
    held = abilities(access)
    rows = Wish.objects.filter(patient_id=access.patient_id).select_related("professional", "structure")
    lines = [_line(row, held) for row in rows.order_by("-since", "-id")]
    return sorted(lines, key=lambda line: not line.is_current)


@transaction.atomic
def record_information(access: Access, *, channel: str, text_version: str, proof: str = "") -> int:
    """The person was told what is shared, with whom, and that they may object (CSP L1110-4 IV)."""
    if not abilities(access).inform:
        raise AccessDenied
    _refuse_unknown_text(texts.INFORMATION, text_version, "E-ACC-50")
    return _write(access, Kind.INFORMED, channel=channel, text_version=text_version, proof=proof)


@transaction.atomic
def oppose_all(access: Access, *, channel: str, proof: str = "", confirmation: str = "") -> int:
    """Nobody reads any more but what they wrote themselves."""
    if not abilities(access).restrict_physicians:
        raise AccessDenied
    _ask_confirmation(confirmation, "Plus personne ne lira ce dossier, médecin traitant compris")
    return _write(access, Kind.OPPOSED_ALL, channel=channel, proof=proof)


@transaction.atomic
def oppose_person(
    access: Access, *, professional_id: ProfessionalId, channel: str, proof: str = "", confirmation: str = ""
) -> int:
    """This professional no longer reads anything but what they wrote, also through their structure."""
    held = abilities(access)
    if not held.restrict:
        raise AccessDenied
    person = professionals.professional(professional_id)
    if person is None:
        raise UserMessage("E-ACC-51", "Choisissez le professionnel visé.")
    if person.profession_code == PHYSICIAN and not held.restrict_physicians:
        raise UserMessage("E-ACC-52", "Un aidant ne peut pas s’opposer à l’accès d’un médecin du patient.")
    treating = treating_physician(access)
    if professional_id == access.actor.professional_id:
        _ask_confirmation(confirmation, "Vous ne pourrez plus lire ce dossier")
    elif treating is not None and treating.professional_id == professional_id:
        _ask_confirmation(confirmation, "Le médecin traitant déclaré ne pourra plus lire ce dossier")
    return _write(access, Kind.OPPOSED_PERSON, professional_id=professional_id, channel=channel, proof=proof)


@transaction.atomic
def refuse_emergency(access: Access, *, channel: str, proof: str = "") -> int:
    """No break-glass will open this record, and those in progress end (CSP L1111-17: « sauf opposition expresse »)."""
    if not abilities(access).restrict_physicians:
        raise AccessDenied
    written = _write(access, Kind.EMERGENCY_REFUSED, channel=channel, proof=proof)
    emergency.end_all(access)
    return written


@transaction.atomic
def consent(
    access: Access,
    *,
    professional_id: ProfessionalId | None = None,
    structure_id: StructureId | None = None,
    channel: str,
    text_version: str,
    proof: str = "",
    until: dt.datetime | None = None,
) -> int:
    """Somebody outside the team may read, from now on, until the withdrawal or `until`. Raises E-ACC-11, 51, 53."""
    if not abilities(access).consent:
        raise AccessDenied
    if not is_known(professional_id, structure_id):
        raise UserMessage("E-ACC-51", "Choisissez un professionnel en activité ou une structure.")
    _refuse_unknown_text(texts.CONSENT, text_version, "E-ACC-11")
    if until is not None and until <= clock.now():
        raise UserMessage("E-ACC-54", "La fin du consentement doit être à venir.")
    opposed = _in_force(access).filter(
        Q(kind=Kind.OPPOSED_ALL) | Q(kind=Kind.OPPOSED_PERSON, professional_id=professional_id or 0)
    )
    if opposed.exists():
        raise UserMessage("E-ACC-53", "Le patient s’est opposé à cet accès\u202f: retirez d’abord l’opposition.")
    return _write(
        access, Kind.CONSENT, professional_id=professional_id, structure_id=structure_id, channel=channel,
        text_version=text_version, proof=proof, until=until,
    )  # fmt: skip


@transaction.atomic
def withdraw(access: Access, wish_id: int, *, channel: str, at: dt.datetime | None = None) -> None:
    """By any means, at the moment when the person said so. Idempotent: the first withdrawal stays.

    Raises AccessDenied, alike for a line that is not there; E-ACC-55 for a moment that cannot be; E-ACC-56.
    """
    take_turn(access)
    wish = Wish.objects.filter(pk=wish_id, patient_id=access.patient_id).first()
    if wish is None or access.scope != "whole" or not _may_withdraw(wish, abilities(access)):
        raise AccessDenied
    if wish.withdrawn_at is not None:
        return
    moment = at or clock.now()
    if not wish.since <= moment <= clock.now():
        raise UserMessage("E-ACC-55", "Le retrait se place entre l’enregistrement et maintenant.")
    Wish.objects.filter(pk=wish.pk).update(
        withdrawn_at=moment, withdrawn_channel=_channel(access, channel), withdrawn_by=access.actor.label
    )


def needs_confirmation(access: Access, professional_id: ProfessionalId) -> bool:
    treating = treating_physician(access)
    return professional_id in (access.actor.professional_id, treating.professional_id if treating else None)


def is_current() -> Q:
    now = clock.now()
    begun_not_over = Q(since__lte=now) & (Q(until__isnull=True) | Q(until__gt=now))
    return begun_not_over & (Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=now))


def _write(access: Access, kind: Wish.Kind, *, channel: str, proof: str, **said: Any) -> int:
    """Idempotent: what is already in force, about the same person, is kept as it is."""
    if access.scope != "whole":
        raise AccessDenied
    means, proof = _channel(access, channel), proof.strip()[:300]
    if kind is Kind.CONSENT and not proof and means not in _PROVEN_BY_ITSELF:
        raise UserMessage("E-ACC-57", "Indiquez où se trouve la preuve\u202f: document signé, message, appel.")
    take_turn(access)
    about = {name: said.get(name) for name in ("professional_id", "structure_id")}
    same = _in_force(access).filter(kind=kind, **about)
    if kind is Kind.INFORMED:
        same = same.filter(text_version=said["text_version"])
    known = same.first()
    if known is not None:
        return known.pk
    row = Wish.objects.create(
        patient_id=access.patient_id, kind=kind, since=clock.now(), channel=means, proof=proof,
        recorded_by=access.actor.label, recorded_by_professional_id=access.actor.professional_id, **said,
    )  # fmt: skip
    return row.pk


def _in_force(access: Access) -> QuerySet[Wish]:
    return Wish.objects.filter(is_current(), patient_id=access.patient_id)


def _channel(access: Access, channel: str) -> str:
    """The patient's door is the only one that writes « depuis l’espace patient », and it writes nothing else."""
    if access.actor.kind in ("patient", "representative"):
        return Channel.PORTAL
    if channel not in Channel.values or channel == Channel.PORTAL:
        raise UserMessage("E-ACC-58", "Indiquez par quel moyen le patient l’a dit.")
    return channel


def _ask_confirmation(typed: str, consequence: str) -> None:
    if " ".join(typed.split()).casefold() != CONFIRMATION:
        raise UserMessage(
            "E-ACC-59", f"{consequence}. Pour le confirmer, écrivez «\u202f{CONFIRMATION}\u202f»."
        )


def _refuse_unknown_text(kind: str, version: str, code: str) -> None:
    """« Consent by SMS only » is no consent: the text that the person was given is named (D1110-3-1)."""
    if version not in {text.version for text in texts.versions(kind)}:
        raise UserMessage(code, "Indiquez la version du texte qui a été remis ou lu au patient.")


def _may_withdraw(wish: Wish, held: Abilities) -> bool:
    """Withdrawing a consent restricts, withdrawing an opposition opens. An information that was given stays given."""
    if wish.kind == Kind.CONSENT:
        return held.restrict
    return wish.kind != Kind.INFORMED and held.consent


def _line(row: Wish, held: Abilities) -> WishLine:
    now = clock.now()
    is_over = (row.until is not None and row.until <= now) or (row.withdrawn_at is not None and row.withdrawn_at <= now)
    return WishLine(
        id=row.pk,
        kind=row.kind,
        kind_label=Kind(row.kind).label,
        about=str(row.professional or row.structure or ""),
        professional_id=ProfessionalId(row.professional_id) if row.professional_id is not None else None,
        structure_id=StructureId(row.structure_id) if row.structure_id is not None else None,
        since=row.since,
        until=row.until,
        channel=Channel(row.channel).label,
        text_version=row.text_version,
        proof=row.proof,
        recorded_by=row.recorded_by,
        withdrawn_at=row.withdrawn_at,
        withdrawn_channel=Channel(row.withdrawn_channel).label if row.withdrawn_channel else "",
        withdrawn_by=row.withdrawn_by,
        is_current=not is_over,
        may_withdraw=not is_over and _may_withdraw(row, held),
    )
