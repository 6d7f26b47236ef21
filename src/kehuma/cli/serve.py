"""``kehuma serve``: the pages, and the worker that does long work, until Ctrl-C."""

import gc
import importlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import typer

from kehuma.cli import keys, output, register, running
from kehuma.cli.facts import number_of, path_of
from kehuma.cli.texts import CommandError, say
from kehuma.cli.working import Worker, end_with
from kehuma.lib import clock

PORT = 8000
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_ANY = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to
_MOST_PORT = 65_535
_MOST_WORKERS = 64
# The interpreter runs one of them at a time, but those that wait for the disk to settle their codes wait together: 16
# issue twice as many as 4. On SQLite each keeps a page cache of its own, so there are fewer.
_THREADS = {"sqlite": 8, "postgresql": 16}
_KEPT_SECONDS = 600
_PATIENCE = 15
_SETTLED_AFTER = (10, 100, 1000)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server listens, and with what."""

    host: str = "127.0.0.1"
    port: int = PORT
    workers: int = 1
    certificate: Path | None = None
    key: Path | None = None

    @property
    def url(self) -> str:
        """The address for a browser on this machine."""
        host = "127.0.0.1" if self.host in _ANY else self.host
        return f"{'https' if self.certificate else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}/"


def serve(
    *,
    port: Annotated[str, typer.Option(metavar="N", help="help-port")] = str(PORT),
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="help-host")] = "127.0.0.1",
    tls_cert: Annotated[str | None, typer.Option("--tls-cert", metavar="FILE", help="help-tls-cert")] = None,
    tls_key: Annotated[str | None, typer.Option("--tls-key", metavar="FILE", help="help-tls-key")] = None,
    workers: Annotated[str | None, typer.Option(metavar="N", help="help-workers")] = None,
) -> None:
    """Serve the pages until Ctrl-C."""
    here = place(port, host, (tls_cert, tls_key), workers)
    if here.certificate:
        os.environ["KEHUMA_TLS"] = "1"
    names = _names(here.host)
    os.environ.setdefault("KEHUMA_HOSTS", ",".join(names))
    require_free(here)
    with running.serving(register.home()):
        register.open_register()
        open_keys()
        output.line(say("serve-home", home=register.home()))
        output.line(say("serve-open", url=here.url), "bold green")
        if here.host not in _LOOPBACK:
            output.line(say("serve-names", names=names))
            if not here.certificate and not os.environ.get("KEHUMA_TLS"):
                output.note(say("serve-plain"), "yellow")
        output.note(say("serve-stop"))
        run(here)
    output.note(say("serve-stopped"))


def run(here: Place, *, on_ready: Callable[[], None] | None = None, is_over: threading.Event | None = None) -> None:
    """Run the server and the worker until a signal or ``is_over`` ends them; the register is open already."""
    from django.db import connections  # noqa: PLC0415 - after set-up
    from granian.constants import Interfaces  # noqa: PLC0415 - only a server needs it
    from granian.log import LogLevels  # noqa: PLC0415 - as above
    from granian.server import Server  # noqa: PLC0415 - as above

    from kehuma.apps.sealing import sharing  # noqa: PLC0415 - as above

    server: Any = Server(
        "kehuma",
        address=here.host,
        port=here.port,
        interface=Interfaces.WSGI,
        workers=here.workers,
        blocking_threads=_THREADS[connections["default"].vendor],
        blocking_threads_idle_timeout=_KEPT_SECONDS,
        ssl_cert=here.certificate,
        ssl_key=here.key,
        log_level=LogLevels.critical,
        respawn_failed_workers=True,
        workers_kill_timeout=_PATIENCE,
        websockets=False,
    )
    worker = Worker(sharing.begin())
    # What is loaded before the processes are forked is there once for all of them.
    _loaded()
    # A child that is forked must not share the connection of its parent.
    connections.close_all()
    server.on_startup(worker.start)
    if on_ready:
        server.on_startup(lambda: threading.Thread(target=_tell_when_open, args=(here, on_ready), daemon=True).start())
    if is_over:
        threading.Thread(target=_end, args=(server, is_over), daemon=True).start()
    try:
        server.serve(target_loader=_application)
    finally:
        worker.stop()


def open_keys() -> None:
    """Before any process is forked: keys are found once for all, and who was erased stays erased.

    The key of the pages is made here, so that a disk without room for it is told of now and not with the first request.
    """
    from django.conf import settings  # noqa: PLC0415 - after set-up

    from kehuma.apps.customers import services  # noqa: PLC0415 - as above
    from kehuma.apps.sealing import sharing  # noqa: PLC0415 - as above

    str(settings.SECRET_KEY)
    sharing.begin()
    keys.unseal()
    services.replay_erasures(actor=register.actor(), at=clock.now())


def _end(server: Any, is_over: threading.Event) -> None:  # noqa: ANN401 - granian's class depends on the build
    is_over.wait()
    # As after a signal. A signal raised in a thread would not wake the main one from its waiting.
    server.signal_handler_interrupt()


def place(port: str, host: str, tls: tuple[str | None, str | None], workers: str | None) -> Place:
    """Where the options want the server; CommandError."""
    number = number_of(port, "--port")
    if not 1 <= number <= _MOST_PORT:
        raise CommandError("port-range", value=port, most=_MOST_PORT)
    count = usual_workers() if workers is None else number_of(workers, "--workers")
    if not 1 <= count <= _MOST_WORKERS:
        raise CommandError("workers-range", value=workers, most=_MOST_WORKERS)
    certificate, key = (path_of(word).absolute() if word else None for word in tls)
    if (certificate is None) != (key is None):
        raise CommandError("tls-both")
    for path in (certificate, key):
        if path is not None and not os.access(path, os.R_OK):
            raise CommandError("cannot-read", file=path, reason=say("tls-unreadable"))
    if certificate is not None and key is not None:
        _require_pair(certificate, key)
    return Place(host, number, count, certificate, key)


def require_free(place: Place) -> None:
    """CommandError where something listens on the port already, or where we may not."""
    try:
        family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
        with socket.socket(family) as probe:
            if sys.platform != "win32":
                # What lingers of connections that are over is no obstacle, and none for the server itself.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((place.host, place.port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError("cannot-listen", host=place.host, port=place.port, reason=reason) from error


def usual_workers() -> int:
    """One process per processor, up to four: each takes some 60 MB of its own."""
    return min(4, os.cpu_count() or 1)


def _application(_: str) -> Callable[..., Any]:
    """In each process of the server: the WSGI application, and an end to the process when its parent is gone."""
    if sys.platform != "win32":
        # Ctrl-C reaches a whole group of processes, and a second signal, from the parent, would find the first one
        # half done: the process hung then until it was killed.
        os.setsid()
        end_with(os.getppid())
    application = _loaded()
    _remember_names()
    _count_look_ups()
    return _settling(application)


def _count_look_ups() -> None:
    """Those of the last seconds are written when the process ends; its exit handlers are multiprocessing's."""
    from multiprocessing import util  # noqa: PLC0415 - only a process of the server

    from kehuma.apps.alarms import counting  # noqa: PLC0415 - after set-up

    counting.keep_flushing()
    util.Finalize(None, counting.flush, exitpriority=0)


def _remember_names() -> None:
    from kehuma.apps.customers import queries  # noqa: PLC0415 - after set-up

    queries.remember_names()


def _settling(application: Callable[..., Any]) -> Callable[..., Any]:
    """The application, which spares the collector what its first requests have loaded for good.

    A full collection walks tables, grammars and templates, 110 to 230 ms in the midst of an answer.
    """
    asked = count(1)

    def answer(environ: Any, start: Any) -> Any:  # noqa: ANN401 - as WSGI has it
        if next(asked) in _SETTLED_AFTER:
            gc.collect()
            gc.freeze()
        return application(environ, start)

    return answer


def _loaded() -> Callable[..., Any]:
    """The application with all its pages, imported now and not while the first visitor waits."""
    from django.conf import settings  # noqa: PLC0415 - after set-up
    from django.urls import resolve  # noqa: PLC0415 - as above

    module, _dot, name = str(settings.WSGI_APPLICATION).rpartition(".")
    application: Callable[..., Any] = getattr(importlib.import_module(module), name)
    resolve("/")
    # Before the fork it also keeps those pages of memory shared between the processes.
    gc.collect()
    gc.freeze()
    return application


def _tell_when_open(place: Place, on_ready: Callable[[], None]) -> None:
    for _ in range(600):
        with suppress(OSError), socket.create_connection((place.url.split("/")[2].rsplit(":", 1)[0], place.port), 1):
            on_ready()
            return
        time.sleep(0.05)


def _require_pair(certificate: Path, key: Path) -> None:
    import ssl  # noqa: PLC0415 - only with TLS

    try:
        # Without a password: who must type one cannot be a service.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=lambda: "")
    except (ssl.SSLError, OSError, ValueError) as error:
        raise CommandError("tls-wrong", certificate=certificate, key=key, reason=error) from error


def _names(host: str) -> Sequence[str]:
    """Under which names the pages answer: a name that is none of ours is a page of somebody else's that plays us."""
    names = ["localhost", "127.0.0.1", "[::1]"]
    if host in _LOOPBACK:
        return names
    if host not in _ANY:
        return [*names, f"[{host}]" if ":" in host else host]
    own = [socket.gethostname(), socket.getfqdn()]
    with suppress(OSError):
        own += [str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Nothing is sent: the system only says which of its addresses it would send from.
        probe.connect(("192.0.2.1", 9))
        own.append(str(probe.getsockname()[0]))
    return [*names, *dict.fromkeys(name.lower() for name in own if name not in names)]
