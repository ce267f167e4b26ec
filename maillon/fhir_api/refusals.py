"""What a software may be told when something is refused: a status, a word of FHIR, a stable code, a French sentence.

None of them depends on what the caller may not read.
"""

from __future__ import annotations

from collections.abc import Iterable

from maillon.formats.fhir.outcome import issue, outcome
from maillon.kernel.message import UserMessage


class Refusal(Exception):
    def __init__(self, status: int, kind: str, code: str, sentence: str, *, place: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.body = outcome(issue(kind, code, sentence, place=place))


def not_found() -> Refusal:
    return Refusal(404, "not-found", "E-FHIR-04", "Cette ressource n’existe pas, ou elle ne vous est pas ouverte.")


def unsupported(what: str) -> Refusal:
    return Refusal(404, "not-supported", "E-FHIR-05", f"L’interface ne sert pas {what}. Voir /fhir/metadata.")


def wrong_method(allowed: Iterable[str]) -> Refusal:
    return Refusal(
        405, "not-supported", "E-FHIR-06", f"Cette opération n’est pas admise ici. Admises\u202f: {', '.join(allowed)}."
    )


def not_acceptable() -> Refusal:
    return Refusal(406, "not-supported", "E-FHIR-07", "L’interface ne parle que JSON (application/fhir+json).")


def wrong_body(admitted: str) -> Refusal:
    return Refusal(415, "not-supported", "E-FHIR-08", f"Le corps de la requête est attendu en {admitted}.")


def signed_out() -> Refusal:
    return Refusal(401, "login", "E-FHIR-01", "Présentez un jeton d’accès valable (Authorization\u202f: Bearer).")


def out_of_scope() -> Refusal:
    return Refusal(403, "forbidden", "E-FHIR-02", "Ce jeton n’a pas la portée que demande cette opération.")


def forbidden() -> Refusal:
    return Refusal(403, "forbidden", "E-FHIR-03", "Vous lisez cette ressource, mais ne pouvez pas la modifier ainsi.")


def damaged() -> Refusal:
    return Refusal(
        500, "exception", "E-FHIR-81",
        "Les octets d’un document sont absents ou abîmés\u202f: l’exploitant de l’installation doit les restaurer.",
    )  # fmt: skip


def parameter(code: str, sentence: str, name: str) -> Refusal:
    return Refusal(400, "invalid", code, sentence, place=name)


def of_message(message: UserMessage, status: int = 422) -> Refusal:
    return Refusal(status, "business-rule", message.code, message.message)
