"""What the holder of a key may change. The pages ask before they draw a button, the verbs ask before they write: a
button that would be refused is not drawn.

One rule behind the table: whoever holds the record may write down a restriction that the patient asks for; only those
who care, coordinate, or decide for the patient may write down what opens it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Final

from django.db.models import Q

from maillon.access.models import Delegation
from maillon.access.rule import ADMINISTRATIVE_ROLES, COORDINATORS
from maillon.kernel import clock
from maillon.kernel.key import Access, Purpose

_ANNOUNCING = "G15_"  # health professionals of part IV CSP (R1111-53)
_KEEPING_SECRETS: Final = frozenset({"G15_10", "G15_50", "G15_60"})  # CSP L1111-5, L1111-5-1


class Role(enum.StrEnum):
    CARE = "professionnel de l’équipe"
    OUTSIDE = "professionnel hors de l’équipe, avec consentement"
    COORDINATION = "coordonnateur"
    OFFICE = "secrétariat"
    MACHINE = "programme de la maison"
    PARTNER = "logiciel d’un partenaire"
    ONESELF = "patient"
    GUARDIAN = "titulaire de l’autorité parentale, tuteur"
    CARER = "aidant désigné"
    PASSING = "auteur seul, bris de glace, contrôle de qualité"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    # The circle
    change_circle: bool = False  # add a member, end a link, declare the médecin traitant
    open_door: bool = False  # the patient's own door, or that of who represents them
    # The register
    inform: bool = False  # write down that the information was given
    restrict: bool = False  # oppose one person, withdraw a consent
    restrict_physicians: bool = False  # oppose a physician, oppose everybody, refuse emergency access
    consent: bool = False  # consent, withdraw an opposition
    # One document
    mask: bool = False
    mask_without_proof: bool = False  # the patient themself, or the author (E-ACC-12)
    unmask: bool = False
    hide: bool = False  # until the announcement
    keep_secret: bool = False  # from a minor's parents
    open_to_named: bool = False

    @property
    def any_on_document(self) -> bool:
        return self.mask or self.unmask or self.hide or self.keep_secret or self.open_to_named


_RESTRICTING = Abilities(inform=True, restrict=True, restrict_physicians=True, mask=True)
_DECIDING = Abilities(
    change_circle=True, restrict=True, restrict_physicians=True, consent=True, mask=True, mask_without_proof=True,
    unmask=True, open_to_named=True,
)  # fmt: skip
TABLE: Final[dict[Role, Abilities]] = {
    Role.CARE: replace(_RESTRICTING, change_circle=True, open_door=True, consent=True),
    Role.OUTSIDE: _RESTRICTING,
    Role.COORDINATION: replace(_RESTRICTING, change_circle=True, open_door=True, consent=True),
    Role.OFFICE: replace(_RESTRICTING, change_circle=True, open_door=True),
    Role.MACHINE: Abilities(change_circle=True, open_door=True),
    Role.PARTNER: Abilities(),  # nothing of what others wrote
    Role.ONESELF: _DECIDING,
    Role.GUARDIAN: _DECIDING,
    Role.CARER: Abilities(restrict=True),
    Role.PASSING: Abilities(),
}


def abilities(access: Access, *, is_author: bool = False) -> Abilities:
    """Of the key; `is_author`: on a document that its holder wrote, when it is one document that is spoken of."""
    held = TABLE[role_of(access)]
    if access.actor.kind == "partner" and is_author:  # what it published: it passes on what its author decides
        return replace(held, mask=True, mask_without_proof=True, unmask=True, hide=True)
    if access.actor.kind != "professional":
        return held
    if is_author:
        held = replace(held, mask=True, mask_without_proof=True, unmask=True)
    profession = access.actor.profession_code
    is_reading = is_author or role_of(access) in (Role.CARE, Role.OUTSIDE)
    return replace(
        held,
        hide=is_reading and profession.startswith(_ANNOUNCING),
        keep_secret=is_reading and profession in _KEEPING_SECRETS,
        open_to_named=is_author or access.facts.treating,
    )


def role_of(access: Access) -> Role:
    kind = access.actor.kind
    if kind == "machine":
        return Role.MACHINE
    if kind == "partner":
        return Role.PARTNER
    if kind == "professional":
        return _role_of_professional(access)
    return Role.ONESELF if access.facts.oneself else _role_of_representative(access)


def _role_of_professional(access: Access) -> Role:
    facts = access.facts
    if access.scope != "whole" or access.purpose is Purpose.QUALITY or not (facts.member or facts.consented):
        return Role.PASSING
    if not facts.member:
        return Role.OUTSIDE
    if access.actor.profession_code in ADMINISTRATIVE_ROLES:
        return Role.OFFICE
    return Role.COORDINATION if access.actor.profession_code in COORDINATORS else Role.CARE


def _role_of_representative(access: Access) -> Role:
    today = clock.today()
    kinds = Delegation.objects.filter(
        Q(end__isnull=True) | Q(end__gte=today),
        Q(ended_at__isnull=True) | Q(ended_at__gt=clock.now()),
        visitor_id=access.actor.visitor_id or 0, patient_id=access.patient_id, start__lte=today,
    ).values_list("kind", flat=True)  # fmt: skip
    if not kinds:
        return Role.PASSING
    return Role.CARER if set(kinds) == {Delegation.Kind.CARER} else Role.GUARDIAN
