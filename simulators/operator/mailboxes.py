"""The store, as pymap's mailboxes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from pymap.backend.dict.mailbox import MailboxData, MailboxSet, Message
from pymap.exceptions import NotSupportedError
from pymap.flags import FlagOp
from pymap.interfaces.message import CachedMessage
from pymap.message import BaseLoadedMessage
from pymap.mime import MessageBody, MessageContent, MessageHeader
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement
from pymap.parsing.specials.flag import Flag

from simulators.operator.store import Box


class StoredMessage(Message):
    """A message whose bytes stay on disk until they are asked for."""

    def __init__(self, box: Box, uid: int, flags: Iterable[bytes]) -> None:
        received_at = dt.datetime.fromtimestamp(box.received_at(uid), dt.UTC)
        super().__init__(uid, received_at, [Flag(each) for each in flags])
        self.box = box

    async def load_content(self, requirement: FetchRequirement) -> BaseLoadedMessage:
        if requirement.has_none(FetchRequirement.CONTENT):
            return BaseLoadedMessage(self, requirement, None)
        return BaseLoadedMessage(self, requirement, opaque(self.box.read(self.uid)))


class StoredMailbox(MailboxData):
    """INBOX. Nothing is deleted, copied in or moved: whoever would try learns it."""

    def __init__(self, box: Box, content_cache: Any, thread_cache: Any) -> None:
        super().__init__(content_cache, thread_cache)
        self.box = box
        for uid in box.load():
            self._messages[uid] = StoredMessage(box, uid, box.flags.get(uid, ()))
        self._mod_sequences.update(list(self._messages))
        self._uid_validity = box.uid_validity
        self._max_uid = box.last_uid

    def deliver(self, data: bytes) -> None:
        """Durable when it returns; sessions that have the mailbox open are told."""
        uid = self.box.add(data)
        self._messages[uid] = StoredMessage(self.box, uid, ())
        self._max_uid = uid
        self._mod_sequences.update([uid])
        self._updated.set()

    async def update(self, uid: int, cached_msg: CachedMessage, flag_set: frozenset[Flag], mode: FlagOp) -> Message:
        message = await super().update(uid, cached_msg, flag_set, mode)
        self.box.set_flags(uid, frozenset(bytes(flag) for flag in message.permanent_flags))
        return message

    async def append(self, append_msg: AppendMessage, *, recent: bool = False) -> Message:
        raise NotSupportedError

    async def delete(self, uids: Iterable[int]) -> None:
        raise NotSupportedError


class StoredMailboxes(MailboxSet):
    """The one mailbox of an account."""

    def __init__(self, box: Box) -> None:
        super().__init__()
        self._inbox: StoredMailbox = StoredMailbox(box, self._content_cache, self._thread_cache)

    @property
    def inbox(self) -> StoredMailbox:
        return self._inbox

    async def add_mailbox(self, name: str) -> Any:
        raise NotSupportedError


def opaque(data: bytes) -> MessageContent:
    """Header and body, the body's parts left unread: what we carry may have been written to choke a parser."""
    view = memoryview(data)
    lines = MessageContent._find_lines(data)  # noqa: SLF001
    header, body = MessageContent._split_lines(data, lines)  # noqa: SLF001
    return MessageContent(
        data,
        MessageHeader._parse(data, view, header),  # noqa: SLF001
        MessageBody._parse(data, view, body, None),  # noqa: SLF001
    )
