"""From what a format read to what is filed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from maillon.documents.filing import Filing
from maillon.documents.viewing import CDA
from maillon.formats.cda.header import Header
from maillon.formats.cda.read import FilingDigest
from maillon.formats.confidentiality import level_of, marks_of
from maillon.formats.document import Anomaly, Author

NATIONAL_ID_ROOT = "1.2.250.1.71.4.2.1"  # IDNPS, « Annuaire Santé »
UNTYPED = "UNKNOWN"
E_PRESCRIPTION_ROOT = "1.2.250.1.215.500.1.1"  # number of the Assurance Maladie (EP-MED-DM)


def from_cda(
    digest: FilingDigest, data: bytes, *, anomalies: Iterable[Anomaly] = (), source: str = "mssante"
) -> Filing:
    """A CDA without identifier is known by its bytes: the same file twice is still one document."""
    header = digest.header
    author = header.authors[0] if header.authors else None
    act = header.acts[0] if header.acts else None
    return Filing(
        data=data,
        media_type=CDA,
        unique_id=header.version.id or unique_id_of(data),
        set_id=header.version.set_id,
        version_number=header.version.number,
        replaces=header.version.replaces,
        type_code=header.type_code or UNTYPED,
        type_system=header.type_system,
        templates=header.templates,
        title=header.title,
        written_at=header.created_at,
        act_at=act.start if act else None,
        ended_at=_end_of(header),
        prescription_number=act.id if act and (act.id or "").startswith(E_PRESCRIPTION_ROOT) and act.id else "",
        confidentiality=level_of([header.confidentiality]),
        marks=marks_of([header.confidentiality]),
        language=header.language,
        author=_name(author),
        author_national_id=author.id if author and author.id_root == NATIONAL_ID_ROOT else None,
        author_profession_code=author.profession_code if author else None,
        organization=author.organization_name if author else None,
        organization_id=author.organization_id if author else None,
        level=1 if digest.level == 1 else 3,
        results=digest.results,
        statements={
            "problem": digest.problems,
            "allergy": digest.allergies,
            "medication": digest.medications,
            "vaccination": digest.vaccinations,
            "procedure": digest.procedures,
            "device": digest.devices,
            "plan": digest.plan,
        },
        text=digest.plain_text,
        anomalies=(*digest.anomalies, *anomalies),
        source=source,
    )


def from_loose_file(
    data: bytes, *, media_type: str, title: str, text: str, anomalies: Iterable[Anomaly] = (), source: str = "mssante"
) -> Filing:
    """A PDF, image or text that came without a CDA: no type, no author, no identifier; a person decided whose it is."""
    return Filing(
        data=data,
        media_type=media_type,
        unique_id="",
        type_code=UNTYPED,
        title=title,
        statements={},
        text=text,
        anomalies=tuple(anomalies),
        source=source,
    )


def unique_id_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _end_of(header: Header) -> str | None:
    """Of the stay: the encounter says when the patient left, else the act that the document tells."""
    act = header.acts[0] if header.acts else None
    return (header.encounter.end if header.encounter else None) or (act.end if act else None)


def _name(author: Author | None) -> str:
    if author is None:
        return ""
    if author.family_name is None:
        return author.device or author.organization_name or ""
    title = "Dr " if author.suffix == "DR" or author.prefix == "DR" else ""
    return f"{title}{author.given_name or ''} {author.family_name}".strip()
