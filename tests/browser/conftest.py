"""A real Chromium before the real server, each with a data folder of its own.

Whoever has no Chromium skips these tests with a word on why. Everything that a page writes to the console and every
request to another host is a fault, on whatever page it happens.
"""

import gettext
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1] / "src"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 30_000
SIGNS = ["outlineStyle", "boxShadow"]
with (SOURCE / "kehuma/web/locale/en/LC_MESSAGES/django.mo").open("rb") as _compiled:
    ENGLISH = gettext.GNUTranslations(_compiled)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "every_combination: only when the browser is asked for by name")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Asked for by name (``run.py test browser``) all combinations run; in the whole suite a sample of them."""
    asked = [str(one) for one in config.args]
    if any("browser" in one for one in asked) or os.environ.get("KEHUMA_TEST_ALL"):
        return
    skip = pytest.mark.skip(reason="only when asked for: python3 run.py test browser")
    for item in items:
        if "every_combination" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge", "microsoft-edge")
    found = os.environ.get("KEHUMA_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("no Chromium on this machine: install one, or name it in KEHUMA_CHROMIUM")
    return found


# Of a module, not of the session: Playwright keeps an event loop, under which Django's tables may not be asked.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for the tests of a file."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


# ── the server ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Company:
    """A running server and what is known of the company on it."""

    url: str
    home: Path
    told: dict[str, Any]

    @property
    def language(self) -> str:
        return str(self.told["language"])


def _environment(home: Path, store: dict[str, str]) -> dict[str, str]:
    words = {
        **store,
        "KEHUMA_HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(SOURCE), os.environ.get("PYTHONPATH", "")]),
    }
    return {**os.environ, **words, "DJANGO_SETTINGS_MODULE": "kehuma.config.settings", "PYTHONUTF8": "1"}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), urlopen(url + "/sign-in/", timeout=5):  # noqa: S310 - our own server
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail("the server did not come up:\n" + log.read_text("utf-8", errors="replace")[-3000:])


@contextmanager
def _served(home: Path, environment: dict[str, str]) -> Iterator[str]:
    """``kehuma serve`` on a free port, with its worker."""
    port = _free_port()
    log = home / "server.log"
    command = [sys.executable, "-m", "kehuma", "serve", "--port", str(port)]
    with log.open("wb") as out, subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process, log)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def _company_of(home: Path, *arguments: str, store: dict[str, str] | None = None) -> Iterator[Company]:
    """Make a company by ``company.py`` and serve it; the log of the server must hold no traceback afterwards."""
    home.mkdir(parents=True, exist_ok=True)
    environment = _environment(home, store or {})
    script = [sys.executable, str(HERE / "company.py"), *arguments]
    made = subprocess.run(script, env=environment, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.fail("company.py: " + made.stderr[-3000:])
    with _served(home, environment) as url:
        yield Company(url, home, json.loads(made.stdout.splitlines()[-1]))
    log = (home / "server.log").read_text("utf-8", errors="replace")
    assert "Traceback" not in log, log[-3000:]


@pytest.fixture(scope="session")
def company_of() -> Callable[..., AbstractContextManager[Company]]:
    """``with company_of(folder, "zh", "empty") as place``: a company of one's own, to be changed."""
    return _company_of


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory, made_store: Path) -> Iterator[Callable[[str], Company]]:
    """``company("zh")``: a running company with people and customers, shared by all tests, which only look."""
    running: dict[str, Any] = {}

    def _company(language: str) -> Company:
        if language not in running:
            home = tmp_path_factory.mktemp(f"company-{language}")
            shutil.copy(made_store, home)
            manager = _company_of(home, language)
            running[language] = manager, manager.__enter__()
        return running[language][1]  # type: ignore[no-any-return]

    yield _company
    for manager, _made in running.values():
        manager.__exit__(None, None, None)


# ── the person before the browser ────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Visitor:
    """Somebody at a browser; ``faults`` fills with what no page may do."""

    page: Page
    url: str
    language: str = "zh"
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        host = urlsplit(self.url).netloc
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("request", lambda request: self._watch(request.url, host))

    def _watch(self, asked: str, host: str) -> None:
        if urlsplit(asked).netloc not in {host, ""}:
            self.faults.append(f"{self.page.url} asks {asked}")

    def _hear(self, message: Any) -> None:
        # Chromium itself notes each answer 4xx to a page, which is what a refusal is.
        expected = r"status of (403|404|409|410|422)"
        if message.type in {"error", "warning"} and not re.search(expected, message.text):
            self.faults.append(f"{self.page.url}: {message.type}: {message.text}")

    def open(self, place: str) -> int:
        """Go to a place of the product; the status of the answer."""
        answer = self.page.goto(self.url + place, wait_until="load")
        return answer.status if answer else 0

    def say(self, words: str) -> str:
        """What a page says in the visitor's language."""
        return words if self.language == "zh" else ENGLISH.gettext(words)

    def sign_in(self, username: str, password: str) -> None:
        self.open("/sign-in/")
        self.page.fill("[name=user]", username)
        self.page.fill("[name=password]", password)
        self.page.click("main button.primary")
        self.page.wait_for_url(self.url + "/")

    # What hands do: by the mouse here, by the keyboard below.

    def use(self, control: Locator) -> None:
        """Press a button, follow a link."""
        control.click()

    def write(self, control: Locator, text: str) -> None:
        """Write into a field, or choose from a list what it shows."""
        if control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(label=text)
        else:
            control.fill(text)

    def press(self, words: str, *, within: str = "main, dialog[open], [popover]:popover-open") -> None:
        """Use the visible button or link of this name; the page that follows is there afterwards."""
        where, name = self.page.locator(within), re.compile(f"^\\s*{re.escape(self.say(words))}\\s*$")
        found = where.get_by_role("button", name=name).or_(where.get_by_role("link", name=name))
        self.use(found.locator("visible=true").first)
        self.page.wait_for_load_state()

    def fill(self, **fields: str) -> None:
        """Fill in the fields of these names."""
        for name, text in fields.items():
            found = self.page.locator(f"main [name={name}], dialog[open] [name={name}]")
            self.write(found.locator("visible=true").first, text)

    def go(self, title: str) -> None:
        """Take the entry of the side bar, which on a phone has to be opened first; its page is there afterwards."""
        side = self.page.locator("#side")
        if not side.is_visible():
            self.use(self.page.locator("button[popovertarget=side]"))
        with self.page.expect_navigation(timeout=2 * PATIENCE):
            self.use(side.get_by_role("link", name=re.compile(f"^{re.escape(self.say(title))}")).first)

    def find(self, words: str) -> None:
        """Look for something in the search box of the shell, reached by its key; the answer is there afterwards."""
        self.page.keyboard.press("/")
        self.page.keyboard.type(words)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def upload(self, file: Path) -> None:
        """Choose a file in the field for it."""
        with self.page.expect_file_chooser() as chooser:
            self.use(self.page.locator("main input[type=file]"))
        chooser.value.set_files(file)

    def sees(self, words: str) -> None:
        """The page shows these words, at once or before long."""
        self.page.get_by_text(self.say(words)).locator("visible=true").first.wait_for()

    def axe(self) -> list[str]:
        """What axe finds on the page as it is now."""
        if not self.page.evaluate("typeof axe !== 'undefined'"):
            self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(told => told.violations)")
        return [
            f"{one['id']}: {node['target'][0]} {node['html'][:160]} {node['failureSummary'][:300]}"
            for one in found
            for node in one["nodes"][:4]
        ]


class KeyboardVisitor(Visitor):
    """Somebody who has no mouse: everything is reached by the Tab key, and can be seen when it is."""

    def use(self, control: Locator) -> None:
        if control.get_attribute("role") == "tab":
            self._reach(control.locator("xpath=../*[@aria-selected='true']"))
            for _ in range(9):
                if control.get_attribute("aria-selected") == "true":
                    return
                self.page.keyboard.press("ArrowRight")
        self._reach(control)
        self.page.keyboard.press("Space" if control.evaluate("one => one.type === 'file'") else "Enter")

    def write(self, control: Locator, text: str) -> None:
        self._reach(control)
        if control.evaluate("control => control.tagName") == "SELECT":
            self._choose(control, text)
        else:
            self.page.keyboard.press("ControlOrMeta+a")
            self.page.keyboard.type(text)

    def _choose(self, control: Locator, text: str) -> None:
        shown = "control => control.selectedOptions[0].label"
        self.page.keyboard.press("Home")
        for _ in range(control.locator("option").count()):
            if control.evaluate(shown) == text:
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"no {text} in the list")

    def _reach(self, control: Locator) -> None:
        control.wait_for()
        for _ in range(250):
            if control.evaluate("control => control === document.activeElement"):
                break
            self.page.keyboard.press("Tab")
        else:
            pytest.fail(f"the Tab key never comes to {control}")
        style = control.evaluate("(one, [a, b]) => [getComputedStyle(one)[a], getComputedStyle(one)[b]]", SIGNS)
        if style == ["none", "none"]:
            self.faults.append(f"{self.page.url}: nobody sees that {control} has the focus")


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """``visitor(company, "member", PHONE)``: a browser window of its own, signed in; "" stays before the gate."""
    opened: list[tuple[BrowserContext, Visitor]] = []

    def _visitor(
        company: Company, role: str = "admin", size: dict[str, int] | None = None, *, has_mouse: bool = True
    ) -> Visitor:
        context = browser.new_context(
            viewport=size or WIDE,  # type: ignore[arg-type]
            reduced_motion="reduce",
            locale="fr-FR",  # never asked
        )
        context.set_default_timeout(PATIENCE)
        kind = Visitor if has_mouse else KeyboardVisitor
        made = kind(context.new_page(), company.url, company.language)
        opened.append((context, made))
        if role:
            made.sign_in(company.told["users"][role][0], company.told["password"])
        return made

    yield _visitor
    for context, _made in opened:
        context.close()
    faults = [fault for _context, made in opened for fault in made.faults]
    assert faults == []
