"""What was given, in words."""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _

from kehuma.apps.connectors.sharing import columns
from kehuma.apps.connectors.sharing.data import ReleaseRow
from kehuma.engine.coding.errors import Language


class Badge(NamedTuple):
    """The state of a file, and the tone of its badge."""

    title: str
    tone: str


def titles(names: Iterable[str], language: Language) -> list[str]:
    """Columns by their heads; of one whose field is gone that is said."""
    found = [columns.remembered([name]) for name in names]
    return [one[0].title(language) if one else _("已停用的列") for one in found]


def state(row: ReleaseRow) -> Badge:
    """How far it is."""
    match row.state:
        case "done" if row.has_file:
            return Badge(_("可以下载"), "ok")
        case "done":
            return Badge(_("已给出"), "line")
        case "asking":
            return Badge(_("等待决定"), "warn")
        case "stopped":
            return Badge(_("没有导出"), "line")
        case "failed":
            return Badge(_("没有写成"), "bad")
        case _:
            return Badge(_("正在进行"), "info")
