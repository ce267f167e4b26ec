"""The messages of ITI-18, ITI-41, ITI-43 and ITI-57, as both ends write and read them (IHE ITI TF-2, XDS.b)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from maillon.formats.refusal import Refused
from maillon.formats.xds.ebrim import HAS_MEMBER, LCM, RIM, RS, slot

QUERY: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
XDSB: Final = "urn:ihe:iti:xds-b:2007"
XOP: Final = "http://www.w3.org/2004/08/xop/include"
SUCCESS: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
FAILURE: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"
ACTIONS: Final = {
    "query": "urn:ihe:iti:2007:RegistryStoredQuery",
    "provide": "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b",
    "retrieve": "urn:ihe:iti:2007:RetrieveDocumentSet",
    "update": "urn:ihe:iti:2010:UpdateDocumentSet",
}
FIND_DOCUMENTS: Final = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
FIND_SETS: Final = "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9"
GET_DOCUMENTS: Final = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
GET_ASSOCIATIONS: Final = "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155"
GET_DOCUMENTS_AND_ASSOCIATIONS: Final = "urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a"
_QUOTED: Final = re.compile(r"'((?:[^']|'')*)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteError:
    """One RegistryError: IHE's code (« XDSDuplicateUniqueIdInRegistry »…) and what was said of it."""

    code: str
    context: str


class RegistryRefusal(Exception):
    """The registry answered, whole and readable: no."""

    def __init__(self, errors: tuple[RemoteError, ...]) -> None:
        super().__init__(errors[0].code if errors else "")
        self.errors = errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An association of the registry."""

    kind: str
    source: str
    target: str
    slots: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredQuery:
    query: str
    slots: Mapping[str, tuple[str, ...]]


def stored_query(query: str, **slots: Iterable[str] | str) -> etree._Element:
    """ITI-18. A text is one quoted value, a list a set of quoted values; a number of digits is bare. `_` opens `$`."""
    root = etree.Element(f"{{{QUERY}}}AdhocQueryRequest", nsmap={"query": QUERY, "rim": RIM})
    etree.SubElement(root, f"{{{QUERY}}}ResponseOption", returnComposedObjects="true", returnType="LeafClass")
    asked = etree.SubElement(root, f"{{{RIM}}}AdhocQuery", id=query)
    for name, value in slots.items():
        slot(asked, f"${name}", _written(value))
    return root


def read_stored_query(body: etree._Element) -> StoredQuery:
    asked = body.find(f"{{{RIM}}}AdhocQuery")
    if body.tag != f"{{{QUERY}}}AdhocQueryRequest" or asked is None:
        raise Refused("E-XDS-02", "La requête n’est pas une interrogation du registre.")
    found: dict[str, tuple[str, ...]] = {}
    for each in asked.iterchildren(f"{{{RIM}}}Slot"):
        values = [(value.text or "").strip() for value in each.iter(f"{{{RIM}}}Value")]
        quoted = [text.replace("''", "'") for value in values for text in _QUOTED.findall(value)]
        found[(each.get("name") or "").removeprefix("$")] = tuple(quoted or [value.strip("()") for value in values])
    return StoredQuery(query=asked.get("id", ""), slots=found)


def query_response(objects: Iterable[etree._Element], errors: Iterable[RemoteError] = ()) -> etree._Element:
    empty = etree.Element(f"{{{QUERY}}}AdhocQueryResponse", nsmap={"query": QUERY, "rs": RS, "rim": RIM})
    root = _response(empty, errors)
    held = etree.SubElement(root, f"{{{RIM}}}RegistryObjectList")
    held.extend(objects)
    return root


def registry_response(errors: Iterable[RemoteError] = ()) -> etree._Element:
    return _response(etree.Element(f"{{{RS}}}RegistryResponse", nsmap={"rs": RS}), errors)


def refuse_failure(body: etree._Element, expected: str) -> None:
    """`expected` is the local name. Raises RegistryRefusal for a definite no, Refused for what is no such answer."""
    if etree.QName(body).localname != expected:
        raise Refused("E-XDS-01", "La réponse n’est pas celle qui était attendue.")
    response = body if body.get("status") else body.find(f"{{{RS}}}RegistryResponse")
    status = response.get("status") if response is not None else None
    if status not in (SUCCESS, FAILURE):
        raise Refused("E-XDS-01", "La réponse ne dit pas si la demande a réussi.")
    if status == FAILURE:
        raise RegistryRefusal(tuple(
            RemoteError(code=each.get("errorCode", ""), context=each.get("codeContext", ""))
            for each in body.iter(f"{{{RS}}}RegistryError")
        ))  # fmt: skip


def links_of(root: etree._Element) -> tuple[Link, ...]:
    return tuple(
        Link(
            kind=each.get("associationType", ""),
            source=each.get("sourceObject", ""),
            target=each.get("targetObject", ""),
            slots={
                held.get("name", ""): held.findtext(f".//{{{RIM}}}Value") or ""
                for held in each.iterchildren(f"{{{RIM}}}Slot")
            },
        )
        for each in root.iter(f"{{{RIM}}}Association")
    )


def members_of(root: etree._Element) -> tuple[str, ...]:
    return tuple(dict.fromkeys(link.target for link in links_of(root) if link.kind == HAS_MEMBER))


def sets_of(root: etree._Element) -> tuple[str, ...]:
    return tuple(each.get("id", "") for each in root.iter(f"{{{RIM}}}RegistryPackage"))


def provide(submission: etree._Element, *, entry: str, content_id: str) -> etree._Element:
    """ITI-41: the submission, and where the bytes of its one document travel."""
    root = etree.Element(f"{{{XDSB}}}ProvideAndRegisterDocumentSetRequest", nsmap={"xdsb": XDSB})
    root.append(submission)
    document = etree.SubElement(root, f"{{{XDSB}}}Document", id=entry)
    etree.SubElement(document, f"{{{XOP}}}Include", href=f"cid:{content_id}", nsmap={"xop": XOP})
    return root


def read_provide(body: etree._Element) -> tuple[etree._Element, dict[str, str]]:
    """The submission, and the content id of each document by its entryUUID."""
    submission = body.find(f"{{{LCM}}}SubmitObjectsRequest")
    if etree.QName(body).localname != "ProvideAndRegisterDocumentSetRequest" or submission is None:
        raise Refused("E-XDS-02", "La requête n’est pas une alimentation.")
    return submission, {each.get("id", ""): _included(each) for each in body.iterchildren(f"{{{XDSB}}}Document")}


def retrieve(*, repository: str, unique_id: str) -> etree._Element:
    """ITI-43."""
    root = etree.Element(f"{{{XDSB}}}RetrieveDocumentSetRequest", nsmap={"xdsb": XDSB})
    asked = etree.SubElement(root, f"{{{XDSB}}}DocumentRequest")
    etree.SubElement(asked, f"{{{XDSB}}}RepositoryUniqueId").text = repository
    etree.SubElement(asked, f"{{{XDSB}}}DocumentUniqueId").text = unique_id
    return root


def read_retrieve(body: etree._Element) -> tuple[str, str]:
    found = body.find(f"{{{XDSB}}}DocumentRequest")
    if found is None:
        raise Refused("E-XDS-02", "La requête n’est pas une consultation.")
    return tuple((found.findtext(f"{{{XDSB}}}{name}") or "").strip() for name in _REQUESTED)  # type: ignore[return-value]


_REQUESTED: Final = ("RepositoryUniqueId", "DocumentUniqueId")


def retrieve_response(
    *, repository: str = "", unique_id: str = "", mime_type: str = "", content_id: str = "",
    errors: Iterable[RemoteError] = (),
) -> etree._Element:  # fmt: skip
    root = etree.Element(f"{{{XDSB}}}RetrieveDocumentSetResponse", nsmap={"xdsb": XDSB, "rs": RS})
    root.append(registry_response(errors))
    if content_id:
        held = etree.SubElement(root, f"{{{XDSB}}}DocumentResponse")
        for name, text in zip((*_REQUESTED, "mimeType"), (repository, unique_id, mime_type), strict=True):
            etree.SubElement(held, f"{{{XDSB}}}{name}").text = text
        document = etree.SubElement(held, f"{{{XDSB}}}Document")
        etree.SubElement(document, f"{{{XOP}}}Include", href=f"cid:{content_id}", nsmap={"xop": XOP})
    return root


def retrieved(body: etree._Element, parts: Mapping[str, bytes], *, unique_id: str) -> bytes:
    """The bytes of the document that was asked for, and of no other. Raises Refused when they are not there."""
    refuse_failure(body, "RetrieveDocumentSetResponse")
    for each in body.iterchildren(f"{{{XDSB}}}DocumentResponse"):
        document = each.find(f"{{{XDSB}}}Document")
        if (each.findtext(f"{{{XDSB}}}DocumentUniqueId") or "").strip() == unique_id and document is not None:
            content_id = _included(document)
            if content_id in parts:
                return parts[content_id]
    raise Refused("E-XDS-03", "La réponse ne contient pas le document demandé.")


def _included(document: etree._Element) -> str:
    include = document.find(f"{{{XOP}}}Include")
    return (include.get("href", "") if include is not None else "").removeprefix("cid:")


def _response(root: etree._Element, errors: Iterable[RemoteError]) -> etree._Element:
    found = tuple(errors)
    root.set("status", FAILURE if found else SUCCESS)
    if found:
        held = etree.SubElement(root, f"{{{RS}}}RegistryErrorList")
        for each in found:
            etree.SubElement(
                held, f"{{{RS}}}RegistryError", errorCode=each.code, codeContext=each.context,
                severity="urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error",
            )  # fmt: skip
    return root


def _written(value: Iterable[str] | str) -> str:
    if isinstance(value, str):
        return value if value.isdigit() else _quoted(value)
    return f"({','.join(_quoted(each) for each in value)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
