"""Processes that come warm into the world, tell what they have done line by line, and may be killed at any moment."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable

from django.db import connections

from kehuma.lib.db import lending

Tell = Callable[[str], None]
_BROKE = 70
_MOST = 1 << 16


class Child:
    """A fork of this process, in which everything is imported already; the milliseconds of its life are work.

    Nothing else may run in this process while it forks: locks of other threads would stay closed in the child.
    """

    def __init__(self, work: Callable[[Tell], None]) -> None:
        # A child that used the connection of its parent would share its locks and its place in the file.
        connections.close_all()
        lending.close_all()
        self._heard, writer = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(self._heard)
            _work(work, writer)
        os.close(writer)
        self._text = b""

    def wait_for(self, lines: int) -> float:
        """Until it has told so many lines, or has ended; how many seconds that took."""
        began = time.monotonic()
        while self._text.count(b"\n") < lines and (piece := os.read(self._heard, _MOST)):
            self._text += piece
        return time.monotonic() - began

    def killed(self) -> list[str]:
        """End it as a power failure ends a process; the whole lines that it had told."""
        os.kill(self.pid, signal.SIGKILL)
        return self.ended(was_killed=True)

    def stop(self) -> None:
        """Let it stand still, so that it tells nothing any more; RuntimeError where it has broken by itself."""
        os.kill(self.pid, signal.SIGSTOP)
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            raise RuntimeError(f"a process ended with {os.waitstatus_to_exitcode(status)}")

    def ended(self, *, was_killed: bool = False) -> list[str]:
        """Wait for its end; its lines. RuntimeError where it broke by itself."""
        while piece := os.read(self._heard, _MOST):
            self._text += piece
        os.close(self._heard)
        _, status = os.waitpid(self.pid, 0)
        if status and not (was_killed and os.WIFSIGNALED(status)):
            raise RuntimeError(f"a process ended with {os.waitstatus_to_exitcode(status)}")
        whole, _, _broken = self._text.rpartition(b"\n")
        return whole.decode().splitlines()


def _work(work: Callable[[Tell], None], writer: int) -> None:
    code = _BROKE
    try:
        work(lambda line: _write(writer, f"{line}\n".encode()))
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, it ends here and not in the parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _write(writer: int, line: bytes) -> None:
    while line:
        line = line[os.write(writer, line) :]
