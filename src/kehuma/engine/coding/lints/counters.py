"""Whether the counter does what its owner expects of it: whose numbers, from when on again, and for how long."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from kehuma.engine.coding.capacity import capacity_of
from kehuma.engine.coding.dates import TOKENS
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.lints.issued import IssuedCodes
from kehuma.engine.coding.lints.lint import Lint
from kehuma.engine.coding.model import Check, Date, Forecast

_YEARS = {"YYYY", "YY", "GGGG", "FYYYY", "FYY"}
# For each token the larger units of which one must be stated too, or its numbers go on at the next same month or day.
_LARGER = {"Q": _YEARS, "MM": _YEARS, "WW": _YEARS, "DD": {"MM"}, "HH": {"DD"}, "mm": {"HH"}, "ss": {"mm"}}
# The tokens of which one must be in the counter key for numbers that begin again every …
_RESETS = {"year": _YEARS, "quarter": {"Q", "MM"}, "month": {"MM"}, "week": {"WW"}, "day": {"DD"}}
# The part of a year for which the finest token of a key lasts.
_LASTS = {"Q": Fraction(1, 4), "MM": Fraction(1, 12), "WW": Fraction(1, 52), "DD": Fraction(1, 365)}
_FINER_THAN_A_DAY = Fraction(1, 365)


def partition_not_readable(codes: IssuedCodes) -> Iterator[Lint]:
    """The counter key names what no code shows, so nobody can tell from a code whose number it is.

    A scheme file that does so is not even loaded; a scheme that was put together in Python may.
    """
    grammar = codes.grammar
    counter = grammar.scheme.serial
    fixed = {segment.name for segment in grammar.segments if not segment.live}
    for name in counter.per if counter else ():
        if name not in fixed:
            yield Lint("partition-not-readable", "error", segment=name)


def reset_without_date(codes: IssuedCodes) -> Iterator[Lint]:
    """Numbers are to begin again every year, and the key lacks the year; or the key has a month without its year."""
    grammar = codes.grammar
    tokens = _key_tokens(grammar)
    reset = grammar.scheme.forecast.reset
    lacks_larger = next((token for token in TOKENS if token in tokens and not _LARGER.get(token, tokens) & tokens), "")
    if reset and (lacks_larger or not _RESETS[reset] & tokens):
        yield Lint("reset-without-date", "error", segment=_serial_name(grammar), facts={"reset": reset})
    elif lacks_larger:
        facts = {"token": lacks_larger}
        yield Lint("reset-without-date", "warning", segment=_serial_name(grammar), variant="-recurs", facts=facts)


def width_below_forecast(codes: IssuedCodes) -> Iterator[Lint]:
    """The numbers of a key run out, or grow longer, before the years of the forecast are over."""
    grammar = codes.grammar
    forecast = grammar.scheme.forecast
    needed = _needed(forecast, _key_tokens(grammar))
    capacity = capacity_of(grammar).per_key
    facts = {"needed": needed, "capacity": capacity, "years": forecast.years}
    counter = grammar.scheme.serial
    if needed > capacity:
        yield Lint("width-below-forecast", "error", segment=_serial_name(grammar), facts=facts)
    elif counter and needed > (len(counter.alphabet) ** counter.width - counter.start) // counter.step:
        facts["capacity"] = (len(counter.alphabet) ** counter.width - counter.start) // counter.step
        yield Lint("width-below-forecast", "notice", segment=counter.name, variant="-grows", facts=facts)


def mod37_2_gapless(codes: IssuedCodes) -> Iterator[Lint]:
    """Numbers without holes were promised, and MOD 37,2 leaves out one in 37."""
    grammar = codes.grammar
    counter = grammar.scheme.serial
    check = next((segment for segment in grammar.segments if isinstance(segment, Check)), None)
    if counter and counter.allocation == "gapless" and check and check.algorithm == "iso7064-mod37-2":
        yield Lint("mod37-2-gapless", "error", segment=check.name)


def _key_tokens(grammar: Grammar) -> set[str]:
    """The units of all dates in the counter key."""
    counter = grammar.scheme.serial
    per = counter.per if counter else ()
    dates = (segment for segment in grammar.segments if isinstance(segment, Date) and segment.name in per)
    return {token for segment in dates for token in segment.tokens}


def _needed(forecast: Forecast, tokens: set[str]) -> int:
    """The codes of one key over its life: a key with its year lasts for its period, any other for all years."""
    period = min((_LASTS.get(token, _FINER_THAN_A_DAY) for token in tokens - _YEARS), default=Fraction(1))
    years = 1 if tokens & _YEARS else forecast.years
    return ceil(forecast.codes_per_key * years * period)


def _serial_name(grammar: Grammar) -> str:
    return grammar.scheme.serial.name if grammar.scheme.serial else ""
