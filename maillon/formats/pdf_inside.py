"""The tasks of `pdf.py` as they run inside the bounded child, and nowhere else."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Iterator

import pikepdf
import pypdf

_TEXT_SECONDS = 1.0  # of processor, so that a long document gives its first pages rather than nothing
_MAX_OBJECTS = 200_000
_MAX_METADATA = 1 << 20

_ACTIONS = frozenset({"/JavaScript", "/Launch", "/GoToE", "/GoToR", "/SubmitForm", "/ImportData", "/RichMediaExecute"})
_KEYS = {
    "/JS": "JavaScript",
    "/JavaScript": "JavaScript",
    "/XFA": "XFA",
    "/EF": "EmbeddedFile",
    "/EmbeddedFiles": "EmbeddedFile",
    "/RichMediaContent": "RichMedia",
}
_SUBTYPES = {"/RichMedia": "RichMedia", "/FileAttachment": "EmbeddedFile"}
# qpdf writes names without their #xx disguise, so that a search tells which objects deserve a closer look.
_SUSPECT = re.compile(
    rb"/(?:JS|JavaScript|XFA|EF|EmbeddedFiles?|RichMedia\w*|FileAttachment|Launch|GoTo[ER]|SubmitForm|ImportData"
    rb"|OpenAction|AA|URI|FontMatrix|F|FFilter)(?![A-Za-z])"
)
_RAW_NAMES = re.compile(rb"/(JavaScript|Launch|GoToE|GoToR|SubmitForm|ImportData|RichMedia|EmbeddedFile)(?![A-Za-z])")
_DISGUISED = re.compile(rb"#([2-7][0-9A-Fa-f])")
_DANGEROUS_URI = re.compile(rb"\s*(?:file:|javascript:|data:|vbscript:|\\\\|//)", re.IGNORECASE)
_REBUILT = ("damaged", "recover", "reconstruct", "xref", "trailer")
_PDFA = re.compile(rb"""pdfaid:part\s*(?:=\s*["']|>)\s*[1-4]""")


def scan(data: bytes, _number: int) -> bytes:
    said: dict[str, object] = {"active": [], "encrypted": False, "pages": 0, "pdfa": False}
    said |= {"locked": False, "unreadable": False}
    try:
        with _opened(data) as pdf:
            active = {name for thing in _suspects(pdf) for name in _active_in(thing)}
            if _was_rebuilt(pdf):  # another reader may find objects that this one did not
                active |= _raw_names(data)
            said |= {"encrypted": pdf.is_encrypted, "pages": len(pdf.pages), "pdfa": _claims_pdfa(pdf)}
            said["active"] = sorted(active)
    except pikepdf.PasswordError:
        said |= {"locked": True, "encrypted": True}
    except pikepdf.PdfError as error:
        if "bad_alloc" in str(error):  # qpdf's word for exhausted memory
            raise MemoryError from None
        said |= {"unreadable": True, "active": sorted(_raw_names(data))}
    return json.dumps(said).encode()


def clean(data: bytes, _number: int) -> bytes:
    with _opened(data) as pdf:
        for thing in list(_suspects(pdf)):
            _disarm(thing)
        written = io.BytesIO()
        pdf.save(written, deterministic_id=True)
    return written.getvalue()


def text(data: bytes, max_chars: int) -> bytes:
    started = time.process_time()
    reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        reader.decrypt("")
    pages: list[str] = []
    for index in range(len(reader.pages)):
        if time.process_time() - started > _TEXT_SECONDS or sum(map(len, pages)) >= max_chars:
            break
        pages.append(_text_of_page(reader, index))
    return "\n".join(pages).replace("\x00", "").encode("utf-8", "replace")


def _text_of_page(reader: pypdf.PdfReader, index: int) -> str:
    try:
        return reader.pages[index].extract_text()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 — one page that cannot be read does not cost the others
        return ""


def _opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data), suppress_warnings=True)


def _suspects(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Dictionaries, nested ones included, of the objects that hold a suspect name."""
    for number, thing in enumerate(pdf.objects):
        if number > _MAX_OBJECTS:
            raise MemoryError
        held = thing.stream_dict if isinstance(thing, pikepdf.Stream) else thing
        if isinstance(held, pikepdf.Dictionary | pikepdf.Array) and _SUSPECT.search(held.unparse(resolved=True)):
            yield from _dictionaries(held)
    yield from _dictionaries(pdf.trailer)


def _dictionaries(top: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Itself and what is written inside it; indirect objects come in their own turn."""
    stack = [top]
    while stack:
        thing = stack.pop()
        if isinstance(thing, pikepdf.Array):
            stack += [each for each in thing if _is_direct_container(each)]
        elif isinstance(thing, pikepdf.Dictionary):
            yield thing
            stack += [each for each in thing.values() if _is_direct_container(each)]


def _is_direct_container(thing: object) -> bool:
    return isinstance(thing, pikepdf.Array | pikepdf.Dictionary) and not thing.is_indirect


def _active_in(thing: pikepdf.Object) -> Iterator[str]:
    action = _name(thing.get("/S"))
    if action in _ACTIONS:
        yield action.removeprefix("/").replace("RichMediaExecute", "RichMedia")
    yield from (called for key, called in _KEYS.items() if key in thing)
    kind = _name(thing.get("/Subtype"))
    if kind in _SUBTYPES:
        yield _SUBTYPES[kind]
    if _name(thing.get("/Type")) == "/EmbeddedFile":
        yield "EmbeddedFile"
    if _is_filled(thing.get("/AA")):
        yield "AA"
    yield from _outward_in(thing)


def _outward_in(thing: pikepdf.Object) -> Iterator[str]:
    if _acts_on_opening(thing.get("/OpenAction")):
        yield "OpenAction"
    if _is_dangerous_uri(thing.get("/URI")):
        yield "URI"
    if _has_outside_stream(thing):
        yield "ExternalStream"
    if _has_code_in_font(thing):
        yield "FontMatrix"


def _disarm(thing: pikepdf.Object) -> None:
    if _name(thing.get("/S")) in _ACTIONS or _is_dangerous_uri(thing.get("/URI")):
        for key in list(thing.keys()):
            del thing[key]
        return
    for key in (*_KEYS, "/AA"):
        if key in thing:
            del thing[key]
    if _acts_on_opening(thing.get("/OpenAction")):
        del thing["/OpenAction"]
    if _has_outside_stream(thing):
        del thing["/F"]
    if _has_code_in_font(thing):
        del thing["/FontMatrix"]
    if _name(thing.get("/Subtype")) in _SUBTYPES:
        thing["/Subtype"] = pikepdf.Name("/Link")  # an annotation must be something; a link without action does nothing


def _acts_on_opening(action: object) -> bool:
    """A destination, written as an array, a name or a GoTo, only says which page is shown first."""
    return isinstance(action, pikepdf.Dictionary) and _name(action.get("/S")) not in ("/GoTo", "")


def _is_filled(thing: object) -> bool:
    return isinstance(thing, pikepdf.Dictionary) and len(thing.keys()) > 0


def _is_dangerous_uri(uri: object) -> bool:
    return isinstance(uri, pikepdf.String) and _DANGEROUS_URI.match(bytes(uri)) is not None


def _has_outside_stream(thing: pikepdf.Object) -> bool:
    """A stream whose bytes are in another file: a reader would fetch it, from a network share for instance."""
    return "/F" in thing and "/Length" in thing and _name(thing.get("/Type")) != "/Filespec"


def _has_code_in_font(thing: pikepdf.Object) -> bool:
    """A font matrix is six numbers; text in it was executed by a well-known viewer (CVE-2024-4367)."""
    matrix = thing.get("/FontMatrix")
    return isinstance(matrix, pikepdf.Array) and any(isinstance(each, pikepdf.String) for each in matrix)


def _name(thing: object) -> str:
    return str(thing) if isinstance(thing, pikepdf.Name) else ""


def _was_rebuilt(pdf: pikepdf.Pdf) -> bool:
    """Damaged structure, apart from the slips of honest producers (a missing dictionary of resources…)."""
    return any(word in str(warning) for warning in pdf.get_warnings() for word in _REBUILT)


def _claims_pdfa(pdf: pikepdf.Pdf) -> bool:
    metadata = pdf.Root.get("/Metadata")
    if not isinstance(metadata, pikepdf.Stream) or len(metadata.read_raw_bytes()) > _MAX_METADATA:
        return False
    return _PDFA.search(metadata.read_bytes()) is not None


def _raw_names(data: bytes) -> set[str]:
    plain = _DISGUISED.sub(lambda found: bytes([int(found.group(1), 16)]), data) if b"#" in data else data
    return {name.decode("ascii") for name in _RAW_NAMES.findall(plain)}
