"""`maillon demo`: the product working on its demonstration territory."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
import webbrowser
from typing import TYPE_CHECKING, Any

REFUSED = 2
SHOWN_JOURNEYS = ("entorse_cheville", "appendicectomie")
SHOWN_PAGES = (
    ("/journees/parcours/entorse_cheville", "le même parcours joué par des personnes, comparé (marchand)"),
    ("/irritants", "ce qui a frotté, qui s’en occupe, pour quand (marchand)"),
    ("/territoire", "le déploiement du territoire (delmas)"),
)

if TYPE_CHECKING:
    from uuid import UUID

    from maillon.demo.loading import Loader
    from maillon.demo.playing import Account, Demonstration
    from maillon.demo.programs import Programs


def add(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="charger le territoire fictif, démarrer tous les programmes et envoyer les documents",
        description="Charge une maison de santé, ses voisins et 200 patients fictifs, démarre la base, l’opérateur de "
        "messagerie, le facteur et les pages, puis envoie deux années de documents par messagerie.",
        epilog="S’arrête par Ctrl-C et reprend où elle en était. Ses données sont à part de celles d’une "
        "installation réelle (MAILLON_DONNEES).",
    )
    parser.add_argument(
        "--une-fois",
        action="store_true",
        help="tout envoyer, attendre que chaque document ait sa suite, rendre un résumé",
    )
    parser.add_argument("--port", type=int, default=8000, help="port des pages (8000)")
    parser.add_argument(
        "--patients", type=_enough, default=200,
        help="nombre de patients au premier chargement (200, et au moins ceux que l’équipe suit)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from maillon.commands.set_up import set_up, stand_alone
    from maillon.demo import environment
    from maillon.demo.programs import ProgramDied, Programs
    from maillon.kernel import config
    from maillon.kernel.message import UserMessage

    try:
        environment.prepare()
        say("Base de données")
        set_up()
        stand_alone()
    except UserMessage as refusal:
        print(refusal.message, file=sys.stderr)
        return REFUSED
    from maillon.commands.serveur import port_problem

    problem = "" if options.une_fois else port_problem("127.0.0.1", options.port)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    programs = Programs(config.data_dir() / "journaux")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped by whatever means, it stops what it started
    try:
        return _play(options, programs)
    except ProgramDied as death:
        say(str(death))
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # an impatient second Ctrl-C would leave programs behind
        programs.stop()


def _play(options: argparse.Namespace, programs: Programs) -> int:
    from maillon.demo import deployment, doors, playing

    os.environ.setdefault("MAILLON_ADRESSE", f"http://localhost:{options.port}")
    started = time.monotonic()
    demonstration = playing.prepare(patients=options.patients)
    say(f"Territoire fictif : {demonstration.patients} patients")
    loader = demonstration.load()
    operator = demonstration.start_operator(programs, loader)
    doors.start_directory(programs, folder=demonstration.folder / "annuaire")
    doors.start_sms(programs, folder=demonstration.folder / "telephone")
    demonstration.start_teleservices(programs)
    programs.start("facteur", "maillon.cli", "facteur", "--intervalle", "1")
    phone = ""
    if not options.une_fois:
        phone = _start_doors(options, programs, demonstration, loader)
        programs.start("pages", "maillon.cli", "serveur", "--port", str(options.port))
        programs.start("joueur", "maillon.cli", "parcours", "--joueur")
        _show_accounts(options.port, phone)
        _show_patient_door(demonstration, options.port)
    filed_before = demonstration.account().documents["filed"]

    def send(part: str, *, resume: bool = True) -> Account:
        demonstration.start_sending(programs, operator, resume=resume, part=part)
        return playing.wait_until_accounted(demonstration, programs, progress=_show_progress)

    say("Les patients que l’équipe suit ensemble\u202f: deux ans de documents arrivent par messagerie")
    send("equipe", resume=not options.une_fois)
    say("L’équipe au travail\u202f: protocoles signés, plans, questionnaires, absence, campagne, résultats du jour")
    demonstration.settle_in(loader)
    send("jour")
    if not options.une_fois:
        _play_journeys(programs, options.port)
        _show_what_to_open(options.port)
    say("Le reste du territoire arrive\u202f: laboratoire, hôpital, imagerie, pharmacie (quelques minutes)")
    account = send("territoire")
    deployment.recount()
    if options.une_fois:
        summary = _summary(account, filed_before=filed_before, seconds=time.monotonic() - started)
        print(json.dumps(summary, ensure_ascii=False))
        return 0
    say(f"Tous les documents ont leur suite\u202f: {account.documents['filed']} classés.")
    _show_accounts(options.port, phone)
    _show_patient_door(demonstration, options.port)
    _show_what_to_open(options.port)
    while True:
        time.sleep(2)
        programs.check()


def _play_journeys(programs: Programs, port: int) -> None:
    """Both journeys of the field days, once: their report is what the demonstration opens with. They are played before
    the bulk arrives: the clock of everybody goes with them."""
    from maillon.scenarios import api as scenarios

    runs, states, shown = scenarios.runs, scenarios.states.RunState, ""
    for name in SHOWN_JOURNEYS:
        known = next(iter(runs.latest(name, most=1)), None)
        if known is not None and known.state in (states.SUCCEEDED, states.FAILED):
            continue
        if known is not None and known.state in (states.ASKED, states.PLAYING):  # of the last time, or of a page
            _follow(programs, known.uuid, port)
        if known is None or runs.state_of(known.uuid) not in (states.SUCCEEDED, states.FAILED):
            _follow(programs, runs.ask(name, asked_by="la démonstration", with_pictures=True), port)
        shown = _address_of(port, runs.latest(name, most=1)[0].number)
    if shown and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        webbrowser.open(shown)


def _follow(programs: Programs, run: UUID, port: int) -> None:
    from maillon.scenarios import api as scenarios

    runs = scenarios.runs
    asked = runs.read(run)
    say(f"Parcours joué par les vraies faces\u202f: {asked.scenario.titre}")
    print(f"    à suivre en direct\u202f: {_address_of(port, asked.number)}", file=sys.stderr, flush=True)
    while runs.state_of(run) not in scenarios.states.ENDED:
        programs.check()
        time.sleep(1)
    report = runs.read(run)
    print(f"    {report.passed}/{len(report.steps)} étapes, {len(report.types)} types de documents, "
          f"{report.seconds:.0f} s", file=sys.stderr, flush=True)  # fmt: skip


def _show_what_to_open(port: int) -> None:
    """Last on the terminal, where no browser could be opened: what to show, and as whom."""
    from maillon.scenarios import api as scenarios

    say("À montrer d’abord")
    for name in SHOWN_JOURNEYS:
        for report in scenarios.runs.latest(name, most=1):
            print(f"    {_address_of(port, report.number):<58} compte rendu\u202f: {report.scenario.titre} (marchand)",
                  file=sys.stderr)  # fmt: skip
    for path, what in SHOWN_PAGES:
        print(f"    {f'http://localhost:{port}{path}':<58} {what}", file=sys.stderr, flush=True)


def _address_of(port: int, number: int) -> str:
    return f"http://localhost:{port}/parcours/execution/{number}"


def _summary(account: Account, *, filed_before: int, seconds: float) -> dict[str, object]:
    return {
        "messages": account.messages,
        "messages_en_attente": account.waiting,
        "documents": {
            "recus": account.documents.total() - account.documents["rendering"],
            "classes": account.documents["filed"],
            "classes_cette_fois": account.documents["filed"] - filed_before,
            "deja_classes": account.documents["duplicate"],
            "a_regler": account.documents["to_settle"],
            "refuses": account.documents["refused"],
            "ecartes": account.documents["discarded"],
            "presentations_pdf": account.documents["rendering"],
        },
        "secondes": round(seconds, 1),
    }


def _show_progress(account: Account) -> None:
    if sys.stderr.isatty():
        done, found = account.messages - account.waiting, account.documents
        counts = f"{found['filed']} documents classés, {found['to_settle']} à régler, {found['refused']} refusés"
        line = f"\r  {account.messages} messages envoyés, {done} traités : {counts}   "
        print(line, end="", file=sys.stderr, flush=True)


def _start_doors(options: argparse.Namespace, programs: Programs, demonstration: Demonstration, loader: Loader) -> str:
    """Pro Santé Connect and the telephone; gives the telephone's address."""
    from maillon.demo import doors

    doors.start_provider(
        programs, folder=demonstration.folder / "psc", territory=demonstration.territory, port=options.port
    )
    return doors.start_phone(programs, folder=demonstration.folder / "telephone", accounts=loader.accounts)


def _show_accounts(port: int, phone: str) -> None:
    from maillon.demo.loading import PASSWORD, SIGN_INS

    say(f"Ouvrez http://localhost:{port}/ — par Pro Santé Connect (simulé), en un clic, pour qui a un RPPS")
    print(f"    ou par mot de passe\u202f: {PASSWORD} pour chacun, puis un code de {phone}", file=sys.stderr)
    for identifier, who in SIGN_INS:
        print(f"    {identifier:<10} {who}", file=sys.stderr)


def _show_patient_door(demonstration: Demonstration, port: int) -> None:
    from maillon.demo import patient_doors

    say(f"L’espace patient\u202f: http://localhost:{port}/mon-espace (le lien et le code arrivent sur le téléphone)")
    for way in patient_doors.ways_in(demonstration.territory):
        print(f"    {way}", file=sys.stderr)


def _enough(text: str) -> int:
    from simulators.territory import FOLLOWED

    number = int(text)
    if number < FOLLOWED:
        raise argparse.ArgumentTypeError(f"au moins {FOLLOWED}, ceux que l’équipe suit")
    return number


def say(text: str) -> None:
    print(f"\n▸ {text}" if sys.stderr.isatty() else f"▸ {text}", file=sys.stderr, flush=True)
