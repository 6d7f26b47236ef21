"""Single requests answered in one transaction: each gets the code that it would have got alone.

Only new codes are given out here. Whatever was asked before, is to be refused or meets a text that is taken is left to
``issue``, which is asked for that one alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import fingerprints, register, schemes
from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.models import State
from kehuma.apps.codes.schemes import Published
from kehuma.apps.codes.sets import Asked, CodeSet, Prepared, prepared
from kehuma.apps.codes.writing import Taken
from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.model import Date
from kehuma.lib.db.durability import asked_durable
from kehuma.lib.db.locks import stand_alone_at
from kehuma.lib.db.pipelines import pipelined

# Schemes whose tables are kept from group to group.
_KEPT = 32
# A request may name any day of the past or the future.
_REMEMBERED = 1_000


class Request(NamedTuple):
    """What ``issue`` is asked for."""

    scheme: str
    facts: Mapping[str, object]
    key: str
    actor: str
    at: datetime
    parent: str | None = None
    dated: datetime | None = None


# None: this one is to be asked alone.
Answer = IssuedCode | None


class Groups:
    """Answers one group of requests after the other; keeps the tables of their schemes."""

    def __init__(self) -> None:
        self._sets: dict[int, tuple[Published, CodeSet]] = {}
        self._versions = _Versions()

    def answers(self, take: Callable[[], Sequence[Request]]) -> list[Answer]:
        """The answers to the requests that ``take`` names once the transaction has its turn; it is committed.

        What does not concern one of them alone is raised, and then none of them has a code, as where a text of theirs
        turns out to be taken (MetError).
        """
        key = self.ready()
        with transaction.atomic(), pipelined(ends=True, repeats=True):
            issued = self.asked(key)
            return issued(take())

    def ready(self) -> bytes:
        """Whether anything may be given out, looked at before the transaction: the key of ``asked``."""
        audit.require_current()
        return fingerprints.standing_key()

    def asked(self, key: bytes) -> Callable[[Sequence[Request]], list[Answer]]:
        """The same in a transaction that does other work too: what ``answers`` gives to the requests, or raises."""
        require_durable, require_known = asked_durable(connection), self._versions.asked()

        def issued(requests: Sequence[Request]) -> list[Answer]:
            answers = _Group(requests, key, self._versions).answers(self._set_of)
            require_durable()
            require_known()
            return answers

        return issued

    def _set_of(self, published: Published) -> CodeSet:
        number = published.version.pk
        known = self._sets.get(number)
        # Another grammar: a dictionary was extended, or a parent scheme has a new version.
        if known is None or known[0].grammar is not published.grammar:
            if len(self._sets) >= _KEPT:
                self._sets.clear()
            known = self._sets[number] = published, CodeSet(published)
        return known[1]


@dataclass(slots=True)
class _Version:
    """A version of a scheme, and what it wrote for the facts that were told of late."""

    published: Published
    is_timeless: bool
    rows: dict[bytes, Prepared] = field(default_factory=dict)

    def prepared(self, fingerprint: bytes, one: Request, at: datetime) -> Prepared:
        """The facts as the scheme writes them."""
        found = self.rows.get(fingerprint)
        if found is None:
            found = prepared(self.published, fingerprint, one.facts, one.parent, at)
            if self.is_timeless:
                if len(self.rows) >= _REMEMBERED:
                    self.rows.clear()
                self.rows[fingerprint] = found
        return found


class ChangedError(Exception):
    """A scheme was published or a dictionary extended while a group was written by the earlier ones."""


class _Versions:
    """Versions of schemes as they were when somebody looked last."""

    def __init__(self) -> None:
        self._revision: Sequence[Any] | None = None
        self._found: dict[tuple[str, date], _Version | None] = {}

    def asked(self) -> Callable[[], None]:
        """Ask whether they are what they were; who calls what is returned meets ChangedError where they are not."""
        told = schemes.asked_revision()
        if self._revision is None or len(self._found) > _REMEMBERED:
            self._found.clear()
            self._revision = told()
            return lambda: None
        return lambda: self._require(told())

    def _require(self, revision: Sequence[Any]) -> None:
        if revision != self._revision:
            self._revision = None
            raise ChangedError

    def of(self, name: str, at: datetime) -> _Version | None:
        """The version that counts on that day; None where there is none."""
        key = name, timezone.localtime(at).date()
        if key not in self._found:
            self._found[key] = None
            with suppress(CodingError):
                published = schemes.published(name, at)
                is_timeless = not any(isinstance(part, Date) for part in published.grammar.segments)
                self._found[key] = _Version(published, is_timeless)
        return self._found[key]


@dataclass(slots=True)
class _Set:
    """Requests for one version of a scheme by one who asks, by their hashes: where each stands, and as it is written."""

    published: Published
    actor: str
    rows: dict[bytes, tuple[int, Prepared]] = field(default_factory=dict)

    @property
    def prepared(self) -> list[Prepared]:
        return [row for _, row in self.rows.values()]

    def leave_out(self, requests: Iterable[bytes]) -> None:
        """Forget those of these requests that are here."""
        for request in requests:
            self.rows.pop(request, None)


class _Group:
    """The requests of one transaction."""

    def __init__(self, requests: Sequence[Request], key: bytes, versions: _Versions) -> None:
        self._requests, self._versions = requests, versions
        self._at = max(request.at for request in requests)
        prints = {name: fingerprints.of_scheme(key, name) for name in {request.scheme for request in requests}}
        self._hashed = [
            (prints[one.scheme].of_request(one.key), prints[one.scheme].of_facts(one.facts, one.parent, one.dated))
            for one in requests
        ]
        self._answers: list[Answer] = [None] * len(requests)
        self._found: dict[tuple[str, datetime | None], _Version | None] = {}

    def answers(self, set_of: Callable[[Published], CodeSet]) -> list[Answer]:
        """What each of them gets."""
        stand_alone_at(("request", request) for request, _ in self._hashed)
        known = register.asked_known([request for request, _ in self._hashed])
        sets = self._sets()
        # All counters of a scheme before the first moves, and in one order: groups of two processes may overlap.
        ahead = [set_of(first.published).ask(*_together(first, others)) for first, *others in sets]
        before = known()
        for asked, (first, *others) in zip(ahead, sets, strict=True):
            self._issue(first, set_of(first.published), asked, before)
            for one in others:
                codes = set_of(one.published)
                self._issue(one, codes, codes.ask(one.prepared), before)
        return self._answers

    def _sets(self) -> Sequence[Sequence[_Set]]:
        """The requests that can be written, those of each scheme together, always in the same order."""
        sets: dict[tuple[str, int, str], _Set] = {}
        seen: set[bytes] = set()
        for place, (request, facts) in enumerate(self._hashed):
            # The same twice at once: the second waits for the first.
            if request not in seen and (found := self._written(place, facts)):
                seen.add(request)
                published, row = found
                key = published.version.name, published.version.number, self._requests[place].actor
                sets.setdefault(key, _Set(published, key[-1])).rows[request] = place, row
        return [[sets[key] for key in keys] for _, keys in groupby(sorted(sets), key=itemgetter(0))]

    def _written(self, place: int, facts: bytes) -> tuple[Published, Prepared] | None:
        one = self._requests[place]
        at, wanted = one.dated or self._at, (one.scheme, one.dated)
        if wanted not in self._found:
            self._found[wanted] = self._versions.of(one.scheme, at)
        version = self._found[wanted]
        if version is None:
            return None
        row = version.prepared(facts, one, at)
        return (version.published, row) if row.snapshot else None

    def _issue(self, one: _Set, codes: CodeSet, asked: Asked, before: Iterable[bytes]) -> None:
        one.leave_out(before)
        if not one.rows:
            return
        version, at = one.published.version, self._at
        texts = codes.issue(list(one.rows), one.prepared, asked, Taken(), source=None, actor=one.actor, at=at)
        columns = zip(one.rows.values(), texts.codes, texts.identities, texts.numbers, strict=True)
        for index, ((place, _), code, identity, number) in enumerate(columns):
            if index not in texts.errors:
                state = State.ISSUED.value
                given = IssuedCode(code, identity, number, version.name, version.number, state, at, is_new=True)
                self._answers[place] = given


def _together(first: _Set, others: Iterable[_Set]) -> tuple[Sequence[Prepared], Sequence[Prepared]]:
    return first.prepared, [row for one in others for row in one.prepared]
