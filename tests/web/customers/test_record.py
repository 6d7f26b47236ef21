"""The record all round, and its changes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kehuma.apps.access.models import User
from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import queries
from kehuma.apps.customers.models import Contact, Customer
from kehuma.lib.viewer import system

NewCustomer = Callable[..., str]


def _text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("tab", ["", "codes/", "history/", "files/", "profile/"])
def test_every_tab_opens_for_its_owner_and_is_not_there_for_a_stranger(
    as_wang: Client, as_stranger: Client, hengyue: str, tab: str
) -> None:
    answer = as_wang.get(f"/customers/{hengyue}/{tab}")
    assert answer.status_code == 200
    assert "北京衡岳数据技术有限公司" in _text(answer)
    assert as_stranger.get(f"/customers/{hengyue}/{tab}").status_code == 404


def test_the_head_says_what_each_part_of_the_code_means(as_wang: Client, hengyue: str) -> None:
    page = _text(as_wang.get(f"/customers/{hengyue}/"))
    assert "<b>区域</b>北京" in page
    assert "此码永久有效" in page


def test_a_code_written_otherwise_leads_to_the_record(as_wang: Client, hengyue: str) -> None:
    answer = as_wang.get(f"/customers/{hengyue.lower().replace('-', '')}/")
    assert answer["Location"] == f"/customers/{hengyue}/"


def test_changing_the_region_leaves_the_code(as_wang: Client, hengyue: str) -> None:
    form = {"name": "北京衡岳数据技术有限公司", "region": "上海市", "industry": "金融业", "version": "1"}
    answer = as_wang.post(f"/customers/{hengyue}/profile/", form)
    assert answer["Location"] == f"/customers/{hengyue}/"
    assert Customer.objects.get(code_id=hengyue).region == "310000"
    assert "上海" in _text(as_wang.get(f"/customers/{hengyue}/history/"))


def test_the_history_says_in_words_how_an_owner_came_about(as_wang: Client, hengyue: str) -> None:
    row = Customer.objects.get(code_id=hengyue)
    as_wang.post("/customers/release/", {"pick": row.pk})
    as_wang.post("/customers/claim/", {"pick": row.pk})
    page = _text(as_wang.get(f"/customers/{hengyue}/history/"))
    assert "领取" in page
    assert "claim" not in page


def test_an_amount_stands_with_separators(
    admin: User, client_of: Callable[[User], Client], as_wang: Client, new_customer: NewCustomer
) -> None:
    client_of(admin).post(
        "/fields/new/", {"zh": "授信额度", "key": "credit", "type": "money", "field_class": "internal"}
    )
    code = new_customer(credit="295000")
    assert "295,000.00" in _text(as_wang.get(f"/customers/{code}/"))


def test_a_conflict_is_shown_with_both_values(as_wang: Client, as_li: Client, hengyue: str) -> None:
    form = {"name": "北京衡岳数据技术有限公司", "source": "展会", "version": "1"}
    as_li.post(f"/customers/{hengyue}/profile/", {**form, "source": "老客户介绍"})
    answer = as_wang.post(f"/customers/{hengyue}/profile/", form)
    page = _text(answer)
    assert answer.status_code == 409
    assert "李经理" in page
    assert "老客户介绍" in page
    assert 'value="展会"' in page
    version = answer.context["version"]
    as_wang.post(f"/customers/{hengyue}/profile/", {**form, "version": version})
    assert Customer.objects.get(code_id=hengyue).source == "展会"


def test_the_profile_explains_bad_input(as_wang: Client, hengyue: str) -> None:
    answer = as_wang.post(f"/customers/{hengyue}/profile/", {"name": "", "version": "1"})
    assert answer.status_code == 422
    assert "“名称”不能为空" in _text(answer)


def test_in_place_only_the_form_comes_back(as_wang: Client, hengyue: str) -> None:
    page = _text(as_wang.get(f"/customers/{hengyue}/profile/", headers={"HX-Request": "true"}))
    assert page.lstrip().startswith("<section")


def test_contacts_are_added_changed_put_first_and_removed(as_wang: Client, hengyue: str) -> None:
    at = f"/customers/{hengyue}/contacts"
    as_wang.post(f"{at}/new/", {"contact_name": "何建军", "contact_role": "技术总监", "mobile": "13900006021"})
    second = Contact.objects.get(position=1)
    as_wang.post(f"{at}/{second.pk}/first/")
    assert Contact.objects.get(pk=second.pk).position == 0
    as_wang.post(f"{at}/{second.pk}/", {"contact_name": "何建军", "contact_role": "副总", "mobile": ""})
    kept = queries.record(system("tests"), hengyue).contacts[0]
    assert (kept.role, kept.mobile) == ("副总", "13900006021"), "a covered phone left empty stays"
    as_wang.post(f"{at}/{second.pk}/remove/")
    assert not Contact.objects.filter(pk=second.pk).exists()


def test_a_wrong_phone_is_explained_in_place(as_wang: Client, hengyue: str) -> None:
    answer = as_wang.post(f"/customers/{hengyue}/contacts/new/", {"contact_name": "何建军", "mobile": "none"})
    assert answer.status_code == 422
    assert "不是电话号码" in _text(answer)


def test_a_covered_phone_is_shown_once_and_logged(as_li: Client, li: User, as_wang: Client, hengyue: str) -> None:
    contact = Contact.objects.get()
    given = {"field": "mobile", "contact": contact.pk, "reason": "contact"}
    answer = as_li.post(f"/customers/{hengyue}/reveal/", given, headers={"HX-Request": "true"})
    assert "13800001234" in _text(answer)
    (event,) = audit.events(kind="customers.revealed", subject=hengyue)
    assert (event.actor, event.detail["reason"]) == (str(li.uuid), "contact")
    assert as_wang.post(f"/customers/{hengyue}/reveal/", given).status_code in {200, 302, 403}


@pytest.mark.parametrize(
    ("given", "logged"),
    [({}, ""), ({"reason": "  "}, ""), ({"reason": "客户要求核对旧合同"}, "own-words")],
    ids=["none", "blank", "own words"],
)
def test_why_a_covered_value_is_shown_must_be_said(
    as_li: Client, hengyue: str, given: dict[str, str], logged: str
) -> None:
    answer = as_li.post(f"/customers/{hengyue}/reveal/", {"field": "mobile", **given}, headers={"HX-Request": "true"})
    assert ("13800001234" in _text(answer)) == bool(logged)
    assert ("请写明为什么要看" in _text(answer)) != bool(logged)
    assert [one.detail["reason"] for one in audit.events(kind="customers.revealed")] == ([logged] if logged else [])


def test_tags_come_and_go(as_wang: Client, hengyue: str) -> None:
    row = _text(as_wang.post(f"/customers/{hengyue}/tags/", {"add": "月结 30 天"}, headers={"HX-Request": "true"}))
    assert "月结 30 天" in row
    as_wang.post(f"/customers/{hengyue}/tags/", {"remove": "月结 30 天"})
    assert "去掉标签 月结 30 天" not in _text(as_wang.get(f"/customers/{hengyue}/"))


def test_a_number_of_another_system_finds_the_record(as_wang: Client, hengyue: str) -> None:
    as_wang.post(f"/customers/{hengyue}/numbers/add/", {"value": "KH-2019-00417", "system": "旧 ERP"})
    assert "旧 ERP" in _text(as_wang.get(f"/customers/{hengyue}/codes/"))
    assert as_wang.get("/find/?q=KH-2019-00417")["Location"] == f"/customers/{hengyue}/"
    (number,) = codes.numbers([hengyue])[hengyue]
    refused = as_wang.post(f"/customers/{hengyue}/numbers/n{number.id}/remove/", {"reason": "x"}, follow=True)
    assert "停用别名 KH-2019-00417" in _text(refused)
    as_wang.post(f"/customers/{hengyue}/numbers/n{number.id}/remove/", {"reason": "ended"})
    assert "KH-2019-00417" not in _text(as_wang.get(f"/customers/{hengyue}/codes/"))
    assert as_wang.get("/find/?q=KH-2019-00417")["Location"] == f"/customers/{hengyue}/"


def test_a_customer_stands_under_another_but_never_under_itself(as_wang: Client, new_customer: NewCustomer) -> None:
    head, branch = new_customer(), new_customer(name="衡岳上海分公司", mobile="")
    as_wang.post(f"/customers/{branch}/parent/", {"parent": head})
    assert "衡岳上海分公司" in _text(as_wang.get(f"/customers/{head}/"))
    answer = as_wang.post(f"/customers/{head}/parent/", {"parent": branch}, follow=True)
    assert "下级" in _text(answer)
    assert Customer.objects.get(code_id=head).parent_id is None


def test_a_file_is_kept_sent_back_and_removed(as_wang: Client, as_stranger: Client, hengyue: str) -> None:
    at = f"/customers/{hengyue}/files"
    as_wang.post(f"{at}/add/", {"file": SimpleUploadedFile("合同.pdf", b"%PDF-1.7", "application/pdf")})
    page = as_wang.get(f"{at}/")
    kept = page.context["files"][0][0]
    answer = as_wang.get(f"{at}/{kept.uuid}/")
    assert b"".join(answer) == b"%PDF-1.7"
    assert answer["Content-Disposition"].startswith("attachment")
    assert as_stranger.get(f"{at}/{kept.uuid}/").status_code == 404
    as_wang.post(f"{at}/{kept.uuid}/remove/")
    assert "合同.pdf" not in _text(as_wang.get(f"{at}/"))


def test_no_file_is_explained(as_wang: Client, hengyue: str) -> None:
    answer = as_wang.post(f"/customers/{hengyue}/files/add/", {})
    assert answer.status_code == 422
    assert "请选择文件" in _text(answer)


@pytest.mark.parametrize("kind", ["call", "visit", "message", "mail", "note"])
def test_a_contact_is_noted_in_two_clicks(as_wang: Client, hengyue: str, kind: str) -> None:
    as_wang.post(f"/customers/{hengyue}/interactions/add/", {"kind": kind, "text": "二期扩容按 40 节点报价"})
    assert "二期扩容按 40 节点报价" in _text(as_wang.get(f"/customers/{hengyue}/"))


def test_an_empty_remark_is_explained(as_wang: Client, hengyue: str) -> None:
    answer = as_wang.post(f"/customers/{hengyue}/interactions/add/", {"kind": "note", "text": " "}, follow=True)
    assert "请写下说了什么" in _text(answer)


def test_a_stranger_notes_nothing(as_stranger: Client, hengyue: str) -> None:
    answer = as_stranger.post(f"/customers/{hengyue}/interactions/add/", {"kind": "note", "text": "?"})
    assert answer.status_code == 404
    assert as_stranger.get(f"/customers/{hengyue}/timeline/").status_code == 404


def test_the_timeline_shows_one_kind_on_demand(as_wang: Client, hengyue: str) -> None:
    for kind, text in (("call", "打过电话"), ("note", "想到一件事")):
        as_wang.post(f"/customers/{hengyue}/interactions/add/", {"kind": kind, "text": text})
    page = _text(as_wang.get(f"/customers/{hengyue}/timeline/?view=notes", headers={"HX-Request": "true"}))
    assert "想到一件事" in page
    assert "打过电话" not in page


def test_only_who_wrote_an_entry_takes_it_back(as_wang: Client, as_li: Client, hengyue: str) -> None:
    as_wang.post(f"/customers/{hengyue}/interactions/add/", {"kind": "note", "text": "写错了"})
    page = as_wang.get(f"/customers/{hengyue}/")
    entry = page.context["months"][0][1][0][2]
    assert as_li.post(f"/interactions/{entry.uuid}/remove/").status_code == 409
    assert "写错了" in _text(as_li.get(f"/customers/{hengyue}/"))
    as_wang.post(f"/interactions/{entry.uuid}/remove/", headers={"HX-Request": "true"})
    assert "写错了" not in _text(as_wang.get(f"/customers/{hengyue}/"))


def test_who_is_mentioned_is_told(as_wang: Client, as_li: Client, li: User, hengyue: str) -> None:
    assert li.name == "李经理"
    as_wang.post(f"/customers/{hengyue}/interactions/add/", {"kind": "note", "text": "@李经理 注意开票抬头"})
    assert "有 1 条批注提到你" in _text(as_li.get("/customers/"))
    assert "注意开票抬头" in _text(as_li.get("/follow-ups/"))
    as_li.post("/follow-ups/read/")
    assert "条批注提到你" not in _text(as_li.get("/customers/"))


def test_a_follow_up_waits_on_the_workbench_until_it_is_done(as_wang: Client, hengyue: str) -> None:
    as_wang.post(f"/customers/{hengyue}/follow-ups/add/", {"due": "2020-01-02", "what": "回访报价"})
    assert "回访报价" in _text(as_wang.get("/"))
    page = as_wang.get("/follow-ups/")
    task = page.context["groups"][0][2][0][1]
    assert as_wang.post(f"/follow-ups/{task.id}/finish/", headers={"HX-Request": "true"}).content == b""
    assert "回访报价" not in _text(as_wang.get("/"))


@pytest.mark.parametrize("given", [{"due": "", "what": "x"}, {"due": "soon", "what": "x"}, {"due": "2027-01-01"}])
def test_a_follow_up_needs_a_day_and_a_purpose(as_wang: Client, hengyue: str, given: dict[str, str]) -> None:
    answer = as_wang.post(f"/customers/{hengyue}/follow-ups/add/", given, follow=True)
    assert "请填哪天、做什么" in _text(answer)


def test_from_the_record_one_comes_back_to_the_record(as_wang: Client, hengyue: str) -> None:
    given = {"pick": Customer.objects.get().pk, "back": f"/customers/{hengyue}/"}
    assert as_wang.post("/customers/release/", given)["Location"] == f"/customers/{hengyue}/"
    abroad = {**given, "back": "https://elsewhere.example/"}
    assert as_wang.post("/customers/claim/", abroad)["Location"] == "/customers/"
