"""设置 → 密钥与封存: what it shows, and what can be done there."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kehuma.apps.access import services
from kehuma.apps.sealing import opening, queries
from kehuma.apps.sealing import services as keys
from kehuma.engine.encryption import passphrase

Clients = Callable[[services.User], Client]
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PASSPHRASE = "北风卷地白草折 hu tian"
PAGE = "/settings/keys/"


@pytest.fixture(autouse=True)
def file(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The root key of the tests as a file; work is done when it is asked for."""
    path = tmp_path / "root.key"
    path.write_text(settings.KEHUMA_ROOT_KEY)
    settings.KEHUMA_ROOT_KEY, settings.KEHUMA_ROOT_KEY_FILE = "", str(path)
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    least = passphrase.Stretching(bytes(16), memory=64 * 1024, passes=3, lanes=1)
    monkeypatch.setattr(passphrase.Stretching, "new", classmethod(lambda _cls, _chance: least))
    opening.forget()
    yield path
    opening.forget()


@pytest.fixture
def browser(admin: services.User, client_of: Clients) -> Client:
    """The administrator's."""
    return client_of(admin)


def _text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_page_says_how_the_keys_are_kept(browser: Client, file: Path) -> None:
    page = _text(browser.get(PAGE))
    assert "已解封" in page
    assert str(file) in page
    assert "aes-256-gcm" in page
    assert "还没有恢复密钥" in page
    assert "密钥与封存" in _text(browser.get("/settings/"))


def test_who_may_not_is_refused(wang: services.User, client_of: Clients, visitor: Client) -> None:
    client = client_of(wang)
    assert client.get(PAGE).status_code == 403
    for act in ("rotate/", "recovery/", "recovery/confirm/", "unseal/", "recover/", "1/retire/"):
        assert client.post(PAGE + act).status_code == 403
        assert visitor.post(PAGE + act).status_code == 302
    assert [version.number for version in queries.status().versions] == [1]


def test_a_recovery_key_is_shown_once_and_counts_when_typed_back(browser: Client) -> None:
    shown = browser.post(PAGE + "recovery/")
    assert shown.headers["Cache-Control"] == "no-store"
    key = "-".join(re.findall(r'<code class="big">([0-9A-Z]{5})</code>', _text(shown)))
    assert len(key.split("-")) == 14
    wrong = browser.post(PAGE + "recovery/confirm/", {"key": key[:-1]})
    assert (wrong.status_code, "70" in _text(wrong)) == (422, True)
    assert browser.post(PAGE + "recovery/confirm/", {"key": key.lower().replace("-", " ")}).status_code == 302
    page = _text(browser.get(PAGE))
    assert "还没有恢复密钥" not in page
    assert key[:17] not in page


def test_the_reminder_stands_on_the_workbench_until_it_is_done(admin: services.User, browser: Client) -> None:
    assert "还没有恢复密钥" in _text(browser.get("/"))
    keys.confirm_recovery_key(keys.new_recovery_key(actor="x", at=NOON), actor="x", at=NOON)
    assert "还没有恢复密钥" not in _text(browser.get("/"))
    assert admin.pk


def test_a_rotation_is_one_press_and_the_old_version_goes_with_another(
    browser: Client, django_capture_on_commit_callbacks: Any
) -> None:
    keys.new_subjects(3)
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(PAGE + "rotate/").status_code == 302
    assert {version.number: version.subjects for version in queries.status().versions} == {1: 0, 2: 3}
    assert browser.get(PAGE + "progress/").headers["HX-Refresh"] == "true"
    refused = browser.post(PAGE + "2/retire/", follow=True)
    assert "当前版本" in _text(refused)
    assert "已销毁" in _text(browser.post(PAGE + "1/retire/", follow=True))
    assert [version.number for version in queries.status().versions] == [2]


def test_while_keys_move_the_page_shows_how_far(browser: Client) -> None:
    keys.new_subjects(3)
    keys.rotate(actor="x", at=NOON)
    assert "<progress" in _text(browser.get(PAGE))
    work = browser.get(PAGE + "progress/")
    assert "HX-Refresh" not in work.headers
    assert "every 2s" in _text(work)


def test_a_sealed_installation_is_opened_with_its_passphrase(
    browser: Client, file: Path, django_capture_on_commit_callbacks: Any
) -> None:
    keys.confirm_recovery_key(keys.new_recovery_key(actor="x", at=NOON), actor="x", at=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        keys.set_passphrase(PASSPHRASE, actor="x", at=NOON)
    assert not file.exists()
    opening.forget()
    page = _text(browser.get(PAGE))
    assert "已封存" in page
    assert "用口令解封" in page
    assert "个人信息已封存" in _text(browser.get("/"))
    wrong = browser.post(PAGE + "unseal/", {"passphrase": "falsch, falsch"})
    assert (wrong.status_code, "口令不对" in _text(wrong)) == (422, True)
    assert browser.post(PAGE + "unseal/", {"passphrase": ""}).status_code == 422
    assert browser.post(PAGE + "rotate/").status_code == 409
    assert browser.post(PAGE + "unseal/", {"passphrase": PASSPHRASE}).status_code == 302
    assert "已解封" in _text(browser.get(PAGE))


def test_a_lost_root_key_is_made_good_with_the_recovery_key(browser: Client, file: Path) -> None:
    key = keys.new_recovery_key(actor="x", at=NOON)
    keys.confirm_recovery_key(key, actor="x", at=NOON)
    file.unlink()
    opening.forget()
    page = _text(browser.get(PAGE))
    assert "用恢复密钥解封" in page
    assert "用口令解封" not in page
    other = browser.post(PAGE + "recover/", {"key": "0" * 70})
    assert other.status_code == 422
    assert browser.post(PAGE + "recover/", {"key": key}).status_code == 302
    assert file.exists()
    assert queries.is_open()


def test_in_english(browser: Client, admin: services.User) -> None:
    admin.language = "en"
    admin.save()
    page = _text(browser.get(PAGE))
    main = re.sub(r"<[^>]*>", "", page.split("<main")[1].split("</main>")[0])
    assert "Keys and sealing" in main
    assert not re.search("[\u4e00-\u9fff]", main)
