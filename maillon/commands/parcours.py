"""`maillon parcours`: a journey is played through the real faces, and what rubbed is reported."""

from __future__ import annotations

import argparse
import functools
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uuid import UUID

    from maillon.demo.programs import Programs
    from maillon.scenarios.api import report as reports

FAILED, REFUSED = 1, 2
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
    parser.add_argument("--reprendre", action="store_true", help="reprendre la dernière exécution interrompue")
    parser.add_argument("--images", action="store_true", help="photographier les écrans pendant le jeu (Chromium)")
    parser.add_argument("--port", type=int, default=8765, help="port des pages, sans démonstration en marche (8765)")
    parser.add_argument("--debout", action="store_true", help="tenir une démonstration prête à jouer, jusqu’à Ctrl-C")
    parser.add_argument("--joueur", action="store_true", help=argparse.SUPPRESS)  # the demonstration's own program
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from maillon.demo import environment

    environment.prepare()
    from maillon.commands.set_up import set_up
    from maillon.formats.refusal import Refused
    from maillon.kernel import config
    from maillon.kernel.content import ContentError
    from maillon.kernel.message import UserMessage

    os.environ.setdefault("MAILLON_ADRESSE", f"http://localhost:{options.port}")
    set_up()
    from maillon.commands.base import migrate
    from maillon.demo.programs import ProgramDied, Programs
    from maillon.journeys import api as journeys

    if not options.joueur and not journeys.world.is_played_by_another():
        migrate()
    programs = Programs(config.data_dir() / "journaux")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.joueur:
            return _serve(programs)
        if options.debout:
            return _stand(programs, options.port)
        if not options.nom:
            return _list()
        return _play(options, programs)
    except (UserMessage, ContentError, Refused) as refusal:
        print(getattr(refusal, "message", None) or str(refusal), file=sys.stderr)
        return REFUSED
    except ProgramDied as death:
        print(death, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return FAILED
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
    from maillon.journeys import api as journeys

    journeys.runner.serve(programs)
    return 0


def _play(options: argparse.Namespace, programs: Programs) -> int:
    from maillon.journeys import api as journeys
    from maillon.scenarios import api as scenarios

    _refuse_other_kinds(options.rapport)
    journeys.official.kit()  # refused before anything starts
    runs = scenarios.runs
    scenarios.library.scenario(options.nom)  # refused before anything starts
    unfinished = runs.last_unfinished(options.nom, variant=options.variante) if options.reprendre else None
    if journeys.world.is_played_by_another() and not options.pas_a_pas and unfinished is None:
        asked = runs.ask(
            options.nom, asked_by="maillon parcours", variant=options.variante, with_pictures=options.images
        )
        return _follow(asked, options)
    if not journeys.world.is_played_by_another():
        _start(programs, options.port)
    world = journeys.world.stand(programs)
    asked = unfinished.uuid if unfinished else runs.ask(
        options.nom, asked_by="maillon parcours", variant=options.variante, step_by_step=options.pas_a_pas,
        with_pictures=options.images,
    )  # fmt: skip
    runs.begin(asked)
    _head(runs.read(asked))
    try:
        wait = functools.partial(_before, asked) if options.pas_a_pas else None
        journeys.player.play(world, asked, told=_tell, wait=wait)
    except KeyboardInterrupt:
        runs.interrupt(asked, why="Interrompu au clavier.")
        raise
    return _ended(asked, options)


def _start(programs: Programs, port: int) -> None:
    """A demonstration for this run alone: the same programs, without the two years of history."""
    from maillon.commands.serveur import port_problem
    from maillon.demo import doors, playing
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
    _until_pages_answer(programs, port)


def _stand(programs: Programs, port: int) -> int:
    """Standing, with its player: each journey that is asked for begins at once."""
    _start(programs, port)
    programs.start("joueur", "maillon.cli", "parcours", "--joueur")
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


def _follow(run: UUID, options: argparse.Namespace) -> int:
    """The demonstration's own program plays; each step is told as it ends."""
    from maillon.scenarios import api as scenarios

    told: set[str] = set()
    _head(scenarios.runs.read(run))
    while True:
        report = scenarios.runs.read(run)
        for each in report.steps:
            if each.step.code not in told and each.state not in ("a_venir", "en_cours"):
                told.add(each.step.code)
                _tell(each)
        if report.state in scenarios.states.ENDED:
            return _ended(run, options)
        time.sleep(0.4)


def _head(report: reports.Report) -> None:
    variant = f", variante {report.variant}" if report.variant else ""
    print(f"▸ {report.scenario.titre}, exécution n° {report.number}{variant}", file=sys.stderr, flush=True)


def _before(run: UUID, step: Any) -> None:
    """In pause meanwhile: somebody who thinks is not a player that died."""
    from maillon.scenarios import api as scenarios

    scenarios.runs.pause(run)
    input(f"  {step.code} {step.quand} — {step.dire} [Entrée] ")
    scenarios.runs.go_on(run)


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

    path.write_bytes(journeys.reporting.as_bytes(report, path.suffix.lower()))


def _refuse_other_kinds(paths: list[Path]) -> None:
    from maillon.kernel.message import UserMessage

    for path in paths:
        if path.suffix.lower() not in KINDS or not path.parent.is_dir():
            raise UserMessage("E-PAR-03", f"Le rapport s’écrit en {', '.join(KINDS)}, dans un dossier qui existe.")
