"""What may come in, as types that the operations share."""

from datetime import datetime, time
from typing import Annotated, Any
from uuid import uuid4

from django.utils import timezone
from ninja import Header, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from kehuma.api.problems import fault, invalid

_LONGEST_FACT = 500
_LONGEST_KEY = 200


class Strict(BaseModel):
    """A body in which a misspelt member is told instead of being passed over.

    Not ninja's ``Schema``, which asks each object for its members as if it might be a row of the store.
    """

    model_config = ConfigDict(extra="forbid", strict=True)


def _fact(value: object) -> object:
    is_fact = value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    if not is_fact or len(str(value)) > _LONGEST_FACT:
        raise PydanticCustomError("fact", "a text or a whole number")
    return value


Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Source = Annotated[str, StringConstraints(min_length=1, max_length=200_000)]
Fact = Annotated[
    Any,
    AfterValidator(_fact),
    WithJsonSchema({"type": ["string", "integer", "null"], "maxLength": _LONGEST_FACT}),
]
Facts = Annotated[dict[str, Fact], Field(max_length=100)]
Moment = Annotated[str, StringConstraints(max_length=40), Field(description="2026-11-22, 2026-11-22T08:30:00+08:00")]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most")]
CursorText = Annotated[str, Query(max_length=500, description="`next` of the page before")]
FieldNames = Annotated[str, Query(max_length=2000, description="Members of the answer, with commas between")]
Word = Annotated[str, Query(max_length=100)]
RequestKey = Annotated[
    str | None,
    Header(
        None, alias="Idempotency-Key", description="1–200 visible ASCII characters; made for you where it is missing"
    ),
]


def request_key(given: str | None, field: str = "Idempotency-Key") -> str:
    """The caller's request key, or a new one; Problem. Quotes around it, as the draft of the header has them, fall."""
    if given is None or not given.strip():
        return str(uuid4())
    key = given.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not key or len(key) > _LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise invalid(fault(field, "request-key"))
    return key


def moment(text: str | None, field: str = "at") -> datetime | None:
    """A date or a time as an aware moment; one without a zone is local. Problem."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text.strip())
        if len(text.strip()) == len("2026-11-22"):
            found = datetime.combine(found, time(12))
        aware = timezone.make_aware(found) if timezone.is_naive(found) else found
        # The first and the last day of the calendar are in no other zone.
        timezone.localtime(aware)
    except (ValueError, OverflowError):
        raise invalid(fault(field, "moment")) from None
    return aware
