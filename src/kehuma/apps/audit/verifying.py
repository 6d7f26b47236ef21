"""Recomputing the whole log from the events, and comparing everything that is stored with what comes out.

Streams: a few thousand rows are in memory at a time. What does not hold is named by the first bad index.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max

from kehuma.apps.audit import facts, members, sequencing, tree, witness
from kehuma.apps.audit.entries import Fact, Members, Salts, entry
from kehuma.apps.audit.errors import said
from kehuma.apps.audit.keyring import Keyring, recalled
from kehuma.apps.audit.models import Event, Leaf, LogCheckpoint, Node
from kehuma.engine.coding.errors import Language
from kehuma.engine.merkle.checkpoints import Checkpoint, believed
from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.text import encoded
from kehuma.engine.merkle.tree import EMPTY_ROOT, Frontier, leaf_hash, node_hash
from kehuma.engine.merkle.tree import Node as Made

_TOGETHER = 2_000
# More faults than these tell nobody anything.
_MOST = 20
_NEVER = datetime(1, 1, 1, tzinfo=UTC)

Report = Callable[[float], object]


class Fault(NamedTuple):
    """What does not hold, from entry ``at`` on; ``message`` is a key of ``messages.toml``."""

    at: int
    message: str
    facts: dict[str, object]

    def say(self, language: Language) -> str:
        """The fault as one sentence."""
        return said(self.message, language, {"index": self.at, **self.facts})


@dataclass(slots=True)
class Verdict:
    """What a verification found; ``faults`` has the first bad index first and is empty where all is well."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    checkpoints: int = 0
    witnessed: int | None = None
    waiting: int = 0
    recovered: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        """Everything found, with the faults in words."""
        return {
            "ok": self.ok,
            "size": self.size,
            "root": encoded(self.root),
            "checkpoints": self.checkpoints,
            "witnessed": self.witnessed,
            "waiting": self.waiting,
            "recovered": self.recovered,
            "faults": [
                {"index": one.at, "message": one.message, "zh": one.say("zh"), "en": one.say("en")}
                for one in self.faults
            ],
        }

    def add(self, at: int, message: str, **more: object) -> None:
        """One fault more."""
        if len(self.faults) < _MOST:
            self.faults.append(Fault(at, message, more))


@dataclass(frozen=True, slots=True)
class _Row:
    index: int
    members: bytes | None
    count: int
    fact: Fact | None


def verify(report: Report = lambda _share: None) -> Verdict:
    """Recompute everything and say what does not hold. LogKeyError where the keys of the log are not there."""
    verdict, ring = Verdict(), recalled()
    if ring is None:
        if Leaf.objects.exists() or Node.objects.exists() or LogCheckpoint.objects.exists():
            verdict.add(0, "key-missing")
    else:
        _recompute(verdict, ring, report)
    _rest(verdict)
    verdict.faults.sort(key=lambda fault: fault.at)
    return verdict


def entries(salts: Salts, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """The entries of the log in order from ``start``, each with its index, up to one that is not there any more."""
    for batch in _batches(Verdict(), start):
        for row in batch:
            if row.fact is None:
                return
            yield row.index, entry(salts, row.fact, _held(row))


def _recompute(verdict: Verdict, ring: Keyring, report: Report) -> None:
    seen = _witnessed(verdict, ring)
    total = max(tree.size(), 1)
    frontier, good = Frontier(), 0
    for batch in _batches(verdict):
        hashes, start = _hashes(ring, batch, verdict), frontier.size
        known = _known(start, start + len(hashes), seen)
        cuts = sorted({start, start + len(hashes), *known})
        for one, end in pairwise(cuts):
            frontier, made = frontier.extended(hashes[one - start : end - start])
            _compare(made, verdict)
            for message, number, root in known.get(end, ()):
                if root == frontier.root:
                    good = end
                elif not any(good <= fault.at < end for fault in verdict.faults):
                    verdict.add(min(good, end - 1), message, number=number)
        report(frontier.size / total)
    verdict.size, verdict.root = frontier.size, frontier.root
    _beyond(verdict)
    _checkpoints(verdict, ring)
    if seen and seen.size > frontier.size:
        verdict.add(frontier.size, "rolled-back", size=seen.size)


def _witnessed(verdict: Verdict, ring: Keyring) -> Checkpoint | None:
    seen = witness.current()
    note = seen.checkpoint() if seen else ""
    if not note:
        return None
    try:
        found = believed(note, ring.trust).checkpoint
    except MerkleError as error:
        verdict.add(0, "witness-wrong", reason=error)
        return None
    verdict.witnessed = found.size
    return found


def _batches(verdict: Verdict, following: int = 0) -> Iterator[list[_Row]]:
    """The leaves in order up to the first that is missing, each with its event if that is there."""
    sql = (
        f"SELECT l.id, l.members, l.count, {facts.COLUMNS} FROM audit_leaf l"  # noqa: S608 - our own words
        " LEFT JOIN audit_event e ON e.id = l.event_id WHERE l.id >= %s ORDER BY l.id LIMIT %s"
    )
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, [following, _TOGETHER])
            found = cursor.fetchall()
        rows = []
        for index, root, count, *event in found:
            if index != following:
                break
            rows.append(_Row(index, None if root is None else bytes(root), count, _fact(event)))
            following += 1
        if rows:
            yield rows
        if len(rows) < len(found):
            verdict.add(following, "leaf-missing")
            return
        if len(found) < _TOGETHER:
            return


def _fact(event: Sequence[Any]) -> Fact | None:
    try:
        return None if event[0] is None else facts.fact_of(event)
    except (ValueError, TypeError, AttributeError):
        # What cannot even be read was changed: nothing that was ever logged looks like this.
        return Fact(event[0], "", _NEVER, "", "", "", None)


def _hashes(ring: Keyring, batch: list[_Row], verdict: Verdict) -> list[bytes]:
    """The leaf hashes that the tree was made of; each is compared with what comes out of its event."""
    wrong: set[int] = set()

    def look(fact: Fact, names: Sequence[str]) -> None:
        told = fact.detail.get("members") if isinstance(fact.detail, dict) else None
        if not isinstance(told, dict) or told.get("digest") != members.digest(ring.secret, names):
            wrong.add(fact.id)

    salts, stored = Salts(ring.secret), _stored(batch)
    roots = sequencing.members_of([row.fact for row in batch if row.fact], salts, look)
    hashes = []
    for row in batch:
        kept = stored.get(row.index)
        if row.fact is None:
            verdict.add(row.index, "event-missing")
            hashes.append(kept or bytes(32))
            continue
        found = roots.get(row.fact.id)
        done, held = _leaf(salts, row.fact, found), _held(row)
        if kept is None or (done != kept and _is_done(row.index, done, stored)):
            verdict.add(row.index, "node-changed", level=0)
            kept = done
        elif done != kept:
            is_member = found != held and _leaf(salts, row.fact, held) == kept
            verdict.add(row.index, "members-changed" if is_member else "event-changed")
        elif found != held or row.fact.id in wrong:
            verdict.add(row.index, "members-changed")
        # What does not fit is told once: the tree above is compared as it was made.
        hashes.append(kept)
    return hashes


def _is_done(index: int, done: bytes, stored: Mapping[int, bytes]) -> bool:
    """Whether the node above was made of what comes out of the event, and the leaf's own hash was changed since."""
    above, beside = _nodes(1, index >> 1, index >> 1).get(index >> 1), stored.get(index ^ 1)
    if above is None or beside is None:
        return False
    return above == (node_hash(beside, done) if index & 1 else node_hash(done, beside))


def _leaf(salts: Salts, fact: Fact, held: Members | None) -> bytes:
    return leaf_hash(entry(salts, fact, held))


def _held(row: _Row) -> Members | None:
    return Members(row.count, row.members or b"") if row.members is not None or row.count else None


def _stored(batch: list[_Row]) -> dict[int, bytes]:
    return _nodes(0, batch[0].index, batch[-1].index)


def _nodes(level: int, first: int, last: int) -> dict[int, bytes]:
    with connection.cursor() as cursor:
        ends = [tree.number_of(level, first), tree.number_of(level, last)]
        cursor.execute("SELECT id, hash FROM audit_node WHERE id BETWEEN %s AND %s", ends)
        return {tree.place_of(number).number: bytes(done) for number, done in cursor.fetchall()}


def _known(start: int, end: int, seen: Checkpoint | None) -> dict[int, list[tuple[str, int, bytes]]]:
    """The roots that were signed over sizes above ``start`` up to ``end``, each with what to say if it is another."""
    found: dict[int, list[tuple[str, int, bytes]]] = {}
    for number, size, note in LogCheckpoint.objects.filter(size__gt=start, size__lte=end).values_list(
        "id", "size", "note"
    ):
        checkpoint = _parsed(note)
        if checkpoint and checkpoint.size == size:
            found.setdefault(size, []).append(("checkpoint-root", number, checkpoint.root))
    if seen and start < seen.size <= end:
        found.setdefault(seen.size, []).append(("witness-root", 0, seen.root))
    return found


def _parsed(note: str) -> Checkpoint | None:
    try:
        return Checkpoint.parse(note[: note.rfind("\n\n") + 1])
    except MerkleError:
        return None


def _compare(made: Sequence[Made], verdict: Verdict) -> None:
    """Whether these nodes stand in the store as they came out, above the leaves, which were compared before."""
    levels: dict[int, list[Made]] = {}
    for node in made:
        if node.level:
            levels.setdefault(node.level, []).append(node)
    for level, nodes in levels.items():
        stored = _nodes(level, nodes[0].number, nodes[-1].number)
        for node in nodes:
            if stored.get(node.number) != node.hash:
                verdict.add(node.number << level, "node-changed", level=level)


def _beyond(verdict: Verdict) -> None:
    """Nodes that no leaf accounts for. Leaves that were added since we began have nodes of their own."""
    held = Node.objects.count()
    size = max(tree.size(), verdict.size)
    if held > sum(size >> level for level in range(size.bit_length())):
        verdict.add(verdict.size, "node-beyond")


def _checkpoints(verdict: Verdict, ring: Keyring) -> None:
    """Every checkpoint is there, signed, larger than the one before, and of a size that the log has."""
    size = number = 0
    seen = witness.current()
    # Asked first: the log grows while we look, and the witness with it.
    reached = seen.reached().checkpoint if seen else 0
    for number, (found, held, note) in enumerate(
        LogCheckpoint.objects.order_by("id").values_list("id", "size", "note").iterator(_TOGETHER), 1
    ):
        if found != number:
            verdict.add(size, "checkpoint-missing", number=number)
            break
        try:
            signed = believed(note, ring.trust).checkpoint.size
        except MerkleError as error:
            verdict.add(size, "checkpoint-wrong", number=number, reason=error)
            continue
        if signed != held or held <= size:
            verdict.add(min(size, held), "checkpoint-wrong", number=number, reason=f"{held} / {signed}")
        elif held > verdict.size and held > tree.size():
            verdict.add(verdict.size, "leaf-missing")
        size = max(size, held)
    verdict.checkpoints = number
    if reached > number:
        verdict.add(size, "checkpoint-missing", number=number + 1)


def _rest(verdict: Verdict) -> None:
    """What is not in the log yet, and what should be."""
    verdict.waiting = max(Event.objects.count() - Leaf.objects.count(), 0)
    verdict.recovered = Event.objects.filter(kind="log.recovered").count()
    if facts.passed_over():
        verdict.add(verdict.size, "event-unlogged")
    seen = witness.current()
    reached = seen.reached().event if seen else 0
    last = Event.objects.aggregate(last=Max("id"))["last"] or 0
    if reached > last:
        verdict.add(verdict.size, "events-rolled-back", witnessed=reached, here=last)
