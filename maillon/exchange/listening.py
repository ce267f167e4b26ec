"""Whether the pages can listen where they are asked to."""

from __future__ import annotations

import errno
import socket


def problem_of(host: str, port: int) -> str:
    """Empty when nobody listens there; else what is wrong and what to do. The server itself would share the port."""
    if not 0 < port < 2**16:
        return f"Le port {port} n’existe pas\u202f: choisissez --port entre 1 et 65535."
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"Le port {port} est déjà occupé\u202f: arrêtez qui l’utilise, ou choisissez --port."
            return f"Impossible d’écouter sur {host}:{port}\u202f: {error.strerror}."
    return ""
