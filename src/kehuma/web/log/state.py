"""How the log and its witness are kept: on the page of the log, and in the bell where codes are refused."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.audit import checkpoints, health, queries, tree
from kehuma.apps.audit.errors import LogError, StoreBehindError
from kehuma.apps.audit.health import Kept
from kehuma.engine.coding.errors import Language
from kehuma.lib.viewer import Viewer
from kehuma.web import shell, wording
from kehuma.web.pages import may_open
from kehuma.web.shell import Notice


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with the witness, and what to do about it in the words of the command line."""

    text: str
    remedy: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """The figures above the list, and what is wrong."""

    size: int
    waiting: int
    witness: str
    trouble: Trouble | None
    is_elsewhere: bool
    folder: str


def state() -> State:
    """How things stand."""
    kept = health.looked()
    where = _("另一块磁盘") if kept.is_elsewhere else _("与数据同一块磁盘")
    found = trouble(kept)
    waiting, _since = queries.waiting()
    return State(tree.size(), waiting, _("有问题") if found else where, found, kept.is_elsewhere, str(kept.folder))


def trouble(kept: Kept) -> Trouble | None:
    """What keeps codes from being issued, or would do so soon."""
    if kept.contradiction:
        return _contradicted(kept.contradiction)
    if not kept.is_writable:
        text = _("见证文件夹 {folder} 写不进去：为避免将来重码，暂停发码").format(folder=kept.folder)
        return Trouble(text, _("请让运行 kehuma 的用户可以写这个文件夹；若是另一块磁盘，请先挂载。"))
    if not kept.is_private:
        return Trouble(_("日志的签名密钥 log.key 别人也读得到"), _("请运行下面的命令。"), "chmod 600 log.key")
    return None


def note() -> str:
    """The newest signed checkpoint that is known, "" for a log that has none."""
    return checkpoints.newest()


@shell.notices_of("log")
def _refused(viewer: Viewer) -> list[Notice]:
    if not (viewer.may("audit.view") or viewer.may("settings.manage")):
        return []
    kept = health.fence_looked()
    found = trouble(kept) if kept else None
    if found is None:
        return []
    url = reverse("audit" if may_open(viewer, "audit") else "health")
    return [Notice(found.text, f"{found.remedy} {found.command}".strip(), url, _("查看"), tone="bad", is_urgent=True)]


def _contradicted(error: LogError) -> Trouble:
    language: Language = "en" if wording.is_english() else "zh"
    if isinstance(error, StoreBehindError):
        remedy = _("先停止服务，再运行下面的命令：每个计数器跳到见证过的上限，然后继续发码，不会重码。")
        return Trouble(error.say(language), remedy, "kehuma recover")
    remedy = _("请校验日志，找到第一条被改动的记录，并从备份恢复。")
    return Trouble(error.say(language), remedy, "kehuma verify")
