"""Departures from the national rules: each is said by its code, none is refused."""

from __future__ import annotations

import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.formats.cda import attachments, conformance, read
from maillon.formats.cda.conformance import matricule_is_sound
from maillon.formats.cda.read import read_cda
from tests.formats.cda.documents import BIRTHPLACE, HEADER, INS, LOINC, cda, comment, observation, quantity, section


def codes(data: bytes, **options: frozenset[str]) -> set[str]:
    return {one.code for one in read_cda(data, **options).conformance.anomalies}


def without(part: str, piece: str, by: str = "") -> dict[str, str]:
    assert piece in HEADER[part]
    return {part: HEADER[part].replace(piece, by)}


def test_a_sound_document_has_no_anomaly() -> None:
    sound = cda(
        section(observation(quantity("12.4", "g/dL"), more=comment("#n")), text='<content ID="n">Note</content>')
    )
    assert codes(sound) == set()


@pytest.mark.parametrize(
    ("code", "header"),
    [
        ("C-01", without("realm", 'code="FR"', 'code="US"')),
        ("C-02", without("realm", "POCD_HD000040")),
        ("C-03", {"templates": ""}),
        ("C-04", {"id": ""}),
        ("C-05", {"code": '<code nullFlavor="UNK"/>'}),
        ("C-07", {"title": "<title> </title>"}),
        ("C-08", {"time": '<effectiveTime value="20261399"/>'}),
        ("C-09", {"time": '<effectiveTime value="20260312"/>'}),
        ("C-09", {"time": '<effectiveTime value="202603121130"/>'}),
        ("C-10", {"confidentiality": '<confidentialityCode code="Z"/>'}),
        ("C-11", {"language": '<languageCode code="fr"/>'}),
        ("C-12", without("version", '<setId root="1.2.250.1.999.1" extension="SERIE-1"/>')),
        ("C-13", without("version", 'value="2"', 'value="-1"')),
        ("C-14", {"patient": HEADER["patient"] * 2}),
        ("C-15", without("patient", INS, INS + INS.replace("279035121518989", "277076322082910"))),
        ("C-16", without("patient", "279035121518989", "279035121518988")),
        ("C-17", without("patient", BIRTHPLACE)),
        ("C-17", without("patient", '<given qualifier="BR">DOMINIQUE</given>')),
        ("C-18", {"patient": re.sub(r"<id .*?/>", "", HEADER["patient"])}),
        ("C-19", without("patient", '<family qualifier="CL">', "<family>")),
        ("C-20", {"author": ""}),
        ("C-21", without("author", '<id root="1.2.250.1.71.4.2.1" extension="899000000110"/>')),
        ("C-22", without("author", "899000000110", "n° 12")),
        ("C-23", {"custodian": ""}),
        ("C-24", {"signature": ""}),
        ("C-25", without("author", "<prefix>MME</prefix>", "<prefix>Madame</prefix>")),
        ("C-26", {"act": ""}),
        ("C-27", {"act": re.sub(r"<performer.*</performer>", "", HEADER["act"])}),
        ("C-28", {"encounter": ""}),
        ("C-33", without("act", "20260312112000", "20250312112000")),
        ("C-37", without("patient", '<family qualifier="CL">', '<family qualifier="SP">')),
    ],
)
def test_each_departure_of_the_header_has_its_code(code: str, header: dict[str, str]) -> None:
    assert code in codes(cda(**header))


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("C-30", section(observation(quantity("1", "g"), more=comment("#perdu")))),
        ("C-31", section(observation(quantity("1", "g"), time='<effectiveTime value="hier"/>'))),
        ("C-31", section(observation(quantity("1", "g"), time='<effectiveTime value="20260312101500+100"/>'))),
        ("C-32", section(observation(quantity("1", "g"), time='<effectiveTime value="20260312101500"/>'))),
        ("C-34", section(observation('<value xsi:type="PQ" value="1" unit="g" nullFlavor="UNK"/>'))),
        ("C-35", section(observation(quantity("1", "UI/L")))),
        ("C-35", section(observation(quantity("1", "µg/L")))),
        ("C-36", section(observation(quantity("1,2", "g")))),
        ("C-38", section(text='<content ID="a">Un</content><content ID="a">Deux</content>')),
    ],
)
def test_each_departure_of_the_body_has_its_code(code: str, body: str) -> None:
    assert code in codes(cda(body))


def test_a_type_out_of_the_known_ones_is_said_only_when_they_are_known() -> None:
    assert "C-06" in codes(cda(), known_types=frozenset({"11502-2"}))
    assert "C-06" not in codes(cda(), known_types=frozenset({"34133-9"}))
    assert "C-06" not in codes(cda())


UCUM = [
    "g/L",
    "mm[Hg]",
    "10*9/L",
    "%",
    "ug/mL",
    "mmol/L",
    "{pack}/a",
    "m[IU]/L",
    "/mL",
    "Cel",
    "kg/m2",
    "[IU]/L",
    "mL/min/{1.73_m2}",
    "fL",
    "10*3/uL",
    "1",
    "meq/L",
    "{score}",
]


@pytest.mark.parametrize("unit", UCUM)
def test_units_of_ucum_are_accepted(unit: str) -> None:
    assert "C-35" not in codes(cda(section(observation(quantity("1", unit)))))


@pytest.mark.parametrize("matricule", ["279035121518989", "277076322082910"])
def test_official_test_matricules_are_sound(matricule: str) -> None:
    assert matricule_is_sound(matricule)


@pytest.mark.parametrize("matricule", ["", "253097812634581", "288091234567823", "2790351215189", "27903512151898X"])
def test_wrong_matricules_are_not(matricule: str) -> None:
    assert not matricule_is_sound(matricule)


@pytest.mark.parametrize(("department", "counted"), [("2A", "19"), ("2B", "18")])
def test_corsican_matricules_count_their_letter_as_a_number(department: str, counted: str) -> None:
    number = f"17903{department}004123"
    key = 97 - int(number.replace(department, counted)) % 97
    assert matricule_is_sound(f"{number}{key:02d}")


@given(st.text(max_size=16))
def test_any_text_may_be_asked_for_its_key(text: str) -> None:
    assert matricule_is_sound(text) in (True, False)


def test_every_code_and_message_is_french_and_stable() -> None:
    source = "".join(inspect.getsource(module) for module in (conformance, attachments, read))
    said = set(re.findall(r'"(C-\d\d)"', source))
    assert said == {f"C-{number:02d}" for number in range(1, 47)}


def test_messages_carry_nothing_of_the_patient() -> None:
    document = read_cda(cda(**without("patient", "279035121518989", "279035121518988")))
    said = " ".join(one.message for one in document.conformance.anomalies)
    assert "PAT-TROIS" not in said
    assert "2790351" not in said
    assert LOINC not in said
