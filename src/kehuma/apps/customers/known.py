"""Fields and rules as somebody saw them last: whoever writes by them asks, in his transaction, whether they still are."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import fields as record
from kehuma.apps.customers.coding import Facts
from kehuma.apps.customers.insertion import Drafter
from kehuma.apps.customers.values import Cleaner

# A request may name any rule, and days go by.
_REMEMBERED = 100


class Known:
    """What there was when this was made; what follows from it is found out once."""

    def __init__(self) -> None:
        # The stamp first: what changes from here on shows by it.
        self._stamp = _asked_stamp()()
        self._rules: dict[tuple[str | None, date], Facts] = {}
        table = record.table_of(self._stamp[1])
        self.cleaner, self.drafter = Cleaner(table), Drafter(table)

    @property
    def fields(self) -> Mapping[str, record.Field]:
        """The table of fields."""
        return self.drafter.table

    def facts(self, rule: str | None, at: datetime) -> Facts | None:
        """What the rule takes, or the first one for customers, on that day; None without one. UnknownSchemeError."""
        key = rule, timezone.localtime(at).date()
        found = self._rules.get(key)
        if found is None:
            name = rule or codes.first_rule("customer", at, has_parent=False)
            if name is None:
                return None
            if len(self._rules) >= _REMEMBERED:
                self._rules.clear()
            found = self._rules[key] = Facts(name, self.fields, at)
        return found

    def asked_still(self) -> Callable[[], bool]:
        """Whether all of it still is as it was: asked now, and told when what is returned is called."""
        stamp = _asked_stamp()
        return lambda: stamp() == self._stamp


def _asked_stamp() -> Callable[[], tuple[Any, record.Defined]]:
    revision, defined = codes.asked_revision(), record.asked_defined()
    return lambda: (tuple(revision()), defined())
