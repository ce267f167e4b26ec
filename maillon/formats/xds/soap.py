"""SOAP 1.2 envelopes with WS-Addressing, and their faults. What comes from outside goes through parse_untrusted."""

from __future__ import annotations

import copy
import uuid
from dataclasses import dataclass
from typing import Final

from lxml import etree

from maillon.formats.refusal import Refused
from maillon.formats.untrusted import parse_untrusted

ENVELOPE: Final = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING: Final = "http://www.w3.org/2005/08/addressing"
SECURITY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"


class Fault(Exception):
    """The other side says no in SOAP's own words: a definite refusal when the fault is the sender's; when it is the
    receiver's (`is_theirs`), nobody knows what was done."""

    def __init__(self, code: str, reason: str, *, is_theirs: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason
        self.is_theirs = is_theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """`body` is the one element of the body; `assertion` that of the security header, when there is one."""

    action: str
    message_id: str
    relates_to: str
    body: etree._Element
    assertion: etree._Element | None


def write_envelope(
    body: etree._Element, *, action: str, to: str = "", assertion: etree._Element | None = None, relates_to: str = ""
) -> bytes:
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"s": ENVELOPE, "a": ADDRESSING})
    header = etree.SubElement(root, f"{{{ENVELOPE}}}Header")
    _said(header, "Action", action)
    _said(header, "MessageID", f"urn:uuid:{uuid.uuid4()}")
    _said(header, "RelatesTo", relates_to)
    _said(header, "To", to)
    if assertion is not None:
        security = etree.SubElement(header, f"{{{SECURITY}}}Security", nsmap={"wsse": SECURITY})
        security.append(copy.deepcopy(assertion))
    etree.SubElement(root, f"{{{ENVELOPE}}}Body").append(body)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def write_fault(code: str, reason: str, *, relates_to: str = "") -> bytes:
    """`code`: Sender or Receiver, then a word of the application."""
    fault = etree.Element(f"{{{ENVELOPE}}}Fault", nsmap={"s": ENVELOPE})
    held = etree.SubElement(fault, f"{{{ENVELOPE}}}Code")
    etree.SubElement(held, f"{{{ENVELOPE}}}Value").text = "s:Sender"
    inner = etree.SubElement(held, f"{{{ENVELOPE}}}Subcode")
    etree.SubElement(inner, f"{{{ENVELOPE}}}Value").text = code
    text = etree.SubElement(etree.SubElement(fault, f"{{{ENVELOPE}}}Reason"), f"{{{ENVELOPE}}}Text")
    text.text = reason
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "fr")
    return write_envelope(fault, action=f"{ADDRESSING}/soap/fault", relates_to=relates_to)


def read_envelope(data: bytes) -> Envelope:
    """Raises Refused for what is no envelope; Fault for a fault."""
    root = parse_untrusted(data)
    body = root.find(f"{{{ENVELOPE}}}Body")
    inside = next(iter(body), None) if body is not None else None
    if root.tag != f"{{{ENVELOPE}}}Envelope" or inside is None:
        raise Refused("E-XDS-01", "La réponse n’est pas un message SOAP.")
    if inside.tag == f"{{{ENVELOPE}}}Fault":
        codes = [(each.text or "").strip() for each in inside.iter(f"{{{ENVELOPE}}}Value")] or [""]
        raise Fault(codes[-1], _text(inside, f".//{{{ENVELOPE}}}Text"), is_theirs=not codes[0].endswith("Sender"))
    header = root.find(f"{{{ENVELOPE}}}Header")
    assertion = None
    if header is not None:
        assertion = header.find(f"{{{SECURITY}}}Security/{{urn:oasis:names:tc:SAML:2.0:assertion}}Assertion")
    return Envelope(
        action=_text(root, f".//{{{ADDRESSING}}}Action"),
        message_id=_text(root, f".//{{{ADDRESSING}}}MessageID"),
        relates_to=_text(root, f".//{{{ADDRESSING}}}RelatesTo"),
        body=inside,
        assertion=assertion,
    )


def message_id_of(data: bytes) -> str:
    """Of an envelope of our own: what the answer must relate to."""
    return _text(parse_untrusted(data), f".//{{{ADDRESSING}}}MessageID")


def _text(root: etree._Element, path: str) -> str:
    return (root.findtext(path) or "").strip()


def _said(header: etree._Element, name: str, text: str) -> None:
    if text:
        etree.SubElement(header, f"{{{ADDRESSING}}}{name}").text = text
