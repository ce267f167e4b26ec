"""What is said about a statement, as the entryRelationships of CI-SIS: severity, status, certainty, reactions, reason,
instructions, comment, and any other coded detail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from maillon.formats.cda.blocks.draft import Draft, Row
from maillon.formats.cda.blocks.values import (
    add_concept,
    add_moment,
    add_part_value,
    add_period,
    add_reference,
    codes_in_words,
)
from maillon.formats.cda.write_xml import LOINC, Element, add, add_code, add_templates
from maillon.formats.coded import Concept, Part
from maillon.formats.wording import NARROW_SPACE, shown_date, shown_number, shown_unit

TA_ASIP: Final = "1.2.250.1.213.1.1.4.322"
ACT_CODE: Final = "2.16.840.1.113883.5.4"
SNOMED: Final = "2.16.840.1.113883.6.96"

COMMENT_TEMPLATES: Final = ("2.16.840.1.113883.10.20.1.40", "1.3.6.1.4.1.19376.1.5.3.1.4.2", "1.2.250.1.213.1.1.3.32")
SIMPLE_TEMPLATES: Final = ("1.3.6.1.4.1.19376.1.5.3.1.4.13", "1.2.250.1.213.1.1.3.48")
REACTION_TEMPLATES: Final = (
    "2.16.840.1.113883.10.20.1.28",
    "2.16.840.1.113883.10.20.1.54",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5",
    "1.2.250.1.213.1.1.3.37",
)
REASON_TEMPLATES: Final = ("1.3.6.1.4.1.19376.1.5.3.1.4.4.1", "1.2.250.1.213.1.1.3.36")
INSTRUCTION_TEMPLATES: Final = {
    "PINSTRUCT": ("2.16.840.1.113883.10.20.1.49", "1.3.6.1.4.1.19376.1.5.3.1.4.3", "1.2.250.1.213.1.1.3.33"),
    "FINSTRUCT": ("2.16.840.1.113883.10.20.1.43", "1.3.6.1.4.1.19376.1.5.3.1.4.3.1", "1.2.250.1.213.1.1.3.34"),
}
IHE_ACT: Final = "1.3.6.1.4.1.19376.1.5.3.2"
INSTRUCTION_LABELS: Final = {"PINSTRUCT": "Instructions au patient", "FINSTRUCT": "Instructions au dispensateur"}
SUBSTITUTION_TEMPLATES: Final = ("1.3.6.1.4.1.19376.1.9.1.3.9.1", "1.2.250.1.213.1.1.3.87")
SYMPTOM: Final = Concept(
    code="418799008", system=SNOMED, label="symptôme rapporté par le patient ou le répondant"
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """An observation that qualifies the statement around it: how it is linked and what it must carry."""

    templates: tuple[str, ...]
    code: Concept
    column: str
    link: str = "SUBJ"
    inverted: bool = True
    identified: bool = False  # carries an id and an effectiveTime
    told: bool = False  # the answer stands in the text alone, and not in a value
    kind: str | None = None  # HL7 type of its value


SEVERITY: Final = Qualification(
    templates=("2.16.840.1.113883.10.20.1.55", "1.3.6.1.4.1.19376.1.5.3.1.4.1", "1.2.250.1.213.1.1.3.29"),
    code=Concept(code="SEV", system=ACT_CODE, label="Sévérité"),
    column="Sévérité",
)
STATUS: Final = Qualification(
    templates=(
        "2.16.840.1.113883.10.20.1.57",
        "2.16.840.1.113883.10.20.1.50",
        "1.3.6.1.4.1.19376.1.5.3.1.4.1.1",
        "1.2.250.1.213.1.1.3.30",
    ),
    code=Concept(code="33999-4", system=LOINC, label="Status"),
    column="Statut",
    link="REFR",
    inverted=False,
    kind="CE",
)
# What a prescriber answers, by yes or no, of each line of a prescription: end of the template, label, column.
PRESCRIBER_ANSWERS: Final = {
    "MED-574": (13, "En rapport avec une ALD", "ALD"),
    "GEN-180": (14, "En rapport avec un accident du travail ou une maladie professionnelle", "AT/MP"),
    "GEN-295": (34, "En rapport avec la prévention", "Prévention"),
    "GEN-181": (15, "Non remboursable", "Non remboursable"),
    "GEN-179": (12, "Hors Autorisation de Mise sur le Marché (AMM)", "Hors AMM"),
}
QUALIFICATIONS: Final = {
    "11323-3": Qualification(
        templates=(
            "2.16.840.1.113883.10.20.1.57",
            "2.16.840.1.113883.10.20.1.51",
            "1.3.6.1.4.1.19376.1.5.3.1.4.1.2",
            "1.2.250.1.213.1.1.3.31",
        ),
        code=Concept(code="11323-3", system=LOINC, label="Statut clinique du patient"),
        column="Statut clinique du patient",
        link="REFR",
        inverted=False,
        kind="CE",
    ),
    "66455-7": Qualification(
        templates=(*SIMPLE_TEMPLATES, "1.2.250.1.213.1.1.3.171"),
        code=Concept(code="66455-7", system=LOINC, label="Certitude"),
        column="Certitude",
        identified=True,
    ),
    "82606-5": Qualification(
        templates=(*SIMPLE_TEMPLATES, "1.2.250.1.213.1.1.3.172"),
        code=Concept(code="82606-5", system=LOINC, label="Criticité"),
        column="Criticité",
        identified=True,
    ),
    "GEN-318": Qualification(
        templates=("1.2.250.1.213.1.1.3.211",),
        code=Concept(code="GEN-318", system=TA_ASIP, label="Imputabilité"),
        column="Imputabilité",
    ),
    "94030-4": Qualification(
        templates=("1.2.250.1.213.1.1.3.212",),
        code=Concept(code="94030-4", system=LOINC, label="Gravité de l'effet indésirable"),
        column="Gravité",
    ),
    "GEN-319": Qualification(
        templates=("1.2.250.1.213.1.1.3.213",),
        code=Concept(code="GEN-319", system=TA_ASIP, label="Evolution de l'effet indésirable"),
        column="Évolution",
    ),
    **{
        code: Qualification(
            templates=(*SIMPLE_TEMPLATES, f"1.2.250.1.213.1.1.3.48.{number}"),
            code=Concept(code=code, system=TA_ASIP, label=label),
            column=column,
            identified=True,
        )
        for code, (number, label, column) in PRESCRIBER_ANSWERS.items()
    },
    "MED-1133": Qualification(
        templates=(*SIMPLE_TEMPLATES, "1.2.250.1.213.1.1.3.48.36"),
        code=Concept(code="MED-1133", system=TA_ASIP, label="Fonction étudiée"),
        column="Fonction étudiée",
        identified=True,
    ),
    "GEN-296": Qualification(
        templates=SIMPLE_TEMPLATES,
        code=Concept(code="GEN-296", system=TA_ASIP, label="Évènements associés à l'examen demandé"),
        column="Évènements associés",
        identified=True,
        told=True,
    ),
}
PLAIN_QUALIFICATION: Final = Qualification(templates=SIMPLE_TEMPLATES, code=Concept(), column="Précision",
                                           identified=True)  # fmt: skip
PART_COLUMNS: Final = (
    "Réaction",
    "Date de la réaction",
    "Sévérité de la réaction",
    *(one.column for one in (SEVERITY, STATUS, *QUALIFICATIONS.values(), PLAIN_QUALIFICATION)),
    "Date de la précision",
    "Motif",
    "Instructions",
    "Substitution",
    "Commentaire",
    "Codes",
)


def complete_part(part: Part) -> Part:
    """What the role alone says: the code of the question, and the type of the answer where the standard fixes it."""
    inside = tuple(complete_part(one) for one in part.parts)
    if part.role == "reaction":
        return replace(part, code=part.code or SYMPTOM, parts=inside)
    if part.role in ("severity", "status"):
        sheet = SEVERITY if part.role == "severity" else STATUS
        return replace(part, code=sheet.code, kind=part.kind or sheet.kind, parts=inside, start=None, end=None)
    if part.role == "reason" and part.code is not None and part.code.code is None:
        return replace(part, code=None, text=part.text or part.code.words, parts=inside)  # in words alone
    return replace(part, code=_fixed(part), parts=inside)


def _fixed(part: Part) -> Concept | None:
    """The code of an instruction or of a prescriber's answer is given by the standard, with its system and label."""
    code = (part.code.code if part.code is not None else None) or ""
    if part.role == "instruction" and code in INSTRUCTION_LABELS:
        return Concept(code=code, system=IHE_ACT, label=INSTRUCTION_LABELS[code])
    if part.role == "detail" and code in PRESCRIBER_ANSWERS:
        return QUALIFICATIONS[code].code
    return part.code


def _sheet(part: Part) -> Qualification:
    if part.role == "severity":
        return SEVERITY
    if part.role == "status":
        return STATUS
    return QUALIFICATIONS.get((part.code.code if part.code else None) or "", PLAIN_QUALIFICATION)


def write_parts(entry: Element, parts: Iterable[Part], *, row: Row, draft: Draft, reaction_link: str = "MFST") -> None:
    for part in parts:
        if part.role == "reaction":
            _reaction(entry, part, row=row, draft=draft, link=reaction_link)
        elif part.role == "reason" and part.value is None and part.quantity is None:
            _reason(entry, part, row=row, draft=draft)
        elif part.role in ("instruction", "substitution"):
            _act(entry, part, row=row)
        else:
            _qualification(entry, part, row=row, draft=draft)


def _qualification(entry: Element, part: Part, *, row: Row, draft: Draft, column: str | None = None) -> None:
    sheet = _sheet(part)
    link = {"reason": "RSON", "detail": "COMP"}.get(part.role, sheet.link)
    inverted = None if link in ("RSON", "COMP") else ("true" if sheet.inverted else "false")
    observation = add(
        add(entry, "entryRelationship", typeCode=link, inversionInd=inverted),
        "observation",
        classCode="OBS",
        moodCode="EVN",
        negationInd="true" if part.negated else None,
    )
    add_templates(observation, *sheet.templates)
    if sheet.identified:
        add(observation, "id", root=draft.next_id())
    reference = row.say(column or sheet.column, part_in_words(part, named=sheet is PLAIN_QUALIFICATION))
    add_concept(observation, "code", part.code or sheet.code)
    add_reference(observation, "text", reference)
    add(observation, "statusCode", code="completed")
    row.say("Date de la précision", period_in_words(part.start, part.end))
    if sheet.identified or part.start or part.end:
        add_moment(observation, "effectiveTime", part.start, end=part.end)
    if not sheet.told:
        add_part_value(observation, part, reference=_own_reference(part, row, sheet))


def _own_reference(part: Part, row: Row, sheet: Qualification) -> str | None:
    """The words of a coded answer have a cell of their own where they are not its label."""
    return row.say(sheet.column, part.value.text) if part.value is not None else None


def part_in_words(part: Part, *, named: bool = False) -> str:
    said = _answer(part)
    if part.negated:
        said = f"absence de {said}"
    question = part.code.words if named and part.code is not None else None
    return f"{question}{NARROW_SPACE}: {said}" if question else said


def period_in_words(start: str | None, end: str | None) -> str | None:
    return " – ".join(shown_date(one, with_time=True) for one in (start, end) if one) or None


def _answer(part: Part) -> str:
    if part.value is not None:
        return part.value.label or part.value.words or part.value.code or "non précisé"
    if part.quantity is not None:
        bounds = [shown_number(one) for one in (part.quantity.low, part.quantity.high) if one is not None]
        return " ".join(one for one in (" à ".join(dict.fromkeys(bounds)), shown_unit(part.quantity.unit)) if one)
    if part.at is not None:
        return shown_date(part.at)
    return part.text or "non précisé"


def _reaction(entry: Element, part: Part, *, row: Row, draft: Draft, link: str) -> None:
    observation = add(
        add(entry, "entryRelationship", typeCode=link, inversionInd="false"),
        "observation",
        classCode="OBS",
        moodCode="EVN",
        negationInd="true" if part.negated else "false",
    )
    add_templates(observation, *REACTION_TEMPLATES)
    add(observation, "id", root=draft.next_id())
    add_concept(observation, "code", part.code)
    words = (part.value.words if part.value is not None else part.text) or "non précisée"
    whole, named = row.deny("Réaction", words, denied=part.negated)
    row.say("Date de la réaction", period_in_words(part.start, part.end))
    add_reference(observation, "text", whole)
    add(observation, "statusCode", code="completed")
    add_period(observation, "effectiveTime", start=part.start, end=part.end)
    add_concept(observation, "value", part.value, kind="CD", reference=named)
    row.say("Codes", codes_in_words(part.value) if part.value is not None else None)
    for one in part.parts:
        _qualification(observation, one, row=row, draft=draft, column="Sévérité de la réaction")


def _reason(entry: Element, part: Part, *, row: Row, draft: Draft) -> None:
    act = add(add(entry, "entryRelationship", typeCode="RSON"), "act", classCode="ACT", moodCode="EVN")
    add_templates(act, *REASON_TEMPLATES)
    add(act, "id", root=draft.next_id())
    words = part.code.words if part.code is not None else None
    code = add_concept(act, "code", part.code, reference=row.say("Motif", words))
    if part.code is None:
        code.set("nullFlavor", "NA")
    row.say("Codes", codes_in_words(part.code) if part.code is not None else None)
    add_reference(act, "text", row.say("Motif", part.text))
    if part.start or part.end:
        add_moment(act, "effectiveTime", part.start, end=part.end)


def _act(entry: Element, part: Part, *, row: Row) -> None:
    """An instruction to the patient or to the dispenser; whether the medicine may be substituted."""
    code = (part.code.code if part.code is not None else None) or ""
    instruction = part.role == "instruction"
    link = {"typeCode": "SUBJ", "inversionInd": "true"} if instruction else {"typeCode": "COMP"}
    act = add(
        add(entry, "entryRelationship", **link), "act", classCode="ACT",
        moodCode={"PINSTRUCT": "INT", "FINSTRUCT": "INT"}.get(code, "DEF"),
    )  # fmt: skip
    add_templates(act, *(INSTRUCTION_TEMPLATES.get(code, ()) if instruction else SUBSTITUTION_TEMPLATES))
    column = "Instructions" if instruction else "Substitution"
    words = part.code.words if part.code is not None and not instruction else None
    add_concept(act, "code", part.code, reference=row.say(column, words))
    add_reference(act, "text", row.say(column, part.text))
    add(act, "statusCode", code="completed")


def write_comment(entry: Element, comment: str | None, *, row: Row) -> None:
    if not comment:
        return
    act = add(
        add(entry, "entryRelationship", typeCode="SUBJ", inversionInd="true"), "act", classCode="ACT", moodCode="EVN"
    )
    add_templates(act, *COMMENT_TEMPLATES)
    add_code(act, "code", "48767-8", system=LOINC, label="Commentaire")
    add_reference(act, "text", row.say("Commentaire", comment))
    add(act, "statusCode", code="completed")
