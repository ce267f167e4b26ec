"""The part that a person reads: « Copie du dossier »."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from maillon.access import api as access_room
from maillon.formats.copy_write import Copy, CopyPatient, Section
from maillon.formats.document import Result
from maillon.formats.wording import NARROW_SPACE, shown_date, shown_interpretation, shown_range, shown_value
from maillon.kernel import clock
from maillon.record import api as record
from maillon.rights.gathering import FiledDocument, PatientFile
from maillon.rights.paths import Paths
from maillon.terminology import api as terminology

KINDS: Final = (
    ("problem", "Problèmes et antécédents", "Aucun document ne parle de problème de santé."),
    ("allergy", "Allergies et intolérances", "Aucun document ne parle d’allergie."),
    ("medication", "Traitements", "Aucun document ne parle de traitement."),
    ("vaccination", "Vaccinations", "Aucun document ne parle de vaccination."),
    ("procedure", "Actes et interventions", "Aucun document ne parle d’acte."),
    ("device", "Dispositifs médicaux", "Aucun document ne parle de dispositif médical."),
    ("plan", "Actes prévus", "Aucun document ne parle d’acte prévu."),
)
_STATUSES: Final = {"current": "", "replaced": "remplacé", "withdrawn": "retiré"}
_BORN: Final = {"F": "née le", "M": "né le"}
_SEXES: Final = {"F": "sexe féminin", "M": "sexe masculin"}


def readable(file: PatientFile, paths: Paths) -> Copy:
    line = file.identity.line
    name = f"{line.birth_family_name} {line.first_birth_given_name}"
    return Copy(
        title="Copie du dossier",
        subtitle=f"établie le {moment(file.made_at)} par {file.access.actor.label}",
        author="Maillon",
        footer=f"Copie du dossier – {name} – {day(line.birth_date)}",
        patient=CopyPatient(name=name, lines=tuple(_identity(file))),
        introduction=_introduction(file),
        sections=(
            _documents(file, paths),
            *_stated(file),
            _results(file),
            *(section for part in file.parts for section in part.sections),
            _circle(file),
            _wishes(file),
            _openings(file),
        ),
    )


def day(value: dt.date | dt.datetime) -> str:
    local = clock.in_paris(value) if isinstance(value, dt.datetime) else value
    return f"{local:%d/%m/%Y}"


def moment(value: dt.datetime) -> str:
    return f"{day(value)} à {clock.in_paris(value):%H}{NARROW_SPACE}h{NARROW_SPACE}{clock.in_paris(value):%M}"


def _introduction(file: PatientFile) -> tuple[str, ...]:
    whose = {
        "patient": "Elle contient tout ce que cette personne peut lire de son dossier.",
        "representative": "Elle contient tout ce que la personne qui la représente peut lire de son dossier.",
    }
    what = whose.get(
        file.access.actor.kind,
        f"Elle contient ce que {file.access.actor.label} peut lire de ce dossier, et rien d’autre.",
    )
    return (
        f"Cette copie accompagne des fichiers : les documents d’origine, octet pour octet, et les mêmes données "
        f"sous une forme que lit un logiciel. {what}".replace(" :", f"{NARROW_SPACE}:"),
        "Ce qui n’a pas été écrit par un professionnel n’y est pas. « Aucun document n’en parle » ne veut pas dire "
        "« aucun ».".replace("« ", f"«{NARROW_SPACE}").replace(" »", f"{NARROW_SPACE}»"),
    )


def _identity(file: PatientFile) -> list[str]:
    identity, line, place = file.identity, file.identity.line, file.identity.birth_place_code
    used = " ".join(part for part in (line.used_family_name, line.used_given_name) if part)
    matricule = f"Matricule INS{NARROW_SPACE}: {line.ins}" if line.ins else "Sans matricule INS"
    lines = [
        f"{_SEXES.get(line.sex, 'sexe indéterminé')}, {_BORN.get(line.sex, 'naissance le')} {day(line.birth_date)}",
        f"Prénoms de naissance{NARROW_SPACE}: {line.birth_given_names}",
        f"Nom utilisé{NARROW_SPACE}: {used}" if used else "",
        f"{matricule} – identité {identity.status_label.lower()}",
        f"Lieu de naissance (code INSEE){NARROW_SPACE}: {place}" if place else "",
        " – ".join(part for part in (*file.traits.addresses, identity.phone, identity.email) if part),
    ]
    return [each for each in lines if each]


def _documents(file: PatientFile, paths: Paths) -> Section:
    return Section(
        title=f"Documents ({len(file.documents) + len(file.lost)})",
        headers=("Date", "Document", "Auteur", "Fichier"),
        widths=(1.1, 3.2, 2.4, 2.3),
        rows=(
            *(_document(each, paths[each.view.uuid]) for each in file.documents),
            *((day(line.at), line.title, line.author, "fichier perdu ou abîmé") for line in file.lost),
        ),
        nothing="Aucun document.",
    )


def _document(each: FiledDocument, path: str) -> tuple[str, ...]:
    view = each.view
    status = _STATUSES[view.status]
    kind = terminology.document_type_label(view.type_code)
    title = view.title if not kind or kind == view.title else f"{view.title} – {kind}"
    author = " – ".join(dict.fromkeys(part for part in (view.author, view.organization) if part))
    return day(view.act_at), f"{title} ({status})" if status else title, author, path.rpartition("/")[2]


def _stated(file: PatientFile) -> list[Section]:
    return [
        Section(
            title=title,
            headers=("Énoncé", "Depuis", "Jusqu’à", "Source"),
            widths=(3.4, 1.1, 1.1, 3.4),
            rows=tuple(_statement(line) for line in file.statements if line.kind == kind),
            nothing=nothing,
        )
        for kind, title, nothing in KINDS
    ]


def _statement(line: record.StatementLine) -> tuple[str, ...]:
    label = f"Non{NARROW_SPACE}: {line.label}" if line.negated else line.label
    details = (line.details.get("posology") or "", *line.details.get("reactions", ()))
    said = " – ".join(part for part in (label, *details) if part)
    return said, shown_date(line.start), shown_date(line.end), line.source


def _results(file: PatientFile) -> Section:
    rows = [_result(series, point) for series in file.series for point in series.points]
    return Section(
        title=f"Résultats ({len(rows)})",
        headers=("Examen", "Date", "Résultat", "Valeurs de référence"),
        widths=(3.2, 1.2, 2.4, 2.2),
        rows=tuple(rows),
        nothing="Aucun résultat.",
    )


def _result(series: record.Series, point: record.Point) -> tuple[str, ...]:
    shown = as_result(series, point)
    mark = shown_interpretation(shown)
    value = shown_value(shown)
    return series.label, day(point.at), f"{value} ({mark})" if mark else value, shown_range(shown)


def as_result(series: record.Series, point: record.Point) -> Result:
    """Back to the neutral model, which the writers of every format read."""
    return Result(
        code=series.code or None,
        system=series.system or None,
        label=series.label,
        value=_plain(point.value),
        low=_plain(point.low),
        high=_plain(point.high),
        unit=series.unit or None,
        value_text=point.value_text or None,
        interpretation=point.interpretation or None,
        range_text=point.range_text or None,
        at=point.at.isoformat(),
        group=series.group or None,
    )


def _plain(value: Decimal | None) -> str | None:
    return format(value.normalize(), "f") if value is not None else None


def _circle(file: PatientFile) -> Section:
    return Section(
        title="Équipe de soins",
        headers=("Qui", "À quel titre", "Depuis", "Jusqu’à"),
        widths=(3, 3, 1.2, 1.2),
        rows=tuple(
            (
                f"{each.name} – {each.profession}" if each.profession else each.name,
                each.basis_label,
                day(each.start),
                _end(each),
            )
            for each in file.circle
        ),
        nothing="Rien à montrer.",
    )


def _end(member: access_room.team.TeamMember) -> str:
    last = member.ended_at or member.end
    return day(last) if last else ""


def _wishes(file: PatientFile) -> Section:
    return Section(
        title="Informations, consentements, oppositions",
        headers=("Quoi", "À propos de", "Depuis", "Jusqu’à"),
        widths=(3.4, 3, 1.2, 1.2),
        rows=tuple(
            (each.kind_label, each.about, day(each.since), day(end) if end else "")
            for each in file.wishes
            for end in [each.withdrawn_at or each.until]
        ),
        nothing="Rien n’a été noté.",
    )


def _openings(file: PatientFile) -> Section:
    return Section(
        title=f"Qui a ouvert ce dossier ({len(file.openings)})",
        headers=("Quand", "Qui", "Geste", "Motif"),
        widths=(1.9, 2.8, 2.8, 1.4),
        rows=tuple((moment(each.at), each.actor, each.action, each.why) for each in file.openings),
        nothing="Rien à montrer.",
    )
