"""``kehuma alarms``: what was strange in how codes were looked up."""

from typing import Annotated

import typer

from kehuma.cli import output, register
from kehuma.cli.facts import number_of
from kehuma.cli.texts import say, spoken
from kehuma.lib import clock


def alarms(
    *,
    every: Annotated[bool, typer.Option("--all", help="help-alarms-all")] = False,
    limit: Annotated[str, typer.Option(metavar="N", help="help-alarms-limit")] = "50",
    json: Annotated[bool, typer.Option("--json", help="help-json")] = False,
) -> None:
    """List the alarms that nobody has looked into yet, the newest first."""
    most = number_of(limit, "--limit")
    register.open_register()
    from kehuma.apps.alarms import queries, telling  # noqa: PLC0415 - after set-up
    from kehuma.lib.viewer import system  # noqa: PLC0415 - as above

    viewer = system(register.actor())
    records = queries.alarms(viewer) if every else queries.unacknowledged(queries.alarms(viewer))
    rows = queries.rows(viewer, list(records.order_by("-id")[:most]))
    today = queries.today(clock.now())
    said = [telling.sentence(one.rule, one.facts, one.day, today=today, language=spoken()) for one in rows]
    if json:
        output.as_json([
            {"at": one.at.isoformat(), "reader": one.reader, "name": one.name, "rule": one.rule, "day": one.day.isoformat(),
             "said": text, "facts": one.facts, "open": one.is_open}
            for one, text in zip(rows, said, strict=True)
        ])  # fmt: skip
        return
    if not rows:
        output.line(say("alarms-none"), "green")
        return
    heads = [say(f"column-alarms-{head}") for head in ("at", "who", "what", "state")]
    output.table(heads, [
        [one.at.astimezone().strftime("%Y-%m-%d %H:%M"), output.safe(one.name or one.reader), output.safe(text),
         say("alarms-open" if one.is_open else "alarms-done")]
        for one, text in zip(rows, said, strict=True)
    ])  # fmt: skip
