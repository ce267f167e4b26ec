"""What some letters demand beyond their parts: the boxes of a remote act, the reason of a stopped treatment…"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from maillon.documents import api as documents
from maillon.formats.document import ClinicalDocument
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.record import api as record
from maillon.writing import api as writing
from maillon.writing.definition import choices
from tests.conftest import Cast
from tests.writing.test_signing import faults, filled, rewritten, signed, written

Key = Callable[..., Access]


def complete(name: str, **changed: str) -> dict[str, str]:
    return {part.code: filled(part) for part in writing.definition.letters()[name].rubriques} | changed


def boxes() -> list[str]:
    part = writing.definition.letters()["compte-rendu-teleconsultation"].part("conditions")
    assert part is not None
    return [value for value, _ in choices(part)]


@pytest.fixture
def begun(cast: Cast, key: Key) -> Callable[..., Any]:
    def begin(name: str, **changed: str) -> Any:
        to = (f"p{cast.karim.professional_id}",)
        return written(key(cast.claire), name, texts=complete(name, **changed), recipients=to)

    return begin


def read(access: Access, uuid: Any) -> ClinicalDocument:
    said = documents.read(access, uuid).document
    assert said is not None
    return said


def test_one_box_unchecked_blocks_the_report_of_a_teleconsultation_by_its_name(
    cast: Cast, key: Key, begun: Callable[..., Any]
) -> None:
    access, all_boxes = key(cast.claire), boxes()
    assert len(all_boxes) == 10
    uuid = begun("compte-rendu-teleconsultation")
    assert faults(access, uuid) == set()
    for missing in all_boxes:
        rewritten(access, uuid, texts={"conditions": "\n".join(one for one in all_boxes if one != missing)})
        (fault,) = writing.preview(access, uuid).composed.faults
        assert missing in fault.message
        assert fault.code == ("E-TLM-01" if "consentement" in missing else "E-TLM-11")
        with pytest.raises(writing.NotReady):
            signed(access, uuid)
    rewritten(access, uuid, texts={"conditions": "\n".join(all_boxes)})
    said = read(access, signed(access, uuid))
    assert (said.type_code, said.level, said.acts[0].code, said.encounter and said.encounter.code) == (
        "85208-7", 1, "TCG", "VR",
    )  # fmt: skip


def test_a_consultation_by_the_voice_alone_is_no_teleconsultation(
    cast: Cast, key: Key, begun: Callable[..., Any]
) -> None:
    uuid = begun("compte-rendu-teleconsultation", video="non")
    assert faults(key(cast.claire), uuid) == {("video", "E-TLM-05")}


def test_nothing_is_asked_at_a_distance_without_the_patient_s_consent(
    cast: Cast, key: Key, begun: Callable[..., Any]
) -> None:
    access = key(cast.claire)
    uuid = begun("teleexpertise", accord="non", question="Cette plaie relève-t-elle d’un avis chirurgical ?")
    assert faults(access, uuid) == {("accord", "E-TLM-01")}
    rewritten(access, uuid, texts={"accord": "oui"})
    said = read(access, signed(access, uuid))
    assert (said.level, said.acts[0].code, said.acts[0].label) == (3, "TE2", "Téléexpertise de second niveau")
    (anamnesis,) = [one for one in said.sections if one.code == "34117-2"]
    assert "Cette plaie relève-t-elle" in anamnesis.text
    assert "Pénicilline" in anamnesis.text
    assert {"Metformine 1000 mg, comprimé", "Ramipril 5 mg, gélule"} <= {one.label for one in said.medications}


def test_all_that_is_typed_of_a_request_reaches_the_colleague(cast: Cast, key: Key, begun: Callable[..., Any]) -> None:
    access = key(cast.claire)
    said = read(access, signed(access, begun("teleexpertise", reponse="03042026")))
    (anamnesis,) = [one for one in said.sections if one.code == "34117-2"]
    assert "Réponse souhaitée avant le : 03/04/2026" in anamnesis.text
    elsewhere = {"acte", "traitements", "resultats"}  # the act, the treatments, the section of results
    for part in writing.definition.letters()["teleexpertise"].rubriques:
        assert part.code in elsewhere or part.titre in anamnesis.text, part.code


@pytest.mark.parametrize(("code", "wrong"), [("cis", "6091734"), ("atc", "J06BB01"), ("rang", "0")])
def test_a_note_of_vaccination_wants_the_codes_of_the_vaccine(
    code: str, wrong: str, cast: Cast, key: Key, begun: Callable[..., Any]
) -> None:
    assert faults(key(cast.claire), begun("note-de-vaccination", **{code: wrong})) == {(code, "E-RED-15")}


def test_a_vaccination_that_was_noted_is_in_the_record(cast: Cast, key: Key, begun: Callable[..., Any]) -> None:
    access = key(cast.claire)
    uuid = begun("note-de-vaccination", vaccin="REVAXIS", lot="AB12", fait_le="30032026")
    said = read(access, signed(access, uuid))
    (given,) = said.vaccinations
    assert (given.code, given.lot, given.rank, given.start) == ("60917345", "AB12", "2", "2026-03-30")
    assert given.author is not None
    assert given.author.id == cast.claire.national_id
    assert ("REVAXIS", "AB12") in {
        (line.label, line.details.get("lot")) for line in record.statements(access, "vaccination")
    }


@pytest.mark.parametrize("name", sorted(writing.definition.letters()))
def test_what_was_read_in_the_preview_may_be_signed_an_hour_later(
    name: str, cast: Cast, key: Key, begun: Callable[..., Any]
) -> None:
    access, uuid = key(cast.claire), begun(name)
    with time_machine.travel(dt.datetime(2026, 3, 31, 9, tzinfo=dt.UTC), tick=False) as hands:
        seen = writing.preview(access, uuid).composed.fingerprint
        hands.shift(dt.timedelta(hours=1))
        assert writing.preview(access, uuid).composed.fingerprint == seen


def test_a_treatment_stopped_during_the_stay_says_why(cast: Cast, key: Key, begun: Callable[..., Any]) -> None:
    access = key(cast.claire)
    uuid = begun("lettre-liaison-sortie", arretes="Clopidogrel 75 mg : saignement\nRamipril")
    assert faults(access, uuid) == {("arretes", "E-AMB-08")}
    rewritten(access, uuid, texts={"arretes": "Clopidogrel 75 mg : saignement"})
    said = read(access, signed(access, uuid))
    stopped = [(one.label, one.details) for one in said.medications if one.status == "aborted"]
    assert stopped == [("Clopidogrel 75 mg", (("Motif", "saignement"),))]
    assert (said.acts[0].code, said.acts[0].start, said.acts[0].end) == ("IMP", "2026-03-31", "2026-03-31")
    assert "Metformine 1000 mg, comprimé" in {one.label for one in said.medications if one.status != "aborted"}


def test_the_volet_of_the_treating_physician_is_structured(cast: Cast, key: Key, begun: Callable[..., Any]) -> None:
    access = key(cast.claire)
    said = read(access, signed(access, begun("volet-synthese-medicale", vigilance="Chutes répétées.")))
    assert (said.type_code, said.level, said.acts[0].code) == ("SYNTH", 3, "34117-2")
    assert "Diabète de type 2" in {one.label for one in said.problems}
    assert [one.text for one in said.sections if one.code == "30954-2"] == ["Chutes répétées."]


def test_a_refusal_of_a_value_that_no_part_offers_is_a_fault_of_the_file() -> None:
    from dataclasses import replace

    from maillon.kernel import content

    letter = writing.definition.letters()["teleexpertise"]
    parts = tuple(replace(one, exige="peut-être") if one.exige else one for one in letter.rubriques)
    with pytest.raises(content.ContentError, match="peut-être"):
        writing.definition.checked(replace(letter, rubriques=parts), "teleexpertise.yaml")


def test_an_act_that_took_place_is_not_dated_in_the_future(
    cast: Cast, key: Key, begun: Callable[..., Any]
) -> None:
    access, today = key(cast.claire), clock.today()
    uuid = begun("compte-rendu-consultation", vu_le=f"{today:%d%m%Y}")
    assert faults(access, uuid) == set()
    rewritten(access, uuid, texts={"vu_le": f"{today + dt.timedelta(days=1):%d%m%Y}"})
    assert faults(access, uuid) == {("vu_le", "E-RED-15")}


@pytest.mark.parametrize(
    ("name", "first", "last"), [("arret-de-travail", "du", "au"), ("lettre-liaison-sortie", "entree", "sortie")]
)
def test_nothing_ends_before_it_began(
    cast: Cast, key: Key, begun: Callable[..., Any], name: str, first: str, last: str
) -> None:
    access = key(cast.claire)
    uuid = begun(name, **{first: "30/03/2026", last: "30/03/2026"})
    before = faults(access, uuid)
    rewritten(access, uuid, texts={last: "29/03/2026"})
    assert faults(access, uuid) == before | {(last, "E-RED-15")}
