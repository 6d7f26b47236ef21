"""What comes back from the API, and what goes there, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypedDict
from uuid import uuid4

Answer = dict[str, Any]
State = Literal["retire", "void", "reinstate", "supersede", "merge"]


class Fault(TypedDict):
    """What is wrong with one part of a request."""

    field: str
    reason: str
    remedy: str | None


class ApiError(Exception):
    """The server refused; ``problem`` is its whole answer, ``reference`` what its log says more under."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status, self.problem = status, dict(problem)
        self.kind = str(problem.get("type", "")).rpartition(":")[2]
        self.reference = str(problem.get("instance", ""))
        self.faults: list[Fault] = list(problem.get("errors") or ())
        told = "; ".join(f"{one['field']}: {one['reason']}" for one in self.faults)
        detail = str(problem.get("detail") or problem.get("title") or status)
        super().__init__(f"{status} {detail}" + (f" ({told})" if told else ""))


class NotAllowed(ApiError):
    """The key is none, or lacks the right (401, 403)."""


class NotFound(ApiError):
    """There is nothing, or nothing within the key's reach (404)."""

    @property
    def suggestions(self) -> list[str]:
        """The codes that may have been meant, the likeliest first."""
        return [str(one["code"]) for one in self.problem.get("suggestions", ())]


class Conflict(ApiError):
    """What is there does not allow it: the request key was used for other facts, the record was changed (409, 412)."""


class Invalid(ApiError):
    """Something in the request is wrong; ``faults`` say what (400, 413, 415, 422, 428)."""


class Lost(Exception):
    """No answer came, however often it was asked for. Ask once more with the same request key."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was given out; ``is_new`` is false where this request key had it already."""

    code: str
    state: str
    scheme: str
    version: int
    serial: int | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class Order:
    """What a code is asked for; ``key`` is the request key, made by the client where it is missing."""

    scheme: str
    facts: Mapping[str, str | int | None] = field(default_factory=dict)
    parent: str | None = None
    at: date | None = None
    key: str = field(default_factory=lambda: str(uuid4()))

    def as_json(self) -> Answer:
        """As the API takes it."""
        told: Answer = {"scheme": self.scheme, "facts": dict(self.facts), "key": self.key}
        if self.parent is not None:
            told["parent"] = self.parent
        if self.at is not None:
            told["at"] = moment(self.at)
        return told


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of many orders: a code, or why there is none."""

    key: str
    code: Code | None
    error: ApiError | None


def moment(at: date) -> str:
    """A time as the API takes it; ValueError for one without a zone."""
    if isinstance(at, datetime) and at.tzinfo is None:
        raise ValueError("a time without a zone means something else on every machine")
    return at.isoformat()
