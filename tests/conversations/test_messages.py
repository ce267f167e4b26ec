"""Messages and deposits by their verbs: who may, who is asked to answer, what the law on documents says of them."""

from __future__ import annotations

from uuid import uuid4

import pytest

from maillon.access import api as access_room
from maillon.conversations import api as conversations
from maillon.kernel.key import PatientId
from maillon.kernel.message import UserMessage
from maillon.tasks.models import Task
from tests.access.test_visitors import born, invite, jeanne
from tests.access.visiting import Telephone, come_in, key, own_key, telephone
from tests.conftest import Cast
from tests.documents import making

__all__ = ["jeanne", "telephone"]


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
