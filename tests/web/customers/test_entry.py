"""A new customer: the form, the probable code beside it, the code that is given."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kehuma.apps.access.models import User
from kehuma.apps.customers.models import Customer

FORM = {
    "kind": "enterprise",
    "name": "北京衡岳数据技术有限公司",
    "region": "北京市海淀区",
    "industry": "信息技术",
    "mobile": "138 0000 1234",
    "request_key": "one",
}


def _text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.usefixtures("rule")
def test_the_code_that_was_expected_is_given(as_wang: Client, wang: User) -> None:
    beside = as_wang.post("/customers/new/check/", FORM)
    expected = beside.context["estimate"].badge.code
    assert expected == "BJ-IT-0001-Y"
    answer = as_wang.post("/customers/new/", FORM)
    assert answer["Location"] == f"/customers/{expected}/"
    customer = Customer.objects.get()
    assert (customer.code_id, customer.region, customer.owner_id) == (expected, "110108", wang.pk)


@pytest.mark.usefixtures("rule")
def test_an_estimate_takes_no_number(as_wang: Client) -> None:
    for _again in range(3):
        as_wang.post("/customers/new/check/", FORM)
    assert as_wang.post("/customers/new/", FORM)["Location"] == "/customers/BJ-IT-0001-Y/"


@pytest.mark.usefixtures("rule")
def test_a_form_sent_twice_makes_one_customer(as_wang: Client) -> None:
    first, again = as_wang.post("/customers/new/", FORM), as_wang.post("/customers/new/", FORM)
    assert first["Location"] == again["Location"]
    assert Customer.objects.count() == 1


@pytest.mark.usefixtures("rule")
def test_the_next_of_a_pile_keeps_what_they_share(as_wang: Client) -> None:
    answer = as_wang.post("/customers/new/", {**FORM, "again": "1"}, follow=True)
    page = _text(answer)
    assert "BJ-IT-0001-Y" in page
    assert 'value="北京市海淀区"' in page
    assert 'value="北京衡岳数据技术有限公司"' not in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"name": ""}, "“名称”不能为空", id="no name"),
        pytest.param({"region": "火星"}, "火星", id="no such place"),
        pytest.param({"uscc": "91110108MA01K0000X"}, "校验不通过", id="wrong check character"),
        pytest.param({"mobile": "call me"}, "不是电话号码", id="no phone"),
    ],
)
@pytest.mark.usefixtures("rule")
def test_the_form_explains_bad_input_and_keeps_the_rest(as_wang: Client, given: dict[str, str], said: str) -> None:
    answer = as_wang.post("/customers/new/", {**FORM, **given})
    assert answer.status_code == 422
    assert said in _text(answer)
    assert 'value="信息技术"' in _text(answer)
    assert not Customer.objects.exists()


def test_an_exact_duplicate_is_shown_before_it_is_made(as_wang: Client, hengyue: str) -> None:
    page = _text(as_wang.post("/customers/new/check/", {**FORM, "mobile": "", "request_key": "two"}))
    assert "可能已经有了" in page
    assert f"/customers/{hengyue}/" in page


def test_a_duplicate_beyond_reach_tells_its_code_only(as_stranger: Client, hengyue: str) -> None:
    page = _text(as_stranger.post("/customers/new/check/", {**FORM, "mobile": "13800001234"}))
    assert "不在你的范围内" in page
    assert "北京衡岳数据技术有限公司</a>" not in page
    assert hengyue


def test_without_a_rule_the_page_says_so(as_wang: Client) -> None:
    answer = as_wang.post("/customers/new/", FORM)
    assert answer.status_code == 422
    assert "还没有发布的编码规则" in _text(answer)


@pytest.mark.usefixtures("rule")
def test_a_branch_is_made_below_its_parent(as_wang: Client, hengyue: str) -> None:
    assert hengyue in _text(as_wang.get(f"/customers/new/?parent={hengyue}"))
    as_wang.post("/customers/new/", {**FORM, "name": "衡岳上海分公司", "parent": hengyue, "request_key": "b"})
    assert Customer.objects.get(name="衡岳上海分公司").parent.code_id == hengyue  # type: ignore[union-attr]


@pytest.mark.usefixtures("rule")
def test_a_person_is_asked_for_other_things(as_wang: Client) -> None:
    page = _text(as_wang.get("/customers/new/?kind=person"))
    assert 'name="wechat"' in page
    assert 'name="uscc"' not in page
    assert "姓名" in page


def test_who_may_not_create_is_refused(person: Callable[..., User], client_of: Callable[[User], Client]) -> None:
    auditor = client_of(person("审计员", "shenji", "auditor"))
    assert auditor.get("/customers/new/").status_code == 403


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        pytest.param("region=深圳南山", "广东省深圳市南山区", id="a place by parts of its name"),
        pytest.param("region=", "北京", id="provinces at first"),
        pytest.param("industry=金融", "金融业", id="a trade"),
    ],
)
def test_places_and_trades_are_suggested(as_wang: Client, typed: str, found: str) -> None:
    field = typed.partition("=")[0]
    assert found in _text(as_wang.get(f"/customers/known/?field={field}&{typed}"))
