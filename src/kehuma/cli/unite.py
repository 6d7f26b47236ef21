"""``kehuma unite``: back from three administrators to one, where none of them can sign in any more."""

from typing import Annotated

import typer

from kehuma.cli import output, register
from kehuma.cli.texts import say
from kehuma.lib import clock


def unite(username: Annotated[str, typer.Argument(metavar="USERNAME", help="help-unite-username")]) -> None:
    """Give one person all rights; who can do this reaches the data folder anyway."""
    register.open_register()
    from kehuma.apps.access import services  # noqa: PLC0415 - after set-up
    from kehuma.lib.viewer import system  # noqa: PLC0415 - as above

    services.unite_at_machine(system(register.actor()), username, at=clock.now())
    output.line(say("unite-done", name=username), "green")
