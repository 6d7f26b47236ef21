"""Pages before sign-in: the first run, the password, the second factor, the way out."""

from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.access import queries, services
from kehuma.apps.access.errors import AccessError, AlreadyFoundedError, TakenError, TooManyTriesError
from kehuma.lib import clock
from kehuma.web import shell
from kehuma.web.access import mail
from kehuma.web.access.clients import client_of
from kehuma.web.access.entering import enter, target_of, wait_for_second_factor, waiting
from kehuma.web.access.forms import FirstRunForm, NumberForm, SignInForm
from kehuma.web.pages import Request, page, show


@shell.organisation
def _organisation() -> tuple[str, str]:
    return queries.organisation_name(), ""


@page("sign-in/", name="sign-in", methods="GET POST", is_open=True)
def sign_in(request: Request) -> HttpResponse:
    """Ask who it is; before there is anybody, go to the first run."""
    if not queries.is_founded():
        return HttpResponseRedirect(reverse("first-run"))
    if request.method == "GET" and request.viewer.user_id is not None:
        return HttpResponseRedirect(target_of(request))
    form = SignInForm(request.POST or None)
    status = 200
    if form.is_valid():
        told, at = form.cleaned_data, clock.now()
        try:
            checked = services.check_password(told["user"], told["password"], client_of(request), at=at)
        except AccessError as error:
            form.add_error(None, _sentence(request, error))
            status = 429 if isinstance(error, TooManyTriesError) else 200
        else:
            go_on = wait_for_second_factor if checked.needs_second_factor else enter
            return go_on(request, checked.user, is_kept=told["keep"], target=target_of(request), at=at)
    facts = {"form": form, "next": target_of(request), "has_mail": mail.is_set()}
    return show(request, "access/sign_in.html", facts, status)


@page("sign-in/second/", name="sign-in-second", methods="GET POST", is_open=True)
def sign_in_second(request: Request) -> HttpResponse:
    """Ask for the second factor of the person whose password was right a moment ago."""
    at = clock.now()
    pending = waiting(request, at=at)
    if pending is None:
        return HttpResponseRedirect(reverse("sign-in"))
    form = NumberForm(request.POST or None)
    status = 200
    if form.is_valid():
        try:
            user = services.check_second_factor(
                int(str(pending["user"])), form.cleaned_data["number"], client_of(request), at=at
            )
        except AccessError as error:
            form.add_error(None, _sentence(request, error))
            status = 429 if isinstance(error, TooManyTriesError) else 200
        else:
            return enter(request, user, is_kept=bool(pending["kept"]), target=str(pending["target"]), at=at)
    return show(request, "access/sign_in_second.html", {"form": form}, status)


@page("sign-out/", name="sign-out", methods="POST", is_open=True)
def sign_out(request: Request) -> HttpResponse:
    """Forget who it is, here."""
    session = request.session.get("sign_in")
    if request.viewer.user_id is not None and session:
        services.end_session(request.viewer, session, at=clock.now())
    logout(request)
    return HttpResponseRedirect(reverse("sign-in"))


@page("first-run/", name="first-run", methods="GET POST", is_open=True)
def first_run(request: Request) -> HttpResponse:
    """One form, one person, an organisation; gone for ever once there is somebody."""
    if queries.is_founded():
        return HttpResponseRedirect(reverse("sign-in"))
    form = FirstRunForm(request.POST or None)
    if form.is_valid():
        told, at = form.cleaned_data, clock.now()
        try:
            user = services.found(
                told["organisation"],
                name=told["name"],
                username=told["user"],
                email=told["email"],
                password=told["password"],
                language=request.viewer.language,
                at=at,
            )
        except AlreadyFoundedError:
            return HttpResponseRedirect(reverse("sign-in"))
        except TakenError as error:
            form.add_error("email" if error.field == "email" else "user", _sentence(request, error))
        except ValidationError as error:
            form.add_error("password", error)
        else:
            return enter(request, user, is_kept=False, target=reverse("workbench"), at=at)
    return show(request, "access/first_run.html", {"form": form})


def _sentence(request: Request, error: AccessError) -> str:
    return _("{sentence}。").format(sentence=error.say(request.viewer.language))
