"""What rubs at the maison de santé, eleven months of it: said by those who work there, triaged by the coordinator,
answered. Biology that came as a picture has been mended and goes down; the letters of the hospital are under way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Final
from uuid import UUID

from maillon.demo.house import House
from maillon.irritants import api as irritants
from maillon.kernel import clock

LEADER: Final = "marchand"
RESULTS, TIMELINE, IDENTITY, SENDINGS = (
    "dossier/<uuid:patient>/resultats", "dossier/<uuid:patient>/chronologie", "dossier/<uuid:patient>/identite",
    "envois",
)  # fmt: skip
NOT_SEEN: Final = 12  # days: an answer that is older has been read by who reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """What triage decided: `due` in days from the day on which the story ends."""

    owner: str
    action: str
    due: int
    for_vendor: bool = False
    begun: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`ago`: days. `reply` after `after` days, solved unless it was dropped. `of` names the one that it joins."""

    ago: int
    who: str
    code: str
    severity: int
    minutes: int
    text: str
    screen: str = ""
    place: str = "Au cabinet"
    name: str = ""
    of: str = ""
    follow: Follow | None = None
    reply: str = ""
    after: int = 9
    is_dropped: bool = False


Gesture = Callable[[House, Told, dict[str, UUID]], None]
_LABORATORY: Final = Follow(
    owner="benali", due=-150, begun=True,
    action="Demander au laboratoire le compte rendu structuré, et suivre avec lui les trois premières semaines.",
)  # fmt: skip
_FIRST: Final = Follow(owner="marchand", due=-190, action="Revoir le geste avec l’accueil et l’écrire sur une page.")
STORY: Final = (
    # First: identities, and biology that nobody can draw a curve of.
    Told(ago=318, who="caron", code="IR1", severity=2, minutes=15, screen=IDENTITY, follow=_FIRST,
         text="La pièce d’identité n’est demandée qu’à la deuxième visite : rien ne part au DMP avant.",
         reply="La pièce est maintenant demandée à la prise de rendez-vous."),
    Told(ago=333, who="lefevre", code="IR9", severity=2, minutes=10, screen=RESULTS, name="pdf", follow=_LABORATORY,
         after=162,
         text="Les résultats du laboratoire arrivent en PDF seul, je recopie l’INR dans le carnet.",
         reply="Le laboratoire envoie le compte rendu structuré depuis trois semaines : la courbe se trace seule."),
    Told(ago=297, who="morel", code="IR9", severity=2, minutes=10, screen=RESULTS, of="pdf",
         text="Pas de courbe d’HbA1c : il faut rouvrir chaque PDF."),
    Told(ago=283, who="benali", code="IR1", severity=3, minutes=20, screen=IDENTITY, follow=_FIRST,
         text="INSi répond « plusieurs identités » : je ne sais pas qui doit trancher.",
         reply="L’accueil tranche avec la pièce ; une fiche d’une page est affichée."),
    Told(ago=270, who="roche", code="IR9", severity=2, minutes=10, place="À l’officine", of="pdf",
         text="La créatinine n’est que dans l’image : je ne peux pas vérifier la dose d’un coup d’œil."),
    Told(ago=262, who="girard", code="IR7", severity=1, minutes=20, follow=_FIRST,
         text="Je ne trouve pas où écrire mon bilan, j’ai fait une lettre à part.",
         reply="Une heure ensemble à la réunion ; le bilan s’écrit par la touche E."),
    Told(ago=248, who="lefevre", code="IR9", severity=2, minutes=12, screen=RESULTS, of="pdf",
         text="Encore un INR en image un vendredi soir, recopié à la main."),
    Told(ago=236, who="caron", code="IR3", severity=2, minutes=15, screen=SENDINGS, follow=_FIRST,
         text="Le cardiologue de Valmont n’a pas d’adresse MSSanté : la lettre part par la poste.",
         reply="Sa boîte est ouverte, elle est dans l’annuaire."),
    Told(ago=221, who="morel", code="IR9", severity=2, minutes=10, screen=RESULTS, of="pdf",
         text="Deux bilans du même jour, l’un structuré, l’autre non."),
    Told(ago=205, who="benali", code="IR5", severity=1, minutes=5, screen=TIMELINE,
         text="Le compte rendu d’imagerie arrive deux fois, par la boîte du cabinet et par la mienne.",
         reply="Le document n’est classé qu’une fois ; l’imagerie n’écrit plus qu’à une adresse.",
         follow=Follow(owner="benali", due=-170, for_vendor=True,
                       action="Demander à l’imagerie de n’écrire qu’à l’adresse du cabinet.")),
    Told(ago=190, who="lefevre", code="IR9", severity=2, minutes=10, screen=RESULTS, of="pdf",
         text="Le laboratoire de garde envoie toujours une image."),
    # Then fewer, and the letters of the hospital come out.
    Told(ago=172, who="morel", code="IR8", severity=3, minutes=25, screen=TIMELINE, name="lettre",
         follow=Follow(owner="marchand", due=18, begun=True,
                       action="Relever les délais de sortie avec le DIM, les porter à la réunion ville-hôpital."),
         text="La lettre de sortie arrive douze jours après : le traitement a changé sans que je le sache."),
    Told(ago=149, who="lefevre", code="IR8", severity=3, minutes=20, place="Au domicile", of="lettre",
         text="Pansement à refaire à la sortie, sans aucune consigne écrite."),
    Told(ago=131, who="caron", code="IR2", severity=1, minutes=10,
         text="Trois patients ont refusé Mon espace santé sans savoir ce que c’est.",
         reply="Une brochure à l’accueil et une réponse toute prête : deux ont changé d’avis.",
         follow=Follow(owner="caron", due=-115, action="Mettre la brochure à l’accueil, et trois phrases prêtes.")),
    Told(ago=112, who="girard", code="AUTRE", severity=1, minutes=5,
         text="J’aimerais que le fond des pages soit vert.", is_dropped=True, after=6,
         reply="Les couleurs disent l’état des tâches : en changer tromperait. L’impression reste en noir et blanc."),
    Told(ago=96, who="benali", code="IR10", severity=2, minutes=10, screen=SENDINGS, name="ordonnance",
         follow=Follow(owner="benali", due=11, for_vendor=True,
                       action="Envoyer trois exemples à l’éditeur du logiciel de l’officine, essayer sa version 8."),
         text="L’ordonnance structurée s’ouvre en page blanche à l’officine."),
    Told(ago=83, who="roche", code="IR10", severity=2, minutes=15, place="À l’officine", of="ordonnance",
         text="Posologie coupée au deuxième médicament, j’ai rappelé le cabinet."),
    Told(ago=69, who="caron", code="IR6", severity=3, minutes=15, screen=SENDINGS,
         text="Un courrier est parti chez l’homonyme du dermatologue.",
         reply="Le destinataire est prévenu, le carnet corrigé ; la ville est maintenant affichée à côté du nom.",
         follow=Follow(owner="caron", due=-60, for_vendor=True,
                       action="Prévenir qui a reçu, corriger le carnet, demander que la ville soit affichée.")),
    # What is open today.
    Told(ago=41, who="lefevre", code="IR8", severity=3, minutes=30, place="Au domicile", of="lettre",
         text="Sortie un vendredi sous injection, ordonnance restée à l’hôpital : première dose le lundi."),
    Told(ago=33, who="morel", code="IR11", severity=3, minutes=15, screen=SENDINGS,
         follow=Follow(owner="lefevre", due=-4, begun=True,
                       action="Nommer avec le cabinet voisin qui relève la boîte, et qui le remplace."),
         text="La boîte du cabinet infirmier voisin n’est pas relevée : nos demandes restent sans réponse."),
    Told(ago=37, who="caron", code="IR3", severity=2, minutes=10, screen=SENDINGS,
         follow=Follow(owner="caron", due=9, action="Faire corriger la fiche du radiologue dans l’Annuaire Santé."),
         text="Le radiologue a deux adresses dans l’annuaire, la première est fermée."),
    Told(ago=30, who="girard", code="IR7", severity=1, minutes=15,
         text="Ma remplaçante n’a jamais ouvert la plateforme.",
         reply="Une heure est prévue avec elle, la fiche d’accueil est dans sa boîte.", after=24,
         follow=Follow(owner="marchand", due=-3, action="Prévoir une heure avec elle avant son premier jour.")),
    Told(ago=13, who="benali", code="IR4", severity=2, minutes=8, screen=TIMELINE,
         follow=Follow(owner="benali", due=16, for_vendor=True,
                       action="Signaler à l’éditeur de l’hôpital le compte rendu opératoire à l’ancien format."),
         text="Le compte rendu opératoire est une image numérisée, rien ne s’y cherche."),
    Told(ago=8, who="lefevre", code="IR11", severity=2, minutes=5,
         text="Personne ne relevait la boîte du secrétariat pendant les congés.", after=5,
         reply="Nadia la relève quand Sylvie est absente ; c’est écrit au planning.",
         follow=Follow(owner="marchand", due=2, action="Nommer qui relève la boîte du secrétariat aux congés.")),
    Told(ago=4, who="caron", code="IR1", severity=2, minutes=6, screen=IDENTITY,
         text="La carte d’identité d’un patient est périmée : puis-je qualifier avec le passeport d’un autre pays ?"),
    Told(ago=2, who="roche", code="IR10", severity=2, minutes=5, place="À l’officine",
         text="L’ordonnance de sortie n’a pas de code à lire, je la ressaisis."),
    Told(ago=1, who="morel", code="AUTRE", severity=1, minutes=2, screen=SENDINGS,
         text="La liste des envois est longue à parcourir le lundi matin."),
)  # fmt: skip
# The same thing again, which triage joined: days ago, who, which, minutes, words.
AGAIN: Final = (
    (330, "morel", "pdf", 15, "INR en image : recopié deux fois, avec une erreur vue à temps."),
    (325, "lefevre", "pdf", 12, "Glycémies en PDF, le carnet est rempli à la main."),
    (305, "lefevre", "pdf", 10, "Trois INR dans la matinée, tous recopiés."),
    (290, "morel", "pdf", 10, "La fonction rénale n’est pas dans le tableau."),
    (278, "lefevre", "pdf", 12, "Résultat du soir en image, rappel au laboratoire pour être sûre."),
    (266, "benali", "pdf", 10, "Comparer deux bilans demande d’ouvrir deux fichiers."),
    (255, "lefevre", "pdf", 15, "Ma collègue n’a pas vu l’INR : il n’était que dans la pièce jointe."),
    (241, "roche", "pdf", 10, "Potassium en image, patient sous deux hypokaliémiants."),
    (228, "lefevre", "pdf", 10, "INR recopié, encore un vendredi."),
    (214, "morel", "pdf", 10, "Cholestérol absent de la courbe."),
    (198, "lefevre", "pdf", 10, "Deux INR en image cette semaine."),
    (160, "lefevre", "lettre", 25, "Sortie sans lettre, soins commencés au téléphone."),
    (138, "morel", "lettre", 30, "Le compte rendu arrive après la consultation de contrôle."),
    (118, "roche", "lettre", 25, "Ordonnance de sortie sans les traitements arrêtés."),
    (103, "lefevre", "lettre", 35, "Date de retrait des fils inconnue, deux appels au service."),
    (88, "morel", "lettre", 30, "Lettre reçue par la poste, la messagerie n’a rien."),
    (80, "lefevre", "lettre", 45, "Pansement complexe sans protocole de service."),
    (75, "roche", "ordonnance", 20, "Deux lignes superposées, le dosage ne se lit pas."),
    (68, "morel", "lettre", 35, "Anticoagulant changé à l’hôpital, su par la famille."),
    (61, "roche", "ordonnance", 20, "Feuille blanche, la patiente est repartie chercher le papier."),
    (54, "lefevre", "lettre", 30, "Sortie à midi, appelée à seize heures sans document."),
    (47, "roche", "ordonnance", 15, "Quantités absentes, appel au cabinet."),
    (34, "roche", "ordonnance", 15, "Le renouvellement n’apparaît pas."),
    (27, "lefevre", "lettre", 20, "Lettre arrivée le surlendemain, c’est mieux qu’avant."),
    (20, "roche", "ordonnance", 10, "Posologie coupée à la deuxième ligne."),
)
BY_NAME: Final = {each.name: each for each in STORY if each.name}


def tell(house: House) -> None:
    """Each gesture on its day, from the oldest; told once, in the caller's transaction."""
    made: dict[str, UUID] = {}
    gestures: list[tuple[dt.datetime, Callable[[], None]]] = []
    again = (
        Told(ago=ago, who=who, code=BY_NAME[of].code, severity=2, minutes=minutes, text=text, of=of)
        for ago, who, of, minutes, text in AGAIN
    )
    for told in (*STORY, *again):
        gestures += [(at, partial(gesture, house, told, made)) for at, gesture in _gestures(house, told)]
    for at, gesture in sorted(gestures, key=lambda each: each[0]):
        with clock.at(at):
            gesture()


def _gestures(house: House, told: Told) -> list[tuple[dt.datetime, Gesture]]:
    said = _open_day(house.moment(told.ago, 9))
    triaged = min(said + dt.timedelta(days=1, hours=3), house.moment(1, 12))
    found: list[tuple[dt.datetime, Gesture]] = [(said, _say)]
    if told.of:
        found.append((triaged, _join))
    if told.follow:
        found.append((triaged, _triage))
        if told.follow.begun:
            found.append((min(triaged + dt.timedelta(days=2), house.moment(1, 15)), _begin))
    if told.reply:
        found.append((min(said + dt.timedelta(days=told.after), house.moment(1, 17)), _settle))
    answered = told if told.reply else BY_NAME.get(told.of)
    if answered is not None and answered.reply and answered.ago - answered.after > NOT_SEEN:
        found.append((house.moment(answered.ago - answered.after - 2, 8), _read))
    return found


def _open_day(moment: dt.datetime) -> dt.datetime:
    """Nobody is there on a Saturday or on a Sunday: the Friday before."""
    return moment - dt.timedelta(days=max(0, moment.weekday() - 4))


def _key(told: Told) -> str:
    return told.name or f"{told.who}-{told.ago}"


def _say(house: House, told: Told, made: dict[str, UUID]) -> None:
    made[_key(told)] = irritants.reporting.report(
        house.actor(told.who),
        irritants.Report(
            code=told.code, text=told.text, severity=told.severity, minutes_lost=told.minutes, place=told.place,
            screen=told.screen, browser="Firefox, Windows", software=version("maillon"),
        ),
    )  # fmt: skip


def _triage(house: House, told: Told, made: dict[str, UUID]) -> None:
    assert told.follow is not None
    irritants.triage.triage(
        house.actor(LEADER), made[_key(told)],
        irritants.FollowUp(
            code=told.code, owner=house.people[told.follow.owner], due_on=house.day(-told.follow.due),
            action=told.follow.action, for_vendor=told.follow.for_vendor,
        ),
    )  # fmt: skip


def _join(house: House, told: Told, made: dict[str, UUID]) -> None:
    irritants.triage.join(house.actor(LEADER), made[_key(told)], to=made[told.of])


def _begin(house: House, told: Told, made: dict[str, UUID]) -> None:
    assert told.follow is not None
    irritants.triage.begin(house.actor(told.follow.owner), made[_key(told)])


def _settle(house: House, told: Told, made: dict[str, UUID]) -> None:
    by = told.follow.owner if told.follow else LEADER
    irritants.triage.settle(house.actor(by), made[_key(told)], is_solved=not told.is_dropped, reply=told.reply)


def _read(house: House, told: Told, made: dict[str, UUID]) -> None:
    irritants.lines.show(house.actor(told.who), made[_key(told)])
