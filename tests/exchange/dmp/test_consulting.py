"""Consulting the national record, through both adapters: who is let in, what is new, what is brought home."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from maillon.access import api as access_room
from maillon.access.models import BreakGlass
from maillon.documents import api as documents
from maillon.exchange import api as exchange
from maillon.exchange.dmp import plugging
from maillon.exchange.dmp.rows import DmpEntry
from maillon.formats.document import Act
from maillon.formats.xdm_metadata import Code, PatientId
from maillon.formats.xds.describing import entry_of, submission_of
from maillon.formats.xds.vihf import Role, Vihf
from maillon.kernel import clock
from maillon.kernel.message import UserMessage
from tests.documents import making
from tests.exchange import national
from tests.exchange.dmp.conftest import Desk, work
from tests.formats.cda.written import act as act_of

pytestmark = pytest.mark.django_db
HOSPITAL = replace(
    national.CLAIRE, id="899000000078", family_name="VASSEUR", given_name="Antoine", organization_id="1990000032",
    organization_name="Centre hospitalier", profession_code="G15_10/SM14",
    profession_label="Médecin - Chirurgie viscérale et digestive (SM)",
)  # fmt: skip


def acted(day: dt.date) -> tuple[Act, ...]:
    return (replace(act_of("11488-4", "Consultation", status=None), start=f"{day.isoformat()}T09:00:00+01:00"),)


def recent(**others: Any) -> Any:
    return national.written(author=HOSPITAL, acts=acted(clock.today() - dt.timedelta(days=30)), **others)


def fed_by_others(document: Any, *, visibility: frozenset[str] = frozenset()) -> None:
    """As the hospital's own software feeds it."""
    from maillon.exchange.dmp.port import Feed
    from maillon.formats.cda.read import read_cda
    from maillon.formats.xds.describing import visible_as

    data = national.cda(document)
    patient = PatientId(value=national.INS, oid=national.OID)
    entry = entry_of(read_cda(data), data, class_code=Code(code="10", scheme="1.2.250.1.213.1.1.4.1", label="CR"))
    entry = replace(entry, confidentiality=visible_as(entry.confidentiality, visibility))
    who = Vihf(
        national_id=HOSPITAL.id or "", name="Antoine Vasseur", structure_id="1990000032",
        sector="SA01^1.2.250.1.71.4.2.4", patient=f"{national.INS}^^^&{national.OID}&ISO^NH",
        roles=(Role(code="10", system="1.2.250.1.71.1.2.7", label="Médecin"),
               Role(code="SM14", system="1.2.250.1.71.4.2.5", label="Chirurgie")), homologation="X",
    )  # fmt: skip
    import uuid

    submission = submission_of(
        patient, entry.authors[0], source_id="1.2.250.1.999.4", submitted_at=clock.now().isoformat(), title="CR",
        number=uuid.uuid4(),
    )  # fmt: skip
    plugging.line().feed(who, Feed(submission=submission, entry=entry, data=data))


def test_without_authorisation_nothing_is_read_and_consent_opens(desk: Desk, held: national.Held, way: str) -> None:
    fed_by_others(recent())
    with pytest.raises(UserMessage, match="E-DMP-34"):
        exchange.dmp.refresh(desk.key())
    assert exchange.dmp.opening(desk.key()).may_authorise
    with pytest.raises(UserMessage, match="E-DMP-31"):
        exchange.dmp.authorise(desk.key(), channel="")
    exchange.dmp.authorise(desk.key(), channel="oral")
    found = exchange.dmp.refresh(desk.key())
    assert (found.new, found.is_first) == (1, True)
    opening = exchange.dmp.opening(desk.key())
    assert (opening.existence, opening.authorisation, opening.lacks) == ("ACTIF", "VALIDE", "")
    assert opening.consented_at is not None


def test_a_blocked_professional_cannot_even_with_consent(desk: Desk, held: national.Held, way: str) -> None:
    held.authorise("INTERDIT")
    with pytest.raises(UserMessage, match="E-DMP-33"):
        exchange.dmp.refresh(desk.key())
    with pytest.raises(UserMessage, match="E-DMP-39"):
        exchange.dmp.authorise(desk.key(), channel="oral")


@pytest.mark.parametrize(("mode", "word"), [("bris_de_glace", "bris_de_glace"), ("regulation", "centre_15")])
def test_emergency_skips_the_authorisation_and_says_why(
    desk: Desk, held: national.Held, way: str, mode: str, word: str
) -> None:
    """The reason written here goes with the call, and the record keeps it."""
    fed_by_others(recent())
    making.link(desk.patient, desk.cast.elsewhere_id, end=clock.today() - dt.timedelta(days=3))
    from maillon.professionals.models import Professional

    Professional.objects.filter(national_id="899000000045").update(skill_codes=["SM59"])
    person = making.person(desk.cast.paul)
    BreakGlass.objects.create(
        patient_id=desk.patient, professional_id=person, structure_id=desk.cast.elsewhere_id, mode=mode,
        reason_code="urgence_vitale", reason_text="Malaise dans la rue, perte de conscience.", since=clock.now(),
        until=clock.now() + dt.timedelta(hours=4), review_due_at=clock.now() + dt.timedelta(hours=72),
    )  # fmt: skip
    exchange.dmp.refresh(desk.key(desk.cast.paul))
    national_id, _, said, reason = held.accesses()[-1]
    assert (national_id, said) == ("899000000045", word)
    assert reason.startswith("Malaise dans la rue")


def test_first_opening_is_two_years_then_only_what_is_new(desk: Desk, held: national.Held, way: str) -> None:
    held.authorise("VALIDE")
    old = national.written(author=HOSPITAL, acts=acted(clock.today() - dt.timedelta(days=900)))
    vaccination = national.written(
        author=HOSPITAL, type_code="11369-6", type_label="Historique des vaccinations",
        acts=acted(clock.today() - dt.timedelta(days=3000)),
    )  # fmt: skip
    for each in (old, recent(), vaccination):
        fed_by_others(each)
    assert exchange.dmp.refresh(desk.key()).new == 2
    titles = {each.type_label for each in exchange.dmp.lines(desk.key())}
    assert titles == {"CR ou fiche de consultation ou de visite", "Historique des vaccinations"}
    from maillon.exchange.dmp.rows import DmpOpening

    DmpOpening.objects.update(refreshed_at=clock.now() + dt.timedelta(minutes=6))
    late = recent()
    held.rows("UPDATE submission SET at = '2020-01-01T00:00:00'")
    DmpOpening.objects.update(refreshed_at=clock.now())
    fed_by_others(late)
    again = exchange.dmp.refresh(desk.key())
    assert (again.seen, again.new, again.is_first) == (1, 1, False)


def test_what_came_by_mssante_is_the_same_document(desk: Desk, held: national.Held, way: str) -> None:
    held.authorise("VALIDE")
    document = recent()
    filed = desk.file(document)
    fed_by_others(document)
    exchange.dmp.refresh(desk.key())
    line = desk.entry(document.version.id or "")
    assert (line.document, line.source) == (filed, "mssante")
    entry = next(each.uuid for each in exchange.dmp.lines(desk.key()))
    assert exchange.dmp.retrieve(desk.key(), entry) == filed


def test_a_document_is_brought_home_once(desk: Desk, held: national.Held, way: str) -> None:
    held.authorise("VALIDE")
    document = recent()
    fed_by_others(document)
    exchange.dmp.refresh(desk.key())
    entry = desk.entry(document.version.id or "").uuid
    filed = exchange.dmp.retrieve(desk.key(), entry)
    assert exchange.dmp.retrieve(desk.key(), entry) == filed
    view = documents.read(desk.key(), filed)
    assert (view.source, view.unique_id) == ("dmp", document.version.id)
    assert documents.original(desk.key(), filed).data == national.cda(document)
    assert desk.file(document) == filed  # by MSSanté afterwards: the same again


@pytest.mark.parametrize("lie", ["bytes", "patient"])
def test_what_is_not_what_was_announced_is_not_filed(desk: Desk, held: national.Held, way: str, lie: str) -> None:
    held.authorise("VALIDE")
    document = recent()
    fed_by_others(document)
    if lie == "patient":
        import hashlib

        other = national.cda(replace(document, patient=replace(national.TRAITS, ins="277076322082910")))
        was = held.entry(document.version.id or "")
        for former, new in (
            (was.hash_sha1, hashlib.sha1(other).hexdigest()), (f">{was.size}<", f">{len(other)}<"),
        ):  # fmt: skip
            held.rows("UPDATE document SET metadata = CAST(replace(CAST(metadata AS TEXT), ?, ?) AS BLOB)", former, new)
        held.rows("UPDATE document SET data = ?", other)
    else:
        held.rows("UPDATE document SET data = CAST('<autre/>' AS BLOB)")
    exchange.dmp.refresh(desk.key())
    entry = desk.entry(document.version.id or "").uuid
    with pytest.raises(UserMessage, match="E-DMP-36" if lie == "bytes" else "E-DMP-37"):
        exchange.dmp.retrieve(desk.key(), entry)
    assert desk.entry(document.version.id or "").document is None


def test_a_masked_document_is_shown_to_its_author_and_the_treating_physician_alone(
    desk: Desk, held: national.Held, way: str
) -> None:
    held.authorise("VALIDE")
    held.treat("899000000029")
    held.authorise("VALIDE", who="899000000029")
    fed_by_others(recent(), visibility=frozenset({"MASQUE_PS"}))
    exchange.dmp.refresh(desk.key())
    assert exchange.dmp.lines(desk.key()) == []
    making.link(desk.patient, desk.cast.karim, access_room.Basis.TREATING)
    exchange.dmp.refresh(desk.key(desk.cast.karim))
    (line,) = exchange.dmp.lines(desk.key(desk.cast.karim))
    assert line.visibility == ("Masqué aux professionnels de santé",)
    assert exchange.dmp.lines(desk.key()) == []  # what he saw is not shown to her
    with pytest.raises(UserMessage, match="E-DMP-35"):
        exchange.dmp.retrieve(desk.key(desk.cast.karim), line.uuid)


def test_what_its_metadata_restrict_there_is_restricted_here(desk: Desk, held: national.Held, way: str) -> None:
    """By its metadata alone: its header leaves it open."""
    held.authorise("VALIDE")
    making.link(desk.patient, desk.cast.claire, access_room.Basis.TREATING)
    document = recent()
    fed_by_others(document)
    exchange.dmp.refresh(desk.key())
    DmpEntry.objects.update(confidentiality="R")
    filed = exchange.dmp.retrieve(desk.key(), desk.entry(document.version.id or "").uuid)
    assert documents.read(desk.key(), filed).confidentiality == "R"


def test_nobody_outside_the_circle_consults(desk: Desk, held: national.Held, way: str) -> None:
    with pytest.raises(access_room.AccessDenied):
        exchange.dmp.refresh(desk.key(desk.cast.paul))
    assert held.accesses() == []


@pytest.mark.parametrize(
    ("kind", "undone"),
    [("masquer", "demasquer"), ("reserver", "reveler"), ("archiver", "desarchiver")],
)  # fmt: skip
def test_an_author_masks_hides_archives_and_undoes_it(
    desk: Desk, held: national.Held, way: str, kind: str, undone: str
) -> None:
    document = national.written()
    desk.feed(document)
    work()
    name = document.version.id or ""
    entry = desk.entry(name).uuid
    exchange.dmp.change(desk.key(), entry, exchange.dmp.ActKind(kind), reason="souhait du patient")
    with pytest.raises(UserMessage, match="E-DMP-15"):
        exchange.dmp.change(desk.key(), entry, exchange.dmp.ActKind(kind), reason="encore")
    work()
    assert desk.act(name).state == "fait"
    said = held.entry(name)
    assert {"masquer": "MASQUE_PS", "reserver": "INVISIBLE_PATIENT", "archiver": "N"}[kind] in [
        each.code for each in said.confidentiality
    ]
    assert said.availability == ("Archived" if kind == "archiver" else "Approved")
    assert undone in desk.entry(name).may
    exchange.dmp.change(desk.key(), entry, exchange.dmp.ActKind(undone))
    work()
    said = held.entry(name)
    assert ([each.code for each in said.confidentiality], said.availability) == (["N"], "Approved")


def test_deleting_is_confirmed_and_final(desk: Desk, held: national.Held, way: str) -> None:
    document = national.written()
    desk.feed(document)
    work()
    name, delete = document.version.id or "", exchange.dmp.ActKind.DELETE
    entry = desk.entry(name).uuid
    with pytest.raises(UserMessage, match="E-DMP-13"):
        exchange.dmp.change(desk.key(), entry, delete)
    with pytest.raises(UserMessage, match="E-DMP-14"):
        exchange.dmp.change(desk.key(), entry, delete, reason="erreur de patient", confirmed=False)
    exchange.dmp.change(desk.key(), entry, delete, reason="erreur de patient")
    work()
    assert held.entry(name).availability == "Deleted"
    assert desk.entry(name).availability_label == "Supprimé du DMP"
    assert desk.entry(name).may == frozenset()


def test_who_did_not_write_it_changes_nothing(desk: Desk, held: national.Held, way: str) -> None:
    held.authorise("VALIDE")
    document = recent()
    fed_by_others(document)
    exchange.dmp.refresh(desk.key())
    line = desk.entry(document.version.id or "")
    assert line.may == frozenset()
    with pytest.raises(UserMessage, match="E-DMP-12"):
        exchange.dmp.change(desk.key(), line.uuid, exchange.dmp.ActKind.DELETE, reason="non")
    with pytest.raises(access_room.AccessDenied):
        exchange.dmp.change(desk.key(desk.cast.paul), line.uuid, exchange.dmp.ActKind.DELETE, reason="non")
