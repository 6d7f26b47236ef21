"""The scheme files that come with the product, for the gallery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.model import Parent, Scheme
from kehuma.engine.coding.scheme_file import load_scheme
from kehuma.lib import shipped as shipped_files

# What most firms look for stands first.
_FIRST = (
    "region-industry",
    "region-industry-plain",
    "headquarters",
    "branch",
    "initials",
    "customer-one-letter",
    "stepped",
)


@dataclass(frozen=True, slots=True)
class Shipped:
    """A shipped rule: its file, its grammar, and what its head says of it in both languages."""

    name: str
    source: str
    grammar: Grammar
    zh: str
    en: str

    @property
    def scheme(self) -> Scheme:
        """The scheme of the file."""
        return self.grammar.scheme

    @property
    def parents(self) -> tuple[str, ...]:
        """The shipped rules that must be published before it."""
        return tuple(name for name in _parent_names(self.scheme))


def shipped() -> Sequence[Shipped]:
    """All of them, the most usual first."""
    known = _all()
    first = [known[name] for name in _FIRST if name in known]
    return [*first, *(known[name] for name in sorted(known) if name not in _FIRST)]


def shipped_named(name: str) -> Shipped | None:
    """The one of this name."""
    return _all().get(name)


@cache
def _all() -> Mapping[str, Shipped]:
    place = shipped_files.folder()
    sources = [path.read_text("utf-8") for path in sorted(place.glob("*.toml"))] if place else []
    schemes = {scheme.name: (source, scheme) for source in sources for scheme in [load_scheme(source)]}
    made: dict[str, Shipped] = {}
    waiting = list(schemes)
    while waiting:
        ready = [
            name
            for name in waiting
            if all(one in made or one not in schemes for one in _parent_names(schemes[name][1]))
        ]
        if not ready:
            break
        for name in ready:
            source, scheme = schemes[name]
            grammar = compile_scheme(
                scheme, parents={one: made[one].grammar for one in _parent_names(scheme) if one in made}
            )
            made[name] = Shipped(name, source, grammar, *_told(source))
        waiting = [name for name in waiting if name not in made]
    return made


def _parent_names(scheme: Scheme) -> list[str]:
    named = (name for part in scheme.segments if isinstance(part, Parent) for name in part.schemes)
    return [name for name in dict.fromkeys(named) if name != "self"]


def _told(source: str) -> tuple[str, str]:
    """The head of the file: our files say there what they are, one line of Chinese, then English up to the gap."""
    first, *others = [line.removeprefix("#").strip() for line in source.splitlines() if line.startswith("#")]
    english = others[: others.index("")] if "" in others else others
    return first, " ".join(english)
