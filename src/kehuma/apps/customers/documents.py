"""The tokens under which a customer is found, and keeping them when it changes."""

from collections.abc import Iterable, Sequence

from kehuma.apps.customers.models import Contact, Customer, Identifier, SearchText
from kehuma.engine.cleaning.phones import digits_of
from kehuma.engine.coding.normal import loose_of
from kehuma.lib.db import rows
from kehuma.lib.search import tokens

TABLE = SearchText._meta.db_table  # noqa: SLF001 - Django's way to the name of a table
_CHUNK = 500
# Only who may see the class of an identifier finds by it; these everybody sees.
_OPEN = frozenset({"uscc", "tax_number", "own_number"})


def document(  # noqa: PLR0913 - one argument per fact
    *,
    code: str,
    names: Iterable[str],
    owner: int | None,
    phones: Iterable[str],
    people: Iterable[str],
    identifiers: Iterable[tuple[str, str]],
) -> str:
    """All tokens of one customer; ``phones`` and ``identifiers`` (kind, number) in their normal forms."""
    found = {tokens.token_of_code(loose_of(code)), tokens.token_of_owner(owner)}
    for name in names:
        found |= tokens.tokens_of_name(name)
    for phone in phones:
        if phone:
            found.add(tokens.token_of_phone(digits_of(phone)))
    for person in people:
        if person:
            found |= tokens.tokens_of_contact(person)
    for kind, number in identifiers:
        if kind in _OPEN:
            found.add(tokens.token_of_identifier(number))
    return " ".join(found)


def refresh(ids: Sequence[int]) -> None:
    """Make the tokens of these customers anew; those in the recycle bin lose theirs."""
    for start in range(0, len(ids), _CHUNK):
        _refresh(ids[start : start + _CHUNK])


def _refresh(ids: Sequence[int]) -> None:
    found = Customer.objects.filter(id__in=ids, deleted_at=None)
    customers = list(found.only("code_id", "name", "short_name", "former_names", "owner_id"))
    contacts: dict[int, list[Contact]] = {}
    for contact in Contact.objects.filter(customer__in=ids):
        contacts.setdefault(contact.customer_id, []).append(contact)
    identifiers: dict[int, list[tuple[str, str]]] = {}
    for customer, kind, normal in Identifier.objects.filter(customer__in=ids).values_list("customer", "kind", "normal"):
        identifiers.setdefault(customer, []).append((kind, normal))
    SearchText.objects.filter(id__in=ids).delete()
    rows.insert(
        TABLE,
        ("id", "tokens"),
        [(one.pk, _document(one, contacts.get(one.pk, []), identifiers.get(one.pk, []))) for one in customers],
    )


def _document(customer: Customer, contacts: Sequence[Contact], identifiers: Sequence[tuple[str, str]]) -> str:
    return document(
        code=customer.code_id,
        names=filter(None, (customer.name, customer.short_name, *customer.former_names)),
        owner=customer.owner_id,
        phones=[number for contact in contacts for number in (contact.normal_mobile, contact.normal_phone)],
        people=[contact.name for contact in contacts],
        identifiers=identifiers,
    )
