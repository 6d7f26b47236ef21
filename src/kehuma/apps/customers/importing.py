"""Customers from files: set-wise through the whole gate, a chunk of rows in one transaction.

A row is named by its key in its source: the same key is the same customer for ever, so a file can be brought in again,
and go on where it stopped. What a batch created comes back from the recycle bin when its rows come in once more.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import queries as registered
from kehuma.apps.codes import services as codes
from kehuma.apps.codes.data import Order
from kehuma.apps.customers import (
    applying,
    batches,
    binning,
    consents,
    documents,
    families,
    insertion,
    numbers,
    owners,
    scope,
    tagging,
)
from kehuma.apps.customers import fields as record
from kehuma.apps.customers.applying import By
from kehuma.apps.customers.coding import Facts
from kehuma.apps.customers.creating import names_of
from kehuma.apps.customers.data import Cleaned, Imported, Value
from kehuma.apps.customers.errors import (
    CustomerError,
    InBinError,
    OwnerError,
    RestrictedError,
    UnknownCustomerError,
    UnknownError,
)
from kehuma.apps.customers.insertion import New
from kehuma.apps.customers.models import Batch, Customer
from kehuma.apps.customers.values import Cleaner
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import search
from kehuma.lib.garbage import uncollected
from kehuma.lib.viewer import Viewer

_CHUNK = 500
# These are given by id and by identity, and are no values to be cleaned.
_RELATED = frozenset({"owner", "parent"})
Values = Mapping[str, object]


class Import:
    """Brings rows of one ``source`` in; keeps what it has learnt from chunk to chunk (at most 10,000 rows each).

    ``owner`` is the owner of rows that name none in ``values["owner"]`` (an id); None is the public pool. A new row's
    superior is ``values["parent"]``, the identity of a customer; see also ``place``.
    UnknownSchemeError; UnknownError where there is no such batch.
    """

    def __init__(  # noqa: PLR0913 - one argument per fact
        self,
        viewer: Viewer,
        *,
        scheme: str,
        source: str,
        batch: UUID,
        at: datetime,
        owner: Literal["auto"] | int | None = "auto",
    ) -> None:
        viewer.require("customers.import")
        found = Batch.objects.filter(uuid=batch).first()
        if found is None:
            raise UnknownError("batch")
        self._viewer, self._source, self._at, self._batch = viewer, source, at, found
        # Who reaches only its own customers must be able to reach those it brings in.
        mine = viewer.user_id if viewer.scope == "own" else None
        self._owner = mine if owner == "auto" else owners.chosen(viewer, owner)
        self._table = record.table()
        self._cleaner = Cleaner(self._table)
        self._scheme = scheme
        self._facts = Facts(scheme, self._table, at)
        self._codes = codes.Batch(scheme, self._facts.attributes, source=source, actor=viewer.actor, at=at)
        self._by = By(viewer.actor, at, found.pk)

    @uncollected()
    def create(self, rows: Sequence[tuple[str, Values]]) -> list[Imported]:
        """What became of each row of (key, values); ``known`` ones have their customer already."""
        while True:
            try:
                return self._created(rows)
            except codes.MetError as error:
                self._codes.learn(error)

    @transaction.atomic
    def _created(self, rows: Sequence[tuple[str, Values]]) -> list[Imported]:
        results: list[Imported | None] = [None] * len(rows)
        cleaned = self._cleaned([values for _, values in rows], results, whole=True)
        above = families.ids_of(self._viewer, [str(one["parent"]) for _, one in rows if one.get("parent")])
        for place, (_, values) in enumerate(rows):
            if (superior := values.get("parent")) and superior not in above and results[place] is None:
                results[place] = _rejected({"parent": UnknownCustomerError(superior)})
        self._refuse_numbers([key for key, _ in rows], cleaned, results, self._coded)
        places = [place for place, result in enumerate(results) if result is None]
        orders: list[Order] = [
            (rows[place][0], self._facts.of(cleaned[place].values, str(rows[place][1].get("parent") or "")))
            for place in places
        ]
        identities: dict[int, str] = {}
        before: list[str] = []
        for place, outcome in zip(places, self._codes.issue_together(orders), strict=True):
            if outcome.code is None:
                results[place] = _rejected({"code": outcome.error or CustomerError("repeated-key")})
            else:
                identities[place] = self._facts.identity_of(outcome.code)
                # A code that is new has no customer yet.
                if outcome.kind != "coded":
                    before.append(identities[place])
        known = self._known(before)
        fresh: dict[str, int] = {}
        for place, identity in identities.items():
            if identity not in known:
                fresh.setdefault(identity, place)
            if fresh.get(identity) != place:
                results[place] = Imported("known", identity)
        self._insert(rows, cleaned, fresh, above, results)
        self._revive(
            [(place, identity) for place, identity in identities.items() if identity in known], known, cleaned, results
        )
        self._testify("created", results)
        return _whole(results)

    @transaction.atomic
    def update(self, rows: Sequence[tuple[str, Values]]) -> list[Imported]:
        """What became of each row of (identity, values); only what stands in the values is changed."""
        results: list[Imported | None] = [None] * len(rows)
        cleaned = self._cleaned([values for _, values in rows], results, whole=False)
        identities = [identity for identity, _ in rows]
        known = self._known(identities)
        self._refuse_numbers(identities, cleaned, results, lambda names: {name: name for name in names})
        wanted: dict[str, tuple[int, dict[str, Value]]] = {}
        given: dict[str, int] = {}
        for place, ((identity, values), one) in enumerate(zip(rows, cleaned, strict=True)):
            if results[place] is not None:
                continue
            if error := self._refusal(identity, known.get(identity)):
                results[place] = _rejected({"code": error})
                continue
            if isinstance(owner := values.get("owner"), int):
                given[identity] = owner
            if identity in wanted:
                wanted[identity][1].update(one.values)
                results[place] = Imported("updated", identity)
            else:
                wanted[identity] = (place, dict(one.values))
        restored = [known[identity] for identity in wanted if known[identity].deleted_at is not None]
        binning.take_out(restored, self._by)
        changed = self._apply(
            {known[identity].pk: (known[identity], values) for identity, (_, values) in wanted.items()}
        )
        changed |= self._give(known, given)
        back = {customer.pk for customer in restored}
        for identity, (place, _) in wanted.items():
            pk = known[identity].pk
            kind: Literal["created", "updated", "unchanged"] = "updated" if pk in changed else "unchanged"
            results[place] = Imported("created" if pk in back else kind, identity)
        self._testify("updated", results)
        return _whole(results)

    @transaction.atomic
    def place(self, pairs: Sequence[tuple[str, str]]) -> list[CodingError | None]:
        """Put customers of (identity, identity of the superior) where they belong; for each why not, or None."""
        known = self._known([identity for identity, _ in pairs])
        above = families.ids_of(self._viewer, [superior for _, superior in pairs])
        found: list[CodingError | None] = []
        wanted: dict[str, int] = {}
        for place, (identity, superior) in enumerate(pairs):
            error = self._refusal(identity, known.get(identity))
            found.append(error or (None if superior in above else UnknownCustomerError(superior)))
            if found[place] is None:
                wanted.setdefault(identity, place)
        moves = [(known[identity], above[pairs[place][1]]) for identity, place in wanted.items()]
        for place, refused in zip(wanted.values(), families.place(moves, self._by), strict=True):
            found[place] = refused
        return found

    def end(self) -> None:
        """All rows are in: put those that wait into the search index of the store."""
        search.merge(documents.TABLE)

    def created(self, identities: Sequence[str]) -> set[str]:
        """Those of these customers that this batch has brought in."""
        found: set[str] = set()
        for start in range(0, len(identities), _CHUNK):
            rows = Customer.objects.filter(
                created_in=self._batch, code__identity__in=identities[start : start + _CHUNK]
            )
            found |= set(rows.values_list("code__identity", flat=True))
        return found

    def _give(self, known: Mapping[str, Customer], given: Mapping[str, int]) -> set[int]:
        """Owners that rows name, where they are others than now."""
        wanted = [(known[identity], owner) for identity, owner in given.items() if known[identity].owner_id != owner]
        owners.give(wanted, self._by)
        return {customer.pk for customer, _ in wanted}

    def _cleaned(self, rows: Sequence[Values], results: list[Imported | None], *, whole: bool) -> list[Cleaned]:
        found = []
        for place, values in enumerate(rows):
            given = {key: value for key, value in values.items() if key not in _RELATED}
            one = self._cleaner.clean(given if len(given) < len(values) else values, whole=whole)
            if one.faults:
                results[place] = _rejected(one.faults)
            elif not owners.may_give(self._viewer, values.get("owner")):
                results[place] = _rejected({"owner": OwnerError("may-not-assign")})
            found.append(one)
        return found

    def _refuse_numbers(
        self,
        names: Sequence[str],
        cleaned: Sequence[Cleaned],
        results: list[Imported | None],
        identities_of: Callable[[Sequence[str]], Mapping[str, str]],
    ) -> None:
        """Rows whose number in the source is another customer's."""
        wanted = {
            place: (name, str(number))
            for place, name in enumerate(names)
            if results[place] is None and (number := cleaned[place].values.get(numbers.KIND))
        }
        for place, error in numbers.refusals(self._source, wanted, identities_of).items():
            results[place] = _rejected({numbers.KIND: error})

    def _coded(self, keys: Sequence[str]) -> Mapping[str, str]:
        return registered.rows_coded(self._scheme, self._source, keys)

    def _known(self, identities: Sequence[str]) -> dict[str, Customer]:
        found: dict[str, Customer] = {}
        for start in range(0, len(identities), _CHUNK):
            rows = Customer.objects.select_for_update(of=("self",)).filter(
                code__identity__in=identities[start : start + _CHUNK]
            )
            found |= {row.code_id: row for row in rows}
        return found

    def _insert(
        self,
        rows: Sequence[tuple[str, Values]],
        cleaned: Sequence[Cleaned],
        fresh: Mapping[str, int],
        above: Mapping[str, int],
        results: list[Imported | None],
    ) -> None:
        if not fresh:
            return
        new = [
            New(
                identity,
                cleaned[place].values,
                self._owner_of(rows[place][1]),
                above.get(str(rows[place][1].get("parent") or "")),
            )
            for identity, place in fresh.items()
        ]
        keys = insertion.insert(
            new, self._table, actor=self._viewer.actor, at=self._at, batch=self._batch.pk, system=self._source
        )
        tagged = [
            (pk, tags)
            for (pk, _), place in zip(keys, fresh.values(), strict=True)
            if (tags := names_of(cleaned[place].values.get("tags")))
        ]
        if tagged:
            tagging.put_on_new(tagged, self._by)
        given = (cleaned[place].values.get(record.CONSENTS) for place in fresh.values())
        consents.keep(zip((pk for pk, _ in keys), given, strict=True), self._by)
        for identity, place in fresh.items():
            results[place] = Imported("created", identity)

    def _owner_of(self, values: Values) -> int | None:
        owner = values.get("owner")
        return owner if isinstance(owner, int) else self._owner

    def _revive(
        self,
        places: Sequence[tuple[int, str]],
        known: Mapping[str, Customer],
        cleaned: Sequence[Cleaned],
        results: list[Imported | None],
    ) -> None:
        """Out of the bin with those whose rows come in again; the others stay as they are."""
        back: dict[int, tuple[Customer, Mapping[str, Value]]] = {}
        for place, identity in places:
            customer = known[identity]
            is_in_bin = customer.deleted_at is not None and customer.restricted_at is None
            is_back = is_in_bin and customer.pk not in back
            results[place] = Imported("created" if is_back else "known", identity)
            if is_back:
                back[customer.pk] = (customer, cleaned[place].values)
                customer.created_in_id = self._batch.pk
        binning.take_out([customer for customer, _ in back.values()], self._by)
        self._apply(back)

    def _apply(self, wanted: Mapping[int, tuple[Customer, Mapping[str, Value]]]) -> set[int]:
        plain = [
            (customer, consents.added(customer, {key: value for key, value in values.items() if key != "tags"}))
            for customer, values in wanted.values()
        ]
        changed = set(applying.apply(plain, self._table, self._by, system=self._source)) if plain else set()
        consents.keep(((customer.pk, values.get(record.CONSENTS)) for customer, values in plain), self._by)
        for customer, values in wanted.values():
            if tags := names_of(values.get("tags")):
                changed |= {one.pk for one in tagging.put([customer], tags, (), self._by)}
        return changed

    def _refusal(self, identity: str, customer: Customer | None) -> CodingError | None:
        owners_reached = scope.reached_owners(self._viewer)
        if customer is None:
            return UnknownCustomerError(identity)
        if owners_reached is not None and customer.owner_id not in owners_reached:
            return OwnerError("not-yours" if customer.owner_id else "not-owned", code=identity)
        if customer.restricted_at is not None:
            return RestrictedError(identity)
        # What this very import's predecessor was undone for comes back; what somebody threw away does not.
        if customer.deleted_at is not None and customer.created_in_id is None:
            return InBinError("in-bin", code=identity)
        return None

    def _testify(self, kind: str, results: Sequence[Imported | None]) -> None:
        count = sum(result is not None and result.kind == kind for result in results)
        if count:
            batches.grow(self._batch.pk, count)
            detail = {"source": self._source, "customers": count}
            audit.record(
                f"customers.import-{kind}", str(self._batch.uuid), detail, actor=self._viewer.actor, at=self._at
            )


def _rejected(faults: Mapping[str, CodingError]) -> Imported:
    return Imported("rejected", "", faults)


def _whole(results: Sequence[Imported | None]) -> list[Imported]:
    return [result for result in results if result is not None]
