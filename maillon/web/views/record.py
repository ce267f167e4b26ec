"""The record: what every tab shows (identity, allergies, alerts, the reason of the reading), then each tab."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.charter import api as charter
from maillon.documents import api as documents
from maillon.exchange import api as exchange
from maillon.formats import datamatrix
from maillon.formats.document import PatientTraits
from maillon.formats.refusal import Refused
from maillon.formats.wording import counted
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.noticed import api as noticed
from maillon.patients import api as patients
from maillon.prescribing import api as prescribing
from maillon.record import api as record
from maillon.tasks import api as tasks
from maillon.web.jinja import page
from maillon.web.rules import PersonRequest, opens_record
from maillon.writing import api as writing

# kind of statement -> (title, icon, what its absence means)
CHAPTERS = (
    ("problem", "Problèmes et antécédents", "clipboard", "Aucun document ne parle de problème de santé."),
    ("allergy", "Allergies et intolérances", "exclamation-triangle", "Aucun document ne parle d’allergie."),
    ("medication", "Traitements", "capsule", "Aucun document ne parle de traitement."),
    ("vaccination", "Vaccinations", "shield-check", "Aucun document ne parle de vaccination."),
    ("procedure", "Actes et interventions", "bandaid", "Aucun document ne parle d’acte."),
    ("device", "Dispositifs médicaux", "plug", "Aucun document ne parle de dispositif médical."),
    ("plan", "Actes prévus", "calendar-check", "Aucun document ne parle d’acte prévu."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    text: str
    icon: str
    tone: str
    address: str = ""  # where it is answered
    says: str = ""  # more, for whoever points at it or hears it


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A square of `side` modules, quiet zone included; `path` draws its black ones (SVG)."""

    side: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What stays on the screen and on every printed page."""

    identity: patients.Identity
    allergies: record.AllergySummary
    treating: str
    alerts: tuple[Alert, ...]
    more_alerts: int  # those that the banner has no room for
    reason: str
    symbol: Symbol | None  # the INS datamatrix, printed for a qualified identity only

    @property
    def line(self) -> patients.PatientLine:
        return self.identity.line


@opens_record("read", resource="synthesis")
def synthesis(request: PersonRequest, access: Access) -> HttpResponse:
    stated: dict[str, list[record.StatementLine]] = {kind: [] for kind, *_ in CHAPTERS}
    for line in record.statements(access):
        stated.setdefault(line.kind, []).append(line)
    chapters = [(kind, title, icon, nothing, stated[kind]) for kind, title, icon, nothing in CHAPTERS]
    items = charter.items(access)
    return record_page(
        request, access, "record/synthesis.html", tab="synthese", chapters=chapters, items=items,
        advice=prescribing.advise(access, hook="patient-view"),
    )  # fmt: skip


@opens_record("read", resource="documents")
def documents_page(request: PersonRequest, access: Access) -> HttpResponse:
    lines = record.timeline(access, limit=30, with_answers=False)
    return record_page(
        request, access, "record/documents.html", tab="documents", typed="", found=[], lines=lines,
        opening=exchange.dmp.opening(access), rubbed=_rubbed(access, lines),
    )  # fmt: skip


# Reads only, and what is typed never stands in an address (see views.search).
@opens_record("search", resource="documents", method="POST", csrf_exempt=True)
def search_documents(request: PersonRequest, access: Access) -> HttpResponse:
    typed = request.POST.get("q", "").strip()[:200]
    found = documents.search(access, typed) if typed else []
    lines = [] if typed else record.timeline(access, limit=30, with_answers=False)
    return record_page(
        request, access, "record/documents.html", tab="documents", typed=typed, found=found, lines=lines,
        opening=exchange.dmp.opening(access), rubbed=_rubbed(access, lines),
    )  # fmt: skip


def _rubbed(access: Access, lines: Iterable[record.TimelineLine]) -> dict[UUID, tuple[str, ...]]:
    return noticed.marks(access, [line.document_uuid for line in lines if line.document_uuid is not None])


def record_page(
    request: HttpRequest, access: Access, template: str, *, tab: str, known: Banner | None = None, **context: Any
) -> HttpResponse:
    return page(
        request,
        template,
        banner=known or banner(access),
        patient=access.patient_uuid,
        tab=tab,
        access=access,
        glass=access_room.emergency.current(access),
        may_compose=may_compose(access),
        **context,
    )


def may_compose(access: Access) -> bool:
    """Whether « Écrire » is drawn on this record."""
    actor = access.actor
    is_numbered = bool(actor.national_id) and actor.structure_id is not None
    is_whole = actor.kind == "professional" and access.scope == "whole"
    return is_whole and is_numbered and writing.definition.writes_something(actor.profession_code, on=clock.today())


def banner(access: Access) -> Banner:
    identity = patients.identity(access)
    treating = access_room.team.treating_physician(access)
    alerts = _alerts(access, identity)
    most = tasks.alert_rules().au_bandeau
    return Banner(
        identity=identity,
        allergies=record.allergy_summary(access),
        treating=treating.name if treating else "",
        alerts=tuple(alerts[:most]),
        more_alerts=len(alerts[most:]),
        reason=access.reason,
        symbol=_symbol(identity),
    )


def _symbol(identity: patients.Identity) -> Symbol | None:
    """Guide INS, EXI DIF 02: on the first page of what is handed over. None for an identity that is not qualified, and
    for traits that INSi would not write so."""
    line = identity.line
    if line.identity_status != patients.IdentityStatus.QUALIFIED or line.ins is None:
        return None
    return _drawn(
        line.ins, identity.ins_oid or "", line.birth_given_names, line.birth_family_name, line.sex,
        line.birth_date.isoformat(), identity.birth_place_code,
    )  # fmt: skip


@functools.lru_cache(maxsize=64)
def _drawn(ins: str, oid: str, given: str, family: str, sex: str, born: str, place: str) -> Symbol | None:
    traits = PatientTraits(
        ins=ins, ins_oid=oid, birth_given_names=given, birth_family_name=family, birth_date=born,
        sex="F" if sex == "F" else "M" if sex == "M" else "UN", birth_place_code=place or None,
    )  # fmt: skip
    try:
        squares = datamatrix.modules(datamatrix.message(traits, identity_status=datamatrix.QUALIFIED))
    except Refused:
        return None
    edge = datamatrix.QUIET_ZONE
    path = "".join(
        f"M{x + edge} {y + edge}h1v1h-1z" for y, row in enumerate(squares) for x, is_black in enumerate(row) if is_black
    )
    return Symbol(side=len(squares) + 2 * edge, path=path)


def _alerts(access: Access, identity: patients.Identity) -> list[Alert]:
    """Whose record it is comes first: whatever else it says is worth nothing if it is somebody else's. Then the red
    alerts, the abnormal results that nobody has read, the orange alerts by due date."""
    raised = [_raised(line) for line in tasks.alerts(access)]
    reds = [each for each in raised if each.tone == "danger"]
    found = [*_of_identity(identity), *reds]
    unread = tasks.unread_abnormal(access)
    if unread:
        text = counted(unread, "compte rendu anormal non lu", "comptes rendus anormaux non lus")
        found.append(Alert(text=text, icon="exclamation-triangle-fill", tone="danger"))
    found += [each for each in raised if each not in reds]
    if identity.line.is_homonym:
        found.append(Alert(text="Homonyme connu\u202f: vérifiez tous les traits", icon="people", tone="late"))
    if access.scope == "authored":
        found.append(Alert(text="Vous ne voyez que vos documents", icon="lock", tone="info"))
    return found


def _of_identity(identity: patients.Identity) -> list[Alert]:
    found = []
    if identity.line.is_doubtful:
        text = "Identité douteuse\u202f: vérifiez avant tout acte"
        found.append(Alert(text=text, icon="shield-exclamation", tone="danger"))
    if identity.warnings:
        found.append(Alert(text=identity.warnings[0].message, icon="shield-exclamation", tone="late"))
    return found


def _raised(line: tasks.TaskLine) -> Alert:
    """An alert with its owner; its reason is one click away, and read aloud."""
    is_red = line.level == "rouge"
    return Alert(
        text=line.title,
        icon="exclamation-octagon-fill" if is_red else "exclamation-triangle-fill",
        tone="danger" if is_red else "late",
        address=f"/dossier/{line.patient_uuid}/tache/{line.uuid}",
        says=f"{line.reason} · {line.owner}{f', {line.owner_away}' if line.owner_away else ''}",
    )
