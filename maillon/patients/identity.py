"""What may happen to an identity: status, attributes, traits (RNIV). Each act leaves one row of history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from django.db import transaction

from maillon.kernel import events
from maillon.kernel.key import Access, PatientId
from maillon.kernel.message import UserMessage
from maillon.patients import names
from maillon.patients.events import IdentityQualified
from maillon.patients.matching import known_place
from maillon.patients.models import IdentityChange, LocalIdentifier, Patient
from maillon.patients.registration import (
    StrictTraits,
    columns_of,
    refuse_borne,
    refuse_unusable,
    used_columns_of,
)
from maillon.patients.states import IDENTITY, IdentityStatus

Attribute = Literal["homonym", "doubtful", "fictitious"]
_FLAGS: Final[Mapping[Attribute, str]] = {
    "homonym": "is_homonym",
    "doubtful": "is_doubtful",
    "fictitious": "is_fictitious",
}
_STRICT: Final = tuple(field.name for field in fields(StrictTraits))


@dataclass(frozen=True, slots=True, kw_only=True)
class InsiAnswer:
    """The one identity that the national teleservice returned."""

    ins: str
    ins_oid: str
    traits: StrictTraits


@transaction.atomic
def retrieve(access: Access, answer: InsiAnswer, *, reason: str) -> None:
    """PROV -> RECUP: the matricule and the traits of INSi become the patient's; what they were stays in the history."""
    patient = _locked(access)
    _refuse_attribute(patient)
    status = IDENTITY.target("retrieve", source=patient.identity_status)
    _refuse_incoherent(patient, answer.traits)
    _change(
        patient,
        access,
        kind="retrieve",
        reason=reason,
        values={
            **columns_of(answer.traits),
            **_matricule_of(patient, answer),
            "identity_status": status,
        },
    )


@transaction.atomic
def validate(access: Access, *, reason: str) -> None:
    """PROV -> VALI: a high-trust identity document was seen; `reason` names it."""
    patient = _locked(access)
    _refuse_attribute(patient)
    status = IDENTITY.target("validate", source=patient.identity_status)
    _change(patient, access, kind="validate", reason=reason, values={"identity_status": status})


@transaction.atomic
def qualify(access: Access, *, reason: str, answer: InsiAnswer | None = None) -> None:
    """RECUP -> QUAL by the control of a document; VALI -> QUAL by the answer of INSi, when the traits agree."""
    patient = _locked(access)
    _refuse_attribute(patient)
    status = IDENTITY.target("qualify", source=patient.identity_status)
    values: dict[str, Any] = {"identity_status": status}
    if patient.identity_status == IdentityStatus.VALIDATED:
        if answer is None:
            raise UserMessage("E-INS-14", "Une identité validée ne se qualifie que par une réponse d’INSi.")
        _refuse_incoherent(patient, answer.traits)
        values |= {**columns_of(answer.traits), **_matricule_of(patient, answer)}
    else:
        refuse_unusable(patient.ins or "", patient.ins_oid or "")
    if not known_place(values.get("birth_place_code", patient.birth_place_code)):
        raise UserMessage("E-INS-08", "Le lieu de naissance est nécessaire pour qualifier l’identité.")
    _change(patient, access, kind="qualify", reason=reason, values=values)
    events.announce(IdentityQualified(patient_id=patient.pk))


@transaction.atomic
def lose_ins(access: Access, *, reason: str, keeps_control: bool = False) -> None:
    """INSi no longer confirms: the matricule goes to the history. `keeps_control`: the document seen holds (VALI)."""
    patient = _locked(access)
    verb = "lose_ins_keep_control" if keeps_control else "lose_ins"
    status = IDENTITY.target(verb, source=patient.identity_status)
    _change(patient, access, kind=verb, reason=reason, values={"identity_status": status, **_without_ins(patient)})


@transaction.atomic
def change_traits(
    access: Access,
    *,
    reason: str,
    birth_family_name: str | None = None,
    birth_given_names: str | None = None,
    first_birth_given_name: str | None = None,
    birth_date: dt.date | None = None,
    sex: str | None = None,
    birth_place_code: str | None = None,
    used_family_name: str | None = None,
    used_given_name: str | None = None,
) -> None:
    """By hand. None leaves a trait as it is. Touching a strict trait costs the matricule and the control (RNIV)."""
    patient = _locked(access)
    asked: dict[str, Any] = {
        "birth_family_name": birth_family_name,
        "birth_given_names": birth_given_names,
        "first_birth_given_name": first_birth_given_name,
        "birth_date": birth_date,
        "sex": sex,
        "birth_place_code": birth_place_code,
    }
    strict = {name: getattr(patient, name) if value is None else value for name, value in asked.items()}
    values = columns_of(StrictTraits(**strict)) | used_columns_of(
        family_name=patient.used_family_name if used_family_name is None else used_family_name,
        given_name=patient.used_given_name if used_given_name is None else used_given_name,
    )
    if any(values[name] != getattr(patient, name) for name in _STRICT):
        values |= _lowered(patient)
    _change(patient, access, kind="change_traits", reason=reason, values=values)


@transaction.atomic
def mark(access: Access, attribute: Attribute, *, reason: str) -> None:
    """« Douteuse » and « fictive » exclude one another, force PROV and cost the matricule; « homonyme » does not."""
    patient = _locked(access)
    values: dict[str, Any] = {_FLAGS[attribute]: True}
    if attribute != "homonym":
        other = patient.is_fictitious if attribute == "doubtful" else patient.is_doubtful
        if other:
            raise UserMessage("E-INS-09", "Une identité ne peut pas être à la fois douteuse et fictive.")
        status = IDENTITY.target("doubt", source=patient.identity_status)
        values |= {"identity_status": status, **_without_ins(patient)}
    _change(patient, access, kind=f"mark_{attribute}", reason=reason, values=values)


@transaction.atomic
def clear(access: Access, attribute: Attribute, *, reason: str) -> None:
    """Take an attribute away; the status stays what it is, and the way back is retrieve, validate, qualify."""
    patient = _locked(access)
    _change(patient, access, kind=f"clear_{attribute}", reason=reason, values={_FLAGS[attribute]: False})


def _locked(access: Access) -> Patient:
    return Patient.objects.select_for_update().get(pk=access.patient_id)


def _change(patient: Patient, access: Access, *, kind: str, reason: str, values: Mapping[str, Any]) -> None:
    """Write what differs, its history, and the dictionary when a name changed. A change of nothing leaves no trace."""
    if not reason.strip():
        raise UserMessage("E-INS-11", "Indiquez le motif\u202f: il est gardé dans l’historique de l’identité.")
    changed = {name: value for name, value in values.items() if getattr(patient, name) != value}
    if not changed:
        return
    told = [name for name in changed if not name.startswith("norm_")]
    before = {name: _told(getattr(patient, name)) for name in told}
    for name, value in changed.items():
        setattr(patient, name, value)
    patient.save(update_fields=list(changed))
    IdentityChange.objects.create(
        patient=patient,
        kind=kind,
        before=before,
        after={name: _told(changed[name]) for name in told},
        actor=access.actor.label[:200],
        reason=reason.strip()[:300],
    )
    if any(name.endswith(("_name", "_names")) for name in told):
        patient.index_names()


def _told(value: object) -> str | bool | None:
    return value if isinstance(value, bool) or value is None else str(value)


def _refuse_attribute(patient: Patient) -> None:
    if patient.is_doubtful or patient.is_fictitious:
        raise UserMessage(
            "E-INS-06", "L’identité est déclarée douteuse ou fictive\u202f: levez d’abord cet attribut, avec son motif."
        )


def _refuse_incoherent(patient: Patient, traits: StrictTraits) -> None:
    """INSi may complete (other given names, place); it may not turn the patient into somebody else."""
    given = names.folded_given(traits.first_birth_given_name, traits.birth_given_names)
    likenesses = (
        names.family_likeness(names.fold(traits.birth_family_name), patient.norm_family),
        names.given_likeness(given, names.folded_given(patient.first_birth_given_name, patient.birth_given_names)),
        _likeness(traits.birth_date.isoformat(), patient.birth_date.isoformat()),
        _likeness(traits.sex, "" if patient.sex == Patient.Sex.UNKNOWN else patient.sex),
        _likeness(known_place(traits.birth_place_code), known_place(patient.birth_place_code)),
    )
    if "near" in likenesses or "different" in likenesses:
        raise UserMessage(
            "E-INS-07", "Les traits renvoyés par INSi ne sont pas ceux du patient\u202f: vérifiez l’identité."
        )


def _likeness(left: str, right: str) -> names.Likeness:
    return "unknown" if not left or not right else "same" if left == right else "different"


def _matricule_of(patient: Patient, answer: InsiAnswer) -> dict[str, str]:
    """The verified matricule takes the place of the one received."""
    matricule = refuse_unusable(answer.ins, answer.ins_oid)
    refuse_borne(matricule, by_other_than=PatientId(patient.pk))
    LocalIdentifier.objects.filter(patient=patient, root=matricule.oid, extension=matricule.value).delete()
    return {"ins": matricule.value, "ins_oid": matricule.oid}


def _without_ins(patient: Patient) -> dict[str, None]:
    """Invalidated, the matricule stays in the history only: neither verified nor received."""
    LocalIdentifier.objects.filter(patient=patient, root=patient.ins_oid, extension=patient.ins).delete()
    return {"ins": None, "ins_oid": None}


def _lowered(patient: Patient) -> dict[str, Any]:
    """A strict trait was changed by hand: neither INSi nor the document seen speaks of this identity any more."""
    if patient.identity_status == IdentityStatus.PROVISIONAL:
        return {}
    verb = "lose_control" if patient.identity_status == IdentityStatus.VALIDATED else "lose_ins"
    return {"identity_status": IDENTITY.target(verb, source=patient.identity_status), **_without_ins(patient)}
