"""From a draft to the neutral document: what would be signed now, and what forbids it.

Nothing is kept here. The fingerprint covers what is said, not when: it is what ties the signature to the preview.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from maillon.documents import api as documents
from maillon.formats.cda.write_parties import Contacts
from maillon.formats.document import (
    Act,
    Author,
    ClinicalDocument,
    Encounter,
    LocalId,
    Organization,
    Participant,
    PatientTraits,
    Section,
    Version,
)
from maillon.formats.wording import NARROW_SPACE, shown_date
from maillon.kernel import clock, numbering
from maillon.kernel.key import Access, StructureId
from maillon.patients import api as patients
from maillon.professionals import api as professionals
from maillon.terminology import api as terminology
from maillon.writing import content, facts, faults, forms, recipients
from maillon.writing.content import Content
from maillon.writing.definition import Letter, Part
from maillon.writing.drafts import DraftView
from maillon.writing.facts import Fact
from maillon.writing.faults import Fault
from maillon.writing.recipients import Recipient
from maillon.writing.telling import Told, iso_date, shown_value

AMBULATORY = "AMBULATOIRE"
TYPES = "JDV_J07_XdsTypeCode_CISIS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """`document` has neither its PDF nor its moment of signature yet."""

    letter: Letter
    document: ClinicalDocument
    contacts: Contacts
    people: tuple[Recipient, ...]
    faults: tuple[Fault, ...]
    fingerprint: str
    status: str  # of the identity: QUAL prints the INS symbol
    is_structured: bool
    is_hidden_from_patient: bool  # it says what waits for an announcement


def compose(access: Access, draft: DraftView, *, at: dt.datetime) -> Composed:
    letter, written = draft.letter, draft.content
    offered = facts.of_record(access)
    known = facts.by_key(offered)
    ticked = {key: known[key] for key in written.ticks if key in known}
    people = recipients.resolved(dict.fromkeys(written.recipients, ""))
    identity = patients.identity(access)
    place = _structure(access)
    document = _document(
        access, draft, identity, place, sections=tuple(sections(letter, written, ticked, at=at)), at=at
    )
    document = replace(
        document, confidentiality=_confidentiality(written, ticked), recipients=recipients.as_authors(people)
    )
    document = forms.built(document, Told(letter=letter, written=written, ticked=ticked, at=at))
    found = (
        *faults.of_identity(identity, letter),
        *faults.of_author(letter, place),
        *faults.of_letter(
            letter, written, offered=offered, ticked=ticked, lost=len(written.ticks) - len(ticked), people=people
        ),
        *faults.of_other_patient(identity, written),
        *faults.of_people(access, letter, people, lost=len(set(written.recipients)) - len(people)),
    )
    return Composed(
        letter=letter,
        document=document,
        contacts=recipients.contacts_of({each.id for each in (place,) if each} | _places(people)),
        people=tuple(people),
        faults=found,
        fingerprint=_fingerprint(document),
        status=identity.line.identity_status,
        is_structured=document.level == 3,
        is_hidden_from_patient=any(fact.is_hidden_from_patient for fact in ticked.values()),
    )


# ------------------------------------------------------------------------------------------------ what is said


def sections(letter: Letter, written: Content, ticked: dict[str, Fact], *, at: dt.datetime) -> Iterator[Section]:
    """In the order of the letter; the short fields of one group are the lines of one section; what is empty is left
    out, but never what is said of allergies."""
    done: set[str] = set()
    for part in letter.rubriques:
        if part.groupe:
            if part.groupe not in done:
                done.add(part.groupe)
                yield from _group(part.groupe, letter, written)
            continue
        text = "\n".join([*_listed(part, written, ticked, at=at), *_typed(part, written)]).strip()
        if text:
            yield Section(title=part.titre, text=text)
    if letter.formule:
        yield Section(title=None, text=letter.formule)


def _group(title: str, letter: Letter, written: Content) -> Iterator[Section]:
    lines = [
        f"{part.titre}{NARROW_SPACE}: {shown}"
        for part in letter.rubriques
        if part.groupe == title and (shown := shown_value(part, written.texts.get(part.code, "")))
    ]
    if lines:
        yield Section(title=title, text="\n".join(lines))


def _typed(part: Part, written: Content) -> Iterator[str]:
    shown = shown_value(part, written.texts.get(part.code, ""))
    if shown:
        yield shown


def _listed(part: Part, written: Content, ticked: dict[str, Fact], *, at: dt.datetime) -> Iterator[str]:
    chosen = [fact for source in part.reprend for fact in ticked.values() if fact.source == source]
    if part.takes_stance:
        stance = written.stances.get(part.code, content.OF_THE_RECORD)
        if stance == content.NONE_KNOWN:
            what = "Aucune allergie connue" if "allergies" in part.reprend else "Rien de connu"
            yield f"{what} (interrogatoire du {shown_date(clock.in_paris(at).date().isoformat())})."
            return
        if stance == content.NOT_RECORDED or not (chosen or written.texts.get(part.code, "").strip()):
            yield "Non renseigné."
            return
    yield from _told_with_their_source(chosen)


def _told_with_their_source(chosen: list[Fact]) -> Iterator[str]:
    """Each line says who said it and when; once for all, when it is the same for all."""
    origins = {fact.origin for fact in chosen}
    if len(chosen) > 1 and len(origins) == 1 and (origin := origins.pop()):
        yield from (f"– {fact.text}" for fact in chosen)
        yield f"Source{NARROW_SPACE}: {origin}"
        return
    yield from (f"– {fact.text} ({fact.origin})" if fact.origin else f"– {fact.text}" for fact in chosen)


# ------------------------------------------------------------------------------------------------ who, whose, when


def _document(
    access: Access,
    draft: DraftView,
    identity: patients.Identity,
    place: professionals.StructureLine | None,
    *,
    sections: tuple[Section, ...],
    at: dt.datetime,
) -> ClinicalDocument:
    letter, moment = draft.letter, clock.in_paris(at).replace(microsecond=0).isoformat()
    kind, label = _type(letter.type), terminology.document_type_label(letter.type)
    author = _author(access, place)
    act_at = iso_date(draft.content.texts.get(letter.date_de_l_acte, "")) or moment
    return ClinicalDocument(
        type_code=letter.type,
        type_system=kind.system if kind else None,
        type_label=label,
        title=draft.title.strip(),
        created_at=moment,
        language="fr-FR",
        level=1,
        version=_version(access, draft),
        patient=traits(access, identity),
        authors=(replace(author, at=moment),),
        custodian=Organization(id=author.organization_id, name=author.organization_name),
        participants=(
            Participant(
                role="legalAuthenticator", id=author.id, family_name=author.family_name, given_name=author.given_name,
                profession_code=author.profession_code, organization_id=author.organization_id,
                organization_name=author.organization_name, at=moment,
            ),
        ),
        acts=(
            Act(
                code=letter.type, system=kind.system if kind else None, label=label, start=act_at,
                performer_id=author.id, performer_name=author.family_name,
                performer_organization=author.organization_name, performer_organization_id=author.organization_id,
                practice_setting_code=AMBULATORY,
            ),
        ),
        encounter=Encounter(
            code=letter.rencontre, facility_type=place.type_code if place else None,
            facility_name=place.name if place else None, start=act_at,
        ),
        sections=sections,
    )  # fmt: skip


def traits(access: Access, identity: patients.Identity) -> PatientTraits:
    """The INS goes out only with a qualified identity (RNIV); our own number always does."""
    lines = (identity.address, f"{identity.postal_code} {identity.city}".strip())
    address = ", ".join(each for each in lines if each)
    return replace(
        identity.traits(with_ins=identity.is_qualified),
        local_ids=(LocalId(root=numbering.patient_numbers(), extension=str(access.patient_uuid)),),
        addresses=(address,) if address else (),
        telecoms=(f"tel:{identity.phone.replace(' ', '')}",) if identity.phone else (),
    )


def _version(access: Access, draft: DraftView) -> Version:
    """Named by the draft: signed twice, it is one document."""
    name = numbering.oid_of(draft.uuid)
    if draft.corrects is None:
        return Version(id=name, set_id=name, number=1)
    former = documents.read(access, draft.corrects)
    set_id = former.document.version.set_id if former.document else None
    return Version(
        id=name, set_id=set_id or former.unique_id, number=former.version_number + 1, replaces=former.unique_id
    )


def _author(access: Access, place: professionals.StructureLine | None) -> Author:
    person = professionals.professional(access.actor.professional_id) if access.actor.professional_id else None
    assert person is not None  # drafts belong to professionals
    skill = next(iter(sorted(person.skill_codes)), "")
    code = f"{person.profession_code}/{skill}" if skill else person.profession_code
    return Author(
        id=person.national_id,
        id_root=recipients.RPPS_ROOT,
        family_name=person.family_name,
        given_name=person.given_name,
        suffix=person.title if person.title in ("DR", "PR") else None,
        profession_code=code,
        profession_label=_specialty(code) or _specialty(person.profession_code),
        organization_id=recipients.national_id(place) or None if place else None,
        organization_name=place.name if place else None,
    )


def _structure(access: Access) -> professionals.StructureLine | None:
    return professionals.structure(access.actor.structure_id) if access.actor.structure_id is not None else None


def _type(code: str) -> terminology.Concept | None:
    return next((each for each in terminology.value_set(TYPES).concepts if each.code == code), None)


def _specialty(code: str) -> str | None:
    found = terminology.value_set("JDV_J01_XdsAuthorSpecialty_CISIS").concepts
    return next((each.label for each in found if each.code == code), None)


def _confidentiality(written: Content, ticked: dict[str, Fact]) -> str:
    """A letter is at least as restricted as what it repeats."""
    return max((written.confidentiality, *(fact.confidentiality for fact in ticked.values())), key="NRV".index)


def _places(people: list[Recipient]) -> set[StructureId]:
    return {each.structure_id for each in people if each.structure_id is not None}


def _fingerprint(document: ClinicalDocument) -> str:
    """A form may say the instant again, of who gave a vaccine: it is left out there too."""
    said = asdict(replace(document, created_at=None, authors=(), participants=(), acts=(), encounter=None))
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.replace(document.created_at or "\0", "").encode()).hexdigest()
