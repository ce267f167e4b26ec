"""Which line to the national record is plugged in, and what the screens say of it.

MAILLON_DMP_ADRESSE (nothing: none), MAILLON_DMP_VOIE (xds | fhir), MAILLON_DMP_AUTORITE, MAILLON_DMP_CERTIFICAT (the
structure's, with its key: it opens the line and signs), MAILLON_DMP_HOMOLOGATION, MAILLON_DMP_SIMULATEUR=1.
"""

from __future__ import annotations

import datetime as dt
import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from maillon.exchange.dmp.by_fhir import ByFhir
from maillon.exchange.dmp.by_soap import BySoap
from maillon.exchange.dmp.port import NationalRecord
from maillon.exchange.remote import Remote
from maillon.formats.xds.vihf import Signer
from maillon.kernel.message import UserMessage

NOT_PLUGGED: Final = (
    "E-DMP-02", "Aucune ligne vers le DMP n’est branchée\u202f: prévenez votre administrateur."
)
UNREADABLE: Final = (
    "E-DMP-02", "Le certificat de la structure n’est pas lisible\u202f: prévenez votre administrateur."
)
CHECKED_WITHIN: Final = 4.0  # seconds: somebody is before the page


def is_plugged() -> bool:
    return bool(_setting("ADRESSE"))


def is_simulated() -> bool:
    return _setting("SIMULATEUR") == "1"


def answers() -> bool:
    """Whether the line opens now."""
    return Remote(
        address=_setting("ADRESSE"), authority=_setting("AUTORITE"), certificate=_setting("CERTIFICAT"),
        patience=CHECKED_WITHIN,
    ).answers()  # fmt: skip


def line() -> NationalRecord:
    """Raises E-DMP-02."""
    if not is_plugged():
        raise UserMessage(*NOT_PLUGGED)
    certificate = _setting("CERTIFICAT")
    address, authority = _setting("ADRESSE").rstrip("/"), _setting("AUTORITE")
    patience = float(_setting("PATIENCE") or 15)
    signer = signer_of(certificate)
    if _setting("VOIE") == "fhir":
        remote = Remote(address=f"{address}/fhir", authority=authority, certificate=certificate, patience=patience)
        return ByFhir(remote=remote, signer=signer)
    remote = Remote(address=f"{address}/soap", authority=authority, certificate=certificate, patience=patience)
    return BySoap(remote=remote, signer=signer)


def certificate_until() -> dt.datetime | None:
    """Until when the structure's certificate is valid; None when there is none that can be read."""
    try:
        return signer_of(_setting("CERTIFICAT")).certificate.not_valid_after_utc
    except UserMessage:
        return None


def homologation() -> str:
    return _setting("HOMOLOGATION") or "NON_HOMOLOGUE"


@lru_cache(maxsize=4)
def signer_of(path: str) -> Signer:
    """The certificate and the key that a PEM file holds. Raises E-DMP-02 for what is none."""
    try:
        pem = Path(path).read_bytes()
        certificate, key = x509.load_pem_x509_certificate(pem), load_pem_private_key(pem, password=None)
    except (OSError, ValueError, TypeError):
        raise UserMessage(*UNREADABLE) from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UserMessage(*UNREADABLE)
    return Signer(key=key, certificate=certificate)


def _setting(name: str) -> str:
    return os.environ.get(f"MAILLON_DMP_{name}", "")
