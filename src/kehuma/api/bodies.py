"""Reading bodies: whatever somebody sends, what comes out is small, flat and made of usable text.

>>> parsed(b'{"name": "a"}')
{'name': 'a'}
>>> parsed(b"[" * 100_000)
Traceback (most recent call last):
kehuma.api.problems.Problem: not-json
"""

import json
import re
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from kehuma.api.problems import Problem, fault, invalid

MOST = 2_000_000
_DEEPEST = 20
_LARGEST = 2**63
# NUL is no text to PostgreSQL, and half a pair of surrogates is none to UTF-8.
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")


class JsonParser(Parser):
    """Reads the body of an operation."""

    def parse_body(self, request: HttpRequest) -> Any:  # noqa: ANN401 - JSON
        return parsed(request.body)


def parsed(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """The JSON of a body; Problem."""
    try:
        found = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Problem("not-json") from None
    _require_usable(found)
    return found


def is_usable(text: str) -> bool:
    """Whether every store and every answer can hold this text."""
    return not _UNUSABLE.search(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Two readers of such a body may take different values of it.
        raise ValueError("repeated key")
    return found


def _no_number(name: str) -> float:
    raise ValueError(name)


def _require_usable(whole: object) -> None:
    waiting: list[tuple[object, tuple[str, ...]]] = [(whole, ())]
    while waiting:
        one, path = waiting.pop()
        if len(path) > _DEEPEST:
            raise invalid(fault(".".join(path[:3]), "too-deep", most=_DEEPEST))
        match one:
            case str() if _UNUSABLE.search(one):
                raise invalid(fault(".".join(path), "text-unusable"))
            # Not NaN, and not 1e999 either, which Python reads as infinite.
            case int() | float() if not -_LARGEST <= one < _LARGEST:
                raise invalid(fault(".".join(path), "number-unusable"))
            case dict():
                for key, value in one.items():
                    if _UNUSABLE.search(key):
                        raise invalid(fault(".".join(path), "text-unusable"))
                    waiting.append((value, (*path, key)))
            case list():
                waiting.extend((value, (*path, str(index))) for index, value in enumerate(one))
