"""On paper, and to be taken away: the file of declaration of a team, and the annual report."""

from __future__ import annotations

import io
import zipfile
from typing import Final

from django.db import transaction

from maillon.formats.protocol_write import Block, ProtocolPaper, Table, write_protocol
from maillon.formats.tabular import as_csv
from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.pathways import declarations, teams
from maillon.pathways.cooperation.annual import Report
from maillon.pathways.models import Declaration, DeclarationPiece, ProtocolVersion
from maillon.professionals import api as professionals

_TEAM: Final = ("Nom", "Profession", "RPPS", "Rôle", "Formation", "Habilitation", "Engagement")

_SWORN: Final = (
    "Chaque professionnel atteste qu’il adhère volontairement au protocole, qu’il exerce en équipe et qu’il a acquis "
    "les compétences demandées."
)
_BLANK: Final = "." * 20

# ------------------------------------------------------------------------------------------------ the file


def pieces(version: ProtocolVersion) -> list[declarations.Piece]:
    """Those of the protocol, with what the platform knows of each and what somebody says to hold."""
    held = {each.title: each for each in DeclarationPiece.objects.filter(
        structure_id=version.structure_id, code=version.code
    )}  # fmt: skip
    return [
        declarations.Piece(
            title=each.title, is_there=each.is_there or each.title in held,
            said=" — ".join(part for part in (each.said, _kept(held.get(each.title))) if part),
        )
        for each in declarations.checklist(version)
    ]  # fmt: skip


def _kept(piece: DeclarationPiece | None) -> str:
    return f"{piece.kept} ({piece.by}, {clock.in_paris(piece.at):%d/%m/%Y})" if piece is not None else ""


@transaction.atomic
def hold_piece(actor: Actor, version: ProtocolVersion, *, title: str, kept: str) -> None:
    """Somebody holds this piece, and says where. Raises E-PRO-21, -38."""
    teams.demand_holder(actor, version)
    said = storable(kept).strip()[:300]
    if title not in {each.title for each in declarations.checklist(version)} or not said:
        raise UserMessage("E-PRO-38", "Dites où se trouve cette pièce.")
    DeclarationPiece.objects.update_or_create(
        structure_id=version.structure_id, code=version.code, title=title,
        defaults={"kept": said, "at": clock.now(), "by": actor.label},
    )


def declaration_pdf(version: ProtocolVersion) -> bytes:
    team = teams.team_of(version)
    structure, protocol = version.structure, team.protocol
    declared = team.declaration
    lacking = [each.title for each in pieces(version) if not each.is_there]
    paper = ProtocolPaper(
        title=f"Dossier de déclaration\u202f: {protocol.titre}", code=protocol.code,
        standing=f"version {version.number}", structure=structure.name,
        footer=f"{structure.name} – dossier de déclaration – {clock.today():%d/%m/%Y}", draft="",
        head=(
            Block(title="Protocole", text=f"{protocol.source}. {protocol.theme.capitalize()}."),
            Block(title="Structure", text=f"{structure.name}, FINESS {structure.finess or 'à compléter'}."),
            Block(title="Déclaration", text=_declared(declared)),
            Block(title="À compléter avant l’envoi", items=tuple(lacking)),
        ),
        tables=(
            Table(title="Équipe", headers=_TEAM, widths=(3, 2.5, 2, 2.5, 2, 2, 2), rows=tuple(_people(team))),
            Table(
                title="Pièces", headers=("Pièce", "Dans le dossier", "Contenu ou lieu"), widths=(5, 2, 6),
                rows=tuple((each.title, "oui" if each.is_there else "non", each.said) for each in pieces(version)),
            ),
            Table(
                title="Actes dérogatoires", headers=("Acte", "Profession habituelle", "Profession déléguée",
                                                     "Conditions"), widths=(5, 3, 3, 4),
                rows=tuple(
                    (each.libelle, _profession(each.profession_habituelle), _profession(each.profession_deleguee),
                     each.conditions)
                    for each in protocol.actes_derogatoires
                ),
            ),
        ),
        tail=(
            Block(title="Attestations sur l’honneur", text=_SWORN,
                  items=tuple(f"{each.member.name}, le {_BLANK} signature {_BLANK}" for each in team.lines)),
            Block(title="Information du patient", text=protocol.information.texte),
        ),
        pictures=(),
    )  # fmt: skip
    return write_protocol(paper, made_at=clock.now())


def _declared(declared: Declaration | None) -> str:
    if declared is None:
        return "Aucune déclaration n’a encore été déposée."
    reference = f", référence {declared.reference}" if declared.reference else ""
    return f"Déposée le {declared.filed_on:%d/%m/%Y}{reference}."


def _people(team: teams.Team) -> list[tuple[str, ...]]:
    members = professionals.active_members(StructureId(team.version.structure_id))
    known: dict[int, professionals.ProfessionalLine] = {each.id: each for each in members}
    return [
        (
            each.member.name, _profession(each.member.profession_code), _number(known.get(each.member.professional_id)),
            each.role.libelle, _trained(each), each.state.label, f"{each.member.engaged_on:%d/%m/%Y}",
        )
        for each in team.lines
    ]  # fmt: skip


def _trained(line: teams.MemberLine) -> str:
    wanted = line.role.formation_heures
    return f"{teams.shown_hours(line.hours)} sur {teams.shown_hours(wanted)}" if wanted else "sans objet"


def _number(line: professionals.ProfessionalLine | None) -> str:
    return (line.national_id if line is not None else None) or "à compléter"


def _profession(code: str) -> str:
    return professionals.PROFESSIONS.get(code, code)


def declaration_zip(version: ProtocolVersion) -> bytes:
    """The file, the team as a table, and the protocol as it is written."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (
            ("dossier-de-declaration.pdf", declaration_pdf(version)),
            ("equipe.csv", as_csv(_TEAM, _people(teams.team_of(version)))),
            (f"{version.code}-v{version.number}.yaml", version.text.encode()),
        ):
            entry = zipfile.ZipInfo(name, clock.in_paris(clock.now()).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return written.getvalue()


# ------------------------------------------------------------------------------------------------ the report


def report_pdf(report: Report) -> bytes:
    version = report.version
    events = tuple((severity.label, nature.label, str(count)) for severity, nature, count in report.events)
    paper = ProtocolPaper(
        title=f"Rapport annuel {report.year}\u202f: {version.title}", code=version.code,
        standing=f"version {version.number}", structure=version.structure.name,
        footer=f"{version.structure.name} – rapport {report.year} – établi le {clock.today():%d/%m/%Y}", draft="",
        head=(
            Block(title="Structure", text=f"{version.structure.name}, FINESS {version.structure.finess or '—'}."),
            Block(title="Texte", text="Quatre indicateurs annuels, CSP D4011-4, II. Effectifs de la structure."),
        ),
        tables=(
            Table(title="Indicateurs", headers=("N°", "Indicateur", "Calcul", "Valeur"), widths=(1, 9, 2, 2),
                  rows=tuple(report.lines())),
            Table(title="Nature des événements indésirables", headers=("Gravité", "Nature", "Nombre"),
                  widths=(4, 6, 2), rows=events or (("—", "Aucun événement déclaré", "0"),)),
        ),
        tail=(), pictures=(),
    )  # fmt: skip
    return write_protocol(paper, made_at=clock.now())


