"""What the structure writes to the ARS: a serious adverse event, a suspension. Drafted from what names nobody, and read
again before it is kept: a text in which a patient of the protocol is named is refused.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import Final
from uuid import UUID

from django.db import transaction

from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.pathways import teams
from maillon.pathways.cooperation_states import EventNature, Severity, SuspensionMotive
from maillon.pathways.definition import Protocol
from maillon.pathways.models import AdverseEvent, AuthorityNotice, DelegatedAct, ProtocolVersion, Suspension
from maillon.patients import api as patients

LONGEST: Final = 8000
SHORTEST_NAME: Final = 3  # letters: « LE » is in every text
SHORTEST_NUMBER: Final = 5  # figures: a year, or « 12 », is in every text
LONG_NUMBER: Final = 8  # figures: those of a day, of a telephone, of a matricule (2A and 2B have a letter)


def draft_suspension(team: teams.Team, suspension: Suspension, *, by: str) -> AuthorityNotice:
    said = [
        *_head(team, "Suspension d’un protocole de coopération (CSP L4011-4)"),
        f"Suspendu le {_moment(suspension.at)}, dans cette structure.",
        f"Motif\u202f: {SuspensionMotive(suspension.motive).label.lower()}.",
        "Aucun acte délégué n’est ouvert depuis cet instant. "
        f"Patients en cours de prise en charge remis aux médecins délégants\u202f: {suspension.handed_over}.",
        *_events(team.version),
        "Mesures prises et conditions de reprise\u202f: à compléter.",
    ]
    return _keep(team.version, AuthorityNotice.Kind.SUSPENSION, said, by=by)


def draft_serious_event(event: AdverseEvent, *, by: str) -> AuthorityNotice:
    """A serious adverse event is told without delay."""
    team = teams.team_of(event.version)
    said = [
        *_head(team, "Événement indésirable grave lié à un protocole de coopération"),
        f"Survenu le {event.happened_on:%d/%m/%Y}, déclaré le {_moment(event.declared_at)}.",
        f"Nature\u202f: {EventNature(event.nature).label.lower()}.",
        "Analyse en équipe et mesures prises\u202f: à compléter.",
    ]
    return _keep(event.version, AuthorityNotice.Kind.SERIOUS_EVENT, said, by=by)


def _head(team: teams.Team, title: str) -> list[str]:
    structure, protocol, declared = team.version.structure, team.protocol, team.declaration
    reference = f", référence {declared.reference}" if declared is not None and declared.reference else ""
    return [
        title,
        f"À\u202f: {protocol.declaration.aupres if protocol.declaration else 'Agence régionale de santé'}.",
        f"Structure\u202f: {structure.name}, FINESS {structure.finess or 'à compléter'}.",
        f"Protocole\u202f: {_told(protocol)}, version {team.version.number}.",
        f"Déclaration\u202f: {f'{declared.filed_on:%d/%m/%Y}' if declared else 'aucune'}{reference}.",
    ]


def _told(protocol: Protocol) -> str:
    return f"«\u202f{protocol.titre}\u202f» ({protocol.code}\u202f; {protocol.source})"


def _events(version: ProtocolVersion) -> Iterator[str]:
    """Serious ones of the last thirty days, by their nature alone."""
    found = AdverseEvent.objects.filter(
        structure_id=version.structure_id, version__code=version.code, severity=Severity.SERIOUS,
        declared_at__gte=clock.now() - dt.timedelta(days=30),
    ).order_by("declared_at")  # fmt: skip
    for event in found:
        yield (
            f"Événement indésirable grave déclaré le {_moment(event.declared_at)}\u202f: "
            f"{EventNature(event.nature).label.lower()}."
        )


def _moment(at: dt.datetime) -> str:
    return f"{clock.in_paris(at):%d/%m/%Y à %H h %M}"


def _keep(version: ProtocolVersion, kind: AuthorityNotice.Kind, said: Iterable[str], *, by: str) -> AuthorityNotice:
    now = clock.now()
    return AuthorityNotice.objects.create(
        structure_id=version.structure_id, code=version.code, kind=kind, text="\n".join(said), made_at=now,
        changed_at=now, changed_by=by[:200],
    )


# ------------------------------------------------------------------------------------------------ read again, sent


@transaction.atomic
def rewrite(actor: Actor, version: ProtocolVersion, notice: UUID, text: str, *, is_sent: bool = False) -> None:
    """Keep what was written, or note that it was sent. Raises E-PRO-21, -34 (a patient is named), -35 (sent
    already)."""
    row = _locked(actor, version, notice)
    said = storable(text).strip()[:LONGEST]
    if not said:
        raise UserMessage("E-PRO-18", "Écrivez quelque chose avant d’enregistrer.")
    if named(said, version):
        raise UserMessage(
            "E-PRO-34",
            "Ce texte contient un nom, une date de naissance ou un matricule d’un patient du protocole\u202f: "
            "retirez-le, l’agence ne reçoit aucune identité.",
        )
    row.text, row.changed_at, row.changed_by = said, clock.now(), actor.label
    if is_sent:
        row.sent_at, row.sent_by = clock.now(), actor.label
    row.save()


def _locked(actor: Actor, version: ProtocolVersion, notice: UUID) -> AuthorityNotice:
    teams.demand_holder(actor, version)
    row = AuthorityNotice.objects.select_for_update().filter(
        uuid=notice, structure_id=version.structure_id, code=version.code
    ).first()  # fmt: skip
    if row is None:
        raise UserMessage("E-PRO-35", "Ce texte n’existe pas.")
    if row.sent_at is not None:
        raise UserMessage("E-PRO-35", "Ce texte a été envoyé\u202f: il ne change plus.")
    return row


def of_version(version: ProtocolVersion) -> list[AuthorityNotice]:
    found = AuthorityNotice.objects.filter(structure_id=version.structure_id, code=version.code)
    return list(found.order_by("-made_at", "-id"))


def named(text: str, version: ProtocolVersion) -> bool:
    """Whether a patient of the protocol can be recognised in it. The lines that name the house are not looked at as
    they stand: a patient may bear the name of the street."""
    acts = DelegatedAct.objects.filter(structure_id=version.structure_id, version__code=version.code)
    ours = set(_head(teams.team_of(version), ""))
    left = "\n".join(line for line in text.splitlines() if line not in ours)
    words, figures = f" {_folded(left)} ", _figures(left)
    known = identifiers({PatientId(each) for each in acts.values_list("patient_id", flat=True)})
    return any(f" {_folded(each)} " in words or (_is_number(each) and _figures(each) in figures) for each in known)


def identifiers(people: Collection[PatientId]) -> set[str]:
    """Every text by which one of these patients may be known. Looked at by the house alone, and shown to nobody: no
    record is opened."""
    found = patients.Patient.objects.filter(pk__in=people).prefetch_related("local_identifiers")
    return {text for patient in found for text in _texts_of(patient)}


def _texts_of(patient: patients.Patient) -> Iterator[str]:
    names = (patient.birth_family_name, patient.used_family_name, patient.used_given_name)
    yield from (each for each in (*names, *patient.birth_given_names.split()) if len(each) >= SHORTEST_NAME)
    numbers = (patient.ins or "", patient.phone, *(each.extension for each in patient.local_identifiers.all()))
    yield from (each for each in numbers if len(each) >= SHORTEST_NUMBER)
    born = patient.birth_date
    yield from (born.isoformat(), f"{born:%d/%m/%Y}", f"{born:%d%m%Y}", f"{born:%d.%m.%Y}", str(patient.uuid))
    if patient.email:
        yield patient.email


def _folded(text: str) -> str:
    """Letters without their accents and figures, one space between words."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^0-9a-z]+", " ", bare).strip()


def _is_number(text: str) -> bool:
    return not any(each.islower() for each in text) and sum(each.isdigit() for each in text) >= LONG_NUMBER


def _figures(text: str) -> str:
    """A matricule or a telephone number is the same, however its figures are set apart."""
    return re.sub(r"(?<=[0-9AB])[\s.\-/]+(?=[0-9AB])", "", text)
