"""For what a customer's data may be used: agreed to and withdrawn on the record; the purposes among the settings."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.customers import queries, services
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import clock
from kehuma.web.customers.addresses import url_of
from kehuma.web.customers.record import Opened
from kehuma.web.customers.undoing import told
from kehuma.web.pages import Request, page, show
from kehuma.web.settings.tabs import tabs


class ConsentForm(forms.Form):
    """What somebody agreed to."""

    purpose = forms.CharField()
    basis = forms.CharField()
    way = forms.CharField()
    given_on = forms.DateField()
    note = forms.CharField(required=False, max_length=500)


class PurposeForm(forms.Form):
    """The names of a purpose."""

    zh = forms.CharField(label=gettext_lazy("中文名"), max_length=60)
    en = forms.CharField(label=gettext_lazy("英文名"), max_length=60, required=False)


@page("customers/<str:code>/consents/add/", name="consent-add", needs="customers.edit", methods="POST")
def add(request: Request, code: str) -> HttpResponse:
    """Note that a purpose holds."""
    opened, form = Opened.of(request, code), ConsentForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请选择用途、依据、方式和日期。"))
        return HttpResponseRedirect(url_of(opened.ref))
    given = form.cleaned_data
    try:
        services.give_consent(
            request.viewer,
            opened.ref,
            given["purpose"],
            given_on=given["given_on"],
            basis=given["basis"],
            way=given["way"],
            note=given["note"],
            at=clock.now(),
        )
    except CodingError as error:
        messages.error(request, _("{sentence}。").format(sentence=error.say(request.viewer.language)))
    else:
        told(request, _("已登记"))
    return HttpResponseRedirect(url_of(opened.ref))


@page(
    "customers/<str:code>/consents/<int:consent>/withdraw/",
    name="consent-withdraw",
    needs="customers.edit",
    methods="POST",
)
def withdraw(request: Request, code: str, consent: int) -> HttpResponse:
    """The purpose holds no longer, from this moment on."""
    opened = Opened.of(request, code)
    try:
        services.withdraw_consent(request.viewer, opened.ref, consent, at=clock.now())
    except CodingError as error:
        messages.error(request, _("{sentence}。").format(sentence=error.say(request.viewer.language)))
    else:
        told(request, _("已撤回，即刻起不再用于这个用途"))
    return HttpResponseRedirect(url_of(opened.ref))


@page("settings/purposes/", name="purposes", needs="fields.manage", methods="GET POST")
def purposes(request: Request) -> HttpResponse:
    """The purposes there are; one more."""
    form = PurposeForm(request.POST or None)
    if form.is_valid():
        try:
            services.add_purpose(request.viewer, zh=form.cleaned_data["zh"], en=form.cleaned_data["en"], at=clock.now())
        except CodingError as error:
            form.add_error("zh", error.say(request.viewer.language))
        else:
            messages.success(request, _("已添加用途"))
            return HttpResponseRedirect(reverse("purposes"))
    facts = {
        "form": form,
        "rows": [(one, one.title(request.viewer.language), number) for one, number in queries.purposes()],
        "tabs": tabs(request, "purposes"),
    }
    return show(request, "customers/purposes.html", facts, 422 if form.errors else 200)


@page("settings/purposes/<str:key>/", name="purpose-rename", needs="fields.manage", methods="POST")
def rename(request: Request, key: str) -> HttpResponse:
    """Other names for a purpose."""
    form = PurposeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填名称。"))
        return HttpResponseRedirect(reverse("purposes"))
    given = form.cleaned_data
    try:
        services.rename_purpose(request.viewer, key, zh=given["zh"], en=given["en"], at=clock.now())
    except CodingError as error:
        messages.error(request, _("{sentence}。").format(sentence=error.say(request.viewer.language)))
    else:
        messages.success(request, _("已改名"))
    return HttpResponseRedirect(reverse("purposes"))


@page("settings/purposes/<str:key>/remove/", name="purpose-remove", needs="fields.manage", methods="POST")
def remove(request: Request, key: str) -> HttpResponse:
    """Take a purpose off the list that nobody has ever agreed to."""
    try:
        services.remove_purpose(request.viewer, key, at=clock.now())
    except CodingError as error:
        messages.error(request, _("{sentence}。").format(sentence=error.say(request.viewer.language)))
    else:
        messages.success(request, _("已删除用途"))
    return HttpResponseRedirect(reverse("purposes"))
