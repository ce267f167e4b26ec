"""Small worlds for the pages: patients of the fictitious territory, with the documents that their houses wrote."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import api as exchange
from maillon.exchange.keeping import Batch, keep
from maillon.formats.cda.read import open_cda
from maillon.formats.document import Statement
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId, ProfessionalId, Purpose, StructureId
from maillon.patients import api as patients
from maillon.tasks.filing import Reader
from simulators.difficult import difficult_messages
from simulators.outgoing import address_book, render
from simulators.people import INS_TEST_OID, Patient, Territory
from simulators.story import of_patient
from simulators.territory import build_territory
from tests.conftest import Cast

UNTIL = dt.date(2026, 3, 31)
MACHINE = access_room.machine("essai")


@dataclass(frozen=True, kw_only=True)
class Filed:
    """A document of a story, as it was filed."""

    uuid: UUID
    title: str
    type_code: str


@cache
def territory() -> Territory:
    return build_territory(until=UNTIL, patients=30)


@cache
def told(key: str, most: int) -> tuple[tuple[str, bytes, dt.datetime], ...]:
    """(title, CDA, sent at) of the last documents of a patient's two years; typeset once for all the tests."""
    book = address_book(territory())
    story = list(of_patient(territory(), person(key), seed=7, until=UNTIL))[-most:]
    return tuple((each.document.title or "", render(each.document, contacts=book).cda, each.sent_at) for each in story)


def person(key: str) -> Patient:
    return next(each for each in territory().patients if each.key == key)


def register(key: str, *, is_homonym: bool = False) -> PatientId:
    """The patient of the territory, with a qualified identity when the territory gives one."""
    known = person(key)
    strict = patients.StrictTraits(
        birth_family_name=known.birth_family_name,
        birth_given_names=known.birth_given_names,
        first_birth_given_name=known.first_birth_given_name,
        birth_date=known.birth_date,
        sex=known.sex,
        birth_place_code=known.birth_place_code,
    )
    return patients.register(
        patients.Registration(
            traits=strict,
            used_family_name=known.used_family_name or "",
            status=patients.IdentityStatus(known.status),
            ins=known.ins,
            ins_oid=INS_TEST_OID if known.ins else None,
        ),
        actor_label="essai",
    )


def follow(patient: PatientId, cast: Cast, *, treating: Actor | None = None) -> Access:
    """The Tilleuls follow the patient; `treating` is the declared médecin traitant. Gives a machine's key."""
    access = access_room.open_record(MACHINE, patient, purpose=Purpose.INTAKE)
    access_room.team.add_member(
        access,
        structure_id=StructureId(cast.tilleuls_id),
        basis=access_room.Basis.STRUCTURE,
        evidence="essai",
        start=clock.today() - dt.timedelta(days=400),
    )
    if treating is not None:
        assert treating.professional_id is not None
        access_room.team.add_member(
            access, professional_id=treating.professional_id, basis=access_room.Basis.TREATING, evidence="essai"
        )
    return access


def file(access: Access, data: bytes, *, reader: Actor | None = None, received_at: dt.datetime | None = None) -> Filed:
    digest = open_cda(data).for_filing()
    filing = documents.from_cda(digest, data)
    readers = []
    if reader is not None:
        assert reader.professional_id is not None
        assert reader.structure_id is not None
        readers = [
            Reader(
                professional_id=ProfessionalId(reader.professional_id), structure_id=StructureId(reader.structure_id)
            )
        ]
    filed = documents.file(access, filing, readers=readers, received_at=received_at or clock.now())
    return Filed(uuid=filed.uuid, title=filing.title or "", type_code=filing.type_code)


def file_story(access: Access, key: str, *, reader: Actor | None = None, most: int = 12) -> list[Filed]:
    """The last documents of the patient's story; those of the last weeks are still to be read by `reader`."""
    story = told(key, most)
    return [
        file(access, data, reader=reader if rank >= len(story) - 3 else None, received_at=_received(rank, len(story)))
        for rank, (_, data, _) in enumerate(story)
    ]


def file_synthesis(access: Access) -> Filed:
    """A medical synthesis with what is known, what is denied and what is said to be unknown."""
    said = {
        "problem": [
            Statement(label="Diabète de type 2", start="2011-05", status="active"),
            Statement(label="Fracture du poignet gauche", start="2019", end="2019-09", status="completed"),
            Statement(label="Infarctus du myocarde", negated=True),
        ],
        "allergy": [Statement(label="Pénicilline", start="1998", status="active", reactions=("urticaire",))],
        "medication": [
            Statement(label="Metformine 1000 mg, comprimé", start="2019-03-02", dose="1", frequency="matin et soir"),
            Statement(label="Ramipril 5 mg, gélule", start="2021-11-15"),
        ],
        "vaccination": [Statement(label="Vaccin contre la grippe", start="2025-10-20", lot="GR2025A")],
        "device": [Statement(label="Aucun dispositif médical connu", code="no-known-devices", absent=True)],
        "procedure": [Statement(label="Pas d’information sur les actes", code="no-procedure-info", absent=True)],
    }
    data = b"synthese de demonstration " + str(access.patient_id).encode()
    filing = documents.Filing(
        data=data, media_type="text/plain", unique_id=f"1.2.250.1.999.1.9.{access.patient_id}", type_code="SYNTH",
        title="Volet de synthèse médicale", written_at="2026-02-11T10:00:00+01:00", statements=said,
        author="Dr Karim Benali", author_profession_code="G15_10", text="Diabète de type 2, suivi régulier.",
    )  # fmt: skip
    filed = documents.file(access, filing, readers=[], received_at=clock.now() - dt.timedelta(days=40))
    return Filed(uuid=filed.uuid, title="Volet de synthèse médicale", type_code="SYNTH")


def see_in_the_national_record(access: Access, document: UUID) -> None:
    """What the national record was seen to hold, an act in each state, and what INSi answered."""
    from maillon.documents.models import Document
    from maillon.exchange.dmp.rows import DmpAct, DmpEntry
    from maillon.exchange.insi.rows import InsiCall
    from maillon.professionals.models import Professional

    claire = Professional.objects.get(national_id="899000000011")
    house = claire.attachments.get().structure_id
    held = Document.objects.get(uuid=document)
    seen = (("Compte rendu de cardiologie", [], None), ("Lettre de consultation", ["INVISIBLE_PATIENT"], held))
    for rank, (title, visibility, ours) in enumerate(seen):
        DmpEntry.objects.create(
            patient_id=access.patient_id, unique_id=f"1.2.250.1.999.9.{rank}", entry_uuid=f"urn:uuid:{rank}",
            title=title, type_code="11488-4", type_bit=access_room.matrix.bit_of("11488-4"), availability="Approved",
            visibility=visibility, document=ours, author="Claire MOREL", author_professional_id=claire.pk,
            organization="Maison de santé des Tilleuls", act_at=clock.now() - dt.timedelta(days=rank + 1),
        )  # fmt: skip
    for rank, state in enumerate(("attente", "indetermine", "fait", "refuse", "non_envoye")):
        DmpAct.objects.create(
            patient_id=access.patient_id, unique_id=held.unique_id if rank else "1.2.250.1.999.9.0", kind="depot",
            state=state, told="oral", asked_by=claire, structure_id=house,
            asked_at=clock.now(), attempts=rank, type_bit=held.type_bit, document=held,
            refusal="Le DMP est fermé : demande du patient." if state == "refuse" else "",
            refusal_code="DMPDossierFerme" if state == "refuse" else "",
            settled_at=clock.now() if state == "fait" else None,
        )  # fmt: skip
    InsiCall.objects.create(
        patient_id=access.patient_id, kind="recherche", outcome="trouvee", code="00", actor="Dr Claire Morel",
        at=clock.now(), proof=b"\0" * 32, answer={
            "matricule": "157046938321546", "oid": INS_TEST_OID, "family": "LAMBERT", "given": "GERARD",
            "given_names": "GERARD ANDRE LUCIEN", "birth_date": "1957-04-12", "sex": "M", "birth_place": "69383",
        },
    )  # fmt: skip


def mailbox(cast: Cast) -> int:
    return exchange.register_mailbox(
        address="secretariat@msp-tilleuls.mssante.test", structure_id=StructureId(cast.tilleuls_id),
        imap_host="127.0.0.1", imap_port=9, smtp_host="127.0.0.1", smtp_port=9, username="accueil", password="secret",
    )  # fmt: skip


def receive(mailbox_id: int, *names: str) -> None:
    """Messages that go wrong on purpose, taken from the fictitious territory by their names, received and processed."""
    wanted = [each.message.data for each in difficult_messages(territory(), until=UNTIL) if each.name in names]
    keep(Batch(mailbox_id=mailbox_id, uid_validity=1, last_uid=99, seen_uid=99, messages=dict(enumerate(wanted, 1))))
    while exchange.process_next():
        pass


def sign_in(client: object, actor: Actor) -> object:
    """A browser where the actor has signed in with two factors. The pages of sign-in have their own tests."""
    client.cookies["maillon"] = open_session(actor)  # type: ignore[attr-defined]
    return client


def open_session(actor: Actor) -> str:
    """The token of a strong session, in the actor's usual situation."""
    assert actor.account_id is not None
    assert actor.structure_id is not None
    return access_room.sessions.open_session(
        actor.account_id, method=access_room.sessions.Method.CODE, browser=access_room.sessions.Browser(),
        situations=[actor.structure_id],
    )  # fmt: skip


def _received(rank: int, number: int) -> dt.datetime:
    """The last three came this morning, yesterday, and nine days ago (late by now); the others long before."""
    ages = {number - 1: dt.timedelta(hours=3), number - 2: dt.timedelta(hours=28), number - 3: dt.timedelta(days=9)}
    return clock.now() - ages.get(rank, dt.timedelta(days=60 + number - rank))
