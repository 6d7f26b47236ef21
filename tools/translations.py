"""Collect what the pages say, join the English of the areas, compile it: ``python tools/translations.py``.

The sources say everything in Chinese; the English stands in ``web/locale/en/parts/<area>.po``, one part per area, so
that people who work on different areas do not meet in one file. This script makes ``django.po`` (for the eye) and
``django.mo`` (for the program) of them, and names what is missing. ``--check`` changes nothing.
"""

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

SOURCE = Path(__file__).resolve().parent.parent / "src" / "kehuma"
ENGLISH = SOURCE / "web" / "locale" / "en"
TARGET = ENGLISH / "LC_MESSAGES"
CHINESE = re.compile("[\u4e00-\u9fff，。：；、？！（）]")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
}
Message = str | tuple[str, ...]


def messages() -> dict[Message, list[tuple[str, int]]]:
    """Everything that the pages can say, with the places where it stands."""
    found: dict[Message, list[tuple[str, int]]] = {}
    for path, line, message in _said():
        found.setdefault(message, []).append((path.relative_to(SOURCE).as_posix(), line))
    return found


def parts() -> dict[Message, Message]:
    """The English of all areas. ``ValueError`` where two areas say the same in two ways."""
    told: dict[Message, Message] = {}
    for path in sorted((ENGLISH / "parts").glob("*.po")):
        for entry in read_po(io.BytesIO(path.read_bytes())):
            message, english = _plain(entry.id), _plain(entry.string)
            if message and any(_all(english)) and told.setdefault(message, english) != english:
                raise ValueError(f"{path.name}: {message!r} is {told[message]!r} elsewhere")
    return told


def catalogue() -> tuple[Catalog, list[Message]]:
    """The English catalogue, and what has no English yet."""
    english = parts()
    # A date of its own would make another file of the same parts.
    day = datetime(2026, 1, 1, tzinfo=UTC)
    told = "# English of kehuma, made by tools/translations.py. Change the parts, not this file."
    made = Catalog("en", header_comment=told, project="kehuma", creation_date=day, revision_date=day, fuzzy=False)
    missing = []
    for message, places in sorted(messages().items(), key=lambda pair: str(pair[0])):
        if message not in english:
            missing.append(message)
        made.add(
            message, english.get(message, ""), locations=[(path, 0) for path in sorted({p for p, _line in places})]
        )
    return made, missing


def compiled(made: Catalog) -> bytes:
    """The catalogue as the program reads it."""
    target = io.BytesIO()
    write_mo(target, made)
    return target.getvalue()


def main() -> int:
    """Write both files, or with ``--check`` only look."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--check", action="store_true", help="change nothing, fail when something is missing or stale")
    is_check = asked.parse_args().check
    made, missing = catalogue()
    for message in missing:
        print(f"no English: {message!r}")
    for message in sorted(set(parts()) - set(messages()), key=str):
        print(f"no longer said: {message!r}")
    if is_check:
        is_stale = not (TARGET / "django.mo").exists() or (TARGET / "django.mo").read_bytes() != compiled(made)
        return int(bool(missing) or is_stale)
    TARGET.mkdir(parents=True, exist_ok=True)
    target = io.BytesIO()
    write_po(target, made, width=120, omit_header=False, include_lineno=False)
    (TARGET / "django.po").write_bytes(target.getvalue())
    (TARGET / "django.mo").write_bytes(compiled(made))
    return 0


def _said() -> Iterator[tuple[Path, int, Message]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for line, message in _in_program(ast.parse(path.read_text("utf-8"))):
            if _is_chinese(message):
                yield path, line, message
    for path in sorted((SOURCE / "web" / "templates").rglob("*.html")):
        yield from ((path, 0, message) for message in _in_template(path) if _is_chinese(message))


def _in_program(tree: ast.AST) -> Iterator[tuple[int, Message]]:
    # By the tree, because Babel does not look into f-strings before Python 3.12.
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            said = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if said:
                yield node.lineno, tuple(said[:2]) if node.func.id.startswith("ngettext") else said[-1]


def _in_template(path: Path) -> Iterator[Message]:
    # Django turns a template into Python calls for exactly this purpose; it wants its settings.
    from django.utils.translation.template import templatize  # noqa: PLC0415 - after the settings

    text = _unquoted(path.read_text("utf-8"))
    source = templatize(text, origin=path.name)
    for _line, message, *_ in extract("python", io.BytesIO(source.encode()), KEYWORDS):
        yield message


def _unquoted(text: str) -> str:
    """Comments of one line leave: Django takes what stands behind one for its continuation."""
    return re.sub(r"\{#.*?#\}", "", text)


def _is_chinese(message: Message) -> bool:
    return any(CHINESE.search(text) for text in _all(message))


def _plain(text: Sequence[str] | str | None) -> Message:
    return text if isinstance(text, str) else tuple(text or ())


def _all(message: Message) -> tuple[str, ...]:
    return message if isinstance(message, tuple) else (message,)


if __name__ == "__main__":
    settings.configure(USE_I18N=True)
    django.setup()
    sys.exit(main())
