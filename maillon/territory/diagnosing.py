"""The connection of a structure, checked from the server: each line, how it is, and what to do. No patient is read.

What only the browser knows (its clock, its cookies) the page checks itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

from maillon.exchange import api as exchange
from maillon.kernel import clock, periodic
from maillon.kernel.key import Actor
from maillon.territory.models import Deployment
from maillon.territory.steering import structure_of

State = Literal["bon", "attention", "panne", "absent"]
QUIET: Final = dt.timedelta(minutes=10)
BLOCKED: Final = dt.timedelta(hours=1)
SOON: Final = dt.timedelta(days=30)
SILENT_DAYS: Final = 5  # working days: a week, well before the stage falls back (content/territoire/etapes.yaml)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    title: str
    state: State
    said: str
    to_do: str = ""


def checks(actor: Actor) -> tuple[Check, ...]:
    """For whoever is signed in: their own structure's lines, and those of the installation."""
    return (_worker(), *_mailboxes(actor), _provider(), _dmp(), _certificate(), *_deposits(actor))


def report(found: tuple[Check, ...]) -> str:
    """To be pasted in a ticket; the page adds what the browser says."""
    lines = [f"Diagnostic Maillon, {clock.in_paris(clock.wall()):%d/%m/%Y %H:%M:%S} (heure du serveur)"]
    lines += [f"[{each.state}] {each.title}\u202f: {each.said}" for each in found]
    return "\n".join(lines)


def _worker() -> Check:
    last = periodic.last_begun()
    if last is None:
        return Check(
            title="Facteur", state="panne", said="Aucun signe de vie.",
            to_do="Demandez à votre administrateur de démarrer le facteur\u202f: rien ne part ni n’arrive sans lui.",
        )  # fmt: skip
    told = _ago(last, clock.wall())  # as the worker signs
    if clock.wall() - last > QUIET:
        return Check(
            title="Facteur", state="panne", said=f"Dernier signe de vie {told}.",
            to_do="Demandez à votre administrateur de redémarrer le facteur\u202f: ce qui est en attente repartira.",
        )  # fmt: skip
    return Check(title="Facteur", state="bon", said=f"Dernier signe de vie {told}.")


def _mailboxes(actor: Actor) -> list[Check]:
    boxes = exchange.mailbox_status(actor) if actor.kind == "professional" else []
    if not boxes:
        return [
            Check(
                title="Messagerie sécurisée", state="absent", said="Aucune boîte n’est relevée pour votre structure.",
                to_do="Demandez à votre opérateur une boîte MSSanté, puis à votre administrateur de l’inscrire.",
            )
        ]  # fmt: skip
    found = []
    for box in boxes:
        found.append(_collecting(box.address, box.last_collected_at, box.last_error, is_active=box.is_active))
        found += [_leaving(box.address, box.leaving_since)] if box.is_active else []
    return found


def _collecting(address: str, last: dt.datetime | None, error: str, *, is_active: bool) -> Check:
    title = f"Boîte {address}"
    if not is_active:
        return Check(title=title, state="absent", said="La relève est arrêtée.", to_do="Faites-la reprendre.")
    if error or last is None:
        return Check(
            title=title, state="panne", said="La relève échoue." if error else "Jamais relevée.",
            to_do="Vérifiez le mot de passe de la boîte et l’adresse de l’opérateur avec votre administrateur.",
        )  # fmt: skip
    if clock.now() - last > QUIET:
        return Check(
            title=title, state="attention", said=f"Relevée {_ago(last, clock.now())}.",
            to_do="L’opérateur ne répond peut-être plus, ou le facteur est arrêté.",
        )  # fmt: skip
    return Check(title=title, state="bon", said=f"Relevée {_ago(last, clock.now())}.")


def _leaving(address: str, since: dt.datetime | None) -> Check:
    """By the mail that waits: collecting may go well while nothing leaves."""
    title = f"Départs de {address}"
    if since is None:
        return Check(title=title, state="bon", said="Aucun message n’attend de partir.")
    told = f"Le plus ancien message attend de partir, demandé {_ago(since, clock.now())}."
    waited = clock.now() - since
    if waited <= QUIET:
        return Check(title=title, state="bon", said=told)
    return Check(
        title=title, state="panne" if waited > BLOCKED else "attention", said=told,
        to_do="L’opérateur ne le prend pas\u202f: vérifiez avec votre administrateur l’adresse d’envoi (SMTP), son "
        "port et le mot de passe de la boîte. Le message repart de lui-même dès qu’elle répond.",
    )  # fmt: skip


def _provider() -> Check:
    if not exchange.psc.is_plugged():
        return Check(
            title="Pro Santé Connect", state="absent", said="Non branché\u202f: on entre par clé d’accès ou par code.",
        )  # fmt: skip
    if not exchange.psc.answers():
        return Check(
            title="Pro Santé Connect", state="panne", said="Ne répond pas.",
            to_do="Connectez-vous par clé d’accès ou par code\u202f; réessayez plus tard.",
        )  # fmt: skip
    return Check(title="Pro Santé Connect", state="bon", said="Répond.")


def _dmp() -> Check:
    if not exchange.dmp.is_plugged():
        return Check(
            title="Ligne du DMP", state="absent", said="Aucune ligne n’est branchée.",
            to_do="Demandez à votre administrateur de la régler\u202f: sans elle, rien n’est déposé.",
        )  # fmt: skip
    which = "Branchée sur un simulateur" if exchange.dmp.is_simulated() else "Branchée"
    if not exchange.dmp.answers():
        return Check(
            title="Ligne du DMP", state="panne", said=f"{which}, elle ne s’ouvre pas.",
            to_do="Les dépôts attendent et repartiront d’eux-mêmes\u202f; si cela dure, demandez à votre "
            "administrateur de vérifier l’adresse, le réseau et le certificat.",
        )  # fmt: skip
    return Check(title="Ligne du DMP", state="bon", said=f"{which}, elle répond.")


def _certificate() -> Check:
    title = "Certificat de la structure"
    if not exchange.dmp.is_plugged():
        return Check(title=title, state="absent", said="Sans objet tant que la ligne du DMP n’est pas branchée.")
    until = exchange.dmp.certificate_until()
    renew = "Commandez-en un autre à l’ANS et remettez-le à votre administrateur."
    if until is None:
        return Check(title=title, state="panne", said="Illisible, ou absent.", to_do=renew)
    if until <= clock.wall():
        return Check(title=title, state="panne", said=f"Expiré le {clock.in_paris(until):%d/%m/%Y}.", to_do=renew)
    state: State = "attention" if until - clock.wall() < SOON else "bon"
    said = f"Valable jusqu’au {clock.in_paris(until):%d/%m/%Y}."
    return Check(title=title, state=state, said=said, to_do=renew if state != "bon" else "")


def _deposits(actor: Actor) -> list[Check]:
    """What the territory sees of the structure's deposits."""
    row = Deployment.objects.filter(structure_id=structure_of(actor) or 0).first()
    if row is None or row.last_fed_on is None:
        return []
    state: State = "bon" if row.silent_days < SILENT_DAYS else "attention"
    to_do = "" if state == "bon" else "Déposez un document et vérifiez qu’il apparaît\u202f; sinon, ouvrez un ticket."
    return [
        Check(title="Dernier dépôt", state=state, said=f"Le {row.last_fed_on:%d/%m/%Y}.", to_do=to_do)
    ]  # fmt: skip


def _ago(moment: dt.datetime, now: dt.datetime) -> str:
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < 90:
        return f"il y a {seconds}\u202fs"
    if seconds < 7200:
        return f"il y a {seconds // 60}\u202fmin"
    return f"le {clock.in_paris(moment):%d/%m/%Y à %H h %M}"
