"""Who is who, who works where today, and whose address it is."""

from __future__ import annotations

import datetime as dt

import pytest

from maillon.kernel import clock
from maillon.kernel.key import ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals import api
from maillon.professionals.models import Attachment, Professional, Structure

pytestmark = pytest.mark.django_db

LONG_AGO = dt.date(2020, 1, 1)


@pytest.fixture
def tilleuls() -> StructureId:
    return api.register_structure(
        name="Maison de santé des Tilleuls", type_code="SA52", finess="990000011", city="Valmont"
    )


@pytest.fixture
def claire(tilleuls: StructureId) -> ProfessionalId:
    claire = api.register_professional(
        family_name="MOREL", given_name="Claire", profession_code="G15_10/SM26", title="DR", national_id="899000000011"
    )
    api.attach(claire, tilleuls, start=LONG_AGO)
    return claire


def test_a_professional_is_known_by_the_national_number(claire: ProfessionalId, tilleuls: StructureId) -> None:
    line = api.by_national_id("899000000011")
    assert line is not None
    assert line == api.professional(claire) == api.people([claire])[claire]
    assert (line.name, line.profession, line.profession_code, line.skill_codes) == (
        "Dr Claire MOREL",
        "Médecin",
        "G15_10",
        ["SM26"],
    )
    assert (line.structure_id, line.structure_name) == (tilleuls, "Maison de santé des Tilleuls")


def test_nobody_is_found_by_an_unknown_number(claire: ProfessionalId) -> None:
    assert [api.by_national_id(number) for number in (None, "", "899000000099")] == [None] * 3
    assert api.people([]) == {}


def test_registering_twice_makes_one(claire: ProfessionalId, tilleuls: StructureId) -> None:
    again = api.register_professional(
        family_name="MOREL-DURAND", given_name="Claire", profession_code="G15_10", national_id="899000000011"
    )
    secretaries = [
        api.register_professional(family_name="CARON", given_name="Sylvie", profession_code="331") for _ in "12"
    ]
    assert again == claire
    assert secretaries[0] == secretaries[1]
    assert Professional.objects.count() == 2
    assert api.register_structure(name="Tilleuls", type_code="SA52", finess="990000011") == tilleuls
    assert Structure.objects.get().name == "Tilleuls"
    api.attach(claire, tilleuls, start=clock.today())
    assert Attachment.objects.get().start == LONG_AGO


def test_members_are_those_who_work_there_today(claire: ProfessionalId, tilleuls: StructureId) -> None:
    nadia = api.register_professional(
        family_name="LEFÈVRE", given_name="Nadia", profession_code="G15_60", national_id="899000000037"
    )
    late = api.register_professional(
        family_name="ZOLA", given_name="Émile", profession_code="G15_60", national_id="899000000045"
    )
    api.attach(nadia, tilleuls, start=LONG_AGO)
    api.attach(late, tilleuls, start=clock.today() + dt.timedelta(days=1))
    assert [line.id for line in api.active_members(tilleuls)] == [nadia, claire]
    assert [line.id for line in api.active_members(tilleuls, profession_code="G15_60")] == [nadia]
    api.end_attachment(nadia, tilleuls, end=clock.today())
    assert nadia in [line.id for line in api.active_members(tilleuls)]  # the last day is a day of work
    Attachment.objects.filter(professional_id=nadia).update(end=clock.today() - dt.timedelta(days=1))
    assert [line.id for line in api.active_members(tilleuls)] == [claire]
    line = api.professional(nadia)
    assert line is not None
    assert (line.structure_id, line.structure_name) == (None, "")
    Professional.objects.filter(pk=claire).update(is_active=False)
    assert api.active_members(tilleuls) == []


def test_an_attachment_does_not_end_before_it_began(claire: ProfessionalId, tilleuls: StructureId) -> None:
    with pytest.raises(UserMessage, match="E-PRO-02"):
        api.end_attachment(claire, tilleuls, end=LONG_AGO - dt.timedelta(days=1))


def test_who_left_may_come_back(claire: ProfessionalId, tilleuls: StructureId) -> None:
    api.end_attachment(claire, tilleuls, end=clock.today())
    api.attach(claire, tilleuls, start=clock.today())
    assert Attachment.objects.count() == 2
    assert [line.id for line in api.active_members(tilleuls)] == [claire]


@pytest.mark.parametrize("number", ["990000011", "1990000011"])
def test_a_structure_is_known_by_its_finess_in_both_forms(tilleuls: StructureId, number: str) -> None:
    line = api.structure_by_finess(number)
    assert line is not None
    assert (line.id, line.type_code, line.city) == (tilleuls, "SA52", "Valmont")
    assert api.structures([tilleuls]) == {tilleuls: line}


@pytest.mark.parametrize("number", [None, "", "1", "3990000011", "11990000011", "990000012"])
def test_another_number_is_no_structure(tilleuls: StructureId, number: str | None) -> None:
    assert api.structure_by_finess(number) is None


def test_an_address_leads_to_its_holder_and_to_a_structure(claire: ProfessionalId, tilleuls: StructureId) -> None:
    api.register_address("Claire.Morel@msp.mssante.test", professional_id=claire)
    api.register_address("accueil@msp.mssante.test", structure_id=tilleuls)
    personal, shared = (
        api.by_mss_address("claire.morel@MSP.mssante.test "),
        api.by_mss_address("accueil@msp.mssante.test"),
    )
    assert personal is not None
    assert shared is not None
    assert personal.professional is not None
    assert (personal.professional.id, personal.structure) == (claire, None)
    assert (shared.professional, shared.structure) == (None, api.structure(tilleuls))
    assert api.structure_of_address("claire.morel@msp.mssante.test") == api.structure(tilleuls)
    assert api.structure_of_address("accueil@msp.mssante.test") == api.structure(tilleuls)
    assert api.structure_of_address("inconnu@msp.mssante.test") is None
    assert api.by_mss_address("inconnu@msp.mssante.test") is None


def test_the_address_of_somebody_who_works_nowhere_leads_to_no_structure() -> None:
    alone = api.register_professional(family_name="SEUL", given_name="Jean", profession_code="G15_10")
    api.register_address("jean.seul@mssante.test", professional_id=alone)
    assert api.structure_of_address("jean.seul@mssante.test") is None


def test_an_address_has_one_holder(claire: ProfessionalId, tilleuls: StructureId) -> None:
    api.register_address("accueil@msp.mssante.test", structure_id=tilleuls)
    api.register_address("accueil@msp.mssante.test", structure_id=tilleuls)
    with pytest.raises(UserMessage, match="E-PRO-01"):
        api.register_address("ACCUEIL@msp.mssante.test", professional_id=claire)
