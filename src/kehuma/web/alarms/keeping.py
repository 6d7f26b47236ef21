"""What the rules go by: canary codes, and the thresholds."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kehuma.apps.access import queries as access
from kehuma.apps.alarms import canaries as decoys
from kehuma.apps.alarms import queries, services
from kehuma.apps.alarms.errors import CanaryError, LimitError
from kehuma.apps.alarms.limits import Limits
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer
from kehuma.web.alarms import words
from kehuma.web.alarms.forms import CanaryForm, LimitsForm
from kehuma.web.alarms.tabs import tabs
from kehuma.web.coding import names
from kehuma.web.pages import Request, page, show


@page("alarms/canaries/", name="alarm-canaries", needs=queries.MANAGE, methods="GET POST")
def canaries(request: Request) -> HttpResponse:
    """The canary codes, and making some."""
    numbers = queries.canary_numbers(request.viewer)
    titles = dict(names.published())
    known = [(name, titles[name]) for name in numbers if name in titles]
    first = max(known, key=lambda pair: numbers[pair[0]][0], default=("", ""))[0]
    initial = {"scheme": first, "count": decoys.suggested(numbers[first][0]) if first else 1}
    form = CanaryForm(request.POST or None, schemes=known, initial=initial)
    if form.is_valid():
        told = form.cleaned_data
        try:
            made = services.make_canaries(request.viewer, told["scheme"], told["count"], at=clock.now())
        except CanaryError as error:
            form.add_error(None, error.say(words.language()))
        else:
            messages.success(request, ngettext("做好 {n} 个诱饵码。", "做好 {n} 个诱饵码。", made).format(n=made))
            return HttpResponseRedirect(reverse("alarm-canaries"))
    facts = {
        "tabs": tabs(request, "alarm-canaries"),
        "form": form if known else None,
        "canaries": [(one, titles.get(one.scheme, one.scheme)) for one in queries.canaries(request.viewer)],
        "schemes": [(titles[name], *numbers[name]) for name, _title in known],
    }
    return show(request, "alarms/canaries.html", facts, 422 if form.errors else 200)


@page("alarms/settings/", name="alarm-limits", needs=queries.MANAGE, methods="GET POST")
def limits(request: Request) -> HttpResponse:
    """The thresholds."""
    before = queries.limits(request.viewer)
    form = LimitsForm(request.POST or None, keys=_keys(request.viewer, before), initial=LimitsForm.initial_of(before))
    if form.is_valid():
        try:
            services.set_limits(request.viewer, form.limits(before), at=clock.now())
        except LimitError as error:
            form.add_error(str(error.facts["name"]), error.say(words.language()))
        else:
            messages.success(request, _("已保存，下一分钟起生效。"))
            return HttpResponseRedirect(reverse("alarm-limits"))
    facts = {"tabs": tabs(request, "alarm-limits"), "form": form}
    return show(request, "alarms/limits.html", facts, 422 if form.errors else 200)


def _keys(viewer: Viewer, before: Limits) -> Sequence[tuple[str, str]]:
    """The keys of programs; for who keeps people, since others do not know of them."""
    if not viewer.may("users.manage"):
        return ()
    told = access.all_keys(viewer, at=clock.now())
    known = [(str(key.uuid), f"{key.name}（{owner or _('本机')}）") for key, owner in told]
    gone = set(before.trusted) - {uuid for uuid, _name in known}
    return [*known, *((uuid, _("已作废的密钥")) for uuid in sorted(gone))]
