"""The territory of the demonstration: five basins around the maison de santé, forty structures at every stage, eight
months of statements, sessions, tickets. Fictitious names; made through the verbs; what is there already is left.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.professionals import api as professionals
from maillon.territory import api as territory

NAME: Final = "Territoire des Cinq Vallées"
STEERS: Final = "CPTS des Cinq Vallées"
STEWARD: Final = ("delmas", "Inès", "Delmas")
MONTHS: Final = 8
OURS_SINCE: Final = 52  # days: its first documents are those of the journeys, six weeks ago
# name, inhabitants, town, how many structures
BASINS: Final = (
    ("Vallée de l’Aubre", 48_200, "Saint-Aubre", 11),
    ("Plateau de Merval", 31_400, "Merval", 9),
    ("Côte d’Erlon", 26_900, "Erlon-sur-Mer", 8),
    ("Pays de Thiernay", 22_300, "Thiernay", 7),
    ("Haute Sauvière", 9_800, "Sauvière", 3),
)
# type, how it is named, people who work there
KINDS: Final = (
    ("SA08", "Cabinet médical", 4), ("SA33", "Pharmacie", 3), ("SA08", "Cabinet infirmier", 5),
    ("SA01", "Centre hospitalier", 140), ("SA25", "Laboratoire", 9), ("SA07", "Cabinet du docteur", 1),
    ("SA52", "Maison de santé", 12), ("SA29", "Centre d’imagerie", 8),
)  # fmt: skip
PLACES: Final = (
    "du Moulin", "de la Halle", "des Remparts", "du Canal", "de la Gare", "des Ormes", "du Marché", "de l’Écluse",
    "des Tanneurs", "du Beffroi", "des Prés",
)  # fmt: skip
SOFTWARE: Final = ("Logiciel A, version Ségur", "Logiciel B, version Ségur", "Logiciel C 7.2")
# How a structure came along: days since it was equipped, days to the line, share of the working days fed, silence.
FATES: Final = (
    ("régulière", 210, 12, 1.0, 0), ("régulière", 190, 20, 1.0, 0), ("par à-coups", 170, 25, 0.6, 0),
    ("silencieuse", 200, 15, 1.0, 26), ("régulière", 150, 9, 1.0, 0), ("raccordée", 128, 72, 0.0, 0),
    ("équipée", 130, 0, 0.0, 0), ("non équipée", 0, 0, 0.0, 0),
)  # fmt: skip
PEOPLE: Final = (
    ("Margaux", "Vasseur", "G15_60"), ("Étienne", "Lorin", "G15_10"), ("Solène", "Carlier", "331"),
    ("Yanis", "Merlot", "G15_21"), ("Brigitte", "Dufour", "331"), ("Awa", "Sylla", "G15_60"),
    ("Paul-Henri", "Guyot", "G15_70"), ("Noémie", "Tellier", "332"), ("Loïc", "Barbier", "G15_10"),
    ("Fatou", "Kanté", "G15_50"),
)  # fmt: skip
TICKETS: Final = (
    ("ins", "Les identités récupérées ne passent pas à « qualifiée » : qui vérifie la pièce ?"),
    ("ins", "Un compte rendu est revenu : le prénom diffère de celui du laboratoire."),
    ("ins", "INSi répond « aucune identité » pour un patient né à l’étranger."),
    ("ins", "Deux dossiers pour la même personne depuis la reprise des données."),
    ("installation", "Le certificat du poste d’accueil n’est plus reconnu."),
    ("installation", "La page reste blanche sur le vieil ordinateur de la salle de soins."),
    ("carte", "L’e-CPS demande un code que personne n’a reçu."),
    ("carte", "La carte du remplaçant n’est pas lue."),
    ("reseau", "La boîte de la structure n’est pas relevée depuis deux jours."),
    ("logiciel", "Le logiciel n’envoie pas le compte rendu quand on ferme la consultation."),
    ("reticence", "Deux confrères demandent qui pourra lire leurs courriers."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    id: StructureId
    finess: str
    basin: str
    fate: str
    staff: int
    begun: dt.date | None
    share: float
    silent: int
    kind: str


def fill(*, administrator: int, password: str, ours: StructureId) -> int | None:
    """`ours`: the maison de santé that uses Maillon, counted from what it does. Once; gives the account of who steers,
    the first time."""
    if territory.territory() is not None:
        return None
    steward = _steer(administrator, password)
    register = territory.structures.register_basin
    codes = [register(steward, name=name, population=people) for name, people, _, _ in BASINS]
    places = list(_places(steward, codes))
    begun = clock.today() - dt.timedelta(days=OURS_SINCE)
    territory.structures.enrol(
        steward, ours,
        territory.structures.Declared(
            basin=codes[0], counted_here=True, software="Maillon", equipped_on=begun, connected_on=begun,
        ),
    )  # fmt: skip
    territory.statements.bring(steward, "\n".join(_statement(places)).encode())
    _train(steward, places)
    _help(steward, places)
    territory.rounds.make_rounds()
    for line in territory.visits.opened(steward)[:2]:
        territory.visits.plan(steward, line.uuid, on=clock.today() + dt.timedelta(days=5), visitor="Inès Delmas")
    return steward.account_id


def recount() -> None:
    """Once the demonstration's documents have arrived: they bear the days of months that closed without them, and a
    month that is closed keeps what the rooms held then."""
    territory.rounds.look()
    this = clock.today().replace(day=1)
    for back in range(MONTHS):
        territory.counting.count_month(territory.counting.month_before(this, back))


def _steer(administrator: int, password: str) -> Actor:
    """The coordinator of the CPTS, which the administrator of the installation names."""
    cpts = professionals.register_structure(name=STEERS, type_code="SA63", finess="990099001", city="Saint-Aubre")
    identifier, given, family = STEWARD
    person = professionals.register_professional(family_name=family, given_name=given, profession_code="330")
    professionals.attach(person, cpts, start=dt.date(2024, 1, 8), function="coordinatrice du territoire")
    account = access_room.accounts.register_account(
        identifier=identifier, password=password, professional_id=person, structure_id=cpts, is_administrator=False,
        is_referent=False,
    )  # fmt: skip
    territory.declare(access_room.sessions.actor_of_account(administrator), name=NAME, steered_by=cpts)
    return access_room.sessions.actor_of_account(account)


def _places(steward: Actor, codes: list[str]) -> Iterator[Place]:
    number = 0
    for code, (_, _, town, how_many) in zip(codes, BASINS, strict=True):
        for rank in range(how_many):
            type_code, kind, staff = KINDS[rank % len(KINDS)]
            fate, since, wait, share, silent = FATES[(rank + number // 7) % len(FATES)]
            finess = f"9902{number:05}"
            place = professionals.register_structure(
                name=f"{kind} {PLACES[(rank + number) % len(PLACES)]}, {town}", type_code=type_code, finess=finess,
                city=town,
            )  # fmt: skip
            equipped = clock.today() - dt.timedelta(days=since + number % 9) if since else None
            connected = equipped + dt.timedelta(days=wait) if equipped and wait else None
            territory.structures.enrol(
                steward, place,
                territory.structures.Declared(
                    basin=code, staff=staff, software=SOFTWARE[number % 3] if equipped else "", equipped_on=equipped,
                    connected_on=connected,
                ),
            )  # fmt: skip
            begun = connected + dt.timedelta(days=4 + number % 11) if connected and share else None
            yield Place(
                id=place, finess=finess, basin=code, fate=fate, staff=staff, begun=begun, share=share, silent=silent,
                kind=type_code,
            )  # fmt: skip
            number += 1


def _statement(places: list[Place]) -> Iterator[str]:
    """Day by day until the end of last month; chance is drawn from a fixed seed, so that every installation tells the
    same."""
    yield "finess;jour;fait;document;profession;nombre"
    drawn = random.Random(13)  # noqa: S311 (a story, not a secret)
    end = clock.today().replace(day=1) - dt.timedelta(days=1)
    first = territory.counting.month_before(end, MONTHS - 1)
    for place in places:
        day, until = max(place.begun or end, first), end - dt.timedelta(days=place.silent)
        while place.begun and day <= until:
            if day.weekday() < 5 and drawn.random() < place.share:
                yield from _day(place, day, drawn, progress=(day - first).days / max(1, (end - first).days))
            day += dt.timedelta(days=1)
        yield from _months(place, first, end, drawn)


def _day(place: Place, day: dt.date, drawn: random.Random, *, progress: float) -> Iterator[str]:
    document, profession = {
        "SA25": ("biologie", "G15_21"), "SA33": ("prescription", "G15_21"), "SA29": ("imagerie", "G15_10"),
        "SA01": ("sortie", "G15_10"),
    }.get(place.kind, ("consultation", "G15_10"))  # fmt: skip
    produced = max(3, round(drawn.gauss(5 + place.staff / 3, 2)))
    fed = max(1, round(produced * min(0.95, 0.34 + 0.4 * progress + drawn.uniform(-0.1, 0.1))))
    for fact, number in (
        ("documents_produits", produced), ("documents_deposes", fed),
        ("documents_meme_jour", round(fed * drawn.uniform(0.8, 1.0))),
    ):  # fmt: skip
        yield f"{place.finess};{day.isoformat()};{fact};{document};{profession};{number}"


def _months(place: Place, first: dt.date, end: dt.date, drawn: random.Random) -> Iterator[str]:
    followed = place.staff * 210 + drawn.randrange(60)
    month = first
    while month <= end:
        progress = (month - first).days / max(1, (end - first).days)
        received = place.staff * 22 + drawn.randrange(20)
        said = {
            "patients_suivis": followed,
            "patients_qualifies": round(followed * (0.42 + 0.35 * progress)),
            "patients_mes": round(followed * (0.28 + 0.1 * progress)),
            "patients_opposes": round(followed * 0.013),
            "patients_consultes": round(followed * 0.02 * progress) if place.begun else 0,
            "patients_couverts": round(min(followed, 2_400) * (0.25 + 0.3 * progress)) if place.begun else 0,
            "documents_recus": received,
            "documents_en_doute": round(received * (0.06 - 0.03 * progress)),
            "biologies_recues": received // 2,
            "biologies_structurees": round(received // 2 * (0.35 + 0.3 * progress)),
            "boites": 1 + place.staff // 4,
            "boites_actives": 1 + place.staff // 4 - (place.staff > 8 and place.silent > 0),
            "messages_envoyes": place.staff * 6 + drawn.randrange(12),
            "messages_recus": place.staff * 11 + drawn.randrange(15),
            "messages_patients": drawn.randrange(1 + round(8 * progress * place.staff**0.5)),
        }
        if place.fate not in ("non équipée",):
            consulting = min(place.staff, round(place.staff * (0.18 + 0.3 * progress)))
            said |= {"professionnels_equipes": place.staff, "professionnels_consultant": consulting}
        for fact, number in said.items():
            yield f"{place.finess};{month.isoformat()};{fact};;;{number}"
        month = territory.counting.next_month(month)


def _train(steward: Actor, places: list[Place]) -> None:
    """Referents of the structures that are regular, in two sessions; one session to come."""
    regular = [each for each in places if each.fate == "régulière"]
    people: list[ProfessionalId] = []
    for (given, family, code), place in zip(PEOPLE, regular, strict=False):
        person = professionals.register_professional(family_name=family, given_name=given, profession_code=code)
        professionals.attach(person, place.id, start=dt.date(2022, 9, 1))
        people.append(person)
    told = (
        ("referent", places[0].basin, "Centre hospitalier de Saint-Aubre", 180, -75, people[:6]),
        ("referent", places[14].basin, "Mairie de Merval", 180, -32, people[6:]),
        ("identite", places[14].basin, "Mairie de Merval", 60, -11, people[1:5]),
        ("usages", places[0].basin, "Salle de la Halle, Saint-Aubre", 90, 12, people[2:9]),
    )
    for module, basin, where, minutes, days, expected in told:
        session = territory.trainings.prepare(
            steward,
            territory.trainings.Prepared(
                basin=basin, module=module, place=where, day=clock.today() + dt.timedelta(days=days), minutes=minutes,
                trainer="Inès Delmas",
            ),
        )  # fmt: skip
        for person in expected:
            territory.trainings.expect(steward, session, person)
        if days < 0:
            there = [each.id for each in territory.trainings.show(steward, session).people]
            territory.trainings.end(steward, session, present=there, marks={5: len(there) - 2, 4: 2})


def _help(steward: Actor, places: list[Place]) -> None:
    """Tickets opened by people of the structures, the latest not answered yet, one that waits; patients informed."""
    answers = ("Réglé avec la personne, sur place.", "Le rapport de diagnostic a montré le certificat expiré.")
    former = []
    for number in range(34):
        cause, text = TICKETS[(number * 3) % len(TICKETS)]
        place = places[(number * 7) % len(places)]
        opened = clock.now() - dt.timedelta(days=2 + 5 * number, hours=number)
        settled = opened + dt.timedelta(days=1 + number % 6) if number > 4 and number != 7 else None
        former.append(
            territory.tickets.Former(
                structure_id=place.id, cause=cause, text=text, opened_at=opened, opened_by=_someone(place).label,
                resolved_at=settled, resolution=answers[number % 2] if settled else "",
            )
        )  # fmt: skip
    territory.tickets.take_over(steward, former)
    for number, place in enumerate(places[::4]):
        territory.informing.note(
            _someone(place), means="brochure", number=20 + 9 * number, campaign="Mon espace santé, parlons-en",
            day=clock.today() - dt.timedelta(days=9 * number),
        )  # fmt: skip


def _someone(place: Place) -> Actor:
    """Whoever speaks for a structure that does not use Maillon."""
    known = professionals.structure(place.id)
    return Actor(
        kind="professional", label=f"Accueil, {known.name if known else ''}", structure_id=place.id,
        structure_ids=(place.id,),
    )  # fmt: skip
