"""The page for requests of persons: what is kept, as a page and as JSON, and erasure."""

import json
from collections.abc import Callable
from typing import Any

from django.test import Client

from kehuma.apps.access.models import User
from kehuma.apps.audit import queries as audit
from kehuma.apps.customers.models import Customer

NewCustomer = Callable[..., str]


def _text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_person_gets_what_is_kept_to_read_and_as_json(
    admin: User, client_of: Callable[[User], Client], new_customer: NewCustomer
) -> None:
    code, client = new_customer(kind="person", name="张晓丰", notes="爱喝龙井"), client_of(admin)
    assert f"/customers/{code}/subject/" in _text(client.get(f"/customers/{code}/"))
    assert "张晓丰" in _text(client.get(f"/customers/{code}/subject/"))
    page = _text(client.post(f"/customers/{code}/subject/export/", {"as": "page"}))
    for text in ("爱喝龙井", "13800001234", "北京市海淀区", "个人"):
        assert text in page
    answer = client.post(f"/customers/{code}/subject/export/", {"as": "json"})
    assert json.loads(answer.content)["values"]["notes"] == "爱喝龙井"
    assert f'filename="{code}.json"' in answer["Content-Disposition"]
    assert len(audit.events(kind="customers.subject-exported", subject=code)) == 2


def test_erasure_asks_for_the_code_and_says_what_became_of_it(
    admin: User, client_of: Callable[[User], Client], new_customer: NewCustomer
) -> None:
    code, client = new_customer(kind="person", name="张晓丰"), client_of(admin)
    wrong = client.post(f"/customers/{code}/subject/erase/", {"reason": "request", "typed": "BJ"}, follow=True)
    assert "请照抄这位客户的编码" in _text(wrong)
    done = client.post(f"/customers/{code}/subject/erase/", {"reason": "request", "typed": code.lower()}, follow=True)
    page = _text(done)
    assert "已按要求删除" in page
    assert "张晓丰" not in page
    again = client.post(f"/customers/{code}/subject/export/", {"as": "json"}, follow=True)
    assert "已按要求删除" in _text(again)


def test_sales_people_do_not_answer_such_requests(as_wang: Client, as_stranger: Client, hengyue: str) -> None:
    assert "/subject/" not in _text(as_wang.get(f"/customers/{hengyue}/"))
    for client in (as_wang, as_stranger):
        assert client.get(f"/customers/{hengyue}/subject/").status_code == 403
        assert client.post(f"/customers/{hengyue}/subject/erase/", {"typed": hengyue}).status_code == 403


def test_without_the_key_a_record_says_so(as_li: Client, hengyue: str, sealed: None) -> None:  # noqa: ARG001 - no key
    page = _text(as_li.get(f"/customers/{hengyue}/"))
    assert "个人信息已封存" in page
    assert "13800001234" not in page
    assert "孙莉" not in page
    assert "北京衡岳数据技术有限公司" in _text(as_li.get("/customers/"))
    assert "只能用编码" in _text(as_li.get("/find/?q=孙莉"))
    told = as_li.post(f"/customers/{hengyue}/contacts/new/", {"contact_name": "何建军"})
    assert told.status_code == 422


def test_a_restricted_record_has_a_banner_no_buttons_and_stands_in_no_file(
    admin: User, client_of: Callable[[User], Client], new_customer: NewCustomer
) -> None:
    code, other = new_customer(kind="person", name="张晓丰"), new_customer(name="别人有限公司")
    client = client_of(admin)
    shown = client.post(f"/customers/{code}/subject/restrict/", {"reason": "contested"}, follow=True)
    assert "本人认为内容不准确" in _text(shown)
    assert "记一次联系" not in _text(shown)
    assert "解除限制" in _text(shown)
    listed = _text(client.get("/customers/export/?format=csv"))
    assert other in listed
    assert code not in listed
    picks = [str(row.pk) for row in Customer.objects.all()]
    done = client.post("/customers/tag/", {"pick": picks, "tags": "重点"}, follow=True)
    assert "1 户已限制处理，没有动" in _text(done)
    assert "已打标签 1 户" in _text(done)
    assert client.post(f"/customers/{code}/profile/", {"name": "李"}).status_code in {409, 422}
    assert code in _text(client.get("/customers/?restricted=yes"))
    assert code not in _text(client.get("/customers/?restricted=no"))
    lifted = client.post(f"/customers/{code}/subject/lift/", follow=True)
    assert "记一次联系" in _text(lifted)
