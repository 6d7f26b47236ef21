"""The dictionaries on screen: look, find, add, import."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kehuma.apps.codes import queries
from kehuma.apps.codes.data import IssuedCode

pytestmark = pytest.mark.django_db


def test_the_list_says_who_uses_which(keeper: Client, small: str) -> None:
    page = keeper.get("/dictionaries/").content.decode()
    assert "省级行政区" in page
    assert f"/schemes/{small}/" in page


def test_dictionaries_inside_rules_are_told(keeper: Client) -> None:
    keeper.post("/schemes/shipped/initials/publish/")
    assert "写在规则里的码表" in keeper.get("/dictionaries/").content.decode()


def test_entries_with_how_often_they_were_used(keeper: Client, small: str, issue: Callable[..., IssuedCode]) -> None:
    for place in range(3):
        issue(small, f"r{place}", region="四川")
    page = keeper.get("/dictionaries/cn-province/?q=川").content.decode()
    assert "四川省" in page
    assert '<td class="num m-end">3</td>' in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        pytest.param("北京市", "BJ", id="synonym"),
        pytest.param("湖北省咸宁市", "HB", id="a place inside"),
        pytest.param("北京事", "相近的", id="a slip"),
        pytest.param("???", "加为某个符号的同义词", id="nothing"),
    ],
)
def test_an_entry_is_found_by_what_people_write(keeper: Client, query: str, said: str) -> None:
    assert said in keeper.get("/dictionaries/cn-province/", {"q": query}).content.decode()


def test_a_large_dictionary_comes_in_pages(keeper: Client) -> None:
    page = keeper.get("/dictionaries/cn-division/?first=6700").content.decode()
    assert "6,701" in page
    assert "first=6650" in page


def test_a_synonym_is_added_and_works_at_once(keeper: Client, small: str, issue: Callable[..., IssuedCode]) -> None:
    done = keeper.post("/dictionaries/cn-province/add/", {"symbol": "bj", "also": "帝都、首都\n皇城"}, follow=True)
    assert "已给 BJ 加上名称" in done.content.decode()
    assert issue(small, "r1", region="帝都").code == "BJ-1"
    assert queries.dictionary("cn-province").find("皇城").symbol == "BJ"


def test_a_symbol_is_added_with_its_years(keeper: Client) -> None:
    form = {"symbol": "ZZ", "zh": "测试省", "en": "Test", "valid_from": 2026}
    assert "已加入符号 ZZ" in keeper.post("/dictionaries/cn-province/add/", form, follow=True).content.decode()
    entry = queries.dictionary("cn-province").entry("ZZ")
    assert entry
    assert (entry.zh, entry.valid_from) == ("测试省", 2026)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        pytest.param({"symbol": "B-J", "zh": "x"}, "符号只用字母和数字", id="symbol"),
        pytest.param({"symbol": "ZZ"}, "新的符号要有名称", id="no name"),
        pytest.param({"symbol": "BJ", "also": "上海市"}, "已经是 SH 的名称", id="name of another"),
        pytest.param({"symbol": "BJ", "also": "x", "valid_from": "old"}, "输入整数", id="year"),
    ],
)
def test_bad_input_is_explained(keeper: Client, form: dict[str, str], said: str) -> None:
    answer = keeper.post("/dictionaries/cn-province/add/", form)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert queries.dictionary("cn-province").entry("ZZ") is None


def test_a_table_is_imported(keeper: Client) -> None:
    table = "符号,中文,英文,同义词\nBJ,,,帝都|首都\nZZ,测试省,Test,\n".encode("gb18030")
    answer = keeper.post("/dictionaries/cn-province/import/", {"file": SimpleUploadedFile("t.csv", table)}, follow=True)
    assert "其中新符号 1 个、同义词和代码 2 个" in answer.content.decode()
    assert queries.dictionary("cn-province").find("首都").symbol == "BJ"


@pytest.mark.parametrize(
    "table",
    [
        pytest.param("甲,乙\n1,2\n".encode(), id="columns that say nothing"),
        pytest.param("符号,中文\n北京,x\n".encode(), id="a symbol that is none"),
        pytest.param(b"", id="empty"),
    ],
)
def test_a_table_that_does_not_fit_is_explained(keeper: Client, table: bytes) -> None:
    answer = keeper.post("/dictionaries/cn-province/import/", {"file": SimpleUploadedFile("t.csv", table)}, follow=True)
    assert 'class="toast"' in answer.content.decode()
    assert queries.dictionary("cn-province").entry("北京") is None


def test_who_may_not_edit_sees_no_form_and_is_refused(clerk_of_codes: Client) -> None:
    assert "加入码表" not in clerk_of_codes.get("/dictionaries/cn-province/").content.decode()
    assert clerk_of_codes.post("/dictionaries/cn-province/add/", {"symbol": "ZZ", "zh": "x"}).status_code == 403
    assert clerk_of_codes.post("/dictionaries/cn-province/import/").status_code == 403


def test_there_is_no_other_dictionary(keeper: Client) -> None:
    assert keeper.get("/dictionaries/nothing/").status_code == 404
