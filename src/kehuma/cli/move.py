"""``kehuma move``: from the file in the data folder to a database on a server."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from kehuma.cli import output, register, running
from kehuma.cli.progress import share
from kehuma.cli.texts import CommandError, say, spoken
from kehuma.lib import clock

if TYPE_CHECKING:
    from kehuma.lib.db.copies import Tables

_SHOWN_TABLES = (("customers_customer", "backup-customers"), ("codes_code", "backup-codes"))


def move(address: Annotated[str | None, typer.Argument(metavar="[ADDRESS]", help="help-move-address")] = None) -> None:
    """Move the register to PostgreSQL."""
    address = address or os.environ.get("KEHUMA_DATABASE_URL")
    if not address:
        raise CommandError("move-where")
    file = register.work_on(address)
    from kehuma.lib.db.moving import copying  # noqa: PLC0415 - after set-up

    with running.nobody_serves(register.home()):
        with share(say("move-bar")) as bar:
            checks = copying.Checks(_is_done, _testify)
            tables = copying.move(file, checks, at=clock.now(), report=bar)
        # The certificates of what was waiting, and of the move itself, are there at once.
        register.log_now()
    _say_moved(tables)


def _is_done(token: str) -> bool:
    from kehuma.apps.audit import queries  # noqa: PLC0415 - after set-up
    from kehuma.lib.db import place  # noqa: PLC0415 - as above

    return bool(token and place.is_there() and queries.events(kind="store.moved", subject=token, limit=1))


def _testify(token: str, tables: "Tables") -> None:
    """The log holds on the server too, the witness knows nothing newer, and both will know of the move."""
    from kehuma.apps.audit import fence, verifying  # noqa: PLC0415 - after set-up
    from kehuma.apps.audit import services as audit  # noqa: PLC0415 - as above

    if found := fence.contradiction():
        raise found
    verdict = verifying.verify()
    if verdict.faults:
        raise CommandError("move-log-wrong", fault=verdict.faults[0].say(spoken()))
    rows = sum(table.rows for table in tables.values())
    detail = {"tables": len(tables), "rows": rows, "leaves": verdict.size}
    audit.record("store.moved", token, detail, actor=register.actor(), at=clock.now())


def _say_moved(tables: "Tables") -> None:
    if tables:
        figures = [[say(text), f"{tables[table].rows:,}"] for table, text in _SHOWN_TABLES]
        rows = sum(table.rows for table in tables.values())
        output.table(["", ""], [*figures, [say("backup-rows"), f"{rows:,}"]], right=(1,))
    output.line(say("move-done"), "green")
    output.note(say("move-next"), "yellow")
