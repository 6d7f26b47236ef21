"""A rule designed on screen: every act of a form, and what the page says to it."""

import re
import tomllib
from typing import Any

import pytest
from django.test import Client

from kehuma.apps.codes import drafts
from kehuma.apps.codes.drafts import Draft
from kehuma.lib.viewer import Viewer

pytestmark = pytest.mark.django_db

LIVE = {"HX-Request": "true"}


@pytest.fixture
def act(keeper: Client, viewer: Viewer, draft: Draft) -> Any:
    """``act("left", part="serial")``: posts a form of the designer; the scheme file after it."""

    def _act(name: str = "", /, **data: object) -> dict[str, Any]:
        revision = drafts.draft(viewer, draft.uuid).revision
        answer = keeper.post(f"/schemes/drafts/{draft.uuid}/change/", {"act": name, "revision": revision, **data})
        assert answer.status_code == 302, answer.content.decode()
        return tomllib.loads(drafts.draft(viewer, draft.uuid).source)

    return _act


def _page(client: Client, draft: Draft, query: str = "") -> str:
    answer = client.get(f"/schemes/drafts/{draft.uuid}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page))


def test_the_designer_shows_parts_preview_verdict_and_file(keeper: Client, draft: Draft) -> None:
    said = _text(_page(keeper, draft))
    for wanted in (
        "小规则",
        "区域",
        "流水号",
        "BJ-1",
        "可以发布",
        "读法唯一",
        "template = &quot;{region}-{serial:1}&quot;",
    ):
        assert wanted in said


@pytest.mark.parametrize(
    ("preset", "template"),
    [
        pytest.param(
            "industry", "{region}-{industry}-{serial:1}", id="what tells customers apart goes before the number"
        ),
        pytest.param("check", "{region}-{serial:1}-{check}", id="a check character goes to the end"),
        pytest.param("grade", "{region}-{serial:1}-{grade}", id="so does a live part"),
        pytest.param("region", "{region}-{region2}-{serial:1}", id="a second one gets a name of its own"),
        pytest.param("serial", "{region}-{serial:1}", id="there is one number at most"),
        pytest.param("nonsense", "{region}-{serial:1}", id="what is not offered changes nothing"),
    ],
)
def test_a_part_is_added(act: Any, preset: str, template: str) -> None:
    assert act(add=preset)["template"] == template


def test_a_new_part_joins_the_counter_key(act: Any) -> None:
    assert act(add="industry")["segments"]["serial"]["per"] == ["region", "industry"]


@pytest.mark.parametrize(
    "preset",
    [
        "region",
        "city",
        "industry",
        "type",
        "choice",
        "grade",
        "initials",
        "date",
        "text",
        "parent",
        "check",
        "random",
        "reserved",
    ],
)
def test_every_part_that_is_offered_makes_a_rule_and_has_a_form(
    keeper: Client, draft: Draft, act: Any, preset: str
) -> None:
    slots = re.findall(r"\{(\w+)", act(add=preset)["template"])
    new = next(name for name in slots if name not in ("region", "serial")) if preset != "region" else "region2"
    page = _page(keeper, draft, f"?part={new}")
    assert "还不能用" not in page
    assert 'id="part-name"' in page


def test_parts_move_and_go(act: Any) -> None:
    assert act("right", part="region")["template"] == "{serial:1}-{region}"
    assert act("left", part="region")["template"] == "{region}-{serial:1}"
    assert act("remove", part="region")["template"] == "{serial:1}"
    assert act("remove", part="nobody")["template"] == "{serial:1}"


def test_the_number_is_set(act: Any) -> None:
    form = {
        "name": "serial",
        "width": 4,
        "start": 100,
        "step": 5,
        "alphabet": "digits",
        "overflow": "lengthen",
        "allocation": "on",
    }
    changed = act("part", part="serial", **form)
    assert changed["template"] == "{region}-{serial:4}"
    wanted = {"start": 100, "step": 5, "overflow": "lengthen", "per": [], "allocation": "gapless"}
    assert changed["segments"]["serial"] == wanted


def test_a_dictionary_of_ones_own_is_written_line_by_line(act: Any) -> None:
    lines = "N = 北方 / North = 华北、东北\nS = 南方"
    changed = act("part", part="region", name="area", dictionary="", entries=lines, unknown="reject")
    north = {"zh": "北方", "en": "North", "also": ["华北", "东北"]}
    assert changed["segments"]["area"]["dictionary"] == {"N": north, "S": {"zh": "南方"}}
    assert changed["segments"]["serial"]["per"] == ["area"]


def test_a_fixed_text_gets_a_meaning(act: Any) -> None:
    changed = act("joint", joint=0, text="KH-", zh="客户", en="Customer")
    assert changed["template"] == "KH-{region}-{serial:1}"
    assert changed["literals"] == {"KH": {"zh": "客户", "en": "Customer"}}
    assert "literals" not in act("joint", joint=0, text="")
    assert act("joint", joint=9, text="x")["template"] == "{region}-{serial:1}"


def test_what_holds_for_the_whole_rule_is_set(act: Any) -> None:
    form = {"zh": "新规则", "name": "new", "subject": "device", "effective": "2027-01-01", "max_length": 12}
    changed = act("rule", **form, codes_per_key=300, years=5, separators="on")
    assert (changed["name"], changed["subject"], changed["separators"]) == ("new", "device", "required")
    assert str(changed["effective"]) == "2027-01-01"
    assert changed["forecast"] == {"codes_per_key": 300, "years": 5}
    assert changed["title"] == {"zh": "新规则"}


def test_lines_of_the_preview_become_examples_that_are_run(keeper: Client, draft: Draft, act: Any) -> None:
    assert act("example-line", code="BJ-1")["examples"] == [{"given": {"region": "BJ"}, "serial": 1, "code": "BJ-1"}]
    act("example", text="北京一号", kind="not")
    act("example", text="BJ-77")
    said = _text(_page(keeper, draft))
    assert "例子 3 不符" in said
    assert "不能发布" in said
    assert len(act("example-remove", number=3)["examples"]) == 2
    assert "例子 2 个全部通过" in _text(_page(keeper, draft))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param({"act": "part", "part": "serial", "name": "serial", "width": "viele"}, "输入整数", id="no number"),
        pytest.param({"act": "part", "part": "serial", "name": "Ser ial", "width": 2}, "小写字母", id="no name"),
        pytest.param(
            {"act": "part", "part": "serial", "name": "region", "width": 2, "alphabet": "digits", "overflow": "stop"},
            "已有同名的段", id="name taken",
        ),
        pytest.param({"act": "part", "part": "region", "name": "region", "dictionary": "", "entries": ""}, "至少要有一个符号", id="empty dictionary"),
        pytest.param({"act": "part", "part": "region", "name": "region", "dictionary": "", "entries": "中 = 国"}, "第 1 行", id="no symbol"),
        pytest.param({"act": "rule", "zh": "", "name": "x y"}, "小写字母", id="rule without a name"),
    ],
)  # fmt: skip
def test_bad_input_is_explained_and_nothing_is_saved(
    keeper: Client, viewer: Viewer, draft: Draft, data: dict[str, Any], said: str
) -> None:
    address = f"/schemes/drafts/{draft.uuid}/change/"
    answer = keeper.post(address, {"revision": 1, **data})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    live = keeper.post(address, {"revision": 1, **data}, headers=LIVE)
    assert (live.status_code, live["HX-Retarget"]) == (200, "#design")
    assert said in live.content.decode()
    assert drafts.draft(viewer, draft.uuid).revision == 1


def test_a_rule_that_makes_no_sense_yet_is_kept_and_the_fault_is_told(keeper: Client, draft: Draft, act: Any) -> None:
    act("remove", part="region")
    act("remove", part="serial")
    said = _text(_page(keeper, draft))
    assert "还没有一段" in said
    assert "不能发布" in said


def test_a_change_answers_with_the_panels_that_changed(keeper: Client, draft: Draft) -> None:
    form = {
        "act": "part",
        "part": "serial",
        "name": "serial",
        "width": 2,
        "alphabet": "digits",
        "overflow": "stop",
        "per": "region",
    }
    answer = keeper.post(f"/schemes/drafts/{draft.uuid}/change/", {"revision": 1, **form}, headers=LIVE)
    page = answer.content.decode()
    assert re.findall(r'id="(design-[a-z]+)" ?(?:method="post")?[^>]*hx-swap-oob', page) == [
        "design-state", "design-publish", "design-parts", "design-sample", "design-preview", "design-examples",
        "design-verdict", "design-ranges", "design-source",
    ]  # fmt: skip
    assert "<html" not in page
    assert re.search(r'id="design-sample"[^>]*><[^>]*><span class="cp serial">01</span>', page)
    assert answer.headers["HX-Trigger-After-Swap"] == "design-changed"


def test_examples_that_fail_are_rewritten_at_once(keeper: Client, draft: Draft, act: Any) -> None:
    facts = {"given": {"region": "BJ"}, "serial": 1}
    act("example-line", code="BJ-1")
    act("example", text="SH-7")
    act("example", text="SH-77", kind="not")
    act("example", text="QQ-7", kind="not")
    assert "照现在的规则改写" not in _page(keeper, draft)
    act("part", part="serial", name="serial", width=2, alphabet="digits", overflow="stop", per="region")
    assert "照现在的规则改写" in _page(keeper, draft)
    wanted = [facts | {"code": "BJ-01"}, {"not_a_code": "SH-7"}, {"code": "SH-77"}, {"not_a_code": "QQ-7"}]
    assert act("example-rewrite")["examples"] == wanted
    assert "t-bad" not in _page(keeper, draft).partition('id="design-examples"')[2].partition("</section>")[0]


def test_an_example_whose_facts_write_nothing_any_more_goes(act: Any) -> None:
    act("example-line", code="BJ-1")
    act("part", part="region", name="area", dictionary="", entries="N = 北方", unknown="reject")
    assert "examples" not in act("example-rewrite")


def test_two_people_do_not_overwrite_each_other(keeper: Client, viewer: Viewer, draft: Draft) -> None:
    address = f"/schemes/drafts/{draft.uuid}/change/"
    keeper.post(address, {"add": "check", "revision": 1})
    answer = keeper.post(address, {"act": "remove", "part": "region", "revision": 1})
    assert answer.status_code == 409
    assert "别人刚刚改过" in answer.content.decode()
    assert "{check}" in drafts.draft(viewer, draft.uuid).source


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("bj 1", "北京", id="loose"),
        pytest.param("QQ-1", "应为", id="no code"),
        pytest.param("", "BJ-1", id="nothing: the first code of the preview"),
    ],
)
def test_the_draft_reads_back(keeper: Client, draft: Draft, text: str, said: str) -> None:
    answer = keeper.get(f"/schemes/drafts/{draft.uuid}/read/", {"text": text})
    assert said in answer.content.decode()


def test_the_file_is_downloaded_and_replaced(keeper: Client, viewer: Viewer, draft: Draft) -> None:
    address = f"/schemes/drafts/{draft.uuid}/source/"
    answer = keeper.get(address)
    assert answer["Content-Disposition"] == 'attachment; filename="small.toml"'
    assert answer.content.decode() == draft.source
    address = f"/schemes/drafts/{draft.uuid}/replace/"
    keeper.post(address, {"text": draft.source.replace("serial:1", "serial:7"), "revision": 1})
    assert "serial:7" in drafts.draft(viewer, draft.uuid).source
    said = keeper.post(address, {"text": "= 1", "revision": 2}, follow=True).content.decode()
    assert "没有采用上传的文件" in said


def test_who_may_not_design_looks_only(clerk_of_codes: Client, draft: Draft) -> None:
    page = _page(clerk_of_codes, draft)
    assert "读法唯一" in page
    for button in ("添加一段", "左移", "送复核", "丢弃草案"):
        assert button not in page.split('id="help"')[0]
    assert clerk_of_codes.post(f"/schemes/drafts/{draft.uuid}/change/", {"add": "check"}).status_code == 403


def test_a_draft_that_is_gone_is_not_found(keeper: Client) -> None:
    assert keeper.get("/schemes/drafts/00000000-0000-4000-8000-000000000000/").status_code == 404
