"""The referent reviews every emergency opening of the structure, never their own, and the accounts once a year."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.access import oversight, staff
from maillon.access.models import Account, BreakGlass, Session
from maillon.access.sessions import actor_of_account
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals.models import Attachment
from tests.access.deciding import key
from tests.access.test_emergency import HOUR, NOON, broken, is_open, typed
from tests.conftest import Cast
from tests.documents import making
from tests.web import world

COMMENT = "Situation vérifiée avec le médecin"


@pytest.fixture
def referent(cast: Cast) -> Actor:
    return _made(cast.karim, is_referent=True)


def _made(actor: Actor, **changed: bool) -> Actor:
    Account.objects.filter(pk=actor.account_id).update(**changed)
    assert actor.account_id is not None
    return actor_of_account(actor.account_id)


def opening(actor: Actor) -> tuple[Access, int]:
    access = broken(actor, typed(making.patient()))
    return access, BreakGlass.objects.latest("id").pk


def refused(actor: Actor, glass: int, verdict: str = "justifie", comment: str = COMMENT) -> str:
    with pytest.raises(UserMessage) as caught:
        oversight.review(actor, glass, verdict=verdict, comment=comment)
    return caught.value.code


def test_an_opening_is_reviewed_once_by_the_referent_of_its_structure(cast: Cast, referent: Actor) -> None:
    _, glass = opening(cast.nadia)
    (line,) = oversight.to_review(referent)
    assert (line.id, line.person, line.is_mine, line.is_review_late) == (glass, "Nadia Lefèvre", False, False)
    assert line.review_due_at - line.since == 72 * HOUR
    assert oversight.waiting(referent) == 1
    oversight.review(referent, glass, verdict="justifie", comment=COMMENT)
    assert oversight.to_review(referent) == []
    (line,) = oversight.reviewed(referent)
    assert (line.verdict, line.reviewed_by, line.comment) == ("justifie", "Dr Karim Benali", COMMENT)
    assert refused(referent, glass) == "E-REF-02"


def test_neither_the_opener_nor_a_stranger_nor_a_colleague_reviews(cast: Cast, referent: Actor) -> None:
    _, glass = opening(referent)
    assert refused(referent, glass) == "E-REF-01"
    assert refused(_made(cast.paul, is_referent=True), glass) == "E-REF-01"
    assert refused(cast.nadia, glass) == "E-ACC-04"
    assert refused(dataclasses.replace(referent, assurance=1), glass) == "E-ACC-04"
    assert refused(referent, glass + 1000) == "E-REF-01"
    administrator = _made(cast.sylvie, is_administrator=True)
    oversight.review(administrator, glass, verdict="justifie", comment=COMMENT)


def test_a_review_has_a_verdict_and_says_why(cast: Cast, referent: Actor) -> None:
    _, glass = opening(cast.nadia)
    assert refused(referent, glass, verdict="") == "E-REF-03"
    assert refused(referent, glass, verdict="peut-être") == "E-REF-03"
    assert refused(referent, glass, comment="   ok    ") == "E-REF-03"
    assert len(oversight.to_review(referent)) == 1


def test_what_is_unjustified_closes_at_once_and_is_counted(cast: Cast, referent: Actor) -> None:
    access, glass = opening(cast.nadia)
    opening(cast.nadia)
    assert is_open(cast.nadia, access.patient_id)
    oversight.review(referent, glass, verdict="injustifie", comment=COMMENT)
    assert not is_open(cast.nadia, access.patient_id)
    (line,) = oversight.counts(referent)
    assert (line.person, line.openings, line.unjustified) == ("Nadia Lefèvre", 2, 1)


def test_what_is_justified_stays_open_until_its_hour(cast: Cast, referent: Actor) -> None:
    access, glass = opening(cast.nadia)
    oversight.review(referent, glass, verdict="justifie", comment=COMMENT)
    assert is_open(cast.nadia, access.patient_id)


@pytest.mark.parametrize(
    ("after", "patient_late", "review_late"),
    [(24 * HOUR - dt.timedelta(seconds=1), False, False), (24 * HOUR, True, False), (72 * HOUR, True, True)],
)
def test_what_is_late_is_shown_as_late(
    cast: Cast, referent: Actor, after: dt.timedelta, patient_late: bool, review_late: bool
) -> None:
    with time_machine.travel(NOON, tick=False):
        opening(cast.nadia)
    with time_machine.travel(NOON + after, tick=False):
        (line,) = oversight.to_review(referent)
        assert (line.is_patient_late, line.is_review_late) == (patient_late, review_late)
        assert bool(oversight.late_notices(referent)) is patient_late


def test_a_late_notice_still_waits_after_the_review_until_somebody_tells_the_patient(
    cast: Cast, referent: Actor
) -> None:
    with time_machine.travel(NOON, tick=False):
        _, glass = opening(cast.nadia)
        oversight.review(referent, glass, verdict="justifie", comment=COMMENT)
        assert oversight.waiting(referent) == 0
    with time_machine.travel(NOON + 25 * HOUR, tick=False):
        assert oversight.waiting(referent) == 1
        oversight.note_letter_sent(referent, glass)
        assert oversight.waiting(referent) == 0
        told = BreakGlass.objects.get().patient_told_at
        assert told == NOON + 25 * HOUR
    with pytest.raises(UserMessage):
        oversight.note_letter_sent(_made(cast.paul, is_referent=True), glass)
    oversight.note_letter_sent(referent, glass)
    assert BreakGlass.objects.get().patient_told_at == told, "the first notice counts"


def test_the_board_of_another_structure_is_empty_and_that_of_a_colleague_does_not_exist(
    cast: Cast, referent: Actor
) -> None:
    opening(cast.nadia)
    elsewhere = _made(cast.paul, is_referent=True)
    assert oversight.to_review(elsewhere) == []
    assert oversight.counts(elsewhere) == []
    board = (oversight.to_review, oversight.counts, oversight.late_notices, oversight.waiting, oversight.habilitations)
    for ask in board:
        with pytest.raises(access_room.AccessDenied):
            ask(cast.nadia)


def test_who_is_told_is_the_other_referents_else_the_administrators(cast: Cast, referent: Actor) -> None:
    place = StructureId(cast.tilleuls_id)

    def told(opener: Actor) -> list[ProfessionalId]:
        assert opener.professional_id is not None
        return oversight.referents_of(place, but=opener.professional_id)

    assert told(cast.nadia) == [referent.professional_id]
    assert told(referent) == []
    administrator = _made(cast.sylvie, is_administrator=True)
    assert told(referent) == [administrator.professional_id]
    assert told(cast.nadia) == [referent.professional_id]


def test_accounts_are_reviewed_every_year(cast: Cast, referent: Actor) -> None:
    making.link(making.patient(), cast.nadia, start=dt.date(2026, 1, 5))
    with time_machine.travel(NOON, tick=False):
        lines = {line.person: line for line in oversight.habilitations(referent)}
        assert set(lines) == {"Dr Claire Morel", "Dr Karim Benali", "Nadia Lefèvre", "Sylvie Caron"}
        nadia = lines["Nadia Lefèvre"]
        assert (nadia.is_due, nadia.links, nadia.reviewed_at) == (True, 1, None)
        oversight.keep_habilitation(referent, nadia.account_id)
    for days, is_due in ((365, False), (366, True)):
        with time_machine.travel(NOON + dt.timedelta(days=days), tick=False):
            (line,) = [each for each in oversight.habilitations(referent) if each.person == "Nadia Lefèvre"]
            assert (line.is_due, line.reviewed_by) == (is_due, "Dr Karim Benali")


def test_a_closed_account_opens_nothing_more_and_its_sessions_end(cast: Cast, referent: Actor) -> None:
    Session.objects.create(
        token_hash=b"0" * 32, account_id=cast.nadia.account_id, ends_at=clock.now() + HOUR, last_seen_at=clock.now()
    )
    assert cast.nadia.account_id is not None
    oversight.close_habilitation(referent, cast.nadia.account_id)
    assert not Session.objects.filter(account_id=cast.nadia.account_id).exists()
    with pytest.raises(Account.DoesNotExist):
        actor_of_account(cast.nadia.account_id)


def test_nobody_reviews_their_own_account_nor_one_of_elsewhere(cast: Cast, referent: Actor) -> None:
    for account, code in ((referent.account_id, "E-REF-05"), (cast.paul.account_id, "E-REF-04"), (10**9, "E-REF-04")):
        assert account is not None
        for verb in (oversight.keep_habilitation, oversight.close_habilitation):
            with pytest.raises(UserMessage) as caught:
                verb(referent, account)
            assert caught.value.code == code
    assert Account.objects.filter(is_active=False).count() == 0


# ------------------------------------------------------------------------------------------------ elsewhere


def test_a_referent_is_one_where_they_were_named_and_nowhere_else(cast: Cast) -> None:
    """A day's replacement at the Tilleuls gives Paul, referent of the Cabinet du Port, no right on the Tilleuls."""
    Account.objects.filter(pk=cast.paul.account_id).update(is_referent=True, is_administrator=True)
    Attachment.objects.create(
        professional_id=cast.paul.professional_id, structure_id=cast.tilleuls_id, start=clock.today()
    )
    patient = making.patient()
    making.link(patient, cast.claire)
    key(cast.claire, patient)
    at_home = again(cast.paul)
    assert at_home.is_referent
    assert access_room.journal.search(at_home, access_room.journal.Asked()).lines == []
    assert {each.person for each in oversight.habilitations(at_home)} == {"Dr Paul Étranger"}
    with pytest.raises(UserMessage, match="E-REF-04"):
        oversight.close_habilitation(at_home, cast.claire.account_id)
    assert not staff.may_decide_for(at_home, making.person(cast.claire))
    elsewhere = actor_there(cast.paul, cast.tilleuls_id)
    assert (elsewhere.is_referent, elsewhere.is_administrator) == (False, False)


def test_a_referent_who_has_left_is_one_no_more(cast: Cast) -> None:
    Account.objects.filter(pk=cast.paul.account_id).update(is_referent=True)
    Attachment.objects.filter(professional_id=cast.paul.professional_id).update(
        end=clock.today() - dt.timedelta(days=1)
    )
    with pytest.raises(access_room.AccessDenied):
        access_room.journal.search(again(cast.paul), access_room.journal.Asked())


def again(actor: Actor) -> Actor:
    assert actor.account_id is not None
    return actor_of_account(actor.account_id)


def actor_there(actor: Actor, structure_id: int) -> Actor:
    """After a sign-in where that situation was chosen."""
    token = world.open_session(actor)
    Session.objects.update(structure_id=structure_id)
    standing = access_room.sessions.standing_of(token)
    assert standing is not None
    return standing.actor
