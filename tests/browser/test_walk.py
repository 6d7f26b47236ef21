"""A person's first hour: found the company, choose a rule, bring the list in, find a customer, hand it over."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from kehuma.lib.demo import write_demo

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PASSWORD = "北风卷地白草折 hu tian"
DIRTY = Path(__file__).resolve().parents[3] / "shared/data/dirty-customers/sample-2000-gb18030.csv"
LONG = 60_000


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A customer list as it comes out of an old system; where ours is missing, an invented one."""
    if DIRTY.exists():
        return DIRTY
    path = tmp_path_factory.mktemp("list") / "customers.csv"
    write_demo(path, 2000, seed=5, encoding="gb18030")
    return path


@pytest.fixture
def empty(
    tmp_path: Path, company_of: Callable[..., Any], own_store: Callable[[Path], Any]
) -> Callable[[str], AbstractContextManager[Any]]:
    """``with empty("zh") as place``: a server on which nobody has been yet, on the store of this run."""

    @contextmanager
    def _empty(language: str) -> Iterator[Any]:
        home = tmp_path / "home"
        with own_store(home) as (store, _connected), company_of(home, language, "empty", store=store) as place:
            yield place

    return _empty


def choose_the_language(person: Any) -> None:
    """Pages are Chinese for whoever has not chosen English."""
    if person.language == "en":
        with person.page.expect_navigation():
            person.use(person.page.locator("button[name=language][value=en]").locator("visible=true").first)


def found_the_company(person: Any) -> None:
    person.open("/")
    choose_the_language(person)
    person.fill(organisation="Hengyue", name="Lin Jingyi", user="linjy", password=PASSWORD, again=PASSWORD)
    person.press("开始使用")
    person.page.wait_for_url(person.url + "/")
    person.sees("今天的任务")


def choose_a_rule(person: Any) -> None:
    """From the gallery, changed, published."""
    person.go("编码规则")
    person.use(person.page.locator("a[href$='/schemes/shipped/region-industry/']"))
    person.press("先改一改")
    person.page.wait_for_url(re.compile("/schemes/drafts/"))
    title = person.page.locator("#rule-form [name=zh]")
    with person.page.expect_response(re.compile("/change/")):
        person.write(title, "衡岳客户码")
        person.page.keyboard.press("Tab")
    person.use(person.page.locator("#card-serial"))
    with person.page.expect_response(re.compile("/change/")):
        person.write(person.page.locator("#part-form [name=width]"), "5")
        person.page.keyboard.press("Tab")
    person.page.locator("#design-preview").get_by_text("00001").first.wait_for()
    # The box of the reader follows.
    person.page.locator("#read-answer").get_by_text("00001").first.wait_for()
    # The examples that came with the rule have four digits: they say so, and stand in the way until they are rewritten.
    wrong = person.page.locator("#design-examples li:has(.t-bad)")
    wrong.first.wait_for()
    person.press("照现在的规则改写")
    wrong.first.wait_for(state="detached")
    person.page.locator("#design-examples").get_by_text("BJ-IT-00001").first.wait_for()
    person.press("发布")
    person.page.wait_for_url(re.compile("/schemes/region-industry/"))
    person.sees("v1")


def bring_the_list_in(person: Any, file: Path) -> None:
    """Uploaded, mapped, dry-run, committed, undone, committed."""
    person.go("导入")
    person.press("上传名单")
    # Where there is script, choosing the file is enough.
    person.upload(file)
    person.page.wait_for_url(re.compile("/imports/[0-9a-f-]+/$"))
    person.sees("每一列是什么")
    assert person.page.locator("select[name^=column-]").count() >= 12
    person.press("试运行")
    person.page.locator("#result").wait_for(timeout=LONG)
    person.use(person.page.locator("#p-preview-tab"))
    person.page.locator("#p-preview tbody tr").first.wait_for()
    person.use(person.page.locator("form[action$='/commit/'] button.primary"))
    person.page.get_by_role("button", name=person.say("撤销整批")).first.wait_for(timeout=LONG)
    person.press("撤销整批")
    person.press("撤销整批", within="dialog[open]")
    person.press("重新提交")
    person.page.get_by_role("button", name=person.say("撤销整批")).first.wait_for(timeout=LONG)


def create_and_find_a_customer(person: Any) -> str:
    """Found by the code without hyphens, by initials and by the tail of the telephone."""
    person.go("客户")
    person.press("新建客户")
    person.fill(
        name="北京衡通数据技术有限公司", region="北京", industry="信息技术", contact_name="陈建国", mobile="13800138000"
    )
    person.press("建档")
    person.page.wait_for_url(re.compile("/customers/BJ-"))
    code = str(person.page.url).rstrip("/").rsplit("/", 1)[-1]
    person.go("工作台")
    person.find(code.replace("-", "").lower())
    person.page.wait_for_url(re.compile(f"/customers/{code}/"))
    for words in ("bjht", "8000"):
        person.go("工作台")
        person.find(words)
        # The only hit is opened at once.
        person.page.wait_for_url(re.compile(f"/find/|/customers/{code}/"))
        person.sees("北京衡通数据技术有限公司")
    return code


def invite(person: Any, name: str, username: str) -> str:
    """The link by which the colleague comes in."""
    person.go("用户与角色")
    person.press("邀请同事")
    person.fill(name=name, username=username)
    person.press("生成邀请链接")
    return str(person.page.locator("code.link-text").inner_text())


def hand_over(person: Any, code: str, name: str) -> None:
    person.open(f"/customers/{code}/")
    person.use(person.page.locator("button[popovertarget=more]"))
    person.press("转交", within="#more")
    person.fill(to=str(person.page.locator("dialog[open] option", has_text=name).first.inner_text()))
    person.press("转交", within="dialog[open]")
    person.page.locator(".record-who", has_text=name).wait_for()


def join(colleague: Any, link: str) -> None:
    colleague.page.goto(link)
    choose_the_language(colleague)
    colleague.fill(password=PASSWORD, again=PASSWORD)
    colleague.press("设好并登录")
    colleague.page.wait_for_url(colleague.url + "/")


@pytest.mark.parametrize(
    ("language", "size", "has_mouse"),
    [
        # In the whole suite it runs on PostgreSQL, see tests/stores/test_suites.py.
        pytest.param("zh", WIDE, True, marks=pytest.mark.every_combination),
        pytest.param("zh", WIDE, False, marks=pytest.mark.every_combination),
        pytest.param("en", PHONE, True, marks=[pytest.mark.every_combination, pytest.mark.sqlite]),
        pytest.param("en", WIDE, True, marks=[pytest.mark.every_combination, pytest.mark.sqlite]),
        pytest.param("zh", PHONE, True, marks=[pytest.mark.every_combination, pytest.mark.sqlite]),
    ],
    ids=["zh-1440", "zh-1440-by-keyboard-alone", "en-390", "en-1440", "zh-390"],
)
def test_the_first_hour_of_a_company(  # noqa: PLR0917 - one argument per fact of the case
    empty: Callable[[str], Any],
    visitor: Callable[..., Any],
    dirty: Path,
    language: str,
    size: dict[str, int],
    has_mouse: bool,  # noqa: FBT001 - a parameter of the case
) -> None:
    with empty(language) as place:
        boss = visitor(place, "", size, has_mouse=has_mouse)
        found_the_company(boss)
        choose_a_rule(boss)
        bring_the_list_in(boss, dirty)
        code = create_and_find_a_customer(boss)
        link = invite(boss, "Wang Wei", "wangwei")
        colleague = visitor(place, "", size, has_mouse=has_mouse)
        join(colleague, link)
        assert colleague.open(f"/customers/{code}/") == 404
        hand_over(boss, code, "Wang Wei")
        assert colleague.open(f"/customers/{code}/") == 200
        assert colleague.open("/users/") == 403
        colleague.sees("没有权限")
