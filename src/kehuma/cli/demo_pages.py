"""``kehuma demo --once``: the server answers somebody who signs in, by the link and by the password."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

from kehuma.cli import output
from kehuma.cli.texts import CommandError, say
from kehuma.lib.demo import stage

_PATIENCE = 120
_TIMEOUT = 30
_ENOUGH = 500


@contextmanager
def checking(folder: Path) -> Iterator[tuple[Callable[[str], None], threading.Event]]:
    """What is to be called with the link, and what says that all is checked; at the end CommandError if it was wrong."""
    faults: list[str] = ["demo-no-answer"]
    is_over = threading.Event()

    def check(link: str) -> None:
        try:
            faults[:] = _faults(folder, link)
        except (OSError, ValueError):
            faults[:] = ["demo-no-answer"]
        finally:
            is_over.set()

    yield check, is_over
    for fault in faults:
        raise CommandError("demo-wrong", what=say(fault))


def _faults(folder: Path, link: str) -> list[str]:
    url = link.split("demo/enter/", maxsplit=1)[0]
    checks: list[tuple[str, Callable[[], bool]]] = [
        ("demo-signed-in-by-link", lambda: _is_workbench(Browser().get(link))),
        ("demo-link-used-up", lambda: not _is_workbench(Browser().get(link))),
        ("demo-signed-in", lambda: _signs_in(folder, url)),
        ("demo-customers-there", lambda: _has_customers(folder)),
    ]
    wrong = []
    for what, is_right in checks:
        if is_right():
            output.line(f"✓ {say(what)}", "green")
        else:
            wrong.append(what)
    return wrong


class Browser:
    """As much of a browser as signing in takes."""

    def __init__(self) -> None:
        # Whatever proxy the environment names, this machine is reached directly.
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))

    def get(self, url: str, data: dict[str, str] | None = None) -> str:
        """The page at an address, after what redirects; a failure page as well."""
        body = urlencode(data).encode() if data else None
        request = Request(url, body, {"Referer": url})  # noqa: S310 - our own address
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                return str(answer.read().decode())
        except HTTPError as error:
            with error:
                return str(error.read().decode())

    def sign_in(self, url: str, user: str, password: str) -> str:
        """The page after signing in."""
        form = self.get(f"{url}sign-in/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        told = {"user": user, "password": password, "csrfmiddlewaretoken": token[1] if token else ""}
        return self.get(f"{url}sign-in/", told)


def _is_workbench(page: str) -> bool:
    from kehuma.cli.demo_company import FIRST, ORGANISATION  # noqa: PLC0415 - after set-up

    return ORGANISATION in page and FIRST.name in page and 'id="main"' in page


def _signs_in(folder: Path, url: str) -> bool:
    found = stage.read(folder)
    return found is not None and _is_workbench(Browser().sign_in(url, found.user, found.password))


def _has_customers(folder: Path) -> bool:
    """Whether customers come in while the pages are open already."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        found = stage.read(folder)
        if found is not None and (found.phase == "ready" or found.done >= min(_ENOUGH, found.total)):
            return True
        time.sleep(0.2)
    return False
