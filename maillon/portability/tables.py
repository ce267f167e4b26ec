"""Which tables leave, in what company, and what is kept of each row: the one declaration of the room.

The columns and most references are those of the models; what is declared is what they cannot say. A table of patients
that nobody declared leaves with the record, all its columns but the secrets; a table that is neither of a patient nor
declared is refused by a test, by its name.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.apps import apps
from django.contrib.postgres.search import SearchVectorField
from django.db import models

Model = type[models.Model]


class Part(enum.StrEnum):
    """What an archive carries: who cares for people (first), one record, what came by mail (last)."""

    DIRECTORY = "annuaire"
    RECORD = "dossier"
    MAIL = "messagerie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`identity`: the columns by which a row is recognised; empty: its uuid, or all that never changes. `known_by`:
    others that name the same row. `changing`: columns that may have changed since. `agrees`: columns without whose
    agreement it is not the same thing. `withheld`: never carried, with what is written in their place. `lists`: columns
    that hold numbers of rows. `late`: references that may come after. `where`: which rows are of a patient.
    `in_unit`, `in_targeted`: whether they leave with one record, with a professional's. `own`: the column that must
    name the professional whose records leave; `shown_once`: the column that, once filled, makes the row everybody's
    whom the law lets read it. `through`: the table and the column by which rows of patients name these, which leave
    with them. `shelf`: the bytes that the row names travel with it. `part_of`, `by`: the table of which its rows are
    parts, by which column: they leave when the whole does."""

    identity: tuple[str, ...] = ()
    known_by: tuple[tuple[str, ...], ...] = ()
    changing: tuple[str, ...] = ()
    agrees: tuple[str, ...] = ()
    withheld: Mapping[str, Any] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    late: tuple[str, ...] = ()
    where: str = ""
    in_unit: bool = True
    in_targeted: bool = True
    own: str = ""
    shown_once: str = ""
    through: tuple[str, str] | None = None
    shelf: bool = False
    of_document: bool = False
    part_of: str = ""
    by: str = ""


_ENDS: Final = ("ended_at", "ended_by", "end_reason")
_STRICT: Final = ("birth_family_name", "first_birth_given_name", "birth_date", "sex")

_TRACE: Final = Told(in_unit=False, in_targeted=False)

DECLARED: Final[dict[Part, dict[str, Told]]] = {
    Part.DIRECTORY: {
        "professionals_structure": Told(known_by=(("finess",), ("siret",))),
        "professionals_professional": Told(known_by=(("national_id",),)),
        "professionals_attachment": Told(
            identity=("professional_id", "structure_id", "start"), changing=("end", "function")
        ),
        "professionals_mss_address": Told(identity=("address",)),
        # People sign in anew, and rights over others are given anew, by two people of the new place.
        "access_account": Told(
            known_by=(("identifier",), ("professional_id",)), agrees=("professional_id",),
            withheld={
                "password": "!", "last_login": None, "totp_secret": None, "totp_confirmed_at": None,
                "totp_last_step": None, "failed_attempts": 0, "locked_until": None, "attempts_day": None,
                "attempts_today": 0, "is_administrator": False, "is_referent": False,
            },
        ),
        "access_habilitation_review": Told(),
        "access_replacement": Told(changing=("ended_at", "ended_by")),
        "charter_version": Told(
            identity=("structure_id", "number"),
            changing=(
                "state", "enforced_at", "enforced_by", "replaced_at", "proposed_at", "proposed_by", "fingerprint",
            ),
        ),
        "charter_clause": Told(identity=("version_id", "code")),
        "charter_comment": Told(),
        "charter_signature": Told(identity=("version_id", "professional_id")),
        "pathways_protocol_version": Told(
            identity=("structure_id", "code", "number"),
            changing=(
                "state", "text", "title", "theme", "nature", "fingerprint", "revision", "changed_at", "enforced_at",
                "enforced_by", "revise_on", "replaced_at", "ended_reason", "pilot_id",
            ),
        ),
        "pathways_protocol_signature": Told(identity=("version_id", "professional_id", "fingerprint")),
        "pathways_team_member": Told(
            changing=(
                "habilitated_on", "suspended_at", "suspended_reason", "withdrawn_on", "reachable_until", "phone",
                "is_coordinator",
            ),
        ),
        "pathways_training": Told(),
        "pathways_declaration": Told(changing=("state", "answered_on", "answer")),
        "pathways_suspension": Told(changing=("lifted_at", "lifted_by", "lifted_reason")),
        "pathways_authority_notice": Told(changing=("text", "changed_at", "changed_by", "sent_at", "sent_by")),
        "pathways_declaration_piece": Told(identity=("structure_id", "code", "title"), changing=("kept", "at", "by")),
        "pathways_team_opinion": Told(changing=("level", "at")),
        "pathways_charter_signature": Told(identity=("member_id", "version")),
        "pathways_education_session": Told(changing=("state", "warnings", "settled_at", "settled_by", "reason")),
        "pathways_facilitator": Told(identity=("session_id", "member_id", "name"), changing=("has_signed",)),
        "pathways_programme_report": Told(
            identity=("structure_id", "code", "kind", "year"),
            changing=("state", "texts", "figures", "revision", "changed_at", "changed_by", "closed_at"),
        ),
        "pathways_protocol_comment": Told(changing=("answered_at", "answered_by", "answer")),
        "rights_large_export": Told(),
        # What a structure says of itself and of its tools; individual answers and who was asked stay (STAYS).
        "evaluations_referential": Told(identity=("structure_id", "code", "version", "fingerprint")),
        "evaluations_campaign": Told(
            identity=("structure_id", "number"),
            changing=(
                "state", "opened_at", "closed_at", "invited", "answered", "planned_at", "evaluated_at", "feedback",
            ),
        ),
        "evaluations_tally": Told(identity=("campaign_id", "dimension", "group", "level")),
        "evaluations_remark": Told(),
        "evaluations_consensus": Told(
            identity=("campaign_id", "dimension"),
            changing=("level", "votes", "present", "dissent", "proof", "by", "at"),
        ),
        "evaluations_action": Told(changing=("state", "result", "settled_at")),
        "evaluations_evaluation": Told(
            changing=(
                "referential_id", "product", "version", "editor", "purpose", "use", "public", "risk", "device_class",
                "state", "decision", "reason", "concluded_on", "expires_on",
            ),
        ),
        "evaluations_judgement": Told(identity=("evaluation_id", "criterion"), changing=("verdict", "text")),
        # A guest's code opens a day of the installation that was left, and nothing else.
        "fielddays_day": Told(
            changing=("state", "opened_at", "closed_at", "closed_by", "decisions", "shared_at"),
        ),
        "fielddays_part": Told(
            identity=("day_id", "actor"), changing=("professional_id", "guest"), withheld={"code": None}
        ),
        "fielddays_step": Told(
            identity=("day_id", "code"), changing=("started_at", "outcome", "note", "said_at", "said_by")
        ),
        "fielddays_saying": Told(identity=("number",)),
        "irritants_irritant": Told(
            identity=("uuid",),
            changing=(
                "state", "code", "severity", "owner_id", "action", "due_on", "for_vendor", "joined_to_id", "reply",
                "replied_by", "replied_at", "seen_at", "settled_at",
            ),
            late=("joined_to_id",),
        ),
        # The deployment of a territory: what was declared, seen, visited, taught and answered.
        "territory_territory": Told(identity=("only",), changing=("name", "steered_by_id", "since", "named_by")),
        "territory_basin": Told(known_by=(("code",),), changing=("name", "population")),
        "territory_deployment": Told(
            identity=("structure_id",),
            changing=(
                "basin_id", "is_eligible", "counted_here", "staff", "software", "equipped_on", "connected_on", "stage",
                "stage_since", "first_fed_on", "last_fed_on", "regular_on", "silent_days", "seen_on",
            ),
        ),
        "territory_stage_move": Told(),
        "territory_statement": Told(
            identity=("structure_id", "day", "fact", "document", "profession"), changing=("number",)
        ),
        "territory_visit": Told(
            changing=(
                "state", "reason", "silent_from", "planned_on", "visitor", "report", "settled_at", "settled_by",
            ),
        ),
        "territory_session": Told(changing=("ended_at", "ended_by")),
        "territory_attendance": Told(identity=("session_id", "professional_id"), changing=("was_there",)),
        "territory_session_score": Told(identity=("session_id", "mark"), changing=("number",)),
        "territory_ticket": Told(changing=("state", "cause", "resolution", "resolved_at", "resolved_by")),
        "territory_information": Told(),
        # Opened again by hand: a mailbox is read by one installation.
        "exchange_mailbox": Told(identity=("address",), withheld={"sealed_password": "\\x", "is_active": False}),
        "exchange_mailbox_delegation": Told(changing=("ended_at", "ended_by")),
    },
    Part.RECORD: {
        "patients_patient": Told(
            known_by=(("ins", "ins_oid"),), agrees=_STRICT, changing=("merged_into_id",), late=("merged_into_id",),
            where="t.id = %(patient)s",
        ),
        "access_visitor": Told(
            withheld={"phrase": "", "first_code": "", "failed_attempts": 0, "locked_until": None},
            late=("patient_id",), in_unit=False,
            where="(t.patient_id = %(patient)s OR EXISTS (SELECT 1 FROM access_delegation d"
                  " WHERE d.visitor_id = t.id AND d.patient_id = %(patient)s))",
        ),
        "patients_local_identifier": Told(identity=("root", "extension"), agrees=("patient_id",)),
        "patients_identity_change": Told(in_unit=False),
        "documents_document": Told(
            known_by=(("unique_id",),), agrees=("patient_id", "sha256"), changing=("status", "withdrawn_reason"),
        ),
        "documents_content": Told(
            identity=("document_id",), withheld={"search": None}, of_document=True,
            where="EXISTS (SELECT 1 FROM documents_document d WHERE d.id = t.document_id"
                  " AND d.patient_id = %(patient)s)",
        ),
        # Its body is written again at its first reading; that a document is archived is a decision, and leaves.
        "documents_fragment": Told(
            identity=("document_id",), changing=("is_archived",), withheld={"body": None, "edition": 0},
            of_document=True,
            where="EXISTS (SELECT 1 FROM documents_document d WHERE d.id = t.document_id"
                  " AND d.patient_id = %(patient)s)",
        ),
        "record_timeline": Told(changing=("status",), of_document=True),
        "record_observation": Told(changing=("is_current",), of_document=True),
        "record_statement": Told(changing=("is_current",), of_document=True),
        "access_care_team_membership": Told(changing=_ENDS),
        "access_wish": Told(changing=("withdrawn_at", "withdrawn_channel", "withdrawn_by")),
        "access_document_mark": Told(changing=("lifted_at", "lifted_by", "lift_reason", "invited_at")),
        "access_break_glass": Told(
            changing=(
                "closed_at", "patient_told_at", "patient_told_by", "referent_told_at", "reviewed_at", "reviewed_by",
                "reviewed_by_professional_id", "verdict", "review_comment",
            ),
            in_unit=False,
        ),
        "access_delegation": Told(changing=("ended_at", "ended_by"), in_unit=False),
        "tasks_task": Told(
            changing=(
                "escalated_at", "done_at", "done_by_id", "outcome", "comment", "due_at", "taken_by_id", "taken_at",
                "delegated_by_id", "snoozed_until", "snoozed_by_id", "snooze_reason",
            ),
        ),
        "tasks_escalation": Told(
            identity=("task_id", "rank"), changing=("at", "climbed_at", "professional_id", "role_code"),
            where="true", part_of="tasks_task", by="task_id",
        ),
        "pathways_plan": Told(
            changing=(
                "version_id", "state", "is_running", "is_over", "parameters", "dates", "criteria", "included_at",
                "included_by", "consent", "consent_text", "consent_at", "consent_by", "consent_withdrawn_at",
                "refused_at", "refused_reason", "ended_at", "end_reason", "looked_at", "revision",
            ),
        ),
        "pathways_move": Told(part_of="pathways_plan", by="plan_id"),
        "pathways_step": Told(
            changing=(
                "state", "shared_with_id", "task_uuid", "done_at", "done_by", "done_by_professional_id", "document_id",
                "evidence", "reason", "opens_at", "due_at", "late_at",
            ),
            part_of="pathways_plan", by="plan_id",
            late=("shared_with_id",),
        ),
        "pathways_alert": Told(
            changing=("answered_at", "answered_by", "outcome"), part_of="pathways_plan", by="plan_id"
        ),
        "pathways_delegated_act": Told(
            changing=(
                "state", "agreed_at", "path", "response_uuid", "decision", "reason", "decided_at", "report_due_at",
                "reported_at", "checked_at", "alerted_at", "handed_over_at", "closed_at",
            ), part_of="pathways_plan", by="plan_id",
        ),  # fmt: skip
        "pathways_delegated_call": Told(part_of="pathways_delegated_act", by="act_id"),
        "pathways_derogatory_act": Told(part_of="pathways_delegated_act", by="act_id"),
        "pathways_adverse_event": Told(
            changing=("state", "causes", "measures", "analysed_at", "analysed_by"),
            part_of="pathways_delegated_act", by="act_id",
        ),
        "pathways_deviation": Told(part_of="pathways_plan", by="plan_id"),
        "pathways_device_report": Told(part_of="pathways_plan", by="plan_id"),
        "pathways_goal": Told(
            changing=("text", "family", "criterion", "state", "changed_at", "changed_by"), part_of="pathways_plan",
            by="plan_id",
        ),
        "pathways_attendance": Told(
            identity=("session_id", "plan_id"), changing=("goal_id", "state", "learned", "at", "by"),
            part_of="pathways_plan", by="plan_id",
        ),
        "pathways_letter_agreement": Told(part_of="pathways_plan", by="plan_id"),
        "pathways_plan_text": Told(identity=("plan_id", "revision"), part_of="pathways_plan", by="plan_id"),
        "conversations_message": Told(changing=("read_at", "read_by"), in_unit=False),
        "charter_confirmation": Told(),
        "rights_request": Told(in_unit=False),
        "rights_export": Told(in_unit=False),
        "record_last_visit": Told(
            identity=("professional_id", "patient_id"), changing=("at", "previous_at"), in_unit=False
        ),
        "exchange_patient_mail_choice": Told(changing=("lifted_at", "lifted_by")),
        # What was sent from the house's own mailboxes, and what became of it: the house's traces.
        "exchange_sending": _TRACE,
        "exchange_sent_document": _TRACE,
        "exchange_sent_mail": Told(
            in_unit=False, in_targeted=False, shelf=True, changing=("attempts", "begun_at", "trying_since"),
        ),
        "exchange_sent_recipient": _TRACE,
        "exchange_sent_event": Told(in_unit=False, in_targeted=False, late=("source_id",)),
        "exchange_text_message": _TRACE,
        "exchange_insi_call": _TRACE,
        "noticed_notice": Told(
            in_unit=False, in_targeted=False, changing=("detail", "settled_at", "settled_by", "outcome"),
            of_document=True,
        ),
        "exchange_dmp_entry": _TRACE,
        "exchange_dmp_act": _TRACE,
        "exchange_dmp_opening": Told(
            identity=("patient_id", "professional_id"), in_unit=False, in_targeted=False,
            changing=(
                "existence", "authorisation", "closed_because", "checked_at", "refreshed_at", "consented_at",
                "consent_channel", "consent_proof",
            ),
        ),
        # A draft is its writer's alone, as personal notes are.
        "writing_draft": Told(in_unit=False, own="professional_id"),
        # An answer may tell what its writer alone may read.
        "prescribing_answer": Told(in_unit=False, own="professional_id", withheld={"client_id": None}),
        "forms_definition_version": Told(
            identity=("fingerprint",), changing=("kept_at",), through=("forms_response", "definition_id")
        ),
        "forms_response": Told(
            own="author_professional_id", shown_once="signed_at",
            changing=(
                "answers", "revision", "set_aside", "set_aside_at", "saved_at", "signed_at", "author_label",
                "calculated", "summary", "replaced_at", "visitor_id", "cancelled_at",
            ),
        ),
    },
    Part.MAIL: {
        "exchange_message": Told(shelf=True),
        "exchange_received_document": Told(lists={"candidates": "patients_patient"}),
    },
}  # fmt: skip

# What stays, and why. A test holds every table of the product to be here or above.
STAYS: Final = {
    "documents_blob": "les octets voyagent en fichiers, à leur place dans les archives",
    "patients_name_word": "dictionnaire de recherche, refait à l’arrivée",
    "patients_name_variant": "dictionnaire de recherche, refait à l’arrivée",
    "patients_name_pair": "dictionnaire de recherche, refait à l’arrivée",
    "access_recovery_code": "secret", "access_passkey": "secret, lié à une adresse", "access_session": "secret",
    "access_challenge": "secret", "access_provider_logout": "technique", "access_visitor_session": "secret",
    "access_door_challenge": "secret", "access_sign_in_event": "traces de connexion de l’installation quittée",
    "access_journal": "annexe TRANSV (JOURNAL/)", "access_journal_link": "annexe TRANSV (JOURNAL/)",
    "access_journal_head": "annexe TRANSV (JOURNAL/)",
    "access_partner_client": "un logiciel est enregistré de nouveau, avec un secret nouveau",
    "access_partner_token": "secret", "access_partner_assertion": "technique",
    "fhir_api_claimed_trace": "ce qu’un logiciel a déclaré à l’installation quittée, hors de son journal",
    "exchange_directory_entry": "copie de l’Annuaire Santé, relevée de nouveau",
    "exchange_mirror_state": "copie de l’Annuaire Santé, relevée de nouveau",
    "exchange_mirrored_resource": "copie de l’Annuaire Santé, relevée de nouveau",
    "prescribing_activation": "l’aide est éteinte à l’arrivée\u202f: un référent la rallume",
    "prescribing_shown_card": "cartes données aux logiciels de l’installation quittée",
    "prescribing_product": "copie de la base publique des médicaments, importée de nouveau",
    "prescribing_product_release": "copie de la base publique des médicaments, importée de nouveau",
    "access_odd_access": "refait du journal par qui le tient",
    "exchange_outgoing_mail": "ce qui est à envoyer part de l’installation quittée, une seule fois",
    "scenarios_run": "essai d’une installation de démonstration, sur une personne fictive",
    "scenarios_step": "essai d’une installation de démonstration, sur une personne fictive",
    "scenarios_picture": "écran d’un essai, sur une personne fictive",
    "evaluations_answer": "réponse individuelle : à son auteur seul, comptée puis effacée à la clôture",
    "evaluations_participant": "qui a été sollicité : de l’installation quittée, où l’on répond",
    "territory_month": "recompté à l’arrivée, des relevés et des documents repris",
    "territory_monthly_count": "recompté à l’arrivée, des relevés et des documents repris",
    "kernel_job": "technique", "kernel_periodic_run": "technique",
    "portability_installation": "le nom de cette installation", "portability_departure": "le manifeste le dit",
    "portability_departure_archive": "le manifeste le dit", "portability_arrival": "histoire de cette installation",
    "portability_arrival_archive": "histoire de cette installation",
    "portability_former_journal": "annexe TRANSV (JOURNAL-ANTERIEUR/)",
    "portability_former_head": "annexe TRANSV (JOURNAL-ANTERIEUR/)",
}  # fmt: skip

_BY_NAME: Final = (
    (re.compile(r"(^|_)professional_id$"), "professionals_professional"),
    (re.compile(r"(^|_)structure_id$"), "professionals_structure"),
    (re.compile(r"^document_id$"), "documents_document"),
    (re.compile(r"^patient_id$"), "patients_patient"),
    (re.compile(r"^visitor_id$"), "access_visitor"),
)
_SECRET: Final = re.compile(r"secret|password|sealed|token|_code$|phrase|private")
_NOT_SECRET: Final = re.compile(r"(type|class|format|form|place|profession|reason|role|refusal|postal|clause)_code$")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """One table, as its model and its declaration describe it. There is one of each."""

    name: str
    part: Part
    model: Model
    told: Told
    columns: tuple[str, ...]  # those that are carried
    decimals: frozenset[str]
    nullable: frozenset[str]
    references: Mapping[str, str]  # column → table
    has_number: bool

    @property
    def identity(self) -> tuple[str, ...]:
        if self.told.identity:
            return self.told.identity
        return ("uuid",) if "uuid" in self.columns else self.lasting

    @property
    def lasting(self) -> tuple[str, ...]:
        return tuple(column for column in self.columns if column not in self.told.changing)

    @property
    def is_of_law(self) -> bool:
        """Its rows are read as documents are."""
        return {"patient_id", "type_bit", "confidentiality", "author_professional_id"} <= set(self.columns)


def table_of(name: str) -> Table:
    return next(each for each in every_table() if each.name == name)


def tables(part: Part) -> tuple[Table, ...]:
    return tuple(each for each in every_table() if each.part is part)


@functools.cache
def every_table() -> tuple[Table, ...]:
    """In the order in which they land: what is referred to comes first."""
    known = _models()
    declared = [_table(known[name], part, told) for part, held in DECLARED.items() for name, told in held.items()]
    return (*declared, *(_table(model, Part.RECORD, Told()) for model in _undeclared(known)))


def undeclared() -> list[str]:
    """Tables of which nobody said whether they leave: neither declared, nor of a patient."""
    carried = {each.name for each in every_table()}
    return sorted(set(_models()) - carried - set(STAYS))


def secrets() -> list[tuple[str, str]]:
    """Columns that look like secrets and are carried."""
    return [
        (table.name, column)
        for table in every_table()
        for column in table.columns
        if _SECRET.search(column) and not _NOT_SECRET.search(column)
    ]


def _undeclared(known: dict[str, Model]) -> list[Model]:
    said = {name for held in DECLARED.values() for name in held} | set(STAYS)
    return [
        model
        for name, model in sorted(known.items())
        if name not in said and "patient_id" in {each.column for each in model._meta.local_concrete_fields}
    ]


def _models() -> dict[str, Model]:
    rooms = [config for config in apps.get_app_configs() if config.name.startswith("maillon.")]
    return {model._meta.db_table: model for config in rooms for model in config.get_models() if not model._meta.proxy}


def _table(model: Model, part: Part, told: Told) -> Table:
    fields = [each for each in model._meta.local_concrete_fields if each.column]
    carried = [
        each
        for each in fields
        if each.column not in told.withheld and each.column != "id" and not isinstance(each, SearchVectorField)
    ]
    return Table(
        name=model._meta.db_table,
        part=part,
        model=model,
        told=told,
        columns=tuple(str(each.column) for each in carried),
        decimals=frozenset(str(each.column) for each in carried if isinstance(each, models.DecimalField)),
        nullable=frozenset(str(each.column) for each in carried if each.null),
        references=dict(_references(carried)),
        has_number=any(each.column == "id" for each in fields),
    )


def _references(fields: list[models.Field[Any, Any]]) -> Iterator[tuple[str, str]]:
    for each in fields:
        target = _target(each)
        if target:
            yield str(each.column), target


def _target(each: models.Field[Any, Any]) -> str | None:
    if isinstance(each, models.ForeignKey):
        return str(each.related_model._meta.db_table)
    if isinstance(each, models.IntegerField):  # kept without a constraint: it is named as what it refers to
        return next((target for pattern, target in _BY_NAME if pattern.search(str(each.column))), None)
    return None
