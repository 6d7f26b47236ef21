"""The icons of the pages: heroicons, outline, stroke 1.6, always beside a word or with a label."""

from functools import cache

from django.utils.safestring import SafeString, mark_safe
from heroicons.templatetags.heroicons import heroicon_outline

# Those that stand in every row of a list are drawn once per page and used from there.
SPRITE = {"copy": "square-2-stack", "meaning": "question-mark-circle"}


@cache
def icon(name: str, size: int = 18, tone: str = "") -> SafeString:
    """The icon as SVG; ``tone`` is a class such as ``t-ok``."""
    attributes = {"class": tone} if tone else {}
    text = heroicon_outline(name, size=size, stroke_width="1.6", **attributes)
    return mark_safe(text.replace("\n", ""))  # noqa: S308 - our own drawing


@cache
def sprite() -> SafeString:
    """The icons of ``SPRITE`` as symbols ``i-<name>``."""
    symbols = []
    for name, drawing in SPRITE.items():
        text = icon(drawing)
        inner = text[text.index(">") + 1 : text.rindex("</svg>")]
        symbols.append(
            f'<symbol id="i-{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6">'
            f"{inner}</symbol>"
        )
    return mark_safe("".join(symbols))  # noqa: S308 - as above


@cache
def used(name: str, size: int = 15) -> SafeString:
    """An icon of the sprite."""
    return mark_safe(f'<svg width="{size}" height="{size}" aria-hidden="true"><use href="#i-{name}"/></svg>')  # noqa: S308
