"""Links by which a person sets a password: an invitation, a reset, a letter to whom forgot it.

The token stands in the address of one request only: it is exchanged for a key in the session, so it neither stays in
the address bar nor leaves with a referrer.
"""

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.access import queries, services
from kehuma.apps.access.errors import LinkError
from kehuma.lib import clock
from kehuma.web.access import mail
from kehuma.web.access.entering import enter, wait_for_second_factor
from kehuma.web.access.forms import ForgottenForm, NewPasswordForm
from kehuma.web.pages import Request, page, show

_LINK = "link"


@page("join/<str:token>/", name="join", is_open=True)
def join(request: Request, token: str) -> HttpResponse:
    """Exchange the token for a key in the session."""
    try:
        request.session[_LINK] = services.open_link(token, at=clock.now()).key
    except LinkError as error:
        return _dead(request, error)
    return HttpResponseRedirect(reverse("join-password"))


@page("join/", name="join-password", methods="GET POST", is_open=True)
def join_password(request: Request) -> HttpResponse:
    """Set the password; then the person is signed in, or asked for its second factor."""
    at = clock.now()
    try:
        link = services.link_of(request.session.get(_LINK, ""), at=at)
    except LinkError as error:
        return _dead(request, error)
    form = NewPasswordForm(request.POST or None)
    if form.is_valid():
        try:
            user = services.use_link(link.key, form.cleaned_data["password"], at=at)
        except LinkError as error:
            return _dead(request, error)
        except ValidationError as error:
            form.add_error("password", error)
        else:
            request.session.pop(_LINK, None)
            if link.purpose == "invite":
                services.set_language(user.pk, request.viewer.language)
            go_on = wait_for_second_factor if queries.has_second_factor(user) else enter
            return go_on(request, user, is_kept=False, target=reverse("workbench"), at=at)
    facts = {"form": form, "link": link}
    return show(request, "access/join.html", facts)


@page("sign-in/forgotten/", name="forgotten", methods="GET POST", is_open=True)
def forgotten(request: Request) -> HttpResponse:
    """A letter with a link, where there is a mail server; the same answer whether the name is known or not."""
    form = ForgottenForm(request.POST or None)
    is_sent = mail.is_set() and form.is_valid()
    if is_sent:
        letter = services.request_link(form.cleaned_data["user"], at=clock.now())
        if letter is not None:
            url = request.build_absolute_uri(reverse("join", args=[letter.token]))
            with mail.in_language(letter.language):
                organisation = queries.organisation_name()
                mail.send_link(letter.email, url, organisation=organisation, name=letter.name, is_invitation=False)
    return show(request, "access/forgotten.html", {"form": form, "has_mail": mail.is_set(), "is_sent": is_sent})


def _dead(request: Request, error: LinkError) -> HttpResponse:
    sentence = _("{sentence}。").format(sentence=error.say(request.viewer.language))
    return show(request, "access/link_dead.html", {"sentence": sentence}, 410)
