"""From events to leaves: the sequencer, called about once a second and at the end of a command."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from kehuma.apps.audit import checkpoints, facts, members, tree
from kehuma.apps.audit.entries import Fact, Members, Salts, entry
from kehuma.apps.audit.keyring import Keyring, keyring
from kehuma.apps.audit.models import Event, Extent, LogKey
from kehuma.apps.audit.witness import current
from kehuma.engine.merkle.tree import leaf_hash
from kehuma.lib.db import rows
from kehuma.lib.db.locks import stand_alone

# So many events become leaves in one transaction; others who write wait for some twenty milliseconds.
_TOGETHER = 2_000
_IS_NEW = [True]


class Sequenced(NamedTuple):
    """How many leaves the log has now, how many of them are new, and its newest checkpoint ("" for an empty log)."""

    size: int
    added: int
    note: str


def sequence(at: datetime, *, keeps_checkpoint: bool = False) -> Sequenced:
    """Make leaves of all settled events and let the witness see the new checkpoint.

    Whoever comes second finds what the first has done. LogKeyError, StoreBehindError, WitnessError; nothing is added
    to a log that contradicts its witness.
    """
    if not LogKey.objects.exists() and not Event.objects.exists():
        return Sequenced(0, 0, "")
    ring = keyring(at)
    checkpoints.require_continued(current(), ring)
    added = append(ring)
    note = checkpoints.kept(ring, at, is_wanted=keeps_checkpoint)
    return Sequenced(tree.size(), added, note)


def append(ring: Keyring) -> int:
    """Make leaves of all settled events; how many."""
    if _IS_NEW[0]:
        facts.number_again()
        _IS_NEW[0] = False
    added = 0
    while True:
        # The size first: what another process appends from here on shows by it, before it is appended twice.
        size, found = tree.size(), facts.settled(_TOGETHER)
        if not found:
            return added
        done = _append(ring, found, size)
        added += done
        # None stored: somebody else was first, and perhaps has not stored all of these.
        if 0 < done < _TOGETHER:
            return added


def members_of(
    found: Sequence[Fact], salts: Salts, look: Callable[[Fact, Sequence[str]], object] = lambda _fact, _names: None
) -> dict[int, Members]:
    """The roots over the members of those of the events that have some, by the event's id; ``look`` sees their names."""
    extents = extents_of([fact.id for fact in found])
    roots = {}
    for fact in found:
        if fact.id in extents:
            names = list(members.names_of(extents[fact.id]))
            look(fact, names)
            roots[fact.id] = members.members_of(members.leaves(salts, fact.event, names))
    return roots


def extents_of(events: Sequence[int]) -> Mapping[int, list[tuple[str, int, int]]]:
    """The extents (relation, first, last) of events, in order; events without any are left out."""
    extents: defaultdict[int, list[tuple[str, int, int]]] = defaultdict(list)
    found = Extent.objects.filter(event_id__in=events).order_by("event_id", "first")
    for event, relation, first, last in found.values_list("event_id", "relation", "first", "last"):
        extents[event].append((relation, first, last))
    return extents


def _append(ring: Keyring, found: Sequence[Fact], size: int) -> int:
    """Store these events as the next leaves; 0 where the log is no longer of this size: somebody else has done it."""
    salts = Salts(ring.secret)
    # Hashing takes its time and needs nobody to wait: only the rows are stored in our turn.
    roots = members_of(found, salts)
    hashes = [leaf_hash(entry(salts, fact, roots.get(fact.id))) for fact in found]
    _, nodes = tree.frontier(size).extended(hashes)
    leaves = []
    for index, fact in enumerate(found, size):
        root = roots.get(fact.id)
        leaves.append((index, fact.id, root.root if root else None, root.count if root else 0))
    with transaction.atomic():
        stand_alone("log")
        if tree.size() != size:
            return 0
        rows.insert("audit_leaf", ["id", "event_id", "members", "count"], leaves)
        rows.insert("audit_node", ["id", "hash"], tree.rows(nodes))
    return len(found)
