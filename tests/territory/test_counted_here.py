"""What is counted of a structure that uses Maillon: from what the rooms hold, each patient and each person once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest
from django.test import Client

from maillon.access import api as access_room
from maillon.documents.models import Document
from maillon.exchange.dmp.rows import DmpAct, DmpOpening
from maillon.exchange.models import ReceivedDocument
from maillon.kernel import clock
from maillon.kernel.key import ProfessionalId, StructureId
from maillon.patients.models import Patient
from maillon.tasks.models import Task
from maillon.territory import api as territory
from maillon.territory.models import Statement
from tests.documents.conftest import _nobody_is_remembered
from tests.territory.conftest import MONTH, World, refusal
from tests.web import world as pages

__all__ = ["_nobody_is_remembered"]
THIS = clock.today().replace(day=1)


def sums(structure: StructureId) -> dict[str, int]:
    territory.counting.count_month(THIS)
    return territory.measuring.sums(THIS, territory.measuring.Part(structure_id=structure))


@pytest.fixture
def ours(world: World) -> StructureId:
    structure = StructureId(world.cast.tilleuls_id)
    begun = clock.today() - dt.timedelta(days=400)
    territory.structures.enrol(
        world.steward, structure,
        territory.structures.Declared(
            basin=world.basin("Aubre"), counted_here=True, equipped_on=begun, connected_on=begun
        ),
    )  # fmt: skip
    return structure


def test_people_and_patients_are_counted_once(world: World, ours: StructureId) -> None:
    record = pages.follow(pages.register("diabete"), world.cast, treating=world.cast.claire)
    pages.follow(pages.register("coeur"), world.cast)
    pages.file_story(record, "diabete", reader=world.cast.claire, most=4)
    found = sums(ours)
    assert found["professionnels_equipes"] == 5  # Claire, Karim, Nadia, Sylvie, Agnès
    assert found["patients_suivis"] == 2
    assert found["patients_couverts"] == 1
    this_month = Task.objects.filter(kind="a_lire", created_at__gte=clock.midnight(THIS)).count()
    assert found.get("lectures", 0) == this_month
    assert found.get("lectures_tardives", 0) <= this_month
    assert "patients_mes" not in found
    assert "professionnels_consultant" not in found


def test_an_opened_national_record_counts_its_reader_and_its_patient(world: World, ours: StructureId) -> None:
    record = pages.follow(pages.register("diabete"), world.cast, treating=world.cast.claire)
    filed = pages.file_story(record, "diabete", most=1)
    pages.see_in_the_national_record(record, filed[0].uuid)
    DmpOpening.objects.update_or_create(
        patient_id=record.patient_id, professional_id=world.cast.claire.professional_id,
        defaults={"existence": "ACTIF"},
    )
    claire = pages.sign_in(Client(), world.cast.claire)
    assert claire.get(f"/dossier/{record.patient_uuid}/dmp").status_code == 200  # type: ignore[attr-defined]
    found = sums(ours)
    assert found["professionnels_consultant"] == 1
    assert found["patients_consultes"] == 1
    assert found["patients_mes"] == 1


def test_a_deposit_counts_among_what_was_produced_and_moves_the_stage(world: World, ours: StructureId) -> None:
    record = pages.follow(pages.register("diabete"), world.cast, treating=world.cast.claire)
    pages.file_story(record, "diabete", most=3)
    now = clock.now()
    Document.objects.update(author_professional_id=world.cast.claire.professional_id, written_at=now)
    first, second, _ = Document.objects.order_by("id")
    for document, days in ((first, 0), (second, 0)):
        DmpAct.objects.create(
            patient_id=record.patient_id, document=document, unique_id=document.unique_id, kind="depot", state="fait",
            asked_by_id=world.cast.claire.professional_id, structure_id=ours, asked_at=now,
            settled_at=now + dt.timedelta(days=days),
        )  # fmt: skip
    Document.objects.filter(pk=second.pk).update(written_at=now - dt.timedelta(days=1))
    territory.rounds.look()
    found = sums(ours)
    assert found["documents_deposes"] <= found["documents_produits"]
    assert found["documents_meme_jour"] == 1
    assert world.stage(ours) == "premier_document"
    assert found["structures_actives"] == 1


def test_documents_of_a_fictitious_patient_are_nobodys(world: World, ours: StructureId) -> None:
    """They cannot be deposited: they would lower the rate of whoever tries the software."""
    record = pages.follow(pages.register("diabete"), world.cast, treating=world.cast.claire)
    pages.file_story(record, "diabete", most=2)
    Document.objects.update(author_professional_id=world.cast.claire.professional_id, written_at=clock.now())
    assert sums(ours)["documents_produits"] == 2
    Patient.objects.filter(pk=record.patient_id).update(
        is_fictitious=True, identity_status="PROV", ins=None, ins_oid=None
    )
    assert "documents_produits" not in sums(ours)


def test_what_arrives_by_mail_is_counted_with_its_doubts(world: World, ours: StructureId) -> None:
    pages.receive(pages.mailbox(world.cast), "contradicting_traits", "unknown_patient", "doctype")
    found = sums(ours)
    assert found["boites"] == 1
    assert found["messages_recus"] == 3
    states = Counter(ReceivedDocument.objects.values_list("state", flat=True))
    assert found["documents_en_doute"] == states["to_settle"], states
    assert found["documents_recus"] == states.total() - states["refused"] - states["duplicate"], states


def test_a_structure_counted_here_takes_no_statement(world: World, ours: StructureId) -> None:
    text = f"finess;jour;fait;document;profession;nombre\n990000016;{THIS - dt.timedelta(days=1)};documents_recus;;;1\n"
    assert refusal(territory.statements.bring, world.steward, text.encode()) == "E-TER-07"


def test_a_structure_that_comes_to_maillon_keeps_the_months_that_its_statements_told(world: World) -> None:
    """Another structure's statement counts such a month again: neither twice, nor never."""
    basin = world.basin("Aubre")
    place = StructureId(world.cast.tilleuls_id)
    declared = territory.structures.Declared(basin=basin, equipped_on=MONTH)
    territory.structures.enrol(world.steward, place, declared)
    Statement.objects.create(structure_id=place, day=MONTH, fact="documents_produits", profession="G15_10",
                             document="autre", number=40)  # fmt: skip
    record = pages.follow(pages.register("diabete"), world.cast, treating=world.cast.claire)
    pages.file_story(record, "diabete", most=1)
    Document.objects.update(
        author_professional_id=world.cast.claire.professional_id, written_at=clock.midnight(MONTH), type_code="99999-9"
    )
    territory.structures.enrol(world.steward, place, replace(declared, counted_here=True))
    territory.counting.count_month(MONTH)
    part = territory.measuring.Part(structure_id=place)
    assert territory.measuring.sums(MONTH, part)["documents_produits"] == 40
    territory.counting.count_month(THIS)
    assert territory.measuring.sums(THIS, part)["professionnels_equipes"] == 5


def test_former_tickets_come_with_their_days(world: World, ours: StructureId) -> None:
    opened = clock.now() - dt.timedelta(days=40)
    former = territory.tickets.Former(
        structure_id=ours, cause="ins", text="Refus", opened_at=opened, opened_by="Accueil",
        resolved_at=opened + dt.timedelta(days=3), resolution="Vérifié",
    )  # fmt: skip
    assert territory.tickets.take_over(world.steward, [former]) == 1
    (line,) = territory.tickets.listed(world.steward)
    assert line.days == 3
    wrong = territory.tickets.Former(
        structure_id=ours, cause="ins", text="Refus", opened_at=opened, opened_by="Accueil",
        resolved_at=opened - dt.timedelta(days=3),
    )  # fmt: skip
    assert refusal(territory.tickets.take_over, world.steward, [wrong]) == "E-TER-05"


def test_a_ticket_that_nobody_would_read_is_not_opened(world: World, ours: StructureId) -> None:
    paul = world.cast.paul  # whose structure is not in the deployment: no tile and no basin would show it
    assert refusal(territory.tickets.open_one, paul, cause="ins", text="Bloqué") == "E-TER-15"
    former = territory.tickets.Former(
        structure_id=StructureId(world.cast.elsewhere_id), cause="ins", text="Refus", opened_at=clock.now(),
        opened_by="Accueil",
    )  # fmt: skip
    assert refusal(territory.tickets.take_over, world.steward, [former]) == "E-TER-15"
    territory.structures.enrol(world.steward, former.structure_id, territory.structures.Declared(basin="aubre"))
    territory.tickets.open_one(paul, cause="ins", text="Bloqué")
    territory.counting.count_month(THIS)
    number = territory.measuring.sums(THIS, territory.measuring.Part())["tickets"]
    assert number == len(territory.tickets.listed(world.steward, basin="aubre")) == 1


def test_somebody_outside_the_deployment_is_not_expected_before_their_structure_is(
    world: World, ours: StructureId
) -> None:
    session = territory.trainings.prepare(
        world.steward,
        territory.trainings.Prepared(
            basin="aubre", module="referent", place="Salle", day=THIS, minutes=180, trainer="Lise Arnaud"
        ),
    )
    paul = ProfessionalId(world.cast.paul.professional_id or 0)
    assert refusal(territory.trainings.expect, world.steward, session, paul) == "E-TER-15"
    elsewhere = StructureId(world.cast.elsewhere_id)
    territory.structures.enrol(world.steward, elsewhere, territory.structures.Declared(basin="aubre"))
    territory.trainings.expect(world.steward, session, paul)
    (line,) = territory.trainings.show(world.steward, session).people
    territory.trainings.end(world.steward, session, present=[line.id], marks={5: 1})
    territory.counting.count_month(THIS)
    found = territory.measuring.sums(THIS, territory.measuring.Part())
    assert (found["seances"], found["participants"], found["heures"], found["avis"]) == (1, 1, 3, 1)


def test_a_former_ticket_is_reopened_by_who_steers_and_by_nobody_else(world: World, ours: StructureId) -> None:
    """Its reporter has no account here: that does not make everybody without one its reporter."""
    opened = clock.now() - dt.timedelta(days=40)
    former = territory.tickets.Former(
        structure_id=ours, cause="ins", text="Refus", opened_at=opened, opened_by="Accueil", resolved_at=clock.now(),
        resolution="Vérifié",
    )  # fmt: skip
    territory.tickets.take_over(world.steward, [former])
    (line,) = territory.tickets.listed(world.steward)
    for actor in (replace(world.cast.paul, kind="patient", professional_id=None), world.cast.nadia):
        with pytest.raises(access_room.AccessDenied):
            territory.tickets.reopen(actor, line.uuid)
    territory.tickets.reopen(world.steward, line.uuid)


def test_the_demonstration_fills_its_territory_once(world: World) -> None:
    from maillon.demo import deployment
    from maillon.territory.models import Deployment, Territory

    Territory.objects.all().delete()
    administrator = world.cast.claire.account_id
    assert administrator is not None
    from maillon.access.models import Account

    Account.objects.filter(pk=administrator).update(is_administrator=True)
    for _ in range(2):
        deployment.fill(
            administrator=administrator, password="Une phrase assez longue", ours=StructureId(world.cast.tilleuls_id)
        )
    assert Deployment.objects.count() == 39
    assert set(Deployment.objects.values_list("stage", flat=True)) == set(territory.Stage.values)
    delmas = Account.objects.get(identifier="delmas")
    from maillon.access.sessions import actor_of_account

    steward = actor_of_account(delmas.pk)
    last = territory.counting.last_over()
    last_day = territory.counting.next_month(last) - dt.timedelta(days=1)
    board = territory.measuring.board(steward, last, territory.measuring.Part())
    assert not [tile.measure.code for _, tiles in board for tile in tiles if tile.now.refusal]
    now = {tile.measure.code: tile.now for _, tiles in board for tile in tiles}
    assert now["regularite"].numerator == Deployment.objects.filter(stage__in=("regulier", "referent_forme")).count()
    assert now["premier_document"].denominator == Deployment.objects.filter(first_fed_on__lte=last_day).count()
    assert now["heures"].numerator + now["tickets"].numerator
    assert territory.public.publication(steward, last).sheets[0].groups[-2:] == ("Autres", "Territoire")
    assert territory.visits.opened(steward)
