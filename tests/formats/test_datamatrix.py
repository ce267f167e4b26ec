from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from maillon.formats import datamatrix
from maillon.formats.document import PatientTraits
from maillon.formats.refusal import Refused

TRAITS = PatientTraits(
    ins="279035121518989",
    ins_oid="1.2.250.1.213.1.4.10",
    birth_family_name="PAT-TROIS",
    birth_given_names="DOMINIQUE MARIE-LOUISE",
    birth_date="1979-03-28",
    sex="F",
    birth_place_code="51215",
)
AS_SPECIFIED = (
    "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10"
    "S3DOMINIQUE MARIE-LOUISE\x1dS4PAT-TROIS\x1dS5FS628-03-1979S751215"
)
NAMES = st.from_regex(r"[A-Z]([A-Z' -]{0,98}[A-Z'])?", fullmatch=True)


def symbol(traits: PatientTraits = TRAITS) -> datamatrix.Modules:
    return datamatrix.modules(datamatrix.message(traits, identity_status="QUAL"))


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.code


def test_the_message_is_the_one_of_the_specification() -> None:
    assert datamatrix.message(TRAITS, identity_status="QUAL") == AS_SPECIFIED
    assert datamatrix.message(replace(TRAITS, birth_place_code=None), identity_status="QUAL") == AS_SPECIFIED[:-7]


def test_an_oid_of_nineteen_characters_ends_with_a_separator() -> None:
    real = datamatrix.message(replace(TRAITS, ins_oid="1.2.250.1.213.1.4.8"), identity_status="QUAL")
    assert "S21.2.250.1.213.1.4.8\x1dS3" in real


def test_a_name_of_a_hundred_characters_has_no_separator() -> None:
    long = replace(TRAITS, birth_family_name="A" * 100)
    said = datamatrix.message(long, identity_status="QUAL")
    assert f"S4{'A' * 100}S5" in said
    assert datamatrix.read_scan(said) == long


@pytest.mark.parametrize("status", ["PROV", "RECUP", "VALI", "", None])
def test_only_a_qualified_identity_is_printed(status: str | None) -> None:
    with pytest.raises(Refused) as refused:
        datamatrix.message(TRAITS, identity_status=status)
    assert code_of(refused) == "E-DMX-01"


@pytest.mark.parametrize(
    "wrong",
    [
        {"ins": None},
        {"ins": "279035121518988"},
        {"ins_oid": "1.2.250.1.213.1.4.2"},
        {"birth_family_name": None},
        {"birth_family_name": "Noël"},
        {"birth_family_name": "A" * 101},
        {"birth_given_names": "DOMINIQUE\x1dS4FAUX"},
        {"birth_date": "1979-03"},
        {"birth_date": "1979-02-30"},
        {"sex": "UN"},
        {"birth_place_code": "5121"},
    ],
)
def test_traits_that_insi_does_not_write_so_are_refused(wrong: dict[str, str | None]) -> None:
    with pytest.raises(Refused) as refused:
        datamatrix.message(replace(TRAITS, **wrong), identity_status="QUAL")  # type: ignore[arg-type]
    assert code_of(refused) == "E-DMX-02"
    assert "PAT-TROIS" not in str(refused.value)


def test_the_symbol_is_square_with_its_borders() -> None:
    squares = symbol()
    assert {len(row) for row in squares} == {len(squares)}
    assert all(row[0] for row in squares)
    assert all(squares[-1])


def test_a_first_independent_reader_finds_the_exact_bytes() -> None:
    with Image.open(io.BytesIO(datamatrix.png(symbol()))) as picture:
        (found,) = zxingcpp.read_barcodes(picture)
    assert (found.format, found.bytes) == (zxingcpp.BarcodeFormat.DataMatrix, AS_SPECIFIED.encode())


def test_a_second_independent_reader_finds_the_exact_bytes(tmp_path: Path) -> None:
    if shutil.which("dmtxread") is None:
        pytest.skip("dmtxread (paquet Debian dmtx-utils) est absent")
    picture = tmp_path / "ins.png"
    picture.write_bytes(datamatrix.png(symbol()))
    done = subprocess.run(["dmtxread", "-N1", "-m2000", str(picture)], capture_output=True, timeout=60, check=True)
    assert done.stdout == AS_SPECIFIED.encode()


def test_the_drawing_shows_the_same_squares_as_the_picture() -> None:
    squares = symbol()
    side = len(squares) + 2 * datamatrix.QUIET_ZONE
    drawn = datamatrix.svg(squares)
    assert f'viewBox="0 0 {side} {side}"' in drawn
    painted = set()
    for stretch in drawn.partition(' d="M0 0h')[2].partition(' d="M')[2].partition('"')[0].split("z"):
        if stretch:
            place, _, rest = stretch.removeprefix("M").partition("h")
            x, y = (int(one) for one in place.split(" "))
            painted |= {(x + step, y) for step in range(int(rest.partition("v")[0]))}
    assert painted == {
        (x + datamatrix.QUIET_ZONE, y + datamatrix.QUIET_ZONE)
        for y, row in enumerate(squares)
        for x, black in enumerate(row)
        if black
    }


@given(given=NAMES, family=NAMES, oid=st.sampled_from(sorted(datamatrix.INS_ROOTS)), place=st.none() | st.just("2A004"))
@settings(max_examples=60)
def test_any_identity_is_read_back_from_its_picture(given: str, family: str, oid: str, place: str | None) -> None:
    traits = replace(TRAITS, birth_given_names=given, birth_family_name=family, ins_oid=oid, birth_place_code=place)
    assert datamatrix.read_picture(datamatrix.png(symbol(traits), pixels_per_module=4)) == traits


@pytest.mark.parametrize(
    "typed",
    [
        AS_SPECIFIED,
        AS_SPECIFIED + "\r\n",
        AS_SPECIFIED.lower(),
        AS_SPECIFIED.replace("\x1d", ""),  # the browser keeps Ctrl+] for itself
        AS_SPECIFIED.replace("\x1d", "<GS>"),
        AS_SPECIFIED.replace("\x1d", "{GS}"),
        AS_SPECIFIED.replace("\x1d", "\\x1d"),
        AS_SPECIFIED.replace("\x1d", "␝"),
    ],
)
def test_what_keyboard_readers_type_is_understood(typed: str) -> None:
    assert datamatrix.is_scan(typed)
    assert datamatrix.read_scan(typed) == TRAITS


def as_typed_on_a_french_computer(text: str) -> str:
    """What appears when the reader presses the keys of an American keyboard and the computer has a French one."""
    keys = dict(zip("0123456789.-'", "à&é\"'(-è_ç:)ù", strict=True))
    letters = dict(zip("AQZWM", "QAWZ?", strict=True))
    return "".join({**keys, **letters}.get(each, each) for each in text if each != "\x1d")


def test_a_reader_set_for_an_american_keyboard_is_understood() -> None:
    typed = as_typed_on_a_french_computer(AS_SPECIFIED)
    assert typed.startswith("ISà&")
    assert datamatrix.is_scan(typed)
    assert datamatrix.read_scan(typed) == TRAITS


@pytest.mark.parametrize("name", ["ISABELLE", "IS", "DUPONT", "28031979", "279035121518989", ""])
def test_a_name_being_looked_for_is_no_scan(name: str) -> None:
    assert not datamatrix.is_scan(name)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "E-DMX-03"),
        ("A" * 5000, "E-DMX-03"),
        (AS_SPECIFIED[:60], "E-DMX-03"),
        (AS_SPECIFIED[:-3], "E-DMX-03"),
        (AS_SPECIFIED + "S8<script>", "E-DMX-03"),
        (AS_SPECIFIED.replace("IS01", "IS02"), "E-DMX-04"),
        (AS_SPECIFIED.replace("279035121518989", "279035121518988"), "E-DMX-05"),
        (AS_SPECIFIED.replace("4.10", "4.12"), "E-DMX-05"),
        (AS_SPECIFIED.replace("S5F", "S5X"), "E-DMX-05"),
        (AS_SPECIFIED.replace("28-03-1979", "31-02-1979"), "E-DMX-05"),
        (AS_SPECIFIED.replace("PAT-TROIS", "<B>"), "E-DMX-05"),
    ],
)
def test_a_scan_that_is_incomplete_or_impossible_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        datamatrix.read_scan(typed)
    assert code_of(refused) == code
    assert "PAT-TROIS" not in str(refused.value)


def photographed(picture: bytes) -> bytes:
    """Small, turned, unsharp, on a grey page, as a JPEG: what a telephone sees."""
    with Image.open(io.BytesIO(picture)) as symbol_alone:
        grey = symbol_alone.convert("L").rotate(17, expand=True, fillcolor=255)
    page = Image.new("L", (1800, 2400), 215)
    page.paste(grey, (600, 300))
    out = io.BytesIO()
    page.filter(ImageFilter.GaussianBlur(1.2)).save(out, "JPEG", quality=70)
    return out.getvalue()


def test_a_photograph_is_read() -> None:
    assert datamatrix.read_picture(photographed(datamatrix.png(symbol()))) == TRAITS


def test_a_symbol_on_a_transparent_ground_is_read() -> None:
    with Image.open(io.BytesIO(datamatrix.png(symbol()))) as picture:
        seen = picture.convert("RGBA")
    seen.putalpha(seen.convert("L").point(lambda grey: 255 - grey))
    seen.paste((0, 0, 0), (0, 0, *seen.size), Image.new("L", seen.size, 0))
    out = io.BytesIO()
    seen.save(out, "PNG")
    assert datamatrix.read_picture(out.getvalue()) == TRAITS


def side_by_side(*pictures: bytes) -> bytes:
    opened = [Image.open(io.BytesIO(each)).convert("L") for each in pictures]
    page = Image.new("L", (sum(one.width for one in opened) + 100, max(one.height for one in opened) + 100), 255)
    left = 50
    for one in opened:
        page.paste(one, (left, 50))
        left += one.width
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def test_two_people_on_one_picture_are_never_chosen_between() -> None:
    other = datamatrix.png(symbol(replace(TRAITS, birth_given_names="PAUL")))
    with pytest.raises(Refused) as refused:
        datamatrix.read_picture(side_by_side(datamatrix.png(symbol()), other))
    assert code_of(refused) == "E-DMX-08"
    assert datamatrix.read_picture(side_by_side(datamatrix.png(symbol()), datamatrix.png(symbol()))) == TRAITS


def blank(width: int, height: int, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("1" if kind == "PNG" else "L", (width, height)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "E-DMX-06"),
        (b"%PDF-1.4", "E-DMX-06"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "E-DMX-06"),
        (datamatrix.png(symbol())[:200], "E-DMX-06"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "E-DMX-06"),
        (blank(12_000, 12_000), "E-DMX-06"),  # 144 million pixels in a few kilobytes
        (blank(200, 200), "E-DMX-07"),
        (blank(3, 3, "JPEG"), "E-DMX-07"),
        (datamatrix.png(datamatrix.modules("IS01")), "E-DMX-07"),
        (datamatrix.png(datamatrix.modules("PAS UN INS")), "E-DMX-07"),
        (datamatrix.png(datamatrix.modules(AS_SPECIFIED.replace("S5F", "S5Z"))), "E-DMX-05"),
    ],
)
def test_a_picture_that_shows_no_ins_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        datamatrix.read_picture(data)
    assert code_of(refused) == code
