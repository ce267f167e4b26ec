"""One territory for all that might seep: who is in it, whom they follow, what was written of whom."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.access.models import (
    Account,
    BreakGlass,
    CareTeamMembership,
    Delegation,
    DocumentMark,
    Replacement,
    Session,
    Visitor,
    VisitorSession,
    Wish,
)
from maillon.charter import models as charter
from maillon.documents import api as documents
from maillon.documents.search import index_words
from maillon.exchange.dmp.rows import DmpEntry
from maillon.exchange.insi.rows import InsiCall
from maillon.formats.document import Statement
from maillon.forms import api as forms
from maillon.forms.models import Response
from maillon.forms.written import kept
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId, StructureId
from maillon.pathways import checking, working
from maillon.pathways.models import (
    AdverseEvent,
    Attendance,
    DelegatedAct,
    EducationSession,
    Goal,
    Plan,
    PlanStep,
    ProtocolVersion,
)
from maillon.patients import api as patients
from maillon.patients.models import Patient
from maillon.professionals.models import Attachment, Professional, Structure
from maillon.record.api import FORM_SYSTEM
from maillon.record.models import Observation, TimelineEntry
from maillon.tasks.api import Reader
from maillon.tasks.models import Task
from maillon.writing.models import Draft
from tests.conftest import LONG_AGO, PASSWORD
from tests.documents import making
from tests.seep import deployment, grids, letters, sendings, software

NOON = dt.datetime(2026, 3, 31, 12, 0, tzinfo=clock.PARIS)  # two days after the clocks went forward
ABSENT = UUID("00000000-0000-4000-8000-00000000dead")

STRUCTURES = {
    "tilleuls": ("Maison de santé des Tilleuls", "SA52"),
    "port": ("Cabinet du Port", "SA07"),
    "officine": ("Pharmacie de la Halle", "SA33"),
    "hopital": ("Centre hospitalier des Trois-Vallées", "SA01"),
}
# key: (name, profession, title, national id, structure, is administrator)
PEOPLE: dict[str, tuple[str, str, str, str | None, str, bool]] = {
    "claire": ("Claire Morel", "G15_10", "DR", "899000000011", "tilleuls", False),
    "karim": ("Karim Benali", "G15_10", "DR", "899000000029", "tilleuls", False),
    "nadia": ("Nadia Lefèvre", "G15_60", "", "899000000037", "tilleuls", False),
    "sylvie": ("Sylvie Caron", "331", "", None, "tilleuls", False),
    "odile": ("Odile Ferrand", "330", "", None, "tilleuls", False),
    "adrien": ("Adrien Costa", "331", "", None, "tilleuls", True),
    "regis": ("Régis Amaury", "G15_10", "DR", "899000000052", "tilleuls", False),  # the digital referent
    "luc": ("Luc Vasseur", "G15_10", "DR", "899000000060", "port", False),  # replaces Karim today
    "hugo": ("Hugo Delmas", "G15_70", "", "899000000078", "port", False),
    "ines": ("Inès Roy", "G15_21", "DR", "899000000086", "officine", False),
    "paul": ("Paul Étranger", "G15_10", "DR", "899000000045", "port", False),  # outside every circle
    "hector": ("Hector Blin", "G15_10", "DR", "899000000094", "hopital", False),  # writes, and asks for nothing
}
# key: (whose own record, family, given, birth date)
_VISITORS = {
    "jeanne": ("followed", "MARTINEAU", "JEANNE", dt.date(1952, 2, 1)),
    "paulette": ("second", "DURANDEAU", "PAULETTE", dt.date(1948, 7, 14)),
    "sophie": ("", "MARTINEAU", "SOPHIE", dt.date(1984, 4, 4)),
    "carole": ("", "COLINOT", "CAROLE", dt.date(1970, 4, 4)),
}
_DELEGATIONS = {
    "sophie": ("child", Delegation.Kind.PARENT, dt.date(2029, 4, 1)),
    "carole": ("second", Delegation.Kind.CARER, dt.date(2026, 3, 30)),
}
SOFTWARE = "logiciel"  # asks the FHIR API by itself, in the name of the Tilleuls
ASKING = (*(key for key in PEOPLE if key != "hector"), *_VISITORS, SOFTWARE)


@dataclass(frozen=True, kw_only=True)
class Person:
    key: str
    actor: Actor
    cookies: dict[str, str]
    bearer: str = ""  # a token of the FHIR API: the person's, through a software, or that of a software alone

    @property
    def professional_id(self) -> int | None:
        return self.actor.professional_id


@dataclass(frozen=True, kw_only=True)
class Known:
    """A patient of the territory."""

    id: PatientId
    uuid: UUID
    family: str
    given: str
    born: dt.date


@dataclass
class World:
    structures: dict[str, int] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    patients: dict[str, Known] = field(default_factory=dict)
    documents: dict[str, documents.Filed] = field(default_factory=dict)
    mailboxes: dict[str, int] = field(default_factory=dict)

    def actor(self, key: str) -> Actor:
        return self.people[key].actor


def build() -> World:
    world = World()
    for key, (name, kind) in STRUCTURES.items():
        made = Structure.objects.create(finess=f"99000{len(world.structures):04d}", name=name, type_code=kind)
        world.structures[key] = made.pk
    for key in PEOPLE:
        world.people[key] = _engage(world, key)
    _patients(world)
    _circle(world)
    _write(world)
    _wishes(world)
    _national(world)
    letters.deliver(world)
    sendings.deliver(world)
    charter_of(world, "tilleuls")
    grids.deliver(world, "tilleuls")
    deployment.deliver(world)
    _plans(world)
    while index_words():
        pass
    for key, person in list(world.people.items()):  # once all is there: replacements, referents
        if "maillon" in person.cookies:
            world.people[key] = _present(key, person.cookies["maillon"])
    software.bring(world)
    return world


@contextmanager
def undone() -> Iterator[None]:
    """What is written inside is as if it had never been."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.set_rollback(False)
        transaction.savepoint_rollback(point)
        transaction.savepoint_commit(point)  # let go, now that it is empty: kept, each would hold a lock to the end


# ------------------------------------------------------------------------------------------------ who


def _engage(world: World, key: str) -> Person:
    name, profession, title, national_id, place, is_administrator = PEOPLE[key]
    given, family = name.split(" ", 1)
    person = Professional.objects.create(
        national_id=national_id, given_name=given, family_name=family, title=title, profession_code=profession
    )
    structure = world.structures[place]
    Attachment.objects.create(professional=person, structure_id=structure, start=LONG_AGO)
    account = Account(
        identifier=f"{key}@demo", professional=person, structure_id=structure, is_administrator=is_administrator,
        is_referent=key == "regis",
    )  # fmt: skip
    account.set_password(PASSWORD)
    account.save()
    return _present(key, open_session(account))


def open_session(account: Account, *, name: str = "") -> str:
    """A signed-in browser, without the page: that one is tried elsewhere."""
    token = f"seep-{account.identifier}-{name}"
    session = Session(
        token_hash=hashlib.sha256(token.encode()).digest(), account=account,
        ends_at=clock.now() + dt.timedelta(hours=8), user_agent=f"Navigateur {name or account.identifier}",
        method=Session.Method.CODE, assurance=2, structure_id=account.structure_id,
        situations=[account.structure_id], created_at=clock.now(), last_seen_at=clock.now(),
    )  # fmt: skip
    session.save()
    return token


def _present(key: str, token: str) -> Person:
    holder = access_room.sessions.actor_of(token)
    assert holder is not None, key
    return Person(key=key, actor=holder, cookies={"maillon": token})


# ------------------------------------------------------------------------------------------------ of whom

# key: (family, given, birth date). Names begin alike on purpose: what is typed is the beginning of a name.
_PATIENTS = {
    "followed": ("MARTINEAU", "JEANNE", dt.date(1952, 2, 1)),
    "second": ("DURANDEAU", "PAULETTE", dt.date(1948, 7, 14)),
    "named": ("LEGRANDIN", "SUZANNE", dt.date(1961, 11, 30)),
    "consented": ("GARNIERE", "ODETTE", dt.date(1939, 3, 9)),
    "opposed": ("PERRINET", "LUCIENNE", dt.date(1955, 5, 5)),
    "but_karim": ("MARCHANDEAU", "HENRIETTE", dt.date(1944, 12, 24)),
    "ended": ("COLINOT", "YVONNE", dt.date(1937, 8, 21)),
    "future": ("BRUNETEAU", "ALBERTE", dt.date(1970, 1, 17)),
    "elsewhere": ("CARPENTIERE", "GILBERTE", dt.date(1966, 6, 6)),
    "unknown": ("ROUSSELOT", "MARCELLE", dt.date(1950, 10, 10)),
    "child": ("MARTINEAU", "LEA", dt.date(2011, 4, 2)),
}


def add_patient(family: str, given: str, born: dt.date, *, uuid: UUID | None = None) -> Known:
    patient_id = patients.register(
        patients.Registration(
            traits=patients.StrictTraits(
                birth_family_name=family, birth_given_names=given, first_birth_given_name=given, birth_date=born,
                sex="F",
            )
        ),
        actor_label="essai",
    )  # fmt: skip
    row = Patient.objects.get(pk=patient_id)
    return Known(id=patient_id, uuid=row.uuid, family=row.birth_family_name, given=given, born=born)


def _patients(world: World) -> None:
    for key, (family, given, born) in _PATIENTS.items():
        world.patients[key] = add_patient(family, given, born)


def _circle(world: World) -> None:
    today, people, place = clock.today(), world.people, world.structures
    day = dt.timedelta(days=1)
    basis = access_room.Basis
    for key in ("followed", "second", "consented", "opposed", "but_karim", "child"):
        member(world, key, structure="tilleuls")
    member(world, "named", person="hugo", basis=basis.PATIENT)
    member(world, "named", structure="officine")
    member(world, "ended", structure="tilleuls", end=today - day)
    member(world, "ended", person="claire", basis=basis.PATIENT, end=today - day)
    member(world, "future", structure="tilleuls", start=today + day)
    member(world, "elsewhere", structure="hopital")
    member(world, "second", person="hugo", basis=basis.VISIT, start=today - 20 * day, end=today + 70 * day)
    member(world, "elsewhere", person="odile", basis=basis.MANDATE)
    member(world, "followed", person="claire", basis=basis.TREATING)
    member(world, "second", person="karim", basis=basis.TREATING)
    Replacement.objects.create(
        replaced_id=people["karim"].professional_id, replacing_id=people["luc"].professional_id, start=today - day,
        end=today + day, reason="Congés", recorded_by="essai",
    )  # fmt: skip
    BreakGlass.objects.create(
        patient_id=world.patients["elsewhere"].id, professional_id=people["paul"].professional_id,
        structure_id=place["port"], reason_code="urgence_vitale",
        reason_text="Malaise dans la rue, perte de conscience.",
        since=clock.now() - dt.timedelta(hours=1), until=clock.now() + dt.timedelta(hours=3),
        review_due_at=clock.now() + dt.timedelta(hours=71),
    )  # fmt: skip


def member(world: World, patient: str | PatientId, *, basis: str = "equipe_structure", **who: Any) -> None:
    structure, person = who.pop("structure", None), who.pop("person", None)
    CareTeamMembership.objects.create(
        patient_id=world.patients[patient].id if isinstance(patient, str) else patient,
        structure_id=world.structures[structure] if structure else None,
        professional_id=world.people[person].professional_id if person else None,
        basis=basis, evidence="essai", recorded_by="essai", **({"start": clock.today() - dt.timedelta(days=300)} | who),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ what was written

# name: (type, title, confidentiality, author). Cells of the matrix that the sheet shows (domain §8.3).
_DOCUMENTS = {
    "letter": ("11488-4", "Lettre de consultation", "N", "hector"),
    "biology": ("11502-2", "Compte rendu de biologie", "N", None),
    "prescription": ("57833-6", "Ordonnance", "N", "claire"),
    "imaging": ("18748-4", "Radiographie du thorax", "N", None),
    "psychiatry": ("68599-0", "Synthèse psychiatrique", "N", "hector"),
    "restricted": ("11488-4", "Consultation réservée", "R", "hector"),
    "vaulted": ("11488-4", "Consultation très réservée", "V", "hector"),
    "masked": ("11488-4", "Consultation masquée", "N", "hector"),
    "announced": ("60568-3", "Anatomopathologie", "N", "hector"),
}


def _write(world: World) -> None:
    for patient in ("followed", "second", "opposed", "elsewhere", "child"):
        for name, (kind, title, level, author) in _DOCUMENTS.items():
            file(world, patient, name, type_code=kind, title=title, confidentiality=level, author=author)
    for patient in ("named", "consented", "but_karim", "ended", "future", "unknown"):
        for name in ("letter", "biology"):
            kind, title, level, author = _DOCUMENTS[name]
            file(world, patient, name, type_code=kind, title=title, confidentiality=level, author=author)
    file(world, "unknown", "authored", type_code="11488-4", title="Avis ponctuel", author="karim")
    tilleuls = world.structures["tilleuls"]
    for patient, author in (("followed", "claire"), ("second", "karim")):
        draft(world.patients[patient].id, world.people[author].professional_id, "sentinelle")
        answers(world.patients[patient].id, world.people[author].professional_id, "sentinelle")
        answers(world.patients[patient].id, world.people[author].professional_id, "signées", is_signed=True)
    for patient in ("followed", "second"):
        Task.objects.create(
            patient_id=world.patients[patient].id, kind=Task.Kind.DO, title="Rappeler la patiente",
            professional_id=world.people["claire"].professional_id, structure_id=tilleuls,
            due_at=clock.now() + dt.timedelta(days=2),
        )  # fmt: skip
    Task.objects.create(
        patient_id=world.patients["followed"].id, kind=Task.Kind.ALERT, level="orange", title="Poids en hausse",
        reason="2 kg de plus en trois jours", role_code="G15_10", structure_id=tilleuls, due_at=clock.now(),
    )  # fmt: skip


def draft(patient_id: int, professional_id: int, word: str) -> Draft:
    """What one person is writing, and nobody else may know of."""
    return Draft.objects.create(
        patient_id=patient_id, professional_id=professional_id, letter="lettre-adressage",
        content={"title": f"Lettre {word}", "texts": {"motif": f"Brouillon {word}"}},
    )  # fmt: skip


def answers(patient_id: int, professional_id: int, word: str, *, is_signed: bool = False) -> Response:
    """What one person answers to a questionnaire: being written, nobody else may know of it; signed, it is read like
    « Bilan par un professionnel »."""
    asked = forms.definition("PLAIE")
    assert asked is not None
    bit, at = access_room.matrix.bit_of(asked.type), clock.now() - dt.timedelta(days=3)
    label = f"Auteur {word}" if is_signed else ""
    made = Response.objects.create(
        patient_id=patient_id, author_professional_id=professional_id, definition=kept(asked), form_code="PLAIE",
        answers={"siege": [f"Plaie {word}"], "longueur": ["3"]}, type_bit=bit, author_label=label,
        signed_at=at if is_signed else None, summary=f"Surface {word}" if is_signed else "",
    )  # fmt: skip
    if is_signed:
        said = {"patient_id": patient_id, "response_uuid": made.uuid, "author_professional_id": professional_id,
                "at": at, "type_bit": bit}  # fmt: skip
        TimelineEntry.objects.create(**said, kind="10", type_code=asked.type, title=f"Plaie {word}", author=label)
        Observation.objects.create(
            **said, code="PLAIE/siege", system=FORM_SYSTEM, label="Siège", value_text=f"Plaie {word}"
        )
    return made


def file(
    world: World, patient: str | PatientId, name: str, *, type_code: str, title: str, confidentiality: str = "N",
    author: str | None = None, readers: tuple[str, ...] = ("claire", "karim", "nadia"), age: int = 12, **more: Any,
) -> documents.Filed:  # fmt: skip
    patient_id = world.patients[patient].id if isinstance(patient, str) else patient
    said = world.people[author].actor if author else None
    potassium = making.result(value="4.1")
    glucose = making.result(code="2345-7", label="Glucose", value="9.8", interpretation="H")
    results = more.pop("results", (potassium, glucose) if type_code == "11502-2" else ())
    filing = making.filing(
        type_code=type_code, title=title, confidentiality=confidentiality, text=f"{title} sentinelle potassium marche",
        author=said.label if said else "Dr Ailleurs", author_national_id=said.national_id if said else None,
        author_profession_code="G15_10", results=results,
        statements={"problem": [Statement(label=f"Suivi : {title}", start="2019", status="active")]},
        written_at=(clock.now() - dt.timedelta(days=age)).isoformat(), **more,
    )  # fmt: skip
    asked = [
        Reader(professional_id=world.actor(key).professional_id, structure_id=world.actor(key).structure_id)  # type: ignore[arg-type]
        for key in readers
    ]
    asked.append(Reader(structure_id=StructureId(world.structures["tilleuls"]), role_code="331"))
    access = access_room.open_for_intake(
        making.MACHINE, patient_id, structure_id=StructureId(world.structures["tilleuls"]), resource_id=filing.unique_id
    ).access
    filed = documents.file(access, filing, readers=asked, received_at=clock.now() - dt.timedelta(days=age))
    if isinstance(patient, str):
        world.documents[f"{patient}/{name}"] = filed
    return filed


def _wishes(world: World) -> None:
    wish(world, "opposed", kind=Wish.Kind.OPPOSED_ALL)
    wish(world, "but_karim", kind=Wish.Kind.OPPOSED_PERSON, person="karim")
    wish(world, "consented", kind=Wish.Kind.CONSENT, person="ines")
    wish(world, "followed", kind=Wish.Kind.INFORMED)
    for patient in ("followed", "second", "elsewhere", "child"):
        mark(world, f"{patient}/masked", DocumentMark.Kind.MASKED)
        mark(world, f"{patient}/announced", DocumentMark.Kind.HIDDEN_FROM_PATIENT, until=dt.timedelta(days=20))
    mark(world, "child/prescription", DocumentMark.Kind.MINOR_SECRET)
    mark(world, "followed/restricted", DocumentMark.Kind.NAMED, person="karim")
    _visitors(world)


def _national(world: World) -> None:
    """What the national record was seen to hold, open and masked, and what INSi was asked."""
    for patient in ("followed", "second", "opposed", "elsewhere", "child"):
        for rank, (visibility, kind) in enumerate((([], "11488-4"), (["MASQUE_PS"], "11502-2"), ([], "34112-3"))):
            DmpEntry.objects.create(
                patient_id=world.patients[patient].id, unique_id=f"1.2.250.1.999.9.{patient}.{rank}",
                entry_uuid=f"urn:uuid:{rank}", title=f"Sentinelle du DMP {rank}", type_code=kind,
                type_bit=access_room.matrix.bit_of(kind), availability="Approved", visibility=visibility,
                author="Dr Ailleurs", act_at=clock.now() - dt.timedelta(days=rank + 1),
            )  # fmt: skip
        InsiCall.objects.create(
            patient_id=world.patients[patient].id, kind="recherche", outcome="aucune", actor="Dr Claire Morel",
            at=clock.now(),
        )  # fmt: skip


def wish(world: World, patient: str | PatientId, *, kind: str, person: str | None = None, **changed: Any) -> None:
    Wish.objects.create(
        patient_id=world.patients[patient].id if isinstance(patient, str) else patient, kind=kind,
        professional_id=world.people[person].professional_id if person else None, channel=Wish.Channel.ORAL,
        recorded_by="essai", **({"since": clock.now() - dt.timedelta(days=10)} | changed),
    )  # fmt: skip


def mark(
    world: World, document: str | documents.Filed, kind: str, *, patient: PatientId | None = None,
    person: str | None = None, until: dt.timedelta | None = None,
) -> None:  # fmt: skip
    filed = world.documents[document] if isinstance(document, str) else document
    patient_id = world.patients[document.split("/")[0]].id if isinstance(document, str) else patient
    DocumentMark.objects.create(
        patient_id=patient_id, document_id=filed.id, kind=kind, set_by="essai",
        professional_id=world.people[person].professional_id if person else None,
        since=clock.now() - dt.timedelta(days=5), until=clock.now() + until if until else None,
    )  # fmt: skip


def charter_of(world: World, place: str) -> None:
    """A draft with one clause."""
    version = charter.Version.objects.create(
        structure_id=world.structures[place], number=1, title=f"Charte de {STRUCTURES[place][0]}", written_by="essai"
    )
    charter.Clause.objects.create(
        version=version, position=1, code="identite", title="Identité", text="L’accueil vérifie l’identité."
    )


def _plans(world: World) -> None:
    """A protocol of the Tilleuls, and two patients under it."""
    text = (checking.FOLDER / "DIAB-01.yaml").read_text(encoding="utf-8")
    ProtocolVersion.objects.create(
        structure_id=world.structures["tilleuls"], code="DIAB-01", number=1, nature="ppspr", title="Suivi du diabète",
        theme="diabète", state="en_vigueur", text=text, fingerprint=hashlib.sha256(text.encode()).hexdigest(),
        enforced_at=clock.now(), written_by="essai",
    )  # fmt: skip
    for key in ("followed", "second"):
        plan_of(world, world.patients[key].id)
    _a_programme(world)
    # What the plan asks is asked before anything is hidden: afterwards only what is hidden could change it.
    working.look_at([world.patients["followed"].id], day=True)


def act_of(
    world: World, patient: PatientId, version: ProtocolVersion, *, is_counted: bool = True
) -> DelegatedAct:
    law = {"type_bit": access_room.matrix.bit_of("18776-5"), "structure_id": version.structure_id, "version": version}
    plan = Plan.objects.create(
        patient_id=patient, state="ouvert", consent="ecrit", consent_at=clock.now() if is_counted else None,
        included_at=clock.now() if is_counted else None, **law,
    )  # fmt: skip
    act = DelegatedAct.objects.create(
        patient_id=patient, plan=plan, delegate_id=world.people["nadia"].professional_id, delegate_name="Nadia",
        state="suites" if is_counted else "consentement", ground="cooperation", opened_at=clock.now(),
        agreed_at=clock.now() if is_counted else None, decided_at=clock.now() if is_counted else None,
        decision="prise_en_charge" if is_counted else "", reason="Entorse bénigne", path=[], **law,
    )  # fmt: skip
    if not is_counted:
        return act
    AdverseEvent.objects.create(
        patient_id=patient, act=act, severity="ei", nature="autre", happened_on=clock.today(), text="Douleur au retour",
        declared_at=clock.now(), declared_by="essai", **law,
    )  # fmt: skip
    return act


def _a_programme(world: World) -> None:
    """Of therapeutic education, with one session to come where somebody is expected whom Karim may not see."""
    text = (checking.FOLDER / "ETP-ASTHME.yaml").read_text(encoding="utf-8")
    version = ProtocolVersion.objects.create(
        structure_id=world.structures["tilleuls"], code="ETP-ASTHME", number=1, nature="etp", title="École de l’asthme",
        theme="asthme", state="en_vigueur", text=text, fingerprint=hashlib.sha256(text.encode()).hexdigest(),
        enforced_at=clock.now(), written_by="essai",
    )  # fmt: skip
    patient = world.patients["but_karim"].id
    bit = access_room.matrix.bit_of("18776-5")
    plan = Plan.objects.create(
        patient_id=patient, version=version, structure_id=version.structure_id, state="entre", is_running=True,
        included_at=clock.now(), consent="ecrit", consent_at=clock.now(), type_bit=bit, looked_at=clock.now(),
    )  # fmt: skip
    session = EducationSession.objects.create(
        structure_id=version.structure_id, code=version.code, version=version, title="La crise", kind="collective",
        objective="Reconnaître", at=clock.now() + dt.timedelta(days=3), minutes=90, most=10, planned_by="essai",
    )  # fmt: skip
    Attendance.objects.create(
        patient_id=patient, session=session, plan=plan, at=clock.now(), by="essai", type_bit=bit
    )


def plan_of(world: World, patient: PatientId, *, is_late: bool = False) -> Plan:
    version = ProtocolVersion.objects.get(structure_id=world.structures["tilleuls"], code="DIAB-01", state="en_vigueur")
    plan = Plan.objects.create(
        patient_id=patient, version=version, structure_id=version.structure_id, state="inclus", is_running=True,
        included_at=clock.now(), consent="oral", consent_at=clock.now(), parameters={"hba1c": "7.0"},
        type_bit=access_room.matrix.bit_of("18776-5"), looked_at=clock.now(),
    )  # fmt: skip
    Goal.objects.create(
        patient_id=patient, plan=plan, text="Marcher chaque jour", is_of_patient=True, by="essai", at=clock.now(),
        changed_by="essai", changed_at=clock.now(),
    )  # fmt: skip
    if is_late:
        before = clock.now() - dt.timedelta(days=9)
        PlanStep.objects.create(
            plan=plan, patient_id=patient, step="I1", rank=1, origin_at=before, role_code="G15_60", opens_at=before,
            due_at=before, late_at=before, state="demandee",
        )  # fmt: skip
    return plan


def _visitors(world: World) -> None:
    """Two patients, the mother of a child, and a visitor who was a carer until yesterday."""
    for key, (patient, family, given, born) in _VISITORS.items():
        visitor = Visitor.objects.create(
            patient_id=world.patients[patient].id if patient else None, family_name=family, given_name=given,
            birth_date=born, email=f"{key}@exemple.fr", phone=f"06000000{len(key):02d}",
        )  # fmt: skip
        if key in _DELEGATIONS:
            whose, kind, end = _DELEGATIONS[key]
            Delegation.objects.create(
                patient_id=world.patients[whose].id, visitor=visitor, kind=kind, start=dt.date(2020, 4, 2), end=end,
                recorded_by="essai",
            )  # fmt: skip
        record = world.patients[_DELEGATIONS[key][0] if key in _DELEGATIONS else patient].id
        world.people[key] = _behind_the_door(key, visitor, record)


def _behind_the_door(key: str, visitor: Visitor, record: PatientId) -> Person:
    token = f"seep-{key}"
    VisitorSession.objects.create(
        token_hash=hashlib.sha256(token.encode()).digest(), visitor=visitor, record_id=record,
        factors=["courriel", "sms"], last_seen_at=clock.now(), ends_at=clock.now() + dt.timedelta(hours=3),
    )  # fmt: skip
    visiting = access_room.visitors.patient_door.visiting_of(token)
    assert visiting is not None, key
    return Person(key=key, actor=visiting.actor, cookies={"maillon-patient": token})
