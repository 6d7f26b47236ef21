"""Rows of customers that there are already: what is changed of them goes under the key of its customer again."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import QuerySet

from kehuma.apps.customers import sealed
from kehuma.apps.customers.data import Value, Values
from kehuma.apps.customers.fields import Field
from kehuma.apps.customers.insertion import normal_number
from kehuma.apps.customers.models import Contact, Customer, FieldChange, Identifier
from kehuma.apps.customers.sealed import Keys, Sealer
from kehuma.engine.cleaning.names import normal_name
from kehuma.lib.db import rows


class Resealing:
    """Some customers with their keys; ``table`` has their fields.

    What it does with secrets raises StoreSealedError where there is no key, CustomerError where the person was erased.
    """

    def __init__(self, table: Mapping[str, Field], customers: Iterable[Customer]) -> None:
        several = list(customers)
        self.table = table
        self.keys = Keys.of(several)
        self._sealer = Sealer(table)
        # What was a person's name must not stand in the history of an enterprise in clear.
        self._was = {customer.pk: customer.kind for customer in several}

    def prepare(self, wanted: Iterable[tuple[Customer, Mapping[str, object]]]) -> None:
        """Give a subject to those that are about to get a secret among these values and have had none so far."""
        self.keys.add([customer for customer, values in wanted if self._needs_key(customer, values)])

    def fill(self, customer: Customer, values: Values, fields: Sequence[str]) -> None:
        """Put values into the customer's own row, of which these fields are others now; ``values`` has them all."""
        was, kind = customer.kind, str(values.get("kind") or customer.kind)
        is_secret = any(self._sealer.touches(one, fields) for one in {kind, was})
        if is_secret or (kind != was and (customer.sealed or kind == "person")):
            self.reseal(customer, kind, values)
        else:
            self._set(customer, {key: values[key] for key in fields})
        if kind == "enterprise" and (kind != was or "name" in fields):
            customer.normal_name, customer.name_token = normal_name(customer.name) or sealed.BEHIND_NAMES, None

    def turn(self, customer: Customer) -> None:
        """After the kind of a customer has changed: its numbers and its history as they stand at the new kind."""
        for number in Identifier.objects.filter(customer=customer):
            value = sealed.number_of(number, customer.subject_id, self.keys)
            sealed.require_whole(customer, [value])
            number.delete()
            self.store_identifier(customer, number.kind, value)
        self.seal_history(FieldChange.objects.filter(customer=customer, sealed=None), {customer.pk: customer})

    def store_contact(self, customer: Customer, contact: Contact, values: Mapping[str, str]) -> None:
        """Store a contact, a new one too, with these values besides those that it has."""
        key = self.keys.require(customer)
        known: Mapping[str, str] = {}
        if contact.pk is None:
            (contact.pk,) = rows.reserve_ids(Contact._meta.db_table, 1)  # noqa: SLF001 - Django's way to the table's name
        else:
            known = sealed.contact_values(contact, customer.subject_id, self.keys)
        all_of_it = {**known, **values}
        sealed.require_whole(customer, all_of_it.values())
        numbers = normal_number(all_of_it.get("mobile", "")), normal_number(all_of_it.get("phone", ""))
        columns = self._sealer.contact(key, contact.pk, all_of_it, numbers)
        contact.sealed, contact.mobile_token, contact.phone_token, contact.mobile_end, contact.phone_end = columns
        contact.save()

    def identifiers(self, customer: Customer, kind: str, value: str) -> QuerySet[Identifier]:
        """The rows of the customer that hold this very number, which stands in its normal form."""
        is_sealed = sealed.number_is_sealed(kind, customer.kind)
        by = {"token": self._sealer.tokens.number(kind, value)} if is_sealed else {"normal": value}
        return Identifier.objects.filter(customer=customer, kind=kind, **by)

    def store_identifier(self, customer: Customer, kind: str, value: str) -> Identifier:
        """One more number in its normal form."""
        row = Identifier(customer=customer, kind=kind)
        if sealed.number_is_sealed(kind, customer.kind):
            row.sealed, row.token = self._sealer.number(self.keys.require(customer), kind, value)
        else:
            row.value = row.normal = value
        row.save()
        return row

    def change(
        self, customer: Customer, field: str, part: str, old: object, new: object
    ) -> tuple[str | None, str | None, bytes | None]:
        """The columns ``old``, ``new`` and ``sealed`` of a row of history."""
        kinds = {customer.kind, self._was.get(customer.pk, customer.kind)}
        if not any(self._sealer.seals_change(kind, field) for kind in kinds):
            return rows.as_json(old), rows.as_json(new), None
        key = self.keys.require(customer)
        return None, None, sealed.seal_change(key, (customer.version, field, part), old, new)

    def seal_history(self, changes: Iterable[FieldChange], customers: Mapping[int, Customer]) -> None:
        """Seal those of these rows that stand in clear and should not."""
        touched = []
        for one in changes:
            customer = customers[one.customer_id]
            if self._sealer.seals_change(customer.kind, one.field):
                place = (one.version, one.field, one.part)
                one.sealed = sealed.seal_change(self.keys.require(customer), place, one.old, one.new)
                one.old = one.new = None
                touched.append(one)
        FieldChange.objects.bulk_update(touched, ["old", "new", "sealed"], batch_size=200)

    def _needs_key(self, customer: Customer, values: Mapping[str, object]) -> bool:
        kind = str(values.get("kind") or customer.kind)
        is_turned = kind != customer.kind and "person" in {kind, customer.kind}
        return is_turned or any(self._sealer.seals_change(kind, key) for key in values)

    def reseal(self, customer: Customer, kind: str, values: Values) -> None:
        """Divide all values of the customer's own row into what stands under its key and what in clear."""
        key = self.keys.require(customer)
        sealed.require_whole(customer, values.values())
        secrets = self._sealer.secrets(kind, values)
        # Values of fields that are out of use stay where they are.
        kept = {name: value for name, value in values.items() if name not in self.table and name not in customer.custom}
        blob = {**kept, **secrets}
        customer.sealed = self._sealer.customer(key, blob) if blob else None
        plain: dict[str, Value] = {
            name: ([] if field.is_list else "") if name in secrets else values.get(name, [] if field.is_list else "")
            for name, field in self.table.items()
            if field.store in {"column", "custom"} and field.type not in {"code", "moment"}
        }
        self._set(customer, plain)
        if kind == "person":
            name = normal_name(str(secrets.get("name", "")))
            customer.normal_name = sealed.BEHIND_NAMES
            customer.name_token = self._sealer.tokens.name(name) if name else None

    def _set(self, customer: Customer, values: Mapping[str, Value]) -> None:
        for name, value in values.items():
            if self.table[name].store == "column":
                setattr(customer, name, value)
            elif value:
                customer.custom[name] = value
            else:
                customer.custom.pop(name, None)
