"""Files in the shape of the public base of medicines, that we wrote: no line of the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from maillon.formats.bdpm import COMPONENTS, PRESENTATIONS, SPECIALITIES, read_base
from maillon.formats.refusal import Refused

FOLDER = Path(__file__).resolve().parents[1] / "prescribing" / "bdpm"
FILES = {name: (FOLDER / name).read_bytes() for name in (SPECIALITIES, COMPONENTS, PRESENTATIONS)}


def test_the_three_files_are_joined_whatever_their_encoding() -> None:
    base = read_base(FILES)
    assert list(base.specialities) == ["60000001", "60000002", "60000003", "60000004"]
    codeine = base.specialities["60000002"]
    assert codeine.name.startswith("PARALGINE CODÉINE")
    assert codeine.substances == ["PARACÉTAMOL", "CODÉINE"]  # the fraction, not its salt
    assert codeine.cips == ["3400930000028", "3000002"]
    assert base.specialities["60000003"].substances == ["CHLORHYDRATE DE METFORMINE"]
    assert not base.specialities["60000004"].is_marketed
    assert base.orphans == 1  # a component of no speciality: said, not refused
    in_utf8 = {name: data.decode("cp1252").encode() if name != PRESENTATIONS else data for name, data in FILES.items()}
    assert read_base(in_utf8) == base


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "said"),
    [
        (SPECIALITIES, b"60000002\t", b"6000000X\t", "E-MED-02", "CIS_bdpm.txt, ligne 2\u202f: code CIS"),
        (
            SPECIALITIES,
            b"60000002\t",
            b"60000001\t",
            "E-MED-02",
            "ligne 2\u202f: la spécialité 60000001 figure deux fois",
        ),
        (SPECIALITIES, b"\tNon\r\n60000002", b"\r\n60000002", "E-MED-02", "ligne 1\u202f: au moins 12 colonnes"),
        (COMPONENTS, b"\tFT\t", b"\tXX\t", "E-MED-02", "CIS_COMPO_bdpm.txt, ligne 4\u202f: SA ou FT"),
        (PRESENTATIONS, b"3400930000028", b"340093000", "E-MED-02", "CIS_CIP_bdpm.txt, ligne 2\u202f: code CIP"),
        (SPECIALITIES, b"PARALGINE 1000", b"\x81\x8d\x00", "E-MED-03", "ni en UTF-8 ni en Windows-1252"),
    ],
)
def test_a_faulty_line_is_refused_with_its_file_and_number(
    name: str, old: bytes, new: bytes, code: str, said: str
) -> None:
    assert old in FILES[name]
    with pytest.raises(Refused) as refusal:
        read_base(FILES | {name: FILES[name].replace(old, new, 1)})
    assert refusal.value.code == code
    assert said in refusal.value.message


def test_a_missing_file_is_named() -> None:
    with pytest.raises(Refused, match="E-MED-01") as refusal:
        read_base({SPECIALITIES: FILES[SPECIALITIES]})
    assert COMPONENTS in refusal.value.message
