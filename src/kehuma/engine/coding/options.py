"""Reading a table of a scheme file key by key: types checked, and what nobody asked for refused."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kehuma.engine.coding.errors import SchemeError
from kehuma.engine.coding.model import Title

Value = TypeVar("Value")
_REQUIRED: Any = object()
_TYPES = {str: "text", int: "number", bool: "yes-no", date: "date", dict: "table", list: "list"}


class Options:
    """A table of the file and its dotted place; every ``take`` removes a key, ``refuse_rest`` wants none left."""

    def __init__(self, table: Mapping[str, Any], where: str) -> None:
        self._table, self.where = dict(table), where

    def place(self, key: str) -> str:
        """The dotted place of a key."""
        return f"{self.where}.{key}" if self.where else key

    def has(self, key: str) -> bool:
        """Whether the key is there and not taken yet."""
        return key in self._table

    def take(self, key: str, kind: type[Value], default: Value | None = _REQUIRED) -> Any:  # noqa: ANN401  # Value, or None by default
        """The value of a key; SchemeError where it is missing without default, or of another type."""
        if key not in self._table:
            if default is _REQUIRED:
                raise SchemeError("option-missing", where=self.place(key))
            return default
        value = self._table.pop(key)
        is_right = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
        if not is_right or (kind is date and isinstance(value, datetime)):
            raise SchemeError(f"option-{_TYPES[kind]}", where=self.place(key), value=value)
        return value

    def number(self, key: str, default: int, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = int(self.take(key, int, default))
        if not least <= value <= most:
            raise SchemeError("option-range", where=self.place(key), value=value, least=least, most=most)
        return value

    def flag(self, key: str) -> bool:
        """True or false; false where it is missing."""
        return bool(self.take(key, bool, default=False))

    def choice(self, key: str, choices: Sequence[str], default: str) -> Any:  # noqa: ANN401  # the caller's Literal type
        """One of the words listed."""
        value = self.take(key, str, default)
        if value not in choices:
            raise SchemeError("option-choice", where=self.place(key), value=value, choices=tuple(choices))
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one text alone."""
        if isinstance(self._table.get(key), str):
            return (self._table.pop(key),)
        values = self.take(key, list, [])
        if not all(isinstance(value, str) for value in values):
            raise SchemeError("option-names", where=self.place(key), value=values)
        return tuple(values)

    def table(self, key: str) -> "Options":
        """A table inside this one; an empty one where it is missing."""
        return Options(self.take(key, dict, {}), self.place(key))

    def tables(self, key: str) -> list["Options"]:
        """A list of tables, each with its number as place."""
        values = self.take(key, list, [])
        if not all(isinstance(value, dict) for value in values):
            raise SchemeError("option-table", where=self.place(key), value=values)
        return [Options(value, f"{self.place(key)}[{number}]") for number, value in enumerate(values, 1)]

    def title(self, key: str) -> Title:
        """``{ zh = …, en = … }``, or one text for both."""
        if isinstance(self._table.get(key), str):
            value = self._table.pop(key)
            return Title(value, value)
        inner = self.table(key)
        title = Title(inner.take("zh", str, ""), inner.take("en", str, ""))
        inner.refuse_rest()
        return title

    def time_zone(self, key: str, default: str) -> str:
        """The name of a time zone that exists."""
        value = str(self.take(key, str, default))
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SchemeError("time-zone", where=self.place(key), value=value) from None
        return value

    @property
    def names_left(self) -> tuple[str, ...]:
        """The keys that are there and not taken yet."""
        return tuple(self._table)

    def rest_of(self, key: str) -> object:
        """The value of a key whatever its type."""
        return self._table.pop(key)

    def rest(self) -> dict[str, Any]:
        """Everything not taken yet."""
        rest, self._table = self._table, {}
        return rest

    def refuse_rest(self, message: str = "option-unknown") -> None:
        """SchemeError for the first key that nobody took."""
        for key in self._table:
            raise SchemeError(message, where=self.place(key), name=key)
