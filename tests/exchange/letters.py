"""Small documents and messages about fictitious people, made for these tests."""

from __future__ import annotations

import hashlib
from email.message import EmailMessage
from email.policy import SMTP
from xml.sax.saxutils import escape

from maillon.formats.cda.read import read_cda
from maillon.formats.xdm_write import XdmItem, XdmSubmission, write_xdm
from maillon.formats.xdm_write_metadata import Code

INS_OID = "1.2.250.1.213.1.4.10"
LABORATORY = "resultats@bio-vallee.mssante.test"
DEFAULT = {
    "family": "DUPONT", "given": "Marie", "birth": "19790328", "sex": "F", "place": "51215", "ins": "279035121518989",
}  # fmt: skip
SECOND = {
    "family": "MARTIN", "given": "Luc", "birth": "19510204", "sex": "M", "place": "75114", "ins": "",
}  # fmt: skip
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def cda(
    identifier: str = "1.2.250.1.999.7.1",
    *,
    person: dict[str, str] = DEFAULT,
    recipients: tuple[str, ...] = (),
    value: str = "4.2",
    second_patient: bool = False,
    local_id: str = "",
) -> bytes:
    """A laboratory report with one result, small on purpose."""
    patient = _record_target(person, local_id)
    if second_patient:
        patient += _record_target(SECOND, "")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<id root="{identifier}"/>
<code code="11502-2" codeSystem="2.16.840.1.113883.6.1" displayName="CR d'examens biologiques"/>
<title>Compte rendu de biologie</title><effectiveTime value="20260302113000+0100"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="fr-FR"/>
<setId root="{identifier}.0"/><versionNumber value="1"/>
{patient}
<author><time value="20260302113000+0100"/><assignedAuthor>
<id root="1.2.250.1.71.4.2.1" extension="899000009999"/>
<assignedPerson><name><family>DELMAS</family><given>François</given></name></assignedPerson>
<representedOrganization><name>Laboratoire Bio-Vallée</name></representedOrganization></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization>
<id root="1.2.250.1.71.4.2.2" extension="1990000037"/><name>Laboratoire Bio-Vallée</name>
</representedCustodianOrganization></assignedCustodian></custodian>
{"".join(_recipient(each) for each in recipients)}
<documentationOf><serviceEvent><effectiveTime><low value="20260302080000+0100"/></effectiveTime></serviceEvent>
</documentationOf>
<component><structuredBody><component><section><code code="18719-5" codeSystem="2.16.840.1.113883.6.1"/>
<title>Biochimie</title><text>Potassium : {value} mmol/L</text>
<entry><observation classCode="OBS" moodCode="EVN">
<code code="2823-3" codeSystem="2.16.840.1.113883.6.1" displayName="Potassium"/><statusCode code="completed"/>
<effectiveTime value="20260302080000+0100"/><value xsi:type="PQ" value="{value}" unit="mmol/L"/>
</observation></entry></section></component></structuredBody></component></ClinicalDocument>""".encode()


def _record_target(person: dict[str, str], local_id: str) -> str:
    ins = f'<id root="{INS_OID}" extension="{person["ins"]}"/>' if person["ins"] else ""
    local = f'<id root="1.2.250.1.999.1.3" extension="{local_id}"/>' if local_id else ""
    return f"""<recordTarget><patientRole>{ins}{local}<patient><name>
<family qualifier="BR">{escape(person["family"])}</family>
<given qualifier="BR">{escape(person["given"])}</given><given>{escape(person["given"])}</given></name>
<administrativeGenderCode code="{person["sex"]}" codeSystem="2.16.840.1.113883.5.1"/>
<birthTime value="{person["birth"]}"/>
<birthplace><place><addr><county>{person["place"]}</county></addr></place></birthplace>
</patient></patientRole></recordTarget>"""


def _recipient(national_id: str) -> str:
    return f"""<informationRecipient><intendedRecipient>
<id root="1.2.250.1.71.4.2.1" extension="{national_id}"/>
<informationRecipient><name><family>MOREL</family></name></informationRecipient></intendedRecipient>
</informationRecipient>"""


def archive(*documents: bytes, visibility: tuple[str, ...] = ()) -> bytes:
    """IHE_XDM.zip with its metadata, which say how each document may be seen."""
    items = [
        XdmItem(
            document=read_cda(each), cda=each, class_code=Code("31", "1.2.250.1.213.1.1.4.1", "Résultats"),
            visibility=tuple(Code(code, "1.2.250.1.213.1.1.4.13", code) for code in visibility),
        )
        for each in documents
    ]  # fmt: skip
    submission = XdmSubmission(
        unique_id="1.2.250.1.999.9.1", source_id="1.2.250.1.999.9", submitted_at="2026-03-02T11:30:00+01:00",
        title="Envoi", author=items[0].document.authors[0],
    )  # fmt: skip
    return write_xdm(items, submission=submission)


def mail(
    *attachments: tuple[str, str, bytes],
    message_id: str | None = None,
    subject: str = "XDM/1.0/DDM+CR d'examens biologiques",
    sender: str = LABORATORY,
    to: str = "accueil@msp-tilleuls.mssante.test",
    notify: str | None = None,
    text: str = "Bonjour,\nVeuillez trouver un document.\n",
    headers: dict[str, str] | None = None,
) -> bytes:
    """`attachments`: (file name, type, bytes). A Message-ID is made from what is attached."""
    message = EmailMessage(policy=SMTP)
    made = hashlib.sha256(b"".join(data for _, _, data in attachments) + subject.encode() + text.encode()).hexdigest()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    if message_id != "":
        message["Message-ID"] = message_id or f"<{made[:24]}@bio-vallee.mssante.test>"
    if notify:
        message["Disposition-Notification-To"] = notify
    for name, content in (headers or {}).items():
        message[name] = content
    message.set_content(text)
    for name, kind, data in attachments:
        main, _, sub = kind.partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def report(identifier: str = "1.2.250.1.999.7.1", *, person: dict[str, str] = DEFAULT, **options: object) -> bytes:
    """A message with one CDA as it is, which is also received."""
    made = cda(identifier, person=person)
    return mail(("document.xml", "text/xml", made), **options)  # type: ignore[arg-type]


def xdm(*documents: bytes, visibility: tuple[str, ...] = (), **options: object) -> bytes:
    made = archive(*documents, visibility=visibility)
    return mail(("IHE_XDM.zip", "application/zip", made), **options)  # type: ignore[arg-type]


def labelled(data: bytes, code: str) -> bytes:
    """The same document, whose header bears this code where the level of confidentiality stands."""
    return data.replace(b'confidentialityCode code="N"', f'confidentialityCode code="{code}"'.encode())


def arrived(message: bytes, *, envelope: str = LABORATORY) -> bytes:
    """As the operator keeps it: its envelope sender on top."""
    return f"Return-Path: <{envelope}>\r\n".encode() + message
