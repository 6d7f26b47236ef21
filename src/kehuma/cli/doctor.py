"""``kehuma doctor``: is this installation sound, and what is to be done where it is not."""

from kehuma.cli import output, register
from kehuma.cli.output import Cell, Tinted
from kehuma.cli.texts import CommandError, say, spoken
from kehuma.lib import clock
from kehuma.lib.health import Finding


def doctor() -> None:
    """Check this installation."""
    register.set_up()
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up
    from kehuma.lib.health import looking  # noqa: PLC0415 - as above

    language = spoken()
    findings = list(looking.examined(register.home(), queries.faults, at=clock.now()))
    rows = [[_mark(one), one.title(language), output.safe(one.finding(language))] for one in findings]
    output.table(["", say("column-checked"), say("column-found")], rows)
    wrong = [(one, one.remedy) for one in findings if one.remedy]
    for finding, remedy in wrong:
        told = say("doctor-remedy", what=finding.title(language), remedy=remedy.say(language))
        output.line(told, "yellow")
    if wrong:
        raise CommandError("doctor-wrong", count=len(wrong))
    output.line(say("doctor-fine"), "green")


def _mark(finding: Finding) -> Cell:
    return Tinted((("✗", "bold red"),)) if finding.remedy else Tinted((("✓", "bold green"),))
