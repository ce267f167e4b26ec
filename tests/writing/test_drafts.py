"""Drafts: whose they are, what they begin with, what two devices do to each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from uuid import uuid4

import pytest

from maillon.access import api as access_room
from maillon.kernel.key import Access, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.writing import api as writing
from maillon.writing.models import Draft
from tests.conftest import Cast
from tests.web import world

Key = Callable[..., Access]
LETTER = "lettre-adressage"


def ticked(access: Access, draft: writing.DraftView) -> set[str]:
    known = writing.facts.by_key(writing.facts.of_record(access))
    return {known[key].text for key in draft.content.ticks}


def test_a_letter_begins_with_what_goes_on_and_leaves_the_rest_to_be_ticked(cast: Cast, key: Key) -> None:
    access = key(cast.claire)
    draft = writing.read(access, writing.begin(access, LETTER))
    texts = ticked(access, draft)
    assert "Diabète de type 2, depuis 05/2011" in texts
    assert any(each.startswith("Metformine 1000 mg") for each in texts)
    assert "Absence de\u202f: Infarctus du myocarde" in texts, "a negation is carried as a negation"
    assert any(each.startswith("Fracture du poignet") for each in texts), (
        "past history is ticked when the letter says so"
    )
    assert any("Pénicilline" in each and "urticaire" in each for each in texts)


def test_a_letter_to_the_treating_physician_is_addressed_to_them_unless_they_write_it(cast: Cast, key: Key) -> None:
    report = "compte-rendu-consultation"
    of_claire = writing.read(key(cast.claire), writing.begin(key(cast.claire), report))
    of_karim = writing.read(key(cast.karim), writing.begin(key(cast.karim), report))
    assert of_claire.content.recipients == (f"p{cast.karim.professional_id}",)
    assert of_karim.content.recipients == ()


def test_a_draft_is_its_author_s_alone(cast: Cast, key: Key) -> None:
    uuid = writing.begin(key(cast.claire), LETTER)
    assert [each.uuid for each in writing.of_patient(key(cast.claire))] == [uuid]
    assert [each.uuid for each in writing.mine(cast.claire)] == [uuid]
    karim = key(cast.karim)
    assert writing.of_patient(karim) == []
    assert writing.mine(cast.karim) == []
    for act in (
        lambda: writing.read(karim, uuid),
        lambda: writing.save(karim, uuid, writing.Content(), revision=1),
        lambda: writing.preview(karim, uuid),
        lambda: writing.sign(karim, uuid, fingerprint=""),
        lambda: writing.take_back(karim, uuid),
    ):
        with pytest.raises(access_room.AccessDenied):
            act()
    writing.throw_away(karim, uuid)
    assert Draft.objects.filter(uuid=uuid).exists()


def test_a_draft_is_of_one_record(cast: Cast, key: Key) -> None:
    uuid = writing.begin(key(cast.claire), LETTER)
    other = world.follow(world.register("homonyme-grenoble"), cast)
    with pytest.raises(access_room.AccessDenied):
        writing.read(key(cast.claire, other), uuid)


def test_whoever_no_longer_follows_the_patient_no_longer_has_the_draft_in_a_list(
    cast: Cast, key: Key, followed: Access
) -> None:
    writing.begin(key(cast.claire), LETTER)
    access_room.consents.oppose_person(
        key(cast.karim), professional_id=ProfessionalId(cast.claire.professional_id or 0), channel="oral"
    )
    assert writing.mine(cast.claire) == []
    with pytest.raises(access_room.AccessDenied):
        writing.of_patient(
            access_room.open_record(
                cast.claire, followed.patient_id, purpose=access_room.rule.usual_purpose(cast.claire)
            )
        )


def test_the_matrix_says_who_writes_what(cast: Cast, key: Key) -> None:
    with pytest.raises(UserMessage) as refusal:
        writing.begin(key(cast.nadia), LETTER)
    assert refusal.value.code == "E-RED-01"
    assert writing.begin(key(cast.nadia), "suivi-soins")
    with pytest.raises(UserMessage):
        writing.begin(key(cast.sylvie), "suivi-soins")


def test_an_unknown_letter_is_nothing(cast: Cast, key: Key) -> None:
    with pytest.raises(access_room.AccessDenied):
        writing.begin(key(cast.claire), "../regles/delais")


def test_what_another_device_wrote_is_set_aside_and_comes_back(cast: Cast, key: Key) -> None:
    access = key(cast.claire)
    uuid = writing.begin(access, LETTER)
    first = writing.read(access, uuid)
    on_the_phone = dataclasses.replace(first.content, texts={"motif": "écrit au domicile"})
    at_the_desk = dataclasses.replace(first.content, texts={"motif": "écrit au cabinet"})
    kept = writing.save(access, uuid, on_the_phone, revision=first.revision)
    assert not kept.is_conflict
    assert writing.save(access, uuid, at_the_desk, revision=first.revision).is_conflict
    now = writing.read(access, uuid)
    assert now.content.texts["motif"] == "écrit au cabinet"
    assert now.set_aside is not None
    assert now.set_aside.texts["motif"] == "écrit au domicile"
    writing.take_back(access, uuid)
    back = writing.read(access, uuid)
    assert back.content.texts["motif"] == "écrit au domicile"
    assert back.set_aside is not None
    assert back.set_aside.texts["motif"] == "écrit au cabinet"


def test_the_same_content_saved_twice_is_no_new_revision(cast: Cast, key: Key) -> None:
    access = key(cast.claire)
    uuid = writing.begin(access, LETTER)
    draft = writing.read(access, uuid)
    assert writing.save(access, uuid, draft.content, revision=99).revision == draft.revision


def test_too_long_a_text_is_refused_and_what_was_kept_stays(cast: Cast, key: Key) -> None:
    access = key(cast.claire)
    uuid = writing.begin(access, LETTER)
    draft = writing.read(access, uuid)
    with pytest.raises(UserMessage) as refusal:
        writing.save(access, uuid, dataclasses.replace(draft.content, texts={"motif": "x" * 20_001}), revision=1)
    assert refusal.value.code == "E-RED-02"
    assert writing.read(access, uuid).content == draft.content


def test_a_recipient_too_many_is_refused_rather_than_left_out(cast: Cast, key: Key) -> None:
    access = key(cast.claire)
    uuid = writing.begin(access, LETTER)
    draft = writing.read(access, uuid)
    chosen = tuple(f"p{number}" for number in range(1, 14))
    with pytest.raises(UserMessage) as refusal:
        writing.save(access, uuid, dataclasses.replace(draft.content, recipients=chosen), revision=1)
    assert refusal.value.code == "E-RED-19"
    assert writing.read(access, uuid).content == draft.content


def test_thrown_away_is_gone_twice_as_well(cast: Cast, key: Key) -> None:
    access = key(cast.claire)
    uuid = writing.begin(access, LETTER)
    writing.throw_away(access, uuid)
    writing.throw_away(access, uuid)
    with pytest.raises(access_room.AccessDenied):
        writing.read(access, uuid)


def test_nothing_is_offered_of_what_the_patient_masked(cast: Cast, followed: Access, key: Key) -> None:
    filed = world.file_synthesis  # the synthesis of the fixture is masked by hand
    assert filed
    from maillon.documents import api as documents
    from maillon.documents.models import Document

    uuid = Document.objects.get(patient_id=followed.patient_id, type_code="SYNTH").uuid
    author = Document.objects.filter(uuid=uuid).update(author_professional_id=cast.claire.professional_id)
    assert author == 1
    from maillon.record.models import Statement, TimelineEntry

    for model in (Statement, TimelineEntry):
        model.objects.filter(patient_id=followed.patient_id).update(author_professional_id=cast.claire.professional_id)
    assert any(writing.facts.of_record(key(cast.claire)).values())
    documents.visibility.mask(key(cast.karim), uuid, channel="oral", proof="dit en consultation")
    assert writing.facts.of_record(key(cast.claire))["problemes"] == [], "its author sees it, no letter repeats it"


def test_a_number_that_nobody_has_is_nobody(cast: Cast) -> None:
    assert (
        writing.recipients.resolved(dict.fromkeys(("p999999999", "s0", "x1", "p", "pp1", "p\u0661", str(uuid4())), ""))
        == []
    )
