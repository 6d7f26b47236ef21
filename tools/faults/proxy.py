"""Between a program and PostgreSQL: hands everything on, until it swallows the answer to a COMMIT."""

import random
import socket
import threading
from contextlib import suppress
from pathlib import Path

_MOST = 1 << 16


class Proxy:
    """Listens on a port of this machine. While ``swallows`` is true, one COMMIT in three gets no answer.

    The server has carried it out: the answer was here already. Then the connection is broken off.
    """

    def __init__(self, server: Path) -> None:
        self._server, self._listener = server, socket.create_server(("127.0.0.1", 0))
        self._chance, self.swallows, self.swallowed = random.Random("proxy"), False, 0
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        """For kehuma; without encryption, so that the proxy can read along."""
        port = self._listener.getsockname()[1]
        return f"postgres://kehuma@127.0.0.1:{port}/kehuma?sslmode=disable&gssencmode=disable"

    def _serve(self) -> None:
        while True:
            program, _ = self._listener.accept()
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(str(self._server))
            except OSError:
                program.close()
                continue
            link = _Link(self, program, server)
            threading.Thread(target=link.ask, daemon=True).start()
            threading.Thread(target=link.answer, daemon=True).start()

    def wants(self, asked: bytes) -> bool:
        """Whether the answer to this is to be swallowed."""
        return self.swallows and b"COMMIT" in asked and self._chance.random() < 1 / 3


class _Link:
    """One connection, both ways."""

    def __init__(self, proxy: Proxy, program: socket.socket, server: socket.socket) -> None:
        self._proxy, self._program, self._server, self._is_cut = proxy, program, server, False

    def ask(self) -> None:
        """What the program says goes to the server."""
        with suppress(OSError):
            while asked := self._program.recv(_MOST):
                if self._proxy.wants(asked):
                    self._is_cut = True
                self._server.sendall(asked)
        self._close()

    def answer(self) -> None:
        """What the server says goes to the program, or nowhere."""
        with suppress(OSError):
            while answered := self._server.recv(_MOST):
                if self._is_cut:
                    self._proxy.swallowed += b"COMMIT" in answered
                    break
                self._program.sendall(answered)
        self._close()

    def _close(self) -> None:
        for one in (self._program, self._server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
