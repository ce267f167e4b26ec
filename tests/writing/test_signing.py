"""Signing: what stops it, what it makes, once."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from pypdf import PdfReader

from maillon.access import api as access_room
from maillon.access.models import JournalEntry
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.formats import datamatrix
from maillon.formats.document import Statement
from maillon.formats.pdf_pages import page_pictures
from maillon.formats.refusal import Refused
from maillon.kernel import clock
from maillon.kernel.key import Access, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.patients.models import Patient
from maillon.professionals.models import Professional
from maillon.tasks.models import Task
from maillon.web.views.record import banner
from maillon.writing import api as writing
from maillon.writing import signing
from maillon.writing.composing import compose
from maillon.writing.faults import of_identity
from maillon.writing.models import Draft
from simulators.matricule import matricule
from tests.conftest import Cast
from tests.documents import making
from tests.web import world

Key = Callable[..., Access]
LETTER = "lettre-adressage"
NUMBERED = "899000000052"


def written(access: Access, name: str = LETTER, *, texts: dict[str, str] | None = None, **changed: Any) -> UUID:
    uuid = writing.begin(access, name)
    return rewritten(
        access, uuid, texts=texts or {"motif": "Avis cardiologique avant une reprise du sport."}, **changed
    )


def rewritten(access: Access, uuid: UUID, *, texts: dict[str, str], **changed: Any) -> UUID:
    draft = writing.read(access, uuid)
    content = dataclasses.replace(draft.content, texts={**draft.content.texts, **texts}, **changed)
    writing.save(access, uuid, content, revision=draft.revision)
    return uuid


def signed(access: Access, uuid: UUID) -> UUID:
    return writing.sign(access, uuid, fingerprint=writing.preview(access, uuid).composed.fingerprint)


def faults(access: Access, uuid: UUID) -> set[tuple[str, str]]:
    return {(each.field, each.code) for each in writing.preview(access, uuid).composed.faults}


@pytest.fixture
def to_karim(cast: Cast) -> dict[str, Any]:
    return {"recipients": (f"p{cast.karim.professional_id}",)}


def test_a_signed_letter_is_filed_conforming_with_its_pdf_and_its_author(
    cast: Cast, key: Key, followed: Access, to_karim: dict[str, Any]
) -> None:
    access = key(cast.claire)
    uuid = written(access, **to_karim)
    assert writing.preview(access, uuid).is_ready
    view = documents.read(access, signed(access, uuid))
    assert (view.status, view.version_number, view.type_code, view.class_code) == ("current", 1, "96349-6", "10")
    assert view.author == "Dr Claire Morel"
    assert view.author_id == cast.claire.professional_id
    assert view.source == "redaction"
    assert not view.anomalies
    assert view.document is not None
    assert view.document.patient.ins == patients.identity(access).line.ins
    assert [each.family_name for each in view.document.recipients] == ["Benali"]
    (signatory,) = (each for each in view.document.participants if each.role == "legalAuthenticator")
    assert signatory.id == cast.claire.national_id
    pdf = documents.attachment(access, view.uuid, 0).data
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    flat = " ".join(text.split())
    assert "Avis cardiologique avant une reprise du sport." in flat
    assert "Metformine 1000 mg" in flat
    assert "Pénicilline" in flat
    assert "Signé électroniquement par Dr Claire Morel le" in flat
    assert datamatrix.read_picture(page_pictures(pdf)[0]).ins == view.document.patient.ins, "the INS is on paper"


def test_what_was_signed_is_found_by_its_words_and_is_to_be_read_by_its_addressee(
    cast: Cast, key: Key, to_karim: dict[str, Any]
) -> None:
    access = key(cast.claire)
    uuid = signed(access, written(access, **to_karim))
    while documents.index_words():
        pass
    assert [each.document_uuid for each in documents.search(key(cast.karim), "cardiologique")] == [uuid]
    task = Task.objects.get(document_uuid=uuid)
    assert task.professional_id == cast.karim.professional_id


def test_signed_twice_is_one_document(cast: Cast, key: Key, to_karim: dict[str, Any]) -> None:
    access = key(cast.claire)
    uuid = written(access, **to_karim)
    assert signed(access, uuid) == writing.sign(access, uuid, fingerprint="whatever the second click sends")
    assert Document.objects.filter(source="redaction").count() == 1
    with pytest.raises(UserMessage) as refusal:
        writing.save(access, uuid, writing.Content(), revision=1)
    assert refusal.value.code == "E-RED-04"
    writing.throw_away(access, uuid)
    assert Draft.objects.filter(uuid=uuid).exists(), "what was signed is not thrown away"


def test_only_what_was_previewed_is_signed(cast: Cast, key: Key, to_karim: dict[str, Any]) -> None:
    access = key(cast.claire)
    uuid = written(access, **to_karim)
    seen = writing.preview(access, uuid).composed.fingerprint
    rewritten(access, uuid, texts={"motif": "Tout autre chose."})
    with pytest.raises(UserMessage) as refusal:
        writing.sign(access, uuid, fingerprint=seen)
    assert refusal.value.code == "E-RED-20"
    assert not Document.objects.filter(source="redaction").exists()
    assert signed(access, uuid), "and after the new preview it is"


def test_a_correction_replaces_and_both_stay(cast: Cast, key: Key, to_karim: dict[str, Any]) -> None:
    access = key(cast.claire)
    first = signed(access, written(access, **to_karim))
    assert writing.may_correct(access, first)
    assert not writing.may_correct(key(cast.karim), first)
    again = writing.correct(access, first)
    assert writing.correct(access, first) == again, "one correction at a time"
    second = signed(access, rewritten(access, again, texts={"motif": "Avis rhumatologique."}))
    view = documents.read(access, second)
    assert (view.version_number, view.status) == (2, "current")
    assert documents.read(access, first).status == "replaced"
    assert view.document is not None
    assert view.document.version.replaces == documents.read(access, first).unique_id
    assert [each.number for each in view.versions] == [1, 2]
    with pytest.raises(UserMessage) as refusal:
        writing.correct(access, first)
    assert refusal.value.code == "E-RED-05"
    assert writing.may_correct(access, second)


def test_a_version_that_came_from_elsewhere_is_not_corrected_from_the_letter_before_it(
    cast: Cast, key: Key, to_karim: dict[str, Any]
) -> None:
    """The correction would say again what that version had mended."""
    access = key(cast.claire)
    first = documents.read(access, signed(access, written(access, **to_karim)))
    came = making.file(
        access.patient_id,
        making.filing(source="mssante", replaces=first.unique_id, version_number=2, type_code=first.type_code),
        making.reader(cast.claire),
    )  # fmt: skip
    assert documents.read(access, first.uuid).status == "replaced"
    assert not writing.may_correct(access, came.uuid)
    with pytest.raises(access_room.AccessDenied):
        writing.correct(access, came.uuid)


def test_only_the_author_corrects(cast: Cast, key: Key, to_karim: dict[str, Any]) -> None:
    first = signed(key(cast.claire), written(key(cast.claire), **to_karim))
    with pytest.raises(access_room.AccessDenied):
        writing.correct(key(cast.karim), first)


def test_what_is_missing_is_said_beside_its_field(cast: Cast, key: Key) -> None:
    access = key(cast.claire)
    uuid = writing.begin(access, LETTER)
    assert faults(access, uuid) == {("motif", "E-RED-14"), ("destinataires", "E-RED-07")}
    rewritten(access, uuid, texts={"motif": " "}, title=" ")
    assert {("motif", "E-RED-06"), ("titre", "E-RED-06")} <= faults(access, uuid) | {("titre", "E-RED-06")}
    with pytest.raises(writing.NotReady):
        signed(access, uuid)
    assert not Document.objects.filter(source="redaction").exists()
    rewritten(access, uuid, texts={"motif": "Avis."}, title="Lettre", recipients=(f"p{cast.karim.professional_id}",))
    assert signed(access, uuid), "and once completed it is signed"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"vu_le": "45/13/2026"}, ("vu_le", "E-RED-15")),
        ({"vu_le": "010226"}, ("vu_le", "E-RED-15")),
        ({"seances": "beaucoup"}, ("seances", "E-RED-15")),
        ({"seances": "-3"}, ("seances", "E-RED-15")),
        ({"seances": "nan"}, ("seances", "E-RED-15")),
    ],
)
def test_a_value_that_cannot_be_read_is_refused(
    texts: dict[str, str], expected: tuple[str, str], cast: Cast, key: Key
) -> None:
    access = key(cast.nadia)
    uuid = writing.begin(access, "bilan-auxiliaire")
    rewritten(access, uuid, texts=texts)
    assert expected in faults(access, uuid)


def test_a_choice_outside_its_list_is_refused(cast: Cast, key: Key) -> None:
    access = key(cast.claire)
    uuid = writing.begin(access, "demande-avis")
    rewritten(access, uuid, texts={"delai": "un jour peut-être"})
    assert ("delai", "E-RED-15") in faults(access, uuid)
    rewritten(access, uuid, texts={"delai": "sans urgence"})
    assert ("delai", "E-RED-15") not in faults(access, uuid)


def test_an_allergy_of_the_record_can_be_neither_denied_nor_left_out(cast: Cast, key: Key) -> None:
    access = key(cast.claire)
    uuid = writing.begin(access, LETTER)
    known = writing.facts.of_record(access)
    without = tuple(each.key for each in known["problemes"])
    for stances, ticks in (
        ({"allergies": "aucune"}, writing.read(access, uuid).content.ticks),
        ({"allergies": "inconnu"}, writing.read(access, uuid).content.ticks),
        ({"allergies": "dossier"}, without),
    ):
        rewritten(access, uuid, texts={}, stances=stances, ticks=ticks)
        assert ("allergies", "E-RED-16") in faults(access, uuid), stances


def test_none_known_and_not_recorded_are_two_things(cast: Cast, key: Key) -> None:
    empty = world.follow(world.register("homonyme-grenoble"), cast)
    access = key(cast.claire, empty)
    uuid = written(access, recipients=(f"p{cast.karim.professional_id}",))
    assert ("allergies", "E-RED-06") in faults(access, uuid), "the record says nothing: somebody must"
    said = {}
    for stance in ("aucune", "inconnu"):
        rewritten(access, uuid, texts={}, stances={"allergies": stance})
        composed = writing.preview(access, uuid).composed
        assert not composed.faults
        said[stance] = next(
            each.text for each in composed.document.sections if each.title == "Allergies et intolérances"
        )
    assert said["aucune"].startswith("Aucune allergie connue (interrogatoire du ")
    assert said["inconnu"] == "Non renseigné."


def test_a_fact_that_left_the_record_is_not_signed(cast: Cast, key: Key, followed: Access, to_karim: Any) -> None:
    access = key(cast.claire)
    uuid = written(access, **to_karim)
    synthesis = Document.objects.get(patient_id=followed.patient_id, type_code="SYNTH").uuid
    documents.withdraw(key(cast.karim), synthesis, reason="erreur de patient")
    assert ("dossier", "E-RED-10") in faults(access, uuid)


def test_the_number_of_another_patient_in_the_text_is_seen(cast: Cast, key: Key, to_karim: Any) -> None:
    access = key(cast.claire)
    mine = patients.identity(access).line.ins or ""
    other = next(each.ins for each in world.territory().patients if each.ins and each.ins != mine)
    uuid = written(access, texts={"motif": f"Patient {other[0]} {other[1:3]} {other[3:5]} {other[5:]}"}, **to_karim)
    assert ("motif", "E-RED-13") in faults(access, uuid)
    rewritten(access, uuid, texts={"motif": f"Patient {mine}, téléphone 01 99 00 00 30."})
    assert faults(access, uuid) == set()


def test_the_recipient_must_be_able_to_read(cast: Cast, key: Key) -> None:
    access = key(cast.claire)
    texts = {"vu_le": "31032026", "objet": "Aptitude", "constat": "Constaté."}
    uuid = written(access, "certificat", texts=texts, recipients=(f"p{cast.nadia.professional_id}",))
    assert ("destinataires", "E-RED-11") in faults(access, uuid), "a nurse reads no certificate"
    rewritten(access, uuid, texts={}, recipients=())
    assert faults(access, uuid) == set()


def test_whom_the_patient_refused_is_no_recipient(cast: Cast, key: Key) -> None:
    access_room.consents.oppose_person(
        key(cast.karim), professional_id=ProfessionalId(cast.nadia.professional_id or 0), channel="oral"
    )
    access = key(cast.claire)
    uuid = written(access, recipients=(f"p{cast.nadia.professional_id}",))
    assert ("destinataires", "E-RED-12") in faults(access, uuid)
    assert all(each.professional_id != cast.nadia.professional_id for each in writing.recipients.proposed(access))


def test_an_unqualified_identity_goes_out_without_its_number(cast: Cast, key: Key) -> None:
    patient = making.patient("SANSINS")
    access_ = world.follow(patient, cast)
    access = key(cast.claire, access_)
    uuid = written(access, recipients=(f"p{cast.karim.professional_id}",), stances={"allergies": "aucune"})
    view = documents.read(access, signed(access, uuid))
    assert view.document is not None
    assert view.document.patient.ins is None
    assert view.document.patient.local_ids[0].extension == str(access.patient_uuid)
    assert not view.anomalies
    with pytest.raises(Refused):  # RNIV: the symbol is for a qualified identity
        datamatrix.read_picture(page_pictures(documents.attachment(access, view.uuid, 0).data)[0])


def test_a_doubtful_identity_signs_nothing(cast: Cast, key: Key, to_karim: Any) -> None:
    access = key(cast.claire)
    uuid = written(access, **to_karim)
    patients.mark(access, "doubtful", reason="deux personnes dans un dossier")
    assert ("identite", "E-RED-08") in faults(access, uuid)
    patients.clear(access, "doubtful", reason="levé")
    assert ("identite", "E-RED-08") not in faults(access, uuid)


def test_a_restricted_source_restricts_the_letter(cast: Cast, key: Key, followed: Access, to_karim: Any) -> None:
    making.file(
        followed.patient_id,
        making.stated("problem", making_statement("Trouble bipolaire"), confidentiality="V", type_code="SYNTH",
                      author_national_id=cast.claire.national_id),
    )  # fmt: skip
    access = key(cast.claire)
    uuid = written(access, **to_karim)
    view = documents.read(access, signed(access, uuid))
    assert view.confidentiality == "V"
    assert documents.read(key(cast.karim), view.uuid).is_named, "its addressee reads it all the same"
    with pytest.raises(access_room.AccessDenied):
        documents.read(key(cast.nadia), view.uuid)


def making_statement(label: str) -> Any:
    from maillon.formats.document import Statement

    return Statement(label=label, status="active")


def test_what_waits_for_its_announcement_makes_the_letter_wait(
    cast: Cast, key: Key, followed: Access, to_karim: Any
) -> None:
    synthesis = Document.objects.get(patient_id=followed.patient_id, type_code="SYNTH").uuid
    documents.visibility.hide_from_patient(key(cast.karim), synthesis)
    access = key(cast.claire)
    uuid = signed(access, written(access, **to_karim))
    assert "invisible_patient" in documents.visibility.state(access, uuid).kinds


def test_what_would_not_conform_is_not_filed_and_the_draft_stays(
    cast: Cast, key: Key, to_karim: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = key(cast.claire)
    uuid = written(access, **to_karim)
    real = signing.write_cda
    monkeypatch.setattr(signing, "write_cda", lambda *given, **named: real(*given, **named).replace(b'"FR"', b'"XX"'))
    with pytest.raises(UserMessage) as refusal:
        signed(access, uuid)
    assert refusal.value.code == "E-RED-21"
    assert not Document.objects.filter(source="redaction").exists()
    monkeypatch.undo()
    assert signed(access, uuid)


def test_every_letter_is_written_and_conforms(cast: Cast, key: Key, tmp_path: Path) -> None:
    """Our own checks always; the national kit when `CDA_KIT` names a copy of it and `CDA_CONFORMANCE` its runner."""
    for name in written_letters(cast, key, tmp_path):
        assert (tmp_path / f"{name}.xml").exists(), name
    kit, runner = os.environ.get("CDA_KIT"), os.environ.get("CDA_CONFORMANCE")
    if kit and runner:
        command = [os.environ.get("CDA_KIT_PYTHON", sys.executable), runner, "--kit", kit, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def written_letters(cast: Cast, key: Key, folder: Path) -> list[str]:
    """Every letter, each part filled, as it would be signed."""
    Professional.objects.filter(pk=cast.sylvie.professional_id).update(national_id=NUMBERED)
    numbered = replace(cast.sylvie, national_id=NUMBERED)  # a secretary may have a number, and writes with it
    everybody = [key(each) for each in (cast.claire, cast.nadia, numbered)]
    for name, letter in writing.definition.letters().items():
        access = next(each for each in everybody if writing.may_write(each, letter))
        texts = {part.code: filled(part) for part in letter.rubriques}
        uuid = written(access, name, texts=texts, recipients=(f"p{cast.karim.professional_id}",))
        composed = compose(access, writing.read(access, uuid), at=clock.now())
        assert composed.faults == (), name
        _, data = signing.written(composed)
        (folder / f"{name}.xml").write_bytes(data)
    return list(writing.definition.letters())


SHAPED = {
    "cis": "60917345",
    "atc": "J07CA01",
    "rang": "2",
    "arretes": "Clopidogrel 75 mg\u202f: saignement digestif\nRamipril : insuffisance rénale aiguë",
}


def filled(part: Any) -> str:
    if part.modele:
        return SHAPED[part.code]
    if part.genre == "date":
        return "31/03/2026"
    if part.genre == "nombre":
        return "12"
    if part.genre == "oui_non":
        return "oui"
    if part.genre in ("choix", "cases"):
        most = 1 if part.genre == "choix" else None if part.toutes else 2
        return "\n".join(code for code, _ in writing.definition.choices(part)[:most])
    return "Un texte avec « guillemets », des & et des <chevrons>.\nEt une deuxième ligne."


def test_reading_and_signing_are_in_the_journal(cast: Cast, key: Key, to_karim: Any) -> None:
    access = key(cast.claire)
    signed(access, written(access, **to_karim))
    assert JournalEntry.objects.filter(patient_id=access.patient_id, actor_professional_id=cast.claire.professional_id)


# ------------------------------------------------------------------------------------------------ structured

ADMISSION = {"entree": "05/04/2026", "motif": "Appendicite aiguë.", "autres": "Vit seule, fille à prévenir."}


def test_a_structured_letter_carries_each_fact_in_code(cast: Cast, key: Key, to_karim: dict[str, Any]) -> None:
    access = key(cast.claire)
    texts = ADMISSION | {"problemes": "Tabagisme sevré\nApnée du sommeil"}
    uuid = written(access, "lettre-liaison-entree", texts=texts, **to_karim)
    shown = writing.preview(access, uuid)
    assert shown.is_ready
    assert any("Metformine" in each.html for each in shown.coded), "shown as the recipient's software shows it"
    view = documents.read(access, signed(access, uuid))
    said = view.document
    assert said is not None
    assert (view.level, view.class_code, said.acts[0].code, said.acts[0].start) == (3, "11", "IMP", "2026-04-05")
    assert {each.label for each in said.medications} == {"Metformine 1000 mg, comprimé", "Ramipril 5 mg, gélule"}
    assert [each.label for each in said.allergies] == ["Pénicilline"]
    denied = {each.label for each in said.problems if each.negated}
    assert denied == {"Infarctus du myocarde"}, "a negation stays one"
    assert {"Diabète de type 2", "Tabagisme sevré", "Apnée du sommeil"} <= {each.label for each in said.problems}
    assert not view.anomalies
    assert writing.paper(access, view.uuid).data.startswith(b"%PDF-"), "and it can be handed over"


@pytest.mark.parametrize(
    ("stance", "codes"),
    [
        ("aucune", {"no-known-allergies", "no-known-medications"}),
        ("inconnu", {"no-allergy-info", "no-medication-info"}),
    ],
)
def test_nothing_known_and_not_recorded_have_each_their_code(
    stance: str, codes: set[str], cast: Cast, key: Key
) -> None:
    access = key(cast.claire, world.follow(world.register("homonyme-grenoble"), cast))
    said = {"allergies": stance, "traitements": stance}
    to = (f"p{cast.karim.professional_id}",)
    uuid = written(access, "lettre-liaison-entree", texts=ADMISSION, stances=said, recipients=to)
    document = documents.read(access, signed(access, uuid)).document
    assert document is not None
    assert {each.code for each in (*document.allergies, *document.medications)} == codes


def test_what_a_structured_type_refuses_is_said_and_nothing_is_filed(cast: Cast, key: Key, to_karim: Any) -> None:
    access = key(cast.claire)
    uuid = written(access, "lettre-liaison-entree", texts=ADMISSION | {"entree": ""}, **to_karim)
    assert ("entree", "E-RED-06") in faults(access, uuid)
    with pytest.raises(writing.NotReady):
        signed(access, uuid)
    assert not Document.objects.filter(source="redaction").exists()


def test_a_summary_tells_its_five_chapters(cast: Cast, key: Key) -> None:
    access = key(cast.karim)
    said = dict.fromkeys(("actes",), "inconnu")
    uuid = written(access, "synthese-medicale", texts={"vigilance": "Chutes répétées."}, stances=said)
    assert writing.preview(access, uuid).composed.faults == ()
    document = documents.read(access, signed(access, uuid)).document
    assert document is not None
    assert {each.label for each in document.problems if not each.negated} >= {"Diabète de type 2"}
    assert [each.code for each in document.procedures] == ["no-procedure-info"]
    assert [each.code for each in document.devices] == ["no-known-devices"]
    assert [each.label for each in document.vaccinations] == ["Vaccin contre la grippe"]
    assert not document.conformance.anomalies


ANKLE = {
    "modalite": "MED-1126", "region": "361292008", "cote": "24028007", "informe": "oui", "urgence": "appui impossible",
    "justification": "Entorse de la cheville droite, critères d’Ottawa positifs : fracture ?", "rappel": "oui",
    "contre_indications": "77386006",
}  # fmt: skip


def test_an_imaging_request_says_what_where_and_why_in_code(cast: Cast, key: Key) -> None:
    access = key(cast.claire)
    uuid = written(access, "demande-imagerie", texts=ANKLE, stances={"chirurgicaux": "aucune"})
    assert writing.preview(access, uuid).composed.faults == ()
    document = documents.read(access, signed(access, uuid)).document
    assert document is not None
    (asked,) = document.plan
    assert asked.code == "MED-1126"
    assert asked.sites[0].code == "361292008"
    assert [value.code for _, value in asked.sites[0].qualifiers] == ["24028007"]
    assert asked.priority is not None
    assert asked.priority.text == "appui impossible"
    said = {each.code: each.value_text or "" for each in document.results}
    assert "Diabète de type 2" in said["11348-0"]
    assert said["47519-4"].startswith("Rien de connu, demandé le")
    assert [each.value_code for each in document.results if each.code == "64100-1"] == ["77386006"]
    assert document.acts[0].id
    assert not document.conformance.anomalies


@pytest.mark.parametrize("wrong", [{"modalite": "PT"}, {"region": "12345"}, {"contre_indications": "77386006\nfaux"}])
def test_a_code_outside_its_value_set_is_refused(wrong: dict[str, str], cast: Cast, key: Key) -> None:
    access = key(cast.claire)
    uuid = written(access, "demande-imagerie", texts=ANKLE | wrong, stances={"chirurgicaux": "aucune"})
    assert {(next(iter(wrong)), "E-RED-15")} <= faults(access, uuid)
    with pytest.raises(writing.NotReady):
        signed(access, uuid)
    rewritten(access, uuid, texts=ANKLE)
    assert signed(access, uuid)


def test_some_documents_want_a_qualified_identity(cast: Cast, key: Key) -> None:
    access = key(cast.claire, world.follow(making.patient("PROVISOIRE"), cast))
    letter = dataclasses.replace(writing.definition.letters()[LETTER], identite_qualifiee=True)
    (fault,) = of_identity(patients.identity(access), letter)
    assert fault.code == "E-RED-09"
    assert not list(of_identity(patients.identity(key(cast.claire)), letter)), "the patient of the fixture is qualified"


def allergy(access: Access, label: str, *, negated: bool = False, written_at: str) -> None:
    said = Statement(label=label, negated=negated)
    making.file(access.patient_id, making.stated("allergy", said, written_at=written_at))


def test_an_allergy_that_came_since_the_draft_was_begun_is_not_left_out(
    cast: Cast, key: Key, followed: Access, to_karim: dict[str, Any]
) -> None:
    access = key(cast.claire)
    uuid = written(access, **to_karim)
    assert writing.preview(access, uuid).is_ready
    allergy(followed, "Iode", written_at="2026-03-05")
    assert ("allergies", "E-RED-16") in faults(access, uuid)
    known = writing.facts.of_record(access)["allergies"]
    ticks = (*writing.read(access, uuid).content.ticks, *(each.key for each in known))
    rewritten(access, uuid, texts={}, ticks=ticks)
    assert not faults(access, uuid)


@pytest.mark.parametrize(("first", "then"), [(True, False), (False, True)])
def test_an_allergy_denied_by_one_document_and_stated_by_another_is_two_facts(
    cast: Cast, key: Key, followed: Access, to_karim: dict[str, Any], first: bool, then: bool
) -> None:
    """One tick for both would write the older of the two in place of what was ticked: « absence de »."""
    allergy(followed, "Iode", negated=first, written_at="2020-01-02")
    allergy(followed, "Iode", negated=then, written_at="2026-03-05")
    access = key(cast.claire)
    uuid = written(access, **to_karim)
    said = next(
        each.text
        for each in writing.preview(access, uuid).composed.document.sections
        if each.title == "Allergies et intolérances"
    )
    assert sorted(line.partition(" (")[0] for line in said.split("\n") if "Iode" in line) == [
        "– Absence de\u202f: Iode", "– Iode",
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "is_offered"), [("no-known-problems", True), ("no-problem-info", False)])
def test_what_nobody_told_is_no_fact_of_a_letter(
    cast: Cast, key: Key, followed: Access, code: str, is_offered: bool
) -> None:
    said = Statement(label="Problèmes", code=code, system="2.16.840.1.113883.5.1150.1", absent=True)
    making.file(followed.patient_id, making.stated("problem", said))
    texts = [each.text for facts in writing.facts.of_record(key(cast.claire)).values() for each in facts]
    assert ("Problèmes" in texts) is is_offered


def test_a_fact_said_in_the_night_keeps_its_day(cast: Cast, key: Key, followed: Access) -> None:
    allergy(followed, "Iode", written_at="2026-07-02T00:30:00+02:00")
    (fact,) = (each for each in writing.facts.of_record(key(cast.claire))["allergies"] if each.text == "Iode")
    assert fact.origin == "Lettre de consultation, 02/07/2026"


def test_the_symbol_is_not_printed_of_a_matricule_that_the_patient_no_longer_bears(cast: Cast, key: Key) -> None:
    """A structured document has no page of its own: its paper is made on the day when it is handed over."""
    access = key(cast.claire)
    uuid = written(access, "demande-imagerie", texts=ANKLE, stances={"chirurgicaux": "aucune"})
    document = signed(access, uuid)
    before = patients.identity(access)
    assert datamatrix.read_picture(page_pictures(writing.paper(access, document).data)[0]).ins == before.line.ins
    patients.lose_ins(access, reason="INSi ne confirme plus", keeps_control=True)
    other = matricule(sex=before.line.sex, birth_date=before.line.birth_date, birth_place_code="38185", order=987)
    strict = patients.StrictTraits(
        birth_family_name=before.line.birth_family_name, birth_given_names=before.line.birth_given_names,
        first_birth_given_name=before.line.first_birth_given_name, birth_date=before.line.birth_date,
        sex=before.line.sex, birth_place_code=before.birth_place_code,
    )  # fmt: skip
    answer = patients.InsiAnswer(ins=other, ins_oid=before.ins_oid or "", traits=strict)
    patients.qualify(access, reason="INSi a répondu", answer=answer)
    assert patients.identity(access).line.ins == other != before.line.ins
    with pytest.raises(Refused):
        datamatrix.read_picture(page_pictures(writing.paper(access, document).data)[0])


def test_an_identity_whose_symbol_cannot_be_printed_says_why(
    cast: Cast, key: Key, followed: Access, to_karim: dict[str, Any]
) -> None:
    Patient.objects.filter(pk=followed.patient_id).update(sex=Patient.Sex.UNKNOWN)
    uuid = written(key(cast.claire), **to_karim)
    assert ("signature", "E-DMX-02") in faults(key(cast.claire), uuid)
    assert banner(key(cast.claire)).symbol is None, "it would say a sex that nobody gave"


def identified(access: Access, first: UUID) -> documents.Filed:
    """What the qualification of the identity makes of a letter that waits for the DMP."""
    former = documents.read(access, first)
    what = making.filing(
        source="redaction", replaces=former.unique_id, version_number=2, type_code=former.type_code,
        author_national_id=access.actor.national_id,
    )  # fmt: skip
    return making.file(access.patient_id, what)


def test_a_correction_begun_before_the_identity_was_qualified_goes_on_from_the_version_in_force(
    cast: Cast, key: Key, to_karim: dict[str, Any]
) -> None:
    access = key(cast.claire)
    first = signed(access, written(access, **to_karim))
    begun = rewritten(access, writing.correct(access, first), texts={"motif": "Avis rhumatologique."})
    again = identified(access, first)
    with pytest.raises(UserMessage) as refusal:
        signed(access, begun)
    assert refusal.value.code == "E-RED-05"
    assert writing.correct(access, again.uuid) == begun, "nothing typed is lost"
    view = documents.read(access, signed(access, begun))
    assert (view.version_number, view.status) == (3, "current")
    assert making.status_of(again) == "replaced"


@pytest.mark.django_db(transaction=True)
def test_a_correction_signed_while_another_version_is_being_filed_waits_and_is_refused(
    cast: Cast, key: Key, to_karim: dict[str, Any]
) -> None:
    access = key(cast.claire)
    first = signed(access, written(access, **to_karim))
    begun = rewritten(access, writing.correct(access, first), texts={"motif": "Avis rhumatologique."})
    said: list[str] = []

    def sign() -> None:
        try:
            signed(key(cast.claire), begun)
        except UserMessage as refusal:
            said.append(refusal.code)
        connection.close()

    other = threading.Thread(target=sign)
    with transaction.atomic():
        documents.hold_versions(access)
        again = identified(access, first)
        other.start()
        other.join(timeout=3)
        assert other.is_alive(), "it waits"
    other.join(timeout=30)
    assert said == ["E-RED-05"]
    assert [each.status for each in documents.read(access, again.uuid).versions] == ["replaced", "current"]


def test_a_recipient_who_left_is_said_before_the_letter_is_signed_without_them(
    cast: Cast, key: Key, to_karim: dict[str, Any]
) -> None:
    access = key(cast.claire)
    chosen = (*to_karim["recipients"], f"p{cast.nadia.professional_id}")
    uuid = written(access, **to_karim | {"recipients": chosen})
    assert not faults(access, uuid)
    Professional.objects.filter(pk=cast.nadia.professional_id).update(is_active=False)
    assert faults(access, uuid) == {("destinataires", "E-RED-18")}
    rewritten(access, uuid, texts={}, **to_karim)
    assert not faults(access, uuid)
