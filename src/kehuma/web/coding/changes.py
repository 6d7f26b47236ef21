"""Two versions compared, in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass

from kehuma.engine.coding.diff import Change, Difference
from kehuma.web.coding import names, said


@dataclass(frozen=True, slots=True)
class Changes:
    """The sentences for codes given out and for those to come; ``warning`` where a text changes its meaning."""

    issued: Sequence[str]
    to_come: Sequence[str]
    warning: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.issued or self.to_come)


def changes(difference: Difference) -> Changes:
    """A difference in the language of the page."""
    verdict = difference.compatible
    return Changes(
        [_said(one) for one in difference.issued],
        [_said(one) for one in difference.to_come],
        "" if verdict.ok else verdict.say(said.language()),
    )


def _said(change: Change) -> str:
    """A change with parts, options and values called what the designer calls them."""
    facts = dict(change.facts)
    if "segment" in facts:
        facts["segment"] = names.of_part(str(facts["segment"]))
    if "option" in facts:
        facts["option"] = names.of_option(facts["option"])
    if "kind" in facts:
        facts["kind"] = names.of_value(facts["kind"])
    for key in ("old", "new"):
        value = facts.get(key)
        if change.message in ("diff-segment-option", "diff-option", "diff-segment-kind"):
            facts[key] = names.of_value(value)
        elif change.message == "diff-per" and isinstance(value, tuple):
            facts[key] = tuple(names.of_part(name) for name in value)
    return Change(change.message, facts).say(said.language())
