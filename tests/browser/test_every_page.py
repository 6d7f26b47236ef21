"""Every page, for every role, in both languages, on a desk and on a phone, light and dark: what no page may do.

The pages are found as a person finds them, by following links from the workbench; a page of the register of pages
that nobody reaches must be named below with a reason.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from kehuma.engine.coding.dictionaries import BUILTIN_NAMES
from kehuma.web import pages

pytestmark = pytest.mark.sqlite  # pages look the same on every store
SCHEMES = Path(__file__).resolve().parents[2] / "schemes"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SMALL = {"width": 280, "height": 653}

# Pages that no link leads to, each with its reason.
UNLINKED = {
    "join": "by a link of its own",
    "join-password": "by a link of its own",
    "sign-in-second": "only with a second factor",
    "first-run": "only before there is an organisation",
    "keys-recovery-confirm": "only after a recovery key was made",
    "demo-enter": "only of the demo",
    "demo-cleared": "only of the demo",
    "separation-decide": "only after somebody asked to end it",
}
# Answers that are a file or a part of a page.
PARTS = re.compile(
    r".*-(export|source|template|rejected|progress|known|read|check|file|options|hints|work)|backup|timeline"
)
# Where a person stands after signing in, and after looking for the tail of a telephone.
BEGINNINGS = ("/", "/find/?q=5600")
# Pages that look different from one thing to the next.
OFTEN = {"import": 3, "release": 2}
# What is not read as words: codes, files, what is typed, and what says of itself that it is Chinese.
UNREAD = "script, style, noscript, svg title, code, pre, kbd, textarea, .code, .cp, .seal, [translate=no]"
# The template of a rule, an address, a file and where it lies, a command.
TEMPLATE = re.compile(
    r"\{[\w:.]+\}|\S+@\S+|https?://\S+|(?:/[\w.-]+){2,}|\b[\w-]+\.(?:toml|key)\b|\bkehuma(?: [a-z]+)+"
)
CHINESE = re.compile("[\u4e00-\u9fff]+")
LATIN = re.compile(r"[A-Za-z][A-Za-z'’-]{2,}")
# Latin words that a Chinese page may say.
LATIN_WORDS = frozenset(
    re.findall(
        r"\w+",
        "kehuma Excel CSV TSV ODS XLSX XLS xlsx xls csv Parquet TOML toml JSON SQLite PostgreSQL Code English Email Web "
        "Chrome Edge Firefox Safari Linux Windows macOS Chromium Ctrl Shift Enter Esc Tab Python http https Luhn "
        "Authenticator Google Microsoft FreeOTP Aegis Superstore OpenAPI "
        # How an English name is written into a dictionary.
        "Information technology",
    )
)
SAID = """
([unread, language]) => {
  const told = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const own = (el) => { const l = el.closest('[lang]'); return l && l !== document.documentElement ? l.lang : ''; };
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    const text = n.data.trim(), el = n.parentElement;
    if (!text || el.closest(unread) || (own(el) && !own(el).startsWith(language))) continue;
    told.push(text);
  }
  for (const el of document.querySelectorAll('[title],[aria-label],[placeholder],[alt],[data-offline],input[value],button[value]'))
    if (!el.closest(unread) && !(own(el) && !own(el).startsWith(language)))
      for (const name of ['title', 'aria-label', 'placeholder', 'alt'])
        if (el.getAttribute(name)) told.push(el.getAttribute(name));
  told.push(document.title);
  return told;
}
"""
LINKS = "[...document.querySelectorAll('a[href]')].map(a => a.href)"


def _name(path: str) -> str:
    try:
        return resolve(path).url_name or ""
    except Resolver404:
        return ""


def _words(visitor: Any, allowed: Callable[[str], bool]) -> Iterator[str]:
    """What on the page a reader of its language would stumble over."""
    for text in visitor.page.evaluate(SAID, [UNREAD, visitor.language]):
        if re.search(r"\b(None|undefined|NaN|null)\b|\{[{%]|%\(\w+\)s", text):
            yield f"raw: {text[:80]}"
        words = TEMPLATE.sub("", text)
        strange = CHINESE.findall(words) if visitor.language == "en" else LATIN.findall(words)
        if bad := [word for word in strange if not allowed(word)]:
            yield f"{' '.join(bad)} in: {text[:120]}"


def _walk(
    visitor: Any, look: Callable[[str], Iterator[str]], beginnings: Iterable[str] = BEGINNINGS
) -> tuple[dict[str, int], list[str]]:
    """Follow links from the workbench and from what was found, one address of nearly every page; the pages met, and what was wrong."""
    met: dict[str, int] = {}
    wrong: list[str] = []
    waiting, seen = deque(beginnings), set(beginnings)
    while waiting:
        place = waiting.popleft()
        name = _name(urlsplit(place).path)
        if met.get(name, 0) >= OFTEN.get(name, 1) or PARTS.fullmatch(name):
            continue
        met[name] = met.get(name, 0) + 1
        status = visitor.open(place)
        if status != 200:
            wrong.append(f"{place}: {status}")
            continue
        wrong += [f"{place}: {fault}" for fault in look(place)]
        for href in visitor.page.evaluate(LINKS):
            parts = urlsplit(href)
            to = parts.path + (f"?{parts.query}" if parts.query else "")
            if href.startswith(visitor.url) and to not in seen:
                seen.add(to)
                waiting.append(to)
    return met, wrong


def _allowed(company: Any) -> Callable[[str], bool]:
    data = " ".join(
        [str(company.told.get("names", "")), *(name for _user, name in company.told["users"].values())]
        + [user for user, _name in company.told["users"].values()]
    )
    names = {path.stem for path in SCHEMES.glob("*.toml")} | set(BUILTIN_NAMES)
    mine = set(re.findall(r"[A-Za-z'’-]{3,}|[\u4e00-\u9fff]+", data)) | LATIN_WORDS | names
    return lambda word: word in mine or word.isupper()


def _too_wide(visitor: Any) -> Iterator[str]:
    wide, room = visitor.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    if wide > room:
        out = visitor.page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
            ".slice(0, 3).map(e => e.outerHTML.slice(0, 120))"
        )
        yield f"{wide} px wide on a screen of {room}: {out}"


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.every_combination)])
def test_no_page_says_a_word_of_another_language_or_goes_beyond_a_phone(
    company: Callable[[str], Any], visitor: Callable[..., Any], language: str
) -> None:
    place = company(language)
    boss = visitor(place, "admin", PHONE)
    allowed = _allowed(place)

    def look(_place: str) -> Iterator[str]:
        yield from _words(boss, allowed)
        yield from _too_wide(boss)

    met, wrong = _walk(boss, look, (*BEGINNINGS, *place.told["pages"]))
    assert not wrong, "\n" + "\n".join(dict.fromkeys(wrong))
    there = {page.name for page in pages.pages() if "GET" in page.methods and not PARTS.fullmatch(page.name)}
    assert sorted(there - set(met) - set(UNLINKED) - {"sign-in", "forgotten"}) == []


def test_on_a_phone_the_tab_that_is_open_is_seen(company: Callable[[str], Any], visitor: Callable[..., Any]) -> None:
    boss = visitor(company("zh"), "admin", SMALL)
    boss.page.goto(f"{boss.url}/settings/health/")
    left, right = boss.page.locator(".tabs [aria-current]").evaluate(
        "(tab) => { const at = tab.getBoundingClientRect(); return [at.left, at.right]; }"
    )
    assert 0 <= left < right <= SMALL["width"]


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        pytest.param("zh", (WIDE, "light"), (PHONE, "dark"), marks=pytest.mark.every_combination),
        pytest.param("zh", (PHONE, "light"), (WIDE, "dark"), marks=pytest.mark.every_combination),
        pytest.param("en", (WIDE, "light"), (PHONE, "dark"), marks=pytest.mark.every_combination),
        pytest.param("en", (PHONE, "light"), (WIDE, "dark"), marks=pytest.mark.every_combination),
    ],
    ids=[
        "zh-wide-light-phone-dark",
        "zh-phone-light-wide-dark",
        "en-wide-light-phone-dark",
        "en-phone-light-wide-dark",
    ],
)
def test_every_page_can_be_used_by_everybody(
    company: Callable[[str], Any], visitor: Callable[..., Any], language: str, first: Any, second: Any
) -> None:
    place = company(language)
    boss = visitor(place, "admin")

    def look(_place: str) -> Iterator[str]:
        for size, theme in (first, second):
            boss.page.set_viewport_size(size)
            boss.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            yield from (f"{size['width']} {theme}: {fault}" for fault in boss.axe())
            yield from _too_wide(boss)

    _met, wrong = _walk(boss, look, (*BEGINNINGS, *place.told["pages"]))
    assert not wrong, "\n" + "\n".join(dict.fromkeys(wrong))


@pytest.mark.parametrize(
    "role",
    [
        pytest.param("manager", marks=pytest.mark.every_combination),
        "member",
        pytest.param("auditor", marks=pytest.mark.every_combination),
    ],
)
def test_no_link_leads_a_role_where_it_may_not_go(
    company: Callable[[str], Any], visitor: Callable[..., Any], role: str
) -> None:
    place = company("zh")
    person = visitor(place, role)
    met, wrong = _walk(person, lambda _place: _words(person, _allowed(place)))
    assert not wrong, "\n" + "\n".join(dict.fromkeys(wrong))
    for page in pages.pages():
        if page.needs and page.name not in met and "GET" in page.methods and not page.has_arguments:
            # Asked for beside the window, since some are files.
            answer = person.page.context.request.get(f"{person.url}/{page.route}")
            assert answer.status in {200, 403, 404}, page.name


@pytest.mark.parametrize("language", [pytest.param("zh", marks=pytest.mark.every_combination), "en"])
def test_the_pages_before_sign_in_are_as_sound_as_those_behind_it(
    company: Callable[[str], Any], visitor: Callable[..., Any], language: str
) -> None:
    place = company(language)
    somebody = visitor(place, "", PHONE)
    wrong = []
    somebody.open("/sign-in/")
    if language == "en":
        somebody.page.click("button[name=language]")
        somebody.page.wait_for_load_state()
    for address in ("/sign-in/", "/sign-in/forgotten/", "/join/"):
        somebody.open(address)
        for theme in ("light", "dark"):
            somebody.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            wrong += [f"{address}: {fault}" for fault in somebody.axe()]
        wrong += [f"{address}: {fault}" for fault in [*_words(somebody, _allowed(place)), *_too_wide(somebody)]]
    assert not wrong, "\n" + "\n".join(dict.fromkeys(wrong))
