from __future__ import annotations

import itertools

import pytest

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.kernel.key import Actor, PatientId
from tests.conftest import Cast
from tests.documents import making


def index() -> int:
    done = 0
    while (batch := documents.index_words()) > 0:
        done += batch
    return done


def write(patient: PatientId, *texts: str, **changed: object) -> list[documents.Filed]:
    filed = [making.file(patient, making.filing(text=text, **changed)) for text in texts]
    index()
    return filed


def found(actor: Actor, patient: PatientId, words: str) -> list[documents.Found]:
    return documents.search(making.key(patient, actor), words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Insuffisance rénale chronique", "renale"),
        ("Insuffisance renale chronique", "rénale"),
        ("HYPERKALIÉMIE À CONTRÔLER", "hyperkaliemie"),
        ("Douleurs abdominales récidivantes", "douleur abdominale"),
        ("Une douleur abdominale", "douleurs abdominales"),
        ("Le patient a été opéré", "opérer"),
        ("Traitement anticoagulant", "anticoagulants"),
        ("Suivi de l’insuffisance cardiaque", "insuffisance"),
        ("Pas d'insuffisance", "insuffisance"),
        ("Rythme du cœur régulier", "coeur"),
        ("Rythme du coeur régulier", "cœur"),
        ("ŒDÈME DES MEMBRES", "oedeme"),
        ("Oedème des membres", "œdème"),
        ("Prélèvement ex æquo", "ex aequo"),
        ("Allergie à la pénicilline", "pe\u0301nicilline"),
        ("Allergie a\u0300 la pe\u0301nicilline", "pénicilline"),
        ("Potassium 6,2 mmol/L", "6,2"),
        ("Contrôle chez le Dr Lefèvre-Martin", "lefevre"),
    ],
)
def test_a_word_is_found_whatever_its_accents_its_number_or_its_ligatures(
    cast: Cast, jeanne: PatientId, text: str, words: str
) -> None:
    (filed,) = write(jeanne, text)
    (hit,) = found(cast.claire, jeanne, words)
    assert hit.document_uuid == filed.uuid


def test_every_word_typed_must_be_there(cast: Cast, jeanne: PatientId) -> None:
    one, _ = write(jeanne, "asthme sévère de l’enfant", "asthme d’effort")
    assert {hit.document_uuid for hit in found(cast.claire, jeanne, "asthme sévère")} == {one.uuid}
    assert len(found(cast.claire, jeanne, "asthme")) == 2
    assert len(found(cast.claire, jeanne, "asthme -effort")) == 1
    assert len(found(cast.claire, jeanne, '"asthme sévère"')) == 1
    assert found(cast.claire, jeanne, "bronchite") == []


def test_the_title_is_searched_and_comes_first(cast: Cast, jeanne: PatientId) -> None:
    write(jeanne, "Un mot sur la coloscopie, parmi beaucoup d’autres")
    (titled,) = write(jeanne, "Rien de particulier", title="Compte rendu de coloscopie")
    hits = found(cast.claire, jeanne, "coloscopies")
    assert [hit.document_uuid for hit in hits][0] == titled.uuid
    assert len(hits) == 2


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("x " * 300 + "une hyperkaliémie modérée" + " y" * 300, "hyperkaliemies", "hyperkaliémie"),
        ("Rythme du cœur régulier", "coeur", "cœur"),
        ("L’Œdème diminue", "oedemes", "Œdème"),
    ],
)
def test_the_excerpt_shows_the_word_as_it_was_written(
    cast: Cast, jeanne: PatientId, text: str, words: str, shown: str
) -> None:
    write(jeanne, text)
    (hit,) = found(cast.claire, jeanne, words)
    assert hit.match is not None
    start, end = hit.match
    assert hit.excerpt[start:end] == shown
    assert len(hit.excerpt) < 300


@pytest.mark.parametrize(
    "words", ["", "   ", "\0", "le la les", "'", '"', "((", "<->", ":*", "\\", "%", "a" * 5000, "-", "or"]
)
def test_nothing_typed_breaks_a_search(cast: Cast, jeanne: PatientId, words: str) -> None:
    write(jeanne, "asthme")
    assert found(cast.claire, jeanne, words) == []


def test_nothing_is_found_before_its_words_are_indexed(cast: Cast, jeanne: PatientId) -> None:
    making.file(jeanne, making.filing(text="asthme"))
    assert found(cast.claire, jeanne, "asthme") == []
    assert index() == 1
    assert index() == 0
    assert len(found(cast.claire, jeanne, "asthme")) == 1


def test_words_are_indexed_batch_by_batch(cast: Cast, jeanne: PatientId) -> None:
    for _ in range(5):
        making.file(jeanne, making.filing(text="asthme"))
    assert [documents.index_words(batch=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_text_with_more_words_than_an_index_holds_is_found_by_its_beginning_and_keeps_no_other_from_its_own(
    cast: Cast, jeanne: PatientId
) -> None:
    signs = [chr(0x20000 + number) for number in range(260)]  # four bytes each
    words = ("".join(pair) for pair in itertools.product(signs, repeat=2))
    compounds = " ".join(f"{one}-{next(words)}" for one in words)
    before, long, after = write(jeanne, "asthme", f"vertige {compounds}", "goitre")
    for words_typed, filed in (("asthme", before), ("vertige", long), ("goitre", after)):
        assert [hit.document_uuid for hit in found(cast.claire, jeanne, words_typed)] == [filed.uuid]


def test_a_replaced_or_withdrawn_document_is_not_found(cast: Cast, jeanne: PatientId) -> None:
    write(jeanne, "asthme", unique_id="v1")
    second = write(jeanne, "asthme", unique_id="v2", replaces="v1")
    assert [hit.document_uuid for hit in found(cast.claire, jeanne, "asthme")] == [second[0].uuid]
    documents.withdraw(making.key(jeanne, cast.claire), second[0].uuid, reason="essai")
    assert found(cast.claire, jeanne, "asthme") == []


def test_one_searches_this_patient_only(cast: Cast, jeanne: PatientId) -> None:
    other = making.patient()
    making.link(other, cast.paul)
    write(other, "asthme")
    assert found(cast.claire, jeanne, "asthme") == []
    assert len(found(cast.paul, other, "asthme")) == 1
    with pytest.raises(access_room.AccessDenied):
        found(cast.paul, jeanne, "asthme")


def test_an_author_finds_only_what_they_wrote(cast: Cast, jeanne: PatientId) -> None:
    write(jeanne, "asthme sévère")
    (mine,) = write(jeanne, "asthme", author_national_id=cast.paul.national_id)
    assert [hit.document_uuid for hit in found(cast.paul, jeanne, "asthme")] == [mine.uuid]


def test_no_more_is_given_than_was_asked(cast: Cast, jeanne: PatientId) -> None:
    write(jeanne, *["asthme"] * 4)
    assert len(documents.search(making.key(jeanne, cast.claire), "asthme", limit=3)) == 3
