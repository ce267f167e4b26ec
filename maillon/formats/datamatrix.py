"""The INS datamatrix: what is printed in it, its picture, and what a reader or a photograph of it says.

Source: spécification du datamatrix INS (ANS, v2.2 of 26/09/2023). A header of 26 characters (`IS`, version `01`, 22
zeros), then S1 matricule, S2 OID, S3 birth given names, S4 birth family name, S5 sex, S6 birth date, S7 birth place
(COG, optional). S2, S3 and S4 end with GS (ASCII 29) when they are shorter than their greatest length.
A symbol is printed for a qualified identity only (RNIV); reading one collects traits and verifies nothing.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from typing import Final, Literal, cast

import zxingcpp
from PIL import Image
from ppf.datamatrix import DataMatrix

from maillon.formats.cda.write_rules import INS_ROOTS, key_is_right
from maillon.formats.document import PatientTraits
from maillon.formats.refusal import Refused

Modules = tuple[tuple[bool, ...], ...]  # rows of black (True) and white squares, without the quiet zone

QUALIFIED: Final = "QUAL"
LABEL: Final = "INS à scanner"
QUIET_ZONE: Final = 2  # modules of white all around: ISO/IEC 16022 asks for one at least

MAX_SCAN: Final = 600  # characters; the longest lawful message has 296
MAX_PICTURE_BYTES: Final = 20 * 1024 * 1024
MAX_PIXELS: Final = {"JPEG": 60_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}  # a JPEG is opened reduced
_WORKING_SIDE: Final = 2200  # pixels: enough for a symbol that fills a twentieth of the photograph

_HEADER: Final = "IS01" + "0" * 22
_GS: Final = "\x1d"
_GREATEST: Final = {"S2": 20, "S3": 100, "S4": 100}
_SEXES: Final = {"F": "F", "M": "M", "I": "UN"}
_INS_NAME: Final = re.compile(r"[A-Z](?:[A-Z' -]*[A-Z'])?", re.ASCII)

# INS names hold no digit: the marks S3 to S5 are found even where a keyboard reader has swallowed the separators.
_MESSAGE: Final = re.compile(
    r"IS(?P<version>\d\d)(?P<reserve>[0-9A-Z]{22})"
    r"S1(?P<ins>[0-9AB]{15})\x1d?"
    r"S2(?P<oid>[0-9.]{1,20})\x1d?"
    r"S3(?P<given>[^0-9\x1d]{1,100})\x1d?"
    r"S4(?P<family>[^0-9\x1d]{1,100})\x1d?"
    r"S5(?P<sex>[A-Z])\x1d?"
    r"S6(?P<day>\d\d)-(?P<month>\d\d)-(?P<year>\d{4})\x1d?"
    r"(?:S7(?P<place>[0-9AB]{5}))?\x1d?",
    re.ASCII,
)
_STARTS: Final = re.compile(r"IS[0-9]{2}[0-9A-Z]{6}|IS[àÀ0]&[àÀ]{6}", re.IGNORECASE)

# How readers and browsers write the separator when they do not send the character itself.
_ESCAPED_GS: Final = re.compile(r"<GS>|\{GS\}|\[GS\]|\(GS\)|\\x1D|\\u001D|\\035|%1D|␝|\^\]", re.IGNORECASE)
# A reader set for an American keyboard on a French computer: what was meant under what was received.
_FRENCH_KEYS: Final = str.maketrans(
    {**dict(zip("à&é\"'(-è_ç", "0123456789", strict=True)), ":": ".", ")": "-", "ù": "'", "?": "M"}
    | dict(zip("QAWZqawz", "AQZWAQZW", strict=True))
)


def message(traits: PatientTraits, *, identity_status: str | None) -> str:
    """What the symbol of this patient says. Refuses (E-DMX-01) any identity that is not qualified, and (E-DMX-02)
    traits that are incomplete or written otherwise than INSi does."""
    if identity_status != QUALIFIED:
        raise Refused("E-DMX-01", "Le datamatrix INS n’est imprimé que pour une identité qualifiée.")
    _refuse_unfit(traits)
    year, month, day = (traits.birth_date or "").split("-")
    fields = (
        ("S1", traits.ins),
        ("S2", traits.ins_oid),
        ("S3", traits.birth_given_names),
        ("S4", traits.birth_family_name),
        ("S5", traits.sex),
        ("S6", f"{day}-{month}-{year}"),
        ("S7", traits.birth_place_code),
    )
    return _HEADER + "".join(_field(mark, value) for mark, value in fields if value)


def _refuse_unfit(traits: PatientTraits) -> None:
    names = (traits.birth_family_name, traits.birth_given_names)
    is_fit = (
        key_is_right(traits.ins or "")
        and traits.ins_oid in INS_ROOTS
        and all(_INS_NAME.fullmatch(name or "") and len(name or "") <= 100 for name in names)
        and traits.sex in ("F", "M")
        and _is_day(traits.birth_date or "")
        and re.fullmatch(r"\d[0-9AB]\d{3}", traits.birth_place_code or "00000")
    )
    if not is_fit:
        raise Refused(
            "E-DMX-02",
            "Les traits de l’identité ne permettent pas d’imprimer le datamatrix INS\u202f: l’un d’eux manque ou "
            "n’est pas écrit comme le téléservice INSi l’écrit.",
        )


def _is_day(iso: str) -> bool:
    try:
        return len(iso) == 10 and bool(dt.date.fromisoformat(iso))
    except ValueError:
        return False


def _field(mark: str, value: str) -> str:
    return mark + value + (_GS if len(value) < _GREATEST.get(mark, 0) else "")


def modules(text: str) -> Modules:
    """The square ECC 200 symbol of a message."""
    return tuple(tuple(bool(square) for square in row) for row in DataMatrix(text, rect=False).matrix)


def svg(squares: Modules, *, title: str = LABEL) -> str:
    """The symbol and its quiet zone, as a picture without size: the page gives it one (18 mm reads well)."""
    side = len(squares) + 2 * QUIET_ZONE
    drawn = "".join(f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{length}v1h-{length}z" for x, y, length in _runs(squares))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" '
        f'shape-rendering="crispEdges"><title>{title}</title>'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path fill="#000" d="{drawn}"/></svg>'
    )


def _runs(squares: Modules) -> Iterator[tuple[int, int, int]]:
    """(x, y, length) of each stretch of black squares."""
    for y, row in enumerate(squares):
        start = None
        for x, black in enumerate((*row, False)):
            if black and start is None:
                start = x
            elif not black and start is not None:
                yield start, y, x - start
                start = None


def png(squares: Modules, *, pixels_per_module: int = 8) -> bytes:
    side = len(squares) + 2 * QUIET_ZONE
    picture = Image.new("1", (side, side), 1)
    for y, row in enumerate(squares):
        for x, black in enumerate(row):
            if black:
                picture.putpixel((x + QUIET_ZONE, y + QUIET_ZONE), 0)
    out = io.BytesIO()
    size = (side * pixels_per_module, side * pixels_per_module)
    picture.resize(size, Image.Resampling.NEAREST).save(out, "PNG", optimize=True)
    return out.getvalue()


def is_scan(text: str) -> bool:
    """Whether a text typed into a field is the scan of an INS datamatrix rather than a name being looked for."""
    return _STARTS.match(text.strip()) is not None


def read_scan(text: str) -> PatientTraits:
    """What a scanner has typed. Refused: E-DMX-03 no INS datamatrix, E-DMX-04 another version, E-DMX-05 an impossible
    value. `first_birth_given_name` stays None: the list of given names does not say where the first one ends."""
    plain = _plain(text)
    found = _MESSAGE.fullmatch(plain)
    if found is None:
        if re.match(r"IS(?!01)\d\d[0-9A-Z]{22}", plain):
            raise Refused("E-DMX-04", "Ce datamatrix INS est d’une version que le logiciel ne connaît pas.")
        raise Refused(
            "E-DMX-03",
            "Ce qui a été lu n’est pas un datamatrix INS complet\u202f: recommencez la lecture, "
            "ou saisissez l’identité.",
        )
    if found["version"] != "01":
        raise Refused("E-DMX-04", "Ce datamatrix INS est d’une version que le logiciel ne connaît pas.")
    traits = PatientTraits(
        ins=found["ins"],
        ins_oid=found["oid"],
        birth_given_names=found["given"].strip(),
        birth_family_name=found["family"].strip(),
        sex=cast('Literal["F", "M", "UN"] | None', _SEXES.get(found["sex"])),
        birth_date=f"{found['year']}-{found['month']}-{found['day']}",
        birth_place_code=found["place"],
    )
    _refuse_impossible(traits)
    return traits


def _plain(text: str) -> str:
    """The message as it was encoded: without the ends that a reader adds, separators as themselves, upper case."""
    if len(text) > MAX_SCAN:
        raise Refused("E-DMX-03", "Ce qui a été lu est trop long pour un datamatrix INS.")
    meant = text.strip(" \t\r\n")
    if re.match(r"is[àÀ]&", meant, re.IGNORECASE):
        meant = meant.translate(_FRENCH_KEYS)
    return _ESCAPED_GS.sub(_GS, meant).upper()


def _refuse_impossible(traits: PatientTraits) -> None:
    names = (traits.birth_given_names, traits.birth_family_name)
    for wrong, what in (
        (traits.ins_oid not in INS_ROOTS, "l’OID n’est pas celui d’un matricule INS"),
        (not key_is_right(traits.ins or ""), "la clé du matricule est fausse"),
        (any(not _INS_NAME.fullmatch(name or "") for name in names), "un nom ne s’écrit pas ainsi"),
        (traits.sex is None, "le sexe n’est pas reconnu"),
        (not _is_day(traits.birth_date or ""), "la date de naissance n’existe pas"),
    ):
        if wrong:
            raise Refused("E-DMX-05", f"Le datamatrix INS est altéré\u202f: {what}. Recommencez la lecture.")


def read_picture(data: bytes) -> PatientTraits:
    """The one INS datamatrix of a photograph (JPEG, PNG, WebP). Refused: E-DMX-06 no usable picture, E-DMX-07 no INS
    datamatrix in it, E-DMX-08 several people's, and whatever `read_scan` refuses."""
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.DataMatrix)
    said = {symbol.bytes.decode("latin-1") for symbol in zxingcpp.read_barcodes(_grey(data), formats=formats)}
    scans = {text for text in said if is_scan(text)}
    if not scans:
        raise Refused(
            "E-DMX-07",
            "Aucun datamatrix INS n’a été trouvé sur l’image\u202f: approchez l’appareil, à plat et sans reflet.",
        )
    if len(scans) > 1:
        raise Refused("E-DMX-08", "L’image montre le datamatrix INS de plusieurs personnes\u202f: n’en cadrez qu’un.")
    return read_scan(scans.pop())


def _grey(data: bytes) -> Image.Image:
    refused = Refused("E-DMX-06", "L’image est illisible, trop grande, ou d’un format autre que JPEG, PNG et WebP.")
    if not data or len(data) > MAX_PICTURE_BYTES:
        raise refused
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > MAX_PIXELS[picture.format or ""]:
                raise refused
            picture.draft("L", (_WORKING_SIDE, _WORKING_SIDE))
            grey = _on_white(picture)
    except (OSError, ValueError, KeyError, SyntaxError, Image.DecompressionBombError):  # a broken file
        raise refused from None
    if max(grey.size) > _WORKING_SIDE * 2:
        grey.thumbnail((_WORKING_SIDE * 2, _WORKING_SIDE * 2))
    return grey


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        ground = Image.new("RGBA", seen.size, "white")
        return Image.alpha_composite(ground, seen).convert("L")
    return picture.convert("L")
