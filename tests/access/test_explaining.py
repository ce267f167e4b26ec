"""« Voir comme » agrees with the law as it is applied, and reads nothing of the record."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maillon.access import api as access_room
from maillon.access import explaining, law, oversight
from maillon.access.models import Account, BreakGlass, CareTeamMembership, JournalEntry, Wish
from maillon.access.sessions import actor_of_account
from maillon.documents.models import Document
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId, Purpose
from tests.conftest import Cast
from tests.documents import making

DAY = dt.timedelta(days=1)
NAMES = ("claire", "karim", "nadia", "sylvie", "paul")


@pytest.fixture
def referent(cast: Cast) -> Actor:
    Account.objects.filter(pk=cast.karim.account_id).update(is_referent=True)
    assert cast.karim.account_id is not None
    return actor_of_account(cast.karim.account_id)


def asked(referent: Actor, patient: PatientId, other: Actor) -> oversight.Explanation:
    assert other.account_id is not None
    return oversight.as_seen_by(referent, making.uuid_of(patient), other.account_id)


def opens(actor: Actor, patient: PatientId) -> bool:
    try:
        access_room.open_record(actor, patient, purpose=access_room.rule.usual_purpose(actor))
    except access_room.AccessDenied:
        return False
    return True


_LINKS = st.lists(
    st.tuples(
        st.sampled_from([*NAMES, "tilleuls", "elsewhere"]),
        st.sampled_from(["equipe_structure", "equipe_patient", "medecin_traitant", "auteur", "consentement"]),
        st.integers(-3, 3),
        st.sampled_from([None, -1, 0, 2]),
    ),
    max_size=4,
)
_WISHES = st.lists(
    st.tuples(
        st.sampled_from(["opposition_tous", "opposition_personne", "consentement", "refus_urgence", "information"]),
        st.sampled_from(NAMES),
        st.booleans(),
    ),
    max_size=3,
)
_GLASSES = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(-6, 1)), max_size=2)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(links=_LINKS, wishes=_WISHES, glasses=_GLASSES)
def test_the_dry_run_agrees_with_the_law_as_it_is_applied(
    cast: Cast, links: list[Any], wishes: list[Any], glasses: list[Any]
) -> None:
    patient = making.patient()
    _live(cast, patient, links, wishes, glasses)
    for name in NAMES:
        actor: Actor = getattr(cast, name)
        explained = explaining._explained(actor, explaining.facts_of(actor, patient))
        assert explained.opens is opens(actor, patient), (name, explained.code)
        assert bool(explained.groups) is explained.opens
        row = JournalEntry.objects.order_by("-id")[0]
        assert (row.decision == "allow") is explained.opens
        if not explained.opens:
            assert row.rule == explained.code


def _live(cast: Cast, patient: PatientId, links: list[Any], wishes: list[Any], glasses: list[Any]) -> None:
    places = {"tilleuls": cast.tilleuls_id, "elsewhere": cast.elsewhere_id}
    treated = False
    for who, basis, start, length in links:
        if basis == "medecin_traitant" and (treated or who in places):
            continue
        treated |= basis == "medecin_traitant"
        begun = clock.today() + start * DAY
        end = None if length is None else begun + max(length, 0) * DAY
        CareTeamMembership.objects.create(
            patient_id=patient, basis=basis, start=begun, end=end, structure_id=places.get(who),
            professional_id=None if who in places else getattr(cast, who).professional_id,
        )  # fmt: skip
    for kind, who, withdrawn in wishes:
        named = getattr(cast, who).professional_id if kind in ("opposition_personne", "consentement") else None
        Wish.objects.create(
            patient_id=patient, kind=kind, professional_id=named, since=clock.now() - DAY, channel="oral",
            recorded_by="essai", withdrawn_at=clock.now() - DAY / 2 if withdrawn else None,
        )  # fmt: skip
    for who, hours in glasses:
        since = clock.now() + dt.timedelta(hours=hours)
        BreakGlass.objects.create(
            patient_id=patient, professional_id=getattr(cast, who).professional_id, reason_code="urgence_vitale",
            reason_text="essai", since=since, until=since + dt.timedelta(hours=4), review_due_at=since + 3 * DAY,
        )  # fmt: skip


@settings(max_examples=200)
@given(values=st.lists(st.booleans(), min_size=len(law.FACTS), max_size=len(law.FACTS)))
def test_the_step_that_decides_is_what_the_whole_list_says(values: list[bool]) -> None:
    known = dict(zip(law.FACTS, values, strict=True))
    for steps in law.LAWS.values():
        assert law.decide(steps, known).allows is law.holds(law.allowed(steps), known)
        assert law.decide(steps, known, at_the_door=True).allows is law.holds(law.opening(steps), known)


def test_a_fact_that_is_not_known_is_never_taken_for_false() -> None:
    with pytest.raises(LookupError):
        law.decide(law.PROFESSIONAL, {"strong": True})


def test_the_groups_are_those_that_the_person_would_read(cast: Cast, referent: Actor) -> None:
    """Each type of the matrix, filed, is read by the person or not, as the dry run said of its group."""
    patient = making.patient()
    making.link(patient, cast.tilleuls_id)
    version = access_room.matrix.in_force(clock.today())
    assert version is not None
    said = {line.label: line.opens for line in asked(referent, patient, cast.nadia).groups}
    wrong = []
    for kind in access_room.matrix.types().values():
        line = version.line_of(kind)
        if line is None:
            continue
        making.file(patient, making.filing(type_code=kind.code, confidentiality="N"))
        filed = Document.objects.latest("id")
        is_read = Document.objects.filter(access_room.rule.VisibleTo(cast.nadia, document="id"), pk=filed.pk).exists()
        if is_read is not said[line.libelle]:
            wrong.append((kind.code, line.libelle, is_read))
    assert wrong == []
    assert {True, False} <= set(said.values())


def test_it_reads_nothing_of_the_record_and_is_journalled(cast: Cast, referent: Actor) -> None:
    patient = making.patient()
    making.link(patient, cast.tilleuls_id)
    making.file(patient, making.filing(title="Lettre que personne ne doit voir ici"))
    with CaptureQueriesContext(connection) as seen:
        explained = asked(referent, patient, cast.nadia)
    assert explained.opens
    assert not [query for query in seen.captured_queries if "documents_document" in query["sql"]]
    row = JournalEntry.objects.order_by("-id")[0]
    assert (row.action, row.patient_id, row.actor_professional_id, row.decision) == (
        "explain", patient, referent.professional_id, "allow",
    )  # fmt: skip
    assert row.resource_id == str(cast.nadia.account_id)


def test_the_opposed_are_told_by_their_step(cast: Cast, referent: Actor) -> None:
    patient = making.patient()
    making.link(patient, cast.tilleuls_id)
    Wish.objects.create(
        patient_id=patient, kind="opposition_personne", professional_id=cast.nadia.professional_id,
        since=clock.now() - DAY, channel="oral", recorded_by="essai",
    )  # fmt: skip
    explained = asked(referent, patient, cast.nadia)
    assert (explained.opens, explained.code, explained.says) == (False, "A03", "Le patient s’est opposé à cet accès.")
    assert explained.groups == ()
    holding = {fact.says for fact in explained.facts if fact.holds}
    assert law.OPPOSED.says in holding
    assert law.MEMBER.says in holding


def test_only_the_referent_asks_of_their_people_and_their_patients(cast: Cast, referent: Actor) -> None:
    patient, stranger = making.patient(), making.patient()
    making.link(patient, cast.tilleuls_id)
    for who, which, whom in (
        (cast.nadia, patient, cast.claire),
        (referent, stranger, cast.claire),
        (referent, patient, cast.paul),
    ):
        with pytest.raises(access_room.AccessDenied):
            asked(who, which, whom)
    assert cast.claire.account_id is not None
    with pytest.raises(access_room.AccessDenied):
        oversight.as_seen_by(referent, uuid4(), cast.claire.account_id)


@pytest.mark.parametrize(
    ("basis", "confidentiality", "said"),
    [
        ("equipe_patient", "N", "La matrice d’habilitation ouvre ce type de document à votre profession."),
        ("medecin_traitant", "R", "il vous est ouvert comme médecin traitant"),
        ("equipe_patient", "R", "il est ouvert à la structure de son auteur"),
    ],
)
def test_every_document_says_why_it_is_seen(cast: Cast, basis: str, confidentiality: str, said: str) -> None:
    patient = making.patient()
    making.link(patient, cast.claire, basis)
    access = access_room.open_record(cast.claire, patient, purpose=Purpose.CARE)
    why = oversight.why_document(
        access, type_code="11488-4", confidentiality=confidentiality, author_id=None, is_named=False
    )
    assert why.startswith(access.reason)
    assert said in why


def test_an_author_is_told_so(cast: Cast) -> None:
    patient = making.patient()
    making.link(patient, cast.paul, "auteur")
    access = access_room.open_record(cast.paul, patient, purpose=Purpose.CARE)
    why = oversight.why_document(
        access, type_code="11488-4", confidentiality="V", author_id=cast.paul.professional_id, is_named=False
    )
    assert why == "Vous voyez ce document parce que vous l’avez écrit."
