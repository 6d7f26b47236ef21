"""Requests from the description of the API: what it asks for, and what it does not expect in the place of it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st
from tools.faults.register import REGIONS

# What there is in the register, by the name of the member or the part of the address that asks for it.
KNOWN: Mapping[str, tuple[str, ...]] = {
    "scheme": ("customer", "region-industry"),
    "name": ("customer", "region-industry", "cn-province", "衡岳商贸"),
    "region": REGIONS,
    "industry": ("信息技术", "J"),
    "kind": ("enterprise", "person"),
    "type": ("uscc",),
    "value": ("91110108551385082Q",),
    "system": ("erp",),
    "at": ("2026-11-22", "2026-11-22T08:30:00+08:00"),
    "mobile": ("13912345678",),
    "email": ("wq@example.org",),
    "reason": ("left", "mistake", "ended", "error", "moved"),
    "events": ("code.issued",),
    "url": ("https://example.org/hook",),
    "limit": ("1", "50"),
    "lang": ("en", "zh"),
}
HOSTILE: tuple[Any, ...] = (
    *("", " ", "\u3000", "a" * 5_000, "北" * 600, "9" * 400, "-1", "1e308", "NaN", "None", "%", "_", "*", '"', "'"),
    *("\x00", "a\x00b", "\x7f\x1b[2J", "\r\nX: y", "\u202eabc", "\ufeff", "\ud800", "\U000e0041", "e\u0301" * 50),
    *("'; DROP TABLE codes_code; --", 'a" OR b:*', "NEAR(a b)", "../../etc/passwd", "{{7*7}}", "${jndi:ldap://x}"),
    *("<script>alert(1)</script>", "=cmd|' /C calc'!A0", "0001-01-01", "9999-12-31T23:59:59-14:00", "2026-13-45"),
    *("00000000-0000-4000-8000-000000000000", "０００１", "1_000", "٣", "ﬁ①Ⅷ", "İıſ", "㍿", "👩‍👩‍👧"),
    *("(a+)+$", "[" * 200, "http://169.254.169.254/", "file:///etc/passwd", "%2e%2e%2f", "a/b", "."),
    *(None, True, 0, -1, 2**31, 2**63, 2**64, 10**400, 1.5, -0.0, 1e308, float("inf"), float("nan")),
    *([], {}, [[]], [None], ["北京"], {"": ""}, {"a": {}}, {"__proto__": 1}, ["a"] * 2_000),
)
TEXTS = tuple(one for one in HOSTILE if isinstance(one, str))
_DEPTH = 4


class Shapes:
    """What fits the schemas of one description, more or less."""

    def __init__(self, described: Mapping[str, Any], codes: tuple[str, ...]) -> None:
        self._schemas, self._codes = described["components"]["schemas"], codes

    def of(self, schema: Mapping[str, Any], name: str = "", depth: int = _DEPTH) -> st.SearchStrategy[Any]:
        """Values for a schema, where it stands under this name; one in twenty is hostile, at every place."""
        fitting = self._fitting(schema, name, depth)
        return st.integers(1, 20).flatmap(lambda drawn: st.sampled_from(HOSTILE) if drawn == 20 else fitting)

    def text(self, name: str = "") -> st.SearchStrategy[str]:
        """For addresses and headers, where everything is text; half of them are what there is."""
        known = st.sampled_from(KNOWN.get(name, self._codes))
        return st.one_of(known, known, st.sampled_from(TEXTS), st.text(max_size=30))

    def _fitting(self, schema: Mapping[str, Any], name: str, depth: int) -> st.SearchStrategy[Any]:
        if reference := schema.get("$ref"):
            schema = self._schemas[reference.rpartition("/")[2]]
        if choices := schema.get("anyOf") or schema.get("oneOf"):
            return st.one_of(*[self._fitting(one, name, depth) for one in choices])
        if "enum" in schema or "const" in schema:
            return st.sampled_from(schema.get("enum") or [schema["const"]])
        kinds = schema.get("type", "string")
        every = [kinds] if isinstance(kinds, str) else kinds
        return st.one_of(*[self._kind(kind, schema, name, depth) for kind in every])

    def _kind(self, kind: str, schema: Mapping[str, Any], name: str, depth: int) -> st.SearchStrategy[Any]:
        match kind:
            case "object" if depth:
                return self._object(schema, depth - 1)
            case "array" if depth:
                return st.lists(self.of(schema.get("items", {}), name, depth - 1), min_size=1, max_size=3)
            case "integer" | "number":
                low, high = int(schema.get("minimum", -5)), int(schema.get("maximum", 1_000))
                return st.integers(low, max(low, high))
            case "boolean":
                return st.booleans()
            case "string":
                known = st.sampled_from(KNOWN.get(name, self._codes))
                return st.one_of(known, known, known, st.text(min_size=1, max_size=20))
            case _:
                return st.none()

    def _object(self, schema: Mapping[str, Any], depth: int) -> st.SearchStrategy[Any]:
        members, required = schema.get("properties", {}), schema.get("required", ())
        if not members:
            facts = {name: st.sampled_from(KNOWN[name]) for name in ("region", "industry")}
            anything = st.dictionaries(self.text(), self.of({"type": "string"}, "", depth), max_size=3)
            return st.one_of(st.fixed_dictionaries(facts), st.fixed_dictionaries(facts), anything)
        needed = {name: self.of(members[name], name, depth) for name in required if name in members}
        others = {name: self.of(one, name, depth) for name, one in members.items() if name not in needed}
        return st.fixed_dictionaries(needed, optional=others)


@cache
def nested(depth: int) -> bytes:
    """JSON that is deeper than anybody needs."""
    return b"[" * depth + b"]" * depth


BROKEN = (
    *(b"", b"{", b"null", b"[]", b'"a"', b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"a":1,"a":2}', b"{'a':1}", b"NaN"),
    *(b'{"scheme":"\\ud800"}', b'{"scheme":"customer","facts":1e999}', nested(100), nested(100_000), b"\x00" * 100),
)
