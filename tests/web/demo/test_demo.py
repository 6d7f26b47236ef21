"""The pages of a demonstration."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from kehuma.apps.access import services
from kehuma.lib.demo import stage
from kehuma.lib.demo.stage import Stage

Clients = Callable[[services.User], Client]
PASSWORD = "北风卷地白草折 hu tian"


@pytest.fixture
def folder(settings: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A data folder of its own."""
    settings.KEHUMA_HOME = tmp_path  # type: ignore[attr-defined]
    return tmp_path


@pytest.fixture
def demo(folder: Path, admin: services.User) -> Path:
    """A demonstration half filled."""
    stage.write(folder, Stage(admin.username, PASSWORD, "http://testserver/", "filling", 500, 2000))
    return folder


def test_the_link_signs_in_once(demo: Path) -> None:
    token = stage.new_token(demo)
    first, second = Client(), Client()
    assert first.get(f"/demo/enter/{token}/")["Location"] == "/"
    assert first.get("/").status_code == 200
    assert second.get(f"/demo/enter/{token}/")["Location"] == "/sign-in/"
    assert second.get("/").status_code == 302
    assert token not in (demo / "demo.json").read_text("utf-8")


def test_a_guess_is_no_link(demo: Path) -> None:
    stage.new_token(demo)
    assert Client().get("/demo/enter/guess/")["Location"] == "/sign-in/"
    assert Client().get("/demo/enter/none/")["Location"] == "/sign-in/"


@pytest.mark.usefixtures("demo")
def test_every_page_says_that_it_is_a_demonstration(admin: services.User, client_of: Clients) -> None:
    client = client_of(admin)
    for address in ("/", "/customers/", "/settings/"):
        page = client.get(address).content.decode()
        assert "这是演示公司" in page
        assert "清空演示数据，开始使用" in page


@pytest.mark.usefixtures("demo")
def test_only_who_may_is_offered_to_empty_it(wang: services.User, client_of: Clients) -> None:
    client = client_of(wang)
    page = client.get("/").content.decode()
    assert ("这是演示公司" in page, "清空演示数据" in page) == (True, False)
    assert client.post("/demo/clear/").status_code == 403


def test_the_workbench_shows_how_many_customers_are_there(demo: Path, admin: services.User, client_of: Clients) -> None:
    client = client_of(admin)
    assert "500 / 2,000 户" in client.get("/").content.decode()
    stage.change(demo, done=1500)
    assert "1,500 / 2,000 户" in client.get("/demo/progress/").content.decode()
    stage.change(demo, phase="ready", done=2000)
    answer = client.get("/demo/progress/")
    assert (answer["HX-Refresh"], answer.content.strip()) == ("true", b"")
    assert "正在导入演示客户" not in client.get("/").content.decode()


def test_emptying_is_asked_of_the_command_and_the_page_waits_for_it(
    demo: Path, admin: services.User, client_of: Clients
) -> None:
    client = client_of(admin)
    assert "正在清空演示数据" in client.post("/demo/clear/").content.decode()
    found = stage.read(demo)
    assert found is not None
    assert found.phase == "clearing"
    assert client.get("/demo/cleared/").status_code == 204
    stage.empty(demo)
    assert Client().get("/demo/cleared/")["HX-Redirect"] == "/first-run/"


@pytest.mark.usefixtures("folder")
def test_in_earnest_there_is_nothing_of_all_this(admin: services.User, client_of: Clients) -> None:
    client = client_of(admin)
    assert "演示" not in client.get("/").content.decode()
    assert client.get("/demo/enter/x/").status_code == 404
    assert client.get("/demo/progress/").status_code == 404
    assert client.post("/demo/clear/").status_code == 404


def test_what_has_no_mark_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "kehuma.sqlite3").write_bytes(b"somebody's work")
    stage.empty(tmp_path)
    stage.empty_store(tmp_path)
    assert (tmp_path / "kehuma.sqlite3").exists()


@pytest.mark.parametrize("name", ["installation.key", "attachments", "backups", "kehuma.sqlite3"])
def test_a_folder_in_which_anything_of_an_installation_lies_is_not_free(tmp_path: Path, name: str) -> None:
    assert stage.is_free(tmp_path)
    (tmp_path / name).mkdir()
    assert not stage.is_free(tmp_path)
