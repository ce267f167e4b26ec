"""What is done behind somebody's back: each change touches only what the sheet hides from them (see sight)."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from maillon.access import api as access_room
from maillon.access.models import Account, BreakGlass, CareTeamMembership, DocumentMark, Session, Visitor, Wish
from maillon.documents import api as documents
from maillon.documents.events import DocumentFiled
from maillon.documents.models import Document
from maillon.documents.search import index_words
from maillon.evaluations.models import Answer
from maillon.exchange.dmp.rows import DmpEntry
from maillon.irritants import api as irritants
from maillon.kernel import clock, outbox
from maillon.kernel.key import Purpose
from maillon.pathways import reactions
from maillon.pathways.models import DelegatedAct, Plan, ProtocolVersion
from maillon.professionals.models import Professional
from maillon.tasks.models import Escalation, Task
from tests.documents import making
from tests.seep import grids, letters, sendings, worlds
from tests.seep.sight import READERS, Sight, Viewer
from tests.seep.worlds import Known, Person, World


class NothingToHide(Exception):
    """This change has no target that is hidden from this person."""


_ALSO = {"document": ("paper",)}  # the same number under another name, behind the patient's door


@dataclass
class Scene:
    """Somebody, what they see, and what is done that they do not see. `new` names what came to be, by converter."""

    world: World
    person: Person
    viewer: Viewer
    sight: Sight
    rng: random.Random
    new: dict[str, list[str]] = field(default_factory=dict)
    patients: list[int] = field(default_factory=list)  # touched whole
    documents: list[int] = field(default_factory=list)

    def closed_patient(self) -> Known:
        """Somebody of whom the person opens nothing, not even what they wrote."""
        return self._one([each for each in self.world.patients.values() if not self.sight.opens(self.viewer, each.id)])

    def open_patient(self) -> Known:
        return self._one([each for each in self.world.patients.values() if self.sight.opens(self.viewer, each.id)])

    def hidden_document(self) -> documents.Filed:
        known = [each for each in self.world.documents.values() if not self.sight.reads(self.viewer, each.id)]
        return self._one(known)

    def somebody_else(self) -> Person:
        return self._one([
            each
            for each in self.world.people.values()
            if each.key != self.person.key and each.professional_id is not None
        ])

    def foreign_place(self) -> str:
        mine = self.viewer.structures
        return self._one([each for each in self.world.mailboxes if self.world.structures[each] not in mine])

    def touch(self, *, patient: int | None = None, document: int | None = None) -> None:
        self.patients += [patient] if patient is not None else []
        self.documents += [document] if document is not None else []

    def name(self, kind: str, what: uuid.UUID | int) -> None:
        for each in (kind, *_ALSO.get(kind, ())):
            self.new.setdefault(each, []).append(str(what))

    def is_hidden(self) -> bool:
        """Before and after: what was touched is nothing to this person."""
        after = Sight()
        for sight in (self.sight, after):
            known = [each for each in self.documents if each in sight.documents]
            told = [*self.patients, *(sight.documents[each]["patient_id"] for each in known)]
            if any(sight.controls(self.viewer, each) for each in told):
                return False
            if any(sight.opens(self.viewer, each) for each in self.patients):
                return False
            if any(sight.reads(self.viewer, each) for each in known):
                return False
        return True

    def again(self) -> Scene:
        return replace(self, new={}, patients=[], documents=[])

    def keep(self, tried: Scene) -> None:
        for kind, values in tried.new.items():
            self.new.setdefault(kind, []).extend(values)

    def word(self) -> str:
        return self.rng.choice(("alpha", "omega", "sentinelle", "potassium", "consultation"))

    def _one(self, found: list[Any]) -> Any:
        if not found:
            raise NothingToHide
        return self.rng.choice(found)


Mutation = Callable[[Scene], None]


# ------------------------------------------------------------------------------------------------ whole patients


def a_namesake(scene: Scene) -> None:
    """Same names and the birth date of somebody whom the person sees; followed by nobody they know."""
    like = scene.open_patient()
    family = scene.rng.choice((like.family, like.family[:-1], like.family[:5], like.family[:4]))
    given = scene.rng.choice((like.given, "JEANNE", "ZOE"))
    _followed_elsewhere(scene, worlds.add_patient(family, given, like.born))


def a_neighbour_in_the_matricule(scene: Scene) -> None:
    like = scene.open_patient()
    made = worlds.add_patient("AAMARTIN", "ANNE", like.born + dt.timedelta(days=scene.rng.randrange(3)))
    _followed_elsewhere(scene, made)


def a_crowd(scene: Scene) -> None:
    """More names than any list is long, all beginning as those that are typed."""
    begun = scene.rng.choice(("MAR", "DUR", "LEG", "PER", "ROU"))
    for number in range(65):
        letters_of = chr(65 + number // 26) + chr(65 + number % 26)
        _followed_elsewhere(scene, worlds.add_patient(begun + letters_of, "JEANNE", dt.date(1952, 2, 1)))


def a_past_follow_up(scene: Scene) -> None:
    """They followed this patient until yesterday, or will from tomorrow on."""
    made = worlds.add_patient("MARTINEAUX", "JEANNE", dt.date(1952, 2, 1))
    place = next((key for key, pk in scene.world.structures.items() if pk in scene.viewer.structures), None)
    if place is None:
        raise NothingToHide
    day, today = dt.timedelta(days=1), clock.today()
    dates: dict[str, Any] = scene.rng.choice(
        ({"end": today - day}, {"start": today + day}, {"ended_at": clock.now() - dt.timedelta(minutes=1)})
    )
    worlds.member(scene.world, made.id, structure=place, **dates)
    _written(scene, made)


def an_opposed_patient(scene: Scene) -> None:
    """Followed by the person's own structure, and opposed to all sharing, or to this person."""
    made = worlds.add_patient("PERRIN", "JEANNE", dt.date(1952, 2, 1))
    place = next((key for key, pk in scene.world.structures.items() if pk in scene.viewer.structures), None)
    if place is None:
        raise NothingToHide
    worlds.member(scene.world, made.id, structure=place)
    whom = ((Wish.Kind.OPPOSED_ALL, None), (Wish.Kind.OPPOSED_PERSON, scene.person.key))
    kinds = scene.rng.choice(whom if scene.viewer.professional_id is not None else whom[:1])  # a software is nobody
    worlds.wish(scene.world, made.id, kind=kinds[0], person=kinds[1])
    _written(scene, made)


def a_withdrawn_consent(scene: Scene) -> None:
    made = worlds.add_patient("GARNIER", "ODETTE", dt.date(1939, 3, 9))
    key = scene.person.key if scene.viewer.professional_id is not None else "ines"
    over = scene.rng.choice(
        ({"withdrawn_at": clock.now()}, {"until": clock.now()}, {"since": clock.now() + dt.timedelta(minutes=1)})
    )
    worlds.wish(scene.world, made.id, kind=Wish.Kind.CONSENT, person=key, **over)
    _written(scene, made)


def _followed_elsewhere(scene: Scene, made: Known) -> None:
    worlds.member(scene.world, made.id, person="hector", basis="equipe_patient")
    scene.touch(patient=made.id)
    scene.name("patient", made.uuid)


def _written(scene: Scene, made: Known) -> None:
    filed = worlds.file(
        scene.world, made.id, "", type_code="11502-2", title=f"Compte rendu {scene.word()}",
        readers=("claire", "karim", "nadia", scene.person.key if scene.person.key in worlds.PEOPLE else "hugo"),
    )  # fmt: skip
    _named(scene, filed)
    scene.touch(patient=made.id)
    scene.name("patient", made.uuid)


def _named(scene: Scene, filed: documents.Filed) -> None:
    scene.touch(document=filed.id)
    scene.name("document", filed.uuid)
    for task in Task.objects.filter(document_id=filed.id).values_list("uuid", flat=True)[:2]:
        scene.name("task", task)
    while index_words():
        pass


# ------------------------------------------------------------------------------------------------ documents


def in_a_closed_record(scene: Scene) -> None:
    patient = scene.closed_patient()
    _file(scene, patient, type_code="11502-2", title=f"Compte rendu {scene.word()}")


def of_a_closed_type(scene: Scene) -> None:
    """In a record that is open, of a type that the matrix does not open to this profession."""
    if scene.viewer.profession == "":
        raise NothingToHide
    closed = [kind for kind, readers in READERS.items() if scene.viewer.profession not in readers]
    if not closed:
        raise NothingToHide
    _file(scene, scene.open_patient(), type_code=scene.rng.choice(closed), title=f"Bilan {scene.word()}")


def restricted(scene: Scene) -> None:
    level = scene.rng.choice("RV")
    _file(
        scene, scene.open_patient(), type_code="11488-4", title=f"Avis {scene.word()}", confidentiality=level,
        author=scene.rng.choice(("hector", None)),
    )  # fmt: skip


def masked(scene: Scene) -> None:
    """With abnormal results, a statement, tasks: all of it stays behind the mask."""
    if scene.viewer.visitor_id is not None:
        raise NothingToHide
    patient = scene.open_patient()
    filed = _file(scene, patient, type_code="11502-2", title=f"Biologie {scene.word()}", author="hector")
    worlds.mark(scene.world, filed, DocumentMark.Kind.MASKED, patient=patient.id)


def awaiting_the_announcement(scene: Scene) -> None:
    if scene.viewer.visitor_id is None:
        raise NothingToHide
    patient = scene.open_patient()
    filed = _file(scene, patient, type_code="60568-3", title=f"Anatomopathologie {scene.word()}", author="hector")
    worlds.mark(
        scene.world, filed, DocumentMark.Kind.HIDDEN_FROM_PATIENT, patient=patient.id, until=dt.timedelta(days=20)
    )


def the_minors_secret(scene: Scene) -> None:
    if scene.viewer.visitor_id is None:
        raise NothingToHide
    patient = scene.open_patient()
    filed = _file(scene, patient, type_code="11488-4", title=f"Consultation {scene.word()}", author="hector")
    worlds.mark(scene.world, filed, DocumentMark.Kind.MINOR_SECRET, patient=patient.id)


def a_new_title(scene: Scene) -> None:
    """Both twins hold the document; it says other things, as do its lines, tasks and words."""
    from maillon.documents.models import Content
    from maillon.record.models import Observation, Statement, TimelineEntry

    filed = scene.hidden_document()
    word = scene.word()
    Document.objects.filter(pk=filed.id).update(title=f"Titre {word}", abnormal_count=7)
    TimelineEntry.objects.filter(document_id=filed.id).update(title=f"Titre {word}", abnormal_count=7)
    Content.objects.filter(pk=filed.id).update(body=f"{word} sentinelle", search=None)
    Task.objects.filter(document_id=filed.id).update(title=f"Titre {word}", abnormal_count=7, is_urgent=True)
    Statement.objects.filter(document_id=filed.id).update(label=f"Allergie {word}", kind="allergy")
    Observation.objects.filter(document_id=filed.id).update(label=f"Mesure {word}", is_abnormal=True)
    while index_words():
        pass
    scene.touch(document=filed.id)


def a_hidden_mark(scene: Scene) -> None:
    """Opened to another by name, or masked: a document that the person does not see anyway."""
    filed = scene.hidden_document()
    patient = scene.sight.documents[filed.id]["patient_id"]
    other = scene.somebody_else()
    worlds.mark(scene.world, filed, DocumentMark.Kind.NAMED, patient=patient, person=other.key)
    scene.touch(document=filed.id)


def _file(scene: Scene, patient: Known, **what: Any) -> documents.Filed:
    readers = ("claire", "karim", "nadia", "hugo")
    filed = worlds.file(scene.world, patient.id, "", readers=readers, age=scene.rng.randrange(1, 40), **what)
    _named(scene, filed)
    return filed


# ------------------------------------------------------------------------------------------------ tasks and gestures


def somebody_elses_task(scene: Scene) -> None:
    """About a patient whom the person does not see: their own, or another's, done today or late."""
    patient = scene.closed_patient()
    other = scene.somebody_else()
    whose = scene.rng.choice((scene.person, other)) if scene.viewer.professional_id is not None else other
    is_done = scene.rng.random() < 0.3 and whose is not scene.person
    kind = scene.rng.choice(Task.Kind.values)
    is_alert = kind == Task.Kind.ALERT
    task = Task.objects.create(
        patient_id=patient.id, kind=kind, title=f"Rappeler {scene.word()}", origin=f"plan:{scene.word()}",
        level=scene.rng.choice(Task.Level.values) if is_alert else "", reason=f"Parce que {scene.word()}",
        taken_by_id=scene.rng.choice((None, scene.person.professional_id, other.professional_id)),
        delegated_by_id=scene.rng.choice((None, scene.person.professional_id)),
        opens_at=scene.rng.choice((None, clock.now() - dt.timedelta(days=2))),
        professional_id=whose.professional_id, structure_id=next(iter(whose.actor.structure_ids), None),
        role_code=scene.rng.choice(("", "331", "G15_60")), is_urgent=True, abnormal_count=3,
        due_at=clock.now() - dt.timedelta(days=1), escalated_at=clock.now(),
        done_at=clock.now() if is_done else None, done_by_id=whose.professional_id if is_done else None,
        outcome=Task.Outcome.DONE if is_done else "",
    )  # fmt: skip
    _climb_to(scene, task)
    scene.touch(patient=patient.id)
    scene.name("task", task.uuid)


def an_alert_about_a_hidden_document(scene: Scene) -> None:
    """Of a record that the person may open; the person is even its addressee, or it climbed to their profession."""
    filed = scene.hidden_document()
    document = Document.objects.get(pk=filed.id)
    task = Task.objects.create(
        patient_id=document.patient_id, kind=Task.Kind.ALERT, level=scene.rng.choice(Task.Level.values),
        title=f"Résultat {scene.word()}", reason=f"Le compte rendu dit {scene.word()}", origin="alerte:essai",
        document_id=document.pk, document_uuid=document.uuid, type_bit=document.type_bit,
        confidentiality=document.confidentiality, author_professional_id=document.author_professional_id,
        professional_id=scene.rng.choice((None, scene.person.professional_id)),
        structure_id=next(iter(scene.person.actor.structure_ids), scene.world.structures["tilleuls"]),
        role_code=scene.viewer.profession, due_at=clock.now() - dt.timedelta(days=1), escalated_at=clock.now(),
    )  # fmt: skip
    _climb_to(scene, task)
    scene.touch(document=filed.id)
    scene.name("task", task.uuid)


def a_plan_in_a_closed_record(scene: Scene) -> None:
    """Under a protocol of the person's own team, with a step that is late."""
    patient = scene.closed_patient()
    if Plan.objects.filter(patient_id=patient.id).exists():
        raise NothingToHide
    scene.name("plan", worlds.plan_of(scene.world, patient.id, is_late=True).uuid)
    scene.touch(patient=patient.id)


def an_act_in_a_closed_record(scene: Scene) -> None:
    """Of the delegate of the person's own team; not counted yet by the report of the year."""
    patient = scene.closed_patient()
    version = ProtocolVersion.objects.get(code="TORSION-CHEVILLE")
    if DelegatedAct.objects.filter(patient_id=patient.id).exists():
        raise NothingToHide
    act = worlds.act_of(scene.world, patient.id, version, is_counted=False)
    scene.name("act", act.uuid)
    scene.touch(patient=patient.id)


def a_report_that_a_plan_reads(scene: Scene) -> None:
    """Hidden, of a patient whose plan runs: the engine looks, raises its alert, and asks and sees done what it does."""
    if scene.viewer.visitor_id is not None:
        raise NothingToHide
    patient = scene.world.patients["followed"]
    level = scene.rng.choice(("R", "V", "masque"))
    results = [making.result(code="4548-4", label="HbA1c", value="9.8", unit="%", at=clock.now().isoformat())]
    filed = _file(
        scene, patient, type_code="11502-2", title=f"Biologie {scene.word()}", author="hector", results=results,
        **({} if level == "masque" else {"confidentiality": level}),
    )  # fmt: skip
    if level == "masque":
        worlds.mark(scene.world, filed, DocumentMark.Kind.MASKED, patient=patient.id)
    reactions.documents_filed([DocumentFiled(document_id=filed.id, patient_id=patient.id)])


def _climb_to(scene: Scene, task: Task) -> None:
    role = scene.rng.choice((scene.viewer.profession, "G15_10"))
    Escalation.objects.create(
        task=task, rank=1, at=clock.now(), target="coordination", climbed_at=clock.now(), role_code=role
    )


def somebody_elses_draft(scene: Scene) -> None:
    """In a record that the person may well open: a draft is part of nobody else's record."""
    patient = scene.rng.choice((scene.open_patient, scene.closed_patient))()
    other = scene.somebody_else()
    made = worlds.draft(patient.id, other.professional_id or 0, scene.word())
    scene.name("draft", made.uuid)


def somebody_elses_answers(scene: Scene) -> None:
    """Being written in any record; signed in one that is closed."""
    patient = scene.rng.choice((scene.open_patient, scene.closed_patient))()
    other = scene.somebody_else()
    made = worlds.answers(patient.id, other.professional_id or 0, scene.word())
    scene.name("response", made.uuid)
    closed = scene.closed_patient()
    made = worlds.answers(closed.id, other.professional_id or 0, scene.word(), is_signed=True)
    scene.touch(patient=closed.id)
    scene.name("response", made.uuid)


def an_ended_link(scene: Scene) -> None:
    patient = scene.closed_patient()
    other = scene.somebody_else()
    yesterday = clock.today() - dt.timedelta(days=1)
    worlds.member(scene.world, patient.id, person=other.key, basis="equipe_patient", end=yesterday)
    worlds.wish(scene.world, patient.id, kind=Wish.Kind.EMERGENCY_REFUSED)
    scene.touch(patient=patient.id)


def a_broken_glass(scene: Scene) -> None:
    """By another, on a record that stays closed here. A referent reviews them all: nothing to hide from one."""
    if scene.viewer.is_referent:
        raise NothingToHide
    patient, other = scene.closed_patient(), scene.somebody_else()
    BreakGlass.objects.create(
        patient_id=patient.id, professional_id=other.professional_id, reason_code="urgence_vitale",
        reason_text="Perte de connaissance au domicile.", since=clock.now() - dt.timedelta(minutes=5),
        until=clock.now() + dt.timedelta(hours=3), review_due_at=clock.now() + dt.timedelta(hours=70),
    )  # fmt: skip
    scene.touch(patient=patient.id)


def another_door(scene: Scene) -> None:
    """Somebody whom the person does not know may knock for a patient whom they do not see."""
    patient = scene.closed_patient()
    if not Visitor.objects.filter(patient_id=patient.id).exists():
        Visitor.objects.create(
            patient_id=patient.id, family_name=patient.family, given_name=patient.given, birth_date=patient.born,
            email="autre@exemple.fr", phone="0600000099",
        )  # fmt: skip
    scene.touch(patient=patient.id)


def journal_rows(scene: Scene) -> None:
    """Others open, or are refused, what the person does not see: a whole record, or a document of an open one."""
    if scene.viewer.is_referent:
        raise NothingToHide
    patient, other = scene.closed_patient(), scene.somebody_else()
    scene.touch(patient=patient.id)
    access_room.open_record(making.MACHINE, patient.id, purpose=Purpose.INTAKE)
    access_room.journal.note_refusal(
        other.actor, patient.id, purpose=Purpose.CARE, action="read", resource_type="record", resource_id=""
    )


def readings_of_a_hidden_document(scene: Scene) -> None:
    """A patient is told of every opening: there is nothing to hide from one."""
    if scene.viewer.is_referent or scene.viewer.visitor_id is not None:
        raise NothingToHide
    filed = scene.hidden_document()
    scene.touch(document=filed.id)
    for action in ("read", "download"):
        access_room.open_record(
            making.MACHINE, scene.sight.documents[filed.id]["patient_id"], purpose=Purpose.INTAKE, action=action,
            resource_type="document", resource_id=str(filed.uuid),
        )  # fmt: skip


def a_line_of_the_national_record(scene: Scene) -> None:
    """Behind its mask in a record that is open; or of somebody whose record is closed."""
    if scene.rng.random() < 0.4:
        patient, marks = scene.closed_patient(), []
        scene.touch(patient=patient.id)
    else:
        patient, marks = scene.open_patient(), ["MASQUE_PS"]
        if CareTeamMembership.objects.filter(patient_id=patient.id, basis=access_room.Basis.TREATING).exists():
            raise NothingToHide  # the médecin traitant, and whoever replaces them, see behind the mask
    made = DmpEntry.objects.create(
        patient_id=patient.id, unique_id=f"1.2.250.1.999.{scene.rng.randrange(10**9)}", entry_uuid="urn:uuid:x",
        title=f"Avis {scene.word()}", type_code="11488-4", type_bit=access_room.matrix.bit_of("11488-4"),
        availability="Approved", visibility=marks, act_at=clock.now(),
    )  # fmt: skip
    scene.name("entry", made.uuid)


# ------------------------------------------------------------------------------------------------ sendings


def a_sending_of_a_hidden_document(scene: Scene) -> None:
    """By the person's own structure, in their own name perhaps; failed, so that it asks to be looked after."""
    filed = scene.hidden_document()
    scene.touch(document=filed.id)
    whose = scene.person if scene.viewer.professional_id is not None else scene.somebody_else()
    sent = sendings.send(scene.world, filed.id, sender=whose, state=scene.rng.choice(("failed", "unknown", "read")))
    scene.name("sending", sent.uuid)


def a_sending_of_two_of_which_one_is_hidden(scene: Scene) -> None:
    filed = scene.hidden_document()
    patient = scene.sight.documents[filed.id]["patient_id"]
    seen = [
        each.id
        for each in scene.world.documents.values()
        if scene.sight.documents[each.id]["patient_id"] == patient and scene.sight.reads(scene.viewer, each.id)
    ]
    if not seen:
        raise NothingToHide
    scene.touch(document=filed.id)
    sent = sendings.send(scene.world, filed.id, sender=scene.somebody_else(), others=(scene.rng.choice(seen),))
    scene.name("sending", sent.uuid)


# ------------------------------------------------------------------------------------------------ mail and accounts


def mail_elsewhere(scene: Scene) -> None:
    if scene.viewer.is_administrator:
        raise NothingToHide
    scene.name("received", letters.receive(scene.world, scene.foreign_place(), number=scene.rng.randrange(100, 10**6)))


def refused_mail(scene: Scene) -> None:
    if scene.viewer.is_administrator:
        raise NothingToHide
    place = scene.foreign_place()
    scene.name("received", letters.refuse(scene.world, place, number=scene.rng.randrange(100, 10**6)))
    letters.fail(scene.world, place, number=scene.rng.randrange(100, 10**6))


def another_session(scene: Scene) -> None:
    other = scene.somebody_else()
    account = Account.objects.get(pk=other.actor.account_id)
    worlds.open_session(account, name=f"b{scene.rng.randrange(10**9)}")
    Account.objects.filter(pk=account.pk).update(failed_attempts=4)
    scene.name("session", Session.objects.latest("id").pk)


def a_charter_elsewhere(scene: Scene) -> None:
    place = scene.foreign_place()
    if place == "tilleuls":  # they have theirs
        raise NothingToHide
    worlds.charter_of(scene.world, place)


def another_ones_answers(scene: Scene) -> None:
    """E-MAT-04: whatever the others answer, nobody notices before closing."""
    others = Answer.objects.exclude(participant__professional_id=scene.person.professional_id)
    others.update(level=scene.rng.randrange(5), comment=f"Autrement {scene.rng.random()}")


def evaluations_elsewhere(scene: Scene) -> None:
    place = scene.foreign_place()
    if place == "tilleuls":  # one campaign at a time
        raise NothingToHide
    for kind, number in grids.deliver(scene.world, place).items():
        scene.name(kind, number)


def a_colleagues_irritant(scene: Scene) -> None:
    """Seen by who reported it, who has it and who triages."""
    actor = scene.person.actor
    if actor.kind != "professional" or irritants.may_triage(actor):
        raise NothingToHide
    other = scene.somebody_else()
    if other.professional_id is None:
        raise NothingToHide
    reporter = Professional.objects.get(pk=other.professional_id)
    scene.name("irritant", grids.reported(scene.world.structures["tilleuls"], reporter))


def promised_jobs(scene: Scene) -> None:
    for number in range(scene.rng.randrange(1, 5)):
        outbox.enqueue("essai.rien", {"number": number}, key=f"essai {scene.rng.random()}")


ALL: tuple[Mutation, ...] = (
    a_namesake, a_neighbour_in_the_matricule, a_crowd, a_past_follow_up, an_opposed_patient, a_withdrawn_consent,
    in_a_closed_record, of_a_closed_type, restricted, masked, awaiting_the_announcement, the_minors_secret, a_new_title,
    a_hidden_mark, somebody_elses_task, an_alert_about_a_hidden_document,
    a_plan_in_a_closed_record, an_act_in_a_closed_record,
    a_report_that_a_plan_reads, somebody_elses_draft, somebody_elses_answers,
    an_ended_link, a_broken_glass, another_door, journal_rows,
    readings_of_a_hidden_document, a_sending_of_a_hidden_document, a_sending_of_two_of_which_one_is_hidden,
    a_line_of_the_national_record, mail_elsewhere,
    refused_mail, another_session, a_charter_elsewhere,
    another_ones_answers, evaluations_elsewhere, a_colleagues_irritant, promised_jobs,
)  # fmt: skip
