"""What customers bring to the workbench and to the frame of every page."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kehuma.apps.customers import queries
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer
from kehuma.web import wording
from kehuma.web.charts import Series
from kehuma.web.customers import coding
from kehuma.web.customers.addresses import url_of
from kehuma.web.customers.coding import Coder
from kehuma.web.workbench.cards import Fact, card, fact

_WEEKS, _BARS, _LINES, _MOST = 12, 7, 6, 1000
_QUIET_DAYS = 90


@fact(position=10)
def _number(viewer: Viewer) -> Fact | None:
    if not viewer.may("customers.view"):
        return None
    return Fact(_("客户总数"), _capped(queries.count(queries.visible(viewer), 999_999), 999_999), reverse("customers"))


@fact(position=20)
def _mine(viewer: Viewer) -> Fact | None:
    if not viewer.may("customers.view"):
        return None
    counts = queries.counts(viewer)
    return Fact(_("我的客户"), _capped(counts["mine"]), reverse("customers") + "?owner=me")


@fact(position=21)
def _sea(viewer: Viewer) -> Fact | None:
    if not viewer.may("customers.view"):
        return None
    return Fact(_("公海"), _capped(queries.counts(viewer)["sea"]), reverse("customers") + "?owner=none")


@fact(position=30)
def _quiet(viewer: Viewer) -> Fact | None:
    if not viewer.may("customers.view"):
        return None
    day = (clock.now() - timedelta(days=_QUIET_DAYS)).date().isoformat()
    rows = queries.filtered(viewer, {"last_activity_at": ("", day)}, queries.visible(viewer))
    return Fact(_("90 天未联系"), _capped(queries.count(rows)), f"{reverse('customers')}?quiet={_QUIET_DAYS}")


@card("customers/wb_new.html", position=20)
def _new(viewer: Viewer) -> Mapping[str, Any] | None:
    """New customers of the last weeks, one point a week."""
    if not viewer.may("customers.view"):
        return None
    today = timezone.localtime(clock.now()).date()
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=back) for back in range(_WEEKS - 1, -1, -1)]
    edges = [timezone.make_aware(datetime.combine(day, datetime.min.time())) for day in starts]
    rows = queries.visible(viewer).filter(created_at__gte=edges[0]).order_by()
    # One pass of the store over the rows; cutting dates there would call back into Python for each of them.
    weeks = {
        f"week{n}": Count("id", filter=Q(created_at__gte=begin, created_at__lt=begin + timedelta(weeks=1)))
        for n, begin in enumerate(edges)
    }
    counted = rows.aggregate(**weeks)
    numbers = [counted[key] for key in weeks]
    if not any(numbers):
        return None
    title = _("近 12 周每周新增客户，本周 {n} 户").format(n=numbers[-1])
    labels = [f"{start:%m-%d}" for start in starts]
    return {"title": title, "labels": labels, "series": [Series(_("新增"), numbers)], "total": sum(numbers)}


@card("customers/wb_same.html", position=30)
def _same(viewer: Viewer) -> Mapping[str, Any] | None:
    """Enterprises whose names are the same once spelling is set aside."""
    if not viewer.may("customers.view"):
        return None
    rows = queries.visible(viewer).filter(kind="enterprise").exclude(normal_name="")
    names = rows.order_by("normal_name").values("normal_name").annotate(n=Count("id")).filter(n__gt=1)
    found = [one["normal_name"] for one in names[: _LINES + 1]]
    if not found:
        return None
    coder = Coder()
    together = rows.filter(normal_name__in=found[:_LINES]).order_by("normal_name", "id")
    groups: dict[str, list[Any]] = {}
    for one in together[:_MOST]:
        groups.setdefault(one.normal_name, []).append(one)
    return {
        "groups": [
            {"name": those[0].name, "number": len(those),
             "badges": [coder.badge(one.code_id, url=url_of(one.code_id)) for one in those[:3]]}
            for those in groups.values()
        ],
        "has_more": len(found) > _LINES,
    }  # fmt: skip


@card("customers/wb_recent.html", position=40, column="right")
def _recent(viewer: Viewer) -> Mapping[str, Any] | None:
    """The customers with whom something happened last."""
    if not viewer.may("customers.view"):
        return None
    last = list(queries.visible(viewer).order_by("-last_activity_at", "-id")[:_LINES])
    if not last:
        return None
    coder = Coder()
    rows = [(coder.badge(row.code, scheme=row.scheme, url=url_of(row.identity)), row)
            for row in queries.rows(viewer, last)]  # fmt: skip
    return {"rows": rows}


@card("customers/wb_regions.html", position=30, column="right")
def _regions(viewer: Viewer) -> Mapping[str, Any] | None:
    """How many codes each region has, told by the counters of the rules."""
    if not (viewer.may("customers.view") and viewer.scope == "all"):
        return None
    counted = coding.regions_issued(Coder()).most_common(_BARS)
    if not counted:
        return None
    return {"rows": [(coding.alone(part), part.meaning, number, "") for part, number in counted]}


def _capped(number: int, most: int = _MOST) -> str:
    return f"{wording.number(most)}+" if number > most else wording.number(number)
