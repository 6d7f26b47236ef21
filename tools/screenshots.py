"""Pictures of the pages: ``python tools/screenshots.py FOLDER [--readme] [--at URL USER PASSWORD]``.

Every page in Chinese and English, 1440 and 390 px, light and dark, found by following links from the workbench; with
``--readme`` only the four pictures of the README. Without ``--at`` the demonstration is started for it
(``kehuma demo --no-browser``) and ended afterwards.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.urls import Resolver404, resolve
from playwright.sync_api import Page, sync_playwright

from kehuma.lib.demo import write_demo

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--font-render-hinting=none"]
SIZES = {1440: {"width": 1440, "height": 900}, 390: {"width": 390, "height": 844}}
LINKS = "[...document.querySelectorAll('a[href]')].map(a => a.href)"
# Answers that are a file or a part of a page.
PARTS = re.compile(r".*(-export|-source|-template|-rejected|-progress|-known|-read|-check|-file|-options)")
PROMPT = re.compile(r"sign in: (\S+) (\S+) (.+)")


def main() -> int:
    """Take them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--readme", action="store_true", help="only the four of the README, in both languages")
    asked.add_argument("--at", nargs=3, metavar=("URL", "USER", "PASSWORD"), help="a server that runs already")
    told = asked.parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kehuma.config.settings")
    django.setup()
    with _server(told.at) as (url, user, password), sync_playwright() as playwright:
        program = os.environ.get("KEHUMA_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page(viewport=SIZES[1440], reduced_motion="reduce")  # type: ignore[arg-type]
        _sign_in(page, url, user, password)
        if told.readme:
            for language, ending in (("en", "-en"), ("zh", "")):
                _speak(page, url, language)
                _readme(page, url, told.folder, ending)
        else:
            _everything(page, url, told.folder)
        browser.close()
    return 0


@contextmanager
def _server(at: list[str] | None) -> Iterator[tuple[str, str, str]]:
    if at:
        yield at[0].rstrip("/"), at[1], at[2]
        return
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "kehuma", "demo", "--no-browser", "--port", "8899"]
        words = {**os.environ, "KEHUMA_HOME": home, "PYTHONUTF8": "1"}
        with subprocess.Popen(command, env=words, stdout=subprocess.PIPE, text=True, encoding="utf-8") as demo:  # noqa: S603 - our own program
            try:
                for line in demo.stdout or ():
                    if found := PROMPT.search(line):
                        yield found[1].rstrip("/"), found[2], found[3].strip()
                        break
                else:
                    sys.exit("kehuma demo did not say where to sign in")
            finally:
                demo.terminate()


def _sign_in(page: Page, url: str, user: str, password: str) -> None:
    page.goto(url + "/sign-in/")
    page.fill("[name=user]", user)
    page.fill("[name=password]", password)
    page.click("main button.primary")
    page.wait_for_url(url + "/")


def _places(page: Page, url: str) -> dict[str, str]:
    """The first address met of every page."""
    found: dict[str, str] = {}
    waiting = ["/"]
    while waiting:
        place = waiting.pop(0)
        try:
            name = resolve(urlsplit(place).path).url_name or ""
        except Resolver404:
            continue
        if name in found or PARTS.fullmatch(name):
            continue
        found[name] = place
        page.goto(url + place)
        for href in page.evaluate(LINKS):
            parts = urlsplit(href)
            if href.startswith(url + "/"):
                waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return found


def _everything(page: Page, url: str, folder: Path) -> None:
    places = _places(page, url)
    for language in ("en", "zh"):
        page.set_viewport_size(SIZES[1440])  # type: ignore[arg-type]
        _speak(page, url, language)
        for name, place in places.items():
            page.goto(url + place)
            for width, size in SIZES.items():
                page.set_viewport_size(size)  # type: ignore[arg-type]
                for theme in ("light", "dark"):
                    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
                    page.screenshot(path=folder / f"{name}-{language}-{width}-{theme}.png", full_page=True)
        print(f"{language}: {len(places)} pages")


def _speak(page: Page, url: str, language: str) -> None:
    """Read the pages in a language from now on."""
    page.goto(url + "/")
    button = page.locator(f"button[name=language][value={language}]").first
    if button.count():
        with page.expect_navigation():
            button.evaluate("button => button.form.requestSubmit(button)")


def _readme(page: Page, url: str, folder: Path, ending: str) -> None:
    """The list, a customer, a rule and a dry run."""
    page.set_viewport_size({"width": 1200, "height": 760})

    def shot(name: str) -> None:
        page.mouse.move(0, 0)
        page.screenshot(path=folder / f"{name}{ending}.png")

    _draft(page, url)
    shot("rule")
    _dry_run(page, url)
    shot("import")
    page.goto(url + "/customers/")
    shot("customers")
    page.goto(url + "/")
    page.locator("main .list li:has(input) .sub > a").first.click()  # one that has to be called: it has a history
    page.wait_for_load_state()
    shot("customer")


def _draft(page: Page, url: str) -> None:
    page.goto(url + "/schemes/shipped/region-industry-plain/")
    page.locator("form[action='/schemes/drafts/new/'] button").click()
    page.wait_for_url("**/schemes/drafts/**")
    page.locator("#card-industry").click()
    page.locator("#card-industry[aria-pressed=true]").wait_for()


def _dry_run(page: Page, url: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "客户名单 2026.csv"
        write_demo(path, 400, seed=11)
        page.goto(url + "/imports/new/")
        page.set_input_files("main input[type=file]", path)
        page.wait_for_url(re.compile("/imports/[0-9a-f-]{36}/$"))
        page.locator("button[form=map]").click()
        page.locator("#result").wait_for(timeout=60_000)


if __name__ == "__main__":
    sys.exit(main())
