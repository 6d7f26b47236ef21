"""The pages of settings: the organisation, backups, health."""

from pathlib import Path
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

import kehuma
from kehuma.apps.access import queries as access
from kehuma.apps.access import services as people
from kehuma.apps.audit import health as log
from kehuma.apps.audit import services as audit
from kehuma.apps.codes import queries as codes
from kehuma.apps.sealing import health as sealing
from kehuma.engine.coding.errors import Language
from kehuma.lib import clock
from kehuma.lib.backups import shelf
from kehuma.lib.backups.errors import BackupError
from kehuma.lib.db import place
from kehuma.lib.health import looking
from kehuma.lib.viewer import Viewer
from kehuma.web import shell
from kehuma.web.pages import Request, page, show
from kehuma.web.settings import tasks
from kehuma.web.settings.tabs import tabs
from kehuma.web.shell import Notice

_MEGABYTE = 1_000_000


class OrganisationForm(forms.Form):
    """The name of the organisation, who sees the names of persons, and when customers go back to the public pool."""

    name = forms.CharField(label=gettext_lazy("单位名称"), max_length=100)
    person_names = forms.ChoiceField(
        label=gettext_lazy("个人客户和联系人的姓名"),
        choices=(
            ("internal", gettext_lazy("内部信息：能看客户的人都看到全名")),
            ("personal", gettext_lazy("个人信息：没有这一级的角色只见 张**")),
        ),
        widget=forms.RadioSelect,
        required=False,
    )
    idle_days = forms.IntegerField(
        label=gettext_lazy("多少天未联系就回到公海"),
        help_text=gettext_lazy("留空表示不自动收回。从最近一次联系、建档或交接算起。"),
        min_value=1,
        max_value=3650,
        required=False,
    )


@page("settings/", name="settings", needs="settings.manage", methods="GET POST")
def organisation(request: Request) -> HttpResponse:
    """What the organisation is called, and where its data lies."""
    known = {"name": access.organisation_name(), "person_names": access.person_names(), "idle_days": access.idle_days()}
    form = OrganisationForm(request.POST or None, initial=known)
    if access.is_separated():
        # Who sees which names is then for who gives rights.
        del form.fields["person_names"]
    if form.is_valid():
        if form.cleaned_data["name"] != known["name"]:
            people.rename_organisation(request.viewer, form.cleaned_data["name"], at=clock.now())
        if chosen := form.cleaned_data.get("person_names"):
            people.set_person_names(request.viewer, chosen, at=clock.now())
        if form.cleaned_data["idle_days"] != known["idle_days"]:
            people.set_idle_days(request.viewer, form.cleaned_data["idle_days"], at=clock.now())
        messages.success(request, _("已保存。"))
        return HttpResponseRedirect(reverse("settings"))
    facts = {
        "form": form,
        "tabs": tabs(request, "settings"),
        "version": kehuma.__version__,
        "home": settings.KEHUMA_HOME,
        "is_file": place.store() is not None,
    }
    return show(request, "settings/organisation.html", facts, 422 if form.errors else 200)


@page("settings/health/", name="health", needs="settings.manage")
def health(request: Request) -> HttpResponse:
    """What ``kehuma doctor`` says, on screen."""
    language = _language()
    found = [
        {
            "title": one.title(language),
            "found": one.finding(language),
            "remedy": one.remedy.say(language) if one.remedy else "",
            "tone": "bad" if one.is_fault else "warn",
        }
        for one in looking.examined(_home(), codes.faults, at=clock.now(), more=(log.findings, sealing.findings))
    ]
    facts = {
        "wrong": sorted((one for one in found if one["remedy"]), key=lambda one: one["tone"]),
        "has_fault": any(one["remedy"] and one["tone"] == "bad" for one in found),
        "sound": [one for one in found if not one["remedy"]],
        "tabs": tabs(request, "health"),
    }
    return show(request, "settings/health.html", facts)


@page("settings/backups/", name="backups", needs="backup.manage")
def backups(request: Request) -> HttpResponse:
    """The backups there are."""
    return show(request, "settings/backups.html", {**_work(), "tabs": tabs(request, "backups"), "rows": _rows()})


@page("settings/backups/progress/", name="backups-work", needs="backup.manage")
def backups_work(request: Request) -> HttpResponse:
    """How far the work has come; when it is over the whole page is asked for anew."""
    facts = _work()
    answer = show(request, "settings/backups_work.html", facts)
    if not facts["is_running"]:
        answer.headers["HX-Refresh"] = "true"
    return answer


@page("settings/backups/new/", name="backup-new", needs="backup.manage", methods="POST")
def backup_new(request: Request) -> HttpResponse:
    """Ask the worker for a backup."""
    _require_idle()
    tasks.begin(_home(), "make")
    tasks.make_backup.enqueue(request.viewer.actor)
    return HttpResponseRedirect(reverse("backups"))


@page("settings/backups/<str:name>/", name="backup", needs="backup.manage")
def backup(request: Request, name: str) -> HttpResponse:
    """Download a backup; everything and everybody stands in it, so this leaves an event."""
    path = _path(name)
    audit.record_alone("store.backup-downloaded", name, actor=request.viewer.actor, at=clock.now())
    answer = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/gzip")
    return cast("HttpResponse", answer)


@page("settings/backups/<str:name>/check/", name="backup-check", needs="backup.manage", methods="POST")
def backup_check(request: Request, name: str) -> HttpResponse:
    """Ask the worker to restore a backup on trial."""
    _path(name)
    _require_idle()
    tasks.begin(_home(), "check", name)
    tasks.check_backup.enqueue(name, request.viewer.actor)
    return HttpResponseRedirect(reverse("backups"))


@page("settings/backups/<str:name>/delete/", name="backup-delete", needs="backup.manage", methods="POST")
def backup_delete(request: Request, name: str) -> HttpResponse:
    """Delete a backup."""
    _path(name)
    shelf.remove(_home(), name)
    audit.record_alone("store.backup-deleted", name, actor=request.viewer.actor, at=clock.now())
    messages.success(request, _("备份已删除。"))
    return HttpResponseRedirect(reverse("backups"))


@shell.notices_of("backups")
def _failed(viewer: Viewer) -> list[Notice]:
    state = shelf.state(_home(), at=clock.now()) if viewer.may("backup.manage") else None
    if state is None or state.is_running:
        return []
    title = _("备份没有完成") if state.task == "make" else _("备份核对没有通过")
    return [Notice(title, state.fault[_language()], reverse("backups"), tone="bad")]


def _rows() -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "made_at": one.manifest.made_at if one.manifest else None,
            "megabytes": one.size / _MEGABYTE,
            "customers": one.manifest.rows_of("customers_customer") if one.manifest else None,
            "codes": one.manifest.rows_of("codes_code") if one.manifest else None,
            "checked_at": one.checked_at or (one.manifest.made_at if one.manifest else None),
            "fault": one.fault,
        }
        for one in shelf.kept(_home())
    ]


def _work() -> dict[str, Any]:
    state = shelf.state(_home(), at=clock.now())
    if state is None:
        return {"is_running": False, "fault": ""}
    phases = {"wait": _("等待后台服务"), "copy": _("复制数据"), "pack": _("打包"), "check": _("试恢复并逐表比对")}
    return {
        "is_running": state.is_running,
        "is_check": state.task == "check",
        "phase": phases.get(state.phase, ""),
        "share": state.share,
        "fault": state.fault.get(_language(), ""),
    }


def _require_idle() -> None:
    if shelf.is_busy(_home()):
        raise BackupError("backup-running")


def _path(name: str) -> Path:
    try:
        return shelf.path_of(_home(), name)
    except BackupError as error:
        raise Http404 from error


def _home() -> Path:
    return Path(settings.KEHUMA_HOME)


def _language() -> Language:
    return "en" if get_language() == "en" else "zh"
