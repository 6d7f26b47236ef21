"""``kehuma apikey``: keys for programs that use the HTTP API."""

from datetime import timedelta
from typing import Annotated

import typer

from kehuma.cli import output, register
from kehuma.cli.facts import number_of
from kehuma.cli.help import Command, Group
from kehuma.cli.texts import CommandError, say
from kehuma.lib import clock

app = typer.Typer(cls=Group, help="help-apikey", no_args_is_help=True)
_DAYS = 365


@app.command("create", cls=Command, help="help-apikey-create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="help-apikey-name")],
    *,
    person: Annotated[str | None, typer.Option("--for", metavar="USERNAME", help="help-apikey-for")] = None,
    rights: Annotated[list[str] | None, typer.Option("--right", metavar="RIGHT", help="help-apikey-right")] = None,
    days: Annotated[str, typer.Option(metavar="N", help="help-apikey-days")] = str(_DAYS),
) -> None:
    """Print a new key, and nothing else: it is shown this once."""
    until = timedelta(days=number_of(days, "--days"))
    register.open_register()
    from kehuma.apps.access import queries, services  # noqa: PLC0415 - after set-up
    from kehuma.apps.access.permissions import PERMISSIONS  # noqa: PLC0415 - as above
    from kehuma.lib.viewer import system  # noqa: PLC0415 - as above

    unknown = [one for one in rights or () if one not in PERMISSIONS]
    if unknown:
        raise CommandError("no-such-right", names=unknown, known=PERMISSIONS)
    at = clock.now()
    if person is None:
        granted = rights or sorted(queries.machine_rights())
        key = services.create_machine_key(
            system(register.actor()), name=name, permissions=granted, expires_at=at + until, at=at
        )
    else:
        found = queries.colleague_named(person)
        if found is None:
            raise CommandError("no-such-person", name=person)
        owner = queries.viewer(found.id)
        granted = rights or sorted(owner.permissions)
        key = services.create_key(owner, name=name, permissions=granted, expires_at=at + until, at=at)
    output.line(key.text)


@app.command("list", cls=Command, help="help-apikey-list")
def show() -> None:
    """List the keys that were not revoked; of a key only its beginning is kept."""
    register.open_register()
    from kehuma.apps.access import queries  # noqa: PLC0415 - after set-up
    from kehuma.lib.viewer import system  # noqa: PLC0415 - as above

    rows = [
        [
            f"khm_{row.prefix}_…",
            output.safe(row.name),
            output.safe(owner),
            str(len(row.permissions)),
            say("apikey-over") if row.is_over else row.expires_at.date().isoformat(),
            row.last_used_at.date().isoformat() if row.last_used_at else "",
        ]
        for row, owner in queries.all_keys(system(register.actor()), at=clock.now())
    ]
    heads = ("apikey-key", "apikey-name", "apikey-owner", "apikey-rights", "apikey-until", "apikey-used")
    output.table([say(f"column-{head}") for head in heads], rows, right=[3])


@app.command("revoke", cls=Command, help="help-apikey-revoke")
def revoke(key: Annotated[str, typer.Argument(metavar="KEY", help="help-apikey-which")]) -> None:
    """End a key at once, whosever it is."""
    register.open_register()
    from kehuma.apps.access import services  # noqa: PLC0415 - after set-up
    from kehuma.lib.viewer import system  # noqa: PLC0415 - as above

    services.revoke_any_key(system(register.actor()), key, at=clock.now())
    output.line(say("apikey-revoked"))
