"""``kehuma doctor``: is this installation sound, and what is to be done where it is not."""

from kehuma.cli import output, register
from kehuma.cli.output import Cell, Tinted
from kehuma.cli.texts import CommandError, say, spoken
from kehuma.lib import clock
from kehuma.lib.health import Finding


def doctor() -> None:
    """Check this installation."""
    register.set_up()
    from kehuma.apps.audit import health as log  # noqa: PLC0415 - after set-up
    from kehuma.apps.codes import queries  # noqa: PLC0415 - as above
    from kehuma.apps.sealing import health as sealing  # noqa: PLC0415 - as above
    from kehuma.lib.health import looking  # noqa: PLC0415 - as above

    language = spoken()
    more = (log.findings, sealing.findings)
    findings = list(looking.examined(register.home(), queries.faults, at=clock.now(), more=more))
    rows = [[_mark(one), one.title(language), output.safe(one.finding(language))] for one in findings]
    output.table(["", say("column-checked"), say("column-found")], rows)
    for finding, remedy in [(one, one.remedy) for one in findings if one.remedy]:
        told = say("doctor-remedy", what=finding.title(language), remedy=remedy.say(language))
        output.line(told, "yellow")
    if faults := sum(one.is_fault for one in findings):
        raise CommandError("doctor-wrong", count=faults)
    output.line(say("doctor-fine"), "green")


def _mark(finding: Finding) -> Cell:
    if finding.is_fault:
        return Tinted((("✗", "bold red"),))
    return Tinted((("!", "bold yellow"),)) if finding.remedy else Tinted((("✓", "bold green"),))
