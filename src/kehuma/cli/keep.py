"""``kehuma backup``, ``kehuma restore`` and ``kehuma upgrade``."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kehuma.cli import output, register, running
from kehuma.cli.facts import path_of
from kehuma.cli.progress import share
from kehuma.cli.texts import CommandError, say, spoken
from kehuma.lib import clock

if TYPE_CHECKING:
    from kehuma.apps.codes.ceilings import Ceilings
    from kehuma.lib.backups.archive import Manifest

_SHOWN_TABLES = (("customers_customer", "backup-customers"), ("codes_code", "backup-codes"))
_MEGABYTE = 1_000_000


def backup(file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="help-backup-file")] = None) -> None:
    """Make a backup and check it."""
    target = path_of(file).absolute() if file else None
    register.set_up()
    register.require_here()
    if not register.is_there():
        from kehuma.lib.backups.errors import BackupError  # noqa: PLC0415 - after set-up

        raise BackupError("nothing-to-back-up")
    _say_made(_backup(target))


def restore(
    file: Annotated[str, typer.Argument(metavar="FILE", help="help-restore-file")],
    *,
    check: Annotated[bool, typer.Option("--check", help="help-restore-check")] = False,
) -> None:
    """Check a backup and put it in place."""
    path = path_of(file).absolute()
    register.set_up()
    from kehuma.lib.backups import making, restoring  # noqa: PLC0415 - after set-up

    if check:
        with share(say("backup-check")) as bar:
            manifest = making.check(register.home(), path, report=bar)
        _say_contents(manifest)
        output.line(say("backup-sound"), "green")
        return
    register.require_here()
    with running.nobody_serves(register.home()):
        least, count, is_whole = _reached()
        with share(say("restore-bar")) as bar:
            restored = restoring.restore(register.home(), path, at=clock.now(), report=bar)
        register.make_tables()
        _say_contents(restored.manifest)
        _carry_on(path.name, least, count, is_whole=is_whole)
        _erase_again()
    if restored.aside.exists() or restored.store:
        output.line(say("restore-aside", folder=restored.aside, store=restored.store))
    output.line(say("restore-done", made=_moment(restored.manifest)), "green")


def upgrade() -> None:
    """Bring the register to this version."""
    register.set_up()
    register.require_here()
    from kehuma.lib.db import upgrading  # noqa: PLC0415 - after set-up

    if newer := upgrading.unknown():
        raise CommandError("register-newer", names=newer)
    if upgrading.is_current():
        output.line(say("upgrade-not-needed"), "green")
        return
    before = upgrading.applied()
    with running.nobody_serves(register.home()):
        if before:
            _say_made(_backup(None))
        register.make_tables()
    steps = len(upgrading.applied()) - len(before)
    output.line(say("upgrade-done" if before else "upgrade-made", steps=steps), "green")


def _backup(target: Path | None) -> Path:
    from kehuma.apps.audit import services as audit  # noqa: PLC0415 - after set-up
    from kehuma.lib.backups import making  # noqa: PLC0415 - as above

    at = clock.now()
    with share(say("backup-bar")) as bar:
        made = making.make(register.home(), target, at=at, report=lambda _phase, share: bar(share))
    # An older register may have no table for events yet; the backup itself stands.
    with suppress(Exception):
        audit.record_alone("store.backed-up", made.name, actor=register.actor(), at=at)
    return made


def _reached() -> "tuple[Ceilings, int, bool]":
    """How far the store that is to be replaced has come, as far as it can be read, and whether that was everything."""
    from django.db import Error  # noqa: PLC0415 - after set-up

    from kehuma.apps.audit import fence  # noqa: PLC0415 - as above
    from kehuma.apps.codes import queries  # noqa: PLC0415 - as above
    from kehuma.apps.codes.ceilings import ceilings  # noqa: PLC0415 - as above

    if not register.is_there():
        return {}, 0, False
    try:
        return ceilings(), queries.number_of_codes(), fence.contradiction() is None
    except Error as error:
        output.note(say("restore-unread", reason=error), "yellow")
        return {}, 0, False


def _carry_on(name: str, least: "Ceilings", count: int, *, is_whole: bool) -> None:
    """No number that was given out after the backup is given out again."""
    from kehuma.apps.audit import services as audit  # noqa: PLC0415 - after set-up
    from kehuma.apps.codes import queries  # noqa: PLC0415 - as above
    from kehuma.apps.codes.ceilings import raise_counters  # noqa: PLC0415 - as above
    from kehuma.cli.log import carried_on  # noqa: PLC0415 - as above

    at, actor = clock.now(), register.actor()
    raised = raise_counters(least, actor=actor, at=at)
    lost = max(0, count - queries.number_of_codes())
    audit.record_alone("store.restored", name, {"counters": raised, "codes": lost}, actor=actor, at=at)
    # What the replaced store could not tell, because it is damaged or gone, the witness has kept.
    raised += carried_on(is_reached=is_whole)
    if raised:
        output.line(say("restore-raised", counters=raised, codes=lost), "yellow")


def _erase_again() -> None:
    """Who was erased after the backup was made is not brought back by it."""
    from kehuma.apps.customers import services  # noqa: PLC0415 - after set-up
    from kehuma.apps.sealing import queries  # noqa: PLC0415 - as above

    if erased := services.replay_erasures(actor=register.actor(), at=clock.now()):
        output.line(say("restore-erased", count=erased), "yellow")
    if sealed := queries.why_sealed():
        output.note(sealed.say(spoken()), "yellow")


def _say_made(path: Path) -> None:
    from kehuma.lib.backups import archive  # noqa: PLC0415 - after set-up

    _say_contents(archive.manifest_of(path))
    size = f"{path.stat().st_size / _MEGABYTE:,.1f}"
    output.line(say("backup-made", file=path, megabytes=size), "green")
    output.note(say("backup-secret"), "yellow")


def _say_contents(manifest: "Manifest") -> None:
    figures = [[say(text), f"{manifest.rows_of(table):,}"] for table, text in _SHOWN_TABLES]
    files = sum(name.startswith("home/") for name in manifest.files)
    rows = [[say("backup-moment"), _moment(manifest)], [say("backup-version"), manifest.version], *figures]
    output.table(["", ""], [*rows, [say("backup-rows"), f"{manifest.rows:,}"], [say("backup-files"), f"{files:,}"]])


def _moment(manifest: "Manifest") -> str:
    from django.utils import timezone  # noqa: PLC0415 - after set-up

    return f"{timezone.localtime(manifest.made_at):%Y-%m-%d %H:%M:%S}"
