"""Fields that people define: what they are called, what they hold, who sees them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import applying, sealed, showing
from kehuma.apps.customers import fields as record
from kehuma.apps.customers.data import Value
from kehuma.apps.customers.errors import DefinitionError, TakenError, UnknownError
from kehuma.apps.customers.fields import CUSTOM_TYPES, Choice, Field
from kehuma.apps.customers.models import Customer, CustomField, CustomValue, FieldChange
from kehuma.apps.customers.resealing import Resealing
from kehuma.apps.customers.sealed import Keys
from kehuma.engine.cleaning.names import tidy_name
from kehuma.lib.viewer import FIELD_CLASSES, Viewer

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
# Words that stand for something else in addresses and forms of lists, in files and in coding rules. The pages have a
# test that finds those of their words that are not here.
RESERVED = frozenset({
    "add", "add_tags", "again", "all", "as", "at", "back", "basis", "before", "check", "city", "clear", "column", "consents", "contact", "count", "created",
    "csrfmiddlewaretoken", "customer", "default", "deleted", "division", "en", "field", "file", "footer", "forget", "format", "from",
    "given_on", "how", "id", "in", "industry_only", "issuer", "key", "lacks", "last", "match", "no", "note", "number", "old", "on", "page", "pick",
    "place", "province", "purpose", "q", "query", "quiet", "reason", "region_only", "remove", "remove_tags", "request_key", "restricted",
    "scheme", "seen", "serial", "size", "sort", "step", "system", "to", "type", "typed", "updated", "uuid", "value", "version", "view", "way", "zh",
})  # fmt: skip
_CHUNK = 1000


@transaction.atomic
def define_field(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer,
    *,
    key: str,
    zh: str,
    type: str,  # noqa: A002 - the word of the field table
    en: str = "",
    choices: Sequence[Choice] = (),
    field_class: str = "internal",
    required: bool = False,
    filterable: bool = True,
    at: datetime,
) -> Field:
    """A new field of the record; its key and type stay for ever. DefinitionError, TakenError."""
    viewer.require("fields.manage")
    if not _KEY.fullmatch(key):
        raise DefinitionError("field-key", value=key)
    if type not in CUSTOM_TYPES:
        raise DefinitionError("field-type", value=type)
    if key in RESERVED:
        raise DefinitionError("field-key-reserved", value=key)
    if key in record.BUILTIN or CustomField.objects.filter(key=key).exists():
        raise TakenError("field", key)
    last = CustomField.objects.aggregate(last=Max("position"))["last"] or 0
    row = CustomField(key=key, type=type, position=last + 1)
    _fill(row, zh, en, choices, field_class, required=required, filterable=filterable)
    row.save()
    audit.record("customers.field-defined", key, {"type": type, "class": field_class}, actor=viewer.actor, at=at)
    return record.as_field(row)


@transaction.atomic
def change_field(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer,
    key: str,
    *,
    zh: str,
    en: str = "",
    choices: Sequence[Choice] = (),
    field_class: str = "internal",
    required: bool = False,
    filterable: bool = True,
    at: datetime,
) -> Field:
    """Another definition for a field. DefinitionError, also where a choice that is in use would go.

    A class that is sealed, or no longer, moves the values of all customers: StoreSealedError where there is no key.
    """
    viewer.require("fields.manage")
    return redefine(
        viewer,
        _row(key),
        zh=zh,
        en=en,
        choices=choices,
        field_class=field_class,
        required=required,
        filterable=filterable,
        at=at,
    )


def redefine(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer,
    row: CustomField,
    *,
    zh: str,
    en: str,
    choices: Sequence[Choice],
    field_class: str = "internal",
    required: bool = False,
    filterable: bool = True,
    at: datetime,
) -> Field:
    """The same for a row at hand, in the caller's transaction."""
    was = record.as_field(row)
    gone = {choice["key"] for choice in row.choices} - {choice.key for choice in choices}
    used = _used(row, gone) if gone else ""
    if used:
        raise DefinitionError("choice-in-use", value=used)
    _fill(row, zh, en, choices, field_class, required=required, filterable=filterable)
    row.save()
    now = record.as_field(row)
    if now.sealed != was.sealed:
        _reseal(was, now)
    elif now.filterable != was.filterable:
        _reindex(now)
    audit.record("customers.field-changed", row.key, {"class": field_class}, actor=viewer.actor, at=at)
    return record.as_field(row)


@transaction.atomic
def retire_field(viewer: Viewer, key: str, *, at: datetime) -> None:
    """Take a field out of use; its values are kept and come back with it."""
    viewer.require("fields.manage")
    row = _row(key)
    row.retired_at = at
    row.save(update_fields=["retired_at"])
    audit.record("customers.field-retired", key, {}, actor=viewer.actor, at=at)


@transaction.atomic
def revive_field(viewer: Viewer, key: str, *, at: datetime) -> None:
    """Take a retired field into use again."""
    viewer.require("fields.manage")
    row = CustomField.objects.filter(key=key).exclude(retired_at=None).first()
    if row is None:
        raise UnknownError("custom-field")
    row.retired_at = None
    row.save(update_fields=["retired_at"])
    audit.record("customers.field-revived", key, {}, actor=viewer.actor, at=at)


def _fill(  # noqa: PLR0913 - one argument per fact
    row: CustomField,
    zh: str,
    en: str,
    choices: Sequence[Choice],
    field_class: str,
    *,
    required: bool,
    filterable: bool,
) -> None:
    row.zh, row.en = tidy_name(zh)[:60], tidy_name(en)[:60]
    if not row.zh:
        raise DefinitionError("field-title")
    if field_class not in FIELD_CLASSES:
        raise DefinitionError("field-class", value=field_class)
    names = [name for choice in choices for name in {choice.key, choice.zh} if name]
    is_chosen = row.type in {"choice", "multi-choice"}
    if is_chosen and (not choices or len(names) != len(set(names)) or not all(one.key and one.zh for one in choices)):
        raise DefinitionError("field-choices")
    row.choices = [asdict(choice) for choice in choices] if is_chosen else []
    row.field_class, row.is_required = field_class, required
    # What is always covered cannot be asked for: the answer would uncover it.
    row.is_filterable = filterable and field_class != "sensitive"


def _row(key: str) -> CustomField:
    # The field of purposes is kept by ``purposes``.
    row = CustomField.objects.filter(key=key, retired_at=None).exclude(key=record.CONSENTS).first()
    if row is None:
        raise UnknownError("custom-field")
    return row


def _used(row: CustomField, gone: set[str]) -> str:
    found = CustomValue.objects.filter(field=row, text__in=gone).values_list("text", flat=True).first()
    field = record.as_field(row)
    if found is None and not field.filterable:
        for _, values in _holders(field):
            held = {text for value in values.values() for text in (value if isinstance(value, list) else [value])}
            if used := held & gone:
                return min(used)
    return found or ""


def _reindex(field: Field) -> None:
    """Fill or empty the index of a field whose being asked for has changed."""
    CustomValue.objects.filter(field=field.custom_id).delete()
    if field.filterable:
        for _, values in _holders(field):
            applying.reindex({pk: {field.key: value} for pk, value in values.items()}, {field.key: field}, [field.key])


def _reseal(was: Field, now: Field) -> None:
    """Values of all customers under their keys, or out of them, and the index after them; so is their history sealed."""
    table = record.table()
    for customers, _ in _holders(was):
        sealing = Resealing(table, customers)
        sealing.prepare((customer, {now.key: ""}) for customer in customers)
        for customer, values in zip(customers, showing.facts(customers, sealing.keys).values(), strict=True):
            sealing.reseal(customer, customer.kind, values)
        applying.save(customers)
    if now.sealed:
        _seal_history(now, table)
    _reindex(now)


def _seal_history(field: Field, table: Mapping[str, Field]) -> None:
    changes = FieldChange.objects.filter(field=field.key, sealed=None).order_by("pk")
    while chunk := list(changes.select_related("customer")[:_CHUNK]):
        customers = {change.customer_id: change.customer for change in chunk}
        sealing = Resealing(table, customers.values())
        without = [customer for customer in customers.values() if customer.subject_id is None]
        sealing.keys.add(without)
        applying.save(without)
        sealing.seal_history(chunk, customers)


def _holders(field: Field) -> Iterator[tuple[list[Customer], dict[int, Value]]]:
    """The customers that have a value in a field of people's own, a chunk of them at a time, and the values."""
    there = Q(sealed__isnull=False) if field.sealed else Q(**{f"custom__{field.key}__isnull": False})
    having, last = Customer.objects.filter(there).order_by("pk"), 0
    while chunk := list(having.filter(pk__gt=last)[:_CHUNK]):
        last = chunk[-1].pk
        keys = Keys.of(chunk)
        values = {one.pk: ({**one.custom, **sealed.own_values(one, keys)}).get(field.key) for one in chunk}
        if unopened := next((value for value in values.values() if value is sealed.SEALED), None):
            keys.require(next(one for one in chunk if values[one.pk] is unopened))
        held = {pk: value for pk, value in values.items() if value and not isinstance(value, sealed.Unopened)}
        yield [one for one in chunk if one.pk in held], held
