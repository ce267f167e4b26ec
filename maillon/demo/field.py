"""Field days of the territory, played by people: the ankle by the maison de santé in spring and last week, by the CPTS
in another basin; the appendix is being prepared. Told once, at the hours at which each step was said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from maillon.access import api as access_room
from maillon.demo import rubbing
from maillon.demo.deployment import STEWARD
from maillon.demo.house import House
from maillon.fielddays import api as fielddays
from maillon.irritants import api as irritants
from maillon.kernel import clock
from maillon.kernel.key import Actor

ANKLE, APPENDIX = "entorse_cheville", "appendicectomie"
OURS: Final = {
    "secretaire": "caron", "medecin": "morel", "kine": "girard", "infirmiere": "lefevre",
}  # fmt: skip
OUTSIDE: Final = {
    "patiente": "Mme Sabine Lorrain, usagère", "radiologue": "Imagerie du Parc",
    "pharmacien": "Pharmacie de la Fontaine", "biologiste": "Laboratoire Bio-Vallée",
}  # fmt: skip
COAST: Final = {
    "patiente": "M. Alain Perrot, usager", "secretaire": "Cabinet médical du Marché",
    "medecin": "Dr Étienne Lorin", "kine": "Paul-Henri Guyot", "radiologue": "Centre d’imagerie de la Halle",
    "pharmacien": "Pharmacie du Canal", "biologiste": "Laboratoire des Ormes",
}  # fmt: skip
AT_THE_HOSPITAL: Final = {
    "accueil": "Accueil des urgences", "urgentiste": "Dr Mai Nguyen", "radiologue": "Imagerie de l’hôpital",
    "chirurgien": "Dr Vasseur", "anesthesiste": "Dr Leroux", "ambulatoire": "Unité d’ambulatoire",
    "pharmacien": "Pharmacie de la Fontaine",
}  # fmt: skip
# Seconds that each step of the ankle takes people who know what they do.
SECONDS: Final = (150, 190, 340, 660, 240, 700, 90, 170, 120, 110, 310, 260, 420, 540, 180, 600, 330, 410)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rub:
    code: str
    text: str
    severity: int
    minutes: int
    owner: str = ""  # triaged since, entrusted to them
    action: str = ""
    due: int = 0
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A day of the ankle. `pace` multiplies the seconds; steps are numbered from 1."""

    place: str
    territory: str
    pace: float
    rubs: Mapping[int, Rub] = field(default_factory=dict)
    not_done: Mapping[int, str] = field(default_factory=dict)
    decisions: tuple[str, ...] = ()


SPRING: Final = Played(
    place="Salle des fêtes de Saint-Aubin", territory="Vallée de l’Aubre", pace=1.7,
    rubs={
        3: Rub(code="IR1", severity=3, minutes=20, owner="caron", due=-150,
               text="INSi ne répond pas du poste d’accueil : le certificat a expiré.",
               action="Faire renouveler le certificat du poste d’accueil.",
               reply="Le certificat est renouvelé, son échéance est au planning."),
        5: Rub(code="IR3", severity=2, minutes=15, owner="caron", due=-160,
               text="L’imagerie n’a pas d’adresse MSSanté connue : demande faxée.",
               action="Faire entrer l’imagerie dans l’annuaire.",
               reply="L’imagerie du Parc a sa boîte ; elle est proposée en tête."),
        6: Rub(code="IR4", severity=2, minutes=10, owner="benali", due=-140,
               text="Le compte rendu d’imagerie arrive scanné.",
               action="Demander à l’imagerie le compte rendu au format CDA.",
               reply="L’imagerie envoie du texte et sa signature depuis deux mois."),
        14: Rub(code="IR7", severity=2, minutes=25, owner="marchand", due=-150,
                text="Seul devant l’écran, le bilan a été fait sur papier puis ressaisi.",
                action="Une heure avec chacun des nouveaux venus.",
                reply="Les quatre nouveaux ont eu leur heure."),
    },
    not_done={12: "L’officine n’a pas reçu l’ordonnance : délivrance sur papier.",
              18: "Manque de temps : la synthèse n’a pas été écrite."},
    decisions=("Renouveler le certificat de l’accueil, Sylvie Caron, sous quinze jours",
               "Ouvrir une boîte à l’imagerie, Julie Marchand, avant la prochaine journée",
               "Rejouer le même parcours dans six mois, Julie Marchand"),
)  # fmt: skip
AUTUMN: Final = Played(
    place="Maison de santé des Tilleuls", territory="Vallée de l’Aubre", pace=1.0,
    rubs={
        12: Rub(code="IR10", severity=2, minutes=8, owner="benali", due=12,
                text="L’ordonnance arrive, mais la posologie s’affiche sur une seule ligne coupée.",
                action="Envoyer l’exemple du jour à l’éditeur du logiciel de l’officine."),
        13: Rub(code="IR9", severity=1, minutes=5, owner="marchand", due=6,
                text="Les plaquettes sont dans l’image, pas dans les résultats.",
                action="Dire au laboratoire quel examen manque encore."),
        16: Rub(code="AUTRE", severity=1, minutes=4,
                text="La téléconsultation s’ouvre hors de la plateforme, sans retour au dossier."),
    },
    decisions=("Transmettre l’ordonnance du jour à l’éditeur de l’officine, Dr Benali, cette semaine",
               "Compléter la liste des examens structurés, Julie Marchand, avec le laboratoire",
               "Jouer l’appendicectomie avec l’hôpital le mois prochain"),
)  # fmt: skip
ELSEWHERE: Final = Played(
    place="Mairie d’Erlon-sur-Mer", territory="Côte d’Erlon", pace=1.4,
    rubs={
        2: Rub(code="IR11", severity=3, minutes=20,
               text="La demande est arrivée dans une boîte que personne n’ouvre le matin."),
        5: Rub(code="IR3", severity=2, minutes=12, text="Deux fiches dans l’annuaire pour la même imagerie."),
        6: Rub(code="IR4", severity=2, minutes=10, text="Compte rendu numérisé, rien ne s’y cherche."),
        13: Rub(code="IR9", severity=2, minutes=10, text="Biologie en PDF seul."),
    },
    not_done={17: "Le kinésithérapeute n’avait plus le dossier ouvert : bilan remis en main propre."},
    decisions=("Nommer dans chaque cabinet qui ouvre la boîte le matin, Inès Delmas",
               "Demander au laboratoire le compte rendu structuré, Inès Delmas, dans le mois"),
)  # fmt: skip


def stand(house: House) -> None:
    """What rubs, then the days; once: the next run finds what people have made of it since."""
    leader = house.actor(rubbing.LEADER)
    if STEWARD[0] not in house.accounts or fielddays.reading.days(leader):
        return
    coordinator = access_room.sessions.actor_of_account(house.accounts[STEWARD[0]])
    with transaction.atomic():
        rubbing.tell(house)
        ours = {actor: fielddays.Holding(professional_id=house.people[who]) for actor, who in OURS.items()}
        play(house, leader, SPRING, ours, _thursday(house, 187))
        play(house, coordinator, ELSEWHERE, {}, _thursday(house, 45))
        play(house, leader, AUTUMN, ours, _thursday(house, 8))
        _prepare_the_next(house, leader)


def play(house: House, leader: Actor, told: Played, ours: Mapping[str, fielddays.Holding], ago: int) -> UUID:
    """Prepared ten days before, opened at two in the afternoon, closed after what was decided, shared the day after."""
    guests = OUTSIDE if ours else COAST
    with house.days_ago(ago + 10):
        day = fielddays.preparing.prepare(
            leader, ANKLE, held_on=house.day(ago), place=told.place, territory=told.territory
        )
        fielddays.preparing.give_out(
            leader, day, {actor: fielddays.Holding(typed=name) for actor, name in guests.items()} | dict(ours)
        )
    now = house.moment(ago, 14)
    with clock.at(now):
        fielddays.preparing.open_day(leader, day)
    found: list[tuple[UUID, Rub]] = []
    for step in fielddays.reading.show(leader, day).steps:
        now += dt.timedelta(seconds=40 + 20 * (step.rank % 4))
        with clock.at(now):
            seat = _seat(house, leader, day, step)
            fielddays.playing.start(seat, step.code)
        rub = told.rubs.get(step.rank)
        now += dt.timedelta(seconds=SECONDS[step.rank - 1] * told.pace, minutes=rub.minutes if rub else 0)
        with clock.at(now):
            fielddays.playing.say(seat, step.code, _said(told, step.rank))
    with clock.at(now + dt.timedelta(minutes=25)):
        fielddays.preparing.close_day(leader, day, decisions="\n".join(told.decisions))
        for step in fielddays.reading.show(leader, day).steps:
            found += [(each.irritant, told.rubs[step.rank]) for each in step.rubs]
    with house.days_ago(ago - 1):
        fielddays.preparing.share(leader, day, is_shared=True)
        for uuid, rub in found:
            _follow(house, leader, uuid, rub)
    return day


def _seat(house: House, leader: Actor, day: UUID, step: fielddays.StepLine) -> fielddays.Seat:
    """A guest comes in by their code, a professional by their account; nobody's step is noted by who leads."""
    part = next(each for each in fielddays.reading.show(leader, day).parts if each.actor == step.actor)
    if part.code:
        return fielddays.playing.seat_of_guest(part.code)
    who = next(key for key, person in house.people.items() if person == part.professional_id)
    return fielddays.playing.seat_of(house.actor(who), day)


def _said(told: Played, rank: int) -> fielddays.Said:
    rub = told.rubs.get(rank)
    if rub is not None:
        return fielddays.Said(
            outcome=fielddays.Outcome.RUBBED, number=uuid4(), note=rub.text, code=rub.code, severity=rub.severity,
            minutes=rub.minutes, browser="Safari, iPhone",
        )  # fmt: skip
    why = told.not_done.get(rank, "")
    return fielddays.Said(
        outcome=fielddays.Outcome.NOT_DONE if why else fielddays.Outcome.DONE, number=uuid4(), note=why
    )


def _follow(house: House, leader: Actor, uuid: UUID, rub: Rub) -> None:
    if not rub.owner:
        return
    decided = irritants.FollowUp(
        code=rub.code, owner=house.people[rub.owner], due_on=house.day(-rub.due), action=rub.action,
        for_vendor=rub.code == "IR10",
    )  # fmt: skip
    irritants.triage.triage(leader, uuid, decided)
    if rub.reply:
        with house.days_ago(3 - rub.due):
            irritants.triage.settle(house.actor(rub.owner), uuid, is_solved=True, reply=rub.reply)
        with house.days_ago(2 - rub.due):
            for who in OURS.values():
                _read(house.actor(who), uuid)


def _read(actor: Actor, uuid: UUID) -> None:
    """By who said it."""
    for line in irritants.lines.answered(actor):
        if line.uuid == uuid:
            irritants.lines.show(actor, uuid)


def _prepare_the_next(house: House, leader: Actor) -> None:
    """In a fortnight, with the hospital; its laboratory and its pathologist have still to be found."""
    with house.days_ago(2):
        day = fielddays.preparing.prepare(
            leader, APPENDIX, held_on=house.day(_thursday(house, -20)), place="Centre hospitalier des Trois-Vallées",
            territory="Vallée de l’Aubre",
        )  # fmt: skip
        ours = {actor: house.people[who] for actor, who in OURS.items() if actor != "kine"}
        given = {actor: fielddays.Holding(professional_id=person) for actor, person in ours.items()}
        given |= {actor: fielddays.Holding(typed=name) for actor, name in AT_THE_HOSPITAL.items()}
        fielddays.preparing.give_out(leader, day, given)


def _thursday(house: House, ago: int) -> int:
    """How many days ago the Thursday before that was."""
    return ago + (house.day(ago).weekday() - 3) % 7
