"""A programme of therapeutic education worth showing: a declared team, sessions past and to come, its patients."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from maillon.forms import api as forms
from maillon.kernel import clock
from maillon.kernel.key import Access, PatientId
from maillon.pathways import declarations, moving
from maillon.pathways.education import attendance, contract, programme, reports, sessions
from maillon.pathways.education.contract import Competency
from maillon.pathways.education.sessions import Wanted
from maillon.pathways.models import EducationSession, Plan, PlanStep, ProtocolVersion, TeamMember
from maillon.pathways.states import StepState
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import team
from tests.pathways.test_teams import joined

CONTRACT = (
    Competency(
        family="sécurité", text="Reconnaître une crise et savoir quoi faire",
        criterion="Dit les trois signes, et quand appeler le 15",
    ),
    Competency(
        family="autosoins", text="Prendre ses traitements inhalés comme il faut", criterion="Montre le geste sans oubli"
    ),
    Competency(
        family="adaptation", text="Courir de nouveau avec ses enfants",
        criterion="Vingt minutes sans gêne, deux fois par semaine",
    ),
)  # fmt: skip
LEARNED = "Nomme son traitement de fond et celui de la crise ; veut refaire le geste."


@dataclass(frozen=True, kw_only=True)
class Shown:
    version: UUID
    held: UUID
    today: UUID
    plan: UUID
    fresh_plan: UUID


def stand(cast: Cast, record: Access, *others: Access) -> Shown:
    version = team.in_force(cast, "ETP-ASTHME")
    joined(cast, version, cast.nadia, "coordonnateur", "40")
    joined(cast, version, cast.claire, "intervenant", "42")
    joined(cast, version, cast.karim, "intervenant", "36")
    declarations.declare(cast.claire, version, on=clock.today() - dt.timedelta(days=20), reference="ETP-2026-0412")
    for actor in (cast.nadia, cast.karim):
        programme.sign_charter(actor, version.uuid)
    plans = [_entered(cast, version, access) for access in (record, *others)]
    for plan in plans[:-1]:
        contract.agree(key(cast, plan), plan.uuid, CONTRACT)
        moving.move(key(cast, plan), plan.uuid, "programme")
    held = _session(cast, version, "S1", days=-7)
    for rank, plan in enumerate(plans[:-1]):
        made = attendance.enrol(key(cast, plan), held.uuid, plan.uuid)
        state = "absent" if rank == 1 else "present"
        attendance.mark(key(cast, plan), made.uuid, state=state, learned=LEARNED if state == "present" else "")
    sessions.hold(cast.nadia, held.uuid)
    today = _session(cast, version, "S2", days=0)
    for plan in plans[:-1]:
        attendance.enrol(key(cast, plan), today.uuid, plan.uuid)
    _session(cast, version, "S3", days=6)
    contract.say_whether_gp_is_told(key(cast, plans[0]), plans[0].uuid, agreed=True)
    reports.write(
        cast.nadia, version.uuid, "annuel", clock.today().year, {"forts": "Des groupes soudés, des patients assidus."},
        revision=0,
    )  # fmt: skip
    return Shown(
        version=version.uuid, held=held.uuid, today=today.uuid, plan=plans[0].uuid, fresh_plan=plans[-1].uuid
    )


def key(cast: Cast, plan: Plan) -> Access:
    return making.key(PatientId(plan.patient_id), cast.nadia)


def _entered(cast: Cast, version: ProtocolVersion, record: Access) -> Plan:
    team.says(record.patient_id, "problem", "J45.9", "Asthme", team.ICD10)
    plan = team.include(cast, record.patient_id, version)
    access = key(cast, plan)
    uuid = forms.begin(access, "BEP")
    typed = {
        "maladie": ["Asthme depuis l’enfance"], "quotidien": ["Travaille de nuit"], "connait": ["Mesure son souffle"],
        "projet": ["Courir"], "priorites": ["La crise"],
    }  # fmt: skip
    forms.save(access, uuid, typed, revision=forms.read(access, uuid).revision)
    forms.sign(access, uuid)
    team.work()
    PlanStep.objects.filter(plan=plan, step="BEP").update(state=StepState.DONE, done_at=clock.now())
    return plan


def _session(cast: Cast, version: ProtocolVersion, template: str, *, days: int) -> EducationSession:
    person = TeamMember.objects.get(professional_id=cast.nadia.professional_id or 0, withdrawn_on=None)
    at = clock.now() + dt.timedelta(days=days, hours=-1 if days == 0 else 0)
    wanted = Wanted(template=template, at=at, place="Salle du rez-de-chaussée", members=(person.uuid,))
    return sessions.plan(cast.nadia, version.uuid, wanted)


