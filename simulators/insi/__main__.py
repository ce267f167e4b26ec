"""`python -m simulators.insi --dossier D`: the teleservice of identities on the loopback, until SIGTERM.

D holds `reglages.json` ({"people": [{"matricule", "oid", "family", "given", "given_names", "birth_date", "sex",
"birth_place"}]}); it receives `insi.json` (address, authority, certificate of the structure).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from cryptography import x509

from maillon.formats import insi
from maillon.formats.refusal import Refused
from maillon.formats.xds import soap, vihf
from maillon.formats.xds.mtom import read_message
from simulators import certificates, teleservice
from simulators.dmp.national import present

SOAP = "application/soap+xml; charset=UTF-8"
REQUIRED = ("identifiantFacturation", "gipProfessionCode")
PHYSICIAN = "10"


class Teleservice:
    def __init__(self, people: list[insi.Individual], trusted: list[x509.Certificate]) -> None:
        self.people, self.trusted = people, trusted

    def answer(self, content_type: str, body: bytes) -> teleservice.Answer:
        relates_to = ""
        try:
            envelope = soap.read_envelope(read_message(content_type, body).xml)
            relates_to = envelope.message_id
            self._admit(envelope)
            traits, matricule, oid = insi.read_question(envelope.body)
        except vihf.BadAssertion as error:
            return 400, SOAP, soap.write_fault("siram_40", str(error), relates_to=relates_to)
        except (Refused, soap.Fault) as error:
            return 400, SOAP, soap.write_fault("siram_20", str(error), relates_to=relates_to)
        found = self._verified(traits, matricule, oid) if matricule else self._searched(traits)
        written = soap.write_envelope(
            insi.write_answer(found), action=f"{envelope.action}Response", relates_to=relates_to
        )
        return 200, SOAP, written

    def _admit(self, envelope: soap.Envelope) -> None:
        if envelope.assertion is None:
            raise vihf.BadAssertion("La demande ne porte pas d’assertion.")
        who = vihf.check_vihf(envelope.assertion, self.trusted, at=present())
        others = dict(who.others)
        if who.resource != "urn:insi" or not all(others.get(name) for name in REQUIRED):
            raise vihf.BadAssertion("Il manque à l’assertion ce que le téléservice demande.")
        if others["gipProfessionCode"] == PHYSICIAN and not others.get("codeSpecialite"):
            raise vihf.BadAssertion("Le code de spécialité est obligatoire pour un médecin.")

    def _searched(self, traits: insi.Traits) -> insi.Answer:
        found = [each for each in self.people if _is_like(each, traits)]
        if not found:
            return insi.Answer(code=insi.NONE, label="Aucune identité trouvée")
        if len(found) > 1:
            return insi.Answer(code=insi.SEVERAL, label="Plusieurs identités trouvées")
        return insi.Answer(code=insi.FOUND, label="OK", individual=found[0])

    def _verified(self, traits: insi.Traits, matricule: str, oid: str) -> insi.Answer:
        same = any(
            (each.matricule, each.oid) == (matricule, oid) and _is_like(each, traits) for each in self.people
        )
        return insi.Answer(code=insi.FOUND, label="OK", is_confirmed=same)


def _is_like(person: insi.Individual, traits: insi.Traits) -> bool:
    """Every trait; the given name may be any of the list's beginning; a place that is not said is not compared."""
    given = insi.admitted(person.given_names)
    return (
        insi.admitted(person.family) == traits.family
        and (insi.admitted(person.given) == traits.given or f"{given} ".startswith(f"{traits.given} "))
        and (person.birth_date, person.sex) == (traits.birth_date, traits.sex)
        and (not traits.birth_place or person.birth_place == traits.birth_place)
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.insi",
        description="Le téléservice INSi de démonstration, sur la boucle locale\u202f: recherche et vérification.",
        epilog="Le dossier contient reglages.json et reçoit insi.json.",
    )
    parser.add_argument("--dossier", type=Path, required=True, help="dossier du simulateur")
    parser.add_argument("--port", type=int, default=0, help="port (0 : un port libre)")
    options = parser.parse_args(arguments)
    folder: Path = options.dossier
    files = certificates.ensure(folder / "certificats", now=present())
    said = json.loads((folder / "reglages.json").read_text(encoding="utf-8"))
    people = [
        insi.Individual(**each | {"birth_date": dt.date.fromisoformat(each["birth_date"])}) for each in said["people"]
    ]
    service = Teleservice(people, certificates.trusted(files))

    def answering(method: str, target: str, headers: Mapping[str, str], body: bytes) -> teleservice.Answer:
        return service.answer(headers.get("Content-Type", ""), body)

    server = teleservice.serve(answering, certificates.server_context(files), port=options.port)
    teleservice.run(
        server, announced=folder / "insi.json", authority=str(files.authority), structure=str(files.structure)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
