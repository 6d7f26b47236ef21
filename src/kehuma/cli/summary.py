"""What came of a file: how many rows, and where and in which trade the coded customers are."""

from collections import Counter
from pathlib import Path

from kehuma.cli import output
from kehuma.cli.output import Cell, Tinted
from kehuma.cli.readings import colours_of
from kehuma.cli.texts import in_words, say
from kehuma.engine.coding.errors import ReadError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Lookup

_KINDS = ("coded", "known", "changed")
# More lines than this are not read; the rest is one line of its own.
_MOST_LINES = 10
_MOST_REFUSED = 5
# Distinct values that are counted one by one: a file of names must not fill the memory.
_REMEMBERED = 10_000


class Summary:
    """Counts of a run; ``coded`` rows got a new code, ``known`` and ``changed`` ones keep the code of their key."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.rejected = self.blank = 0
        self.refused: Counter[tuple[str, str]] = Counter()
        self.grammar: Grammar | None = None
        self.lookups: list[tuple[int, Lookup, str, Counter[str]]] = []

    def begin(self, grammar: Grammar, fields: dict[str, str]) -> None:
        """Learn from the scheme what there is to count; ``fields`` names the column behind a segment."""
        self.grammar = grammar
        self.lookups = [
            (index, segment, fields.get(segment.name, segment.name), Counter())
            for index, segment in enumerate(grammar.segments)
            if isinstance(segment, Lookup)
        ]

    def count(self, kind: str, code: str) -> None:
        """Count a row that has a code."""
        self.kinds[kind] += 1
        try:
            texts = self.grammar.read(code).texts if self.grammar and self.lookups else ()
        except ReadError:  # a code of an earlier version
            return
        for index, _, _, counted in self.lookups:
            counted[texts[index]] += 1

    def count_rejected(self, rejected: int, blank: int) -> None:
        """Count rows without code, and lines that hold nothing."""
        self.rejected += rejected
        self.blank += blank

    def count_refused(self, field: str, value: str) -> None:
        """Count a value that the scheme does not know."""
        if (field, value) in self.refused or len(self.refused) < _REMEMBERED:
            self.refused[field, value] += 1

    @property
    def rows(self) -> int:
        """All rows that hold something."""
        return self.kinds.total() + self.rejected

    @property
    def is_nothing_done(self) -> bool:
        """Whether there were rows, and none of them has a code."""
        return self.rejected > 0 and not self.kinds.total()

    @property
    def exit_code(self) -> int:
        """As the reference of the command line says."""
        return 1 if self.is_nothing_done else 3 if self.rejected else 0


def show(summary: Summary, coded: Path, rejected: Path) -> None:
    """The closing summary."""
    named = ("rows", *_KINDS, "rejected")
    figures = (summary.rows, *(summary.kinds[kind] for kind in _KINDS), summary.rejected)
    output.table([say(f"summary-{name}") for name in named], [[f"{n:,}" for n in figures]], right=range(len(named)))
    for _, segment, field, counted in summary.lookups:
        if counted and summary.grammar:
            output.line()
            _lookup_table(segment, field, counted, colours_of(summary.grammar)[segment.name])
    if summary.refused:
        output.line()
        rows = [
            [field, output.safe(value), f"{n:,}"] for (field, value), n in summary.refused.most_common(_MOST_REFUSED)
        ]
        output.table([say("summary-field"), say("summary-refused"), say("summary-rows")], rows, right=[2])
    output.line()
    if summary.blank:
        output.line(say("summary-blank", rows=summary.blank), "dim")
    if not summary.is_nothing_done:
        output.line(say("written-to", file=coded))
    if summary.rejected:
        output.line(say("rejected-to", file=rejected, rows=summary.rejected), "yellow")


def _lookup_table(segment: Lookup, field: str, counted: Counter[str], colour: str) -> None:
    rows: list[list[Cell]] = []
    for symbol, rows_of_it in counted.most_common(_MOST_LINES):
        entry = segment.dictionary.entry(symbol)
        name = in_words(entry.zh, entry.en) if entry else ""
        rows.append([Tinted(((symbol, colour),)), name, f"{rows_of_it:,}"])
    others = len(counted) - len(rows)
    if others > 0:
        rest = counted.total() - sum(n for _, n in counted.most_common(_MOST_LINES))
        rows.append(["…", say("summary-others", count=others), f"{rest:,}"])
    output.table([segment.name, field, say("summary-rows")], rows, right=[2])
