"""From what a request names to what the package takes."""

from datetime import datetime
from typing import Literal

from kehuma.api.problems import Problem, fault, invalid
from kehuma.apps.access import queries as access
from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import queries
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
    """The rule for a customer that names none, see ``first_rule``; Problem."""
    name = codes.first_rule("customer", at, has_parent=has_parent)
    if name is None:
        raise invalid(fault("scheme", "no-rule"))
    return name
