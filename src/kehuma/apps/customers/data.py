"""Values that cross the door of the package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

from kehuma.apps.customers.fields import Field
from kehuma.engine.coding.errors import CodingError

# What a field holds: text, or a list of texts; "" and [] are empty.
Value = str | list[str]
Values = Mapping[str, Value]
# A customer by the identity text of its code, its uuid or its id.
Ref = str | UUID | int
Item = TypeVar("Item")


class Cleaned(NamedTuple):
    """What the values given for a record come to, and why some cannot be taken."""

    values: dict[str, Value]
    faults: dict[str, CodingError]


@dataclass(frozen=True, slots=True)
class OwnerRef:
    """A person who has customers."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class TagRef:
    """A tag; ``count`` only where it was asked for."""

    id: int
    name: str
    colour: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """Another customer, as a link shows it."""

    id: int
    identity: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """A customer as the viewer may see it. ``values`` has every field; those in ``masked`` are covered.

    ``unopened`` says why some of these cannot be opened by anybody: there is no key, the person was erased, or what is stored is damaged.
    While ``restricted_at`` is set nothing may be done with the record, for the reason ``restricted_for``.
    ``text`` says a value as people read it: names of places, trades, choices.
    """

    id: int
    uuid: UUID
    code: str
    identity: str
    scheme: str
    kind: str
    name: str
    values: Values
    masked: frozenset[str]
    texts: Mapping[str, tuple[str, str]]
    tags: Sequence[TagRef]
    owner: OwnerRef | None
    parent: CustomerRef | None
    version: int
    created_at: datetime
    updated_at: datetime
    last_activity_at: datetime
    deleted_at: datetime | None
    unopened: Literal["", "sealed", "erased", "damaged"] = ""
    restricted_at: datetime | None = None
    restricted_for: str = ""
    held_for: str = ""

    def text(self, key: str, language: str = "zh") -> str:
        """The value for people; "" where it is empty or unknown."""
        if key in self.texts:
            return self.texts[key][0 if language == "zh" else 1]
        value = self.values.get(key, "")
        return "、".join(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact as the viewer may see it."""

    id: int
    is_primary: bool
    name: str
    role: str
    mobile: str
    phone: str
    email: str
    wechat: str
    masked: frozenset[str]


@dataclass(frozen=True, slots=True)
class IdentifierRow:
    """A number as the viewer may see it; ``issuer`` is the system whose ``own_number`` it is."""

    id: str
    kind: str
    issuer: str
    value: str
    is_masked: bool


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file of a customer."""

    uuid: UUID
    name: str
    media_type: str
    size: int
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """That a purpose holds since a day, or until when it did. ``note`` says where the evidence is."""

    id: int
    purpose: str
    basis: str
    way: str
    given_on: date
    withdrawn_at: datetime | None
    note: str
    actor: str


@dataclass(frozen=True, slots=True)
class Record:
    """Everything about one customer; ``may`` names what the viewer can do with it."""

    row: Row
    contacts: Sequence[ContactRow]
    identifiers: Sequence[IdentifierRow]
    attachments: Sequence[AttachmentRow]
    consents: Sequence[ConsentRow]
    fields: Mapping[str, Field]
    may: frozenset[str]


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A customer in the family tree. ``is_visible`` is false beyond the viewer's reach: only the code is there then."""

    id: int
    identity: str
    name: str
    is_self: bool
    is_visible: bool
    children: Sequence["TreeNode"]
    more: int = 0


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One change of one field; covered values stay covered here too."""

    id: int
    at: datetime
    actor: str
    field: str
    part: str
    title: Mapping[str, str]
    old: str
    new: str
    batch: UUID | None
    batch_kind: str = ""
    batch_title: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items and the cursor of those behind them, "" at the end."""

    items: Sequence[Item]
    next: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer found; ``why`` says by what: code, identifier, phone, name, initials, pinyin, contact."""

    id: int
    identity: str
    code: str
    name: str
    kind: str
    why: str
    owner_name: str
    region: str
    score: int = 0


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A customer that has the same value in ``field``. Beyond the viewer's reach only its code is told."""

    identity: str
    name: str
    field: str
    owner_name: str
    is_visible: bool


@dataclass(frozen=True, slots=True)
class Created:
    """A customer that has its code by the rule ``scheme``; ``is_new`` where this very request has made it."""

    id: int
    uuid: UUID
    identity: str
    code: str
    scheme: str
    is_new: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did: the version it led to and the fields that are others now."""

    version: int
    fields: tuple[str, ...]


class Imported(NamedTuple):
    """What became of one row. ``known``: the key was imported before, and the customer stays as it is."""

    kind: Literal["created", "known", "updated", "unchanged", "rejected"]
    identity: str = ""
    faults: Mapping[str, CodingError] = {}


@dataclass(frozen=True, slots=True)
class BatchRow:
    """Changes made together."""

    uuid: UUID
    kind: str
    title: str
    actor: str
    at: datetime
    count: int
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing did: ``reverted`` fields and customers; ``kept`` were changed since and stay, as (code, field)."""

    reverted: int
    kept: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PreviewChange:
    """One field of one customer before and after a bulk edit."""

    identity: str
    name: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """What a bulk edit would do: of ``count`` customers ``changed`` would change, the first of them in ``changes``."""

    count: int
    changed: int
    changes: Sequence[PreviewChange]
    faults: Mapping[str, CodingError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field that people defined."""

    field: Field
    position: int
    retired_at: datetime | None
    used: int


@dataclass(frozen=True, slots=True)
class RetentionFacts:
    """Which customers a rule of retention reaches (``kind`` "" is both), and what becomes of them: ``bin``, ``erase``."""

    name: str
    kind: str
    months: int
    action: str
    spares_agreed: bool = True


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """A rule of retention, and what its last round did."""

    id: int
    facts: RetentionFacts
    is_on: bool
    last_run_at: datetime | None
    last_count: int


@dataclass(frozen=True, slots=True)
class RetentionPreview:
    """How many customers a rule would reach now, capped, and the first: code, name as the viewer sees it, last activity."""

    count: int
    first: Sequence[tuple[str, str, datetime]]


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A list on its way out as a file."""

    uuid: UUID
    user_id: int
    query: str
    kind: str
    state: str
    expected: int
    done: int
    created_at: datetime

    @property
    def share(self) -> float:
        """How much of it is written, 0 to 1."""
        return min(1.0, self.done / self.expected) if self.expected else 0.0

    @property
    def is_running(self) -> bool:
        """Whether it is still to come."""
        return self.state in ("waiting", "running")
