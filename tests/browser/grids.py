"""What the pages of evaluations have to show: a campaign discussed by its team, an open one, products, irritants; each
made by the verbs, as people would."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from playwright.sync_api import Page

from maillon.access.models import Account
from maillon.access.sessions import actor_of_account
from maillon.evaluations import api as evaluations
from maillon.evaluations.models import Answer, Participant
from maillon.irritants import api as irritants
from maillon.irritants.models import Irritant
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId
from maillon.professionals.models import Attachment, Professional
from tests.browser import days
from tests.conftest import LONG_AGO, Cast

campaigns, answering = evaluations.campaigns, evaluations.answering
consensus, products = evaluations.consensus, evaluations.products

MATURITY = "maturite-has-2013"
_TEAM = (
    ("Rose Dubreuil", "G15_60"), ("Anne Petit", "G15_60"), ("Marc Leroy", "G15_70"), ("Zoé Faure", "G15_70"),
    ("Luc Garnier", "G15_10"), ("Lise Roux", "G15_21"), ("Odile Noël", "330"),
)  # fmt: skip
Visit = tuple[str, str | None, Callable[[Page], Any]]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The numbers and identifiers of what there is."""

    first: int
    second: int
    opened: int
    product: UUID
    draft: UUID
    device: UUID
    irritant: UUID
    irritant_new: UUID
    day_prepared: UUID
    day_open: UUID
    day_closed: UUID
    guest: str


def stand(cast: Cast) -> Shown:
    people = [cast.claire, cast.karim, cast.nadia, cast.sylvie, *(_engage(cast, *each) for each in _TEAM)]
    leader = people[-1]
    first = _played(leader, people, seed=1, reach=2)
    second = _played(leader, people, seed=5, reach=4)
    opened = campaigns.prepare(leader, MATURITY, title="Maturité, automne", until=clock.today() + dt.timedelta(days=14))
    campaigns.open_answers(leader, opened)
    for each in people[1:5]:
        _answer(each, opened, random.Random(9))
    answering.say(cast.claire, opened, "A1", level=2)
    product, draft, device = _products(cast)
    return Shown(
        first=first, second=second, opened=opened, product=product, draft=draft, device=device,
        **_irritants(cast, leader), **days.stand(cast, leader),
    )  # fmt: skip


def visits(shown: Shown) -> Iterator[Visit]:
    def at(address: str) -> Callable[[Page], Any]:
        return lambda page: page.goto(address)

    yield "evaluations", "claire", at("/evaluations")
    yield "maturite-1-campagnes", "claire", at("/maturite")
    yield "maturite-2-ouverte", "claire", at(f"/maturite/{shown.opened}")
    yield "maturite-3-commencer", "karim", at(f"/maturite/{shown.opened}/repondre")
    yield "maturite-reponse", "claire", at(f"/maturite/{shown.opened}/repondre/A2")
    yield "maturite", "claire", at(f"/maturite/{shown.second}")
    yield "maturite-4-consensus", "claire", lambda page: _unfold(page, f"/maturite/{shown.second}")
    yield "maturite-5-comparaison", "claire", at(f"/maturite/{shown.second}/comparer/{shown.first}")
    yield "maturite-6-grille", "claire", at(f"/grilles/{MATURITY}")
    yield "produits-1", "claire", at("/produits")
    yield "produits-2-nouveau", "claire", at("/produits/nouveau")
    yield "produit", "claire", at(f"/produits/{shown.draft}")
    yield "produit-1-criteres", "claire", at(f"/produits/{shown.draft}/criteres/4.1")
    yield "produit-2-conclu", "claire", at(f"/produits/{shown.product}")
    yield "produit-3-dispositif", "claire", at(f"/produits/{shown.device}")
    yield "produit-4-fiche", "claire", at(f"/produits/{shown.device}/criteres/2.1")
    yield "irritant-signaler", "claire", at("/irritants/signaler?ecran=dossier/<uuid:patient>/resultats")
    yield "irritants", "claire", at("/irritants")
    yield "irritants-1-miens", "nadia", at("/irritants")
    yield "irritants-2-un", "claire", at(f"/irritants/{shown.irritant}")
    yield "irritants-3-plan", "claire", at("/irritants/plan")
    yield "irritants-4-tendances", "claire", at("/irritants/tendances")
    yield "irritants-5-un-nouveau", "claire", at(f"/irritants/{shown.irritant_new}")
    yield "journees-1", "claire", at("/journees")
    yield "journees-2-participants", "claire", at(f"/journees/{shown.day_prepared}/participants")
    yield "journees-3-preparee", "claire", at(f"/journees/{shown.day_prepared}")
    yield "journee-de-terrain", "claire", at(f"/journees/{shown.day_open}")
    yield "journee-de-terrain-1-codes", "claire", at(f"/journees/{shown.day_open}/codes")
    yield "journee-de-terrain-2-a-sa-place", "claire", at(f"/journees/{shown.day_open}/etape/ENT-12")
    yield "journee-de-terrain-3-mes-etapes", "claire", at(f"/journees/{shown.day_open}/mes-etapes")
    yield "journee-de-terrain-4-close", "claire", at(f"/journees/{shown.day_closed}")
    yield "journee-de-terrain-5-invite", None, at(f"/terrain/{shown.guest}")
    yield "journee-de-terrain-6-porte", None, at("/terrain")
    yield "journees-comparaison", "claire", at("/journees/parcours/entorse_cheville")
    yield "telesoin-1", "claire", at("/telesoin?acte=pansement")
    yield "telesoin-2", "claire", at("/telesoin?acte=entretien-pharmaceutique")


def _unfold(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("summary", has_text="Adopter un niveau").first.click()


def _engage(cast: Cast, name: str, profession: str) -> Actor:
    given, family = name.split(" ", 1)
    person = Professional.objects.create(given_name=given, family_name=family, profession_code=profession)
    Attachment.objects.create(
        professional=person, structure_id=cast.tilleuls_id, start=LONG_AGO
    )
    account = Account.objects.create(
        identifier=f"{given.lower()}@demo", professional=person, structure_id=cast.tilleuls_id
    )
    return actor_of_account(account.pk)


def _played(leader: Actor, people: list[Actor], *, seed: int, reach: int) -> int:
    """A campaign closed and discussed: most dimensions have their level."""
    draw = random.Random(seed)
    number = campaigns.prepare(leader, MATURITY, title=f"Maturité, {'automne' if seed == 1 else 'printemps'} précédent")
    campaigns.open_answers(leader, number)
    for each in people:
        _answer(each, number, draw, low=reach // 4, high=reach)
    campaigns.close_answers(leader, number)
    campaigns.discuss(leader, number)
    for rank, each in enumerate(evaluations.results.results(leader, number)):
        if each.whole and (rank % 7 != 6 or seed == 1):
            level = min(4, round(each.whole.median))
            consensus.agree(leader, number, each.dimension.code, level=level, votes=7, present=9)
    _decide(leader, number, people)
    return number


def _answer(actor: Actor, number: int, draw: random.Random, *, low: int = 0, high: int = 3) -> None:
    """All at once: the pages show what comes of it, and answering has its own tests."""
    mine = answering.mine(actor, number)
    person = Participant.objects.get(campaign=mine.campaign, professional_id=actor.professional_id)
    Answer.objects.bulk_create(
        Answer(
            participant=person, dimension=each.dimension.code,
            level=draw.choice([*range(low, high + 1), *range(low, high + 1), None]),
            comment="Le samedi matin n’est pas couvert." if (each.dimension.code, draw.random() < 0.3) == ("A4", True)
            else "",
        )
        for each in mine.lines
    )  # fmt: skip
    answering.hand_in(actor, number)


def _decide(leader: Actor, number: int, people: list[Actor]) -> None:
    for dimension, title, owner, wait in (
        ("A4", "Écrire le planning des absences et l’afficher", people[2], 40),
        ("B1", "Envoyer l’ordre du jour cinq jours avant", people[0], 10),
    ):
        assert owner.professional_id is not None
        consensus.decide(
            leader, number, dimension=dimension, title=title, owner=ProfessionalId(owner.professional_id),
            due_on=clock.today() + dt.timedelta(days=wait), means="Une heure du coordonnateur",
        )  # fmt: skip


def _products(cast: Cast) -> tuple[UUID, UUID, UUID]:
    app = products.Identity(
        product="Mon Souffle", version="3.2", editor="Éditions du Large", purpose="Noter les crises d’asthme et les "
        "partager avec son équipe", use="suivi", public="patients",
    )  # fmt: skip
    grid = products.offered(cast.claire)
    verdicts = {each.code: ("non" if each.code in ("1.1.1", "4.1.2") else "conforme", "") for each in grid.criteria}
    done = products.begin(cast.claire, app, is_independent=True)
    products.judge(cast.claire, done, verdicts)
    products.conclude(cast.claire, done, decision="avec_reserve", reason="Bon contenu ; l’éditeur n’est pas joignable.")
    products.share(cast.claire, done)
    draft = products.begin(
        cast.claire, products.Identity(**_said(app) | {"product": "Pas à Pas", "version": "1.4"}), is_independent=True
    )
    products.judge(cast.claire, draft, {code: said for code, said in verdicts.items() if code[0] in "124"})
    device = products.begin(
        cast.claire,
        products.Identity(**_said(app) | {"product": "Cardio Lecture", "version": "2", "device_class": "IIa"}),
        is_independent=True,
    )
    products.judge(cast.claire, device, {"finalite": ("", "Aide à la lecture d’un tracé"), "classe": ("", "IIa")})
    return done, draft, device


def _said(identity: products.Identity) -> dict[str, str]:
    return {name: getattr(identity, name) for name in identity.__dataclass_fields__}


def _irritants(cast: Cast, leader: Actor) -> dict[str, UUID]:
    said = [
        (cast.nadia, "IR9", "Les résultats du laboratoire arrivent en PDF seul, je recopie l’INR.", 2, 10),
        (cast.claire, "IR1", "L’identité n’est pas qualifiée, rien ne part.", 3, 20),
        (cast.karim, "AUTRE", "La liste des envois est longue à parcourir.", 1, 2),
        (cast.sylvie, "IR9", "Encore un PDF : le graphique de l’INR ne se trace pas.", 2, 10),
        (cast.nadia, "IR11", "Personne n’a relevé la boîte du cabinet voisin depuis lundi.", 4, 30),
    ]
    made = [
        irritants.reporting.report(
            who,
            irritants.Report(
                code=code, text=text, severity=severity, minutes_lost=minutes, place="Au cabinet",
                screen="dossier/<uuid:patient>/resultats", browser="Firefox, Windows", software="0.1",
            ),
        )
        for who, code, text, severity, minutes in said
    ]  # fmt: skip
    verbs = irritants.triage
    owner = ProfessionalId(cast.claire.professional_id or 0)
    decided = irritants.FollowUp(
        code="IR9", owner=owner, due_on=clock.today() + dt.timedelta(days=7), for_vendor=True,
        action="Demander le compte rendu structuré au laboratoire.",
    )  # fmt: skip
    verbs.triage(leader, made[0], decided)
    verbs.join(leader, made[3], to=made[0])
    verbs.begin(cast.claire, made[0])
    verbs.settle(leader, made[2], is_solved=False, reply="Un filtre arrive dans la version suivante.")
    _former_ones(cast)
    return {"irritant": made[0], "irritant_new": made[1]}


def _former_ones(cast: Cast) -> None:
    """A year behind, so that the trend has a shape."""
    draw = random.Random(3)
    Irritant.objects.bulk_create(
        Irritant(
            structure_id=cast.tilleuls_id, code=draw.choice(("IR1", "IR1", "IR9", "IR9", "IR8", "IR3", "AUTRE")),
            text="Un irritant d’avant.", minutes_lost=draw.choice((2, 5, 10, 20)), severity=draw.choice((1, 1, 2, 3)),
            reporter_id=cast.karim.professional_id, reported_by=cast.karim.label, due_on=clock.today(),
            reported_at=clock.now() - dt.timedelta(days=draw.randrange(1, 330)), state="resolu", reply="Corrigé.",
            replied_by="Odile Noël", replied_at=clock.now(), seen_at=clock.now(), settled_at=clock.now(),
        )
        for _ in range(46)
    )  # fmt: skip
