"""The views of the list that a person keeps, in the session of this person."""

from kehuma.web.pages import Request

_KEY = "customer_views"
_MOST = 12


def kept(request: Request) -> list[tuple[str, str]]:
    """The names and the conditions, the oldest first."""
    return [(str(name), str(query)) for name, query in request.session.get(_KEY, [])]


def keep(request: Request, name: str, query: str) -> None:
    """Keep a view under a name; the same name again replaces it, and the oldest gives way when there are too many."""
    others = [(one, said) for one, said in kept(request) if one != name]
    request.session[_KEY] = [*others, (name, query)][-_MOST:]


def forget(request: Request, name: str) -> None:
    """Let a view go."""
    request.session[_KEY] = [(one, said) for one, said in kept(request) if one != name]
