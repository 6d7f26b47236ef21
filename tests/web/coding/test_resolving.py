"""One text or a thousand: which codes they mean."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kehuma.apps.codes import services
from kehuma.apps.codes.data import IssuedCode
from kehuma.lib.viewer import Viewer
from kehuma.web.coding import resolving
from kehuma.web.coding.shipped import shipped_named

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def code(viewer: Viewer, issue: Callable[..., IssuedCode], small: str) -> str:
    """BJ-IT-0001-Y, and BJ-1 of another rule."""
    found = shipped_named("region-industry")
    assert found
    assert small
    services.publish(found.source, actor=viewer.actor, at=NOON)
    return issue("region-industry", "r1", region="北京", industry="软件").code


def test_one_text_is_shown_with_its_meaning_and_what_was_mended(keeper: Client) -> None:
    page = keeper.get("/resolve/?q=bjit0001y").content.decode()
    for wanted in ("信息技术", "在用", "大小写已归一", "已补上分隔符", "/codes/BJ-IT-0001-Y/"):
        assert wanted in page


def test_one_wrong_character_brings_suggestions(keeper: Client) -> None:
    page = keeper.get("/resolve/?q=BJ-IT-0002-Y").content.decode()
    assert "也许是" in page
    assert "校验位对得上" in page
    assert "?q=BJ-IT-0001-Y" in page


@pytest.mark.parametrize("text", ["北京", "x" * 5000, "=1+1", "<script>", "0" * 400])
def test_any_other_text_is_answered_with_nothing(keeper: Client, text: str) -> None:
    page = keeper.get("/resolve/", {"q": text}).content.decode()
    assert "没有查到" in page
    assert "<script>" not in page.replace("<script defer", "")


def test_many_texts_are_a_table(keeper: Client) -> None:
    page = keeper.post("/resolve/", {"texts": "bjit0001y\nBJ-IT-0002-Y\n\n没有这个"}).content.decode()
    assert "3 个" in page
    assert page.count("有建议") >= 2
    assert "下载结果" in page


def test_the_table_is_a_file_too(keeper: Client) -> None:
    answer = keeper.post("/resolve/", {"texts": "bjit0001y\n=cmd", "as": "csv"})
    lines = b"".join(answer.streaming_content).decode().split("\r\n")  # type: ignore[attr-defined]
    assert lines[1].startswith('"bjit0001y","BJ-IT-0001-Y","在用","北京 · 信息技术 · 第1个')
    assert lines[2].startswith('"\'=cmd"')


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            "编码,名称\nbjit0001y,甲\n没有,乙\n".encode("gb18030"), id="with a head, as Excel in China saves it"
        ),
        pytest.param(b"bjit0001y\nBJ-IT-0001-Y\n", id="without a head"),
    ],
)
def test_the_first_column_of_a_file_is_looked_up(keeper: Client, content: bytes) -> None:
    file = SimpleUploadedFile("list.csv", content)
    page = keeper.post("/resolve/", {"file": file}).content.decode()
    assert "2 个" in page
    assert "BJ-IT-0001-Y" in page


def test_a_file_that_is_no_table_is_explained(keeper: Client) -> None:
    file = SimpleUploadedFile("list.xlsx", b"not a workbook")
    page = keeper.post("/resolve/", {"file": file}).content.decode()
    assert 'class="toast"' in page


def test_more_than_a_thousand_are_cut_and_told(keeper: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "MOST", 2)
    page = keeper.post("/resolve/", {"texts": "a1\nb2\nc3"}).content.decode()
    assert "一次最多查 2 个" in page
