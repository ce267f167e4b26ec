"""The report of a delegated act to the médecin traitant, written from what the act already says; read again and signed
by the delegate."""

from __future__ import annotations

import dataclasses
from typing import Final
from uuid import UUID

from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.pathways import protocols
from maillon.pathways.cooperation import acts, refusals
from maillon.pathways.cooperation_states import CallOutcome, Decision, LegalGround
from maillon.pathways.models import DelegatedAct
from maillon.writing import api as writing

LETTER: Final = "compte-rendu-acte-delegue"


def begin(access: Access, act_uuid: UUID) -> UUID:
    """A draft. Raises E-PRO-33, E-RED-01, -03."""
    act = acts.visible(access).filter(uuid=act_uuid).first()
    if act is None:
        raise refusals.NO_ACT
    draft = writing.begin(access, LETTER)
    begun = writing.read(access, draft)
    content = dataclasses.replace(begun.content, texts=dict(begun.content.texts) | texts_of(act))
    writing.save(access, draft, content, revision=begun.revision)
    return draft


def texts_of(act: DelegatedAct) -> dict[str, str]:
    """By part of the letter."""
    protocol, moment = protocols.protocol_of(act.version), act.decided_at or act.agreed_at or act.opened_at
    ground = LegalGround(act.ground).label
    return {
        "vu_le": f"{clock.in_paris(moment):%d%m%Y}",
        "protocole": f"{protocol.titre}, version {act.version.number}. {ground}.",
        "examen": "\n".join(_step(each) for each in act.path),
        "decision": f"{Decision(act.decision).label}. {act.reason}".strip() if act.decision else "",
        "actes": "\n".join(
            each.label
            + (f", {each.days} jours" if each.days else "")
            + (f"\u202f: {each.detail}" if each.detail else "")
            for each in act.derogatory.order_by("at", "id")
        ),
        "appel": "\n".join(
            f"{each.name}, le {clock.in_paris(each.at):%d/%m/%Y à %H h %M}\u202f: "
            f"{CallOutcome(each.outcome).label.lower()}{f' ({each.decision})' if each.decision else ''}"
            for each in act.calls.order_by("at", "id")
        ),
    }


def _step(passed: dict[str, object]) -> str:
    answer = f"\u202f: {passed['reponse']}" if passed["reponse"] else ""
    return f"{passed['noeud']} {passed['dit']}{answer}"
