"""What the simulated teleservices have in common: HTTPS on the loopback, one request at a time, until SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import ssl
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answer = tuple[int, str, bytes]
Answering = Callable[[str, str, Mapping[str, str], bytes], Answer]
LARGEST = 40 * 1024 * 1024
PATIENCE = 30


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self._context = context

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake is made by the thread of the connection: one that hangs holds nobody else."""
        request.settimeout(PATIENCE)
        with self._context.wrap_socket(request, server_side=True) as line:
            self.RequestHandlerClass(line, client_address, self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up in the middle is no event for anybody else."""


def serve(answering: Answering, context: ssl.SSLContext, *, port: int = 0) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = PATIENCE

        def _answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            if not 0 <= size <= LARGEST:
                self.send_error(413)
                return
            body = self.rfile.read(size)
            if len(body) != size:  # the line fell in the middle of the request: nothing was asked
                self.close_connection = True
                return
            status, content_type, data = answering(self.command, self.path, self.headers, body)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(data)))
            if asked := self.headers.get("X-Request-Id"):
                self.send_header("X-Request-Id", asked[:100])
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer

        def log_message(self, *_: object) -> None:
            pass

    return _Server(port, Handler, context)


def run(server: ThreadingHTTPServer, *, announced: Path, **said: object) -> None:
    """Announces where it listens, then serves until it is told to stop."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    draft = announced.with_name(f".{announced.name}.{os.getpid()}")
    address = f"https://127.0.0.1:{server.server_address[1]}"
    draft.write_text(json.dumps({"pid": os.getpid(), "address": address, **said}), encoding="utf-8")
    draft.replace(announced)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
