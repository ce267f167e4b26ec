"""Creating an identity: from a document, or taken over from the practice software."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from maillon.formats.document import PatientTraits
from maillon.kernel import clock, sql
from maillon.kernel.key import PatientId
from maillon.kernel.message import UserMessage
from maillon.patients import dates, ins, names
from maillon.patients.matching import Matricule, known_place
from maillon.patients.models import IdentityChange, Patient
from maillon.patients.recognition import bearers_of
from maillon.patients.states import IdentityStatus

_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StrictTraits:
    """The five strict traits (RNIV). `birth_place_code`: COG, empty when it is not known."""

    birth_family_name: str
    birth_given_names: str
    first_birth_given_name: str
    birth_date: dt.date
    sex: str
    birth_place_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """An identity as its first owner knows it; `status` RECUP or QUAL goes with a matricule, PROV or VALI with none."""

    traits: StrictTraits
    used_family_name: str = ""
    used_given_name: str = ""
    status: IdentityStatus = IdentityStatus.PROVISIONAL
    ins: str | None = None
    ins_oid: str | None = None
    phone: str = ""
    email: str = ""
    address: str = ""
    postal_code: str = ""
    city: str = ""
    local_ids: tuple[tuple[str, str], ...] = ()


@transaction.atomic
def create_from_document(traits: PatientTraits, *, actor_label: str) -> PatientId:
    """A provisional identity. The matricule is kept « reçu, non vérifié », never as a qualified INS (RNIV)."""
    birth_date = dates.read(traits.birth_date)
    if birth_date is None:
        raise UserMessage("E-INS-08", "La date de naissance manque\u202f: l’identité ne peut pas être créée.")
    strict = StrictTraits(
        birth_family_name=traits.birth_family_name or "",
        birth_given_names=traits.birth_given_names or traits.first_birth_given_name or "",
        first_birth_given_name=traits.first_birth_given_name or names.first_of(traits.birth_given_names or ""),
        birth_date=birth_date.completed(),
        sex=traits.sex or "",
        birth_place_code=(traits.birth_place_code or "")[:5],
    )
    identity = Registration(
        traits=strict,
        used_family_name=traits.used_family_name or "",
        used_given_name=traits.used_given_name or "",
        phone=_telecom(traits.telecoms, "tel:")[:30],
        email=_telecom(traits.telecoms, "mailto:")[:254],
        address=(traits.addresses[0] if traits.addresses else "")[:300],
    )
    patient_id = _insert(identity, is_fictitious=_is_test_person_among_real_ones(traits.ins_oid))
    note_identifiers(patient_id, traits)
    _tell_creation(patient_id, kind="created_from_document", traits=strict, actor_label=actor_label)
    return patient_id


@transaction.atomic
def register(registration: Registration, *, actor_label: str) -> PatientId:
    """Take over an identity with its status. A matricule must be right: shape, key, environment, nobody else's."""
    matricule = _acceptable_matricule(registration)
    patient_id = _insert(registration, matricule=matricule)
    _note(patient_id, registration.local_ids)
    _tell_creation(patient_id, kind="registered", traits=registration.traits, actor_label=actor_label)
    return patient_id


def note_identifiers(patient_id: PatientId, traits: PatientTraits) -> None:
    """Keep the sender's numbers of the patient. Idempotent; a number that is already somebody else's stays theirs."""
    received = [(traits.ins_oid or "", ins.squeezed(traits.ins))] if traits.ins and traits.ins_oid in ins.OIDS else []
    _note(patient_id, [*received, *((each.root, each.extension) for each in traits.local_ids if each.extension)])


def refuse_unusable(matricule: str, oid: str) -> Matricule:
    """The matricule without blanks, or the first reason why it may not be taken as verified."""
    checked = ins.check(matricule, oid=oid)
    for problem in checked.problems:
        raise UserMessage(problem.code, problem.message)
    return Matricule(checked.matricule, oid)


def columns_of(traits: StrictTraits) -> dict[str, Any]:
    """The strict traits as they are kept: characters of the INS, and folded. Refuses what is no person's."""
    family, given, first = (
        names.trait_form(text)[:_LONGEST_NAME]
        for text in (traits.birth_family_name, traits.birth_given_names, traits.first_birth_given_name)
    )
    if not family or not first:
        raise UserMessage(
            "E-INS-08", "Le nom et le prénom de naissance sont nécessaires pour créer ou changer une identité."
        )
    if not names.begins(first, given):
        raise UserMessage(
            "E-INS-13", "Le premier prénom de naissance doit commencer la liste des prénoms de naissance."
        )
    if traits.birth_date > clock.today():
        raise UserMessage("E-INS-12", "La date de naissance est dans le futur.")
    return {
        "birth_family_name": family,
        "birth_given_names": given,
        "first_birth_given_name": first,
        "birth_date": traits.birth_date,
        "sex": traits.sex if traits.sex in ("F", "M") else Patient.Sex.UNKNOWN,
        "birth_place_code": traits.birth_place_code.strip().upper(),
        "norm_family": names.fold(family),
        "norm_given": names.fold(given),
    }


def used_columns_of(*, family_name: str, given_name: str) -> dict[str, str]:
    """The names of use; they are never filled in from the birth names (RNIV, EXI ID 08)."""
    family = names.trait_form(family_name)[:_LONGEST_NAME]
    return {
        "used_family_name": family,
        "used_given_name": names.trait_form(given_name)[:_LONGEST_NAME],
        "norm_used": names.fold(family),
    }


def _insert(
    registration: Registration, *, matricule: Matricule | None = None, is_fictitious: bool = False
) -> PatientId:
    patient = Patient(
        **columns_of(registration.traits),
        **used_columns_of(family_name=registration.used_family_name, given_name=registration.used_given_name),
        identity_status=registration.status,
        ins=matricule.value if matricule else None,
        ins_oid=matricule.oid if matricule else None,
        is_fictitious=is_fictitious,
        phone=registration.phone,
        email=registration.email,
        address=registration.address,
        postal_code=registration.postal_code,
        city=registration.city,
    )
    patient.save(force_insert=True)
    patient.index_names()
    return PatientId(patient.pk)


def _acceptable_matricule(registration: Registration) -> Matricule | None:
    carries = registration.status in (IdentityStatus.RETRIEVED, IdentityStatus.QUALIFIED)
    if carries != (registration.ins is not None):
        raise UserMessage(
            "E-INS-10",
            "Seule une identité récupérée ou qualifiée porte un matricule INS, et elle en porte toujours un.",
        )
    if registration.ins is None:
        return None
    matricule = refuse_unusable(registration.ins, registration.ins_oid or "")
    if registration.status == IdentityStatus.QUALIFIED and not known_place(registration.traits.birth_place_code):
        raise UserMessage("E-INS-08", "Le lieu de naissance est nécessaire pour une identité qualifiée.")
    refuse_borne(matricule, by_other_than=None)
    return matricule


def refuse_borne(matricule: Matricule, *, by_other_than: PatientId | None) -> None:
    """One matricule, one person: verified here or received from outside for somebody else."""
    if any(each.id != by_other_than for each in bearers_of(matricule)):
        raise UserMessage(
            "E-INS-04", "Ce matricule INS est déjà celui d’un autre patient\u202f: vérifiez s’il s’agit d’un doublon."
        )


def _is_test_person_among_real_ones(oid: str | None) -> bool:
    """RNIV, attribute FICT: where real people are cared for, somebody of the test range is not one of them."""
    is_real_base = ins.accepted_environment() is ins.Environment.REAL
    return is_real_base and ins.environment_of(oid) is ins.Environment.TEST


_NOTE: Final = """
INSERT INTO patients_local_identifier (patient_id, root, extension)
SELECT %(patient)s::bigint, root, extension
  FROM unnest(%(roots)s::text[], %(extensions)s::text[]) AS noted(root, extension)
    ON CONFLICT (root, extension) DO NOTHING
"""


def _note(patient_id: PatientId, identifiers: Iterable[tuple[str, str]]) -> None:
    kept = sorted({(root, extension) for root, extension in identifiers if len(root) <= 64 and len(extension) <= 100})
    if kept:
        roots, extensions = zip(*kept, strict=True)
        sql.rows(_NOTE, {"patient": patient_id, "roots": list(roots), "extensions": list(extensions)})


def _tell_creation(patient_id: PatientId, *, kind: str, traits: StrictTraits, actor_label: str) -> None:
    kept = {name: str(value) for name, value in columns_of(traits).items() if not name.startswith("norm_")}
    IdentityChange.objects.create(patient_id=patient_id, kind=kind, after=kept, actor=actor_label[:200])


def _telecom(telecoms: Iterable[str], scheme: str) -> str:
    return next((each[len(scheme) :] for each in telecoms if each.startswith(scheme)), "")
