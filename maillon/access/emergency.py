"""Break-glass and medical regulation: one record opened without a link of care, four hours, loudly (CSP L1111-17).

The person types the exact identity of whom they have before them. An unknown identity, an ambiguous one, a refusal of
the patient: one answer, one cost, one row of the journal each.

Its hours are true ones, which no demonstration moves: the law and the journal count in them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from maillon.access import law, rule
from maillon.access.emergency_rules import EmergencyRules, Reason
from maillon.access.emergency_rules import emergency_rules as emergency_rules
from maillon.access.events import BreakGlassOpened
from maillon.access.journal import note_refusal
from maillon.access.keys import open_record
from maillon.access.models import Account, BreakGlass, CareTeamMembership, JournalEntry
from maillon.access.team import is_current
from maillon.kernel import clock, events, sql
from maillon.kernel.key import Access, Actor, PatientId, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.patients import api as patients

ACTION = "break_glass"
LETTER = "courrier"  # how the patient is told when no address of theirs is known
_LONGEST_TEXT = 1000

MAY_NOT = UserMessage(
    "E-URG-01",
    "L’ouverture en urgence est réservée aux médecins, sages-femmes, infirmiers et pharmaciens en exercice, connectés "
    "avec deux facteurs.",
)
PROVE_AGAIN = UserMessage(
    "E-URG-02", "Confirmez que c’est bien vous\u202f: votre dernière preuve d’identité date de plus de quinze minutes."
)
NO_REASON = UserMessage("E-URG-03", "Choisissez un motif dans la liste.")
NOT_EXPLAINED = UserMessage(
    "E-URG-04",
    "Expliquez la situation en quelques mots\u202f: au moins 20 caractères. Le patient et le référent la liront.",
)
NOT_OPENED = UserMessage(
    "E-URG-05",
    "Aucun dossier ne s’ouvre avec cette identité. Vérifiez chaque trait sur la carte Vitale ou la pièce d’identité, "
    "ou saisissez le matricule INS complet.",
)
TOO_MANY_TRIES = UserMessage(
    "E-URG-06", "Trop d’essais depuis une heure. Appelez le 15 si la vie du patient est en jeu, et réessayez plus tard."
)
TOO_MANY_OPEN = UserMessage(
    "E-URG-07", "Trop de dossiers sont ouverts en urgence à votre nom. Fermez ceux dont vous n’avez plus besoin."
)


class AlreadyOpen(UserMessage):
    """Said only to somebody who may open the record anyway."""

    def __init__(self, patient_uuid: UUID) -> None:
        super().__init__("E-URG-08", "Vous avez déjà accès à ce dossier\u202f: le bris de glace est inutile.")
        self.patient_uuid = patient_uuid


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedIdentity:
    """What names one patient exactly: the matricule INS, or the three traits."""

    matricule: str = ""
    birth_date: dt.date | None = None
    birth_family_name: str = ""
    first_birth_given_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGlass:
    """An emergency opening in progress: for the banner of the record, and for the teleservice that asks why."""

    since: dt.datetime
    until: dt.datetime
    reason: str = ""
    is_regulation: bool = False

    @property
    def seconds_left(self) -> int:
        return max(0, int((self.until - clock.wall()).total_seconds()))


def may_ask(actor: Actor) -> bool:
    """Secretaries, coordinators and the others never (domain sheet §8.2)."""
    is_admitted = actor.profession_code in emergency_rules().professions or actor.is_regulation
    return actor.kind == "professional" and actor.assurance >= 2 and rule.is_practising(actor) and is_admitted


def reasons(actor: Actor) -> tuple[Reason, ...]:
    return emergency_rules().reasons(regulation=actor.is_regulation)


def break_glass(
    actor: Actor, typed: TypedIdentity, *, reason_code: str, reason_text: str, recent_proof: bool
) -> Access:
    """The key to the record, open until four hours from now. Raises E-URG-01 to 07, or AlreadyOpen."""
    _refuse_unfounded(actor, reason_code, reason_text, recent_proof=recent_proof)
    # Whatever is answered, what was tried stays in the journal: nothing is raised inside the transaction.
    with transaction.atomic():
        answer = _answer(actor, typed, reason_code, storable(reason_text.strip())[:_LONGEST_TEXT])
    if isinstance(answer, UserMessage):
        raise answer
    return answer


@transaction.atomic
def close(access: Access) -> None:
    """The person no longer needs the record: it closes at once. Idempotent."""
    _in_progress(access.actor).filter(patient_id=access.patient_id).update(closed_at=clock.wall())


def end_all(access: Access) -> None:
    """The patient has just refused emergency access: whoever came in so is out."""
    moment = clock.wall()
    BreakGlass.objects.filter(patient_id=access.patient_id, closed_at__isnull=True, until__gt=moment).update(
        closed_at=moment
    )


def current(access: Access) -> OpenGlass | None:
    """The reader's own emergency opening of this record."""
    if not access.facts.glass:
        return None
    glass = _in_progress(access.actor).filter(patient_id=access.patient_id).order_by("-until").first()
    if glass is None:
        return None
    return OpenGlass(
        since=glass.since, until=glass.until, reason=glass.reason_text,
        is_regulation=glass.mode == BreakGlass.Mode.REGULATION,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ who is told


@dataclass(frozen=True, slots=True, kw_only=True)
class ToTell:
    """An opening as it is told: ids and dates, nothing of the patient."""

    id: int
    patient_id: PatientId
    professional_id: ProfessionalId
    structure_id: StructureId
    since: dt.datetime
    tell_patient_before: dt.datetime
    patient_told_at: dt.datetime | None
    patient_told_by: str


def to_tell(glass_id: int) -> ToTell:
    return _to_tell(BreakGlass.objects.get(pk=glass_id))


def awaiting_letter() -> list[ToTell]:
    """Those whose letter was asked for and has not left."""
    asked = BreakGlass.objects.filter(patient_told_at__isnull=True, patient_told_by=LETTER)
    return [_to_tell(each) for each in asked.order_by("since", "id")]


def following_structure(access: Access) -> StructureId | None:
    """The structure of the care team whose secretary may write to the patient."""
    followed = CareTeamMembership.objects.filter(is_current(), patient_id=access.patient_id, structure__isnull=False)
    found = followed.order_by("start", "id").values_list("structure_id", flat=True).first()
    return StructureId(found) if found is not None else None


def note_patient_told(glass_id: int, *, by: str, is_done: bool = True) -> None:
    """Once: the first notice counts. A letter that is only asked for has told nobody yet."""
    untold = BreakGlass.objects.filter(pk=glass_id, patient_told_at__isnull=True)
    untold.update(patient_told_by=by, patient_told_at=clock.wall() if is_done else None)


def note_referent_told(glass_id: int) -> None:
    BreakGlass.objects.filter(pk=glass_id, referent_told_at__isnull=True).update(referent_told_at=clock.wall())


def _to_tell(glass: BreakGlass) -> ToTell:
    return ToTell(
        id=glass.pk,
        patient_id=PatientId(glass.patient_id),
        professional_id=ProfessionalId(glass.professional_id),
        structure_id=StructureId(glass.structure_id or 0),
        since=glass.since,
        tell_patient_before=glass.since + dt.timedelta(hours=emergency_rules().avis_patient_heures),
        patient_told_at=glass.patient_told_at,
        patient_told_by=glass.patient_told_by,
    )


# ------------------------------------------------------------------------------------------------ the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOpening:
    """What the patient is told of one opening."""

    person: str
    profession: str
    structure: str
    reason: str
    since: dt.datetime
    ended_at: dt.datetime


def told_of(access: Access) -> list[ToldOpening]:
    """For the letter to the patient: the openings of which no notice has left yet."""
    untold = BreakGlass.objects.filter(patient_id=access.patient_id, patient_told_at__isnull=True)
    labels = {reason.code: reason.libelle for reason in emergency_rules().motifs}
    return [
        ToldOpening(
            person=str(glass.professional),
            profession=glass.professional.profession,
            structure=str(glass.structure or ""),
            reason=labels.get(glass.reason_code, glass.reason_code),
            since=glass.since,
            ended_at=min(glass.closed_at or glass.until, glass.until),
        )
        for glass in untold.select_related("professional", "structure").order_by("since", "id")
    ]


def _refuse_unfounded(actor: Actor, reason_code: str, reason_text: str, *, recent_proof: bool) -> None:
    """Before anybody is looked for: who asks, why, and is it still they?"""
    if not may_ask(actor):
        note_refusal(
            actor, None, purpose=rule.usual_purpose(actor), action=ACTION, resource_type="role", resource_id=""
        )
        raise MAY_NOT
    if reason_code not in {reason.code for reason in reasons(actor)}:
        raise NO_REASON
    if not emergency_rules().explains(reason_text):
        raise NOT_EXPLAINED
    if not recent_proof:
        raise PROVE_AGAIN


def _answer(actor: Actor, typed: TypedIdentity, reason_code: str, reason_text: str) -> Access | UserMessage:
    _one_at_a_time(actor)
    limit = _limit_reached(actor, emergency_rules())
    if limit is not None:
        _note_refused(actor, None, "limit")
        return limit
    found = _named(actor, typed)
    if found is None or found.is_refused:
        _note_refused(actor, found.patient_id if found else None, "identity")
        return NOT_OPENED
    if found.is_open:
        open_record(actor, found.patient_id, purpose=rule.usual_purpose(actor), resource_type="identity")
        return AlreadyOpen(found.patient_uuid)
    glass = _opened(actor, found.patient_id, reason_code, reason_text)
    events.announce(BreakGlassOpened(glass_id=glass.pk))
    return open_record(
        actor, found.patient_id, purpose=rule.usual_purpose(actor), action=ACTION, resource_type="identity"
    )


def _opened(actor: Actor, patient_id: PatientId, reason_code: str, reason_text: str) -> BreakGlass:
    rules, moment = emergency_rules(), clock.wall()
    return BreakGlass.objects.create(
        patient_id=patient_id,
        professional_id=_person(actor),
        structure_id=actor.structure_id,
        mode=BreakGlass.Mode.REGULATION if actor.is_regulation else BreakGlass.Mode.BREAK_GLASS,
        reason_code=reason_code,
        reason_text=reason_text,
        since=moment,
        until=moment + dt.timedelta(hours=rules.duree_heures),
        review_due_at=moment + dt.timedelta(hours=rules.revue_heures),
    )


# ------------------------------------------------------------------------------------------------ limits


def _one_at_a_time(actor: Actor) -> None:
    """Two windows that ask at the same instant are answered one after the other, each counting the other."""
    Account.objects.select_for_update(of=("self",), no_key=True).get(professional_id=_person(actor))


def _person(actor: Actor) -> ProfessionalId:
    if actor.professional_id is None:
        raise MAY_NOT
    return actor.professional_id


def _limit_reached(actor: Actor, rules: EmergencyRules) -> UserMessage | None:
    moment = clock.wall()
    tries = JournalEntry.objects.filter(
        actor_professional_id=actor.professional_id, action=ACTION, resource_type="identity",
        at__gt=moment - dt.timedelta(hours=1),
    )  # fmt: skip
    if tries.count() >= rules.essais_par_heure:
        return TOO_MANY_TRIES
    of_the_day = BreakGlass.objects.filter(professional_id=_person(actor), since__gt=moment - dt.timedelta(days=1))
    if _in_progress(actor).count() >= rules.ouverts_a_la_fois or of_the_day.count() >= rules.ouverts_par_jour:
        return TOO_MANY_OPEN
    return None


def mine(actor: Actor) -> int:
    """How many records this person holds open in an emergency."""
    return _in_progress(actor).count()


def _in_progress(actor: Actor) -> QuerySet[BreakGlass]:
    moment = clock.wall()
    return BreakGlass.objects.filter(
        Q(closed_at__isnull=True) | Q(closed_at__gt=moment),
        professional_id=_person(actor), since__lte=moment, until__gt=moment,
    )  # fmt: skip


def _note_refused(actor: Actor, patient_id: PatientId | None, what: str) -> None:
    note_refusal(
        actor, patient_id, purpose=rule.usual_purpose(actor), action=ACTION, resource_type=what, resource_id=""
    )


# ------------------------------------------------------------------------------------------------ who is named


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    patient_id: PatientId
    patient_uuid: UUID
    is_refused: bool  # by the patient: opposition, or express refusal of emergency access
    is_open: bool  # already, to this person


def _named(actor: Actor, typed: TypedIdentity) -> _Named | None:
    """The one patient who bears exactly this identity. Two are nobody: the matricule tells them apart."""
    asked = rule.parameters_of(actor) | {
        "matricule": "".join(typed.matricule.split()).upper(),
        "birth_date": typed.birth_date,
        "family": patients.fold(typed.birth_family_name),
    }
    given = patients.fold(typed.first_birth_given_name)
    sql.rows(_TURN, asked)  # a refusal that is being written is waited for, then seen
    found = [row for row in sql.rows(_NAMED, asked) if row[2] or patients.fold(row[3]) == given]
    if len(found) != 1:
        return None
    patient_id, patient_uuid, _, _, opposed, refused, linked = found[0]
    return _Named(
        patient_id=PatientId(patient_id),
        patient_uuid=patient_uuid,
        is_refused=opposed or refused,
        is_open=linked,
    )


_REFUSED = law.Fact(
    name="emergency_refused", level="patient", source=law.WISH, sql="w.kind = 'refus_urgence'",
    says="le patient a refusé expressément l’accès en urgence",
)  # fmt: skip
_LINKED = (law.MEMBER, law.CONSENTED, law.GLASS)
_BEARERS = """patients_patient p
 WHERE p.merged_into_id IS NULL
   AND (p.ins = NULLIF(%(matricule)s, '')
        OR %(matricule)s = '' AND p.birth_date = %(birth_date)s AND p.norm_family = %(family)s)"""
_TURN = f"SELECT p.id FROM {_BEARERS} ORDER BY p.id FOR NO KEY UPDATE"  # noqa: S608
_NAMED = f"""
SELECT p.id, p.uuid, p.ins IS NOT NULL AND p.ins = %(matricule)s, p.first_birth_given_name,
       {law.of_one_patient(law.OPPOSED, "p.id")},
       {law.of_one_patient(_REFUSED, "p.id")},
       {" OR ".join(law.of_one_patient(fact, "p.id") for fact in _LINKED)}
  FROM {_BEARERS}
"""  # noqa: S608 (constants of the law)
