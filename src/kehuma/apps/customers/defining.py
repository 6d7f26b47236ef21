"""Fields that people define: what they are called, what they hold, who sees them."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import applying
from kehuma.apps.customers import fields as record
from kehuma.apps.customers.errors import DefinitionError, TakenError, UnknownError
from kehuma.apps.customers.fields import CUSTOM_TYPES, Choice, Field
from kehuma.apps.customers.models import Customer, CustomField, CustomValue
from kehuma.engine.cleaning.names import tidy_name
from kehuma.lib.viewer import FIELD_CLASSES, Viewer

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
# Words that stand for something else in addresses and forms of lists, in files and in coding rules. The pages have a
# test that finds those of their words that are not here.
RESERVED = frozenset({
    "add", "add_tags", "again", "all", "at", "back", "before", "check", "city", "clear", "column", "contact", "count", "created",
    "csrfmiddlewaretoken", "customer", "default", "deleted", "division", "field", "file", "footer", "forget", "format", "from",
    "how", "id", "in", "industry_only", "issuer", "key", "lacks", "last", "match", "no", "number", "old", "page", "pick",
    "place", "province", "q", "query", "quiet", "reason", "region_only", "remove", "remove_tags", "request_key",
    "scheme", "seen", "serial", "size", "sort", "step", "to", "type", "updated", "uuid", "value", "version", "view",
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
    """Another definition for a field. DefinitionError, also where a choice that is in use would go."""
    viewer.require("fields.manage")
    row = _row(key)
    was_filterable = row.is_filterable
    gone = {choice["key"] for choice in row.choices} - {choice.key for choice in choices}
    used = _used(row, gone) if gone else ""
    if used:
        raise DefinitionError("choice-in-use", value=used)
    _fill(row, zh, en, choices, field_class, required=required, filterable=filterable)
    row.save()
    if filterable != was_filterable:
        _reindex(row)
    audit.record("customers.field-changed", key, {"class": field_class}, actor=viewer.actor, at=at)
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
    row = CustomField.objects.filter(key=key, retired_at=None).first()
    if row is None:
        raise UnknownError("custom-field")
    return row


def _used(row: CustomField, gone: set[str]) -> str:
    found = CustomValue.objects.filter(field=row, text__in=gone).values_list("text", flat=True).first()
    if found is None and not row.is_filterable:
        condition = {f"custom__{row.key}__in": sorted(gone)}
        held = Customer.objects.filter(**condition).values_list(f"custom__{row.key}", flat=True).first()
        return str(held) if held else ""
    return found or ""


def _reindex(row: CustomField) -> None:
    """Fill or empty the index of a field whose being asked for has changed."""
    CustomValue.objects.filter(field=row).delete()
    if not row.is_filterable:
        return
    field, last = record.as_field(row), 0
    having = Customer.objects.filter(**{f"custom__{row.key}__isnull": False}).order_by("pk").only("custom")
    while chunk := list(having.filter(pk__gt=last)[:_CHUNK]):
        last = chunk[-1].pk
        applying.reindex({one.pk: one.custom for one in chunk}, {row.key: field}, [row.key])
