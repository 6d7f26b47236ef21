"""What a coding rule needs to know of a customer: the facts, in the words that its dictionaries understand."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import names
from kehuma.apps.customers.data import Value, Values
from kehuma.apps.customers.fields import Field
from kehuma.engine.coding.dictionaries import AmbiguousValue, Dictionary, UnknownValue
from kehuma.engine.coding.model import Lookup, Parent

# Rules of the gallery ask for the kind under either name.
_SAME = {"type": "kind", "customer": "name", "province": "region", "city": "region", "division": "region"}
_KINDS = {"enterprise": "企业", "person": "个人"}
_REMEMBERED = 50_000


class Facts:
    """The facts that the rule ``scheme`` takes; ``attributes`` names them, ``parent`` among them where it has one.

    UnknownSchemeError where the rule is not published.
    """

    def __init__(self, scheme: str, table: Mapping[str, Field], at: datetime) -> None:
        self.scheme, self.at = scheme, at
        grammar = codes.grammar(scheme, at)
        segments = {getattr(one, "attribute", None): one for one in grammar.segments}
        self._lookups = {name: one.dictionary for name, one in segments.items() if isinstance(one, Lookup)}
        self.takes_parent = any(isinstance(one, Parent) for one in grammar.segments)
        given = [name for name, one in segments.items() if name and not isinstance(one, Parent)]
        self.attributes = (*given, *(["parent"] if self.takes_parent else []))
        self._fields = {name: table.get(_SAME.get(name, name)) for name in given}
        self._said: dict[tuple[str, str], str] = {}
        # Only a code with live parts differs from its identity.
        self._grammar = grammar if grammar.live_most else None

    def given(self, values: Values) -> dict[str, str]:
        """The facts by name, without the superior."""
        return {name: self._fact(name, field, values) for name, field in self._fields.items()}

    def of(self, values: Values, parent: str | None = None) -> tuple[str, ...]:
        """The facts in the order of ``attributes``."""
        facts = self.given(values).values()
        return (*facts, parent or "") if self.takes_parent else tuple(facts)

    def identity_of(self, code: str) -> str:
        """The identity of a code that the rule has written."""
        return self._grammar.read(code).identity if self._grammar else code

    def _fact(self, name: str, field: Field | None, values: Values) -> str:
        value: Value = values.get(field.key, "") if field else ""
        text = "、".join(value) if isinstance(value, list) else value
        if field is None or not text:
            return ""
        known = self._lookups.get(name)
        if known is None:
            return _KINDS.get(text, text) if field.key == "kind" else text
        found = self._said.get((name, text))
        if found is None:
            if len(self._said) > _REMEMBERED:
                self._said.clear()
            found = self._said[name, text] = next((said for said in _ways(field, text) if _is_known(known, said)), text)
        return found


def _ways(field: Field, text: str) -> Iterator[str]:
    """A value in the words in which a dictionary may know it, the exact ones first."""
    match field.type:
        case "division":
            yield text
            yield names.name_of_division(text)
            yield names.name_of_division(text[:4] + "00")
            yield names.name_of_division(text[:2] + "0000")
        case "industry":
            yield text
            yield text[:1]
            yield names.name_of_industry(text[:1])
        case _:
            yield _KINDS.get(text, text) if field.key == "kind" else text
            choice = next((choice for choice in field.choices if choice.key == text), None)
            if choice:
                yield from filter(None, (choice.zh, choice.en))


def _is_known(dictionary: Dictionary, said: str) -> bool:
    try:
        dictionary.find(said)
    except (UnknownValue, AmbiguousValue):
        return False
    return True
