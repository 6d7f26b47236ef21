from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import migrations, transaction

from kehuma.apps.customers import documents, sealed
from kehuma.apps.customers.fields import BUILTIN, SEALED_CLASSES, Field, as_field
from kehuma.apps.customers.insertion import indexed_values, normal_number
from kehuma.apps.customers.sealed import Sealer
from kehuma.apps.sealing import services as subjects
from kehuma.engine.cleaning.names import normal_name
from kehuma.engine.encryption.subjects import SubjectKey
from kehuma.lib.db import rows

_AT_ONCE = 500
_PLAIN = ("name", "short_name", "address", "notes")


def seal(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001 - Django calls it so
    """What tells who a person is goes under keys, some hundred customers in a transaction.

    Stopped, it goes on where it was: who has a subject is done. StoreSealedError where there is no key.
    """
    work = _Work(apps)
    last = 0
    while ids := work.next_ids(last):
        with transaction.atomic():
            work.seal(ids)
        last = ids[-1]


class _Work:
    def __init__(self, apps: Any) -> None:
        self._models = {name: apps.get_model("customers", name) for name in
                        ("Customer", "Contact", "Identifier", "FieldChange", "CustomValue", "SearchText")}  # fmt: skip
        own = [as_field(row) for row in apps.get_model("customers", "CustomField").objects.all()]
        self._table: Mapping[str, Field] = {**BUILTIN, **{field.key: field for field in own}}
        self._sealed_fields = [field for field in own if field.field_class in SEALED_CLASSES]
        self._sealer = Sealer(self._table)

    def next_ids(self, last: int) -> list[int]:
        found = self._models["Customer"].objects.filter(pk__gt=last).order_by("pk")
        return list(found.values_list("pk", flat=True)[:_AT_ONCE])

    def seal(self, ids: Sequence[int]) -> None:
        customers = list(self._models["Customer"].objects.filter(pk__in=ids, subject=None).order_by("pk"))
        of = {name: self._of(name, [one.pk for one in customers]) for name in ("Contact", "Identifier", "FieldChange")}
        wanted = [one for one in customers if self._has_secrets(one, of)]
        made = subjects.new_subjects(len(wanted)) if wanted else []
        for one, subject in zip(wanted, made, strict=True):
            one.subject_id = subject.id
            self._contacts(subject.key, of["Contact"][one.pk])
            self._identifiers(subject.key, one.kind, of["Identifier"][one.pk])
            self._history(subject.key, one.kind, of["FieldChange"][one.pk])
            self._own(subject.key, one)
        self._index([one.pk for one in wanted])

    def _of(self, name: str, ids: Sequence[int]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for row in self._models[name].objects.filter(customer__in=ids):
            found[row.customer_id].append(row)
        return found

    def _has_secrets(self, one: Any, of: Mapping[str, Mapping[int, Sequence[Any]]]) -> bool:
        return bool(
            self._secrets(one)
            or of["Contact"].get(one.pk)
            or any(sealed.number_is_sealed(row.kind, one.kind) for row in of["Identifier"].get(one.pk, ()))
            or any(self._sealer.seals_change(one.kind, row.field) for row in of["FieldChange"].get(one.pk, ()))
        )

    def _secrets(self, one: Any) -> dict[str, Any]:
        values = {**{key: getattr(one, key) for key in (*_PLAIN, "former_names")}, **one.custom}
        return self._sealer.secrets(one.kind, values)

    def _own(self, key: SubjectKey, one: Any) -> None:
        secrets = self._secrets(one)
        custom = {field.key: one.custom[field.key] for field in self._sealed_fields if field.key in one.custom}
        if secrets:
            one.sealed = self._sealer.customer(key, secrets)
        if one.kind == "person":
            name = normal_name(one.name)
            one.normal_name, one.name_token = sealed.BEHIND_NAMES, self._sealer.tokens.name(name) if name else None
        for field in _PLAIN:
            if field in secrets:
                setattr(one, field, "")
        one.former_names = [] if "former_names" in secrets else one.former_names
        one.custom = {name: value for name, value in one.custom.items() if name not in custom}
        one.save(update_fields=[*_PLAIN, "former_names", "custom", "sealed", "normal_name", "name_token", "subject"])
        self._models["CustomValue"].objects.filter(
            customer=one, field__in=[field.custom_id for field in self._sealed_fields]
        ).delete()
        indexed = [row for field in self._sealed_fields if (value := custom.get(field.key))
                   for row in indexed_values(field, one.pk, value, self._sealer)]  # fmt: skip
        rows.insert("customers_customvalue", ("field_id", "customer_id", "text", "number"), indexed)

    def _contacts(self, key: SubjectKey, contacts: Iterable[Any]) -> None:
        for row in contacts:
            values = {name: getattr(row, name) for name in sealed.CONTACT_NAMES}
            numbers = normal_number(row.mobile), normal_number(row.phone)
            columns = self._sealer.contact(key, row.pk, values, numbers)
            row.sealed, row.mobile_token, row.phone_token, row.mobile_end, row.phone_end = columns
            for name in (*sealed.CONTACT_NAMES, "normal_mobile", "normal_phone"):
                setattr(row, name, "")
            row.save()

    def _identifiers(self, key: SubjectKey, kind: str, identifiers: Iterable[Any]) -> None:
        for row in identifiers:
            if sealed.number_is_sealed(row.kind, kind):
                row.sealed, row.token = self._sealer.number(key, row.kind, row.value)
                row.value = row.normal = ""
                row.save()

    def _history(self, key: SubjectKey, kind: str, changes: Iterable[Any]) -> None:
        for row in changes:
            if self._sealer.seals_change(kind, row.field):
                row.sealed = sealed.seal_change(key, (row.version, row.field, row.part), row.old, row.new)
                row.old = row.new = None
                row.save(update_fields=["old", "new", "sealed"])

    def _index(self, ids: Sequence[int]) -> None:
        """The tokens of what is sealed go out of the index in the store."""
        there = list(self._models["SearchText"].objects.filter(pk__in=ids).values_list("pk", flat=True))
        documents.refresh(there)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0007_sealed_columns")]

    operations = [migrations.RunPython(seal, migrations.RunPython.noop, elidable=True)]
