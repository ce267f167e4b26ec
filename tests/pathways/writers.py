"""A team that writes a protocol: four professions, a coordinator, and DIAB-01 copied and made theirs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from maillon.access.models import Account
from maillon.access.sessions import actor_of_account
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.pathways.authoring import door as authoring
from maillon.pathways.editing import raw
from maillon.pathways.models import ProtocolVersion
from maillon.professionals.models import Attachment, Professional
from tests.conftest import LONG_AGO, Cast

NAMED = ("G15_10", "G15_60", "G15_21", "G15_70")


@dataclass(frozen=True, kw_only=True)
class Team:
    agnes: Actor  # coordinator
    claire: Actor  # GP
    nadia: Actor  # nurse
    fatou: Actor  # pharmacist
    marc: Actor  # physiotherapist
    sylvie: Actor  # secretary: no profession of the protocol
    paul: Actor  # elsewhere

    @property
    def signers(self) -> tuple[Actor, ...]:
        return (self.claire, self.nadia, self.fatou, self.marc)


def team_of(cast: Cast) -> Team:
    def engaged(given: str, family: str, profession: str) -> Actor:
        person = Professional.objects.create(given_name=given, family_name=family, profession_code=profession)
        Attachment.objects.create(
            professional=person, structure_id=cast.tilleuls_id, start=LONG_AGO
        )
        account = Account.objects.create(
            identifier=f"{given.lower()}@demo", professional=person, structure_id=cast.tilleuls_id
        )
        return actor_of_account(account.pk)

    return Team(
        agnes=engaged("Agnès", "Roux", "330"), fatou=engaged("Fatou", "Diop", "G15_21"),
        marc=engaged("Marc", "Petit", "G15_70"), claire=cast.claire, nadia=cast.nadia, sylvie=cast.sylvie,
        paul=cast.paul,
    )  # fmt: skip


def adapted(said: dict[str, Any]) -> None:
    """The model made theirs: the four professions of the team, the need that they saw, the literature read today."""
    said["professions"] = list(NAMED)
    said["justification"] = "Soixante patients suivis, un tiers sans examen des pieds dans l’année."
    said["relu_le"] = clock.today().isoformat()
    said["a_revoir_le"] = (clock.today() + dt.timedelta(days=365)).isoformat()
    for step in said["etapes"]:
        step["qui"] = [code for code in step["qui"] if code in NAMED or code == "patient"] or ["G15_10"]
        step.pop("acte", None)
    next(step for step in said["etapes"] if step["id"] == "O1")["qui"] = ["G15_70"]
    said.pop("exemples")
    said["exemples"] = []


def rewrite(uuid: UUID, change: Callable[[dict[str, Any]], None]) -> None:
    """Behind the editor's back."""
    version = ProtocolVersion.objects.get(uuid=uuid)
    said = raw.values(version.text)
    change(said)
    version.text = raw.text_of(said)
    version.save()


def copied(team: Team) -> UUID:
    uuid = authoring.library.copy_model(team.agnes, "DIAB-01")
    rewrite(uuid, adapted)
    return uuid


def at_signatures(team: Team) -> UUID:
    uuid = copied(team)
    authoring.versions.move(team.agnes, uuid, "review")
    authoring.versions.move(team.agnes, uuid, "approve")
    return uuid


def sign(actor: Actor, uuid: UUID, **changed: Any) -> None:
    given = {"fingerprint": ProtocolVersion.objects.get(uuid=uuid).fingerprint, "has_read": True} | changed
    authoring.versions.sign(actor, uuid, **given)


def in_force(team: Team) -> UUID:
    uuid = at_signatures(team)
    for signer in team.signers:
        sign(signer, uuid)
    return uuid


def state(uuid: UUID) -> str:
    return ProtocolVersion.objects.get(uuid=uuid).state


def refusal(verb: Callable[..., Any], *arguments: Any, **named: Any) -> UserMessage:
    with pytest.raises(UserMessage) as caught, transaction.atomic():
        verb(*arguments, **named)
    return caught.value
