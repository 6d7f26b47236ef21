"""Purposes on the record and among the settings; rules of retention with what they would reach."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from kehuma.apps.access.models import User
from kehuma.apps.customers.models import Consent, Customer, RetentionRule
from kehuma.lib import clock

NewCustomer = Callable[..., str]


@pytest.fixture
def as_admin(admin: User, client_of: Callable[[User], Client]) -> Client:
    """林静怡's browser."""
    return client_of(admin)


def _text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_purpose_is_noted_on_the_record_and_withdrawn_with_one_click(as_wang: Client, hengyue: str) -> None:
    given = {"purpose": "sms", "basis": "consent", "way": "phone", "given_on": "2026-11-20", "note": "录音 7781"}
    page = _text(as_wang.post(f"/customers/{hengyue}/consents/add/", given, follow=True))
    for said in ("营销短信", "本人同意 · 电话", "录音 7781"):
        assert said in page
    assert hengyue in _text(as_wang.get("/customers/?consents=sms"))
    assert hengyue not in _text(as_wang.get("/customers/?consents=calls"))
    number = Consent.objects.get().pk
    page = _text(as_wang.post(f"/customers/{hengyue}/consents/{number}/withdraw/", follow=True))
    assert "已撤回 1 项" in page
    assert hengyue not in _text(as_wang.get("/customers/?consents=sms"))
    wrong = as_wang.post(f"/customers/{hengyue}/consents/add/", {**given, "given_on": "昨天"}, follow=True)
    assert "请选择用途、依据、方式和日期" in _text(wrong)


def test_strangers_note_nothing(as_stranger: Client, hengyue: str) -> None:
    given = {"purpose": "sms", "basis": "consent", "way": "phone", "given_on": "2026-11-20"}
    assert as_stranger.post(f"/customers/{hengyue}/consents/add/", given).status_code == 404
    assert as_stranger.get("/settings/purposes/").status_code == 403
    assert as_stranger.get("/settings/retention/").status_code == 403


def test_the_list_of_purposes_is_kept_among_the_settings(as_admin: Client, hengyue: str) -> None:
    page = _text(as_admin.post("/settings/purposes/", {"zh": "抽奖", "en": "Prize draws"}, follow=True))
    assert "抽奖" in page
    as_admin.post("/settings/purposes/p1/", {"zh": "抽奖活动", "en": ""})
    assert "抽奖活动" in _text(as_admin.get(f"/customers/{hengyue}/"))
    assert as_admin.post("/settings/purposes/", {"zh": "营销短信"}).status_code == 422
    assert "抽奖活动" not in _text(as_admin.post("/settings/purposes/p1/remove/", follow=True))
    assert "抽奖" not in _text(as_admin.get("/fields/"))


def test_a_rule_lists_whom_it_reaches_before_it_is_switched_on(as_admin: Client, hengyue: str) -> None:
    Customer.objects.update(last_activity_at=clock.now() - timedelta(days=2000))
    facts = {"name": "五年", "kind": "enterprise", "months": "60", "action": "erase", "spares_agreed": "on"}
    page = _text(as_admin.post("/settings/retention/", facts, follow=True))
    assert hengyue in page
    assert "未启用" in page
    rule = RetentionRule.objects.get()
    assert "已启用" in _text(as_admin.post(f"/settings/retention/{rule.pk}/switch/", {"on": "yes"}, follow=True))
    assert hengyue not in _text(
        as_admin.post(f"/settings/retention/{rule.pk}/", {**facts, "kind": "person"}, follow=True)
    )
    assert not RetentionRule.objects.get().is_on
    assert as_admin.post("/settings/retention/", {**facts, "months": "0"}).status_code == 422
    as_admin.post(f"/settings/retention/{rule.pk}/remove/")
    assert "还没有规则" in _text(as_admin.get("/settings/retention/"))
    assert as_admin.get(f"/settings/retention/{rule.pk}/").status_code == 404


def test_a_hold_is_put_on_a_record_and_ended(as_admin: Client, hengyue: str) -> None:
    held = _text(as_admin.post(f"/customers/{hengyue}/subject/hold/", {"reason": "dispute"}, follow=True))
    assert "争议或诉讼未了" in held
    refused = as_admin.post(
        f"/customers/{hengyue}/subject/erase/", {"reason": "request", "typed": hengyue}, follow=True
    )
    assert "保留不删" in _text(refused)
    assert "争议或诉讼未了。" not in _text(
        as_admin.post(f"/customers/{hengyue}/subject/hold/", {"reason": ""}, follow=True)
    )
