"""Random worlds: professionals, patients, documents, and everything that the access law looks at, on purpose near its
edges (yesterday, today, tomorrow; one second before, now, one second after). Described in plain Python for the oracle,
written in the database for the product."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from maillon.access import models as rows
from maillon.access.matrix import WIDTH
from maillon.documents.models import Document
from maillon.kernel.key import Actor, ProfessionalId, Purpose, StructureId
from maillon.patients.models import Patient
from maillon.professionals.models import Attachment, Professional, Structure

NOW = dt.datetime(2026, 3, 29, 0, 30, tzinfo=dt.UTC)  # 01:30 in Paris, half an hour before the clocks change
TODAY = dt.date(2026, 3, 29)
DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)
PROFESSIONS = ("G15_10", "G15_60", "G15_21", "331", "330")
TYPES = 8
BASES = ("equipe_structure", "equipe_patient", "medecin_traitant", "medecin_traitant", "consentement", "mandat")


@dataclass(frozen=True, kw_only=True)
class Link:
    patient: int
    professional: int | None
    structure: int | None
    basis: str
    start: dt.date
    end: dt.date | None
    ended_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Said:
    """A wish, a mark or an emergency opening: what, of whom, from when to when, until it was taken back."""

    kind: str
    patient: int
    document: int | None = None
    professional: int | None = None
    structure: int | None = None
    since: dt.datetime
    until: dt.datetime | None
    taken_back_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Paper:
    id: int
    patient: int
    author: int | None
    type_bit: int
    confidentiality: str


@dataclass(kw_only=True)
class World:
    links: list[Link] = field(default_factory=list)
    wishes: list[Said] = field(default_factory=list)
    marks: list[Said] = field(default_factory=list)
    glasses: list[Said] = field(default_factory=list)
    work: list[tuple[int, int, dt.date, dt.date | None]] = field(default_factory=list)
    visitors: dict[int, tuple[int | None, bool]] = field(default_factory=dict)  # own patient, is active
    delegations: list[tuple[int, int, dt.date, dt.date | None, dt.datetime | None]] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    patients: list[int] = field(default_factory=list)
    actors: list[tuple[Actor, Purpose]] = field(default_factory=list)
    # profession -> (bits read, bits read once consented)
    matrix: dict[str, tuple[set[int], set[int]]] = field(default_factory=dict)

    def readable(self, profession: str, *, on: dt.date, with_consent: bool = False) -> str:
        read, once_consented = self.matrix.get(profession, (set(), set()))
        bits = read | once_consented if with_consent else read
        return "".join("1" if bit in bits else "0" for bit in range(WIDTH))


class Drawing:
    """Draws one world and writes it."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.seed = seed
        self.world = World()

    def world_written(self) -> World:
        self._places_and_people()
        self._patients_and_papers()
        self._links()
        self._sayings()
        self._visitors()
        self._actors()
        return self.world

    # dates near the edges

    def _first_day(self) -> dt.date:
        return self.draw.choice((TODAY - 300 * DAY, TODAY - DAY, TODAY, TODAY, TODAY - 9 * DAY, TODAY + DAY))

    def _last_day(self, first: dt.date) -> dt.date | None:
        last = self.draw.choice((None, None, TODAY - DAY, TODAY, TODAY + DAY))
        return None if last is None else max(first, last)

    def _begun(self) -> dt.datetime:
        return NOW + self.draw.choice((-9 * DAY, -DAY, -SECOND, dt.timedelta(0), -DAY, SECOND))

    def _over(self, begun: dt.datetime) -> dt.datetime | None:
        over = self.draw.choice((None, None, NOW - SECOND, NOW, NOW + SECOND, NOW + DAY))
        return None if over is None else max(over, begun + SECOND)

    def _taken_back(self) -> dt.datetime | None:
        return self.draw.choice((None, None, None, NOW - SECOND, NOW, NOW + SECOND))

    # the rows

    def _places_and_people(self) -> None:
        places = Structure.objects.bulk_create(Structure(name=f"Lieu {n}", type_code="SA52") for n in range(5))
        people = Professional.objects.bulk_create(
            Professional(
                national_id=f"8{self.seed % 10000:04d}{n:07d}", family_name=f"N{n}", given_name="P",
                profession_code=self.draw.choice(PROFESSIONS),
            )
            for n in range(26)
        )  # fmt: skip
        self.places = [place.pk for place in places]
        self.people = {person.pk: person.profession_code for person in people}
        for person in self.people:
            for place in self.draw.sample(self.places, self.draw.choice((1, 1, 2))):
                first = self._first_day()
                self.world.work.append((person, place, first, self._last_day(first)))
        Attachment.objects.bulk_create(
            Attachment(professional_id=person, structure_id=place, start=first, end=last)
            for person, place, first, last in self.world.work
        )
        bits = list(range(TYPES))
        for profession in PROFESSIONS:
            read = set(self.draw.sample(bits, self.draw.choice((0, 3, 5, 7))))
            self.world.matrix[profession] = (read, set(self.draw.sample(bits, 2)) - read)

    def _patients_and_papers(self) -> None:
        found = Patient.objects.bulk_create(
            Patient(
                birth_family_name=f"TEST{n}", birth_given_names="A", first_birth_given_name="A", norm_family="test",
                norm_given="a", birth_date=dt.date(1980, 1, 1), sex="F", birth_place_code="59606",
            )
            for n in range(22)
        )  # fmt: skip
        self.world.patients = [patient.pk for patient in found]
        papers = Document.objects.bulk_create(
            Document(
                patient_id=self.draw.choice(self.world.patients), sha256=bytes(32), size=1, media_type="text/xml",
                unique_id=f"1.2.{self.seed}.{n}", type_code=f"T{n}", type_bit=self.draw.randrange(TYPES), title=f"D{n}",
                written_at=NOW, act_at=NOW, received_at=NOW, confidentiality=self.draw.choice("NNNNNNRRVX"),
                author_professional_id=self.draw.choice((None, *self.draw.sample(list(self.people), 3))),
            )
            for n in range(170)
        )  # fmt: skip
        self.world.papers = [
            Paper(
                id=each.pk, patient=each.patient_id, author=each.author_professional_id, type_bit=each.type_bit,
                confidentiality=each.confidentiality,
            )
            for each in papers
        ]  # fmt: skip

    def _links(self) -> None:
        treated: set[int] = set()
        for _ in range(110):
            patient, basis, first = self.draw.choice(self.world.patients), self.draw.choice(BASES), self._first_day()
            last, ended = self._last_day(first), self._taken_back()
            of_a_person = basis == "medecin_traitant" or self.draw.random() < 0.6
            if basis == "medecin_traitant" and last is None and ended is None:
                if patient in treated:
                    continue
                treated.add(patient)
            self.world.links.append(
                Link(
                    patient=patient, basis=basis, start=first, end=last, ended_at=ended,
                    professional=self.draw.choice(list(self.people)) if of_a_person else None,
                    structure=None if of_a_person else self.draw.choice(self.places),
                )
            )  # fmt: skip
        self.world.links += [
            Link(
                patient=patient, professional=author, structure=None, basis="auteur", start=TODAY - 9 * DAY, end=None,
                ended_at=None,
            )
            for patient, author in sorted({(p.patient, p.author) for p in self.world.papers if p.author is not None})
        ]  # fmt: skip
        rows.CareTeamMembership.objects.bulk_create(
            rows.CareTeamMembership(
                patient_id=link.patient, professional_id=link.professional, structure_id=link.structure,
                basis=link.basis, start=link.start, end=link.end, ended_at=link.ended_at,
            )
            for link in self.world.links
        )  # fmt: skip

    def _said(self, kind: str, **about: int | None) -> Said:
        begun = self._begun()
        return Said(
            kind=kind, since=begun, until=self._over(begun), taken_back_at=self._taken_back(),
            **{"patient": self.draw.choice(self.world.patients)} | about,
        )  # fmt: skip

    def _sayings(self) -> None:
        draw, people = self.draw, list(self.people)
        world = self.world
        world.wishes += [self._said("opposition_tous") for _ in range(4)]
        world.wishes += [self._said("opposition_personne", professional=draw.choice(people)) for _ in range(40)]
        world.wishes += [self._said("information") for _ in range(5)]
        world.wishes += [self._said("consentement", professional=draw.choice(people)) for _ in range(30)]
        world.wishes += [self._said("consentement", structure=draw.choice(self.places)) for _ in range(10)]
        for kind, number in (("masque_ps", 25), ("invisible_patient", 40), ("invisible_representants", 40)):
            world.marks += [self._mark(kind) for _ in range(number)]
        world.marks += [self._mark("accord_nominatif", professional=draw.choice(people)) for _ in range(120)]
        for _ in range(40):
            begun = self._begun()
            until = draw.choice((NOW - SECOND, NOW, NOW + SECOND, NOW + DAY))
            world.glasses.append(
                Said(
                    kind="bris_de_glace", patient=draw.choice(world.patients), professional=draw.choice(people),
                    since=begun, until=max(until, begun + SECOND), taken_back_at=self._taken_back(),
                )
            )  # fmt: skip
        self._write_sayings()

    def _mark(self, kind: str, professional: int | None = None) -> Said:
        paper = self.draw.choice(self.world.papers)
        return self._said(kind, patient=paper.patient, document=paper.id, professional=professional)

    def _write_sayings(self) -> None:
        rows.Wish.objects.bulk_create(
            rows.Wish(
                kind=each.kind, patient_id=each.patient, professional_id=each.professional,
                structure_id=each.structure, since=each.since, until=each.until, withdrawn_at=each.taken_back_at,
                channel="oral", recorded_by="essai",
            )
            for each in self.world.wishes
        )  # fmt: skip
        rows.DocumentMark.objects.bulk_create(
            rows.DocumentMark(
                kind=each.kind, patient_id=each.patient, document_id=each.document, professional_id=each.professional,
                since=each.since, until=each.until, lifted_at=each.taken_back_at, set_by="essai",
            )
            for each in self.world.marks
        )  # fmt: skip
        rows.BreakGlass.objects.bulk_create(
            rows.BreakGlass(
                patient_id=each.patient, professional_id=each.professional, reason_code="autre", reason_text="essai",
                since=each.since, until=each.until, closed_at=each.taken_back_at, review_due_at=NOW,
            )
            for each in self.world.glasses
        )  # fmt: skip

    def _visitors(self) -> None:
        own = self.draw.sample(self.world.patients, 6)
        made = rows.Visitor.objects.bulk_create(
            rows.Visitor(
                patient_id=patient, family_name="V", given_name="V", birth_date=dt.date(1980, 1, 1),
                is_active=self.draw.random() < 0.8,
            )
            for patient in (*own, None, None)
        )  # fmt: skip
        for visitor in made:
            self.world.visitors[visitor.pk] = (visitor.patient_id, visitor.is_active)
            whom = self.draw.sample(self.world.patients, 4)
            if visitor.patient_id and not visitor.is_active:
                whom.append(visitor.patient_id)
            for patient in whom:
                first = self._first_day()
                self.world.delegations.append((visitor.pk, patient, first, self._last_day(first), self._taken_back()))
        rows.Delegation.objects.bulk_create(
            rows.Delegation(
                visitor_id=visitor, patient_id=patient, kind="parent", start=first, end=last, ended_at=ended,
                recorded_by="essai",
            )
            for visitor, patient, first, last, ended in self.world.delegations
        )  # fmt: skip

    def _actors(self) -> None:
        for person, profession in self.people.items():
            self.world.actors.append((self._professional(person, profession), self._purpose(profession)))
        for visitor in self.world.visitors:
            kind = self.draw.choice(("patient", "representative"))
            purpose = self.draw.choice((Purpose.PERSONAL, Purpose.PERSONAL, Purpose.PERSONAL, Purpose.CARE))
            actor = Actor(kind=kind, label="V", assurance=self._factors(), visitor_id=visitor)  # type: ignore[arg-type]
            self.world.actors.append((actor, purpose))

    def _professional(self, person: int, profession: str) -> Actor:
        places = tuple(
            StructureId(place)
            for who, place, first, last in self.world.work
            if who == person and first <= TODAY and (last is None or last >= TODAY)
        )
        others = self.draw.sample(list(self.people), self.draw.choice((0, 0, 0, 1, 2)))
        return Actor(
            kind="professional", label=f"P{person}", assurance=self._factors(), professional_id=ProfessionalId(person),
            profession_code=profession, structure_ids=places, session_id=None,
            replaces=tuple(ProfessionalId(other) for other in others if other != person),
            structure_id=self.draw.choice((*places, *places, *places, *places, StructureId(self.places[0]))),
        )  # fmt: skip

    def _factors(self) -> int:
        return self.draw.choice((2, 2, 2, 2, 2, 2, 2, 2, 1, 0))

    def _purpose(self, profession: str) -> Purpose:
        usual = {"331": Purpose.ADMINISTRATIVE, "330": Purpose.COORDINATION}.get(profession, Purpose.CARE)
        return self.draw.choice((usual,) * 8 + (Purpose.INSURANCE, Purpose.CARE))
