"""The INS datamatrix read from a paper: it opens a record, sets two identities side by side, or creates a patient."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from maillon.access.models import CareTeamMembership, JournalEntry
from maillon.formats import datamatrix
from maillon.formats.document import PatientTraits
from maillon.patients import api as patients
from maillon.patients.models import Patient
from simulators.people import INS_TEST_OID
from tests.conftest import Cast
from tests.web import world
from tests.web.conftest import Record


def code_of(key: str, **changed: Any) -> str:
    """What the paper of somebody of the territory says."""
    known = world.person(key)
    said: dict[str, Any] = {
        "ins": known.ins,
        "ins_oid": INS_TEST_OID,
        "birth_family_name": patients.fold(known.birth_family_name),
        "birth_given_names": patients.fold(known.birth_given_names),
        "birth_date": known.birth_date.isoformat(),
        "sex": known.sex,
        "birth_place_code": known.birth_place_code,
    }
    return datamatrix.message(PatientTraits(**(said | changed)), identity_status="QUAL")


def unknown_code() -> str:
    return code_of(next(each.key for each in world.territory().patients if each.ins and each.key != "diabete"))


def photograph(code: str) -> SimpleUploadedFile:
    picture = datamatrix.png(datamatrix.modules(code))
    return SimpleUploadedFile("IMG_0001.png", picture, content_type="image/png")


@pytest.mark.parametrize("separator", ["\x1d", "", "<GS>", "^]"])
def test_a_reader_in_any_search_box_opens_the_record(separator: str, claire: Client, record: Record) -> None:
    code = code_of("diabete").replace("\x1d", separator)
    answer = claire.post("/patients", {"q": code})
    assert answer.headers["Location"] == record.page("chronologie")
    live = claire.post("/patients", {"q": code}, headers={"HX-Request": "true"})
    assert live.headers["HX-Redirect"] == record.page("chronologie")


def test_a_code_is_never_looked_for_as_a_name(claire: Client, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    from maillon.web.views import search

    monkeypatch.setattr(search.access_room, "search_patients", lambda *_, **__: pytest.fail("searched as a name"))
    half = code_of("diabete")[:60]
    assert claire.post("/patients", {"q": half}, headers={"HX-Request": "true"}).status_code == 204
    whole = claire.post("/patients", {"q": half})
    assert whole.status_code == 422
    assert "n’est pas un datamatrix INS complet" in whole.content.decode()


def test_a_photograph_opens_the_record(claire: Client, record: Record) -> None:
    answer = claire.post("/patients/scan", {"photo": photograph(code_of("diabete"))})
    assert answer.headers["Location"] == record.page("chronologie")


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_a_picture_without_a_code_says_what_to_do(data: bytes, claire: Client) -> None:
    sent = SimpleUploadedFile("x.png", data, content_type="image/png")
    answer = claire.post("/patients/scan", {"photo": sent})
    assert answer.status_code == 422
    assert "E-DMX-06" in answer.content.decode()
    assert claire.post("/patients/scan", {"lu": " "}).status_code == 422


def test_another_identity_with_this_number_is_shown_side_by_side(claire: Client, record: Record) -> None:
    code = code_of("diabete", birth_family_name="AUTREMENT")
    page = claire.post("/patients", {"q": code}).content.decode()
    assert "ne disent pas la même chose" in page
    assert "AUTREMENT" in page
    assert world.person("diabete").birth_family_name in page
    assert 'class="differs"' in page
    assert f'href="{record.page("chronologie")}"' in page, "the person decides"


def test_an_unknown_patient_is_created_provisional_and_followed(claire: Client, cast: Cast) -> None:
    code = unknown_code()
    page = claire.post("/patients/scan", {"lu": code}).content.decode()
    assert "Aucun patient suivi" in page
    hidden = html.unescape(re.findall(r'type="hidden" name="lu" value="([^"]*)"', page)[0])
    answer = claire.post("/patients/scan/creer", {"lu": hidden})
    assert answer.status_code == 302
    (patient,) = Patient.objects.all()
    assert patient.identity_status == patients.IdentityStatus.PROVISIONAL
    assert patient.ins is None, "a datamatrix collects, it verifies nothing"
    assert CareTeamMembership.objects.get(patient=patient).structure_id == cast.tilleuls_id
    assert JournalEntry.objects.filter(patient_id=patient.pk, action="create").exists()
    assert claire.get(answer.headers["Location"]).status_code == 200
    again = claire.post("/patients/scan/creer", {"lu": hidden})
    assert again.headers["Location"] == answer.headers["Location"], "twice is once"
    seen = claire.post("/patients", {"q": code}).content.decode()
    assert "n’a pas ce matricule vérifié" in seen, "found by the number received, never taken for a verified one"


def test_somebody_else_s_patient_leaves_no_trace(paul: Client, record: Record) -> None:
    """Whether the patient exists elsewhere or nowhere, the answer is the same."""
    known = paul.post("/patients/scan", {"lu": code_of("diabete")}).content.decode()
    before = Patient.objects.count()
    Patient.objects.filter(uuid=record.uuid).update(birth_family_name="TOUTAUTRE", norm_family="TOUTAUTRE", ins=None,
                                                    ins_oid=None, identity_status="PROV")  # fmt: skip
    absent = paul.post("/patients/scan", {"lu": code_of("diabete")}).content.decode()
    token = re.compile(r'value="[A-Za-z0-9]{64}"')
    assert token.sub("", known) == token.sub("", absent)
    assert Patient.objects.count() == before


@pytest.mark.parametrize(
    ("changed", "code"), [({"ins_oid": "1.2.250.1.213.1.4.8"}, "environnement"), ({}, "provisoire")]
)
def test_a_real_number_creates_nobody_among_test_people(changed: dict[str, str], code: str, claire: Client) -> None:
    text = code_of("diabete", **changed)
    assert code in claire.post("/patients/scan", {"lu": text}).content.decode()
    answer = claire.post("/patients/scan/creer", {"lu": text})
    assert (answer.status_code == 422) is bool(changed)
    assert Patient.objects.exists() is not bool(changed)


def test_a_damaged_code_is_refused(claire: Client) -> None:
    good = code_of("diabete")
    number = world.person("diabete").ins or ""
    wrong_key = good.replace(number, number[:13] + ("00" if number[13:] != "00" else "01"))
    answer = claire.post("/patients/scan", {"lu": wrong_key})
    assert answer.status_code == 422
    assert "E-DMX-05" in answer.content.decode()
    assert claire.post("/patients/scan/creer", {"lu": wrong_key}).status_code == 422


def test_the_symbol_is_drawn_for_a_qualified_identity_only(claire: Client, cast: Cast, record: Record) -> None:
    assert 'class="ins-symbol"' in claire.get(record.page("synthese")).content.decode()
    Patient.objects.filter(uuid=record.uuid).update(identity_status="RECUP")
    assert 'class="ins-symbol"' not in claire.get(record.page("synthese")).content.decode()


def test_a_sex_that_is_not_known_creates_one_patient_and_not_two(claire: Client) -> None:
    code = re.sub(r"S5[FM]", "S5I", unknown_code())
    first = claire.post("/patients/scan/creer", {"lu": code})
    assert first.status_code == 302
    assert claire.post("/patients/scan/creer", {"lu": code}).headers["Location"] == first.headers["Location"]
    assert Patient.objects.count() == 1
