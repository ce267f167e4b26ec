"""What the patient and the team wrote to each other is in the copy of who may read it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any
from uuid import uuid4

from maillon.conversations import api as conversations
from maillon.kernel.key import Access, PatientId
from maillon.rights import paths
from maillon.rights.api import export_file
from tests.access.test_visitors import born, invite, jeanne
from tests.access.visiting import Telephone, come_in, key, own_key, telephone
from tests.conftest import Cast

__all__ = ["jeanne", "telephone"]


def said(access: Access) -> tuple[int, list[str]]:
    with zipfile.ZipFile(io.BytesIO(export_file(access))) as archive:
        counts = json.loads(archive.read(paths.MANIFEST))["nombres"]
        resources: list[dict[str, Any]] = [
            each["resource"] for each in json.loads(archive.read(paths.BUNDLE))["entry"]
        ]
    told = [each for each in resources if each["resourceType"] == "Communication"]
    return counts["messages"], [each["payload"][0]["contentString"] for each in told]


def test_the_copy_holds_the_messages_of_who_may_read_them(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    invite(cast, jeanne)
    mine, claire = own_key(come_in(telephone, birth_date=born(jeanne))), key(cast.claire, jeanne)
    conversations.write(mine, "J’ai des vertiges\nle matin.", number=uuid4())
    visitor = conversations.thread(mine)[0].visitor_id
    conversations.answer(claire, "Venez demain.", visitor_id=visitor, number=uuid4())
    both = (2, ["J’ai des vertiges\nle matin.", "Venez demain."])
    assert said(mine) == both
    assert said(claire) == both
    assert said(key(cast.sylvie, jeanne)) == (0, [])  # a secretary reads no clinical document
