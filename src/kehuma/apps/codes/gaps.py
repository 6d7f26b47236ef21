"""What became of every number of a counter: given out, reserved, void, passed over and why, or not used yet.

The codes of a counter are walked in the order of their numbers, as the counter walked; the store makes runs of those that
follow one another. Between two of them lie numbers
whose check character cannot be printed (worked out again from the next code's own snapshot, since it was for that
code that the counter tried them), and those that ``codes_skip`` tells of.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import dropwhile
from typing import Any

from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import schemes, skips
from kehuma.apps.codes.adopting import ADOPTED, MANUAL
from kehuma.apps.codes.data import Span
from kehuma.apps.codes.errors import UnknownCounterError
from kehuma.apps.codes.history_models import Reservation, Skip, StateChange
from kehuma.apps.codes.models import Code, Counter, SchemeVersion, State
from kehuma.apps.codes.runs import GIVEN, Run, runs, snapshot_of
from kehuma.engine.coding import serials
from kehuma.engine.coding.errors import WriteError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Serial
from kehuma.engine.coding.snapshots import Snapshot

_LOOKED_BACK = 100


def gaps(scheme: str, key: str = "", *, start: int = 0) -> Iterator[Span]:
    """The fates of the numbers of one counter, in order, as ranges; UnknownCounterError.

    With ``start``, the first number of a range, what lies before it is left out.
    """
    counter = Counter.objects.filter(scheme=scheme, key=key).first()
    if counter is None:
        raise UnknownCounterError("counter-unknown", scheme=scheme, key=key)
    spans = _joined(_Walk(counter, start).spans())
    return dropwhile(lambda span: span.last is not None and span.last < start, spans)


def _is_strange(snapshot: Mapping[str, Any]) -> bool:
    """Whether the code did not come from the counter, but by hand."""
    return snapshot.get("origin") in (MANUAL, ADOPTED)


class _Walk:
    """One way along a counter. ``_position`` is where the counter stands, ``_strange`` what lies before it by hand."""

    def __init__(self, counter: Counter, start: int) -> None:
        self._counter, self._key = counter, counter.key
        self._grammars: dict[int, Grammar] = {}
        self._texts: dict[int, Span] = {}
        self._jumps: list[Span] = []
        for skip in Skip.objects.filter(counter=counter).order_by("first"):
            span = self._span(skip.first, skip.last, "skipped", reason=skip.reason, who=skip.actor, text=skip.text)
            if skip.reason == skips.TAKEN:
                self._texts[skip.first] = span
            else:
                self._jumps.append(span)
        # From a code of its own on, the way is the same wherever it began.
        self._start = self._own_before(start)
        self._position = self._start or self._first()
        self._strange: deque[tuple[int, Span]] = deque()

    def spans(self) -> Iterator[Span]:
        """All there is, in order; neighbours of one fate still apart."""
        last: Run | None = None
        for run, span in self._runs():
            if _is_strange(run.snapshot):
                self._strange.append((run.first, span))
                # What a jump passed over needs no code to explain it: a million codes taken in are not held back.
                while self._position <= run.first and self._jump() is not None:
                    yield from self._along_jump(run.first + 1)
                yield from self._before()
                continue
            yield from self._up_to(run.first, run)
            yield span
            last = run
            self._position = run.last + self._serial(run.version).step
        if last is not None and last.size > 1:
            last = last._replace(snapshot=snapshot_of(self._counter.pk, last.last))
        yield from self._up_to(self._counter.next, last)
        yield from self._unused()

    def _up_to(self, end: int, run: Run | None) -> Iterator[Span]:
        """The numbers that the counter passed on its way to ``end``, when it looked for the text of ``run``."""
        step = self._serial(run.version).step if run else self._current.step
        while self._position < end:
            if self._jump() is not None:
                yield from self._along_jump(end)
                continue
            yield from self._before()
            if self._strange and self._strange[0][0] == self._position:
                yield self._strange.popleft()[1]
            else:
                yield self._passed(self._position, run)
            self._position += step
        yield from self._before()

    def _along_jump(self, end: int) -> Iterator[Span]:
        """The numbers of one jump that lie before ``end``, with the codes by hand among them."""
        jump = self._jump()
        yield from self._before()
        while jump is not None and self._position < end and self._position <= (jump.last or 0):
            stop = min(end, (jump.last or 0) + 1, self._strange[0][0] if self._strange else end)
            if self._position < stop:
                yield replace(jump, first=self._position, last=stop - 1, count=stop - self._position)
                self._position = stop
            elif self._strange and self._strange[0][0] == self._position:
                yield self._strange.popleft()[1]
                self._position += 1

    def _jump(self) -> Span | None:
        """The jump that the counter is in."""
        return next((jump for jump in self._jumps if jump.first <= self._position <= (jump.last or 0)), None)

    def _before(self) -> Iterator[Span]:
        """Codes by hand that the counter has passed, or will never come to."""
        while self._strange and self._strange[0][0] < self._position:
            yield self._strange.popleft()[1]

    def _passed(self, number: int, run: Run | None) -> Span:
        """Why the counter left out a number."""
        if found := self._texts.get(number):
            return found
        span = self._span(number, number, "skipped")
        if run is not None:
            grammar = self._grammar(run.version)
            try:
                text = grammar.write(Snapshot(tuple(run.snapshot["texts"]), self._key), serial=number).identity
            except WriteError as error:
                if error.message == "check-not-printable":
                    return replace(span, reason="check-character")
            else:
                if Code.objects.filter(identity=text).exists():
                    return replace(span, reason=skips.TAKEN, text=text)
        if self._was_restored:
            return replace(span, reason=skips.RESTORED)
        return replace(span, kind="unexplained")

    def _unused(self) -> Iterator[Span]:
        """From where the counter stands to the end of the range."""
        position = self._counter.next
        for number, span in self._strange:
            yield from self._free(position, number - 1)
            yield span
            position = max(position, number + 1)
        if self._newest.scheme.serial:
            yield from self._free(position, serials.last_number(self._current, self._newest.room))

    def _free(self, first: int, last: int) -> Iterator[Span]:
        step = self._current.step
        first += -(first - self._counter.next) % step
        if first <= last:
            yield Span(self._key, first, last, (last - first) // step + 1, "unused")

    def _first(self) -> int:
        """Where the counter began."""
        if begun := [jump.first for jump in self._jumps if jump.reason == skips.BEGUN]:
            return min(begun)
        oldest = Code.objects.filter(counter=self._counter).order_by("id").values_list("version_id", flat=True).first()
        start = self._current.start if oldest is None else self._serial(oldest).start
        return min([start, self._counter.next, *(jump.first for jump in self._jumps)])

    def _own_before(self, start: int) -> int:
        """The last number before ``start`` that the counter gave out itself; 0 where none is near."""
        found = Code.objects.filter(counter=self._counter, number__lt=start).order_by("-number")
        near = found.values_list("number", "snapshot")[:_LOOKED_BACK]
        return next((number or 0 for number, snapshot in near if not _is_strange(snapshot)), 0)

    def _runs(self) -> Iterator[tuple[Run, Span]]:
        for found in runs(self._counter.pk, self._steps, start=self._start):
            changes, owners = _changes(found), _owners(found)
            for run in found:
                yield run, self._fate(run, changes.get(run.id), owners.get(run.id, ""))

    def _fate(self, run: Run, change: tuple[str, str] | None, owner: str) -> Span:
        if run.state == State.RESERVED:
            return self._span(run.first, run.last, "reserved", state=run.state, who=owner)
        if run.state == State.VOID and change is not None:
            return self._span(run.first, run.last, "void", state=run.state, reason=change[0], who=change[1])
        fate = self._span(run.first, run.last, "issued" if run.state in GIVEN else "void", state=run.state)
        return replace(fate, count=run.size)

    @cached_property
    def _steps(self) -> Mapping[int, int]:
        """How far the serial of each version goes; those without one gave this counter nothing."""
        versions = SchemeVersion.objects.filter(name=self._counter.scheme).values_list("pk", flat=True)
        serials_of = {pk: self._grammar(pk).scheme.serial for pk in versions}
        return {pk: serial.step for pk, serial in serials_of.items() if serial is not None}

    def _span(self, first: int, last: int, kind: str, **more: str) -> Span:
        return Span(self._key, first, last, last - first + 1, kind, **more)

    def _grammar(self, version: int) -> Grammar:
        if version not in self._grammars:
            self._grammars[version] = schemes.opened(SchemeVersion.objects.get(pk=version)).grammar
        return self._grammars[version]

    def _serial(self, version: int) -> Serial:
        serial = self._grammar(version).scheme.serial
        assert serial is not None  # noqa: S101 - a code with a counter has a serial
        return serial

    @cached_property
    def _newest(self) -> Grammar:
        version = SchemeVersion.objects.filter(name=self._counter.scheme).order_by("-effective", "-number").first()
        assert version is not None  # noqa: S101 - a counter belongs to a scheme
        return self._grammar(version.pk)

    @property
    def _current(self) -> Serial:
        return self._newest.scheme.serial or Serial("serial", width=1)

    @cached_property
    def _was_restored(self) -> bool:
        """Whether counters were raised after a restore by a version that did not keep which numbers they jumped over."""
        return bool(audit.events(kind="codes.counters-raised", limit=1))


def _changes(rows: Sequence[Run]) -> Mapping[int, tuple[str, str]]:
    """Why the void ones are void, and who made them so."""
    ids = [row.id for row in rows if row.state == State.VOID]
    changes = StateChange.objects.filter(code__in=ids, after=State.VOID.value) if ids else StateChange.objects.none()
    return {code: (reason, actor) for code, reason, actor in changes.values_list("code_id", "reason", "actor")}


def _owners(rows: Sequence[Run]) -> Mapping[int, str]:
    ids = [row.id for row in rows if row.state == State.RESERVED]
    return dict(Reservation.objects.filter(code__in=ids).values_list("code_id", "owner")) if ids else {}


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Neighbours of one fate as one."""
    before: Span | None = None
    for span in spans:
        if before is not None and replace(span, first=before.first, last=before.last, count=before.count) == before:
            count = None if before.count is None or span.count is None else before.count + span.count
            before = replace(before, last=span.last, count=count)
            continue
        if before is not None:
            yield before
        before = span
    if before is not None:
        yield before
