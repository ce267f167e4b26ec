"""The access law once more, written apart from the product: plain Python, straight from the domain sheet (§8.2), over
the description of a world. It shares no code with maillon.access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.access.law.worlds import NOW, TODAY, Link, Paper, Said, World

if TYPE_CHECKING:
    from maillon.kernel.key import Actor, Purpose

OF_CARE = {"soin", "coordination", "administratif", "qualite"}


def code(world: World, actor: Actor, purpose: Purpose, paper: Paper) -> str:
    """The code of the first line of the sheet that decides."""
    if actor.kind == "professional":
        return _for_a_professional(world, actor, purpose, paper)
    return _at_the_patients_door(world, actor, purpose, paper)


def may(answer: str) -> bool:
    return answer in {"auteur", "ouvert", "patient"}


def opens(world: World, actor: Actor, purpose: Purpose, patient: int) -> bool:
    """Is there a record to open at all?"""
    if actor.assurance < 2:
        return False
    if actor.kind != "professional":
        return _is_theirs(world, actor, patient) and purpose.value == "personnel"
    if not _practises(actor):
        return False
    if any(link.basis == "auteur" and link.professional == actor.professional_id for link in _links(world, patient)):
        return True
    if _is_opposed(world, actor, patient) or not _is_linked(world, actor, patient):
        return False
    return _admits(actor, purpose)


def _for_a_professional(world: World, actor: Actor, purpose: Purpose, paper: Paper) -> str:
    me, patient = actor.professional_id, paper.patient
    if actor.assurance < 2:
        return "A01"
    if not _practises(actor):
        return "A02"
    if paper.author is not None and paper.author == me:
        return "auteur"
    if _is_opposed(world, actor, patient) or _is_marked(world, paper, "masque_ps"):
        return "A03"
    if not _is_linked(world, actor, patient):
        return "A04"
    read, once_consented = world.matrix[actor.profession_code]
    has_consent = _has_consented(world, actor, patient)
    is_of_the_matrix = paper.type_bit in read or (has_consent and paper.type_bit in once_consented)
    if not is_of_the_matrix and not _broke_the_glass(world, actor, patient):
        return "A05"
    if not _is_confided(world, actor, paper):
        return "A06"
    return "ouvert" if _admits(actor, purpose) else "A08"


def _at_the_patients_door(world: World, actor: Actor, purpose: Purpose, paper: Paper) -> str:
    if actor.assurance < 2:
        return "A01"
    if not _is_theirs(world, actor, paper.patient):
        return "A04"
    if _is_marked(world, paper, "invisible_representants") and not _is_oneself(world, actor, paper.patient):
        return "A07"
    if _is_marked(world, paper, "invisible_patient"):
        return "A09"
    return "patient" if purpose.value == "personnel" else "A08"


def _practises(actor: Actor) -> bool:
    return actor.structure_id in actor.structure_ids


def _admits(actor: Actor, purpose: Purpose) -> bool:
    if actor.profession_code == "331":
        return purpose.value == "administratif"
    if actor.profession_code == "330":
        return purpose.value in {"coordination", "administratif"}
    return purpose.value in OF_CARE


def _links(world: World, patient: int) -> list[Link]:
    return [
        link
        for link in world.links
        if link.patient == patient
        and link.start <= TODAY
        and (link.end is None or link.end >= TODAY)
        and (link.ended_at is None or link.ended_at > NOW)
    ]


def _people(actor: Actor) -> set[int | None]:
    return {actor.professional_id, *actor.replaces}


def _is_linked(world: World, actor: Actor, patient: int) -> bool:
    for link in _links(world, patient):
        if link.basis == "auteur":
            continue
        if link.professional is not None and link.professional in _people(actor):
            return True
        if link.structure is not None and link.structure in actor.structure_ids:
            return True
    return _has_consented(world, actor, patient) or _broke_the_glass(world, actor, patient)


def _holds(said: Said) -> bool:
    is_begun = said.since <= NOW
    is_over = said.until is not None and said.until <= NOW
    is_taken_back = said.taken_back_at is not None and said.taken_back_at <= NOW
    return is_begun and not is_over and not is_taken_back


def _is_opposed(world: World, actor: Actor, patient: int) -> bool:
    for wish in world.wishes:
        if wish.patient == patient and _holds(wish):
            if wish.kind == "opposition_tous":
                return True
            if wish.kind == "opposition_personne" and wish.professional == actor.professional_id:
                return True
    return False


def _has_consented(world: World, actor: Actor, patient: int) -> bool:
    for wish in world.wishes:
        if wish.kind == "consentement" and wish.patient == patient and _holds(wish):
            if wish.professional is not None and wish.professional in _people(actor):
                return True
            if wish.structure is not None and wish.structure in actor.structure_ids:
                return True
    return False


def _broke_the_glass(world: World, actor: Actor, patient: int) -> bool:
    return any(
        glass.patient == patient and glass.professional == actor.professional_id and _holds(glass)
        for glass in world.glasses
    )


def _is_marked(world: World, paper: Paper, kind: str) -> bool:
    return any(mark.kind == kind and mark.document == paper.id and _holds(mark) for mark in world.marks)


def _is_confided(world: World, actor: Actor, paper: Paper) -> bool:
    """N: everybody of the team. R: médecin traitant, the author's own structure, whoever was named. V (and what is
    neither): médecin traitant and whoever was named."""
    if paper.confidentiality == "N":
        return True
    for link in _links(world, paper.patient):
        if link.basis == "medecin_traitant" and link.professional in _people(actor):
            return True
    for mark in world.marks:
        is_named = mark.kind == "accord_nominatif" and mark.professional == actor.professional_id
        if is_named and mark.document == paper.id and _holds(mark):
            return True
    return paper.confidentiality == "R" and paper.author in _colleagues(world, actor)


def _colleagues(world: World, actor: Actor) -> set[int]:
    return {
        person
        for person, place, first, last in world.work
        if place in actor.structure_ids and first <= TODAY and (last is None or last >= TODAY)
    }


def _is_oneself(world: World, actor: Actor, patient: int) -> bool:
    own, is_active = world.visitors[actor.visitor_id or 0]
    return is_active and own == patient


def _is_theirs(world: World, actor: Actor, patient: int) -> bool:
    if _is_oneself(world, actor, patient):
        return True
    return any(
        visitor == actor.visitor_id
        and whom == patient
        and first <= TODAY
        and (last is None or last >= TODAY)
        and (ended is None or ended > NOW)
        for visitor, whom, first, last, ended in world.delegations
    )
