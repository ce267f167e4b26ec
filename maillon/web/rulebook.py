"""The rules of the house as they are applied, read from what applies them: the access law, the habilitation matrix, the
tables of states and the closed lists. Shown by the page /regles and written by `maillon regles publier`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Field, Model

from maillon.access import api as access_room
from maillon.kernel.states import StateTable
from maillon.terminology import api as terminology

law, matrix = access_room.law, access_room.matrix

# ------------------------------------------------------------------------------------------------ the law


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """The step decides when everything in `when` holds and nothing in `unless` does; each begins with « si »."""

    code: str
    allows: bool
    sentence: str
    when: tuple[str, ...]
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LawTable:
    title: str
    steps: tuple[StepLine, ...]


_READERS = {
    "professional": "Un professionnel",
    "patient": "Le patient, ou la personne qui le représente",
    "partner": "Le logiciel d’un partenaire, qui demande de lui-même",
    "machine": "Un programme de la maison",
}


def laws() -> tuple[LawTable, ...]:
    return tuple(
        LawTable(title=title, steps=tuple(_step(step) for step in law.LAWS[kind])) for kind, title in _READERS.items()
    )


def _step(step: law.Step) -> StepLine:
    when: list[str] = []
    unless: list[str] = []
    for each in _parts(step.when, law.And):
        if isinstance(each, law.Not):
            unless += [_if(part) for part in _parts(each.of, law.Or)]
        elif each != law.TRUE:
            when.append(", ou ".join(_if(part) for part in _parts(each, law.Or)))
    return StepLine(code=step.code, allows=step.allows, sentence=step.says, when=tuple(when), unless=tuple(unless))


def _parts(condition: law.Condition, join: type[law.And | law.Or]) -> list[law.Condition]:
    if isinstance(condition, join):
        return [*_parts(condition.left, join), *_parts(condition.right, join)]
    return [condition]


def _if(condition: law.Condition) -> str:
    said = _phrase(condition)
    return f"s’{said}" if said.startswith("il ") else f"si {said}"


def _phrase(condition: law.Condition) -> str:
    if isinstance(condition, law.Fact):
        return condition.says
    if isinstance(condition, law.Or):
        return ", ou ".join(_phrase(each) for each in _parts(condition, law.Or))
    if isinstance(condition, law.And):
        return " et ".join(_phrase(each) for each in _parts(condition, law.And))
    if isinstance(condition, law.Not):
        return f"il est faux que {_phrase(condition.of)}"
    return "toujours" if condition == law.TRUE else "jamais"


# ------------------------------------------------------------------------------------------------ the matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCell:
    sign: str
    words: str
    is_official: bool
    about: str  # the only types that the official text names, or a remark


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixLine:
    title: str
    types: tuple[tuple[str, str, str], ...]  # code, label, where it comes from
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixTable:
    title: str
    since: dt.date
    source: str
    columns: tuple[tuple[str, str], ...]  # code, label
    readers_of_unknown: tuple[str, ...]
    lines: tuple[MatrixLine, ...]


SIGNS = {
    "lecture": ("L", "lecture"),
    "ecriture": ("É", "écriture"),
    "lecture_ecriture": ("LÉ", "lecture et écriture"),
    "lecture_apres_consentement": ("LC", "lecture après consentement"),
    "aucune": ("–", "aucun droit"),
}
ORIGINS = {
    "nommé": "nommé par la matrice",
    "voisin": "rangé avec un type voisin",
    "classe": "rangé par sa classe",
    "sans classe": "sans classe",
}


def matrix_in_force(on: dt.date) -> MatrixTable | None:
    found = matrix.in_force(on)
    return matrix_table(found) if found else None


def matrix_table(version: access_room.matrix.Matrix) -> MatrixTable:
    names = {column.code: column.libelle for column in version.colonnes}
    return MatrixTable(
        title=version.titre,
        since=version.depuis,
        source=version.source,
        columns=tuple(names.items()),
        readers_of_unknown=tuple(names[code] for code in version.types_inconnus),
        lines=tuple(_line(version, line) for line in version.lignes),
    )


def _line(version: access_room.matrix.Matrix, line: access_room.matrix.Line) -> MatrixLine:
    types = [each for each in matrix.types().values() if version.line_of(each) is line]
    return MatrixLine(
        title=line.libelle,
        types=tuple(
            (each.code, terminology.document_type_label(each.code) or "", ORIGINS[each.origin]) for each in types
        ),
        cells=tuple(_cell(version, line, column.code) for column in version.colonnes),
    )


def _cell(version: access_room.matrix.Matrix, line: access_room.matrix.Line, column: str) -> MatrixCell:
    sign, words = SIGNS[line.droits.get(column, "aucune")]
    named = line.officiel.get(column, ())
    about = [f"vu pour {', '.join(named)}"] if named else []
    about += [line.remarques[column]] if column in line.remarques else []
    return MatrixCell(
        sign=sign,
        words=words,
        is_official=column in line.officiel or version.provenance == "officiel",
        about=", ".join(about),
    )


# ------------------------------------------------------------------------------------------------ states and lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    label: str
    sources: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedList:
    title: str
    values: tuple[tuple[str, str], ...]  # code, label
    moves: tuple[Move, ...]
    refusal: str


# Every field that only takes values of a list, by the name under which people know the list.
TITLES = {
    "patients.Patient.identity_status": "Statut de l’identité (RNIV)",
    "patients.Patient.sex": "Sexe administratif",
    "professionals.MssAddress.kind": "Adresse MSSanté",
    "access.CareTeamMembership.basis": "Fondement du lien d’équipe (CSP L1110-12)",
    "access.Wish.kind": "Volonté du patient",
    "access.Wish.channel": "Comment une volonté a été dite",
    "access.DocumentMark.kind": "Marque posée sur un document",
    "access.BreakGlass.mode": "Ouverture en urgence (CSP L1111-17)",
    "access.BreakGlass.verdict": "Revue d’une ouverture en urgence",
    "access.Delegation.kind": "Qui représente le patient",
    "access.DoorChallenge.channel": "Code envoyé au patient",
    "access.HabilitationReview.verdict": "Revue des habilitations",
    "access.OddAccess.state": "Accès inhabituel",
    "access.Session.method": "Moyen de connexion",
    "access.PartnerToken.kind": "Jeton d’un logiciel partenaire",
    "record.TimelineEntry.status": "Version d’un document",
    "record.Statement.kind": "Énoncé du dossier",
    "rights.Export.reason": "Motif d’un export massif",
    "charter.Version.state": "Version de la charte",
    "prescribing.Answer.outcome": "Réponse à une alerte de l’aide à la prescription",
    "pathways.ProtocolVersion.state": "Version d’un protocole",
    "pathways.Declaration.state": "Déclaration d’un protocole",
    "pathways.PlanStep.state": "Étape d’un plan",
    "pathways.Goal.state": "Objectif d’un plan",
    "pathways.EducationSession.state": "Séance d’éducation thérapeutique",
    "pathways.Attendance.state": "Présence à une séance",
    "pathways.ProgrammeReport.state": "Rapport d’un programme d’éducation thérapeutique",
    "tasks.Task.kind": "Tâche",
    "tasks.Task.level": "Niveau d’une alerte",
    "tasks.Task.outcome": "Réponse à une tâche",
    "exchange.Mailbox.transport": "Connexion à une boîte MSSanté",
    "exchange.Message.state": "Message reçu",
    "exchange.SentRecipient.state": "Envoi par MSSanté, pour chaque destinataire",
    "exchange.SentRecipient.kind": "À qui un document est envoyé",
    "exchange.DirectoryEntry.source": "D’où vient une ligne de l’annuaire",
    "exchange.Message.notification": "Accusé demandé par l’expéditeur",
    "exchange.ReceivedDocument.state": "Document reçu",
    "exchange.OutgoingMail.state": "Message envoyé",
    "fhir_api.PublishedList.kind": "Liste publiée par un logiciel partenaire (PDSm)",
    "exchange.DmpAct.kind": "Acte dans le DMP",
    "exchange.DmpAct.state": "Suite d’un acte dans le DMP",
    "exchange.InsiCall.kind": "Appel à INSi",
    "exchange.InsiCall.outcome": "Réponse d’INSi",
    "rights.Request.kind": "Demande de la personne sur ses données (RGPD)",
    "rights.Request.channel": "Comment une demande est arrivée",
    "rights.Request.outcome": "Réponse à une demande",
    "portability.Departure.kind": "Export demandé à deux",
    "portability.Departure.state": "Suite d’un export demandé à deux",
    "evaluations.Campaign.state": "Campagne de maturité",
    "evaluations.Action.state": "Action d’amélioration",
    "evaluations.Evaluation.state": "Évaluation d’un produit",
    "evaluations.Evaluation.decision": "Décision sur un produit évalué",
    "evaluations.Judgement.verdict": "Réponse à un critère",
    "scenarios.Run.state": "Parcours joué",
    "scenarios.RunStep.state": "Étape d’un parcours joué",
    "irritants.Irritant.source": "D’où vient un irritant",
    "irritants.Irritant.state": "Irritant",
    "fielddays.FieldDay.state": "Journée de terrain",
    "fielddays.DayStep.outcome": "Étape d’une journée de terrain",
    "exchange.TextMessage.words": "SMS au patient",
    "exchange.TextMessage.state": "Suite d’un SMS",
    "pathways.DelegatedAct.state": "Acte délégué (CSP L4011-1)",
    "pathways.DelegatedAct.ground": "Fondement légal d’un acte délégué",
    "pathways.DelegatedAct.decision": "Décision sur un acte délégué",
    "pathways.DelegatedCall.outcome": "Réponse du délégant appelé",
    "pathways.AdverseEvent.state": "Événement indésirable",
    "pathways.AdverseEvent.severity": "Gravité d’un événement indésirable",
    "pathways.AdverseEvent.nature": "Nature d’un événement indésirable",
    "pathways.Suspension.motive": "Motif de suspension d’un protocole (CSP L4011-4)",
    "pathways.AuthorityNotice.kind": "Signalement à l’ARS",
    "pathways.TeamOpinion.level": "Satisfaction des professionnels (CSP D4011-4)",
    "territory.Deployment.stage": "Étape d’une structure du territoire",
    "territory.Visit.state": "Visite d’une structure",
    "territory.Ticket.state": "Ticket d’assistance",
    "territory.Information.means": "Comment des patients ont été informés",
    "portability.ArrivalArchive.state": "Archive d’un patient qui arrive",
}


def closed_lists() -> tuple[ClosedList, ...]:
    """In the order of the floors; two fields that take the same values are one list."""
    found: dict[tuple[tuple[str, str], ...], ClosedList] = {}
    for model in apps.get_models():
        for field in model._meta.fields if model.__module__.startswith("maillon.") else ():
            if field.choices:
                values = tuple((str(code), str(label)) for code, label in field.flatchoices)
                found.setdefault(values, _closed_list(model, field, values))
    return tuple(found.values())


def _closed_list(model: type[Model], field: Field[object, object], values: tuple[tuple[str, str], ...]) -> ClosedList:
    name = f"{model._meta.app_label}.{model.__name__}.{field.name}"
    table: StateTable | None = getattr(model, "STATES", {}).get(field.name)
    labels = dict(values)
    moves = [
        Move(
            label=each.label,
            sources=", ".join(label for code, label in values if code in each.sources),
            target=labels[each.target],
        )
        for each in (table.transitions if table else ())
    ]
    return ClosedList(
        title=TITLES.get(name, name), values=values, moves=tuple(moves), refusal=table.refusal if table else ""
    )
