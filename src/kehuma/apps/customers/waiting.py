"""Customers for requests that wait at the same time, see ``kehuma.lib.together``: one transaction makes all of them.

Only what is usual is made here: a new customer without superior, tags or a number in another system. Whatever else is
asked for, was asked for before or is to be refused is left to ``create``, which is asked for that one alone.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.audit.services import Told
from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.groups import Groups
from kehuma.apps.codes.groups import Request as CodeRequest
from kehuma.apps.customers import numbers, owners, requests
from kehuma.apps.customers.creating import Owner
from kehuma.apps.customers.data import Created
from kehuma.apps.customers.insertion import Draft, Ids, Insertion
from kehuma.apps.customers.known import Known
from kehuma.engine.coding.errors import CodingError
from kehuma.lib.db.pipelines import pipelined
from kehuma.lib.together import Together
from kehuma.lib.viewer import Refused, Viewer

_UNUSUAL = ("tags", numbers.KIND)


# None: this one is to be asked alone.
Answer = Created | None


class Request(NamedTuple):
    """A customer to be made: its code, its rows, and what was told of it; ``known`` is what they follow from."""

    code: CodeRequest
    draft: Draft
    told: Mapping[str, object] | None
    known: Known


class Front:
    """The requests of one process that wait for customers."""

    def __init__(self) -> None:
        self._known: Known | None = None
        self._together = Together(lambda: Creations(self._forget), patience=0.3)

    def created(self, asked: Callable[[Known], Request | None]) -> Answer:
        """The customer of the request that ``asked`` makes of what is known; None where it is to be asked alone."""
        if connection.in_atomic_block:
            # Nothing that was seen in here may be kept: it may not be there any more.
            return _alone(asked)
        request = asked(self._known or self._look())
        return self._together.answered(request) if request else None

    def _look(self) -> Known:
        self._known = known = Known()
        return known

    def _forget(self, known: Known) -> None:
        if self._known is known:
            self._known = None


class Creations:
    """Answers one group of requests after the other; ``outdated`` is told what is known no longer."""

    def __init__(self, outdated: Callable[[Known], None] = lambda _: None) -> None:
        self._codes = Groups()
        self._outdated = outdated

    def answers(self, take: Callable[[], Sequence[Request]]) -> list[Answer]:
        """The customers of the requests that ``take`` names once the transaction has its turn; it is committed.

        What does not concern one of them alone is raised, and then none of them is made.
        """
        key = self._codes.ready()
        with transaction.atomic(), pipelined(ends=True, repeats=True):
            issued = self._codes.asked(key)
            group = _Group(take())
            group.prepare()
            for known in group.outdated():
                self._outdated(known)
            return group.created(issued, key)


class _Group:
    """The requests of one transaction; what they need is asked for at once."""

    def __init__(self, asked: Sequence[Request]) -> None:
        self._asked = asked
        self._at = max(one.code.at for one in asked)
        self._still = {known: known.asked_still() for known in {one.known for one in asked}}
        drafts = [one.draft for one in asked]
        self._insertion = Insertion(drafts, Ids.of(drafts), at=self._at)
        self._events = audit.asked_events(len(asked))

    def prepare(self) -> None:
        """All that can be done before the counters are held."""
        self._insertion.seal()

    def outdated(self) -> Sequence[Known]:
        """What is known otherwise now; requests that follow from it are to be asked alone."""
        return [known for known, is_still in self._still.items() if not is_still()]

    def created(
        self, issued: Callable[[Sequence[CodeRequest]], Sequence[IssuedCode | None]], key: bytes
    ) -> list[Answer]:
        """Codes and customers, and what testifies to them."""
        outdated = set(self.outdated())
        places = [place for place, one in enumerate(self._asked) if one.known not in outdated]
        found = zip(places, issued([self._asked[place].code for place in places]) if places else (), strict=True)
        codes = {place: code for place, code in found if code is not None}
        keys = self._insertion.store({place: code.identity for place, code in codes.items()})
        told = [(keys[place][0], told) for place in codes if (told := self._asked[place].told) is not None]
        requests.keep(told, key)
        self._testify(codes)
        return [
            Created(*keys[place], codes[place].identity, codes[place].code, codes[place].scheme)
            if place in codes
            else None
            for place in range(len(self._asked))
        ]

    def _testify(self, codes: Mapping[int, IssuedCode]) -> None:
        told = [
            Told(code.identity, {"scheme": code.scheme}, self._asked[place].code.actor) for place, code in codes.items()
        ]
        audit.record_each(self._events(), "customers.created", told, at=self._at)


_front = Front()


def create_waiting(  # noqa: PLR0913 - as ``create``
    viewer: Viewer,
    values: Mapping[str, object],
    *,
    request_key: str,
    at: datetime,
    scheme: str | None = None,
    owner: Owner = "me",
    told: Mapping[str, object] | None = None,
) -> Answer:
    """As ``create``, in a transaction with others that wait at this moment; committed when it returns.

    Without ``scheme`` by the first rule for customers. None where this one is not new or not usual, or is refused:
    then ``create`` is to be asked, and says why.
    """
    viewer.require("customers.create")
    if any(values.get(key) for key in _UNUSUAL):
        return None

    def asked(known: Known) -> Request | None:
        cleaned = known.cleaner.clean(values, whole=True)
        facts = None if cleaned.faults else known.facts(scheme, at)
        if facts is None:
            return None
        code = CodeRequest(facts.scheme, facts.given(cleaned.values), request_key, viewer.actor, at)
        return Request(code, known.drafter.draft(cleaned.values, owners.chosen(viewer, owner)), told, known)

    with suppress(CodingError, Refused):
        return _front.created(asked)
    return None


def _alone(asked: Callable[[Known], Request | None]) -> Answer:
    request = asked(Known())
    if request is None:
        return None
    try:
        return Creations().answers(lambda: [request])[0]
    except Exception as error:  # noqa: BLE001 - ``create`` finds out what is wrong
        logging.getLogger(__name__).debug("%s: a customer is created by itself", type(error).__name__)
        return None
