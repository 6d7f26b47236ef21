"""``kehuma keys …``: the keys under which personal values are sealed."""

import getpass
import sys
from typing import Annotated

import typer

from kehuma.cli import output, register
from kehuma.cli.facts import number_of
from kehuma.cli.help import Command, Group
from kehuma.cli.progress import share
from kehuma.cli.texts import CommandError, say, spoken
from kehuma.lib import clock

app = typer.Typer(cls=Group, help="help-keys", no_args_is_help=True)
_MOST = 2**31


@app.command("status", cls=Command, help="help-keys-status")
def status(*, json: Annotated[bool, typer.Option("--json", help="help-json")] = False) -> None:
    """How the keys are kept."""
    register.open_register()
    from kehuma.apps.sealing import queries  # noqa: PLC0415 - after set-up

    found = queries.status()
    if json:
        versions = [{"number": one.number, "at": one.at.isoformat(), "keys": one.subjects} for one in found.versions]
        recovery = found.recovery_at.isoformat() if found.recovery_at else None
        told = {"open": found.is_open, "reason": found.sealed.message if found.sealed else None, "versions": versions}
        output.as_json({**told, "moved": found.moved, "recovery": recovery, "cipher": found.cipher})
        return
    output.line(found.sealed.say(spoken()) if found.sealed else say("keys-open"), "yellow" if found.sealed else "green")
    rows = [
        [say("keys-way"), say("keys-passphrase") if found.has_passphrase else found.place],
        [say("keys-recovery"), found.recovery_at.date().isoformat() if found.recovery_at else say("keys-no-recovery")],
        [say("keys-cipher"), found.cipher],
        [say("keys-erased"), f"{found.erased:,}"],
    ]
    output.table(["", ""], rows)
    versions_ = [
        [str(one.number), one.at.date().isoformat(), f"{one.subjects:,}", say("keys-current") if one.is_current else ""]
        for one in found.versions
    ]
    output.table(
        [say("column-keys-version"), say("column-keys-since"), say("column-keys-count"), ""], versions_, right=[2]
    )
    if found.moved is not None:
        output.note(say("keys-moving", share=f"{found.moved:.0%}"), "yellow")


@app.command("rotate", cls=Command, help="help-keys-rotate")
def rotate() -> None:
    """Begin a new key version and move all data keys to it, while everything goes on."""
    register.open_register()
    from kehuma.apps.sealing import services  # noqa: PLC0415 - after set-up

    number = services.rotate(actor=register.actor(), at=clock.now())
    output.line(say("keys-rotated", number=number))
    _rewrap()
    output.note(say("keys-retire-next", number=number - 1))


@app.command("rewrap", cls=Command, help="help-keys-rewrap")
def rewrap() -> None:
    """Go on with a rotation that was broken off."""
    register.open_register()
    _rewrap()


@app.command("retire", cls=Command, help="help-keys-retire")
def retire(number: Annotated[str, typer.Argument(metavar="N", help="help-keys-version")]) -> None:
    """Destroy a key version that wraps nothing any more."""
    version = number_of(number, "N")
    if not 1 <= version < _MOST:
        raise CommandError("keys-no-version", number=number)
    register.open_register()
    from kehuma.apps.sealing import services  # noqa: PLC0415 - after set-up

    services.retire(version, actor=register.actor(), at=clock.now())
    output.line(say("keys-retired", number=version), "green")


@app.command("recovery", cls=Command, help="help-keys-recovery")
def recovery(*, confirm: Annotated[bool, typer.Option("--confirm", help="help-keys-confirm")] = False) -> None:
    """Show a recovery key this once, and have it typed back."""
    register.open_register()
    from kehuma.apps.sealing import services  # noqa: PLC0415 - after set-up

    if not confirm:
        key = services.new_recovery_key(actor=register.actor(), at=clock.now())
        output.line(key)
        output.note(say("keys-write-down"), "yellow")
        if not sys.stdin.isatty():
            output.note(say("keys-confirm-later"))
            return
    services.confirm_recovery_key(_asked("keys-type-back"), actor=register.actor(), at=clock.now())
    output.line(say("keys-recovery-kept"), "green")


@app.command("recover", cls=Command, help="help-keys-recover")
def recover() -> None:
    """Open with the recovery key, and make the root key of this machine the way in."""
    register.open_register()
    from kehuma.apps.sealing import services, sources  # noqa: PLC0415 - after set-up

    services.recover(_asked("keys-type-recovery"), actor=register.actor(), at=clock.now())
    output.line(say("keys-recovered", place=sources.place()), "green")


@app.command("passphrase", cls=Command, help="help-keys-passphrase")
def passphrase() -> None:
    """Let a passphrase open this installation, and no key lie on the machine."""
    register.open_register()
    from kehuma.apps.sealing import services  # noqa: PLC0415 - after set-up

    chosen = _asked("keys-type-passphrase")
    if sys.stdin.isatty() and _asked("keys-type-again") != chosen:
        raise CommandError("keys-differ")
    services.set_passphrase(chosen, actor=register.actor(), at=clock.now())
    output.line(say("keys-passphrase-set"), "green")


@app.command("file", cls=Command, help="help-keys-file")
def file() -> None:
    """Back from a passphrase to a key file."""
    register.open_register()
    from kehuma.apps.sealing import queries, services, sources  # noqa: PLC0415 - after set-up

    unseal(is_asked=True)
    if sealed := queries.why_sealed():
        raise sealed
    services.use_key_file(actor=register.actor(), at=clock.now())
    output.line(say("keys-recovered", place=sources.place()), "green")


def unseal(*, is_asked: bool = False) -> None:
    """Before the pages are served: open what a passphrase opens, asked for at a terminal; what stays sealed is told."""
    from kehuma.apps.sealing import queries, services  # noqa: PLC0415 - after set-up

    sealed = queries.why_sealed()
    while sealed and sealed.message == "passphrase-needed" and (is_asked or sys.stdin.isatty()):
        given = _asked("keys-passphrase-asked")
        if not given:
            break
        services.unseal(given, actor=register.actor(), at=clock.now())
        sealed = queries.why_sealed()
    if sealed:
        output.note(sealed.say(spoken()), "yellow")


def _rewrap() -> None:
    from kehuma.apps.sealing import services  # noqa: PLC0415 - after set-up

    with share(say("keys-bar")) as report:
        moved = services.rewrap(actor=register.actor(), at=clock.now(), report=report)
    output.line(say("keys-moved", count=f"{moved.keys:,}"), "green")
    if moved.faults:
        raise CommandError("keys-faults", count=moved.faults)


def _asked(prompt: str) -> str:
    """A secret that is typed unseen, or a line that another program hands over."""
    if sys.stdin.isatty():
        return getpass.getpass(say(prompt))
    return sys.stdin.readline().rstrip("\r\n")
