"""Fields of one's own: they appear in form, list, filter, file and, where a rule asks for them, in codes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.customers import queries, services
from kehuma.apps.customers.data import FieldRow
from kehuma.apps.customers.fields import BUILTIN, Choice, Field
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import clock
from kehuma.lib.viewer import PERSON_NAMES, Viewer
from kehuma.web.customers.forms import CLASSES, TYPES, DefinitionForm
from kehuma.web.customers.undoing import told
from kehuma.web.pages import Request, page, show


@page("fields/", name="fields", needs="fields.manage")
def fields(request: Request) -> HttpResponse:
    """The fields that people defined, and those that were there before."""
    viewer, own = request.viewer, queries.custom_fields(retired=True)
    facts = {
        "own": [_shown(row.field, viewer, row) for row in own if row.retired_at is None],
        "retired": [_shown(row.field, viewer, row) for row in own if row.retired_at is not None],
        "builtin": [_shown(field, viewer) for field in BUILTIN.values() if field.editable],
    }
    return show(request, "customers/fields.html", facts)


@page("fields/new/", name="field-new", needs="fields.manage", methods="GET POST")
def new(request: Request) -> HttpResponse:
    """Define a field."""
    form = DefinitionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        told_ = form.cleaned_data
        try:
            services.define_field(
                request.viewer, key=told_["key"], type=told_["type"], **_definition(form), at=clock.now()
            )
        except CodingError as error:
            form.add_error(None, error.say(request.viewer.language))
        else:
            told(request, _("已新建字段「{name}」").format(name=told_["zh"]))
            return HttpResponseRedirect(reverse("fields"))
    return _form(request, form, _("新建字段"))


@page("fields/<slug:key>/", name="field", needs="fields.manage", methods="GET POST")
def change(request: Request, key: str) -> HttpResponse:
    """Change a definition; its key and type stay, for values stand under them."""
    row = next((one for one in queries.custom_fields() if one.field.key == key and one.retired_at is None), None)
    if row is None:
        raise Http404(key)
    field = row.field
    shown = {
        "zh": field.zh,
        "en": field.en,
        "choices": "\n".join(_line(one) for one in field.choices),
        "field_class": field.field_class,
        "required": field.required,
        "filterable": field.filterable,
    }
    form = DefinitionForm(request.POST if request.method == "POST" else None, initial=shown, is_known=True)
    if form.is_valid():
        try:
            services.change_field(request.viewer, key, **_definition(form), at=clock.now())
        except CodingError as error:
            form.add_error(None, error.say(request.viewer.language))
        else:
            told(request, _("已保存"))
            return HttpResponseRedirect(reverse("fields"))
    return _form(request, form, field.title(request.viewer.language), key=key, used=row.used)


@page("fields/<slug:key>/retire/", name="field-retire", needs="fields.manage", methods="POST")
def retire(request: Request, key: str) -> HttpResponse:
    """Take a field out of use; what stands in it is kept."""
    try:
        services.retire_field(request.viewer, key, at=clock.now())
    except CodingError as error:
        messages.error(request, error.say(request.viewer.language))
    else:
        told(request, _("已停用字段，已填的值保留"))
    return HttpResponseRedirect(reverse("fields"))


def _form(request: Request, form: DefinitionForm, title: str, key: str = "", used: int = 0) -> HttpResponse:
    facts = {
        "form": form,
        "title": title,
        "key": key,
        "used": used,
        "crumbs": [(reverse("fields"), _("自定义字段"))],
    }
    return show(request, "customers/field.html", facts, status=422 if form.errors else 200)


def _definition(form: DefinitionForm) -> dict[str, Any]:
    given = form.cleaned_data
    return {
        "zh": given["zh"],
        "en": given["en"],
        "choices": _choices(given["choices"]),
        "field_class": given["field_class"],
        "required": given["required"],
        "filterable": given["filterable"],
    }


def _choices(text: str) -> Sequence[Choice]:
    """One choice a line: ``key = zh = en``, or its Chinese name alone, which then is its key too."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        key, *names = (part.strip() for part in line.split("="))
        found.append(Choice(key, names[0] if names else key, names[1] if len(names) > 1 else ""))
    return found


def _line(choice: Choice) -> str:
    if choice.key == choice.zh and not choice.en:
        return choice.zh
    return " = ".join(filter(None, (choice.key, choice.zh, choice.en)))


def _shown(field: Field, viewer: Viewer, row: FieldRow | None = None) -> Mapping[str, Any]:
    language = viewer.language
    return {
        "key": field.key,
        "title": field.title(language),
        "type": TYPES.get(field.type, ""),
        "class": CLASSES[viewer.person_names if field.field_class == PERSON_NAMES else field.field_class],
        "required": field.required,
        "filterable": field.filterable,
        "choices": [one.title(language) for one in field.choices][:6],
        "used": row.used if row else None,
    }
