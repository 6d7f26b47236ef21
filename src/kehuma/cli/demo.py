"""``kehuma demo``: a company with 20,000 customers in the browser, in a data folder of its own."""

import os
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from kehuma.cli import output, register, running, serve
from kehuma.cli.facts import number_of, path_of
from kehuma.cli.serve import Place
from kehuma.cli.texts import CommandError, say, spoken
from kehuma.lib import clock
from kehuma.lib.demo import stage
from kehuma.lib.demo.stage import Stage

_MOST_ROWS = 1_000_000
_PORTS_TRIED = 20
_ASKED_EVERY = 0.5


def demo(  # noqa: PLR0913 - one parameter per option
    *,
    port: Annotated[str | None, typer.Option(metavar="N", help="help-demo-port")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="help-no-browser")] = False,
    once: Annotated[bool, typer.Option("--once", help="help-once")] = False,
    files: Annotated[bool, typer.Option("--files", help="help-files-only")] = False,
    rows: Annotated[str, typer.Option(metavar="N", help="help-rows")] = "20000",
    seed: Annotated[str, typer.Option(metavar="N", help="help-seed")] = "1",
    home: Annotated[str | None, typer.Option(metavar="DIR", help="help-home")] = None,
) -> None:
    """Show the company, or with --files what the command line does with a file."""
    count, seed_number = number_of(rows, "--rows"), number_of(seed, "--seed")
    if not 1 <= count <= _MOST_ROWS:
        raise CommandError("demo-rows", value=rows, most=_MOST_ROWS)
    folder = path_of(home).absolute() if home else register.home() / "demo"
    if files:
        from kehuma.cli import demo_files  # noqa: PLC0415 - asked for by --files only

        demo_files.run(folder / "files", count, seed_number, is_checked=once)
        return
    if once:
        _files_in_another_process(folder, count, seed_number)
    place = _place(port, is_any=once)
    if once:
        from kehuma.cli.demo_pages import checking  # noqa: PLC0415 - asked for by --once only

        with checking(folder) as (check, is_over):
            _show(folder, place, count, check, is_over)
    else:
        _show(folder, place, count, None if no_browser else _open, threading.Event())


def _show(
    folder: Path, place: Place, count: int, ready: Callable[[str], None] | None, is_over: threading.Event
) -> None:
    """Serve the company until somebody stops it or wants to begin in earnest; ``ready`` gets the link that signs in."""
    own = {name: os.environ.get(name, "") for name in ("KEHUMA_HOME", "KEHUMA_DATABASE_URL")}
    os.environ.update(KEHUMA_HOME=str(folder), KEHUMA_DATABASE_URL="")
    register.move_to(folder)
    try:
        with running.serving(folder):
            made = _company(folder, place, count)

            def tell() -> None:
                _say_how(made, place)
                if ready is not None:
                    ready(_link(folder, place.url))

            threading.Thread(target=_mind, args=(folder, is_over), daemon=True).start()
            serve.run(place, on_ready=tell, is_over=is_over)
            is_cleared = _is_clearing(folder)
            if is_cleared:
                stage.empty(folder)
    except running.ServingError:
        _shown_already(folder, ready)
        return
    if is_cleared:
        _begin_in_earnest(place, own)


def _company(folder: Path, place: Place, count: int) -> Stage:
    """The company of an earlier demonstration, or a new one; CommandError where the folder holds something else."""
    found = stage.read(folder)
    if found is None and not stage.is_free(folder):
        raise CommandError("demo-not-ours", home=folder)
    is_new = found is None or found.phase in ("making", "clearing")
    output.note(say("demo-making") if is_new else say("demo-again"))
    if is_new:
        # The mark comes first: what is broken off from here on is known for what it is, and begun anew.
        stage.write(folder, Stage("", "", place.url))
        stage.empty_store(folder)
    register.open_register(upgrades=True)
    from kehuma.cli import demo_company  # noqa: PLC0415 - after set-up
    from kehuma.cli.demo_filling import fill  # noqa: PLC0415 - as above

    if found is None or is_new:
        found = demo_company.found(folder, url=place.url, total=count, at=clock.now())
        fill.enqueue()
        stage.change(folder, phase="filling")
    else:
        stage.change(folder, url=place.url)
    return found


def _say_how(made: Stage, place: Place) -> None:
    output.line(f"sign in: {place.url} {made.user} {made.password}", "bold green")
    output.note(say("demo-others"))
    output.note(say("serve-stop"))


def _link(folder: Path, url: str) -> str:
    return f"{url}demo/enter/{stage.new_token(folder)}/"


def _open(link: str) -> None:
    """Show a page, where there is a screen: a browser in the terminal would only be in the way."""
    has_screen = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not (has_screen and webbrowser.open(link)):
        output.line(say("demo-link", url=link))


def _shown_already(folder: Path, ready: Callable[[str], None] | None) -> None:
    found = stage.read(folder)
    if found is None:
        raise CommandError("server-running", home=folder)
    output.line(f"sign in: {found.url} {found.user} {found.password}", "bold green")
    output.note(say("demo-running"))
    if ready is not None:
        ready(_link(folder, found.url))


def _mind(folder: Path, is_over: threading.Event) -> None:
    """Stop the server when somebody wants to begin in earnest."""
    while not is_over.wait(_ASKED_EVERY):
        if _is_clearing(folder):
            is_over.set()


def _is_clearing(folder: Path) -> bool:
    found = stage.read(folder)
    return found is not None and found.phase == "clearing"


def _begin_in_earnest(place: Place, own: dict[str, str]) -> None:
    """Become ``kehuma serve`` on the real data folder."""
    words = [sys.executable, "-m", "kehuma", "--lang", spoken(), "serve", "--port", str(place.port)]
    environment = {**os.environ, **own}
    sys.stdout.flush()
    if os.name == "nt":
        sys.exit(subprocess.run(words, env=environment, check=False).returncode)  # noqa: S603 - our own program
    os.execve(sys.executable, words, environment)  # noqa: S606 - as above


def _place(port: str | None, *, is_any: bool) -> Place:
    """The port asked for, or the first free one."""
    if port is not None:
        place = serve.place(port, "127.0.0.1", (None, None), None)
        serve.require_free(place)
        return place
    first = serve.PORT + (500 if is_any else 0)
    for number in range(first, first + _PORTS_TRIED):
        place = Place(port=number, workers=serve.usual_workers())
        try:
            serve.require_free(place)
        except CommandError:
            continue
        return place
    raise CommandError("no-port", first=first, last=first + _PORTS_TRIED - 1)


def _files_in_another_process(folder: Path, count: int, seed: int) -> None:
    """A process works on one register; the files have their own."""
    words = ["demo", "--files", "--once", "--rows", str(count), "--seed", str(seed), "--home", str(folder)]
    command = [sys.executable, "-m", "kehuma", "--lang", spoken(), *words]
    sys.stdout.flush()
    code = subprocess.run(command, check=False).returncode  # noqa: S603 - our own program
    if code:
        raise typer.Exit(code)
