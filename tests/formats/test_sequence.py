"""The drawing of a journey: one column for each actor, one line for each step, well-formed, and told in words."""

from __future__ import annotations

from lxml import etree

from maillon.scenarios import api as scenarios
from maillon.web.journeys import drawing_of

SVG = "{http://www.w3.org/2000/svg}"


def test_every_step_and_every_actor_who_plays_is_drawn() -> None:
    for name in scenarios.library.names():
        scenario = scenarios.library.scenario(name)
        root = etree.fromstring(drawing_of(scenario).encode())
        assert len(root.findall(f".//{SVG}circle")) == len(scenario.etapes)
        said = root.findtext(f"{SVG}desc") or ""
        assert all(step.dire.rstrip(".") in said for step in scenario.etapes)
        texts = " ".join(each.text or "" for each in root.iter(f"{SVG}text"))
        assert all(scenario.acteurs[step.acteur].role.replace("-", " ").split()[0] in texts for step in scenario.etapes)
