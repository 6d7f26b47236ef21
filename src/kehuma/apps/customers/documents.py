"""The tokens under which a customer is found, and keeping them when it changes.

Those of what everybody may find stand in the store; those of sealed values are made from what was opened, see
``remembering``.
"""

import secrets
from collections.abc import Iterable, Sequence

from kehuma.apps.customers import numbers
from kehuma.apps.customers.models import Customer, Identifier, SearchNews, SearchText
from kehuma.engine.coding.normal import loose_of
from kehuma.lib.db import rows
from kehuma.lib.search import tokens

TABLE = SearchText._meta.db_table  # noqa: SLF001 - Django's way to the name of a table
_NEWS = SearchNews._meta.db_table  # noqa: SLF001 - as above
_CHUNK = 500
# So many rows of news are there at least; who has missed more looks at everything again.
NEWS_KEPT = 10_000
_TIDIED = 1_000
# Only who may see the class of an identifier finds by it; these everybody sees.
_OPEN = frozenset({"uscc", "tax_number", numbers.KIND})


def document(*, code: str, names: Iterable[str], owner: int | None, identifiers: Iterable[tuple[str, str]]) -> str:
    """The tokens of one customer that stand in the store; ``identifiers`` (kind, number) in their normal forms."""
    return coded(code, open_tokens(names=names, owner=owner, identifiers=identifiers))


def open_tokens(*, names: Iterable[str], owner: int | None, identifiers: Iterable[tuple[str, str]]) -> set[str]:
    """The same without that of the code."""
    found = {tokens.token_of_owner(owner)}
    for name in names:
        found |= tokens.tokens_of_name(name)
    return found | _tokens_of_numbers(identifiers)


def coded(code: str, others: Iterable[str]) -> str:
    """Tokens together with that of the code."""
    return " ".join((tokens.token_of_code(loose_of(code)), *others))


def sealed_tokens(
    names: Iterable[str], phones: Iterable[str], people: Iterable[str], identifiers: Iterable[tuple[str, str]]
) -> str:
    """The tokens of what is sealed, which stand in memory only; ``phones`` as dialled, numbers in their normal forms."""
    found: set[str] = set()
    for name in names:
        found |= tokens.tokens_of_name(name)
    for person in people:
        found |= tokens.tokens_of_contact(person)
    return " ".join(found | {tokens.token_of_phone(phone) for phone in phones} | _tokens_of_numbers(identifiers))


def tell(ids: Sequence[int]) -> None:
    """Leave word that what is sealed of these customers (ascending ids) may be other than it was."""
    spans: list[list[int]] = []
    for number in ids:
        if spans and spans[-1][1] >= number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    rows.insert(_NEWS, ("spans", "mark"), [(rows.as_json(spans), secrets.token_hex(8))])
    if secrets.randbelow(_TIDIED) == 0:
        last = SearchNews.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        SearchNews.objects.filter(pk__lt=last - NEWS_KEPT).delete()


def _tokens_of_numbers(identifiers: Iterable[tuple[str, str]]) -> set[str]:
    return {tokens.token_of_identifier(number) for kind, number in identifiers if kind in _OPEN}


def refresh(ids: Sequence[int]) -> None:
    """Make the tokens of these customers anew; those in the recycle bin lose theirs."""
    for start in range(0, len(ids), _CHUNK):
        _refresh(sorted(ids[start : start + _CHUNK]))


def _refresh(ids: Sequence[int]) -> None:
    found = Customer.objects.filter(id__in=ids, deleted_at=None)
    customers = list(found.only("code_id", "name", "short_name", "former_names", "owner_id"))
    identifiers: dict[int, list[tuple[str, str]]] = {}
    plain = Identifier.objects.filter(customer__in=ids, sealed=None)
    for customer, kind, normal in plain.values_list("customer", "kind", "normal"):
        identifiers.setdefault(customer, []).append((kind, normal))
    others = numbers.current([one.code_id for one in customers])
    for one in customers:
        for number in others.get(one.code_id, ()):
            identifiers.setdefault(one.pk, []).append((numbers.KIND, number.text))
    SearchText.objects.filter(id__in=ids).delete()
    rows.insert(TABLE, ("id", "tokens"), [(one.pk, _document(one, identifiers.get(one.pk, []))) for one in customers])
    tell(ids)


def _document(customer: Customer, identifiers: Sequence[tuple[str, str]]) -> str:
    return document(
        code=customer.code_id,
        names=filter(None, (customer.name, customer.short_name, *customer.former_names)),
        owner=customer.owner_id,
        identifiers=identifiers,
    )
