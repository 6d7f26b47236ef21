"""What the command line says, in Chinese or in English; the sentences stand in ``texts.toml``.

>>> speak("en")
>>> say("rows-total", count=3)
'3 rows'
>>> speak("zh")
>>> say("rows-total", count=3)
'共 3 行'
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

# A path may be long, but an error must never be as large as the input it refuses.
_SHOWN = 300

_spoken: list[Language] = ["zh"]


class CommandError(Exception):
    """A command cannot do what it was asked for; ``message`` is a key of ``texts.toml``, ``facts`` fill its places."""

    def __init__(self, message: str, **facts: Any) -> None:
        self.message, self.facts = message, facts
        super().__init__(message)

    def say(self, language: Language) -> str:
        """The error as one sentence."""
        return _filled(self.message, language, self.facts)


def speak(language: Language) -> None:
    """From now on everything is said in this language."""
    _spoken[0] = language


def spoken() -> Language:
    """The language of this run."""
    return _spoken[0]


def say(message: str, **facts: Any) -> str:
    """A sentence of ``texts.toml`` in the language of this run."""
    return _filled(message, spoken(), facts)


def in_words(zh: str, en: str) -> str:
    """Of a name in two languages the one for this run, or the other where it is missing."""
    return (zh or en) if spoken() == "zh" else (en or zh)


def texts() -> dict[str, dict[str, str]]:
    """All sentences by id; each has ``zh`` and ``en``."""
    return _catalogue()


def shown(fact: object) -> str:
    r"""A fact as it may stand in a sentence: of bounded length, and no character of it moves the cursor.

    >>> shown("a\x1b[2Jb\udc80"), shown(("上海", "北京"))
    ('a\\u001b[2Jb\\udc80', '上海、北京')
    """
    if isinstance(fact, (list, tuple)):
        return ("、" if spoken() == "zh" else ", ").join(map(shown, fact))
    text = str(fact)
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files(__package__).joinpath("texts.toml").read_text("utf-8"))


def _filled(message: str, language: Language, facts: dict[str, Any]) -> str:
    return _catalogue()[message][language].format_map({name: shown(fact) for name, fact in facts.items()})
