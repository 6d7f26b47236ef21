"""A file in, its codes out: rows are coded and kept piece by piece, the output appears whole or not at all."""

from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kehuma.cli import output, register
from kehuma.cli.mapping import Columns, columns_for
from kehuma.cli.progress import progress
from kehuma.cli.publishing import file_of, publish
from kehuma.cli.rejected import RejectedRows, Rejection, fitted, own_columns
from kehuma.cli.scheme_files import SchemeFile
from kehuma.cli.summary import Summary, show
from kehuma.cli.texts import CommandError, say, spoken
from kehuma.lib import clock
from kehuma.lib.tabular import Batch, RowFault, Table, Writer, open_table, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kehuma.apps.codes.data import Outcome
    from kehuma.apps.codes.services import Batch as Issuer
    from kehuma.engine.coding.grammar import Grammar


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked for: the words of the command line."""

    input: Path
    output: Path
    scheme: str
    mapped: tuple[str, ...] = ()
    key: str | None = None
    column: str = ""
    source: str | None = None
    on_change: Literal["keep", "reject"] = "keep"

    @property
    def rejected(self) -> Path:
        """Where rows go that cannot be coded."""
        return self.output.with_name(self.output.name + ".rejected.csv")


def code_file(job: Job) -> int:
    """Code a file and say what came of it: 0 where all rows have codes, 3 where some were rejected, 1 where all were."""
    summary = Summary()
    try:
        filed(job, summary)
        register.log_now()
    except KeyboardInterrupt:
        output.error(say("interrupted", rows=summary.rows, file=job.output))
        return 130
    show(summary, job.output, job.rejected)
    return summary.exit_code


def filed(job: Job, summary: Summary) -> None:
    """Code a file, counting into ``summary`` as it goes. All errors of a file, a scheme or a mapping, before any code."""
    _require_other_file(job)
    file = file_of(job.scheme)
    with open_table(job.input) as table:
        first = own_columns(table.header)
        header = table.header[first:]
        if job.column in header:
            raise CommandError("column-exists", column=job.column)
        columns = columns_for(_grammar(job.scheme, file).scheme, header, mapped=job.mapped, key=job.key)
        with _outputs(job, header, summary) as (written, rejected):
            if file:
                publish(file, aloud=False)
            grammar = _grammar(file.scheme.name if file else job.scheme, None)
            summary.begin(grammar, columns.fields)
            for attribute in columns.defaulted:
                output.note(say("defaulted", attribute=attribute), "yellow")
            filing = _Filing(columns, _issuer(job, grammar, columns), written, rejected, summary, first)
            _through(table, filing)


@dataclass(frozen=True, slots=True)
class _Filing:
    """What happens to each piece of a table; ``first`` is the place of the first column that is not ours."""

    columns: Columns
    issuer: "Issuer"
    written: Writer
    rejected: RejectedRows
    summary: Summary
    first: int

    def piece(self, batch: Batch) -> None:
        """Code the rows of a batch; when this returns, the register has kept their codes."""
        rows = [row[self.first :] for row in batch.rows] if self.first else batch.rows
        keys = [self.columns.key_of(row) for row in rows]
        orders = [(key, self.columns.values(row)) for key, row in zip(keys, rows, strict=True) if key]
        outcomes = iter(self.issuer.issue(orders))
        coded = []
        rejections = [self._fault(fault) for fault in batch.faults]
        for number, key, row in zip(batch.numbers, keys, rows, strict=True):
            outcome = next(outcomes) if key else None
            if outcome is None or outcome.code is None:
                rejections.append(self._rejection(number, row, outcome))
            else:
                coded.append((outcome.code, *row))
                self.summary.count(outcome.kind, outcome.code)
        self.written.write(coded)
        self.rejected.write(sorted(rejections))
        self.summary.count_rejected(len(rejections), batch.blank)

    def _fault(self, fault: RowFault) -> Rejection:
        cells = fitted(fault.cells[self.first :], self.columns.width)
        return Rejection(fault.number, "", fault.error.say(spoken()), cells)

    def _rejection(self, number: int, row: Sequence[str], outcome: "Outcome | None") -> Rejection:
        if outcome is None or outcome.error is None:
            return Rejection(number, self.columns.key_column or "", say("key-empty"), tuple(row))
        segment = str(outcome.error.facts.get("segment", ""))
        field = self.columns.fields.get(segment, segment) or self.columns.key_column or ""
        if "value" in outcome.error.facts:
            self.summary.count_refused(field, str(outcome.error.facts["value"]))
        return Rejection(number, field, outcome.error.say(spoken()), tuple(row))


def _through(table: Table, filing: _Filing) -> None:
    with progress(table.row_count_estimate) as shown:
        for batch in table.batches():
            filing.piece(batch)
            shown.at(table.fraction, filing.summary.rows)


@contextmanager
def _outputs(job: Job, header: Sequence[str], summary: Summary) -> "Iterator[tuple[Writer, RejectedRows]]":
    """Both files; they are put in place together, or not at all where something breaks off the run."""
    written = write_table(job.output, (job.column, *header))
    rejected = RejectedRows(job.rejected, header)
    try:
        yield written, rejected
    except BaseException:
        written.abandon()
        rejected.abandon()
        raise
    rejected.close()
    if summary.is_nothing_done:
        written.abandon()
    else:
        written.close()


def _grammar(scheme: str, file: SchemeFile | None) -> "Grammar":
    register.open_register()
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up

    return queries.grammar_of_file(file.source) if file else queries.grammar(scheme, clock.now())


def _issuer(job: Job, grammar: "Grammar", columns: Columns) -> "Issuer":
    from kehuma.apps.codes import services  # noqa: PLC0415 - after set-up

    name = grammar.scheme.name
    source = job.source or f"{name}/{columns.key_column or ''}"
    actor, at = register.actor(), clock.now()
    return services.Batch(name, columns.attributes, source=source, actor=actor, at=at, on_change=job.on_change)


def _require_other_file(job: Job) -> None:
    """Neither output may take the place of the input, which may be the only copy of what people know."""
    for target in (job.output, job.rejected):
        same = target.exists() and job.input.exists() and target.samefile(job.input)
        if same or target.absolute() == job.input.absolute():
            raise CommandError("output-is-input", file=target, out=job.output)
