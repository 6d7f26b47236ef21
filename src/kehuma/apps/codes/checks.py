"""What speaks for and against a scheme file before it is published, against everything in the register."""

from dataclasses import dataclass
from functools import lru_cache

from kehuma.apps.codes import schemes
from kehuma.apps.codes.models import SchemeVersion
from kehuma.apps.codes.schemes import DictionaryState
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.inspection import Report, inspect


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that is a scheme, its grammar, the report on it, and the names of the schemes it was held against."""

    grammar: Grammar
    report: Report
    others: tuple[str, ...]


def check(source: str) -> Checked:
    """The report on a scheme file; SchemeError where it is none. The same question again costs nothing."""
    published = tuple(SchemeVersion.objects.order_by("id").values_list("name", "source"))
    return _checked(source, schemes.dictionary_state(), published)


@lru_cache(maxsize=64)
def _checked(source: str, state: DictionaryState, published: tuple[tuple[str, str], ...]) -> Checked:
    grammar = schemes.grammar_of(source, state)
    others = [schemes.grammar_of(text, state) for _name, text in published]
    report = inspect(
        grammar.scheme,
        parents=schemes.parents_of(grammar.scheme, state),
        others=others,
        permutation=schemes.permutation_of(grammar.scheme),
    )
    names = tuple(dict.fromkeys(name for name, _text in published if name != grammar.scheme.name))
    return Checked(grammar, report, names)
