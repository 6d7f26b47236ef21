"""Superiors of many customers at once: who is meant by a text, and putting customers below others without circles."""

from collections.abc import Collection, Mapping, Sequence

from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import applying, numbers, scope
from kehuma.apps.customers.applying import By
from kehuma.apps.customers.errors import FieldError, TreeError
from kehuma.apps.customers.models import Customer
from kehuma.apps.customers.sealed import Tokens
from kehuma.apps.sealing import queries as sealing
from kehuma.engine.cleaning.names import normal_name
from kehuma.lib.viewer import Viewer

MOST_LEVELS = 20
_CHUNK = 500


class Ancestors:
    """Who stands above whom, read as it is asked for and kept up while customers are put elsewhere."""

    def __init__(self) -> None:
        self._above: dict[int, int | None] = {}

    def require(self, superior: int, customer: int | None) -> None:
        """TreeError where ``customer`` (None for a new one) would stand above itself, or the tree would grow too deep."""
        above: int | None = superior
        for _ in range(MOST_LEVELS):
            if above is None:
                return
            if above == customer:
                raise TreeError("tree-self")
            if above not in self._above:
                self._above[above] = Customer.objects.filter(pk=above).values_list("parent_id", flat=True).first()
            above = self._above[above]
        raise TreeError("tree-deep", most=MOST_LEVELS)

    def put(self, customer: int, superior: int | None) -> None:
        """Remember where a customer stands now."""
        self._above[customer] = superior


def place(wanted: Sequence[tuple[Customer, int | None]], by: By) -> list[TreeError | None]:
    """Put each customer (locked, each once) below the one of this id, None for the top, with history; or why not."""
    ancestors = Ancestors()
    ids = {pk for customer, superior in wanted for pk in (customer.parent_id, superior) if pk is not None}
    codes_of: dict[int, str] = {}
    for start in range(0, len(ids), _CHUNK):
        codes_of |= dict(
            Customer.objects.filter(pk__in=sorted(ids)[start : start + _CHUNK]).values_list("pk", "code__identity")
        )
    found: list[TreeError | None] = []
    changed: list[tuple[Customer, list[applying.Difference]]] = []
    for customer, superior in wanted:
        error: TreeError | None = None
        if customer.parent_id != superior:
            try:
                if superior is not None:
                    ancestors.require(superior, customer.pk)
            except TreeError as raised:
                error = raised.with_traceback(None)
            else:
                old, new = codes_of.get(customer.parent_id or 0, ""), codes_of.get(superior or 0, "")
                changed.append((customer, [("parent", "", old, new)]))
                customer.parent_id = superior
                ancestors.put(customer.pk, superior)
        found.append(error)
    applying.note(changed, by)
    return found


def named(viewer: Viewer, texts: Collection[str], *, source: str) -> Mapping[str, str | FieldError]:
    """The customer that each text names, by its code, its number in ``source`` or elsewhere, or its whole name.

    FieldError where several have that number or name; texts that name nobody are left out.
    """
    found: dict[str, str | FieldError] = {}
    asked = [text for text in dict.fromkeys(text.strip() for text in texts) if text]
    for start in range(0, len(asked), _CHUNK):
        chunk = asked[start : start + _CHUNK]
        for way in (_by_code, _by_number, _by_name):
            left = [text for text in chunk if text not in found]
            found |= way(viewer, left, source) if left else {}
    return found


def ids_of(viewer: Viewer, identities: Collection[str]) -> dict[str, int]:
    """The ids of these customers, those that the viewer reaches."""
    found: dict[str, int] = {}
    wanted = list(dict.fromkeys(identities))
    for start in range(0, len(wanted), _CHUNK):
        rows = scope.visible(viewer).filter(code__identity__in=wanted[start : start + _CHUNK])
        found |= dict(rows.values_list("code__identity", "pk"))
    return found


def _by_code(viewer: Viewer, texts: Sequence[str], _source: str) -> dict[str, str | FieldError]:
    # Nothing without a figure is a code of ours that somebody would type for a superior.
    known = {text: resolved.identity for text in texts if any(sign.isdigit() for sign in text)
             if (resolved := codes.resolve(text, suggest=False)).found and resolved.identity}  # fmt: skip
    there = ids_of(viewer, known.values())
    return {text: identity for text, identity in known.items() if identity in there}


def _by_number(viewer: Viewer, texts: Sequence[str], source: str) -> dict[str, str | FieldError]:
    normal = {text: text.upper() for text in texts}
    named = codes.named_by(set(normal.values()))
    there = ids_of(viewer, [identity for several in named.values() for _, identity in several])
    system = numbers.system_of(source)
    found: dict[str, str | FieldError] = {}
    for text, number in normal.items():
        reached = [(issuer, identity) for issuer, identity in named.get(number, ()) if identity in there]
        own = {identity for issuer, identity in reached if issuer == system}
        if reached:
            found[text] = _only(text, own or {identity for _, identity in reached})
    return found


def _by_name(viewer: Viewer, texts: Sequence[str], _source: str) -> dict[str, str | FieldError]:
    normal = {text: normal_name(text) for text in texts}
    rows = scope.visible(viewer).filter(normal_name__in={name for name in normal.values() if name})
    by_name: dict[str, set[str]] = {}
    for name, identity in rows.values_list("normal_name", "code__identity"):
        by_name.setdefault(name, set()).add(identity)
    if sealing.is_open():
        tokens = Tokens()
        by_token = {tokens.name(name): name for name in normal.values() if name}
        persons = scope.visible(viewer).filter(name_token__isnull=False, name_token__in=list(by_token))
        for token, identity in persons.values_list("name_token", "code__identity"):
            by_name.setdefault(by_token[bytes(token or b"")], set()).add(identity)
    return {text: _only(text, by_name[name]) for text, name in normal.items() if name in by_name}


def _only(text: str, identities: Collection[str]) -> str | FieldError:
    if len(identities) == 1:
        return next(iter(identities))
    return FieldError("superior-ambiguous", value=text, count=len(identities))
