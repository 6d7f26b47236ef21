"""A scheme with a look-up, a serial and a check character, and the people who use it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from kehuma.apps.codes import services
from kehuma.apps.codes.data import IssuedCode, Order, Outcome, PublishedScheme
from kehuma.engine.coding.grammar import Grammar, Permutation
from kehuma.engine.coding.inspection import Report, inspect
from kehuma.engine.coding.model import Scheme

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CLERK = "小王"

CUSTOMER = """
kehuma = 1
name = "customer"
template = "{region}-{industry}-{serial:4}{check}"

[segments.region]
kind = "lookup"
dictionary = "cn-province"

[segments.industry]
kind = "lookup"
[segments.industry.dictionary]
IT = { zh = "信息技术", en = "Information technology", also = ["软件"] }
FI = { zh = "金融", en = "Finance" }

[segments.serial]
per = ["region", "industry"]
overflow = "lengthen"

[segments.check]
algorithm = "iso7064-mod37-2"
"""

PLAIN = """
kehuma = 1
overlaps = ["unit"]
name = "plain"
template = "C-{serial:3}"
[segments.serial]
overflow = "stop"
allocation = "gapless"
"""

GRADED = """
kehuma = 1
name = "graded"
template = "{country}{serial:5}{grade}"
[segments.country]
kind = "lookup"
dictionary = "iso-3166"
[segments.grade]
kind = "lookup"
live = true
[segments.grade.dictionary]
A = { zh = "甲" }
B = { zh = "乙" }
"""

UNIT = """
kehuma = 1
overlaps = ["plain", "pair"]
name = "unit"
template = "{department}-{unit:3}"
[segments.department]
[segments.unit]
"""

DRAWN = """
kehuma = 1
name = "drawn"
template = "R-{random:1}"
"""

ONE_DIGIT = """
kehuma = 1
name = "one-digit"
template = "D{serial:1}"
"""

HIDDEN = """
kehuma = 1
name = "hidden"
template = "H{region}{serial:3}"
[segments.region]
dictionary = "cn-province"
[segments.serial]
order = "permuted"
"""

# The number stands between two parts of which only one has a counter of its own.
DATED = """
kehuma = 1
name = "dated"
template = "{region}{serial:4}{kind}{check}"
[segments.region]
dictionary = "cn-province"
[segments.kind]
dictionary = "cn-industry"
[segments.serial]
per = ["region"]
[segments.check]
algorithm = "iso7064-mod37-2"
"""

SHARED = 'overlaps = ["customer"]' + CUSTOMER.replace('"customer"', '"shared"').replace(
    'per = ["region", "industry"]', "per = []"
)

SCHEMES = {
    "shared": SHARED,
    "customer": CUSTOMER,
    "plain": PLAIN,
    "graded": GRADED,
    "unit": UNIT,
    "drawn": DRAWN,
    "one-digit": ONE_DIGIT,
    "hidden": HIDDEN,
    "dated": DATED,
}


_reports: dict[tuple[int, ...], tuple[Report, list[object]]] = {}


@pytest.fixture(autouse=True)
def proved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Schemes and grammars are remembered by their content, so what was proved for one test holds for the next."""

    def _inspect(
        scheme: Scheme, *, parents: Mapping[str, Grammar], others: Sequence[Grammar], permutation: Permutation | None
    ) -> Report:
        key = (id(scheme), *map(id, [*parents.values(), None, *others]))
        if key not in _reports:
            _reports[key] = (
                inspect(scheme, parents=parents, others=others, permutation=permutation),
                [scheme, *parents.values(), *others],
            )
        return _reports[key][0]

    monkeypatch.setattr(services, "inspect", _inspect)


@pytest.fixture
def publish() -> Callable[..., PublishedScheme]:
    """``publish("customer")`` by name, or a scheme file's own text; the last one published."""

    def _publish(*schemes: str, at: datetime = NOON) -> PublishedScheme:
        found = [services.publish(SCHEMES.get(scheme, scheme), actor=CLERK, at=at) for scheme in schemes]
        return found[-1]

    return _publish


@pytest.fixture
def issue() -> Callable[..., IssuedCode]:
    """``issue("customer", "request 1", region="北京")``: one code for the clerk at noon."""

    def _issue(scheme: str, request_key: str, *, parent: str | None = None, **facts: object) -> IssuedCode:
        return services.issue(scheme, facts, request_key=request_key, parent=parent, actor=CLERK, at=NOON)

    return _issue


@pytest.fixture
def issue_many() -> Callable[..., list[Outcome]]:
    """``issue_many("customer", ["region", "industry"], [("row 1", ("北京", "软件"))])``."""

    def _issue_many(
        scheme: str, attributes: Sequence[str], orders: Sequence[Order], *, source: str = "file", **options: Any
    ) -> list[Outcome]:
        return services.issue_many(scheme, attributes, orders, source=source, actor=CLERK, at=NOON, **options)

    return _issue_many
