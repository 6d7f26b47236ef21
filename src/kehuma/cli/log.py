"""``kehuma proof``, ``kehuma verify``, ``kehuma log …`` and ``kehuma recover``."""

import json as json_text
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kehuma.cli import output, register, running
from kehuma.cli.facts import path_of
from kehuma.cli.help import Command, Group
from kehuma.cli.progress import share
from kehuma.cli.texts import CommandError, say, spoken
from kehuma.lib import clock

if TYPE_CHECKING:
    from kehuma.apps.audit.verifying import Verdict
    from kehuma.engine.merkle.checkpoints import Trust

app = typer.Typer(cls=Group, help="help-log", no_args_is_help=True)

_SHOWN = 100
_COLUMNS = (
    *("recover-column-scheme", "recover-column-key", "recover-column-from", "recover-column-to"),
    "recover-column-left",
)


def proof(
    code: Annotated[str, typer.Argument(metavar="CODE", help="help-proof-code")],
    *,
    out: Annotated[str | None, typer.Option("--output", metavar="FILE", help="help-proof-output")] = None,
    json: Annotated[bool, typer.Option("--json", help="help-json")] = False,
) -> None:
    """Hand out the certificate of a code."""
    register.open_register()
    from kehuma.apps.audit import proving, services  # noqa: PLC0415 - after set-up
    from kehuma.apps.audit.keyring import recalled  # noqa: PLC0415 - as above
    from kehuma.apps.codes import certifying  # noqa: PLC0415 - as above

    at, name = clock.now(), _identity(code)
    services.sequence(at)
    made = certifying.certificate(name, at=at)
    ring = recalled()
    key = str(ring.verifier) if ring else ""
    if json:
        known = {"code": name, "index": made.index, "size": made.size, "at": made.at.isoformat(), "key": key}
        output.as_json({**known, "certificate": made.text, "opening": made.opening})
        return
    target = path_of(out) if out else Path(re.sub(r"[^\w.-]", "_", name) + ".tlog-proof")
    opening = target.with_name(f"{target.name}.opening.json")
    _write({target: made.text, opening: proving.as_text(made.opening)})
    output.line(say("proof-made", code=name, index=made.index, size=made.size), "green")
    output.table(["", ""], [[say("proof-file"), str(target)], [say("proof-opening"), str(opening)]])
    output.note(say("log-key", key=key))


def verify(
    certificate: Annotated[str | None, typer.Argument(metavar="FILE", help="help-verify-file")] = None,
    *,
    opening: Annotated[str | None, typer.Option(metavar="FILE", help="help-verify-opening")] = None,
    key: Annotated[str | None, typer.Option(metavar="KEY", help="help-verify-key")] = None,
    json: Annotated[bool, typer.Option("--json", help="help-json")] = False,
) -> None:
    """Recompute the log, or check one certificate."""
    if certificate is not None:
        _verify_certificate(path_of(certificate), path_of(opening) if opening else None, key, json=json)
        return
    register.open_register()
    from kehuma.apps.audit import verifying  # noqa: PLC0415 - after set-up

    with share(say("verify-bar")) as bar:
        verdict = verifying.verify(bar)
    if json:
        output.as_json(verdict.as_json())
    else:
        _say_verdict(verdict)
    if verdict.faults and json:
        raise typer.Exit(1)
    if verdict.faults:
        raise CommandError("verify-wrong", count=len(verdict.faults))


@app.command("checkpoint", cls=Command, help="help-log-checkpoint")
def checkpoint() -> None:
    """Sign and show how far the log has come."""
    register.open_register()
    from kehuma.apps.audit import services  # noqa: PLC0415 - after set-up
    from kehuma.apps.audit.keyring import recalled  # noqa: PLC0415 - as above

    note = services.sequence(clock.now(), keeps_checkpoint=True).note
    ring = recalled()
    if not note or ring is None:
        raise CommandError("log-empty")
    output.line(note.rstrip("\n"))
    output.note(say("log-key", key=ring.verifier))


@app.command("export", cls=Command, help="help-log-export")
def export(folder: Annotated[str, typer.Argument(metavar="FOLDER", help="help-log-folder")]) -> None:
    """Write the log into files that are verified without kehuma."""
    target = path_of(folder)
    register.open_register()
    from kehuma.apps.audit import exporting, services, witness  # noqa: PLC0415 - after set-up

    at = clock.now()
    if not services.sequence(at).size:
        raise CommandError("log-empty")
    made, seen = exporting.export(at), witness.current()
    target.mkdir(parents=True, exist_ok=True)
    files = {target / "checkpoint": made.note, target / "key": f"{made.key}\n"}
    if seen and (note := seen.checkpoint()):
        files[target / "witness"] = note
    with (target / "log.jsonl").open("x", encoding="utf-8", newline="\n") as file:
        file.writelines(made.lines)
    _write(files)
    output.line(say("export-made", folder=target), "green")


def recover(*, yes: Annotated[bool, typer.Option("--yes", help="help-recover-yes")] = False) -> None:
    """Let a store that was put back go on where no code is given twice."""
    register.open_register()
    from kehuma.apps.audit import fence  # noqa: PLC0415 - after set-up
    from kehuma.apps.audit.errors import StoreBehindError  # noqa: PLC0415 - as above

    found = fence.contradiction()
    if found is None:
        output.line(say("recover-nothing"), "green")
        return
    if not isinstance(found, StoreBehindError):
        raise found
    output.line(found.say(spoken()), "yellow")
    with running.nobody_serves(register.home()):
        moved, full = _jumped(is_kept=False)
        _say_jumps(moved, full)
        if not yes:
            raise CommandError("recover-yes")
        _jumped(is_kept=True)
    output.line(say("recover-done", counters=len(moved)), "green")


def carried_on(*, is_reached: bool) -> int:
    """Recover without asking, if there is something to recover; how many counters moved. For ``kehuma restore``.

    With ``is_reached`` the counters stand already where the replaced store had come to, and jump no further.
    """
    from kehuma.apps.audit import fence  # noqa: PLC0415 - after set-up
    from kehuma.apps.audit.errors import StoreBehindError  # noqa: PLC0415 - as above

    return (
        len(_jumped(is_kept=True, is_reached=is_reached)[0])
        if isinstance(fence.contradiction(), StoreBehindError)
        else 0
    )


Counter = tuple[str, str]


def _jumped(*, is_kept: bool, is_reached: bool = False) -> tuple[Mapping[Counter, tuple[int, int]], Sequence[Counter]]:
    """Which counters a recovery moves from where to where, and those whose numbers then run out; kept or taken back."""
    from django.db import transaction  # noqa: PLC0415 - after set-up

    from kehuma.apps.audit import services  # noqa: PLC0415 - as above
    from kehuma.apps.codes.ceilings import ceilings, raise_counters  # noqa: PLC0415 - as above

    at, actor = clock.now(), register.actor()
    with transaction.atomic():
        before = ceilings()
        jumps = {} if is_reached else services.jumps(before)
        raise_counters(jumps, actor=actor, at=at)
        full = [counter for counter in jumps if _is_full(*counter, jumps[counter])]
        if is_kept:
            services.carry_on(before, moved=len(jumps), actor=actor, at=at)
        else:
            transaction.set_rollback(True)
    return {counter: (before[counter], number) for counter, number in jumps.items()}, full


def _is_full(scheme: str, key: str, following: int) -> bool:
    """Whether a counter that goes on with this number has none left, or hardly any."""
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up
    from kehuma.apps.codes.errors import UnknownSchemeError  # noqa: PLC0415 - as above
    from kehuma.engine.coding.capacity import capacity_of  # noqa: PLC0415 - as above

    del key
    try:
        grammar = queries.grammar(scheme, clock.now())
    except UnknownSchemeError:
        return False
    serial = grammar.scheme.serial
    if serial is None:
        return False
    used = (following - serial.start) // serial.step
    return used * 10 >= capacity_of(grammar).per_key * 9


def _say_jumps(moved: Mapping[Counter, tuple[int, int]], full: Sequence[Counter]) -> None:
    """Those that run out first; of very many only the beginning."""
    order = [*full, *(counter for counter in moved if counter not in set(full))]
    rows = [
        [
            scheme,
            key,
            f"{moved[scheme, key][0]:,}",
            f"{moved[scheme, key][1]:,}",
            say("recover-full") if number < len(full) else "",
        ]
        for number, (scheme, key) in enumerate(order[:_SHOWN])
    ]
    if rows:
        output.table([say(column) for column in _COLUMNS], rows, right=(2, 3))
    if full:
        output.note(say("recover-run-out", count=len(full)), "yellow")


def _identity(text: str) -> str:
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up

    if queries.issued(text):
        return text
    found = queries.resolve(text)
    if not found.found:
        raise CommandError("not-found", text=text)
    return found.identity or ""


def _verify_certificate(path: Path, opening: Path | None, key: str | None, *, json: bool) -> None:
    register.set_up()
    from kehuma.apps.audit import proving  # noqa: PLC0415 - after set-up

    beside = path.with_name(f"{path.name}.opening.json")
    beside = opening or beside
    held: Any = None
    if opening or beside.exists():
        try:
            held = json_text.loads(beside.read_text("utf-8"))
        except ValueError as error:
            raise CommandError("opening-unread", file=beside) from error
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise CommandError("opening-unread", file=path) from error
    found = proving.checked(text, held, _trust(key))
    checkpoint = found.certified.believed.checkpoint
    known = {"index": found.certified.index, "size": checkpoint.size, "log": checkpoint.origin}
    if json:
        output.as_json({"ok": True, **known, "entry": found.entry, "value": found.value})
        return
    output.line(say("certificate-holds", **known), "green")
    rows = [[say("certificate-kind"), found.entry["kind"]], [say("certificate-at"), found.entry["at"]]]
    if found.value is not None:
        rows.append([say("certificate-value"), output.safe(str(found.value))])
    output.table(["", ""], rows)


def _trust(key: str | None) -> "Trust":
    from kehuma.engine.merkle.checkpoints import Trust  # noqa: PLC0415 - after set-up
    from kehuma.engine.merkle.keys import VerifierKey  # noqa: PLC0415 - as above

    if key is not None:
        file = Path(key)
        text = file.read_text("utf-8").strip() if "+" not in key and file.exists() else key
        return Trust((VerifierKey.parse(text),))
    from kehuma.apps.audit.keyring import recalled  # noqa: PLC0415 - as above

    ring = None
    if register.is_there():
        register.open_register()
        ring = recalled()
    if ring is None:
        raise CommandError("verify-key")
    return ring.trust


def _say_verdict(verdict: "Verdict") -> None:
    from kehuma.engine.merkle.text import encoded  # noqa: PLC0415 - after set-up

    seen = say("verify-no-witness") if verdict.witnessed is None else f"{verdict.witnessed:,}"
    rows = [
        [say("verify-size"), f"{verdict.size:,}"],
        [say("verify-root"), encoded(verdict.root)],
        [say("verify-checkpoints"), f"{verdict.checkpoints:,}"],
        [say("verify-witness"), seen],
        [say("verify-waiting"), f"{verdict.waiting:,}"],
        [say("verify-recovered"), f"{verdict.recovered:,}"],
    ]
    output.table(["", ""], rows)
    for fault in verdict.faults:
        output.line(fault.say(spoken()), "red")
    if verdict.ok:
        output.line(say("verify-fine"), "green")


def _write(files: Mapping[Path, str]) -> None:
    for path, text in files.items():
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
