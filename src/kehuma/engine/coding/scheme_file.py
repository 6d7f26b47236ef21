r"""From the text of a scheme file to a scheme; every fault names its place in the file.

>>> scheme = load_scheme('kehuma = 1\nname = "order"\ntemplate = "SO-{serial:6}"')
>>> scheme.serial.width
6
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from kehuma.engine.coding.dates import parsed
from kehuma.engine.coding.dictionaries import Dictionary, builtin
from kehuma.engine.coding.errors import SchemeError
from kehuma.engine.coding.layout import literal_pieces
from kehuma.engine.coding.model import (
    SEPARATORS,
    Check,
    Example,
    Forecast,
    Literal,
    Parent,
    Part,
    Scheme,
    Serial,
)
from kehuma.engine.coding.options import Options
from kehuma.engine.coding.segments import KINDS, Placeholder, completed, segment

FORMAT: Final = 1
_LONGEST_FILE = 1_000_000
_LONGEST_CODE = 200
# The names in a template may be long, its characters are few; more are refused before they are taken apart.
_LONGEST_TEMPLATE = 50 * _LONGEST_CODE
# tomllib takes time with the square of a key's parts: a file of one dotted key would keep it busy for hours.
_STRINGS = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:""")?|"(?:[^"\\\n]++|\\.)*+"?'
    r"|'''(?:[^']++|'(?!''))*+(?:''')?|'[^'\n]*+'?|#[^\n]*+",
    re.DOTALL,
)
_DOTTED = re.compile(r"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){16}")
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_SUBJECT = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def load_scheme(text: str, *, dictionaries: Callable[[str], Dictionary] = builtin) -> Scheme:
    """The scheme that a file states; ``dictionaries`` gives the one of a name. SchemeError names the place."""
    if len(text) > _LONGEST_FILE:
        raise SchemeError("file-too-long", where="", most=_LONGEST_FILE)
    if _DOTTED.search(_STRINGS.sub("s", text)):
        raise SchemeError("dotted-key", where="")
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise SchemeError("toml", where="", reason=str(error)) from None
    return _scheme(Options(table, ""), dictionaries)


def _scheme(options: Options, dictionaries: Callable[[str], Dictionary]) -> Scheme:
    if (number := options.take("kehuma", int, 0)) != FORMAT:
        raise SchemeError("format-number", where="kehuma", found=number, wanted=FORMAT)
    name = options.take("name", str)
    if not _NAME.fullmatch(name):
        raise SchemeError("scheme-name", where="name", value=name)
    template = options.take("template", str)
    if len(template) > _LONGEST_TEMPLATE:
        raise SchemeError("file-too-long", where="template", most=_LONGEST_TEMPLATE)
    case_sensitive = options.choice("case", ("insensitive", "sensitive"), "insensitive") == "sensitive"
    parts = _parts(template, options, dictionaries, case_sensitive=case_sensitive)
    scheme = Scheme(
        name=name,
        parts=parts,
        template=template,
        title=options.title("title"),
        subject=_matching(options, "subject", "customer", _SUBJECT),
        effective=options.take("effective", date, None),
        time_zone=options.time_zone("time_zone", "Asia/Shanghai"),
        max_length=options.number("max_length", 40, least=1, most=_LONGEST_CODE),
        case_sensitive=case_sensitive,
        separators_required=options.choice("separators", ("optional", "required"), "optional") == "required",
        overlaps=options.names("overlaps"),
        forecast=_forecast(options.table("forecast")),
        examples=tuple(_example(example) for example in options.tables("examples")),
    )
    options.refuse_rest()
    return scheme


def _forecast(options: Options) -> Forecast:
    forecast = Forecast(
        codes_per_key=options.number("codes_per_key", 0, least=0, most=10**12),
        years=options.number("years", 10, least=1, most=100),
        reset=options.choice("reset", ("", "year", "quarter", "month", "week", "day"), ""),
    )
    options.refuse_rest()
    return forecast


def _matching(options: Options, key: str, default: str, pattern: re.Pattern[str]) -> str:
    value: str = options.take(key, str, default)
    if not pattern.fullmatch(value):
        raise SchemeError("scheme-name", where=key, value=value)
    return value


def _parts(
    template: str, options: Options, dictionaries: Callable[[str], Dictionary], *, case_sensitive: bool
) -> tuple[Part, ...]:
    literals, tables = _Literals(options.table("literals"), case_sensitive=case_sensitive), options.table("segments")
    parts: list[Part] = []
    literal = ""
    for match in _PLACEHOLDER.finditer(template):
        token = match[0]
        if token in ("{", "}"):
            raise SchemeError("lone-brace", where="template", place=match.start() + 1)
        if match[1] is None:
            literal += {"{{": "{", "}}": "}"}.get(token, token)
            continue
        parts += literals.of(literal)
        literal = ""
        name, _, width = match[1].partition(":")
        if name not in KINDS and not tables.has(name):
            raise SchemeError("placeholder-unknown", where="template", name=name, place=match.start() + 1)
        parts.append(segment(Placeholder(name, width, tables.table(name), dictionaries, case_sensitive)))
    parts += literals.of(literal)
    literals.refuse_rest()
    tables.refuse_rest("segment-not-in-template")
    _checked(parts)
    return completed(parts)


class _Literals:
    """The fixed texts of a template, each with the title that ``[literals]`` gives it wherever it stands."""

    def __init__(self, titles: Options, *, case_sensitive: bool) -> None:
        self._case_sensitive, self._titles, self._unused = case_sensitive, {}, {}
        for key in titles.names_left:
            # "V-" and "V" are one text to its author; codes show it as "V".
            piece = self._written(key.strip(SEPARATORS) or key)
            self._titles[piece], self._unused[piece] = titles.title(key), titles.place(key)

    def of(self, text: str) -> list[Part]:
        """The pieces of a fixed text; SchemeError where it is not printable ASCII."""
        if not all(" " <= character <= "~" for character in text):
            raise SchemeError("not-ascii-symbol", where="template", value=text)
        return [self._literal(self._written(piece)) for piece in literal_pieces(text)]

    def refuse_rest(self) -> None:
        """SchemeError for the first title whose text is not in the template."""
        for piece, where in self._unused.items():
            raise SchemeError("literal-not-in-template", where=where, name=piece)

    def _literal(self, piece: str) -> Literal:
        self._unused.pop(piece, None)
        return Literal(piece, self._titles.get(piece))

    def _written(self, piece: str) -> str:
        return piece if self._case_sensitive else piece.upper()


def _checked(parts: list[Part]) -> None:
    names = [part.name for part in parts if not isinstance(part, Literal)]
    for kind in (Serial, Check, Parent):
        several = [part.name for part in parts if isinstance(part, kind)]
        if len(several) > 1:
            raise SchemeError("one-at-most", where="template", names=several)
    if not names:
        raise SchemeError("no-segment", where="template")
    twice = next((name for name, times in Counter(names).items() if times > 1), None)
    if twice is not None:
        raise SchemeError("segment-twice", where="template", name=twice)
    if all(part.live for part in parts if not isinstance(part, Literal)):
        raise SchemeError("all-live", where="template")


def _example(options: Options) -> Example:
    at = options.rest_of("at") if options.has("at") else None
    if at is not None and not isinstance(at, date):
        given, at = at, parsed(at) if isinstance(at, str) else None
        if at is None:
            raise SchemeError("option-date", where=options.place("at"), value=given)
    example = Example(
        given=options.table("given").rest(),
        serial=options.take("serial", int, None),
        parent=options.take("parent", str, None),
        at=at if at is None or isinstance(at, datetime) else datetime(at.year, at.month, at.day),  # noqa: DTZ001  # a day of the scheme's own calendar
        random=options.take("random", str, None),
        meaning=options.table("meaning").rest(),
        code=options.take("code", str, None),
        not_a_code=options.take("not_a_code", str, None),
    )
    if (example.code is None) == (example.not_a_code is None):
        raise SchemeError("example-code", where=options.where)
    options.refuse_rest()
    return example
