"""Labels for printing: QR and Code 128, measured in millimetres, three by eight on A4."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.translation import gettext as _

from kehuma.apps.codes import listing, queries
from kehuma.apps.codes.listing import CodeRow
from kehuma.lib.viewer import Viewer
from kehuma.web.badges import Badge, badge
from kehuma.web.coding import said
from kehuma.web.coding.customers_of import Owner, owners
from kehuma.web.coding.symbols import code128, qr
from kehuma.web.pages import Request, page, show

MOST = 480
_A_PAGE = 24
_MOST_COPIES = 24


@dataclass(frozen=True, slots=True)
class Label:
    """One label; ``is_empty`` keeps a place free that was used before."""

    badge: Badge | None = None
    name: str = ""
    who: str = ""
    team: str = ""
    qr: str = ""
    bars: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it is a place to be left free."""
        return self.badge is None


@page("labels/", name="labels", needs="codes.label", methods="GET POST")
def labels(request: Request) -> HttpResponse:
    """Choose codes, see the sheet, print it. A POST brings the rows picked in a list."""
    given = request.POST if request.method == "POST" else request.GET
    rows, unknown = _chosen(request.viewer, given.get("codes", ""), given.getlist("code"), given.getlist("pick"))
    copies, skipped = _number(given.get("copies"), 1, _MOST_COPIES), _number(given.get("skip"), 0, _A_PAGE - 1)
    found = owners(request.viewer, [row.identity for row in rows])
    drawn = [label(row, found.get(row.identity)) for row in rows for _copy in range(copies)][:MOST]
    sheet = [*[Label() for _place in range(skipped)], *drawn] if drawn else []
    facts = {
        "pages": [sheet[start : start + _A_PAGE] for start in range(0, len(sheet), _A_PAGE)],
        "number": len(drawn),
        "unknown": unknown,
        "text": "\n".join(row.code for row in rows),
        "copies": copies,
        "skip": skipped,
        "most": MOST,
        "is_cut": len(rows) * copies > MOST,
    }
    return show(request, "coding/labels.html", facts)


def label(row: CodeRow, owner: Owner | None) -> Label:
    """The label of a code: whose it is where the viewer may know, else what its parts say."""
    drawn = badge(row.grammar, row.code)
    meaning = " · ".join(
        part.meaning for part in drawn.parts if part.kind in ("region", "industry", "lookup", "parent")
    )
    day = _("{month} 发码").format(month=row.issued_at.strftime("%Y-%m"))
    return Label(
        badge=drawn,
        name=owner.name if owner else said.title(row.grammar.scheme),
        who=meaning or (owner.place if owner else ""),
        team=" · ".join(filter(None, (owner.keeper if owner else "", day))),
        qr=qr(row.code),
        bars=code128(row.code),
    )


def _chosen(viewer: Viewer, text: str, codes: Sequence[str], picked: Sequence[str]) -> tuple[list[CodeRow], list[str]]:
    """The codes that were named or picked, in order, and the texts that are none."""
    viewer.require("codes.view")
    texts = [*codes, *(line.strip() for line in text.splitlines() if line.strip())][:MOST]
    identities, unknown = [], []
    for one in dict.fromkeys(texts):
        found = queries.resolve(one)
        if found.found and found.identity:
            identities.append(found.identity)
        else:
            unknown.append(one)
    ids = [int(one) for one in picked if one.isdigit() and len(one) < 18]
    rows = [*listing.named(viewer, identities), *(listing.picked(viewer, ids, MOST) if ids else [])]
    return list({row.identity: row for row in rows}.values()), unknown


def _number(text: str | None, least: int, most: int) -> int:
    return min(max(int(text), least), most) if text and text.isdigit() and len(text) < 5 else least
