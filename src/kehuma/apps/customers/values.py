"""From what people and files bring to what a record holds: one fault per field, all of them at once."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial

from kehuma.apps.customers import fields as record
from kehuma.apps.customers import names
from kehuma.apps.customers.data import Cleaned, Value
from kehuma.apps.customers.errors import FieldError
from kehuma.apps.customers.fields import Field
from kehuma.engine.cleaning import Unusable
from kehuma.engine.cleaning.emails import normal_email
from kehuma.engine.cleaning.identifiers import normal_identifier
from kehuma.engine.cleaning.names import tidy_name
from kehuma.engine.cleaning.phones import digits_of, is_mobile, normal_phone
from kehuma.engine.coding import dates
from kehuma.engine.coding.dictionaries import AmbiguousValue, UnknownValue, builtin
from kehuma.engine.coding.errors import CodingError

_BETWEEN = re.compile(r"[;；、,，|\n\r\t]+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NUMBER_SIGNS = str.maketrans("", "", ",￥¥$€ ")
_LARGEST = Decimal(10) ** 15
_REMEMBERED = 20_000
_MOST_NAMES = 20


class Cleaner:
    """Cleans values for the fields of a table; remembers what it has looked up, since places and trades repeat."""

    def __init__(self, table: Mapping[str, Field] | None = None) -> None:
        self.table = record.table() if table is None else table
        places = names.Places()
        self._clean = {
            key: partial(_place, places, field)
            if field.type in names.OFFICIAL
            else partial(_CLEANERS[field.type], field)
            for key, field in self.table.items()
        }
        self._known: dict[tuple[str, str], Value] = {}

    def clean(self, given: Mapping[str, object], *, whole: bool) -> Cleaned:
        """Values in their normal form. ``whole`` says that this is a new record, which must have what is required."""
        values: dict[str, Value] = {}
        faults: dict[str, CodingError] = {}
        for key, value in given.items():
            try:
                values[key] = self._one(key, value)
            except CodingError as error:
                faults[key] = error.with_traceback(None)
        if whole and "kind" not in faults and not values.get("kind"):
            values["kind"] = "enterprise"
        for key, field in self.table.items():
            if field.required and key not in faults and (whole or key in values) and not values.get(key):
                faults[key] = FieldError("required", field=field.facts)
                values.pop(key, None)
        return Cleaned(values, faults)

    def _one(self, key: str, value: object) -> Value:
        field = self.table.get(key)
        if field is None or not field.editable:
            name = field.facts if field else key
            raise FieldError("read-only" if field else "unknown-field", field=name)
        if isinstance(value, (list, tuple)):
            return self._several(field, [str(item) for item in value])
        text = _as_text(value)
        if not text:
            return [] if field.is_list else ""
        if field.type in _REPEATING:
            found = self._known.get((key, text))
            if found is None:
                if len(self._known) > _REMEMBERED:
                    self._known.clear()
                found = self._known[key, text] = self._clean[key](text)
            return found
        return self._clean[key](text)

    def _several(self, field: Field, items: list[str]) -> Value:
        if not field.is_list:
            raise FieldError("not-text", field=field.facts)
        return self._clean[field.key]("\n".join(items)) if any(items) else []


def clean(given: Mapping[str, object], *, whole: bool = True, table: Mapping[str, Field] | None = None) -> Cleaned:
    """The same for one record."""
    return Cleaner(table).clean(given, whole=whole)


def said(field: Field, value: Value) -> tuple[str, str]:
    """A value for people, in Chinese and in English."""
    if not value:
        return "", ""
    if isinstance(value, list):
        pairs = [said_one(field, item) for item in value]
        return "、".join(pair[0] for pair in pairs), ", ".join(pair[1] for pair in pairs)
    return said_one(field, value)


def said_one(field: Field, value: str) -> tuple[str, str]:
    """One text of a value for people, in both languages."""
    match field.type:
        case "choice" | "multi-choice":
            choice = next((choice for choice in field.choices if choice.key == value), None)
            return (choice.title("zh"), choice.title("en")) if choice else (value, value)
        case "division":
            return names.name_of_division(value), names.name_of_division(value, "en")
        case "industry":
            return names.name_of_industry(value), names.name_of_industry(value, "en")
        case "country":
            return names.name_of_country(value), names.name_of_country(value, "en")
        case _:
            return value, value


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value).strip()


def _text(field: Field, text: str) -> str:
    tidy = tidy_name(text)
    return _fitted(field, tidy)


def _long_text(field: Field, text: str) -> str:
    return _fitted(field, text.replace("\r\n", "\n"))


def _fitted(field: Field, text: str) -> str:
    if len(text) > field.most:
        raise FieldError("too-long", field=field.facts, most=field.most)
    if _CONTROLS.search(text):
        raise FieldError("not-text", field=field.facts)
    return text


def _names(field: Field, text: str) -> list[str]:
    several = [_text(field, one) for one in _BETWEEN.split(text)]
    return list(dict.fromkeys(filter(None, several)))[:_MOST_NAMES]


def _choice(field: Field, text: str) -> str:
    if field.key == "kind":
        return _kind(field, text)
    wanted = text.casefold()
    for choice in field.choices:
        if wanted in (choice.key.casefold(), choice.zh.casefold(), choice.en.casefold()):
            return choice.key
    known = [choice.zh for choice in field.choices]
    raise FieldError("choice", field=field.facts, value=text, known=known[:20])


def _kind(field: Field, text: str) -> str:
    if text in ("enterprise", "person"):
        return text
    try:
        return "person" if builtin("customer-kind").find(text).symbol == "P" else "enterprise"
    except (UnknownValue, AmbiguousValue):
        raise FieldError("choice", field=field.facts, value=text, known=["企业", "个人"]) from None


def _choices(field: Field, text: str) -> list[str]:
    return list(dict.fromkeys(_choice(field, one.strip()) for one in _BETWEEN.split(text) if one.strip()))


def _number(field: Field, text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(_NUMBER_SIGNS)
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise FieldError("number", field=field.facts, value=text) from None
    if not number.is_finite() or abs(number) >= _LARGEST or not plain.isascii():
        raise FieldError("number", field=field.facts, value=text)
    return f"{number:.2f}" if field.type == "money" else f"{number.normalize():f}"


def _date(field: Field, text: str) -> str:
    moment = dates.parsed(text)
    if moment is None:
        raise FieldError("date", field=field.facts, value=text)
    return moment.date().isoformat()


def _phone(field: Field, text: str) -> str:
    try:
        normal = normal_phone(text)
    except Unusable:
        raise FieldError("phone", field=field.facts, value=text) from None
    return digits_of(normal) if is_mobile(normal) else _fitted(field, tidy_name(text))


def _email(field: Field, text: str) -> str:
    try:
        return normal_email(text)
    except Unusable:
        raise FieldError("email", field=field.facts, value=text) from None


def _identifier(field: Field, text: str) -> str:
    try:
        return normal_identifier(field.key, text)
    except Unusable as error:
        message = f"{error.reason}-suggestion" if error.suggestion else error.reason
        raise FieldError(message, field=field.facts, value=text, suggestion=error.suggestion) from None


def _place(places: names.Places, field: Field, text: str) -> str:
    try:
        return places.code(field.type, text)
    except AmbiguousValue as error:
        raise FieldError("place-ambiguous", field=field.facts, value=text, nearest=error.hits[:5]) from None
    except UnknownValue as error:
        message = "place-nearest" if error.nearest else "place"
        raise FieldError(message, field=field.facts, value=text, nearest=error.nearest[:3]) from None


# Looking these up costs more than remembering them.
_REPEATING = frozenset({"division", "industry", "country", "choice"})
_CLEANERS: Mapping[str, Callable[[Field, str], Value]] = {
    "text": _text,
    "name": _text,
    "customer": _text,
    "user": _text,
    "code": _text,
    "moment": _text,
    "long-text": _long_text,
    "names": _names,
    "tags": _names,
    "choice": _choice,
    "multi-choice": _choices,
    "number": _number,
    "money": _number,
    "date": _date,
    "phone": _phone,
    "email": _email,
    "identifier": _identifier,
}
