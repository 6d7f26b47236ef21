"""Writes of the connectors: endpoints come, change, are tested and go; messages are sent again.

Every one needs the right ``webhooks.manage``; UnknownEndpointError where there is no such endpoint.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from kehuma.apps.audit import feed
from kehuma.apps.audit import services as audit
from kehuma.apps.connectors import (
    delivering,
    kinds,
    patience,
    payloads,
    places,
    queries,
    requests,
    sealed,
    signing,
    turns,
)
from kehuma.apps.connectors.data import Attempt, NewSecret
from kehuma.apps.connectors.delivering import deliver, due
from kehuma.apps.connectors.errors import ConnectorError, KindsError, TooManyEndpointsError, UnknownMessageError
from kehuma.apps.connectors.models import Endpoint, Replay, Stopped
from kehuma.apps.connectors.payloads import Message
from kehuma.apps.connectors.sealed import Hidden, Secret
from kehuma.apps.connectors.sending import Outcome
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing import services as keys
from kehuma.lib.viewer import Viewer

__all__ = [
    "add",
    "change",
    "clear",
    "deliver",
    "due",
    "pause",
    "remove",
    "replay",
    "resume",
    "rotate",
    "send_again",
    "test",
]

RIGHT = "webhooks.manage"
MOST = 50
_LONGEST_NAME = 100


def add(viewer: Viewer, *, name: str, url: str, kinds: Sequence[str], at: datetime) -> NewSecret:
    """A new endpoint, which hears what happens from now on. PlaceError, KindsError, StoreSealedError."""
    viewer.require(RIGHT)
    name, chosen, place = _name(name), _kinds(kinds), _place(url)
    with transaction.atomic():
        if Endpoint.objects.count() >= MOST:
            raise TooManyEndpointsError(MOST)
        (subject,) = keys.new_subjects(1)
        secret = signing.new_secret()
        row = Endpoint.objects.create(
            name=name,
            host=place.host,
            subject_id=subject.id,
            sealed=sealed.sealed(subject.key, Hidden(url, (Secret(secret),))),
            kinds=chosen,
            actor=viewer.actor,
            created_at=at,
            leaf=feed.head(),
        )
        _testify("endpoint-added", row, viewer, at, host=place.host, kinds=chosen)
    return NewSecret(row.uuid, secret)


def change(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer, uuid: UUID, *, name: str, url: str, kinds: Sequence[str], at: datetime
) -> None:
    """Another name, address, or choice of events. Errors as above."""
    viewer.require(RIGHT)
    name, chosen, place = _name(name), _kinds(kinds), _place(url)
    with transaction.atomic():
        row = _row(uuid)
        key = sealing.opened_one(row.subject_id)
        hidden = sealed.opened(key, row)
        row.name, row.host, row.kinds = name, place.host, chosen
        row.sealed = sealed.sealed(key, Hidden(url, hidden.secrets))
        row.save(update_fields=["name", "host", "kinds", "sealed"])
        _testify("endpoint-changed", row, viewer, at, host=place.host, kinds=chosen)


def rotate(viewer: Viewer, uuid: UUID, *, at: datetime, overlap: timedelta = patience.OVERLAP) -> NewSecret:
    """A new secret; the one before it signs as well until the overlap ends, older ones no more."""
    viewer.require(RIGHT)
    with transaction.atomic():
        row = _row(uuid)
        key = sealing.opened_one(row.subject_id)
        hidden = sealed.opened(key, row)
        secret, before = signing.new_secret(), hidden.secrets[0]
        row.sealed = sealed.sealed(key, Hidden(hidden.url, (Secret(secret), Secret(before.text, at + overlap))))
        row.save(update_fields=["sealed"])
        _testify("secret-rotated", row, viewer, at, until=(at + overlap).isoformat())
    return NewSecret(row.uuid, secret)


@transaction.atomic
def pause(viewer: Viewer, uuid: UUID, *, at: datetime) -> None:
    """Send nothing for the time being; what happens meanwhile is not lost."""
    viewer.require(RIGHT)
    row = _row(uuid)
    row.stopped, row.stopped_at = Stopped.BY_PERSON.value, at
    row.save(update_fields=["stopped", "stopped_at"])
    _testify("endpoint-paused", row, viewer, at)


@transaction.atomic
def resume(viewer: Viewer, uuid: UUID, *, at: datetime, skips: bool = False) -> None:
    """Go on where it ended, or with what happens from now on where ``skips``."""
    viewer.require(RIGHT)
    row = _row(uuid)
    row.stopped, row.stopped_at, row.failing_since, row.retry_at, row.failures = "", None, None, None, 0
    if skips:
        row.leaf, row.part = feed.head(), 0
    row.save()
    _testify("endpoint-resumed", row, viewer, at, skips=skips)


@transaction.atomic
def remove(viewer: Viewer, uuid: UUID, *, at: datetime) -> None:
    """Forget an endpoint with its secrets and what waits for it."""
    viewer.require(RIGHT)
    row = _row(uuid)
    _testify("endpoint-removed", row, viewer, at, host=row.host)
    row.delete()


def test(viewer: Viewer, uuid: UUID, *, at: datetime) -> Attempt:
    """Send ``webhook.test`` here and now, also to an endpoint that is stopped. StoreSealedError."""
    viewer.require(RIGHT)
    row = queries.row_of(uuid)
    body = payloads.body(kinds.TEST, at, {"endpoint": str(row.uuid)})
    message = Message(f"msg_test_{row.uuid.hex[:8]}_{int(at.timestamp() * 1000)}", kinds.TEST, -1, 0, body)
    found = turns.open_sender(sealed.of(row), at)
    if isinstance(found, Outcome):
        outcome = found
    else:
        with found as sender:
            outcome = sender.send(message.id, message.body, seconds=int(at.timestamp()))
    with transaction.atomic():
        row = _row(uuid)
        turns.note(row, message, outcome, at)
        row.save(update_fields=["recent"])
        _testify("endpoint-tested", row, viewer, at, status=outcome.status, reason=outcome.reason)
    return queries.as_attempt(row.recent[0])


@transaction.atomic
def send_again(viewer: Viewer, uuid: UUID, leaf: int, part: int, *, at: datetime) -> None:
    """Send one message once more, with its old id; UnknownMessageError."""
    viewer.require(RIGHT)
    row, entry = _row(uuid), turns.entry_at(leaf)
    if entry is None or not 0 <= part < payloads.parts(entry):
        raise UnknownMessageError
    message = payloads.message(entry, part)
    facts = {"message": message.id, "kind": message.kind, "failures": 0, "failed_at": at}
    one, _ = row.undelivered.get_or_create(leaf=leaf, part=part, defaults=facts)
    one.retry_at = at
    one.save(update_fields=["retry_at"])
    _testify("message-sent-again", row, viewer, at, message=message.id)


@transaction.atomic
def replay(viewer: Viewer, uuid: UUID, first: datetime, last: datetime, *, at: datetime) -> int:
    """Tell everything of a period once more, in order, with the old ids; how many events, 10,000 for as many or more.

    ConnectorError for a period in which nothing of this happened.
    """
    viewer.require(RIGHT)
    if first >= last:
        raise ConnectorError("period-wrong")
    row = _row(uuid)
    leaves = feed.between(first, last)
    # Nobody is told for the first time what was about to be told anyway.
    end = min(leaves[1], row.leaf) if leaves else 0
    number = feed.count(leaves[0], kinds.sources(row.kinds), most=10_000, end=end) if leaves else 0
    if leaves is None or not number:
        raise ConnectorError("period-empty")
    Replay.objects.create(endpoint=row, leaf=leaves[0], end=end, actor=viewer.actor, at=at)
    _testify("replay-asked", row, viewer, at, first=first.isoformat(), last=last.isoformat(), count=number)
    return number


def clear(at: datetime) -> int:
    """Forget messages given up long ago, and old requests of programs; how many."""
    return delivering.clear(at) + requests.clear(at)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= _LONGEST_NAME:
        raise ConnectorError("name-missing")
    return name


def _kinds(chosen: Sequence[str]) -> list[str]:
    unknown = [one for one in chosen if one not in kinds.KINDS]
    if unknown:
        raise KindsError("kinds-unknown", names=", ".join(unknown[:5])[:200], known=", ".join(kinds.KINDS))
    if not chosen:
        raise KindsError("kinds-none")
    return [name for name in kinds.KINDS if name in chosen]


def _place(url: str) -> places.Place:
    place = places.place(url)
    places.reachable(place, settings.WEBHOOK_NETWORKS)
    return place


def _row(uuid: UUID) -> Endpoint:
    return queries.row_of(uuid, is_changing=True)


def _testify(kind: str, row: Endpoint, viewer: Viewer, at: datetime, **detail: object) -> None:
    audit.record(f"connectors.{kind}", str(row.uuid), detail, actor=viewer.actor, at=at)
