"""Remarks on a scheme that is correct and will make trouble all the same: for people, for spreadsheets, for the law.

They are decided on the grammar wherever a code can be the evidence, and then show such a code.

>>> from kehuma.engine.coding.grammar import compile_scheme
>>> from kehuma.engine.coding.scheme_file import load_scheme
>>> grammar = compile_scheme(load_scheme('''
... kehuma = 1
... name = "order"
... template = "{week:2}-{serial:2}"
... segments.week.alphabet = "digits"
... '''))
>>> [(lint.rule, lint.severity, lint.example) for lint in lints_of(grammar)]
[('excel-date', 'warning', '01-01')]
>>> lints_of(grammar)[0].say("en")
'a spreadsheet turns codes such as "01-01" into dates'
"""

from collections.abc import Callable, Iterator

from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.lints import counters, look_alikes, people, size, spreadsheets
from kehuma.engine.coding.lints.issued import IssuedCodes
from kehuma.engine.coding.lints.lint import Lint, Severity

__all__ = ["RULES", "Lint", "Severity", "lints_of"]

# One line per rule; each is a function from the codes of a scheme to the remarks it finds.
_RULES: dict[str, Callable[[IssuedCodes], Iterator[Lint]]] = {
    "partition-not-readable": counters.partition_not_readable,
    "reset-without-date": counters.reset_without_date,
    "width-below-forecast": counters.width_below_forecast,
    "mod37-2-gapless": counters.mod37_2_gapless,
    "personal-data": people.personal_data,
    "look-alikes": look_alikes.look_alikes,
    "excel-number": spreadsheets.number,
    "excel-date": spreadsheets.date,
    "excel-leading-zero": spreadsheets.leading_zero,
    "excel-too-long": spreadsheets.too_long,
    "excel-formula": spreadsheets.formula,
    "too-long": size.too_long,
    "too-many-parts": size.too_many_parts,
}
RULES = tuple(_RULES)

_ORDER = ("error", "warning", "notice")


def lints_of(grammar: Grammar) -> tuple[Lint, ...]:
    """All remarks on a scheme, errors first, then in the order of ``RULES``."""
    codes = IssuedCodes(grammar)
    found = [lint for rule in _RULES.values() for lint in rule(codes)]
    return tuple(sorted(found, key=lambda lint: _ORDER.index(lint.severity)))
