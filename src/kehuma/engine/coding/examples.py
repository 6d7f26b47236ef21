"""The examples inside a scheme file, run: each code is written from its facts and read back, each non-code refused.

>>> from kehuma.engine.coding.grammar import compile_scheme
>>> from kehuma.engine.coding.scheme_file import load_scheme
>>> grammar = compile_scheme(load_scheme('''
... kehuma = 1
... name = "order"
... template = "SO-{serial:4}"
... examples = [{ serial = 7, code = "SO-0007" }, { serial = 8, code = "SO-0009" }, { not_a_code = "SO-1" }]
... '''))
>>> [(failure.number, failure.say("en")) for failure in failures(grammar)]
[(2, 'example 2, "SO-0009": the scheme writes "SO-0008"')]
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kehuma.engine.coding.dictionaries import AmbiguousValue, UnknownValue
from kehuma.engine.coding.errors import CodingError, Language, ReadError, WriteError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Example, Lookup
from kehuma.engine.coding.reading import Reading


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that does not hold: its number in the file from 1, its text, and why."""

    number: int
    text: str
    reason: CodingError

    def say(self, language: Language) -> str:
        """The failure as one sentence."""
        # A fact is cut short when it is long; the reason is the one thing here that must not be.
        return CodingError("example-fails", number=self.number, text=self.text).say(language) + self.reason.say(
            language
        )


def failures(grammar: Grammar) -> tuple[Failure, ...]:
    """The examples that do not hold, each with its first reason."""
    found = []
    for number, example in enumerate(grammar.scheme.examples, 1):
        reason = _fault(grammar, example)
        if reason is not None:
            found.append(Failure(number, example.code or example.not_a_code or "", reason))
    return tuple(found)


def as_it_is_now(grammar: Grammar, example: Example) -> Example | None:
    r"""The example as the scheme has it: the code that its facts write, with those meanings that still hold.

    A text without facts changes sides: it is a code now, or is none any more. None where the facts write nothing.

    >>> from kehuma.engine.coding.grammar import compile_scheme
    >>> from kehuma.engine.coding.scheme_file import load_scheme
    >>> wider = compile_scheme(load_scheme('kehuma = 1\nname = "order"\ntemplate = "SO-{serial:5}"'))
    >>> as_it_is_now(wider, Example(serial=7, code="SO-0007")).code
    'SO-00007'
    >>> as_it_is_now(wider, Example(code="SO-0007")).not_a_code
    'SO-0007'
    """
    if _fault(grammar, example) is None:
        return example
    if example.code is None:
        return Example(code=example.not_a_code)
    try:
        code = _written(grammar, example) if _has_facts(example) else example.code
        reading = grammar.read(code)
    except WriteError:
        return None
    except ReadError:
        return Example(not_a_code=example.code)
    meaning = {name: value for name, value in example.meaning.items() if _means(reading, name, str(value))}
    return replace(example, code=code, meaning=meaning)


def _fault(grammar: Grammar, example: Example) -> CodingError | None:
    if example.code is None:
        return _accepted(grammar, example.not_a_code or "")
    try:
        if _has_facts(example) and (code := _written(grammar, example)) != example.code:
            return CodingError("example-writes", code=code)
        return _misunderstood(grammar.read(example.code), example)
    except (ReadError, WriteError) as error:
        return error


def _has_facts(example: Example) -> bool:
    return bool(example.given or example.parent or example.at or example.random or example.serial is not None)


def _written(grammar: Grammar, example: Example) -> str:
    snapshot = grammar.snapshot(example.given, at=example.at, parent=example.parent)
    return grammar.write(snapshot, serial=example.serial, random=example.random).code


def _accepted(grammar: Grammar, text: str) -> CodingError | None:
    try:
        reading = grammar.read(text)
    except ReadError:
        return None
    return CodingError("example-is-a-code", code=reading.code)


def _misunderstood(reading: Reading, example: Example) -> CodingError | None:
    for name, value in example.meaning.items():
        if not _means(reading, name, str(value)):
            said = tuple(f"{part.name}={part.en or part.text}" for part in (*reading.segments, *reading.literals))
            return CodingError("example-meaning", segment=name, value=value, found=said)
    return None


def _means(reading: Reading, name: str, value: str) -> bool:
    """Whether a part says the value: its text, its name in either language, its number, or what its dictionary finds."""
    wanted = value.casefold()
    for part in (*reading.segments, *reading.literals):
        if part.name == name and wanted in {str(said).casefold() for said in (part.text, part.zh, part.en, part.value)}:
            return True
    return any(_finds(segment, value, text) for segment, text in _named(reading, name))


def _named(reading: Reading, name: str) -> Iterator[tuple[object, str]]:
    pairs = zip(reading.grammar.segments, reading.texts, strict=True)
    return ((segment, text) for segment, text in pairs if segment.name == name)


def _finds(segment: object, value: str, text: str) -> bool:
    if not isinstance(segment, Lookup):
        return False
    try:
        return segment.dictionary.find(value).symbol == text
    except (AmbiguousValue, UnknownValue):
        return False
