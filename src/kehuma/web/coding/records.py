"""Real customers for a preview: their facts in the words that a rule's dictionaries understand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from kehuma.apps.codes.previews import Order
from kehuma.apps.codes.samples import sample_orders
from kehuma.apps.customers import queries
from kehuma.apps.customers.data import Row
from kehuma.engine.coding.dictionaries import AmbiguousValue, Dictionary, UnknownValue
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Lookup, Parent
from kehuma.lib.viewer import Viewer

# Rules may ask for a field of the customer under another name.
_SAME = {"type": "kind", "customer": "name", "province": "region", "city": "region", "division": "region"}
_KINDS = {"enterprise": "C", "person": "P"}


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody to be coded: the name to show, and the order."""

    name: str
    order: Order


@dataclass(frozen=True, slots=True)
class Subjects:
    """Those of a preview; ``is_real`` where they are customers."""

    each: Sequence[Subject]
    is_real: bool
    is_more: bool = False


def subjects(viewer: Viewer, grammar: Grammar, at: datetime, *, skip: int = 0, count: int = 10) -> Subjects:
    """Customers that the viewer may see, or made-up firms where there are none or they lack what the rule asks for."""
    samples = sample_orders(grammar, timezone.localtime(at).date(), count)
    rows = _customers(viewer, skip, count + 1) if grammar.scheme.subject == "customer" else []
    wanted = [
        name for segment in grammar.segments if (name := getattr(segment, "attribute", None)) and not segment.live
    ]
    real = [Subject(row.name, _order(grammar, row, samples[0])) for row in rows[:count]]
    has_facts = any(all(one.order.facts.get(name) or name == "parent" for name in wanted) for one in real)
    if real and has_facts:
        return Subjects(real, is_real=True, is_more=len(rows) > count or skip > 0)
    return Subjects([Subject(str(order.facts["name"]), order) for order in samples], is_real=False)


def _customers(viewer: Viewer, skip: int, count: int) -> list[Row]:
    if not viewer.may("customers.view"):
        return []
    found = list(queries.visible(viewer).order_by("id")[skip : skip + count])
    if not found and skip:
        found = list(queries.visible(viewer).order_by("id")[:count])
    return list(queries.rows(viewer, found)) if found else []


def _order(grammar: Grammar, row: Row, sample: Order) -> Order:
    facts: dict[str, object] = {}
    for segment in grammar.segments:
        attribute = getattr(segment, "attribute", None)
        if attribute and not isinstance(segment, Parent):
            dictionary = segment.dictionary if isinstance(segment, Lookup) else None
            facts[attribute] = _fact(row, attribute, dictionary)
    return Order(facts, sample.parent)


def _fact(row: Row, attribute: str, dictionary: Dictionary | None) -> str:
    key = _SAME.get(attribute, attribute)
    raw = row.name if key == "name" else row.kind if key == "kind" else row.values.get(key) or ""
    if not raw:
        return ""
    ways = [_KINDS.get(str(raw), ""), "" if isinstance(raw, list) else str(raw), row.text(key)]
    known = [way for way in ways if way and dictionary is not None and _finds(dictionary, way)]
    return known[0] if known else next(filter(None, (ways[2], ways[1])), "")


def _finds(dictionary: Dictionary, value: str) -> bool:
    try:
        dictionary.find(value)
    except (UnknownValue, AmbiguousValue):
        return False
    return True
