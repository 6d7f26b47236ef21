"""The code badge as HTML. Written in Python, not as a template: a list draws fifty of them."""

from itertools import count

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kehuma.web.badges import Badge, Part
from kehuma.web.icons import used

# An id of a popover need only be unique in its page; a page never shows this many.
_ids = count()
_AROUND = 1_000_000


def text(badge: Badge, tag: str = "span") -> SafeString:
    """The parts in a row, as a link where the badge has an address and ``tag`` is ``a``."""
    start = f'<a class="code-text" href="{escape(badge.url)}">' if tag == "a" else f'<{tag} class="code-text">'
    return mark_safe(f"{start}{''.join(map(_part, badge.parts))}</{tag}>")  # noqa: S308 - every text is escaped


def compact(badge: Badge) -> SafeString:
    """The badge without tools."""
    return _wrapped(badge, text(badge, "a" if badge.url else "span"))


def full(badge: Badge) -> SafeString:
    """The badge with its tools: copy, and the meaning of each part."""
    body, meaning = _with_tools(badge)
    return mark_safe(_wrapped(badge, text(badge, "a" if badge.url else "span") + body) + meaning)  # noqa: S308


def opened(badge: Badge) -> SafeString:
    """The large badge, each part over its meaning."""
    told = [f"{part.title}{part.meaning}" for part in badge.parts if part.kind != "sep"]
    label = _("编码 {code}：{parts}").format(code=badge.code, parts=_("，").join(told))
    body = "".join(
        f'<span class="cp-sep" aria-hidden="true">{escape(part.text)}</span>'
        if part.kind == "sep"
        else f'<div>{_part(part)}<span class="mean"><b>{escape(part.title)}</b>{escape(part.meaning)}</span></div>'
        for part in badge.parts
    )
    return mark_safe(f'<div class="code-open" role="group" aria-label="{escape(label)}">{body}</div>')  # noqa: S308


def tools(badge: Badge) -> SafeString:
    """The tools alone, for beside the large badge."""
    body, meaning = _with_tools(badge)
    return mark_safe(f"{body}{meaning}")  # noqa: S308


def meaning(badge: Badge, attributes: str = 'class="code-pop static"') -> SafeString:
    """The meaning of each part, and when and by which rule the code was given out."""
    rows = "".join(
        f"<li>{_part(part)}<span>{escape(part.title)} <b>{escape(part.meaning)}</b></span>"
        f"<span>{escape(part.source)}</span></li>"
        for part in badge.parts
        if part.kind != "sep" and (part.title or part.meaning)
    )
    head, foot = escape(_("编码的含义")), escape(_issued(badge))
    return mark_safe(f"<div {attributes}><h3>{head}</h3><ul>{rows}</ul><p>{foot}</p></div>")  # noqa: S308


def _with_tools(badge: Badge) -> tuple[str, str]:
    name = f"m{next(_ids) % _AROUND}"
    code = escape(badge.code)
    copy, ask = escape(_("复制编码 {code}")), escape(_("编码 {code} 的含义"))
    body = (
        f'<span class="code-tools"><button type="button" data-copy="{code}" data-said="{escape(_("已复制"))}" '
        f'aria-label="{copy.format(code=code)}">{used("copy")}</button><button type="button" '
        f'popovertarget="{name}" aria-label="{ask.format(code=code)}">{used("meaning")}</button></span>'
    )
    return body, meaning(badge, f'class="code-pop" popover id="{name}"')


def _wrapped(badge: Badge, inner: str) -> SafeString:
    kind = "code retired" if badge.is_retired else "code"
    return mark_safe(f'<span class="{kind}">{inner}</span>')  # noqa: S308 - made above


def _part(part: Part) -> str:
    if part.kind == "sep":
        return f'<span class="cp-sep">{escape(part.text)}</span>'
    return f'<span class="cp {part.kind}">{escape(part.text)}</span>'


def _issued(badge: Badge) -> str:
    lasting = _("此码永久有效，不改、不复用。")
    if badge.issued_at is None or not badge.scheme:
        return lasting
    given = _("{day} 按「{scheme}」v{version} 发出。")
    day = badge.issued_at.date().isoformat()
    return given.format(day=day, scheme=badge.scheme, version=badge.version) + lasting
