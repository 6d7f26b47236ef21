"""The cards of the workbench.

Areas bring their own, each by one decorator in their ``views`` module::

    @fact(position=10)
    def _customers(viewer: Viewer) -> Fact | None:
        return Fact(_("客户总数"), wording.number(queries.number(viewer)), reverse("customers"))

    @card("customers/workbench_new.html", position=20)
    def _new_customers(viewer: Viewer) -> Mapping[str, Any] | None:
        return {"weeks": queries.new_by_week(viewer, clock.now())}

A provider returns None where the viewer may not see it or has nothing to see; its card is then left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kehuma.lib.viewer import Viewer
from kehuma.web.shell import Text

Column = Literal["left", "right"]
CardProvider = Callable[[Viewer], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Fact:
    """A number in the line below the head."""

    title: Text
    value: str
    url: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do today. ``done_url`` takes a POST when the box is ticked."""

    text: str
    url: str = ""
    badge: Any = None
    name: str = ""
    at: str = ""
    state: Literal["", "late", "today"] = ""
    late_by: int = 0
    done_url: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A card to draw: its template under ``pages/`` and what fills it."""

    template: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Place:
    position: int
    column: Column
    template: str
    provider: CardProvider


_cards: dict[str, _Place] = {}
_facts: dict[str, tuple[int, Callable[[Viewer], Fact | None]]] = {}
_tasks: dict[str, Callable[[Viewer], Sequence[Task]]] = {}


def card(template: str, *, position: int, column: Column = "left") -> Callable[[CardProvider], CardProvider]:
    """Register a card, drawn by ``templates/pages/<template>`` with what the provider returns."""

    def register(provider: CardProvider) -> CardProvider:
        _cards[template] = _Place(position, column, template, provider)
        return provider

    return register


def fact(*, position: int) -> Callable[[Callable[[Viewer], Fact | None]], Callable[[Viewer], Fact | None]]:
    """Register a number of the line below the head."""

    def register(provider: Callable[[Viewer], Fact | None]) -> Callable[[Viewer], Fact | None]:
        _facts[f"{provider.__module__}.{provider.__qualname__}"] = (position, provider)
        return provider

    return register


def tasks(source: Callable[[Viewer], Sequence[Task]]) -> Callable[[Viewer], Sequence[Task]]:
    """Register a source of tasks for the first card."""
    _tasks[f"{source.__module__}.{source.__qualname__}"] = source
    return source


def cards_of(viewer: Viewer, column: Column) -> list[Card]:
    """The cards of one column, in their order."""
    places = sorted((one for one in _cards.values() if one.column == column), key=lambda one: one.position)
    filled = [(one.template, one.provider(viewer)) for one in places]
    return [Card(f"pages/{template}", facts) for template, facts in filled if facts is not None]


def facts_of(viewer: Viewer) -> list[Fact]:
    """The numbers below the head."""
    told = [provider(viewer) for _position, provider in sorted(_facts.values(), key=lambda one: one[0])]
    return [one for one in told if one is not None]


def tasks_of(viewer: Viewer) -> list[Task]:
    """What is to be done today, the late ones first."""
    found = [task for name in sorted(_tasks) for task in _tasks[name](viewer)]
    return sorted(found, key=lambda task: (task.state != "late", task.at))
