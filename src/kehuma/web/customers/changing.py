"""Changes of one customer: profile, contacts, numbers, tags, family, a covered value shown."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from kehuma.apps.access import queries as access
from kehuma.apps.customers import queries, services
from kehuma.apps.customers.errors import Conflict, ConflictError, CustomerError, ValuesError
from kehuma.engine.coding.errors import CodingError, Language
from kehuma.lib import clock
from kehuma.web.customers.addresses import url_of
from kehuma.web.customers.bulk import names_in
from kehuma.web.customers.forms import CONTACT, RecordForm, covered_of, of_profile
from kehuma.web.customers.record import Opened
from kehuma.web.customers.suggesting import known
from kehuma.web.customers.undoing import told
from kehuma.web.pages import Request, page, show

# Why somebody looks at a covered value.


@page("customers/<str:code>/profile/", name="customer-profile", needs="customers.edit", methods="GET POST")
def profile(request: Request, code: str) -> HttpResponse:
    """The profile as a form, in its place on the record; told where others changed the same fields meanwhile."""
    opened = Opened.of(request, code)
    row = opened.record.row
    form = RecordForm(
        of_profile(opened.record.fields, row.kind),
        request.POST if request.method == "POST" else None,
        language=request.viewer.language,
        initial=row.values,
        covered=covered_of(row),
    )
    version = row.version
    conflicts: tuple[Conflict, ...] = ()
    if request.method == "POST" and not form.errors:
        given = request.POST.get("version", "")
        try:
            changed = services.update(
                request.viewer,
                opened.ref,
                form.told(),
                version=int(given) if given.isdecimal() else row.version,
                at=clock.now(),
            )
        except ConflictError as error:
            version, conflicts = error.version, error.conflicts
        except CodingError as error:
            _hang(form, error)
        else:
            told(request, _("已保存") if changed.fields else _("没有改动"))
            return HttpResponseRedirect(url_of(opened.ref))
    facts = {
        **opened.facts("overview"),
        **known(request.viewer.language),
        "form": form,
        "version": version,
        "conflicts": _said(conflicts, opened, request.viewer.language),
        "is_whole": not request.htmx,
    }
    status = 422 if form.errors else 409 if conflicts else 200
    return show(request, f"customers/{'profile_form' if request.htmx else 'profile'}.html", facts, status=status)


@page("customers/<str:code>/contacts/new/", name="contact-new", needs="customers.edit", methods="GET POST")
def new_contact(request: Request, code: str) -> HttpResponse:
    """A form for one more contact, in its place on the record."""
    return _contact(request, code, None)


@page("customers/<str:code>/contacts/<int:contact>/", name="contact", needs="customers.edit", methods="GET POST")
def contact(request: Request, code: str, contact: int) -> HttpResponse:
    """A form for this contact, in its place on the record."""
    return _contact(request, code, contact)


@page(
    "customers/<str:code>/contacts/<int:contact>/remove/", name="contact-remove", needs="customers.edit", methods="POST"
)
def remove_contact(request: Request, code: str, contact: int) -> HttpResponse:
    """Let a contact go; the history keeps it."""
    return _do(request, code, lambda _opened: services.remove_contact(request.viewer, contact, at=clock.now()),
               _("已删除联系人"))  # fmt: skip


@page(
    "customers/<str:code>/contacts/<int:contact>/first/", name="contact-first", needs="customers.edit", methods="POST"
)
def first_contact(request: Request, code: str, contact: int) -> HttpResponse:
    """Make this the contact to call first."""
    return _do(request, code, lambda _opened: services.make_primary(request.viewer, contact, at=clock.now()),
               _("已设为首选联系人"))  # fmt: skip


@page("customers/<str:code>/numbers/add/", name="number-add", needs="customers.edit", methods="POST")
def add_number(request: Request, code: str) -> HttpResponse:
    """Note the number that the customer has in another system; it is found by it from now on."""
    value, system = request.POST.get("value", "").strip(), request.POST.get("system", "").strip()
    return _do(
        request,
        code,
        lambda opened: services.add_identifier(
            request.viewer, opened.ref, "own_number", value, system=system, at=clock.now()
        ),
        _("已添加别名"),
        back="customer-codes",
    )


@page("customers/<str:code>/numbers/<str:number>/remove/", name="number-remove", needs="customers.edit", methods="POST")
def remove_number(request: Request, code: str, number: str) -> HttpResponse:
    """Let a number of another system go, and say why."""
    reason = request.POST.get("reason", "")
    return _do(
        request,
        code,
        lambda opened: services.remove_identifier(request.viewer, opened.ref, number, reason=reason, at=clock.now()),
        _("别名已停用"),
        back="customer-codes",
    )


@page("customers/<str:code>/tags/", name="customer-tags", needs="tags.edit", methods="POST")
def tags(request: Request, code: str) -> HttpResponse:
    """Put tags on the customer or take one off; by htmx the row of tags comes back."""
    opened = Opened.of(request, code)
    added, removed = names_in(request.POST.get("add", "")), request.POST.get("remove", "")
    try:
        if added:
            services.tag(request.viewer, [opened.ref], added, at=clock.now())
        if removed:
            services.untag(request.viewer, [opened.ref], [removed], at=clock.now())
    except CustomerError as error:
        messages.error(request, error.say(request.viewer.language))
    if not request.htmx:
        return HttpResponseRedirect(url_of(opened.ref))
    again = Opened.of(request, code)
    return show(request, "customers/tag_row.html", {**again.facts("overview"), **known(request.viewer.language)})


@page("customers/<str:code>/parent/", name="customer-parent", needs="customers.edit", methods="POST")
def parent(request: Request, code: str) -> HttpResponse:
    """Put the customer under another one, or under none."""
    ref = request.POST.get("parent", "").strip()

    def act(opened: Opened) -> object:
        above = queries.find(request.viewer, ref) if ref else None
        if ref and above is None:
            raise CustomerError("unknown-customer", ref=ref)
        return services.move(request.viewer, opened.ref, above, at=clock.now())

    return _do(request, code, act, _("已改上级") if ref else _("已脱离上级"))


@page("customers/<str:code>/reveal/", name="customer-reveal", needs="customers.reveal", methods="POST")
def reveal(request: Request, code: str) -> HttpResponse:
    """Show one covered value, once; the reason goes into the log."""
    opened, at = Opened.of(request, code), clock.now()
    field, contact = request.POST.get("field", ""), request.POST.get("contact", "")
    contact_id, reason = int(contact) if contact.isdecimal() else None, request.POST.get("reason", "")
    value = services.reveal(request.viewer, opened.ref, field, reason=reason, contact_id=contact_id, at=at)
    facts = {"value": value, "is_phone": field in {"mobile", "phone"}}
    if request.htmx:
        return show(request, "customers/revealed.html", facts)
    messages.success(request, value)
    return HttpResponseRedirect(url_of(opened.ref))


def _contact(request: Request, code: str, contact: int | None) -> HttpResponse:
    opened = Opened.of(request, code)
    row = next((one for one in opened.record.contacts if one.id == contact), None)
    names = {"contact_name": "name", "contact_role": "role"}
    shown = {key: str(getattr(row, names.get(key, key))) for key in CONTACT} if row else {}
    covered = {key: shown[key] for key in CONTACT if row and names.get(key, key) in row.masked}
    form = RecordForm(
        [opened.record.fields[key] for key in CONTACT],
        request.POST if request.method == "POST" else None,
        language=request.viewer.language,
        initial=shown,
        covered=covered,
    )
    form.fields["contact_name"].label, form.fields["contact_role"].label = _("姓名"), _("职务")
    if request.method == "POST" and not form.errors:
        try:
            if contact is None:
                services.add_contact(request.viewer, opened.ref, form.told(), at=clock.now())
            else:
                services.change_contact(request.viewer, contact, form.told(), at=clock.now())
        except CodingError as error:
            _hang(form, error)
        else:
            told(request, _("已保存联系人"))
            return HttpResponseRedirect(url_of(opened.ref))
    facts: Mapping[str, Any] = {**opened.facts("overview"), "form": form, "contact": row, "is_whole": not request.htmx}
    name = "contact_form" if request.htmx else "contact"
    return show(request, f"customers/{name}.html", facts, status=422 if form.errors else 200)


def _do(
    request: Request, code: str, act: Callable[[Opened], object], said: str, *, back: str = "customer"
) -> HttpResponse:
    opened = Opened.of(request, code)
    try:
        act(opened)
    except CodingError as error:
        messages.error(request, error.say(request.viewer.language))
    else:
        told(request, said)
    return HttpResponseRedirect(url_of(opened.ref, back))


def _hang(form: RecordForm, error: CodingError) -> None:
    if isinstance(error, ValuesError):
        form.show(error.faults)
    else:
        form.add_error(None, error.say(form.language))


def _said(conflicts: tuple[Conflict, ...], opened: Opened, language: Language) -> list[Mapping[str, Any]]:
    names = access.names_by_actor({one.actor for one in conflicts})
    table = opened.record.fields
    return [
        {
            "field": table[one.field].title(language) if one.field in table else one.field,
            "theirs": one.theirs,
            "mine": one.mine,
            "who": names.get(one.actor, one.actor),
            "at": one.at,
        }
        for one in conflicts
    ]
