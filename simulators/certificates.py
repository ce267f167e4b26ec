"""What the simulated teleservices ask for: an authority of their own, a server's certificate, a structure's."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALIDITY = dt.timedelta(days=397)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The structure's certificate serves to come in and to sign, as the DMP asks (they must be the same)."""

    authority: Path
    server: Path  # certificate, then key
    structure: Path  # certificate, then key


def ensure(folder: Path, *, now: dt.datetime, structure: str = "Maison de santé des Tilleuls") -> Files:
    """Idempotent: made once, kept in the folder."""
    files = Files(
        authority=folder / "autorite.pem", server=folder / "serveur.pem", structure=folder / "structure.pem"
    )
    if not all(path.exists() for path in (files.authority, files.server, files.structure)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(files, now, structure)
    return files


def server_context(files: Files) -> ssl.SSLContext:
    """Who comes in shows a certificate of the authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.server)
    context.load_verify_locations(files.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def trusted(files: Files) -> list[x509.Certificate]:
    return [x509.load_pem_x509_certificate(files.structure.read_bytes())]


def _make(files: Files, now: dt.datetime, structure: str) -> None:
    root_key, root_name = _key(), _name("Autorité de démonstration DMP")
    root = (
        _builder(root_name, root_name, root_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    files.authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    for path, name, use in (
        (files.server, "localhost", ExtendedKeyUsageOID.SERVER_AUTH),
        (files.structure, structure, ExtendedKeyUsageOID.CLIENT_AUTH),
    ):
        key = _key()
        certificate = (
            _builder(_name(name), root_name, key, now)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(is_authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
            )
            .sign(root_key, hashes.SHA256())
        )
        _write(path, certificate, key)


def _write(path: Path, certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _name(common: str) -> x509.Name:
    return x509.Name([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"), x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
    ])  # fmt: skip


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, now: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + VALIDITY)
    )  # fmt: skip


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority, key_cert_sign=is_authority, crl_sign=is_authority,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
