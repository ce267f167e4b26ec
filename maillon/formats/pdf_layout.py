"""What each kind of document shows beside its text, and in which arrangement, as its readers expect it on paper.

One table, by type code (JDV_J07): a type that is not in it is laid out as a report. No layout says anything that the
model does not carry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from maillon.formats.cda.write_terms import PROFESSIONS
from maillon.formats.cda.write_xml import RPPS_ROOT
from maillon.formats.document import Author, ClinicalDocument, Participant, Statement
from maillon.formats.pdf_blocks import Block, table
from maillon.formats.wording import shown_date

Fact = tuple[str, str]
Arrangement = Literal["report", "letter", "prescription", "certificate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """`facts` head the page in a box; `stressed` are the beginnings of the titles of the sections that a hurried
    reader looks for first; `tables` come before the sections; `hands` are the boxes for handwritten signatures."""

    arrangement: Arrangement = "report"
    facts: Callable[[ClinicalDocument], Iterator[Fact]]
    stressed: tuple[str, ...] = ("Conclusion",)
    tables: Callable[[ClinicalDocument], Iterator[tuple[str, Block]]] = lambda document: iter(())
    hands: tuple[str, ...] = ()


def layout_of(document: ClinicalDocument) -> Layout:
    return LAYOUTS.get(document.type_code or "", REPORT)


# Facts.


def _no_fact(document: ClinicalDocument) -> Iterator[Fact]:
    yield from ()


def _ordered(document: ClinicalDocument) -> Iterator[Fact]:
    for person in _in_roles(document, "REF"):
        yield "Prescripteur", _named(person)
    for order in document.orders:
        yield "Demande", order.rpartition("^")[2]


def _operation(document: ClinicalDocument) -> Iterator[Fact]:
    for act in document.acts:
        if act.start:
            yield "Intervention du", _from_to(act.start, act.end)
        if act.label and act.label != document.type_label:
            yield "Acte", act.label
        if act.performer_name:
            yield "Opérateur", act.performer_name
    yield from _place(document)


def _emergency(document: ClinicalDocument) -> Iterator[Fact]:
    stay = document.encounter
    if stay and stay.start:
        yield "Arrivée", shown_date(stay.start, with_time=True)
    if stay and stay.end:
        yield "Sortie", shown_date(stay.end, with_time=True)
    yield from _place(document)
    for person in _in_roles(document, "responsibleParty")[:1]:
        yield "Médecin responsable", _named(person)


def _meeting(document: ClinicalDocument) -> Iterator[Fact]:
    if document.acts and document.acts[0].start:
        yield "Réunion du", shown_date(document.acts[0].start, with_time=True)
    yield from _place(document)


def _plan(document: ClinicalDocument) -> Iterator[Fact]:
    if document.acts and document.acts[0].start:
        yield "Période", _from_to(document.acts[0].start, document.acts[0].end)
    for person in _in_roles(document, "INF"):
        if person.function_code == "PCP":
            yield "Médecin traitant", _named(person)


def _prescribed(document: ClinicalDocument) -> Iterator[Fact]:
    yield "Prescrit le", shown_date(document.created_at)
    act = document.acts[0] if document.acts else None
    if act is not None and act.end:
        yield "Valable jusqu’au", shown_date(act.end)


def _place(document: ClinicalDocument) -> Iterator[Fact]:
    if document.encounter and document.encounter.facility_name:
        yield "Établissement", document.encounter.facility_name


def _from_to(start: str, end: str | None) -> str:
    first, last = shown_date(start, with_time=True), shown_date(end, with_time=True)
    if not last or last == first:
        return first
    same_day = start[:10] == (end or "")[:10]
    return f"{first}, jusqu’à {last.partition(' à ')[2]}" if same_day and " à " in last else f"{first} au {last}"


# Tables.


def _attendance(document: ClinicalDocument) -> Iterator[tuple[str, Block]]:
    """Who took part in the meeting: the authors, then the others, each once."""
    rows: dict[str, tuple[str, str, str]] = {}
    for author in document.authors:
        rows[author.id or named(author)] = (named(author), profession(author), author.organization_name or "")
    for person in _in_roles(document, "PRF", "CON", "RESP", "INF", "REF", "VRF", "authenticator", "legalAuthenticator"):
        label = PROFESSIONS.get(person.profession_code or "", "")
        rows.setdefault(person.id or _named(person), (_named(person), label, person.organization_name or ""))
    if len(rows) > 1:
        yield "Participants", _table(("Nom", "Profession", "Structure"), tuple(rows.values()))


def _team(document: ClinicalDocument) -> Iterator[tuple[str, Block]]:
    yield from _actions(document)
    for title, block in _attendance(document):
        yield title.replace("Participants", "Équipe de soins"), block


def _actions(document: ClinicalDocument) -> Iterator[tuple[str, Block]]:
    rows = tuple(_action(each) for each in document.plan)
    if rows:
        yield "Actions prévues", _table(("Action", "Précisions", "Échéance"), rows)


def _action(step: Statement) -> tuple[str, str, str]:
    details = ", ".join(part for part in (step.text, step.comment, *(value for _, value in step.details)) if part)
    return step.label or step.code or "", details, _from_to(step.start, step.end) if step.start else ""


def _table(heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Block:
    cells = [[{"runs": [{"t": head, "b": True}], "head": True, "cols": 1, "rows": 1} for head in heads]]
    cells += [
        [{"runs": [{"t": text, "b": False}], "head": False, "cols": 1, "rows": 1} for text in row] for row in rows
    ]
    return table(cells)


# People.


def named(author: Author) -> str:
    lead = {"DR": "Dr", "PR": "Pr"}.get(author.suffix or "", {"M": "M.", "MME": "Mme"}.get(author.prefix or "", ""))
    return " ".join(part for part in (lead, author.given_name, author.family_name) if part) or author.device or ""


def profession(author: Author) -> str:
    return author.profession_label or PROFESSIONS.get(author.profession_code or "", "")


def rpps(author: Author) -> str:
    """« 10001234567 » of the national id 810001234567, else empty."""
    number = author.id or ""
    is_rpps = author.id_root in (None, RPPS_ROOT) and len(number) == 12 and number.isdigit() and number[0] == "8"
    return number[1:] if is_rpps else ""


def finess(national_id: str | None) -> str:
    """« 990000037 » of the national id 1990000037, else empty."""
    number = national_id or ""
    return number[1:] if len(number) == 10 and number[0] == "1" and "^" not in number else ""


def _named(person: Participant) -> str:
    return " ".join(part for part in (person.given_name, person.family_name) if part)


def _in_roles(document: ClinicalDocument, *roles: str) -> list[Participant]:
    return [person for person in document.participants if person.role in roles and person.family_name]


# The table.

REPORT: Final = Layout(facts=_ordered)
_LETTER: Final = Layout(arrangement="letter", facts=_no_fact, stressed=())
_PRESCRIPTION: Final = Layout(
    arrangement="prescription", facts=_prescribed, stressed=(), hands=("Signature et cachet du prescripteur",)
)
_CERTIFICATE: Final = Layout(
    arrangement="certificate", facts=_no_fact, stressed=(), hands=("Signature et cachet du praticien",)
)
_CARE_PLAN: Final = Layout(
    facts=_plan, stressed=("Objectif",), tables=_team, hands=("Le patient ou son représentant", "Le professionnel")
)
_OPERATION: Final = Layout(facts=_operation, stressed=("Conclusion", "Consignes", "Suites"))
_EMERGENCY: Final = Layout(facts=_emergency, stressed=("Conclusion", "Conduite", "Diagnostic de sortie", "Suites"))

LAYOUTS: Final[dict[str, Layout]] = {
    **dict.fromkeys(("96349-6", "18761-7", "11490-0", "83981-1", "88348-8", "11488-4", "34133-9", "75496-0"), _LETTER),
    **dict.fromkeys(("34874-8", "15508-5", "77436-4", "11505-5", "70004-7"), _OPERATION),
    **dict.fromkeys(("15507-7", "60280-5", "78341-5"), _EMERGENCY),
    **dict.fromkeys(
        ("PRESC-AAT", "PRESC-BIO", "PRESC-KINE", "PRESC-INF", "PRESC-PEDI", "PRESC-ORTHOPHO", "PRESC-ORTHOPTIE",
         "57828-6", "57832-8", "57833-6", "75468-9", "55115-0"),
        _PRESCRIPTION,
    ),
    **dict.fromkeys(("CERT_DECL", "89601-9", "86531-1", "59284-0", "AUTORIS-SOINS", "96874-3"), _CERTIFICATE),
    "34794-8": Layout(facts=_meeting, stressed=("Proposition", "Décision", "Conclusion", "Avis"), tables=_attendance),
    **dict.fromkeys(("18776-5", "77604-7", "PROT_ALD", "80788-3", "83869-8", "80771-9"), _CARE_PLAN),
}  # fmt: skip
