"""What somebody sees who may not see the whole value.

>>> masked("phone", "13812341234"), masked("phone", "010-62551234"), masked("email", "fp.li@hengyue.example")
('138****1234', '010-****1234', 'fp***@hengyue.example')
>>> masked("name", "张晓丰"), masked("identifier", "110101199003071234"), masked("text", "海淀区中关村东路")
('张**', '110***********1234', '***')
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

_SHORTEST_PHONE = 8
_SHORTEST_IDENTIFIER = 10


def masked(kind: str, text: str) -> str:
    """The value with its telling part covered; "" stays "". Kinds without a way of their own are covered whole."""
    return _MASKS.get(kind, _whole)(text) if text else ""


def _whole(_: str) -> str:
    return "***"


def _phone(text: str) -> str:
    if len(text) < _SHORTEST_PHONE:
        return "****" + text[-2:]
    begin = 4 if text[0] in "0(" or text[0] == "+" else 3
    return text[:begin] + "****" + text[-4:]


def _email(text: str) -> str:
    local, _, domain = text.partition("@")
    return f"{local[:2] if len(local) > 2 else local[:1]}***@{domain}"


def _name(text: str) -> str:
    return text[:1] + "*" * max(1, min(len(text) - 1, 3))


def _identifier(text: str) -> str:
    if len(text) < _SHORTEST_IDENTIFIER:
        return text[:1] + "*" * (len(text) - 1)
    return text[:3] + "*" * (len(text) - 7) + text[-4:]


_MASKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"phone": _phone, "email": _email, "name": _name, "identifier": _identifier}
)
