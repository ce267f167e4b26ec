"""VIHF 3.0: who asks what of the national record, for which patient and why, as a SAML 2.0 assertion that the
structure's certificate signs (CI-SIS, volet Transport synchrone; « authentification indirecte »).

Written and checked with signxml: enveloped signature, exclusive canonicalisation, RSA-SHA256. What is checked is read
only from what was signed.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from cryptography import x509
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidCertificate, InvalidInput, InvalidSignature
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
HL7: Final = "urn:hl7-org:v3"
ISSUER_FORMAT: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
TWO_FACTORS: Final = "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered"
RESOURCE: Final = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
ROLE: Final = "urn:oasis:names:tc:xacml:2.0:subject:role"
SUBJECT: Final = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
PURPOSE: Final = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
LASTS: Final = dt.timedelta(minutes=5)
MODES_SYSTEM: Final = "1.2.250.1.213.1.1.4.248"
Mode = Literal["normal", "bris_de_glace", "centre_15"]
MODES: Final[dict[str, str]] = {
    "normal": "Accès normal",
    "bris_de_glace": "Accès bris de glace",
    "centre_15": "Accès centre de régulation",
}


class BadAssertion(Exception):
    """Why an assertion is not believed; French, without anything of the patient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A concept of JDV_J65: the profession, then for physicians and pharmacists what they are qualified in."""

    code: str
    system: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vihf:
    """`patient` is a CX; `sector` one of JDV_J61; `reason` is required in any mode but the normal one."""

    national_id: str
    name: str
    roles: tuple[Role, ...]
    structure_id: str
    sector: str
    patient: str
    mode: Mode = "normal"
    reason: str = ""
    software: str = "Maillon"
    software_version: str = "0.1"
    homologation: str = ""
    resource: str = "urn:dmp"
    others: tuple[tuple[str, str], ...] = ()  # attributes of another teleservice


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """The structure's signature certificate (IGC-Santé ORG SIGN)."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate


def write_vihf(said: Vihf, signer: Signer, *, at: dt.datetime) -> etree._Element:
    moment = at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    identity = f"_{uuid.uuid4()}"
    root = etree.Element(f"{{{SAML}}}Assertion", nsmap={"saml": SAML, "ds": DSIG})
    root.set("ID", identity)
    root.set("IssueInstant", moment)
    root.set("Version", "2.0")
    issuer = _add(root, "Issuer", signer.certificate.subject.rfc4514_string())
    issuer.set("Format", ISSUER_FORMAT)
    etree.SubElement(root, f"{{{DSIG}}}Signature", Id="placeholder")
    _add(_add(root, "Subject"), "NameID", said.national_id)
    statement = _add(root, "AuthnStatement")
    statement.set("AuthnInstant", moment)
    _add(_add(statement, "AuthnContext"), "AuthnContextClassRef", TWO_FACTORS)
    _attributes(_add(root, "AttributeStatement"), said)
    signing = XMLSigner(
        signature_algorithm=SignatureMethod.RSA_SHA256, digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )  # fmt: skip
    return signing.sign(
        root, key=signer.key, cert=[signer.certificate], reference_uri=f"#{identity}", id_attribute="ID"
    )


def check_vihf(assertion: etree._Element, trusted: Iterable[x509.Certificate], *, at: dt.datetime) -> Vihf:
    """What a trusted certificate signed, less than five minutes ago. Raises BadAssertion."""
    signed, certificate = _signed(assertion, tuple(trusted))
    if signed.tag != f"{{{SAML}}}Assertion":
        raise BadAssertion("La signature ne porte pas sur l’assertion.")
    if (signed.findtext(f"{{{SAML}}}Issuer") or "") != certificate.subject.rfc4514_string():
        raise BadAssertion("L’émetteur de l’assertion n’est pas le titulaire du certificat.")
    _refuse_old(signed.get("IssueInstant", ""), at)
    held = {each.get("Name", ""): each for each in signed.iter(f"{{{SAML}}}Attribute")}
    if _value(held, "VIHF_Version") != "3.0":
        raise BadAssertion("La version du VIHF n’est pas 3.0.")
    purpose = _concepts(held, PURPOSE)
    mode = purpose[0].code if purpose else ""
    if mode not in MODES or purpose[0].system != MODES_SYSTEM:
        raise BadAssertion("Le mode d’accès du VIHF n’est pas connu.")
    reason = _value(held, "Mode_Acces_Raison")
    if mode != "normal" and not reason:
        raise BadAssertion("Le motif est obligatoire hors du mode normal.")
    known = {"VIHF_Version", "Authentification_mode", SUBJECT, ROLE, RESOURCE, PURPOSE, "Mode_Acces_Raison"}
    return Vihf(
        national_id=_required(signed.findtext(f"{{{SAML}}}Subject/{{{SAML}}}NameID"), "l’identifiant national"),
        name=_required(_value(held, SUBJECT), "le nom du professionnel"),
        roles=_required_roles(_concepts(held, ROLE)),
        structure_id=_required(_value(held, "Identifiant_Structure"), "l’identifiant de la structure"),
        sector=_required(_value(held, "Secteur_Activite"), "le secteur d’activité"),
        patient=_required(_value(held, RESOURCE), "le patient"),
        mode=mode,  # type: ignore[arg-type]
        reason=reason,
        software=_required(_value(held, "LPS_Nom"), "le nom du logiciel"),
        software_version=_required(_value(held, "LPS_Version"), "la version du logiciel"),
        homologation=_value(held, "LPS_ID_HOMOLOGATION_DMP"),
        resource=_required(_value(held, "Ressource_URN"), "la ressource demandée"),
        others=tuple((name, _value(held, name)) for name in held if name not in known and name not in _OWN),
    )


_BY_DEFAULT: Final[dict[Any, str]] = {None: HL7}  # xsi:type="CE" is read in the default namespace
_OWN: Final = frozenset({
    "Identifiant_Structure", "Secteur_Activite", "LPS_Nom", "LPS_Version", "LPS_ID_HOMOLOGATION_DMP", "Ressource_URN",
})  # fmt: skip


def _signed(
    assertion: etree._Element, trusted: tuple[x509.Certificate, ...]
) -> tuple[etree._Element, x509.Certificate]:
    """The tree that a trusted key signed: nothing else of the message is read."""
    data = etree.tostring(assertion)
    rules = SignatureConfiguration(
        expect_references=1, signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}), location="./",
    )  # fmt: skip
    for certificate in trusted:
        try:
            found = XMLVerifier().verify(data, x509_cert=certificate, id_attribute="ID", expect_config=rules)
        except (InvalidSignature, InvalidInput, InvalidCertificate, InvalidKey, ValueError):
            continue
        if not isinstance(found, list) and found.signed_xml is not None:
            return found.signed_xml, certificate
    raise BadAssertion("La signature de l’assertion n’est pas valable.")


def _refuse_old(text: str, at: dt.datetime) -> None:
    try:
        moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise BadAssertion("La date de l’assertion n’est pas lisible.") from None
    if moment.tzinfo is None or abs(at - moment) > LASTS:
        raise BadAssertion("L’assertion est trop ancienne.")


def _attributes(parent: etree._Element, said: Vihf) -> None:
    _attribute(parent, "VIHF_Version", "3.0")
    _attribute(parent, "Identifiant_Structure", said.structure_id)
    _attribute(parent, "Secteur_Activite", said.sector)
    _attribute(parent, SUBJECT, said.name)
    roles = _add(parent, "Attribute")
    roles.set("Name", ROLE)
    for role in said.roles:
        _concept(_add(roles, "AttributeValue"), "Role", role)
    _attribute(parent, "Authentification_mode", "INDIRECTE")
    _attribute(parent, RESOURCE, said.patient)
    _attribute(parent, "Ressource_URN", said.resource)
    purpose = _add(parent, "Attribute")
    purpose.set("Name", PURPOSE)
    mode = Role(code=said.mode, system=MODES_SYSTEM, label=MODES[said.mode])
    _concept(_add(purpose, "AttributeValue"), "PurposeOfUse", mode)
    if said.mode != "normal":
        _attribute(parent, "Mode_Acces_Raison", said.reason)
    _attribute(parent, "LPS_Nom", said.software)
    _attribute(parent, "LPS_Version", said.software_version)
    _attribute(parent, "LPS_ID_HOMOLOGATION_DMP", said.homologation)
    for name, value in said.others:
        _attribute(parent, name, value)


def _attribute(parent: etree._Element, name: str, value: str) -> None:
    held = _add(parent, "Attribute")
    held.set("Name", name)
    _add(held, "AttributeValue", value)


def _concept(parent: etree._Element, name: str, concept: Role) -> None:
    held = etree.SubElement(parent, f"{{{HL7}}}{name}", nsmap=_BY_DEFAULT)
    held.set("{http://www.w3.org/2001/XMLSchema-instance}type", "CE")
    for key, value in (("code", concept.code), ("codeSystem", concept.system), ("displayName", concept.label)):
        held.set(key, value)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{SAML}}}{name}")
    element.text = text
    return element


def _value(held: dict[str, etree._Element], name: str) -> str:
    element = held.get(name)
    return (element.findtext(f"{{{SAML}}}AttributeValue") or "").strip() if element is not None else ""


def _concepts(held: dict[str, etree._Element], name: str) -> tuple[Role, ...]:
    element = held.get(name)
    if element is None:
        return ()
    return tuple(
        Role(code=each.get("code", ""), system=each.get("codeSystem", ""), label=each.get("displayName", ""))
        for value in element.iter(f"{{{SAML}}}AttributeValue")
        for each in value
    )


def _required(text: str | None, what: str) -> str:
    if not text or not text.strip():
        raise BadAssertion(f"Il manque au VIHF\u202f: {what}.")
    return text.strip()


def _required_roles(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    if not roles:
        raise BadAssertion("Il manque au VIHF\u202f: le rôle.")
    return roles
