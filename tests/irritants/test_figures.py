"""What irritants cost, what is handed to the vendor, what is printed."""

from __future__ import annotations

import datetime as dt

import orjson
import pytest
import time_machine

from maillon.formats.pdf import text_of_pdf
from maillon.formats.pdf_pages import page_count
from maillon.irritants import api as irritants
from maillon.irritants.models import Irritant
from maillon.irritants.naming import without_people
from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId
from tests.conftest import Cast
from tests.irritants.making import report, settle, triage

WEDNESDAY = dt.datetime(2026, 6, 17, 9, 0, tzinfo=dt.UTC)


def test_every_report_counts_in_its_month_and_in_its_week(cast: Cast, agnes: Actor) -> None:
    for days, code, minutes in ((0, "IR1", 40), (7, "IR9", 10), (8, "IR9", 10), (35, "IR9", 60), (400, "IR9", 99)):
        with time_machine.travel(WEDNESDAY - dt.timedelta(days=days), tick=False):
            last = report(cast.nadia, code=code, minutes_lost=minutes)
    with time_machine.travel(WEDNESDAY, tick=False):
        first = irritants.lines.to_triage(agnes)[0]
        if first.uuid != last:
            irritants.triage.join(agnes, last, to=first.uuid)
        cost = irritants.figures.cost(agnes)
    assert [(each.code, each.number, each.minutes) for each in cost.codes] == [("IR9", 3, 80), ("IR1", 1, 40)]
    assert cost.months[-1] == dt.date(2026, 6, 1)
    assert len(cost.months) == len(cost.weeks) == 12
    assert cost.by_month[-2:] == (1, 3)
    assert cost.codes[0].months[-2:] == (1, 2)
    assert cost.weeks[-1] == dt.date(2026, 6, 15)
    assert cost.minutes[-6:] == (60, 0, 0, 0, 20, 40)
    assert cost.a_week == 5, "the week under way is not in the mean: (0 + 0 + 0 + 20) / 4"


def test_a_structure_where_nothing_rubs(agnes: Actor) -> None:
    cost = irritants.figures.cost(agnes)
    assert (cost.codes, cost.a_week, sum(cost.minutes)) == ((), 0, 0)


def test_midnight_is_that_of_paris(cast: Cast, agnes: Actor) -> None:
    with time_machine.travel(dt.datetime(2026, 5, 31, 22, 30, tzinfo=dt.UTC), tick=False):  # 00:30 on 1 June in Paris
        report(cast.nadia)
    with time_machine.travel(WEDNESDAY, tick=False):
        assert irritants.figures.cost(agnes).by_month[-2:] == (0, 1)


def test_the_vendor_receives_what_was_marked_and_nobody(cast: Cast, agnes: Actor) -> None:
    told = report(
        cast.nadia, text="Nadia Lefèvre et le Dr Paul Martin (06 12 34 56 78, paul@ailleurs.fr) ont ressaisi.",
        place="Chez KARIM",
    )  # fmt: skip
    kept = report(cast.nadia, text="Reste ici.")
    triage(agnes, told, owner=cast.karim, for_vendor=True)
    triage(agnes, kept, owner=cast.karim)
    (row,) = irritants.export.for_vendor(agnes)
    assert row["ce_qui_s_est_passe"] == "[personne] et le [personne] ([coordonnée], [coordonnée]) ont ressaisi."
    assert row["ou"] == "Chez [personne]"
    assert (row["ecran"], row["metier"], row["version"]) == ("dossier/<uuid:patient>/resultats", "Infirmier", "1.0")
    table = irritants.export.as_csv([row]).decode("utf-8-sig")
    written = orjson.loads(irritants.export.as_json([row]))["irritants"][0]
    for word in ("Nadia", "Lefèvre", "Karim", "Agnès", "Martin"):
        assert word not in table
        assert word not in str(written)
    assert table.splitlines()[0].startswith("reference;code;irritant;gravite")
    assert written["code"] == "IR9"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Mme Durand-Petit attend", "[personne] attend"),
        ("=CMD() de Lefevre", "=CMD() de [personne]"),
        ("Le lecteur de carte", "Le lecteur de carte"),
        ("M. le directeur", "M. le directeur"),
        ("joindre le 01.02.03.04.05", "joindre le [coordonnée]"),
        ("le +33 6 12 34 56 78 ou le 0033612345678", "le [coordonnée] ou le [coordonnée]"),
        ("la carte de Nadia, l’ordonnance d’Anne", "la carte de [personne], l’ordonnance d’[personne]"),
        ("le compte rendu de madame Durand", "le compte rendu de [personne]"),
        ("le docteur Lenoir, DR MARTIN et mme Petit", "le [personne], [personne] et [personne]"),
        ("M Dupont, monsieur DUPONT et M. d’Estaing", "[personne], [personne] et [personne]"),
        ("Mmes Petit et Durand, Melle Petit et le Dr J. Lenoir", "[personne], [personne] et le [personne]"),
        ("Mme de La Tour. Le bouton reste gris", "[personne]. Le bouton reste gris"),
        ("MM. Petit, Durand et Leroy ont attendu", "[personne] ont attendu"),
        ("le 06/12/34/56/78", "le [coordonnée]"),
        ("La pharmacie attend ; la Pharmacie du Centre aussi", "La pharmacie attend ; la [personne] aussi"),
        ("à 3 m de l’accueil, 120 mm Hg, le dr", "à 3 m de l’accueil, 120 mm Hg, le dr"),
        ("l'ordonnance d'Anne-Lise et de Lise Roy", "l'ordonnance d'[personne] et de [personne]"),
    ],
)
def test_names_are_taken_out_and_nothing_else(text: str, left: str) -> None:
    people = {"Nadia Lefèvre", "Le Bot", "Anne-Lise L’Roy"}
    assert without_people(text, people, guests={"Pharmacie du Centre"}) == left


def test_who_is_no_person_takes_no_word_away(cast: Cast, agnes: Actor) -> None:
    """A guest, a patient and the platform have labels, made of words that everybody says."""
    here = StructureId(cast.tilleuls_id)
    for source, by in (("patient", "Un patient"), ("plateforme", "Maillon"), ("journee", "Pharmacie du Centre")):
        irritants.reporting.find(irritants.Finding(
            structure_id=here, source=irritants.Source(source), origin=f"essai:{source}", by=by,
            said=irritants.Report(code="AUTRE", text=f"Signalé ({source})", severity=1, minutes_lost=0),
        ))  # fmt: skip
    words = "La pharmacie et le patient attendent\u202f: Maillon affiche un message au centre de la page."
    report(cast.claire, text=f"{words} Pharmacie du Centre et Claire l’ont vu.")
    Irritant.objects.update(for_vendor=True)
    assert f"{words} [personne] et [personne] l’ont vu." in {
        row["ce_qui_s_est_passe"] for row in irritants.export.for_vendor(agnes)
    }


def test_a_cell_is_never_a_formula(cast: Cast, agnes: Actor) -> None:
    uuid = report(cast.nadia, text="=1+1")
    triage(agnes, uuid, owner=cast.karim, for_vendor=True)
    assert "'=1+1" in irritants.export.as_csv(irritants.export.for_vendor(agnes)).decode()


@pytest.mark.parametrize("number", [0, 3, 60])
def test_the_action_plan_is_one_page_and_leaves_nothing_out_in_silence(
    cast: Cast, agnes: Actor, number: int
) -> None:
    for rank in range(number):
        uuid = report(cast.nadia, text=f"Le document {rank} arrive par la poste, et il faut le numériser. " * 3)
        if rank % 3 == 0:
            triage(agnes, uuid, owner=cast.karim, action="Demander l’envoi par messagerie sécurisée. " * 4)
        if rank == 0:
            settle(agnes, uuid, "L’hôpital envoie par MSSanté depuis lundi.")
    plan = irritants.paper.action_plan(agnes)
    assert page_count(plan) == 1
    text = " ".join(text_of_pdf(plan).split())
    assert "Plan d’action des irritants" in text
    if number == 60:
        assert "autres, moins urgents" in text
    if number == 0:
        assert "Rien n’est à régler" in text
    assert f"{clock.today():%d/%m/%Y}" in text
