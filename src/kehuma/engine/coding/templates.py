"""What is fixed in the codes of one snapshot, and where the number and the check character go."""

from dataclasses import dataclass

from kehuma.engine.coding.columns import Band
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Check, Serial
from kehuma.engine.coding.snapshots import Snapshot

# Stand for the number and the check character; neither can be part of a code.
_NUMBER, _CHECK = "\0", "\1"


@dataclass(frozen=True, slots=True)
class Form:
    """Where the number and the check character (-1: there is none) stand in a text of ``length``."""

    length: int
    number_at: int
    check_at: int


@dataclass(frozen=True, slots=True)
class Layout:
    """What snapshots must share to be written together. ``right``: how much checked text stands behind the number."""

    band: Band
    right: int
    code: Form
    identity: Form


@dataclass(frozen=True, slots=True)
class Template:
    """The fixed bytes of the code and of its identity form. ``constant`` is what they add to the sum of the check."""

    layout: Layout
    code: bytes
    identity: bytes
    constant: int
    is_too_long: bool


def template_of(grammar: Grammar, snapshot: Snapshot, band: Band) -> Template:
    """The template for numbers of one band."""
    texts = [
        _NUMBER * band.width if isinstance(segment, Serial) else _CHECK if isinstance(segment, Check) else text
        for segment, text in zip(grammar.segments, snapshot.texts, strict=True)
    ]
    code, identity = grammar.code_of(texts), grammar.identity_of(texts)
    right, constant = _checked(grammar, texts)
    most = grammar.scheme.max_length
    return Template(
        Layout(band, right, _form(code), _form(identity)),
        code.encode(),
        identity.encode(),
        constant,
        len(code) > most or len(identity) + grammar.live_most > most,
    )


def _form(text: str) -> Form:
    return Form(len(text), text.find(_NUMBER), text.find(_CHECK))


def _checked(grammar: Grammar, texts: list[str]) -> tuple[int, int]:
    """The checked characters behind the number, and the sum of all that are not of the number."""
    algorithm = grammar.algorithm
    if algorithm is None:
        return 0, 0
    text = grammar.checked_text(texts)
    last = len(text) - 1
    fixed = ((character, last - place) for place, character in enumerate(text) if character != _NUMBER)
    return last - text.rindex(_NUMBER), sum(algorithm.contribution(*place) for place in fixed) % algorithm.modulus
