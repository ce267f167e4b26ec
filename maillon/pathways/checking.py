"""What a protocol must be beyond its shape: names that exist, acts within competences, alerts with somebody at the end.

Every fault has a stable code, the line of the file and a French sentence; they are all given at once, for whoever is
writing. `E-PRO-01`: the file is not what its schema says. `E-PRO-02`: it names something that does not exist.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from maillon.kernel import clock, config, content
from maillon.kernel.content import ContentError, Read
from maillon.pathways import reaching, tree
from maillon.pathways.competences import competences
from maillon.pathways.definition import PATIENT, Alert, Guard, Indicator, Protocol, State, Step
from maillon.pathways.guard_names import PLAN_RULES, TEAM_RULES
from maillon.pathways.natures import NATURES
from maillon.professionals import api as professionals
from maillon.questions.api import Kind, Question, SeriesText, parameters_in, reads
from maillon.terminology import api as terminology

FOLDER: Final = config.CONTENT / "protocoles"
STILL_FRESH: Final = 5  # years after which a text must be said to hold still
CLIMBS: Final = ("remplacant", "coordination")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    line: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What was made of a text: the protocol, if it has the shape of one, and everything that is wrong with it."""

    protocol: Protocol | None
    faults: tuple[Fault, ...]


def look_at(text: str, name: str) -> LookedAt:
    """For who is writing: all that is wrong, at once."""
    try:
        read = content.read_whole(text, Protocol, name)
    except ContentError as error:
        line, message = _place_of(str(error), name)
        return LookedAt(None, (Fault(line, "E-PRO-01", message),))
    return LookedAt(read.value, tuple(sorted({*_faults(read)})))


@functools.lru_cache(maxsize=500)
def parsed(text: str) -> Protocol:
    """The text of a version that was checked in its day. Time alone finds no fault with it: a running plan needs it."""
    return content.read_text(text, Protocol, "version")


def read_protocol(text: str, name: str) -> Protocol:
    """The protocol, whole and right. Raises ContentError with every fault."""
    found = look_at(text, name)
    if found.protocol is None or found.faults:
        said = [f"{name}, ligne {fault.line} : {fault.code}, {fault.message}" for fault in found.faults]
        raise ContentError("\n".join(said))
    return found.protocol


def read_file(path: Path) -> Protocol:
    return read_protocol(path.read_text(encoding="utf-8"), path.name)


@functools.cache
def models() -> dict[str, Protocol]:
    """The library: every protocol that is shipped, by its code."""
    read = (read_file(path) for path in sorted(FOLDER.glob("*.yaml")))
    return {protocol.code: protocol for protocol in read}


def _place_of(said: str, name: str) -> tuple[int, str]:
    """« fichier, ligne 12 : ce qui ne va pas. » as (12, « ce qui ne va pas. »)."""
    head, _, message = said.removeprefix(f"{name}, ligne ").partition(" : ")
    return (int(head), message) if head.isdigit() else (1, said)


def _faults(read: Read[Protocol]) -> Iterator[Fault]:
    for check in (
        *(_unique, _names, _questions, _states, _steps, _alerts, _indicators, _objectives, _readings, _tree, _team),
        _nature,
    ):
        yield from check(read)


def _fault(read: Read[Protocol], record: Any, key: str, message: str, code: str = "E-PRO-02") -> Fault:
    return Fault(read.line_of(record, key), code, message)


# ------------------------------------------------------------------------------------------------ names


def _unique(read: Read[Protocol]) -> Iterator[Fault]:
    protocol = read.value
    lists: tuple[tuple[tuple[Any, ...], str], ...] = (
        (protocol.etapes, "id"), (protocol.alertes, "id"), (protocol.indicateurs, "id"), (protocol.tableaux, "id"),
        (protocol.arbre, "id"), (protocol.parametres, "nom"), (protocol.dates, "nom"), (protocol.etats, "nom"),
        (protocol.competences, "code"), (protocol.seances, "id"), (protocol.rapports, "nom"),
    )  # fmt: skip
    for records, key in lists:
        seen: set[str] = set()
        for record in records:
            name = getattr(record, key)
            if name in seen:
                yield _fault(read, record, key, f"« {name} » est nommé deux fois.")
            seen.add(name)
    steps, dates = {step.id for step in protocol.etapes}, {date.nom for date in protocol.dates}
    states = {state.nom for state in protocol.etats}
    for name in sorted(steps & dates | steps & states | dates & states | {"inclusion"} & (steps | dates | states)):
        yield Fault(1, "E-PRO-02", f"« {name} » nomme deux choses (étape, date, état ou « inclusion »).")


def _names(read: Read[Protocol]) -> Iterator[Fault]:
    """Professions, tables, named things."""
    protocol = read.value
    known = professionals.PROFESSIONS
    for place, key, named in _professions(protocol):
        for code in named:
            if code not in known and not (key == "qui" and code == PATIENT):
                yield _fault(read, place, key, f"la profession « {code} » est inconnue.")
    tables = {table.id for table in protocol.tableaux}
    showing: tuple[Step | Alert, ...] = (*protocol.etapes, *protocol.alertes)
    for each in showing:
        if each.tableau and each.tableau not in tables:
            yield _fault(read, each, "tableau", f"le tableau « {each.tableau} » n’est pas dans le protocole.")
    for table in protocol.tableaux:
        for row in table.lignes:
            if len(row.cellules) != len(table.colonnes):
                yield _fault(read, row, "cellules", f"{len(table.colonnes)} cellules attendues, comme les colonnes.")


def _professions(protocol: Protocol) -> Iterator[tuple[Any, str, tuple[str, ...]]]:
    yield protocol, "professions", protocol.professions
    for step in protocol.etapes:
        yield step, "qui", step.qui
    for alert in protocol.alertes:
        yield alert, "prevenir", (alert.prevenir,) if alert.prevenir else ()
        yield alert, "aussi", alert.aussi
        for climb in alert.escalade:
            yield climb, "vers", () if climb.vers in CLIMBS else (climb.vers,)
    for parameter in protocol.parametres:
        yield parameter, "par", (parameter.par,)
    for role in protocol.equipe.roles if protocol.equipe else ():
        yield role, "professions", role.professions
    for act in protocol.actes_derogatoires:
        yield act, "profession_habituelle", (act.profession_habituelle,)
        yield act, "profession_deleguee", (act.profession_deleguee,)


def _questions(read: Read[Protocol]) -> Iterator[Fault]:
    """The targets, steps and document types that questions name."""
    protocol = read.value
    targets = {parameter.nom for parameter in protocol.parametres}
    steps = {step.id for step in protocol.etapes} | {state.nom for state in protocol.etats} | {"inclusion"}
    for record, key, asked in _asked(protocol):
        for name in sorted(parameters_in(asked) - targets):
            yield _fault(read, record, key, f"la cible « {name} » n’est pas dans les paramètres.")
        for kind, code in sorted(reads(asked)):
            if code.endswith("*"):
                continue
            if kind is Kind.STEP and code not in steps:
                yield _fault(read, record, key, f"l’étape « {code} » n’existe pas.")
            if kind is Kind.SENDING:
                yield from _sending(read, record, key, code)
            if kind is Kind.DOCUMENT and code not in terminology.known_types():
                yield _fault(read, record, key, f"le type de document « {code} » n’est pas national (JDV_J07).")


def _sending(read: Read[Protocol], record: Any, key: str, said: str) -> Iterator[Fault]:
    code, _, channel = said.partition("/")
    if code not in terminology.known_types() or channel not in reaching.CHANNELS:
        expected = ", ".join(reaching.CHANNELS)
        yield _fault(read, record, key, f"un envoi se dit « type/destinataire » ; destinataires : {expected}.")


def read_by(protocol: Protocol) -> frozenset[tuple[Kind, str]]:
    """Everything that its questions read."""
    return frozenset(each for _, _, asked in _asked(protocol) for each in reads(asked))


def _asked(record: Any) -> Iterator[tuple[Any, str, Any]]:
    """Every question of the protocol, with the record and the key that hold it."""
    for each in dataclasses.fields(record):
        value = getattr(record, each.name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Question):
                yield record, each.name, one.asked
            elif isinstance(one, SeriesText):
                yield record, each.name, one.series
            elif dataclasses.is_dataclass(one):
                yield from _asked(one)


# ------------------------------------------------------------------------------------------------ states, steps


def _states(read: Read[Protocol]) -> Iterator[Fault]:
    protocol = read.value
    states = {state.nom: state for state in protocol.etats}
    kinds = [state.genre for state in protocol.etats]
    if "actif" not in kinds or "fin" not in kinds:
        yield _fault(read, protocol, "etats", "il faut au moins un état « actif » et un état « fin ».")
    for state in protocol.etats:
        for name in (*state.vers, *(name for guard in state.exige for name in guard.de)):
            if name not in states:
                yield _fault(read, state, "vers", f"l’état « {name} » n’existe pas.")
        if state.genre == "fin" and state.vers:
            yield _fault(read, state, "vers", "un état de fin ne mène nulle part.")
    reached, left = set(), [protocol.etats[0].nom] if protocol.etats else []
    while left:
        name = left.pop()
        if name not in reached and name in states:
            reached.add(name)
            left += states[name].vers
    for name in sorted(set(states) - reached):
        yield _fault(read, states[name], "nom", f"l’état « {name} » n’est jamais atteint.")
    guarded: tuple[State | Step, ...] = (*protocol.etats, *protocol.etapes)
    for guard in (guard for each in guarded for guard in each.exige):
        yield from _guard(read, guard)


def _guard(read: Read[Protocol], guard: Guard) -> Iterator[Fault]:
    if (guard.si is None) == (not guard.regle):
        yield _fault(read, guard, "", "une exigence a soit une question (si), soit une règle (regle).")
    if guard.regle and guard.regle not in PLAN_RULES:
        known = ", ".join(PLAN_RULES)
        yield _fault(read, guard, "regle", f"la règle « {guard.regle} » est inconnue ; sont connues : {known}.")


def _steps(read: Read[Protocol]) -> Iterator[Fault]:
    protocol = read.value
    origins = {"inclusion", *(date.nom for date in protocol.dates), *(state.nom for state in protocol.etats)}
    origins |= {step.id for step in protocol.etapes}
    for step in protocol.etapes:
        if not step.qui:
            yield _fault(read, step, "qui", "il faut dire qui fait cette étape.")
        for code in step.qui:
            if code in professionals.PROFESSIONS and code not in protocol.professions:
                yield _fault(read, step, "qui", f"« {code} » n’est pas dans les professions du protocole.")
        when = step.quand
        if when.depuis not in origins or when.depuis == step.id:
            yield _fault(read, when, "depuis", f"« {when.depuis} » n’est ni « inclusion », ni une date, un état ou "
                                               "une autre étape du protocole.")  # fmt: skip
        if when.tous_les and len(when.a) > 1:
            yield _fault(read, when, "a", "une étape qui revient a un seul début (a).")
        if when.sauf and when.tous_les is None:
            yield _fault(read, when, "sauf", "« sauf » change le rythme d’une étape qui revient (tous_les).")
        if when.tous_les and when.tous_les.count <= 0:
            yield _fault(read, when, "tous_les", "le rythme est d’au moins un jour.")
        yield from _competence(read, step)


def _competence(read: Read[Protocol], step: Step) -> Iterator[Fault]:
    """A task outside the competence of a profession belongs to a cooperation protocol, and says so."""
    if not step.acte:
        return
    act = competences().act(step.acte)
    if act is None:
        known = ", ".join(each.code for each in competences().actes)
        yield _fault(read, step, "acte", f"l’acte « {step.acte} » est inconnu ; sont connus : {known}.")
        return
    delegated = _delegated(read.value)
    for code in step.qui:
        if code not in act.professions and code != PATIENT and (step.acte, code) not in delegated:
            name = professionals.PROFESSIONS.get(code, code)
            yield _fault(
                read, step, "qui",
                f"« {act.libelle} » n’est pas de la compétence de : {name} ({act.reference}). "
                "Confiez l’étape à une autre profession, ou écrivez un protocole de coopération.",
                "E-PPSPR-03",
            )  # fmt: skip


def _delegated(protocol: Protocol) -> set[tuple[str, str]]:
    if not NATURES[protocol.nature].may_delegate:
        return set()
    return {(act.acte, act.profession_deleguee) for act in protocol.actes_derogatoires}


# ------------------------------------------------------------------------------------------------ alerts, indicators


def _alerts(read: Read[Protocol]) -> Iterator[Fault]:
    for alert in read.value.alertes:
        if not alert.prevenir or alert.delai is None:
            missing = " et ".join(
                word for word, is_there in (("qui prévenir", alert.prevenir), ("sous quel délai", alert.delai))
                if not is_there
            )  # fmt: skip
            yield _fault(read, alert, "", f"l’alerte « {alert.id} » ne dit pas {missing}.", "E-PPSPR-06")
        if alert.delai is not None and alert.delai.count < 0:
            yield _fault(read, alert, "delai", "le délai d’une alerte est à venir.", "E-PPSPR-06")


_NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "proportion": ("denominateur", "numerateur"),
    "taux": ("serie",),
    "delai": ("serie", "vers"),
    "ttr": ("serie", "bornes"),
    "etapes": ("etape", "sous"),
    "alertes": ("alerte", "sous"),
}


def _indicators(read: Read[Protocol]) -> Iterator[Fault]:
    protocol = read.value
    for each in protocol.indicateurs:
        for key in _NEEDED[each.genre]:
            if not getattr(each, key):
                code = "E-PPSPR-10" if key in ("denominateur", "serie", "etape", "alerte") else "E-PRO-02"
                about = "son dénominateur n’est pas défini" if code == "E-PPSPR-10" else "il est incomplet"
                yield _fault(read, each, "", f"l’indicateur « {each.id} » ne dit pas « {key} » : {about}.", code)
        if each.etape and protocol.step(each.etape) is None:
            yield _fault(read, each, "etape", f"l’étape « {each.etape} » n’existe pas.")
        if each.alerte and protocol.alert(each.alerte) is None:
            yield _fault(read, each, "alerte", f"l’alerte « {each.alerte} » n’existe pas.")
        if each.effectif_min < 1:
            yield _fault(read, each, "effectif_min", "l’effectif minimal est de 1 au moins.")
        yield from _bounds(read, each)
    for report in protocol.rapports:
        for name in report.indicateurs:
            if protocol.indicator(name) is None:
                yield _fault(read, report, "indicateurs", f"l’indicateur « {name} » n’existe pas.")


def _bounds(read: Read[Protocol], each: Indicator) -> Iterator[Fault]:
    if each.genre != "ttr" or not each.bornes:
        return
    if len(each.bornes) != 2:
        yield _fault(read, each, "bornes", "il faut deux bornes, la basse et la haute.")
    for bound in each.bornes:
        if not bound.replace(".", "", 1).isdigit() and read.value.parameter(bound) is None:
            yield _fault(read, each, "bornes", f"« {bound} » n’est ni un nombre ni un paramètre du protocole.")


def _objectives(read: Read[Protocol]) -> Iterator[Fault]:
    protocol = read.value
    if not protocol.objectifs:
        yield _fault(read, protocol, "objectifs", "il faut un objectif mesurable.", "E-PPSPR-02")
    for objective in protocol.objectifs:
        missing = [name for name in objective.indicateurs if protocol.indicator(name) is None]
        if not objective.indicateurs or missing:
            about = f"« {missing[0]} » n’existe pas" if missing else "aucun indicateur ne le mesure"
            yield _fault(read, objective, "", f"l’objectif « {objective.dire} » n’est pas mesurable : {about}.",
                         "E-PPSPR-02")  # fmt: skip
    measured = {each.categorie for each in protocol.indicateurs}
    lacking = [name for name in ("couverture", "processus", "résultat") if name not in measured]
    if NATURES[protocol.nature].measures_all and lacking:
        yield _fault(read, protocol, "indicateurs", f"il manque un indicateur de {', de '.join(lacking)}.",
                     "E-PPSPR-02")  # fmt: skip


def _readings(read: Read[Protocol]) -> Iterator[Fault]:
    protocol = read.value
    if not protocol.bibliographie:
        yield _fault(read, protocol, "bibliographie", "il faut au moins une référence datée.", "E-PPSPR-07")
    today = clock.today()
    oldest = dt.date(today.year - STILL_FRESH, today.month, min(today.day, 28))
    for reading in protocol.bibliographie:
        if reading.date < oldest and not reading.maintenue:
            yield _fault(
                read, reading, "date",
                f"« {reading.titre} » a plus de cinq ans : dites pourquoi il vaut encore (maintenue).", "E-PPSPR-07",
            )  # fmt: skip


def _tree(read: Read[Protocol]) -> Iterator[Fault]:
    for node, message in tree.faults(read.value.arbre):
        yield _fault(read, node, "id", message)


def _team(read: Read[Protocol]) -> Iterator[Fault]:
    team = read.value.equipe
    for rule in team.regles if team else ():
        if rule.regle not in TEAM_RULES:
            known = ", ".join(TEAM_RULES)
            yield _fault(read, rule, "regle", f"la règle « {rule.regle} » est inconnue ; sont connues : {known}.")


def _nature(read: Read[Protocol]) -> Iterator[Fault]:
    protocol = read.value
    sheet = NATURES[protocol.nature]
    for key, code in sheet.needs:
        if not getattr(protocol, key):
            yield _fault(read, protocol, "nature", f"{sheet.label} : « {key} » est à remplir.", code)
    lacking = [name for name in sheet.states if name not in {state.nom for state in protocol.etats}]
    if lacking:
        yield _fault(read, protocol, "etats", f"{sheet.label} : états manquants : {', '.join(lacking)}.")
    if protocol.actes_derogatoires and not sheet.may_delegate:
        yield _fault(read, protocol, "actes_derogatoires",
                     "seul un protocole de coopération délègue des actes.", "E-PPSPR-03")  # fmt: skip
    missing = [code for code in protocol.professions if protocol.professions.count(code) > 1]
    if not protocol.professions or missing:
        yield _fault(read, protocol, "professions", "les professions sont nommées, chacune une fois.")


