"""From facts to the written symbols that a code freezes: the snapshot at issue."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from kehuma.engine.coding import dates
from kehuma.engine.coding.dictionaries import AmbiguousValue, UnknownValue
from kehuma.engine.coding.errors import WriteError
from kehuma.engine.coding.initials import initials
from kehuma.engine.coding.model import Date, Initials, Lookup, Reserved, Scheme, Segment, Text

# The attributes that people hand in are names, numbers and addresses; what is longer than this is a mistake.
_LONGEST_VALUE = 500


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The text of each segment in order, "" for those that are only known at issue (serial, check, random).

    ``counter_key`` names the counter: ``region=BJ industry=IT``, "" for the one counter of the scheme.
    """

    texts: tuple[str, ...]
    counter_key: str


def fact_of(segment: Segment, facts: Mapping[str, object]) -> str:
    """The attribute of a segment as trimmed NFKC text, "" where it is missing."""
    value = facts.get(getattr(segment, "attribute", None) or "")
    if value is None:
        return ""
    if isinstance(value, (date, datetime)):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    # Python refuses to write integers of more than 4,300 digits.
    text = "" if (is_huge := isinstance(value, int) and abs(value) >= 10**_LONGEST_VALUE) else str(value)
    if is_huge or len(text) > _LONGEST_VALUE:
        raise WriteError("value-too-long", segment=segment.name, value=value, most=_LONGEST_VALUE)
    return unicodedata.normalize("NFKC", text).strip()


def text_of(segment: Segment, facts: Mapping[str, object], *, scheme: Scheme, at: datetime | None) -> str:
    """What a segment writes for these facts; "" for serial, check, random and parent. WriteError when it cannot."""
    if segment.live and _is_left_out(segment, facts):
        return ""
    match segment:
        case Lookup():
            return _symbol(segment, fact_of(segment, facts))
        case Text():
            return _fitted(segment, fact_of(segment, facts), case_sensitive=scheme.case_sensitive)
        case Initials():
            return _initials(segment, fact_of(segment, facts))
        case Date():
            return _dated(segment, facts, scheme=scheme, at=at)
        case Reserved():
            return segment.fill
        case _:
            return ""


def _is_left_out(segment: Segment, facts: Mapping[str, object]) -> bool:
    """Whether a live part has neither a value nor a default: the code is then shown without it."""
    has_attribute = bool(getattr(segment, "attribute", None))
    return has_attribute and getattr(segment, "default", None) is None and not fact_of(segment, facts)


def _symbol(segment: Lookup, value: str) -> str:
    if not value:
        if segment.default is None:
            raise WriteError("value-missing", segment=segment.name, value=value, attribute=segment.attribute)
        return segment.default
    try:
        return segment.dictionary.find(value).symbol
    except AmbiguousValue as error:
        raise WriteError("value-ambiguous", segment=segment.name, value=value, nearest=error.hits) from None
    except UnknownValue as error:
        if segment.unknown == "default" and segment.default is not None:
            return segment.default
        raise WriteError("value-unknown", segment=segment.name, value=value, nearest=error.nearest) from None


def _fitted(segment: Text, value: str, *, case_sensitive: bool) -> str:
    if not value:
        raise WriteError("value-missing", segment=segment.name, value=value, attribute=segment.attribute)
    text = value.lower() if segment.case == "lower" else value
    text = text.upper() if segment.case == "upper" or not case_sensitive else text
    if segment.take:
        text = text[: segment.take] if segment.take > 0 else text[segment.take :]
    if segment.pad:
        text = text.rjust(segment.width, segment.pad)
    if segment.width and len(text) != segment.width:
        raise WriteError("value-width", segment=segment.name, value=value, width=segment.width)
    wrong = next((character for character in text if character not in segment.alphabet), None)
    if wrong is not None:
        raise WriteError("value-characters", segment=segment.name, value=value, character=wrong)
    return text


def _initials(segment: Initials, name: str) -> str:
    letters = initials(name, drop=segment.drop, alphabet=segment.alphabet) if name else ""
    letters = letters[: segment.width] if segment.width else letters
    if letters:
        return letters
    if segment.default is None:
        raise WriteError("value-initials", segment=segment.name, value=name, attribute=segment.attribute)
    return segment.default


def _dated(segment: Date, facts: Mapping[str, object], *, scheme: Scheme, at: datetime | None) -> str:
    moment = _moment(segment, facts, at)
    try:
        if isinstance(moment, datetime) and moment.tzinfo is not None:
            moment = moment.astimezone(ZoneInfo(scheme.time_zone))
        return dates.written(segment.tokens, moment, fiscal_start=segment.fiscal_start)
    except (OverflowError, ValueError):
        # The first and last hours of the calendar have no equal in some time zones, its last fiscal year no name.
        raise WriteError("date-unreadable", segment=segment.name, value=moment) from None


def _moment(segment: Date, facts: Mapping[str, object], at: datetime | None) -> date:
    if segment.attribute is None:
        if at is None:
            raise WriteError("date-missing", segment=segment.name, value="", attribute="at")
        return at
    value = facts.get(segment.attribute)
    if isinstance(value, date):
        return value
    text = fact_of(segment, facts)
    if not text:
        raise WriteError("date-missing", segment=segment.name, value="", attribute=segment.attribute)
    moment = dates.parsed(text)
    if moment is None:
        raise WriteError("date-unreadable", segment=segment.name, value=text)
    return moment
