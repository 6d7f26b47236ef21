"""设置 → 密钥与封存."""

from collections.abc import Callable
from pathlib import Path

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from kehuma.apps.sealing import queries, services, tasks
from kehuma.apps.sealing.errors import KeysError, StoreSealedError
from kehuma.engine.coding.errors import Language
from kehuma.engine.encryption.errors import EncryptionError
from kehuma.lib import clock
from kehuma.lib.demo import stage
from kehuma.lib.viewer import Viewer
from kehuma.web import shell
from kehuma.web.pages import Request, page, show
from kehuma.web.settings.tabs import tabs
from kehuma.web.shell import Notice

_LONGEST = 1_000


class PassphraseForm(forms.Form):
    """The passphrase that opens; spaces at its ends belong to it."""

    passphrase = forms.CharField(
        label=gettext_lazy("口令"),
        max_length=_LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class RecoveryForm(forms.Form):
    """A recovery key, in any grouping."""

    key = forms.CharField(
        label=gettext_lazy("恢复密钥"),
        help_text=gettext_lazy("14 组、每组 5 个字符；大小写、空格和连字符都不要紧。"),
        max_length=_LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )


@page("settings/keys/", name="keys", needs="keys.manage")
def keys(request: Request) -> HttpResponse:
    """How the keys are kept."""
    return _shown(request)


@page("settings/keys/progress/", name="keys-work", needs="keys.manage")
def keys_work(request: Request) -> HttpResponse:
    """How far a rotation has come; when it is over the whole page is asked for anew."""
    status = queries.status()
    answer = show(request, "sealing/work.html", {"status": status})
    if status.moved is None:
        answer.headers["HX-Refresh"] = "true"
    return answer


@page("settings/keys/unseal/", name="keys-unseal", needs="keys.manage", methods="POST")
def unseal(request: Request) -> HttpResponse:
    """Open with the passphrase, for all processes of the server."""
    form = PassphraseForm(request.POST)
    if _done(form, "passphrase", lambda given: services.unseal(given, actor=request.viewer.actor, at=clock.now())):
        messages.success(request, _("已解封。"))
        return HttpResponseRedirect(reverse("keys"))
    return _shown(request, passphrase=form)


@page("settings/keys/recover/", name="keys-recover", needs="keys.manage", methods="POST")
def recover(request: Request) -> HttpResponse:
    """Open with the recovery key."""
    form = RecoveryForm(request.POST)
    if _done(form, "key", lambda given: services.recover(given, actor=request.viewer.actor, at=clock.now())):
        messages.success(request, _("已解封，根密钥已重新生效。"))
        return HttpResponseRedirect(reverse("keys"))
    return _shown(request, recovery=form)


@page("settings/keys/rotate/", name="keys-rotate", needs="keys.manage", methods="POST")
def rotate(request: Request) -> HttpResponse:
    """A new key version; the worker moves the data keys."""
    services.rotate(actor=request.viewer.actor, at=clock.now())
    tasks.resume()
    return HttpResponseRedirect(reverse("keys"))


@page("settings/keys/<int:number>/retire/", name="keys-retire", needs="keys.manage", methods="POST")
def retire(request: Request, number: int) -> HttpResponse:
    """Destroy a version that wraps nothing any more."""
    try:
        services.retire(number, actor=request.viewer.actor, at=clock.now())
    except EncryptionError as error:
        messages.error(request, error.say(_language()))
    else:
        messages.success(request, _("密钥版本 {number} 已销毁。").format(number=number))
    return HttpResponseRedirect(reverse("keys"))


@page("settings/keys/recovery/", name="keys-recovery", needs="keys.manage", methods="POST")
def recovery(request: Request) -> HttpResponse:
    """A recovery key, shown this once."""
    text = services.new_recovery_key(actor=request.viewer.actor, at=clock.now())
    return _no_store(show(request, "sealing/recovery.html", {"groups": text.split("-")}))


@page("settings/keys/recovery/confirm/", name="keys-recovery-confirm", needs="keys.manage", methods="GET POST")
def confirm(request: Request) -> HttpResponse:
    """The recovery key typed back: only then it counts."""
    form = RecoveryForm(request.POST or None)
    actor, at = request.viewer.actor, clock.now()
    if form.is_bound and _done(form, "key", lambda given: services.confirm_recovery_key(given, actor=actor, at=at)):
        messages.success(request, _("恢复密钥已生效，先前的已作废。"))
        return HttpResponseRedirect(reverse("keys"))
    return _no_store(show(request, "sealing/confirm.html", {"form": form}, 422 if form.errors else 200))


@shell.notices_of("keys")
def _to_do(viewer: Viewer) -> list[Notice]:
    if not viewer.may("keys.manage"):
        return []
    if sealed := queries.why_sealed():
        title = _("个人信息已封存")
        return [Notice(title, sealed.say(_language()), reverse("keys"), _("解封"), tone="bad", is_urgent=True)]
    if queries.needs_recovery_key():
        more = _("根密钥丢失而没有恢复密钥，个人信息将永远打不开。")
        # The keys of a demonstration go with it.
        is_real = stage.read(Path(settings.KEHUMA_HOME)) is None
        return [Notice(_("还没有恢复密钥"), more, reverse("keys"), _("现在生成"), tone="warn", is_urgent=is_real)]
    return []


def _done(form: forms.Form, field: str, do: Callable[[str], None]) -> bool:
    """Whether it was done with what was typed; why not is told at the field."""
    if not form.is_valid():
        return False
    try:
        do(form.cleaned_data[field])
    except (EncryptionError, KeysError, StoreSealedError) as error:
        form.add_error(field, error.say(_language()))
        return False
    return True


def _shown(
    request: Request, *, passphrase: PassphraseForm | None = None, recovery: RecoveryForm | None = None
) -> HttpResponse:
    status = queries.status()
    facts = {
        "status": status,
        "reason": status.sealed.say(_language()) if status.sealed else "",
        "passphrase": passphrase or PassphraseForm(),
        "recovery": recovery or RecoveryForm(),
        "tabs": tabs(request, "keys"),
    }
    return show(request, "sealing/keys.html", facts, 422 if passphrase or recovery else 200)


def _no_store(answer: HttpResponse) -> HttpResponse:
    # A shared computer must not show it again by its "back".
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _language() -> Language:
    return "en" if get_language() == "en" else "zh"
