"""The log: every event becomes a leaf, once and in order, and the witness sees how far it has come."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from kehuma.apps.audit import checkpoints, facts, placing, queries, tree, verifying, witness
from kehuma.apps.audit.errors import LogKeyError, UnknownEventError
from kehuma.apps.audit.keyring import keyring
from kehuma.apps.audit.models import LogCheckpoint, Node
from kehuma.engine.merkle.checkpoints import believed
from kehuma.engine.merkle.proofs import check_inclusion
from kehuma.engine.merkle.tree import Place
from kehuma.lib.viewer import ANONYMOUS, Refused, system

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_without_events_there_is_no_log(sequence: Callable[..., Any], place: Path) -> None:
    assert sequence() == (0, 0, "")
    assert not (place / "log.key").exists()
    assert verifying.verify().ok


def test_every_event_becomes_a_leaf_once(happen: Callable[..., None], sequence: Callable[..., Any]) -> None:
    happen("BJ-1", "BJ-2")
    assert sequence()[:2] == (2, 2)
    assert sequence()[:2] == (2, 0)
    happen("BJ-3")
    size, added, note = sequence()
    assert (size, added) == (3, 1)
    seen = believed(note, keyring(NOON).trust).checkpoint
    assert (seen.size, seen.root) == (3, tree.root(3))
    verdict = verifying.verify()
    assert (verdict.faults, verdict.size, verdict.waiting, verdict.witnessed) == ([], 3, 0, 3)


def test_more_events_than_one_transaction_takes_are_leaves_in_their_order(
    happen: Callable[..., None], sequence: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kehuma.apps.audit.sequencing._TOGETHER", 3)
    happen(*(f"BJ-{number}" for number in range(8)))
    assert sequence().size == 8
    with connection.cursor() as cursor:
        cursor.execute("SELECT subject FROM audit_leaf l JOIN audit_event e ON e.id = event_id ORDER BY l.id")
        assert [subject for (subject,) in cursor.fetchall()] == [f"BJ-{number}" for number in range(8)]
    assert verifying.verify().ok


def test_two_sequencers_at_once_make_one_leaf_of_each_event(
    happen: Callable[..., None], sequence: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    happen("BJ-1", "BJ-2")
    settled, others = facts.settled, [lambda: happen("BJ-3"), sequence]

    def overtaken(limit: int) -> Any:
        found = settled(limit)
        while others:
            others.pop(0)()
        return found

    monkeypatch.setattr(facts, "settled", overtaken)
    assert sequence()[:2] == (3, 0)
    assert verifying.verify().ok


def test_a_slower_process_does_not_set_the_witness_back(
    happen: Callable[..., None], sequence: Callable[..., Any]
) -> None:
    happen("BJ-1")
    slower, seen = sequence().note, witness.current()
    assert seen
    happen("BJ-2")
    faster = sequence().note
    seen.put(slower, over=lambda here: checkpoints._is_longer(slower, here))
    assert seen.checkpoint() == faster


def test_checkpoints_are_kept_now_and_then_and_the_witness_has_the_newest(
    happen: Callable[..., None], sequence: Callable[..., Any]
) -> None:
    sizes = []
    for seconds in (0, 1, 59, 60, 200):
        happen(f"BJ-{seconds}")
        sizes.append(sequence(NOON + timedelta(seconds=seconds)).size)
        seen = witness.current()
        assert seen
        assert seen.checkpoint() == sequence(NOON).note or sizes
        assert f"\n{sizes[-1]}\n" in seen.checkpoint()
    assert list(LogCheckpoint.objects.order_by("id").values_list("id", "size")) == [(1, 1), (2, 4), (3, 5)]
    assert sequence(NOON, keeps=True).size == 5


def test_the_proof_of_every_leaf_holds_at_every_size(happen: Callable[..., None], sequence: Callable[..., Any]) -> None:
    happen(*(f"BJ-{number}" for number in range(21)))
    sequence()
    for size in range(1, 22):
        for index in range(size):
            leaf = tree.read([Place(0, index)])[Place(0, index)]
            check_inclusion(leaf, index, size, tree.inclusion(index, size), tree.root(size))


def test_a_log_takes_no_other_key(happen: Callable[..., None], sequence: Callable[..., Any], place: Path) -> None:
    happen("BJ-1")
    sequence()
    (place / "log.key").write_bytes(bytes(32))
    with pytest.raises(LogKeyError):
        sequence()
    (place / "log.key").unlink()
    with pytest.raises(LogKeyError):
        sequence()
    assert not (place / "log.key").exists()


@pytest.mark.postgresql
def test_events_restored_into_another_server_are_found_again(
    happen: Callable[..., None], sequence: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    happen("BJ-1", "BJ-2")
    sequence()
    happen("BJ-3")
    with connection.cursor() as cursor:
        cursor.execute("""UPDATE audit_event SET "transaction" = '9000000' WHERE subject = 'BJ-1'""")
        cursor.execute("""UPDATE audit_event SET "transaction" = '8000000' WHERE subject = 'BJ-2'""")
        cursor.execute("""UPDATE audit_event SET "transaction" = '7000000' WHERE subject = 'BJ-3'""")
    assert sequence()[:2] == (2, 0)
    monkeypatch.setattr("kehuma.apps.audit.sequencing._IS_NEW", [True])
    assert sequence()[:2] == (3, 1)
    happen("BJ-4")
    assert sequence()[:2] == (4, 1)
    assert not facts.passed_over()


def test_a_log_that_grows_while_it_is_verified_holds(
    happen: Callable[..., None], sequence: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "_TOGETHER", 4)
    happen(*(f"BJ-{number}" for number in range(9)))
    sequence()

    def grow(share: float) -> None:
        happen(f"BJ-{share}", f"SH-{share}")
        sequence(keeps=True)
        happen(f"GD-{share}")

    # It would grow faster than it is looked through: only for a while.
    calls = iter(range(3))
    verdict = verifying.verify(lambda share: grow(share) if next(calls, None) is not None else None)
    assert verdict.faults == []
    assert verifying.verify().ok
    seen = witness.current()
    assert seen

    def grow_at_the_end() -> int:
        happen("HB-1")
        sequence(keeps=True)
        return number()

    number = Node.objects.count
    monkeypatch.setattr(Node.objects, "count", grow_at_the_end, raising=False)
    assert verifying.verify().faults == []


def test_what_people_see_of_the_log_is_found_by_person_kind_and_row(
    happen: Callable[..., None], sequence: Callable[..., Any]
) -> None:
    viewer = system("test")
    happen("BJ-1", "BJ-2")
    sequence()
    happen("BJ-3", kind="codes.voided")
    rows = queries.rows(viewer, list(queries.logged(viewer).order_by("id")))
    assert [(one.event.subject, one.index) for one in rows] == [("BJ-1", 0), ("BJ-2", 1), ("BJ-3", None)]
    assert (queries.kinds(viewer), queries.actors(viewer)) == (["codes.issued", "codes.voided"], ["小王"])
    assert queries.pending(queries.logged(viewer)).count() == 1
    assert queries.waiting()[0] == 1
    assert queries.of_kinds(queries.logged(viewer), ["codes.voided"]).count() == 1
    assert queries.of_actors(queries.logged(viewer), ["nobody"]).count() == 0
    assert queries.about(queries.logged(viewer), "BJ-2", relation="codes_code.identity").count() == 1
    assert queries.event_at(viewer, 1).event.subject == "BJ-2"
    with pytest.raises(UnknownEventError):
        queries.event_at(viewer, 2)
    with pytest.raises(Refused):
        queries.logged(ANONYMOUS)


def test_the_way_from_an_entry_ends_at_the_root(happen: Callable[..., None], sequence: Callable[..., Any]) -> None:
    happen(*(f"BJ-{number}" for number in range(21)))
    sequence()
    for index in range(21):
        found = placing.standing(index)
        assert (found.index, found.size) == (index, 21)
        assert found.steps[-1].above == found.root == tree.root(21)
