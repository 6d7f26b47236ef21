"""Questions to the index, and how each store wants to be asked.

>>> question = All((Any((Term("ibjh"), Term("wbjh", prefix=True))), Term("o7")))
>>> for_fts5(question)
'(("ibjh" OR "wbjh"*) AND "o7")'
>>> for_tsquery(question)
"(('ibjh' | 'wbjh':*) & 'o7')"
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A token, or with ``prefix`` the beginning of one. See ``is_token``; letters are small."""

    token: str
    prefix: bool = False

    def __post_init__(self) -> None:
        if not is_token(self.token):
            raise ValueError(f"not a token: {self.token!r}")


@dataclass(frozen=True, slots=True)
class All:
    """Every part must hold."""

    parts: "Sequence[Expression]"


@dataclass(frozen=True, slots=True)
class Any:
    """One part must hold."""

    parts: "Sequence[Expression]"


Expression = Term | All | Any


def is_token(text: str) -> bool:
    """Whether a text means nothing to the language of either store: no blank and no ASCII sign stands in it.

    Not ``isalnum``: characters younger than Python's tables (U+2EBE1 and on) are letters too.
    """
    return bool(text) and not any(sign.isspace() or (sign.isascii() and not sign.isalnum()) for sign in text)


def for_fts5(expression: Expression) -> str:
    """The expression in the language of SQLite's FTS5."""
    match expression:
        case Term(token, prefix):
            return f'"{token}"' + ("*" if prefix else "")
        case All(parts):
            return _joined([for_fts5(part) for part in parts], " AND ")
        case Any(parts):
            return _joined([for_fts5(part) for part in parts], " OR ")


def for_tsquery(expression: Expression) -> str:
    """The expression as PostgreSQL reads it in ``::tsquery``."""
    match expression:
        case Term(token, prefix):
            return f"'{token}'" + (":*" if prefix else "")
        case All(parts):
            return _joined([for_tsquery(part) for part in parts], " & ")
        case Any(parts):
            return _joined([for_tsquery(part) for part in parts], " | ")


def _joined(parts: Sequence[str], sign: str) -> str:
    if not parts:
        raise ValueError("an expression without parts")
    return parts[0] if len(parts) == 1 else f"({sign.join(parts)})"
