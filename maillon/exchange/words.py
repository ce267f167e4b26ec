"""The sender's own word beside the documents of a message: « potassium à 6,8, rappelez-moi ».

Shown to whoever may read a document that came with it, unless the same message brought something of another patient.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from maillon.documents import api as documents
from maillon.exchange.outgoing.sending import TEXT
from maillon.formats.mail import ReceivedMail
from maillon.formats.mail_write import unaccented
from maillon.kernel import sql
from maillon.kernel.key import Access
from maillon.kernel.text import storable

LONGEST: Final = 20_000
_SIGNATURE: Final = re.compile(r"(?:^|\n)-- ?\n.*", re.DOTALL)  # RFC 3676 §4.3
_WORD: Final = re.compile(r"[a-z0-9]+")
# A text made of these alone, and of its sender's name, only accompanies: nobody is asked to read it.
_COURTESIES: Final = """
    a accompagnant agreer amicalement avec bien bonjour bonsoir ce cet cette cher chere chers ci cj compte compterendu
    concernant confraternellement confrere confreres consoeur cordialement courrier cr d de des deux distinguees docteur
    document documents dr du en et expression fichier joint jointe jointes joints je jointes jour journee l la le les
    lettre m madame me meilleures merci messieurs mesdames mlle mme monsieur nos notre ou par patient patiente piece
    pieces plusieurs pour pr prie professeur relatif relatifs rendu resultat resultats salutations sentiments sinceres
    soiree trouver trouverez un une veuillez vos votre vous
"""
_COURTESY: Final = frozenset(_COURTESIES.split())
# What Maillon itself writes for who writes nothing.
_OURS: Final = re.compile(re.escape(TEXT.format(what="@", who="@").strip()).replace("@", r"[^\n]+"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    sender: str
    received_at: dt.datetime
    text: str


def said_beside(mail: ReceivedMail) -> str:
    """Empty when the message only accompanies its documents."""
    text = _SIGNATURE.sub("", mail.body_text).replace("\r\n", "\n").strip()
    if _OURS.fullmatch(text):
        return ""
    of_the_sender = _words(f"{mail.from_label} {mail.from_address or ''}")
    return storable(text[:LONGEST]) if _words(text) - _COURTESY - of_the_sender else ""


def came_with(access: Access, document: documents.DocumentView) -> list[Word]:
    """The latest first. A view is only given to who may read the document."""
    asked = {"documents": [document.uuid], "patient": access.patient_id}
    found = sql.rows(f"SELECT DISTINCT ON (m.words) m.sender, m.received_at, m.words{_BESIDE}", asked)  # noqa: S608
    words = [Word(sender=sender, received_at=at, text=text) for sender, at, text in found]
    return sorted(words, key=lambda word: word.received_at, reverse=True)


def came_with_any(shown: Iterable[UUID]) -> set[UUID]:
    """Of documents that a rule has already let through: those that did not come alone."""
    asked = {"documents": list(shown), "patient": None}
    return {uuid for (uuid,) in sql.rows(f"SELECT DISTINCT d.uuid{_BESIDE}", asked)} if asked["documents"] else set()  # noqa: S608


_BESIDE: Final = """
  FROM documents_document d
  JOIN exchange_received_document r ON r.document_id = d.id
  JOIN exchange_message m ON m.id = r.message_id
 WHERE d.uuid = ANY(%(documents)s) AND (%(patient)s::bigint IS NULL OR d.patient_id = %(patient)s) AND m.words <> ''
   AND NOT EXISTS (SELECT 1 FROM exchange_received_document beside
                     JOIN documents_document other ON other.id = beside.document_id
                    WHERE beside.message_id = m.id AND other.patient_id <> d.patient_id)
"""


def _words(text: str) -> set[str]:
    return set(_WORD.findall(unaccented(text).lower()))
