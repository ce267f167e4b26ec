"""Asking INSi, and deciding on what it answered (RNIV; arrêté du 27 mai 2021).

A call never changes an identity: what INSi says is kept with its proof and shown beside the local traits, and somebody
says yes. A doubtful or fictitious identity is never asked about.

MAILLON_INSI_ADRESSE (nothing: none), MAILLON_INSI_AUTORITE, MAILLON_INSI_CERTIFICAT, MAILLON_INSI_SIMULATEUR=1.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from lxml import etree

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import identifying
from maillon.exchange.dmp.plugging import signer_of
from maillon.exchange.insi.rows import InsiCall
from maillon.exchange.remote import NoAnswer, NotReached, Remote, RemoteRefusal
from maillon.formats import insi
from maillon.formats.refusal import Refused
from maillon.formats.xds import soap
from maillon.formats.xds.vihf import Vihf, write_vihf
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients

Kind, Outcome = InsiCall.Kind, InsiCall.Outcome
PATH: Final = "/insi"
NOT_PLUGGED: Final = (
    "E-INSI-10", "Le téléservice INSi n’est pas branché\u202f: prévenez votre administrateur."
)
_DECISIONS: Final = {"repris": "Traits et matricule repris", "ecarte": "Réponse écartée", "invalide": "INS invalidée"}
S = patients.IdentityStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """`traits`: what INSi answered, (name, INSi's, ours, differs). `may`: what may be decided now."""

    uuid: UUID
    kind_label: str
    outcome: str
    outcome_label: str
    message: str
    at: dt.datetime
    actor: str
    traits: tuple[tuple[str, str, str, bool], ...]
    decided_at: dt.datetime | None
    decision: str
    proof: str
    may: frozenset[str]


def is_plugged() -> bool:
    return bool(_setting("ADRESSE"))


def is_simulated() -> bool:
    return _setting("SIMULATEUR") == "1"


def may_call(access: Access) -> str:
    """Empty when the call may be made; else the French reason. Whoever holds the record's identity may: a secretary
    too, by delegation of the structure."""
    line = patients.identity(access).line
    if not is_plugged():
        return NOT_PLUGGED[1]
    if access.scope != "whole" or access.actor.kind != "professional":
        return "Seul un membre de l’équipe interroge INSi."
    if line.is_doubtful or line.is_fictitious:
        return "L’identité est déclarée douteuse ou fictive\u202f: INSi ne peut pas être interrogé (RNIV)."
    if line.sex not in ("F", "M"):
        return "Le sexe est nécessaire pour interroger INSi."
    return ""


def search(access: Access) -> CallLine:
    """By the five traits. Raises E-INSI-10 to 13; whatever was answered is kept."""
    identity = _may(access)
    if identity.line.identity_status in (S.RETRIEVED, S.QUALIFIED):
        raise UserMessage("E-INSI-12", "Cette identité porte déjà un matricule\u202f: vérifiez-le.")
    return _asked(access, Kind.SEARCH, insi.ask_search)


def verify(access: Access) -> CallLine:
    """Do the matricule and the traits still agree? Raises E-INSI-10 to 13."""
    identity = _may(access)
    matricule, oid = identity.line.ins, identity.ins_oid
    if not matricule or not oid:
        raise UserMessage("E-INSI-12", "Cette identité ne porte pas de matricule\u202f: cherchez-la.")
    return _asked(access, Kind.VERIFY, lambda traits: insi.ask_verification(matricule, oid, traits))


@transaction.atomic
def decide(access: Access, call: UUID, decision: str) -> None:
    """Take over what INSi answered, put it aside, or invalidate what it denied. Once for each call.

    Raises AccessDenied, alike for what is not there; E-INSI-14; those of patients (E-INS-06, 07, 10…).
    """
    row = _calls(access).select_for_update(of=("self",)).filter(uuid=call).first()
    if row is None or access.scope != "whole":
        raise access_room.AccessDenied
    if decision not in _may_decide(row, latest=_latest(access)):
        raise UserMessage("E-INSI-14", "Cette réponse n’est plus à décider\u202f: interrogez INSi de nouveau.")
    if decision == "repris":
        _take_over(access, row)
    elif decision == "invalide":
        is_qualified = patients.identity(access).line.identity_status == S.QUALIFIED
        patients.lose_ins(access, reason="INSi ne confirme pas l’identité", keeps_control=is_qualified)
    row.decision, row.decided_at, row.answer = decision, clock.now(), {}
    row.save(update_fields=["decision", "decided_at", "answer"])


def calls(access: Access, *, limit: int = 10) -> list[CallLine]:
    """Latest first."""
    latest = _latest(access)
    return [_line(access, row, latest=latest) for row in _calls(access).order_by("-at", "-id")[:limit]]


# ------------------------------------------------------------------------------------------------ the call


def _may(access: Access) -> patients.Identity:
    why = may_call(access)
    if why:
        raise UserMessage("E-INSI-11", why)
    return patients.identity(access)


def _asked(access: Access, kind: InsiCall.Kind, question: Any) -> CallLine:
    """One row for each call, whatever became of it."""
    try:
        body = question(_traits(access))
    except Refused as refusal:
        raise UserMessage(refusal.code, refusal.message) from None
    said: dict[str, Any] = {"outcome": Outcome.UNKNOWN, "message": "INSi n’a pas répondu\u202f: réessayez."}
    try:
        data, answer = _call(access, kind, body)
        said = _said(kind, answer) | {"proof": documents.keep_bytes(data)}
    except NotReached:
        pass
    except NoAnswer:
        said["message"] = "La réponse d’INSi s’est perdue ou n’est pas lisible\u202f: réessayez."
    except RemoteRefusal as refusal:
        said = {"outcome": Outcome.REFUSED, "code": refusal.code[:40], "message": refusal.message[:300]}
    row = InsiCall.objects.create(
        patient_id=access.patient_id, kind=kind, asked_by_id=access.actor.professional_id, actor=access.actor.label,
        at=clock.now(), **said,
    )  # fmt: skip
    return _line(access, row, latest=row.pk)


def _call(access: Access, kind: InsiCall.Kind, body: etree._Element) -> tuple[bytes, insi.Answer]:
    certificate = _setting("CERTIFICAT")
    remote = Remote(
        address=_setting("ADRESSE").rstrip("/"), authority=_setting("AUTORITE"), certificate=certificate,
        patience=float(_setting("PATIENCE") or 10),
    )  # fmt: skip
    action = insi.SEARCH_ACTION if kind == Kind.SEARCH else insi.VERIFY_ACTION
    assertion = write_vihf(_word(access), signer_of(certificate), at=clock.wall())
    written = soap.write_envelope(body, action=action, to=f"{remote.address}{PATH}", assertion=assertion)
    headers = {"Content-Type": f'application/soap+xml; charset=UTF-8; action="{action}"'}
    found = remote.ask("POST", PATH, body=written, headers=headers)
    try:
        envelope = soap.read_envelope(found.data)
        if envelope.relates_to != soap.message_id_of(written):
            raise NoAnswer("other")
        answer = insi.read_answer(envelope.body)
    except Refused as refusal:
        raise NoAnswer(refusal.code) from None
    except soap.Fault as fault:
        if fault.is_theirs:
            raise NoAnswer("fault") from None
        raise RemoteRefusal(fault.code, fault.reason) from None
    if (answer.is_confirmed is not None) != (kind == Kind.VERIFY):
        raise NoAnswer("kind")
    return found.data, answer


def _word(access: Access) -> Vihf:
    """The assertion of INSi: what bills, the profession, and the speciality of a physician."""
    who = identifying.word_of_staff(access)
    profession = who.roles[0].code
    others = [("identifiantFacturation", who.structure_id[1:]), ("gipProfessionCode", profession)]
    if len(who.roles) > 1:
        others.append(("codeSpecialite", who.roles[1].code))
    return Vihf(
        national_id=who.national_id, name=who.name, roles=who.roles, structure_id=who.structure_id, sector=who.sector,
        patient="non-applicable", resource="urn:insi", others=tuple(others),
    )  # fmt: skip


def _traits(access: Access) -> insi.Traits:
    identity = patients.identity(access)
    line = identity.line
    return insi.Traits(
        family=line.birth_family_name, given=line.first_birth_given_name, birth_date=line.birth_date, sex=line.sex,
        birth_place=identity.birth_place_code,
    )  # fmt: skip


def _said(kind: InsiCall.Kind, answer: insi.Answer) -> dict[str, Any]:
    if kind == Kind.VERIFY:
        outcome = Outcome.CONFIRMED if answer.is_confirmed else Outcome.DENIED
    else:
        outcome = {insi.FOUND: Outcome.FOUND, insi.NONE: Outcome.NONE, insi.SEVERAL: Outcome.SEVERAL}[answer.code]
    held = asdict(answer.individual) | {"birth_date": answer.individual.birth_date.isoformat()} if (
        answer.individual) else {}  # fmt: skip
    return {"outcome": outcome, "code": answer.code, "message": answer.label[:300], "answer": held}


# ------------------------------------------------------------------------------------------------ deciding


def _take_over(access: Access, row: InsiCall) -> None:
    """PROV → RECUP, VALI → QUAL; the room of patients refuses an identity that is somebody else's (E-INS-07)."""
    said = row.answer
    answer = patients.InsiAnswer(
        ins=said["matricule"], ins_oid=said["oid"],
        traits=patients.StrictTraits(
            birth_family_name=said["family"], birth_given_names=said["given_names"],
            first_birth_given_name=said["given"], birth_date=dt.date.fromisoformat(said["birth_date"]),
            sex=said["sex"], birth_place_code=said["birth_place"],
        ),
    )  # fmt: skip
    reason = f"INSi, appel du {clock.in_paris(row.at):%d/%m/%Y à %H:%M}"
    if patients.identity(access).line.identity_status == S.VALIDATED:
        patients.qualify(access, reason=reason, answer=answer)
    else:
        patients.retrieve(access, answer, reason=reason)


def _may_decide(row: InsiCall, *, latest: int | None) -> frozenset[str]:
    """Only what was answered last, and once."""
    if row.decided_at is not None or row.pk != latest:
        return frozenset()
    if row.outcome == Outcome.FOUND:
        return frozenset({"repris", "ecarte"})
    return frozenset({"invalide", "ecarte"}) if row.outcome == Outcome.DENIED else frozenset()


def _latest(access: Access) -> int | None:
    return _calls(access).order_by("-at", "-id").values_list("pk", flat=True).first()


def _calls(access: Access) -> QuerySet[InsiCall]:
    return InsiCall.objects.filter(patient_id=access.patient_id)


def _line(access: Access, row: InsiCall, *, latest: int | None) -> CallLine:
    may = _may_decide(row, latest=latest) if access.scope == "whole" else frozenset()
    return CallLine(
        uuid=row.uuid,
        kind_label=Kind(row.kind).label,
        outcome=row.outcome,
        outcome_label=Outcome(row.outcome).label,
        message=row.message,
        at=row.at,
        actor=row.actor,
        traits=_compared(access, row.answer) if row.answer and may else (),
        decided_at=row.decided_at,
        decision=_DECISIONS.get(row.decision, ""),
        proof=bytes(row.proof).hex() if row.proof else "",
        may=may,
    )


def _compared(access: Access, said: dict[str, Any]) -> tuple[tuple[str, str, str, bool], ...]:
    identity = patients.identity(access)
    line = identity.line
    pairs = (
        ("Nom de naissance", said["family"], line.birth_family_name),
        ("Prénoms de naissance", said["given_names"], line.birth_given_names),
        ("Premier prénom de naissance", said["given"], line.first_birth_given_name),
        ("Date de naissance", _french(said["birth_date"]), f"{line.birth_date:%d/%m/%Y}"),
        ("Sexe", said["sex"], line.sex),
        ("Lieu de naissance", said["birth_place"], identity.birth_place_code),
        ("Matricule INS", said["matricule"], line.ins or ""),
    )
    return tuple((name, theirs, ours, not _agree(theirs, ours)) for name, theirs, ours in pairs)


def _agree(theirs: str, ours: str) -> bool:
    """Accents, hyphens and case separate nobody (RNIV)."""
    folded = patients.fold(theirs)
    return theirs == ours or (folded != "" and folded == patients.fold(ours))


def _french(iso: str) -> str:
    return f"{dt.date.fromisoformat(iso):%d/%m/%Y}"


def _setting(name: str) -> str:
    return os.environ.get(f"MAILLON_INSI_{name}", "")
