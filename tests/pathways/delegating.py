"""A team of cooperation, declared and active, and a patient who limps: Hugo delegate, Karim to be called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import time_machine

from maillon.access.models import Account
from maillon.access.sessions import actor_of_account
from maillon.exchange import api as exchange
from maillon.forms import api as forms
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId, ProfessionalId
from maillon.pathways import declarations, teams
from maillon.pathways.cooperation import acting, acts
from maillon.pathways.models import DelegatedAct, ProtocolVersion, TeamMember
from maillon.professionals.models import Attachment, Professional
from tests.conftest import LONG_AGO, Cast
from tests.documents import making
from tests.pathways import team as scene

Hands = time_machine.Traveller
FLAGS = (
    "plaie", "luxation", "deficit", "polytrauma", "fievre", "appui_24h", "grossesse", "anticoagulant", "os_fragile",
    "chirurgie", "examen_impossible",
)  # fmt: skip
BEGINNING: Mapping[str, str] = {"torsion": "oui", "cote": "droit", "delai": "24"}
NO_FLAG: Mapping[str, str] = dict.fromkeys(FLAGS, "non")
NO_OTTAWA: Mapping[str, str] = {
    "malleoles": "oui", "mediopied": "non", "o1": "non", "o2": "non", "o3": "non", "o4": "non", "o5": "non",
}  # fmt: skip
MILD: Mapping[str, str] = {"appui": "possible", "oedeme": "leger", "eva": "3", "ecchymose": "non", "laxite": "non"}
WHOLE: Mapping[str, str] = {**BEGINNING, **NO_FLAG, "risque_te": "non", **NO_OTTAWA, **MILD}


def person(actor: Actor) -> ProfessionalId:
    assert actor.professional_id is not None
    return actor.professional_id


def joined(cast: Cast, version: ProtocolVersion, actor: Actor, role: str, hours: str = "0") -> TeamMember:
    member = teams.join(
        cast.claire, version, professional=person(actor), role=role, engaged_on=dt.date(2026, 10, 1)
    )
    if Decimal(hours):
        teams.note_training(
            cast.claire, version, member.uuid, on=dt.date(2026, 10, 15), hours=Decimal(hours), title="Formation",
            trainer="Organisme agréé",
        )  # fmt: skip
    return member


def physiotherapist(cast: Cast, name: str = "hugo") -> Actor:
    """Of the Tilleuls."""
    one = Professional.objects.create(
        given_name=name.title(), family_name="Delmas", profession_code="G15_70",
        national_id={"hugo": "899000000052", "lea": "899000000060"}[name],
    )  # fmt: skip
    Attachment.objects.create(
        professional=one, structure_id=cast.tilleuls_id, start=LONG_AGO
    )
    account = Account.objects.create(identifier=f"{name}@demo", professional=one, structure_id=cast.tilleuls_id)
    return actor_of_account(account.pk)


def declared(cast: Cast, hugo: Actor) -> ProtocolVersion:
    version = scene.in_force(cast, "TORSION-CHEVILLE")
    him = joined(cast, version, hugo, "delegue", "10")
    teams.entitle(cast.claire, version, him.uuid)
    joined(cast, version, cast.karim, "delegant")
    declarations.declare(cast.claire, version, on=clock.today())
    return version


@pytest.fixture
def hugo(cast: Cast) -> Actor:
    return physiotherapist(cast)


@pytest.fixture
def ankle(cast: Cast, hands: Hands, hugo: Actor) -> ProtocolVersion:
    return declared(cast, hugo)


@pytest.fixture
def ready(cast: Cast, ankle: ProtocolVersion) -> ProtocolVersion:
    """Karim can be reached."""
    reachable(cast, ankle)
    return ankle


def reachable(cast: Cast, version: ProtocolVersion, *, hours: int = 240) -> None:
    teams.be_reachable(cast.karim, version, until=clock.now() + dt.timedelta(hours=hours), phone="06 00 00 00 00")


def limping(cast: Cast, *, years: int = 34) -> PatientId:
    patient = making.patient(born=dt.date(clock.today().year - years, 1, 1))
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    making.link(patient, cast.karim, "medecin_traitant")
    return patient


def begun(access: Access, version: ProtocolVersion) -> DelegatedAct:
    """Judged and agreed to."""
    uuid = acts.open_act(access, version.uuid)
    acts.judge(access, uuid)
    acts.agree(access, uuid, agreed=True, proof="classeur du cabinet")
    return DelegatedAct.objects.get(uuid=uuid)


def answered(access: Access, act: DelegatedAct, said: Mapping[str, str]) -> DelegatedAct:
    """Node after node, what `said` knows of what is asked."""
    revision = forms.read(access, _draft(act)).revision
    acting.answer(access, act.uuid, {code: [text] for code, text in said.items()}, revision=revision)
    return DelegatedAct.objects.get(pk=act.pk)


def cared(access: Access, version: ProtocolVersion) -> DelegatedAct:
    act = answered(access, begun(access, version), WHOLE)
    acts.care(access, act.uuid)
    return DelegatedAct.objects.get(pk=act.pk)


def _draft(act: DelegatedAct) -> UUID:
    assert act.response_uuid is not None
    return act.response_uuid


def reported(monkeypatch: pytest.MonkeyPatch, patient: PatientId, to: Actor, *, type_code: str = "47420-5") -> None:
    """A report that left for the médecin traitant now; that `exchange` says so is shown in tests/exchange."""
    document = making.file(patient, making.filing(type_code=type_code, act_at=clock.now().isoformat())).id
    reached: list[Any] = [
        exchange.outgoing.reaching.Reached(
            patient_id=patient, document_id=document, type_code=type_code, channel="messagerie", at=clock.now(),
            name="Dr Karim", national_id=to.national_id or "",
        )
    ]  # fmt: skip
    monkeypatch.setattr(exchange.outgoing.reaching, "reached", lambda patients, types: reached)


def failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange.outgoing.reaching, "reached", lambda patients, types: [])
