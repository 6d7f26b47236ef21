"""The forms of sign-in, first run, one's own account, people and roles."""

from typing import Any, Literal

from django import forms
from django.contrib.auth import get_user_model, password_validation
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kehuma.apps.access.data import PersonFacts, RoleFacts
from kehuma.lib.viewer import FIELD_CLASSES
from kehuma.web import rights

_LONGEST_PASSWORD = 1000
# Each by its own name, so that whoever reads nothing else finds it.
_LANGUAGES = (
    ("zh", format_html('<span lang="zh-CN">{}</span>', "中文")),
    ("en", format_html('<span lang="en">{}</span>', "English")),
)
_HINT = _("至少 12 个字符，一句话也可以；不要用单位名。")


class Password(forms.CharField):
    """A password: never stripped, never sent back; ``kind`` tells the browser's key ring which one it is."""

    def __init__(self, *, kind: Literal["current", "new"], **options: Any) -> None:
        widget = forms.PasswordInput({"autocomplete": f"{kind}-password"})
        super().__init__(strip=False, max_length=_LONGEST_PASSWORD, widget=widget, **options)


class SignInForm(forms.Form):
    """Who one is."""

    user = forms.CharField(
        label=_("账号或邮箱"), max_length=254, widget=forms.TextInput({"autocomplete": "username", "autofocus": True})
    )
    password = Password(label=_("密码"), kind="current")
    keep = forms.BooleanField(label=_("这台设备 14 天内免登录"), required=False)


class NumberForm(forms.Form):
    """The second factor."""

    number = forms.CharField(
        label=_("动态码或恢复码"),
        max_length=40,
        help_text=_("打开手机上的身份验证器，输入 6 位数字；手机不在身边就输入一个恢复码。"),
        widget=forms.TextInput({"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )


class NewPasswordForm(forms.Form):
    """A new password, twice."""

    password = Password(label=_("新密码"), kind="new", help_text=_HINT)
    again = Password(label=_("再输一次密码"), kind="new")

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if "password" in self.cleaned_data and again != self.cleaned_data["password"]:
            raise forms.ValidationError(_("两次输入的密码不一样"), code="mismatch")
        return again


class FirstRunForm(NewPasswordForm):
    """The organisation and its first person."""

    password = Password(label=_("密码"), kind="new", help_text=_HINT)
    organisation = forms.CharField(
        label=_("单位名称"), max_length=100, widget=forms.TextInput({"autocomplete": "organization", "autofocus": True})
    )
    name = forms.CharField(label=_("你的姓名"), max_length=100, widget=forms.TextInput({"autocomplete": "name"}))
    user = forms.CharField(label=_("账号"), max_length=150, widget=forms.TextInput({"autocomplete": "username"}))
    email = forms.EmailField(
        label=_("邮箱（可不填）"), required=False, widget=forms.EmailInput({"autocomplete": "email"})
    )
    field_order = ("organisation", "name", "user", "email", "password", "again")

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        told = {field: str(self.data.get(field, "")).strip() for field in ("organisation", "user", "name")}
        person = get_user_model()(username=told["user"], name=told["name"])
        password_validation.validate_password(password, person)
        if told["organisation"] and told["organisation"].lower() in password.lower():
            raise forms.ValidationError(_("密码里不要有单位名"), code="weak-name")
        return password


class ForgottenForm(forms.Form):
    """Who forgot the password."""

    user = forms.CharField(
        label=_("账号或邮箱"), max_length=254, widget=forms.TextInput({"autocomplete": "username", "autofocus": True})
    )


class AgainForm(forms.Form):
    """The password once more, before something that matters."""

    old = Password(label=_("现在的密码"), kind="current")


class PasswordForm(NewPasswordForm):
    """The old password and a new one, twice."""

    old = Password(label=_("现在的密码"), kind="current")
    field_order = ("old", "password", "again")


class ProfileForm(forms.Form):
    """What a person changes of itself."""

    name = forms.CharField(label=_("姓名"), max_length=100, widget=forms.TextInput({"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("邮箱（可不填）"), required=False, widget=forms.EmailInput({"autocomplete": "email"})
    )
    language = forms.ChoiceField(label=_("界面语言"), choices=_LANGUAGES, widget=forms.RadioSelect)


class KeyForm(forms.Form):
    """A new API key; the rights to choose from are the owner's."""

    name = forms.CharField(label=_("用途"), max_length=100, help_text=_("例如：ERP 同步。以后靠它认出这个密钥。"))
    days = forms.TypedChoiceField(
        label=_("有效期"),
        coerce=int,
        choices=((30, _("30 天")), (90, _("90 天")), (365, _("1 年"))),
        initial=90,
    )
    permissions = forms.MultipleChoiceField(label=_("权限"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, permissions: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["permissions"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(one, title) for one, title in rights.TITLES.items() if one in permissions]


class PersonForm(forms.Form):
    """What managers say of a person."""

    name = forms.CharField(label=_("姓名"), max_length=100)
    username = forms.CharField(label=_("账号"), max_length=150, help_text=_("登录时输入；不分大小写。"))
    email = forms.EmailField(label=_("邮箱（可不填）"), required=False)
    role = forms.ChoiceField(label=_("角色"))
    team = forms.TypedChoiceField(label=_("小组"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, roles: list[tuple[str, str]], teams: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("role", roles), ("team", [("", "—"), *teams])):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices

    @property
    def facts(self) -> PersonFacts:
        """What was filled in."""
        told = self.cleaned_data
        return PersonFacts(told["name"], told["username"], told["email"], told["role"], told["team"])


class TeamForm(forms.Form):
    """The name of a team."""

    name = forms.CharField(label=_("小组名称"), max_length=100)


class RoleForm(forms.Form):
    """A role: its names, its rights, its reach."""

    zh = forms.CharField(label=_("中文名"), max_length=50)
    en = forms.CharField(label=_("英文名"), max_length=50)
    permissions = forms.MultipleChoiceField(
        choices=list(rights.TITLES.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    scope = forms.ChoiceField(choices=(("own", ""), ("team", ""), ("all", "")), widget=forms.RadioSelect)
    sees = forms.MultipleChoiceField(
        choices=[(one, "") for one in FIELD_CLASSES], required=False, widget=forms.CheckboxSelectMultiple
    )
    asks_second_factor = forms.BooleanField(
        label=_("登录时要求两步验证"),
        required=False,
        help_text=_("还没有开启的人，下次进来先设置，设置好之前什么也看不到。"),
        widget=forms.CheckboxInput({"role": "switch"}),
    )

    @property
    def facts(self) -> RoleFacts:
        """What was filled in."""
        told = self.cleaned_data
        given, seen = frozenset(told["permissions"]), frozenset(told["sees"])
        return RoleFacts(told["zh"], told["en"], given, told["scope"], seen, told["asks_second_factor"])
