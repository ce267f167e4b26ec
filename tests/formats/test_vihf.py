"""The signed word of who asks: written, believed, and not believed once anything of it is changed."""

from __future__ import annotations

import copy
import datetime as dt
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from lxml import etree

from maillon.formats.xds import vihf
from maillon.formats.xds.vihf import DSIG, SAML, BadAssertion, Role, Signer, Vihf, check_vihf, write_vihf
from simulators import certificates

AT = dt.datetime(2026, 3, 31, 10, 0, tzinfo=dt.UTC)
SAID = Vihf(
    national_id="899000000011", name="Claire MOREL",
    roles=(Role(code="10", system="1.2.250.1.71.1.2.7", label="Médecin"),
           Role(code="SM26", system="1.2.250.1.71.4.2.5", label="Qualifié en médecine générale (SM)")),
    structure_id="1990000016", sector="SA52^1.2.250.1.71.4.2.4",
    patient="279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH", homologation="NON_HOMOLOGUE",
)  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> certificates.Files:
    return certificates.ensure(tmp_path_factory.mktemp("certificats"), now=AT)


@pytest.fixture(scope="module")
def signer(files: certificates.Files) -> Signer:
    from maillon.exchange.dmp.plugging import signer_of

    return signer_of(str(files.structure))


@pytest.fixture(scope="module")
def trusted(signer: Signer) -> list[x509.Certificate]:
    return [signer.certificate]


def test_what_was_signed_is_what_is_read(signer: Signer, trusted: list[x509.Certificate]) -> None:
    assert check_vihf(write_vihf(SAID, signer, at=AT), trusted, at=AT) == SAID
    urgent = replace(SAID, mode="bris_de_glace", reason="Malaise, perte de conscience")
    assert check_vihf(write_vihf(urgent, signer, at=AT), trusted, at=AT) == urgent


def test_xmlsec1_reads_the_signature_as_well(signer: Signer, files: certificates.Files, tmp_path: Path) -> None:
    """A program that shares nothing with the library that signed."""
    if shutil.which("xmlsec1") is None:
        pytest.skip("xmlsec1 is absent: the second opinion was not asked")
    written = tmp_path / "vihf.xml"
    written.write_bytes(etree.tostring(write_vihf(SAID, signer, at=AT)))
    asked = ["xmlsec1", "--verify", "--id-attr:ID", f"{SAML}:Assertion", "--trusted-pem", str(files.authority),
             "--verification-time", "2026-03-31 10:00:00", str(written)]  # fmt: skip
    assert subprocess.run(asked, capture_output=True, check=False).returncode == 0
    written.write_bytes(written.read_bytes().replace(b"899000000011", b"899000000029"))
    assert subprocess.run(asked, capture_output=True, check=False).returncode != 0


def _text(name: str, value: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        for each in root.iter(f"{{{SAML}}}{name}"):
            each.text = value

    return change


def _unsigned(root: etree._Element) -> None:
    root.remove(root.find(f"{{{DSIG}}}Signature"))


def _wrapped(root: etree._Element) -> None:
    """XML signature wrapping: the signed assertion inside, a forged one around it."""
    inner = copy.deepcopy(root)
    for each in root.iter(f"{{{SAML}}}NameID"):
        each.text = "899000000029"
    root.set("ID", "_forged")
    root.append(inner)


def _patient(root: etree._Element) -> None:
    for each in root.iter(f"{{{SAML}}}AttributeValue"):
        if "^^^" in (each.text or ""):
            each.text = (each.text or "").replace("279035121518989", "277076322082910")


@pytest.mark.parametrize(
    "change", [_text("NameID", "899000000029"), _text("Issuer", "CN=Autre"), _unsigned, _wrapped, _patient]
)
def test_a_changed_assertion_is_not_believed(
    signer: Signer, trusted: list[x509.Certificate], change: Callable[[etree._Element], None]
) -> None:
    root = etree.fromstring(etree.tostring(write_vihf(SAID, signer, at=AT)))
    change(root)
    with pytest.raises(BadAssertion):
        check_vihf(root, trusted, at=AT)


def test_an_old_one_a_stranger_s_and_an_incomplete_one_are_not_believed(
    signer: Signer, trusted: list[x509.Certificate], tmp_path: Path
) -> None:
    from maillon.exchange.dmp.plugging import signer_of

    for at in (AT + vihf.LASTS * 2, AT - vihf.LASTS * 2):
        with pytest.raises(BadAssertion, match="ancienne"):
            check_vihf(write_vihf(SAID, signer, at=AT), trusted, at=at)
    stranger = signer_of(str(certificates.ensure(tmp_path / "autre", now=AT).structure))
    with pytest.raises(BadAssertion, match="signature"):
        check_vihf(write_vihf(SAID, stranger, at=AT), trusted, at=AT)
    for lacking in ({"name": ""}, {"structure_id": ""}, {"sector": ""}, {"patient": ""}, {"roles": ()},
                    {"mode": "centre_15", "reason": ""}):  # fmt: skip
        with pytest.raises(BadAssertion):
            check_vihf(write_vihf(replace(SAID, **lacking), signer, at=AT), trusted, at=AT)  # type: ignore[arg-type]
