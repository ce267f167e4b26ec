"""What is asked of every address: each converter has its values, each field its plausible ones, each header its lies.

A converter or a field that is not declared here fails tests/seep/test_coverage.py, by its name.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver

from maillon import urls
from maillon.access.models import (
    Account,
    BreakGlass,
    CareTeamMembership,
    Delegation,
    JournalEntry,
    OddAccess,
    PartnerClient,
    Replacement,
    Session,
    Wish,
)
from maillon.charter.models import Version
from maillon.evaluations.models import Action, Campaign, Evaluation
from maillon.exchange.dmp.rows import DmpEntry
from maillon.exchange.insi.rows import InsiCall
from maillon.exchange.models import ReceivedDocument
from maillon.exchange.outgoing.models import MailboxDelegation, Sending
from maillon.fhir_api.models import ClaimedTrace, PublishedList
from maillon.fielddays.models import FieldDay
from maillon.forms.models import Response
from maillon.irritants.models import Irritant
from maillon.kernel import opaque
from maillon.noticed.models import Notice
from maillon.pathways.models import DelegatedAct, EducationSession, Goal, Plan, ProtocolComment, ProtocolVersion
from maillon.portability.models import ArrivalArchive, Departure
from maillon.professionals.models import Professional, Structure
from maillon.record.models import Observation
from maillon.tasks.models import Task
from maillon.territory.models import Attendance as Expected
from maillon.territory.models import Information, Ticket, Visit
from maillon.territory.models import Session as Training
from maillon.writing.models import Draft
from tests.seep import asked_of_software
from tests.seep.answers import Ask
from tests.seep.sight import Sight, viewer_of
from tests.seep.worlds import ABSENT, Person, World

ROOT = Path(__file__).resolve().parents[2]
CONVERTER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


Pool = Callable[[World, Person], list[str]]


@dataclass
class Things:
    """What there is to name, by converter; `new` are those that only one of the twins holds."""

    values: dict[str, list[str]] = field(default_factory=dict)
    new: dict[str, list[str]] = field(default_factory=dict)

    def of(self, name: str) -> list[str]:
        return [*self.values.get(name, [str(ABSENT)]), *self.new.get(name, [])]

    @functools.cached_property
    def plausible(self) -> tuple[tuple[str, str], ...]:
        """Every field with its first value: made once, as the asks that share it are tens of thousands."""
        return tuple((name, values(self)[0]) for name, values in FIELDS.items())


def _rows(model: Any, column: str = "uuid", *, most: int = 8) -> Pool:
    """Some of what is kept, whoever may see it, and one that is nowhere."""
    absent = [str(ABSENT)] if column == "uuid" else ["1", "999999999"]

    def values(world: World, person: Person) -> list[str]:
        return [*map(str, model.objects.order_by("pk").values_list(column, flat=True)[:most]), *absent]

    return values


def _opaque(kind: str, model: Any) -> list[str]:
    return [opaque.hide(kind, str(number)) for number in model.objects.order_by("pk").values_list("pk", flat=True)[:12]]


def _claims() -> list[str]:
    return [str(each) for each in ClaimedTrace.objects.values_list("uuid", flat=True)]


def _uuids(known: Mapping[str, Any]) -> list[str]:
    return [str(each.uuid) for each in known.values()]


def _sessions(world: World, person: Person) -> list[str]:
    own = Session.objects.filter(account_id=person.actor.account_id).values_list("pk", flat=True)
    others = Session.objects.exclude(account_id=person.actor.account_id).values_list("pk", flat=True)
    return [*map(str, own), *map(str, others[:2]), "999999999"]


# Every converter of an address. What a person sees is named more often: a page says more than its absence.
POOLS: dict[str, Pool] = {
    "patient": lambda world, person: [*_seen(world, person), *_uuids(world.patients), str(ABSENT)],
    "document": lambda world, person: [*_read(world, person), *_uuids(world.documents), str(ABSENT)],
    "task": _rows(Task, most=12),
    "received": _rows(ReceivedDocument),
    "sending": _rows(Sending),
    "given": _rows(MailboxDelegation),
    "draft": _rows(Draft),
    "response": _rows(Response),
    "form": lambda world, person: ["PADSS", "ABSENT"],
    "shape": lambda world, person: ["fhir", "redcap", "csv", "pdf", "zip", "absent"],
    "index": lambda world, person: ["0", "1", "99"],
    "session": _sessions,
    "account": _rows(Account, "pk"),
    "glass": _rows(BreakGlass, "pk"),
    "passkey": lambda world, person: ["1", "999999999"],
    "membership": _rows(CareTeamMembership, "pk"),
    "member": _rows(CareTeamMembership, "pk"),
    "wish": _rows(Wish, "pk"),
    "plan": _rows(Plan),
    "act": _rows(DelegatedAct),
    "goal": _rows(Goal),
    "protocol": _rows(ProtocolVersion),
    "year": lambda world, person: ["2026", "1999"],
    "delegation": _rows(Delegation, "pk"),
    "replacement": _rows(Replacement, "pk"),
    "professional": _rows(Professional, "pk", most=14),
    "person": _rows(Professional, most=14),
    "number": _rows(Version, "number"),
    "odd": _rows(OddAccess, "pk"),
    "code": lambda world, person: ["identite", "absent"],
    "entry": _rows(DmpEntry),
    "call": _rows(InsiCall),
    "item": lambda world, person: ["allergies", "absent"],
    "step": lambda world, person: ["adopter", "absent"],
    "rank": lambda world, person: ["1", "9"],
    "departure": _rows(Departure),
    "arrival": _rows(ArrivalArchive),
    "demand": lambda world, person: [str(ABSENT), str(ABSENT).replace("dead", "beef")],
    "paper": lambda world, person: POOLS["document"](world, person),
    "secret": lambda world, person: ["faux", "encore-faux"],
    "digest": lambda world, person: ["0", "1"],
    "name": lambda world, person: ["icons.svg", "absent.css"],
    "lot": _rows(PublishedList),
    "place": _rows(Structure),
    "observation": lambda world, person: [*_opaque("Observation", Observation), "00", "1"],
    "trace": lambda world, person: [*_opaque("AuditEvent", JournalEntry), *_claims(), "00"],
    "version": lambda world, person: ["1", "2", "999"],
    "rest": lambda world, person: ["Condition", "Encounter/1", "$everything"],
    "software": _rows(PartnerClient, "client_id"),
    "service": lambda world, person: ["prescription-patient-view", "prescription-order-sign", "absent"],
    "campaign": _rows(Campaign, "number"),
    "former": _rows(Campaign, "number"),
    "action": _rows(Action),
    "evaluation": _rows(Evaluation),
    "irritant": _rows(Irritant),
    "day": _rows(FieldDay),
    "etape": lambda world, person: ["ENT-04", "absente"],
    "scenario": lambda world, person: ["entorse_cheville", "absent"],
    "guest": lambda world, person: ["abcdefghj", "absent"],
    "notice": _rows(Notice),
    "dimension": lambda world, person: ["A1", "1.1", "absent"],
    "grid": lambda world, person: ["maturite-has-2013", "mobile-101", "r1", "absent"],
    "remark": _rows(ProtocolComment),
    "meeting": _rows(EducationSession),
    "kind": lambda world, person: ["annuel", "quadriennal", "absent"],
    "section": lambda world, person: ["identite", "etapes", "absente"],
    "measure": lambda world, person: ["alimentation", "absente"],
    "structure": _rows(Structure),
    "visit": _rows(Visit),
    "training": _rows(Training),
    "attendance": _rows(Expected, "pk"),
    "ticket": _rows(Ticket),
    "information": _rows(Information, "pk"),
}


def things(world: World, person: Person) -> Things:
    """The same for the two twins: what was there before, seen or not, and what is nowhere."""
    return Things(values={name: pool(world, person) for name, pool in POOLS.items()})


def _seen(world: World, person: Person) -> list[str]:
    sight, viewer = Sight(), viewer_of(person)
    return [str(each.uuid) for each in world.patients.values() if sight.opens(viewer, each.id)] * 3


def _read(world: World, person: Person) -> list[str]:
    sight, viewer = Sight(), viewer_of(person)
    return [str(each.uuid) for each in world.documents.values() if sight.reads(viewer, each.id)]


# ------------------------------------------------------------------------------------------------ addresses


def routes() -> list[URLPattern]:
    return list(_flat(urls.urlpatterns))


def _flat(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _flat(each.url_patterns)
        else:
            yield each


def converters(route: URLPattern) -> list[str]:
    return [found["name"] for found in CONVERTER.finditer(str(route.pattern))]


def addresses(route: URLPattern, known: Things) -> Iterator[str]:
    """Each value of the first converter once; the others take theirs in turn."""
    names = converters(route)
    if not names:
        yield f"/{route.pattern}"
        return
    lists = [known.of(name) for name in names]
    longest = max(len(each) for each in lists)
    turns = [itertools.islice(itertools.cycle(each), longest) for each in lists]
    for values in zip(*turns, strict=True):
        given = iter(values)
        yield "/" + CONVERTER.sub(lambda _: next(given), str(route.pattern))  # noqa: B023


# ------------------------------------------------------------------------------------------------ fields

Values = Callable[[Things], list[str]]


def said(*values: str) -> Values:
    return lambda _: list(values)


def named(name: str) -> Values:
    return lambda known: known.of(name)


TYPED = (
    "martin", "marti", "mar", "dur", "per", "mar jea", "dura", "durand", "legr", "car", "rou", "perrin",
    "Jeanne", "martineau jeanne",
    "01021952",
    "14/07/1948", "1950", "45/13/1950", "28003755", "sentinelle", "potassium", "consultation", "omega", "x",
)  # fmt: skip
# Every name that a form of ours sends, with what is tried in it. The first value is the plausible one.
FIELDS: dict[str, Values] = {
    "q": said(*TYPED),
    "suite": said("lu", "/journee", "//ailleurs.test"),
    "commentaire": said("Vu", ""),
    "motif": said("Traits vérifiés", "", "urgence_vitale"),
    "patient": named("patient"),
    "envoyer": said("1", ""),
    "lieu": said("Cabinet du Port"),
    "lire": said("1", ""),
    "metier": said("G15_60", "absent"),
    "ou": said("Valenciennes"),
    "ville": said("Amiens"),
    "vue": said("miens", "tous", "absente", "alertes", "retard"),
    "retour": said("journee", "dossier"),
    "reprendre": said("oui", ""),
    "identifiant": said("claire@demo", "personne@demo"),
    "mot_de_passe": said("Mauvais mot de passe 1"),
    "actuel": said("Mauvais mot de passe 1"),
    "nouveau": said("Un autre mot de passe 2026", ""),
    "encore": said("Un autre mot de passe 2026"),
    "code": said("000000"),
    "contact": said("personne@exemple.fr"),
    "demande": said("1"),
    "dossier": named("patient"),
    "logout_token": said("faux"),
    "nom-cle": said("Téléphone"),
    "partage": said("1", ""),
    "personne": lambda known: [*known.of("account"), *known.of("professional"), "tout"],
    "preuve": said("000000"),
    "qui": said("1", "claire"),
    "structure": said("1", "4"),
    "absent": said("1", "2", "999999999"),
    "acte": said("oppose", "nimporte"),
    "ancien": said("1"),
    "au": said("2026-03-31", "pas une date"),
    "clause": said("identite", "absent"),
    "cles": said("", "{"),
    "confirmation": said("oui", ""),
    "decision": said("masque", "nomme", "invisible", "accorder"),
    "demandeur": said("patient", "tiers"),
    "depuis": said("2026-03-01"),
    "detail": said("Détail"),
    "du": said("2026-03-01"),
    "empreinte": said("0" * 64),
    "fait": said("1"),
    "fichier": said("contenu"),
    "geste": said(
        "inviter", "fermer", "representer", "etat", "cible", "texte", "objectif", "ecart", "retrait", "refus", "fait",
        "contrat", "inscrire", "presence", "quitter", "tenir", "charte",
    ),
    "jusqu_au": said("2026-04-30"),
    "lien": said("equipe_patient", "rendez_vous"),
    "lu": said("1"),
    "moyen": said("oral", "papier"),
    "nature": said("opposition_personne", "consentement", "information", "refus_urgence", "opposition_tous"),
    "numero": said("1", "2"),
    "page": said("1", "999"),
    "phrase": said("trois mots secrets ensemble"),
    "portees": said("system/Patient.read", "faux"),
    "precisions": said("Précisions"),
    "raison": said("Fin de la prise en charge", ""),
    "recue_le": said("2026-03-30"),
    "reglage": said("verrouillage", "allumee"),
    "remplacant": said("1", "5"),
    "reponse": said("accordee", "refusee"),
    "rpps": said("", "899000000045"),
    "sorte": said("acces", "rectification"),
    "titre": said("Un titre"),
    "verification": said("piece_identite"),
    "visiteur": said("1", "2"),
    "texte": said("Malaise dans la rue, perte de conscience brève.", "court"),
    "verdict": said("justifie", "n’importe quoi"),
    # Somebody opened in an emergency is looked for by strict traits, in the whole territory: the one window that the
    # law asks for (CSP L1111-17). What is typed in it here is nobody's; tests/seep/test_enumeration.py looks through.
    "matricule": said("", "279035121518989"),
    "naissance": said("01/01/1901", "45/13/1950"),
    "nom": said("ZOLA"),
    "au_patient": said("oui", ""),
    "autre_adresse": said("personne@ailleurs.mssante.test", "x"),
    "adresse": said("claire.morel@ailleurs.mssante.test"),
    "boite": said("personne@ailleurs.mssante.test", ""),
    "photo": said("contenu"),
    # Writing
    "questionnaire": said("SATISFACTION", "SAT", "absent"),
    "courrier": said("lettre-adressage", "suivi-soins", "absent"),
    "chercher": said("claire", "tilleuls", "x"),
    "destinataire": said("p1", "s1", "p999999999", "x"),
    "element": said("0" * 16, "absent"),
    "quoi": said("lire", "absent"),
    "pour": said("7", "900", "3j", "15m"),
    "restreint": said("oui", ""),
    "revision": said("1", "x"),
    "prenom": said("EMILE"),
    # Protocols
    "genre": said("ppspr", "absente"),
    "bloque": said("oui", ""),
    "ouvert": said("etapes/M1"),
    # Plans
    "accord": said("oui", ""),
    "de": said("patient", "equipe"),
    "etape": said(str(ABSENT), "M1"),
    "etat": said("suspendu", "atteint", "absent"),
    "objectif": said(str(ABSENT), ""),
    "precision": said("Huit jours"),
    "protocole": named("protocol"),
    # Therapeutic education
    "plan": lambda known: [f"{patient}/{plan}" for patient in known.of("patient")[:4] for plan in known.of("plan")[:4]],
    "presence": said("present", "absente"),
    "presence-de": said(str(ABSENT), "x"),
    "appris": said("Reconnaît les signes", ""),
    "modele": said("S1", ""),
    "jour": said("01032026", "32/13/2030"),
    "heure": said("14:00", "x"),
    "animateur": said(str(ABSENT), "x"),
    "exterieur": said("Odile Martin", ""),
    "organisme": said("Association"),
    "observe": said("oui", ""),
    "entreprise": said("", "oui"),
    "signe": said("oui", ""),
    "competence": said("crise", str(ABSENT), ""),
    "seance": named("meeting"),
    "role": said("intervenant", "absent"),
    "le": said("01032026", "32/13/2030"),
    "heures": said("4", "x", "NaN"),
    "membre": said(str(ABSENT), "x"),
    "formateur": said("Un organisme"),
    "reference": said("12345"),
    "declaration": said(str(ABSENT), "x"),
    # The aid to prescription
    "carte": said("allergies-non-renseignees", "absente"),
}
FIELDS |= {  # Evaluations: what is sent is the structure's own, or refused
    "grille": said("maturite-has-2013", "mobile-101", "absent"),
    "echeance": said("31/12/2030", "32/13/2030"),
    "quorum": said("60", "1000"),
    "niveau": said("2", "?", "99"),
    "presents": said("9", "0"),
    "voix": said("5", "9999"),
    "desaccord": said("Un désaccord"),
    "action": said("Écrire la règle", ""),
    "dimension": said("A1", "1.1", "absent"),
    "responsable": lambda known: [*known.of("professional")[:3], "999999999"],
    "moyens": said("Deux heures"),
    "resultat": said("Fait", "fait", "frotte"),
    "restitution": said("Restitué", ""),
    "produit": said("Mon Souffle", ""),
    "version": said("3.2", ""),
    "editeur": said("Éditions du Large"),
    "sert_a": said("Noter les crises"),
    "usage": said("suivi", "absent"),
    "public": said("patients", "absent"),
    "classe": said("", "IIa", "V"),
    "sans_lien": said("oui", ""),
    "motivation": said("Essayée", ""),
    "suivant": said("oui", ""),
    "irritant": said("IR9", "IR99"),
    "piece": said("cni", "permis"),
    "gravite": said("2", "9"),
    "minutes": said("5", "-1"),
    "retour": said("Réglé", ""),
    "transmettre": said("oui", ""),
    "parcours": said("entorse_cheville", "absent"),
    "jour": said("31/12/2030", ""),
    "lieu": said("Salle des fêtes", ""),
    "territoire": said("CPTS du Val", ""),
    "decisions": said("Écrire au laboratoire."),
    "numero": said(str(ABSENT)),
    "note": said("Sans souci."),
    "il_y_a": said("5", "x"),
    "commence_il_y_a": said("9", "x"),
    "acces": said("abcdefghj"),
    "autre": named("irritant"),
    "ecran": said("dossier/<uuid:patient>/resultats", "dossier/autre"),
}
FIELDS |= {  # Cooperation
    "fondement": said("cooperation", "absent"),
    "delegant": said(str(ABSENT), "x"),
    "issue": said("poursuivre", "reprise", "absent"),
    "jours": said("3", "99"),
    "noeud": said("N1", "absent"),
    "survenu": said("01/03/2026", "pas une date"),
    "recit": said("Douleur au retour", ""),
    "evenement": said(str(ABSENT), "x"),
    "causes": said("Examen trop rapide", ""),
    "mesures": said("Relire en équipe", ""),
    "engage": said("01/03/2026", "pas une date"),
    "intitule": said("Formation"),
    "telephone": said("06 00 00 00 00"),
    "piece": said("Attestations de formation", "absente"),
    "signalement": said(str(ABSENT), "x"),
}
FIELDS |= {  # Territory, journeys
    "bassin": said("val", "absent"),
    "cause": said("ins", "absente"),
    "compte_ici": said("oui", ""),
    "compte_rendu": said("Ligne rétablie", ""),
    "depuis_diagnostic": said("1", ""),
    "diagnostic": said("[bon] Horloge"),
    "eligible": said("oui", ""),
    "ligne": said("1", "999999999"),
    "mois": said("2026-02", "2026-13"),
    "pas_a_pas": said("oui", ""),
    "images": said("oui", ""),
    "population": said("42000", "x"),
    "present": said("1", "999999999"),
    "releve": said("finess;jour;fait;document;profession;nombre", ""),
    "variante": said("IR4", "IR99"),
}
# What pages read in their address. Names that an address may bear are declared as those of a form.
QUERIES: tuple[tuple[tuple[str, str], ...], ...] = (
    (("type", "10"), ("profession", "G15_10"), ("nouveau", "1"), ("versions", "1")),
    (("avant", "2026-03-30T00:00:00+00:00/1"), ("anormaux", "1")),
    (("s", "2.16.840.1.113883.6.1"), ("c", "2823-3"), ("l", "")),
    (("s", "2.16.840.1.113883.6.1"), ("c", "718-7"), ("l", "Hémoglobine")),
    (("essai", "0"), ("avec", "modele"), ("ouvrir", "etapes/M1"), ("annee", "2025"), ("noeud", "N1")),
    (("telecharger", ""), ("change", ""), ("suite", "/journee")),
    (("fait", "niveau"), ("presents", "9"), ("acte", "pansement"), ("ecran", "journee"), ("avec", "m-1")),
    (("q", "sentinelle"), ("patient", str(ABSENT)), ("_has", "x"), ("_include", "*"), ("_count", "500")),
)
MASS_ASSIGNMENT = (
    ("is_administrator", "1"), ("is_referent", "1"), ("structure", "1"), ("structure_id", "1"), ("patient_id", "1"),
    ("professional_id", "1"), ("actor", "machine"), ("assurance", "2"), ("uuid", str(ABSENT)), ("id", "1"),
    ("confidentiality", "N"), ("scope", "whole"), ("purpose", "reception"),
)  # fmt: skip
LIES: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (("HX-Request", "true"), ("HX-Target", "page")),
    (("X-HTTP-Method-Override", "DELETE"), ("X-Original-URL", "/a-regler/refuses"), ("X-Rewrite-URL", "/reglages")),
    (("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Host", "testserver"), ("X-Forwarded-Proto", "https")),
    (("X-User", "claire@demo"), ("X-Remote-User", "claire@demo"), ("Authorization", "Bearer machine")),
)

_SENT = re.compile(r"(?:POST|GET)(?:\.get|\.getlist)?[(\[]\s*\"(\w+)\"")
_QUOTED = re.compile(r"\"([\w-]+)\"")
_FORM = re.compile(r"<(?:input|select|textarea|button)\b[^>]*?\bname=\"([\w-]+)\"", re.S)
NOT_FIELDS = {"csrfmiddlewaretoken"}


def names_sent() -> set[str]:
    """Every name that a view reads or that a form bears."""
    web = ROOT / "maillon" / "web"
    read = {name for path in web.rglob("*.py") for name in _SENT.findall(path.read_text())}
    declared = NOT_FIELDS | {name for query in QUERIES for name, _ in query}
    borne = {name for path in (web / "templates").rglob("*.html") for name in _FORM.findall(path.read_text())}
    return (read | borne) - declared


# ------------------------------------------------------------------------------------------------ what is asked


def asks_of(route: URLPattern, known: Things) -> Iterator[Ask]:
    """Read and sent, empty, plausible and forged, under each lie in turn."""
    if str(route.callback.rule).startswith("bearer:"):
        yield from asked_of_software.asks_of(route, known)
        return
    lies = itertools.cycle(LIES)
    queries = itertools.cycle(QUERIES)
    for address in addresses(route, known):
        if _methods(route) != "POST":
            yield Ask(method="GET", path=address, headers=next(lies))
            yield Ask(method="GET", path=address, fields=next(queries))
        if "ANY" in _methods(route) or "POST" in _methods(route):
            yield Ask(method="POST", path=address, headers=next(lies))
            yield Ask(method="POST", path=address, fields=known.plausible, headers=next(lies))
    if "POST" in _methods(route) or "ANY" in _methods(route):
        place = next(addresses(route, known))
        turns = itertools.cycle(addresses(route, known))
        for name in _fields(route):
            rank = _RANKS[name]
            for value in FIELDS[name](known)[1:]:
                fields = (*known.plausible[:rank], (name, value), *known.plausible[rank + 1 :])
                yield Ask(method="POST", path=next(turns), fields=fields)
        yield Ask(method="POST", path=place, fields=known.plausible + MASS_ASSIGNMENT)


_RANKS = {name: rank for rank, name in enumerate(FIELDS)}


@functools.cache
def _fields(route: URLPattern) -> tuple[str, ...]:
    """Those that are named between quotes in the module behind the address: another is not read there."""
    views = [route.callback, *(cell.cell_contents for cell in getattr(route.callback.view, "__closure__", None) or ())]
    sources = [inspect.getsource(inspect.getmodule(each.view)) for each in views if hasattr(each, "view")]
    return tuple(sorted(FIELDS.keys() & set(_QUOTED.findall("\n".join(sources)))))


def _methods(route: URLPattern) -> str:
    return str(getattr(route.callback, "method", "GET"))
