"""``kehuma serve``: the pages, for browsers on this machine or, when told so, on the network."""

import errno
import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from kehuma.cli import output, register
from kehuma.cli.texts import CommandError, say

_LOCAL = ("127.0.0.1", "::1", "localhost")
# A page is drawn in milliseconds and waits for the store; four at a time keep two cores busy.
_THREADS = 4


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="help-port")] = 8000,
    host: Annotated[str, typer.Option(help="help-host")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, max=64, help="help-workers")] = 1,
    tls_cert: Annotated[Path | None, typer.Option(metavar="FILE", help="help-tls-cert")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="help-tls-key")] = None,
) -> None:
    """Serve the pages until Ctrl-C or SIGTERM."""
    _require_both(tls_cert, tls_key)
    _require_free(host, port)
    if tls_cert is not None:
        os.environ["KEHUMA_TLS"] = "1"
    register.open_register()
    address = f"{'https' if tls_cert else 'http'}://{_shown(host)}:{port}/"
    output.line(say("serve-open", address=address, home=register.home()))
    if host not in _LOCAL and tls_cert is None:
        output.note(say("serve-no-tls"))
    _run(host, port, workers, tls_cert, tls_key)


def _run(host: str, port: int, workers: int, tls_cert: Path | None, tls_key: Path | None) -> None:
    from granian.constants import Interfaces  # noqa: PLC0415 - other commands do without a server
    from granian.server import Server  # noqa: PLC0415 - as above

    Server(
        "kehuma.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=_THREADS,
        websockets=False,
        ssl_cert=tls_cert,
        ssl_key=tls_key,
        log_access=False,
        respawn_failed_workers=True,
    ).serve()


def _require_both(tls_cert: Path | None, tls_key: Path | None) -> None:
    if (tls_cert is None) != (tls_key is None):
        raise CommandError("serve-half-tls")
    for file in (tls_cert, tls_key):
        if file is not None and not file.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file))


def _require_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise CommandError("serve-taken", host=host, port=port, reason=error.strerror or error) from None


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
