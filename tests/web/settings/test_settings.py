"""The organisation, backups and health on screen."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from kehuma.apps.access import queries, services
from kehuma.apps.codes.models import KeyCheck
from kehuma.lib import clock, keys
from kehuma.lib.backups import making, shelf
from kehuma.lib.health import Finding, looking, said
from kehuma.web.settings import tasks

Clients = Callable[[services.User], Client]


@pytest.fixture(autouse=True)
def folder(settings: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A data folder of its own for the files; work is done when it is asked for."""
    settings.KEHUMA_HOME = tmp_path / "home"  # type: ignore[attr-defined]
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}  # type: ignore[attr-defined]
    (tmp_path / "home").mkdir(mode=0o700)
    return tmp_path / "home"


def test_the_name_of_the_organisation_is_changed(admin: services.User, client_of: Clients) -> None:
    client = client_of(admin)
    assert "衡岳商贸" in client.get("/settings/").content.decode()
    assert client.post("/settings/", {"name": "衡岳实业"}).status_code == 302
    assert queries.organisation_name() == "衡岳实业"
    assert client.post("/settings/", {"name": " "}).status_code == 422
    assert queries.organisation_name() == "衡岳实业"


def test_customers_go_back_after_as_many_days_as_are_written(admin: services.User, client_of: Clients) -> None:
    client = client_of(admin)
    assert client.post("/settings/", {"name": "衡岳商贸", "idle_days": "90"}).status_code == 302
    assert queries.idle_days() == 90
    assert 'value="90"' in client.get("/settings/").content.decode()
    for wrong in ("0", "-1", "三个月"):
        assert client.post("/settings/", {"name": "衡岳商贸", "idle_days": wrong}).status_code == 422
    assert client.post("/settings/", {"name": "衡岳商贸", "idle_days": ""}).status_code == 302
    assert queries.idle_days() is None


def test_who_may_not_is_refused(wang: services.User, client_of: Clients) -> None:
    client = client_of(wang)
    for address in ("/settings/", "/settings/backups/", "/settings/health/"):
        assert client.get(address).status_code == 403
    assert client.post("/settings/backups/new/").status_code == 403


def test_one_press_of_the_button_makes_a_backup_that_is_checked(
    admin: services.User, client_of: Clients, folder: Path
) -> None:
    keys.installation_key(folder)
    client = client_of(admin)
    assert "还没有备份" in client.get("/settings/backups/").content.decode()
    page = client.post("/settings/backups/new/", follow=True).content.decode()
    (one,) = shelf.kept(folder)
    assert one.manifest
    assert one.manifest.rows_of("django_migrations")
    assert "完好" in page
    answer = client.get(f"/settings/backups/{one.name}/")
    assert b"".join(answer.streaming_content)[:2] == b"\x1f\x8b"  # type: ignore[attr-defined]
    assert 'attachment; filename="kehuma-' in answer["Content-Disposition"]
    assert client.post(f"/settings/backups/{one.name}/check/").status_code == 302
    assert shelf.kept(folder)[0].checked_at
    assert client.post(f"/settings/backups/{one.name}/delete/").status_code == 302
    assert shelf.kept(folder) == []


def test_a_backup_that_has_rotted_says_so(admin: services.User, client_of: Clients, folder: Path) -> None:
    client = client_of(admin)
    client.post("/settings/backups/new/")
    path = folder / "backups" / shelf.kept(folder)[0].name
    # A stretch, not a bit: of a run of zeros a bit may say the same in another way (2 in 100 of the bits do).
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(byte ^ 0xFF for byte in content[middle : middle + 64])
    path.write_bytes(content)
    client.post(f"/settings/backups/{path.name}/check/")
    page = client.get("/settings/backups/").content.decode()
    assert "已损坏" in page
    assert "备份核对没有通过" in client.get("/").content.decode() + client.get("/notices/").content.decode()


@pytest.mark.parametrize("name", ["..", "kehuma-1.kehuma.tar.gz", ".kehuma.tar.gz", "making.json"])
def test_only_backups_are_handed_out(admin: services.User, client_of: Clients, folder: Path, name: str) -> None:
    (folder / "backups").mkdir()
    (folder / "backups" / "making.json").write_text("{}")
    client = client_of(admin)
    for address in (f"/settings/backups/{name}/", f"/settings/backups/{name}/check/"):
        answer = client.get(address) if address.endswith(f"{name}/") else client.post(address)
        assert answer.status_code == 404


def test_while_a_backup_is_made_the_page_says_how_far_it_is(
    admin: services.User, client_of: Clients, folder: Path
) -> None:
    tasks.begin(folder, "make")
    client = client_of(admin)
    page = client.get("/settings/backups/").content.decode()
    assert "等待后台服务" in page
    assert "disabled" in page
    with making.alone(folder):
        assert client.post("/settings/backups/new/").status_code == 409


def test_a_backup_whose_process_has_died_can_be_asked_for_again(
    admin: services.User, client_of: Clients, folder: Path
) -> None:
    tasks.begin(folder, "make")
    long_ago = clock.now().timestamp() - 3600
    os.utime(folder / "backups" / "making.json", (long_ago, long_ago))
    page = client_of(admin).get("/settings/backups/").content.decode()
    assert "后台服务中途停止了" in page
    assert "disabled" not in page.split("立即备份")[0].rsplit("<form", 1)[1]


def test_a_fault_that_nobody_foresaw_ends_the_waiting(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no copy today")

    monkeypatch.setattr(making, "make", fail)
    tasks.begin(folder, "make")
    tasks.make_backup.func("test")
    state = shelf.state(folder, at=clock.now())
    assert state is not None
    assert (state.is_running, state.fault["en"]) == (False, "no copy today")
    assert "backup failed" in caplog.text


def test_the_health_page_says_what_the_doctor_says(
    admin: services.User, client_of: Clients, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The test itself writes in a transaction that does not end.
    monkeypatch.setattr(looking, "_turn", lambda _: Finding("turn", said("found-free")))
    keys.installation_key(folder)
    client = client_of(admin)
    assert "一切正常" in client.get("/settings/health/").content.decode()
    (folder / keys.FILE_NAME).unlink()
    # No code was given out yet, and nothing hangs on the key.
    assert "发出第一个编码时生成" in client.get("/settings/health/").content.decode()
    KeyCheck.objects.create(value=bytes(16))
    page = client.get("/settings/health/").content.decode()
    assert "一切正常" not in page
    assert keys.FILE_NAME in page
