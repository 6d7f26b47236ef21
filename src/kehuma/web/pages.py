"""Every page of the product, known by one decorator.

``@page`` puts a view into the url map, asks for sign-in and for the right, and answers other methods with 405; the
test of role × page × action walks ``pages()``. A page lives in ``kehuma.web.<area>.views`` and needs no other line::

    @page("customers/<str:code>/", name="customer", needs="customers.view")
    def customer(request: Request, code: str) -> HttpResponse:
        return show(request, "customers/record.html", {"customer": queries.customer(request.viewer, code)})

An action is a page of its own: ``@page("customers/<str:code>/claim/", name="customer-claim", needs="customers.assign",
methods="POST")``.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, Literal

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

import kehuma.web
from kehuma.lib.viewer import Viewer

Methods = Literal["GET", "POST", "GET POST"]


class Request(HttpRequest):
    """A request as our middleware hands it on."""

    viewer: Viewer
    htmx: HtmxDetails


View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its place in the url map, the right that it needs, and whether it is there before sign-in."""

    name: str
    route: str
    needs: str
    methods: tuple[str, ...]
    is_open: bool
    view: View

    @property
    def has_arguments(self) -> bool:
        """Whether the address names a record."""
        return "<" in self.route


_pages: dict[str, Page] = {}


def page(
    route: str, *, name: str, needs: str = "", methods: Methods = "GET", is_open: bool = False
) -> Callable[[View], View]:
    """Register a view. ``needs`` is a permission, "" asks for sign-in only; ``is_open`` asks for nothing.

    Raises ``ValueError`` when the name is taken by another view.
    """

    def register(view: View) -> View:
        allowed = tuple(methods.split())

        @wraps(view)
        def guarded(request: Request, *args: object, **kwargs: object) -> HttpResponse:
            if not is_open and request.viewer.user_id is None:
                return _to_sign_in(request)
            if request.method not in allowed and not (request.method == "HEAD" and "GET" in allowed):
                return HttpResponseNotAllowed(allowed)
            if not is_open:
                request.viewer.require(needs)
            return view(request, *args, **kwargs)

        known = _pages.get(name)
        if known is not None and known.view.__module__ != view.__module__:
            raise ValueError(f"two pages named {name}")
        _pages[name] = Page(name, route, needs, allowed, is_open, guarded)
        return guarded

    return register


def pages() -> Sequence[Page]:
    """All pages, those of every ``kehuma.web.<area>.views``, in the order of their names."""
    _load()
    return [_pages[name] for name in sorted(_pages)]


def is_page(name: str) -> bool:
    """Whether there is a page of this name."""
    _load()
    return name in _pages


def may_open(viewer: Viewer, name: str) -> bool:
    """Whether there is such a page and the viewer may open it: what menus ask."""
    return is_page(name) and (_pages[name].is_open or viewer.may(_pages[name].needs))


def url_map() -> list[URLPattern]:
    """The pages for Django; addresses without arguments come first, so that ``new/`` is no record."""
    by_place = sorted(pages(), key=lambda one: (one.has_arguments, one.route))
    return [path(one.route, one.view, name=one.name) for one in by_place]


def show(
    request: HttpRequest, template: str, facts: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """The page ``templates/pages/<template>`` filled with ``facts``."""
    return render(request, f"pages/{template}", dict(facts or {}), status=status)


@cache
def _load() -> None:
    for area in pkgutil.iter_modules(kehuma.web.__path__):
        if area.ispkg and importlib.util.find_spec(f"kehuma.web.{area.name}.views"):
            importlib.import_module(f"kehuma.web.{area.name}.views")


def _to_sign_in(request: Request) -> HttpResponse:
    here = request.get_full_path() if request.method == "GET" else reverse("workbench")
    answer = redirect_to_login(here)
    return HttpResponseClientRedirect(answer.url) if request.htmx else answer
