"""The common header of every CDA (CI-SIS volet Structuration minimale), in the order of the schema."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from typing import Final

from maillon.formats.cda.write_parties import (
    Directory,
    Party,
    add_address,
    add_entity,
    add_organization,
    add_party_id,
    add_person_name,
    add_place_of_person,
    add_profession,
    add_telecoms,
    party_of_author,
    party_of_participant,
)
from maillon.formats.cda.write_terms import (
    CONFIDENTIALITY,
    ENCOUNTERS,
    FACILITIES,
    FUNCTIONS,
    GENDERS,
    MODALITY,
    REGION,
    facility_system,
)
from maillon.formats.cda.write_xml import (
    LOINC,
    RPPS_ROOT,
    STRUCTURE_ROOT,
    XSI_TYPE,
    Element,
    add,
    add_accession_number,
    add_code,
    add_id,
    add_interval,
    add_laboratory_status,
    add_national_id,
    add_templates,
    add_time,
)
from maillon.formats.document import Act, Author, ClinicalDocument, Encounter, Participant, PatientTraits
from maillon.formats.refusal import Refused

HEADER_TEMPLATES: Final = ("2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1")
BIOLOGIST_TEMPLATE: Final = "1.3.6.1.4.1.19376.1.3.3.1.5"
PRESCRIBER_TEMPLATE: Final = "1.3.6.1.4.1.19376.1.3.3.1.6"
LABORATORY_TEMPLATE: Final = "1.3.6.1.4.1.19376.1.3.3.1.7"
PARTICIPATIONS: Final = frozenset({"REF", "REFB", "INF", "RESP", "PRF", "CON", "VRF"})
RESPONSIBLE_ROLES: Final = frozenset({"responsibleParty"})
# What an electronic prescription says of itself (CI-SIS EP-MED-DM): ALD form, exception, secured, major equipment, at
# home, urgent, military.
PRESCRIPTION_FLAGS: Final = frozenset(
    {"MED-1096", "MED-1097", "MED-1098", "MED-1132", "MED-1094", "MED-1095", "MED-1159"}
)
ENCOUNTER_ROLES: Final = frozenset({"ADM", "ATND", "DIS"})  # JDV_J140, without those that a participant has too
INFORMANT_CLASSES: Final = frozenset({"ECON", "NOK", "CON", "CAREGIVER", "PAT"})


def write_header(
    root: Element, document: ClinicalDocument, *, templates: tuple[str, ...], directory: Directory
) -> None:
    _identification(root, document, templates=templates)
    _patient(root, document, directory=directory)
    for author in document.authors:
        _author(root, author, created_at=document.created_at or "", directory=directory)
    _each(root, document, _data_enterer, roles=("dataEnterer",), directory=directory)
    _each(root, document, _informant, roles=("informant",), directory=directory)
    _custodian(root, document, directory=directory)
    for recipient in document.recipients:
        _recipient(root, recipient, directory=directory)
    _each(root, document, _signatory, roles=("legalAuthenticator", "authenticator"), directory=directory)
    _each(root, document, _participant, roles=tuple(sorted(PARTICIPATIONS)), directory=directory)
    _orders(root, document)
    for act in document.acts:
        _act(root, act, directory=directory, laboratory=_is_laboratory(templates))
    _replaced(root, document)
    _encounter(root, document, directory=directory)


def _is_laboratory(templates: tuple[str, ...]) -> bool:
    return "1.3.6.1.4.1.19376.1.3.3" in templates


def _orders(root: Element, document: ClinicalDocument) -> None:
    for order, number in zip_longest(document.orders, document.accession_numbers):
        if order is None:
            raise Refused("E-ECR-01", "Un numéro d’accession n’a pas de demande.")
        element = add(add(root, "inFulfillmentOf"), "order")
        add_id(element, order)
        if number:
            add_accession_number(element, number)


def _each(
    root: Element,
    document: ClinicalDocument,
    write: Callable[..., None],
    *,
    roles: tuple[str, ...],
    directory: Directory,
) -> None:
    """Every participant of these roles, role by role because the schema orders them, else in the order given."""
    rank = {role: 0 if role in PARTICIPATIONS else place for place, role in enumerate(roles)}
    chosen = [participant for participant in document.participants if participant.role in rank]
    for participant in sorted(chosen, key=lambda each: rank[each.role]):
        write(root, participant, document=document, directory=directory)


def _identification(root: Element, document: ClinicalDocument, *, templates: tuple[str, ...]) -> None:
    version = document.version
    add(root, "realmCode", code="FR")
    add(root, "typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    add_templates(root, *HEADER_TEMPLATES, *templates)
    add_id(root, version.id or "")
    add_code(root, "code", document.type_code, system=document.type_system or LOINC, label=document.type_label)
    add(root, "title", document.title)
    add_time(root, "effectiveTime", document.created_at or "")
    level = document.confidentiality or "N"
    add_code(root, "confidentialityCode", level, system="2.16.840.1.113883.5.25", label=CONFIDENTIALITY[level])
    add(root, "languageCode", code=document.language or "fr-FR")
    add_id(root, version.set_id or version.id or "", name="setId")
    add(root, "versionNumber", value=str(version.number or 1))


def _patient(root: Element, document: ClinicalDocument, *, directory: Directory) -> None:
    patient = document.patient
    role = add(add(root, "recordTarget"), "patientRole")
    if patient.ins and patient.ins_oid:
        add(role, "id", extension=patient.ins, root=patient.ins_oid)
    for local in patient.local_ids:
        add(role, "id", extension=local.extension, root=local.root)
    add_address(role, tuple(line for one in patient.addresses[:1] for line in one.split(", ")), unknown="UNK")
    for other in patient.addresses[1:]:
        add_address(role, tuple(other.split(", ")))
    add_telecoms(role, patient.telecoms, use=None, unknown="UNK")
    person = _identity(role, patient)
    for participant in document.participants:
        if participant.role == "guardian":
            _guardian(person, participant, directory=directory)
    if patient.birth_place_code:
        add(add(add(add(person, "birthplace"), "place"), "addr"), "county", patient.birth_place_code)


def _identity(role: Element, patient: PatientTraits) -> Element:
    person = add(role, "patient", classCode="PSN")
    name = add(person, "name")
    for element, qualifier, value in (
        ("family", "BR", patient.birth_family_name),
        ("given", None, patient.birth_given_names),
        ("given", "BR", patient.first_birth_given_name),
        ("family", "CL", patient.used_family_name),
        ("given", "CL", patient.used_given_name),
    ):
        if value:
            add(name, element, value, qualifier=qualifier)
    sex = patient.sex or "UN"
    add_code(person, "administrativeGenderCode", sex, system="2.16.840.1.113883.5.1", label=GENDERS[sex])
    if patient.birth_date:
        add_time(person, "birthTime", patient.birth_date)
    else:
        add(person, "birthTime", nullFlavor="UNK")
    return person


def _guardian(patient: Element, guardian: Participant, *, directory: Directory) -> None:
    """The legal representative: a person, else a structure."""
    element, party = add(patient, "guardian"), party_of_participant(guardian)
    if guardian.id:
        add_party_id(element, party)
    add_address(element, directory.contact(guardian.id).address)
    add_telecoms(element, directory.contact(guardian.id).telecoms, use=None)
    if guardian.family_name:
        add_person_name(element, "guardianPerson", party)
    else:
        add_organization(
            element,
            "guardianOrganization",
            organization_id=guardian.organization_id,
            name=guardian.organization_name,
            directory=directory,
        )


def _author(root: Element, author: Author, *, created_at: str, directory: Directory) -> None:
    element, party = add(root, "author"), party_of_author(author)
    if author.function_code is not None:
        system, label = FUNCTIONS.get(author.function_code, (None, None))
        add_code(element, "functionCode", author.function_code, system=system, label=label)
    add_time(element, "time", author.at or created_at)
    assigned = add(element, "assignedAuthor")
    add_party_id(assigned, party)
    add_profession(assigned, party, directory=directory)
    add_place_of_person(assigned, party, directory=directory)
    if author.device and not author.family_name:
        device = add(assigned, "assignedAuthoringDevice")
        add(device, "manufacturerModelName", author.device)
        add(device, "softwareName", author.device)
    else:
        add_person_name(assigned, "assignedPerson", party)
    add_organization(
        assigned,
        "representedOrganization",
        organization_id=author.organization_id,
        name=author.organization_name,
        directory=directory,
        practice_setting=author.practice_setting_code,
    )


def _data_enterer(root: Element, person: Participant, *, document: ClinicalDocument, directory: Directory) -> None:
    element = add(root, "dataEnterer")
    if person.at:
        add_time(element, "time", person.at)
    add_entity(element, "assignedEntity", _known_party(person, directory=directory), directory=directory)


def _informant(root: Element, person: Participant, *, document: ClinicalDocument, directory: Directory) -> None:
    link = person.function_code if person.function_code in INFORMANT_CLASSES else "CON"
    related = add(add(root, "informant"), "relatedEntity", classCode=link)
    add(related, "addr", nullFlavor="NASK")
    add(related, "telecom", nullFlavor="NASK")
    add_person_name(related, "relatedPerson", party_of_participant(person))


def _custodian(root: Element, document: ClinicalDocument, *, directory: Directory) -> None:
    keeper = document.custodian
    if keeper is None or not keeper.id:
        raise Refused("E-ECR-01", "L’organisation chargée de la conservation du document manque.")
    organization = add(add(add(root, "custodian"), "assignedCustodian"), "representedCustodianOrganization")
    contact = directory.contact(keeper.id)
    add_national_id(organization, keeper.id, root=STRUCTURE_ROOT)
    if keeper.name:
        add(organization, "name", keeper.name)
    add_telecoms(organization, contact.telecoms[:1], use="WP")
    add_address(organization, contact.address)


def _recipient(root: Element, recipient: Author, *, directory: Directory) -> None:
    intended, party = add(add(root, "informationRecipient"), "intendedRecipient"), party_of_author(recipient)
    add_party_id(intended, party)
    add_place_of_person(intended, party, directory=directory)
    if recipient.family_name:
        add_person_name(intended, "informationRecipient", party)
    add_organization(
        intended,
        "receivedOrganization",
        organization_id=recipient.organization_id,
        name=recipient.organization_name,
        directory=directory,
    )


def _signatory(root: Element, signatory: Participant, *, document: ClinicalDocument, directory: Directory) -> None:
    element = add(root, signatory.role)
    if signatory.role == "authenticator" and document.type_code == "11502-2" and document.level == 3:
        add_templates(element, BIOLOGIST_TEMPLATE)
    add_time(element, "time", signatory.at or document.created_at or "")
    add(element, "signatureCode", code="S")
    add_entity(element, "assignedEntity", _known_party(signatory, directory=directory), directory=directory)


def _known_party(participant: Participant, *, directory: Directory) -> Party:
    """Title and profession label come from the same person named elsewhere in the header, when there is one."""
    known = directory.person(participant.id)
    same_person = known is not None and known.family_name == participant.family_name
    same_place = known is not None and known.organization_id == participant.organization_id
    return known if known is not None and same_person and same_place else party_of_participant(participant)


def _participant(root: Element, participant: Participant, *, document: ClinicalDocument, directory: Directory) -> None:
    element = add(root, "participant", typeCode=participant.role)
    if participant.role == "REF" and document.type_code == "11502-2" and document.level == 3:
        add_templates(element, PRESCRIBER_TEMPLATE)
    if participant.function_code:
        system, label = FUNCTIONS.get(participant.function_code, (None, None))
        add_code(element, "functionCode", participant.function_code, system=system, label=label)
    _participation_time(element, participant)
    entity, party = add(element, "associatedEntity", classCode="PROV"), party_of_participant(participant)
    add_party_id(entity, party)
    add_profession(entity, party, directory=directory)
    add_place_of_person(entity, party, directory=directory)
    if participant.family_name:
        add_person_name(entity, "associatedPerson", party)
    add_organization(
        entity,
        "scopingOrganization",
        organization_id=participant.organization_id,
        name=participant.organization_name,
        directory=directory,
    )


def _participation_time(element: Element, participant: Participant) -> None:
    if participant.at is None:
        add(element, "time", nullFlavor="NA")
        return
    time = add(element, "time")
    time.set(XSI_TYPE, "IVL_TS")
    add_time(time, "high", participant.at)


def _act(root: Element, act: Act, *, directory: Directory, laboratory: bool) -> None:
    told = "INFO" if act.code in PRESCRIPTION_FLAGS else None
    event = add(add(root, "documentationOf"), "serviceEvent", classCode=told)
    if act.id:
        add_id(event, act.id)
    _act_code(event, act)
    if laboratory and act.status:
        add_laboratory_status(event, act.status)
    if act.start or act.end:
        add_interval(event, "effectiveTime", start=act.start, end=act.end)
    if act.performer_id:
        _performer(event, act, directory=directory, laboratory=laboratory)


def _act_code(event: Element, act: Act) -> None:
    code = add_code(event, "code", act.code, system=act.system, label=act.label)
    for local, system, label in act.translations:
        add_code(code, "translation", local, system=system, label=label)
    for kind, concepts in ((MODALITY, act.modalities), (REGION, act.regions)):
        for one in concepts:
            translation = add_code(code, "translation", one.code, system=one.system, label=one.label)
            add_code(add(translation, "qualifier"), "name", kind.code, system=kind.system, label=kind.label)


def _performer(event: Element, act: Act, *, directory: Directory, laboratory: bool) -> None:
    performer = add(event, "performer", typeCode="PRF")
    if laboratory:
        add_templates(performer, LABORATORY_TEMPLATE)
        add_interval(performer, "time", start=None, end=act.end or act.start)
    known = directory.person(act.performer_id)
    party = Party(
        id=act.performer_id,
        id_root=(known.id_root if known else None) or RPPS_ROOT,
        family_name=known.family_name if known else act.performer_name,
        given_name=known.given_name if known else None,
        prefix=known.prefix if known else None,
        suffix=known.suffix if known else None,
        profession_code=known.profession_code if known else None,
        profession_label=known.profession_label if known else None,
        organization_id=act.performer_organization_id or (known.organization_id if known else None),
        organization_name=act.performer_organization or (known.organization_name if known else None),
    )
    add_entity(performer, "assignedEntity", party, directory=directory, practice_setting=act.practice_setting_code)


def _replaced(root: Element, document: ClinicalDocument) -> None:
    if document.version.replaces:
        add_id(add(add(root, "relatedDocument", typeCode="RPLC"), "parentDocument"), document.version.replaces)


def _encounter(root: Element, document: ClinicalDocument, *, directory: Directory) -> None:
    encounter = document.encounter or Encounter()
    element = add(add(root, "componentOf"), "encompassingEncounter")
    for encounter_id in encounter.ids:
        add_id(element, encounter_id)
    if encounter.code:
        system, label = ENCOUNTERS[encounter.code]
        add_code(element, "code", encounter.code, system=system, label=label)
    if encounter.start or encounter.end:
        add_interval(element, "effectiveTime", start=encounter.start, end=encounter.end)
    else:
        add(element, "effectiveTime", nullFlavor="UNK")
    for participant in document.participants:
        if participant.role in RESPONSIBLE_ROLES:
            party = _known_party(participant, directory=directory)
            add_entity(add(element, "responsibleParty"), "assignedEntity", party, directory=directory)
    for participant in document.participants:
        if participant.role in ENCOUNTER_ROLES:
            present = add(element, "encounterParticipant", typeCode=participant.role)
            if participant.at:
                add_interval(present, "time", start=participant.at, end=None)
            party = _known_party(participant, directory=directory)
            add_entity(present, "assignedEntity", party, directory=directory)
    _facility(element, encounter, document=document, directory=directory)


def _facility(element: Element, encounter: Encounter, *, document: ClinicalDocument, directory: Directory) -> None:
    facility = add(add(element, "location"), "healthCareFacility")
    kind = encounter.facility_type or ""
    add_code(facility, "code", kind, system=facility_system(kind), label=FACILITIES[kind])
    if encounter.facility_name:
        place = add(facility, "location")
        add(place, "name", encounter.facility_name)
        add_address(place, directory.contact(document.custodian.id if document.custodian else None).address)
