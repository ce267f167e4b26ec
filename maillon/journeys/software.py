"""The practice software of somebody who also works in Maillon: the digital referent registers it on their page, once
for a demonstration, and hands its secret over."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import urlsplit

from maillon.demo.loading import REFERENT
from maillon.journeys.world import World
from maillon.scenarios.api import definition
from simulators.journeys.browser import Page, PageError
from simulators.journeys.software import SCOPES

WHO: Final = "logiciel"
PLACE: Final = "/referent/logiciels"


def equip(world: World, actor: definition.Actor) -> None:
    """Nothing to do when the software has what it needs. Raises PageError with the refusal."""
    kept = world.outside / "acces.json"
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    if actor.personne in known:
        return
    referent = world.browser(REFERENT)
    page = referent.open(PLACE)
    house = world.territory.structure(world.professional(actor.personne).structure).name
    page = referent.send(page, PLACE, {
        "logiciel": f"Logiciel métier, {actor.role.lower()} ({actor.personne})", "profession": actor.profession,
        "structure": _option(page, house), "portees": list(SCOPES),
        "raison": "Dépose ce que son utilisateur écrit hors de Maillon",
    })  # fmt: skip
    codes = [each.text_content() for each in page.tree.xpath('//*[@role="status"]//code')]
    if len(codes) != 2:
        raise PageError(f"le logiciel n’a pas été enregistré\u202f: {page.refusal}")
    known[actor.personne] = {"site": world.site, "client_id": codes[0], "secret": codes[1]}
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")


def _option(page: Page, house: str) -> str:
    options = page.tree.xpath('//select[@name="structure"]/option')
    found = [str(each.get("value")) for each in options if " ".join(each.text_content().split()) == house]
    if not found:
        raise PageError(f"{urlsplit(page.address).path} n’offre pas « {house} »")
    return found[0]
