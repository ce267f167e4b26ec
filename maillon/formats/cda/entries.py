"""What the entries of the sections say: each clinical statement goes to the list where a clinician looks for it.

The sorting is by structure (class, mood, template, code), never by file nor label. An entry from which nothing could
be taken is counted in its section; its narrative is shown all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from maillon.formats.cda import results, statements, treatments
from maillon.formats.cda.annotations import Annotations, annotations_of, comment_text, is_comment
from maillon.formats.cda.body import Body, SectionPart
from maillon.formats.cda.clinical import Clinical, MediaPart
from maillon.formats.cda.dates import moment, period
from maillon.formats.cda.hl7 import (
    ACT,
    AUTHOR,
    CODE,
    COMPONENT,
    EFFECTIVE_TIME,
    ENCOUNTER,
    ENTRY_RELATIONSHIP,
    NS,
    OBSERVATION,
    OBSERVATION_MEDIA,
    ORGANIZER,
    PARTICIPANT,
    PARTICIPANT_ROLE,
    PERFORMER,
    PLAYING_ENTITY,
    PROCEDURE,
    REFERENCE,
    STATEMENTS,
    STATUS_CODE,
    SUBSTANCE_ADMINISTRATION,
    SUPPLY,
    TEMPLATE_ID,
    TEXT,
    VALUE,
    Element,
    Parts,
    child_of,
    first,
    parts_of,
    roots_of,
)
from maillon.formats.cda.laboratory import (
    RECEPTION,
    collected,
    germ_of,
    is_collection,
    is_laboratory_entry,
    joined,
    lone_isolate,
    read_isolate,
    read_specimen,
    read_validators,
    tested_with,
)
from maillon.formats.cda.narrative_text import Narrative
from maillon.formats.cda.people import actor
from maillon.formats.cda.place import NO_PANEL, Concern, Place
from maillon.formats.cda.plain_result import plain_result
from maillon.formats.cda.read_coded import concept, part
from maillon.formats.cda.studies import read_study
from maillon.formats.cda.values import Coded, coded, measured, named, text_of, type_of
from maillon.formats.coded import Concept, Part
from maillon.formats.document import PreviousValue, Statement

# What is wanted, asked, promised or aimed at: never shown as done. DEF and *.CRT describe, and state nothing.
FUTURE_MOODS: Final = frozenset({"INT", "RQO", "ARQ", "PRP", "PRMS", "APT", "GOL", "SLOT", "OPT"})

_PCC: Final = "1.3.6.1.4.1.19376.1.5.3.1.4"
_CCD: Final = "2.16.840.1.113883.10.20.1"
_PROBLEM_TEMPLATES: Final = frozenset({f"{_PCC}.5", f"{_CCD}.28", "1.2.250.1.213.1.1.3.37"})
_ALLERGY_TEMPLATES: Final = frozenset({f"{_PCC}.6", f"{_CCD}.18", "1.2.250.1.213.1.1.3.41"})
_DICOM_TEMPLATES: Final = frozenset({"2.16.840.1.113883.10.20.6.2.13", "1.2.250.1.213.1.1.3.150"})
_FAMILY_TEMPLATES: Final = frozenset({f"{_PCC}.13.3", f"{_CCD}.22", "1.2.250.1.213.1.1.3.51"})
_CONCERN_TEMPLATES: Final = frozenset({f"{_PCC}.5.1", f"{_CCD}.27"})

# SNOMED CT: problem, diagnosis, symptom, finding, condition, complaint, functional limitation.
_PROBLEM_CODES: Final = frozenset(
    {"55607006", "282291009", "418799008", "404684003", "64572001", "409586006", "248536006"}
)
_IMAGE_CLASSES: Final = frozenset({"DGIMG", "ROIBND", "ROIOVL"})  # DICOM objects: addresses, not findings
_DICOM: Final = "1.2.840.10008.2.16.4"
_DOCUMENT_KIND: Final = "69764-9"
_NUMERIC: Final = frozenset({"PQ", "INT", "REAL", "IVL_PQ", "IVL_INT", "IVL_REAL", "RTO", "RTO_PQ_PQ", "MO", "CO"})


def read_entries(body: Body) -> Clinical:
    reader = _Reader(body.narrative)
    for section in body.sections:
        reader.read(section)
    return reader.found


class _Reader:
    """Every handler answers how many things it took: zero means that the statement was not understood."""

    __slots__ = ("chapter", "found", "narrative", "title")

    def __init__(self, narrative: Narrative) -> None:
        self.narrative = narrative
        self.found = Clinical()
        self.title: str | None = None
        self.chapter: SectionPart | None = None  # of a laboratory report

    def read(self, section: SectionPart) -> None:
        self.title = section.title
        place = Place(section.code)
        for entry in section.entries:
            self.chapter = section if is_laboratory_entry(entry) else None
            if not self._all(entry, place):
                section.unread += 1

    def _all(self, statements_in: Iterable[Element], place: Place) -> int:
        taken = 0
        for element in statements_in:
            handler = _HANDLERS.get(element.tag)
            if handler is not None:
                taken += handler(self, element, place)
        return taken

    def _related(self, parts: Parts, place: Place) -> int:
        taken = 0
        for tag in (ENTRY_RELATIONSHIP, COMPONENT):
            for relationship in parts.get(tag, ()):
                taken += self._all(relationship, place)
        return taken

    # Observations ---------------------------------------------------------------------------------------------

    def observation(self, element: Element, place: Place) -> int:
        mood = element.get("moodCode")
        if mood == "EVN" and (plain := plain_result(element, place)) is not None:
            self.found.results.append(plain)
            return 1
        parts = parts_of(element)
        if mood in FUTURE_MOODS:
            return self._planned(element, parts, place)
        if element.get("classCode") in _IMAGE_CLASSES:
            return 0
        templates = roots_of(parts.get(TEMPLATE_ID, ()))
        if templates.isdisjoint(_FAMILY_TEMPLATES):
            if not templates.isdisjoint(_ALLERGY_TEMPLATES) or _names_an_agent(parts):
                return self._allergy(element, parts, place)
            if not templates.isdisjoint(_PROBLEM_TEMPLATES) or _names_a_problem(parts, place):
                return self._problem(element, parts, place)
        return self._result(element, parts, place)

    def _allergy(self, element: Element, parts: Parts, place: Place) -> int:
        notes = self._notes(parts)
        self._rest_as_details(notes, place)
        involved = [self._medication(one, place) for _, one in notes.rest if one.tag == SUBSTANCE_ADMINISTRATION]
        self.found.allergies.append(
            statements.allergy(element, parts, place=place, notes=notes, narrative=self.narrative, involved=involved)
        )
        return 1

    def _medication(self, element: Element, place: Place) -> Statement:
        parts = parts_of(element)
        notes = self._notes(parts)
        self._rest_as_details(notes, place)
        return treatments.medication(element, parts, place=place, notes=notes, narrative=self.narrative)

    def _problem(self, element: Element, parts: Parts, place: Place) -> int:
        notes = self._notes(parts)
        said = statements.problem(element, parts, place=place, notes=notes, narrative=self.narrative)
        nested = self._all((child for _, child in notes.rest), place._replace(group=said.label, concern=Concern()))
        if said.label is None and said.text is None and not said.absent:
            return nested
        self.found.problems.append(said)
        return 1 + nested

    def _result(self, element: Element, parts: Parts, place: Place) -> int:
        code = named(first(parts, CODE), self.narrative)
        previous: tuple[PreviousValue, ...] = ()
        comment = None
        told: tuple[Part, ...] = ()
        rest: list[Element] = []
        if ENTRY_RELATIONSHIP in parts:
            notes = self._notes(parts)
            comment, told = notes.comment, tuple(notes.parts)
            previous = tuple(self._previous(notes, code))
            rest = [child for kind, child in notes.rest if not self._is_previous(kind, child, code)]
        said = results.result(
            element, parts, code=code, place=place, narrative=self.narrative, previous=previous, comment=comment,
            said=told,
        )  # fmt: skip
        if not _DICOM_TEMPLATES.isdisjoint(roots_of(parts.get(TEMPLATE_ID, ()))):
            said = results.with_remark(said, parts, self.narrative)
        taken = self._attached(parts, title=code.label) if VALUE in parts else 0
        if code.label or said.value or said.value_text or said.absent:
            self.found.results.append(said)
            taken += 1
        if rest:
            taken += self._all(rest, place._replace(group=code.label or place.group, at=said.at))
        return taken

    def _attached(self, parts: Parts, *, title: str | None) -> int:
        """A value that is itself a file."""
        files = [one for one in parts.get(VALUE, ()) if one.get("representation") == "B64"]
        self.found.media += [MediaPart(one, None, title or self.title) for one in files]
        return len(files)

    def _previous(self, notes: Annotations, code: Coded) -> Iterable[PreviousValue]:
        for kind, child in notes.rest:
            if self._is_previous(kind, child, code):
                yield results.previous_value(parts_of(child), self.narrative)

    def _is_previous(self, kind: str | None, element: Element, code: Coded) -> bool:
        """An earlier value of the same measure (IHE PaLM: entryRelationship REFR)."""
        if kind != "REFR" or element.tag != OBSERVATION:
            return False
        own = coded(child_of(element, CODE), self.narrative)
        return (own.code == code.code and own.system == code.system) or (own.code is None and own.label is None)

    # Organizers and acts --------------------------------------------------------------------------------------

    def organizer(self, element: Element, place: Place) -> int:
        parts = parts_of(element)
        components = parts.get(COMPONENT, [])
        if any(child_of(one, OBSERVATION_MEDIA) is not None for one in components):
            return self._document(components, place)
        around = {name: said for name, said in place.panel.items() if name in ("examination", "isolate")}
        inside = place._replace(
            group=self._group(parts, place), at=moment(first(parts, EFFECTIVE_TIME)) or place.at,
            specimen=collected(components, self.narrative) or place.specimen, panel={**around, **self._panel(parts)},
        )  # fmt: skip
        related = [*parts.get(ENTRY_RELATIONSHIP, []), *components]
        if self.chapter is not None:
            related = self._comments_apart(related, self.chapter, about=inside.group)
        taken = sum(self._all(one, inside) for one in related)
        return taken or self._lone_isolate(parts, place)

    def _comments_apart(self, around: list[Element], chapter: SectionPart, *, about: str | None) -> list[Element]:
        """The chapter of a laboratory report keeps what is said of several results together; the rest is answered."""
        rest = []
        for one in around:
            act = child_of(one, ACT)
            parts = parts_of(act) if act is not None else {}
            if act is None or not is_comment(parts, coded(first(parts, CODE), self.narrative)):
                rest.append(one)
            elif said := comment_text(parts, self.narrative):
                chapter.comments.append(f"{about}\u202f: {said}" if about else said)
        return rest

    def _panel(self, parts: Parts) -> dict[str, Any]:
        """As fields of the results inside; a name alone is their group."""
        found: dict[str, Any] = {}
        code = concept(first(parts, CODE), self.narrative)
        if code is not None and (code.code or code.translations):
            found["group_code"] = code
        if isolate := read_isolate(parts, self.narrative):
            found["isolate"] = isolate
        for name, tag in (("performer", PERFORMER), ("author", AUTHOR)):
            if tag in parts:
                found[name] = actor(parts[tag][0])
        subject = child_of(first(parts, NS + "subject"), NS + "relatedSubject")
        if subject is not None:
            sex = child_of(subject, NS + "subject", NS + "administrativeGenderCode")
            found["subject"] = concept(child_of(subject, CODE), self.narrative)
            found["subject_sex"] = sex.get("code") if sex is not None else None
        return found

    def _group(self, parts: Parts, place: Place) -> str | None:
        """Name of a battery, of an isolate (its germ) or of a relative; inside another, the outer name comes first."""
        germ = germ_of(read_isolate(parts, self.narrative))
        return joined(place.group, germ, self._relative(parts), coded(first(parts, CODE), self.narrative).label)

    def _relative(self, parts: Parts) -> str | None:
        kin = child_of(first(parts, NS + "subject"), NS + "relatedSubject", CODE)
        return coded(kin, self.narrative).label

    def _lone_isolate(self, parts: Parts, place: Place) -> int:
        """A germ that was found, without count nor antibiogram, is a result all the same."""
        isolate = read_isolate(parts, self.narrative)
        if isolate is None:
            return 0
        found = lone_isolate(isolate)
        self.found.results.append(
            replace(
                found, at=found.at or place.at, section_code=place.section,
                group=joined(place.group, germ_of(isolate)), specimen=place.specimen,
                examination=place.panel.get("examination"),
            )
        )  # fmt: skip
        return 1

    def _document(self, components: list[Element], place: Place) -> int:
        """« Document attaché » (CI-SIS FR-Document-attache): a file, and an observation that says which."""
        title, others, what, at = None, [], None, None
        for component in components:
            kind = child_of(component, OBSERVATION)
            if kind is not None and self._is_document_kind(kind):
                title = self._document_kind(kind) or title
                what, at = concept(child_of(kind, VALUE), self.narrative), moment(child_of(kind, EFFECTIVE_TIME))
            else:
                others += [one for one in component if one.tag != OBSERVATION_MEDIA]
        taken = self._all(others, place)
        for component in components:
            for media in component.iterchildren(OBSERVATION_MEDIA):
                taken += self._media(media, title=title, place=place, kind=what, at=at)
        return taken

    def _is_document_kind(self, element: Element) -> bool:
        return coded(child_of(element, CODE), self.narrative).code == _DOCUMENT_KIND

    def _document_kind(self, element: Element) -> str | None:
        told = text_of(child_of(element, TEXT), self.narrative)
        return measured(child_of(element, VALUE), self.narrative).text or told

    def act(self, element: Element, place: Place) -> int:
        parts = parts_of(element)
        code = coded(first(parts, CODE), self.narrative)
        if is_comment(parts, code) or code.code == RECEPTION:
            return 1  # said by the narrative, and by what it comments or receives
        if element.get("moodCode") in FUTURE_MOODS and code.label:
            return self._planned(element, parts, place)
        if not _CONCERN_TEMPLATES.isdisjoint(roots_of(parts.get(TEMPLATE_ID, ()))) or code.label is None:
            return self._concern(element, parts, place)
        return self._container(element, parts, code, place)

    def _concern(self, element: Element, parts: Parts, place: Place) -> int:
        status = first(parts, STATUS_CODE)
        start, end = period(first(parts, EFFECTIVE_TIME))
        concern = Concern(
            status.get("code") if status is not None else None, start, end, element.get("negationInd") == "true"
        )
        return self._related(parts, place._replace(concern=concern))

    def _container(self, element: Element, parts: Parts, code: Coded, place: Place) -> int:
        """A chapter of a laboratory report, an examination: its content counts; an act without any is an act done."""
        if code.system == _DICOM and (study := read_study(element, parts, section=place.section)) is not None:
            self.found.studies.append(study)
            return 1
        group = place.group if code.code == place.section else " – ".join(
            dict.fromkeys(name for name in (place.group, code.label) if name)
        )  # fmt: skip
        related = parts.get(ENTRY_RELATIONSHIP, [])
        if self.chapter is not None:
            related = self._comments_apart(related, self.chapter, about=None)
            self.chapter.validators += read_validators(parts)
        inside = Place(
            place.section,
            group or None,
            collected(related, self.narrative) or place.specimen,
            place.at,
            panel=NO_PANEL if code.code == place.section else {"examination": self._examination(parts)},
            device=tested_with(parts, self.narrative),
        )
        taken = sum(self._all(one, inside) for one in related)
        if taken or code.system == _DICOM or REFERENCE in parts:  # addresses of images or of other documents
            return taken
        return self._procedure(element, parts, place)

    def _examination(self, parts: Parts) -> Concept | None:
        found = concept(first(parts, CODE), self.narrative)
        return found if found is not None and found.code else None

    # Everything else ------------------------------------------------------------------------------------------

    def procedure(self, element: Element, place: Place) -> int:
        parts = parts_of(element)
        if element.get("moodCode") in FUTURE_MOODS:
            return self._planned(element, parts, place)
        if is_collection(parts):
            self.found.specimens.append(read_specimen(parts, section=place.section, narrative=self.narrative))
            return 1
        return self._procedure(element, parts, place)

    def _procedure(self, element: Element, parts: Parts, place: Place) -> int:
        notes = self._notes(parts)
        said = statements.procedure(element, parts, place=place, notes=notes, narrative=self.narrative)
        nested = self._all((child for _, child in notes.rest), place._replace(group=said.label))
        if said.label is None and said.text is None and not said.absent:
            return nested
        self.found.procedures.append(said)
        return 1 + nested

    def _planned(self, element: Element, parts: Parts, place: Place) -> int:
        notes = self._notes(parts)
        self._rest_as_details(notes, place)
        said = statements.procedure(element, parts, place=place, notes=notes, narrative=self.narrative)
        if said.label is None and said.text is None:
            return 0
        self.found.plan.append(said)
        return 1

    def encounter(self, element: Element, place: Place) -> int:
        return self.procedure(element, place)

    def substance_administration(self, element: Element, place: Place) -> int:
        said = self._medication(element, place)
        if said.label is None and said.text is None:
            return 0
        if not treatments.is_vaccination(parts_of(element)):
            self.found.medications.append(said)
        elif said.mood in FUTURE_MOODS:
            self.found.plan.append(said)
        else:
            self.found.vaccinations.append(said)
        return 1

    def supply(self, element: Element, place: Place) -> int:
        parts = parts_of(element)
        notes = self._notes(parts)
        self._rest_as_details(notes, place)
        is_device = NS + "product" not in parts
        read = treatments.device if is_device else treatments.dispensing
        said = read(element, parts, place=place, notes=notes, narrative=self.narrative)
        if said.label is None and said.text is None:
            return 0
        (self.found.devices if is_device else self.found.medications).append(said)
        return 1

    def media(self, element: Element, place: Place) -> int:
        return self._media(element, title=place.group, place=place)

    def _media(
        self, element: Element, *, title: str | None, place: Place, kind: Concept | None = None, at: str | None = None
    ) -> int:
        value = child_of(element, VALUE)
        if value is None:
            return 0
        self.found.media.append(MediaPart(value, element.get("ID"), title or self.title, place.section, kind, at))
        return 1

    def _notes(self, parts: Parts) -> Annotations:
        return annotations_of(parts.get(ENTRY_RELATIONSHIP, ()), self.narrative)

    def _rest_as_details(self, notes: Annotations, place: Place) -> None:
        """Beside a treatment or a wish, « en rapport avec une ALD : non » is a detail; a measure stays a result."""
        for _, element in notes.rest:
            if element.tag == OBSERVATION and not self._measures(element):
                self._detail(element, notes)
            elif element.tag in (OBSERVATION, OBSERVATION_MEDIA, ORGANIZER, PROCEDURE):
                self._all((element,), place)

    def _measures(self, element: Element) -> bool:
        value = child_of(element, VALUE)
        return value is not None and type_of(value) in _NUMERIC

    def _detail(self, element: Element, notes: Annotations) -> None:
        parts = parts_of(element)
        name = coded(first(parts, CODE), self.narrative).label
        said = results.value_of(parts, self.narrative).text
        notes.parts.append(part(element, "detail", self.narrative))
        if name and said:
            notes.detail(name, said)
        for _, nested in self._notes(parts).rest:
            if nested.tag == OBSERVATION:
                self._detail(nested, notes)


def _names_an_agent(parts: Parts) -> bool:
    """A participant CSM with a playing entity: the agent of an allergy, whatever templates were forgotten."""
    if PARTICIPANT not in parts:
        return False
    return any(
        one.get("typeCode") == "CSM" and child_of(one, PARTICIPANT_ROLE, PLAYING_ENTITY) is not None
        for one in parts[PARTICIPANT]
    )


def _names_a_problem(parts: Parts, place: Place) -> bool:
    code = first(parts, CODE)
    return code is not None and code.get("code") in _PROBLEM_CODES and place.section != "10157-6"


_HANDLERS: Final[dict[str, Callable[[_Reader, Element, Place], int]]] = {
    OBSERVATION: _Reader.observation,
    ORGANIZER: _Reader.organizer,
    ACT: _Reader.act,
    PROCEDURE: _Reader.procedure,
    ENCOUNTER: _Reader.encounter,
    SUBSTANCE_ADMINISTRATION: _Reader.substance_administration,
    SUPPLY: _Reader.supply,
    OBSERVATION_MEDIA: _Reader.media,
}
assert set(_HANDLERS) < STATEMENTS
