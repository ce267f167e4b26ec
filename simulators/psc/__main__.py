"""`python -m simulators.psc`: finds Node, then becomes the provider."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

PROVIDER = Path(__file__).with_name("provider.mjs")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.psc",
        description="Pro Santé Connect de démonstration, sur la boucle locale.",
        epilog="Le répertoire contient reglages.json (client, personnes) et reçoit psc.json (émetteur, pid).",
    )
    parser.add_argument("--dossier", type=Path, required=True, help="répertoire des réglages")
    parser.add_argument("--port", type=int, default=0, help="port (0 : un port libre)")
    options = parser.parse_args(arguments)
    node = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
    if node is None:
        sys.exit("Node est absent\u202f: Pro Santé Connect ne peut pas être simulé.")
    os.execv(node, [node, "--no-warnings", str(PROVIDER), str(options.dossier), str(options.port)])  # noqa: S606


if __name__ == "__main__":
    main()
