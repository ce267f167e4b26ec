"""`maillon parcours`: a journey is played through the real faces, and what rubbed is reported."""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maillon.kernel.message import UserMessage

if TYPE_CHECKING:
    from uuid import UUID

    from maillon.demo.programs import Programs
    from maillon.scenarios.api import report as reports

FAILED, REFUSED = 1, 2
PAUSE = 0.4  # seconds between two looks at the run
GONE = "Le programme qui jouait s’est arrêté\u202f: relancez une démonstration, puis reprenez (--reprendre)."
KINDS = (".json", ".html", ".pdf")


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="jouer un parcours de bout en bout, et en rendre compte",
        description="Joue un fichier de content/parcours par les vraies faces\u202f: pages, messagerie, DMP, INSi. "
        "Ceux qui travaillent ailleurs sont des programmes à part. Sans démonstration en marche, en démarre une.",
        epilog="État 1 si une étape échoue, 2 si le parcours est refusé. Sans nom, la liste des parcours. Avec CDA_KIT "
        "(dossier ou dépôt git du kit officiel), chaque document est aussi contrôlé par le kit.",
    )
    parser.add_argument("nom", nargs="?", help="nom du fichier, sans .yaml")
    parser.add_argument("--variante", default="", metavar="IR1…IR11", help="jouer avec cette panne")
    parser.add_argument("--rapport", action="append", default=[], type=Path, metavar="F.json|F.html|F.pdf")
    parser.add_argument("--pas-a-pas", action="store_true", help="attendre Entrée avant chaque étape")
    parser.add_argument("--reprendre", action="store_true", help="reprendre la dernière exécution inachevée")
    parser.add_argument("--images", action="store_true", help="photographier les écrans pendant le jeu (Chromium)")
    parser.add_argument("--port", type=int, default=8765, help="port des pages, sans démonstration en marche (8765)")
    parser.add_argument("--debout", action="store_true", help="tenir une démonstration prête à jouer, jusqu’à Ctrl-C")
    parser.add_argument("--joueur", action="store_true", help=argparse.SUPPRESS)  # the demonstration's own program
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from maillon.demo.programs import ProgramDied
    from maillon.formats.refusal import Refused
    from maillon.kernel.content import ContentError

    try:
        return _run(options)
    except (UserMessage, ContentError, Refused) as refusal:
        print(getattr(refusal, "message", None) or str(refusal), file=sys.stderr)
        return REFUSED
    except ProgramDied as death:
        print(death, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return FAILED


def _run(options: argparse.Namespace) -> int:
    from maillon.commands.set_up import set_up

    if not (options.nom or options.debout or options.joueur):
        _refuse_options_without_a_name(options)
        set_up(with_base=False)
        return _list()
    from maillon.demo import environment
    from maillon.demo.programs import Programs
    from maillon.kernel import config

    environment.prepare()
    os.environ.setdefault("MAILLON_ADRESSE", f"http://localhost:{options.port}")
    set_up()
    programs = Programs(config.data_dir() / "journaux")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.joueur:
            return _serve(programs)
        if options.debout:
            return _stand(programs, options.port)
        return _play(options, programs)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        programs.stop()


def _list() -> int:
    from maillon.scenarios import api as scenarios

    for name in scenarios.library.names():
        found = scenarios.library.scenario(name)
        variants = ", ".join(each.code for each in found.variantes)
        print(f"{name:<24} {found.titre}, {len(found.etapes)} étapes" + (f" ({variants})" if variants else ""))
    return 0


def _serve(programs: Programs) -> int:
    from maillon.demo import base
    from maillon.journeys import api as journeys

    base.refuse_an_installation()
    journeys.runner.serve(programs)
    return 0


def _play(options: argparse.Namespace, programs: Programs) -> int:
    """Whoever stands the demonstration, its player plays: here, the run is asked for and followed."""
    from maillon.commands.set_up import stand_alone
    from maillon.demo import base
    from maillon.journeys import api as journeys
    from maillon.scenarios import api as scenarios

    _try_to_write(options.rapport)
    journeys.official.kit()
    scenarios.runs.playable(options.nom, variant=options.variante)
    is_ours = not base.is_held(base.PLAYER)
    if is_ours:
        stand_alone()
    unfinished = _unfinished(options) if options.reprendre else None
    if is_ours:
        _start(programs, options.port)
    asked = _ask(options, unfinished)
    try:
        _follow(programs, asked, by_steps=options.pas_a_pas, told=_passed(unfinished) if unfinished else set())
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # an impatient second Ctrl-C would leave it in pause
        if options.pas_a_pas:  # nobody is at the keyboard any more; else the demonstration plays it to its end
            scenarios.runs.interrupt(asked, why="Interrompu au clavier.")
        raise
    return _ended(asked, options)


def _unfinished(options: argparse.Namespace) -> reports.Report:
    from maillon.scenarios import api as scenarios

    found = scenarios.runs.last_unfinished(options.nom, variant=options.variante)
    if found is None:
        played = f"« {options.nom} »" + (f", variante {options.variante}" if options.variante else "")
        raise UserMessage("E-PAR-25", f"Rien à reprendre\u202f: la dernière exécution de {played} n’en a pas besoin.")
    return found


def _ask(options: argparse.Namespace, unfinished: reports.Report | None) -> UUID:
    from maillon.scenarios import api as scenarios

    if unfinished is not None:
        scenarios.runs.resume(unfinished.uuid, is_step_by_step=options.pas_a_pas)
        return unfinished.uuid
    return scenarios.runs.ask(
        options.nom, asked_by="maillon parcours", variant=options.variante, step_by_step=options.pas_a_pas,
        with_pictures=options.images,
    )  # fmt: skip


def _start(programs: Programs, port: int) -> None:
    """A demonstration and its player: the same programs, without the two years of history."""
    from maillon.commands.serveur import port_problem
    from maillon.demo import base, doors, playing
    from maillon.demo.programs import ProgramDied

    problem = port_problem("127.0.0.1", port)
    if problem:
        raise ProgramDied(problem)
    print("▸ Démonstration", file=sys.stderr, flush=True)
    demonstration = playing.prepare(patients=20)
    loader = demonstration.load()
    demonstration.start_operator(programs, loader)
    doors.start_directory(programs, folder=demonstration.folder / "annuaire")
    demonstration.start_teleservices(programs)
    doors.start_phone(programs, folder=demonstration.folder / "telephone", accounts=loader.accounts)
    programs.start("facteur", "maillon.cli", "facteur", "--intervalle", "1")
    programs.start("pages", "maillon.cli", "serveur", "--port", str(port))
    programs.start("joueur", "maillon.cli", "parcours", "--joueur")
    _until_pages_answer(programs, port)
    while not base.is_held(base.PLAYER):
        programs.check()
        time.sleep(0.1)


def _stand(programs: Programs, port: int) -> int:
    """Standing, with its player: each journey that is asked for begins at once."""
    from maillon.commands.set_up import stand_alone

    stand_alone()
    _start(programs, port)
    print(f"▸ Prête\u202f: http://localhost:{port}/parcours", file=sys.stderr, flush=True)
    while True:
        time.sleep(1)
        programs.check()


def _until_pages_answer(programs: Programs, port: int) -> None:
    from simulators.journeys.browser import Browser, PageError

    deadline = time.monotonic() + 30
    while True:
        try:
            if Browser(site=f"http://localhost:{port}").answers():
                return
        except PageError:
            pass
        programs.check()
        if time.monotonic() > deadline:
            return
        time.sleep(0.2)


def _passed(report: reports.Report) -> set[str]:
    return {each.step.code for each in report.steps if each.state == "reussie"}


def _follow(programs: Programs, run: UUID, *, by_steps: bool, told: set[str]) -> None:
    """Each step is told as it ends, until the run does. `told`: the steps that are not told again."""
    from maillon.demo import base
    from maillon.scenarios import api as scenarios

    invited = ""
    _head(scenarios.runs.read(run))
    while True:
        is_played = base.is_held(base.PLAYER)
        report = scenarios.runs.read(run)  # after: a player that has just gone may have told the end
        for each in report.steps:
            if each.state not in ("a_venir", "en_cours") and each.step.code not in told:
                told.add(each.step.code)
                _tell(each)
        if report.state in scenarios.states.ENDED:
            return
        if not is_played:
            scenarios.runs.interrupt(run, why=GONE)
        programs.check()  # of ours, the one that died is named, with its log
        if not is_played:
            raise UserMessage("E-PAR-26", GONE)
        if by_steps and report.state == scenarios.states.RunState.WAITING:
            invited = _invite(run, report, invited)
        else:
            time.sleep(PAUSE)


def _head(report: reports.Report) -> None:
    variant = f", variante {report.variant}" if report.variant else ""
    print(f"▸ {report.scenario.titre}, exécution n° {report.number}{variant}", file=sys.stderr, flush=True)


def _invite(run: UUID, report: reports.Report, invited: str) -> str:
    """The step that waits is shown once; « Entrée » lets it be played, unless a page did meanwhile. Gives its code."""
    from maillon.scenarios import api as scenarios

    step = next(each.step for each in report.steps if each.state == "a_venir")
    if step.code != invited:
        print(f"  {step.code} {step.quand} — {step.dire} [Entrée]", flush=True)
    try:
        if _was_entered():
            scenarios.runs.go_on(run)
    except EOFError:
        scenarios.runs.interrupt(run, why="Interrompu\u202f: plus personne au clavier.")
        raise UserMessage(
            "E-PAR-27", "--pas-a-pas attend « Entrée », et l’entrée est fermée\u202f: l’exécution est interrompue."
        ) from None
    return step.code


def _was_entered() -> bool:
    """Waits for a moment only: somebody may go on from the page. Raises EOFError."""
    if not select.select([sys.stdin], [], [], PAUSE)[0]:
        return False
    typed = os.read(sys.stdin.fileno(), 1)
    if not typed:
        raise EOFError
    return typed == b"\n"


def _tell(each: reports.StepReport) -> None:
    mark = {"reussie": "✓", "echouee": "✗", "impossible": "∅", "non_jouee": "–"}.get(each.state, "?")
    seconds = f"{each.seconds:5.1f} s" if each.seconds is not None else "       "
    said = f"{each.actor}\u202f: {each.step.dire}"
    print(f"  {mark} {each.step.code} {each.step.quand!s:<10} {seconds}  {said}", flush=True)
    if each.reason:
        print(f"      {each.reason}", flush=True)


def _ended(run: UUID, options: argparse.Namespace) -> int:
    from maillon.scenarios import api as scenarios

    report = scenarios.runs.read(run)
    print(f"{report.passed}/{len(report.steps)} étapes, {len(report.types)} types de documents, {report.seconds:.0f} s")
    for figure in report.figures:
        print(f"  {figure.label}\u202f: {figure.value}" + (f" ({figure.note})" if figure.note else ""))
    if report.official:
        print(f"  {report.official}")
    for path in options.rapport:
        _write(report, path)
    return 0 if report.is_success else FAILED


def _write(report: reports.Report, path: Path) -> None:
    from maillon.journeys import api as journeys

    data = journeys.reporting.as_bytes(report, path.suffix.lower())
    try:
        path.write_bytes(data)
    except OSError:
        raise _unwritable(path) from None


def _try_to_write(paths: list[Path]) -> None:
    """Before anything starts; nothing stays of it."""
    for path in paths:
        if path.suffix.lower() not in KINDS:
            raise UserMessage("E-PAR-03", f"Le rapport s’écrit en {', '.join(KINDS)}.")
        is_there = path.exists()
        try:
            path.open("ab").close()
            if not is_there:
                path.unlink()
        except OSError:
            raise _unwritable(path) from None


def _unwritable(path: Path) -> UserMessage:
    return UserMessage(
        "E-PAR-03", f"Le rapport ne peut pas s’écrire dans « {path} »\u202f: choisissez un fichier, dans un dossier "
        "qui existe et où vous pouvez écrire.",
    )  # fmt: skip


def _refuse_options_without_a_name(options: argparse.Namespace) -> None:
    if options.variante or options.rapport or options.pas_a_pas or options.reprendre or options.images:
        raise UserMessage("E-PAR-28", "Nommez le parcours à jouer\u202f: « maillon parcours » en donne la liste.")
