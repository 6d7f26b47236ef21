"""The customers behind codes, as far as the viewer may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from kehuma.apps.customers import queries
from kehuma.lib.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a code is: the name, what stands under it on a label, and the address of its page."""

    name: str
    place: str = ""
    keeper: str = ""
    url: str = ""


def owners(viewer: Viewer, identities: Sequence[str]) -> Mapping[str, Owner]:
    """Those of the codes that belong to customers in the viewer's reach."""
    if not identities or not viewer.may("customers.view"):
        return {}
    records = queries.visible(viewer).filter(code_id__in=list(identities))
    rows = queries.rows(viewer, list(records))
    language = "en" if viewer.language == "en" else "zh"
    found = {}
    for row in rows:
        place = " · ".join(text for key in ("region", "industry") if (text := row.text(key, language)))
        keeper = row.owner.name if row.owner else ""
        found[row.identity] = Owner(row.name, place, keeper, _url(row.identity))
    return found


def _url(identity: str) -> str:
    try:
        return reverse("customer", args=[identity])
    except NoReverseMatch:
        return ""
