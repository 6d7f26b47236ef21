"""Codes that have been read: as tinted text, as a table of their parts, and for machines."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import Any

from kehuma.cli import output
from kehuma.cli.output import Cell, Tinted
from kehuma.cli.texts import in_words, say
from kehuma.engine.coding.errors import CodingError, ReadError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Check, Literal, Parent, Random, Reserved, Segment, Serial
from kehuma.engine.coding.reading import Reading, SegmentReading

_DESCRIBING = ("bold blue", "bold yellow", "bold green", "bold cyan")


def tinted(reading: Reading) -> Tinted:
    """The code with each segment in a colour of its own."""
    colours = colours_of(reading.grammar)
    texts = {segment.name: segment.text for segment in reading.segments}
    shown = {item.group for item in reading.grammar.items if getattr(item.part, "name", "") in texts}
    pieces = []
    for item in reading.grammar.items:
        if isinstance(item.part, Literal):
            if item.group is None or item.group in shown:
                pieces.append((item.part.text, "dim"))
        else:
            pieces.append((texts.get(item.part.name, ""), colours[item.part.name]))
    found = Tinted(tuple(pieces))
    return found if str(found) == reading.code else Tinted(((reading.code, "bold"),))


def tinted_code(grammar: Grammar, code: str) -> Tinted:
    """As ``tinted``, for a code that may be one of another version."""
    try:
        return tinted(grammar.read(code))
    except ReadError:
        return Tinted(((code, "bold"),))


def colours_of(grammar: Grammar) -> Mapping[str, str]:
    """The colour of each segment: what describes a customer takes turns, numbers and check characters have their own."""
    turns = cycle(_DESCRIBING)
    return {segment.name: _colour(segment) or next(turns) for segment in grammar.segments}


def show(reading: Reading) -> None:
    """The code and, below it, what each part of it means."""
    output.line(tinted(reading))
    parts_table(reading.segments, colours=colours_of(reading.grammar), literals=reading.literals)
    for flag in reading.flags:
        output.line(say(f"flag-{flag}"), "yellow")
    say_normalised(reading.normalised)


def parts_table(
    segments: Iterable[SegmentReading],
    *,
    colours: Mapping[str, str],
    literals: Iterable[SegmentReading] = (),
) -> None:
    """What the segments of a code mean."""
    rows: list[list[Cell]] = [[say("literal"), part.text, in_words(part.zh, part.en)] for part in literals]
    for part in segments:
        tint = Tinted(((part.text, colours.get(part.name, "bold")),))
        rows.append([part.name, tint, in_words(part.zh, part.en)])
    output.table([say("column-segment"), say("column-text"), say("column-meaning")], rows)


def say_normalised(notes: Sequence[str]) -> None:
    """What had to be mended before the text could be read."""
    if notes:
        output.line(say("normalised", how=[say(f"normalised-{note}") for note in notes]), "dim")


def refusal_as_json(error: CodingError) -> dict[str, Any]:
    """Why there is no answer, for machines; places count from 1, as in the sentence."""
    told: dict[str, Any] = {"message": error.message, "zh": error.say("zh"), "en": error.say("en")}
    if isinstance(error, ReadError):
        told["position"] = error.position + 1
    readings = error.facts.get("readings")
    return {"error": told, "readings": list(readings) if isinstance(readings, (list, tuple)) else []}


def _colour(segment: Segment) -> str:
    match segment:
        case Serial():
            return "bold"
        case Check():
            return "bold magenta"
        case Parent():
            return "bold cyan"
        case Random() | Reserved():
            return "dim"
        case _:
            return ""
