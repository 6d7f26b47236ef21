"""All tokens in the memory of this process, so that parts, pinyin and initials find sealed names; none of it is stored.

What is plain stands there too: one index is asked, not two, and PostgreSQL's takes 1,200 ms for two rare initials among
a million. Whoever searches first has it made: at once where there are few customers, by a thread beside the pages where
there are many; until then the store's index finds what is plain, and of what is sealed only whole values and the ends
of numbers are found. Then it follows ``SearchNews``, which every change writes in its own transaction, so the processes
need not speak to one another.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from threading import Lock, Thread

from django.db import connection

from kehuma.apps.customers import documents, sealed
from kehuma.apps.customers.data import Value
from kehuma.apps.customers.insertion import normal_number
from kehuma.apps.customers.models import Contact, Customer, Identifier, SearchNews, SearchText
from kehuma.apps.customers.sealed import Keys, Unopened
from kehuma.apps.sealing import queries as sealing
from kehuma.engine.cleaning.phones import digits_of
from kehuma.lib.search import MemoryIndex

_CHUNK = 1_000
# As many customers are looked at while somebody waits: some tenths of a second.
_AT_ONCE = 2_000
# PostgreSQL gives out numbers before it commits: as many older ones are looked at again.
_LATE = 100
_MOBILE = 11
_log = logging.getLogger(__name__)

Span = tuple[int, int]
# Id, kind, subject and blob of a customer.
_Row = tuple[int, str, int | None, bytes | memoryview | None]


class Remembered:
    """The names that this process knows."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._index: MemoryIndex | None = None
        self._marks: Mapping[int, str] = {}
        self._thread: Thread | None = None

    def index(self) -> MemoryIndex | None:
        """The index after the last change; None while it is being made or catches up, and where there is no key."""
        if not sealing.is_open():
            # Whoever took the key away wants no names in memory either.
            self.forget()
            return None
        with self._lock:
            return None if self.is_being_made else self._current()

    def begin(self) -> None:
        """Have it made beside other work, so that the first who searches finds it ready."""

        def work() -> None:
            try:
                self.index()
            finally:
                connection.close()

        Thread(target=work, daemon=True).start()

    @property
    def is_being_made(self) -> bool:
        """Whether it is on its way."""
        return self._thread is not None and self._thread.is_alive()

    def forget(self) -> None:
        """Let all names go."""
        self._index, self._marks = None, {}

    def _current(self) -> MemoryIndex | None:
        last = max(self._marks, default=0)
        news = list(SearchNews.objects.filter(pk__gt=last - _LATE).order_by("pk").values_list("pk", "mark", "spans"))
        marks = {pk: mark for pk, mark, _ in news}
        # Numbers come a second time, and with another mark, where a transaction was rolled back or a backup restored.
        if self._index is None or marks.get(last, "") != self._marks.get(last, ""):
            self._index, self._marks = MemoryIndex(), marks
            return self._taken_in([], is_new=True)
        known, self._marks = self._marks, marks
        spans = [(span[0], span[1]) for pk, mark, several in news if known.get(pk) != mark for span in several]
        return self._taken_in(spans, is_new=False) if spans else self._index

    def _taken_in(self, spans: Sequence[Span], *, is_new: bool) -> MemoryIndex | None:
        index = self._index or MemoryIndex()
        if is_new:
            ids = Customer.objects.filter(deleted_at=None).order_by("-pk").values_list("pk", flat=True)
            latest = list(ids[: _AT_ONCE + 1])
            wanted, is_little = [(1, latest[0])] if latest else [], len(latest) <= _AT_ONCE
        else:
            wanted, is_little = list(spans), sum(last - first + 1 for first, last in spans) <= _AT_ONCE
        if is_little:
            _take_in(index, wanted, is_new=is_new)
            return index
        self._thread = Thread(target=self._beside, args=(index, wanted), kwargs={"is_new": is_new}, daemon=True)
        self._thread.start()
        return None

    def _beside(self, index: MemoryIndex, spans: Sequence[Span], *, is_new: bool) -> None:
        try:
            _take_in(index, spans, is_new=is_new)
        except Exception:  # noqa: BLE001 - whatever it was, the next search must not take half an index for a whole one
            self.forget()
            _log.exception("The index of sealed names could not be made; the next search begins anew.")
        finally:
            connection.close()


remembered = Remembered()


def _take_in(index: MemoryIndex, spans: Sequence[Span], *, is_new: bool) -> None:
    for first, last in spans:
        if not is_new:
            index.remove(range(first, last + 1))
        for rows in _documents(first, last):
            index.put(rows, are_new=True)
    if is_new:
        index.tidy()


def _documents(first: int, last: int) -> Iterator[list[tuple[int, str]]]:
    """All tokens of the customers of a span, a chunk of them at a time."""
    found = Customer.objects.filter(deleted_at=None, pk__lte=last).order_by("pk")
    # Tuples: to make objects of the rows takes as long as to open them.
    few = found.values_list("pk", "kind", "subject_id", "sealed")
    after = first - 1
    while rows := list(few.filter(pk__gt=after)[:_CHUNK]):
        after = rows[-1][0]
        yield _tokens(rows[0][0], after, rows)


def _tokens(first: int, last: int, rows: Sequence[_Row]) -> list[tuple[int, str]]:
    keys = Keys(subject for _, _, subject, _ in rows)
    opened = {pk: key for pk, _, subject, _ in rows if not isinstance(key := keys.get(subject), Unopened)}
    people: dict[int, list[Mapping[str, str]]] = {}
    contacts = Contact.objects.filter(customer__gte=first, customer__lte=last)
    for pk, customer, blob in contacts.values_list("pk", "customer", "sealed"):
        known = opened.get(customer)
        if known and not isinstance(one := sealed.opened_contact(known, pk, blob), Unopened):
            people.setdefault(customer, []).append(one)
    numbers: dict[int, list[tuple[str, str]]] = {}
    subjects = {pk: subject for pk, _, subject, _ in rows if pk in opened}
    for row in Identifier.objects.filter(customer__gte=first, customer__lte=last, sealed__isnull=False):
        number = sealed.number_of(row, subjects.get(row.customer_id), keys)
        if not isinstance(number, Unopened):
            numbers.setdefault(row.customer_id, []).append((row.kind, number))
    plain = dict(SearchText.objects.filter(pk__gte=first, pk__lte=last).values_list("pk", "tokens"))
    own = {
        pk: values
        for pk, kind, _, blob in rows
        if kind == "person"
        and pk in opened
        and blob is not None
        and not isinstance(values := sealed.opened_own(opened[pk], blob), Unopened)
    }
    return [
        (pk, f"{plain[pk]} {_secret(own.get(pk, {}), people.get(pk, ()), numbers.get(pk, ()))}")
        for pk, *_ in rows
        if pk in plain
    ]


def _secret(own: Mapping[str, Value], people: Sequence[Mapping[str, str]], numbers: Sequence[tuple[str, str]]) -> str:
    former = own.get("former_names") or ()
    return documents.sealed_tokens(
        names=[name for name in (own.get("name"), own.get("short_name"), *former) if isinstance(name, str) and name],
        phones=[_dialled(phone) for one in people for name in ("mobile", "phone") if (phone := one.get(name))],
        people=[name for one in people if (name := one.get("name"))],
        identifiers=numbers,
    )


def _dialled(phone: str) -> str:
    """A mobile number, as nearly all are, is kept as it is dialled."""
    return phone if phone.isdecimal() and len(phone) == _MOBILE else digits_of(normal_number(phone))
