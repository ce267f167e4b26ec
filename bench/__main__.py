"""`python -m bench [BANC…]`: the named ones (see BENCHES), all of them without a name. Prints the machine first."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from maillon.kernel import config

BENCHES = {
    "parse": "bench.parse_untrusted",
    "read": "bench.read_cda",
    "write_cda": "bench.write_cda",
    "search": "bench.search",
    "intake": "bench.intake",
    "record": "bench.record",
    "access": "bench.access",
    "fhir": "bench.fhir",
    "journal": "bench.journal",
    "tasks": "bench.tasks",
    "sending": "bench.sending",
    "prescribing": "bench.prescribing",
    "outbox": "bench.outbox",
    "pathways": "bench.pathways",
    "memory": "bench.memory",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="BANC", help=", ".join(BENCHES))
    options = parser.parse_args()
    if "MAILLON_DONNEES" not in os.environ:  # never the data of an installation
        default = config.data_dir()
        os.environ["MAILLON_DONNEES"] = str(default.with_name(f"{default.name}-bench"))
    from bench.machine import described

    print(f"machine : {described()}")
    status = 0
    for name in options.names or BENCHES:
        print(f"\n== {name}", flush=True)
        status |= subprocess.run([sys.executable, "-m", BENCHES[name]], check=False).returncode
    return status


if __name__ == "__main__":
    sys.exit(main())
