"""Conditions of the list: by any field of the table that can be asked for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from kehuma.apps.customers import fields as record
from kehuma.apps.customers import scope
from kehuma.apps.customers.errors import FilterError
from kehuma.apps.customers.fields import Field
from kehuma.apps.customers.models import Customer, CustomerTag, CustomValue, Identifier, Tag
from kehuma.apps.customers.sealed import Tokens
from kehuma.apps.sealing import queries as sealing
from kehuma.engine.cleaning.names import normal_name
from kehuma.engine.coding import dates
from kehuma.lib.viewer import Viewer

Rows = QuerySet[Customer]
_DIVISION_WIDTHS = ((2, "0000"), (4, "00"))


def filtered(viewer: Viewer, conditions: Mapping[str, object], rows: Rows | None = None) -> Rows:
    """The visible customers for which all conditions hold; FilterError for what cannot be asked for."""
    found = scope.visible(viewer) if rows is None else rows
    table = record.table()
    for key, value in conditions.items():
        field = table.get(key)
        if field is None or not field.filterable or not _may_ask(viewer, field):
            raise FilterError(key)
        if value not in ("", None, [], (), ("", "")):
            found = _WAYS.get(field.type, _by_text)(viewer, field, found, value)
    return found


def _may_ask(viewer: Viewer, field: Field) -> bool:
    # A list narrowed by a covered value would tell the value.
    return viewer.may_see(field.field_class) and (not field.person_class or viewer.may_see(field.person_class))


def _by_text(_: Viewer, field: Field, rows: Rows, value: object) -> Rows:
    wanted = _texts(value)
    if field.sealed and field.store == "custom":
        if not sealing.is_open():
            raise FilterError(field.key)
        tokens = Tokens()
        wanted = [tokens.custom(field.key, text) for text in wanted]
    if field.store == "custom":
        return rows.filter(pk__in=_customers_with(field, text__in=wanted))
    return rows.filter(**{f"{field.key}__in": wanted}) if len(wanted) > 1 else rows.filter(**{field.key: wanted[0]})


def _by_identifier(_: Viewer, field: Field, rows: Rows, value: object) -> Rows:
    numbers = [text.upper() for text in _texts(value)]
    found = Q(normal__in=numbers)
    if field.sealed and sealing.is_open():
        tokens = Tokens()
        found |= Q(token__in=[tokens.number(field.key, number) for number in numbers])
    return rows.filter(pk__in=Identifier.objects.filter(found, kind=field.key).values("customer"))


def _by_division(_: Viewer, __: Field, rows: Rows, value: object) -> Rows:
    return _by_ranges("region", rows, [_inside_division(text) for text in _texts(value)], width=6)


def _by_industry(_: Viewer, __: Field, rows: Rows, value: object) -> Rows:
    return _by_ranges("industry", rows, _texts(value), width=5)


def _by_ranges(column: str, rows: Rows, begins: Sequence[str], *, width: int) -> Rows:
    """By beginnings of codes, as ranges: LIKE would not use the index, and digits have one order everywhere."""
    condition = Q()
    for begin in begins:
        condition |= Q(**{f"{column}__gte": begin, f"{column}__lte": begin.ljust(width, "9")})
    return rows.filter(condition)


def _inside_division(code: str) -> str:
    """440000 is everything that begins with 44; a county is itself."""
    return next((code[:width] for width, zeros in _DIVISION_WIDTHS if code.endswith(zeros)), code)


def _by_owner(viewer: Viewer, _: Field, rows: Rows, value: object) -> Rows:
    texts = [str(viewer.user_id or 0) if text == "me" else text for text in _texts(value)]
    people = [int(text) for text in texts if text.isascii() and text.isdecimal()]
    condition = Q(owner__in=people) if len(people) != 1 else Q(owner=people[0])
    if "none" in texts:
        condition = condition | Q(owner=None) if people else Q(owner=None)
    return rows.filter(condition)


def _by_parent(viewer: Viewer, _: Field, rows: Rows, value: object) -> Rows:
    return rows.filter(parent__in=scope.visible(viewer).filter(scope.named(_texts(value))).values("pk"))


def _by_tags(_: Viewer, __: Field, rows: Rows, value: object) -> Rows:
    """All of the tags, by id or by name."""
    for text in _texts(value):
        by = {"pk": int(text)} if text.isascii() and text.isdecimal() else {"normal": normal_name(text)}
        tag = Tag.objects.filter(**by).values("pk")[:1]
        rows = rows.filter(pk__in=CustomerTag.objects.filter(tag=tag).values("customer"))
    return rows


def _by_moment(_: Viewer, field: Field, rows: Rows, value: object) -> Rows:
    first, last = _span(value)
    if begin := _midnight(first):
        rows = rows.filter(**{f"{field.key}__gte": begin})
    if end := _midnight(last):
        rows = rows.filter(**{f"{field.key}__lt": end + timedelta(days=1)})
    return rows


def _by_date(_: Viewer, field: Field, rows: Rows, value: object) -> Rows:
    first, last = _span(value)
    bounds = {"text__gte": first, "text__lte": last}
    return rows.filter(pk__in=_customers_with(field, **{key: text for key, text in bounds.items() if text}))


def _by_number(_: Viewer, field: Field, rows: Rows, value: object) -> Rows:
    first, last = _span(value)
    try:
        bounds = {name: float(text) for name, text in (("number__gte", first), ("number__lte", last)) if text}
    except ValueError:
        raise FilterError(field.key) from None
    return rows.filter(pk__in=_customers_with(field, **bounds))


def _customers_with(field: Field, **condition: Any) -> QuerySet[CustomValue, Any]:
    return CustomValue.objects.filter(field=field.custom_id, **condition).values("customer")


def _texts(value: object) -> list[str]:
    several = value if isinstance(value, (list, tuple, set)) else [value]
    return [str(one) for one in several if one not in ("", None)]


def _span(value: object) -> tuple[str, str]:
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return str(value[0] or ""), str(value[1] or "")
    text = "" if isinstance(value, (list, tuple)) else str(value)
    return text, text


def _midnight(text: str) -> datetime | None:
    day = dates.parsed(text) if text else None
    return timezone.make_aware(datetime.combine(day.date(), time.min)) if day else None


_WAYS: Mapping[str, Callable[[Viewer, Field, Rows, object], Rows]] = {
    "identifier": _by_identifier,
    "division": _by_division,
    "industry": _by_industry,
    "user": _by_owner,
    "customer": _by_parent,
    "tags": _by_tags,
    "moment": _by_moment,
    "date": _by_date,
    "number": _by_number,
    "money": _by_number,
}
