"""From rows of the tables to what the viewer may see: covered values, names instead of codes; queries stay constant."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kehuma.apps.access import queries as access
from kehuma.apps.customers import fields as record
from kehuma.apps.customers import values as cleaning
from kehuma.apps.customers.data import ContactRow, CustomerRef, IdentifierRow, OwnerRef, Row, TagRef, Value, Values
from kehuma.apps.customers.fields import IDENTIFIER_CLASSES, Field
from kehuma.apps.customers.insertion import CONTACT_COLUMNS
from kehuma.apps.customers.models import Contact, Customer, CustomerTag, Identifier
from kehuma.engine.cleaning.masking import masked
from kehuma.lib.viewer import Viewer

_MASKS = {"name": "name", "names": "name", "phone": "phone", "email": "email", "identifier": "identifier"}
_COLUMNS = ("kind", "name", "short_name", "country", "region", "address", "industry", "source", "notes")
_MOMENTS = ("created_at", "updated_at", "last_activity_at")


def rows(viewer: Viewer, customers: Sequence[Customer], table: Mapping[str, Field] | None = None) -> list[Row]:
    """These customers as the viewer may see them, in eight queries however many they are."""
    fields = record.table() if table is None else table
    found = facts(customers)
    around = _Around(
        owners=access.names({customer.owner_id for customer in customers if customer.owner_id}),
        parents=_refs(viewer, {customer.parent_id for customer in customers if customer.parent_id}),
        forms=_forms(customers),
        tags=tags_of([customer.pk for customer in customers]),
    )
    return [_row(viewer, one, fields, found[one.pk], around) for one in customers]


@dataclass(frozen=True, slots=True)
class _Around:
    """What the rows of one page show of other tables."""

    owners: Mapping[int, str]
    parents: Mapping[int, CustomerRef]
    forms: Mapping[int, tuple[str, str]]
    tags: Mapping[int, Sequence[TagRef]]


def facts(customers: Sequence[Customer]) -> dict[int, dict[str, Value]]:
    """The values of each customer by field, uncovered; tags, owner and parent are left out."""
    ids = [customer.pk for customer in customers]
    found: dict[int, dict[str, Value]] = {customer.pk: _own(customer) for customer in customers}
    for contact in Contact.objects.filter(customer__in=ids, position=0):
        found[contact.customer_id].update({key: getattr(contact, name) for key, name in CONTACT_COLUMNS.items()})
    numbers = Identifier.objects.filter(customer__in=ids).order_by("-id").values_list("customer", "kind", "value")
    for customer, kind, value in numbers:
        found[customer][kind] = value
    return found


def cover(viewer: Viewer, field: Field, kind: str, value: Value) -> tuple[Value, bool]:
    """The value as the viewer sees it, and whether it is covered. Sensitive values always are: see ``reveal``."""
    field_class = field.class_of(kind)
    if not value or (field_class != "sensitive" and viewer.may_see(field_class)):
        return value, False
    mask = _MASKS.get(field.type, "text")
    if isinstance(value, list):
        return [masked(mask, item) for item in value], True
    return masked(mask, value), True


def contact_row(viewer: Viewer, contact: Contact) -> ContactRow:
    """A contact as the viewer sees it."""
    shown: dict[str, str] = {}
    hidden: set[str] = set()
    for key, name in CONTACT_COLUMNS.items():
        value, is_masked = cover(viewer, record.BUILTIN[key], "", getattr(contact, name))
        shown[name] = str(value)
        if is_masked:
            hidden.add(name)
    return ContactRow(contact.pk, contact.position == 0, **shown, masked=frozenset(hidden))


def identifier_row(viewer: Viewer, row: Identifier) -> IdentifierRow:
    """A number as the viewer sees it."""
    field_class = IDENTIFIER_CLASSES[row.kind]
    if field_class != "sensitive" and viewer.may_see(field_class):
        return IdentifierRow(row.pk, row.kind, row.issuer, row.value, is_masked=False)
    return IdentifierRow(row.pk, row.kind, row.issuer, masked("identifier", row.value), is_masked=True)


def shown_name(viewer: Viewer, kind: str, name: str) -> str:
    """A customer's name as the viewer sees it."""
    value, _ = cover(viewer, record.BUILTIN["name"], kind, name)
    return str(value)


def tags_of(ids: Sequence[int]) -> Mapping[int, list[TagRef]]:
    """The tags of each customer, in the order in which they were put on."""
    found: dict[int, list[TagRef]] = defaultdict(list)
    for row in CustomerTag.objects.filter(customer__in=ids).select_related("tag").order_by("id"):
        found[row.customer_id].append(TagRef(row.tag_id, row.tag.name, row.tag.colour))
    return found


def _own(customer: Customer) -> dict[str, Value]:
    values: dict[str, Value] = {name: getattr(customer, name) for name in _COLUMNS}
    values["former_names"] = list(customer.former_names)
    values |= customer.custom
    return values


def _row(
    viewer: Viewer, customer: Customer, fields: Mapping[str, Field], values: Mapping[str, Value], around: _Around
) -> Row:
    shown, hidden, texts = _covered(viewer, customer, fields, values)
    owner = OwnerRef(customer.owner_id, around.owners.get(customer.owner_id, "")) if customer.owner_id else None
    parent = around.parents.get(customer.parent_id) if customer.parent_id else None
    tags = around.tags.get(customer.pk, [])
    form = around.forms.get(customer.pk, (customer.code_id, ""))
    related: dict[str, Value] = {
        "code": form[0],
        "tags": [tag.name for tag in tags],
        "owner": owner.name if owner else "",
        "parent": parent.identity if parent else "",
    }
    related |= {name: getattr(customer, name).isoformat() for name in _MOMENTS}
    return Row(
        id=customer.pk,
        uuid=customer.uuid,
        code=form[0],
        identity=customer.code_id,
        scheme=form[1],
        kind=customer.kind,
        name=str(shown["name"]),
        values={**shown, **related},
        masked=frozenset(hidden),
        texts=texts,
        tags=tags,
        owner=owner,
        parent=parent,
        version=customer.version,
        created_at=customer.created_at,
        updated_at=customer.updated_at,
        last_activity_at=customer.last_activity_at,
        deleted_at=customer.deleted_at,
    )


def _covered(
    viewer: Viewer, customer: Customer, fields: Mapping[str, Field], values: Values
) -> tuple[dict[str, Value], set[str], dict[str, tuple[str, str]]]:
    shown: dict[str, Value] = {}
    hidden: set[str] = set()
    texts: dict[str, tuple[str, str]] = {}
    for key, field in fields.items():
        if field.store == "relation" or field.type in {"moment", "code"}:
            continue
        shown[key], is_masked = cover(viewer, field, customer.kind, values.get(key, [] if field.is_list else ""))
        if is_masked:
            hidden.add(key)
        elif shown[key] and field.type in _SPOKEN:
            texts[key] = cleaning.said(field, shown[key])
    return shown, hidden, texts


def _refs(viewer: Viewer, ids: set[int]) -> dict[int, CustomerRef]:
    if not ids:
        return {}
    found = Customer.objects.filter(pk__in=ids).only("code_id", "kind", "name")
    return {
        one.pk: CustomerRef(one.pk, one.code_id, one.code_id, shown_name(viewer, one.kind, one.name)) for one in found
    }


def _forms(customers: Sequence[Customer]) -> dict[int, tuple[str, str]]:
    """The form of each code as it is today, and the scheme that wrote it."""
    found = Customer.objects.filter(pk__in=[customer.pk for customer in customers])
    return {pk: (form, scheme) for pk, form, scheme in found.values_list("pk", "code__form", "code__version__name")}


_SPOKEN = frozenset({"choice", "multi-choice", "division", "industry", "country"})
