"""Bricks for building files by hand: every field of a container can be made to lie."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

INS_TEST = "1.2.250.1.213.1.4.10"


@dataclass(frozen=True, kw_only=True)
class Entry:
    name: bytes
    data: bytes = b""
    method: int = 8
    flags: int = 0
    mode: int = 0
    extra: bytes = b""
    comment: bytes = b""
    disk: int = 0
    packed: bytes | None = None
    crc: int | None = None
    size: int | None = None  # as announced
    packed_size: int | None = None
    local_name: bytes | None = None
    local_size: int | None = None
    local_method: int | None = None
    offset: int | None = None  # as announced by the central directory
    descriptor: bool = False


def zip_of(
    entries: Sequence[Entry],
    *,
    comment: bytes = b"",
    prefix: bytes = b"",
    suffix: bytes = b"",
    disk: int = 0,
    count: int | None = None,
    announced_comment: int | None = None,
) -> bytes:
    body, directory = bytearray(prefix), bytearray()
    for entry in entries:
        offset = len(body) if entry.offset is None else entry.offset
        local, central = _records(entry, offset)
        body += local
        directory += central
    total = len(entries) if count is None else count
    end = struct.pack(
        "<4s4H2LH",
        b"PK\x05\x06",
        disk,
        disk,
        total,
        total,
        len(directory),
        len(body),
        len(comment) if announced_comment is None else announced_comment,
    )
    return bytes(body + directory) + end + comment + suffix


def _records(entry: Entry, offset: int) -> tuple[bytes, bytes]:
    packed = entry.packed if entry.packed is not None else deflated(entry.data) if entry.method == 8 else entry.data
    crc = zlib.crc32(entry.data) if entry.crc is None else entry.crc
    size = len(entry.data) if entry.size is None else entry.size
    packed_size = len(packed) if entry.packed_size is None else entry.packed_size
    flags = entry.flags | (8 if entry.descriptor else 0)
    local_name = entry.name if entry.local_name is None else entry.local_name
    local_size = size if entry.local_size is None else entry.local_size
    local_method = entry.method if entry.local_method is None else entry.local_method
    local_numbers = (0, 0, 0) if entry.descriptor else (crc, packed_size, local_size)
    local = struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", 20, flags, local_method, 0, 33, *local_numbers, len(local_name), len(entry.extra)
    )
    local += local_name + entry.extra + packed
    if entry.descriptor:
        local += struct.pack("<4s3L", b"PK\x07\x08", crc, packed_size, size)
    central = struct.pack(
        "<4s6H3L5H2L",
        b"PK\x01\x02",
        (3 << 8) | 20,
        20,
        flags,
        entry.method,
        0,
        33,
        crc,
        packed_size,
        size,
        len(entry.name),
        len(entry.extra),
        len(entry.comment),
        entry.disk,
        0,
        entry.mode << 16,
        offset,
    )
    return local, central + entry.name + entry.extra + entry.comment


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def cda(
    *,
    family: str = "PAT-TROIS",
    given: str = "DOMINIQUE",
    ins: str = "279035121518989",
    oid: str = INS_TEST,
    birth: str = "19790328",
    sex: str = "F",
    title: str = "Compte rendu",
    unique: str = "1.2.250.1.213.1.1.99.1",
    body: str = "<component><structuredBody><component><section><text>Rien à signaler.</text></section></component>"
    "</structuredBody></component>",
) -> bytes:
    """The least CDA that a reader needs; the patient is the official test one."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="../FeuilleDeStyle/CDA-FO.xsl"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><realmCode code="FR"/>
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><id root="{unique}"/>
<code code="11502-2" codeSystem="2.16.840.1.113883.6.1" displayName="CR d’examens biologiques"/><title>{title}</title>
<effectiveTime value="20260301102000+0100"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="fr-FR"/>
<setId root="{unique}.9"/><versionNumber value="1"/>
<recordTarget><patientRole><id root="{oid}" extension="{ins}"/><patient><name><given>{given}</given>
<given qualifier="BR">{given}</given><family qualifier="BR">{family}</family></name>
<administrativeGenderCode code="{sex}" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="{birth}"/>
<birthplace><place><addr><county>51215</county></addr></place></birthplace></patient></patientRole></recordTarget>
{body}</ClinicalDocument>""".encode()


def _slot(name: str, *values: str) -> str:
    inner = "".join(f"<Value>{value}</Value>" for value in values)
    return f'<Slot name="{name}"><ValueList>{inner}</ValueList></Slot>'


def _code(scheme: str, code: str, system: str, label: str) -> str:
    return (
        f'<Classification classificationScheme="urn:uuid:{scheme}" nodeRepresentation="{code}">'
        f'{_slot("codingScheme", system)}<Name><LocalizedString value="{label}"/></Name></Classification>'
    )


def _identifier(scheme: str, value: str) -> str:
    return f'<ExternalIdentifier identificationScheme="urn:uuid:{scheme}" value="{value}"/>'


def entry_xml(data: bytes, **changes: str) -> str:
    """One ExtrinsicObject that tells the truth about `cda()`, but for the changes."""
    told = {
        "uri": "DOC0001.XML",
        "hash": hashlib.sha1(data).hexdigest(),
        "size": str(len(data)),
        "patient": f"279035121518989^^^&amp;{INS_TEST}&amp;ISO^INS",
        "family": "PAT-TROIS",
        "given": "DOMINIQUE",
        "birth": "19790328",
        "sex": "F",
        "unique": "1.2.250.1.213.1.1.99.1",
        "type": "11502-2",
        "created": "20260301092000",
        "confidentiality": "N",
        "language": "fr-FR",
        "title": "Compte rendu",
        "uuid": "urn:uuid:00000000-0000-4000-8000-000000000001",
        **changes,
    }
    slots = [
        _slot("creationTime", told["created"]),
        _slot("hash", told["hash"]) if told["hash"] else "",
        _slot("size", told["size"]) if told["size"] else "",
        _slot("URI", told["uri"]),
        _slot("languageCode", told["language"]),
        _slot("serviceStartTime", "202603010900"),
        _slot("sourcePatientId", told["patient"]),
        _slot("legalAuthenticator", "801234567897^DURAND^Claire^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS"),
        _slot(
            "sourcePatientInfo",
            f"PID-5|{told['family']}^{told['given']}^^^^^L",
            f"PID-7|{told['birth']}",
            f"PID-8|{told['sex']}",
        ),
    ]
    author = (
        '<Classification classificationScheme="urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d">'
        + _slot("authorPerson", "801234567897^DURAND^Claire^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS")
        + _slot("authorInstitution", "Laboratoire des Lilas^^^^^&amp;1.2.250.1.71.4.2.2&amp;ISO^IDNST^^^1990000016")
        + _slot("authorSpecialty", "G15_10/SM26^Médecine générale^1.2.250.1.213.1.1.4.5")
        + "</Classification>"
    )
    return (
        f'<ExtrinsicObject id="{told["uuid"]}" mimeType="text/xml" lid="{told["uuid"]}"'
        ' objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"'
        ' status="urn:oasis:names:tc:ebxml-regrep:StatusType:Approved">'
        + "".join(slots)
        + f'<Name><LocalizedString value="{told["title"]}"/></Name><VersionInfo versionName="1"/>'
        + author
        + _code("f0306f51-975f-434e-a61c-c59651d33983", told["type"], "2.16.840.1.113883.6.1", "CR biologie")
        + _code("41a5887f-8865-4c09-adf7-e362475b143a", "10", "1.2.250.1.213.1.1.4.1", "Compte rendu")
        + _code("f4f85eac-e6cb-4883-b524-f2705394840f", told["confidentiality"], "2.16.840.1.113883.5.25", "Normal")
        + _identifier("58a6f841-87b3-4a3e-92fd-a8ffeff98427", told["patient"])
        + _identifier("2e82c1f6-a085-4c72-9da3-8640a32e42ab", told["unique"])
        + "</ExtrinsicObject>"
    )


def metadata_xml(
    *entries: str, extra: str = "", patient: str = f"279035121518989^^^&amp;{INS_TEST}&amp;ISO^INS"
) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:'
        'xsd:lcm:3.0"><RegistryObjectList xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0">'
        '<RegistryPackage id="SubmissionSet01">'
        + _slot("submissionTime", "20260301093000")
        + _slot("intendedRecipient", "|801234567897^MARTIN^Karim")
        + '<Name><LocalizedString value="Envoi"/></Name>'
        + _code("aa543740-bdda-424e-8c96-df4873be8500", "07", "1.2.250.1.213.2.2", "Consultation")
        + _identifier("6b5aea1a-874d-4603-a4bc-96a0a7b38446", patient)
        + _identifier("96fdda7c-d067-4183-912e-bf5ee74998a8", "1.2.250.1.213.1.1.99.500")
        + _identifier("554ac39e-e3fe-47fe-b233-965d2a147832", "1.2.250.1.213.1.1.99.501")
        + '</RegistryPackage><Classification classifiedObject="SubmissionSet01"'
        ' classificationNode="urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"/>'
        + "".join(entries)
        + extra
        + "</RegistryObjectList></lcm:SubmitObjectsRequest>"
    ).encode()


def xdm_of(files: dict[str, bytes]) -> bytes:
    return zip_of([Entry(name=name.encode(), data=data) for name, data in files.items()])


def good_xdm(data: bytes | None = None, *, folder: str = "IHE_XDM/SUBSET01/", **changes: str) -> bytes:
    document = cda() if data is None else data
    return xdm_of(
        {
            "INDEX.HTM": b"<html><a href='IHE_XDM/SUBSET01/DOC0001.XML'>document</a></html>",
            "README.TXT": "Envoyé par un logiciel.".encode(),
            f"{folder}METADATA.XML": metadata_xml(entry_xml(document, **changes)),
            f"{folder}DOC0001.XML": document,
        }
    )


def pdf_of(
    catalog: str = "", *objects: str | bytes, page: str = "", header: bytes = b"%PDF-1.7\n", tail: bytes = b""
) -> bytes:
    """A PDF written by hand: object 1 is the catalog, 2 the pages, 3 the page, then 4 and so on as given."""
    bodies: list[str | bytes] = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {page} >>",
        *objects,
    ]
    written, offsets = bytearray(header), []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(written))
        written += (
            b"%d 0 obj\n" % number + (body if isinstance(body, bytes) else body.encode("latin-1")) + b"\nendobj\n"
        )
    xref = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    written += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    written += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, xref)
    return bytes(written) + tail


def stream(data: bytes, entries: str = "") -> bytes:
    return b"<< /Length %d %s >>\nstream\n" % (len(data), entries.encode("latin-1")) + data + b"\nendstream"


def mail_of(
    body: bytes = b"Bonjour\r\n", *, sender: bytes = b"Laboratoire <labo@lilas.mssante.test>", headers: bytes = b""
) -> bytes:
    return (
        b"From: " + sender + b"\r\nTo: accueil@msp-tilleuls.mssante.test\r\nSubject: Test\r\n"
        b"Message-ID: <1@lilas.mssante.test>\r\nDate: Sun, 01 Mar 2026 10:00:00 +0100\r\n" + headers + b"\r\n" + body
    )


def multipart(*parts: bytes, kind: bytes = b"mixed", boundary: bytes = b"frontier", closed: bool = True) -> bytes:
    """A whole message whose body is these parts (each with its own headers)."""
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    body += b"--" + boundary + b"--\r\n" if closed else b""
    return mail_of(
        body,
        headers=b"MIME-Version: 1.0\r\nContent-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\r\n',
    )
