"""Characters that people take for one another: two codes that differ in nothing else, and letters among digits."""

from collections.abc import Iterator
from functools import cache

from kehuma.engine.coding.language import Language, concatenation, looped, words
from kehuma.engine.coding.lints.issued import IssuedCodes
from kehuma.engine.coding.lints.lint import Lint
from kehuma.engine.coding.model import DIGITS

_PAIRS = ("O0", "I1", "L1")
# Small letters, where a scheme keeps them.
_PAIRS_WITH_CASE = (*_PAIRS, "l1", "lI", "o0", "oO")
_LIKE_DIGITS, _EXPONENT = "OIL", "E"
_PRINTABLE = "".join(chr(code) for code in range(ord(" "), ord("~") + 1))


def look_alikes(codes: IssuedCodes) -> Iterator[Lint]:
    """Codes that are mistaken for one another, and letters that are read as part of a number."""
    # A check character tells two such codes apart as soon as one of them is typed.
    if codes.grammar.algorithm is None:
        if twins := _twins(codes):
            yield Lint("look-alikes", "warning", example=twins[0], facts={"other": twins[1]})
        if example := _among_digits(codes, _LIKE_DIGITS):
            yield Lint("look-alikes", "warning", example=example, variant="-among-digits")
    if example := _among_digits(codes, _EXPONENT):
        yield Lint("look-alikes", "notice", example=example, variant="-exponent")


def _among_digits(codes: IssuedCodes, letters: str) -> str:
    characters = codes.form.characters
    return codes.witness(_between_digits(letters)) if characters & set(letters) and characters & set(DIGITS) else ""


@cache
def _between_digits(letters: str) -> Language:
    anything = looped(_PRINTABLE, _PRINTABLE, _PRINTABLE)
    return concatenation([anything, words(DIGITS), words(letters), words(DIGITS), anything], frozenset({0, 4}))


def _twins(codes: IssuedCodes) -> tuple[str, str] | None:
    """Two codes that are one when each look-alike is replaced by the other; the shortest such two."""
    form = codes.form
    pairs = _PAIRS_WITH_CASE if codes.grammar.scheme.case_sensitive else _PAIRS
    both = [pair for pair in pairs if set(pair) <= form.characters]
    swaps = [(pair[i], pair[1 - i]) for pair in both for i in (0, 1)]
    if not swaps:
        return None
    # A state is where each of the two stands and whether they differ yet; the walk is breadth first.
    origins: dict[tuple[int, int, bool], tuple[str, str]] = {(0, 0, False): ("", "")}
    waiting = list(origins)
    for here, there, differ in waiting:  # grows while it is walked
        first, second = origins[here, there, differ]
        if differ and here in form.accepting and there in form.accepting:
            return first, second
        equal = [(character, character) for character in form.steps[here].keys() & form.steps[there].keys()]
        for a, b in (*sorted(equal), *swaps):
            if a in form.steps[here] and b in form.steps[there]:
                reached = (form.steps[here][a], form.steps[there][b], differ or a != b)
                if reached not in origins:
                    origins[reached] = (first + a, second + b)
                    waiting.append(reached)
    return None
