"""Charts as SVG, drawn on the server: a title, a wide and a narrow drawing where the room differs, the numbers behind.

No script and no inline style: colours are classes of the style sheet, lengths are attributes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10, pi

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kehuma.web import wording

HUES = 6


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or one layer of every column."""

    title: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class _Frame:
    """The room of a drawing and the axis of its values."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    most: float

    def y(self, value: float) -> float:
        return self.height - self.bottom - value / self.most * (self.height - self.bottom - self.top)

    def x(self, index: float, number: int) -> float:
        return self.left + (index / max(number - 1, 1)) * (self.width - self.right - self.left)


def lines(title: str, labels: Sequence[str], series: Sequence[Series], unit: str = "") -> SafeString:
    """Up to three lines over the same labels; the first one stands on a wash, the others are dashed.

    ``title`` says what can be seen, for those who cannot see it; ``unit`` heads the first column of the table.
    """
    wide = _svg(title, 720, 210, _line_drawing(labels, series, _Frame(720, 210, 44, 70, 12, 26, _most(series)), 2))
    narrow = _svg(title, 340, 190, _line_drawing(labels, series, _Frame(340, 190, 44, 70, 12, 26, _most(series)), 4))
    return _plot(wide, narrow, behind(labels, series, unit))


def stack(title: str, labels: Sequence[str], series: Sequence[Series], unit: str = "") -> SafeString:
    """Columns of layers, one column per label, its sum above it."""
    sums = [sum(one.values[index] for one in series) for index in range(len(labels))]
    most = _nice(max(sums, default=0))
    wide = _svg(title, 560, 220, _stack_drawing(labels, series, sums, _Frame(560, 220, 38, 8, 20, 26, most)))
    narrow = _svg(title, 340, 200, _stack_drawing(labels, series, sums, _Frame(340, 200, 38, 8, 20, 26, most)))
    return _plot(wide, narrow, legend([one.title for one in series]) + behind(labels, series, unit))


def ring(title: str, labels: Sequence[str], values: Sequence[float], unit: str = "") -> SafeString:
    """Shares of a whole, at most six; the numbers stand beside the ring, so no table is needed behind it."""
    whole = sum(values)
    body = f'<g transform="translate(100 95) rotate(-90)">{"".join(_arcs(values, whole))}</g>'
    body += f'<text class="val" x="100" y="94" text-anchor="middle" font-size="20">{wording.number(whole)}</text>'
    body += f'<text class="dim" x="100" y="112" text-anchor="middle">{escape(unit)}</text>'
    for index, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = 40 + 24 * index
        body += f'<rect class="f{index + 1}" x="212" y="{y - 9}" width="10" height="10" rx="2"/>'
        body += f'<text x="230" y="{y}">{escape(label)}</text>'
        body += f'<text class="val" x="350" y="{y}" text-anchor="end">{wording.number(value)}</text>'
        body += f'<text class="dim" x="400" y="{y}" text-anchor="end">{wording.percent(_of(value, whole))}</text>'
    return mark_safe(f'<div class="plot">{_svg(title, 420, 190, body, kind="chart")}</div>')  # noqa: S308 - escaped


def heat(
    title: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[float | None]]], unit: str = ""
) -> SafeString:
    """Numbers of a table as shades; None is a cell without a number."""
    wide = _svg(title, 560, 26 + 30 * len(rows), _heat_drawing(columns, rows, 66, 98.8 * 5))
    narrow = _svg(title, 340, 26 + 30 * len(rows), _heat_drawing(columns, rows, 46, 58.8 * 5))
    turned = [Series(name, [row[1][index] or 0 for row in rows]) for index, name in enumerate(columns)]
    return _plot(wide, narrow, behind([name for name, _values in rows], turned, unit))


def behind(labels: Sequence[str], series: Sequence[Series], unit: str = "") -> str:
    """The numbers behind a drawing, as a table that opens."""
    head = "".join(f'<th scope="col">{escape(one.title)}</th>' for one in series)
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(f"<td>{wording.number(one.values[index])}</td>" for one in series)
        + "</tr>"
        for index, label in enumerate(labels)
    )
    first = f'<th scope="col">{escape(unit)}</th>' if unit else "<td></td>"
    return (
        f'<details class="data-behind"><summary>{escape(_("查看数据"))}</summary><table><thead><tr>{first}{head}</tr>'
        f"</thead><tbody>{rows}</tbody></table></details>"
    )


def legend(titles: Sequence[str]) -> str:
    """What the hues stand for."""
    spots = "".join(
        f'<span><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="f{index % HUES + 1}" width="10" height="10" '
        f'rx="2"/></svg>{escape(title)}</span>'
        for index, title in enumerate(titles)
    )
    return f'<div class="legend">{spots}</div>'


def _svg(title: str, width: int, height: int, body: str, kind: str = "") -> str:
    told = escape(title)
    return (
        f'<svg class="{kind or "chart KIND"}" viewBox="0 0 {width} {height}" role="img" aria-label="{told}">'
        f"<title>{told}</title>{body}</svg>"
    )


def _plot(wide: str, narrow: str, below: str) -> SafeString:
    both = wide.replace("chart KIND", "chart wide", 1) + narrow.replace("chart KIND", "chart narrow", 1)
    return mark_safe(f'<div class="plot">{both}</div>{below}')  # noqa: S308 - every text is escaped


def _axis(frame: _Frame) -> str:
    body = ""
    for step in range(4):
        value = frame.most * step / 3
        y = frame.y(value)
        kind = "axis" if step == 0 else "grid"
        body += f'<line class="{kind}" x1="{frame.left}" x2="{frame.width - frame.right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        body += f'<text class="dim" x="{frame.left - 8}" y="{y + 4:.1f}" text-anchor="end">{value:,.0f}</text>'
    return body


def _line_drawing(labels: Sequence[str], series: Sequence[Series], frame: _Frame, every: int) -> str:
    last = len(labels) - 1
    body = _axis(frame)
    for index, label in enumerate(labels):
        # The last label is always told; one directly before it would run into it.
        if index == last or (index % every == 0 and last - index >= every / 2):
            x = frame.x(index, len(labels))
            body += f'<text class="dim" x="{x:.1f}" y="{frame.height - 8}" text-anchor="middle">{escape(label)}</text>'
    ends: list[float] = []
    for place, one in enumerate(series):
        spots = " ".join(f"{frame.x(i, len(labels)):.1f},{frame.y(value):.1f}" for i, value in enumerate(one.values))
        if not spots:
            continue
        foot, x = frame.y(0), frame.x(last, len(labels))
        if place == 0:
            body += f'<polygon class="wash" points="{frame.left},{foot:.1f} {spots} {x:.1f},{foot:.1f}"/>'
        dashes = ' stroke-dasharray="5 4"' if place else ""
        hue = place % HUES + 1
        body += f'<polyline class="k{hue}" points="{spots}" stroke-width="2" stroke-linejoin="round"{dashes}/>'
        y = frame.y(one.values[-1])
        told = _apart(y, ends)
        body += f'<circle class="f{hue}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
        word = f"{escape(one.title)} {wording.number(one.values[-1])}"
        body += f'<text class="val" x="{x + 8:.1f}" y="{told + 4:.1f}">{word}</text>'
    return body


def _apart(y: float, taken: list[float], least: float = 14) -> float:
    """A height near ``y`` where a word does not lie on another one."""
    while any(abs(y - other) < least for other in taken):
        y += least / 2
    taken.append(y)
    return y


def _stack_drawing(labels: Sequence[str], series: Sequence[Series], sums: Sequence[float], frame: _Frame) -> str:
    body = _axis(frame)
    room = (frame.width - frame.left - frame.right) / max(len(labels), 1)
    width = min(38.0, room * 0.6)
    for index, label in enumerate(labels):
        x = frame.left + room * (index + 0.5)
        below = 0.0
        for place, one in enumerate(series):
            top, foot = frame.y(below + one.values[index]), frame.y(below)
            body += (
                f'<rect class="f{place % HUES + 1} gap" x="{x - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" '
                f'height="{foot - top:.1f}"/>'
            )
            below += one.values[index]
        above = frame.y(sums[index]) - 6
        body += (
            f'<text class="val" x="{x:.1f}" y="{above:.1f}" text-anchor="middle">{wording.number(sums[index])}</text>'
        )
        body += f'<text x="{x:.1f}" y="{frame.height - 8}" text-anchor="middle">{escape(label)}</text>'
    return body


def _arcs(values: Sequence[float], whole: float, radius: int = 62, gap: float = 2) -> Iterator[str]:
    round_ = 2 * pi * radius
    begun = 0.0
    for index, value in enumerate(values):
        length = round_ * _of(value, whole)
        yield (
            f'<circle class="k{index % HUES + 1}" r="{radius}" stroke-width="26" '
            f'stroke-dasharray="{max(length - gap, 0):.1f} {round_:.1f}" stroke-dashoffset="{-begun:.1f}"/>'
        )
        begun += length


def _heat_drawing(
    columns: Sequence[str], rows: Sequence[tuple[str, Sequence[float | None]]], left: float, room: float
) -> str:
    width = room / max(len(columns), 1)
    most = max((value or 0 for _name, values in rows for value in values), default=0)
    body = "".join(
        f'<text x="{left + width * (i + 0.5):.1f}" y="15" text-anchor="middle">{escape(name)}</text>'
        for i, name in enumerate(columns)
    )
    for row, (name, values) in enumerate(rows):
        y = 26 + 30 * row
        body += f'<text x="{left - 10:.0f}" y="{y + 20}" text-anchor="end">{escape(name)}</text>'
        for i, value in enumerate(values):
            shade = 0 if not value else min(4, ceil(value / most * 4))
            x = left + width * i
            word = "–" if value is None else wording.number(value)
            body += f'<rect class="h{shade} gap" x="{x:.1f}" y="{y}" width="{width:.1f}" height="30" rx="2"/>'
            ink = "on-h4" if shade == 4 else "on-h"
            body += f'<text class="{ink}" x="{x + width / 2:.1f}" y="{y + 20}" text-anchor="middle">{word}</text>'
    return body


def _most(series: Sequence[Series]) -> float:
    return _nice(max((value for one in series for value in one.values), default=0))


def _nice(value: float) -> float:
    """The least round number, divisible by three, that is not below ``value``."""
    if value <= 3:
        return 3
    step: float = 10 ** floor(log10(value / 3))
    return next(3 * step * factor for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if 3 * step * factor >= value)


def _of(value: float, whole: float) -> float:
    return value / whole if whole else 0
