"""The dry run: every row through the gate, nothing stored but what a person has to look at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kehuma.apps.intake import contents, estimates, matching, staging
from kehuma.apps.intake.errors import said
from kehuma.apps.intake.files import opened
from kehuma.apps.intake.gate import Gate, Passed
from kehuma.apps.intake.models import ImportBatch, State
from kehuma.apps.intake.plan import Plan
from kehuma.apps.intake.running import chunk_of, keeping, step, viewer_of
from kehuma.apps.intake.staging import DUPLICATE, FAULT, Row, Staged
from kehuma.lib import tabular
from kehuma.lib.viewer import Viewer

PREVIEWED = 30
# What tidying a value did, by the type of its field.
_TIDIED = {
    "phone": "phone",
    "date": "date",
    "identifier": "identifier",
    "email": "email",
    "name": "text",
    "text": "text",
}


def plan_of(batch: ImportBatch) -> Plan:
    """The mapping of a batch."""
    return Plan(batch.contents.header, batch.contents.columns, batch.contents.words)


def gate_of(batch: ImportBatch, viewer: Viewer, at: datetime) -> Gate:
    """The gate of a batch; where rows name superiors, it knows who is in the file."""
    gate = Gate(plan_of(batch), batch.scheme, at, viewer, batch.source)
    if gate.superiors:
        with opened(batch) as table:
            for piece in table.batches():
                gate.superiors.learn(gate.reader, piece.rows)
    return gate


def check(batch: ImportBatch, *, at: datetime) -> None:
    """Run dry; ends in CHECKED, RECEIVED (stopped) or FAILED."""
    with keeping(batch, stopped=State.RECEIVED):
        staging.empty(batch)
        _Check(batch, viewer_of(batch), at).run()


class _Check:
    def __init__(self, batch: ImportBatch, viewer: Viewer, at: datetime) -> None:
        self.batch, self.viewer, self.at = batch, viewer, at
        self.gate = gate_of(batch, viewer, at)
        self.seen = matching.Seen()
        self.counts: Counter[str] = Counter()
        self.tidied: Counter[str] = Counter()
        self.keys: Counter[str] = Counter()
        self.preview: list[tuple[int, str, Passed]] = []

    def run(self) -> None:
        batch = self.batch
        batch.done = batch.position = 0
        with opened(batch) as table:
            batch.expected = table.row_count_estimate
            for piece in table.batches(chunk_of(batch)):
                self._piece(piece)
                last = piece.numbers[-1] if piece.numbers else batch.position
                step(batch, rows=len(piece.rows) + len(piece.faults), position=last, counts=self._told())
        batch.expected, batch.state, batch.counts = batch.done, State.CHECKED, self._told()
        batch.contents.estimate = estimates.estimate(self.gate.grammar, batch.scheme, self.keys, self.preview)
        contents.seal(batch)
        batch.save(update_fields=["expected", "state", "counts", "sealed"])

    def _piece(self, piece: tabular.Batch) -> None:
        staged = [Staged(self._damaged(fault)) for fault in piece.faults]
        keys = [self.gate.reader.key(cells) for cells in piece.rows]
        known = matching.known(self.batch.scheme, self.batch.source, keys)
        passed = self.gate.rows([(cells, None) for cells in piece.rows])
        asked = [(key, row.values, row.match) for key, row in zip(keys, passed, strict=True)]
        for place, error in matching.numbers_of_others(self.batch.scheme, self.batch.source, asked).items():
            passed[place].faults.setdefault("own_number", error)
        same = self._duplicates(keys, passed, known)
        rows = zip(piece.numbers, piece.rows, keys, passed, same, strict=True)
        for number, cells, key, row, duplicates in rows:
            again = self.seen.again(number, key, row.values)
            if again:
                duplicates.insert(0, {"row": again[0], "field": again[1]})
            self._count_tidied(row)
            one = self._staged(number, cells, key, row, duplicates, is_known=key in known)
            if one:
                staged.append(one)
        self.counts["blank"] += piece.blank
        staging.store(self.batch, staged)

    def _duplicates(
        self, keys: Sequence[str], passed: Sequence[Passed], known: Mapping[str, str]
    ) -> list[list[dict[str, Any]]]:
        """Of each row the customers that it may be; a row that is known for sure needs no guess."""
        unsure = [index for index, key in enumerate(keys) if key not in known and not passed[index].match]
        found: list[list[dict[str, Any]]] = [[] for _ in keys]
        among = matching.among_customers(self.viewer, [passed[index].values for index in unsure])
        for index, duplicates in zip(unsure, among, strict=True):
            found[index] = duplicates
        return found

    def _staged(  # noqa: PLR0913 - what is known of a row
        self,
        number: int,
        cells: Sequence[str],
        key: str,
        row: Passed,
        duplicates: list[dict[str, Any]],
        *,
        is_known: bool,
    ) -> Staged | None:
        """The row to be looked at by a person; None where it can come in as it is, which is counted."""
        state = FAULT if row.faults else DUPLICATE if duplicates else ""
        if not state:
            self._count_sound(number, cells, row, is_known=is_known or bool(row.match))
            return None
        self.counts["in_file"] += bool(duplicates and "row" in duplicates[0])
        self.counts["fault_rows"] += state == FAULT
        stored = Row(
            number=number,
            key=key,
            title=self.gate.reader.title(cells),
            cells=list(cells),
            duplicates=duplicates,
            state=state,
            decision=decision_for(duplicates) if state == DUPLICATE else "",
        )
        return Staged(stored, [(name, row.texts.get(name, ""), error) for name, error in row.faults.items()])

    def _count_sound(self, number: int, cells: Sequence[str], row: Passed, *, is_known: bool) -> None:
        self.counts["update" if is_known else "create"] += 1
        if is_known or row.snapshot is None:
            return
        self.keys[row.snapshot.counter_key] += 1
        if len(self.preview) < PREVIEWED:
            self.preview.append((number, self.gate.reader.title(cells), row))

    def _count_tidied(self, row: Passed) -> None:
        for name, text in row.texts.items():
            if text and row.values.get(name, text) != text:
                kind = _TIDIED.get(self.gate.table[name].type) if name in self.gate.table else None
                if kind and isinstance(row.values[name], str):
                    self.tidied[kind] += 1

    def _damaged(self, fault: tabular.RowFault) -> Row:
        self.counts["damaged"] += 1
        width = len(self.batch.contents.header)
        cells = (*fault.cells[:width], *[""] * (width - len(fault.cells)))
        return Row(number=fault.number, key="", cells=list(cells), error=said(fault.error), state=FAULT)

    def _told(self) -> dict[str, Any]:
        return {**self.counts, "tidied": dict(self.tidied)}


def decision_for(duplicates: Sequence[Mapping[str, Any]]) -> str:
    """A row that stands twice in the file word for word is left out; anything else a person decides."""
    return "skip" if duplicates and duplicates[0].get("field") == "row" else ""
