"""From what a request names to what the package takes."""

from datetime import datetime
from typing import Literal

from kehuma.api.problems import Problem, fault, invalid
from kehuma.apps.access import queries as access
from kehuma.apps.codes import queries as codes
from kehuma.apps.codes.errors import UnknownSchemeError
from kehuma.apps.customers import queries
from kehuma.engine.coding.model import Parent
from kehuma.lib.viewer import Viewer


def identity(asker: Viewer, text: str) -> str:
    """The identity of the customer that a text names; the same Problem for none and for one out of reach."""
    exact = queries.identity_of(asker, text)
    found = exact or queries.find(asker, text)
    if found is None:
        raise Problem("not-found")
    return found


def superior(asker: Viewer, text: str) -> str:
    """The identity of the customer that is to stand above; Problem."""
    found = queries.identity_of(asker, text) or queries.find(asker, text)
    if found is None:
        raise invalid(fault("parent", "no-customer"))
    return found


def owner(name: str | None) -> Literal["me"] | int | None:
    """Whose the customer is to be; Problem."""
    if name is None or name == "me":
        return None if name is None else "me"
    found = access.colleague_named(name)
    if found is None:
        raise invalid(fault("owner", "no-person"))
    return found.id


def rule(at: datetime, *, has_parent: bool) -> str:
    """The rule for a customer that names none: of those in effect the one published first; Problem.

    With a superior one that writes the superior's code comes first, without one those that need it are left out.
    """
    found: list[tuple[bool, str]] = []
    for name in dict.fromkeys(one.name for one in codes.versions() if one.subject == "customer"):
        try:
            grammar = codes.grammar(name, at)
        except UnknownSchemeError:
            continue
        found.append((any(isinstance(one, Parent) for one in grammar.segments), name))
    with_parent = [name for takes, name in found if takes]
    without = [name for takes, name in found if not takes]
    names = with_parent + without if has_parent else without
    if not names:
        raise invalid(fault("scheme", "no-rule"))
    return names[0]
