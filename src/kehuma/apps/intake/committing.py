"""The commit: the file once more, chunk by chunk, each a transaction of its own in the customers' tables.

A row is named by its key, so a chunk done twice (after a crash between it and the note of how far we came) changes
nothing the second time.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import services as customers
from kehuma.apps.customers.data import Imported
from kehuma.apps.intake import matching, staging
from kehuma.apps.intake.checking import gate_of
from kehuma.apps.intake.errors import IntakeError, said
from kehuma.apps.intake.files import opened
from kehuma.apps.intake.gate import Passed
from kehuma.apps.intake.models import ImportBatch, ImportRow, State
from kehuma.apps.intake.running import chunk_of, keeping, step, viewer_of
from kehuma.apps.intake.staging import DUPLICATE, FAULT, Row, Staged
from kehuma.apps.intake.superiors import PARENT
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import tabular
from kehuma.lib.viewer import Viewer

CREATE, UPDATE, SKIP = "create", "update", "skip"
# How outcomes of the customers' package are counted.
_COUNTED = {"created": "created", "known": "unchanged", "changed": "unchanged", "updated": "updated"}


def commit(batch: ImportBatch, *, at: datetime) -> None:
    """Bring the rows in; ends in DONE, STOPPED or FAILED, and goes on where an earlier run ended."""
    with keeping(batch, stopped=State.STOPPED):
        _Commit(batch, viewer_of(batch), at).run()


@dataclass(slots=True)
class _Order:
    """What is to be done with a row; ``target`` is the customer to be updated, ``error`` why nothing is done."""

    number: int
    cells: Sequence[str]
    key: str
    row: Passed | None = None
    staged: Row | None = None
    action: str = ""
    target: str = ""
    error: CodingError | None = None


@dataclass(slots=True)
class _Tally:
    """What came of it."""

    kinds: Counter[str] = field(default_factory=Counter)
    regions: Counter[str] = field(default_factory=Counter)
    industries: Counter[str] = field(default_factory=Counter)

    def told(self) -> dict[str, Any]:
        return {**self.kinds, "regions": dict(self.regions), "industries": dict(self.industries)}


class _Commit:
    def __init__(self, batch: ImportBatch, viewer: Viewer, at: datetime) -> None:
        self.batch, self.viewer, self.at = batch, viewer, at
        self.gate = gate_of(batch, viewer, at)
        before: Mapping[str, Any] = batch.counts.get("committed", {})
        self.tally = _Tally(
            Counter({name: count for name, count in before.items() if isinstance(count, int)}),
            Counter(before.get("regions", {})),
            Counter(before.get("industries", {})),
        )
        self.is_repeating = bool(batch.position)
        rows = staging.rows(batch, ImportRow.objects.filter(batch=batch, decision=UPDATE))
        self.wanted = {one["row"] for row in rows for one in row.duplicates[:1] if "row" in one}
        self.first: dict[int, str] = {}

    def run(self) -> None:
        batch = self.batch
        if batch.customer_batch is None:
            begun = customers.begin_batch(self.viewer, "import", batch.source, at=self.at)
            batch.customer_batch = begun.uuid
            batch.save(update_fields=["customer_batch"])
        importing = customers.Import(
            self.viewer, scheme=batch.scheme, source=batch.source, batch=batch.customer_batch, at=self.at
        )
        start, batch.done = batch.position, 0
        with opened(batch) as table:
            for piece in table.batches(chunk_of(batch)):
                numbers = [*piece.numbers, *(fault.number for fault in piece.faults)]
                if numbers and max(numbers) <= start:
                    self._pass_over(piece)
                    batch.done += len(numbers)
                    continue
                self._piece(importing, piece)
                last = max(numbers, default=batch.position)
                step(batch, rows=len(numbers), position=last, counts=self._counts())
                self.is_repeating = False
        self._place(importing)
        importing.end()
        self._end()

    def _place(self, importing: customers.Import) -> None:
        """Once all rows are in, each below its superior, which may have stood below it in the file."""
        batch, superiors = self.batch, self.gate.superiors
        if superiors is None:
            return
        superiors.forget()
        self.tally.kinds["unplaced"] = 0
        with opened(batch) as table:
            for piece in table.batches(chunk_of(batch)):
                self._place_piece(importing, piece)
                step(batch, rows=0, position=batch.position, counts=self._counts())

    def _place_piece(self, importing: customers.Import, piece: tabular.Batch) -> None:
        orders = self._orders(piece, staging.between(self.batch, piece.numbers))
        self._find_first(orders)
        named = [order for order in orders if order.row and order.row.texts.get(PARENT)]
        known = matching.known(self.batch.scheme, self.batch.source, [order.key for order in named])
        ours = importing.created(list(known.values()))
        wanted: list[tuple[_Order, str]] = []
        refused: list[_Order] = []
        for order in named:
            identity = self._came_in(order, known.get(order.key, ""), ours)
            if identity and order.error is None and order.row and not order.row.superior:
                order.error = IntakeError("superior-not-imported", value=order.row.texts[PARENT])
            if identity and order.error is None:
                wanted.append((order, identity))
            elif identity:
                refused.append(order)
        pairs = [(identity, order.row.superior) for order, identity in wanted if order.row]
        for (order, _), error in zip(wanted, importing.place(pairs), strict=True):
            order.error = error
        refused += [order for order, _ in wanted if order.error is not None]
        self.tally.kinds["unplaced"] += len(refused)
        self._note_unplaced(refused)

    def _came_in(self, order: _Order, known: str, ours: Collection[str]) -> str:
        """The customer of a row that this import has brought in or updated, "" of another row."""
        if order.row is not None and order.row.faults:
            # The superior may be unsure only now, with all rows among the customers.
            return known if set(order.row.faults) == {PARENT} and known in ours else ""
        if order.error is not None:
            return ""
        # Rows that came in just now look like rows to be updated, which "create" passes over.
        return (order.target or known) if order.action in (CREATE, UPDATE) or known in ours else ""

    def _note_unplaced(self, orders: Sequence[_Order]) -> None:
        for order in orders:
            if order.staged is not None and order.error is not None:
                order.staged.outcome, order.staged.error = "rejected", said(order.error)
        staging.store(self.batch, [self._rejected(order) for order in orders if order.staged is None])
        staging.note_outcomes(self.batch, [order.staged for order in orders if order.staged is not None])

    def _piece(self, importing: customers.Import, piece: tabular.Batch) -> None:
        staged = staging.between(self.batch, piece.numbers)
        orders = self._orders(piece, staged)
        self._create(importing, [order for order in orders if order.action == CREATE])
        self._find_first(orders)
        self._update(importing, [order for order in orders if order.action == UPDATE])
        self._note(orders)
        self.tally.kinds["rejected"] += len(piece.faults)

    def _orders(self, piece: tabular.Batch, staged: Mapping[int, Row]) -> list[_Order]:
        orders = []
        for number, cells in zip(piece.numbers, piece.rows, strict=True):
            orders.append(_Order(number, cells, self.gate.reader.key(cells), staged=staged.get(number)))
        passed = self.gate.rows([(order.cells, order.staged.mended if order.staged else None) for order in orders])
        for order, row in zip(orders, passed, strict=True):
            order.row = row
        known = matching.known(self.batch.scheme, self.batch.source, [order.key for order in orders])
        for order in orders:
            self._decide(order, known)
        return orders

    def _decide(self, order: _Order, known: Mapping[str, str]) -> None:
        row, staged = order.row, order.staged
        assert row is not None  # noqa: S101 - every order has passed the gate
        order.action, order.target = CREATE, ""
        if staged and staged.state == DUPLICATE:
            self._decide_duplicate(order, staged)
        elif target := row.match or known.get(order.key, ""):
            order.action, order.target = UPDATE, target
        if row.faults:
            order.action = ""
            order.error = next(iter(row.faults.values()))
        elif order.action in (CREATE, UPDATE) and self.batch.mode not in ("both", order.action):
            order.action = SKIP

    def _decide_duplicate(self, order: _Order, staged: Row) -> None:
        order.action = staged.decision
        same = staged.duplicates[0] if staged.duplicates else {}
        match staged.decision:
            case "":
                fact = f"#{same['row']}" if "row" in same else same.get("identity", "")
                order.error = IntakeError("undecided", same=fact)
            case "update":
                order.target = same.get("identity", "")
            case "create":
                # The key of the row it repeats would bring that row's customer.
                order.key = f"{order.key}#{order.number}"
                # A number of the source names one customer: it stays with the first.
                if same.get("field") == "own_number" and order.row is not None:
                    order.row.values.pop("own_number", None)

    def _create(self, importing: customers.Import, orders: Sequence[_Order]) -> None:
        done = importing.create([(order.key, _values(order, is_new=True)) for order in orders]) if orders else []
        for order, imported in zip(orders, done, strict=True):
            self._take(order, imported)
            if imported.identity and order.number in self.wanted:
                self.first[order.number] = imported.identity

    def _find_first(self, orders: Sequence[_Order]) -> None:
        """Whom a row that stands twice in the file updates: the customer that came of the first one."""
        for order in orders:
            if order.action == UPDATE and order.number in self.wanted:
                self.first.setdefault(order.number, order.target)
        for order in orders:
            if order.action != UPDATE or order.target or order.staged is None:
                continue
            number = order.staged.duplicates[0]["row"]
            order.target = self.first.get(number, "")
            if not order.target:
                order.action, order.error = "", IntakeError("first-not-imported", row=number)

    def _update(self, importing: customers.Import, orders: Sequence[_Order]) -> None:
        done = importing.update([(order.target, _values(order, is_new=False)) for order in orders]) if orders else []
        for order, imported in zip(orders, done, strict=True):
            self._take(order, imported)

    def _take(self, order: _Order, imported: Imported) -> None:
        if imported.kind == "rejected":
            faults = dict(imported.faults)
            order.action, order.error = "", next(iter(faults.values()), IntakeError("damaged-row"))
            if order.row is not None:
                order.row.faults = faults
            return
        # After a crash the customers of the chunk that was not noted are there already.
        is_ours = imported.kind in ("known", "unchanged") and self.is_repeating
        counted = "created" if is_ours else _COUNTED.get(imported.kind, "unchanged")
        self.tally.kinds[counted] += 1
        if order.staged:
            order.staged.outcome = counted
        if counted == "created" and order.row is not None:
            self.tally.regions[str(order.row.values.get("region", ""))[:2]] += 1
            self.tally.industries[str(order.row.values.get("industry", ""))[:1]] += 1

    def _note(self, orders: Sequence[_Order]) -> None:
        """Keep with each staged row what came of it; a row that was refused only now is staged now."""
        new, changed = [], []
        for order in orders:
            if order.action == SKIP:
                self.tally.kinds["skipped"] += 1
            if order.error is not None:
                self.tally.kinds["rejected"] += 1
            if order.staged is None and order.error is not None:
                new.append(self._rejected(order))
            elif order.staged is not None:
                order.staged.outcome = order.staged.outcome if not order.error else "rejected"
                order.staged.outcome = "skipped" if order.action == SKIP else order.staged.outcome
                if order.error is not None and order.staged.state != FAULT:
                    order.staged.error = said(order.error)
                changed.append(order.staged)
        staging.store(self.batch, new)
        staging.note_outcomes(self.batch, changed)

    def _rejected(self, order: _Order) -> Staged:
        row = Row(
            number=order.number,
            key=order.key,
            title=self.gate.reader.title(order.cells),
            cells=list(order.cells),
            error=said(order.error) if order.error else {},
            state=FAULT,
            outcome="rejected",
        )
        passed = order.row
        faults = [(name, passed.texts.get(name, ""), error) for name, error in passed.faults.items()] if passed else []
        return Staged(row, faults)

    def _pass_over(self, piece: tabular.Batch) -> None:
        """Rows committed before a crash: only those matter here that later rows repeat."""
        keys = {
            self.gate.reader.key(cells): number
            for number, cells in zip(piece.numbers, piece.rows, strict=True)
            if number in self.wanted
        }
        for key, identity in matching.known(self.batch.scheme, self.batch.source, list(keys)).items():
            self.first[keys[key]] = identity

    def _counts(self) -> dict[str, Any]:
        return {**self.batch.counts, "committed": self.tally.told()}

    def _end(self) -> None:
        batch = self.batch
        batch.state, batch.finished_at, batch.counts = State.DONE, self.at, self._counts()
        kinds = {name: count for name, count in self.tally.kinds.items() if count}
        with transaction.atomic():
            batch.save(update_fields=["state", "finished_at", "counts"])
            detail = {"rows": batch.done, **kinds}
            audit.record("intake.committed", str(batch.uuid), detail, actor=self.viewer.actor, at=self.at)


def _values(order: _Order, *, is_new: bool) -> dict[str, object]:
    """The values to store; an empty cell of a file says nothing about a customer that is there already."""
    assert order.row is not None  # noqa: S101 - every order has passed the gate
    texts, values = order.row.texts, order.row.values
    owner: dict[str, object] = {"owner": order.row.owner} if order.row.owner else {}
    if not is_new:
        return {key: value for key, value in values.items() if value and texts.get(key)} | owner
    return {**values, **owner, PARENT: order.row.superior} if order.row.superior else {**values, **owner}
