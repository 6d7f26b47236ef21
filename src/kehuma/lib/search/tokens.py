"""The tokens under which a name, a number or a code is found, and the questions that find them.

The first letter of a token says what it is, because all tokens of a record lie in one set:
Han characters in twos (北京, 京衡) and the last one alone, no letter before them; ``i`` three initials in a row;
``p`` two syllables in a row; ``w`` a Latin word or a run of digits in a name; ``r`` a telephone number from its end;
``c`` a code without separators; ``d`` an identifier; ``k`` the same as a name's, but of a contact person.
"""

import re
import string
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from kehuma.engine.cleaning import pinyin
from kehuma.engine.cleaning.names import core_name
from kehuma.lib.search.expressions import All, Any, Expression, Term

_HAN = "\u3007\u3400-\u9fff\U00020000-\U0003ffff"
_RUNS = re.compile(f"[{_HAN}]+|[a-z]+|[0-9]+|[^\\W_{_HAN}a-z0-9]+")
_IS_HAN = re.compile(f"[{_HAN}]")
_NO_SIGN = re.compile(r"[\W_]+")
# Nobody looks a firm up by what stands behind this; hostile names cost no more than long ones.
_LONGEST_NAME = 60
_LONGEST_NUMBER = 40
_MOST_WORDS = 6
_SHORTEST_TAIL = 3
_SHORTEST_IDENTIFIER = 5
_DOMESTIC_MOBILE = 11
# What stands behind two initials in a token of three. To name all of them is four times as fast as to ask for what
# begins so (0.9 instead of 3.5 ms at a million): a store reads whole terms as far as it needs, of a beginning all.
_NEXT_INITIALS = string.ascii_lowercase + string.digits


def tokens_of_name(name: str) -> set[str]:
    """Of the name of a record."""
    plain = _plain(core_name(name))[:_LONGEST_NAME]
    found: set[str] = set()
    readings: list[tuple[str, ...]] = []
    for run in _RUNS.findall(plain):
        if _IS_HAN.match(run):
            found.update([first + second for first, second in pairwise(run)])
            found.add(run[-1])
            readings += [pinyin.readings(character) for character in run]
        else:
            found.add("w" + run)
            readings.append((run,))
    spoken = [reading for reading in readings if reading]
    _add_initials(found, [_letters(reading) for reading in spoken])
    _add_syllables(found, spoken)
    return found


def tokens_of_contact(name: str) -> set[str]:
    """Of a person at a record: kept apart, since not everybody may find people."""
    run = _NO_SIGN.sub("", _plain(name))[:_LONGEST_NAME]
    return {"k" + run} if run else set()


def token_of_phone(digits: str) -> str:
    """Of a number as it is dialled, so that its end finds it."""
    return "r" + digits[:_LONGEST_NUMBER][::-1]


def token_of_code(loose: str) -> str:
    """Of a code without its separators."""
    return "c" + _NO_SIGN.sub("", loose.lower())[:_LONGEST_NUMBER]


def token_of_identifier(normal: str) -> str:
    """Of a number that an authority or another system gave out."""
    return "d" + _NO_SIGN.sub("", _plain(normal))[:_LONGEST_NUMBER]


def token_of_owner(owner: int | None) -> str:
    """Of the person whose record it is; 0 is nobody."""
    return f"o{owner or 0}"


def question(text: str, *, sees_people: bool, sees_names: bool | None = None) -> Expression | None:
    """What a person typed, as an expression; None where nothing in it can be looked for.

    Without ``sees_people`` telephone numbers are found only whole, without ``sees_names`` (the same where it is not
    given) contact persons not at all.
    """
    words = _plain(text).split()[:_MOST_WORDS]
    names = sees_people if sees_names is None else sees_names
    known = (_word(word[:_LONGEST_NAME], sees_people=sees_people, sees_names=names) for word in words)
    parts = [part for part in known if part]
    return All(parts) if parts else None


def initials_hold(name: str, typed: str) -> bool:
    """Whether the typed letters are initials that stand side by side in the name, in any reading."""
    known = [{one[0] for one in reading} for reading in _readings(name)]
    return any(
        all(letter in letters for letter, letters in zip(typed, known[start:], strict=False))
        for start in range(len(known) - len(typed) + 1)
    )


def _readings(name: str) -> Iterator[tuple[str, ...]]:
    for run in _RUNS.findall(_plain(core_name(name))[:_LONGEST_NAME]):
        if _IS_HAN.match(run):
            yield from (reading for character in run if (reading := pinyin.readings(character)))
        else:
            yield (run,)


def _plain(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


@lru_cache(10_000)
def _letters(reading: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one[0] for one in reading))


def _add_initials(found: set[str], letters: Sequence[tuple[str, ...]]) -> None:
    chosen = "".join([one[0] for one in letters])
    found.update(["i" + chosen[start : start + 3] for start in range(len(chosen))])
    if not chosen.isascii():
        found.update("i" + chosen[at - 2 : at] for at in range(2, len(chosen)) if chosen[at] not in _NEXT_INITIALS)
    for place, others in enumerate(letters):
        # Most characters have one reading: a million names are made of ten million characters.
        for other in others[1:] if len(others) > 1 else ():
            # One heteronym at a time: two in three characters in a row are rare, and cost every name.
            odd = chosen[:place] + other + chosen[place + 1 :]
            found.update("i" + odd[start : start + 3] for start in range(max(0, place - 2), place + 1))


def _add_syllables(found: set[str], readings: Sequence[tuple[str, ...]]) -> None:
    for left, right in pairwise(readings):
        found.add("p" + left[0] + right[0])
        if len(left) > 1:
            found.update("p" + other + right[0] for other in left[1:])
        if len(right) > 1:
            found.update("p" + left[0] + other for other in right[1:])
    if readings:
        found.update("p" + one for one in readings[-1])


def _word(word: str, *, sees_people: bool, sees_names: bool) -> Expression | None:
    compact = _NO_SIGN.sub("", word)
    if not compact:
        return None
    if compact.isascii():
        choices = _ascii(compact, sees_people=sees_people, sees_names=sees_names)
        return Any(choices) if choices else None
    runs = _RUNS.findall(_plain(core_name(word)))
    parts: list[Expression] = []
    for run in runs:
        parts += _han(run) if _IS_HAN.match(run) else [Term("w" + run, prefix=True)]
    if not parts:
        return None
    name: Expression = All(parts)
    return Any((name, Term("k" + compact, prefix=True))) if sees_names else name


def _han(run: str) -> list[Expression]:
    if len(run) == 1:
        return [Term(run, prefix=True)]
    return [Term(first + second) for first, second in pairwise(run)]


def _ascii(compact: str, *, sees_people: bool, sees_names: bool) -> list[Expression]:
    choices: list[Expression] = [Term("c" + compact)]
    if len(compact) >= _SHORTEST_IDENTIFIER:
        choices.append(Term("d" + compact, prefix=sees_people))
    if compact.isdigit():
        return [*choices, Term("w" + compact, prefix=True), *_phone(compact, sees_people=sees_people)]
    if not compact.isalpha():
        return [*choices, *([Term("k" + compact, prefix=True)] if sees_names else [])]
    choices.append(Term("w" + compact, prefix=True))
    if len(compact) > 1:
        choices.append(_initials(compact))
    choices += [part for syllables in pinyin.splits(compact) if (part := _syllables(syllables))]
    return [*choices, Term("k" + compact, prefix=True)] if sees_names else choices


def _phone(digits: str, *, sees_people: bool) -> list[Expression]:
    if not sees_people:
        return [Term(token_of_phone(digits))] if len(digits) >= _DOMESTIC_MOBILE else []
    return [Term(token_of_phone(digits), prefix=True)] if len(digits) >= _SHORTEST_TAIL else []


def _initials(letters: str) -> Expression:
    if len(letters) < 3:
        return Any([Term("i" + letters + following) for following in ("", *_NEXT_INITIALS)])
    return All([Term("i" + letters[start : start + 3]) for start in range(len(letters) - 2)])


def _syllables(syllables: Sequence[str]) -> Expression | None:
    if len(syllables) == 1:
        return _syllable(syllables[0])
    pairs = [Term("p" + first + second) for first, second in pairwise(syllables[:-1])]
    last = [Term("p" + syllables[-2] + syllable) for syllable in pinyin.completions(syllables[-1])]
    return All([*pairs, Any(last)])


def _syllable(letters: str) -> Expression | None:
    """One syllable: it begins a pair or stands last. What may become many syllables yet is no question."""
    if len(letters) > 1 and letters in pinyin.completions(letters):
        return Any([Term("p" + letters + following) for following in ("", *pinyin.completions(""))])
    return Term("p" + letters, prefix=True) if len(letters) > 2 else None
