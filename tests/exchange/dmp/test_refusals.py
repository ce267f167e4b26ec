"""What the real record refuses, the simulated one refuses, on both faces, in a way that the adapters understand."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from maillon.exchange.dmp import by_fhir, by_soap, plugging
from maillon.exchange.dmp.port import Feed, NationalRecord
from maillon.exchange.remote import Answer, RemoteRefusal
from maillon.formats.cda.read import read_cda
from maillon.formats.xdm_metadata import Code, PatientId, XdmMetadata
from maillon.formats.xds.describing import entry_of, submission_of
from maillon.formats.xds.vihf import Role, Vihf
from tests.exchange import national
from tests.exchange.dmp.test_consulting import HOSPITAL

PHYSICIAN = Role(code="10", system="1.2.250.1.71.1.2.7", label="Médecin")
SKILL = Role(code="SM26", system="1.2.250.1.71.4.2.5", label="Médecine générale")
CLAIRE = Vihf(
    national_id="899000000011", name="Claire MOREL", roles=(PHYSICIAN, SKILL), structure_id="1990000016",
    sector="SA52^1.2.250.1.71.4.2.4", patient=f"{national.INS}^^^&{national.OID}&ISO^NH", homologation="X",
)  # fmt: skip
OTHER = replace(CLAIRE, national_id="899000000078", structure_id="1990000032")
CLASS = Code(code="10", scheme="1.2.250.1.213.1.1.4.1", label="Compte rendu")
Change = Callable[[Feed], Feed]


def feed(document: Any = None, **changed: Any) -> Feed:
    document = document or national.written()
    data = national.cda(document)
    entry = replace(entry_of(read_cda(data), data, class_code=CLASS), **changed)
    submission = submission_of(
        entry.patient_id or PatientId(), entry.authors[0], source_id="1.2.250.1.999.2",
        submitted_at="2026-03-31T10:00:00+02:00", title="Essai", number=uuid.uuid4(),
    )  # fmt: skip
    return Feed(submission=submission, entry=entry, data=data)


@pytest.fixture
def record(held: national.Held, way: str) -> NationalRecord:
    return plugging.line()


def refused(call: Callable[[], object]) -> RemoteRefusal:
    with pytest.raises(RemoteRefusal) as refusal:
        call()
    assert refusal.value.message
    return refusal.value


@pytest.mark.parametrize(
    "changed",
    [
        {"type": Code(code="51851-4", scheme="2.16.840.1.113883.6.1")},
        {"class_": Code(code="99", scheme="1.2.250.1.213.1.1.4.1")},
        {"class_": Code(code="10", scheme="1.2.3")},
        {"format": Code(code="urn:inconnu", scheme="1.3.6.1.4.1.19376.1.2.3")},
        {"facility": Code(code="SA99", scheme="1.2.250.1.71.4.2.4")},
        {"confidentiality": (Code(code="X", scheme="2.16.840.1.113883.5.25"),)},
        {"confidentiality": ()}, {"title": None}, {"creation_time": None},
    ],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
def test_metadata_outside_the_value_sets_of_the_dmp(record: NationalRecord, changed: dict[str, Any]) -> None:
    what = feed(**changed)
    assert refused(lambda: record.feed(CLAIRE, what)).code == "XDSRegistryMetadataError"
    assert record.named(CLAIRE, what.entry.unique_id or "") is None


@pytest.mark.parametrize("changed", [{"hash_sha1": "0" * 40}, {"size": 3}], ids=["hash", "size"])
def test_bytes_that_are_not_those_that_were_said(record: NationalRecord, changed: dict[str, Any]) -> None:
    assert refused(lambda: record.feed(CLAIRE, feed(**changed))).code == "XDSRepositoryMetadataError"


def test_the_same_identifier_twice(record: NationalRecord, held: national.Held) -> None:
    what = feed()
    record.feed(CLAIRE, what)
    number = uuid.uuid4()
    other = replace(what.submission, unique_id=f"2.25.{number.int}", entry_uuid=f"urn:uuid:{number}")
    again = replace(what, submission=other)
    assert refused(lambda: record.feed(CLAIRE, again)).code == "XDSDuplicateUniqueIdInRegistry"
    assert held.count(what.entry.unique_id or "") == 1


def test_a_patient_without_record_and_a_closed_one(record: NationalRecord) -> None:
    for ins, code in (("277076322082910", "XDSUnknownPatientId"), (national.CLOSED, "DMPDossierFerme")):
        patient = PatientId(value=ins, oid=national.OID)
        what = feed(patient_id=patient)
        what = replace(what, submission=replace(what.submission, patient_id=patient))
        who = replace(CLAIRE, patient=f"{ins}^^^&{national.OID}&ISO^NH")
        assert refused(lambda what=what, who=who: record.feed(who, what)).code == code  # type: ignore[misc]


@pytest.mark.parametrize(
    "who",
    [
        replace(CLAIRE, roles=(Role(code="ZZ", system="1.2.3", label="?"),)), replace(CLAIRE, roles=(PHYSICIAN,)),
        replace(CLAIRE, sector="SA99^1.2.250.1.71.4.2.4"), replace(CLAIRE, resource="urn:autre"),
        replace(CLAIRE, patient=f"{national.CLOSED}^^^&{national.OID}&ISO^NH"), replace(CLAIRE, structure_id=""),
        replace(CLAIRE, mode="bris_de_glace", reason=""),
    ],
    ids=["role", "skill", "sector", "resource", "patient", "structure", "reason"],
)  # fmt: skip
def test_a_word_that_is_not_right(record: NationalRecord, way: str, who: Vihf) -> None:
    """Of an unknown role, of another patient…: refused before anything is read."""
    refused(lambda: record.feed(who, feed()))


def test_a_word_that_somebody_else_signed_or_changed(
    record: NationalRecord, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = by_soap if way == "xds" else by_fhir
    honest = module.write_vihf

    def forged(*arguments: Any, **named: Any) -> etree._Element:
        root = honest(*arguments, **named)
        for each in root.iter("{*}NameID"):
            each.text = "899000000029"
        return root

    monkeypatch.setattr(module, "write_vihf", forged)
    assert refused(lambda: record.status(CLAIRE)).code in ("wsse:FailedAuthentication", "login")


def test_consulting_without_authorisation(record: NationalRecord) -> None:
    assert refused(lambda: record.find(CLAIRE, since=None)).code == "DMPAutorisationAbsente"


def test_replacing_and_changing_what_another_wrote(record: NationalRecord, held: national.Held) -> None:
    theirs = feed(national.written(author=HOSPITAL))
    record.feed(OTHER, theirs)
    name = theirs.entry.unique_id or ""
    entry = record.named(OTHER, name)
    assert entry is not None
    held.authorise("VALIDE")
    for call in (
        lambda: record.feed(CLAIRE, replace(feed(), replaced=entry)),
        lambda: record.show_as(CLAIRE, entry, frozenset({"MASQUE_PS"})),
        lambda: record.set_availability(CLAIRE, entry, "Deleted"),
        lambda: record.set_availability(CLAIRE, entry, "Archived"),
    ):
        assert refused(call).code == "DMPPasAuteur"
    assert held.entry(name).availability == "Approved"
    held.treat("899000000011")  # the médecin traitant masks, and does nothing else
    record.show_as(CLAIRE, entry, frozenset({"MASQUE_PS"}))
    masked = record.named(CLAIRE, name)
    assert masked is not None
    assert refused(lambda: record.show_as(CLAIRE, masked, frozenset({"INVISIBLE_PATIENT"}))).code == "DMPPasAuteur"


def test_replacing_what_is_not_there_or_not_in_force(record: NationalRecord) -> None:
    nowhere = XdmMetadata(entry_uuid=f"urn:uuid:{uuid.uuid4()}", unique_id="1.2.3")
    with pytest.raises(RemoteRefusal, match="XDSReplaceFailed"):
        record.feed(CLAIRE, replace(feed(), replaced=nowhere))


def _asked(record: Any, method: str, path: str, body: Any = None) -> Answer:
    return record._ask(CLAIRE, method, path, body)  # type: ignore[no-any-return]


@pytest.mark.parametrize("way", ["fhir"], indirect=True)
@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("PATCH", "title", [{"op": "replace", "path": "/description", "value": "x"}], "not-supported"),
        ("PATCH", "remove", [{"op": "remove", "path": "/status"}], "not-supported"),
        ("PATCH", "both", [{"op": "replace", "path": "/status", "value": "current"},
                           {"op": "replace", "path": "/subject", "value": {}}], "not-supported"),
        ("DELETE", "/DocumentReference", None, "not-supported"),
        ("PUT", "/DocumentReference", {}, "not-supported"),
        ("GET", "/DocumentReference?status=current&_has=x", None, "not-supported"),
        ("GET", "/Observation", None, "not-supported"),
        ("POST", "/", {"resourceType": "Bundle", "type": "batch"}, "invalid"),
    ],
)  # fmt: skip
def test_what_pdsm_does_not_offer(record: NationalRecord, method: str, path: str, body: Any, code: str) -> None:
    what = feed()
    record.feed(CLAIRE, what)
    if method == "PATCH":
        path = f"/DocumentReference?identifier=urn:ietf:rfc:3986%7Curn:oid:{what.entry.unique_id}"
    assert refused(lambda: _asked(record, method, path, body)).code == code


@pytest.mark.parametrize("way", ["fhir"], indirect=True)
def test_one_document_published_simply_is_there_as_well(record: Any, held: national.Held) -> None:
    """ITI-105."""
    what = feed()
    record.publish(CLAIRE, what)
    assert held.count(what.entry.unique_id or "") == 1
    assert refused(lambda: record.publish(CLAIRE, what)).code == "XDSDuplicateUniqueIdInRegistry"


def test_two_faces_show_one_store(held: national.Held, teleservice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is fed by one is read by the other, byte for byte."""
    from tests.exchange.dmp.conftest import plug

    lines = {}
    for road in ("xds", "fhir"):
        plug(teleservice, monkeypatch, way=road)
        lines[road] = plugging.line()
    held.authorise("VALIDE")
    for one, other in (("xds", "fhir"), ("fhir", "xds")):
        what = feed()
        lines[one].feed(CLAIRE, what)
        entry = lines[other].named(CLAIRE, what.entry.unique_id or "")
        assert entry is not None
        assert (entry.type, entry.title, entry.hash_sha1) == (what.entry.type, what.entry.title, what.entry.hash_sha1)
        assert lines[other].retrieve(CLAIRE, entry) == what.data
