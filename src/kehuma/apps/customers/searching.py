"""Finding customers by whatever somebody remembers of them, the likeliest first.

Exact hits come first (a code in any form, a number, the whole name), then names that begin so, then what the index
finds. Each step is bounded: among a million the index is asked for its newest candidates, and these are looked at.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db.models import QuerySet

from kehuma.apps.access import queries as access
from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import documents, names, scope, sealed, showing
from kehuma.apps.customers.data import Hit, Value
from kehuma.apps.customers.insertion import normal_number
from kehuma.apps.customers.models import Contact, Customer, Identifier
from kehuma.apps.customers.remembering import remembered
from kehuma.apps.customers.sealed import Keys, Tokens
from kehuma.apps.sealing import queries as sealing
from kehuma.engine.cleaning.names import normal_name
from kehuma.engine.cleaning.phones import digits_of
from kehuma.lib.db import prefixes  # noqa: F401 - gives the look-up `begins`
from kehuma.lib.search import All, Any, Expression, MemoryIndex, Term, matching, tokens
from kehuma.lib.viewer import PERSON_NAMES, Viewer

# Of what the index finds, this many are ranked.
_CANDIDATES = 100
_LONGEST = 100
_EXACT, _WHOLE, _BEGIN, _INSIDE, _OTHER = 100, 90, 80, 60, 40
_LONGEST_PHONE = 11
_BY_NAME = frozenset({"name", "initials", "pinyin", "contact"})
_SHORTEST_PHONE = 7
_OPEN_NUMBERS, _SENSITIVE_NUMBERS = ("uscc", "tax_number"), ("resident_id", "passport")
# As many numbers with the same token of their end are opened; among a million there are some 250.
_OPENED = 1_000
_STORED = (
    "code_id", "kind", "name", "normal_name", "short_name", "former_names", "owner_id", "region", "subject_id", "sealed",
)  # fmt: skip
_ID_LIKE = re.compile(r"[A-Za-z0-9]{5,20}")


class _Candidate(NamedTuple):
    """What ranking needs; of a person the names were opened."""

    pk: int
    code_id: str
    kind: str
    name: str
    normal_name: str
    short_name: str
    former_names: Sequence[str]
    owner_id: int | None
    region: str


def search(viewer: Viewer, text: str, limit: int = 20) -> list[Hit]:
    """The customers that a text may mean.

    Without the class ``personal`` numbers are found whole only; without that of the names of persons so are these, and
    contacts are not found at all.
    """
    viewer.require("customers.view")
    asked = text.replace("\x00", "").strip()[:_LONGEST]
    if not asked:
        return []
    found: dict[int, tuple[int, str, _Candidate]] = {}
    whole = "" if viewer.may_see(PERSON_NAMES) else normal_name(asked)
    for score, why, one in _found(viewer, asked, limit):
        if whole and one.kind == "person" and why in _BY_NAME and one.normal_name != whole:
            continue
        if one.pk not in found or found[one.pk][0] < score:
            found[one.pk] = (score, why, one)
    hits = list(found.values()) or _by_code(viewer, asked)
    ranked = sorted(hits, key=lambda hit: (-hit[0], len(hit[2].name), -hit[2].pk))[:limit]
    owners = access.names({one.owner_id for _, _, one in ranked if one.owner_id})
    return [_hit(viewer, score, why, one, owners.get(one.owner_id or 0, "")) for score, why, one in ranked]


def find(viewer: Viewer, text: str) -> str | None:
    """The one customer that a code in any form, or its number in another system, names; None where it is not one."""
    viewer.require("customers.view")
    asked = text.replace("\x00", "").strip()
    rows = scope.visible(viewer)
    resolution = codes.resolve(asked, suggest=False)
    if resolution.found:
        return rows.filter(code__identity=resolution.identity).values_list("code__identity", flat=True).first()
    # Several customers may have the number, of whom the viewer reaches one.
    own = [identity for _, identity in codes.named_by([asked.upper()]).get(asked.upper(), ())]
    found = list(rows.filter(code__identity__in=own).values_list("code__identity", flat=True)[:2]) if own else []
    return found[0] if len(found) == 1 else None


def is_complete() -> bool:
    """Whether parts of sealed names can be found now: not while they are read into memory, nor without a key."""
    return remembered.index() is not None


def _found(viewer: Viewer, asked: str, limit: int) -> Iterator[tuple[int, str, _Candidate]]:
    rows = scope.visible(viewer)
    normal = normal_name(asked)
    if len(normal) > 1:
        for one in _candidates(rows.filter(normal_name__begins=normal)[:limit]):
            yield (_WHOLE if one.normal_name == normal else _BEGIN), "name", one
    if normal.isascii():
        # The index of words is not asked for these: many codes begin so, and each is a word of its own.
        beginning = codes.beginning(normal, limit=_CANDIDATES)
        for one in _candidates(rows.filter(code__identity__in=beginning)) if beginning else ():
            yield (*_reason(asked, normal, one), one)
    index = remembered.index()
    question = tokens.question(asked, sees_people=viewer.may_see("personal"), sees_names=viewer.may_see(PERSON_NAMES))
    if question is not None:
        ids = _newest(viewer, question, index)
        for one in _candidates(rows.filter(pk__in=ids)) if ids else ():
            yield (*_reason(asked, normal, one), one)
    if sealing.is_open():
        yield from _whole(viewer, asked, normal, Tokens())
        if index is None and viewer.may_see("personal"):
            yield from _by_end(viewer, asked, Tokens())


def _whole(viewer: Viewer, asked: str, normal: str, indexes: Tokens) -> Iterator[tuple[int, str, _Candidate]]:
    """What is sealed, by the whole of it: names of persons, telephone numbers, numbers that authorities gave."""
    rows = scope.visible(viewer)
    if len(normal) > 1:
        # That there is a token lets the partial index answer.
        for one in _candidates(rows.filter(name_token__isnull=False, name_token=indexes.name(normal))[:_CANDIDATES]):
            yield _WHOLE, "name", one
    if (phone := _normal_phone(asked)) and len(digits_of(phone)) >= _SHORTEST_PHONE:
        token = indexes.phone(phone)
        for column in ("mobile_token", "phone_token"):
            held = Contact.objects.filter(**{f"{column}__isnull": False, column: token}).values("customer")
            for one in _candidates(rows.filter(pk__in=held)[:_CANDIDATES]):
                yield _EXACT - 1, "phone", one
    if _ID_LIKE.fullmatch(asked):
        kinds = [*_OPEN_NUMBERS, *(_SENSITIVE_NUMBERS if viewer.may_see("sensitive") else ())]
        known = Identifier.objects.filter(
            token__isnull=False, token__in=[indexes.number(kind, asked.upper()) for kind in kinds]
        )
        for one in _candidates(rows.filter(pk__in=known.values("customer"))):
            yield _EXACT, "identifier", one


def _by_end(viewer: Viewer, asked: str, indexes: Tokens) -> Iterator[tuple[int, str, _Candidate]]:
    """By the end of a telephone number: many share its token, so what has it is opened and compared."""
    digits = digits_of(asked) if asked.isascii() else ""
    end = indexes.phone_end(digits) if digits == asked else None
    if end is None:
        return
    holders: set[int] = set()
    for column, name in (("mobile_end", "mobile"), ("phone_end", "phone")):
        held = Contact.objects.filter(**{f"{column}__isnull": False, column: end}).select_related("customer")
        contacts = list(held.order_by("-pk")[:_OPENED])
        keys = Keys.of(one.customer for one in contacts)
        for one in contacts:
            value = sealed.contact_values(one, one.customer.subject_id, keys)[name]
            if digits_of(value).endswith(digits):
                holders.add(one.customer_id)
    for found in _candidates(scope.visible(viewer).filter(pk__in=holders)):
        yield _OTHER + 10, "phone", found


def _candidates(rows: QuerySet[Customer]) -> list[_Candidate]:
    found = list(rows.only(*_STORED))
    keys = Keys.of(one for one in found if one.kind == "person")
    return [_candidate(one, keys) for one in found]


def _candidate(one: Customer, keys: Keys) -> _Candidate:
    names: tuple[str, str, Sequence[str]] = (one.name, one.short_name, one.former_names)
    if one.kind == "person":
        own = sealed.own_values(one, keys)
        names = (_text(own.get("name")), _text(own.get("short_name")), [*(own.get("former_names") or ())])
    normal = one.normal_name if one.kind != "person" else normal_name(names[0])
    return _Candidate(one.pk, one.code_id, one.kind, names[0], normal, *names[1:], one.owner_id, one.region)


def _text(value: Value | None) -> str:
    return value if isinstance(value, str) else ""


def _normal_phone(asked: str) -> str:
    return normal_number(asked) if any(sign.isdigit() for sign in asked) else ""


def _newest(viewer: Viewer, question: Expression, index: MemoryIndex | None) -> list[int]:
    """The newest candidates; other people's are left out where they would take the places.

    Not always: to read through what a person has, and the public pool, costs more than the rest of the search.
    """
    ids = _matching(question, index)
    if len(ids) < _CANDIDATES or scope.reached_owners(viewer) is None:
        return ids
    return _matching(_within(viewer, question), index)


def _matching(question: Expression, index: MemoryIndex | None) -> list[int]:
    """In memory, where all stand with all their tokens; while that is being made, or sealed, in the store."""
    if index is None:
        return matching(documents.TABLE, question, limit=_CANDIDATES)
    return index.matching(question, limit=_CANDIDATES)


def _within(viewer: Viewer, question: Expression) -> Expression:
    """The question among the customers that the viewer reaches, so that the candidates are its own."""
    owners = scope.reached_owners(viewer)
    if owners is None:
        return question
    return All((question, Any([Term(tokens.token_of_owner(owner)) for owner in (None, *owners)])))


def _by_code(viewer: Viewer, asked: str) -> list[tuple[int, str, _Candidate]]:
    """By a code that was mistyped or has other live parts: the register knows; asked only where nothing else is found."""
    resolution = codes.resolve(asked, suggest=False) if any(sign.isdigit() for sign in asked) else None
    if resolution is None or not resolution.found:
        return []
    found = _candidates(scope.visible(viewer).filter(code__identity=resolution.identity))
    return [(_EXACT, "code", one) for one in found]


def _reason(asked: str, normal: str, one: _Candidate) -> tuple[int, str]:
    """How well, and by what, a candidate of the index fits."""
    if normal and normal in one.normal_name:
        return _INSIDE + 5, "name"
    if normal and any(normal in normal_name(name) for name in (one.short_name, *one.former_names) if name):
        return _INSIDE, "name"
    words = [normal_name(word) for word in asked.split()]
    if words and all(word in one.normal_name for word in words):
        return _INSIDE, "name"
    if not normal.isascii():
        return _OTHER, "contact"
    code = normal_name(one.code_id)
    if code.startswith(normal):
        return (_EXACT if code == normal else _INSIDE + 10), "code"
    if normal.isalpha():
        return (_INSIDE - 5, "initials") if tokens.initials_hold(one.name, normal) else (_OTHER, "pinyin")
    if normal.isdecimal() and len(normal) <= _LONGEST_PHONE:
        return (_EXACT - 1 if len(normal) == _LONGEST_PHONE else _OTHER + 10), "phone"
    return _OTHER + 5, "identifier"


def _hit(viewer: Viewer, score: int, why: str, one: _Candidate, owner: str) -> Hit:
    return Hit(
        id=one.pk,
        identity=one.code_id,
        code=one.code_id,
        name=showing.shown_name(viewer, one.kind, one.name),
        kind=one.kind,
        why=why,
        owner_name=owner,
        region=names.name_of_division(one.region, viewer.language),
        score=score,
    )
