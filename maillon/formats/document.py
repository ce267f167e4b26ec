"""The neutral model of a clinical document: what a CDA says, free of its XML.

Every date is ISO 8601 text with the precision that the document gave (`2024`, `2024-03`, `2024-03-28`,
`2024-03-28T11:20:00+01:00`): a missing day is not the first of the month. Every code keeps its system (OID).
An absent value is None, never an empty string. `negated` is a statement that something is not so;
`absent` is a coded « aucun(e) connu(e) » or « non renseigné », kept apart from an empty list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from maillon.formats.coded import Concept, Dosage, ImagingStudy, Isolate, Part, Product, Quantity

# The end of an absence that states nothing (HL7 IPS): no-allergy-info, where no-known-allergies is a statement.
NO_INFORMATION: Final = "-info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    id: str | None = None  # root, or root^extension
    set_id: str | None = None
    number: int | None = None
    replaces: str | None = None  # id of the parent document (relatedDocument RPLC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalId:
    root: str
    extension: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientTraits:
    """INS traits (RNIV): birth family name, birth given names, birth date, sex, birth place (COG code)."""

    ins: str | None = None  # matricule with its key, 15 characters
    ins_oid: str | None = None
    birth_family_name: str | None = None
    used_family_name: str | None = None
    birth_given_names: str | None = None  # the whole list, as written
    first_birth_given_name: str | None = None
    used_given_name: str | None = None
    birth_date: str | None = None
    sex: Literal["F", "M", "UN"] | None = None
    birth_place_code: str | None = None
    local_ids: tuple[LocalId, ...] = ()
    addresses: tuple[str, ...] = ()
    telecoms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person or device; `id` is the national id (8 + RPPS) when its root is 1.2.250.1.71.4.2.1, else
    root^extension."""

    id: str | None = None
    id_root: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    profession_code: str | None = None
    profession_system: str | None = None
    profession_label: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    at: str | None = None
    device: str | None = None
    telecoms: tuple[str, ...] = ()
    function_code: str | None = None  # JDV_J47
    practice_setting_code: str | None = None  # JDV_J04, of the organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """informant, legalAuthenticator, authenticator, participant, responsible party… `role` names the CDA element or
    typeCode."""

    role: str
    function_code: str | None = None
    id: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    profession_code: str | None = None
    profession_system: str | None = None
    profession_label: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    at: str | None = None
    id_root: str | None = None  # when it is not the national one of professionals: somebody who answers for themself


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    code: str | None = None
    system: str | None = None
    label: str | None = None
    start: str | None = None
    end: str | None = None
    performer_name: str | None = None
    performer_organization: str | None = None
    practice_setting_code: str | None = None
    status: str | None = None
    id: str | None = None  # order, study or service event id
    performer_id: str | None = None  # national id (8 + RPPS)
    performer_organization_id: str | None = None  # national id (1 + FINESS)
    # Of an imaging act, whose `id` is the Study Instance UID: what acquired the images, and what they show.
    modalities: tuple[Concept, ...] = ()
    regions: tuple[Concept, ...] = ()
    translations: tuple[tuple[str, str, str], ...] = ()  # (code, system, label): CCAM…


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    code: str | None = None
    label: str | None = None
    facility_type: str | None = None
    facility_name: str | None = None
    start: str | None = None
    end: str | None = None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`text` is the whole narrative as plain text; `html` the same, sanitised, for the viewer. `level` is 1 for a
    top section."""

    code: str | None = None
    system: str | None = None
    title: str | None = None
    text: str = ""
    level: int = 1
    html: str = ""
    author: str | None = None
    unread_entries: int = 0  # entries of a shape that is not understood: shown through the narrative, and counted
    # Of a chapter of a laboratory report: what is said of all its results, and who answers for them, when (`at`).
    comment: str | None = None
    validators: tuple[Author, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousValue:
    value: str | None = None
    unit: str | None = None
    value_text: str | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One measured thing (laboratory, vital sign, coded observation). `value` is the decimal text as written."""

    code: str | None = None
    system: str | None = None
    label: str | None = None
    value: str | None = None
    unit: str | None = None
    value_text: str | None = None  # coded, textual, or interval value, as shown to a person (`< 1,0`, `Négatif`)
    interpretation: str | None = None  # HL7 ObservationInterpretation code
    low: str | None = None
    high: str | None = None
    range_text: str | None = None
    at: str | None = None
    status: str | None = None
    specimen: str | None = None
    method: str | None = None
    previous: tuple[PreviousValue, ...] = ()
    negated: bool = False
    absent: bool = False
    section_code: str | None = None
    group: str | None = None  # label of the battery, isolate or chapter
    translations: tuple[tuple[str, str, str], ...] = ()  # (code, system, label)
    comment: str | None = None
    value_code: str | None = None  # coded value (CD): `value_text` is its label
    value_system: str | None = None
    other_value: str | None = None  # the same measure in a second unit (PQ translation)
    other_unit: str | None = None
    # What writing needs beyond the shown value. HL7 type of the value where what it holds does not tell it (PQ, CD, ST
    # and intervals are told): BL, INT, REAL, TS, IVL_TS, CE, ED…
    value_kind: str | None = None
    value_at: str | None = None  # a value that is a date (TS), ISO 8601
    value_end: str | None = None  # end of a value that is a period (IVL_TS)
    end: str | None = None  # an observation that lasted
    range_unit: str | None = None  # of `low` and `high`, where the value has no unit of its own (a text)
    group_code: Concept | None = None  # the battery or panel around it
    examination: Concept | None = None  # what was asked of the laboratory, where it is not the chapter
    isolate: Isolate | None = None
    method_code: Concept | None = None
    subject: Concept | None = None  # the relative whom it is about: absent for the patient
    subject_sex: str | None = None
    sites: tuple[Concept, ...] = ()
    performer: Author | None = None
    author: Author | None = None
    device: str | None = None  # what tested: « fabricant | référence | lot | péremption »
    device_id: str | None = None  # its UDI, root^extension
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """What was taken from the patient and sent to the laboratory. `Result.specimen` names it by its material."""

    id: str | None = None  # root, or root^extension
    material: Concept | None = None  # JDV_HL7_SpecimenType
    act: Concept | None = None  # how it was taken
    start: str | None = None
    end: str | None = None
    received_at: str | None = None  # by the laboratory
    site: Concept | None = None
    collector: Author | None = None
    comment: str | None = None
    section_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A problem, allergy, medication, vaccination, procedure, device, vital sign panel member or planned act."""

    code: str | None = None
    system: str | None = None
    label: str | None = None
    text: str | None = None  # original text or narrative
    negated: bool = False
    absent: bool = False
    status: str | None = None
    start: str | None = None
    end: str | None = None
    kind: str | None = None  # code of the observation (problem, diagnosis, type of allergy…)
    severity: str | None = None
    reactions: tuple[str, ...] = ()
    dose: str | None = None
    dose_unit: str | None = None
    frequency: str | None = None
    route: str | None = None
    lot: str | None = None
    rank: str | None = None
    quantity: str | None = None
    mood: str | None = None  # EVN, INT, PRP, RQO, ARQ…
    site: str | None = None
    comment: str | None = None
    section_code: str | None = None
    translations: tuple[tuple[str, str, str], ...] = ()
    kind_label: str | None = None
    posology: str | None = None  # the whole dosage as one sentence, free text first
    # what else was said: (« Motif », « Angor »), (« Substitution », « Non »)…
    details: tuple[tuple[str, str], ...] = ()
    # What writing needs, of which the fields above are the human reading.
    qualifiers: tuple[tuple[Concept, Concept], ...] = ()  # (name, value) of the code; the label tells them too
    id: str | None = None  # root, or root^extension: what another document refers to
    kind_system: str | None = None
    concern_status: str | None = None  # of the problem or allergy: active, suspended, aborted, completed
    concern_start: str | None = None  # of its follow-up, where it is not the beginning of the problem
    concern_end: str | None = None
    sites: tuple[Concept, ...] = ()  # where on the body
    approach: Concept | None = None  # site of an injection, way of access of an act
    route_code: Concept | None = None
    priority: Concept | None = None
    methods: tuple[Concept, ...] = ()
    dosage: Dosage | None = None
    product: Product | None = None
    amount: Quantity | None = None  # supplied, or to supply
    use_time: Quantity | None = None  # how long a device is to be used
    repeats: str | None = None  # renewals: « 0 » for none
    fulfils: str | None = None  # root^extension of the line of a prescription that this supply answers
    performer: Author | None = None
    author: Author | None = None
    place: str | None = None  # where it is to be done
    device_id: str | None = None  # root^extension of one device
    references: tuple[str, ...] = ()  # addresses of documents
    involved: tuple[Statement, ...] = ()  # medicines held responsible for an adverse effect
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """`data` is left out of the JSON; `title` comes from the section or the file name."""

    media_type: str
    size: int
    sha256: str
    title: str | None = None
    section_code: str | None = None
    kind: Concept | None = None  # what the file is: « Attestation de mutuelle »
    at: str | None = None
    data: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """A departure from the national rules that harms nobody: accepted, shown, counted. `code` is stable (C-…)."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    ok: bool = True
    anomalies: tuple[Anomaly, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalDocument:
    type_code: str | None = None
    type_system: str | None = None
    type_label: str | None = None
    title: str | None = None
    created_at: str | None = None
    confidentiality: str | None = None
    language: str | None = None
    templates: tuple[str, ...] = ()
    level: Literal[1, 3] = 3
    version: Version = Version()
    patient: PatientTraits = PatientTraits()
    patients_named: int = 1  # recordTarget elements; more than one is never filed alone
    authors: tuple[Author, ...] = ()
    custodian: Organization | None = None
    recipients: tuple[Author, ...] = ()
    participants: tuple[Participant, ...] = ()
    acts: tuple[Act, ...] = ()
    encounter: Encounter | None = None
    orders: tuple[str, ...] = ()  # inFulfillmentOf
    accession_numbers: tuple[str, ...] = ()  # of an imaging act, one per order; « » where an order has none
    sections: tuple[Section, ...] = ()
    results: tuple[Result, ...] = ()
    specimens: tuple[Specimen, ...] = ()
    problems: tuple[Statement, ...] = ()
    allergies: tuple[Statement, ...] = ()
    medications: tuple[Statement, ...] = ()
    vaccinations: tuple[Statement, ...] = ()
    procedures: tuple[Statement, ...] = ()
    devices: tuple[Statement, ...] = ()
    plan: tuple[Statement, ...] = ()
    studies: tuple[ImagingStudy, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    conformance: Conformance = Conformance()
    sha256: str = ""
    size: int = 0
