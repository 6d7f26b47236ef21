"""The page of components."""

from django.http import HttpResponse

from kehuma.web.components import samples
from kehuma.web.pages import Request, page, show


@page("components/", name="components", needs="settings.manage")
def components(request: Request) -> HttpResponse:
    """Every component and state once, to be looked at after each change of the style sheet."""
    return show(request, "components/components.html", samples.all_of_them())
