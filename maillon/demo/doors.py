"""The programs around the pages: Pro Santé Connect, everybody's telephone, the national directory."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pyotp

from maillon.access import api as access_room
from maillon.demo.loading import REGULATOR, SECOND_PLACES, SIGN_INS
from maillon.demo.programs import Programs, when_announced
from maillon.kernel import config
from simulators.people import Professional, Territory

CLIENT = "maillon-demonstration"


def start_provider(programs: Programs, *, folder: Path, territory: Territory, port: int) -> None:
    """The simulated provider knows everybody who has an RPPS number, and our pages learn where it is."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pages = [f"http://{host}:{port}" for host in ("127.0.0.1", "localhost")]
    settings = {
        "client_id": CLIENT,
        "client_secret": config.secret("psc"),
        "redirect_uris": [f"{page}/connexion/psc/retour" for page in pages],
        "post_logout_redirect_uris": [f"{page}/connexion" for page in pages],
        "backchannel_logout_uri": f"{pages[0]}/connexion/psc/deconnexion",
        "people": [_told(person, territory) for person in territory.professionals if person.rpps],
    }
    _write(folder / "reglages.json", settings)
    announced = folder / "psc.json"
    announced.unlink(missing_ok=True)
    programs.start("psc", "simulators.psc", "--dossier", str(folder))
    os.environ["MAILLON_PSC_EMETTEUR"] = when_announced(programs, announced)["issuer"]
    os.environ["MAILLON_PSC_CLIENT"] = CLIENT


def start_phone(programs: Programs, *, folder: Path, accounts: dict[str, int]) -> str:
    """The telephone shows the codes of every account; their secrets are drawn at the first run. Gives its address."""
    (folder / "messages").mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / "totp.json"
    known = {each["account"]: each for each in json.loads(kept.read_text(encoding="utf-8"))} if kept.exists() else {}
    shown = []
    for key, who in SIGN_INS:
        secret = known.get(key, {}).get("secret") or pyotp.random_base32()
        if key not in known and key in accounts:
            access_room.factors.set_code_secret(accounts[key], secret)
        shown.append({"name": who.split(",")[0], "account": key, "secret": secret})
    _write(kept, shown)
    announced = folder / "telephone.json"
    announced.unlink(missing_ok=True)
    programs.start("telephone", "simulators.phone", "--dossier", str(folder))
    return str(when_announced(programs, announced)["address"])


def start_sms(programs: Programs, *, folder: Path) -> None:
    """The simulated SMS provider delivers to the telephone; set before the worker starts."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    announced = folder / "sms.json"
    announced.unlink(missing_ok=True)
    token = config.secret("sms")
    programs.start("sms", "simulators.sms", "--dossier", str(folder), "--jeton", token)
    os.environ |= {"MAILLON_SMS_URL": when_announced(programs, announced)["address"], "MAILLON_SMS_JETON": token}


def start_directory(programs: Programs, *, folder: Path) -> None:
    """The simulated Annuaire Santé, which the worker mirrors; set before the worker starts."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    announced = folder / "annuaire.json"
    announced.unlink(missing_ok=True)
    key = config.secret("annuaire")
    programs.start("annuaire", "simulators.annuaire", "--dossier", str(folder), f"--cle={key}")  # it may begin by « - »
    os.environ["MAILLON_ANNUAIRE"] = when_announced(programs, announced)["base"]


def _told(person: Professional, territory: Territory) -> dict[str, Any]:
    """What the directory says of somebody, and the provider after it."""
    places = [person.structure, *([SECOND_PLACES[person.key]] if person.key in SECOND_PLACES else [])]
    houses = [territory.structure(key) for key in places]
    return {
        "national_id": person.national_id,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "civility": person.civility,
        "profession": (person.profession_code or "").partition("_")[2] or "10",
        "shown_name": person.shown_name,
        "role": person.role or person.profession_label,
        "sites": [{"finess": each.finess, "name": each.name, "sector": each.facility_type} for each in houses],
        "is_regulation": person.key == REGULATOR,
    }


def _write(path: Path, value: object) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
