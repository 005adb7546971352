"""Services that a run talks to, on this machine: real sockets, and answers as a test wants them."""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 20.0
NOTHING = 0


class HttpService:
    """An HTTP server that keeps what is posted to it.

    Attributes:
        answers: status codes of the next answers, NOTHING for none at all; 202 when it is empty.
        posted: path and body of each request, in order.
    """

    def __init__(self) -> None:
        self.answers: deque[int] = deque()
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.headers: dict[str, str] = {}
        self.is_over = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                service.answer(self)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Take one request."""
        body = request.rfile.read(int(request.headers["Content-Length"]))
        document = json.loads(body)
        self.posted.append((request.path, document))
        status = self.answers.popleft() if self.answers else 202
        if status == NOTHING:
            self.is_over.wait(PATIENCE)
            return
        request.send_response(status)
        for name, value in self.headers.items():
            request.send_header(name, value)
        text = json.dumps({"status": "success", "dedup_key": document.get("dedup_key", "")})
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text.encode())

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What was posted there."""
        return [body for where, body in self.posted if where == path]

    def close(self) -> None:
        """Let go who still waits."""
        self.is_over.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def http_service() -> Iterator[HttpService]:
    """A service for the time of a test."""
    service = HttpService()
    try:
        yield service
    finally:
        service.close()


class Agent:
    """Takes datagrams as Datadog's agent does.

    Attributes:
        port: of UDP.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._socket = listener
        self.port = listener.getsockname()[1]

    def lines(self, end: str) -> list[str]:
        """The lines of all datagrams up to the one that holds a line that begins so."""
        found: list[str] = []
        while not any(line.startswith(end) for line in found):
            found += self._socket.recv(65536).decode().splitlines()
        return found


@contextmanager
def agent() -> Iterator[Agent]:
    """An agent for the time of a test."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(PATIENCE)
        yield Agent(listener)


def closed_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        return int(other.getsockname()[1])
