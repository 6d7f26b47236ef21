"""One turn of one endpoint: what is new first, then what failed before, then what somebody wants to hear once more.

What it does with a message that does not arrive: ``delivering``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import IntegrityError, transaction

from kehuma.apps.audit import feed
from kehuma.apps.audit import services as audit
from kehuma.apps.audit.feed import Entry
from kehuma.apps.connectors import kinds, patience, payloads, places, sealed, sending
from kehuma.apps.connectors.models import Endpoint, Replay, Stopped
from kehuma.apps.connectors.payloads import Message
from kehuma.apps.connectors.sending import Outcome, Sender
from kehuma.lib import clock

RECENT = 20
_ENTRIES = 20
# After a crash so much may be sent twice (with the same ids); a write per message would keep those who issue codes
# waiting for the disk.
_KEPT_EVERY = timedelta(seconds=1)
_PROGRESS = ("leaf", "part", "failures", "failing_since", "retry_at", "delivered_at", "recent")


def open_sender(hidden: sealed.Hidden, at: datetime) -> Sender | Outcome:
    """A sender to the address of an endpoint, or why nothing can be sent there."""
    return sending.opened(places.place(hidden.url), hidden.signing(at), allowed=settings.WEBHOOK_NETWORKS)


def note(endpoint: Endpoint, message: Message, outcome: Outcome, at: datetime) -> None:
    """Remember an attempt among the last ones; not stored yet."""
    told = {
        "id": message.id,
        "kind": message.kind,
        "leaf": message.leaf,
        "part": message.part,
        "at": at.isoformat(),
        "status": outcome.status,
        "reason": outcome.reason,
        "ms": outcome.milliseconds,
    }
    endpoint.recent = [told, *endpoint.recent][:RECENT]


def entry_at(leaf: int) -> Entry | None:
    """The event of a leaf; None where there is none, or none that others are told of."""
    found = feed.since(leaf, kinds.sources(list(kinds.KINDS)), limit=1).entries
    return found[0] if found and found[0].leaf == leaf else None


class Line:
    """The connection of a turn, made with its first message."""

    def __init__(self, hidden: sealed.Hidden) -> None:
        self._hidden = hidden
        self._sender: Sender | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sender is not None:
            self._sender.close()

    def send(self, message: Message, at: datetime) -> Outcome:
        if self._sender is None:
            found = open_sender(self._hidden, at)
            if isinstance(found, Outcome):
                return found
            self._sender = found
        return self._sender.send(message.id, message.body, seconds=int(at.timestamp()))


@dataclass(slots=True)
class Turn:
    """How far an endpoint has come since the turn began, and what it has heard."""

    endpoint: Endpoint
    line: Line
    ends: datetime
    delivered: int = 0
    _stopped: str = ""
    _is_over: bool = False
    _kept_at: datetime | None = None
    _sources: list[str] = field(default_factory=list)

    def go(self) -> None:
        """What is new first, then what failed before, then what somebody wants to hear once more."""
        self._sources = kinds.sources(self.endpoint.kinds)
        self._live()
        self._again()
        for replay in list(self.endpoint.replays.order_by("id")):
            self._replay(replay)

    def keep(self) -> None:
        """Store how far we are, and go no further where a person has stopped or removed the endpoint meanwhile."""
        one = Endpoint.objects.filter(pk=self.endpoint.pk)
        one.update(**{name: getattr(self.endpoint, name) for name in _PROGRESS})
        if self._stopped:
            one.filter(stopped="").update(stopped=self._stopped, stopped_at=clock.now())
        self._is_over = self._is_over or not one.filter(stopped="").exists()
        self._kept_at = clock.now()

    # -- what is new -------------------------------------------------------------------------------------------------

    def _live(self) -> None:
        one = self.endpoint
        while not self._is_done() and not self._is_early():
            piece = feed.since(one.leaf, self._sources, limit=_ENTRIES)
            for entry, part in _parts(piece.entries, one.leaf, one.part):
                if self._is_done() or not self._next(entry, part):
                    return
            one.leaf, one.part = piece.next, 0
            if piece.is_last:
                return

    def _next(self, entry: Entry, part: int) -> bool:
        """Send the message at which the endpoint stands; whether the one after it may go now."""
        one = self.endpoint
        one.leaf, one.part = entry.leaf, part
        message = payloads.message(entry, part)
        outcome, at = self._sent(message)
        if not outcome.is_delivered and not self._leave(message, outcome, at):
            return False
        one.failures = 0
        one.leaf, one.part = _after(entry, part)
        if self._kept_at is None or clock.now() - self._kept_at >= _KEPT_EVERY:
            self.keep()
        return outcome.is_delivered or outcome.is_refused

    def _leave(self, message: Message, outcome: Outcome, at: datetime) -> bool:
        """Whether the failed message is set aside; otherwise it is held back."""
        one = self.endpoint
        one.failures += 1
        if self._stopped:
            return False
        wait = None if outcome.is_refused else patience.held(one.failures)
        if wait is None and self._number_aside() < patience.MOST_ASIDE:
            self._set_aside(message, outcome, at, failures=one.failures)
            return True
        one.retry_at = _later(at, wait or patience.ASIDE[0], outcome)
        return False

    # -- what failed before ------------------------------------------------------------------------------------------

    def _again(self) -> None:
        rows = self.endpoint.undelivered.filter(retry_at__lte=clock.now()).order_by("leaf", "part")
        for row in list(rows[: patience.MOST_ASIDE]):
            if self._is_done():
                return
            entry = entry_at(row.leaf)
            if entry is None:
                row.delete()
                continue
            outcome, at = self._sent(payloads.message(entry, row.part))
            if outcome.is_delivered:
                row.delete()
                continue
            row.failures, row.step = row.failures + 1, row.step + 1
            wait = patience.aside(row.step)
            row.retry_at = _later(at, wait, outcome) if wait else None
            row.status, row.reason, row.failed_at = outcome.status, outcome.reason, at
            row.save()
            if not outcome.is_refused:
                return

    # -- what is told once more --------------------------------------------------------------------------------------

    def _replay(self, replay: Replay) -> None:
        while not self._is_done() and not self._is_early():
            piece = feed.since(replay.leaf, self._sources, limit=_ENTRIES)
            for entry, part in _parts(piece.entries, replay.leaf, replay.part):
                if entry.leaf >= replay.end:
                    break
                if self._is_done() or not self._told_again(replay, entry, part):
                    return
            replay.leaf, replay.part = piece.next, 0
            if piece.is_last or replay.leaf >= replay.end:
                replay.delete()
                return
            replay.save(update_fields=["leaf", "part"])

    def _told_again(self, replay: Replay, entry: Entry, part: int) -> bool:
        message = payloads.message(entry, part)
        outcome, at = self._sent(message)
        if not (outcome.is_delivered or outcome.is_refused):
            self.endpoint.retry_at = _later(at, patience.HOLD[-1], outcome)
            return False
        if outcome.is_refused:
            self._set_aside(message, outcome, at, failures=1)
        replay.leaf, replay.part = _after(entry, part)
        replay.save(update_fields=["leaf", "part"])
        return True

    # -- what they have in common ------------------------------------------------------------------------------------

    def _sent(self, message: Message) -> tuple[Outcome, datetime]:
        one, at = self.endpoint, clock.now()
        outcome = self.line.send(message, at)
        note(one, message, outcome, at)
        if outcome.is_delivered:
            self.delivered += 1
            one.delivered_at, one.failing_since, one.retry_at = at, None, None
        elif outcome.is_gone:
            self._stop(Stopped.GONE, at)
        elif not outcome.is_refused:
            one.failing_since = one.failing_since or at
            if at - one.failing_since >= patience.STOP_AFTER:
                self._stop(Stopped.FAILING, at)
        return outcome, at

    def _stop(self, reason: Stopped, at: datetime) -> None:
        one = self.endpoint
        self._stopped, self._is_over = reason.value, True
        with transaction.atomic():
            detail = {"host": one.host, "reason": reason.value}
            audit.record("connectors.endpoint-stopped", str(one.uuid), detail, actor="kehuma", at=at)

    def _set_aside(self, message: Message, outcome: Outcome, at: datetime, *, failures: int) -> None:
        facts = {
            "message": message.id,
            "kind": message.kind,
            "failures": failures,
            "step": 0,
            "retry_at": _later(at, patience.ASIDE[0], outcome),
            "status": outcome.status,
            "reason": outcome.reason,
            "failed_at": at,
        }
        try:
            with transaction.atomic():
                self.endpoint.undelivered.update_or_create(leaf=message.leaf, part=message.part, defaults=facts)
        except IntegrityError:
            # The endpoint was removed while its receiver thought about the message.
            self._is_over = True

    def _number_aside(self) -> int:
        return self.endpoint.undelivered.exclude(retry_at=None).count()

    def _is_done(self) -> bool:
        return self._is_over or clock.now() >= self.ends

    def _is_early(self) -> bool:
        return self.endpoint.retry_at is not None and clock.now() < self.endpoint.retry_at


def _later(at: datetime, wait: timedelta, outcome: Outcome) -> datetime:
    return at + max(wait, timedelta(seconds=outcome.wait))


def _parts(entries: Sequence[Entry], leaf: int, part: int) -> Iterator[tuple[Entry, int]]:
    """Every message of the entries, from the given part of the given leaf on."""
    for entry in entries:
        first = part if entry.leaf == leaf else 0
        for number in range(first, payloads.parts(entry)):
            yield entry, number


def _after(entry: Entry, part: int) -> tuple[int, int]:
    return (entry.leaf, part + 1) if part + 1 < payloads.parts(entry) else (entry.leaf + 1, 0)
