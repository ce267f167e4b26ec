"""Messages and deposits by their verbs: who may, who is asked to answer, what the law on documents says of them."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

import pytest

from maillon.access import api as access_room
from maillon.access import visitors
from maillon.conversations import addressing, messages
from maillon.conversations import api as conversations
from maillon.conversations.models import PatientMessage
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.professionals.models import Attachment, Professional
from maillon.tasks.models import Task
from tests.access.test_visitors import born, invite, jeanne
from tests.access.visiting import Telephone, come_in, key, own_key, telephone
from tests.conftest import Cast
from tests.documents import making

__all__ = ["jeanne", "telephone"]
CARER = visitors.Person(
    family_name="Martin", given_name="Paul", birth_date=dt.date(1984, 4, 4), email="paul@exemple.test", phone=""
)


def test_without_a_treating_physician_the_structure_s_physicians_are_asked(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    invite(cast, jeanne)
    conversations.write(own_key(come_in(telephone, birth_date=born(jeanne))), "Bonjour", number=uuid4())
    task = Task.objects.get()
    assert (task.professional_id, task.structure_id, task.role_code) == (None, cast.tilleuls_id, "G15_10")


def test_nobody_follows_the_record_and_it_is_said(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    mine = own_key(come_in(telephone, birth_date=born(jeanne)))
    (member,) = access_room.team.care_team(mine)
    access_room.team.end_membership(mine, member.membership_id, reason="déménagement")
    with pytest.raises(UserMessage) as refused:
        conversations.write(mine, "Bonjour", number=uuid4())
    assert refused.value.code == "E-MES-04"
    assert conversations.thread(mine) == []


def test_a_message_is_read_by_whom_the_matrix_lets_read_what_patients_deposit(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    invite(cast, jeanne)
    conversations.write(own_key(come_in(telephone, birth_date=born(jeanne))), "Bonjour", number=uuid4())
    assert [line.text for line in conversations.thread(key(cast.nadia, jeanne))] == ["Bonjour"]
    assert conversations.thread(key(cast.sylvie, jeanne)) == []  # a secretary reads no clinical document
    assert conversations.unread(key(cast.sylvie, jeanne)) == 0


def test_only_a_visitor_writes_and_only_a_professional_answers(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    invite(cast, jeanne)
    mine, claire = own_key(come_in(telephone, birth_date=born(jeanne))), key(cast.claire, jeanne)
    with pytest.raises(access_room.AccessDenied):
        conversations.write(claire, "Bonjour", number=uuid4())
    with pytest.raises(access_room.AccessDenied):
        conversations.deposit(claire, b"\x89PNG\r\n\x1a\n", name="x.png", type_code="DOCPAT05", title="")
    with pytest.raises(access_room.AccessDenied):
        conversations.answer(claire, "Bonjour", visitor_id=1, number=uuid4())  # nobody wrote
    conversations.write(mine, "Bonjour", number=uuid4())
    visitor = conversations.thread(mine)[0].visitor_id
    with pytest.raises(access_room.AccessDenied):
        conversations.answer(mine, "Je me réponds", visitor_id=visitor, number=uuid4())
    conversations.answer(claire, "Bonjour Jeanne", visitor_id=visitor, number=uuid4())
    assert conversations.unread(mine) == 1
    conversations.note_read(mine)
    assert conversations.unread(mine) == 0


def test_an_author_without_a_link_reads_no_message(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    conversations.write(own_key(come_in(telephone, birth_date=born(jeanne))), "Bonjour", number=uuid4())
    making.link(jeanne, cast.paul, access_room.Basis.AUTHOR)
    assert conversations.thread(key(cast.paul, jeanne)) == []


def leave(*people: Actor) -> None:
    yesterday = clock.today() - dt.timedelta(days=1)
    Attachment.objects.filter(professional_id__in=[each.professional_id for each in people]).update(end=yesterday)


def test_where_no_physician_works_somebody_who_may_read_it_is_asked(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    """The nurses of a nursing practice; where nobody could read it, the patient is told."""
    invite(cast, jeanne)
    mine = own_key(come_in(telephone, birth_date=born(jeanne)))
    leave(cast.claire, cast.karim)
    conversations.write(mine, "Bonjour", number=uuid4())
    task = Task.objects.get()
    assert (task.professional_id, task.structure_id, task.role_code) == (None, cast.tilleuls_id, "G15_60")
    leave(cast.nadia)  # a secretary stays, who reads no clinical document
    with pytest.raises(UserMessage) as refused:
        conversations.write(mine, "Il y a quelqu’un ?", number=uuid4())
    assert refused.value.code == "E-MES-04"


def test_a_treating_physician_who_no_longer_practises_is_asked_for_nothing(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    invite(cast, jeanne)
    making.link(jeanne, cast.claire, access_room.Basis.TREATING)
    Professional.objects.filter(pk=cast.claire.professional_id).update(is_active=False)
    conversations.write(own_key(come_in(telephone, birth_date=born(jeanne))), "Bonjour", number=uuid4())
    task = Task.objects.get()
    assert (task.professional_id, task.role_code) == (None, "G15_10")


def test_the_last_message_of_the_day_sent_twice_is_not_refused(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    invite(cast, jeanne)
    mine = own_key(come_in(telephone, birth_date=born(jeanne)))
    numbers = [uuid4() for _ in range(messages.MOST_A_DAY)]
    for number in (*numbers, numbers[-1]):
        conversations.write(mine, "Bonjour", number=number)
    assert len(conversations.thread(mine)) == messages.MOST_A_DAY
    with pytest.raises(UserMessage) as refused:
        conversations.write(mine, "Encore", number=uuid4())
    assert refused.value.code == "E-MES-03"


def test_nobody_is_answered_who_would_not_read_it(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    """The carer was dismissed, or the door closed: an answer would be kept and never read, and the carer told of it."""
    invite(cast, jeanne)
    mine, claire = own_key(come_in(telephone, birth_date=born(jeanne))), key(cast.claire, jeanne)
    conversations.write(mine, "Bonjour", number=uuid4())
    visitor = conversations.thread(mine)[0].visitor_id
    carer = access_room.visitors.name_carer(mine, CARER).visitor_id
    PatientMessage.objects.create(
        uuid=uuid4(), patient_id=jeanne, visitor_id=carer, is_from_team=False, author_label="Paul Martin",
        text="Je l’ai trouvée fatiguée.", at=clock.now(), type_bit=access_room.matrix.bit_of(addressing.TYPE),
    )  # fmt: skip
    conversations.answer(claire, "Nous passons demain.", visitor_id=carer, number=uuid4())
    (line,) = access_room.visitors.delegations(mine)
    access_room.visitors.end_delegation(mine, line.id)
    access_room.visitors.close_door(key(cast.sylvie, jeanne))
    told = len(telephone.notes())
    for gone in (carer, visitor):
        with pytest.raises(UserMessage) as refused:
            conversations.answer(claire, "Nous passons lundi.", visitor_id=gone, number=uuid4())
        assert refused.value.code == "E-MES-05"
    assert len(telephone.notes()) == told
    assert len(conversations.thread(claire)) == 3  # what was said stays
