"""From rows of the tables to what the viewer may see: covered values, names instead of codes; queries stay constant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kehuma.apps.access import queries as access
from kehuma.apps.codes.data import AliasState
from kehuma.apps.customers import fields as record
from kehuma.apps.customers import numbers, sealed
from kehuma.apps.customers import values as cleaning
from kehuma.apps.customers.data import ContactRow, CustomerRef, IdentifierRow, OwnerRef, Row, TagRef, Value, Values
from kehuma.apps.customers.fields import Field
from kehuma.apps.customers.insertion import CONTACT_COLUMNS
from kehuma.apps.customers.models import Contact, Customer, CustomerTag, Identifier
from kehuma.apps.customers.sealed import Keys, Unopened
from kehuma.engine.cleaning.masking import masked
from kehuma.lib.viewer import Viewer

_MASKS = {"name": "name", "names": "name", "phone": "phone", "email": "email", "identifier": "identifier"}
_COLUMNS = ("kind", "name", "short_name", "country", "region", "address", "industry", "source", "notes")
_MOMENTS = ("created_at", "updated_at", "last_activity_at")


def rows(viewer: Viewer, customers: Sequence[Customer], table: Mapping[str, Field] | None = None) -> list[Row]:
    """These customers as the viewer may see them, in nine queries however many they are."""
    fields = record.table() if table is None else table
    parents = _parents(customers)
    keys = Keys.of([*customers, *parents])
    found = facts(customers, keys)
    around = _Around(
        owners=access.names({customer.owner_id for customer in customers if customer.owner_id}),
        parents=_refs(viewer, parents, keys),
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


def facts(customers: Sequence[Customer], keys: Keys | None = None) -> dict[int, dict[str, Value]]:
    """The values of each customer by field, uncovered; tags, owner and parent are left out.

    What cannot be opened is ``Unopened``, for those of its fields that are sealed.
    """
    known = keys or Keys.of(customers)
    subject = {customer.pk: customer.subject_id for customer in customers}
    found = {customer.pk: {**_own(customer), **sealed.own_values(customer, known)} for customer in customers}
    for contact in Contact.objects.filter(customer__in=list(subject), position=0):
        values = sealed.contact_values(contact, subject[contact.customer_id], known)
        found[contact.customer_id].update({key: values[name] for key, name in CONTACT_COLUMNS.items()})
    for row in Identifier.objects.filter(customer__in=list(subject)).order_by("-id"):
        found[row.customer_id][row.kind] = sealed.number_of(row, subject[row.customer_id], known)
    others = numbers.current([customer.code_id for customer in customers])
    for customer in customers:
        if several := others.get(customer.code_id):
            found[customer.pk][numbers.KIND] = several[0].text
    return found


def cover(viewer: Viewer, field: Field, kind: str, value: Value) -> tuple[Value, bool]:
    """The value as the viewer sees it, and whether it is covered. Sensitive values always are: see ``reveal``.

    What could not be opened counts as covered, and says why instead.
    """
    if isinstance(value, Unopened):
        return value.said(viewer.language), True
    field_class = field.class_of(kind)
    if not value or (field_class != "sensitive" and viewer.may_see(field_class)):
        return value, False
    mask = _MASKS.get(field.type, "text")
    if isinstance(value, list):
        return [masked(mask, item) for item in value], True
    return masked(mask, value), True


def contact_row(viewer: Viewer, contact: Contact, values: Mapping[str, str]) -> ContactRow:
    """A contact whose values were opened, as the viewer sees it."""
    shown: dict[str, str] = {}
    hidden: set[str] = set()
    for key, name in CONTACT_COLUMNS.items():
        value, is_masked = cover(viewer, record.BUILTIN[key], "", values[name])
        shown[name] = str(value)
        if is_masked:
            hidden.add(name)
    return ContactRow(contact.pk, contact.position == 0, **shown, masked=frozenset(hidden))


def identifier_row(viewer: Viewer, row: Identifier, number: str) -> IdentifierRow:
    """A number that was opened, as the viewer sees it."""
    return _number_row(viewer, str(row.pk), row.kind, "", number)


def number_row(viewer: Viewer, number: AliasState) -> IdentifierRow:
    """A number of another system as the viewer sees it."""
    return _number_row(viewer, numbers.id_of(number), numbers.KIND, numbers.shown(number.system), number.text)


def names(viewer: Viewer, customers: Iterable[Customer], keys: Keys | None = None) -> dict[int, str]:
    """The name of each customer as the viewer sees it, by its id; one query where there are persons among them."""
    several = list({one.pk: one for one in customers}.values())
    found = sealed.names(several, keys)
    return {one.pk: shown_name(viewer, one.kind, found[one.pk]) for one in several}


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


def _number_row(viewer: Viewer, ref: str, kind: str, system: str, value: str) -> IdentifierRow:
    shown, is_masked = cover(viewer, record.BUILTIN[kind], "", value)
    return IdentifierRow(ref, kind, system, str(shown), is_masked)


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
        unopened=next((value.why for value in values.values() if isinstance(value, Unopened)), ""),
        restricted_at=customer.restricted_at,
        restricted_for=customer.restricted_for,
        held_for=customer.held_for,
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


def _parents(customers: Sequence[Customer]) -> list[Customer]:
    ids = {customer.parent_id for customer in customers if customer.parent_id}
    found = Customer.objects.filter(pk__in=ids).only("code_id", "kind", "name", "subject_id", "sealed")
    return list(found) if ids else []


def _refs(viewer: Viewer, parents: Sequence[Customer], keys: Keys) -> dict[int, CustomerRef]:
    names = sealed.names(parents, keys)
    return {
        one.pk: CustomerRef(one.pk, one.code_id, one.code_id, shown_name(viewer, one.kind, names[one.pk]))
        for one in parents
    }


def _forms(customers: Sequence[Customer]) -> dict[int, tuple[str, str]]:
    """The form of each code as it is today, and the scheme that wrote it."""
    found = Customer.objects.filter(pk__in=[customer.pk for customer in customers])
    return {pk: (form, scheme) for pk, form, scheme in found.values_list("pk", "code__form", "code__version__name")}


_SPOKEN = frozenset({"choice", "multi-choice", "division", "industry", "country"})
