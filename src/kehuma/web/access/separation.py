"""Three administrators (三权分立): who they are, how it begins, how it ends."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.access import queries, services
from kehuma.apps.access.errors import AccessError
from kehuma.apps.access.separation import ADMINISTRATORS
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer
from kehuma.web.pages import Request, page, show
from kehuma.web.shell import Notice, notices_of

TITLES: Mapping[str, tuple[Promise, Promise]] = {
    "system": (
        gettext_lazy("系统管理员"),
        gettext_lazy("用户、设置、备份、编码规则；看不到客户，也不能改角色。"),
    ),
    "security": (
        gettext_lazy("安全管理员"),
        gettext_lazy("角色与授权、密钥与封存、字段遮盖、异常提醒；看不到客户。"),
    ),
    "audit": (gettext_lazy("审计管理员"), gettext_lazy("只看、只校验、只签核操作日志；什么也改不了。")),
}


class ThreeForm(forms.Form):
    """Who is to be which administrator."""

    system = forms.ChoiceField()
    security = forms.ChoiceField()
    audit = forms.ChoiceField()

    def __init__(self, *args: Any, people: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            title, text = TITLES[name]
            field.label, field.help_text = str(title), str(text)
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", "—"), *people]


@page("users/roles/separation/", name="separation", needs="roles.manage", methods="GET POST")
def separation(request: Request) -> HttpResponse:
    """Explain three administrators; put them in force, or show who they are."""
    state = queries.separation_state()
    people = _people(request)
    form = ThreeForm(request.POST or None, people=people, initial={"system": request.viewer.actor})
    if state.since is None and form.is_valid():
        chosen = {part: form.cleaned_data[part] for part in ADMINISTRATORS}
        try:
            services.separate(request.viewer, chosen, at=clock.now())
        except AccessError as error:
            form.add_error(None, _("{sentence}。").format(sentence=error.say(request.viewer.language)))
        else:
            messages.success(request, _("三权分立已启用"))
            return HttpResponseRedirect(reverse("users" if _is_mine(request, chosen["system"]) else "workbench"))
    facts = {
        "form": form,
        "state": state,
        "administrators": [(*TITLES[part], "、".join(state.holders[part])) for part in ADMINISTRATORS],
        "people": people,
        "others": [one for one in people if one[0] != request.viewer.actor],
        "roles": queries.givable_roles(request.viewer),
        "person_names": queries.person_names(),
        "may_begin": request.viewer.may("users.manage"),
        "asked_by": _name(state.ending.by) if state.ending else "",
        "crumbs": [(reverse("roles"), _("角色"))],
    }
    return show(request, "access/separation.html", facts, 422 if form.errors else 200)


@page("users/roles/separation/role/", name="separation-role", needs="roles.manage", methods="POST")
def give(request: Request) -> HttpResponse:
    """Give somebody else another role."""
    asked = forms.UUIDField()
    try:
        person, role = asked.clean(request.POST.get("person")), asked.clean(request.POST.get("role"))
        services.give_role(request.viewer, person, role, at=clock.now())
    except forms.ValidationError:
        messages.error(request, _("请选择人和角色。"))
    except AccessError as error:
        messages.error(request, _("{sentence}。").format(sentence=error.say(request.viewer.language)))
    else:
        messages.success(request, _("已换角色，从他下一次点击起生效"))
    return HttpResponseRedirect(reverse("separation"))


@page("users/roles/separation/names/", name="separation-names", needs="roles.manage", methods="POST")
def names(request: Request) -> HttpResponse:
    """Which class of fields the names of persons belong to: covering is for who gives rights."""
    chosen = request.POST.get("person_names")
    if queries.is_separated() and (chosen in {"internal", "personal"}):
        services.set_person_names(request.viewer, "personal" if chosen == "personal" else "internal", at=clock.now())
        messages.success(request, _("已保存"))
    return HttpResponseRedirect(reverse("separation"))


@page("users/roles/separation/end/", name="separation-end", needs="roles.manage", methods="POST")
def ask_end(request: Request) -> HttpResponse:
    """Ask to go back to one administrator."""
    try:
        heir = forms.UUIDField().clean(request.POST.get("administrator"))
        services.ask_end(request.viewer, heir, at=clock.now())
    except forms.ValidationError:
        messages.error(request, _("请选择谁来当管理员。"))
    except AccessError as error:
        messages.error(request, _("{sentence}。").format(sentence=error.say(request.viewer.language)))
    else:
        messages.success(request, _("已申请，等审计管理员同意"))
    return HttpResponseRedirect(reverse("separation"))


@page("audit/separation/", name="separation-decide", needs="audit.sign", methods="GET POST")
def decide(request: Request) -> HttpResponse:
    """Agree to go back to one administrator, or not: for who watches."""
    if request.method == "POST":
        is_agreed = request.POST.get("agree") == "yes"
        try:
            services.decide_end(request.viewer, is_agreed=is_agreed, at=clock.now())
        except AccessError as error:
            messages.error(request, _("{sentence}。").format(sentence=error.say(request.viewer.language)))
        else:
            messages.success(request, _("三权分立已结束") if is_agreed else _("没有同意，三权分立继续"))
        return HttpResponseRedirect(reverse("separation-decide"))
    state = queries.separation_state()
    facts = {
        "state": state,
        "administrators": [(*TITLES[part], "、".join(state.holders[part])) for part in ADMINISTRATORS],
        "asked_by": _name(state.ending.by) if state.ending else "",
        "heir": _name(state.ending.administrator) if state.ending else "",
        "crumbs": [(reverse("audit"), _("操作日志"))],
    }
    return show(request, "access/separation_decide.html", facts)


@notices_of("separation")
def _asked(viewer: Viewer) -> list[Notice]:
    # Who may do more than watch is no audit administrator, and need not look each time.
    if not viewer.may("audit.sign") or viewer.may("users.manage"):
        return []
    ending = queries.separation_state().ending
    if ending is None:
        return []
    text = _("{name}申请恢复为一位管理员，请你决定。").format(name=_name(ending.by))
    return [Notice(_("申请结束三权分立"), text, reverse("separation-decide"), tone="warn")]


def _people(request: Request) -> list[tuple[str, str]]:
    return [(str(uuid), f"{name} ({username})") for uuid, name, username, _role in queries.candidates(request.viewer)]


def _name(actor: str) -> str:
    return queries.names_by_actor([actor]).get(actor, actor)


def _is_mine(request: Request, person: str) -> bool:
    return person == request.viewer.actor
