"""``kehuma scheme diff``: two versions of a scheme, for people and for machines."""

from collections.abc import Sequence

from kehuma.cli import output, scheme_files
from kehuma.cli.texts import say, spoken
from kehuma.engine.coding.diff import Change, Difference, diff


def compare(old: str, new: str, others: Sequence[str], *, json: bool) -> bool:
    """Show what changes; whether anything does."""
    files = [scheme_files.opened(old), scheme_files.opened(new)]
    shelf = scheme_files.shelf([], others)
    difference = diff(*map(shelf.grammar, files))
    if json:
        output.as_json(_as_json(difference))
    elif difference.is_empty:
        output.line(say("diff-same"))
    else:
        _show("diff-issued", difference.issued)
        _show("diff-to-come", difference.to_come)
        if not difference.compatible.ok:
            output.line(difference.compatible.say(spoken()), "bold red")
    return not difference.is_empty


def _show(heading: str, changes: Sequence[Change]) -> None:
    if changes:
        output.line(say(heading), "bold")
        for change in changes:
            output.line(f"  {change.say(spoken())}")


def _as_json(difference: Difference) -> dict[str, object]:
    verdict = difference.compatible
    return {
        "same": difference.is_empty,
        "issued": [change.say(spoken()) for change in difference.issued],
        "to_come": [change.say(spoken()) for change in difference.to_come],
        "compatible": {
            "ok": verdict.ok,
            "witness": verdict.witness,
            "readings": [list(reading) for reading in verdict.readings],
        },
    }
