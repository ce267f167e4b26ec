"""What of a document may go where: the flags of the CI-SIS (volet « Transmission d’un document CDA-R2 », MetaDMPMSS)
and one table of what they forbid, for every national line.

To a professional by MSSanté only when MASQUE_PS is N, to the patient only when INVISIBLE_PATIENT is N; otherwise it is
an error, never a silent omission.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.kernel.key import Access, ProfessionalId
from maillon.kernel.message import UserMessage


class Destination(enum.StrEnum):
    """DESTMSSANTEPS, DESTMSSANTEPAT, DESTDMP; the DMP in secret connection is another destination than the DMP."""

    PROFESSIONAL = "DESTMSSANTEPS"
    PATIENT = "DESTMSSANTEPAT"
    DMP = "DESTDMP"
    DMP_SECRET = "DESTDMP en connexion secrète"  # noqa: S105 (no password)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The visibility of one document, as it stands now."""

    masked: bool = False  # MASQUE_PS
    hidden_from_patient: bool = False  # INVISIBLE_PATIENT
    hidden_from_representatives: bool = False  # INVISIBLE_REP_LEGAUX: a minor's secret, so CONNEXION_SECRETE

    def codes(self) -> tuple[str, ...]:
        """In JDV_J08, beside N, R and V: what the metadata say of it wherever it goes."""
        said = (
            ("MASQUE_PS", self.masked),
            ("INVISIBLE_PATIENT", self.hidden_from_patient),
            ("INVISIBLE_REPRESENTANTS_LEGAUX", self.hidden_from_representatives),
        )
        return tuple(code for code, holds in said if holds)


def flags_in(codes: Collection[str]) -> Flags:
    """The way back from `codes`."""
    return Flags(
        masked="MASQUE_PS" in codes, hidden_from_patient="INVISIBLE_PATIENT" in codes,
        hidden_from_representatives="INVISIBLE_REPRESENTANTS_LEGAUX" in codes,
    )  # fmt: skip


_TO: Final = Destination
_MASKED: Final = UserMessage(
    "E-ENV-06",
    "Le patient a masqué ce document aux professionnels\u202f: il ne peut pas leur être envoyé. "
    "Demandez-lui de le démasquer, ou retirez ce document de l’envoi.",
)
_HIDDEN: Final = UserMessage(
    "E-ENV-07",
    "Ce document attend la consultation d’annonce\u202f: il ne peut pas encore être envoyé au patient. "
    "Annoncez-le d’abord, ou retirez-le de l’envoi.",
)
_SECRET_TO_PATIENT: Final = UserMessage(
    "E-ENV-08",
    "Le mineur a demandé le secret sur ce document, et ses représentants lisent son espace santé\u202f: "
    "il ne peut pas y être envoyé. Remettez-le lui en main propre.",
)
_SECRET_TO_DMP: Final = UserMessage(
    "E-ENV-09", "Le mineur a demandé le secret sur ce document\u202f: il ne va au DMP qu’en connexion secrète."
)
# Flag × destination -> why not. What is not in the table may go, and carries its code in the metadata.
FORBIDDEN: Final[dict[tuple[str, Destination], UserMessage]] = {
    ("MASQUE_PS", _TO.PROFESSIONAL): _MASKED,
    ("INVISIBLE_PATIENT", _TO.PATIENT): _HIDDEN,
    ("INVISIBLE_REPRESENTANTS_LEGAUX", _TO.PATIENT): _SECRET_TO_PATIENT,
    ("INVISIBLE_REPRESENTANTS_LEGAUX", _TO.DMP): _SECRET_TO_DMP,
}


def refusals(flags: Flags, destination: Destination) -> tuple[UserMessage, ...]:
    """Why a document so marked may not go there; empty when it may."""
    found = (FORBIDDEN.get((code, destination)) for code in flags.codes())
    return tuple(each for each in found if each is not None)


def flags_of(access: Access, document: UUID) -> Flags:
    """Raises AccessDenied, alike for absent and forbidden."""
    kinds = documents.visibility.state(access, document).kinds
    kind = documents.visibility.marks.Kind
    return Flags(
        masked=kind.MASKED in kinds,
        hidden_from_patient=kind.HIDDEN_FROM_PATIENT in kinds,
        hidden_from_representatives=kind.MINOR_SECRET in kinds,
    )


def is_opposed_to(access: Access, person: ProfessionalId | None) -> bool:
    """An opposition to all sharing, or to this person (CSP L1110-4 II and IV)."""
    if access.scope != "whole":
        return access.facts.opposed
    kinds = access_room.consents.Kind
    return any(
        wish.kind == kinds.OPPOSED_ALL
        or (wish.kind == kinds.OPPOSED_PERSON and person is not None and wish.professional_id == person)
        for wish in access_room.consents.register(access)
        if wish.is_current
    )
